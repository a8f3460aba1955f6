#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# refusals.sh - what boot.sh cannot start ends at once with status 125 and the reason; no process of it
# stays, nor a file. Prints TAP.
#
# usage: refusals.sh
# exit status: 0 every test passed; 1 not
set -u

rig=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-refusals.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
points=0
failures=0
: >"$work/iso"
: >"$work/script"
mkdir "$work/tmp"

# refused REGEX BOOT_ARGUMENT...: a process that stays keeps the pipe open, and the time runs out.
refused() {
    local regex=$1 status result=0
    shift
    # shellcheck disable=SC2016 # the inner shell's
    TMPDIR=$work/tmp timeout 20 bash -c '"$@" | cat; exit ${PIPESTATUS[0]}' - "$rig/boot.sh" "$@" \
        >"$work/out" 2>"$work/err"
    status=$?
    points=$((points + 1))
    if [ $status -ne 125 ] || ! grep -qE -- "$regex" "$work/err" || [ -n "$(ls -A "$work/tmp")" ]; then
        result=1
        failures=$((failures + 1))
        printf 'not '
    fi
    echo "ok $points - boot.sh $(printf '%s ' "${@##*/}")is refused: $regex"
    [ $result -eq 0 ] || {
        echo "# status $status, on stderr: $(tail -n 1 "$work/err")"
        rm -rf "$work"/tmp/*
    }
}

echo 'TAP version 13'
refused '^boot.sh: no ISO ' qemu-bios "$work/none"
refused '^boot.sh: no machine qemu-nosuch' qemu-nosuch "$work/iso"
refused '^boot.sh: Bochs knows no processor nosuch' nosuch "$work/iso"
refused '^boot.sh: Bochs boots from cd or disk, not from usb' -M usb corei7_skylake_x "$work/iso"
refused '^boot.sh: QEMU boots from cd, .*, not from tape' -M tape qemu-bios "$work/iso"
refused '^boot.sh: no serial port com9' -s com9 qemu-bios "$work/iso"
refused '^boot.sh: -d is for Bochs' -d "$work/script" qemu-bios "$work/iso"
refused '^boot.sh: no machine qemu-nosuch' -q nmi qemu-nosuch "$work/iso"
[ -r /sys/module/kvm_intel/parameters/nested ] || refused '^boot.sh: qemu-kvm cannot be used: ' qemu-kvm "$work/iso"
echo "1..$points"
[ $failures -eq 0 ]
