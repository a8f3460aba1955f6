#!/bin/sh
# Make a hybrid ISO that boots a multiboot2 kernel from CD or USB stick, BIOS or UEFI.
# The same kernel and options give the same bytes, in any directory at any time.
#
# usage: iso.sh KERNEL OUT.iso [CMDLINE]
#   KERNEL   a multiboot2 ELF file, or - for an ISO on which GRUB only runs LINTEL_GRUB_EXTRA
#   CMDLINE  the kernel's command line, words separated by blanks
#
# environment:
#   LINTEL_GRUB_EXTRA  GRUB commands to run before the kernel is loaded; the modules cpuid, iorw, mmap
#                      (cutmem), memrw, rdmsr, wrmsr, serial, setpci, terminal, halt are on the ISO
#   LINTEL_GFXPAYLOAD  the display's mode, on BIOS and UEFI: text, keep, or such as 1024x768x24
#                      (default: text on BIOS, GRUB's choice on UEFI)
#   LINTEL_MODULES     files for module2: guests, run after the self-tests
#   LINTEL_GRUB_MODULES  further GRUB modules for LINTEL_GRUB_EXTRA
#   LINTEL_GRUB_DIR    where GRUB has its modules (default: /usr/lib/grub)
#   SOURCE_DATE_EPOCH  the date of every file on the ISO (default: 2000-01-01)
#
# exit status: 0 made; 1 not made, with the reason on stderr; 2 wrong usage
set -eu

grub=${LINTEL_GRUB_DIR:-/usr/lib/grub}
# What it takes to find the ISO, and what to run its menu and start the kernel. In the core image for BIOS is only
# the first: unpacking the rest (LZMA) takes longer than reading it from files. UEFI's is not compressed.
find='iso9660 part_gpt part_msdos search'
start='boot configfile multiboot2 normal test'
core_bios="$find biosdisk"
core_uefi="$find $start efi_gop efi_uga"
# As files beside them, with whatever they depend on: for LINTEL_GRUB_EXTRA.
extra="$start cpuid echo halt iorw memrw mmap rdmsr reboot serial setpci terminal wrmsr ${LINTEL_GRUB_MODULES:-}"

die() {
    echo "iso.sh: $1" >&2
    exit 1
}

# What a debugger wants stays in lintel.elf: GRUB would only read it slowly.
put_kernel() {
    strip -g -o "$1" "$kernel"
    chmod 644 "$1"
}

need_tools() {
    for tool in strip grub-mkimage xorriso mformat mmd mcopy; do
        command -v "$tool" >/dev/null || die "$tool is missing: run tools/deps iso"
    done
    [ -d "$grub/i386-pc" ] || die "$grub/i386-pc is missing: run tools/deps iso"
    [ -d "$grub/x86_64-efi" ] || die "$grub/x86_64-efi is missing: run tools/deps iso"
}

