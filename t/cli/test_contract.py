"""The contract of softfail check: the envelope, the object, spf, enforcement, what is removed."""
import socket
import sys

from contract import CLIENT, CONF, FEW, check, finish, mail, path
from tap import ok

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
    f"Authentication-Results: {one}; spf=pass\n" for one in ("x.mx.example.net", "example.net", "pool.example"))
      + mail(),
      conf=CONF + 'own_authserv_ids = [ "own.example", "*.pool.example" ];\n')
SCORE_FIELD = "X-SPF-DMARC-Score: 0.0\n"
check("500 fields to remove are removed", {"remove_headers.length": 500, "action": "tag", "reply": None,
                                           "remove_headers.0.index": 500, "remove_headers.499.index": 1},
      sender="a@soft.example", message=SCORE_FIELD * 500 + mail())
for label, more in (("", []), (", authenticated too", ["--auth", "joe"])):
    check(f"501 are refused{label}", {"action": "reject", "reply.code": 550, "reply.enhanced": "5.7.1",
                                      "disposition": "none", "add_headers": []},
          sender="a@soft.example", message=SCORE_FIELD * 501 + mail(), more=more)
check("past max_headers From, Authentication-Results and the score group are still noted",
      {"dmarc.author_domain": "soft.example", "remove_headers": [{"name": "X-SPF-DMARC-Reason", "index": 1},
                                                                {"name": "Authentication-Results", "index": 1}]},
      message="X-A: 1\n" * 60 + "Authentication-Results: mx.example.net; x\nX-SPF-DMARC-Reason: x\n" + mail(), conf=FEW)
check("past max_header_bytes too", {"dmarc.author_domain": "soft.example"},
      message="".join(f"X-A: {'x' * 900}\n" for _ in range(20)) + mail(), conf=FEW)
check("a second From past max_headers is seen", {"dmarc.author": "repeated"},
      message=mail().split("\n\n")[0] + "\n" + "X-A: 1\n" * 60 + "From: b@x.example\n\n", conf=FEW)
check("a From too long to be read makes the author broken", {"dmarc.author": "broken"},
      message="From: (" + "x" * 20000 + ") a@soft.example\n\n", conf=FEW)
sys.exit(finish())
