"""SPF (RFC 7208): generated zones and senders, judged by ours, by pyspf and, where it is, by Perl's Mail::SPF."""
import sys

import differ
import zonetext
from differ import tap
from spfcases import Cases

CASES, SHOWN = 4000, 700

differ.need("spf")
cases = list(Cases(differ.dice()).make(differ.count(CASES)))
ours = differ.Ours("spf", [[zonetext.text(c["zone"]), c["ip"].encode(), c["helo"].encode("latin-1"),
                            c["from"].encode("latin-1")] for c in cases])
others = {"pyspf": differ.Theirs("oracle_spf.py", cases)}
if differ.has_perl("Mail::SPF"):
    others["Mail::SPF"] = differ.Theirs("oracle_spf.pl", cases)
else:
    tap.note("no Mail::SPF: only pyspf is asked")

comparison, seen = differ.Comparison("spf.explained"), {}
answers = ours.answers()
for who, program in others.items():
    for case, (result, problem, *_), (theirs, text, void) in zip(cases, answers, program.answers()):
        records = " / ".join(f"{owner}: {' '.join(''.join(data) for kind, data in lines if kind == 'TXT')}"
                             for owner, lines in case["zone"].items() if any(kind == "TXT" for kind, _ in lines))
        comparison.compare(who, result.decode(), theirs, f"<{(problem or b'').decode('latin-1')}> [{text}] void={void} "
                           f"from={case['from']!r} ip={case['ip']} helo={case['helo']!r} {records!r}"
                           f" zone={case['zone']!r}"[:SHOWN * 10])
comparison.done(CASES)
for result, *_ in answers:
    seen[result.decode()] = seen.get(result.decode(), 0) + 1
tap.note("our results: " + ", ".join(f"{n} {word}" for word, n in sorted(seen.items())))
tap.ok(len(seen) == 7 and min(seen.values()) >= 20, "7208 2.6: every result is among them, often")
sys.exit(tap.done())
