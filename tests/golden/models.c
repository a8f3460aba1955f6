/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * models.c - the golden files side by side, in Markdown: docs/models.md. A program of the host; the
 * names are those of msr/vmx_bits.def.
 *
 * usage: models LIST FOLDER-OF-BOCHS-2.7 FOLDER-OF-BOCHS-3.0
 *   LIST  tests/rig/boot/models: models in order, with a column that says whether they have VMX
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msr/names.h"

#define MODELS_MAX  32
#define VERSIONS    2
#define CELL        24
#define VALUES_MAX  (MODELS_MAX * VERSIONS)
#define KEY_LETTERS 4

static const char *const version_name[VERSIONS] = {"2.7", "3.0"};

static struct model {
    char name[64], about[80];
    char key[KEY_LETTERS + 1];
    bool known[VERSIONS]; /* to this version of Bochs */
    struct msr_policy policy[VERSIONS];
} models[MODELS_MAX];
static unsigned model_count;

static void die(const char *what, const char *name)
{
    fprintf(stderr, "models: %s %s\n", what, name);
    exit(1);
}

/* --- what is read ----------------------------------------------------------------------------- */

/* "corei7_skylake_x" is "skyl": the first letters of what tells it from the others. */
static void make_key(struct model *model)
{
    const char *from = model->name;

    if (!strncmp(from, "core", 4))
        from = strchr(from, '_') + 1;
    for (unsigned i = 0; i < KEY_LETTERS && from[i] && from[i] != '_'; i++)
        model->key[i] = from[i];
}

