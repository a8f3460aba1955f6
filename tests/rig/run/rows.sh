#!/bin/bash
# rows.sh - what `make check` and `make check-all` run: one row a producer of TAP, NAME<TAB>COMMAND, for run-all.sh.
#
# usage: rows.sh GROUP...    GROUP: lint host fuzz machines smp cases serial screens ends ways builds oracle, of `make check`;
#                            newer nested nested_oracle, of `make check-all`
#
# environment, from the Makefile:
#   KERNEL, ISO         the kernel and its ISO without options
#   VARIANTS            folders of other builds of the kernel (clang, UBSan)
#   HOST_TESTS          the host's test programs
#   FUZZ_TARGETS        the fuzz programs
#   FUZZ_SECONDS        how long each of them runs; 0: only its corpus
#   LINTEL_MACHINES     a folder of real machines' values, or empty
#   LINT_CFLAGS         flags for clang-tidy
#   MODELS_TABLE        the command that prints docs/models.md
#   ABI_DOCS_PAGE       the command that prints docs/abi.md
#   ORACLE_MODELS, ORACLE_SEED          where and from which seed the entry checker is tried
#   C_FILES, ALL_C_FILES, SHELL_FILES   what lint looks at
set -eu

rig=$(dirname "$0")/..
model=corei7_skylake_x # where one processor will do

row() {
    printf '%s\t%s\n' "$1" "$2"
}

lint_rows() {
    row lint-floors 'tests/lint/lint.sh floors'
    row lint-abi "tests/lint/lint.sh made docs/abi.md $ABI_DOCS_PAGE"
    row lint-models "tests/lint/lint.sh made docs/models.md $MODELS_TABLE"
    row lint-format "tests/lint/lint.sh format $ALL_C_FILES"
    row lint-licence "tests/lint/lint.sh licence $ALL_C_FILES $ASM_FILES"
    row lint-shell "tests/lint/lint.sh shell $SHELL_FILES"
    row lint-cppcheck "LINT_CFLAGS='-Iinclude -Ilib -I.' tests/lint/lint.sh cppcheck $C_FILES"
    row lint-tidy "LINT_CFLAGS='$LINT_CFLAGS' tests/lint/lint.sh tidy $C_FILES"
}

host_rows() {
    local test
    row host-usb 'tests/rig/judge/usb.sh'
    row host-refusals 'tests/rig/judge/refusals.sh'
    for test in $HOST_TESTS; do
        row "host-${test##*/test_}" \
            "CMOCKA_MESSAGE_OUTPUT=TAP LINTEL_MACHINES=$LINTEL_MACHINES $test"
    done
}

fuzz_rows() {
    local target
    for target in $FUZZ_TARGETS; do
        row "fuzz-${target##*/fuzz_}" "tests/fuzz/fuzz.sh $target $FUZZ_SECONDS"
    done
}

# machines RIG...: those of the list that run in one of these.
machines() {
    local rig_kind
    for rig_kind in "$@"; do
        awk -v kind="$rig_kind" '$1 !~ /^#/ && $2 == kind { print $1 }' "$rig/boot/models"
    done
}

# Every machine of the list, then one whose absence is said aloud.
machine_rows() {
    local machine
    for machine in $(machines bochs qemu); do
        row "boot-$machine" "tests/rig/judge/tap.sh $machine $ISO"
    done
    row boot-qemu-kvm "tests/rig/judge/tap.sh qemu-kvm $ISO"
}

