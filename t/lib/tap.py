"""tap.py - the Test Anything Protocol for our black-box tests.

Each check names the rule or promise that it holds.  A test program ends with sys.exit(tap.done()).
A test that is told to stop (TERM, HUP) still runs its exit handlers, so that it leaves no server behind.
"""

import difflib
import signal
import sys

_checks = 0
_failures = 0


def _leave(number, _frame):
    sys.exit(128 + number)


signal.signal(signal.SIGTERM, _leave)
signal.signal(signal.SIGHUP, _leave)


def note(text):
    """Comment lines."""
    for line in str(text).splitlines() or [""]:
        print("# " + line, flush=True)


def ok(holds, name):
    """One check; returns whether it held."""
    global _checks, _failures
    _checks += 1
    if not holds:
        _failures += 1
    text = "".join("?" if c == "#" or c < " " else c for c in name)     # '#' would begin a directive
    print(f"{'ok' if holds else 'not ok'} {_checks} - {text}", flush=True)
    return bool(holds)


def _lines(value):
    """What a person can compare line by line: octets escaped, line ends shown."""
    if isinstance(value, (bytes, bytearray)):
        return [repr(bytes(line))[2:-1] for line in bytes(value).splitlines(keepends=True)]
    if isinstance(value, (list, tuple)):
        return [repr(item) for item in value]
    return str(value).splitlines() or [""]


def eq(got, want, name):
    """Equality; the difference is printed as comments, '-' wanted, '+' got."""
    holds = ok(got == want, name)
    if not holds:
        for line in list(difflib.unified_diff(_lines(want), _lines(got), "want", "got", lineterm=""))[:200]:
            note("  " + line)
        if type(got) is not type(want):
            note(f"  types: want {type(want).__name__}, got {type(got).__name__}")
    return holds


def skip(count, why):
    """That many checks cannot be made here."""
    global _checks
    for _ in range(count):
        _checks += 1
        print(f"ok {_checks} # SKIP {why}", flush=True)


def skip_all(why):
    """Ends the program: nothing can be checked here.  Call it before the first check."""
    print(f"1..0 # SKIP {why}", flush=True)
    sys.exit(0)


def done():
    """Prints the plan; the exit code: 0 when all held."""
    print(f"1..{_checks}", flush=True)
    if _failures:
        note(f"{_failures} of {_checks} failed")
    return 1 if _failures or not _checks else 0
