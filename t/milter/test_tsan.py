"""test_tsan.py - a daemon built with --enable-sanitizers=thread through the whole workload: ThreadSanitizer is silent.

TSAN_SOFTFAIL_MILTER names that daemon.
"""

import os
import shutil
import sys
import tempfile

from scene import Zone

import tap
from dnsserver import DnsServer


# libmilter closes its listening descriptor when our pipe hangs up, which comes after all that was done with either;
# that a hang-up orders anything is not known to ThreadSanitizer.
SUPPRESSIONS = "race:mi_closener\n"


def main():
    if not os.environ.get("TSAN_SOFTFAIL_MILTER"):
        tap.skip_all("TSAN_SOFTFAIL_MILTER is not set")
    import workload
    from daemon import Daemon
    os.environ["SOFTFAIL_MILTER"] = os.environ["TSAN_SOFTFAIL_MILTER"]
    suppressions = os.path.join(tempfile.mkdtemp(prefix="softfail-tsan-"), "suppressions")
    with open(suppressions, "w", encoding="ascii") as file:
        file.write(SUPPRESSIONS)
    os.environ["TSAN_OPTIONS"] = f"exitcode=66 second_deadlock_stack=1 history_size=4 suppressions={suppressions}"
    with DnsServer(Zone(workload.ZONE_TEXT)) as dns:
        settings = {**workload.SETTINGS, "dns.servers": [dns.address]}
        with Daemon(settings) as daemon:
            code = workload.run(daemon, settings, connections=12, rounds=12)
    tap.ok(workload.judged(daemon) > 80, "messages were judged")
    tap.ok("configuration read again" in daemon.log(), "the configuration was read again")
    log = daemon.log()
    if not tap.ok("ThreadSanitizer" not in log, "ThreadSanitizer: no report"):
        tap.note(log[log.index("WARNING: ThreadSanitizer"):][:6000])
    tap.eq(code, 0, "ThreadSanitizer: it ends with 0")
    shutil.rmtree(os.path.dirname(suppressions), ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