# Several processors: three generations, BIOS and UEFI, APIC ids with gaps, memory above 4 GiB.
smp_rows() {
    local machine count
    for machine in corei5_lynnfield_750 corei7_skylake_x tigerlake; do
        for count in 2 4; do
            row "smp-$machine-$count" "tests/rig/judge/tap.sh $machine $ISO -c $count"
        done
    done
    row smp-corei7_skylake_x-8 "tests/rig/judge/tap.sh corei7_skylake_x $ISO -c 8"
    row smp-core2_penryn_t9600-2 "tests/rig/judge/tap.sh core2_penryn_t9600 $ISO -c 2"
    row smp-qemu-bios-8 "tests/rig/judge/tap.sh qemu-bios $ISO -c 8"
    row smp-qemu-uefi-2 "tests/rig/judge/tap.sh qemu-uefi $ISO -c 2"
    row smp-qemu-uefi-4 "tests/rig/judge/tap.sh qemu-uefi $ISO -c 4"
    row smp-qemu-bios-gaps "tests/rig/judge/tap.sh qemu-bios $ISO -c 6,sockets=2,cores=3"
    row smp-qemu-bios-6GiB "tests/rig/judge/tap.sh qemu-bios $ISO -m 6144"
    case_row nosmp qemu-bios 0 '^smp: 1 of 4 processors run' nosmp '' '-c 4'
    case_row maxcpus qemu-bios 0 '^smp: 3 of 4 processors run' maxcpus=3 '' '-c 4'
}

# case NAME MACHINE STATUS REGEX CMDLINE GRUB_COMMANDS [BOOT_OPTIONS]
case_row() {
    row "case-$1" "tests/rig/boot/case.sh $KERNEL '$5' '$6' judge/expect.sh $1 $2 '$4' $3 ISO ${7:-}"
}

# module_row NAME GUESTS SELFTEST JUDGE_AND_ARGUMENTS: guests of tests/guest/ as modules.
module_row() {
    local guest modules=
    for guest in $2; do
        modules+="build/ring3/guest/$guest.elf "
    done
    row "case-$1" "LINTEL_MODULES='$modules' tests/rig/boot/case.sh $KERNEL 'selftest=$3' '' $4"
}

# odd_row NAME MACHINE REGEX BOOT_OPTIONS: entered by tests/rig/odd.S.
odd_row() {
    row "case-$1" "tests/rig/boot/case.sh ${KERNEL%/*}/odd.elf 'report=none \
selftest=arch,smp,time,memory,guest.hello' '' judge/expect.sh $1 $2 '$3' 0 ISO $4"
}

