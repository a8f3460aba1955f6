#!/bin/bash
# screen.sh - boot an ISO that halts at its end, and hold what is on the screen against the serial output.
# Prints TAP: read-screen.py's.
#
# usage: screen.sh MACHINE passed|failed ISO [BOOT_OPTION...]
# exit status: 0 every test passed; 1 not; 2 wrong usage
set -eu

rig=$(cd "$(dirname "$0")/.." && pwd)
fonts=/usr/share/consolefonts
[ $# -ge 3 ] || {
    sed -n '5s/^# //p' "$0" >&2
    exit 2
}
machine=$1
verdict=$2
iso=$3
shift 3

work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-screen.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

"$rig/screen/picture.sh" -o "$work/log" "$machine" "$iso" "$work/picture.ppm" "$@" 2>"$work/err" || {
    printf 'TAP version 13\nnot ok 1 - a picture of the screen\n'
    sed 's/^/# /' "$work/err"
    echo 1..1
    exit 1
}
# In text mode the letters are those of the video BIOS.
font=$fonts/Lat15-TerminusBold16.psf.gz
! grep -q '^screen: VGA text' "$work/log" || font=$fonts/Lat15-VGA16.psf.gz
"$rig/screen/read-screen.py" "$font" "$work/picture.ppm" "$work/log" "$verdict"
