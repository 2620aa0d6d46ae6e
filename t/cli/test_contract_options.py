"""The contract of softfail-milter's options -t, -T, -n, -V and of its configuration."""
import os
import sys
import tempfile

from contract import FOLDER, MILTER, path, run
from tap import done, eq, ok

# == the daemon's options

def conf_names(text):
    """A folder with test.conf and what it may include."""
    folder = tempfile.mkdtemp(dir=FOLDER)
    with open(os.path.join(folder, "test.conf"), "w", encoding="latin-1") as file:
        file.write(text)
    with open(os.path.join(folder, "good.inc"), "w", encoding="ascii") as file:
        file.write("user = \"nobody\";\n")
    with open(os.path.join(folder, "bad.inc"), "w", encoding="ascii") as file:
        file.write("\nusr = \"nobody\";\n")
    os.mkdir(os.path.join(folder, "folder"))
    return os.path.join(folder, "test.conf")


for rule, text, faults in (
        ("an empty file is valid", "", []),
        ("the shipped file is valid", open(os.path.join(os.environ["SRCDIR"], "etc", "softfail-milter.conf"),
                                           encoding="ascii").read(), []),
        ("every fault, not only the first, and the near miss", "\nusr = \"x\";\ndns: { attempts = 0; };\n",
         ["test.conf:2: usr: unknown key; did you mean user?", "test.conf:3: dns.attempts: 0 is out of range"]),
        ("a syntax error is reported alone", "usr = 1;\nx = ;\n", ["test.conf:2: syntax error"]),
        ("a leading zero", "max_headers = 0100;\n", ["test.conf:1: max_headers: 0100 has a leading zero"]),
        ("over 32 bits", "max_headers = 4294967396;\n", ["test.conf:1: max_headers: 4294967396 is out of range"]),
        ("over 31 bits", "max_headers = 3000000000;\n", ["test.conf:1: max_headers: 3000000000 is out of range"]),
        ("over 64 bits", "max_headers = 100000000000000000100;\n", ["test.conf:1: max_headers: "]),
        ("a whole number where a decimal is meant", "score: { maximum = 9; };\n", []),
        ("a decimal where a whole number is meant", "max_headers = 100.0;\n", ["test.conf:1: max_headers: 100.0"]),
        ("more decimals", "score: { maximum = 9.55; };\n", ["test.conf:1: score.maximum: 9.55 has more than one"]),
        ("a negative weight", "score: { weights: { fail: { none = -0.1; }; }; };\n",
         ["test.conf:1: score.weights.fail.none: -0.1 is out of range"]),
        ("modes are strings", "socket_mode = 0660;\numask = 7;\n",
         ["test.conf:1: socket_mode: 0660 is a bare number", "test.conf:2: umask: 7 is a bare number"]),
        ("octal digits", 'socket_mode = "0690";\n', ["test.conf:1: socket_mode: \"0690\" has other than octal digits"]),
        ("a trailing comma", "trusted_hosts = [ \"::1\", ];\n", ["test.conf:1: a comma stands before ']'"]),
        ("wrong types", "user = 1;\nskip_authenticated = \"yes\";\n", ["test.conf:1: user: 1 is not a text",
                                                                      "test.conf:2: skip_authenticated: \"yes\""]),
        ("@include from the folder of FILE", "@include \"good.inc\"\n", []),
        ("a fault in an included file has its place", "@include \"bad.inc\"\nuser = 1;\n",
         ["bad.inc:2: usr: unknown key", "test.conf:2: user: 1 is not a text"]),
        ("@include of an absolute name", "x = 1;\n@include \"/etc/passwd\"\n",
         ["test.conf:2: @include: \"/etc/passwd\" is absolute", "test.conf:1: x: unknown key"]),
        ("@include of a folder", "@include \"folder\"\n", ["test.conf:1: @include: \"folder\" is not a plain file"]),
        ("@include of nothing", "@include \"none\"\n", ["test.conf:1: @include: \"none\" cannot be read"])):
    name = conf_names(text)
    out = run(MILTER, "-t", "-c", name)
    got = out.stderr.decode().splitlines()
    eq(out.returncode, 78 if faults else 0, f"-t: {rule}: exit code")
    folder = os.path.dirname(name) + "/"
    ok(len(got) == len(faults) and all(any(line.startswith(folder + fault) for line in got) for fault in faults),
       f"-t: {rule}")
    if len(got) != len(faults):
        print("#   " + "\n#   ".join(got))
name = conf_names('authserv_id = "mx.example.net";\nmax_headers = 1000;\ndns: { servers = [ "127.0.0.1:5353" ]; };\n'
                  'trusted_hosts = [];\nscore: { maximum = 9; };\n')
whole, changed = run(MILTER, "-T", "-c", name).stdout.decode(), run(MILTER, "-n", "-c", name).stdout.decode()
again = conf_names(whole)
eq(run(MILTER, "-T", "-c", again).stdout.decode(), whole, "-T can be read back")
eq(run(MILTER, "-n", "-c", again).stdout.decode(), changed, "-n of what -T printed is the same")
body = [line for line in changed.splitlines() if not line.startswith("#")]
eq(body, ['authserv_id = "mx.example.net";', "trusted_hosts = [];", "dns: {", '\tservers = [ "127.0.0.1:5353" ];', "};",
          "score: {", "\tmaximum = 9.0;", "};"], "-n: only what differs from the defaults")
ok(changed.startswith("# softfail-milter ") and whole.startswith("# softfail-milter "),
   "-T and -n: a version line first, as a comment")
out = run(MILTER, "-V")
ok(out.returncode == 0 and all(name in out.stdout.decode() for name in (
    "softfail-milter", "libmilter", "libspf2", "libopendkim", "libopendmarc")), "-V: itself and its libraries")
eq(run(MILTER, "-x").returncode, 64, "an unknown option is 64")
sys.exit(done())