case_rows() {
    case_row no_long_mode qemu-nolm 1 '^lintel: this processor has no 64-bit long mode' '' ''
    case_row little_memory qemu-bios 1 '^boot: too little memory: [0-9]+ KiB' '' 'cutmem 4M 4G'
    row case-wrong_magic "tests/rig/boot/case.sh $KERNEL '' '' boot/poke.sh $KERNEL eax 0 \
wrong_magic $model '^lintel: not started by a multiboot2 loader' 1 ISO"
    row case-broken_info "tests/rig/boot/case.sh $KERNEL '' '' boot/poke.sh $KERNEL ebx boot_stack \
broken_info $model '^multiboot2: .*total_size' 1 ISO"
    case_row unlocked $model 0 '^vmx: IA32_FEATURE_CONTROL was unlocked' '' '' '-b seabios'
    case_row locked_off $model 1 '^vmx: VMX is locked off' '' 'wrmsr 0x3a 1' '-b seabios'
    case_row failed_test $model 1 \
        '^# failed: tests/selftest/vmx.c:[0-9]+: vmx.feature_control: VMX is locked off' \
        'selftest=vmx.feature_control' 'wrmsr 0x3a 1' '-b seabios'
    case_row smx_only $model 1 '^vmx: VMX is enabled inside SMX' '' 'wrmsr 0x3a 3' '-b seabios'
    case_row unknown_option $model 0 '^options: unknown option "nosuch"; known: console=' nosuch ''
    # No verdict: boot.sh ends with 2.
    case_row help $model 2 '^options: exit=auto.qemu.*how the machine ends .default: auto.$' \
        help ''
    case_row no_such_test $model 1 '^1\.\.0 ' 'selftest=nosuch' ''
    case_row chosen_tests $model 0 '^1\.\.2$' 'selftest=vmx.on_and_off,msr.presence' ''
    case_row masked $model 0 '^host: without 0x48b:7 unrestricted_guest: needs "enable EPT"' \
        'mask=ept,0x481:6' ''
    # A control that guests cannot do without: one line says so, and no test fails.
    case_row no_host_size $model 0 '^vm: no guests here: .* no "host address-space size" .IA32_VMX_EXIT_CTLS bit 9.$' \
        'mask=0x483:9' ''
    case_row no_virtual_nmis $model 0 '^vm: no guests here: .* no "virtual NMIs"' \
        'mask=vnmi selftest=vmx,guest,process' ''
    case_row no_window $model 0 '^vm: no guests here: .* no "interrupt-window exiting"' \
        'mask=0x482:2 selftest=vmx,guest.hello' ''
    case_row no_invept $model 0 '^vm: no guests here: .* no "INVEPT"' \
        'mask=invept_instruction selftest=vmx,guest.hello' ''
    case_row mask_refused $model 0 '^host: with 0x489:13 vmxe in spite of its mask' 'mask=vmxe' ''
    case_row mask_unknown $model 0 'did you mean unrestricted_guest\?$' 'mask=unrestricted_gest' ''
    case_row missing_uart qemu-bios 0 '^console: no 16550 answers at I/O port 0x2e8' 'console=com4,com1,115200' ''
    case_row port_uart $model 0 '^TAP version 14' 'console=0x3f8,9600' ''
    case_row mitigations_off $model 0 '^mitigation: return predictions: .*off by mitigations=off' mitigations=off ''
    # Modules run whatever selftest= says, side by side, and count as the self-tests do.
    module_row modules 'hello faults' none "judge/expect.sh modules $model '^ok 2 - guest.faults.elf' 0 ISO -c 2"
    module_row module_after_tests hello arch "judge/tap.sh $model ISO"
    module_row module_failed triple none "judge/expect.sh module_failed $model '^not ok 1 - guest.triple.elf' 1 ISO"
    module_row module_no_vmx hello none "judge/expect.sh module_no_vmx qemu-bios \
'^ok 1 - guest.hello.elf . SKIP no VMX' 1 ISO"
    module_row module_endless 'spin hello' 'none console=com1,com2' "judge/ask.py $model ISO"
    row case-bad_module "LINTEL_MODULES=README.md tests/rig/boot/case.sh $KERNEL selftest=none '' \
judge/expect.sh bad_module $model \
'^monitor README.md: the guest.s file: the file does not begin with the letters ELF' 1 ISO"
    # What firmware may do: an entry with everything left on, the APIC in other modes and places.
    for machine in $model tigerlake; do
        odd_row "odd-$machine" "$machine" '^firmware: processor 0 came with IA32_PAT 0x0: changed' '-c 2'
    done
    odd_row odd-qemu qemu-bios '^firmware: .*XD bit disable' '-c 2 -x "-cpu max,vendor=GenuineIntel"'
    case_row x2apic $model 0 'APIC id of the first 0, x2APIC$' 'selftest=smp,time,guest.hello' \
        'wrmsr 0x1b 0xfee00d00' '-c 2'
    case_row moved_apic $model 0 '^smp: 2 of 2 processors run' 'selftest=smp,time' \
        'wrmsr 0x1b 0xfed10900' '-c 2'
    case_row mtrrs_off $model 0 '^firmware: the MTRRs are off' 'selftest=arch,guest.hello' 'wrmsr 0x2ff 0'
    case_row mtrrs_default_wb $model 0 '^ok 2 - guest.hello' 'selftest=arch.symbols,guest.hello' \
        'wrmsr 0x2ff 0x806'
    case_row exit_bochs $model 0 '^TAP version 14' 'exit=bochs' ''
    case_row exit_qemu qemu-bios 0 '^TAP version 14' 'exit=qemu' ''
    case_row crash_ud $model 1 ' crash_if_asked\+0x[0-9a-f]+$' 'crash=ud' ''
    case_row crash_call $model 1 ' crash_if_asked\+0x[0-9a-f]+$' 'crash=call' ''
    case_row crash_pf $model 1 '^panic: unexpected #PF at 0x' 'crash=pf' ''
    case_row crash_stack $model 1 '^trap: #DF \(vector 8\)' 'crash=stack' ''
    case_row crash_everywhere $model 1 '^Bail out! the kernel panicked' 'crash=everywhere' '' '-c 4'
    case_row crash_deaf qemu-bios 1 '^panic: processor 1 .APIC id 1. does not answer a call' \
        'crash=deaf' '' '-c 2'
    case_row nmi qemu-bios 0 '^trap: NMI on processor [01] at .* the kernel goes on$' \
        'crash=wait selftest=arch.canary' '' '-c 2 -q nmi'
    case_row mce_harmless qemu-bios 0 '^machine check: bank 1 on processor 1: IA32_MC1_STATUS 0xb' \
        'crash=wait selftest=arch.canary' '' '-c 2 -q "mce 1 1 0xb000000000000000 1 0 0"'
    case_row mce_fatal qemu-bios 1 '^panic: unexpected #MC at 0x' \
        'crash=wait selftest=arch.canary' '' '-c 2 -q "mce 1 1 0xb200000000000000 1 0 0"'
    case_row no_pit qemu-bios 0 '^time: TSC [0-9.]+ MHz by the HPET' 'selftest=time' '' \
        '-x "-machine pc,pit=off"'
    case_row crash_canary $model 1 '^panic: stack protector: ' 'crash=canary' ''
    case_row long $model 0 '^ok [0-9]+ - guest.no_leak' \
        'long selftest=process.fuzz,guest.no_leak' '' '-t 600'
    for machine in core2_penryn_t9600 $model ryzen; do
        row "json-$machine" "tests/rig/boot/case.sh $KERNEL report=json '' judge/json.sh $machine ISO"
    done
}

