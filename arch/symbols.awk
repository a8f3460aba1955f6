# SPDX-License-Identifier: BSD-2-Clause
# symbols.awk - from `nm -n` of the linked kernel, the table that backtraces are printed with.
# Only functions count (types t and T between text_start and text_end); panic.c has the layout.
$3 == "text_start" { low = $1; on = 1; next }
$3 == "text_end" { on = 0 }
on && ($2 == "t" || $2 == "T") && $3 !~ /^\.L/ && $1 != last {
    entries = entries sprintf("\t.long 0x%s - 0x%s, %d\n", $1, low, used)
    names = names sprintf("\t.asciz \"%s\"\n", $3)
    used += length($3) + 1
    last = $1
    count++
}
END {
    print "\t.section .symbols, \"a\"\n\t.balign 8"
    print "\t.globl symbols, symbol_count, symbol_names"
    printf "symbols:\n%s", entries
    printf "symbol_count:\n\t.long %d\n", count
    printf "symbol_names:\n%s\t.byte 0\n", names
    print "\t.section .note.GNU-stack, \"\", @progbits"
}
