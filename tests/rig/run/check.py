#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs rows of the table `rows`, as many at a time as there are processors, and closes with one line of counts.

usage: check.py [-j JOBS] [-l LOGS] [-t TIER] [--anew] [PATTERN...]
       check.py --list [-t TIER] [PATTERN...]      prints the rows, and what each runs
       check.py --needs [-t TIER] [PATTERN...]     prints the files that they need built
       check.py --times LOGS                       what each group of that run took, as a table

  -j JOBS    how many at a time
  -l LOGS    a folder for what each prints (NAME.tap, NAME.err, NAME.log); default build/logs
  -t TIER    check (default) or all
  --anew     no result of an earlier run is taken (results.py)
  PATTERN    the name of a row or of a group, * and ? may stand in it; after a !: what is left out

Each row gives a line when it ends: its name, the seconds that passed, those that processors worked, its counts.
Then come the failed test points in full, what prove says of the TAP, and last, alone,
"N passed, N failed, N skipped".

exit status: 0 all is well: prove and the counts agree; 1 not; 2 wrong usage, or a row that cannot be
"""
import argparse
import concurrent.futures
import os
import shlex
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import commands  # noqa: E402
import results  # noqa: E402
import table  # noqa: E402

HERE = "tests/rig/run"
TALLY = f"{HERE}/tally.sh"


def counts(*taps):
    """The last line of a run, of one file or of all; with what is wrong on the other stream."""
    return subprocess.run([TALLY, *taps], capture_output=True, text=True, check=False)


class Run:
    """One run: a folder for its logs, and what is kept of earlier ones."""

    def __init__(self, logs, kept):
        self.logs = logs
        self.kept = kept
        self.times = []
        os.makedirs(logs, exist_ok=True)
        for name in os.listdir(logs):
            if name.endswith((".tap", ".err", ".log", ".command", ".times")):
                os.remove(os.path.join(logs, name))

    def path(self, row, suffix):
        return os.path.join(self.logs, row.name + suffix)

    def one(self, row):
        """Runs a row, unless there is a kept result; that is asked for now, when its files have been built."""
        job = commands.job(row)
        row.key = self.kept.key(job)
        if self.kept.find(row.key, self.path(row, ".tap"), self.path(row, ".log")):
            self.times.append((row.group, 0.0, 0.0, True))
            return
        wall, processor, status = self.start(row, job)
        with open(self.path(row, ".tap"), "a", encoding="utf-8", errors="replace") as tap:
            if status and not self.failed_points(row):
                tap.write(f"# exit status {status}\n")
        said = counts(self.path(row, ".tap")).stdout.strip()
        print(f"{row.name:<36} {wall:6.1f} s {processor:6.1f} s  {said}", flush=True)
        self.times.append((row.group, wall, processor, False))
        if row.key and not status and " 0 failed," in said and not said.startswith("0 passed"):
            self.kept.keep(row.key, self.path(row, ".tap"), self.path(row, ".log"))

    def start(self, row, job):
        """Seconds that passed, seconds of processor time with all that it started, and the exit status."""
        environment = {**os.environ, **job.environment, "LINTEL_LOG": os.path.abspath(self.path(row, ".log"))}
        line = " ".join([f"{name}={shlex.quote(value)}" for name, value in job.environment.items()] + [shlex.join(job.argv)])
        with open(self.path(row, ".command"), "w", encoding="utf-8") as command:
            command.write(line + "\n")
        began = time.monotonic()
        with open(self.path(row, ".tap"), "wb") as out, open(self.path(row, ".err"), "wb") as err:
            try:
                process = subprocess.Popen(job.argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment)
            except OSError as error:
                err.write(f"{error}\n".encode())
                return 0.0, 0.0, 127
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        code = process.returncode if process.returncode >= 0 else 128 - process.returncode
        return time.monotonic() - began, used.ru_utime + used.ru_stime, code

    def lines(self, row, suffix):
        with open(self.path(row, suffix), encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()

    def failed_points(self, row):
        return [line for line in self.lines(row, ".tap") if line.startswith("not ok")]

    def show_failures(self, row):
        """The failed points, each with what is indented or commented below it, and the last words on stderr."""
        found = counts(self.path(row, ".tap"))
        if " 0 failed," in found.stdout:
            return
        print(f"\n--- {row.name}: {self.lines(row, '.command')[0][:300]}")
        show = False
        for line in self.lines(row, ".tap"):
            show = line.startswith("not ok") or (show and line.startswith(("#", " ", "\t")))
            if show or line.startswith("# exit status"):
                print(line)
        print(found.stderr, end="")
        print("\n".join(self.lines(row, ".err")[-20:]))

    def prove(self, rows):
        """prove reads the TAP by itself; a file that it alone objects to counts as a failure, and is not kept."""
        taps = [self.path(row, ".tap") for row in rows]
        said = subprocess.run(["prove", "--norc", "-Q", "--exec", "cat", *taps], capture_output=True, text=True, check=False)
        if said.returncode == 0:
            return []
        print("\n" + said.stdout + said.stderr)
        for row in rows:
            if self.path(row, ".tap") in said.stdout:
                self.kept.drop(row.key)
        if " 0 failed," not in counts(*taps).stdout:
            return []
        objection = os.path.join(self.logs, "prove.tap")
        with open(objection, "w", encoding="utf-8") as file:
            file.write("1..1\nnot ok 1 - prove accepts the TAP\n")
        return [objection]

    def all(self, rows, jobs):
        """The verdict: the line, and whether it is good."""
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for done in [pool.submit(self.one, row) for row in rows]:
                done.result()
        kept = sum(time[3] for time in self.times)
        if kept:
            print(f"{kept} of {len(rows)} rows read what they read when they last passed: not run (--anew runs them)")
        with open(os.path.join(self.logs, "rows.times"), "w", encoding="utf-8") as file:
            file.writelines(f"{group}\t{wall:.1f}\t{processor:.1f}\t{int(was_kept)}\n" for group, wall, processor, was_kept in self.times)
        for row in rows:
            self.show_failures(row)
        verdict = counts(*[self.path(row, ".tap") for row in rows], *self.prove(rows))
        print(verdict.stdout, end="")
        return verdict.returncode == 0


def print_times(logs):
    """As docs/testing.md has it."""
    groups = {}
    with open(os.path.join(logs, "rows.times"), encoding="utf-8") as file:
        for line in file:
            group, *numbers = line.split()
            groups.setdefault(group, []).append([float(number) for number in numbers])
    print("| group | rows | kept | seconds | seconds of processor time |\n|---|---|---|---|---|")
    sums = {group: [len(rows), *(sum(column) for column in zip(*rows))] for group, rows in groups.items()}
    sums["all"] = [sum(column) for column in zip(*sums.values())]
    for group, (rows, wall, processor, kept) in sums.items():
        print(f"| {group} | {rows} | {kept:.0f} | {wall:.0f} | {processor:.0f} |")


def print_rows(rows):
    for row in rows:
        job = commands.job(row)
        print(f"{row.group}\t{row.tier}\t{row.name}\t{shlex.join(job.argv)[:300]}")


def options(arguments):
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n\n")[0])
    parser.add_argument("-j", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("-l", default="build/logs")
    parser.add_argument("-t", default="check", choices=table.TIERS)
    for name in ("--anew", "--list", "--needs"):
        parser.add_argument(name, action="store_true")
    parser.add_argument("--times")
    parser.add_argument("patterns", nargs="*")
    return parser.parse_args(arguments)


def main(arguments):
    wanted = options(arguments)
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
    if wanted.times:
        return print_times(wanted.times)
    try:
        rows = table.choose(table.read(f"{HERE}/rows", "tests/rig/boot/models"), wanted.t, wanted.patterns)
    except table.Wrong as error:
        print(f"check.py: {HERE}/rows: {error}", file=sys.stderr)
        return 2
    if wanted.list:
        return print_rows(rows)
    if wanted.needs:
        print("\n".join(dict.fromkeys(need for row in rows for need in commands.job(row).needs)))
        return 0
    return 0 if Run(wanted.l, results.Results(not wanted.anew)).all(rows, wanted.j) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