# Serial ports that are not COM1; what was printed before they were there must be on them too.
serial_rows() {
    local banner='^lintel [0-9]'
    case_row uart_com2 $model 0 "$banner" 'selftest=arch console=com2,9600' '' '-s com2'
    case_row uart_pci qemu-bios 0 "$banner" 'selftest=arch console=pci' '' '-s pci'
    case_row uart_pci_off qemu-bios 0 '^console: pci: 00:04.0: its I/O decoding was off: turned on' \
        'selftest=arch console=pci,00:04.0,115200' 'setpci -s 00:04.0 COMMAND=0' '-s pci'
    case_row uart_pci_none qemu-bios 0 '^console: pci: there is no serial device' \
        'selftest=arch console=pci,com1' ''
    case_row uart_is_memory qemu-bios 0 '^console: 0x200000 is memory, not a device' \
        'selftest=arch console=mmio,0x200000,com1' ''
    case_row uart_no_spcr qemu-bios 0 '^console: spcr: the firmware has no valid table' \
        'selftest=arch console=spcr,com1' ''
    serial_row spcr_com2 '' com2 "$banner" '0 1 8 1 0x2f8 7'
    serial_row spcr_com1_speed '' com1 '^console: spcr: I/O port 0x3f8, 9600 baud' '0 1 8 1 0x3f8 3'
    serial_row spcr_other '' com1 '^console: spcr: interface type 0x3 is not a 16550' '3 0 32 3 0xfe000000 0'
    serial_row spcr_memory '' memory '^console: spcr: memory 0xfe000000 .32-bit registers.' '18 0 32 3 0xfe000000 0'
    serial_row spcr_is_memory '' com1 '^console: 0x200000 is memory, not a device' '0 0 8 1 0x200000 7'
    serial_row mmio console=mmio32,0xfe000000,115200,com1 memory "$banner" ''
    serial_row mmio_absent console=mmio32,0xfc000000,com1 com1 '^console: no 16550 answers at memory 0xfc000000' ''
}

