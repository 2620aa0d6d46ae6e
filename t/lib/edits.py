"""edits.py - a message's header under the changes that a milter asks for, as Postfix or Sendmail carries them out.

Fields are octets, "Name: value" with LF folds, without the final LF.
Rules, seen in both and held by t/mta/test_infra.py: an insert index counts from 0 in the present state and counts the
MTA's own Received field; a change or deletion counts from 1 the fields of its name, without case, own Received not
counted, inserted ones counted; a change that finds nothing adds; an empty value deletes.
Where they differ:                      Postfix                     Sendmail
    deleted fields                      count no more               still count
    a changed field's name              as the milter wrote it      as the message had it
    a field is added                    at the end                  above the first of its name (own Received
                                                                    counts here), else at the end
    an insert index over 0              as said                     counts hidden fields too: not modelled
"""

import re
from collections import namedtuple

Edit = namedtuple("Edit", "kind index name value")      # kind: "add", "insert", "change" (empty value: delete)

FIELD_START = re.compile(rb"([!-9;-~]+)[ \t]*:")


def cut(content):
    """(fields as (name, value), body) of a message with CRLF or LF lines.  The value is all after the colon, LF
    folds.  As in Postfix the header ends at the empty line or at the first line that cannot be in one, which is
    then part of the body."""
    fields, rest = [], content
    while rest:
        line, end, after = rest.partition(b"\n")
        text = line.removesuffix(b"\r")
        start = FIELD_START.match(text)
        if text[:1] in (b" ", b"\t") and fields:
            fields[-1][1] += b"\n" + text
        elif start:
            fields.append([start.group(1), text[start.end():]])
        else:
            if text == b"" and end:
                rest = after
            break
        rest = after
    return [tuple(field) for field in fields], rest


def _place_of_added(header, name, sendmail):
    if sendmail:
        for place, (other, _) in enumerate(header):
            if (other or b"Received").lower() == name.lower():
                return place
    return len(header)


def apply(fields, edits, received=None, leading_space=True, sendmail=False):
    """The header after the edits: a list of fields.  fields: (name, value) as the milter was shown them;
    received: the MTA's own field, on top.  Without leading_space the MTA puts a blank after the colon."""
    blank = b"" if leading_space else b" "
    header = [(name, name + b":" + value) for name, value in fields]
    if received is not None:
        header.insert(0, (None, received))              # no change can find it

    for edit in edits:
        field = (edit.name, edit.name + b":" + blank + edit.value)
        same = [i for i, (name, _) in enumerate(header) if name and name.lower() == edit.name.lower()]
        nth = max(edit.index, 1) - 1
        if edit.kind == "insert":
            header.insert(edit.index, field)
        elif edit.kind == "add" or (edit.value and nth >= len(same)):
            header.insert(_place_of_added(header, edit.name, sendmail), field)
        elif edit.value:
            name = header[same[nth]][0] if sendmail else edit.name
            header[same[nth]] = (name, name + b":" + blank + edit.value)
        elif nth < len(same):
            header[same[nth]] = (edit.name, None)
        if not sendmail:
            header = [pair for pair in header if pair[1] is not None]
    return [text for _, text in header if text is not None]


def block(header):
    """A list of fields as octets, each ending in LF."""
    return b"".join(field + b"\n" for field in header)
