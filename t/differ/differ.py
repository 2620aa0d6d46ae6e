"""differ.py - what the differential tests share: programs that answer many cases, and explained disagreements.

An independent program runs as a process of its own, under Debian's Python or Perl, whose packages it needs: JSON
values a line in, JSON values a line out (oracle_*.py, oracle_*.pl).  Ours is t/differ/batch (batch.h).

SOFTFAIL_SEED chooses other cases than the usual ones, SOFTFAIL_LONG ten times as many.
"""

import collections
import json
import os
import random
import re
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
SRCDIR = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(SRCDIR, "t", "lib"))
import tap  # noqa: E402

SYSTEM_PYTHON = "/usr/bin/python3"
BATCH = os.path.join(os.environ.get("UNIT_BUILDDIR") or os.environ.get("BUILDDIR") or os.path.join(SRCDIR,
                                                                                                   "build/plain"),
                     "t/differ/batch")
TIMEOUT_S = 600


def dice():
    """A random number generator; its seed is part of the output."""
    seed = int(os.environ.get("SOFTFAIL_SEED", "20260901"))
    tap.note(f"seed {seed}")
    return random.Random(seed)


def count(usual):
    return usual * 10 if os.environ.get("SOFTFAIL_LONG") else usual


def need(module):
    """Skips the test without that module of Debian's Python."""
    if subprocess.run([SYSTEM_PYTHON, "-c", f"import {module}"], capture_output=True).returncode != 0:
        tap.skip_all(f"no module {module} in {SYSTEM_PYTHON}")


def has_perl(module):
    try:
        return subprocess.run(["perl", f"-M{module}", "-e1"], capture_output=True).returncode == 0
    except OSError:
        return False


def _run(words, text):
    process = subprocess.run(words, input=text, capture_output=True, timeout=TIMEOUT_S)
    if process.returncode != 0:
        tap.note((process.stdout[-300:] + process.stderr[-4000:]).decode("utf-8", "replace"))
        raise RuntimeError(f"{' '.join(words)} ends with {process.returncode}")
    return process.stdout.decode().splitlines()


def _octets(text):
    """For JSON: octets as characters below 256."""
    return text.decode("latin-1") if isinstance(text, bytes) else text


class Reader(threading.Thread):
    """Answers to all cases; several run side by side."""

    def __init__(self, words, lines):
        super().__init__()
        self._work, self._lines, self._answers, self._error = words, lines, [], None
        self.start()

    def run(self):
        try:
            self._answers = _run(self._work, "".join(line + "\n" for line in self._lines).encode())
            if len(self._answers) != len(self._lines):
                raise RuntimeError(f"{len(self._answers)} answers to {len(self._lines)} cases: {self._work}")
        except Exception as error:      # raised again where it can be reported
            self._error = error

    def _wait(self):
        self.join()
        if self._error:
            raise self._error
        return self._answers

    def answers(self):
        return [json.loads(answer) for answer in self._wait()]


class Ours(Reader):
    """A case is a list of octets or None; so is an answer."""

    def __init__(self, subject, cases):
        super().__init__([BATCH, subject], ["\t".join("-" if f is None else f.hex() for f in case) for case in cases])

    def answers(self):
        return [[None if f == "-" else bytes.fromhex(f) for f in answer.split("\t")[:-1]] for answer in self._wait()]


class Theirs(Reader):
    """A case is anything that JSON can say; octets become characters below 256."""

    def __init__(self, script, cases):
        program = "perl" if script.endswith(".pl") else SYSTEM_PYTHON
        super().__init__([program, os.path.join(HERE, script)], [json.dumps(case, default=_octets) for case in cases])


class Explained:
    """The file of disagreements that are understood.

    A row: who TAB section TAB right TAB pattern TAB why.
    who      the independent program
    section  that decides
    right    ours, theirs (a known fault of ours) or both (the section leaves it open)
    pattern  regular expression, searched in the case's description
    why      for people
    """

    def __init__(self, name):
        self._name, self._rows, self._used = name, [], collections.Counter()
        with open(os.path.join(HERE, name), encoding="utf-8") as file:
            for line in file.read().splitlines():
                if line and not line.startswith("#"):
                    who, section, right, pattern, why = line.split("\t")
                    self._rows.append((who, section, right, re.compile(pattern), why))

    def holds(self, who, description):
        """Whether a row explains this disagreement."""
        for number, row in enumerate(self._rows):
            if row[0] == who and row[3].search(description):
                self._used[number] += 1
                return True
        return False

    def report(self):
        """Each row with the number of cases that it explains."""
        for number, (who, section, right, _, why) in enumerate(self._rows):
            tap.note(f"  {self._used[number]:5} {who}, {section}, right: {right}: {why}")


class Comparison:
    """Counts agreements; disagreements are explained, or fail the test."""

    def __init__(self, file):
        self._explained = Explained(file)
        self._agree, self._differ = collections.Counter(), collections.Counter()
        self._odd = collections.defaultdict(list)

    def compare(self, who, ours, theirs, description):
        """description is one line; it begins with both answers."""
        if ours == theirs:
            self._agree[who] += 1
            return
        self._differ[who] += 1
        text = f"ours={ours} theirs={theirs} {description}"
        if not self._explained.holds(who, text):
            self._odd[who].append(text)

    def done(self, least):
        """One check a program."""
        for who in sorted(set(self._agree) | set(self._differ)):
            odd = self._odd[who]
            total = self._agree[who] + self._differ[who]
            tap.ok(not odd and total >= least, f"{who}: {total} cases (at least {least}), {self._agree[who]} agree, "
                   f"{self._differ[who]} differ, {len(odd)} of these are not explained")
            for text in odd[:int(os.environ.get("SOFTFAIL_SHOWN", "20"))]:
                tap.note("  " + text[:3000])
        self._explained.report()