/* False: this version has no such model. */
static bool read_values(const char *folder, const char *name, struct msr_policy *policy)
{
    char path[512], line[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s.msr", folder, name);
    file = fopen(path, "r");
    if (!file)
        return false;
    while (fgets(line, sizeof(line), file)) {
        unsigned address;
        uint64_t value;

        if (sscanf(line, "%x 0x%" SCNx64, &address, &value) == 2 && address >= VMX_MSR_FIRST &&
            address <= VMX_MSR_LAST) {
            policy->raw[address - VMX_MSR_FIRST] = value;
            policy->present |= 1u << (address - VMX_MSR_FIRST);
        }
    }
    fclose(file);
    return true;
}

static void add_model(const char *line, char *const folders[VERSIONS])
{
    struct model *model = &models[model_count];
    char rig[16], vmx[8];

    if (sscanf(line, "%63s %15s %7s %79[^\n]", model->name, rig, vmx, model->about) != 4 ||
        model->name[0] == '#' || strncmp(rig, "bochs", 5) || strcmp(vmx, "yes"))
        return;
    if (model_count + 1 == MODELS_MAX)
        die("too many models:", model->name);
    make_key(model);
    for (unsigned v = 0; v < VERSIONS; v++)
        model->known[v] = read_values(folders[v], model->name, &model->policy[v]);
    if (!model->known[VERSIONS - 1])
        die("no golden file for", model->name);
    model_count++;
}

static void read_models(const char *list, char *const folders[VERSIONS])
{
    char line[256];
    FILE *file = fopen(list, "r");

    if (!file)
        die("no file", list);
    while (fgets(line, sizeof(line), file)) {
        models[model_count] = (struct model){.key = ""};
        add_model(line, folders);
    }
    fclose(file);
}

/* --- a cell ----------------------------------------------------------------------------------- */

/* What a model says of one entry of the bit list: a mark, or a number. */
static void describe(char cell[CELL], const struct msr_policy *policy, enum vmx_word_id word,
                     const struct bit_row *row)
{
    uint64_t mask = MASK64(row->position, row->width);

    if (row->width > 1 && msr_present(policy, word_msr(policy, word)))
        snprintf(cell, CELL, "%#" PRIx64,
                 field_of(word_may(policy, word), row->position, row->width));
    else if (has_any(word_must(policy, word), mask))
        strcpy(cell, "1");
    else
        strcpy(cell, has_any(word_may(policy, word), mask) ? "x" : "");
}

/* Both versions in one cell: the older one counts where it has the model. */
static void fill_cell(char cell[CELL], const struct model *model, enum vmx_word_id word,
                      const struct bit_row *row)
{
    char older[CELL / 2], newer[CELL / 2], text[CELL];

    describe(text, &model->policy[1], word, row);
    snprintf(newer, sizeof(newer), "%.11s", text);
    if (model->known[0])
        describe(text, &model->policy[0], word, row);
    snprintf(older, sizeof(older), "%.11s", text);
    if (!strcmp(older, newer))
        snprintf(cell, CELL, "%s", newer);
    else if (!*older && !strcmp(newer, "x"))
        strcpy(cell, "3");
    else if (!*newer && !strcmp(older, "x"))
        strcpy(cell, "2");
    else
        snprintf(cell, CELL, "%s %s", *older ? older : "-", *newer ? newer : "-");
}

/* --- a word ----------------------------------------------------------------------------------- */

/* The entry for `position`: the list's, or one without a name. */
static struct bit_row row_at(enum vmx_word_id word, unsigned position)
{
    const struct bit_row *row = word_row(word, position);

    if (row)
        return *row;
    return (struct bit_row){(uint8_t)position, 1, NULL, "(reserved)"};
}

/* True when all models have the same in `cells`. */
static bool fill_row(char cells[MODELS_MAX][CELL], enum vmx_word_id word, const struct bit_row *row)
{
    bool same = true;

    for (unsigned m = 0; m < model_count; m++) {
        fill_cell(cells[m], &models[m], word, row);
        same = same && !strcmp(cells[m], cells[0]);
    }
    return same;
}

static void print_head(void)
{
    printf("\n| bit | name |");
    for (unsigned m = 0; m < model_count; m++)
        printf(" %s |", models[m].key);
    printf("\n|---|---|");
    for (unsigned m = 0; m < model_count; m++)
        printf("---|");
    printf("\n");
}

static void print_position(const struct bit_row *row)
{
    if (row->width > 1)
        printf("%u:%u", row->position + row->width - 1u, row->position);
    else
        printf("%u", row->position);
}

static void print_row(const struct bit_row *row, char cells[MODELS_MAX][CELL])
{
    printf("| ");
    print_position(row);
    printf(" | %s |", row->sdm);
    for (unsigned m = 0; m < model_count; m++)
        printf(" %s |", cells[m]);
    printf("\n");
}

/* The rows in which models differ. */
static void print_table(enum vmx_word_id word)
{
    bool any = false;

    for (unsigned position = 0; position < vmx_words[word].size;) {
        struct bit_row row = row_at(word, position);
        char cells[MODELS_MAX][CELL];

        if (!fill_row(cells, word, &row)) {
            if (!any)
                print_head();
            any = true;
            print_row(&row, cells);
        }
        position += row.width;
    }
}

/* Whether all models have `mark` there (NULL: a number, the same one), which goes to `cell`. */
static bool is_same(enum vmx_word_id word, const struct bit_row *row, const char *mark,
                    char cell[CELL])
{
    char cells[MODELS_MAX][CELL];
    bool same = fill_row(cells, word, row);

    strcpy(cell, cells[0]);
    return same && (mark ? !strcmp(cell, mark) : row->width > 1);
}

/* A paragraph of the names for which is_same(), after `title`. Reserved bits come at its end. */
static void print_same(enum vmx_word_id word, const char *mark, const char *title)
{
    const char *before = title;
    char reserved[256] = "", cell[CELL];

    for (unsigned position = 0; position < vmx_words[word].size;) {
        struct bit_row row = row_at(word, position);

        position += row.width;
        if (!is_same(word, &row, mark, cell))
            continue;
        if (!row.name) {
            size_t used = strlen(reserved);
            snprintf(reserved + used, sizeof(reserved) - used, "%s%u", used ? ", " : "",
                     row.position);
            continue;
        }
        printf("%s%s (bit%s ", before, row.sdm, row.width > 1 ? "s" : "");
        print_position(&row);
        printf(mark ? ")" : "): %s", cell);
        before = "; ";
    }
    if (*reserved && (!mark || *mark)) {
        printf("%sreserved (bits %s)", before, reserved);
        before = "; ";
    }
    if (before != title)
        printf(".\n");
}

static void print_addresses(enum vmx_word_id word)
{
    const char *before = "";

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (vmx_msrs[index].word == word) {
            printf("%s%s (%#x)", before, vmx_msrs[index].name, VMX_MSR_FIRST + index);
            before = ", ";
        }
}

static void print_word(enum vmx_word_id word, const char *title)
{
    bool plain = vmx_msrs[word_msr(&models[0].policy[1], word)].form == FORM_PLAIN;

    printf("\n## %s\n\n", title);
    print_addresses(word);
    printf("\n");
    print_table(word);
    print_same(word, plain ? NULL : "1", plain ? "\nOn all: " : "\nMust be 1 on all: ");
    print_same(word, "x", plain ? "\n1 on all: " : "\nMay be 1 on all: ");
    print_same(word, "", plain ? "\n0 on all: " : "\nMust be 0 on all: ");
}

static const struct {
    enum vmx_word_id word;
    const char *title;
} words[] = {
    {WORD_BASIC, "Basic information"},
    {WORD_PIN, "Pin-based VM-execution controls"},
    {WORD_PROC, "Primary processor-based VM-execution controls"},
    {WORD_PROC2, "Secondary processor-based VM-execution controls"},
    {WORD_PROC3, "Tertiary processor-based VM-execution controls"},
    {WORD_EXIT, "VM-exit controls"},
    {WORD_EXIT2, "Secondary VM-exit controls"},
    {WORD_ENTRY, "VM-entry controls"},
    {WORD_EPT_VPID, "EPT and VPID"},
    {WORD_VMFUNC, "VM functions"},
    {WORD_MISC, "Miscellaneous"},
    {WORD_VMCS_ENUM, "VMCS enumeration"},
    {WORD_CR0, "CR0 in VMX operation"},
    {WORD_CR4, "CR4 in VMX operation"},
};

/* --- the values ------------------------------------------------------------------------------- */

static bool same_value(const struct model *model, unsigned index)
{
    const struct msr_policy *p = model->policy;

    return !model->known[0] || (msr_present(&p[0], index) == msr_present(&p[1], index) &&
                                p[0].raw[index] == p[1].raw[index]);
}

/* The models that have `value` there, or that have no such MSR. */
static void print_value(unsigned index, bool present, uint64_t value)
{
    if (present)
        printf("  0x%016" PRIx64 " ", value);
    else
        printf("  absent             ");
    for (unsigned m = 0; m < model_count; m++)
        for (unsigned v = 0; v < VERSIONS; v++) {
            const struct msr_policy *policy = &models[m].policy[v];

            if (!models[m].known[v] || msr_present(policy, index) != present ||
                policy->raw[index] != value)
                continue;
            if (!same_value(&models[m], index))
                printf(" %s@%s", models[m].key, version_name[v]);
            else if (v == VERSIONS - 1)
                printf(" %s", models[m].key);
        }
    printf("\n");
}

static bool is_first(unsigned index, unsigned number)
{
    const struct msr_policy *policy = &models[number / VERSIONS].policy[number % VERSIONS];

    for (unsigned i = 0; i < number; i++) {
        const struct msr_policy *before = &models[i / VERSIONS].policy[i % VERSIONS];

        if (models[i / VERSIONS].known[i % VERSIONS] &&
            msr_present(before, index) == msr_present(policy, index) &&
            before->raw[index] == policy->raw[index])
            return false;
    }
    return models[number / VERSIONS].known[number % VERSIONS];
}

static void print_values(void)
{
    printf("\n## The values\n\n");
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        printf("    %#x %s\n", VMX_MSR_FIRST + index, vmx_msrs[index].name);
        for (unsigned i = 0; i < model_count * VERSIONS; i++) {
            const struct msr_policy *policy = &models[i / VERSIONS].policy[i % VERSIONS];

            if (is_first(index, i)) {
                printf("    ");
                print_value(index, msr_present(policy, index), policy->raw[index]);
            }
        }
    }
}

