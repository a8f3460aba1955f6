# SPDX-License-Identifier: BSD-2-Clause
"""Results that are kept: what a row printed when it passed stands for the next run, as long as nothing of what
the row reads has changed. This is the one place that says what that is:

  - its command, and what of the environment belongs to it (LINTEL_*);
  - the files that commands.py names: a kernel without its debug information, as it is on the ISO; an ISO, a
    module, a program, a corpus; for a boot all of tests/rig, tools/ and tests/golden; for a C file all that it
    includes, as the compiler says, and the flags; the configuration of the checkers;
  - the scripts that run it: all of tests/rig/run;
  - every package of this machine, with its version: emulators, firmware, GRUB, compilers, the shell. Where
    dpkg does not say it, nothing is kept; nor is what an emulated machine gets from this computer (KVM).

A failed result is never kept, nor one that was skipped as a whole: its reason may lie elsewhere."""
import hashlib
import os
import shutil
import subprocess
import tempfile
import time

FOLDER = "build/results"
DAYS = 14
PACKAGES = ["/var/lib/dpkg/status", "build/debian-13/var/lib/dpkg/status"]
RUNNER = "tests/rig/run"
ELF = b"\x7fELF"


class Unreadable(Exception):
    """Something is not there: no result is kept."""


class Results:
    """Digests are made once in a run."""

    def __init__(self, use):
        self.use = use
        self.digests = {}
        os.makedirs(FOLDER, exist_ok=True)
        for name in os.listdir(FOLDER):
            path = os.path.join(FOLDER, name)
            if os.path.getmtime(path) < time.time() - DAYS * 86400:
                os.remove(path)

    def digest(self, path):
        """Of a file, or of all files below a folder and their names."""
        if path not in self.digests:
            self.digests[path] = digest_folder(path) if os.path.isdir(path) else digest_file(path)
        return self.digests[path]

    def key(self, job):
        """What names the result of a job; None if it is not to be kept."""
        if job.reads is None or not os.path.exists(PACKAGES[0]):
            return None
        environment = {name: value for name, value in os.environ.items() if name.startswith("LINTEL_")}
        said = hashlib.sha256(repr((job.argv, sorted((environment | job.environment).items()))).encode())
        try:
            included = [file for source in job.sources for file in includes(source, job.environment["LINT_CFLAGS"])]
            files = job.reads + included + [RUNNER] + [path for path in PACKAGES if os.path.exists(path)]
            for path in files:
                said.update(f"{path} {self.digest(path)}\n".encode())
        except Unreadable:
            return None
        return said.hexdigest()[:40]

    def find(self, key, tap, log):
        """Puts a kept result in its place; says whether there was one."""
        kept = os.path.join(FOLDER, key or "-")
        if not self.use or not os.path.exists(kept + ".tap"):
            return False
        for suffix, path in ((".log", log), (".tap", tap)):
            if os.path.exists(kept + suffix):
                shutil.copyfile(kept + suffix, path)
                os.utime(kept + suffix)
        return True

    @staticmethod
    def keep(key, tap, log):
        """The TAP comes last, and whole: it is what find() looks for."""
        kept = os.path.join(FOLDER, key)
        if os.path.exists(log):
            shutil.copyfile(log, kept + ".log")
        shutil.copyfile(tap, kept + ".new")
        os.replace(kept + ".new", kept + ".tap")

    @staticmethod
    def drop(key):
        """What something else objects to."""
        if key and os.path.exists(os.path.join(FOLDER, key + ".tap")):
            os.remove(os.path.join(FOLDER, key + ".tap"))


def digest_folder(folder):
    said = hashlib.sha256()
    for at, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(at, name)
            said.update(f"{path} {digest_file(path)}\n".encode())
    return said.hexdigest()


def digest_file(path):
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise Unreadable from error
    return hashlib.sha256(without_debug(path, data) if data.startswith(ELF) else data).hexdigest()


def without_debug(path, data):
    """What iso.sh puts on the ISO. (Some inputs of the fuzz targets only begin like an ELF file.)"""
    with tempfile.TemporaryDirectory() as folder:
        stripped = os.path.join(folder, "stripped")
        if subprocess.run(["strip", "-g", "-o", stripped, path], capture_output=True, check=False).returncode:
            return data
        with open(stripped, "rb") as file:
            return file.read()


def includes(source, flags):
    """A C file and all that it includes."""
    try:
        made = subprocess.run(["clang", "-MM", *flags.split(), source], capture_output=True, text=True, check=False)
    except OSError as error:
        raise Unreadable from error
    if made.returncode:
        raise Unreadable
    return made.stdout.replace("\\\n", " ").partition(":")[2].split()
