#!/bin/bash
# oracle.sh - hold the entry checker against a processor: enter COUNT mutated guests on one machine.
# Prints the kernel's lines on it, and its TAP.
#
# usage: oracle.sh [-t SECONDS] KERNEL MODEL COUNT [SEED [FIRST]]
#   -t     time limit (default: 60 s and one more for each 2000 mutations)
#   SEED   another seed makes other mutations (default 1)
#   FIRST  number of the first one (default 0): "1 SEED NUMBER" repeats one of an earlier run
# exit status: 0 the checker and the processor agree; 1 not; as boot.sh where the boot went wrong
set -eu

rig=$(dirname "$0")
limit=

usage() {
    sed -n '5,8s/^# //p' "$0" >&2
    exit 2
}

while getopts t: option; do
    case $option in
    t) limit=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -ge 3 ] && [ $# -le 5 ] || usage
kernel=$1
model=$2
count=$3
seed=${4:-1}
first=${5:-0}

work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-oracle.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$rig/iso.sh" "$kernel" "$work/oracle.iso" "report=none selftest=none oracle=$count,$seed,$first"
status=0
"$rig/boot.sh" -o "$work/log" -t "${limit:-$((60 + count / 2000))}" "$model" "$work/oracle.iso" \
    >/dev/null || status=$?
sed -n '/^TAP version 14$/,$p' "$work/log"
exit $status
