#!/bin/bash
# abi.sh - docs/abi.md has every call and every error of include/abi.h, as it stands there.
#
# usage: abi.sh [ROOT]
# Prints what is missing or different. Exit status 0: nothing; 1: something.
set -eu
cd "${1:-$(dirname "$0")/../..}"

{
    sed -nE 's/^ *CALL\(([0-9]+), ([A-Z_]+), "(.*)"\).*/| \1 | \2 | \3 |/p' include/abi.h | sed 's/|  |$/| |/'
    sed -nE 's/^ *ERROR\(([0-9]+), ([A-Z_]+), "(.*)"\).*/| \1 | \2 | \3 |/p' include/abi.h
} | {
    status=0
    lines=0
    while read -r line; do
        lines=$((lines + 1))
        grep -qF -- "$line" docs/abi.md || {
            echo "docs/abi.md: missing: $line"
            status=1
        }
    done
    [ "$lines" -gt 30 ] || {
        echo "include/abi.h: only $lines calls and errors were found"
        status=1
    }
    exit $status
}
