"""Every fuzz entry: new inputs for some seconds when FUZZ_BUILDDIR names a build with libFuzzer (clang), else the
inputs of t/fuzz/corpus only.  SOFTFAIL_LONG: a minute each instead of ten seconds."""
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

FUZZ_BUILD = os.environ.get("FUZZ_BUILDDIR")
BUILD = FUZZ_BUILD or os.environ.get("UNIT_BUILDDIR") or os.environ["BUILDDIR"]
SECONDS = 60 if os.environ.get("SOFTFAIL_LONG") else 10
SIDE_BY_SIDE = 2
LIMITS = ["-timeout=10", "-rss_limit_mb=2048", "-max_len=4096", "-print_final_stats=1", "-verbosity=1"]


def corpus_of(name):
    return os.path.join(SRCDIR, "t", "fuzz", "corpus", name)


def run(words, seconds):
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds)
        return done.returncode, done.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        return -1, "it does not end"
    except OSError as error:
        return -1, str(error)


def fuzz(name, program):
    """(whether all is well, what was done, what to show when not)"""
    with tempfile.TemporaryDirectory(prefix="softfail-fuzz-") as folder:
        copy = shutil.copytree(corpus_of(name), os.path.join(folder, "corpus"))
        code, text = run([program, f"-max_total_time={SECONDS}", f"-artifact_prefix={folder}/", *LIMITS, copy],
                         SECONDS + 60)
        found = [entry.path for entry in os.scandir(folder) if entry.is_file()]
        for path in found:
            with open(path, "rb") as file:
                text += f"\n{os.path.basename(path)}: {file.read()!r}"
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
    number = int(runs.group(1)) if runs else 0
    return code == 0 and not found and number > 0, f"{number} inputs in {SECONDS} s", text


def replay(name, program):
    code, text = run([program, corpus_of(name)], 60)
    number = len(re.findall(r"^ok ", text, re.MULTILINE))
    return code == 0 and number > 0, f"{number} inputs of the corpus", text


names = sorted(file[5:-2] for file in os.listdir(os.path.join(SRCDIR, "t", "fuzz")) if re.fullmatch(r"fuzz_\w+\.c",
                                                                                                    file))
with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
    results = pool.map(lambda name: (fuzz if FUZZ_BUILD else replay)(name, os.path.join(BUILD, "t", "fuzz", "fuzz_"
                                                                                        + name)), names)
    for name, (well, what, text) in zip(names, results):
        if not tap.ok(well, f"fuzz_{name}: {what}, no sanitizer complains and every promise of the header holds"):
            tap.note(text[-6000:])
sys.exit(tap.done())
