#!/bin/bash
# Boot an ISO on an emulated machine, show its serial output live, and judge its last line.
#
# usage: boot.sh [-o LOGFILE] [-t SECONDS] [-b BIOS_ROM] [-m MIB] [-c PROCESSORS] [-d DEBUGGER_SCRIPT]
#                [-M MEDIUM] [-s PORT] [-e ENDING] [-x MORE] [-q MONITOR_COMMAND] MACHINE ISO
#   -o  keep the serial output in LOGFILE too
#   -t  time limit in seconds of wall time (default 300: for a machine that hangs, however busy the host)
#   -b  another BIOS (Bochs: a ROM file, or "seabios" for Debian's, which leaves
#       IA32_FEATURE_CONTROL unlocked)
#   -m  memory in MiB (default 256)
#   -c  how many processors (default 1); for QEMU any value of its -smp
#   -d  a file of commands for Bochs's debugger, given at reset; a last "c" (continue) is added
#   -M  what the ISO is: cd (default), disk or, in QEMU, usb (a stick) or net: then ISO is a folder
#       made by tools/netdir.sh; so it is for ipxe, where iPXE, QEMU's PXE, chains GRUB
#   -s  which serial port is shown and judged: com1 (default), com2 or, in QEMU, pci (at 00:04.0)
#   -e  how the machine must end besides: off (ACPI), reset, fault (a triple fault)
#   -x  further words for QEMU's command line, such as "-cpu max,vendor=GenuineIntel"; for Bochs, a line
#       of its configuration
#   -q  a command for QEMU's monitor, given when the kernel says that it waits (crash=wait)
#   MACHINE  a Bochs model of the file boot/models or any other that Bochs knows, or
#            qemu-bios   BIOS           qemu-nolm  a processor without long mode
#            qemu-uefi   OVMF           qemu-kvm   nested VMX: needs /dev/kvm and kvm_intel
#            qemu-microvm  no VGA, no PCI, ACPI of the hardware-reduced kind
#            nested-kvm  qemu-kvm if it is at hand, else the same in a Linux in Bochs's corei7_skylake_x
#            nested-kvm:MODEL  always in Bochs, on another model
#            best        qemu-kvm if it is at hand, else Bochs's corei7_skylake_x; says which and why
#
# environment: LINTEL_BOCHS  3: Bochs 3 for all models (bochs.sh)
# exit status: 0   the last line is "N passed, 0 failed, N skipped" with N passed > 0
#              1   the kernel reported a failure, or that nothing passed
#              2   the machine ended without such a line; the emulator's last lines are on stderr
#              124 the time limit; 125 the machine could not be started: the reason is on stderr
set -eu

rig=$(dirname "$0")
logfile=
limit=300
bios=
memory=256
processors=1
debugger=
medium='cd'
port=com1
ending=
extra=
monitor=
best=corei7_skylake_x
ips=5000000

die() {
    echo "boot.sh: $1" >&2
    exit 125
}

need() {
    command -v "$1" >/dev/null || die "$1 is missing: run tools/deps $2"
}

# Prints why qemu-kvm cannot be used; nothing if it can.
why_no_kvm() {
    local nested=/sys/module/kvm_intel/parameters/nested
    if ! [ -e /dev/kvm ]; then
        echo "there is no /dev/kvm"
    elif ! [ -w /dev/kvm ]; then
        echo "/dev/kvm is not writable (join the group kvm)"
    elif ! [ -r $nested ]; then
        echo "kvm_intel is not loaded (no Intel processor?)"
    elif ! grep -q '[Y1]' $nested; then
        echo "nested VMX is off (modprobe kvm_intel nested=1)"
    elif ! command -v qemu-system-x86_64 >/dev/null; then
        echo "qemu-system-x86_64 is missing (tools/deps qemu)"
    fi
}

choose_best() {
    local why
    why=$(why_no_kvm)
    if [ -z "$why" ]; then
        machine=qemu-kvm
        echo "boot.sh: machine qemu-kvm: /dev/kvm with nested VMX is here" >&2
    else
        machine=$best
        echo "boot.sh: machine $best in Bochs: $why" >&2
    fi
}

# A disk must be whole cylinders, and is never written: the kernel knows no disks.
bochs_medium() {
    case $medium in
        cd)
            echo "ata0-master: type=cdrom, path=$iso, status=inserted"
            echo "boot: cdrom"
            ;;
        disk)
            cp "$iso" "$work/disk"
            truncate -s %516096 "$work/disk"
            echo "ata0-master: type=disk, mode=flat, path=$work/disk, cylinders=0"
            echo "boot: disk"
            ;;
        *) die "Bochs boots from cd or disk, not from $medium" ;;
    esac
}

