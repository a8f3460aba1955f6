#!/bin/bash
# What KVM's nested VMX withholds from its guests, of a processor that Bochs emulates: the JSON report of
# the processor itself, and of a virtual machine on it, compared bit by bit. Prints Markdown.
#
# usage: nested/differences.sh KERNEL [MODEL [LOGS]]
#   MODEL  one of Bochs's (default corei7_skylake_x)
#   LOGS   a folder for the two serial logs, MODEL.log and nested.log
# exit status: 0 printed; 1 a boot went wrong, with the reason on stderr; 2 wrong usage
set -eu

rig=$(dirname "$0")/..
{ [ $# -ge 1 ] && [ $# -le 3 ]; } || {
    sed -n '5,7s/^# //p' "$0" >&2
    exit 2
}
model=${2:-corei7_skylake_x}
work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-differences.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
logs=${3:-$work}
mkdir -p "$logs"

"$rig/../../tools/iso.sh" "$1" "$work/report.iso" 'console=com1 report=json selftest=msr'
"$rig/boot.sh" -t 300 -o "$logs/$model.log" "$model" "$work/report.iso" >/dev/null || exit 1
"$rig/boot.sh" -t 900 -o "$logs/nested.log" "nested-kvm:$model" "$work/report.iso" >/dev/null || exit 1
"$rig/nested/report-differences.py" "$rig/../../msr/vmx_bits.def" "$logs/$model.log" "$logs/nested.log"
