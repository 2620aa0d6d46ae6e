"""The contract of softfail check, sentence by sentence: options, the JSON object, zone files, messages, the score.

A row is a promise, the arguments, and what the JSON object says at some of its places ("spf.result"); all rows are run
side by side.  test_check.py has the whole object once, and the text for people.
"""
import concurrent.futures
import hashlib
import json
import os
import pty
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "t", "lib"))
import dkimsign  # noqa: E402
from tap import done, eq, ok  # noqa: E402

SCRATCH = tempfile.TemporaryDirectory(prefix="softfail-contract-")
FOLDER = SCRATCH.name
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


# == The envelope alone

check("without --message dkim and dmarc are null, no fields, the column is by enforcement",
      {"dkim": None, "dmarc": None, "arc": None, "add_headers": [], "remove_headers": [], "score.column": "reject",
       "score.value": 2.5, "score.tokens": ["softfail-enforced"], "action": "tag", "disposition": "none",
       "reply": None, "skipped": None}, sender="a@soft.example")
for arg in ("a@soft.example", "<a@soft.example>", "<@relay.example:a@soft.example>", "<A@SOFT.Example.>"):
    check(f"--from {arg}", {"spf.domain": "soft.example", "spf.identity": "mailfrom", "spf.result": "softfail"},
          sender=arg)
for arg in (None, "", "<>", "< >"):
    check(f"the null sender {arg}: HELO", {"spf.domain": "soft.example", "spf.identity": "helo",
                                          "spf.result": "softfail"}, sender=arg, more=["--helo", "soft.example"])
NOTHING = {"spf.result": "none", "spf.domain": None, "spf.mechanism": None, "spf.path": [], "spf.posture": None,
           "spf.enforcement": None, "spf.lookups": 0, "spf.void_lookups": 0, "spf.open": False,
           "spf.explanation": None, "score.value": 0.0, "score.level": 0, "score.column": "nodmarc",
           "score.reasons": [], "action": "accept"}
check("no --helo is no HELO: none, without property", NOTHING | {"spf.identity": "helo"})
for helo in ("localhost", "[192.0.2.7]", "192.0.2.7", "a b.example", "-", "x..example", "[IPv6:2001:db8::1]"):
    check(f"HELO {helo} is no multi-label name: none, without property", NOTHING | {"spf.identity": "helo"},
          more=["--helo", helo])
for arg in ("root", "<root>", "<a@>", "<a@[192.0.2.1]>", "<a@exa!mple.org>", "<a@x..example>", "<@>"):
    check(f"MAIL FROM {arg} has no domain: none, not the null sender", NOTHING | {"spf.identity": "mailfrom"},
          sender=arg, more=["--helo", "soft.example"])
check("a single label is a property, but not for HELO", {"spf.result": "none", "spf.domain": "localhost"},
      sender="root@localhost")
check("a v4-mapped address is v4", {"spf.result": "pass", "spf.mechanism": "ip4:198.51.100.0/24"},
      ip="::ffff:198.51.100.9", sender="a@soft.example")
for arg in ('<"a@b"@soft.example>', "<a@b@soft.example>", "< a@soft.example >", "<a%x.example@soft.example>"):
    check(f"MAIL FROM {arg}: the domain behind the last unquoted @", {"spf.domain": "soft.example"}, sender=arg)
for arg in ("soft.example", "<soft.example>", "<a@" + "x" * 64 + ".example>", "<a@" + "x." * 127 + "example>"):
    check(f"MAIL FROM {arg[:30]} has no domain", NOTHING | {"spf.identity": "mailfrom"}, sender=arg)
for domain in ("a_b.example", "-a.example", "1.example"):
    check(f"{domain} is a domain: a property", {"spf.domain": domain}, sender=f"a@{domain}")
    check(f"{domain} is a domain for HELO", {"spf.domain": domain}, more=["--helo", domain.upper()])
check("U-labels become A-labels", {"spf.domain": "xn--bcher-kva.example"}, sender="a@b\u00fccher.example")

# == every key is always there

KEYS_OF = {
    "": "skipped spf dkim dmarc arc score disposition action reply add_headers remove_headers dns",
    "spf": "result identity domain mechanism path open explanation problem lookups void_lookups enforcement posture",
    "dmarc": "result author author_domain org_domain policy policy_domain policy_tag testing alignment record "
             "problem queries",
    "score": "value level column reasons", "dns": "queries cache_hits ms", "dmarc.alignment": "spf dkim"}
for content in (mail(), "\n", mail("a@localhost")):
    for place, names in KEYS_OF.items():
        check(f"every key is there: {place}", {f"{place}.keys".lstrip("."): set(names.split())}, message=content)
check("fields: index from the top, folds \\n\\t, no leading blank", {
    "add_headers": [{"name": "Authentication-Results", "index": 0, "value":
                     "mx.example.net;\n\tspf=none;\n\tdkim=none;\n\tdmarc=none header.from=x.example"}]},
      message=mail("a@x.example"))
check("the authserv-id is this host's name when none is configured", {"add_headers.0.value": (
    f"{socket.gethostname()};\n\tspf=none;\n\tdkim=none;\n\tdmarc=none header.from=x.example")},
      message=mail("a@x.example"), conf="")

# == spf

SPF = r"""
example EMPTY
def.example TXT "v=spf1 ip4:198.51.100.1"
all.example TXT "v=spf1 all"
quest.example TXT "v=spf1 ?all"
macro.example TXT "v=spf1 exists:%{ir}._spf.%{d2} -all"
7.2.0.192._spf.macro.example A 127.0.0.2
inc.example TXT "v=spf1 include:def.example include:%{d} include:all.example -all"
loop.example TXT "v=spf1 include:loop.example -all"
good.example TXT "v=spf1 include:red.example -all"
red.example TXT "v=spf1 redirect=wide.example"
wide.example TXT "v=spf1 ip4:192.0.0.0/7 ~all"
redsoft.example TXT "v=spf1 redirect=_spf.redsoft.example"
_spf.redsoft.example TXT "v=spf1 ip4:198.51.100.1 ~all"
early.example TXT "v=spf1 ip4:192.0.2.7 redirect=wide.example"
earlydead.example TXT "v=spf1 ip4:192.0.2.7 redirect=dead.example"
earlynone.example TXT "v=spf1 ip4:192.0.2.7 redirect=norecord.example"
dead.example * !TIMEOUT
two.example TXT "v=spf1 ~all"
two.example TXT "v=spf1 -all"
broken.example TXT "v=spf1 ipv4:192.0.2.7 ~all"
_dmarc.broken.example TXT "v=DMARC1; p=reject"
_dmarc.two.example TXT "v=DMARC1; p=reject"
exp.example TXT "v=spf1 -all exp=why.exp.example"
why.exp.example TXT "%{i} is not one of %{d}'s"
longexp.example TXT "v=spf1 -all exp=why.longexp.example"
why.longexp.example TXT "%s"
badexp.example TXT "v=spf1 -all exp=why.badexp.example"
why.badexp.example TXT "\195\188"
time.example TXT "v=spf1 -all exp=why.time.example"
why.time.example TXT "%{t}"
void.example TXT "v=spf1 a:v1.example a:v2.example a:v3.example ~all"
void2.example TXT "v=spf1 a:v1.example a:v2.example ~all"
ten.example TXT "v=spf1 %10~all"
eleven.example TXT "v=spf1 %10a:ok.example ~all"
ok.example A 198.51.100.77
mid.example TXT "v=spf1 include:dead.example ~all"
_dmarc.mid.example TXT "v=DMARC1; p=quarantine"
none.example TXT "hello"
_dmarc.none.example TXT "v=DMARC1; p=reject"
case.example TXT "v=spf1 IP4:192.0.2.7 -ALL"
plus.example TXT "v=spf1 +ip4:192.0.2.7 -all"
""".replace("%s", "x" * 220 + '" "' + "y" * 220).replace("%10", "a:ok.example " * 10)


def spf(rule, want, domain, **more):
    check(rule, {f"spf.{key}": value for key, value in want.items() if "." not in key}
          | {key: value for key, value in want.items() if "." in key}, sender=f"a@{domain}", zone=SPF, **more)


spf("default and [] when nothing matched", {"result": "neutral", "mechanism": "default", "path": [],
                                            "posture": "none", "problem": None}, "def.example")
