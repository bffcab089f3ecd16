"""`analyze`: the one entry of the analysis, from paths to a `Report`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from hybridize.config import Config
from hybridize.report import Report

Progress = Callable[[str, int, int], None]
"""Called with (phase, done, total) now and then; must be cheap."""


class InputError(ValueError):
    """A path that cannot be analyzed at all (it does not exist, or may not be read); the message names it."""


def analyze(paths: Sequence[str | Path], config: Config = Config(), progress: Progress | None = None) -> Report:
    """Analyze the Python files at or below ``paths`` as one program.

    Nothing in them is imported or executed. The report's paths are relative to the one given path (or its folder, if
    it is a file), or to the common parent of several.

    Raises:
        InputError: one of ``paths`` does not exist or cannot be read.
    """
    raise NotImplementedError
