#!/bin/bash
# usb.sh - write-stick.sh held to what it promises, without a stick: a file stands for the disk, and a
# made-up lsblk says what it is. Prints TAP.
#
# usage: usb.sh
# exit status: 0 every test passed; 1 not
set -u

rig=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-usb.XXXXXX")
trap 'rm -rf "$work"' EXIT
points=0
failures=0

# What lsblk says of the disk: one file a column, `mounts`, `types` and `list` for several lines.
mkdir -p "$work/bin" "$work/says"
cat >"$work/bin/lsblk" <<'FAKE'
#!/bin/bash
says=${0%/bin/lsblk}/says
while [ $# -gt 1 ]; do
    [ "$1" != --nodeps ] || nodeps=yes
    [ "$1" != --output ] || columns=$2
    shift
done
[ -e "$says/TYPE" ] || exit 32
case $columns in
NAME,MOUNTPOINT) cat "$says/mounts" ;;
NAME,*) cat "$says/list" ;;
TYPE) if [ "${nodeps:-}" ]; then cat "$says/TYPE"; else cat "$says/types"; fi ;;
*) cat "$says/$columns" ;;
esac
FAKE
chmod +x "$work/bin/lsblk"

# A stick of 4 MiB, and an ISO of 3 and a bit.
reset() {
    local column
    for column in TYPE=disk TRAN=usb RM=1 HOTPLUG=1 RO=0 SIZE=4194304 VENDOR=Acme MODEL=Stick; do
        echo "${column#*=}" >"$work/says/${column%%=*}"
    done
    printf 'sdx \nsdx1 \n' >"$work/says/mounts"
    printf 'disk\npart\n' >"$work/says/types"
    printf 'sdx 4M\nsdx1 3M vfat PHOTOS\n' >"$work/says/list"
    head -c 4194304 /dev/zero >"$work/disk"
    head -c 3200001 /dev/urandom >"$work/iso"
    cp "$work/disk" "$work/before"
}

point() {
    points=$((points + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $points - $2"
    else
        failures=$((failures + 1))
        echo "not ok $points - $2"
        sed 's/^/# /' "$work/out"
    fi
}

# With a terminal on which `answer` is typed; without one where it is empty.
run() {
    local answer=$1 command
    command="PATH='$work/bin':\$PATH '$rig/../../tools/write-stick.sh' '$work/iso' '$work/disk'"
    if [ -n "$answer" ]; then
        printf '%s\n' "$answer" | timeout 20 script -qec "$command" /dev/null
    else
        timeout 20 bash -c "$command" </dev/null
    fi >"$work/out" 2>&1
}

# refused NAME ANSWER REGEX: status 1, the reason, and not a byte of the disk changed.
refused() {
    run "$2"
    [ $? -eq 1 ] && grep -qE -- "$3" "$work/out" && cmp -s "$work/disk" "$work/before"
    point $? "$1"
}

echo 'TAP version 13'

reset
run yes && cmp -s -n 3200001 "$work/disk" "$work/iso" && [ "$(stat -c %s "$work/disk")" -eq 4194304 ]
point $? 'yes: the ISO is on the disk, and the rest of it is as it was'
grep -q 'Acme Stick, 4194304, usb' "$work/out" && grep -q 'sdx1 3M vfat PHOTOS' "$work/out"
point $? 'it shows the model, the size and what is on it'

reset && refused 'without a terminal nothing is written' '' 'no terminal'
reset && refused 'no is no' no 'the answer was "no"'
reset && refused 'Yes is not yes' Yes 'the answer was "Yes"'
reset && echo part >"$work/says/TYPE" && refused 'a partition' yes 'is a "part", not a whole disk'
reset && echo loop >"$work/says/TYPE" && refused 'a loop device' yes 'is a "loop", not a whole disk'
reset && rm "$work/says/TYPE" && refused 'a file' yes 'is no block device'
reset && echo sata >"$work/says/TRAN" && echo 0 >"$work/says/RM" && echo 0 >"$work/says/HOTPLUG" &&
    refused 'a fixed disk' yes 'neither removable nor on USB'
reset && printf 'sdx \nsdx1 /media/photos\n' >"$work/says/mounts" && refused 'a mounted partition' yes 'in use \(sdx1 on /media/photos'
reset && printf 'sdx \nsdx1 [SWAP]\n' >"$work/says/mounts" && refused 'swap' yes 'in use \(sdx1 on \[SWAP\]'
reset && printf 'disk\npart\ncrypt\n' >"$work/says/types" && refused 'a part of an encrypted volume' yes 'part of something larger \(crypt'
reset && echo 3200000 >"$work/says/SIZE" && refused 'a byte too small' yes 'too small'
reset && echo 1 >"$work/says/RO" && refused 'write-protected' yes 'is write-protected'

# A stick that takes everything and keeps half: what dd writes to it goes to /dev/null.
reset
printf '#!/bin/bash\ncase "$*" in *of=*) exit 0 ;; esac\nexec /bin/dd "$@"\n' >"$work/bin/dd"
chmod +x "$work/bin/dd"
refused 'a stick that does not keep what is written' yes 'does not give back what was written'
rm "$work/bin/dd"

reset
mv "$work/disk" "$work/gone"
run yes
[ $? -eq 1 ] && grep -q "there is no " "$work/out" && [ ! -e "$work/disk" ]
point $? 'a disk that is not there is not made'

echo "1..$points"
[ "$failures" -eq 0 ]
