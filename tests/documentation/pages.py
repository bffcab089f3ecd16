"""Pages of documentation as their readers follow them: files to write, and commands to type with what they print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^(?P<fence>`{3,})(?P<language>\w*)\n(?P<text>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (?P<path>[\w./-]+\.\w+|\.[\w.-]+)\n")
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
COMMENT = re.compile(r"\s{2,}#\s.*$")


class File(NamedTuple):
    """A file that the page shows: its first line says where it is."""

    path: str
    text: str


class Command(NamedTuple):
    """What the page tells people to type, and what it shows of the output; nothing: it shows none."""

    line: str
    shown: str


def pages() -> dict[str, str]:
    """Every page that people write, by its path from the top of the repository."""
    paths = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.glob("*.md")]
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in sorted(paths)}


def blocks(text: str, *languages: str) -> list[str]:
    """The code of a page in some languages, or in all."""
    return [match["text"] for match in BLOCK.finditer(text) if not languages or match["language"] in languages]


def steps(text: str) -> list[File | Command]:
    """What to write and what to type, in the order of the page."""
    found: list[File | Command] = []
    for match in BLOCK.finditer(text):
        if match["language"] == "console":
            for part in re.split(r"^\$ ", match["text"], flags=re.MULTILINE)[1:]:
                line, _, shown = part.partition("\n")
                found.append(Command(COMMENT.sub("", line), shown))
        elif match["language"] == "sh":
            found += [Command(line, "") for line in match["text"].splitlines() if not line.startswith("#")]
        elif first := FILE.match(match["text"]):
            found.append(File(first["path"], match["text"][first.end() :]))
    return found


def mentioned(text: str) -> list[str]:
    """Commands elsewhere: code in running text that begins with a program of ours and goes on, and settings of CI."""
    found = [code for code in INLINE.findall(BLOCK.sub("", text)) if re.match(r"(hybridize|make) [\w-]", code)]
    for block in blocks(text, "yaml", "groovy"):
        found += [
            f"hybridize {words}"
            for words in re.findall(r"\bhybridize(?:-bot)? ((?:check|review) -.*?)(?:'|$)", block, re.MULTILINE)
        ]
    return found
