#!/bin/bash
# floors.sh - the house's rule: code includes its own floor or lower ones, never higher.
#
# usage: floors.sh [ROOT]
# Prints every include that breaks the rule, as file:line. Exit status 0: none; 1: some.
#
#   floor 0  include/   1 arch/   2 msr/   3 vmx/   4 kern/   5 boot/   6 monitor/   7 tools/   8 tests/
#
# An include of another floor carries its folder ("arch/insn.h"); a bare name is the own floor's or
# include/'s. Assembly obeys too. The C files that are pure are compiled for the host without arch/
# on the include path (see "pure" in the Makefile), which is the stronger half of the rule.
set -eu
cd "${1:-$(dirname "$0")/../..}"

floors=(include arch msr vmx kern boot monitor tools tests)

rank() {
    local i
    for i in "${!floors[@]}"; do
        if [ "${floors[$i]}" = "$1" ]; then
            echo "$i"
            return
        fi
    done
    echo -1
}

bad=0
for folder in "${floors[@]}"; do
    [ -d "$folder" ] || continue
    own=$(rank "$folder")
    while IFS=: read -r file line text; do
        included=$(sed -n 's/.*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' <<<"$text")
        case $included in
        */*) ;;
        *)
            # Assembly numbers and bare names: own folder or include/.
            if [ -e "$(dirname "$file")/$included" ] || [ -e "include/$included" ]; then continue; fi
            echo "$file:$line: \"$included\" is neither in $folder/ nor in include/"
            bad=1
            continue
            ;;
        esac
        other=$(rank "${included%%/*}")
        if [ "$other" -lt 0 ] || [ "$other" -gt "$own" ]; then
            echo "$file:$line: $folder/ (floor $own) must not include \"$included\""
            bad=1
        fi
    done < <(grep -rnE '#[[:space:]]*include[[:space:]]*"' "$folder" --include='*.[chS]' --include='*.def' || :)
done
exit $bad
