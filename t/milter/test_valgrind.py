"""test_valgrind.py - the daemon under memcheck through the whole workload: no error, nothing definitely lost."""

import os
import shutil
import sys
import tempfile

from scene import Zone

import tap
from dnsserver import DnsServer


def main():
    if shutil.which("valgrind") is None:
        tap.skip_all("no valgrind")
    import workload
    from daemon import Daemon
    folder = tempfile.mkdtemp(prefix="softfail-valgrind-")
    report = os.path.join(folder, "report")
    os.environ["SOFTFAIL_WRAPPER"] = (f"valgrind -q --leak-check=full --errors-for-leak-kinds=definite "
                                      f"--show-leak-kinds=definite --error-exitcode=99 --log-file={report}")
    with DnsServer(Zone(workload.ZONE_TEXT)) as dns:
        settings = {**workload.SETTINGS, "dns.servers": [dns.address]}
        with Daemon(settings) as daemon:
            code = workload.run(daemon, settings, connections=4, rounds=14, reload_s=0.5)
    with open(report, encoding="utf-8", errors="replace") as file:
        text = file.read()
    tap.ok(workload.judged(daemon) > 25, "messages were judged")
    tap.ok("configuration read again" in daemon.log(), "the configuration was read again")
    tap.eq(code, 0, "memcheck: it ends with 0")
    tap.eq(text, "", "memcheck: no error, no definite leak")
    shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
