#!/bin/busybox sh
# shellcheck shell=dash
# The init process of the Linux that nested/iso.sh packs: loads KVM, boots /guest.iso in QEMU, shows its
# COM1 on ttyS1, says on the console how QEMU ended, and switches the machine off. Nothing else runs here.
#
# environment, from Linux's command line: guest_mib, guest_cpus, guest_seconds; kvm_args, separated by commas
set -u

bb=/bin/busybox
: "${guest_mib:=256}" "${guest_cpus:=1}" "${guest_seconds:=600}"

# insmod of each, in the order in which they need each other; kvm_intel takes kvm_args too.
load_kvm() {
    insmod /lib/kvm/irqbypass.ko && insmod /lib/kvm/kvm.ko || return
    # shellcheck disable=SC2046 # a list of words
    insmod /lib/kvm/kvm-intel.ko nested=1 $(echo "${kvm_args:-}" | tr , ' ')
}

# A virtio disk, not a CD: port I/O would be a VM exit for each word that GRUB reads.
boot_guest() {
    timeout -s KILL "$guest_seconds" qemu-system-x86_64 -accel kvm -cpu host -m "$guest_mib" -smp "$guest_cpus" \
        -machine pc,hpet=off,vmport=off,usb=off -nodefaults -display none -vga std -no-reboot -boot c \
        -drive file=/guest.iso,if=virtio,format=raw,readonly=on -serial file:/tmp/serial \
        -device isa-debug-exit,iobase=0xf4,iosize=4 -d cpu_reset -D /tmp/qemu.log 2>/tmp/qemu.err
}

# QEMU only pauses where KVM gives up.
end_if_stopped() {
    grep -q 'KVM internal error' /tmp/qemu.err || return 0
    killall -q qemu-system-x86_64
}

# Passes on what comes into /tmp/serial, once a second, until all is written after the guest's end.
show_serial() {
    local last=no
    while [ $last = no ]; do
        [ ! -e /tmp/ended ] || last=yes
        cat <&3
        [ $last = yes ] || sleep 1
        end_if_stopped
    done
}

# Seconds of the emulated clock: how many instructions one stands for is nested/iso.sh's -i.
uptime_seconds() {
    cut -d ' ' -f 1 /proc/uptime
}

# Where the processors were at their last reset: after a triple fault, or where QEMU gave up.
show_end() {
    tail -n 22 /tmp/qemu.log
    head -n 22 /tmp/qemu.err
    dmesg | head -n 50
}

$bb mkdir -p /proc /sys /dev /tmp
$bb mount -t proc proc /proc
$bb mount -t sysfs sysfs /sys
$bb mount -t devtmpfs devtmpfs /dev
$bb --install -s /bin
export PATH=/bin:/usr/bin

stty -F /dev/ttyS1 raw -echo speed 115200 >/dev/null
for file in serial qemu.err qemu.log; do
    : >/tmp/$file
done
show_serial 3</tmp/serial >/dev/ttyS1 &
reader=$!
if load_kvm; then
    echo "nested: $(uptime_seconds) s: QEMU starts on KVM of Linux $(uname -rv)"
    dmesg -c >/dev/null # from here on, what Linux has to say is about KVM
    boot_guest
    echo "nested: $(uptime_seconds) s: QEMU ended with status $?"
else
    echo "nested: KVM could not be loaded"
fi
: >/tmp/ended
wait $reader
show_end
poweroff -f
