"""The layout of the source, the budgets, and what must not stand in it (HACKING.md)."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "t", "lib"))
from tap import done, eq, ok  # noqa: E402

TOP, BUILD = os.environ["SRCDIR"], os.environ["BUILDDIR"]


def tracked():
    if shutil.which("git"):
        out = subprocess.run(["git", "-C", TOP, "ls-files", "-z"], capture_output=True)
        if out.returncode == 0 and out.stdout:
            return [name for name in out.stdout.decode().split("\0") if name]
    return [os.path.relpath(os.path.join(folder, name), TOP) for folder, _, names in os.walk(TOP) for name in names
            if not re.search(r"/(build|build-aux|autom4te\.cache|__pycache__|\.git)(/|$)", folder)
            and name not in ("configure", "config.h.in", "Makefile.in", "aclocal.m4")]


def text_of(name):
    with open(os.path.join(TOP, name), encoding="utf-8", errors="replace") as file:
        return file.read()


rooms = subprocess.run([os.path.join(TOP, "scripts", "check-rooms"), TOP, BUILD], capture_output=True, text=True)
eq(rooms.stdout.strip(), "rooms: all in order", "HACKING.md: includes, budgets, globals")

makefile = text_of("Makefile.am")
missing = [name for name in tracked() if re.fullmatch(r"(milter|t)/.*\.[ch]", name)
           and not re.search(r"(^|\s)" + re.escape(re.sub(r"\.c$", "", name)) + r"(\.c)?(\s|$)", makefile)]
eq(missing, [], "every source file is built and distributed by Makefile.am")

machine = re.compile(r"(/work/|/tmp/[a-z]+/|/home/|deb\.debian\.org|registry\.npmjs)")
eq([name for name in tracked() if name != "t/lint/test_rooms.py" and machine.search(text_of(name))], [],
   "no machine paths and no registry's host name in the tree")

ok(len(text_of("ARCHITECTURE.md").splitlines()) <= 120, "ARCHITECTURE.md walks one message in at most 120 lines")
eq(os.readlink(os.path.join(TOP, "README")), "README.md", "README is a symbolic link to README.md")
sys.exit(done())
