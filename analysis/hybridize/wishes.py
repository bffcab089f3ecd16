"""What people want to be told: which rules, in which files, how severe."""

from __future__ import annotations

import os
from typing import Any

import msgspec

from hybridize.config import Config
from hybridize.finding import Finding, Severity
from hybridize.rules import _registry, analysis_bound_reached


class Wishes:
    """The part of a `Config` that speaks of findings, for one analysis root."""

    def __init__(self, config: Config, root: str) -> None:
        self._config = config
        self._below = ""
        """The analysis root as seen from the folder that patterns are relative to."""
        if config.folder and config.per_file_ignore:
            below = os.path.relpath(root, config.folder).replace(os.sep, "/")
            self._below = "" if below == "." else below + "/"
        self._patterns: list[tuple[Any, tuple[str, ...]]] = []
        if config.per_file_ignore:
            import pathspec

            self._patterns = [
                (pathspec.GitIgnoreSpec.from_lines([pattern]), codes) for pattern, codes in config.per_file_ignore
            ]
        self._ignored: dict[str, tuple[str, ...]] = {}

    def selected(self, code: str, path: str) -> bool:
        """Whether findings of ``code`` are asked for in the file ``path``."""
        config = self._config
        return _registry.selected(code, config.select, (*config.ignore, *self._ignored_in(path)))

    def wanted(self, finding: Finding) -> bool:
        """Whether ``finding`` is asked for."""
        if finding.code == analysis_bound_reached.RULE.code and not self._config.reached_bounds:
            return False
        return self.selected(finding.code, finding.span.path)

    def with_severity(self, finding: Finding) -> Finding:
        """The finding as severe as it is wished to be."""
        fits = [pair for pair in self._config.severity if finding.code.startswith(pair[0])]
        if not fits:
            return finding
        level = max(fits, key=lambda pair: len(pair[0]))[1]
        return msgspec.structs.replace(finding, severity=Severity(level))

    def _ignored_in(self, path: str) -> tuple[str, ...]:
        if self._patterns and path not in self._ignored:
            found = (codes for pattern, codes in self._patterns if pattern.match_file(self._below + path))
            self._ignored[path] = tuple(code for codes in found for code in codes)
        return self._ignored.get(path, ())
