"""debian.py - runs a program of this folder in a throwaway root of a Debian release (scripts/debian-root).

    why = debian.unavailable()          # a reason to skip, or None
    code, seconds = debian.run("python3 /src/main/t/release/attach.py", packages=["python3"])

SOFTFAIL_RELEASE: bookworm or trixie; by default the host's own.  The source is in /src/main.
"""

import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.environ.get("SRCDIR") or os.path.normpath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap      # noqa: E402

RELEASES = ("bookworm", "trixie")
UNAVAILABLE = 69        # sysexits.h, as debian-root uses it
NAMESPACES = ["unshare", "--mount", "--uts", "--pid", "--net", "--fork", "--propagation", "private", "true"]


def release():
    """Its code name; of an unknown release the one given, so that the reason to skip can name it."""
    if os.environ.get("SOFTFAIL_RELEASE"):
        return os.environ["SOFTFAIL_RELEASE"]
    with open("/etc/os-release", encoding="utf-8") as file:
        return dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line).get("VERSION_CODENAME", "unknown")


def unavailable():
    """Why no root can be made here, or None."""
    if os.geteuid() != 0:
        return "only root can make a root of another Debian"
    if release() not in RELEASES:
        return f"no root is made of release {release()}"
    for program in ("debootstrap", "unshare", "apt-get"):
        if shutil.which(program) is None:
            return f"{program} is missing"
    if subprocess.run(NAMESPACES, capture_output=True).returncode != 0:
        return "namespaces are not permitted here"
    return None


def tracked():
    """The files of the source, those not yet committed too; without git, all but what a build makes."""
    git = subprocess.run(["git", "-c", "safe.directory=*", "-C", TOP, "ls-files", "-co", "--exclude-standard"],
                         capture_output=True, text=True) if shutil.which("git") else None
    if git and git.returncode == 0:
        return [name for name in git.stdout.splitlines() if os.path.isfile(os.path.join(TOP, name))]
    names = []
    for folder, below, files in os.walk(TOP):
        below[:] = [name for name in below if name not in ("build", ".git", "autom4te.cache", "__pycache__")]
        names += [os.path.relpath(os.path.join(folder, name), TOP) for name in files]
    return names


def copy_source(folder):
    """The source as somebody gets it, in a new folder."""
    for name in tracked():
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        shutil.copy2(os.path.join(TOP, name), os.path.join(folder, name))


def _end(process):
    """The whole group: debian-root takes its root away once what runs in it has ended.  A program that was killed
    there leaves its control groups (booted.py); an empty one can be removed, one in use cannot."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
    except ProcessLookupError:
        pass
    process.wait()
    for top in glob.glob("/sys/fs/cgroup/softfail-*") + glob.glob("/sys/fs/cgroup/unified/softfail-*"):
        for folder, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                pass


def run(script, packages=(), output=None, timeout=900):
    """The shell script in a fresh root, after these packages were installed there; what it prints is printed, or
    goes into the file output.  Returns its exit code and its seconds.  A root that cannot be had ends the program
    as skipped."""
    prepare = f"""set -e
        printf 'APT::Get::Assume-Yes "true";\\nAPT::Install-Recommends "false";\\n' >/etc/apt/apt.conf.d/01test
        apt-get -qq update
        apt-get -qq install {' '.join(packages)} >/tmp/apt.log 2>&1 || {{ cat /tmp/apt.log >&2; exit 70; }}
        """
    with tempfile.TemporaryDirectory(prefix="softfail-release-") as source, \
            tempfile.TemporaryFile("w+") as errors:
        copy_source(os.path.join(source, "main"))
        command = [os.path.join(TOP, "scripts", "debian-root"), "-b", source + ":/src", release(),
                   "sh", "-c", (prepare if packages else "") + script]
        began = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                                   start_new_session=True)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            code = 124
        finally:
            _end(process)
        seconds = time.monotonic() - began
        errors.seek(0)
        text = errors.read()
    if code == UNAVAILABLE and text.startswith("debian-root: "):
        tap.skip_all(text.strip())
    if code != 0:
        tap.note(f"exit code {code} after {seconds:.0f} s")
        tap.note("\n".join(text.splitlines()[-30:]))
    return code, seconds