choose_nested() {
    local why
    why=$(why_no_kvm)
    machine=qemu-kvm
    [ -n "$why" ] || return 0
    machine=nested-kvm:$best
    echo "boot.sh: machine $machine, in a Linux in Bochs: $why" >&2
}

# What a nested machine writes to its port, the Linux below it writes to its second one.
serial_ports() {
    if [ -n "$nested" ]; then
        echo "com1: enabled=1, mode=file, dev=$work/linux"
        port=com2
    fi
    echo "$port: enabled=1, mode=file, dev=$work/serial"
}

# What Linux and KVM want of a processor and Bochs's models lack: IA32_MISC_ENABLE, IA32_DEBUGCTL, and
# a microcode revision for which Linux trusts the TSC deadline timer.
more_msrs() {
    [ -n "$nested" ] || return 0
    printf '%s 0 %s %s 00000000 00000000 %s %s\n' \
        0x1a0 00000000 00041801 00000000 00000000 \
        0x1d9 00000000 00000000 00000000 00000000 \
        0x08b 02007006 00000000 ffffffff ffffffff >"$work/msrs"
    echo ", msrs=\"$work/msrs\""
}

# ips is low because firmware and GRUB wait in virtual time; sync=none lets HLT skip to the next event.
# iodebug is port 0x8900, by which the kernel ends the machine.
bochs_config() {
    # shellcheck disable=SC2016 # Bochs knows $BXSHARE, by bochs.sh
    local rom=${bios:-'$BXSHARE/BIOS-bochs-latest'}
    [ "$rom" != seabios ] || rom=/usr/share/seabios/bios.bin
    [ -z "$bios" ] || [ -r "$rom" ] || die "no BIOS at $rom: run tools/deps bochs"
    cat <<EOF
cpu: model=$model, count=$processors, ips=$ips, reset_on_triple_fault=0, ignore_bad_msrs=0$(more_msrs)
memory: guest=$memory, host=$memory
romimage: file=$rom
vgaromimage: file=\$BXSHARE/VGABIOS-lgpl-latest
display_library: rfb, options="timeout=0"
config_interface: textconfig
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
$(bochs_medium)
$(serial_ports)
clock: sync=none, time0=utc
log: $work/emulator.log
panic: action=fatal
error: action=report, cpu0=ignore
info: action=report, cpu0=ignore
debug: action=ignore
sound: driver=default, waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
speaker: enabled=0
$extra
EOF
}

# Debian 12's Bochs starts in its debugger and must be told to continue; the same does as the end of -d.
bochs_debugger() {
    [ -z "$debugger" ] || cat "$debugger"
    echo c
}

start_bochs() {
    local known options=(-rc "$work/debugger") bochs=("$rig/boot/bochs.sh" "$model")
    known=$("${bochs[@]}" -help cpu 2>&1) || [ $? -ne 127 ] || die "$known"
    grep -qx "$model" <<<"$known" || die "Bochs knows no processor $model (see tests/rig/boot/models, or bochs -help cpu)"
    bochs_config >"$work/bochsrc"
    bochs_debugger >"$work/debugger"
    # Bochs 3 enters its debugger only when asked to.
    [ -z "$debugger" ] || ! "${bochs[@]}" --help 2>&1 | grep -q -- -debugger || options+=(-debugger)
    timeout -k 2 "$limit" "${bochs[@]}" -q -f "$work/bochsrc" "${options[@]}" \
        </dev/null >"$work/emulator.out" 2>&1 &
}

# The ISO becomes the disk of a QEMU in a Linux, and that Linux's ISO is what Bochs boots. Linux wants more
# instructions in a second than a boot loader does, and memory for itself and QEMU.
start_nested() {
    ips=50000000
    "$rig/nested/iso.sh" -m "$memory" -c "$processors" -t $((2 * limit)) -i $ips "$iso" "$work/outer.iso" ||
        die "$machine: its ISO could not be made: the reason is above"
    iso=$work/outer.iso
    memory=$(((memory + 512 + 127) / 128 * 128))
    processors=1
    medium='cd'
    start_bochs
}

ovmf() {
    local file
    for file in /usr/share/OVMF/"$1"_4M.fd /usr/share/OVMF/"$1".fd; do
        [ ! -r "$file" ] || { echo "$file" && return; }
    done
    die "OVMF is missing: run tools/deps qemu"
}

