"""No parser is worse than linear: t/fuzz/grow runs each on hostile shapes, valgrind counts its instructions for N and
for 2N octets, and their ratio stays below LIMIT.  What a tiny input costs is taken off both."""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

SRCDIR = os.environ.get("SRCDIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(SRCDIR, "t", "lib"))
import tap  # noqa: E402

GROW = os.path.join(os.environ["BUILDDIR"], "t/fuzz/grow")      # the plain build: valgrind and sanitizers do not mix
TINY, SIZE = 64, 6000
LIMIT = 2.4
FLOOR = 50000       # instructions: below that it is the noise of malloc and memset; a square of 2 SIZE has millions
SIDE_BY_SIDE = 2
TIMEOUT_S = 300


def counted(part):
    """Instructions of one run, of a file that callgrind wrote when it ended."""
    with open(part, encoding="utf-8") as file:
        for line in file:
            if line.startswith(("totals:", "summary:")):
                return int(line.split()[1])
    raise RuntimeError(f"callgrind says nothing in {part}")


def measure(parser):
    """{shape: [instructions for TINY, SIZE and 2 SIZE octets]}"""
    with tempfile.TemporaryDirectory(prefix="softfail-linear-") as folder:
        words = ["valgrind", "--tool=callgrind", "--toggle-collect=grow_measure", "--dump-after=grow_measure",
                 f"--callgrind-out-file={folder}/out", GROW, parser, "all", str(TINY), str(SIZE), str(2 * SIZE)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=TIMEOUT_S)
        runs = done.stdout.splitlines()
        parts = sorted((name for name in os.listdir(folder) if re.fullmatch(r"out\.\d+", name)),
                       key=lambda name: int(name[4:]))
        if done.returncode != 0 or len(parts) < len(runs) or not runs:
            raise RuntimeError(f"{parser}: {len(parts)} counts of {len(runs)} runs, exit {done.returncode}: "
                               f"{done.stderr[-2000:]}")
        table = {}
        for run, part in zip(runs, parts):
            table.setdefault(run.split()[1], []).append(counted(os.path.join(folder, part)))
        return table


def check(parser, table):
    """One check; the table as comments, steepest first."""
    rows = []
    for shape, (tiny, one, two) in table.items():
        ratio = (two - tiny) / max(one - tiny, 1) if two > FLOOR else 0.0
        rows.append((ratio, shape, one, two))
    rows.sort(reverse=True)
    bad = [f"{shape} {ratio:.2f}" for ratio, shape, _, _ in rows if ratio >= LIMIT]
    tap.ok(not bad, f"{parser}: {len(rows)} shapes, ratio at most {rows[0][0]:.2f} ({rows[0][1]}) of {LIMIT}")
    for ratio, shape, one, two in rows:
        tap.note(f"  {ratio:5.2f}  {one:9} {two:9}  {one / SIZE:7.1f} an octet  {shape}")


if not shutil.which("valgrind"):
    tap.skip_all("no valgrind")
parsers = subprocess.run([GROW], capture_output=True, text=True, check=True, timeout=TIMEOUT_S).stdout.split()
tap.note(f"instructions for {SIZE} and {2 * SIZE} octets")
with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
    for name, counts in zip(parsers, pool.map(measure, parsers)):
        check(name, counts)
tap.ok(len(parsers) >= 12, f"{len(parsers)} parsers")
sys.exit(tap.done())
