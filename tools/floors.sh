#!/bin/bash
# floors.sh - the house's rule: code includes its own floor or lower ones, never higher; and inside a room no
# two modules need each other.
#
# usage: floors.sh [ROOT]
# Prints every include that breaks the rule, as file:line. Exit status 0: none; 1: some.
#
# An include of another room carries its folder ("arch/insn.h"); a bare name is the own room's, or that of
# include/ or lib/. Assembly obeys too. The C files that are pure are compiled for the host without arch/
# on the include path (see "pure" in the Makefile), which is the stronger half of the rule.
#
# A module is a header and the sources that belong to it by name: vcpu.h has vcpu.c, vcpu_run.c and
# vcpu_enter.S. An include makes one module need the other.
#
# What runs in ring 3 or in a guest is another building: it shares include/ and lib/, and nothing else.
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

# From the ground up. A folder that is not named belongs to the one above it: tests/oracle to tests.
floors='include lib arch msr vmx vmx/check kern/mem kern/task kern/vm kern/sys boot tools tests'

# Folders outside the kernel, each with those that it may include besides its own.
outside='user:include,lib monitor:include,lib,user tests/monitor:include,lib,user,monitor tests/process:include,lib,user tests/guest:include,lib'

# Circles that stay, ROOM:MODULE,MODULE...: docs/house.md says why.
circles=

folders=
for folder in include lib arch msr vmx kern boot tools tests user monitor; do
    [ ! -d "$folder" ] || folders="$folders $folder"
done
# shellcheck disable=SC2086 # a list of folders
{
    find $folders -type f -printf 'file %p\n'
    grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' $folders \
        --include='*.[chS]' --include='*.def' || :
} | awk -v floors="$floors" -v outside="$outside" -v circles="$circles" '
    function folder_of(path) { sub(/\/?[^\/]*$/, "", path); return path }

    # The floor of a folder: that of the nearest one above it that has a name here; 0: none.
    function rank_of(folder) {
        while (folder != "" && !(folder in rank)) folder = folder_of(folder)
        return folder == "" ? 0 : rank[folder]
    }

    # The longest beginning of the name, up to a "_", that is a header.
    function module_of(path,    folder, name, start) {
        folder = folder_of(path)
        name = start = substr(path, length(folder) + 2)
        sub(/\..*/, "", name)
        start = name
        while (!((folder "/" start ".h") in exists)) {
            if (start !~ /_/) return folder "/" name
            sub(/_[^_]*$/, "", start)
        }
        return folder "/" start
    }

    function complain(where, text) {
        printf "%s: %s\n", where, text
        bad = 1
    }

    # The modules on the shortest way from one to another, joined by arrows; "": there is none.
    function way(from, to,    queue, first, last, before, part, parts, i, text) {
        queue[1] = from
        before[from] = "-"
        first = last = 1
        for (; first <= last && !(to in before); first++) {
            parts = split(needs[queue[first]], part, " ")
            for (i = 1; i <= parts; i++)
                if (!(part[i] in before)) { before[part[i]] = queue[first]; queue[++last] = part[i] }
        }
        if (!(to in before)) return ""
        for (text = to; before[to] != "-"; text = to " -> " text) to = before[to]
        return text
    }

    BEGIN {
        n = split(floors, list, " ")
        for (i = 1; i <= n; i++) rank[list[i]] = i
        n = split(outside, list, " ")
        for (i = 1; i <= n; i++) { split(list[i], pair, ":"); may[pair[1]] = "," pair[2] "," }
        n = split(circles, list, " ")
        for (i = 1; i <= n; i++) {
            split(list[i], pair, ":")
            m = split(pair[2], part, ",")
            for (j = 1; j <= m; j++) allowed[pair[1] "/" part[j]] = i
        }
    }
    $1 == "file" { exists[$2] = 1; next }
    {
        split($0, at, ":")
        file = at[1]
        where = file ":" at[2]
        own = folder_of(file)
        split($0, quoted, "\"")
        name = quoted[2]
        other = folder_of(name)
        target = other == "" ? own "/" name : name
        if (target in exists && folder_of(target) == own) {
            if (!(own in rank)) next
            a = module_of(file)
            b = module_of(target)
            if (a != b && !((a, b) in edge)) {
                edge[a, b] = where
                needs[a] = needs[a] " " b
            }
            next
        }
        if (other == "" && (("include/" name) in exists || (("lib/" name) in exists && own != "include"))) next
        if (own in may) {
            if (other != "" && index(may[own], "," other ",")) next
        } else if (!rank_of(own)) {
            complain(where, own "/ is on no floor: tools/floors.sh has their list")
            next
        } else if (other != "" && rank_of(other) && rank_of(other) <= rank_of(own)) next
        complain(where, own "/ must not include \"" name "\"")
    }
    END {
        for (pair_of in edge) {
            split(pair_of, ends, SUBSEP)
            text = way(ends[2], ends[1])
            if (text == "") continue
            if (allowed[ends[1]] && allowed[ends[1]] == allowed[ends[2]]) { used[ends[1]] = used[ends[2]] = 1; continue }
            complain(edge[pair_of], "a circle of modules: " ends[1] " -> " text)
        }
        for (module in allowed)
            if (allowed[module] && !(module in used))
                complain("tools/floors.sh", module " is in no circle any more: take it out of the list")
        if (bad) exit 1
    }
' | sort
