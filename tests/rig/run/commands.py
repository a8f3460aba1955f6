# SPDX-License-Identifier: BSD-2-Clause
"""What a row of the table runs: its command as a list of words, what of the environment belongs to it, which
files must have been built, and which files it reads (that a result may be kept: results.py)."""
import os

KERNEL = "build/lintel.elf"
ISO = "build/lintel.iso"
RIG = "tests/rig"
# Settings of a boot, and the option of boot.sh that each is.
BOOT_OPTIONS = {"cpus": "-c", "memory": "-m", "bios": "-b", "medium": "-M", "serial": "-s", "ends": "-e",
                "limit": "-t", "qemu": "-x", "monitor": "-q"}
# Settings that a script on the way reads from the environment.
VARIABLES = {"modules": "LINTEL_MODULES", "gfx": "LINTEL_GFXPAYLOAD", "bochs": "LINTEL_BOCHS"}
STATUS = {"pass": "0", "fail": "1", "ends": "2", "runs": "124"}
# What every boot reads besides its kernel.
BOOT_READS = [RIG, "tools", "tests/golden", "docs/report.schema.json"]
# The files of a check of lint.sh: variables of the Makefile. The other checks take none.
LINT_FILES = {"format": ["ALL_C_FILES"], "shell": ["SHELL_FILES"], "cppcheck": ["C_FILES"],
              "licence": ["ALL_C_FILES", "ASM_FILES"]}
LINT_READS = {"format": ["ALL_C_FILES"], "shell": ["SHELL_FILES"], "cppcheck": ["ALL_C_FILES", "ASM_FILES"]}
# Files that a program writes, and the variable that has its command.
MADE = {"docs/models.md": "MODELS_TABLE", "docs/abi.md": "ABI_DOCS_PAGE"}
CONFIGURATION = [".clang-format", ".clang-tidy", "tests/lint"]


class Job:
    """`reads` is None where a result may not be kept. `sources` are C files that are read with all that they
    include."""

    def __init__(self, argv, needs=(), reads=None, sources=(), environment=None):
        self.argv = argv
        self.needs = list(needs)
        self.reads = reads
        self.sources = list(sources)
        self.environment = environment or {}


def words(variable):
    """A list of files that the Makefile gives."""
    if variable not in os.environ:
        raise SystemExit(f"check.py: {variable} is not set: `make check ROWS=...` gives it")
    return os.environ[variable].split()


# --- boots ----------------------------------------------------------------------------------------

def boot_options(row):
    """The words for boot.sh."""
    return [word for name, value in row.settings.items() if name in BOOT_OPTIONS
            for word in (BOOT_OPTIONS[name], value)]


def medium(row):
    """What case.sh puts in place of the ISO: over the net a folder is booted."""
    return "NETDIR" if row.settings.get("medium") in ("net", "ipxe") else "ISO"


def judge(row):
    """The script below tests/rig that boots and judges, and its arguments."""
    if row.judge in STATUS:
        expect = [row.name.removeprefix("case-"), row.machine, row.words[0], STATUS[row.judge], medium(row)]
        if "poke" in row.settings:
            register, _, value = row.settings["poke"].partition(":")
            return ["boot/poke.sh", row.settings.get("kernel", KERNEL), register, value, *expect, *boot_options(row)]
        return ["judge/expect.sh", *expect, *boot_options(row)]
    if row.judge == "selftests":
        return ["judge/tap.sh", row.machine, medium(row), *boot_options(row)]
    if row.judge == "screen":
        return ["screen/screen.sh", row.machine, *row.words, medium(row), *boot_options(row)]
    if row.judge == "ask":
        return ["judge/ask.py", row.machine, "ISO"]
    return {"json": ["judge/json.sh", row.machine, "ISO"], "pause": ["screen/pause.sh", "ISO"]}[row.judge]


def boot_command(row):
    """A plain boot takes the ISO that is there; another makes its own."""
    kernel = row.settings.get("kernel", KERNEL)
    if row.judge == "oracle":
        limit = ["-t", row.settings["limit"]] if "limit" in row.settings else []
        count, *rest = row.words
        return [f"{RIG}/judge/oracle.sh", *limit, kernel, row.machine, count, *(rest or [os.environ.get("ORACLE_SEED", "1")])]
    if row.is_serial():
        return [f"{RIG}/judge/serial.sh", row.name.removeprefix("serial-"), kernel, row.options,
                row.settings.get("serial", "com1"), row.words[0], row.settings.get("spcr", "")]
    script, *arguments = judge(row)
    if row.judge == "selftests" and not row.options and not {"kernel", "modules", "grub", "gfx"} & set(row.settings):
        return [f"{RIG}/{script}", *(ISO if word == "ISO" else word for word in arguments)]
    return [f"{RIG}/boot/case.sh", kernel, row.options, row.settings.get("grub", ""), script, *arguments]


def boot(row):
    argv = boot_command(row)
    modules = row.settings.get("modules", "").split()
    images = [ISO] if ISO in argv else [row.settings.get("kernel", KERNEL)]
    needs = images + [module for module in modules if module.startswith("build/")]
    environment = {VARIABLES[name]: value for name, value in row.settings.items() if name in VARIABLES}
    # With KVM the machine is this computer.
    reads = None if "kvm" in row.machine else images + modules + BOOT_READS
    return Job(argv, needs, reads, environment=environment)


# --- what needs no machine --------------------------------------------------------------------------

def program(row):
    """A program of the host tests, or a script. A script of judge/ reads what it says; none is kept."""
    if row.machine == "host":
        return Job([f"{RIG}/{row.words[0]}"])
    folders = f'{os.environ.get("LINTEL_MACHINES", "")} {os.environ.get("LINTEL_CASES", "")}'
    return Job([row.machine], [row.machine], [row.machine] + folders.split(),
               environment={"CMOCKA_MESSAGE_OUTPUT": "TAP"})


def corpus(row):
    seconds = os.environ.get("FUZZ_SECONDS", "0")
    name = row.machine.split("/fuzz_")[1]
    reads = [row.machine, "tests/fuzz/fuzz.sh", f"tests/fuzz/corpus/{name}"]
    return Job(["tests/fuzz/fuzz.sh", row.machine, seconds], [row.machine], reads if seconds == "0" else None)


def lint(row):
    check, *made = row.words
    command = ["tests/lint/lint.sh", check]
    if check == "tidy":
        flags = {"LINT_CFLAGS": os.environ.get("LINT_CFLAGS", "")}
        return Job(command + [row.machine], [KERNEL], CONFIGURATION, [row.machine], flags)
    if check == "made":
        program_of = words(MADE[made[0]])
        return Job(command + made + program_of, program_of[:1])
    files = [file for variable in LINT_FILES.get(check, []) for file in words(variable)]
    reads = [file for variable in LINT_READS.get(check, []) for file in words(variable)]
    environment = {"LINT_CFLAGS": "-Iinclude -Ilib -I."} if check == "cppcheck" else {}
    return Job(command + files, [], reads + CONFIGURATION if reads else None, environment=environment)


def job(row):
    """The job of a row."""
    makers = {"tap": program, "corpus": corpus, "lint": lint}
    return makers.get(row.judge, boot)(row)
