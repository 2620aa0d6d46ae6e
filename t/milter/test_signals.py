"""test_signals.py - starting, reloading, stopping: signals, the pid file, exit codes, what stands in the way."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

from scene import CONTENT, FIELDS, ZONE, Log, dial, greet, judged, send, skipped

import tap
from daemon import Daemon, program, render
from dnsserver import DnsServer
from milterwire import endpoint
from mta import free_port

PLAIN = CONTENT.split(b"\r\n\r\n")[0].replace(b"\r\n", b"\n") + b"\n"
SHUTTING_DOWN = ("reply", "421 4.3.2 Service is shutting down, try again")


def begin(daemon, queue_id="Q1"):
    """A connection with a message after its DATA."""
    mta = greet(daemon, queue_id=queue_id)
    mta.begin()
    mta.mail("<a@example.org>")
    mta.data()
    return mta


def finish(mta):
    for field in (("From", " A <a@example.org>"), ("To", " b@example.net"), ("Subject", " one\n\ttwo")):
        mta.header(*field)
        mta.result.fields.append((field[0].encode(), field[1].encode()))
    mta.eoh()
    return mta.eom().action


def refuses(address):
    family, where = endpoint(address)
    with socket.socket(family) as probe:
        probe.settimeout(0.2)
        try:
            probe.connect(where)
            return probe.recv(1) == b""
        except socket.timeout:
            return False
        except OSError:
            return True


def wait_until_closed(daemon):
    """Until the daemon has taken note of the signal."""
    end = time.monotonic() + 10
    while not refuses(daemon.address) and time.monotonic() < end:
        time.sleep(0.01)


def stop_idle(settings):
    for number in (signal.SIGTERM, signal.SIGINT):
        with Daemon(settings) as daemon:
            begun = time.monotonic()
            daemon.signal(number)
            tap.eq(daemon.wait(), 0, f"interface 1: signal {number.name} ends an idle daemon with 0")
            tap.ok(time.monotonic() - begun < 3, "interface 1: at once")
            tap.ok(not os.path.exists(endpoint(daemon.address)[1]), "interface 1: its socket is gone")
            tap.ok(daemon.log().endswith("Z stopped\n"), "interface 4: and it says so")


def stop_in_progress(settings, address):
    kind = "unix" if address is None else address.split(":")[0]
    with Daemon(settings, address=address) as daemon:
        log = Log(daemon)
        open_ones = [begin(daemon, f"Q{n}") for n in range(50)]
        idle = greet(daemon)
        early = dial(daemon)
        daemon.signal(signal.SIGTERM)
        wait_until_closed(daemon)
        tap.ok(refuses(daemon.address), f"interface 1: {kind}: no new connection")
        for name, mta in (("an idle session", idle), ("one that had only negotiated", early)):
            mta.begin()
            reply = mta.mail("<a@example.org>")
            tap.eq((reply.action, reply.text), SHUTTING_DOWN, f"interface 1: {kind}: MAIL after the signal, {name}")
        reply = idle.mail("<a@example.org>")
        tap.eq((reply.action, reply.text), SHUTTING_DOWN, f"interface 1: {kind}: and again")
        time.sleep(0.3)
        tap.eq(daemon.process.poll(), None, f"interface 1: {kind}: it waits for its messages")
        open_ones[49].abort()
        answers = [finish(mta) for mta in open_ones[:49]]
        tap.eq(answers, ["continue"] * 49, f"interface 1: {kind}: each of 49 messages in progress is answered")
        tap.ok(all(mta.result.header() == FIELDS + PLAIN for mta in open_ones[:49]), f"interface 1: {kind}: and judged")
        tap.eq(daemon.wait(10), 0, f"interface 1: {kind}: then it ends with 0")
        tap.eq(sorted(log.next(50)), sorted([judged(f"Q{n}") for n in range(49)] + [skipped("aborted", "Q49")]),
               f"interface 4: {kind}: a line for each")
        tap.ok(re.search(r"stats secs=\d+ domain=\* policy=- spf_all=- msgs=49 .*\n.*Z stopped\n\Z", daemon.log()),
               f"interface 1: {kind}: what was counted is written last")
        for mta in (*open_ones, idle, early):
            mta.close()


def stop_stuck(settings):
    with Daemon({**settings, "shutdown_timeout_s": 1}) as daemon:
        stuck = [begin(daemon) for _ in range(2)]
        begun = time.monotonic()
        daemon.signal(signal.SIGTERM)
        tap.eq(daemon.wait(10), 0, "interface 1: clients that never go on: it ends with 0")
        took = time.monotonic() - begun
        tap.ok(0.9 < took < 4, f"interface 1: after shutdown_timeout_s ({took:.1f} s)")
        tap.ok("stopping with 2 messages in progress: the MTA will offer them again" in daemon.log(),
               "interface 1: and says what it left")
        for mta in stuck:
            mta.close()
    with Daemon({**settings, "shutdown_timeout_s": 0}) as daemon:
        mta = begin(daemon)
        tap.eq(daemon.stop(10), 0, "interface 2: shutdown_timeout_s = 0 waits for nobody")
        mta.close()


def reloads(settings):
    with Daemon(settings) as daemon:
        log = Log(daemon)
        old = greet(daemon)
        old.begin()
        old.mail("<a@example.org>")
        old.data()
        daemon.configure({**settings, "authserv_id": "new.example.net", "score.prefix": "X-New", "socket_mode": "0600",
                          "pid_file": daemon.folder + "/pid"})
        daemon.reload()
        daemon.wait_log("Z configuration read again: 4 keys changed: "
                        "socket_mode, pid_file, authserv_id, score.prefix$")
        daemon.wait_log(r"Z needs a restart to take effect: socket_mode, pid_file$")
        tap.eq(finish(old), "continue", "style 6: a message that began before a reload is answered")
        tap.eq(old.result.header(), FIELDS + PLAIN, "style 6: under the configuration it began with")
        tap.eq(send(old).header(), FIELDS + PLAIN, "manual: an open session keeps it to its end")
        old.quit()
        with greet(daemon) as new:
            want = FIELDS.replace(b"mx.example.net", b"new.example.net").replace(b"X-SPF-DMARC", b"X-New")
            tap.eq(send(new).header(), want + PLAIN, "interface 1: a new session has the new one")
        tap.eq(log.next(3), [judged()] * 3, "interface 4: a line each")
        tap.eq((os.stat(endpoint(daemon.address)[1]).st_mode & 0o777, os.path.exists(daemon.folder + "/pid")),
               (0o666, False), "interface 1: what needs a restart is not done")

        daemon.configure(text='authserv_idd = "x";\nmax_headers = 3;\ndns: { attempts = "two"; };\n')
        daemon.signal(signal.SIGUSR1)
        daemon.wait_log("the old configuration stays in force$")
        faults = re.findall(re.escape(daemon.config) + r":(\d): .*", daemon.log())
        tap.eq(faults, ["1", "2", "3"], "interface 1: each fault of a broken file is in the log")
        tap.ok("did you mean authserv_id" in daemon.log(), "interface 2: with its cure")
        with greet(daemon) as mta:
            tap.eq(send(mta).header(), want + PLAIN, "interface 1: a broken file leaves the old one in force")
        log.next()
        os.unlink(daemon.config)
        daemon.reload()
        daemon.wait_log(r"(?s)stays in force\n.*stays in force\n")
        daemon.configure({**settings, "dns.timeout_ms": 900})
        daemon.reload()
        daemon.wait_log("keys changed: .*dns.timeout_ms")
        with greet(daemon) as mta:
            tap.eq(send(mta).header(), FIELDS + PLAIN, "interface 1: and a good one is taken again")
        daemon.reload()
        daemon.wait_log("configuration read again: 0 keys changed$")
        for _ in range(200):             # close together: libmilter must get none of them
            daemon.signal(signal.SIGUSR1)
            daemon.reload()
        with greet(daemon) as mta:
            tap.eq(send(mta).header(), FIELDS + PLAIN, "interface 1: signals in a row are survived")
    tap.eq(daemon.exit_code, 0, "interface 1: and it ends with 0")


def log_levels(settings):
    with Daemon({**settings, "log.level": "debug", "trusted_hosts": ["203.0.113.9"]}) as daemon:
        with greet(daemon, address="203.0.113.9") as mta:
            mta.begin()
            mta.mail("<a@example.org>")
        tap.eq(Log(daemon).next(), [skipped("trusted-host", "NOQUEUE", client="203.0.113.9")],
               "interface 4: a trusted host's line, at level debug")
    with Daemon({**settings, "log.format": "json", "stats.interval": 1}) as daemon:
        with greet(daemon) as mta:
            send(mta)
        daemon.wait_log(r'"event":"stats".*"domain":"example.org"', 5)
        tap.ok(True, "interface 4: statistics each interval, in JSON")


def run(*arguments, text=None, timeout=30):
    """The program, with a configuration of its own when text is given: (exit code, output, errors)."""
    daemon = Daemon(text=text or "")
    try:
        words = [program(), *(["-c", daemon.config] if text is not None else []), *arguments]
        done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, check=False)
        return done.returncode, done.stdout, done.stderr.replace(daemon.config, "FILE")
    finally:
        daemon.remove()


def options():
    for word, text in (("-t", ""), ("-t", 'authserv_id = "x.example";\n')):
        tap.eq(run(word, text=text), (0, "", ""), f"interface 1: -t of {text!r}")
    code, out, err = run("-t", text='authserv_idd = "x";\nmax_headers = 1;\n')
    tap.eq((code, out), (78, ""), "interface 1: -t of a bad file ends with 78")
    tap.eq([line.split(" ")[0] for line in err.splitlines()], ["FILE:1:", "FILE:2:"],
           "interface 1: every fault, with its line")
    tap.eq(run(text="max_headers = 1;\n", timeout=5)[0], 78, "interface 1: 78 at a start, too")
    code, out, err = run("-n", text='authserv_id = "x.example";\n')
    tap.eq((code, [line for line in out.splitlines() if line and line[0] != "#"], err),
           (0, ['authserv_id = "x.example";'], ""), "interface 1: -n prints what differs")
    code, out, err = run("-T", text='authserv_id = "x.example";\n')
    tap.ok(code == 0 and "max_headers = 1000;" in out and re.search("^# softfail-milter ", out, re.MULTILINE),
           "interface 1: -T prints all, versions as comments")
    tap.eq(run("-T", text=out), (0, out, ""), "interface 1: what -T prints can be read back")
    tap.eq([line for line in run("-n", text=out)[1].splitlines() if line and line[0] != "#"],
           ['authserv_id = "x.example";'], "interface 1: and means the same")
    code, out, err = run("-V")
    tap.ok(code == 0 and err == "" and all(re.search(f"^{name} .*[0-9]", out, re.MULTILINE)
                                           for name in ("softfail-milter", "libmilter")), "interface 1: -V")
    code, out, err = run("-h")
    tap.ok(code == 0 and out.startswith("usage: softfail-milter") and err == "", "manual: -h")
    for words in (("-x",), ("-c",), ("-t", "more")):
        code, out, err = run(*words)
        tap.ok(code == 64 and out == "" and "usage: softfail-milter" in err, f"interface 1: 64 for {' '.join(words)}")
    code, _, err = run("-c", "/nonexistent/softfail-milter.conf", "-t")
    tap.ok(code == 78 and "/nonexistent/softfail-milter.conf" in err, "interface 1: 78 for a file that is not there")


class Background:
    """The daemon started without -f: it goes into the background by itself."""

    def __init__(self, settings):
        self.home = Daemon(settings)
        self.home.configure({"log.target": "syslog", "pid_file": self.home.folder + "/pid", **settings})
        self.address = self.home.address

    def start(self):
        """(exit code of the parent, what it said)"""
        done = subprocess.run([program(), "-c", self.home.config], capture_output=True, text=True, timeout=30,
                              check=False)
        return done.returncode, done.stderr

    def pid(self):
        try:
            with open(self.home.folder + "/pid", encoding="ascii") as file:
                return int(file.read())
        except FileNotFoundError:
            return None

    @staticmethod
    def is_gone(pid):
        """A zombie is gone too: nobody may be there to collect it."""
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
                return file.read().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True

    def wait_gone(self, pid):
        end = time.monotonic() + 10
        while not self.is_gone(pid) and time.monotonic() < end:
            time.sleep(0.02)
        return self.is_gone(pid)


def background(settings):
    one = Background(settings)
    tap.eq(one.start(), (0, ""), "interface 1: without -f the parent ends with 0")
    pid = one.pid()
    try:
        tap.ok(os.path.exists(f"/proc/{pid}"), "interface 2: pid_file holds the number of the daemon")
        tap.eq(os.getsid(pid), pid, "interface 1: it leads a session of its own")
        tap.eq({os.readlink(f"/proc/{pid}/fd/{fd}") for fd in range(3)}, {"/dev/null"},
               "interface 1: it holds none of the caller's files")
        with greet(one) as mta:
            tap.eq(send(mta).header(), FIELDS + PLAIN, "interface 1: and serves, as soon as the parent has ended")
        code, err = one.start()
        tap.eq(code, 69, "interface 1: a second start is refused with 69")
        tap.ok(one.address in err and "another process serves it" in err, "interface 1: and says why")
        tap.eq(one.pid(), pid, "interface 1: the first one's pid file stays")
        with greet(one) as mta:
            tap.eq(send(mta).header(), FIELDS + PLAIN, "interface 1: and the first one serves")
    finally:
        os.kill(pid, signal.SIGTERM)
    tap.ok(one.wait_gone(pid), "interface 1: it ends on SIGTERM")
    tap.eq((one.pid(), os.path.exists(endpoint(one.address)[1])), (None, False),
           "interface 2: pid file and socket are gone")

    tap.eq(one.start(), (0, ""), "interface 1: it starts again")
    pid = one.pid()
    os.kill(pid, signal.SIGKILL)
    one.wait_gone(pid)
    wait_until_closed(one)
    tap.ok(os.path.exists(endpoint(one.address)[1]), "a killed one leaves its socket")
    tap.eq(one.start(), (0, ""), "issue 14: a stale socket is replaced")
    os.kill(one.pid(), signal.SIGTERM)
    one.wait_gone(one.pid())
    one.home.remove()


def start_errors(settings):
    port = free_port()
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port))
        holder.listen()
        rows = [
            ({"socket": f"inet:{port}@127.0.0.1"}, 69, "socket: .*another process listens there"),
            ({"socket": "unix:/nonexistent/folder/milter.sock"}, 73, "socket: .*create its folder"),
            ({"user": "no-such-user"}, 67, "user: \"no-such-user\": create it, or change the key: no such user"),
            ({"socket_group": "no-such-group"}, 77, "socket_group: \"no-such-group\": create it, or change the key: no such group"),
            ({"pid_file": "/nonexistent/folder/pid"}, 73, "pid_file: \"/nonexistent/folder/pid\": .*create its folder"),
            ({"socket": "unix:/dev/null"}, 69, "socket: .*no socket is there"),
            ({"socket": "inet:8895@192.0.2.1"}, 69, "socket: .*choose an address of this host"),
            ({"max_headers": 1}, 78, r":\d+: max_headers"),
        ]
        for change, code, pattern in rows:
            for foreground in (False, True):
                one = Background({**settings, **change})
                words = [program(), *(["-f"] if foreground else []), "-c", one.home.config]
                done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
                name = f"{change}{', foreground' if foreground else ''}"
                tap.eq(done.returncode, code, f"interface 1: exit code of {name}")
                tap.ok(re.search(pattern, done.stderr), f"interface 1: fault and cure: {done.stderr.strip()}")
                tap.ok(not os.path.exists(one.home.folder + "/pid"), "interface 1: no pid file is left")
                one.home.remove()


def users(settings):
    """As root: the user's rights, and the socket is his."""
    if os.getuid() != 0:
        tap.skip(3, "not root")
        return
    one = Background({**settings, "user": "nobody", "socket_mode": "0600"})
    os.chmod(one.home.folder, 0o777)
    os.chmod(one.home.config, 0o644)
    tap.eq(one.start(), (0, ""), "interface 2: user: it starts")
    pid = one.pid()
    tap.ok(os.stat(f"/proc/{pid}").st_uid != 0, "interface 2: user: it is that user")
    status = os.stat(endpoint(one.address)[1])
    tap.ok(status.st_uid != 0 and status.st_mode & 0o777 == 0o600, "interface 2: user: the socket is his, mode as told")
    os.kill(pid, signal.SIGTERM)
    one.wait_gone(pid)
    one.home.remove()


def main():
    with DnsServer(ZONE) as dns:
        settings = {"dns.servers": [dns.address]}
        stop_idle(settings)
        stop_in_progress(settings, None)
        stop_in_progress(settings, f"inet:{free_port()}@127.0.0.1")
        stop_stuck(settings)
        reloads(settings)
        log_levels(settings)
        background(settings)
        users(settings)
        start_errors(settings)
        options()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
