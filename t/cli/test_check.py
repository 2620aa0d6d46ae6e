"""softfail check: options, exit codes, the JSON object, the text (softfail(1))."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "t", "lib"))
import eight  # noqa: E402
from tap import done, eq, ok  # noqa: E402

FOLDER = tempfile.mkdtemp(prefix="softfail-cli-")
ZONE = r"""
example.org TXT "v=spf1 include:_a.example.org include:_b.example.org a ~all"
_a.example.org TXT "v=spf1 ip4:198.51.100.0/25 -all"
_b.example.org TXT "v=spf1 include:_c.example.org -all"
_c.example.org TXT "v=spf1 ip4:203.0.113.0/24 -all"
example.org A 198.51.100.9
_dmarc.example.org TXT "v=DMARC1; p=reject"
org EMPTY
plus.example TXT "v=spf1 include:all.example -all"
all.example TXT "v=spf1 +all"
_dmarc.plus.example TXT "v=DMARC1; p=quarantine"
slow.example * !TIMEOUT
_dmarc.slow.example * !TIMEOUT
_dmarc.example !SERVFAIL
""".replace("_dmarc.example !SERVFAIL\n", "")


def path(name, content):
    full = os.path.join(FOLDER, name)
    with open(full, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return full


ZONE_FILE = path("zone", ZONE)
CONF = path("conf", 'authserv_id = "mx.example.net";\n')
PLAIN = path("plain.eml", "From: a@example.org\nSubject: x\n\nbody\n")


def run(*arguments, stdin=b""):
    return subprocess.run([os.environ["SOFTFAIL"], *arguments], input=stdin, capture_output=True, timeout=60)


def check(*arguments, stdin=b"", zone=ZONE_FILE):
    return run("check", "-c", CONF, "--zone", zone, *arguments, stdin=stdin)


def report(*arguments, **kwargs):
    out = check("--json", *arguments, **kwargs)
    ok(out.returncode == 0, f"exit 0 for {' '.join(arguments)}: {out.stderr.decode()}")
    return json.loads(out.stdout)


# The example of interface and manual, key by key.
got = report("--ip", "192.0.2.7", "--helo", "mail.example.org", "--from", "a@example.org", "--message", PLAIN)
got["dns"]["ms"] = 0
eq(json.dumps(got, indent=1), json.dumps({
    "skipped": None,
    "spf": {"result": "softfail", "identity": "mailfrom", "domain": "example.org", "mechanism": "~all",
            "path": ["~all"], "open": False, "explanation": None, "problem": None, "lookups": 4, "void_lookups": 0,
            "enforcement": "reject", "posture": "~all"},
    "dkim": [],
    "dmarc": {"result": "fail", "author": "one", "author_domain": "example.org", "org_domain": "example.org",
              "policy": "reject", "policy_domain": "example.org", "policy_tag": "p", "testing": False,
              "alignment": {"spf": False, "dkim": False}, "record": "v=DMARC1; p=reject", "problem": None,
              "queries": ["_dmarc.example.org", "_dmarc.org"]},
    "arc": None,
    "score": {"value": 5.5, "level": 5, "column": "reject",
              "reasons": [{"token": "dmarc-reject", "weight": 3.0}, {"token": "softfail-enforced", "weight": 2.5}]},
    "disposition": "none", "action": "tag", "reply": None,
    "add_headers": [
        {"name": "Authentication-Results", "index": 0,
         "value": "mx.example.net;\n\tspf=softfail smtp.mailfrom=example.org;\n\tdkim=none;\n"
                  "\tdmarc=fail (p=reject dis=none) header.from=example.org policy.dmarc=reject"},
        {"name": "X-SPF-DMARC-Score", "index": 1, "value": "5.5"},
        {"name": "X-SPF-DMARC-Level", "index": 2, "value": "*****"},
        {"name": "X-SPF-DMARC-Reason", "index": 3, "value": "dmarc-reject softfail-enforced"}],
    "remove_headers": [],
    "dns": {"queries": 7, "cache_hits": 0, "ms": 0}}, indent=1), "interface: the JSON object, every key in its place")

# The envelope alone.
got = report("--ip", "192.0.2.7", "--from", "<a@example.org>")
ok(got["dkim"] is None and got["dmarc"] is None and got["add_headers"] == [] and got["remove_headers"] == [],
   "interface: without --message dkim and dmarc are null, nothing is added or removed")
eq((got["score"]["value"], got["score"]["column"]), (2.5, "reject"), "interface: the score it would give")
for sender in ([], ["--from", ""], ["--from", "<>"]):
    got = report("--ip", "192.0.2.7", "--helo", "example.org", *sender)
    eq((got["spf"]["identity"], got["spf"]["domain"], got["spf"]["result"]), ("helo", "example.org", "softfail"),
       f"7208 2.4: the null sender {sender} is checked by HELO")
got = report("--ip", "192.0.2.7")
eq((got["spf"]["result"], got["spf"]["domain"], got["spf"]["mechanism"], got["spf"]["path"]),
   ("none", None, None, []), "interface: no HELO is no domain to check")
got = report("--ip", "192.0.2.7", "--from", "root")
eq((got["spf"]["result"], got["spf"]["identity"]), ("none", "mailfrom"),
   "interface: MAIL FROM without a domain is not the null sender")

# Paths through includes, an open record.
got = report("--ip", "203.0.113.9", "--from", "a@example.org")
eq((got["spf"]["result"], got["spf"]["mechanism"], got["spf"]["path"]),
   ("pass", "include:_b.example.org", ["include:_b.example.org", "include:_c.example.org", "ip4:203.0.113.0/24"]),
   "interface: mechanism and path, down to the innermost term")
got = report("--ip", "192.0.2.7", "--from", "a@plus.example")
eq((got["spf"]["result"], got["spf"]["path"], got["spf"]["open"], got["score"]["value"]),
   ("pass", ["include:all.example", "+all"], True, 1.9), "score: open through an include, under quarantine")

# Clients that the daemon would not evaluate.
got = report("--ip", "127.0.0.1", "--from", "a@example.org", "--message", PLAIN)
eq((got["skipped"], got["spf"]["result"]), ("trusted-host", "softfail"),
   "interface: a trusted host is evaluated all the same, and the report says so")
forged = path("forged.eml", "Authentication-Results: mx.example.net; spf=pass\nFrom: a@example.org\n\nx\n")
got = report("--ip", "127.0.0.1", "--auth", "joe", "--message", forged)
eq((got["skipped"], got["spf"], got["dmarc"], got["arc"], got["dkim"], got["score"]["value"], got["action"],
    got["add_headers"], got["remove_headers"]),
   ("authenticated", None, None, None, [], 0.0, "accept", [], [{"name": "Authentication-Results", "index": 1}]),
   "interface: --auth wins over trusted_hosts; nothing is evaluated, forged fields go")
got = report("--ip", "::ffff:192.0.2.7", "--from", "a@example.org")
eq(got["spf"]["result"], "softfail", "7208 5: a v4-mapped address is v4")

# The message: line ends, mbox line, where the header ends.
signed = eight.MESSAGES[6]
zone = path("eight.zone", eight.ZONE)
for label, content in (("CRLF", signed.content), ("LF", signed.content.replace(b"\r\n", b"\n")),
                       ("mbox", b"From x Mon Jan 1\n" + signed.content)):
    got = report("--ip", eight.CLIENT, "--from", signed.sender, "--message", path("signed.eml", content), zone=zone)
    eq((got["dkim"][0]["result"], got["dmarc"]["result"]), ("pass", "pass"), f"interface: a message with {label}")
got = report("--ip", eight.CLIENT, "--message", "-", stdin=b"Subject: x\nFr om: a@example.org\nFrom: b@example.org\n\n")
eq(got["dmarc"]["author"], "broken", "mta: a malformed line ends the header, a From below it is body")
got = report("--ip", eight.CLIENT, "--message", "-", stdin=b"Subject: x\nFrom : a@example.org\n\n")
eq(got["dmarc"]["author_domain"], "example.org", "5322 4.5: a blank before the colon")

# Failing names.
got = report("--ip", "192.0.2.7", "--from", "a@slow.example", "--message", "-", stdin=b"From: a@example.org\n\n")
eq((got["spf"]["result"], got["dmarc"]["result"], got["dmarc"]["policy"], got["score"]["value"]),
   ("temperror", "fail", "reject", 3.0), "interface (b): a MAIL FROM that would not be aligned buys no peace")
got = report("--ip", "192.0.2.7", "--from", "a@slow.example.org", "--message", "-",
             stdin=b"From: a@example.org\n\n", zone=path("sub.zone", ZONE + "slow.example.org * !TIMEOUT\n"))
eq((got["spf"]["result"], got["dmarc"]["result"], got["dmarc"]["policy"], got["score"]["value"],
    got["score"]["reasons"]),
   ("temperror", "temperror", "reject", 2.0, [{"token": "dmarc-unproven", "weight": 2.0}]),
   "score: unproven, and the SPF part is left out")
got = report("--ip", "192.0.2.7", "--from", "a@dead.example", "--message", "-", stdin=b"From: a@dead.example\n\n",
             zone=path("dead.zone", "dead.example * !TIMEOUT\n_dmarc.dead.example * !TIMEOUT\n_dmarc.example * !TIMEOUT\n"))
eq((got["spf"]["result"], got["dmarc"]["result"], got["score"]["value"], got["action"]),
   ("temperror", "temperror", 0.0, "accept"), "score: when nothing answers, nothing weighs")

# Exit codes.
base = ("--ip", "192.0.2.7", "--from", "a@example.org", "--message", PLAIN)
eq(check(*base, "--exit-code").returncode, 1, "interface: --exit-code, the score reaches 5.0")
eq(check(*base, "--threshold", "5.6").returncode, 0, "interface: --threshold implies --exit-code")
eq(check(*base, "--threshold", "5.5").returncode, 1, "interface: a score on the threshold reaches it")
eq(check("--from", "a@example.org").returncode, 64, "interface: 64 without --ip")
eq(check("--ip", "192.0.2").returncode, 64, "interface: 64 for no address")
eq(check("--ip", "192.0.2.7", "--no-such").returncode, 64, "interface: 64 for an unknown option")
eq(check("--ip", "192.0.2.7", "--threshold", "5.55").returncode, 64, "interface: 64 for two decimals")
eq(check("--ip", "192.0.2.7", "--message", "/nonexistent").returncode, 65, "interface: 65 for an unreadable message")
out = check("--ip", "192.0.2.7", zone=path("bad.zone", "a.example A 192.0.2.1\nb.example A nonsense\n"))
ok(out.returncode == 65 and b"bad.zone:2:" in out.stderr, "interface: 65 with FILE:LINE for a bad zone line")
out = run("check", "-c", path("bad.conf", "\nauthserv_idd = \"x\";\n"), "--ip", "192.0.2.7")
ok(out.returncode == 78 and b"bad.conf:2:" in out.stderr and b"did you mean" in out.stderr,
   "interface: 78 with FILE:LINE and the near miss for a bad configuration")
eq(run("nonsense").returncode, 64, "softfail: an unknown word is 64")
for help_of in ([], ["check"]):
    out = run(*help_of, "--help")
    ok(out.returncode == 0 and out.stdout.startswith(b"usage: softfail"), f"softfail {help_of} --help")

# Text.
lines = check(*base).stdout.decode().splitlines()
eq(lines[0], "suspect  5.5 of 5.0   example.org asks to reject it, and nothing shows it is theirs",
   "terminal: the verdict in line 1")
ok(not any("\033" in line for line in lines), "terminal: no colour when it is no terminal")
eq(check(*base, "--short").stdout.decode().splitlines(), lines[:1], "terminal: --short prints line 1 only")
mark = next(i for i, line in enumerate(lines) if line.endswith("^^^^ here"))
eq(lines[mark - 1][lines[mark].index("^"):][:4], "~all", "terminal: the term that decided is marked")
out = check("--ip", "127.0.0.1", "--from", "a@example.org", "--message", PLAIN).stdout.decode().splitlines()
eq(out[1], "the daemon would not evaluate this client: trusted-host", "terminal: a line under the verdict")
hostile = check("--ip", "192.0.2.7", "--from", "a@example.org", "--message", "-",
                stdin=b"From: \x1b[31m\x07 <a@example.org>\n\n").stdout
ok(all(octet in b"\n" or 32 <= octet < 127 for octet in hostile), "terminal: no control octet of a stranger's")
sys.exit(done())
