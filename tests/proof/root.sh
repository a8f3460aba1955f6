#!/bin/bash
# root.sh - prints the command that runs CBMC; gets CBMC where the distribution has none.
#
# usage: root.sh
#   $LINTEL_CBMC    a folder for what is fetched (default: ~/.cache/lintel/cbmc)
#   $LINTEL_MIRROR  where from (default: http://deb.debian.org/debian)
#
# Debian 13 and Ubuntu have a package, Debian 12 has not: there, mmdebstrap unpacks Debian 13's CBMC
# and its libraries into a folder, once, in a minute. Nothing in it is installed: its own dynamic
# loader starts it, so that it needs no chroot, no mount and no root. C is preprocessed by our gcc.
#
# exit status: 0 a command was printed; 1 there is no CBMC: the reason is on stderr
set -eu

root=${LINTEL_CBMC:-${XDG_CACHE_HOME:-$HOME/.cache}/lintel/cbmc}
mirror=${LINTEL_MIRROR:-http://deb.debian.org/debian}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
libraries=$root/usr/lib/x86_64-linux-gnu

print_command() {
    echo "$libraries/ld-linux-x86-64.so.2 --library-path $libraries:$root/usr/lib $root/usr/bin/cbmc"
}

works() {
    "$@" --version 2>/dev/null | grep -q '^[0-9]'
}

# Unpacks into a folder beside, so that an interrupted run leaves nothing that looks finished.
fetch() {
    local new=$root.$$ log=$root.log
    mkdir -p "$(dirname "$root")"
    # shellcheck disable=SC2064 # the folder of now
    trap "rm -rf '$new'" EXIT
    echo "root.sh: fetching Debian 13's CBMC into $root" >&2
    mmdebstrap --quiet --variant=extract --include=cbmc --dpkgopt='path-exclude=/usr/share/*' trixie \
        "$new" "deb [signed-by=$keyring] $mirror trixie main" >"$log" 2>&1 || {
        cat "$log" >&2
        return 1
    }
    rm -rf "$root"
    mv "$new" "$root"
}

if command -v cbmc >/dev/null; then
    echo cbmc
    exit 0
fi
# shellcheck disable=SC2046 # a command and its arguments
works $(print_command) || fetch
# shellcheck disable=SC2046
works $(print_command) || {
    echo "root.sh: the CBMC in $root does not run" >&2
    exit 1
}
print_command
