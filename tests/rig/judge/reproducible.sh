#!/bin/bash
# reproducible.sh - build the same sources twice, in two folders, and compare kernel and ISO byte
# for byte. Prints TAP.
#
# usage: reproducible.sh [MAKE_ARGUMENT...]
# exit status: 0 they are the same; 1 not
set -u

top=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-reproducible.XXXXXX")
trap 'rm -rf "$work"' EXIT

# The sources without what was built from them.
copy() {
    mkdir -p "$1"
    (cd "$top" && tar -cf - --exclude=./build --exclude=./.git .) | tar -xf - -C "$1"
}

build() {
    make -C "$1" "${@:2}" iso BUILD=out >"$work/log" 2>&1 || {
        echo "1..1"
        echo "not ok 1 - the build in $1"
        sed 's/^/# /' "$work/log"
        exit 1
    }
}

copy "$work/one"
copy "$work/a/longer path/two"
build "$work/one" "$@"
sleep 1.1 # so that time stamps would differ
build "$work/a/longer path/two" "$@"
result=0
echo "1..2"
number=0
for file in lintel.elf lintel.iso; do
    number=$((number + 1))
    if cmp "$work/one/out/$file" "$work/a/longer path/two/out/$file" >"$work/log" 2>&1; then
        echo "ok $number - $file is the same from two folders"
    else
        echo "not ok $number - $file is the same from two folders"
        sed 's/^/# /' "$work/log"
        result=1
    fi
done
exit $result
