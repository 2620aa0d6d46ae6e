"""test_load.py - many connections: no thread, descriptor or memory is lost with them, and no answer is held up."""

import os
import sys
import threading
import time

from scene import FIELDS, ZONE, Log, dial, greet, send

import tap
from daemon import Daemon
from dnsserver import DnsServer
from mta import free_port

IDLE = 500
CONNECTIONS, EACH = 20, 10
ROUNDS = 3


def resident_kb(daemon):
    with open(f"/proc/{daemon.pid}/status", encoding="ascii") as file:
        return int(next(line.split()[1] for line in file if line.startswith("VmRSS:")))


def descriptors(daemon):
    return len(os.listdir(f"/proc/{daemon.pid}/fd"))


def threads(daemon):
    return len(os.listdir(f"/proc/{daemon.pid}/task"))


def settles(read, limit, timeout=5.0):
    """The value, as soon as it is within the limit; connections are closed by the daemon in its own time."""
    end = time.monotonic() + timeout
    while (value := read()) > limit and time.monotonic() < end:
        time.sleep(0.02)
    return value


def talk(daemon, number, answers):
    with greet(daemon, queue_id=f"Q{number}") as mta:
        for _ in range(EACH):
            answers.append(send(mta).header().startswith(FIELDS))


def burst(daemon):
    """200 messages over 20 connections at once; whether each was judged."""
    answers = []
    workers = [threading.Thread(target=talk, args=(daemon, n, answers)) for n in range(CONNECTIONS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return answers


def load(daemon, log):
    burst(daemon)
    log.next(CONNECTIONS * EACH)
    base_fds, base_threads, base_kb = settles(lambda: descriptors(daemon), 0, 0.3), threads(daemon), resident_kb(daemon)
    idle = [(dial if n % 2 else greet)(daemon) for n in range(IDLE)]
    more = threads(daemon) - base_threads
    tap.ok(more < IDLE / 10, f"engines: an idle connection costs no thread ({more} more for {IDLE})")
    grown = resident_kb(daemon) - base_kb
    tap.ok(grown < 20 * 1024, f"500 idle connections cost {grown} kB, less than 20 MB")
    tap.eq(burst(daemon), [True] * CONNECTIONS * EACH, "200 messages over 20 connections are judged beside them")
    tap.eq(len(log.next(CONNECTIONS * EACH)), CONNECTIONS * EACH, "with a line for each")
    after_one = resident_kb(daemon)
    for _ in range(ROUNDS):
        burst(daemon)
    grown = resident_kb(daemon) - after_one
    tap.ok(grown < 4 * 1024, f"{ROUNDS} times as many grow it by {grown} kB, less than 4 MB")
    for mta in idle:
        mta.close()
    left = settles(lambda: descriptors(daemon), base_fds)
    tap.ok(left <= base_fds, f"no descriptor is left ({left}, {base_fds} before)")
    with greet(daemon) as mta:
        tap.ok(send(mta).header().startswith(FIELDS), "and it serves on")


def no_stall(settings):
    """engines: over inet libmilter's small writes stalled 43 ms each, were it not for TCP_NODELAY."""
    with Daemon(settings, address=f"inet:{free_port()}@127.0.0.1") as daemon:
        with greet(daemon) as mta:
            send(mta)
            begun = time.monotonic()
            for _ in range(50):
                send(mta)
            took = time.monotonic() - begun
    tap.ok(took < 50 * 0.020, f"engines: 50 messages over inet take {took:.2f} s, not 40 ms each")


def main():
    with DnsServer(ZONE) as dns:
        settings = {"dns.servers": [dns.address]}
        with Daemon(settings) as daemon:
            load(daemon, Log(daemon))
            begun = time.monotonic()
            tap.eq(daemon.stop(), 0, "then it stops with 0")
            tap.ok(time.monotonic() - begun < 3, "at once")
        no_stall(settings)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