# The ends that real machines have. Bochs 2.7's BIOS does not survive the reset: it ends there.
end_rows() {
    local machine
    for machine in qemu-bios qemu-uefi qemu-microvm $model; do
        case_row "poweroff_$machine" "$machine" 0 '^acpi: power-off by ' 'selftest=arch exit=poweroff' '' '-e off'
        case_row "reset_$machine" "$machine" 0 '!^end:' 'selftest=arch exit=reset' '' '-e reset'
    done
    case_row poweroff_acpi_mode qemu-bios 0 '!^end:' 'selftest=arch exit=poweroff' 'outw 0x604 0' '-e off'
    case_row poweroff_q35 qemu-bios 0 '!^end:' 'selftest=arch exit=poweroff' '' '-e off -x "-M q35"'
    case_row reset_q35 qemu-bios 0 '!^end:' 'selftest=arch exit=reset' '' '-e reset -x "-M q35"'
    case_row reset_keyboard qemu-bios 0 '!^end:' 'selftest=arch exit=reset' '' '-e reset -x "-M acpi=off"'
    case_row reset_chipset qemu-bios 0 '^end: the keyboard controller.s reset .* did nothing' \
        'selftest=arch exit=reset' '' '-e reset -x "-M pc,acpi=off,i8042=off"'
    case_row reset_fault qemu-bios 0 '^end: port 0xcf9 did nothing' \
        'selftest=arch exit=reset' '' '-e fault -x "-M isapc,i8042=off"'
    case_row poweroff_none qemu-bios 124 '^end: no power-off, halting: there is no valid FADT' \
        'selftest=arch exit=poweroff' '' '-t 30 -x "-M acpi=off"'
}

# serial_row NAME OPTIONS PORT REGEX SPCR
serial_row() {
    row "serial-$1" "tests/rig/judge/serial.sh $1 $KERNEL 'selftest=arch $2' $3 '$4' '$5'"
}

# screen NAME MACHINE VERDICT GFXPAYLOAD CMDLINE [BOOT_OPTIONS]
screen_row() {
    row "screen-$1" "LINTEL_GFXPAYLOAD=$4 tests/rig/boot/case.sh $KERNEL '$5 exit=halt' '' screen/screen.sh $2 $3 ISO ${6:-}"
}

# What is on the screen, in each kind of pixels, against the serial line. Without the tests of time, which
# a busy host may disturb.
screen_rows() {
    screen_row uefi qemu-uefi passed '' selftest=arch
    screen_row uefi_panic qemu-uefi failed '' crash=ud
    screen_row uefi_in_memory qemu-uefi passed '' selftest=arch '-x "-vga none -device ramfb"'
    screen_row bios_24 qemu-bios passed 1024x768x24 'selftest=arch console=fb,com1'
    screen_row bios_16 qemu-bios passed 1024x768x16 selftest=arch
    screen_row bios_15 qemu-bios failed 800x600x15 'selftest=nosuch'
    screen_row bios_large qemu-bios passed 1920x1080x32 selftest=arch
    screen_row text qemu-bios passed text selftest=arch
    screen_row text_panic qemu-bios failed '' crash=pf
    screen_row bochs $model passed '' ''
    row pause "tests/rig/boot/case.sh $KERNEL 'pause=3600 console=com1,com2,vga' '' screen/pause.sh ISO"
    case_row pause_ends qemu-bios 0 '^TAP version 14' 'pause=1 selftest=arch' ''
    case_row pause_no_keyboard qemu-bios 0 '^TAP version 14' 'pause=1 selftest=arch' '' \
        '-x "-machine pc,i8042=off"'
}

