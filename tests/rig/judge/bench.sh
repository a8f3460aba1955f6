#!/bin/bash
# bench.sh - figures: one line each, `bench NAME VALUE UNIT MODEL`.
#
# usage: bench.sh KERNEL ISO
# Sizes are of the files; ticks are what each Bochs model's TSC counted, which are instructions.
# exit status: 0; 1 when a machine did not boot to its end
set -eu

rig=$(dirname "$0")/..
kernel=$1
iso=$2

# Sum of the sizes (in bytes) of the sections whose names match.
section_bytes() {
    size -A -d "$kernel" | awk -v names="$1" '$1 ~ names { sum += $2 } END { print sum + 0 }'
}

echo "bench kernel_text $((($(section_bytes '^\.(boot|text)$') + 1023) / 1024)) KiB any"
echo "bench kernel_image $((($(section_bytes '^\.(boot|text|rodata|data|bss)$') + 1023) / 1024)) KiB any"
echo "bench iso_size $((($(stat -c %s "$iso") + 1023) / 1024)) KiB any"

result=0
while read -r machine kind _; do
    [ "$kind" = bochs ] || continue
    log=$("$rig/boot.sh" "$machine" "$iso" 2>/dev/null) || result=1
    sed -n 's/^\(guest: \)\{0,1\}# bench \(.*\)/bench \2 '"$machine/p" <<<"$log"
done < <(grep -v '^#' "$rig/boot/models")
exit $result
