#!/bin/bash
# Read the VMX capability MSRs of an emulated processor, without Lintel: GRUB's rdmsr command, in Bochs.
# Writes tests/golden/bochs-VERSION/MODEL.msr: a line "0x480 0x00d810000000002b" or "0x491 absent" for each
# of 0x3a and 0x480 to 0x493. Each version of Bochs gives its models other values.
#
# usage: golden.sh MODEL...     (Bochs models that the file boot/models lists)
#        golden.sh -p MACHINE   writes nothing: prints which file belongs to the Bochs that runs it
#
# environment: LINTEL_GOLDEN  the folder to write to (default: tests/golden)
#              LINTEL_BOCHS   3: Bochs 3 for all models (bochs.sh)
# exit status: 0 written, or there is such a file; 1 not, with the reason on stderr; 2 wrong usage
set -eu

rig=$(cd "$(dirname "$0")/.." && pwd)
first=$((0x480))
last=$((0x493))
declare -A value

die() {
    echo "golden.sh: $1" >&2
    exit 1
}

# The folder for the version of Bochs that runs MODEL.
golden_folder() {
    local version
    version=$("$rig/boot/bochs.sh" "$1" --help 2>&1 | sed -nE 's/.*Bochs x86 Emulator ([0-9.]+).*/\1/p')
    [ -n "$version" ] || die "there is no Bochs for $1: run tests/rig/boot/bochs.sh $1 --help"
    echo "${LINTEL_GOLDEN:-$rig/../golden}/bochs-$version"
}

print_path() {
    local file
    file=$(golden_folder "$1")/$1.msr
    [ -r "$file" ] || die "no golden file $file: run tests/rig/judge/golden.sh $1, if it is a Bochs model"
    realpath "$file"
}

# bit MSR BIT: is it known to be set?
bit() {
    (((${value[$1]:-0} >> $2) & 1))
}

# exists MSR: do the registers that are known already say that it is there? (The Intel SDM's appendix
# "VMX Capability Reporting Facility".) RDMSR of one that is not there would be GRUB's end.
exists() {
    case $(printf '0x%x' "$1") in
        0x48b) bit 0x482 63 ;;
        0x48c) bit 0x48b 33 || bit 0x48b 37 ;;
        0x48d | 0x48e | 0x48f | 0x490) bit 0x480 55 ;;
        0x491) bit 0x48b 45 ;;
        0x492) bit 0x482 49 ;;
        0x493) bit 0x483 63 ;;
    esac
}

# Those that exist, as far as is known, and are not read yet.
wanted() {
    local msr name
    for msr in $((0x3a)) $(seq $first $last); do
        name=$(printf '0x%x' "$msr")
        [ -n "${value[$name]:-}" ] || ! exists "$msr" || echo "$name"
    done
}

grub_script() {
    local name
    echo 'insmod serial; insmod rdmsr; insmod echo; insmod halt'
    echo 'serial --unit=0 --speed=115200; terminal_output serial'
    for name in "$@"; do
        echo "rdmsr -v v $name; echo \"golden $name \$v\""
    done
    echo 'echo "golden end"; halt'
}

# read_round MODEL MSR...: one boot, which adds to value[].
read_round() {
    local model=$1 log=$work/serial.log msr number
    shift
    LINTEL_GRUB_EXTRA=$(grub_script "$@") "$rig/../../tools/iso.sh" - "$work/golden.iso"
    "$rig/boot.sh" -o "$log" "$model" "$work/golden.iso" >/dev/null 2>"$work/boot.err" || true
    grep -qx 'golden end' "$log" || {
        cat "$work/boot.err" >&2
        die "$model: GRUB did not come to the end of: $*"
    }
    while read -r _ msr number; do
        value[$msr]=$(printf '0x%016x' "0x$number")
    done < <(grep -xE 'golden 0x[0-9a-f]+ [0-9a-f]+' "$log")
    for msr in "$@"; do
        [ -n "${value[$msr]:-}" ] || die "$model: GRUB did not print $msr"
    done
}

# Each round reads what the one before has shown to exist.
read_all() {
    local list
    while list=$(wanted) && [ -n "$list" ]; do
        # shellcheck disable=SC2086 # a list of numbers
        read_round "$1" $list
    done
}

write_file() {
    local msr name
    echo "# $1: read with GRUB's rdmsr in Bochs by tests/rig/judge/golden.sh"
    for msr in $((0x3a)) $(seq $first $last); do
        name=$(printf '0x%x' "$msr")
        echo "$name ${value[$name]:-absent}"
    done
}

one_model() {
    local vmx folder
    vmx=$(awk -v m="$1" '$1 == m && $2 ~ /^bochs/ { print $3 }' "$rig/boot/models")
    folder=$(golden_folder "$1")
    mkdir -p "$folder"
    value=()
    case $vmx in
        yes) read_all "$1" ;;
        no) ;; # CPUID reports no VMX: whatever the machine would let us read does not count
        *) die "$1 is not a Bochs model in $rig/boot/models" ;;
    esac
    write_file "$1" >"$work/msr"
    mv "$work/msr" "$folder/$1.msr"
}

[ $# -ge 1 ] || {
    sed -n '6,7s/^# //p' "$0" >&2
    exit 2
}
if [ "$1" = -p ]; then
    print_path "${2:?}"
    exit
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-golden.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
for model in "$@"; do
    one_model "$model"
done
