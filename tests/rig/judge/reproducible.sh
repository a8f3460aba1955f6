#!/bin/bash
# reproducible.sh - build the sources once more, in another folder, and compare kernel and ISO byte for byte with
# those of this one, which may be older and built piece by piece. Prints TAP.
#
# usage: reproducible.sh [MAKE_ARGUMENT...]     (make iso must have been run, with these arguments)
# exit status: 0 they are the same; 1 not
set -u

top=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-reproducible.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
other="$work/a longer path/two"

# The sources without what was built from them.
copy() {
    mkdir -p "$1"
    (cd "$top" && tar -cf - --exclude=./build --exclude=./.git .) | tar -xf - -C "$1"
}

copy "$other"
make -C "$other" "$@" iso >"$work/log" 2>&1 || {
    echo "1..1"
    echo "not ok 1 - the build in $other"
    sed 's/^/# /' "$work/log"
    exit 1
}
result=0
echo "1..2"
number=0
for file in lintel.elf lintel.iso; do
    number=$((number + 1))
    if cmp "$top/build/$file" "$other/build/$file" >"$work/log" 2>&1; then
        echo "ok $number - $file is the same from two folders"
    else
        echo "not ok $number - $file is the same from two folders"
        sed 's/^/# /' "$work/log"
        result=1
    fi
done
exit $result
