"""The contract of softfail check: messages, zone files, exit codes, the text for people."""
import os
import pty
import subprocess
import sys

from contract import CLIENT, FOLDER, GOOD, MESSAGE, SOFTFAIL, check, finish, mail, path, run
from tap import eq, ok

# == messages

for label, content in (("LF", mail().encode()), ("CRLF", mail().replace("\n", "\r\n").encode()),
                       ("mbox", b"From x Mon Jan 1\n" + mail().encode()),
                       ("mbox, CRLF", b"From x Mon Jan 1\r\n" + mail().replace("\n", "\r\n").encode()),
                       ("no body", b"From: a@soft.example\n\n"), ("no empty line", b"From: a@soft.example\n"),
                       ("no last line end", b"From: a@soft.example"),
                       ("blank before the colon", b"Subject: x\nFrom : a@soft.example\n\n"),
                       ("odd case", b"fROM: a@soft.example\n\n"),
                       ("folds", b"From:\n\t(x)\n <a@soft.example>\n\n"),
                       ("> before From", b">From x Mon Jan 1\n" + mail().encode()),
                       ("several mbox lines", b"From x Mon Jan 1\n>From y Mon Jan 1\n" + mail().encode()),
                       ("a continuation of blanks", b"Subject: x\n \t\nFrom: a@soft.example\n\n"),
                       ("a CR is a blank: continuation", b"Subject: x\r\n\rX\r\nFrom: a@soft.example\r\n\r\n"),
                       ("a CR is a blank: before the colon", b"Subject: x\r\nFrom\r: a@soft.example\r\n\r\n"),
                       ("a name of 2,047", b"X" * 2047 + b": v\nFrom: a@soft.example\n\n"),
                       ("punctuation in a name", b"X-!#$%;()<>@,[]?=.: v\nFrom: a@soft.example\n\n"),
                       ("a NUL cuts the line", b"From: a@soft.example\0, b@x.example\n\n"),
                       ("CRs before the line end", b"From: a@soft.example\r\r\n\n")):
    check(f"message: {label}", {"dmarc.author_domain": "soft.example", "dmarc.author": "one"}, message=content)
for label, content in (("empty", b""), ("body first", b"\nFrom: a@soft.example\n\n"),
                       ("a fold first", b" From: a@soft.example\n\n"),
                       ("a line without colon", b"Subject: x\nnonsense\nFrom: a@soft.example\n\n"),
                       ("a blank in a name", b"Subject: x\nX Y: v\nFrom: a@soft.example\n\n"),
                       ("8-bit in a name", b"Subject: x\nX\xfc: v\nFrom: a@soft.example\n\n"),
                       ("no name", b"Subject: x\n: v\nFrom: a@soft.example\n\n"),
                       ("an mbox line below a field", b"Subject: x\nFrom y Tue\nFrom: a@soft.example\n\n"),
                       ("a control in a name", b"Subject: x\nX\x01: v\nFrom: a@soft.example\n\n"),
                       ("a name divided by a fold", b"Subject: x\nFrom\n : a@soft.example\n\n"),
                       ("a name too long", b"X" * 2048 + b": v\nFrom: a@soft.example\n\n"),
                       ("\\r\\r\\n is an empty line", b"Subject: x\r\n\r\r\nFrom: a@soft.example\r\n\r\n")):
    check(f"message: {label}: no From in the header", {"dmarc.author": "broken"}, message=content)
# == zone files

CNAMES = "example EMPTY\n" + "".join(f'c{i}.example CNAME c{i + 1}.example\n' for i in range(9)) + \
    'c9.example TXT "v=spf1 -all"\nl1.example CNAME l2.example\nl2.example CNAME l1.example\n'