static void print_legend(void)
{
    printf(
        "# The models side by side\n\n"
        "<!-- `make models` wrote this file from tests/golden: do not edit it. -->\n\n"
        "What the VMX of each processor model of Bochs offers, by the names of the Intel SDM: the "
        "values are\nthose of `tests/golden`, which GRUB read. Emulated processors are not the "
        "real "
        "ones: Bochs leaves out what\nit does not emulate. Two versions of Bochs are in each "
        "cell.\n\n"
        "| in a cell | of a control, or a bit of CR0 and CR4 | of another bit |\n|---|---|---|\n"
        "| x | may be 1, and 0 | is 1 |\n"
        "| 1 | must be 1 | |\n"
        "| empty | must be 0, or the MSR is absent | is 0, or the MSR is absent |\n"
        "| 3 | as x in Bochs 3.0; empty in 2.7 | the same |\n"
        "| 2 | as x in Bochs 2.7; empty in 3.0 | the same |\n"
        "| two, such as `1 x` | in Bochs 2.7, and in 3.0; `-` for empty | the same, also of "
        "numbers |\n\n"
        "Where there is a true MSR, it counts. A bit without a name in msr/vmx_bits.def is "
        "\"(reserved)\".\n\n| column | model | |\n|---|---|---|\n");
    for (unsigned m = 0; m < model_count; m++)
        printf("| %s | %s | %s%s |\n", models[m].key, models[m].name, models[m].about,
               models[m].known[0] ? "" : "; not in Bochs 2.7");
}

int main(int argc, char **argv)
{
    if (argc != 2 + VERSIONS)
        die("usage:", "models LIST FOLDER-OF-BOCHS-2.7 FOLDER-OF-BOCHS-3.0");
    read_models(argv[1], argv + 2);
    print_legend();
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
        print_word(words[i].word, words[i].title);
    print_values();
    return 0;
}
