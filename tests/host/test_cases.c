/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_cases.c - failed VM entries from elsewhere, each with the verdict that it must have.
 *
 * The environment variable LINTEL_CASES names a folder of *.txt files, one entry each: lines of
 * vmx/check/fields.h, and among the comments one `# expect: ...` or `# want: ...`. Of its words,
 * ids of rows must be broken, and no others; `msr_load:` stands for any row of MSR-load lists,
 * broken or likely; `no rule broken` for none at all; `cannot be judged` for something that lacks.
 * Without the folder all is skipped: the plan says so, as that of test_machines does.
 */
#include <dirent.h>
#include <stdlib.h>

#include "check_verdict.h"

#define CASES_MAX 1024

static struct entry {
    char name[256];
    char expected[1024];
    struct fields fields;
    unsigned bad_lines;
} entry;

static char folder_name[512], names[CASES_MAX][256];
static unsigned count;

/* --- reading ---------------------------------------------------------------------------------- */

static void take_line(const char *line)
{
    static const char *const heads[] = {"# expect:", "# want:"};
    size_t at;

    for (unsigned i = 0; i < ARRAY_SIZE(heads); i++)
        if (!strncmp(line, heads[i], strlen(heads[i])))
            snprintf(entry.expected, sizeof(entry.expected), "%.1000s", line + strlen(heads[i]));
    if (fields_take(&entry.fields, line, strlen(line), &at) != FIELDS_OK)
        entry.bad_lines++;
}

static void read_entry(const char *name)
{
    char path[1024], line[4096];

    snprintf(entry.name, sizeof(entry.name), "%s", name);
    entry.expected[0] = 0;
    entry.bad_lines = 0;
    fields_init(&entry.fields);
    snprintf(path, sizeof(path), "%s/%s", folder_name, name);
    FILE *file = fopen(path, "r");
    if (!file)
        return; /* nothing is expected of it, which is found */
    while (fgets(line, sizeof(line), file))
        take_line(line);
    fclose(file);
}

/* False when there is no such folder, or nothing in it. */
static bool read_names(const char *path)
{
    DIR *folder = path ? opendir(path) : NULL;
    const struct dirent *found;

    if (!folder)
        return false;
    snprintf(folder_name, sizeof(folder_name), "%s", path);
    while ((found = readdir(folder)) && count < CASES_MAX)
        if (strlen(found->d_name) > 4 && !strcmp(strrchr(found->d_name, 0) - 4, ".txt"))
            snprintf(names[count++], sizeof(names[0]), "%s", found->d_name);
    closedir(folder);
    return count != 0;
}

/* --- what is expected ------------------------------------------------------------------------- */

static bool is_expected(const char *id)
{
    size_t length = strlen(id);

    for (const char *at = entry.expected; (at = strstr(at, id)); at += length)
        if (!strchr("._", at[length]) && (at == entry.expected || strchr(" (", at[-1])))
            return true;
    return false;
}

/* Where the text names rows, those are broken, and no others. */
static void expect_rows(const struct verdict *verdict)
{
    char ids[4096] = "";

    for (unsigned t = 0; t < CHECK_TABLES; t++)
        for (unsigned i = 0; i < check_tables[t]->count; i++)
            if (is_expected(check_tables[t]->rows[i].id))
                add_id(ids, sizeof(ids), check_tables[t]->rows[i].id);
    if (ids[0])
        expect(!strcmp(ids, verdict->broken), "%s: broken \"%s\", not \"%s\"", entry.name,
               verdict->broken, ids);
}

static void expect_verdict(const struct verdict *verdict)
{
    const char *text = entry.expected;

    expect_rows(verdict);
    if (strstr(text, "msr_load:"))
        expect(!strncmp(verdict->broken, "msr_load.", 9) ||
                   !strncmp(verdict->likely, "msr_load", 8),
               "%s: broken \"%s\", likely \"%s\"", entry.name, verdict->broken, verdict->likely);
    if (strstr(text, "no rule broken"))
        expect(!verdict->broken[0] && !verdict->likely[0], "%s: broken \"%s\", likely \"%s\"",
               entry.name, verdict->broken, verdict->likely);
    if (strstr(text, "cannot be judged"))
        expect(verdict->result.unknown_count, "%s: all can be judged", entry.name);
}

static void entries_are_judged(void **state)
{
    static struct verdict verdict;

    (void)state;
    for (unsigned i = 0; i < count; i++) {
        read_entry(names[i]);
        expect(entry.expected[0], "%s: nothing is expected", names[i]);
        expect(!entry.bad_lines, "%s: %u lines are not understood", names[i], entry.bad_lines);
        verdict_of(&verdict, &entry.fields);
        expect_verdict(&verdict);
        expect_same_when_read_back(&verdict.in, names[i]);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(entries_are_judged, start_counting),
    };

    if (!read_names(getenv("LINTEL_CASES"))) {
        puts("1..0 # SKIP LINTEL_CASES names no folder of VM entries");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
