#!/bin/sh
# Add up TAP files: one line of counts, after a line on stderr for each file that is not whole.
#
# usage: tally.sh FILE...
#
# A file without a plan, or with another number of test points than planned, counts as one more failure,
# and so does a line "# exit status N" (check.py adds it where a producer failed and its TAP did not say so).
# A file that is skipped as a whole ("1..0 # SKIP reason") counts as one skipped test.
#
# exit status: 0 nothing failed and something passed; 1 not; 2 wrong usage
set -eu

[ $# -ge 1 ] || {
    sed -n '4s/^# //p' "$0" >&2
    exit 2
}
for file in "$@"; do
    [ -r "$file" ] || {
        echo "tally.sh: no file $file" >&2
        exit 1
    }
done

# A file that awk finds empty never comes up in its lines: so every name is given, and taken from ARGV.
awk '
    function close_file(name) {
        if (plans != 1 || plan != points) {
            failed++
            printf "tally.sh: %s: %s, %d test points\n", name, \
                plans == 1 ? "planned " plan : plans " plans", points > "/dev/stderr"
        }
    }
    { seen[FILENAME] = 1 }
    FNR == 1 { if (last != "") close_file(last); last = FILENAME; plans = plan = points = 0 }
    /^1\.\.[0-9]+/ { plans++; plan = substr($1, 4) + 0; if (plan == 0) skipped++ }
    /^not ok([ \t]|$)/ { points++; failed++ }
    /^ok([ \t]|$)/ { points++; if (toupper($0) ~ /# SKIP/) skipped++; else passed++ }
    /^# exit status [0-9]+$/ { failed++ }
    END {
        if (last != "") close_file(last)
        for (i = 1; i < ARGC; i++)
            if (!(ARGV[i] in seen)) {
                failed++
                printf "tally.sh: %s: empty\n", ARGV[i] > "/dev/stderr"
            }
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
        exit !(failed == 0 && passed > 0)
    }
' "$@"
