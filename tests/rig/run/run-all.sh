#!/bin/bash
# Run many producers of TAP through prove, two at a time, and close with one line of counts.
#
# usage: run-all.sh [-j JOBS] LOGS ROWS...
#   LOGS  a folder for each producer's TAP (NAME.tap) and stderr (NAME.err); made if missing
#   ROWS  files of rows NAME<TAB>COMMAND, or - for stdin; empty lines and lines with # are passed over.
#         A command runs by sh in the current folder, prints TAP, and may keep a serial log as $LINTEL_LOG,
#         which is LOGS/NAME.log.
#
# `make check` should call it so (rows in the order in which to start; long ones first):
#   tests/rig/run/run-all.sh -j 2 build/logs build/check.rows
# or, without a file of rows, by a recipe that prints them:
#   { printf 'boot-%s\ttests/rig/judge/tap.sh %s build/lintel.iso\n' M M ...; } | tests/rig/run/run-all.sh build/logs -
#
# Each producer gives a line when it ends: its name, its time and its counts. Then come the failed test
# points in full, with the comments under them, what prove says about the TAP itself, and last, alone,
# "N passed, N failed, N skipped".
#
# exit status: 0 all is well: prove and the counts agree; 1 not; 2 wrong usage
set -eu -o pipefail

rig=$(cd "$(dirname "$0")/.." && pwd)
jobs=2

usage() {
    sed -n '4,8s/^# //p' "$0" >&2
    exit 2
}

# What prove calls: run-all.sh --one NAME. It passes the producer's TAP on to prove and keeps it.
run_one() {
    local name=$1 start end status=0
    start=$(date +%s%N)
    export LINTEL_LOG=$LINTEL_LOGS/$name.log
    sh -c "$(<"$LINTEL_LOGS/$name.command")" 2>"$LINTEL_LOGS/$name.err" </dev/null | tee "$LINTEL_LOGS/$name.tap" \
        || status=${PIPESTATUS[0]}
    end=$(date +%s%N)
    if [ "$status" -ne 0 ] && ! grep -aq '^not ok' "$LINTEL_LOGS/$name.tap"; then
        echo "# exit status $status" >>"$LINTEL_LOGS/$name.tap"
    fi
    printf '%-36s %4d.%d s  %s\n' "$name" $(((end - start) / 1000000000)) $(((end - start) / 100000000 % 10)) \
        "$(counts "$LINTEL_LOGS/$name.tap")" >&2
    return "$status"
}

# One file with the command for each row; their names, in order, on stdout.
read_rows() {
    local name command
    while IFS=$'\t' read -r name command; do
        [[ -n $name && $name != \#* ]] || continue
        if [[ $name == */* || -z $command || -e $LINTEL_LOGS/$name.command ]]; then
            echo "run-all.sh: a row must be NAME<TAB>COMMAND, each name once: $name" >&2
            return 1
        fi
        echo "$command" >"$LINTEL_LOGS/$name.command"
        echo "$name"
    done
}

counts() {
    "$rig/run/tally.sh" "$@" 2>/dev/null || true
}

# The failed points of one producer, each with what is indented or commented below it, and its stderr.
show_failures() {
    local name=$1 tap=$LINTEL_LOGS/$1.tap
    [[ $(counts "$tap") != *" 0 failed"* ]] || return 0
    printf '\n--- %s: %.300s\n' "$name" "$(<"$LINTEL_LOGS/$name.command")"
    awk '/^# exit status/ { print; next } /^not ok/ { show = 1; print; next }
         /^[# \t]/ { if (show) print; next } { show = 0 }' "$tap"
    { "$rig/run/tally.sh" "$tap" >/dev/null || true; } 2>&1
    tail -n 20 "$LINTEL_LOGS/$name.err"
}

if [ "${1:-}" = --one ]; then
    run_one "$2"
    exit
fi
if [ "${1:-}" = -j ]; then
    [ $# -ge 2 ] || usage
    jobs=$2
    shift 2
fi
[ $# -ge 2 ] || usage
command -v prove >/dev/null || {
    echo "run-all.sh: prove is missing: run tools/deps host" >&2
    exit 1
}
mkdir -p "$1"
LINTEL_LOGS=$(cd "$1" && pwd)
export LINTEL_LOGS
shift
rm -f "$LINTEL_LOGS"/*.{command,tap,err,log}
list=$(cat -- "$@" | read_rows)
mapfile -t names <<<"$list"
[ -n "${names[0]}" ] || {
    echo "run-all.sh: no rows" >&2
    exit 1
}

# prove parses every producer's TAP; its own words are kept until the end.
result=0
taps=("${names[@]/#/$LINTEL_LOGS/}")
taps=("${taps[@]/%/.tap}")
prove --norc -Q -j "$jobs" --exec "$rig/run/run-all.sh --one" "${names[@]}" >"$LINTEL_LOGS/prove.out" || result=1
for name in "${names[@]}"; do
    show_failures "$name"
done
if [ $result -ne 0 ]; then
    echo
    cat "$LINTEL_LOGS/prove.out"
fi
# What prove alone objects to (a number out of order, say) has a line in the counts too.
if [ $result -ne 0 ] && [[ $(counts "${taps[@]}") == *" 0 failed"* ]]; then
    printf '1..1\nnot ok 1 - prove accepts the TAP\n' >"$LINTEL_LOGS/prove.tap"
    taps+=("$LINTEL_LOGS/prove.tap")
fi
"$rig/run/tally.sh" "${taps[@]}" 2>/dev/null || result=1
exit $result
