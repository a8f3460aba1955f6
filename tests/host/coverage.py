#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Run the host tests of a build with gcc's counters and print which branches of pure code they take.

usage: coverage.py BUILD [REAL_MACHINES] -- SOURCE...

One line a file: branches taken, all, per cent; then each line that has branches no test takes.
Exit status 0: the files together reach the goal and every test passed; 1: not.
"""
import collections
import glob
import json
import os
import subprocess
import sys

GOAL = 95.0


def run_tests(build, machines):
    """Runs every test program; the names of those that fail."""
    environment = dict(os.environ, LINTEL_MACHINES=machines)
    failed = []
    for counters in glob.glob(build + "/**/*.gcda", recursive=True):
        os.remove(counters)
    for test in sorted(glob.glob(build + "/test_*")):
        if os.access(test, os.X_OK) and not os.path.splitext(test)[1]:
            if subprocess.run([test], env=environment, capture_output=True).returncode:
                failed.append(test)
    return failed


def branches_of(build, source):
    """{line: [times that each branch was taken]} of one source file."""
    counters = os.path.join(build, os.path.splitext(source)[0] + ".gcno")
    done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", counters],
                          capture_output=True, text=True, check=True)
    lines = collections.defaultdict(list)
    for text in done.stdout.splitlines():
        for file in json.loads(text)["files"]:
            if file["file"] != source:
                continue
            for line in file["lines"]:
                lines[line["line_number"]] += [branch["count"] for branch in line["branches"]]
    return lines


def report(build, source):
    """Prints the file's line and what is not taken; returns (taken, all)."""
    lines = branches_of(build, source)
    counts = [count for line in lines.values() for count in line]
    taken = sum(1 for count in counts if count)
    share = 100.0 * taken / len(counts) if counts else 100.0
    print(f"{source:28} {taken:5} of {len(counts):5} branches {share:6.1f} %")
    with open(source, encoding="utf-8") as file:
        text = file.read().splitlines()
    for number, line in sorted(lines.items()):
        untaken = sum(1 for count in line if not count)
        if untaken:
            print(f"    {number}: {untaken} of {len(line)} not taken: {text[number - 1].strip()}")
    return taken, len(counts)


def main():
    split = sys.argv.index("--")
    build = sys.argv[1]
    failed = run_tests(build, sys.argv[2] if split > 2 else "")
    totals = [report(build, source) for source in sys.argv[split + 1:]]
    taken, branches = sum(t for t, _ in totals), sum(b for _, b in totals)
    share = 100.0 * taken / branches
    for test in failed:
        print(f"coverage.py: {test} fails")
    print(f"all: {taken} of {branches} branches, {share:.1f} % (goal {GOAL:.0f} %)")
    return 1 if failed or share < GOAL else 0


if __name__ == "__main__":
    sys.exit(main())
