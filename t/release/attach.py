#!/usr/bin/env python3
"""attach.py build|attach - README.md followed in a throwaway root: build and install, attach to Debian's Postfix and to
Debian's Sendmail, uninstall.  test_attach.py runs it; never run it on a host.

build      what needs the archive: the packages that README.md names, the build
attach     the rest, under unshare --net, so that no mail server is reachable from anywhere
"""

import os
import re
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.normpath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap                              # noqa: E402
from booted import Booted, BootError    # noqa: E402
from mailhost import MailHost, HostError, processes_of, shell, wait_for, write      # noqa: E402
from maildir import Message             # noqa: E402
from manual import Manual               # noqa: E402
from zone import Zone                   # noqa: E402

MILTER = "/usr/local/sbin/softfail-milter"
CONF = "/etc/softfail-milter.conf"
INSTALLED = {
    CONF,
    MILTER,
    "/usr/local/bin/softfail",
    "/usr/local/lib/systemd/system/softfail-milter.service",
    "/usr/local/lib/sysusers.d/softfail-milter.conf",
    "/usr/local/lib/tmpfiles.d/softfail-milter.conf",
    "/usr/local/share/man/man1/softfail.1",
    "/usr/local/share/man/man5/softfail-milter.conf.5",
    "/usr/local/share/man/man7/softfail-headers.7",
    "/usr/local/share/man/man8/softfail-milter.8",
}

# README.md's first example: a forgery of a domain at ~all and p=reject.
ZONE = Zone("""
example.org         TXT  "v=spf1 ip4:198.51.100.0/24 ~all"
example.org         MX   10 mail.example.org
mail.example.org    A    203.0.113.7
203.0.113.7         PTR  mail.example.org
_dmarc.example.org  TXT  "v=DMARC1; p=reject"
""")
FORGED = "Authentication-Results: mx.example.net; spf=pass smtp.mailfrom=example.org\r\n"
REST = "From: News <news@example.org>\r\nTo: joe@mx.example.net\r\nSubject: {}\r\nMessage-Id: <{}@example.org>\r\n" \
       "Date: Wed, 25 Nov 2026 12:00:00 +0000\r\n\r\nhello\r\n"

manual = Manual(os.path.join(TOP, "README.md"))
with open(os.path.join(TOP, "etc", "softfail-milter.conf"), encoding="utf-8") as shipped:
    SHIPPED = shipped.read()


# Building

def build():
    """README.md's commands up to make install; make check is left to scripts/check, which runs it everywhere."""
    before, after = manual.blocks("Build and install")[0].text.split("make install\n")
    if after:
        raise HostError("README.md goes on after make install")
    shell(f"cd {TOP}\n" + before.replace("make && make check", f"make -j{os.cpu_count()}"), 600)


# The daemon: README.md's way without systemd

def stop_daemon():
    for pid in processes_of("softfail-milter"):
        os.kill(pid, signal.SIGTERM)
    wait_for("end of the daemon", lambda: not processes_of("softfail-milter"))


def start_daemon():
    """As README.md says it is started by hand; it is in the background when the command returns."""
    shell("softfail-milter -t")
    shell(manual.typed("Build and install", "Without systemd").splitlines()[-1])


def configure(addition):
    """The configuration as installed, and what README.md adds to it; the daemon started anew."""
    stop_daemon()
    write(CONF, SHIPPED + addition)
    start_daemon()


# One message through

def want_fields():
    """The header that README.md begins with."""
    return manual.blocks("softfail-milter")[0].text.encode()


def in_system_log(host):
    return "\n".join(line for line in host.log.lines if "softfail-milter" in line)


def check_message(host, subject, what, log=in_system_log):
    """log(host) gives what the daemon has logged."""
    rest = REST.format(subject, subject)
    seen = len(log(host))
    reply, raw = host.send("news@example.org", (FORGED + rest).encode())
    if not tap.eq(reply.code, 250, f"{what}: the message is taken"):
        tap.note(reply)
        tap.note("\n".join(host.log.lines[-20:]))
        return
    message = Message(raw)
    tap.eq(message.above, want_fields(), f"{what}: our fields stand above Received, as README.md shows them")
    tap.eq((message.below + b"\n" + message.body).rstrip(b"\n"), rest.replace("\r\n", "\n").rstrip("\n").encode(),
           f"{what}: the forged field is gone, the rest untouched")
    tap.ok(re.search("spf=softfail .*dmarc=fail .*score=5.5", log(host)[seen:]), f"{what}: the log has its line")


