#!/bin/bash
# write-stick.sh - write an ISO to a USB stick, after every check that keeps it from the wrong disk.
#
# usage: write-stick.sh ISO DEVICE      (make usb DEV=/dev/sdX)
#   DEVICE  a whole disk that is removable or on USB, and of which nothing is mounted
#
# It shows what DEVICE is, and asks: only the word "yes", typed on a terminal, goes on. What was
# written is read back and compared.
#
# exit status: 0 written and compared; 1 not, with the reason on stderr; 2 wrong usage
set -eu

say() {
    echo "write-stick.sh: $1" >&2
}

die() {
    say "$1"
    exit 1
}

# One property of a device, as lsblk names it; of the device itself, not of its partitions.
property() {
    lsblk --nodeps --noheadings --raw --output "$1" -- "$device" 2>/dev/null | sed 's/\\x20/ /g; s/[[:space:]]*$//'
}

sticks() {
    lsblk --nodeps --noheadings --paths --output NAME,TRAN,RM,TYPE,SIZE,MODEL | awk '$4 == "disk" && ($2 == "usb" || $3 == 1)' || true
}

# Everything that is mounted of it, or in use as swap, on any level (partitions, LUKS, LVM).
in_use() {
    lsblk --noheadings --raw --output NAME,MOUNTPOINT -- "$device" 2>/dev/null | awk 'NF > 1 { print $1 " on " $2 }'
}

check_device() {
    local type used holders
    [ -e "$device" ] || die "there is no $device; disks that can be written: $(sticks)"
    type=$(property TYPE)
    [ -n "$type" ] || die "$device is no block device"
    [ "$type" = disk ] || die "$device is a \"$type\", not a whole disk: give the disk itself, such as /dev/sdX"
    [ "$(property TRAN)" = usb ] || [ "$(property RM)" = 1 ] || [ "$(property HOTPLUG)" = 1 ] ||
        die "$device is neither removable nor on USB: not touched"
    [ "$(property RO)" = 0 ] || die "$device is write-protected"
    used=$(in_use)
    [ -z "$used" ] || die "$device is in use ($(tr '\n' ' ' <<<"$used")): unmount it first"
    holders=$(lsblk --noheadings --raw --output TYPE -- "$device" | grep -vxE 'disk|part' || true)
    [ -z "$holders" ] || die "$device is part of something larger ($(tr '\n' ' ' <<<"$holders")): not touched"
}

check_size() {
    local size
    size=$(lsblk --nodeps --noheadings --bytes --raw --output SIZE -- "$device")
    [ "$size" -ge "$bytes" ] || die "$device has $size bytes, and $iso $bytes: too small"
}

# The disk is named as it is known to people, and what is on it.
show() {
    echo "$device: $(property VENDOR) $(property MODEL), $(property SIZE), $(property TRAN)"
    lsblk --noheadings --output NAME,SIZE,FSTYPE,LABEL -- "$device" | sed 's/^/    /'
}

ask() {
    local answer
    [ -t 0 ] || die "this is no terminal: nobody can say yes"
    read -rp "Everything on $device will be lost. Type yes to write $iso to it: " answer || answer=
    [ "$answer" = yes ] || die "not written: the answer was \"$answer\", not \"yes\""
}

write() {
    dd if="$iso" of="$device" bs=4M conv=fsync,notrunc status=none || die "writing to $device failed"
}

# Not out of the cache: what the stick itself gives back.
verify() {
    blockdev --flushbufs "$device" 2>/dev/null || true
    head -c "$bytes" <(dd if="$device" bs=4M iflag=direct status=none 2>/dev/null || cat "$device") | cmp -s - "$iso" ||
        die "$device does not give back what was written: a bad stick?"
}

[ $# -eq 2 ] || {
    sed -n '4,5s/^# //p' "$0" >&2
    exit 2
}
iso=$1
device=$(readlink -m -- "$2")
[ -r "$iso" ] || die "no ISO $iso: run make iso"
command -v lsblk >/dev/null || die "lsblk is missing: run tools/deps iso"
bytes=$(stat -c %s "$iso")
check_device
check_size
[ -w "$device" ] || die "$device may not be written by you: use sudo"
show
ask
check_device # it may have been changed meanwhile
write
verify
echo "$device: written and compared, $bytes bytes"
