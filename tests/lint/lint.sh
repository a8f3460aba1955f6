#!/bin/bash
# lint.sh - one check of the sources, as TAP: one test point for each file or finding.
#
# usage: lint.sh CHECK [FILE...]
#   format     clang-format would change nothing in FILEs, and no line has more than 100 columns
#   tidy       clang-tidy finds nothing in FILEs; $LINT_CFLAGS are the compiler's flags
#   cppcheck   cppcheck finds nothing in FILEs; $LINT_CFLAGS may have -D and -I
#   shell      shellcheck finds nothing in FILEs
#   floors     no include of a higher floor
#   made       the first FILE is what the command in the others prints (make models, make abi-docs)
#   licence    each FILE names its licence, unless it is a list of data
# exit status: 0 all passed; 1 not; 2 wrong usage
set -u

rig=$(dirname "$0")
flags=${LINT_CFLAGS:-}
points=0
failures=0

# point STATUS NAME [OUTPUT]
point() {
    points=$((points + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $points - $2"
    else
        failures=$((failures + 1))
        echo "not ok $points - $2"
        printf '%s\n' "${3:-}" | sed 's/^/# /'
    fi
}

# clang-format leaves comments as they are, however long.
long_comments() {
    awk 'length > 100 && !/^#define/ { print FILENAME ":" FNR ":1: error: more than 100 columns" }' "$@"
}

# One clang-format for all files takes a fifth of the time. It names the file of each finding.
check_format() {
    local file output status=0 before=$failures
    output=$(clang-format --dry-run -Werror "$@" 2>&1) || status=1
    output+=$'\n'$(long_comments "$@")
    for file in "$@"; do
        if [[ $output == *$'\n'"$file:"* || $output == "$file:"* ]]; then
            point 1 "format $file" "$(grep -A 2 -F -- "$file:" <<<"$output")"
        else
            point 0 "format $file"
        fi
    done
    [ $status -eq 0 ] || [ "$failures" -gt "$before" ] || point 1 "format: clang-format" "$output"
}

check_tidy() {
    local output
    # shellcheck disable=SC2086 # a list of flags
    output=$(clang-tidy --quiet "$1" -- $flags 2>&1)
    point $? "tidy $1" "$output"
}

check_shell() {
    local output
    output=$(shellcheck "$1" 2>&1)
    point $? "shell $1" "$output"
}

check_licence() {
    grep -q 'SPDX-License-Identifier: BSD-2-Clause' "$1"
    point $? "licence $1" "no SPDX-License-Identifier line"
}

# cppcheck sees all files at once.
check_cppcheck() {
    local output
    # shellcheck disable=SC2086 # a list of flags
    output=$(cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability \
        --inline-suppr --suppressions-list="$rig/cppcheck.suppressions" $flags "$@" 2>&1)
    point $? "cppcheck" "$output"
}

check_floors() {
    local output
    output=$("$rig/../../tools/floors.sh")
    point $? "floors" "$output"
}

check_made() {
    local output file=$1
    shift
    output=$("$@" | diff "$file" - 2>&1)
    point $? "made: $file is what its program prints" "$output"
}

[ $# -ge 1 ] || {
    sed -n '4s/^# //p' "$0" >&2
    exit 2
}
check=$1
shift
case $check in
tidy | shell | licence)
    for file in "$@"; do
        "check_$check" "$file"
    done
    ;;
format | cppcheck | floors | made) "check_$check" "$@" ;;
*)
    echo "lint.sh: no check $check" >&2
    exit 2
    ;;
esac
echo "1..$points"
[ $failures -eq 0 ] && [ $points -gt 0 ]
