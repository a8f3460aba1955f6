# SPDX-License-Identifier: BSD-2-Clause
# Lintel. `make help` lists the targets; docs/testing.md explains the tests.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.DEFAULT_GOAL := kernel

# --- what to build with ----------------------------------------------------------------------
# CROSS_COMPILE=x86_64-linux-gnu- (or x86_64-elf-) chooses the GNU tools, LLVM=1 clang and lld.
CROSS_COMPILE ?=
ifdef LLVM
CC      := clang --target=x86_64-linux-gnu
LD      := ld.lld
NM      := llvm-nm
OBJCOPY := llvm-objcopy
BUILD   ?= build/llvm
else
CC      := $(CROSS_COMPILE)gcc
LD      := $(CROSS_COMPILE)ld
NM      := $(CROSS_COMPILE)nm
OBJCOPY := $(CROSS_COMPILE)objcopy
BUILD   ?= build
endif
HOSTCC  ?= cc

# UBSAN=1: undefined behaviour ends the run with file and line.
ifdef UBSAN
ifeq ($(BUILD),build)
BUILD   := build/ubsan
endif
ifeq ($(BUILD),build/llvm)
BUILD   := build/llvm-ubsan
endif
UBSAN_FLAGS := -fsanitize=undefined $(if $(LLVM),-fno-sanitize=function) -DLINTEL_UBSAN
endif

# V=1 shows the commands.
Q   := $(if $(V),,@)
say  = $(if $(V),@:,@printf '  %-7s %s\n' $(1) $(2))

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wold-style-definition -Wwrite-strings -Wpointer-arith -Wcast-qual -Wcast-align \
            -Wundef -Wvla -Wimplicit-fallthrough -Wformat=2 -Wmissing-declarations
FREESTANDING := -std=gnu11 -ffreestanding -m64 -march=x86-64 -mcmodel=kernel -mno-red-zone \
            -mgeneral-regs-only -fno-pic -fno-pie -fno-common -fno-strict-aliasing \
            -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fcf-protection=none \
            -fstack-protector-strong -mstack-protector-guard=global \
            -ffunction-sections -fdata-sections
PREFIX_MAP := "-ffile-prefix-map=$(CURDIR)=."
# Small before fast, except for what runs at each VM exit (see HOT below). `make bench` has both
# figures: kernel_text and guest_cpuid.
OPTIMISE := -Os
INCLUDES := -iquote include -iquote lib -iquote . -iquote $(BUILD)
CFLAGS    = $(OPTIMISE) -g $(FREESTANDING) $(WARNINGS) $(PREFIX_MAP) $(INCLUDES)
ASFLAGS  := -g -m64 -ffreestanding $(PREFIX_MAP) $(INCLUDES)
LDFLAGS  := -m elf_x86_64 -nostdlib -static -z noexecstack -z max-page-size=4096 --build-id=none \
            --gc-sections --no-warn-rwx-segments

# GNU ld of Debian 12 has the last flag, lld does not.
ifdef LLVM
LDFLAGS := $(filter-out --no-warn-rwx-segments,$(LDFLAGS))
endif

# No indirect call or jump is predicted: what a guest or a process taught the predictor is not used
# (make bench: what that costs is in docs/performance.md).
ifdef LLVM
FREESTANDING += -mretpoline -fno-jump-tables
else
FREESTANDING += -mindirect-branch=thunk -mindirect-branch-register -fno-jump-tables
endif

# --- the house, floor by floor ---------------------------------------------------------------
FLOORS        := include lib arch msr vmx vmx/check kern/mem kern/task kern/vm kern/sys boot \
                 tests/bare tests/selftest tests/oracle
OFFSET_SOURCES := arch/offsets.c vmx/offsets.c kern/vm/offsets.c

