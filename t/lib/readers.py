"""readers.py - how programs downstream read a delivered header, each in its own way, none of them ours.

Each reader takes the fields of a message [(name, value)], as Python's email package cuts them, and gives the indices of
those that it would believe to be written by `host`.

    fields = readers.fields(message.raw)
    readers.READERS["first word"](fields, "mx.example.net")      # [0]
    readers.by_authres([value, ...])    # [(authserv-id, [(method, result, {property: value})]) or None, ...]
"""

import email
import email.utils
import json
import re
import subprocess

SYSTEM_PYTHON = "/usr/bin/python3"      # the one that Debian's packages are for


def fields(raw):
    """(name, value) of each field, by the email package: an independent opinion on where the header ends."""
    message = email.message_from_bytes(raw.lstrip(b"\n"))
    return [(name, str(value)) for name, value in message._headers]        # pylint: disable=protected-access


def _results(rows):
    return [(i, value) for i, (name, value) in enumerate(rows) if name.strip().lower() == "authentication-results"]


def starts_with(rows, host):
    """Lower case, the value begins with the name, and the name ends there."""
    pattern = re.compile(re.escape(host) + r"\.?(?![a-z0-9_.-])")
    return [i for i, value in _results(rows) if pattern.match(value.lower().strip())]


def first_word(rows, host):
    """Unfold, take comments away, split on ';', take the first word without quotes and final dot."""
    found = []
    for i, value in _results(rows):
        text, left = re.sub(r"\r?\n[ \t]*", " ", value), None
        while text != left:
            left, text = text, re.sub(r"\([^()]*\)", " ", text)
        first = (text.split(";")[0].split() or [""])[0]
        if first.strip('"').split("/")[0].rstrip(".").lower() == host:
            found.append(i)
    return found


def cleaned(rows, host):
    """Folds, quotes, backslashes and odd octets are dropped, then the first word: the clumsiest of them."""
    pattern = re.compile(re.escape(host) + r"\.*(?=[\s/;(]|$)")
    return [i for i, value in _results(rows)
            if pattern.match(re.sub(r"\r?\n[ \t]*|[\x00-\x08\x0b-\x1f\x7f-\xff\"\\]", "", value).strip().lower())]


READERS = {"starts with": starts_with, "first word": first_word, "cleaned": cleaned}

AUTHRES_PROGRAM = r"""
import json, sys
import authres
def read(value):
    try:
        header = authres.AuthenticationResultsHeader.parse('Authentication-Results: ' + value)
        return header.authserv_id, [[r.method, r.result, {p.type + '.' + p.name: p.value for p in r.properties}]
                                    for r in header.results]
    except Exception:
        return None
json.dump([read(value) for value in json.load(sys.stdin)], sys.stdout)
"""


def by_authres(values):
    """What python3-authres reads in each value, None where it cannot; None in all when it is not installed."""
    run = subprocess.run([SYSTEM_PYTHON, "-c", AUTHRES_PROGRAM], input=json.dumps(values).encode(),
                         capture_output=True, timeout=60)
    return json.loads(run.stdout) if run.returncode == 0 else None


def authors(rows):
    """Domains of all addresses that the email package shows in From fields."""
    values = [value for name, value in rows if name.strip().lower() == "from"]
    return {address.rpartition("@")[2].lower() for _, address in email.utils.getaddresses(values) if "@" in address}
