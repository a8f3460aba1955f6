#!/usr/bin/python3
"""Check the JSON report in a serial log (report=json on the kernel's command line). Prints TAP.

usage: check-report.py SCHEMA LOG [GOLDEN]
  SCHEMA  docs/report.schema.json
  LOG     what the kernel printed: one line of it is a JSON object
  GOLDEN  the values that the VMX MSRs must have, a file as golden.sh writes (golden.sh -p MODEL finds it);
          - for a machine without VMX: all absent

exit status: 0 every test passed; 1 not; 2 wrong usage
"""

import json
import re
import sys

import jsonschema

VMX_MSRS = [f"0x{index:x}" for index in range(0x480, 0x494)]


class Tap:
    """Counts test points, prints each at once, and the plan at the end."""

    def __init__(self):
        self.points = 0
        self.failed = 0
        print("TAP version 13")

    def point(self, good, name, *reasons):
        self.points += 1
        print(f"{'ok' if good else 'not ok'} {self.points} - {name}")
        if not good:
            self.failed += 1
            for reason in reasons:
                print(f"  # {reason}")
        return good

    def end(self):
        print(f"1..{self.points}")
        return 1 if self.failed else 0


def read_log(path):
    with open(path, encoding="utf-8", errors="replace") as log:
        return log.read().splitlines()


def no_twins(pairs):
    """JSON lets a key come twice; a report must not."""
    keys = [key for key, _ in pairs]
    twins = sorted({key for key in keys if keys.count(key) > 1})
    if twins:
        raise ValueError(f"keys that come twice: {', '.join(twins)}")
    return dict(pairs)


def find_report(tap, lines):
    """The one line that is a JSON object, parsed; None if there is not just one, or it does not parse."""
    found = [line for line in lines if line.startswith("{")]
    if not tap.point(len(found) == 1, "the log has one JSON line", f"it has {len(found)}"):
        return None
    try:
        report = json.loads(found[0], object_pairs_hook=no_twins)
    except ValueError as error:
        tap.point(False, "the JSON line parses", str(error))
        return None
    tap.point(True, "the JSON line parses")
    return report


def check_schema(tap, report, schema):
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema)
    errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in validator.iter_errors(report)]
    tap.point(not errors, "the report is as its schema says", *errors)


def read_golden(path):
    if path == "-":
        return dict.fromkeys(VMX_MSRS)
    with open(path, encoding="ascii") as golden:
        rows = [line.split() for line in golden if line.startswith("0x4")]
    return {msr: None if value == "absent" else value for msr, value in rows}


def text_values(lines):
    """What the report for people says, from its lines "msr 0x4.. NAME value"."""
    matches = (re.fullmatch(r"msr (0x4[0-9a-f]+) \w+ (0x[0-9a-f]{16}|absent)", line) for line in lines)
    return {m[1]: None if m[2] == "absent" else m[2] for m in matches if m}


def differences(found, expected):
    keys = sorted(set(found) | set(expected))
    return [
        f"{key}: expected {expected.get(key, 'nothing')}, found {found.get(key, 'nothing')}"
        for key in keys
        if key not in found or key not in expected or found[key] != expected[key]
    ]


def check_values(tap, report, expected, source):
    processors = report.get("raw", [])
    tap.point(bool(processors), "the report has a raw policy")
    for number, processor in enumerate(processors):
        wrong = differences(processor.get("msrs", {}), expected)
        tap.point(not wrong, f"the MSRs of processor {number} are as {source} says", *wrong)


def main(arguments):
    if not 2 <= len(arguments) <= 3:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    tap = Tap()
    with open(arguments[0], encoding="utf-8") as file:
        schema = json.load(file)
    lines = read_log(arguments[1])
    report = find_report(tap, lines)
    if report is not None:
        check_schema(tap, report, schema)
        text = text_values(lines)
        if text:
            check_values(tap, report, text, "the text report")
        if len(arguments) == 3:
            check_values(tap, report, read_golden(arguments[2]), "the golden file")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
