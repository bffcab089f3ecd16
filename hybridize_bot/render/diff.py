"""`check --diff`: what fixes would change, as a unified diff that `patch -p0` applies."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from hybridize.fixing import FileChange
from hybridize.syntax.source import SourceFile
from hybridize_bot.console import visible
from hybridize_bot.render._places import Places

_NO_LINE_END = "\\ No newline at end of file\n"


def render(changes: Sequence[FileChange], places: Places, *, terminal: bool) -> str:
    """Return the diffs of all files. For a ``terminal``, control characters in the code are written out."""
    return "".join(_file(change, places.shown(change.path), terminal) for change in changes)


def _file(change: FileChange, shown: str, terminal: bool) -> str:
    old, new = (_lines(SourceFile(change.path, data)) for data in (change.old, change.new))
    name = visible(shown)
    parts = []
    for line in difflib.unified_diff(old, new, name, name):
        text = visible(line.rstrip("\r\n")) + "\n" if terminal else line
        parts.append(text if text.endswith("\n") else f"{text}\n{_NO_LINE_END}")
    return "".join(parts)


def _lines(source: SourceFile) -> list[str]:
    """The lines as `patch` counts them: only a line feed ends one. Those of a notebook are its JSON."""
    if source.notebook is not None:
        return [line for line in re.split(r"(?<=\n)", source.data.decode("utf-8")) if line]
    mark = "\ufeff" if source.data.startswith(b"\xef\xbb\xbf") else ""
    return [line for line in re.split(r"(?<=\n)", mark + source.text) if line]
