"""Paths as people and tools want them: relative to where they stand, not to the analysis root."""

from __future__ import annotations

import bisect
import os
import re
import urllib.parse
from collections.abc import Iterable, Mapping
from pathlib import Path

from hybridize.finding import Span
from hybridize.report import FileSummary

_WORKSPACES = {"github": "GITHUB_WORKSPACE", "sarif": "GITHUB_WORKSPACE", "gitlab": "CI_PROJECT_DIR"}
"""Where a CI system says which folder the paths of a format start at."""


def base(form: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The folder that the paths of a format are relative to; None for the current one."""
    return environment.get(_WORKSPACES.get(form, "")) or None


class Places:
    """Turns the paths of one report into paths to show and files to read."""

    def __init__(self, root: str, base: str | None = None, files: Iterable[FileSummary] = ()) -> None:
        self.notebooks = {file.path: file.cells for file in files if file.cells}
        """Number and first line of the cells of each notebook."""
        paths = sorted(self.notebooks, key=len, reverse=True)
        self._mention = re.compile(rf"(?<![\w./-])({'|'.join(map(re.escape, paths))}):(\d+)((?: and \d+)*)")
        self._root = os.path.abspath(root)
        self._base = os.path.abspath(base if base is not None else os.curdir)
        self._shown: dict[str, str] = {}

    def file(self, path: str) -> Path:
        """The file on disk."""
        return Path(self._root, path)

    def shown(self, path: str) -> str:
        """The path relative to the base with `/`, or the absolute one for a file outside of it."""
        if path not in self._shown:
            full = os.path.join(self._root, path)
            try:
                relative = os.path.relpath(full, self._base)
            except ValueError:  # another drive
                relative = os.pardir
            outside = relative == os.pardir or relative.startswith(os.pardir + os.sep)
            self._shown[path] = (full if outside else relative).replace(os.sep, "/")
        return self._shown[path]

    def uri(self, path: str) -> str:
        """The path as a URI: a relative reference below the base, ``file://`` for a file outside of it."""
        shown = self.shown(path)
        if not os.path.isabs(shown):
            # A colon in the first segment would make the rest of it a scheme.
            return urllib.parse.quote(_bytes(shown), safe="/")
        return "file://" + urllib.parse.quote(_bytes("/" + shown.lstrip("/")), safe="/:")

    def cell(self, path: str, line: int) -> tuple[int | None, int]:
        """The cell that a line of a notebook is in, and its line there; elsewhere the line as it is."""
        cells = self.notebooks.get(path, ())
        at = bisect.bisect_right([first for _, first in cells], line) - 1
        return (cells[at][0], line - cells[at][1] + 1) if at >= 0 else (None, line)

    def position(self, span: Span) -> str:
        """``path:line:column``, in a notebook ``path:cell 3:line:column``, with columns from 1, as editors do."""
        return f"{self.shown(span.path)}:{self._line(span.path, span.line)}:{span.column + 1}"

    def told(self, text: str) -> str:
        """A text that names lines (``see train.ipynb:41``) with those of notebooks within their cells."""

        def replaced(hit: re.Match[str]) -> str:
            path = hit[1]
            others = "".join(f" and {self._line(path, int(line))}" for line in re.findall(r"\d+", hit[3]))
            return f"{path}:{self._line(path, int(hit[2]))}{others}"

        return self._mention.sub(replaced, text) if self.notebooks else text

    def _line(self, path: str, line: int) -> str:
        cell, line = self.cell(path, line)
        return f"{line}" if cell is None else f"cell {cell}:{line}"


def _bytes(path: str) -> bytes:
    """The name as the file system has it; what has no name there is written out."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "backslashreplace")
