"""zonetext.py - zones as data: {owner: [[type, data], ...]}, for our zone format and for independent programs.

Data of TXT is a list of strings, of MX [preference, host], of the rest a string; "!" is a question that fails.
Owners are lower-case; characters are octets (below 256)."""


def _quote(text, also):
    return "".join(c if "!" <= c <= "~" and c not in also else f"\\{ord(c):03}" for c in text)


def _data(kind, data):
    if data == "!":
        return "!SERVFAIL"
    if kind == "TXT":
        return " ".join('"' + _quote(text, '"\\') + '"' for text in data)
    if kind == "MX":
        return f"{data[0]} {_quote(data[1], chr(92))}"
    return _quote(data, "\\")


def text(zone):
    """In the format of softfail check --zone."""
    return "".join(f"{_quote(owner, '#!' + chr(92))} {kind} {_data(kind, data)}\n"
                   for owner, lines in zone.items() for kind, data in lines).encode("latin-1")


def find(zone, name, kind):
    """("found" or "none" or "failed", data), aliases followed."""
    for _ in range(11):
        lines = zone.get(name, [])
        found = [data for k, data in lines if k == kind]
        if "!" in found:
            return "failed", []
        if found:
            return "found", found
        alias = [data for k, data in lines if k == "CNAME"]
        if not alias:
            return "none", []
        name = alias[0].lower()
    return "failed", []
