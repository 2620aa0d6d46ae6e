"""DMARC (RFC 9989): generated records and identifiers, judged by ours and by Perl's Mail::DMARC, which follows RFC 7489
and a public suffix list.  What the newer RFC has changed stands in dmarc.explained."""
import collections
import sys

import differ
import zonetext
from differ import tap

CASES = 4000
ORGS = ["example.org", "example.net", "example.co.uk"]
PREFIXES = ["", "", "", "mail.", "a.b."]
POLICIES = ["none", "quarantine", "reject", "REJECT", "Quarantine"]
TAGS = ["adkim=r", "adkim=s", "aspf=r", "aspf=s", "aspf=S", "adkim=x", "aspf=", "fo=1", "fo=0:d:s", "fo=x", "pct=100",
        "ri=86400", "rf=afrf", "rua=mailto:a@example.org", "ruf=mailto:a@example.org", "rua=https://example.org/",
        "rua=mailto:a@example.org!10m", "x=y", "foo=bar"]
NEW_TAGS = ["np=reject", "np=none", "psd=y", "psd=n", "psd=u", "t=y", "t=n"]
ODD = ["p=foo", "sp=foo", "p=", "sp=none;sp=reject", "p=none;p=reject", "=", "p", "p=reject x", "np=foo", ";", ";;",
       "rua=foo", "v=DMARC1"]


class Cases:
    def __init__(self, dice):
        self._dice = dice

    def _one(self, of):
        return self._dice.choice(of)

    def _chance(self, probability):
        return self._dice.random() < probability

    def _record(self):
        tags = ["p=" + self._one(POLICIES)] if self._chance(0.96) else []
        if self._chance(0.3):
            tags.append("sp=" + self._one(POLICIES))
        tags += self._dice.sample(TAGS, self._one([0, 0, 1, 1, 2, 3]))
        if self._chance(0.1):
            tags.append(self._one(NEW_TAGS))
        if self._chance(0.05):
            tags.append(self._one(ODD))
        if self._chance(0.1):
            self._dice.shuffle(tags)
        version = "v=DMARC1" if self._chance(0.95) else self._one(["v=dmarc1", "V=DMARC1", "v = DMARC1", "v=DMARC2",
                                                                   "v=DMARC1x", " v=DMARC1", ""])
        return self._one(["; ", "; ", ";", " ; "]).join([version] + tags) + self._one(["", "", ";", "; "])

    def _records(self):
        number = self._one([0, 1, 1, 1, 1, 1, 1, 1, 1, 2]) if self._chance(0.3) else 1
        records = [self._record() for _ in range(number)]
        if self._chance(0.05):
            records.append(self._one(["v=spf1 -all", "hello", ""]))
        return [["TXT", [record[:at], record[at:]] if self._chance(0.1)
                 and 0 < (at := self._dice.randrange(len(record) + 1)) < len(record) else [record]]
                for record in records]

    def make(self, number):
        for _ in range(number):
            org = self._one(ORGS)
            author = self._one(PREFIXES) + org
            zone = {name + org: [["A", "192.0.2.1"]] for name in ("", "mail.", "a.b.")}
            if self._chance(0.9):
                zone["_dmarc." + org] = self._records()
            if author != org and self._chance(0.3):
                zone["_dmarc." + author] = self._records()
            if self._chance(0.03):
                zone["_dmarc.b." + org] = self._records()
            near = [prefix + org for prefix in PREFIXES + ["c."]] + [author, author.upper()]
            far = ["example.com", "org", "co.uk", "x" + org, org + ".example.com"] + ORGS
            identifiers = ["" if self._chance(0.4) else self._one(near if self._chance(0.6) else far) for _ in range(2)]
            yield {"zone": {name: lines for name, lines in zone.items() if lines}, "author": author,
                   "spf": identifiers[0].lower(), "dkim": identifiers[1]}


if not differ.has_perl("Mail::DMARC::PurePerl"):
    tap.skip_all("no Mail::DMARC")
cases = list(Cases(differ.dice()).make(differ.count(CASES)))
ours = differ.Ours("dmarc", [[zonetext.text(case["zone"])] + [case[key].encode() for key in ("author", "spf", "dkim")]
                             for case in cases])
theirs = differ.Theirs("oracle_dmarc.pl", cases)
comparison, kinds = differ.Comparison("dmarc.explained"), collections.Counter()
for case, answer, (result, disposition, spf, dkim, text) in zip(cases, ours.answers(), theirs.answers()):
    mine, policy, tag, mine_spf, mine_dkim, problem = [(word or b"-").decode("latin-1") for word in answer]
    asked = policy if mine == "fail" else "none"
    kinds[f"{mine} {policy}" if mine == "fail" else mine] += 1
    records = {owner: ["|".join(data) for _, data in lines] for owner, lines in case["zone"].items()
               if owner.startswith("_dmarc")}
    aligned = (mine_spf, mine_dkim) if mine != "none" else ("0", "0")
    comparison.compare("Mail::DMARC", f"{mine}/{asked}/{'+'.join(aligned)}", f"{result}/{disposition}/{spf}+{dkim}",
                       f"<{problem}> [{text}] author={case['author']} spf={case['spf']} dkim={case['dkim']} {records}")
comparison.done(CASES)
tap.note("our results: " + ", ".join(f"{n} {word}" for word, n in sorted(kinds.items())))
tap.ok(len(kinds) >= 5 and min(kinds[k] for k in ("pass", "none", "fail none", "fail quarantine",
                                                  "fail reject")) >= CASES / 100,
       "9989 5.3.5: every result and policy is among them, often")
sys.exit(tap.done())
