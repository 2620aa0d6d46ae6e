#!/usr/bin/env python3
"""test_readme.py - README.md's first command as a new user gives it, in a fresh minimal root, for both mail servers.
The second one, scripts/check, is run there by scripts/check --debian."""

import re
import sys
import tempfile

import debian
import tap

SCRIPT = """cd /src/main
    status=0
    ./scripts/quickstart --mta {} >/tmp/quickstart.log 2>&1 || status=$?
    cat /tmp/quickstart.log
    echo "== installed"
    dpkg-query -W -f '${{Package}} ${{db:Status-Status}}\\n' | sed -n 's/ installed$//p'
    echo "== running"
    cat /proc/[0-9]*/comm
    exit $status"""


def follow(mta):
    with tempfile.TemporaryFile("w+") as output:
        code, seconds = debian.run(SCRIPT.format(mta), output=output)
        output.seek(0)
        shown, installed, running = (re.split(r"== (?:installed|running)\n", output.read()) + ["", ""])[:3]
    what = f"quickstart --mta {mta}"
    tap.eq(code, 0, f"{what} ends well")
    tap.eq(re.findall(r"(?m)^(\d+)\. ", shown), [str(n) for n in range(1, 9)], f"{what} shows eight messages")
    tap.eq(len(re.findall(r"(?m)^   why: ", shown)), 8, f"{what} says why of each")
    tap.ok("stats secs=" in shown, f"{what} ends with the statistics")
    servers = [name for name in installed.split() if re.match(r"postfix|sendmail|exim", name)]
    tap.eq(servers, [], f"{what} installs no mail server")
    left = [name for name in running.split("\n") if re.match(r"master|smtpd|sendmail|softfail|python", name)]
    tap.eq(left, [], f"{what} leaves nothing running")
    tap.note(f"{debian.release()}, {what}: {seconds:.0f} s, the root included; its last lines:")
    tap.note("\n".join("  " + line for line in shown.rstrip().splitlines()[-6:]))


if __name__ == "__main__":
    if why := debian.unavailable():
        tap.skip_all(why)
    for name in ("postfix", "sendmail"):
        follow(name)
    sys.exit(tap.done())
