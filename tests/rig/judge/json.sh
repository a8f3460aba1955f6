#!/bin/bash
# json.sh - boot an ISO whose kernel reports JSON, and check the report against its schema and the
# machine's golden values. Prints TAP.
#
# usage: json.sh MACHINE ISO
# exit status: 0 all passed; 1 not
set -eu

rig=$(dirname "$0")/..
work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-json.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$rig/boot.sh" -o "$work/log" "$1" "$2" >/dev/null || echo "# boot.sh ended with status $?"
"$rig/judge/check-report.py" "$rig/../../docs/report.schema.json" "$work/log" "$("$rig/judge/golden.sh" -p "$1")"
