#!/bin/bash
# Boot an ISO that must end in a certain way, with a certain line: for what a user can get wrong.
# Prints TAP: one test point for the line, one for the way it ends.
#
# usage: expect.sh NAME MACHINE REGEX STATUS ISO [BOOT_OPTION...]
#   REGEX   an extended regular expression that some line of the serial output must match; after a !:
#           that none may match
#   STATUS  the exit status that boot.sh must end with (0 pass, 1 failure, 2 no verdict, ...)
#
# environment: LINTEL_LOG  a file to keep the serial log in
# exit status: 0 both passed; 1 not; 2 wrong usage
set -eu

rig=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 5 ] || {
    sed -n '5,8s/^# //p' "$0" >&2
    exit 2
}
name=$1
machine=$2
regex=$3
expected=$4
iso=$5
shift 5

work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-expect.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
log=$work/serial.log
: >"$log"

status=0
"$rig/boot.sh" -o "$log" "$@" "$machine" "$iso" >/dev/null 2>"$work/boot.err" || status=$?
[ -z "${LINTEL_LOG:-}" ] || cp "$log" "$LINTEL_LOG"

result=0
echo 'TAP version 13'
echo '1..2'
matched=yes
grep -aqE -- "${regex#!}" "$log" || matched=no
wanted=yes
what='a line matches'
if [[ $regex == !* ]]; then
    wanted=no
    what='no line matches'
fi
if [ $matched = $wanted ]; then
    echo "ok 1 - $name: on $machine $what ${regex#!}"
else
    echo "not ok 1 - $name: on $machine $what ${regex#!}"
    result=1
fi
if [ "$status" -eq "$expected" ]; then
    echo "ok 2 - $name: the boot ends with status $expected"
else
    echo "not ok 2 - $name: the boot ends with status $expected, not $status"
    result=1
fi
if [ $result -ne 0 ]; then
    sed 's/^/# /' "$work/boot.err"
    echo '# the last 20 lines of serial output:'
    tail -n 20 "$log" | sed 's/^/#   /'
fi
exit $result
