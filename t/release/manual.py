"""manual.py - README.md, read as a user does: what to type, and what to write into which file.

The tests of this folder type and write exactly that, so README.md cannot say anything else than what works.
A block is indented by four; the paragraph before it says what it is: one that begins with a path is the content of
that file, any other is typed.
"""

import re


class Block:
    """lead: the paragraph before, in one line; path: the file that it belongs in, or None; text."""

    def __init__(self, lead, text):
        self.lead, self.text = lead, text
        match = re.match(r"(/[\w./-]+)", lead)
        self.path = match.group(1) if match else None


class Manual:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.text = file.read()

    def section(self, title):
        """The text under that heading, up to the next one of any level."""
        match = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", self.text, re.DOTALL | re.MULTILINE)
        if match is None:
            raise ValueError(f"README.md has no section {title!r}")
        return match.group(1)

    def blocks(self, title):
        found, lead = [], ""
        for part in re.split(r"\n\n+", self.section(title).strip("\n")):
            if part.startswith("    "):
                found.append(Block(lead, re.sub(r"(?m)^    ", "", part) + "\n"))
            else:
                lead = " ".join(part.split())
        return found

    def typed(self, title, lead):
        """The one block of commands whose paragraph begins so."""
        return self._one(title, lambda block: block.path is None and block.lead.startswith(lead), lead).text

    def content(self, title, path):
        """What is to be written into that file."""
        return self._one(title, lambda block: block.path == path, path).text

    def quoted(self, title, beginning):
        """The one `text in backquotes` that begins so."""
        found = [text for text in re.findall(r"`([^`\n]+)`", self.section(title)) if text.startswith(beginning)]
        if len(found) != 1:
            raise ValueError(f"README.md, {title}: {len(found)} times `{beginning}...`")
        return found[0]

    def _one(self, title, wanted, what):
        found = [block for block in self.blocks(title) if wanted(block)]
        if len(found) != 1:
            raise ValueError(f"README.md, {title}: {len(found)} blocks of {what!r}")
        return found[0]
