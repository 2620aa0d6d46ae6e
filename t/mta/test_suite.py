#!/usr/bin/env python3
"""test_suite.py - one table of messages (cases.py) through Postfix and through Sendmail: what is delivered, byte for
byte, what is answered and what is logged.  Ends with the comparison of the servers, which docs/mta.md explains."""

import os
import platform
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import tap                              # noqa: E402
from bench import ADDRESSES, RECIPIENT, Bench, each_mta, not_here, queue_id      # noqa: E402
from cases import CASES, ZONE           # noqa: E402


class Outcome:
    """Of one case with one server: the last reply, the message delivered, the log lines."""

    def __init__(self):
        self.reply = self.queue_id = self.message = None
        self.lines = []


def send(bench, case, mta):
    client = bench.connect(case.role, case.helo, case.login, mta)
    try:
        return client.send(case.sender, [RECIPIENT], case.content)
    finally:
        client.close()


def run(kind):
    """(outcomes of all cases by name, version of the server, exit code of the daemon)"""
    outcomes = {}
    with Bench(kind, ZONE) as bench:
        authenticating = bench.second() if kind == "Sendmail" else bench.mta
        servers = {case.name: authenticating if case.login else bench.mta for case in CASES}
        for case in CASES:
            outcome = outcomes[case.name] = Outcome()
            outcome.reply = send(bench, case, servers[case.name])
            outcome.queue_id = outcome.reply.code == 250 and queue_id(outcome.reply)
        for case in CASES:
            outcome = outcomes[case.name]
            if outcome.queue_id:
                outcome.message = bench.message(outcome.queue_id, servers[case.name])
        version = server_version(bench)
    for case in CASES:          # the daemon has ended: nothing more comes
        outcome = outcomes[case.name]
        sent = rf" mailfrom={re.escape(case.sender)}( |$)"
        outcome.lines = bench.lines(rf"\b{outcome.queue_id}: " if outcome.queue_id else sent)
    return outcomes, version, bench.daemon.exit_code


def server_version(bench):
    if bench.kind == "Sendmail":
        with bench.connect() as client:
            return "Sendmail " + re.search(r"Sendmail (\S+?)/", client.greeting.text).group(1)
    found = re.search(r"Postfix (\d[\w.]*)|version (\d[\w.]*)", bench.mta.log())
    return "Postfix " + (found.group(1) or found.group(2) if found else "?")


def check_delivered(label, case, message):
    held = tap.eq(message.above, case.verdict.fields() if case.verdict else b"",
                  f"{label}: our fields stand above Received, and nothing else")
    kept = case.kept if case.kept is not None else case.header
    held &= tap.eq(message.below, kept, f"{label}: the client's header")
    body = case.body_kept if case.body_kept is not None else case.body
    return held & tap.eq(message.body, body, f"{label}: the body")


def check_log(label, case, outcome, client):
    helo, sender = case.helo or "-", case.sender or "<>"
    if case.verdict and case.reply.startswith("250"):
        line = case.verdict.line(outcome.queue_id, client, helo, sender)
        return tap.eq(outcome.lines, [line], f"{label}: the log line")
    if case.log is None:
        return tap.eq(outcome.lines, [], f"{label}: no log line")
    if case.log.startswith("skipped="):
        tail = f"{case.log} client={client} helo={helo} mailfrom={sender}"
        lines = [line.partition(": ")[2] for line in outcome.lines]
        return tap.eq(lines, [tail], f"{label}: the log line")
    return tap.ok(len(outcome.lines) == 1 and case.log in outcome.lines[0], f"{label}: the log says {case.log}")


def check(kind, case, outcome):
    """One cell of the table; its text."""
    label, mine = f"{kind} {case.name}, {case.what}", case.seen_by(kind)
    held = tap.ok(outcome.reply.raw.decode("latin-1").startswith(mine.reply), f"{label}: {mine.reply}")
    if not held:
        tap.note(f"  {outcome.reply}")
    if outcome.message:
        held &= check_delivered(label, mine, outcome.message)
    held &= check_log(label, mine, outcome, ADDRESSES[kind][case.role])
    return ("as said" if not mine.note else mine.note) if held else "FAILED"


def print_table(columns):
    release = next((line.split("=")[1].strip('"\n') for line in open("/etc/os-release", encoding="utf-8")
                    if line.startswith("PRETTY_NAME=")), platform.platform())
    tap.note(f"Comparison on {release}: every cell was run")
    rows = [["case", *(version for version, _ in columns)]]
    rows += [[case.name, *(cells[case.name] for _, cells in columns)] for case in CASES]
    widths = [max(map(len, column)) + 2 for column in zip(*rows)]
    for row in rows:
        tap.note("  " + "".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())


def main():
    columns = []
    for kind, result in each_mta(run).items():
        if not_here(kind, result):
            columns.append((kind, {case.name: "skipped" for case in CASES}))
            continue
        outcomes, version, code = result
        columns.append((version, {case.name: check(kind, case, outcomes[case.name]) for case in CASES}))
        tap.eq(code, 0, f"{kind}: the daemon ends with 0")
    print_table(columns)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
