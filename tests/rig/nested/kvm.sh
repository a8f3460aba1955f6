#!/bin/bash
# Boot an ISO as a guest hypervisor: in QEMU with KVM and nested VMX; here, if /dev/kvm offers that, else in
# a Linux in Bochs. Its serial output is shown live, and its last line judged.
#
# usage: nested/kvm.sh [BOOT_OPTION...] ISO [MODEL]
#   BOOT_OPTION  -o, -t, -m and -c, as boot.sh takes them
#   MODEL        Bochs's processor below Linux (default corei7_skylake_x); with it, always in Bochs
#
# environment: LINTEL_KVM_ARGS, as nested/iso.sh takes it
# exit status: as boot.sh: 0 passed; 1 failed; 2 no verdict; 124 out of time; 125 it could not be started
set -eu

usage() {
    sed -n '5,7s/^# //p' "$0" >&2
    exit 125
}

options=()
while getopts o:t:m:c: option; do
    case $option in
    o | t | m | c) options+=("-$option" "$OPTARG") ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || [ $# -eq 2 ] || usage
exec "$(dirname "$0")/../boot.sh" "${options[@]}" "nested-kvm${2:+:$2}" "$1"
