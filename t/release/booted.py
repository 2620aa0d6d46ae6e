"""booted.py - boots the systemd of a throwaway root in namespaces and a control group of its own, so that units can
really be started.

    with Booted() as booted:            # BootError: it does not work here
        booted.shell("systemctl start softfail-milter")

The network is shared with the caller, files too but for /run and /tmp.
"""

import os
import signal
import subprocess
import time

from mailhost import HostError, shell

HIERARCHY = "/mnt/cgroup"
NAMESPACES = ["unshare", "--mount", "--pid", "--ipc", "--cgroup", "--fork", "--kill-child", "--propagation", "private"]
BOOT = """set -e
mount -t proc proc /proc
mount -t tmpfs -o mode=0755 run /run
umount -l /sys
mount -t sysfs -o ro sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec env container=private /lib/systemd/systemd --system --unit=multi-user.target
"""


class BootError(Exception):
    """No control groups, or systemd does not come up."""


class Booted:
    def __init__(self):
        self.group = os.path.join(HIERARCHY, f"softfail-{os.getpid()}-{time.time_ns()}")
        self.process, self.pid = None, None

    def __enter__(self):
        try:
            shell(f"mkdir -p {HIERARCHY}; mount -t cgroup2 cgroup2 {HIERARCHY}; mkdir {self.group}")
        except HostError as error:
            raise BootError("control groups cannot be made here") from error
        try:
            self._boot()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_):
        self._end()

    def _boot(self):
        with open("/tmp/boot.log", "wb") as log:
            enter = f"echo $$ >{self.group}/cgroup.procs; exec \"$@\""
            self.process = subprocess.Popen(["sh", "-c", enter, "sh", *NAMESPACES, "sh", "-c", BOOT],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + 60
        while self._state() not in ("running", "degraded"):
            if time.monotonic() > end or self.process.poll() is not None:
                with open("/tmp/boot.log", encoding="utf-8", errors="replace") as file:
                    raise BootError("systemd does not come up: " + " ".join(file.read().split())[-300:])
            time.sleep(0.2)

    def _state(self):
        """What systemctl says; '' while there is no process 1 to ask."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            children = file.read().split()
        if not children:
            return ""
        self.pid = children[0]
        return subprocess.run([*self._enter(), "systemctl", "is-system-running"], capture_output=True,
                              text=True).stdout.strip()

    def _enter(self):
        return ["nsenter", "--target", self.pid, "--mount", "--pid", "--ipc", "--cgroup", "--root", "--wd"]

    def shell(self, script, timeout=120):
        """As mailhost.shell, typed in the booted system."""
        done = subprocess.run([*self._enter(), "sh", "-e", "-c", script], stdin=subprocess.DEVNULL, timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        if done.returncode != 0:
            raise HostError(f"exit code {done.returncode} of: {script.strip()}\n{done.stdout[-3000:]}")
        return done.stdout

    def _end(self):
        """All processes in it end with its process 1; then its control groups can go."""
        if self.process is not None:
            if self.process.poll() is None and self.pid:
                os.kill(int(self.pid), signal.SIGKILL)
            self.process.kill()
            self.process.wait()
        for _ in range(100):
            for folder, _, _ in os.walk(self.group, topdown=False):
                try:
                    os.rmdir(folder)
                except OSError:
                    pass
            if not os.path.exists(self.group):
                break
            time.sleep(0.05)
        subprocess.run(["umount", HIERARCHY], capture_output=True)