for rule, zone, want in (
        ("names are absolute with and without the dot", 'z.example. TXT "v=spf1 -all"', "fail"),
        ("blanks or tabs separate", 'z.example\t \tTXT \t "v=spf1 -all" \t', "fail"),
        ("# begins a comment", '# z.example TXT "v=spf1 +all"\nz.example TXT "v=spf1 -all"', "fail"),
        ("several strings are joined without blanks", 'z.example TXT "v=sp" "f1 -" "all"', "fail"),
        ("strings without blank between", 'z.example TXT "v=spf1 ""-all"', "fail"),
        ("escapes in TXT", r'z.example TXT "v\061spf1\032-\a\108l"', "fail"),
        ("escapes in names", r'\122.e\xample TXT "v=spf1 -all"', "fail"),
        ("no case in names and types", 'Z.EXAMPLE txt "v=spf1 -all"', "fail"),
        ("any octet but NUL in names", 'z.example TXT "v=spf1 exists:%{l}.z.example -all"\n'
                                      r"a.z.example A 192.0.2.1" "\n" r"\255\ \"\\.z.example A 192.0.2.1", "pass"),
        ("a null MX", 'z.example MX 0 .\nz.example TXT "v=spf1 mx -all"', "fail"),
        ("!SERVFAIL", "z.example TXT !SERVFAIL", "temperror"),
        ("!TIMEOUT", "z.example TXT !TIMEOUT", "temperror"),
        ("!REFUSED", "z.example TXT !REFUSED", "temperror"),
        ("name * fails every type", "z.example * !TIMEOUT", "temperror"),
        ("name * but for types with a line", 'z.example * !TIMEOUT\nz.example TXT "v=spf1 -all"', "fail"),
        ("only that question fails", 'z.example A !SERVFAIL\nz.example TXT "v=spf1 -all"', "fail"),
        ("CNAME is followed", 'z.example CNAME y.example\ny.example TXT "v=spf1 -all"', "fail"),
        ("CNAME to a failing name", "z.example CNAME y.example\ny.example * !TIMEOUT", "temperror"),
        ("CNAME to nothing", "z.example CNAME y.example", "none"),
        ("a CNAME chain", CNAMES + "z.example CNAME c0.example", "fail"),
        ("a CNAME loop is SERVFAIL", CNAMES + "z.example CNAME l1.example", "temperror"),
        ("a CNAME to itself", "z.example CNAME z.example", "temperror"),
        ("EMPTY", "z.example EMPTY", "none"),
        ("no last line end, CRLF", 'a.example A 192.0.2.1\r\nz.example TXT "v=spf1 -all"\r', "fail"),
        ("every type", 'z.example SOA ns.z.example h.z.example 1 2 3 4 5\nz.example NS ns.z.example\n'
                       'z.example AAAA 2001:db8::1\nz.example MX 10 m.z.example\nz.example TXT "v=spf1 mx -all"\n'
                       "m.z.example A 192.0.2.7", "pass"),
        ("PTR owners as addresses", 'z.example TXT "v=spf1 ptr -all"\n192.0.2.7 PTR m.z.example\n'
                                    "m.z.example A 192.0.2.7", "pass"),
        ("PTR owners as names", 'z.example TXT "v=spf1 ptr -all"\n7.2.0.192.in-addr.arpa PTR m.z.example\n'
                                "m.z.example A 192.0.2.7", "pass")):
    check(f"zone: {rule}", {"spf.result": want}, sender="a@z.example", zone=zone)
for rule, zone, want in (
        ("a name exists when it has a name with a line below it", "x.gone.np.example A 192.0.2.1", "sp"),
        ("a name exists when it owns a line", "gone.np.example MX 1 m.example", "sp"),
        ("EMPTY makes a name exist", "gone.np.example EMPTY", "sp"),
        ("every other name is NXDOMAIN", "", "np"),
        ("xgone.np.example is not below", "xgone.np.example A 192.0.2.1", "np")):
    check(f"zone: {rule}", {"dmarc.policy_tag": want}, message=mail("a@gone.np.example"),
          zone=f'_dmarc.np.example TXT "v=DMARC1; p=none; sp=quarantine; np=reject"\n{zone}\n')

# == exit codes

