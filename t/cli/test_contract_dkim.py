"""The contract of softfail check: dkim, key by key and result by result."""
import sys

from contract import CONF, FEW, check, finish, mail
import dkimsign         # of t/lib, which contract has put in reach

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

check("message: lines are CRLF for DKIM", {"dkim.0.result": "pass"}, zone=KEYS,
      message=sign(ways="simple/simple").replace(b"\r\n", b"\n"), more=["--time", str(NOW)])
check("message: a missing last line end is added", {"dkim.0.result": "pass"}, zone=KEYS,
      message=sign(ways="simple/simple")[:-2], more=["--time", str(NOW)])
check("a DKIM-Signature past max_headers is noted", {"dkim.length": 1, "dkim.0.domain": "sig.example"},
      message="X-A: 1\n" * 60 + sign().decode().replace("\r\n", "\n"), zone=KEYS, conf=FEW, more=["--time", str(NOW)])
sys.exit(finish())
