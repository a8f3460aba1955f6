#!/bin/bash
# prove.sh - runs the proofs of the table `proofs` with CBMC, as TAP: a test point for each property.
#
# usage: prove.sh [-j JOBS] [PROOF...]      (without PROOF: all of the table)
#
# A proof is a function of FILE.c here (proof.h says how it is written). Its properties are named
# points of the output. One more point covers what CBMC checks by itself: no access outside an
# object, no overflow, no shift too far, no division by 0, and no loop that runs longer than the
# proof unrolls it. A proof called refute_... has a property that is wrong on purpose: that point
# passes when CBMC finds the counterexample. A proof whose end no input reaches proves nothing: it fails.
#
# exit status: 0 all passed; 1 not
set -eu

here=$(cd "$(dirname "$0")" && pwd)
jobs=2
limit=300 # seconds for one proof: longer ones are a nuisance, and fail

# table PROOF: its line of the table, for `read`
table() {
    awk -F ' *[|] *' -v name="$1" '$1 == name { print; found = 1 } END { exit !found }' "$here/proofs"
}

# The verdicts of CBMC's output on stdin, as TAP without numbers.
to_tap() {
    awk -v proof="$1" '
        function point(ok, text) { print (ok ? "ok" : "not ok") " - " proof ": " text }
        !/^\[[^ ]+\] / { last = $0; next }
        {
            verdict = $NF
            text = $0
            sub(/^\[[^ ]+\] (line [0-9]+ )?/, "", text)
            sub(/: [A-Z]+$/, "", text)
        }
        text == "end of proof" { if (index($1, "[" proof ".") == 1) reached = (verdict == "FAILURE"); next }
        $1 ~ "^\\[" proof "\\.assertion\\." {
            named++
            point(verdict == (proof ~ /^refute_/ ? "FAILURE" : "SUCCESS"), text)
            next
        }
        { automatic++ }
        verdict != "SUCCESS" { bad = bad "\n# " $0 }
        END {
            point(reached && automatic > 0 && bad == "", (automatic + 0) \
                " checks of memory, arithmetic and loops; some input reaches the end")
            if (bad != "") print substr(bad, 2)
            if (!reached) print "# no input reaches the end of the proof: " last
        }'
}

prove_one() {
    local name=$1 start=$SECONDS file sources options bounds output source
    IFS='|' read -r _ file sources options bounds < <(table "$name")
    output=$LINTEL_PROOFS/$name.out
    local -a units=("$here/${file// /}.c")
    for source in $sources; do
        units+=("$here/../../$source")
    done
    # shellcheck disable=SC2086 # lists of words
    timeout "$limit" $CBMC --function "$name" -I "$here/../../include" -I "$here/../../lib" -I "$LINTEL_PROOFS/root" \
        --unwinding-assertions --pointer-overflow-check --slice-formula $options "${units[@]}" \
        >"$output" 2>&1 || true
    {
        echo "# $name ($((SECONDS - start)) s): ${bounds# }"
        to_tap "$name" <"$output"
    } >"$LINTEL_PROOFS/$name.tap"
    flock "$LINTEL_PROOFS" cat "$LINTEL_PROOFS/$name.tap"
}

# The include path has msr/, vmx/ and boot/, but no arch/: only pure code can be proved.
make_root() {
    local floor
    mkdir -p "$LINTEL_PROOFS/root"
    for floor in msr vmx boot; do
        ln -sfn "$here/../../$floor" "$LINTEL_PROOFS/root/$floor"
    done
}

# Line by line, as they come: awk would keep them until the end.
number_points() {
    local line points=0 failed=0
    while IFS= read -r line; do
        case $line in
        'ok - '* | 'not ok - '*)
            points=$((points + 1))
            [[ $line == ok* ]] || failed=1
            line=${line/ok - /ok $points - }
            ;;
        esac
        echo "$line"
    done
    echo "1..$points"
    [ $points -gt 0 ] && [ $failed -eq 0 ]
}

if [ "${1:-}" = --one ]; then
    prove_one "$2"
    exit
fi
if [ "${1:-}" = -j ]; then
    jobs=$2
    shift 2
fi
[ $# -ge 1 ] || mapfile -t names < <(awk -F ' *[|] *' '/^(prove|refute)_/ { print $1 }' "$here/proofs")
[ $# -lt 1 ] || names=("$@")
for name in "${names[@]}"; do
    table "$name" >/dev/null || {
        echo "prove.sh: no proof $name in tests/proof/proofs" >&2
        exit 1
    }
done

CBMC=$("$here/../rig/boot/root.sh" cbmc)
LINTEL_PROOFS=$PWD/build/proof
export CBMC LINTEL_PROOFS
make_root
echo 'TAP version 14'
printf '%s\n' "${names[@]}" | xargs -P "$jobs" -I {} "$here/prove.sh" --one {} |
    number_points
