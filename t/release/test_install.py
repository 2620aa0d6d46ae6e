#!/usr/bin/env python3
"""test_install.py - make install and make uninstall: exactly these files with these modes, never over an edited
configuration; the unit under systemd-analyze verify; make distcheck.  It needs no root; as root the builds run as
nobody, so that a source that may not be written really cannot be."""

import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile

import debian
import tap

CONF = "etc/softfail-milter.conf"
UNIT = "usr/lib/systemd/system/softfail-milter.service"
WANT = {
    CONF: 0o644,
    UNIT: 0o644,
    "usr/bin/softfail": 0o755,
    "usr/lib/sysusers.d/softfail-milter.conf": 0o644,
    "usr/lib/tmpfiles.d/softfail-milter.conf": 0o644,
    "usr/sbin/softfail-milter": 0o755,
    "usr/share/man/man1/softfail.1": 0o644,
    "usr/share/man/man5/softfail-milter.conf.5": 0o644,
    "usr/share/man/man7/softfail-headers.7": 0o644,
    "usr/share/man/man8/softfail-milter.8": 0o644,
}
IN_A_CLONE = {".clang-format", ".gitignore"}     # of no use elsewhere
NOBODY = 65534


def run(command, folder, **more):
    """The exit code; of a failure the end of its output as comments."""
    account = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("BUILDDIR", "SRCDIR", "UNIT_BUILDDIR", "FUZZ_BUILDDIR", "SOFTFAIL", "SOFTFAIL_MILTER",
                                   "TSAN_SOFTFAIL_MILTER")}
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment,
                          stderr=subprocess.STDOUT, text=True, errors="replace", umask=0o022, **account, **more)
    if done.returncode != 0:
        tap.note(f"{' '.join(command)}: {done.returncode}")
        tap.note("\n".join(done.stdout.splitlines()[-25:]))
    return done.returncode


def installed(root):
    """{path: mode} of all files below."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, root)] = stat.S_IMODE(os.lstat(path).st_mode)
    return found


def listing(modes):
    return [f"{mode:o} {path}" for path, mode in sorted(modes.items())]


def prepare(folder):
    """The source, made ready and then read-only, and an empty folder to build in."""
    source, build = os.path.join(folder, "source"), os.path.join(folder, "build")
    os.mkdir(source)
    os.mkdir(build)
    debian.copy_source(source)
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", folder], check=True)
    if run(["autoreconf", "-fi"], source) == 0:
        subprocess.run(["chmod", "-R", "a-w", source], check=True)
    return source, build


def make(build, word, root):
    return run(["make", "-s", word, f"DESTDIR={root}"], build)


def check_install(build, root):
    tap.eq(make(build, "install", root), 0, "make install into DESTDIR")
    tap.eq(listing(installed(root)), listing(WANT), "it puts exactly these files, with these modes")
    with open(os.path.join(root, UNIT), encoding="utf-8") as file:
        text = file.read()
    tap.ok("/usr/sbin/softfail-milter -c /etc/softfail-milter.conf\n" in text and "@" not in text.replace("@sys", ""),
           "the unit names the program and the configuration where they are installed")


def check_unit(root, folder):
    if shutil.which("systemd-analyze") is None:
        tap.skip(1, "systemd-analyze is missing here (test_attach.py runs it in a root)")
        return
    path = os.path.join(folder, "softfail-milter.service")
    with open(os.path.join(root, UNIT), encoding="utf-8") as file, open(path, "w", encoding="utf-8") as real:
        real.write(file.read().replace("/usr/sbin/", root + "/usr/sbin/"))
    done = subprocess.run(["systemd-analyze", "--man=no", "verify", path], capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "softfail" in line]
    tap.eq((done.returncode, ours), (0, []), "systemd-analyze verify has nothing to say about the unit")


def check_edited(build, root):
    path = os.path.join(root, CONF)
    with open(path, "a", encoding="utf-8") as file:
        file.write("# mine\n")
    with open(path, encoding="utf-8") as file:
        edited = file.read()
    make(build, "install", root)
    with open(path, encoding="utf-8") as file:
        tap.eq(file.read(), edited, "make install leaves an edited configuration as it is")
    other = os.path.join(root, "usr/share/man/man1/other.1")
    with open(other, "w", encoding="utf-8"):
        pass
    tap.eq(make(build, "uninstall", root), 0, "make uninstall")
    tap.eq(sorted(installed(root)), sorted([CONF, os.path.relpath(other, root)]),
           "it takes away what was put, but no edited configuration and nothing of others")
    os.unlink(path)
    make(build, "install", root)
    make(build, "uninstall", root)
    tap.eq(sorted(installed(root)), [os.path.relpath(other, root)], "a configuration that nobody edited goes too")


def check_distribution(build, tracked):
    tap.eq(run(["make", "-s", f"-j{os.cpu_count()}", "distcheck"], build, timeout=600), 0,
           "make distcheck: what the archive holds builds, passes and installs out of its read-only tree")
    run(["make", "-s", "dist"], build)
    held = set()
    for name in filter(re.compile(r"softfail-milter-.*\.tar\.").match, os.listdir(build)):
        with tarfile.open(os.path.join(build, name)) as archive:
            held = {member.name.partition("/")[2] for member in archive}
    tap.eq(sorted(tracked - held - IN_A_CLONE), [], "the archive lacks nothing that is in the repository")


def main():
    for program in ("autoreconf", "make", "cc"):
        if shutil.which(program) is None:
            tap.skip_all(f"{program} is missing")
    with tempfile.TemporaryDirectory(prefix="softfail-install-") as folder:
        os.chmod(folder, 0o755)
        tracked = set(debian.tracked())
        source, build = prepare(folder)
        root = os.path.join(folder, "root")
        built = run([os.path.join(source, "configure"), "-q", "--prefix=/usr", "--sysconfdir=/etc"], build) == 0 and \
            run(["make", "-s", f"-j{os.cpu_count()}"], build) == 0
        if tap.ok(built, "it builds outside of a source that may not be written"):
            check_install(build, root)
            check_unit(root, folder)
            check_edited(build, root)
            check_distribution(build, tracked)
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    sys.exit(tap.done())


if __name__ == "__main__":
    main()
