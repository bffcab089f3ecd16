"""What a finding is known by from one run to the next: code, path, function and message, free of line numbers.

Paths in a report are relative to whatever was analyzed. An identity holds them relative to a folder that stays: that of
the baseline, the top of the repository. Messages may name places, too (``calls `log` (train.py:41)``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable

import msgspec

from hybridize.finding import Finding

_LINES = re.compile(r":\d+(?: and \d+)*")


class Identity(msgspec.Struct, frozen=True, order=True):
    """The same for two findings that say the same of the same function."""

    path: str
    code: str
    function: str
    message: str


class Identities:
    """The identities of the findings of one report.

    Args:
        files: the paths of the report's files, as messages name them.
        renamed: gives the path to use for a path of the report.
    """

    def __init__(self, files: Iterable[str], renamed: Callable[[str], str]) -> None:
        self._files = frozenset(files)
        self._renamed = renamed

    def of(self, finding: Finding) -> Identity:
        """The identity of one finding."""
        texts = (self._renamed(finding.span.path), finding.code, finding.function, self._message(finding))
        return Identity(*(text.encode("utf-8", "backslashreplace").decode("utf-8") for text in texts))

    def _message(self, finding: Finding) -> str:
        parts: list[str] = []
        done = 0
        for hit in _LINES.finditer(finding.message):
            before = finding.message[done : hit.start()]
            path = self._path_at_end(before)
            if path:
                parts += [before.removesuffix(path), self._renamed(path)]
                done = hit.end()
        return "".join([*parts, finding.message[done:]])

    def _path_at_end(self, text: str) -> str:
        """The longest path of a file that ``text`` ends in."""
        ends = (text[start:] for start in range(len(text)))
        return next((end for end in ends if end in self._files), "")


def below(folder: str, root: str) -> Callable[[str], str]:
    """Turns paths relative to ``root`` into those relative to ``folder``, with ``/``; links are followed to both."""
    lead = os.path.relpath(os.path.realpath(root), os.path.realpath(folder))
    prefix = "" if lead == os.curdir else lead.replace(os.sep, "/") + "/"

    def renamed(path: str) -> str:
        return os.path.normpath(prefix + path).replace(os.sep, "/") if prefix.startswith("..") else prefix + path

    return renamed