# GRUB puts a backslash before these three on the way to the kernel, so they cannot arrive as given.
check_cmdline() {
    case $1 in
        *[\'\"\\]*) die "CMDLINE has a quote or backslash, which GRUB changes on the way: $1" ;;
        *"
"*) die "CMDLINE has a line break: $1" ;;
    esac
}

# Every word in single quotes, so that GRUB's shell takes none of it for syntax.
quote_words() (
    set -f
    for word in $1; do
        printf " '%s'" "$word"
    done
)

payload() {
    if [ -n "${LINTEL_GFXPAYLOAD:-}" ]; then
        # shellcheck disable=SC2016 # GRUB's variable
        echo '    if [ "$grub_platform" = pc ]; then insmod vbe; fi'
        echo "    set gfxpayload=$LINTEL_GFXPAYLOAD"
    else
        # shellcheck disable=SC2016 # GRUB's variable
        echo '    if [ "$grub_platform" = pc ]; then set gfxpayload=text; fi'
    fi
}

# The menu. GRUB's multiboot2 command sets gfxpayload from the kernel's header, so it is set after it.
menu() {
    echo 'set timeout=0'
    echo "menuentry 'Lintel' {"
    printf '%s\n' "${LINTEL_GRUB_EXTRA:-}"
    if [ "$kernel" != - ]; then
        echo "    multiboot2 /boot/lintel.elf$(quote_words "$cmdline")"
        for module in ${LINTEL_MODULES:-}; do
            echo "    module2 /boot/modules/${module##*/} ${module##*/}"
        done
        payload
    fi
    echo '}'
}

# The names of modules and all they depend on, from GRUB's "name: dependency..." list.
with_dependencies() {
    awk -v want="$2" '
        function add(m,    i, n, d) {
            if (m in seen) return
            seen[m] = 1
            print m
            n = split(deps[m], d, " ")
            for (i = 1; i <= n; i++) add(d[i])
        }
        { m = $1; sub(/:$/, "", m); $1 = ""; deps[m] = $0 }
        END { n = split(want, w, " "); for (i = 1; i <= n; i++) add(w[i]) }
    ' "$grub/$1/moddep.lst"
}

# install_modules PLATFORM CORE_MODULES [MODULE...]: the files of the extra modules that are not in the core image.
install_modules() {
    mkdir -p "$work/tree/boot/grub/$1"
    with_dependencies "$1" "$2" >"$work/core.names"
    for module in $(with_dependencies "$1" "$extra ${3:-}"); do
        grep -qx "$module" "$work/core.names" || install -m 644 "$grub/$1/$module.mod" "$work/tree/boot/grub/$1/"
    done
    for list in moddep.lst command.lst terminal.lst; do
        install -m 644 "$grub/$1/$list" "$work/tree/boot/grub/$1/"
    done
}

# The first script: several disks may hold a Lintel, so look for this very ISO's mark.
core_config() {
    echo "search --no-floppy --file --set=root $mark"
    # shellcheck disable=SC2016 # GRUB's variables
    echo 'set prefix=($root)/boot/grub'
}

make_tree() {
    mkdir -p "$work/tree/boot/grub"
    menu >"$work/tree/boot/grub/grub.cfg"
    [ "$kernel" = - ] || put_kernel "$work/tree/boot/lintel.elf"
    for module in ${LINTEL_MODULES:-}; do
        install -D -m 644 "$module" "$work/tree/boot/modules/${module##*/}"
    done
    install_modules i386-pc "$core_bios" vbe
    install_modules x86_64-efi "$core_uefi"
    mark=/boot/$(cat "$work/tree/boot/grub/grub.cfg" "$work/tree/boot/"*.elf 2>/dev/null | sha256sum | cut -c1-16).id
    echo "$mark" >"$work/tree$mark"
    core_config >"$work/core.cfg"
}

make_bios_image() {
    # shellcheck disable=SC2086 # a list of words
    grub-mkimage -d "$grub/i386-pc" -O i386-pc-eltorito -p /boot/grub -c "$work/core.cfg" \
        -o "$work/tree/boot/grub/bios.img" $core_bios
}

# A FAT image that is just large enough for the loader.
make_efi_image() {
    # shellcheck disable=SC2086 # a list of words
    grub-mkimage -d "$grub/x86_64-efi" -O x86_64-efi -p /boot/grub -c "$work/core.cfg" \
        -o "$work/bootx64.efi" $core_uefi
    touch -d "@$SOURCE_DATE_EPOCH" "$work/bootx64.efi"
    efi_image=$work/tree/boot/grub/efi.img
    kib=$((($(stat -c %s "$work/bootx64.efi") / 1024 + 63) / 32 * 32))
    mformat -C -i "$efi_image" -T $((kib * 2)) -h 2 -s 32 -c 1 -N 4c494e54 -v LINTEL ::
    mmd -i "$efi_image" ::/EFI ::/EFI/BOOT
    mcopy -m -i "$efi_image" "$work/bootx64.efi" ::/EFI/BOOT/BOOTX64.EFI
}

make_iso() {
    find "$work/tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    xorriso -as mkisofs -quiet -r -V LINTEL -o "$work/out.iso" \
        --grub2-mbr "$grub/i386-pc/boot_hybrid.img" --protective-msdos-label \
        -b boot/grub/bios.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info \
        --efi-boot-part --efi-boot-image --efi-boot boot/grub/efi.img \
        "$work/tree"
}

# The tools' own words are shown only if one of them failed.
finish() {
    status=$?
    [ "$status" -eq 0 ] || cat "$work/log" >&2
    rm -rf "$work"
}

case $# in
    2 | 3) ;;
    *) sed -n '5,7s/^# //p' "$0" >&2 && exit 2 ;;
esac
kernel=$1
out=$2
cmdline=${3:-}
[ "$kernel" = - ] || [ -r "$kernel" ] || die "no kernel $kernel: run make"
check_cmdline "$cmdline"
need_tools

# Everything that a date, a zone, a locale or a umask could change.
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-946684800}" TZ=UTC LC_ALL=C MTOOLS_SKIP_CHECK=1
umask 022
work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-iso.XXXXXX")
: >"$work/log"
trap finish EXIT
trap 'exit 1' HUP INT TERM

make_tree
make_bios_image >"$work/log" 2>&1
make_efi_image >"$work/log" 2>&1
make_iso >"$work/log" 2>&1
mv -f "$work/out.iso" "$out"
