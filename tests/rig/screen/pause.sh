#!/bin/bash
# pause.sh - boot an ISO whose kernel holds the pages of the screen, in QEMU, and press keys: the serial
# output stands still while a page is held, and goes on by just one page with a key. Prints TAP.
#
# usage: pause.sh ISO    its command line: pause=3600 console=com1,com2,vga
# exit status: 0 every test passed; 1 not; 2 wrong usage
set -eu

rig=$(cd "$(dirname "$0")/.." && pwd)
[ $# -eq 1 ] || {
    sed -n '5s/^# //p' "$0" >&2
    exit 2
}
iso=$1
rows=24 # of a page of text mode: the prompt has one

work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-pause.XXXXXX")
log=$work/log
: >"$log"
boot=
points=0
failures=0

cleanup() {
    [ -z "$boot" ] || kill "$boot" 2>/dev/null || true
    [ -z "$boot" ] || wait "$boot" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# point NAME COMMAND...: the command decides.
point() {
    points=$((points + 1))
    if "${@:2}"; then
        echo "ok $points - $1"
    else
        failures=$((failures + 1))
        echo "not ok $points - $1"
        tail -n 3 "$log" | sed 's/^/  # /'
    fi
}

# Rows of the screen that the serial output fills: what comes before the kernel is not on it.
rows_out() {
    sed -n '/^lintel [0-9]/,$p' "$log" | fold -w 80 | wc -l
}

# Until nothing has been added for two seconds, after the kernel has begun.
wait_until_still() {
    local now before=-1
    for _ in $(seq 60); do
        now=$(rows_out)
        [ "$now" -eq 0 ] || [ "$now" -ne "$before" ] || return 0
        before=$now
        sleep 2
    done
    return 1
}

# The output grows, by no more than a page and the line that is on the serial port before the screen holds it (at
# most 3 rows), and stands again. (Between tests a page may end early.)
one_page_more() {
    local before grown
    before=$(rows_out)
    "$@"
    sleep 1
    wait_until_still
    grown=$(($(rows_out) - before))
    [ $grown -gt 0 ] && [ $grown -le $((rows + 2)) ]
}

press() {
    echo "sendkey $1" >"$work/monitor.in"
}

send() {
    printf '%s' "$1" >"$work/line.in"
}

# It begins with an empty row.
first_page() {
    [ "$(rows_out)" -eq $((rows - 1)) ]
}

no_verdict() {
    ! grep -q ' passed, ' "$log"
}

# q, in the middle of the run: no further page is held, nor the end. What the tests say is other rows' matter.
runs_to_the_end() {
    press q
    for _ in $(seq 60); do
        kill -0 "$boot" 2>/dev/null || break
        sleep 1
    done
    ! kill -0 "$boot" 2>/dev/null && ! no_verdict
}

mkfifo "$work/monitor.in" "$work/monitor.out" "$work/line.in" "$work/line.out"
cat "$work/monitor.out" >/dev/null &
cat "$work/line.out" >/dev/null &
"$rig/boot.sh" -t 300 -o "$log" \
    -x "-monitor pipe:$work/monitor -chardev pipe,id=line,path=$work/line -device isa-serial,chardev=line,iobase=0x2f8,irq=3" \
    qemu-bios "$iso" >/dev/null 2>"$work/err" &
boot=$!
exec 7<>"$work/line.in" 8<>"$work/monitor.in" # they stay open

echo 'TAP version 13'
wait_until_still || true
point 'the first page is held' first_page
point 'a key of the keyboard brings the next page' one_page_more press spc
point 'one of the serial line does too' one_page_more send x
point 'there is no verdict yet' no_verdict
point 'q ends the pauses, and the run ends' runs_to_the_end
echo "1..$points"
[ $failures -eq 0 ] || sed 's/^/# /' "$work/err"
[ $failures -eq 0 ]
