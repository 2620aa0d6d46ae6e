"""The contract of the score: open records, columns, tokens and their order."""
import sys

from contract import CLIENT, CONF, check, finish, mail

# == score: open, per family, through include and redirect

OPEN_ROWS = (       # name, record, whether it is open to an IPv4 and to an IPv6 client; None: it does not match
    ("ip4-7", "ip4:192.0.0.0/7", True, None), ("ip4-8", "ip4:192.0.0.0/8", False, None),
    ("ip4-0", "ip4:0.0.0.0/0", True, None), ("ip6-0", "ip6:::/0", None, True),
    ("ip6-8", "ip6:2000::/8", None, False), ("ip6-7", "ip6:2000::/7", None, True),
    ("a-7", "a:h.example/7", True, False),
    ("a-6-7", "a:h.example//7", False, True), ("a-6-8", "a:h.example/8//8", False, False),
    ("mx-0", "mx:m.example/0//0", True, True), ("mx-6", "mx:m.example//0", False, True),
    ("exists", "exists:h.example", False, False), ("all", "+all", True, True), ("all-bare", "all", True, True),
    ("ptr", "ptr:h.example", False, False),
    ("inc", "include:all.o.example", True, True), ("inc4", "include:ip4-8.o.example", False, None),
    ("red", "redirect=mx-6.o.example", False, True),
    ("incinc", "include:inc.o.example", True, True), ("soft", "~all", False, False))
OPEN = """example EMPTY
h.example A 192.0.2.7
h.example AAAA 2001:db8::7
m.example MX 5 h.example
192.0.2.7 PTR h.example
2001:db8::7 PTR h.example
""" + "".join(f'{name}.o.example TXT "v=spf1 {record}"\n' for name, record, _, _ in OPEN_ROWS)
for name, record, v4, v6 in OPEN_ROWS:
    for ip, want in ((CLIENT, v4), ("2001:db8::7", v6)):
        if want is not None:
            soft = name == "soft"
            check(f"open: {record} for {ip}", {
                "spf.open": want, "spf.result": "softfail" if soft else "pass",
                "score.tokens": ["open-pass"] if want else ["softfail-advisory"] if soft else []},
                  sender=f"a@{name}.o.example", ip=ip, zone=OPEN)

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
sys.exit(finish())