for rule, code, arguments, stderr in (
        ("0: evaluated", 0, GOOD + MESSAGE, ""),
        ("0: a temperror result too", 0, GOOD[:3] + ["--zone", path("x.example * !TIMEOUT"), "--ip", CLIENT, "--from",
                                                     "a@x.example"], ""),
        ("64: no --ip", 64, ["check", "--from", "a@x.example"], "--ip"),
        ("64: no address", 64, GOOD[:5] + ["--ip", "192.0.2.256"], "192.0.2.256"),
        ("64: no time", 64, GOOD + ["--time", "now"], "now"),
        ("64: an option without value", 64, GOOD + ["--helo"], "usage"),
        ("64: a word too many", 64, GOOD + ["x"], "x"),
        ("64: no threshold", 64, GOOD + ["--threshold", "x"], "x"),
        ("64: no word", 64, [], "usage"),
        ("65: message unreadable", 65, GOOD + ["--message", FOLDER + "/none"], "none"),
        ("65: a folder as message", 65, GOOD + ["--message", FOLDER], ""),
        ("65: zone unreadable", 65, GOOD + ["--zone", FOLDER + "/none"], "none"),
        ("78: configuration", 78, GOOD + ["-c", path("x = 1;\n")], ":1: x"),
        ("78: no configuration of that name", 78, GOOD + ["-c", FOLDER + "/none"], "none"),
        ("--exit-code: 1 at the threshold 5.0", 1, GOOD + MESSAGE + ["--exit-code"], ""),
        ("--threshold implies --exit-code", 1, GOOD + MESSAGE + ["--threshold", "5"], ""),
        ("a score on the threshold reaches it", 1, GOOD + MESSAGE + ["--threshold", "5.5"], ""),
        ("under the threshold", 0, GOOD + MESSAGE + ["--threshold", "5.6"], ""),
        ("without --exit-code 0", 0, GOOD + MESSAGE, "")):
    out = run(SOFTFAIL, *arguments)
    ok(out.returncode == code and stderr in out.stderr.decode(), f"exit {rule}")
    if out.returncode != code:
        print(f"#   {out.returncode} {out.stderr!r}")
for line in ("x", "x.example", "x.example A", "x.example A 192.0.2", "x.example AAAA 192.0.2.1", "x.example TXT text",
             'x.example TXT "open', 'x.example TXT "x" y', "x.example MX m.example", "x.example MX 70000 m.example",
             "x.example SPF \"v=spf1\"", "x.example TXT !NXDOMAIN", "x.example * 192.0.2.1", r'x.example TXT "\256"',
             r'x.example TXT "\000"', "x..example A 192.0.2.1", "x.example EMPTY 1", "x.example CNAME",
             "x.example SOA a b 1 2 3 4", "a" * 64 + ".example A 192.0.2.1", r'x.example TXT "\1"'):
    out = run(SOFTFAIL, *GOOD, "--zone", path(f"# a comment\n\n{line}\n"))
    where = path(f"# a comment\n\n{line}\n") + ":3: "
    ok(out.returncode == 65 and out.stderr.decode().startswith(where), f"65 with FILE:LINE for {line}")
    if not out.stderr.decode().startswith(where):
        print(f"#   {out.returncode} {out.stderr!r}")

# == the text for people

for rule, want, arguments in (
        ("suspect: at the threshold or over it", "suspect", GOOD + MESSAGE),
        ("noted: above 0.0", "noted", GOOD + MESSAGE + ["--threshold", "9.0"]),
        ("clean: 0.0", "clean", GOOD[:5] + ["--ip", "198.51.100.1", "--from", "a@soft.example"] + MESSAGE),
        ("undecided: dmarc=temperror", "undecided",
         GOOD[:3] + ["--zone", path("_dmarc.soft.example TXT !TIMEOUT"), "--ip", CLIENT] + MESSAGE),
        ("undecided: dmarc=none and spf=temperror", "undecided",
         GOOD[:3] + ["--zone", path("soft.example TXT !TIMEOUT"), "--ip", CLIENT, "--from", "a@soft.example",
                       *MESSAGE]),
        ("skipped: not evaluated", "skipped", GOOD + MESSAGE + ["--auth", "joe"])):
    out = run(SOFTFAIL, *arguments)
    lines = out.stdout.decode().splitlines()
    eq(lines[0].split()[0], want, f"verdict in line 1: {rule}")
    ok(all(len(line) <= 100 for line in lines), f"100 columns: {rule}")
    eq(run(SOFTFAIL, *arguments, "--short").stdout.decode().splitlines(), lines[:1], f"--short is line 1: {rule}")
lines = run(SOFTFAIL, *GOOD, "--ip", "127.0.0.1", *MESSAGE).stdout.decode().splitlines()
ok("not evaluate" in lines[1] and "trusted-host" in lines[1], "a line under the verdict: the daemon would not evaluate")



def on_terminal(environment):
    """What stands on a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([SOFTFAIL, *GOOD, *MESSAGE], stdout=theirs, env={**os.environ, **environment}) as process:
        os.close(theirs)
        text = b""
        try:
            while piece := os.read(ours, 4096):
                text += piece
        except OSError:                 # the end of a terminal
            pass
        process.wait(60)
    os.close(ours)
    return text


os.environ.pop("NO_COLOR", None)
ok(b"\033[" in on_terminal({}), "coloured on a terminal")
ok(b"\033" not in on_terminal({"NO_COLOR": "1"}), "not with NO_COLOR")
sys.exit(finish())
