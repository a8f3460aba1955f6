#!/bin/bash
# poke.sh - boot with a register changed at the kernel's first instruction, by Bochs's debugger.
#
# usage: poke.sh KERNEL REGISTER VALUE NAME MACHINE REGEX STATUS ISO
#   VALUE   a number, or the name of a symbol in the kernel's image (its physical address is taken)
#   NAME... as expect.sh
# exit status: expect.sh's
set -eu

rig=$(dirname "$0")/..
kernel=$1
register=$2
value=$3
shift 3

# Virtual addresses of the upper half are physical ones in their low 31 bits.
address_of() {
    nm "$kernel" | awk -v name="$1" '$3 == name { print "0x" substr($1, 9) }' |
        { read -r address && printf '0x%x\n' $((address & 0x7fffffff)); }
}

case $value in
[0-9]*) ;;
*) value=$(address_of "$value") ;;
esac
script=$(mktemp "${TMPDIR:-/tmp}/lintel-poke.XXXXXX")
trap 'rm -f "$script"' EXIT
printf 'pb %s\nc\nset %s = %s\n' "$(address_of start)" "$register" "$value" >"$script"
"$rig/judge/expect.sh" "$@" -d "$script"
