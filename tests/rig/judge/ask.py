#!/usr/bin/env python3
"""Boots guests of which one never ends, on a Bochs model, and asks for what has ended. Prints TAP.

usage: ask.py MODEL ISO    the ISO's modules are hello.elf and spin.elf, and its command line has
                           console=com1,com2: the keys come over com2

The run has no end of its own: when all is seen, the machine is switched off.
environment: LINTEL_LOG  a file to keep the serial log in
exit status: 0 every test point passed; 1 not
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

RIG = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIMIT = 240  # seconds of wall time, for the whole run
QUIET = 3    # seconds in which an answer would have come

ANSWER = ["# so far: 1 passed, 0 failed, 0 skipped", "# guest.hello.elf: ended with status 0",
          "# guest.spin.elf: has run for [0-9]+ s"]


class Run:
    """The machine: what it has printed, and a line for keys."""

    def __init__(self, model, iso, work):
        self.log = os.path.join(work, "serial.log")
        open(self.log, "w", encoding="ascii").close()
        self.end = time.monotonic() + LIMIT
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(LIMIT)
        port = listener.getsockname()[1]
        self.boot = subprocess.Popen(
            [os.path.join(RIG, "boot.sh"), "-t", str(LIMIT), "-o", self.log, "-x",
             f"com2: enabled=1, mode=socket-client, dev=127.0.0.1:{port}", model, iso],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.line = listener.accept()[0]
        threading.Thread(target=self.drain, daemon=True).start()

    def drain(self):
        """Takes what the machine sends on the line of the keys, so that it never waits."""
        while self.line.recv(4096):
            pass

    def text(self):
        with open(self.log, encoding="ascii", errors="replace") as log:
            return log.read().splitlines()

    def count(self, pattern):
        return sum(bool(re.fullmatch(pattern, line)) for line in self.text())

    def wait(self, condition):
        """True as soon as the condition holds; False where it never does."""
        while not condition():
            if time.monotonic() > self.end or self.boot.poll() is not None:
                return condition()
            time.sleep(0.3)
        return True

    def press(self):
        self.line.sendall(b"x")

    def answers(self):
        """How many whole answers there are."""
        return min(self.count(line) for line in ANSWER)

    def off(self):
        os.killpg(self.boot.pid, signal.SIGTERM)
        self.boot.wait()


class Points:
    """Test points, counted."""

    def __init__(self):
        self.number = self.failed = 0

    def point(self, passed, name):
        self.number += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.number} - ask: {name}", flush=True)


def look(run, points):
    ended = run.wait(lambda: run.count("ok 1 - guest.hello.elf") == 1)
    points.point(ended, "a guest ends beside one that never does")
    points.point(run.count(r"1\.\..*") == 0 and run.count(".* passed, .*skipped") == 0,
                 "there is no plan, and no verdict")
    for asked in 1, 2:
        run.press()
        points.point(run.wait(lambda: run.answers() == asked), f"key {asked} is answered: what ended, what runs")
    time.sleep(QUIET)
    points.point(run.answers() == 2, "nothing is told that nobody asked for")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    work = tempfile.mkdtemp(prefix="lintel-ask.")
    points = Points()
    print("TAP version 13")
    try:
        run = Run(sys.argv[1], sys.argv[2], work)
        try:
            look(run, points)
        finally:
            run.off()
        if points.failed:
            print("".join(f"# {line}\n" for line in run.text()[-20:]), end="")
        if os.environ.get("LINTEL_LOG"):
            shutil.copy(run.log, os.environ["LINTEL_LOG"])
    except OSError as error:
        points.point(False, f"the machine and its line: {error}")
    finally:
        shutil.rmtree(work)
    print(f"1..{points.number}")
    sys.exit(points.failed != 0)


main()
