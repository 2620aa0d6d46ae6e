"""contract.py - rows for softfail check: a promise, the arguments, and what the JSON object says.

    check("the null sender", {"spf.identity": "helo"}, sender="<>", more=["--helo", "soft.example"])
    sys.exit(finish())

The rows are run side by side when all are there.
"""
import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "t", "lib"))
from tap import done, eq, ok  # noqa: E402

_SCRATCH = tempfile.TemporaryDirectory(prefix="softfail-contract-")
FOLDER = _SCRATCH.name
CLIENT = "192.0.2.7"
SOFTFAIL, MILTER = os.environ["SOFTFAIL"], os.environ["SOFTFAIL_MILTER"]


def path(content):
    """A file with this content; the same content is the same file."""
    content = content if isinstance(content, bytes) else content.encode("latin-1")
    full = os.path.join(FOLDER, hashlib.sha256(content).hexdigest()[:16])
    if not os.path.exists(full):
        with open(full + ".new", "wb") as file:
            file.write(content)
        os.rename(full + ".new", full)
    return full


def run(program, *arguments, stdin=b""):
    return subprocess.run([program, *arguments], input=stdin, capture_output=True, timeout=60)


CONF = 'authserv_id = "mx.example.net";\n'
ZONE = r"""
soft.example TXT "v=spf1 ip4:198.51.100.0/24 ~all"
_dmarc.soft.example TXT "v=DMARC1; p=reject"
example EMPTY
"""
ROWS = []


def check(rule, want, *, sender=None, message=None, zone=ZONE, conf=CONF, ip=CLIENT, more=()):
    """One row.  message: text with LF lines, or octets; want: place in the object -> value."""
    arguments = ["check", "--json", "-c", path(conf), "--zone", path(zone), "--ip", ip]
    if sender is not None:
        arguments += ["--from", sender]
    if message is not None:
        arguments += ["--message", path(message)]
    ROWS.append((rule, arguments + list(more), want))


def at(value, place):
    """What stands at "dkim.0.result"; "score.tokens" are the reasons' tokens alone."""
    for step in place.split("."):
        if step == "tokens":
            value = [reason["token"] for reason in value["reasons"]]
        elif step == "keys":
            value = set(value)
        elif step == "length":
            value = len(value)
        else:
            value = value[int(step) if isinstance(value, list) else step]
    return value


def judge(rows):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outs = list(pool.map(lambda row: run(SOFTFAIL, *row[1]), rows))
    for (rule, arguments, want), out in zip(rows, outs):
        if not ok(out.returncode == 0, f"{rule}: exit 0"):
            print(f"#   {' '.join(arguments)}: {out.returncode} {out.stderr!r}")
            continue
        got = json.loads(out.stdout)
        for place, value in want.items():
            eq(at(got, place), value, f"{rule}: {place}")
        if any(at(got, place) != value for place, value in want.items()):
            print(f"#   {' '.join(arguments)}")


def mail(author="a@soft.example", body="body\n"):
    return f"From: {author}\nSubject: x\n\n{body}"


GOOD = ["check", "-c", path(CONF), "--zone", path(ZONE), "--ip", CLIENT, "--from", "a@soft.example"]
MESSAGE = ["--message", path(mail())]
FEW = CONF + "max_headers = 50;\nmax_header_bytes = 16384;\n"      # the smallest limits


def finish():
    """Runs the rows; the exit code of the test."""
    judge(ROWS)
    return done()
