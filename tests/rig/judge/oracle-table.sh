#!/bin/bash
# oracle-table.sh - the oracle's long run: COUNT mutations on each MODEL, two at a time, as a table
# in Markdown. The disagreements that have no excuse come below it.
#
# usage: oracle-table.sh LOGS KERNEL COUNT SEED MODEL...
#   LOGS  a folder for each model's TAP, MODEL.tap; made if missing
# exit status: 0 nothing unexplained on any model; 1 not; 2 wrong usage
set -eu

rig=$(dirname "$0")/..
[ $# -ge 5 ] || {
    sed -n '5,6s/^# //p' "$0" >&2
    exit 2
}
logs=$1
kernel=$2
count=$3
seed=$4
shift 4

# `# oracle: 20 mutations, 18 agreed, 1 excused, 1 not tried, 0 unexplained, seed 1, BRAND`
row() {
    sed -nE "s/^# oracle: ([0-9]+) mutations, ([0-9]+) agreed, ([0-9]+) excused, ([0-9]+) not \
tried, ([0-9]+) unexplained, seed ([0-9]+), .*/| $1 | \1 | \2 | \3 | \4 | \5 | \6 |/p" "$logs/$1.tap"
}

mkdir -p "$logs"
printf '%s\n' "$@" | xargs -P 2 -I MODEL \
    sh -c "'$rig/judge/oracle.sh' '$kernel' MODEL $count $seed >'$logs/MODEL.tap' || true"

echo '| model | mutations | agreed | excused | not tried | unexplained | seed |'
echo '|---|---|---|---|---|---|---|'
result=0
for model in "$@"; do
    line=$(row "$model")
    echo "${line:-| $model | the run did not come to its end |}"
    grep -aq '^ok 1 - oracle.agreement$' "$logs/$model.tap" || result=1
done
for model in "$@"; do
    sed -n "s/^# oracle: mutation /$model: mutation /p" "$logs/$model.tap"
done
exit $result