def check_without_daemon(host, what):
    stop_daemon()
    reply = host.offer("news@example.org", (FORGED + REST.format("absent", "absent")).encode())
    tap.eq(reply.code // 100, 4, f"{what}: without the milter mail is refused for the time being")


def by_script(word, name):
    """Debian's own start script."""
    return lambda: shell(f"service {name} {word}")


# Postfix

def main_cf(**changes):
    """README.md's lines, in place of those of before; the changes are its alternatives."""
    for line in manual.content("Postfix", "/etc/postfix/main.cf").splitlines():
        name, value = (part.strip() for part in line.split("=", 1))
        shell(f"postconf -e '{name} = {changes.get(name, value)}'")


def value_of(quoted):
    return quoted.split("=", 1)[1].strip()


def postfix_in_chroot(host, what):
    tap.eq(shell("postconf -h -F smtp/inet/chroot").strip(), "y", f"{what}: Debian's smtpd is in a chroot")
    shell(manual.typed("Postfix", "Debian's smtpd"))
    configure(manual.content("Postfix", CONF))
    main_cf()
    host.start(by_script("restart", "postfix"))
    check_message(host, "chroot", f"{what}, socket in the chroot")


def postfix_by_tcp(host, what):
    configure(manual.quoted("Postfix", "socket = \"inet:") + "\n")
    main_cf(smtpd_milters=value_of(manual.quoted("Postfix", "smtpd_milters = inet:")))
    host.start(by_script("restart", "postfix"))
    check_message(host, "inet", f"{what}, inet socket")


def postfix_without_chroot(host, what):
    configure("")
    shell("postconf -F '*/*/chroot = n'")
    shell(manual.quoted("Postfix", "usermod"))
    main_cf(smtpd_milters=value_of(manual.quoted("Postfix", "smtpd_milters = unix:/run")))
    host.start(by_script("restart", "postfix"))
    check_message(host, "free", f"{what}, default socket, no chroot")


def attach_postfix(host):
    shell("apt-get install postfix")
    what = "Postfix " + shell("postconf -h mail_version").strip()
    postfix_in_chroot(host, what)
    postfix_by_tcp(host, what)
    postfix_without_chroot(host, what)
    check_without_daemon(host, what)
    host.stop(by_script("stop", "postfix"))


# Sendmail

def sendmail_mc(line):
    """The line above the first MAILER line."""
    path = "/etc/mail/sendmail.mc"
    with open(path, encoding="utf-8") as file:
        lines = [old for old in file.read().splitlines() if not old.startswith("INPUT_MAIL_FILTER")]
    place = next(i for i, old in enumerate(lines) if old.startswith("MAILER"))
    write(path, "\n".join(lines[:place] + [line.rstrip("\n")] + lines[place:]) + "\n")
    shell("make -C /etc/mail")


def sendmail_by_socket(host, what):
    configure("")
    sendmail_mc(manual.content("Sendmail", "/etc/mail/sendmail.mc"))
    host.start(by_script("restart", "sendmail"))
    check_message(host, "unix", f"{what}, default socket")


def sendmail_by_tcp(host, what):
    configure(manual.quoted("Postfix", "socket = \"inet:") + "\n")
    line = manual.content("Sendmail", "/etc/mail/sendmail.mc")
    unix = line[line.index("S="):line.index(",", line.index("S="))]
    sendmail_mc(line.replace(unix, manual.quoted("Sendmail", "S=inet:")))
    host.start(by_script("restart", "sendmail"))
    check_message(host, "tcp", f"{what}, inet socket")


def attach_sendmail(host):
    shell("apt-get install sendmail")
    what = "Sendmail " + shell("dpkg-query -W -f '${Version}' sendmail-bin").strip()
    sendmail_by_socket(host, what)
    sendmail_by_tcp(host, what)
    check_without_daemon(host, what)
    host.stop(by_script("stop", "sendmail"))


# With systemd, really booted: the unit as shipped, its protections in force

UNIT = "/usr/local/lib/systemd/system/softfail-milter.service"


def verify_unit():
    found = shell(f"systemd-analyze --man=no verify {UNIT} 2>&1 || echo failed")
    tap.eq([line for line in found.splitlines() if "softfail" in line or line == "failed"], [],
           "systemd-analyze verify has nothing to say about the unit")


def journal(booted):
    return lambda _host: booted.shell("journalctl --quiet --output=cat --unit=softfail-milter || true")


def unit_with_sendmail(host, booted):
    write(CONF, SHIPPED)
    sendmail_mc(manual.content("Sendmail", "/etc/mail/sendmail.mc"))
    booted.shell(manual.typed("Build and install", "With systemd"))
    tap.eq(list(processes_of("softfail-milter").values()), [int(shell("id -u softfail-milter"))],
           "started by systemd it runs as softfail-milter")
    host.start(lambda: booted.shell("systemctl restart sendmail"))
    check_message(host, "unit-sendmail", "Sendmail and the unit", journal(booted))
    booted.shell("systemctl stop sendmail")


def unit_with_postfix(host, booted):
    booted.shell("apt-get install postfix; newaliases")
    shell(manual.typed("Postfix", "Debian's smtpd"))
    write(CONF, SHIPPED + manual.content("Postfix", CONF))
    main_cf()
    booted.shell(manual.quoted("Attach it", "softfail-milter -t"))
    booted.shell(manual.quoted("Attach it", "systemctl restart"))
    host.start(lambda: booted.shell("systemctl restart postfix"))
    check_message(host, "unit-postfix", "Postfix and the unit, socket in the chroot", journal(booted))
    before = processes_of("softfail-milter")
    booted.shell("systemctl reload softfail-milter")
    wait_for("line about the reload", lambda: "configuration read again" in journal(booted)(host))
    tap.eq(processes_of("softfail-milter"), before, "systemctl reload keeps the process")
    booted.shell("systemctl stop postfix softfail-milter")
    tap.eq(booted.shell("systemctl show --property=Result softfail-milter").strip(), "Result=success",
           "systemctl stop: it ended well")


def with_systemd(host):
    stop_daemon()
    shell("userdel softfail-milter")
    shell("apt-get install systemd procps")
    verify_unit()
    try:
        with Booted() as booted:
            unit_with_sendmail(host, booted)
            unit_with_postfix(host, booted)
    except BootError as error:
        tap.skip(1, f"the unit is not started: {error}")


# Install and remove

def files():
    """Every file outside of what programs write into as they run."""
    found = set()
    for top in ("/usr", "/etc", "/opt", "/lib", "/var/lib/systemd"):
        for folder, below, names in os.walk(top):
            found.update(os.path.join(folder, name) for name in names)
    return found


def install():
    before = files()
    shell(f"make -C {TOP} install")
    tap.eq(sorted(files() - before), sorted(INSTALLED), "make install puts exactly these files")
    by_hand = manual.typed("Build and install", "Without systemd").splitlines()
    shell("\n".join(by_hand[:-1]))
    shell(by_hand[-1])
    owners = list(processes_of("softfail-milter").values())
    tap.eq(owners, [int(shell("id -u softfail-milter"))], "started by hand it runs as softfail-milter")


def uninstall():
    write(CONF, "# mine\n", "a")
    shell(f"make -C {TOP} install")
    with open(CONF, encoding="utf-8") as file:
        tap.eq(file.read()[-7:], "# mine\n", "make install leaves an edited configuration")
    before = files()
    shell(f"make -C {TOP} uninstall")
    tap.eq(sorted(before - files()), sorted(INSTALLED - {CONF}), "make uninstall removes what it put, but no edited "
           "configuration")
    write(CONF, SHIPPED)
    shell(f"make -C {TOP} install && make -C {TOP} uninstall")
    tap.ok(not os.path.exists(CONF), "make uninstall removes a configuration that nobody edited")


def attach():
    with MailHost(ZONE) as host:
        install()
        attach_postfix(host)
        attach_sendmail(host)
        with_systemd(host)
        uninstall()


if __name__ == "__main__":
    if not os.path.exists("/usr/sbin/policy-rc.d") or TOP != "/src/main":
        sys.exit("attach.py: only in a throwaway root")
    if sys.argv[1] == "build":
        build()
    else:
        attach()
        sys.exit(tap.done())
