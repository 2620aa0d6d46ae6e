"""What is generated equals its generator; manuals are clean; words of the code are in the manuals."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "t", "lib"))
from tap import done, eq, note, ok  # noqa: E402

TOP, BUILD = os.environ["SRCDIR"], os.environ["BUILDDIR"]
PAGES = ("softfail-milter.8", "softfail-milter.conf.5", "softfail.1", "softfail-headers.7")


def text_of(*name):
    with open(os.path.join(TOP, *name), encoding="utf-8") as file:
        return file.read()


def sample(*arguments):
    return subprocess.run([os.path.join(BUILD, "t", "conf_sample"), *arguments], capture_output=True, text=True,
                          check=True).stdout


eq(text_of("etc", "softfail-milter.conf"), sample(), "etc/softfail-milter.conf is made from the table of keys")
page = text_of("man", "softfail-milter.conf.5")
listed = re.search(r'^\.\\" keys: begin\n(.*)^\.\\" keys: end\n', page, re.MULTILINE | re.DOTALL)
eq(listed.group(1) if listed else None, sample("manual"), "softfail-milter.conf(5) lists the table of keys")

if shutil.which("mandoc"):
    for name in PAGES:
        out = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", os.path.join(TOP, "man", name)],
                             capture_output=True, text=True)
        eq(out.stdout, "", f"{name}: mandoc finds nothing")
else:
    note("no mandoc here: the manuals were not checked")

for name in ("ARCHITECTURE.md", "HACKING.md", "README.md"):
    named = set(re.findall(r"(?<![\w/<.-])((?:\w+/)+[\w.-]+\.(?:c|h|py|sh|table|conf|[0-9]))\b", text_of(name)))
    eq(sorted(path for path in named if not any(os.path.exists(os.path.join(TOP, top, path)) for top in ("", "milter"))
              and not path.startswith(("etc/mail/", "etc/postfix/"))), [], f"{name}: every file that it names is there")

headers = text_of("man", "softfail-headers.7")
tokens = re.findall(r'\[TOKEN_\w+\] = "([a-z-]+)"', text_of("milter", "core", "score.c"))
ok(len(tokens) > 10, "the reason words are found in core/score.c")
eq([t for t in tokens if t not in headers.replace("\\-", "-")], [], "softfail-headers(7) explains every reason word")

daemon = text_of("man", "softfail-milter.8")
log_keys = set(re.findall(r'add_\w+\(line, "(\w+)"|add\(line, "(\w+)"', text_of("milter", "core", "logline.c")))
keys = sorted({a or b for a, b in log_keys})
eq([k for k in keys if not re.search(r"\b" + k + r"\b", daemon)], [], "softfail-milter(8) explains every key of the log")

check_page = text_of("man", "softfail.1").replace("\\-", "-").replace("\\(dq", "\"").replace("Fl -", "--")
options = re.findall(r'\{ "([a-z-]+)", (?:required|no)_argument', text_of("milter", "cli", "check.c"))
eq([o for o in options if not re.search(r"(-|Fl )-?" + o + r"\b", check_page)], [], "softfail(1) has every option of check")
json_keys = sorted(set(re.findall(r'json_object_set_new\(\w+, "(\w+)"', text_of("milter", "cli", "report_json.c"))))
eq([k for k in json_keys if not re.search(r"\b" + k + r"\b", check_page)], [], "softfail(1) explains every JSON key")
sys.exit(done())
