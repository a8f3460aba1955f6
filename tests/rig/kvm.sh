#!/bin/bash
# kvm.sh - boot under KVM with nested VMX where this machine has it; a skip with the reason elsewhere.
#
# usage: kvm.sh ISO
# Prints TAP. Exit status: 0 passed or skipped; 1 not.
set -u

rig=$(dirname "$0")
reason=$("$rig/boot.sh" -w qemu-kvm)
if [ -n "$reason" ]; then
    echo "1..0 # SKIP KVM with nested VMX: $reason"
    exit 0
fi
# The processor is the user's: there is no golden file to compare with.
LINTEL_GOLDEN=none exec "$rig/tap.sh" qemu-kvm "$1"
