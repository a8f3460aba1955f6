#!/bin/bash
# Make an ISO that boots Debian's Linux, which boots another ISO in QEMU with KVM and nested VMX.
#
# usage: nested/iso.sh [-m MIB] [-c PROCESSORS] [-t SECONDS] [-i IPS] ISO OUT.iso
#   -m  the inner machine's memory in MiB (default 256)
#   -c  its processors, as QEMU's -smp takes them (default 1)
#   -t  how long QEMU may run, in seconds of the emulated clock (default 600)
#   -i  what that second is: how many instructions the emulator counts for one (default 50000000)
#
# The kernel, its KVM modules and busybox are fetched by apt-get and only unpacked, with the installed
# QEMU beside them, into build/nested-kvm/: done once for each version of them.
#
# environment: LINTEL_KVM_ARGS  further arguments for kvm-intel.ko, with commas, such as ept=0
# exit status: 0 made; 1 not made, with the reason on stderr; 2 wrong usage
set -eu -o pipefail

rig=$(cd "$(dirname "$0")/.." && pwd)
cache=$rig/../../build/nested-kvm
memory=256
processors=1
limit=600
ips=50000000

die() {
    echo "nested/iso.sh: $1" >&2
    exit 1
}

usage() {
    sed -n '4,8s/^# //p' "$0" >&2
    exit 2
}

# The newest kernel that the lists know: what Debian's package without a version stands for.
kernel_package() {
    apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '/Depends: linux-image/ { print $2; exit }'
}

# Fetches packages into the current folder, by new lists where the old ones name a file that is gone.
fetch() {
    apt-get -qq -o APT::Sandbox::User=root download "$@" >fetch.log 2>&1 && return
    { apt-get -qq update && apt-get -qq -o APT::Sandbox::User=root download "$@"; } >fetch.log 2>&1 && return
    tail -n 3 fetch.log >&2
    return 1
}

# Not compressed: reading the bytes here costs less than unpacking them (with zstd 660 million instructions).
pack() {
    (cd "$1" && find . | cpio -o -H newc --quiet) >"$2"
}

# pack_linux KERNEL_PACKAGE: vmlinuz, and a ramdisk with busybox and KVM.
pack_linux() {
    local kernel module
    fetch "$1" busybox-static || die "apt-get could not download $1 and busybox-static: the reason is above"
    for deb in *.deb; do
        dpkg -x "$deb" unpacked
    done
    mkdir -p tree/bin tree/lib/kvm
    cp unpacked/bin/busybox tree/bin/
    kernel=$(echo unpacked/lib/modules/*/kernel)
    for module in virt/lib/irqbypass arch/x86/kvm/kvm arch/x86/kvm/kvm-intel; do
        strip -g -R .BTF -o "tree/lib/kvm/${module##*/}.ko" "$kernel/$module.ko" ||
            die "$1 has no module $module"
    done
    pack tree linux.cpio
    cp unpacked/boot/vmlinuz-* vmlinuz
}

# The installed QEMU, the libraries that it is linked with, and its firmware.
pack_qemu() {
    local qemu library share=tree/usr/share/qemu
    qemu=$(command -v qemu-system-x86_64)
    mkdir -p tree/usr/bin "$share"
    cp "$qemu" tree/usr/bin/
    ldd "$qemu" | awk '/=> \// { print $3 } /ld-linux/ { print $1 }' | while read -r library; do
        mkdir -p "tree${library%/*}"
        cp -L "$library" "tree$library"
    done
    cp /usr/share/seabios/bios-256k.bin /usr/share/seabios/vgabios-stdvga.bin /usr/share/qemu/kvmvapic.bin "$share" ||
        die "QEMU's firmware is missing: run tools/deps nested"
    pack tree qemu.cpio
}

# once NAME VERSION: runs pack_NAME in a fresh folder, unless that was done for this very version.
once() {
    local done=$cache/$1.version
    [ "$(cat "$done" 2>/dev/null)" != "$2" ] || [ ! -s "$cache/$1/$1.cpio" ] || return 0
    echo "nested/iso.sh: packing $1 $2 into build/nested-kvm" >&2
    rm -rf "${cache:?}/$1"
    mkdir -p "$cache/$1"
    (cd "$cache/$1" && "pack_$1" "$2")
    rm -rf "$cache/$1"/{tree,unpacked}
    echo "$2" >"$done"
}

need_tools() {
    local tool
    for tool in cpio apt-get dpkg strip qemu-system-x86_64; do
        command -v "$tool" >/dev/null || die "$tool is missing: run tools/deps nested"
    done
}

make_parts() {
    local kernel
    kernel=$(kernel_package)
    [ -n "$kernel" ] || die "apt knows no package linux-image-cloud-amd64 (it is Debian's): apt-get update"
    once linux "$kernel"
    once qemu "$(qemu-system-x86_64 --version | head -n 1)"
}

# Words for Linux: a clock that it need not look for, no work that this machine has no use for, and
# what the init process finds in its environment.
linux_words() {
    echo "console=ttyS0,115200 quiet nokaslr tsc=reliable clocksource=tsc tsc_early_khz=$((ips / 1000))" \
        "no_timer_check mitigations=off init_on_alloc=0 cryptomgr.notests" \
        "guest_mib=$memory guest_cpus=$processors guest_seconds=$limit kvm_args=${LINTEL_KVM_ARGS:-}"
}

# Three ramdisks, which Linux unpacks one after the other. (GRUB 2.06 could make one of a file by newc:,
# but its names lack the NUL that Linux asks for.)
grub_commands() {
    echo "linux /boot/modules/vmlinuz $(linux_words)"
    echo "initrd /boot/modules/linux.cpio /boot/modules/qemu.cpio /boot/modules/guest.cpio"
    echo boot
}

while getopts m:c:t:i: option; do
    case $option in
    m) memory=$OPTARG ;;
    c) processors=$OPTARG ;;
    t) limit=$OPTARG ;;
    i) ips=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -eq 2 ] || usage
[ -r "$1" ] || die "no ISO $1: run make iso"
need_tools
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
make_parts
flock -u 9

work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-nested.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work/tree"
cp "$1" "$work/tree/guest.iso"
cp "$rig/nested/init.sh" "$work/tree/init"
pack "$work/tree" "$work/guest.cpio"
LINTEL_GRUB_MODULES='linux' LINTEL_GRUB_EXTRA=$(grub_commands) \
    LINTEL_MODULES="$cache/linux/vmlinuz $cache/linux/linux.cpio $cache/qemu/qemu.cpio $work/guest.cpio" \
    "$rig/../../tools/iso.sh" - "$2"
