# SPDX-License-Identifier: BSD-2-Clause
"""The table of rows: reads `rows`, refuses what is wrong by name, and makes a row of each machine, program
or source that a pattern stands for. The head of `rows` says what the columns mean."""
import fnmatch
import glob
import os
import re
import subprocess

COLUMNS = ("name", "tier", "machine", "options", "settings", "expect")
TIERS = ("check", "all")
# What boot.sh knows besides the models of Bochs.
MACHINES = ("qemu-bios", "qemu-uefi", "qemu-microvm", "qemu-nolm", "qemu-kvm", "nested-kvm", "host")
BOOT_SETTINGS = ("kernel", "modules", "grub", "gfx", "cpus", "memory", "bios", "medium", "serial", "ends", "limit",
                 "qemu", "monitor", "bochs")
SETTINGS = BOOT_SETTINGS + ("poke", "spcr")
# Judge: how many words follow it, at least and at most (None: the rest of the line is a regex).
JUDGES = {"selftests": (0, 0), "json": (0, 0), "pause": (0, 0), "ask": (0, 0), "corpus": (0, 0), "tap": (0, 1), "lint": (1, 2),
          "oracle": (1, 4), "screen": (1, 1), "pass": None, "fail": None, "ends": None,
          "runs": None}
# The settings that a judge can do something with; judge/serial.sh takes no others than its own.
TAKES = {"selftests": BOOT_SETTINGS, "screen": BOOT_SETTINGS, "oracle": ("limit", "kernel"), "json": (), "pause": (), "ask": ("modules", "kernel"),
         "corpus": (), "tap": (), "lint": ()}
SERIAL_TAKES = ("serial", "spcr", "kernel")


class Wrong(Exception):
    """A row that cannot be: the text says which, and why."""


class Row:
    """One row: its columns as fields, `settings` as a dictionary, `group`, `judge` and its `words`."""

    def __init__(self, group, columns, machines):
        for column, value in zip(COLUMNS, columns):
            setattr(self, column, "" if value == "-" else value)
        self.group = group
        self.judge, _, rest = self.expect.partition(" ")
        self.words = [rest] if JUDGES.get(self.judge, 0) is None else rest.split()
        self.settings = self.read_settings(self.settings)
        self.check(machines)

    def wrong(self, why):
        return Wrong(f"{self.name}: {why}")

    def read_settings(self, text):
        settings = {}
        for setting in filter(None, (part.strip() for part in text.split(";"))):
            name, equals, value = setting.partition("=")
            if name not in SETTINGS or not equals:
                raise self.wrong(f'no setting "{name}": there are {", ".join(SETTINGS)}')
            if name in settings:
                raise self.wrong(f"{name}= is there twice")
            settings[name] = value
        return settings

    def check(self, machines):
        if not re.fullmatch(r"[A-Za-z0-9_.*-]+", self.name):
            raise self.wrong("a name has letters, digits, and _ . - *")
        if self.tier not in TIERS:
            raise self.wrong(f'no tier "{self.tier}": there are {", ".join(TIERS)}')
        for machine in self.machine.split(","):
            if machine not in machines and not machine.startswith("nested-kvm:"):
                raise self.wrong(f'no machine "{machine}" in boot/models, and boot.sh has none of that name')
        self.check_judge()

    def check_judge(self):
        if self.judge not in JUDGES:
            raise self.wrong(f'no expectation "{self.judge}": there are {", ".join(JUDGES)}')
        wanted = JUDGES[self.judge]
        if wanted is None and not self.words[0].lstrip("!"):
            raise self.wrong(f"{self.judge} needs a regular expression")
        if wanted and not wanted[0] <= len(self.words) <= wanted[1]:
            raise self.wrong(f'{self.judge} is followed by {wanted[0]} to {wanted[1]} words, not "{" ".join(self.words)}"')
        takes = SERIAL_TAKES if self.is_serial() else TAKES.get(self.judge, SETTINGS)
        for name in self.settings:
            if name not in takes:
                raise self.wrong(f"{self.judge} can do nothing with {name}=")

    def is_serial(self):
        """Whether judge/serial.sh makes the port that the kernel is to find."""
        return JUDGES[self.judge] is None and ("spcr" in self.settings or self.settings.get("serial") == "memory")


