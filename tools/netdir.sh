#!/bin/sh
# Make the folder of a TFTP or HTTP server from which a multiboot2 kernel boots over the net, by GRUB:
# BIOS machines by boot/grub/i386-pc/core.0, UEFI ones by boot/grub/x86_64-efi/core.efi, iPXE by boot.ipxe.
#
# usage: netdir.sh KERNEL DIR [CMDLINE]
#   KERNEL   a multiboot2 ELF file
#   DIR      a folder that does not exist yet
#   CMDLINE  the kernel's command line, words separated by blanks
#
# exit status: 0 made; 1 not made, with the reason on stderr; 2 wrong usage
set -eu

die() {
    echo "netdir.sh: $1" >&2
    exit 1
}

# Every word in single quotes, so that GRUB's shell takes none of it for syntax.
quote_words() (
    set -f
    for word in $1; do
        printf " '%s'" "$word"
    done
)

# GRUB's $root is the server that it was loaded from.
menu() {
    echo 'set timeout=0'
    echo "menuentry 'Lintel' {"
    echo "    multiboot2 /boot/lintel.elf$(quote_words "$1")"
    # shellcheck disable=SC2016 # GRUB's variable
    echo '    if [ "$grub_platform" = pc ]; then set gfxpayload=text; fi'
    echo '}'
}

case $# in
    2 | 3) ;;
    *) sed -n '5,5s/^# //p' "$0" >&2 && exit 2 ;;
esac
[ -r "$1" ] || die "no kernel $1: run make"
[ ! -e "$2" ] || die "$2 is there already"
case ${3:-} in
    *[\'\"\\]*) die "CMDLINE has a quote or backslash, which GRUB changes on the way: $3" ;;
esac
command -v grub-mknetdir >/dev/null || die "grub-mknetdir is missing: run tools/deps iso"

mkdir -p "$2"
for platform in i386-pc x86_64-efi; do
    grub-mknetdir --net-directory="$2" --subdir=/boot/grub -d "/usr/lib/grub/$platform" \
        --modules='multiboot2 normal' --locales= --fonts= --themes= >"$2/log" 2>&1 || {
        cat "$2/log" >&2
        die "grub-mknetdir could not do $platform"
    }
done
rm "$2/log"
cat >"$2/boot.ipxe" <<'EOF'
#!ipxe
iseq ${platform} efi && chain boot/grub/x86_64-efi/core.efi || chain boot/grub/i386-pc/core.0
EOF
menu "${3:-}" >"$2/boot/grub/grub.cfg"
strip -g -o "$2/boot/lintel.elf" "$1"
