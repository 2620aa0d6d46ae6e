"""The contract of softfail check: dmarc, its authors, temporary errors, questions."""
import sys

from contract import CONF, ZONE, check, finish, mail

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
sys.exit(finish())