def read_models(path):
    """The machines of boot/models: name, and which rig it runs in."""
    with open(path, encoding="utf-8") as file:
        words = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return {word[0]: word[1] for word in words}


def programs(source):
    """What is built of each source: tests/host/test_a.c is build/host/test_a."""
    return [f"build{path[len('tests'):-2]}" for path in sorted(glob.glob(source))]


def lists(models):
    """What a name with an @ stands for: (what is in the row's name, the machine, program or source)."""
    found = {f"@{rig}": [(name, name) for name, its in models.items() if its == rig] for rig in models.values()}
    found["@tests"] = [(path.split("/test_")[1], path) for path in programs("tests/host/test_*.c")]
    found["@fuzz"] = [(path.split("/fuzz_")[1], path) for path in programs("tests/fuzz/fuzz_*.c")]
    found["@sources"] = [(path.replace("/", "-")[:-2], path) for path in os.environ.get("C_FILES", "").split()]
    return found


def expand(line, group, columns, known):
    """The rows of one line."""
    machines = columns[2].split(",")
    for machine in machines:
        if machine.startswith("@") and machine not in known:
            raise Wrong(f'line {line}: {columns[0]}: no list "{machine}": there are {", ".join(known)}')
    members = [member for machine in machines for member in known.get(machine, [(machine, machine)])]
    if ("*" in columns[0]) != (len(machines) > 1 or machines[0] in known):
        raise Wrong(f"line {line}: {columns[0]}: a name with * belongs to several machines, one without to one")
    valid = {machine for _, machine in members if machine in MACHINES}
    valid.update(machine for list_members in known.values() for _, machine in list_members)
    for short, machine in members:
        yield Row(group, [columns[0].replace("*", short), columns[1], machine, *columns[3:]], valid)


def check_regexes(rows):
    """grep -E must know what each means: it finds a wrong one in nothing, which a ! would take for good."""
    for row in rows:
        if JUDGES[row.judge] is None:
            grep = subprocess.run(["grep", "-E", "--", row.words[0].lstrip("!"), "/dev/null"],
                                  capture_output=True, text=True, check=False)
            if grep.returncode > 1:
                raise row.wrong(grep.stderr.strip())


def read(path, models):
    """All rows, in order."""
    rows, group = {}, None
    known = lists(read_models(models))
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            if text.startswith("["):
                group = text[1:].split("]")[0]
                continue
            columns = re.split(r"\t+| {2,}", text)
            if len(columns) != len(COLUMNS) or group is None:
                raise Wrong(f"line {number}: {columns[0]}: {len(columns)} columns below [{group}], "
                            f"there must be {len(COLUMNS)}, with two blanks between them: {', '.join(COLUMNS)}")
            for row in expand(number, group, columns, known):
                if row.name in rows:
                    raise Wrong(f"line {number}: {row.name}: there is a row of that name")
                rows[row.name] = row
    check_regexes(rows.values())
    return list(rows.values())


def choose(rows, tier, patterns):
    """Those of a tier that a pattern names: a group or a name, with * and ?; after a !, what is left out.
    A row that is named alone need not be of the tier."""
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
    unwanted = [pattern[1:] for pattern in patterns if pattern.startswith("!")]

    def named(row, names):
        return any(name == row.group or fnmatch.fnmatchcase(row.name, name) for name in names)

    for name in wanted + unwanted:
        if not any(named(row, [name]) for row in rows):
            raise Wrong(f"no group and no row {name}: there are the groups {', '.join(dict.fromkeys(r.group for r in rows))}")
    chosen = [row for row in rows if not wanted or named(row, wanted)]
    chosen = [row for row in chosen if row.tier == "check" or tier == "all" or row.name in wanted]
    return [row for row in chosen if not named(row, unwanted)]
