#!/bin/bash
# bochs.sh - runs the Bochs that MODEL needs: this machine's, or Bochs 3, of Debian 13 if need be.
# $BXSHARE is the folder of its BIOS files, for the configuration.
#
# usage: bochs.sh MODEL ARGUMENT...
#
# environment: LINTEL_BOCHS  3: Bochs 3 for models that older ones know, too
# exit status: Bochs's; 127 there is none, with the reason on stderr
set -eu

rig=$(dirname "$0")/..
model=$1
shift
export BXSHARE=/usr/share/bochs

kind=$(awk -v m="$model" '$1 == m { print $2 }' "$rig/boot/models")
if [ "$kind" = bochs3 ] || [ "${LINTEL_BOCHS:-}" = 3 ]; then
    command=$("$rig/boot/root.sh" bochs) || exit 127
elif command -v bochs-bin >/dev/null; then
    command=bochs-bin
else
    echo "bochs.sh: bochs-bin is missing: run tools/deps bochs" >&2
    exit 127
fi
# shellcheck disable=SC2086 # a command and its arguments
exec $command "$@"
