#!/bin/bash
# oracle.sh - hold the entry checker against a processor: enter COUNT mutated guests on one machine.
# Prints TAP; the comments in it say what was counted, and each disagreement.
#
# usage: oracle.sh [-t SECONDS] KERNEL MODEL COUNT [SEED [FIRST [STEP]]]
#   -t     time limit (default: 300 s, and one more for each 100 mutations)
#   SEED   another seed makes other mutations (default 1)
#   FIRST  number of the first one (default 0): COUNT 1 with it repeats one of an earlier run
#   STEP   from one number to the next (default 1): with 5, a small COUNT reaches every base image
#
# environment: LINTEL_LOG  a file to keep the serial log in
# exit status: 0 the checker and the processor agree; 1 not; as boot.sh where the boot went wrong
set -eu

rig=$(dirname "$0")/..
limit=

usage() {
    sed -n '5,9s/^# //p' "$0" >&2
    exit 2
}

while getopts t: option; do
    case $option in
    t) limit=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
{ [ $# -ge 3 ] && [ $# -le 6 ]; } || usage
kernel=$1
model=$2
count=$3
seed=${4:-1}
first=${5:-0}
step=${6:-1}

work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-oracle.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
: >"$work/log"
"$rig/../../tools/iso.sh" "$kernel" "$work/oracle.iso" "report=none selftest=none console=com1 oracle=$count,$seed,$first,$step"
status=0
"$rig/boot.sh" -o "$work/log" -t "${limit:-$((300 + count / 100))}" "$model" "$work/oracle.iso" \
    >/dev/null || status=$?
[ -z "${LINTEL_LOG:-}" ] || cp "$work/log" "$LINTEL_LOG"

# Debian's prove knows no version above 13; ours is 14, and the two agree in all that is printed.
echo 'TAP version 13'
sed -n '/^1\.\.[0-9]*$/p; /^\(not \)\{0,1\}ok\b/p; /^#/p' "$work/log"
exit $status
