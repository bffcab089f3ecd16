"""From the worker's plain data to the types of the protocol."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lsprotocol import types

from hybridize_bot.installed import version
from hybridize_bot.lsp.messages import Mistake, Range, Shown
from hybridize_bot.render import _tool

SOURCE = _tool.NAME

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}
_TAGS = {
    "deprecated-decorator-argument": types.DiagnosticTag.Deprecated,
    "unused-suppression": types.DiagnosticTag.Unnecessary,
    "unused-operation-in-graph": types.DiagnosticTag.Unnecessary,
    "graph-without-tensor-parameter": types.DiagnosticTag.Unnecessary,
    "graph-without-tensor-computation": types.DiagnosticTag.Unnecessary,
    "graph-over-literals": types.DiagnosticTag.Unnecessary,
}
"""What editors fade or strike out: what does nothing, and what has a newer name."""


def region(place: Range) -> types.Range:
    """A region, as the protocol has it."""
    return types.Range(types.Position(place.line, place.column), types.Position(place.end_line, place.end_column))


def place(one: types.Range) -> Range:
    """A region, as the worker has it."""
    return Range(one.start.line, one.start.character, one.end.line, one.end.character)


def diagnostic(shown: Shown, uri: Callable[[str], str]) -> types.Diagnostic:
    """A finding in the editor."""
    tag = _TAGS.get(shown.slug)
    return types.Diagnostic(
        range=region(shown.range),
        message=shown.message,
        severity=_SEVERITIES[shown.severity],
        code=shown.code,
        code_description=types.CodeDescription(_tool.page(shown.code, version())),
        source=SOURCE,
        tags=[tag] if tag is not None else None,
        related_information=[
            types.DiagnosticRelatedInformation(types.Location(uri(step.path), region(step.range)), step.message)
            for step in shown.related
        ]
        or None,
        data={"key": shown.key},
    )


def mistake(one: Mistake) -> types.Diagnostic:
    """A mistake in the settings, at its line."""
    return types.Diagnostic(
        range=region(Range(one.line, 0, one.line + 1, 0)),
        message=one.message,
        severity=types.DiagnosticSeverity.Error,
        code="configuration",
        source=SOURCE,
    )


def wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Whether the editor asks for code actions of that kind; it asks for a kind with all below it."""
    return only is None or any(not one or kind == one or kind.startswith(one + ".") for one in only)
