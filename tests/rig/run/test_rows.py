#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds the table of rows and its runner to what they promise: a wrong row is refused by name; a row runs what
it says; a result is kept as long as what it was made of has not changed, and only if it passed. Prints TAP.

usage: test_rows.py
exit status: 0 every test passed; 1 not
"""
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import table  # noqa: E402

import table  # noqa: E402

RUN = os.path.dirname(os.path.abspath(__file__))
GOOD = "a-row  check  qemu-bios  -  -  selftests"
# A row, and what must be said of it; `good` stands below each, and a group above.
WRONG = [
    ("b-row  check  qemu-bios  -  -", "line 2: b-row: 5 columns below [group], there must be 6"),
    ("b-row  check  qemu-bios  -  -  selftests  more", "line 2: b-row: 7 columns"),
    ("b-row  check  qemu-bios  -  -  selftests\nb-row  check  qemu-bios  -  -  selftests",
     "line 3: b-row: there is a row of that name"),
    ("boot-*  check  @qemu  -  -  selftests\nboot-qemu-bios  check  qemu-bios  -  -  selftests",
     "line 3: boot-qemu-bios: there is a row of that name"),
    ("b/row  check  qemu-bios  -  -  selftests", "b/row: a name has letters"),
    ("b-row  daily  qemu-bios  -  -  selftests", 'b-row: no tier "daily": there are check, all'),
    ("b-row  check  pdp11  -  -  selftests", 'b-row: no machine "pdp11"'),
    ("b-*  check  @pdp  -  -  selftests", 'line 2: b-*: no list "@pdp": there are @'),
    ("b-*  check  qemu-bios  -  -  selftests", "line 2: b-*: a name with * belongs to several machines"),
    ("b-row  check  qemu-bios,qemu-uefi  -  -  selftests", "line 2: b-row: a name with *"),
    ("b-row  check  qemu-bios  -  cpu=2  selftests", 'b-row: no setting "cpu": there are kernel'),
    ("b-row  check  qemu-bios  -  cpus=2; cpus=4  selftests", "b-row: cpus= is there twice"),
    ("b-row  check  qemu-bios  -  poke=eax:0  selftests", "b-row: selftests can do nothing with poke="),
    ("b-row  check  qemu-bios  -  cpus=2  json", "b-row: json can do nothing with cpus="),
    ("b-row  check  qemu-bios  -  serial=memory; cpus=2  pass ^ok", "b-row: pass can do nothing with cpus="),
    ("b-row  check  qemu-bios  -  -  passes ^ok", 'b-row: no expectation "passes": there are selftests'),
    ("b-row  check  qemu-bios  -  -  pass", "b-row: pass needs a regular expression"),
    ("b-row  check  qemu-bios  -  -  pass !^(ok", "b-row: grep: Unmatched ("),
    ("b-row  check  qemu-bios  -  -  oracle", "b-row: oracle is followed by 1 to 4 words"),
    ("b-row  check  qemu-bios  -  -  screen passed twice", "b-row: screen is followed by 1 to 1 words"),
]
# A row, and the words that it must run.
COMMANDS = [
    (GOOD, ["tests/rig/judge/tap.sh", "qemu-bios", "build/lintel.iso"]),
    ("a-row  check  qemu-bios  -  cpus=2; qemu=-M q35  selftests",
     ["tests/rig/judge/tap.sh", "qemu-bios", "build/lintel.iso", "-c", "2", "-x", "'-M q35'"]),
    ("case-row  all  ryzen  exit=halt nosmp  grub=wrmsr 0x3a 1; kernel=build/odd.elf  fail ^it's|no$",
     ["tests/rig/boot/case.sh", "build/odd.elf", "'exit=halt nosmp'", "'wrmsr 0x3a 1'", "judge/expect.sh", "row",
      "ryzen", "'^it'\"'\"'s|no$'", "1", "ISO"]),
    ("way-row  check  qemu-bios  -  medium=net  pass !^no", ["tests/rig/boot/case.sh", "build/lintel.elf", "''", "''",
     "judge/expect.sh", "way-row", "qemu-bios", "'!^no'", "0", "NETDIR", "-M", "net"]),
    ("a-row  check  ryzen  -  limit=9  oracle 5 1 0 7", ["tests/rig/judge/oracle.sh", "-t", "9", "build/lintel.elf",
     "ryzen", "5", "1", "0", "7"]),
]
points = failures = 0


def point(good, name, said=""):
    global points, failures
    points += 1
    failures += not good
    print(f"{'' if good else 'not '}ok {points} - {name}")
    if not good:
        print("\n".join("# " + line for line in said.splitlines()))


class Tree:
    """The runner in a folder of its own, with a table and scripts of ours."""

    def __init__(self, folder):
        self.folder = folder
        self.run_folder = os.path.join(folder, "tests/rig/run")
        shutil.copytree(RUN, self.run_folder)
        os.makedirs(os.path.join(folder, "tests/fuzz/corpus/one"))
        shutil.copytree(os.path.join(RUN, "../boot"), os.path.join(folder, "tests/rig/boot"))

    def write(self, path, text, mode=0o755):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)

    def table(self, rows):
        self.write("tests/rig/run/rows", f"[group]  of rows\n{rows}\n")

    def check(self, *arguments):
        """What check.py says, on both streams, and its exit status."""
        done = subprocess.run([f"{self.run_folder}/check.py", *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        return done.stdout, done.returncode


def test_wrong_rows(tree):
    for row, expected in WRONG:
        tree.table(f"{row}\n{GOOD}")
        said, status = tree.check("--list")
        point(status == 2 and expected in said, f"refused: {expected}", said)
    tree.table(GOOD)
    said, status = tree.check("--list", "nothing")
    point(status == 2 and "no group and no row nothing" in said, "a pattern that names nothing is refused", said)


def test_machines_have_rows():
    """A new model that no row boots would be one that nobody tests."""
    models = table.read_models(f"{RUN}/../boot/models")
    booted = {row.machine for row in table.read(f"{RUN}/rows", f"{RUN}/../boot/models")}
    for model in models:
        point(model in booted, f"some row boots {model}")


def test_commands(tree):
    for row, expected in COMMANDS:
        tree.table(row)
        said = tree.check("--list", "-t", "all")[0].rstrip("\n").split("\t")[3]
        point(said == " ".join(expected), f"runs: {expected[0]} for {row.split()[-1]}", said)


def test_machines():
    """The table itself: every machine of the list is booted with all tests."""
    rows = {row.name: row for row in table.read(f"{RUN}/rows", f"{RUN}/../boot/models")}
    for machine, rig in table.read_models(f"{RUN}/../boot/models").items():
        row = rows.get(f"boot-{machine}-bochs3" if rig == "bochs3" else f"boot-{machine}")
        point(row is not None and row.judge == "selftests" and not row.options, f"{machine} is booted with all tests")


def test_choice(tree):
    tree.table(f"{GOOD}\nb-row  all  qemu-bios  -  -  selftests\nb-too  check  qemu-bios  -  -  selftests")
    for arguments, expected in [((), "a-row b-too"), (("-t", "all"), "a-row b-row b-too"), (("b-row",), "b-row"),
                                (("b-*",), "b-too"), (("!b-*",), "a-row"), (("-t", "all", "group", "!a-row"), "b-row b-too")]:
        said = " ".join(line.split("\t")[2] for line in tree.check("--list", *arguments)[0].splitlines())
        point(said == expected, f"chosen by {' '.join(arguments) or 'nothing'}: {expected}", said)


def program(tree, tap, status=0):
    """A program that counts how often it was run; its row keeps what it says."""
    tree.write("tests/fuzz/fuzz.sh", f"#!/bin/sh\necho run >>{tree.folder}/runs\nprintf '{tap}'\nexit {status}\n")


def runs(tree):
    path = os.path.join(tree.folder, "runs")
    with open(path, encoding="utf-8") as file:
        return len(file.readlines())


def test_results(tree):
    tree.write("tests/fuzz/fuzz_one.c", "")
    tree.write("build/fuzz/fuzz_one", "one")
    tree.write("tests/fuzz/corpus/one/input", "1")
    tree.table("fuzz-*  check  @fuzz  -  -  corpus")
    program(tree, r"ok 1 - a\n1..1\n")
    kept = os.path.exists("/var/lib/dpkg/status")
    # What is done, what check.py is told, and whether the row runs anew.
    for name, act, arguments, anew in [
            ("the first time", lambda: None, (), True),
            ("the second time", lambda: None, (), False),
            ("with --anew", lambda: None, ("--anew",), True),
            ("after that", lambda: None, (), False),
            ("with another program", lambda: tree.write("build/fuzz/fuzz_one", "two"), (), True),
            ("with another input", lambda: tree.write("tests/fuzz/corpus/one/input", "2"), (), True),
            ("with one more input", lambda: tree.write("tests/fuzz/corpus/one/more", "2"), (), True),
            ("with another runner", lambda: tree.write("tests/rig/run/new", ""), (), True),
            ("with another script", lambda: program(tree, r"1..1\nok 1 - a\n"), (), True),
            ("and again", lambda: None, (), False),
            ("with the first program", lambda: tree.write("build/fuzz/fuzz_one", "one"), (), True),
            ("with the second one", lambda: tree.write("build/fuzz/fuzz_one", "two"), (), False)]:
        act()
        before = runs(tree) if os.path.exists(f"{tree.folder}/runs") else 0
        said, status = tree.check(*arguments)
        ran = runs(tree) - before
        point(ran == (1 if anew or not kept else 0) and status == 0 and said.endswith("1 passed, 0 failed, 0 skipped\n"),
              f"{name} the row {'runs' if anew else 'is kept'}", said)
    for name, tap, code, verdict in [
            ("failed", r"not ok 1 - a\n# why\n1..1\n", 1, "0 passed, 1 failed, 0 skipped"),
            ("without a plan", r"ok 1 - a\n", 0, "1 passed, 1 failed, 0 skipped"),
            ("with a bad exit status", r"ok 1 - a\n1..1\n", 3, "1 passed, 1 failed, 0 skipped"),
            ("that only prove objects to", r"ok 7 - a\n1..1\n", 0, "1 passed, 1 failed, 0 skipped"),
            ("skipped as a whole", r"1..0 # SKIP why\n", 0, "0 passed, 0 failed, 1 skipped")]:
        program(tree, tap, code)
        before = runs(tree)
        said = [tree.check() for _ in range(2)]
        point(runs(tree) - before == 2 and all(status == 1 and text.endswith(verdict + "\n") for text, status in said),
              f"a result {name} is not kept: {verdict}", said[1][0])


def main():
    print("TAP version 13")
    with tempfile.TemporaryDirectory(prefix="lintel-rows.") as folder:
        tree = Tree(folder)
        for test in (test_wrong_rows, test_commands, test_choice, test_results):
            test(tree)
    test_machines()
    test_machines_have_rows()
    print(f"1..{points}")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
