"""What goes wrong with the input before there is any program to analyze: paths and files, not code."""

from __future__ import annotations

from typing import NamedTuple


class InputError(ValueError):
    """A path that cannot be analyzed at all (it does not exist, or may not be read); the message names it."""


class Problem(NamedTuple):
    """A file or folder that was asked for but cannot be analyzed, with the reason as one sentence without a period.

    ``path`` is relative to the analysis root and uses ``/``.
    """

    path: str
    message: str
