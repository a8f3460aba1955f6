#!/bin/bash
# picture.sh - boot an ISO and take a picture of the screen when the verdict is there.
#
# usage: picture.sh [-o LOGFILE] MACHINE ISO OUT [BOOT_OPTION...]
#   -o       keep the serial output in LOGFILE
#   MACHINE  as for boot.sh: QEMU's monitor takes the picture, or Bochs's VNC server gives it
#   ISO      its kernel must halt at the end: CMDLINE="exit=halt"
#   OUT      NAME.png, or NAME.ppm as it comes
# exit status: 0 it is there; 1 not, with the reason on stderr; 2 wrong usage
set -eu

rig=$(cd "$(dirname "$0")/.." && pwd)
log=

die() {
    echo "picture.sh: $1" >&2
    exit 1
}

usage() {
    sed -n '4,8s/^# //p' "$0" >&2
    exit 2
}

if [ "${1:-}" = -o ]; then
    [ $# -ge 2 ] || usage
    log=$2
    shift 2
fi
[ $# -ge 3 ] || usage
machine=$1
iso=$2
out=$3
shift 3

work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-picture.XXXXXX")
log=${log:-$work/serial.log}
: >"$log"
boot=

# boot.sh ends its emulator when it is asked to end.
cleanup() {
    [ -z "$boot" ] || kill "$boot" 2>/dev/null || true
    [ -z "$boot" ] || wait "$boot" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# A pipe of commands; what the monitor answers goes nowhere. The caller may have words for QEMU (-x) as well.
start() {
    local extra='' options=(-t 300 -o "$log")
    while [ $# -gt 0 ]; do
        if [ "$1" = -x ]; then
            extra="${2:-}"
            shift
        else
            options+=("$1")
        fi
        shift
    done
    case $machine in
        qemu-*)
            mkfifo "$work/monitor.in" "$work/monitor.out"
            options+=(-x "-monitor pipe:$work/monitor $extra")
            cat "$work/monitor.out" >/dev/null &
            ;;
    esac
    TMPDIR=$work "$rig/boot.sh" "${options[@]}" "$machine" "$iso" >/dev/null 2>"$work/boot.err" &
    boot=$!
}

verdict_is_there() {
    grep -aqxE '[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' "$log"
}

wait_for_verdict() {
    while ! verdict_is_there; do
        kill -0 "$boot" 2>/dev/null || die "$machine ended before the verdict: $(tail -n 3 "$work/boot.err")"
        sleep 0.3
    done
}

# Bochs says in its log which port it got.
bochs_port() {
    cat "$work"/lintel-boot.*/emulator.log | sed -n 's/.*listening for connections on port \([0-9]*\).*/\1/p' | tail -n 1
}

take() {
    case $machine in
        qemu-*)
            rm -f "$1"
            echo "screendump $1" >"$work/monitor.in"
            for _ in $(seq 50); do
                [ ! -s "$1" ] || break
                sleep 0.1
            done
            sleep 0.2
            ;;
        *) timeout 30 "$rig/screen/vnc-picture.py" "$(bochs_port)" "$1" ;;
    esac
    [ -s "$1" ] || die "$machine gave no picture"
}

# The verdict's band is drawn after the serial line: until two pictures are the same.
take_when_still() {
    take "$work/now.ppm"
    for _ in $(seq 20); do
        mv "$work/now.ppm" "$work/before.ppm"
        sleep 1.5
        take "$work/now.ppm"
        ! cmp -s "$work/now.ppm" "$work/before.ppm" || return 0
    done
    die "the screen of $machine does not come to rest"
}

start "$@"
wait_for_verdict
take_when_still
case $out in
    *.png)
        command -v pnmtopng >/dev/null || die "pnmtopng is missing: run tools/deps qemu"
        pnmtopng -compression 9 "$work/now.ppm" >"$out" 2>/dev/null
        ;;
    *) cp "$work/now.ppm" "$out" ;;
esac
