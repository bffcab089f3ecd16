"""Paths as people and tools want them: relative to where they stand, not to the analysis root."""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Mapping
from pathlib import Path

from hybridize.finding import Span

_WORKSPACES = {"github": "GITHUB_WORKSPACE", "sarif": "GITHUB_WORKSPACE", "gitlab": "CI_PROJECT_DIR"}
"""Where a CI system says which folder the paths of a format start at."""


def base(form: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The folder that the paths of a format are relative to; None for the current one."""
    return environment.get(_WORKSPACES.get(form, "")) or None


class Places:
    """Turns the paths of one report into paths to show and files to read."""

    def __init__(self, root: str, base: str | None = None) -> None:
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

    def position(self, span: Span) -> str:
        """``path:line:column`` with the column counted from 1, as editors do."""
        return f"{self.shown(span.path)}:{span.line}:{span.column + 1}"


def _bytes(path: str) -> bytes:
    """The name as the file system has it; what has no name there is written out."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "backslashreplace")
