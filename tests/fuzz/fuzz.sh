#!/bin/bash
# fuzz.sh - runs one fuzz target, as TAP: on its corpus alone, or on from there for a while.
#
# usage: fuzz.sh TARGET SECONDS
#   TARGET   the program, build/fuzz/fuzz_NAME; its corpus is tests/fuzz/corpus/NAME
#   SECONDS  0: each file of the corpus once, to see that nothing has come back
#
# What is found on the way stays in build/fuzz/found/NAME; an input that fails, with its report, in
# build/fuzz/failed/NAME-*. `fuzz.sh minimise TARGET` makes the corpus anew out of both: few files.
# exit status: 0 all inputs passed; 1 not
set -eu

here=$(cd "$(dirname "$0")" && pwd)

if [ "$1" = minimise ]; then
    name=$(basename "$2")
    corpus=$here/corpus/${name#fuzz_}
    new=$(mktemp -d)
    "$2" -merge=1 -use_counters=0 "$new" "$corpus" "$(dirname "$2")/found/${name#fuzz_}" 2>/dev/null
    rm -rf "$corpus"
    mkdir -p "$corpus"
    for file in "$new"/*; do
        mv "$file" "$corpus/"
    done
    rmdir "$new"
    exit
fi

target=$1
seconds=$2
name=$(basename "$target")
name=${name#fuzz_}
corpus=$here/corpus/$name
found=$(dirname "$target")/found/$name
failed=$(dirname "$target")/failed
mkdir -p "$found" "$failed"
log=$failed/$name.log
files=("$corpus"/*)

if [ "$seconds" -eq 0 ]; then
    what="the ${#files[@]} inputs of its corpus"
    run=("${files[@]}")
else
    what="$seconds s from its corpus"
    run=(-max_total_time="$seconds" -max_len=4096 -print_final_stats=1 "$found" "$corpus")
fi
status=0
"$target" -timeout=10 -artifact_prefix="$failed/$name-" "${run[@]}" >"$log" 2>&1 || status=1
if [ $status -eq 0 ]; then
    echo "ok 1 - fuzz $name: $what"
else
    echo "not ok 1 - fuzz $name: $what"
    tail -n 30 "$log" | sed 's/^/# /'
fi
sed -n 's/^stat::number_of_executed_units: /# inputs: /p' "$log"
echo 1..1
exit $status
