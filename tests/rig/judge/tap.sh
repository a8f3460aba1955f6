#!/bin/bash
# Boot an ISO on a machine and turn its serial output into TAP: the kernel's own test points, then ours
# about the run: each VMX MSR as the golden file has it, none missing or twice, and an honest last line.
#
# usage: tap.sh MACHINE ISO [BOOT_OPTION...]     (options as boot.sh takes them)
#
# environment: LINTEL_LOG  a file to keep the serial log in
# exit status: 0 every test passed; 1 not
set -eu

rig=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 2 ] || {
    sed -n '5s/^# //p' "$0" >&2
    exit 2
}
machine=$1
iso=$2
shift 2

points=0
failures=0

# point STATUS NAME [COMMENT...]: one test point of ours, numbered after the kernel's.
point() {
    local line comment=${*:3}
    points=$((points + 1))
    line="$points - $machine: $2"
    if [ "$1" -eq 0 ]; then
        echo "ok $line"
    else
        failures=$((failures + 1))
        echo "not ok $line"
        [ -z "$comment" ] || echo "  # $comment"
    fi
}

# Debian's prove knows no version above 13; ours is 14, and the two agree in all that the kernel prints.
# The kernel's plan goes: ours, for all points, comes last. A wrong number stays, for prove to find.
kernel_tap() {
    echo 'TAP version 13'
    sed -n '/^TAP version 14$/,$ { /^TAP version 14$/d; /^1\.\.[0-9]*$/d; /^\(not \)\{0,1\}ok\b/p; /^#/p; }' "$log"
}

count() {
    grep -acE "$1" "$log" || true
}

# The verdict counts a skipped point as skipped only.
check_verdict() {
    local passed failed skipped said
    passed=$(grep -aE '^ok [0-9]+' "$log" | grep -avciE '# skip' || true)
    skipped=$(count '^ok [0-9]+.*# SKIP')
    failed=$(count '^not ok [0-9]+')
    said=$(grep -a . "$log" | tail -n 1)
    [ "$said" = "$passed passed, $failed failed, $skipped skipped" ]
    point $? "the last line agrees with the test points" \
        "the last line is \"$said\", counted are $passed passed, $failed failed, $skipped skipped"
}

check_plan() {
    local planned
    planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$log")
    [ "$planned" = "$points" ]
    point $? "the kernel ran what it planned" "the plan is \"$planned\", there are $points test points"
}

# What must be found: the golden values; absent for all on a machine without VMX; any value where there
# is no golden file (qemu-kvm; a version of Bochs that none was made for).
golden_lines() {
    local value=any msr
    if [ -n "$golden" ]; then
        sed -n 's/^0x3a /0x03a /; /^0x/p' "$golden"
        return
    fi
    [ "$(awk -v m="$machine" '$1 == m { print $3 }' "$rig/boot/models")" != no ] || value=absent
    for msr in $((0x3a)) $(seq $((0x480)) $((0x493))); do
        printf '0x%03x %s\n' "$msr" "$value"
    done
}

check_msr() {
    local found
    found=$(sed -nE "s/^msr $1 [A-Z0-9_]+ (0x[0-9a-f]{16}|absent)\$/\1/p" "$log" | tr '\n' ' ')
    found=${found% }
    [ "$found" = "$2" ] || { [ "$2" = any ] && [[ $found =~ ^(0x[0-9a-f]{16}|absent)$ ]]; }
    point $? "msr $1: expected $2, found ${found:-nothing}"
}

check_msrs() {
    local msr value lines
    while read -r msr value; do
        check_msr "$msr" "$value"
    done < <(golden_lines)
    lines=$(sed -nE 's/^msr (0x[0-9a-f]+) .*/\1/p' "$log")
    [ "$lines" = "$(golden_lines | cut -d' ' -f1)" ]
    point $? "one line for each msr, in order, and no other" "the lines found are: ${lines//$'\n'/ }"
}

# boot.sh's verdict; a kernel that died shows its last words.
check_end() {
    [ "$1" -eq 0 ] && point 0 "the machine ends well" && return
    point 1 "the machine ends well" "boot.sh: status $1"
    sed 's/^/# /' "$work/boot.err"
    echo '# the last 20 lines of serial output:'
    tail -n 20 "$log" | sed 's/^/#   /'
}

work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-tap.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
log=$work/serial.log
: >"$log"
golden=$("$rig/judge/golden.sh" -p "$machine" 2>/dev/null || true)

status=0
"$rig/boot.sh" -o "$log" "$@" "$machine" "$iso" >/dev/null 2>"$work/boot.err" || status=$?
if grep -q 'qemu-kvm cannot be used' "$work/boot.err"; then
    echo "1..0 # SKIP $(sed 's/^boot.sh: //' "$work/boot.err")"
    exit 0
fi
[ -z "${LINTEL_LOG:-}" ] || cp "$log" "$LINTEL_LOG"

set +e # from here on a test may fail
kernel_tap
points=$(count '^(not )?ok\b')
failures=$(count '^not ok\b')
check_plan
check_verdict
check_msrs
check_end "$status"
echo "1..$points"
[ "$failures" -eq 0 ]