qemu_firmware() {
    local code vars
    if [ "$machine" = qemu-uefi ]; then
        code=$(ovmf OVMF_CODE)
        vars=$(ovmf OVMF_VARS)
        cp "$vars" "$work/vars.fd"
        options+=(-drive "if=pflash,format=raw,readonly=on,file=$code" -drive "if=pflash,format=raw,file=$work/vars.fd")
    fi
    [ -z "$bios" ] || options+=(-bios "$bios")
}

qemu_medium() {
    local loader=boot/grub/i386-pc/core.0

    if [ "$machine" = qemu-microvm ]; then
        options+=(-drive "if=none,id=disk,format=raw,snapshot=on,file=$iso" -device "virtio-blk-device,drive=disk")
        return
    fi
    case $medium in
        cd) options+=(-cdrom "$iso" -boot d) ;;
        disk) options+=(-drive "if=ide,format=raw,snapshot=on,file=$iso") ;;
        usb) options+=(-device qemu-xhci -drive "if=none,id=stick,format=raw,snapshot=on,file=$iso" -device "usb-storage,drive=stick") ;;
        net | ipxe)
            [ "$machine" != qemu-uefi ] || loader=boot/grub/x86_64-efi/core.efi
            [ "$medium" = net ] || loader=boot.ipxe
            options+=(-netdev "user,id=net,tftp=$iso,bootfile=$loader" -device "e1000,netdev=net" -boot n)
            ;;
        *) die "QEMU boots from cd, disk, usb, net or ipxe, not from $medium" ;;
    esac
}

# The other ports are not there.
qemu_serial() {
    case $port in
        com1) options+=(-serial "file:$work/serial") ;;
        com2) options+=(-serial none -serial "file:$work/serial") ;;
        pci) options+=(-serial none -chardev "file,id=serial,path=$work/serial" -device "pci-serial,chardev=serial,addr=4") ;;
        *) die "no serial port $port: there are com1, com2 and pci" ;;
    esac
}

# Ends with the folder, where the kernel never says so.
command_when_waiting() {
    exec >"$work/monitor"
    until grep -aq '^crash: waiting' "$work/log"; do
        [ -d "$work" ] || return 0
        sleep 0.1
    done
    echo "$monitor"
}

start_qemu() {
    local why words input=/dev/null options=(-accel tcg -cpu max) display=(-vga std)
    need qemu-system-x86_64 qemu
    [ -z "$debugger" ] || die "-d is for Bochs's debugger, not for $machine"
    case $machine in
        qemu-bios | qemu-uefi) ;;
        qemu-microvm)
            options+=(-M "microvm,acpi=on,pit=on,pic=on,rtc=on" -bios "${bios:-/usr/share/seabios/bios-microvm.bin}")
            display=()
            ;;
        qemu-nolm) options=(-accel tcg -cpu qemu32) ;;
        qemu-kvm)
            why=$(why_no_kvm)
            [ -z "$why" ] || die "qemu-kvm cannot be used: $why"
            options=(-accel kvm -cpu host)
            ;;
        *) die "no machine $machine: there are qemu-bios, qemu-uefi, qemu-microvm, qemu-nolm and qemu-kvm" ;;
    esac
    qemu_firmware
    if [ -n "$monitor" ]; then
        input=$work/monitor
        mkfifo "$input"
        command_when_waiting 3>&- &
    fi
    qemu_medium
    qemu_serial
    read -ra words <<<"$extra"
    timeout -k 2 "$limit" qemu-system-x86_64 -nodefaults -display none "${display[@]}" -no-reboot -m "$memory" -smp "$processors" \
        "${options[@]}" -device isa-debug-exit,iobase=0xf4,iosize=4 \
        "${words[@]}" -d cpu_reset,trace:qemu_system_shutdown_request -D "$work/emulator.log" ${monitor:+-monitor stdio} <"$input" >"$work/emulator.out" 2>&1 &
}

# Plain lines: no carriage returns, no terminal control (UEFI's and GRUB's console goes to serial as well).
clean() {
    sed -u -e 's/\r//g' -e '/\x1b/ { s/\x1b\[[0-9;]*H/\n/g; s/\x1b\[[0-9;=?]*[A-Za-z]//g; s/^[\n ]*//; /^$/d }'
}

# The verdict is the last line that is not empty.
verdict() {
    grep -a . "$work/log" | tail -n 1 | grep -axE '[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' || true
}

tail_of_logs() {
    cat "$work/emulator.log" "$work/emulator.out" "$work/linux" 2>/dev/null | grep -avE '^=*$|^(FPR|[XYZ]MM)[0-9]' | tail -n "$([ -n "$nested" ] && echo 100 || echo 12)" | sed 's/^/    /' >&2 || true
}

