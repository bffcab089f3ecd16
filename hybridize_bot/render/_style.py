"""Colors of the text formats. With colors off, every style returns its text unchanged."""

from __future__ import annotations

import click

from hybridize.finding import Severity

_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


class Style:
    """The few styles that the text formats use."""

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled

    def severity(self, severity: Severity, text: str) -> str:
        """The color of ``severity``, bold."""
        return self._paint(text, fg=_COLORS[severity], bold=True)

    def strong(self, text: str) -> str:
        """Bold."""
        return self._paint(text, bold=True)

    def faint(self, text: str) -> str:
        """Dim."""
        return self._paint(text, dim=True)

    def gutter(self, text: str) -> str:
        """Line numbers, rules and arrows."""
        return self._paint(text, fg="blue", bold=True)

    def secondary(self, text: str) -> str:
        """Underlines and labels of the places that a finding rests on."""
        return self._paint(text, fg="blue", bold=True)

    def good(self, text: str) -> str:
        """Nothing was found."""
        return self._paint(text, fg="green", bold=True)

    def bad(self, text: str) -> str:
        """It went wrong."""
        return self._paint(text, fg="red")

    def _paint(self, text: str, fg: str | None = None, bold: bool | None = None, dim: bool | None = None) -> str:
        return click.style(text, fg=fg, bold=bold, dim=dim) if self.enabled and text else text
