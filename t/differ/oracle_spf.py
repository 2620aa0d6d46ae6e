"""SPF by pyspf, its DNS replaced by the case's zone.  A case: zone (see zonetext.py), ip, helo, from; an answer:
result, text, and how many different questions but for TXT came back without data.  Runs under Debian's Python."""
import json
import sys

import spf

import zonetext


def lookup(name, kind, *_ignored):
    status, found = zonetext.find(case["zone"], name.lower().rstrip("."), kind)
    if status == "failed":
        raise spf.TempError("DNS")
    if status == "none" and kind != "TXT":
        void.add((name.lower().rstrip("."), kind))
    if kind == "TXT":
        found = [[text.encode("latin-1") for text in strings] for strings in found]
    elif kind == "MX":
        found = [tuple(pair) for pair in found]
    return [((name, kind), data) for data in found]


spf.DNSLookup = lookup
for line in sys.stdin:
    case, void = json.loads(line), set()
    query = spf.query(i=case["ip"], s=case["from"], h=case["helo"], receiver="mx.example.net", strict=True)
    try:
        result, _, text = query.check()
    except Exception as error:      # a fault of pyspf
        result, text = "exception", repr(error)
    print(json.dumps([result, text, len(void)]))
