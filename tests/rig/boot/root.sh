#!/bin/bash
# root.sh - prints the command that runs a program which this distribution has not, or has too old.
#
# usage: root.sh cbmc     any CBMC
#        root.sh bochs    Bochs 3 or later
#   $LINTEL_ROOT    a folder for what is fetched (default: build/debian-13 of this repository)
#   $LINTEL_MIRROR  where from (default: http://deb.debian.org/debian)
#
# Debian 13 has packages of both, Debian 12 has not: there, mmdebstrap unpacks Debian 13's, with their
# libraries, into a folder, once, in a minute. Nothing in it is installed: its own dynamic loader
# starts the programs, so that they need no chroot, no mount and no root.
#
# exit status: 0 a command was printed; 1 there is no such program: the reason is on stderr;
#              2 wrong usage
set -eu

home=$(cd "$(dirname "$0")/../../.." && pwd)
root=${LINTEL_ROOT:-$home/build/debian-13}
mirror=${LINTEL_MIRROR:-http://deb.debian.org/debian}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
libraries=$root/usr/lib/x86_64-linux-gnu
loader="$libraries/ld-linux-x86-64.so.2 --library-path $libraries:$root/usr/lib"

own_command() {
    case $1 in
        cbmc) echo cbmc ;;
        bochs) echo bochs-bin ;;
    esac
}

# Bochs finds its plugins, and the BIOS files that boot.sh names, by two variables.
root_command() {
    case $1 in
        cbmc) echo "$loader $root/usr/bin/cbmc" ;;
        bochs)
            echo "env LTDL_LIBRARY_PATH=$libraries/bochs/plugins BXSHARE=$root/usr/share/bochs" \
                "$loader $root/usr/bin/bochs-bin"
            ;;
    esac
}

# works PROGRAM COMMAND...: does it start, and say that it is new enough?
works() {
    local said
    said=$("${@:2}" "$([ "$1" = cbmc ] && echo --version || echo --help)" 2>&1) || true
    case $1 in
        cbmc) grep -q '^[0-9]' <<<"$said" ;;
        bochs) grep -qE 'Bochs x86 Emulator ([3-9]|[1-9][0-9])' <<<"$said" ;;
    esac
}

# Unpacks into a folder beside, so that an interrupted run leaves nothing that looks finished.
fetch() {
    local new=$root.$$ log=$root.log
    # shellcheck disable=SC2064 # the folder of now
    trap "rm -rf '$new'" EXIT
    echo "root.sh: fetching Debian 13's CBMC and Bochs into $root" >&2
    mmdebstrap --quiet --variant=extract --include=cbmc,bochs,bochsbios,vgabios,bochs-term \
        --dpkgopt='path-exclude=/usr/share/*' --dpkgopt='path-include=/usr/share/bochs/*' \
        --dpkgopt='path-include=/usr/share/vgabios/*' trixie \
        "$new" "deb [signed-by=$keyring] $mirror trixie main" >"$log" 2>&1 || {
        cat "$log" >&2
        echo "root.sh: is mmdebstrap there? run tools/deps newer" >&2
        return 1
    }
    rm -rf "$root"
    mv "$new" "$root"
}

program=${1:-}
if [ $# -ne 1 ] || [ -z "$(own_command "$program")" ]; then
    sed -n '4,5s/^# //p' "$0" >&2
    exit 2
fi
# shellcheck disable=SC2046 # commands and their arguments
if works "$program" $(own_command "$program"); then
    own_command "$program"
    exit 0
fi
# Of several that start at the same time, one fetches.
mkdir -p "$(dirname "$root")"
exec 3>"$root.lock"
flock 3
# shellcheck disable=SC2046
works "$program" $(root_command "$program") || fetch
# shellcheck disable=SC2046
works "$program" $(root_command "$program") || {
    echo "root.sh: the $program in $root does not run" >&2
    exit 1
}
root_command "$program"
