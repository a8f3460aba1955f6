#!/usr/bin/python3
"""Compare two JSON reports (report=json on the kernel's command line): what one machine's VMX has and the
other's has not, as tables in Markdown.

usage: report-differences.py BITS BELOW ABOVE
  BITS   msr/vmx_bits.def: the names
  BELOW  a serial log with the report of the processor itself
  ABOVE  one with the report of a virtual machine on it

exit status: 0 printed; 1 a log has no report; 2 wrong usage
"""

import json
import re
import sys

ENTRY = re.compile(r'\b(BIT|FIELD)\(c, (\d+), (?:(\d+), )?(\w+), "([^"]*)"\)')
MSR = re.compile(r"\bMSR\((0x\w+), (\w+), (\w+), (\w+),")
WORD = re.compile(r"#define (\w+)_BITS\(c,")


def read_bits(path):
    """The rows (bit, width, text) of each word, and what each MSR is: (name, form, word)."""
    words, msrs, word = {}, {}, None
    folder = path.rsplit("/", 2)[0] if path.count("/") > 1 else "."
    for file in (path, folder + "/include/control_registers.def"):
        with open(file, encoding="ascii") as lines:
            for line in lines:
                word = m[1] if (m := WORD.search(line)) else word
                for kind, bit, width, _, text in ENTRY.findall(line):
                    words.setdefault(word, []).append((int(bit), int(width or 1), kind, text))
                for address, name, form, of in MSR.findall(line):
                    msrs[address] = (name, form, of)
    return words, msrs


def read_report(path):
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            if line.startswith("{"):
                return json.loads(line)
    sys.exit(f"report-differences.py: {path} has no JSON report: boot with report=json")


def halves(form, value):
    """What an MSR says, as (meaning, word): controls say two things."""
    if form == "CONTROLS":
        return [("may be 1", value >> 32), ("must be 1", value & 0xFFFFFFFF)]
    return [({"MAY_BE_1": "may be 1", "MUST_BE_1": "must be 1"}.get(form, ""), value)]


def differing(rows, below, above):
    """Named fields and single bits, named or not, on which two words differ: (bits, text, below, above)."""
    rest = below ^ above
    for bit, width, kind, text in rows:
        mask = ((1 << width) - 1) << bit
        if rest & mask:
            yield str(bit) if kind == "BIT" else f"{bit + width - 1}:{bit}", text, (below & mask) >> bit, (above & mask) >> bit
        rest &= ~mask
    for bit in range(64):
        if rest >> bit & 1:
            yield str(bit), "(no name)", below >> bit & 1, above >> bit & 1


def compare(words, msrs, below, above):
    """Rows (MSRs, bits, text, meaning, below, above); a legacy MSR and its true one share a row."""
    rows = {}
    for address, (name, form, word) in msrs.items():
        old, new = below[address], above[address]
        if old is None or new is None:
            if old != new:
                rows[("all", name, "", old or "absent", new or "absent")] = [address]
            continue
        for (meaning, a), (_, b) in zip(halves(form, int(old, 16)), halves(form, int(new, 16))):
            for bits, text, x, y in differing(words.get(word, []), a, b):
                rows.setdefault((bits, text, meaning, x, y, word), []).append(address)
    return [(" ".join(addresses), *row[:5]) for row, addresses in rows.items()]


def lost(row):
    """Less is offered: a bit that is gone, or a must-be-1 that is new. (Numbers are just numbers.)"""
    return isinstance(row[4], int) and ":" not in row[1] and (row[5] > row[4] if row[3] == "must be 1" else row[5] < row[4])


def number(value):
    return value if isinstance(value, str) else str(value) if value < 16 else f"0x{value:x}"


def print_table(title, rows):
    print(f"\n{title}: {len(rows)}\n")
    print("| MSR | bits | name | | below | in the VM |\n|---|---|---|---|---|---|")
    for msr, bits, text, meaning, old, new in rows:
        print(f"| {msr} | {bits} | {text} | {meaning} | {number(old)} | {number(new)} |")


def main(arguments):
    if len(arguments) != 3:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    words, msrs = read_bits(arguments[0])
    below, above = (read_report(path) for path in arguments[1:])
    rows = compare(words, msrs, below["raw"][0]["msrs"], above["raw"][0]["msrs"])
    print(f"Below: {below['cpu']['brand']}. The VM's hypervisor: {above['cpu'].get('hypervisor_vendor', 'none')}.")
    print_table("Withheld", [row for row in rows if lost(row)])
    print_table("Otherwise different", [row for row in rows if not lost(row)])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
