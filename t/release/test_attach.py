#!/usr/bin/env python3
"""test_attach.py - README.md's sections "Build and install" and "Attach it", followed to the letter in a throwaway
root with Debian's own Postfix and Sendmail installed there.  attach.py is what runs inside."""

import sys

import debian
import tap

PROGRAM = "python3 /src/main/t/release/attach.py"

if __name__ == "__main__":
    if why := debian.unavailable():
        tap.skip_all(why)
    code, seconds = debian.run(f"""
        {PROGRAM} build
        for wanted in postfix sendmail "systemd procps"; do
            apt-get -qq install --download-only $wanted >/dev/null
        done
        unshare --net {PROGRAM} attach""", packages=["python3"])
    tap.note(f"{debian.release()}: {seconds:.0f} s")
    sys.exit(code)