spf("the qualifier always shown for all", {"result": "pass", "mechanism": "+all", "path": ["+all"], "open": True,
                                           "posture": "+all", "enforcement": "nodmarc"}, "all.example")
spf("?all", {"result": "neutral", "mechanism": "?all", "path": ["?all"], "posture": "?all"}, "quest.example")
spf("macros unexpanded", {"result": "pass", "mechanism": "exists:%{ir}._spf.%{d2}", "open": False, "posture": "-all",
                          "lookups": 1}, "macro.example")
spf("terms as in the record", {"result": "pass", "mechanism": "IP4:192.0.2.7", "path": ["IP4:192.0.2.7"]},
    "case.example")
spf("terms as in the record: a written +", {"mechanism": "+ip4:192.0.2.7"}, "plus.example")
spf("path from the domain's term to the innermost, through include and redirect",
    {"result": "pass", "mechanism": "include:red.example", "open": True, "lookups": 2,
     "path": ["include:red.example", "redirect=wide.example", "ip4:192.0.0.0/7"], "posture": "-all"}, "good.example")
spf("posture through redirect", {"result": "softfail", "mechanism": "redirect=_spf.redsoft.example",
                                 "path": ["redirect=_spf.redsoft.example", "~all"], "posture": "~all"},
    "redsoft.example")
spf("redirect is followed for the posture even when the verdict did not need it, uncounted",
    {"result": "pass", "posture": "~all", "lookups": 0, "open": False}, "early.example")
spf("posture null when the end could not be read; the verdict stays", {"result": "pass", "posture": None},
    "earlydead.example")
spf("posture null when the redirect ends nowhere", {"result": "pass", "posture": None}, "earlynone.example")
spf("mechanism null and path [] for permerror; posture null; enforcement all the same",
    {"result": "permerror", "mechanism": None, "path": [], "posture": None, "enforcement": "reject",
     "score.column": "reject", "score.tokens": ["spf-permerror"], "score.value": 0.5}, "broken.example")
spf("two SPF records are records: enforcement is determined, posture null",
    {"result": "permerror", "mechanism": None, "path": [], "posture": None, "enforcement": "reject",
     "score.value": 0.5}, "two.example")
spf("no SPF record: none, enforcement null, whatever DMARC says",
    {"result": "none", "mechanism": None, "path": [], "enforcement": None, "posture": None, "domain": "none.example",
     "score.column": "nodmarc"}, "none.example")
spf("temperror before a record was read: all null", {"result": "temperror", "mechanism": None, "path": [],
                                                     "posture": None, "enforcement": None}, "dead.example")
spf("temperror after the record was read: posture and enforcement",
    {"result": "temperror", "mechanism": None, "path": [], "posture": "~all", "enforcement": "quarantine",
     "score.value": 0.0}, "mid.example")
spf("explanation: the sender domain's words",
    {"result": "fail", "explanation": "192.0.2.7 is not one of exp.example's"}, "exp.example")
spf("explanation: 400 bytes at most", {"explanation": "x" * 220 + "y" * 180}, "longexp.example")
spf("--time fixes the clock: macro t", {"explanation": "1000"}, "time.example", more=["--time", "1000"])
spf("explanation: printable ASCII", {"explanation": None}, "badexp.example")
spf("void_lookups", {"result": "softfail", "void_lookups": 2, "lookups": 2}, "void2.example")
spf("a third void lookup", {"result": "permerror"}, "void.example")
spf("void_lookups of the configuration", {"result": "softfail", "void_lookups": 3}, "void.example",
    conf=CONF + "spf: { void_lookups = 3; };\n")
spf("ten lookups", {"result": "softfail", "lookups": 10}, "ten.example")
spf("eleven", {"result": "permerror"}, "eleven.example")
spf("include without end", {"result": "permerror"}, "loop.example")

# == enforcement

for rule, records, want in (
        ("nodmarc", "", "nodmarc"),
        ("none", '_dmarc.s.example TXT "v=DMARC1; p=none"', "none"),
        ("t=y is one step weaker", '_dmarc.s.example TXT "v=DMARC1; p=reject; t=y"', "quarantine"),
        ("sp of the org domain", '_dmarc.example TXT "v=DMARC1; p=none; sp=reject"', "reject"),
        ("a policy found above a failing name counts",
         '_dmarc.s.example TXT !SERVFAIL\n_dmarc.example TXT "v=DMARC1; p=reject"', "reject"),
        ("null when a name failed and nothing was found", "_dmarc.s.example TXT !SERVFAIL", None),
        ("nothing found because the record is broken", '_dmarc.s.example TXT "v=DMARC1; p=foo"', "nodmarc"),
        ("broken p with rua is none", '_dmarc.s.example TXT "v=DMARC1; p=foo; rua=mailto:a@s.example"', "none"),
        ("two records are none", '_dmarc.s.example TXT "v=DMARC1; p=reject"\n'
                                 '_dmarc.s.example TXT "v=DMARC1; p=reject"', "nodmarc")):
    check(f"enforcement: {rule}", {"spf.enforcement": want, "score.column": want or "nodmarc",
                                   "score.value": {"quarantine": 1.5, "reject": 2.5}.get(want, 0.7)},
          sender="a@s.example", zone=f's.example TXT "v=spf1 ~all"\n{records}\n')
check("enforcement whatever the result: a pass too", {"spf.result": "pass", "spf.enforcement": "reject",
                                                      "score.value": 0.0},
      sender="a@soft.example", ip="198.51.100.1")

# == score: open, per family, through include and redirect

OPEN = """
example EMPTY
"""
for name, record, v4, v6 in (
        ("ip4-7", "ip4:192.0.0.0/7", True, None), ("ip4-8", "ip4:192.0.0.0/8", False, None),
        ("ip4-0", "ip4:0.0.0.0/0", True, None), ("ip6-0", "ip6:::/0", None, True),
        ("ip6-8", "ip6:2000::/8", None, False), ("ip6-7", "ip6:2000::/7", None, True), ("a-7", "a:h.example/7", True, False),
        ("a-6-7", "a:h.example//7", False, True), ("a-6-8", "a:h.example/8//8", False, False),
        ("mx-0", "mx:m.example/0//0", True, True), ("mx-6", "mx:m.example//0", False, True),
        ("exists", "exists:h.example", False, False), ("all", "+all", True, True), ("all-bare", "all", True, True),
        ("ptr", "ptr:h.example", False, False),
        ("inc", "include:all.o.example", True, True), ("inc4", "include:ip4-8.o.example", False, None),
        ("red", "redirect=mx-6.o.example", False, True),
        ("incinc", "include:inc.o.example", True, True), ("soft", "~all", False, False)):
    OPEN += f'{name}.o.example TXT "v=spf1 {record}"\n'
    for ip, want in ((CLIENT, v4), ("2001:db8::7", v6)):
        if want is not None:
            check(f"open: {record} for {ip}", {
                "spf.open": want, "spf.result": "softfail" if name == "soft" else "pass",
                "score.tokens": ["open-pass"] if want else ["softfail-advisory"] if name == "soft" else []},
                  sender=f"a@{name}.o.example", ip=ip, zone="\0open")
OPEN += """h.example A 192.0.2.7
h.example AAAA 2001:db8::7
m.example MX 5 h.example
192.0.2.7 PTR h.example
2001:db8::7 PTR h.example
"""
for row in ROWS:
    if path("\0open") in row[1]:
        row[1][row[1].index(path("\0open"))] = path(OPEN)

# == score: columns, tokens and their order

SCORE = r"""
example EMPTY
"""
for policy in ("reject", "quarantine", "none"):
    for end, word in (("~all", "soft"), ("-all", "hard"), ("+all", "open"), ("?all", "neutral"), ("bad", "perm")):
        SCORE += f'{word}.{policy}.example TXT "v=spf1 {end}"\n'
        SCORE += f'_dmarc.{word}.{policy}.example TXT "v=DMARC1; p={policy}"\n'
