#!/bin/bash
# case.sh - one boot of a kernel with a command line and GRUB commands of its own, as TAP.
#
# usage: case.sh KERNEL CMDLINE GRUB_COMMANDS SCRIPT [ARGUMENT...]
#   makes an ISO of KERNEL with CMDLINE, on which GRUB runs GRUB_COMMANDS first, and then runs
#   SCRIPT of tests/rig, such as judge/expect.sh; an ARGUMENT that is exactly ISO becomes the ISO's path,
#   and NETDIR that of a folder to boot from over the net (tools/netdir.sh).
# exit status: SCRIPT's
set -eu

rig=$(dirname "$0")/..
kernel=$1
cmdline=$2
commands=$3
script=$4
shift 4

work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-case.XXXXXX")
trap 'rm -rf "$work"' EXIT
LINTEL_GRUB_EXTRA=$commands "$rig/../../tools/iso.sh" "$kernel" "$work/case.iso" "$cmdline"
arguments=()
for argument in "$@"; do
    case $argument in
    ISO) argument=$work/case.iso ;;
    NETDIR)
        argument=$work/net
        "$rig/../../tools/netdir.sh" "$kernel" "$argument" "$cmdline"
        ;;
    esac
    arguments+=("$argument")
done
"$rig/$script" "${arguments[@]}"