C_SOURCES     := $(filter-out $(OFFSET_SOURCES),$(sort $(foreach f,$(FLOORS),$(wildcard $(f)/*.c))))
S_SOURCES     := $(sort $(foreach f,$(FLOORS),$(wildcard $(f)/*.S)))
# A file is pure when its first comment says PURE; the host build proves it (see "pure code" below).
PURE_SOURCES  := $(shell awk '/PURE/ { print FILENAME; nextfile } FNR > 1 && /\*\// { nextfile }' $(C_SOURCES))
OBJECTS       := $(C_SOURCES:%.c=$(BUILD)/%.o) $(S_SOURCES:%.S=$(BUILD)/%.S.o)
OFFSETS       := $(OFFSET_SOURCES:%.c=$(BUILD)/%.h)

KERNEL := $(BUILD)/lintel.elf
ISO    := $(BUILD)/lintel.iso

.PHONY: kernel
kernel: $(KERNEL)

# The rule of the house: what breaks it is not compiled.
.PHONY: floors
floors:
	@tools/floors.sh

# Flags that change rebuild everything.
FLAGS_FILE := $(BUILD)/flags
.PHONY: force
$(FLAGS_FILE): force floors
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS) $(UBSAN_FLAGS) $(LDFLAGS)' | cmp -s - $@ || \
	    echo '$(CC) $(CFLAGS) $(UBSAN_FLAGS) $(LDFLAGS)' > $@

$(BUILD)/%.o: %.c $(FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(UBSAN_FLAGS) $(EXTRA_CFLAGS) -MMD -MP -c $< -o $@

# Loops must not become calls of the functions that they are.
$(BUILD)/lib/string.o: EXTRA_CFLAGS := -fno-builtin \
    $(if $(LLVM),,-fno-tree-loop-distribute-patterns)

$(BUILD)/%.S.o: %.S $(OFFSETS) $(FLAGS_FILE)
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ASFLAGS) -MMD -MP -c $< -o $@

HOT := tests/bare/bare kern/vm/vcpu_run kern/vm/vcpu_exit kern/vm/vcpu_msr kern/vm/guest_msr \
       kern/vm/inject kern/sys/syscall kern/vm/vcpu arch/syscall
$(HOT:%=$(BUILD)/%.o): OPTIMISE := -O2
# Their functions are missing in backtraces: 181 -> 177 ticks for a permitted RDMSR exit.
$(HOT:%=$(BUILD)/%.o): EXTRA_CFLAGS := -fomit-frame-pointer

# Self-tests run in the order in which they stand in their file (clang keeps it anyway).
$(BUILD)/tests/selftest/%.o: EXTRA_CFLAGS := $(if $(LLVM),,-fno-toplevel-reorder)

# Numbers for assembly: the compiler's own, out of its assembly output.
$(OFFSETS): $(BUILD)/%.h: %.c $(FLAGS_FILE)
	$(call say,OFFSETS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -MMD -MP -MT $@ -S $< -o $(@:.h=.s)
	$(Q)sed -n 's/.*"=> \([A-Za-z0-9_]*\) \$$*\([0-9-]*\)".*/#define \1 \2/p' $(@:.h=.s) > $@

# --- ring 3: processes and guests, embedded in the kernel's image -------------------------------
# A process is user/ and its own files; test_monitor is the monitor with the main() of tests/monitor/.
# A guest is tests/guest/guest.c, start.S and one file. All are plain code, without sanitizers, which
# could not report to anybody there.
RING3      := $(BUILD)/ring3
SHARED     := lib/format.c lib/string.c lib/elf.c
USER       := $(wildcard user/*.c user/*.S) $(SHARED)
GUEST_BASE := tests/guest/guest.c tests/guest/start.S lib/format.c lib/string.c
GUESTS     := $(filter-out guest,$(basename $(notdir $(wildcard tests/guest/*.c))))
PROCESSES  := $(basename $(notdir $(wildcard tests/process/*.c)))
IMAGES     := monitor test_monitor $(PROCESSES:%=process/%) $(GUESTS:%=guest/%)

RING3_CFLAGS = $(RING3_OPTIMISE) -g $(filter-out -mcmodel=kernel -fstack-protector-strong \
               -mstack-protector-guard=global -mretpoline -mindirect-branch=thunk \
               -mindirect-branch-register,$(FREESTANDING)) -fno-stack-protector $(WARNINGS) \
               $(PREFIX_MAP) $(INCLUDES)
RING3_LD     = $(LD) -m elf_x86_64 -nostdlib -static -z noexecstack -z max-page-size=4096 \
               --build-id=none --gc-sections $(if $(LLVM),,--no-warn-rwx-segments)

ring3_objects = $(patsubst %,$(RING3)/%.o,$(basename $(1)))

$(RING3)/%.o: %.c $(FLAGS_FILE)
	$(call say,USERCC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(RING3_CFLAGS) $(if $(filter lib/string.c,$<),-fno-builtin \
	    $(if $(LLVM),,-fno-tree-loop-distribute-patterns)) -MMD -MP -c $< -o $@

$(RING3)/%.o: %.S $(FLAGS_FILE)
	$(call say,USERAS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ASFLAGS) -MMD -MP -c $< -o $@

# The monitor answers exits: 614 -> 588 ticks for a port that it answers.
RING3_OPTIMISE := -Os
$(RING3)/monitor/%.o: RING3_OPTIMISE := -O2

$(RING3)/monitor.elf: $(call ring3_objects,$(USER) $(wildcard monitor/*.c)) user/program.ld
	$(Q)$(RING3_LD) -T user/program.ld -o $@ $(filter %.o,$^)

TEST_MONITOR := tests/monitor/main.c $(filter-out monitor/main.c,$(wildcard monitor/*.c))
$(RING3)/test_monitor.elf: $(call ring3_objects,$(USER) $(TEST_MONITOR)) user/program.ld
	$(Q)$(RING3_LD) -T user/program.ld -o $@ $(filter %.o,$^)

$(RING3)/process/%.elf: $(RING3)/tests/process/%.o $(call ring3_objects,$(USER)) user/program.ld
	@mkdir -p $(@D)
	$(Q)$(RING3_LD) -T user/program.ld -o $@ $(filter %.o,$^)

$(RING3)/guest/%.elf: $(RING3)/tests/guest/%.o $(call ring3_objects,$(GUEST_BASE)) tests/guest/guest.ld
	@mkdir -p $(@D)
	$(Q)$(RING3_LD) -T tests/guest/guest.ld -o $@ $(filter %.o,$^)

.PRECIOUS: $(RING3)/%.elf $(RING3)/process/%.elf $(RING3)/guest/%.elf $(RING3)/%.o $(RING3)/%.stripped
$(RING3)/%.stripped: $(RING3)/%.elf
	$(Q)$(OBJCOPY) --strip-all $< $@

# struct image of kern/task/images.h, and the files themselves.
$(RING3)/images.S: $(FLAGS_FILE) $(IMAGES:%=$(RING3)/%.stripped)
	@{ echo '.section .images.table, "a"'; \
	   i=0; for name in $(IMAGES); do i=$$((i + 1)); echo ".quad name$$i, start$$i, end$$i"; done; \
	   i=0; for name in $(IMAGES); do i=$$((i + 1)); \
	       printf '.section .rodata.images, "a"\nname%s: .asciz "%s"\n' $$i $$name; \
	       printf '.section .images.files, "a"\n.balign 4096\nstart%s: .incbin "%s"\nend%s:\n' \
	           $$i $(RING3)/$$name.stripped $$i; done; \
	   echo '.balign 4096'; echo '.section .note.GNU-stack, "", @progbits'; } > $@

$(RING3)/images.o: $(RING3)/images.S
	$(Q)$(CC) -c $< -o $@

OBJECTS += $(RING3)/images.o

# --- the font of the screen: a console font of the distribution, embedded --------------------------
FONT ?= /usr/share/consolefonts/Lat15-TerminusBold16.psf.gz

# lib/font.c reads it; what cannot be one is noticed here.
$(BUILD)/font.psf: $(wildcard $(FONT)) $(FLAGS_FILE)
	@[ -r "$(FONT)" ] || { echo "no font $(FONT): run tools/deps build, or give FONT= another" >&2; \
	    exit 1; }
	$(Q)gzip -dc "$(FONT)" > $@
	@case $$(od -An -tx1 -N4 $@ | tr -d ' ') in 3604*|72b54a86) ;; \
	    *) echo "$(FONT) is not a font in PSF form" >&2; exit 1 ;; esac
	@[ "$$(wc -c < $@)" -ge 2048 ] || { echo "$(FONT) lacks characters" >&2; exit 1; }

$(BUILD)/font.S: $(BUILD)/font.psf
	@printf '.section .rodata, "a"\n.globl font_start, font_end\nfont_start: .incbin "%s"\nfont_end:\n\
	.section .note.GNU-stack, "", @progbits\n' $< > $@

$(BUILD)/font.o: $(BUILD)/font.S
	$(Q)$(CC) -c $< -o $@

OBJECTS += $(BUILD)/font.o
-include $(shell find $(RING3) -name '*.d' 2>/dev/null)

$(BUILD)/linker.ld: linker.ld include/layout.h $(FLAGS_FILE)
	$(Q)$(CC) -E -P -x c -D__ASSEMBLER__ -iquote include $< -o $@

# Linked twice: the first time without symbol names, the second with the table made from it. The
# table comes after all code, so that no function moves.
$(BUILD)/no_symbols.S: arch/symbols.awk
	@mkdir -p $(@D)
	$(Q)awk -f arch/symbols.awk </dev/null > $@

$(BUILD)/symbols.S: $(BUILD)/lintel.no_symbols.elf
	$(Q)$(NM) -n $< | awk -f arch/symbols.awk > $@

$(BUILD)/no_symbols.o $(BUILD)/symbols.o: %.o: %.S
	$(Q)$(CC) -c $< -o $@

LINK = $(LD) $(LDFLAGS) -T $(BUILD)/linker.ld -o $@

$(BUILD)/lintel.no_symbols.elf: $(OBJECTS) $(BUILD)/no_symbols.o $(BUILD)/linker.ld
	$(Q)$(LINK) $(OBJECTS) $(BUILD)/no_symbols.o

$(KERNEL): $(BUILD)/lintel.no_symbols.elf $(BUILD)/symbols.o
	$(call say,LINK,$@)
	$(Q)$(LINK) $(OBJECTS) $(BUILD)/symbols.o

# The kernel as bad firmware might enter it: tests/rig/boot/odd.S. `.boot` has a page of its own, so that
# nothing else moves.
ODD := $(BUILD)/odd.elf
.PHONY: odd
odd: $(ODD)
$(ODD): $(KERNEL) $(BUILD)/tests/rig/boot/odd.S.o
	$(call say,LINK,$@)
	$(Q)$(LINK) -e odd_start $(OBJECTS) $(BUILD)/symbols.o $(BUILD)/tests/rig/boot/odd.S.o

-include $(OBJECTS:.o=.d) $(OFFSETS:.h=.d) $(BUILD)/tests/rig/boot/odd.S.d

# --- the ISO ---------------------------------------------------------------------------------
# make iso CMDLINE="report=json": options for the kernel in the ISO's menu.
CMDLINE ?=
DEPS    := tools/deps

.PHONY: iso
iso: $(ISO)

# The command line is part of the ISO: a file remembers it, so that a new one makes a new ISO.
$(BUILD)/cmdline: force
	@mkdir -p $(@D)
	@printf '%s' '$(subst ','\'',$(CMDLINE))' | cmp -s - $@ || printf '%s' '$(subst ','\'',$(CMDLINE))' > $@

$(ISO): $(KERNEL) $(BUILD)/cmdline tools/iso.sh
	@$(DEPS) iso
	$(call say,ISO,$@)
	$(Q)tools/iso.sh $(KERNEL) $@ "$$(cat $(BUILD)/cmdline)"

# make usb DEV=/dev/sdX: writes the ISO to a stick; it asks first, and refuses any other disk.
.PHONY: usb
usb:
	@[ -n '$(DEV)' ] || { echo 'make usb: which stick? DEV=/dev/sdX; lsblk lists them' >&2; exit 1; }
	@$(MAKE) iso
	@tools/write-stick.sh $(ISO) '$(DEV)'

.PHONY: run
run:
	@$(DEPS) build iso bochs
	@$(MAKE) iso
	@tests/rig/boot.sh best $(ISO)

# --- pure code, compiled unchanged for the host --------------------------------------------------
# The host's include path has msr/, vmx/, kern/ and boot/ but no arch/: what is not pure does not compile.
HOST        := build/host
HOST_ROOT   := $(HOST)/root
HOST_CFLAGS := -std=gnu11 -g $(if $(COVERAGE),-O0 --coverage,-O1) $(WARNINGS) -iquote include -iquote lib \
               -iquote $(HOST_ROOT) -iquote tests/host
ifndef COVERAGE
HOST_CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
HOST_OBJECTS := $(PURE_SOURCES:%.c=$(HOST)/%.o)
# What a test can be linked with: the oracle's pure part asks the machine's part for values.
LINKED       := $(filter-out tests/oracle/%,$(PURE_SOURCES))
HOST_PURE    := $(HOST)/pure.a
HOST_SOURCES := $(wildcard tests/host/test_*.c)
HOST_TESTS   := $(HOST_SOURCES:tests/host/%.c=$(HOST)/%)

# A folder of real machines' MSR values, not part of this repository: test_machines decodes all of
# them, and is skipped where there are none. A folder of that name beside the sources is found.
REAL_MACHINES ?= $(firstword $(wildcard ../real-machines ../*/real-machines))

# The same of VM entries that failed elsewhere: test_cases judges them.
REAL_CASES    ?= $(firstword $(wildcard ../cases/vmcs ../*/cases/vmcs))

$(HOST_ROOT):
	@mkdir -p $@
	@for floor in msr vmx kern boot tests; do ln -sfn ../../../$$floor $@/$$floor; done

$(HOST)/%.o: %.c Makefile | $(HOST_ROOT)
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -MMD -MP -c $< -o $@

# A test is linked with the pure files that it calls: one that does not call what was changed stays the same
# program, and what it printed when it passed still stands.
$(HOST_PURE): $(LINKED:%.c=$(HOST)/%.o)
	@rm -f $@
	$(Q)ar rcs $@ $^

# cmocka's macros cast const away.
$(HOST)/tests/host/%.o: HOST_CFLAGS := $(filter-out -Wcast-qual,$(HOST_CFLAGS))
.SECONDARY: $(HOST_SOURCES:%.c=$(HOST)/%.o)

$(HOST)/test_%: $(HOST)/tests/host/test_%.o $(HOST_PURE)
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) $^ -lcmocka -ljansson -o $@

.PHONY: pure host-tests
pure: $(HOST_OBJECTS)
host-tests: $(HOST_TESTS)

-include $(HOST_OBJECTS:.o=.d) $(HOST_SOURCES:%.c=$(HOST)/%.d)

# docs/models.md: the golden files of all processor models side by side, written by `make models`.
MODELS       := $(HOST)/models
MODELS_TABLE := $(MODELS) tests/rig/boot/models tests/golden/bochs-2.7 tests/golden/bochs-3.0

$(MODELS): tests/golden/models.c $(HOST)/msr/names.o $(HOST)/msr/present.o | $(HOST_ROOT)
	$(call say,HOSTCC,$<)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -MMD -MP $(filter %.c %.o,$^) -o $@

.PHONY: models
models: $(MODELS)
	@$(MODELS_TABLE) > docs/models.md

# docs/abi.md: what it says of each system call comes from include/abi_calls.def, by `make abi-docs`.
ABI_DOCS      := $(HOST)/abi_docs
ABI_DOCS_PAGE := $(ABI_DOCS) docs/abi.md tests/process/examples.c

$(ABI_DOCS): tools/abi_docs.c
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -MMD -MP $< -o $@

.PHONY: abi-docs
abi-docs: $(ABI_DOCS)
	@$(ABI_DOCS_PAGE) > $(HOST)/abi.md
	@cp $(HOST)/abi.md docs/abi.md

.PHONY: docs-programs
docs-programs: $(MODELS) $(ABI_DOCS)

-include $(MODELS).d $(ABI_DOCS).d

# --- fuzzing -----------------------------------------------------------------------------------
# make fuzz FUZZ_SECONDS=60: each target for so long; `check` only replays their corpora.
FUZZ         := build/fuzz
FUZZ_SECONDS ?= 60
FUZZ_CFLAGS  := $(filter-out -Wcast-qual,$(HOST_CFLAGS))
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_TARGETS := $(FUZZ_SOURCES:tests/fuzz/%.c=$(FUZZ)/%)
FUZZ_PURE    := $(FUZZ)/pure.a

.SECONDARY: $(LINKED:%.c=$(FUZZ)/%.o) $(FUZZ_SOURCES:%.c=$(FUZZ)/%.o)
$(FUZZ)/%.o: %.c Makefile | $(HOST_ROOT)
	$(call say,FUZZCC,$<)
	@mkdir -p $(@D)
	$(Q)clang $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@

$(FUZZ_PURE): $(LINKED:%.c=$(FUZZ)/%.o)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(FUZZ)/fuzz_%: $(FUZZ)/tests/fuzz/fuzz_%.o $(FUZZ_PURE)
	$(call say,FUZZLD,$@)
	$(Q)clang $(FUZZ_CFLAGS) -fsanitize=fuzzer $^ -ljansson -o $@

.PHONY: fuzz-targets fuzz
fuzz-targets: $(FUZZ_TARGETS)
fuzz:
	@$(DEPS) host fuzz
	@$(MAKE) ROWS='fuzz-*' LOGS=build/fuzz-logs run-rows

-include $(patsubst %.c,$(FUZZ)/%.d,$(LINKED) $(FUZZ_SOURCES))

# --- proofs and coverage ---------------------------------------------------------------------
.PHONY: proof coverage
proof:
	@$(DEPS) proof
	@tests/proof/prove.sh

# The host tests once more, with gcc's counters: branches that no test takes, file by file.
coverage:
	@$(DEPS) build host
	@$(MAKE) -j$$(nproc) HOST=build/coverage COVERAGE=1 host-tests
	@tests/host/coverage.py build/coverage $(REAL_MACHINES) -- $(LINKED)

# --- checks ----------------------------------------------------------------------------------
LINT_CFLAGS  := --target=x86_64-linux-gnu $(filter-out -Werror -ffunction-sections -m%branch=thunk -m%branch-register,$(FREESTANDING)) \
                -iquote include -iquote lib -iquote . -iquote build
RING3_FOLDERS := user monitor tests/monitor tests/process tests/guest
ALL_C_FILES  := $(sort $(foreach f,$(FLOORS) $(RING3_FOLDERS) tests/host tests/bench tests/fuzz tests/golden \
                tests/proof tools,$(wildcard $(f)/*.c $(f)/*.h)))
ASM_FILES    := $(S_SOURCES) $(wildcard $(RING3_FOLDERS:%=%/*.S) $(FLOORS:%=%/*.def))
TIDY_FILES   := $(C_SOURCES) $(wildcard $(RING3_FOLDERS:%=%/*.c))
SHELL_FILES  := tools/deps $(wildcard tools/*.sh tests/*/*.sh tests/rig/*/*.sh) .ci/run
LOGS         := build/logs
# Rows of tests/rig/run/rows: all of a tier, or those that ROWS names (make check ROWS='smp case-long !pause').
ROWS         ?=
TIER         ?= check
CHECK         = FUZZ_SECONDS="$(FUZZ_SECONDS)" ORACLE_SEED="$(ORACLE_SEED)" \
                LINTEL_MACHINES="$(REAL_MACHINES)" LINTEL_CASES="$(REAL_CASES)" \
                LINT_CFLAGS="$(LINT_CFLAGS)" C_FILES="$(TIDY_FILES)" ALL_C_FILES="$(ALL_C_FILES)" \
                ASM_FILES="$(ASM_FILES)" SHELL_FILES="$(SHELL_FILES)" \
                MODELS_TABLE="$(MODELS_TABLE)" ABI_DOCS_PAGE="$(ABI_DOCS_PAGE)" \
                tests/rig/run/check.py -l $(LOGS) -t $(TIER)
CHOSEN        = $(foreach row,$(ROWS),'$(row)')

# Three generations: without EPT; with all that 2017 had; with CET, MTF and sub-page permissions.
ORACLE_MODELS := core2_penryn_t9600 corei7_skylake_x tigerlake
ORACLE_SEED   ?= 1
ORACLE_COUNT  ?= 1000000

# The other builds, as the rows name them.
ifeq ($(BUILD),build)
build/llvm/lintel.elf build/llvm-ubsan/lintel.elf: MORE := LLVM=1
build/ubsan/lintel.elf build/llvm-ubsan/lintel.elf: MORE += UBSAN=1
build/llvm/lintel.elf build/ubsan/lintel.elf build/llvm-ubsan/lintel.elf: force
	@$(MAKE) $(MORE) BUILD=$(@D) kernel
endif

# Everything that a commit must pass. The last line is `N passed, N failed, N skipped`.
.PHONY: check check-all rows run-rows lint
check:
	@$(DEPS) all
	@$(MAKE) FUZZ_SECONDS=0 run-rows

# What the rows need is built first.
run-rows:
	@needs=$$($(CHECK) --needs $(CHOSEN)) && $(MAKE) -s -j$$(nproc) BUILD=build CMDLINE= $$needs
	@$(CHECK) $(ANEW) $(CHOSEN)

# The long rows besides, and nothing from earlier runs.
check-all:
	@$(DEPS) newer nested
	@$(MAKE) TIER=all ANEW=--anew check

rows:
	@$(CHECK) --list $(CHOSEN)

lint:
	@$(DEPS) build host lint
	@$(MAKE) ROWS=lint LOGS=build/lint-logs run-rows

# The entry checker against emulated processors: docs/oracle-differences.md has the last table.
.PHONY: oracle
oracle:
	@$(DEPS) build iso bochs
	@$(MAKE) kernel
	@tests/rig/judge/oracle-table.sh build/oracle-logs $(KERNEL) $(ORACLE_COUNT) $(ORACLE_SEED) $(ORACLE_MODELS)

# --- figures ---------------------------------------------------------------------------------
# bench NAME VALUE UNIT MODEL: docs/performance.md says what each one is.
.PHONY: bench
bench:
	@$(DEPS) build iso bochs
	@$(MAKE) BUILD=build/bench CMDLINE="bench" iso
	@tests/rig/judge/bench.sh build/bench/lintel.elf build/bench/lintel.iso

# How long pure code takes here, at the kernel's optimisation.
BENCH_HOST := build/host/bench_host
$(BENCH_HOST): tests/bench/bench_host.c $(LINKED) Makefile | $(HOST_ROOT)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=gnu11 -O2 $(WARNINGS) -iquote include -iquote lib -iquote $(HOST_ROOT) \
	    $(filter %.c,$^) -o $@

.PHONY: bench-host
bench-host: $(BENCH_HOST)
	@$(BENCH_HOST)

# --- the pictures of docs/ ---------------------------------------------------------------------
.PHONY: pictures
pictures:
	@$(DEPS) build iso bochs qemu
	@$(MAKE) kernel
	tests/rig/boot/case.sh $(KERNEL) exit=halt '' screen/picture.sh qemu-uefi ISO docs/screen-uefi.png
	tests/rig/boot/case.sh $(KERNEL) 'exit=halt crash=ud' '' screen/picture.sh qemu-uefi ISO docs/screen-panic.png
	tests/rig/boot/case.sh $(KERNEL) exit=halt '' screen/picture.sh corei7_skylake_x ISO docs/screen-text.png

.PHONY: clean help
clean:
	rm -rf build

help:
	@echo 'make            the kernel: $(KERNEL)'
	@echo 'make iso        the ISO: $(ISO); CMDLINE="report=json" gives the kernel options'
	@echo 'make run        build, boot on the best machine at hand, show its serial output'
	@echo 'make usb DEV=   writes the ISO to a USB stick, after it has asked'
	@echo 'make check      every test; the last line is the verdict'
	@echo 'make check-all  the same, and processors of a newer emulator'
	@echo 'make lint       format, clang-tidy, cppcheck, shellcheck, licences, the rule of the floors'
	@echo 'make oracle     the entry checker against three processors, a million entries each; ORACLE_SEED='
	@echo 'make bench      figures: sizes, ticks'
	@echo 'make host-tests the tests that need no machine'
	@echo 'make proof      proofs by CBMC: docs/proofs.md'
	@echo 'make fuzz       each fuzz target for FUZZ_SECONDS=60'
	@echo 'make models     docs/models.md anew, from tests/golden'
	@echo 'make abi-docs   docs/abi.md anew, from the list of the system calls'
	@echo 'make coverage   branches of the pure code that the host tests take'
	@echo 'make bench-host how long pure code takes on this machine'
	@echo 'make pictures   the pictures of docs/, taken from emulated machines'
	@echo 'make clean      remove build/'
	@echo
	@echo 'LLVM=1          clang and lld instead of the GNU tools'
	@echo 'CROSS_COMPILE=  prefix of the GNU tools, such as x86_64-elf-'
	@echo 'UBSAN=1         undefined behaviour ends the run'
	@echo 'V=1             show the commands'