# The other builds boot once, on the newest model; undefined behaviour must be noticed by those
# that look for it.
build_rows() {
    local variant name
    for variant in $VARIANTS; do
        name=${variant##*/}
        row "boot-$name" "tests/rig/boot/case.sh $variant/lintel.elf '' '' judge/tap.sh tigerlake ISO"
        row "boot-$name-qemu" "tests/rig/boot/case.sh $variant/lintel.elf '' '' judge/tap.sh qemu-bios ISO"
        [[ $name != *ubsan* ]] ||
            row "case-undefined-$name" "tests/rig/boot/case.sh $variant/lintel.elf crash=undefined '' \
judge/expect.sh undefined-$name $model \
'^panic: undefined behaviour: signed overflow of an addition at (\\./)?boot/crash.c:[0-9]+' 1 ISO"
    done
    row reproducible 'tests/rig/judge/reproducible.sh'
}

# A sample of what `make oracle` runs.
oracle_rows() {
    for machine in $ORACLE_MODELS; do
        row "oracle-$machine" "tests/rig/judge/oracle.sh $KERNEL $machine 20000 $ORACLE_SEED"
    done
}

# way NAME MACHINE MEDIUM [WHAT]: the ISO as a disk and as a stick; a folder over the net.
way_row() {
    row "way-$1" "tests/rig/boot/case.sh $KERNEL 'report=none selftest=arch' '' \
judge/expect.sh way-$1 $2 '^ok [0-9]+ - arch.symbols' 0 ${4:-ISO} -M $3"
}

way_rows() {
    way_row disk-bochs $model disk
    way_row disk-bios qemu-bios disk
    way_row usb-bios qemu-bios usb
    way_row usb-uefi qemu-uefi usb
    way_row net-bios qemu-bios net NETDIR
    way_row net-uefi qemu-uefi net NETDIR
    way_row net-ipxe qemu-bios ipxe NETDIR
}

# More than 512 GiB; and more than fits a table below 4 GiB. QEMU takes from the host what is touched.
huge_rows() {
    local size
    for size in 600 1100; do
        row "memory-${size}GiB" "tests/rig/boot/case.sh $KERNEL 'report=none selftest=memory,smp' '' judge/expect.sh \
memory-${size}GiB qemu-bios '^memory: [0-9]{6,} MiB free' 0 ISO -m ${size}G -c 2 -x \"-cpu max,phys-bits=46 \
-object memory-backend-ram,id=ram,size=${size}G,reserve=off -machine memory-backend=ram\""
    done
}

# Bochs 3: models of its own, and other values for those that older versions know.
newer_rows() {
    local machine
    row oracle-sapphire_rapids "tests/rig/judge/oracle.sh -t 600 $KERNEL sapphire_rapids 20000 $ORACLE_SEED"
    row smp-sapphire_rapids-2 "tests/rig/judge/tap.sh sapphire_rapids $ISO -c 2"
    for machine in $(machines bochs3 bochs); do
        row "boot-$machine-bochs3" "LINTEL_BOCHS=3 tests/rig/judge/tap.sh $machine $ISO"
    done
}

# Under KVM's nested VMX (nested/kvm.sh): what fits into minutes where each exit costs so much.
nested_rows() {
    local nested=nested-kvm tests
    tests=arch,memory,msr,smp,time,vmx,process.calls,process.bad,process.vcpus,process.fuzz
    tests+=,guest.hello,guest.faults,guest.user_mode,guest.remap,guest.triple,guest.wild
    row nested-kvm "tests/rig/boot/case.sh $KERNEL 'console=com1 selftest=$tests' '' judge/tap.sh $nested ISO -t 1200"
    row nested-kvm-2 "tests/rig/boot/case.sh $KERNEL 'console=com1 report=none selftest=vmx,smp,guest.hello,guest.wander.hello' '' \
judge/expect.sh nested-kvm-2 $nested '^smp: 2 of 2 processors run' 0 ISO -c 2 -t 1200"
}

# By itself: KVM has been seen to give a VM up here (docs/nested-kvm.md), so that CI leaves it out.
nested_oracle_rows() {
    row oracle-nested-kvm "tests/rig/judge/oracle.sh -t 1800 $KERNEL nested-kvm 1000 1 0 7"
}

for group in "$@"; do
    case $group in
    lint) lint_rows ;;
    host) host_rows ;;
    fuzz) fuzz_rows ;;
    machines) machine_rows ;;
    smp) smp_rows ;;
    cases) case_rows ;;
    serial) serial_rows ;;
    screens) screen_rows ;;
    ends) end_rows ;;
    builds) build_rows ;;
    oracle) oracle_rows ;;
    ways) way_rows ;;
    newer) newer_rows && huge_rows ;;
    nested) nested_rows ;;
    nested_oracle) nested_oracle_rows ;;
    *)
        echo "rows.sh: no group $group: lint, host, fuzz, machines, smp, cases, serial, screens, ends, ways, builds, oracle, newer, nested or nested_oracle" >&2
        exit 2
        ;;
    esac
done
