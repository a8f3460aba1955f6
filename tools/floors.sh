#!/bin/bash
# floors.sh - the house's rule: code includes its own floor or lower ones, never higher.
#
# usage: floors.sh [ROOT]
# Prints every include that breaks the rule, as file:line. Exit status 0: none; 1: some.
#
# An include of another floor carries its folder ("arch/insn.h"); a bare name is the own floor's, or that of
# include/ or lib/. Assembly obeys too. The C files that are pure are compiled for the host without arch/
# on the include path (see "pure" in the Makefile), which is the stronger half of the rule.
#
# What runs in ring 3 or in a guest is another building: it shares include/ and lib/, and nothing else.
set -eu
cd "${1:-$(dirname "$0")/..}"

# From the ground up.
floors='include lib arch msr vmx kern boot tools tests'

# Folders outside the kernel, each with those that it may include besides its own.
outside='user:include,lib monitor:include,lib,user tests/process:include,lib,user tests/guest:include,lib'

folders=
for folder in $floors user monitor; do
    [ ! -d "$folder" ] || folders="$folders $folder"
done
# shellcheck disable=SC2086 # a list of folders
{
    find $folders -type f -printf 'file %p\n'
    grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' $folders \
        --include='*.[chS]' --include='*.def' || :
} | awk -v floors="$floors" -v outside="$outside" '
    BEGIN {
        n = split(floors, list, " ")
        for (i = 1; i <= n; i++) rank[list[i]] = i
        n = split(outside, list, " ")
        for (i = 1; i <= n; i++) { split(list[i], pair, ":"); may[pair[1]] = "," pair[2] "," }
    }
    $1 == "file" { exists[$2] = 1; next }
    {
        split($0, at, ":")
        folder = file = at[1]
        sub(/\/.*/, "", folder)
        own = file
        sub(/[^\/]*$/, "", own)
        split($0, quoted, "\"")
        name = quoted[2]
        other = name
        sub(/\/.*/, "", other)
        if (name !~ /\// && ((own name) in exists || ("include/" name) in exists)) next
        if (name !~ /\// && ("lib/" name) in exists && folder != "include") next
        building = own
        sub(/\/$/, "", building)
        if (building in may) {
            if (name ~ /\// && index(may[building], "," other ",")) next
        } else if (name ~ /\// && other in rank && rank[other] <= rank[folder]) next
        printf "%s:%s: %s/ must not include \"%s\"\n", file, at[2], folder, name
        bad = 1
    }
    END { exit bad }
'