SCORE += """soft.no.example TXT "v=spf1 ~all"
hard.no.example TXT "v=spf1 -all"
open.no.example TXT "v=spf1 +all"
perm.no.example TXT "v=spf1 bad"
neutral.no.example TXT "v=spf1 ?all"
pass.reject.example TXT "v=spf1 ip4:192.0.2.7 -all"
_dmarc.pass.reject.example TXT "v=DMARC1; p=reject"
"""
SPF_CELLS = {  # columns nodmarc none quarantine reject
    "soft": (7, 7, 15, 25), "hard": (10, 10, 19, 30), "open": (15, 15, 19, 25), "perm": (3, 3, 5, 5),
    "neutral": (0, 0, 0, 0)}
SPF_TOKENS = {"soft": "softfail", "hard": "hardfail", "open": "open-pass", "perm": "spf-permerror"}
for word, cells in SPF_CELLS.items():
    for column, tenths in zip(("nodmarc", "none", "quarantine", "reject"), cells):
        folder = "no" if column == "nodmarc" else column
        token = SPF_TOKENS.get(word)
        if word in ("soft", "hard"):
            token += "-advisory" if folder in ("no", "none") else "-enforced"
        for author, added, extra in (("x.soft.reject.example", 30, ["dmarc-reject"]),
                                     ("x.soft.quarantine.example", 19, ["dmarc-quarantine"]),
                                     ("x.soft.none.example", 0, []), ("x.nothing.example", 0, [])):
            reasons = ([(tenths, 0, token)] if tenths else []) + [(added, 1, name) for name in extra]
            check(f"cells: {word} {folder}, author {author}",
                  {"score.value": (tenths + added) / 10, "score.column": column,
                   "score.tokens": [name for _, _, name in sorted(reasons, key=lambda r: (-r[0], r[1]))],
                   "score.level": max((tenths + added) // 10, 1) if tenths + added else 0,
                   "action": "tag" if tenths + added else "accept"},
                  sender=f"a@{word}.{folder}.example", message=mail(f"a@{author}"), zone=SCORE)
for author, value, token in (("a", 3.0, "from-broken"), ("", 3.0, "from-broken"), ("a@[192.0.2.1]", 3.0, "from-broken"),
                             ("a@x.example, b@y.example", 3.0, "from-several")):
    check(f"author {author}: weight beside the SPF part", {"score.value": value + 2.5, "dmarc.result": "permerror",
                                                           "score.tokens": [token, "softfail-enforced"]},
          sender="a@soft.reject.example", message=mail(author), zone=SCORE)
check("repeated: 5.5, and the SPF part is left out; the column is chosen all the same",
      {"score.value": 5.5, "score.tokens": ["from-repeated"], "score.column": "reject", "dmarc.author": "repeated"},
      sender="a@soft.reject.example", message="From: a@x.example\nFrom: b@y.example\n\n", zone=SCORE)
for policy, value in (("reject", 2.0), ("quarantine", 1.0)):
    check(f"unproven under {policy}: the SPF part is left out", {
        "score.value": value, "score.tokens": ["dmarc-unproven"], "dmarc.result": "temperror",
        "dmarc.policy": policy, "spf.result": "temperror"}, sender=f"a@dead.soft.{policy}.example",
          message=mail(f"a@soft.{policy}.example"), zone=SCORE + f"dead.soft.{policy}.example TXT !SERVFAIL\n")
check("unproven under none weighs nothing", {"score.value": 0.0, "dmarc.result": "temperror", "dmarc.policy": "none"},
      sender="a@dead.soft.none.example", message=mail("a@soft.none.example"),
      zone=SCORE + "dead.soft.none.example * !REFUSED\n")
check("a DMARC pass by an open SPF pass alone forgives nothing",
      {"dmarc.result": "pass", "dmarc.alignment.spf": True, "score.column": "reject", "score.tokens": ["open-pass"],
       "score.value": 2.5}, sender="a@open.reject.example", message=mail("a@open.reject.example"), zone=SCORE)
check("a DMARC pass by an SPF pass that is not open", {"dmarc.result": "pass", "score.column": "dmarc-pass",
                                                       "score.value": 0.0, "action": "accept"},
      sender="a@pass.reject.example", message=mail("a@pass.reject.example"), zone=SCORE)
check("score.maximum", {"score.value": 4.0, "score.level": 4}, sender="a@soft.reject.example",
      message=mail("a@soft.reject.example"), zone=SCORE, conf=CONF + "score: { maximum = 4.0; };\n")
check("equal weights stand in the order of the tokens", {"score.tokens": ["hardfail-enforced", "dmarc-reject"]},
      sender="a@hard.reject.example", message=mail("a@hard.reject.example"), zone=SCORE)
check("weights of the configuration", {"score.value": 3.1, "score.tokens": ["dmarc-reject", "softfail-enforced"]},
      sender="a@soft.reject.example", message=mail("a@soft.reject.example"), zone=SCORE,
      conf=CONF + "score: { weights: { softfail: { reject = 0.1; }; }; };\n")

# == dmarc

DMARC = r"""
example EMPTY
_dmarc.one.example TXT "v=DMARC1; p=reject"
_dmarc.sp.example TXT "v=DMARC1; p=reject; sp=quarantine"
_dmarc.np.example TXT "v=DMARC1; p=none; sp=quarantine; np=reject"
there.np.example A 192.0.2.1
_dmarc.nponly.example TXT "v=DMARC1; p=none; np=reject"
_dmarc.test.example TXT "v=DMARC1; p=reject; t=y"
_dmarc.rua.example TXT "v=DMARC1; rua=mailto:d@rua.example"
_dmarc.badrua.example TXT "v=DMARC1; p=foo; rua=mailto:d@rua.example"
_dmarc.bad.example TXT "v=DMARC1; p=foo"
_dmarc.unknown.np.example EMPTY
unknown.np.example A !SERVFAIL
unknown.np.example CNAME !SERVFAIL
_dmarc.ownfail.example TXT !SERVFAIL
_dmarc.sub.ownfail.example TXT "v=DMARC1; p=quarantine"
_dmarc.above.sp.example TXT !TIMEOUT
_dmarc.strict.example TXT "v=DMARC1; p=reject; aspf=s; adkim=s"
sub.strict.example TXT "v=spf1 ip4:192.0.2.7 -all"
sub.one.example TXT "v=spf1 ip4:192.0.2.7 -all"
one.example TXT "v=spf1 ip4:192.0.2.7 -all"
odd.example TXT "v=spf1 ip4:192.0.2.7 -all"
dead.one.example * !TIMEOUT
dead.odd.example * !TIMEOUT
walkfail.one.example TXT "v=spf1 ip4:192.0.2.7 -all"
_dmarc.walkfail.one.example TXT !SERVFAIL
_dmarc.dead TXT !SERVFAIL
own.dead TXT "v=spf1 ip4:192.0.2.7 -all"
_dmarc.own.dead TXT "v=DMARC1; p=reject"
sub.ownfail.example TXT "v=spf1 ip4:192.0.2.7 -all"
"""


def dmarc(rule, want, author, sender=None, **more):
    message = more.pop("message", None) or mail(f"a@{author}")
    check(rule, {key if "." in key else f"dmarc.{key}": value for key, value in want.items()}, sender=sender,
          message=message, zone=more.pop("zone", DMARC), **more)


NO_AUTHOR = {"result": "permerror", "author_domain": None, "org_domain": None, "policy": None, "policy_domain": None,
             "policy_tag": None, "record": None, "testing": None, "dmarc.alignment.spf": False,
             "dmarc.alignment.dkim": False, "queries": []}
dmarc("one author", {"result": "fail", "author": "one", "author_domain": "one.example", "org_domain": "one.example",
                     "policy": "reject", "policy_domain": "one.example", "policy_tag": "p", "testing": False,
                     "record": "v=DMARC1; p=reject", "problem": None,
                     "queries": ["_dmarc.one.example", "_dmarc.example"]}, "one.example")
dmarc("one author without a record", {
    "result": "none", "author": "one", "author_domain": "a.b.nothing.example", "org_domain": "a.b.nothing.example",
    "policy": None, "policy_domain": None, "policy_tag": None, "record": None, "testing": None,
    "dmarc.alignment.spf": False, "problem": None,
    "queries": ["_dmarc.a.b.nothing.example", "_dmarc.b.nothing.example", "_dmarc.nothing.example", "_dmarc.example"]},
      "a.b.nothing.example")
dmarc("a single label: org_domain itself, no query", {"result": "none", "author": "one", "author_domain": "localhost",
                                                      "org_domain": "localhost", "policy": None, "queries": []},
      "localhost")
dmarc("sp", {"policy": "quarantine", "policy_tag": "sp", "policy_domain": "sp.example", "org_domain": "sp.example"},
      "x.sp.example")
dmarc("p for the author's own record", {"policy": "reject", "policy_tag": "p"}, "sp.example")
dmarc("np only for names that do not exist", {"policy": "quarantine", "policy_tag": "sp"}, "there.np.example")
dmarc("np", {"policy": "reject", "policy_tag": "np"}, "gone.np.example")
dmarc("np without sp, an existing name: p", {"policy": "none", "policy_tag": "p"}, "x.nponly.example",
      zone=DMARC + "x.nponly.example EMPTY\n")
dmarc("t=y: policy after it, testing", {"policy": "quarantine", "policy_tag": "p", "testing": True}, "test.example")
dmarc("no p, but rua: default-none", {"policy": "none", "policy_tag": "default-none"}, "rua.example")
dmarc("p that is none, but rua: default-none", {"policy": "none", "policy_tag": "default-none"}, "badrua.example")
dmarc("p that is none, and no rua: no DMARC", {"result": "none", "policy": None, "policy_tag": None,
                                               "policy_domain": None, "testing": None}, "bad.example")
dmarc("8 labels: the walk goes to 7 in one step, 8 questions at most",
      {"queries": ["_dmarc." + ".".join("abcdefghi"[i:]) + ".example" for i in (0, 3, 4, 5, 6, 7, 8)] +
       ["_dmarc.example"], "org_domain": "a.b.c.d.e.f.g.h.i.example"}, "a.b.c.d.e.f.g.h.i.example")
dmarc("(a) the author's own name failed: temperror; a policy found above is given",
      {"result": "temperror", "policy": "quarantine", "policy_tag": "sp", "score.tokens": ["dmarc-unproven"]},
      "above.sp.example")
dmarc("(a) no policy at all and a later name failed: temperror", {"result": "temperror", "policy": None},
      "x.ownfail.example")
dmarc("(a) an own record settles it, whatever failed above", {"result": "fail", "policy": "reject"}, "own.dead")
dmarc("(a) existence unknown: of sp and np the stricter, temperror", {"result": "temperror", "policy": "reject",
                                                                      "policy_tag": "np"}, "unknown.np.example")
dmarc("a passing identifier that is the author domain gives pass although a name failed",
      {"result": "pass", "policy": "quarantine", "dmarc.alignment.spf": True}, "sub.ownfail.example",
      sender="a@sub.ownfail.example")
dmarc("without any policy an aligned pass stays temperror", {"result": "temperror", "policy": None},
      "x.ownfail.example", sender="a@x.ownfail.example",
      zone=DMARC + 'x.ownfail.example TXT "v=spf1 ip4:192.0.2.7 -all"\n')
dmarc("(b) SPF itself temperror would be aligned: temperror", {"result": "temperror", "policy": "reject",
                                                              "spf.result": "temperror"}, "one.example",
      sender="a@dead.one.example")
dmarc("(b) temperror that would not be aligned: fail", {"result": "fail", "spf.result": "temperror"}, "one.example",
      sender="a@dead.odd.example")
dmarc("(b) a passing identifier whose own walk failed", {
    "result": "pass", "queries": ["_dmarc.one.example", "_dmarc.example", "_dmarc.walkfail.one.example"]},
      "one.example", sender="a@walkfail.one.example")
dmarc("relaxed: same org domain; the identifier's walk adds its names",
      {"result": "pass", "dmarc.alignment.spf": True,
       "queries": ["_dmarc.one.example", "_dmarc.example", "_dmarc.sub.one.example"]}, "one.example",
      sender="a@sub.one.example")
dmarc("strict: no walk for the identifier", {"result": "fail", "dmarc.alignment.spf": False,
                                             "queries": ["_dmarc.strict.example", "_dmarc.example"]}, "strict.example",
      sender="a@sub.strict.example")
dmarc("alignment: an aligned one passed, not a softfail", {"result": "fail", "dmarc.alignment.spf": False},
      "soft.example", sender="a@soft.example", zone=ZONE)
dmarc("HELO counts through the null sender", {"result": "pass", "dmarc.alignment.spf": True, "spf.identity": "helo"},
      "one.example", more=["--helo", "sub.one.example"])
dmarc("an SPF pass elsewhere is no alignment; queries of enforcement are not among them",
      {"result": "fail", "dmarc.alignment.spf": False, "queries": ["_dmarc.one.example", "_dmarc.example"]},
      "one.example", sender="a@odd.example")
for kind, author in (("several", "a@one.example, b@sp.example"), ("broken", ""), ("broken", "joe"),
                     ("broken", "undisclosed:;"), ("broken", "a@[192.0.2.1]"), ("broken", "a@192.0.2.1"),
                     ("broken", "a@exa_mple..org"), ("broken", "a@b@one.example"),
                     ("broken", "a@one.example <b@sp.example>"),
                     ("several", "a@one.example, b@[192.0.2.1]"), ("broken", '"a@one.example" <b')):
    dmarc(f"author {kind}: {author}", NO_AUTHOR | {"author": kind}, "", message=mail(author))
for author in ("a@one.example, b@ONE.example", "joe@one.example <joe@one.example>", "Joe <joe@one.example",
               "g: a@one.example;", '"b@sp.example" <a@one.example>', "(b@sp.example) a@one.example",
               "a@one.example.", "Joe <@r.example:a@one.example>", "a@one.example, joe"):
    dmarc(f"one author: {author}", {"author": "one", "author_domain": "one.example", "result": "fail"}, "",
          message=mail(author))
for kind, fields in (("broken", ""), ("broken", "From: a@one.example\nFrom: b@one.example\n"),
                     ("repeated", "From: a@one.example\nFrom: b@sp.example\n"),
                     ("repeated", "From: a@one.example\nFrom: joe\n"), ("repeated", "From: joe\nFrom: ann\n"),
                     ("repeated", "From: a@one.example\nFrom:\n"),
                     ("repeated", "From: a@one.example, b@sp.example\nFrom: a@one.example\n")):
    dmarc(f"author {kind} by fields {fields!r}", NO_AUTHOR | {"author": kind}, "",
          message=f"Subject: x\n{fields}\nbody\n")
dmarc("dns.queries: different questions that the verdict used: SPF record, two DMARC names",
      {"dns.queries": 3, "dns.cache_hits": 0}, "one.example", sender="a@one.example")
dmarc("dns.queries: without SPF two", {"dns.queries": 2}, "one.example")
dmarc("dns.queries: enforcement of another domain is used by the verdict",
      {"dns.queries": 4}, "one.example", sender="a@odd.example")
dmarc("dns.queries: the existence test, A and CNAME", {"dns.queries": 5}, "gone.np.example")
dmarc("dns.queries: a redirect followed for the posture alone is none",
      {"dns.queries": 4, "spf.posture": "~all"}, "one.example", sender="a@early.example",
      zone=DMARC + 'early.example TXT "v=spf1 ip4:192.0.2.7 a:x.example a:x.example redirect=late.example"\n'
                   'late.example TXT "v=spf1 ~all"\n')
dmarc("prefetch changes no count", {"dns.queries": 4}, "one.example", sender="a@odd.example",
      conf=CONF + "dns: { prefetch = false; };\n")

# == dkim

KEY, SMALL = dkimsign.Key(), dkimsign.Key(1024)
NOW = 1788256800
KEYS = f"""
example EMPTY
_dmarc.sig.example TXT "v=DMARC1; p=reject"
_dmarc.strict.example TXT "v=DMARC1; p=reject; adkim=s"
s1._domainkey.sig.example TXT {KEY.record}
s1._domainkey.sub.sig.example TXT {KEY.record}
s1._domainkey.sub.strict.example TXT {KEY.record}
s1._domainkey.odd.example TXT {KEY.record}
small._domainkey.sig.example TXT {SMALL.record}
gone._domainkey.sig.example TXT "v=DKIM1; p="
two._domainkey.sig.example TXT {KEY.record}
two._domainkey.sig.example TXT {KEY.record}
dead._domainkey.sig.example TXT !TIMEOUT
dead._domainkey.odd.example TXT !TIMEOUT
strict._domainkey.sig.example TXT "t=s; " {KEY.record}
k._domainkey.sig.example TXT {KEY.record.replace("k=rsa", "k=ed25519")}
h._domainkey.sig.example TXT "h=sha1; " {KEY.record}
""".replace('"t=s; " "v=DKIM1; ', '"v=DKIM1; t=s; ').replace('"h=sha1; " "v=DKIM1; ', '"v=DKIM1; h=sha1; ')
UNSIGNED = b"From: a@sig.example\r\nTo: b@x.example\r\nSubject: x\r\n\r\nbody\r\n"


def sign(selector="s1", domain="sig.example", key=KEY, names=("From", "To", "Subject"), tags="", content=UNSIGNED,
         ways="relaxed/relaxed"):
    return dkimsign.sign(content, key, domain, selector, list(names), ways, tags)


def dkim(rule, result, message, want=None, **more):
    check(f"dkim: {rule}", {"dkim.0.result": result} | (want or {}), message=message, zone=more.pop("zone", KEYS),
          more=["--time", str(NOW)], **more)


dkim("an element, key by key", "pass", sign(), {
    "dkim": [{"result": "pass", "domain": "sig.example", "selector": "s1", "identity": "@sig.example",
              "algorithm": "rsa-sha256", "bits": 2048, "aligned": True, "problem": None}],
    "dmarc.result": "pass", "dmarc.alignment.dkim": True, "score.column": "dmarc-pass"})
DKIM_PASS = {"dmarc.result": "pass", "score.column": "dmarc-pass", "score.value": 0.0, "score.tokens": []}
for end, want in (("~all", {}), ("bad", {}), ("+all", {}),
                  ("-all", {"score.value": 0.3, "score.tokens": ["hardfail-forgiven"], "score.level": 1})):
    dkim(f"an aligned signature forgives {end} of another domain", "pass", sign(), DKIM_PASS | want,
         sender="a@sender.example", zone=KEYS + f'sender.example TXT "v=spf1 {end}"\n')
dkim("softfail-forgiven, when configured above 0", "pass", sign(), DKIM_PASS | {
    "score.value": 0.2, "score.tokens": ["softfail-forgiven"]}, sender="a@sender.example",
     zone=KEYS + 'sender.example TXT "v=spf1 ~all"\n',
     conf=CONF + "score: { weights: { softfail: { dmarc_pass = 0.2; }; fail: { dmarc_pass = 0.3; }; }; };\n")
dkim("1024 bits", "pass", sign("small", key=SMALL), {"dkim.0.bits": 1024})
dkim("under minimum_key_bits: policy", "policy", sign("small", key=SMALL), {"dkim.0.bits": 1024, "dmarc.result": "fail",
                                                                           "dkim.0.aligned": True},
     conf=CONF + "dkim: { minimum_key_bits = 2048; };\n")
dkim("l= short of the body: policy", "policy", sign(tags="l=2"))
dkim("t=s with i= below d=: policy", "policy", sign("strict", tags="i=@sub.sig.example"),
     {"dkim.0.identity": "@sub.sig.example"})
dkim("body changed: fail", "fail", sign().replace(b"body", b"bodi"), {"dkim.0.aligned": True, "dkim.0.bits": 2048,
                                                                      "dmarc.result": "fail"})
dkim("header changed: fail", "fail", sign().replace(b"Subject: x", b"Subject: y"))
dkim("no key: permerror", "permerror", sign("nokey"), {"dkim.0.bits": 0})
dkim("revoked: permerror", "permerror", sign("gone"), {"dkim.0.bits": 0})
dkim("two key records: permerror", "permerror", sign("two"))
dkim("a tag twice: permerror", "permerror", sign(tags="d=sig.example"))
dkim("k= of the key excludes: permerror", "permerror", sign("k"))
dkim("h= of the key excludes: permerror", "permerror", sign("h"))
dkim("x= past: permerror", "permerror", sign(tags=f"x={NOW - 1}"))
dkim("x= now: not past", "pass", sign(tags=f"x={NOW}"))
dkim("From unsigned: permerror", "permerror", sign(names=("To", "Subject")))
dkim("i= outside d=: permerror", "permerror", sign(tags="i=@odd.example"))
dkim("field not parsable: neutral, what cannot be read is null", "neutral",
     "DKIM-Signature: nonsense\n" + mail("a@sig.example"),
     {"dkim.0.domain": None, "dkim.0.selector": None, "dkim.0.identity": None, "dkim.0.algorithm": None,
      "dkim.0.bits": 0, "dkim.0.aligned": False})
dkim("algorithm unknown: neutral", "neutral", sign().replace(b"a=rsa-sha256", b"a=rsa-sha999"),
     {"dkim.0.domain": "sig.example"})
dkim("the key could not be asked: temperror, and DMARC (b)", "temperror", sign("dead"),
     {"dmarc.result": "temperror", "dmarc.policy": "reject", "dkim.0.aligned": True,
      "score.tokens": ["dmarc-unproven"], "score.value": 2.0})
dkim("unproven: a softfail beside it is left out, the column is chosen", "temperror", sign("dead"),
     {"spf.result": "softfail", "score.column": "reject", "score.tokens": ["dmarc-unproven"], "score.value": 2.0},
     sender="a@soft.sig.example", zone=KEYS + 'soft.sig.example TXT "v=spf1 ~all"\n')
dkim("temperror that would not be aligned", "temperror", sign("dead", domain="odd.example"),
     {"dmarc.result": "fail", "dkim.0.aligned": False})
dkim("aligned: relaxed", "pass", sign(domain="sub.sig.example"), {
    "dkim.0.aligned": True, "dmarc.result": "pass",
    "dmarc.queries": ["_dmarc.sig.example", "_dmarc.example", "_dmarc.sub.sig.example"]})
dkim("aligned false when strict", "pass",
     sign(domain="sub.strict.example", content=UNSIGNED.replace(b"sig.example", b"strict.example")),
     {"dkim.0.aligned": False, "dmarc.result": "fail"})
dkim("aligned false without a DMARC record", "pass",
     sign(domain="odd.example", content=UNSIGNED.replace(b"sig.example", b"odd.example")),
     {"dkim.0.aligned": False, "dmarc.result": "none", "dmarc.alignment.dkim": False})
dkim("no aligned signature", "pass", sign(domain="odd.example"), {"dkim.0.aligned": False, "dmarc.result": "fail"})
dkim("all are examined, also after one has passed", "pass", sign(content=sign("gone")),
     {"dkim.length": 2, "dkim.1.result": "permerror", "dmarc.result": "pass"})
dkim("all are examined, in the order of the header", "permerror", sign("gone", content=sign()),
     {"dkim.length": 2, "dkim.1.result": "pass", "dmarc.result": "pass"})
dkim("max_signatures; the problem of the last says how many were left", "permerror",
     sign("gone", content=sign("s1", content=sign("small", key=SMALL))),
     {"dkim.length": 2, "dkim.1.result": "pass", "dkim.1.problem": "1 more signature was not examined"},
     conf=CONF + "dkim: { max_signatures = 2; };\n")
dkim("--time fixes the clock", "permerror", sign(tags="x=1000000000"))
check("dkim.source off: []", {"dkim": [], "dmarc.result": "fail"}, message=sign(), zone=KEYS,
      conf=CONF + 'dkim: { source = "off"; };\n')
check("not signed: []", {"dkim": []}, message=UNSIGNED, zone=KEYS)
UPSTREAM = CONF + 'dkim: { source = "upstream"; trusted_authserv_ids = [ "in.example.net" ]; };\n'
BELIEVED = "Authentication-Results: in.example.net; dkim=pass header.d=sig.example header.s=s1 header.a=rsa-sha256\n"
check("upstream: the list holds what was believed; its topmost run is not removed, lower ones are",
      {"dkim.0.result": "pass", "dkim.0.domain": "sig.example", "dkim.length": 1, "dmarc.result": "pass",
       "remove_headers": [{"name": "Authentication-Results", "index": 2}]},
      message=BELIEVED + "Received: x\n" + BELIEVED + mail("a@sig.example"), zone=KEYS, conf=UPSTREAM)
check("upstream: the run begins at the very first field",
      {"dkim": [], "dmarc.result": "fail", "remove_headers": [{"name": "Authentication-Results", "index": 1}]},
      message="Received: x\n" + BELIEVED + mail("a@sig.example"), zone=KEYS, conf=UPSTREAM)

# == messages

for label, content in (("LF", mail().encode()), ("CRLF", mail().replace("\n", "\r\n").encode()),
                       ("mbox", b"From x Mon Jan 1\n" + mail().encode()),
                       ("mbox, CRLF", b"From x Mon Jan 1\r\n" + mail().replace("\n", "\r\n").encode()),
                       ("no body", b"From: a@soft.example\n\n"), ("no empty line", b"From: a@soft.example\n"),
                       ("no last line end", b"From: a@soft.example"),
                       ("blank before the colon", b"Subject: x\nFrom : a@soft.example\n\n"),
                       ("odd case", b"fROM: a@soft.example\n\n"),
                       ("folds", b"From:\n\t(x)\n <a@soft.example>\n\n"),
                       ("> before From", b">From x Mon Jan 1\n" + mail().encode()),
                       ("several mbox lines", b"From x Mon Jan 1\n>From y Mon Jan 1\n" + mail().encode()),
                       ("a continuation of blanks", b"Subject: x\n \t\nFrom: a@soft.example\n\n"),
                       ("a CR is a blank: continuation", b"Subject: x\r\n\rX\r\nFrom: a@soft.example\r\n\r\n"),
                       ("a CR is a blank: before the colon", b"Subject: x\r\nFrom\r: a@soft.example\r\n\r\n"),
                       ("a name of 2,047", b"X" * 2047 + b": v\nFrom: a@soft.example\n\n"),
                       ("punctuation in a name", b"X-!#$%;()<>@,[]?=.: v\nFrom: a@soft.example\n\n"),
                       ("a NUL cuts the line", b"From: a@soft.example\0, b@x.example\n\n"),
                       ("CRs before the line end", b"From: a@soft.example\r\r\n\n")):
    check(f"message: {label}", {"dmarc.author_domain": "soft.example", "dmarc.author": "one"}, message=content)
for label, content in (("empty", b""), ("body first", b"\nFrom: a@soft.example\n\n"),
                       ("a fold first", b" From: a@soft.example\n\n"),
                       ("a line without colon", b"Subject: x\nnonsense\nFrom: a@soft.example\n\n"),
                       ("a blank in a name", b"Subject: x\nX Y: v\nFrom: a@soft.example\n\n"),
                       ("8-bit in a name", b"Subject: x\nX\xfc: v\nFrom: a@soft.example\n\n"),
                       ("no name", b"Subject: x\n: v\nFrom: a@soft.example\n\n"),
                       ("an mbox line below a field", b"Subject: x\nFrom y Tue\nFrom: a@soft.example\n\n"),
                       ("a control in a name", b"Subject: x\nX\x01: v\nFrom: a@soft.example\n\n"),
                       ("a name divided by a fold", b"Subject: x\nFrom\n : a@soft.example\n\n"),
                       ("a name too long", b"X" * 2048 + b": v\nFrom: a@soft.example\n\n"),
                       ("\\r\\r\\n is an empty line", b"Subject: x\r\n\r\r\nFrom: a@soft.example\r\n\r\n")):
    check(f"message: {label}: no From in the header", {"dmarc.author": "broken"}, message=content)
check("message: lines are CRLF for DKIM", {"dkim.0.result": "pass"}, zone=KEYS,
      message=sign(ways="simple/simple").replace(b"\r\n", b"\n"), more=["--time", str(NOW)])
check("message: a missing last line end is added", {"dkim.0.result": "pass"}, zone=KEYS,
      message=sign(ways="simple/simple")[:-2], more=["--time", str(NOW)])

# == skipped, removal

FORGED = "".join(f"{name}: {value}; x\n" for name, value in (
    ("Authentication-Results", "mx.example.net"), ("X-SPF-DMARC-Score", "0.0"),
    ("Authentication-Results", "mx.example.net"), ("x-spf-dmarc-LEVEL", "*"), ("Received-SPF", "pass"),
    ("Authentication-Results", "other.example")))
REMOVED = [{"name": "x-spf-dmarc-LEVEL", "index": 1}, {"name": "Authentication-Results", "index": 2},
           {"name": "X-SPF-DMARC-Score", "index": 1}, {"name": "Authentication-Results", "index": 1}]
check("trusted host: evaluated all the same, and the output says so", {
    "skipped": "trusted-host", "spf.result": "softfail", "dmarc.result": "fail", "remove_headers": REMOVED},
      ip="127.0.0.1", sender="a@soft.example", message=FORGED + mail())
check("trusted host, v4-mapped", {"skipped": "trusted-host"}, ip="::ffff:127.0.0.1", sender="a@soft.example")
SKIPPED = {"skipped": "authenticated", "spf": None, "dmarc": None, "arc": None, "dkim": [], "score.value": 0.0,
           "score.level": 0, "score.column": None, "score.reasons": [], "action": "accept", "disposition": "none",
           "reply": None, "add_headers": [], "dns.queries": 0, "dns.cache_hits": 0}
for ip in (CLIENT, "127.0.0.1"):
    check(f"--auth from {ip}: nothing is evaluated", SKIPPED | {"remove_headers": REMOVED}, ip=ip,
          sender="a@soft.example", message=FORGED + mail(), more=["--auth", "joe"])
check("--auth without a message", SKIPPED | {"remove_headers": []}, sender="a@soft.example", more=["--auth", "joe"])
check("--auth without skip_authenticated is evaluated", {"skipped": None, "spf.result": "softfail"},
      sender="a@soft.example", more=["--auth", "joe"], conf=CONF + "skip_authenticated = false;\n")
check("Received-SPF goes when we write one, and ours stands on top",
      {"remove_headers": [{"name": "Received-SPF", "index": 1}] + REMOVED, "add_headers.0.name": "Received-SPF",
       "add_headers.1.name": "Authentication-Results", "add_headers.2.name": "X-SPF-DMARC-Score",
       "add_headers.2.index": 2}, sender="a@soft.example", message=FORGED + mail(),
      conf=CONF + "spf: { received_spf = true; };\n")
IDS = ("MX.example.NET", "mx.example.net.", '"mx.example.net"', "(c) mx.example.net (d)", "\n mx.example.net",
       "mx.example.net/1", "mx.example.net 1", "mx.example.net; ((", "own.example", "a.pool.example")
check("an id of ours in any dress", {"remove_headers.length": len(IDS)},
      message="".join(f"Authentication-Results: {one}; spf=pass\n" for one in IDS) + mail(),
      conf=CONF + 'own_authserv_ids = [ "own.example", "*.pool.example" ];\n')
check("ids of others stay", {"remove_headers": []}, message="".join(
    f"Authentication-Results: {one}; spf=pass\n" for one in ("x.mx.example.net", "example.net", "pool.example")) + mail(),
      conf=CONF + 'own_authserv_ids = [ "own.example", "*.pool.example" ];\n')
SCORE_FIELD = "X-SPF-DMARC-Score: 0.0\n"
check("500 fields to remove are removed", {"remove_headers.length": 500, "action": "tag", "reply": None,
                                           "remove_headers.0.index": 500, "remove_headers.499.index": 1},
      sender="a@soft.example", message=SCORE_FIELD * 500 + mail())
for label, more in (("", []), (", authenticated too", ["--auth", "joe"])):
    check(f"501 are refused{label}", {"action": "reject", "reply.code": 550, "reply.enhanced": "5.7.1",
                                      "disposition": "none", "add_headers": []},
          sender="a@soft.example", message=SCORE_FIELD * 501 + mail(), more=more)
FEW = CONF + "max_headers = 50;\nmax_header_bytes = 16384;\n"
check("past max_headers From, Authentication-Results and the score group are still noted",
      {"dmarc.author_domain": "soft.example", "remove_headers": [{"name": "X-SPF-DMARC-Reason", "index": 1},
                                                                {"name": "Authentication-Results", "index": 1}]},
      message="X-A: 1\n" * 60 + "Authentication-Results: mx.example.net; x\nX-SPF-DMARC-Reason: x\n" + mail(), conf=FEW)
check("a DKIM-Signature past max_headers is noted", {"dkim.length": 1, "dkim.0.domain": "sig.example"},
      message="X-A: 1\n" * 60 + sign().decode().replace("\r\n", "\n"), zone=KEYS, conf=FEW, more=["--time", str(NOW)])
check("past max_header_bytes too", {"dmarc.author_domain": "soft.example"},
      message="".join(f"X-A: {'x' * 900}\n" for _ in range(20)) + mail(), conf=FEW)
check("a second From past max_headers is seen", {"dmarc.author": "repeated"},
      message=mail().split("\n\n")[0] + "\n" + "X-A: 1\n" * 60 + "From: b@x.example\n\n", conf=FEW)
check("a From too long to be read makes the author broken", {"dmarc.author": "broken"},
      message="From: (" + "x" * 20000 + ") a@soft.example\n\n", conf=FEW)

# == zone files

CNAMES = "example EMPTY\n" + "".join(f'c{i}.example CNAME c{i + 1}.example\n' for i in range(9)) + \
    'c9.example TXT "v=spf1 -all"\nl1.example CNAME l2.example\nl2.example CNAME l1.example\n'
for rule, zone, want in (
        ("names are absolute with and without the dot", 'z.example. TXT "v=spf1 -all"', "fail"),
        ("blanks or tabs separate", 'z.example\t \tTXT \t "v=spf1 -all" \t', "fail"),
        ("# begins a comment", '# z.example TXT "v=spf1 +all"\nz.example TXT "v=spf1 -all"', "fail"),
        ("several strings are joined without blanks", 'z.example TXT "v=sp" "f1 -" "all"', "fail"),
        ("strings without blank between", 'z.example TXT "v=spf1 ""-all"', "fail"),
        ("escapes in TXT", r'z.example TXT "v\061spf1\032-\a\108l"', "fail"),
        ("escapes in names", r'\122.e\xample TXT "v=spf1 -all"', "fail"),
        ("no case in names and types", 'Z.EXAMPLE txt "v=spf1 -all"', "fail"),
        ("any octet but NUL in names", 'z.example TXT "v=spf1 exists:%{l}.z.example -all"\n'
                                      r"a.z.example A 192.0.2.1" "\n" r"\255\ \"\\.z.example A 192.0.2.1", "pass"),
        ("a null MX", 'z.example MX 0 .\nz.example TXT "v=spf1 mx -all"', "fail"),
        ("!SERVFAIL", "z.example TXT !SERVFAIL", "temperror"),
        ("!TIMEOUT", "z.example TXT !TIMEOUT", "temperror"),
        ("!REFUSED", "z.example TXT !REFUSED", "temperror"),
        ("name * fails every type", "z.example * !TIMEOUT", "temperror"),
        ("name * but for types with a line", 'z.example * !TIMEOUT\nz.example TXT "v=spf1 -all"', "fail"),
        ("only that question fails", 'z.example A !SERVFAIL\nz.example TXT "v=spf1 -all"', "fail"),
        ("CNAME is followed", 'z.example CNAME y.example\ny.example TXT "v=spf1 -all"', "fail"),
        ("CNAME to a failing name", "z.example CNAME y.example\ny.example * !TIMEOUT", "temperror"),
        ("CNAME to nothing", "z.example CNAME y.example", "none"),
        ("a CNAME chain", CNAMES + "z.example CNAME c0.example", "fail"),
        ("a CNAME loop is SERVFAIL", CNAMES + "z.example CNAME l1.example", "temperror"),
        ("a CNAME to itself", "z.example CNAME z.example", "temperror"),
        ("EMPTY", "z.example EMPTY", "none"),
        ("no last line end, CRLF", 'a.example A 192.0.2.1\r\nz.example TXT "v=spf1 -all"\r', "fail"),
        ("every type", 'z.example SOA ns.z.example h.z.example 1 2 3 4 5\nz.example NS ns.z.example\n'
                       'z.example AAAA 2001:db8::1\nz.example MX 10 m.z.example\nz.example TXT "v=spf1 mx -all"\n'
                       "m.z.example A 192.0.2.7", "pass"),
        ("PTR owners as addresses", 'z.example TXT "v=spf1 ptr -all"\n192.0.2.7 PTR m.z.example\n'
                                    "m.z.example A 192.0.2.7", "pass"),
        ("PTR owners as names", 'z.example TXT "v=spf1 ptr -all"\n7.2.0.192.in-addr.arpa PTR m.z.example\n'
                                "m.z.example A 192.0.2.7", "pass")):
    check(f"zone: {rule}", {"spf.result": want}, sender="a@z.example", zone=zone)
for rule, zone, want in (
        ("a name exists when it has a name with a line below it", "x.gone.np.example A 192.0.2.1", "sp"),
        ("a name exists when it owns a line", "gone.np.example MX 1 m.example", "sp"),
        ("EMPTY makes a name exist", "gone.np.example EMPTY", "sp"),
        ("every other name is NXDOMAIN", "", "np"),
        ("xgone.np.example is not below", "xgone.np.example A 192.0.2.1", "np")):
    check(f"zone: {rule}", {"dmarc.policy_tag": want}, message=mail("a@gone.np.example"),
          zone=f'_dmarc.np.example TXT "v=DMARC1; p=none; sp=quarantine; np=reject"\n{zone}\n')
judge(ROWS)

# == exit codes

GOOD = ["check", "-c", path(CONF), "--zone", path(ZONE), "--ip", CLIENT, "--from", "a@soft.example"]
MESSAGE = ["--message", path(mail())]
for rule, code, arguments, stderr in (
        ("0: evaluated", 0, GOOD + MESSAGE, ""),
        ("0: a temperror result too", 0, GOOD[:3] + ["--zone", path("x.example * !TIMEOUT"), "--ip", CLIENT, "--from",
                                                     "a@x.example"], ""),
        ("64: no --ip", 64, ["check", "--from", "a@x.example"], "--ip"),
        ("64: no address", 64, GOOD[:5] + ["--ip", "192.0.2.256"], "192.0.2.256"),
        ("64: no time", 64, GOOD + ["--time", "now"], "now"),
        ("64: an option without value", 64, GOOD + ["--helo"], "usage"),
        ("64: a word too many", 64, GOOD + ["x"], "x"),
        ("64: no threshold", 64, GOOD + ["--threshold", "x"], "x"),
        ("64: no word", 64, [], "usage"),
        ("65: message unreadable", 65, GOOD + ["--message", FOLDER + "/none"], "none"),
        ("65: a folder as message", 65, GOOD + ["--message", FOLDER], ""),
        ("65: zone unreadable", 65, GOOD + ["--zone", FOLDER + "/none"], "none"),
        ("78: configuration", 78, GOOD + ["-c", path("x = 1;\n")], ":1: x"),
        ("78: no configuration of that name", 78, GOOD + ["-c", FOLDER + "/none"], "none"),
        ("--exit-code: 1 at the threshold 5.0", 1, GOOD + MESSAGE + ["--exit-code"], ""),
        ("--threshold implies --exit-code", 1, GOOD + MESSAGE + ["--threshold", "5"], ""),
        ("a score on the threshold reaches it", 1, GOOD + MESSAGE + ["--threshold", "5.5"], ""),
        ("under the threshold", 0, GOOD + MESSAGE + ["--threshold", "5.6"], ""),
        ("without --exit-code 0", 0, GOOD + MESSAGE, "")):
    out = run(SOFTFAIL, *arguments)
    ok(out.returncode == code and stderr in out.stderr.decode(), f"exit {rule}")
    if out.returncode != code:
        print(f"#   {out.returncode} {out.stderr!r}")
for line in ("x", "x.example", "x.example A", "x.example A 192.0.2", "x.example AAAA 192.0.2.1", "x.example TXT text",
             'x.example TXT "open', 'x.example TXT "x" y', "x.example MX m.example", "x.example MX 70000 m.example",
             "x.example SPF \"v=spf1\"", "x.example TXT !NXDOMAIN", "x.example * 192.0.2.1", r'x.example TXT "\256"',
             r'x.example TXT "\000"', "x..example A 192.0.2.1", "x.example EMPTY 1", "x.example CNAME",
             "x.example SOA a b 1 2 3 4", "a" * 64 + ".example A 192.0.2.1", r'x.example TXT "\1"'):
    out = run(SOFTFAIL, *GOOD, "--zone", path(f"# a comment\n\n{line}\n"))
    where = path(f"# a comment\n\n{line}\n") + ":3: "
    ok(out.returncode == 65 and out.stderr.decode().startswith(where), f"65 with FILE:LINE for {line}")
    if not out.stderr.decode().startswith(where):
        print(f"#   {out.returncode} {out.stderr!r}")

# == the text for people

for rule, want, arguments in (
        ("suspect: at the threshold or over it", "suspect", GOOD + MESSAGE),
        ("noted: above 0.0", "noted", GOOD + MESSAGE + ["--threshold", "9.0"]),
        ("clean: 0.0", "clean", GOOD[:5] + ["--ip", "198.51.100.1", "--from", "a@soft.example"] + MESSAGE),
        ("undecided: dmarc=temperror", "undecided",
         GOOD[:3] + ["--zone", path("_dmarc.soft.example TXT !TIMEOUT"), "--ip", CLIENT] + MESSAGE),
        ("undecided: dmarc=none and spf=temperror", "undecided",
         GOOD[:3] + ["--zone", path("soft.example TXT !TIMEOUT"), "--ip", CLIENT, "--from", "a@soft.example"] + MESSAGE),
        ("skipped: not evaluated", "skipped", GOOD + MESSAGE + ["--auth", "joe"])):
    out = run(SOFTFAIL, *arguments)
    lines = out.stdout.decode().splitlines()
    eq(lines[0].split()[0], want, f"verdict in line 1: {rule}")
    ok(all(len(line) <= 100 for line in lines), f"100 columns: {rule}")
    eq(run(SOFTFAIL, *arguments, "--short").stdout.decode().splitlines(), lines[:1], f"--short is line 1: {rule}")
lines = run(SOFTFAIL, *GOOD, "--ip", "127.0.0.1", *MESSAGE).stdout.decode().splitlines()
ok("not evaluate" in lines[1] and "trusted-host" in lines[1], "a line under the verdict: the daemon would not evaluate")



def on_terminal(environment):
    """What stands on a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([SOFTFAIL, *GOOD, *MESSAGE], stdout=theirs, env={**os.environ, **environment}) as process:
        os.close(theirs)
        text = b""
        try:
            while piece := os.read(ours, 4096):
                text += piece
        except OSError:                 # the end of a terminal
            pass
        process.wait(60)
    os.close(ours)
    return text


os.environ.pop("NO_COLOR", None)
ok(b"\033[" in on_terminal({}), "coloured on a terminal")
ok(b"\033" not in on_terminal({"NO_COLOR": "1"}), "not with NO_COLOR")

# == the daemon's options

def conf_names(text):
    """A folder with test.conf and what it may include."""
    folder = tempfile.mkdtemp(dir=FOLDER)
    with open(os.path.join(folder, "test.conf"), "w", encoding="latin-1") as file:
        file.write(text)
    with open(os.path.join(folder, "good.inc"), "w", encoding="ascii") as file:
        file.write("user = \"nobody\";\n")
    with open(os.path.join(folder, "bad.inc"), "w", encoding="ascii") as file:
        file.write("\nusr = \"nobody\";\n")
    os.mkdir(os.path.join(folder, "folder"))
    return os.path.join(folder, "test.conf")


for rule, text, faults in (
        ("an empty file is valid", "", []),
        ("the shipped file is valid", open(os.path.join(os.environ["SRCDIR"], "etc", "softfail-milter.conf"),
                                           encoding="ascii").read(), []),
        ("every fault, not only the first, and the near miss", "\nusr = \"x\";\ndns: { attempts = 0; };\n",
         ["test.conf:2: usr: unknown key; did you mean user?", "test.conf:3: dns.attempts: 0 is out of range"]),
        ("a syntax error is reported alone", "usr = 1;\nx = ;\n", ["test.conf:2: syntax error"]),
        ("a leading zero", "max_headers = 0100;\n", ["test.conf:1: max_headers: 0100 has a leading zero"]),
        ("over 32 bits", "max_headers = 4294967396;\n", ["test.conf:1: max_headers: 4294967396 is out of range"]),
        ("over 31 bits", "max_headers = 3000000000;\n", ["test.conf:1: max_headers: 3000000000 is out of range"]),
        ("over 64 bits", "max_headers = 100000000000000000100;\n", ["test.conf:1: max_headers: "]),
        ("a whole number where a decimal is meant", "score: { maximum = 9; };\n", []),
        ("a decimal where a whole number is meant", "max_headers = 100.0;\n", ["test.conf:1: max_headers: 100.0"]),
        ("more decimals", "score: { maximum = 9.55; };\n", ["test.conf:1: score.maximum: 9.55 has more than one"]),
        ("a negative weight", "score: { weights: { fail: { none = -0.1; }; }; };\n",
         ["test.conf:1: score.weights.fail.none: -0.1 is out of range"]),
        ("modes are strings", "socket_mode = 0660;\numask = 7;\n",
         ["test.conf:1: socket_mode: 0660 is a bare number", "test.conf:2: umask: 7 is a bare number"]),
        ("octal digits", 'socket_mode = "0690";\n', ["test.conf:1: socket_mode: \"0690\" has other than octal digits"]),
        ("a trailing comma", "trusted_hosts = [ \"::1\", ];\n", ["test.conf:1: a comma stands before ']'"]),
        ("wrong types", "user = 1;\nskip_authenticated = \"yes\";\n", ["test.conf:1: user: 1 is not a text",
                                                                      "test.conf:2: skip_authenticated: \"yes\""]),
        ("@include from the folder of FILE", "@include \"good.inc\"\n", []),
        ("a fault in an included file has its place", "@include \"bad.inc\"\nuser = 1;\n",
         ["bad.inc:2: usr: unknown key", "test.conf:2: user: 1 is not a text"]),
        ("@include of an absolute name", "x = 1;\n@include \"/etc/passwd\"\n",
         ["test.conf:2: @include: \"/etc/passwd\" is absolute", "test.conf:1: x: unknown key"]),
        ("@include of a folder", "@include \"folder\"\n", ["test.conf:1: @include: \"folder\" is not a plain file"]),
        ("@include of nothing", "@include \"none\"\n", ["test.conf:1: @include: \"none\" cannot be read"])):
    name = conf_names(text)
    out = run(MILTER, "-t", "-c", name)
    got = out.stderr.decode().splitlines()
    eq(out.returncode, 78 if faults else 0, f"-t: {rule}: exit code")
    folder = os.path.dirname(name) + "/"
    ok(len(got) == len(faults) and all(any(line.startswith(folder + fault) for line in got) for fault in faults),
       f"-t: {rule}")
    if len(got) != len(faults):
        print("#   " + "\n#   ".join(got))
name = conf_names('authserv_id = "mx.example.net";\nmax_headers = 1000;\ndns: { servers = [ "127.0.0.1:5353" ]; };\n'
                  'trusted_hosts = [];\nscore: { maximum = 9; };\n')
whole, changed = run(MILTER, "-T", "-c", name).stdout.decode(), run(MILTER, "-n", "-c", name).stdout.decode()
again = conf_names(whole)
eq(run(MILTER, "-T", "-c", again).stdout.decode(), whole, "-T can be read back")
eq(run(MILTER, "-n", "-c", again).stdout.decode(), changed, "-n of what -T printed is the same")
body = [line for line in changed.splitlines() if not line.startswith("#")]
eq(body, ['authserv_id = "mx.example.net";', "trusted_hosts = [];", "dns: {", '\tservers = [ "127.0.0.1:5353" ];', "};",
          "score: {", "\tmaximum = 9.0;", "};"], "-n: only what differs from the defaults")
ok(changed.startswith("# softfail-milter ") and whole.startswith("# softfail-milter "),
   "-T and -n: a version line first, as a comment")
out = run(MILTER, "-V")
ok(out.returncode == 0 and all(name in out.stdout.decode() for name in (
    "softfail-milter", "libmilter", "libspf2", "libopendkim", "libopendmarc")), "-V: versions of itself and its libraries")
eq(run(MILTER, "-x").returncode, 64, "an unknown option is 64")
sys.exit(done())