# ended STATUS_OF_THE_EMULATOR: how. What comes after a reset is not the kernel's; QEMU stops there.
ended() {
    if grep -aqF 'Reset(SOFTWARE) called' "$work/emulator.log"; then
        echo reset
    elif grep -aqE 'Triple fault|3rd \([0-9]+\) exception' "$work/emulator.log"; then
        echo fault
    elif grep -aqE '^qemu_system_shutdown_request|ACPI control: soft power off' "$work/emulator.log"; then
        echo off
    elif [[ $machine == qemu-* && $1 -eq 0 ]]; then
        echo reset
    else
        echo exit
    fi
}

# Bochs starts anew after a reset: that much is enough.
stop_at_reset() {
    until grep -aqsF 'Reset(SOFTWARE) called' "$work/emulator.log"; do
        sleep 0.5
        kill -0 "$emulator" 2>/dev/null || return 0
    done
    sleep 1
    kill "$emulator" 2>/dev/null || true
}

# judge STATUS_OF_THE_EMULATOR
judge() {
    local line how
    line=$(verdict)
    how=$(ended "$1")
    if [ "$1" -eq 124 ] || [ "$1" -eq 137 ]; then
        echo "boot.sh: $machine: not ended after $limit s" >&2
        grep -aq . "$work/log" || tail_of_logs
        return 124
    elif ! grep -aq . "$work/log"; then
        echo "boot.sh: $machine: no serial output at all; the emulator (status $1) said:" >&2
        tail_of_logs
        return 125
    elif [ -n "$ending" ] && [ "$how" != "$ending" ]; then
        echo "boot.sh: $machine: ended by $how, not by $ending; the emulator (status $1) said:" >&2
        tail_of_logs
        return 2
    elif [ -z "$line" ] || [ "$how:$ending" = fault: ]; then
        echo "boot.sh: $machine: ended without a verdict or by a triple fault; the emulator (status $1) said:" >&2
        tail_of_logs
        return 2
    elif [[ $line != *" 0 failed"* || $line == "0 passed"* || $1 -eq 35 ]]; then
        return 1
    fi
}

cleanup() {
    if [ -n "${emulator:-}" ]; then
        kill "$emulator" 2>/dev/null || true
        wait "$emulator" 2>/dev/null || true # its processor time is counted
    fi
    rm -rf "$work"
}

usage() {
    sed -n '4,27s/^# //p' "$0" >&2
    exit 125
}

while getopts o:t:b:m:c:d:M:s:e:x:q: option; do
    case $option in
        o) logfile=$OPTARG ;;
        t) limit=$OPTARG ;;
        b) bios=$OPTARG ;;
        m) memory=$OPTARG ;;
        c) processors=$OPTARG ;;
        d) debugger=$OPTARG ;;
        M) medium=$OPTARG ;;
        s) port=$OPTARG ;;
        e) ending=$OPTARG ;;
        x) extra=$OPTARG ;;
        q) monitor=$OPTARG ;;
        *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -eq 2 ] || usage
machine=$1
iso=$2
[ -r "$iso" ] || die "no ISO $iso: run make iso"
[ -z "$debugger" ] || [ -r "$debugger" ] || die "no debugger script $debugger"
[ "$machine" != best ] || choose_best
[ "$machine" != nested-kvm ] || choose_nested
model=$machine
nested=
if [[ $machine == nested-kvm:* ]]; then
    nested=yes
    model=${machine#nested-kvm:}
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/lintel-boot.XXXXXX")
emulator=
trap cleanup EXIT
trap 'exit 125' HUP INT TERM
mkfifo "$work/serial"
: >"$work/linux"
# The printer ends when nobody has the pipe open for writing: we do until the emulator has ended or could not
# be started, so that it waits for no writer that never comes.
exec 3<>"$work/serial"
clean <"$work/serial" 3>&- | tee "$work/log" ${logfile:+"$logfile"} 3>&- &
printer=$!

case $machine in
    qemu-*) start_qemu ;;
    nested-kvm:*) start_nested ;;
    *) start_bochs ;;
esac
emulator=$!
[ "$ending" != reset ] || [[ $machine == qemu-* ]] || stop_at_reset 3>&- &
status=0
wait "$emulator" || status=$?
emulator=
exec 3>&-
wait "$printer"
[ -z "$nested" ] || tr -d '\r' <"$work/linux" | sed -n 's/^nested: /boot.sh: /p' >&2
judge "$status"
