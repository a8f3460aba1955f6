#!/bin/bash
# Boot QEMU with a serial port that the firmware's table SPCR names, or one whose registers are in
# memory, and expect a line. Prints TAP.
#
# usage: serial.sh NAME KERNEL CMDLINE PORT REGEX [SPCR]
#   PORT   as boot.sh's -s; or "memory": COM1 is shown, and at 0xfe000000 lies memory that looks like
#          a 16550 with 32-bit registers which is always ready: what was written there is judged too
#   REGEX  what a line must match, as for judge/expect.sh
#   SPCR   "INTERFACE SPACE BITS ACCESS ADDRESS BAUD_CODE": numbers for the table; else there is none
#
# exit status: 0 passed; 1 not; 2 wrong usage
set -eu

rig=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 5 ] || {
    sed -n '5,9s/^# //p' "$0" >&2
    exit 2
}
name=$1
kernel=$2
cmdline=$3
port=$4
regex=$5
spcr=${6:-}

work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-serial.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# number VALUE BYTES: little-endian.
number() {
    local i
    for ((i = 0; i < $2; i++)); do
        # shellcheck disable=SC2059 # the format is what makes the byte
        printf "\\x$(printf %02x $((($1 >> 8 * i) & 255)))"
    done
}

# What follows the table's header; QEMU makes that.
table() {
    number "$1" 4
    number "$2" 1
    number "$3" 1
    number 0 1
    number "$4" 1
    number "$5" 8
    number 0 6
    number "$6" 1
    number 0x00010001 5
    number 0xffffffff 4
    number 0 12
}

options=
if [ -n "$spcr" ]; then
    # shellcheck disable=SC2086 # a list of numbers
    table $spcr >"$work/spcr"
    options="-acpitable sig=SPCR,rev=2,data=$work/spcr"
fi
if [ "$port" = memory ]; then
    port=com1
    truncate -s 1M "$work/registers"
    printf '\x60' | dd of="$work/registers" bs=1 seek=20 conv=notrunc status=none
    options+=" -object memory-backend-file,id=registers,share=on,size=1M,mem-path=$work/registers"
    options+=" -device ivshmem-plain,memdev=registers,addr=5"
fi

status=0
"$rig/boot/case.sh" "$kernel" "$cmdline" '' judge/expect.sh "$name" qemu-bios "$regex" 0 ISO -s "$port" -x "$options" \
    >"$work/tap" || status=$?
[ -e "$work/registers" ] || {
    cat "$work/tap"
    exit $status
}

# The end of the last line; FIFO on; 8N1; DTR and RTS; the status as it was; nothing elsewhere.
sed 's/^1\.\.2$/1..3/' "$work/tap"
written=$(od -An -v -tx4 -N 28 "$work/registers" | tr -s ' \n' '  ')
if [ "$written" = ' 0000000a 00000000 00000007 00000003 00000003 00000060 00000000 ' ]; then
    echo "ok 3 - $name: the registers are written"
else
    echo "not ok 3 - $name: the registers are written"
    echo "# found:$written"
    status=1
fi
exit $status
