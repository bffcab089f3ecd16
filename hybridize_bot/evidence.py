"""The evidence of runs that an analysis goes by: where it is, and reading it.

It is found like a baseline: beside the configuration, or else in the nearest folder at or above what is analyzed, no
higher than the top of the work tree.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from hybridize.project.discovery import work_tree
from hybridize.runs import MOST_BYTES, PLACE, EvidenceError, RunEvidence, Runs, decode
from hybridize_bot.config import Settings


class Known(NamedTuple):
    """Evidence, and the folder that its paths are relative to."""

    folder: str
    evidence: RunEvidence

    @property
    def runs(self) -> Runs:
        """What an analysis goes by of it."""
        return Runs(self.folder, self.evidence.functions)


def place(folder: str) -> str:
    """Where the evidence of the project in ``folder`` is."""
    return os.path.join(folder, *PLACE.split("/"))


def nearest(paths: Sequence[str], settings: Settings) -> str | None:
    """The folder of the project whose evidence speaks of ``paths``; None if there is no evidence."""
    if settings.path is not None:
        home = os.path.dirname(os.path.abspath(settings.path))
        return home if os.path.lexists(place(home)) else None
    first = os.path.realpath(paths[0] if paths else os.curdir)
    folder = first if os.path.isdir(first) else os.path.dirname(first)
    top = work_tree(folder)
    while not os.path.lexists(place(folder)):
        parent = os.path.dirname(folder)
        if folder in (top, parent) or top is None:
            return None
        folder = parent
    return folder


def read(path: str, folder: str) -> Known:
    """The evidence in the file at ``path``, about the project in ``folder``, which has no links in its path.

    Raises:
        EvidenceError: there is none, or it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise EvidenceError(f"it cannot be read: {error.strerror or error}") from error
    return Known(folder, decode(data))
