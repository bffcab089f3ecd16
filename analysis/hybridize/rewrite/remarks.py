"""Comments: taking suppressions, or rules in them, away."""

from __future__ import annotations

import re

from hybridize.intention import RemoveSuppression
from hybridize.rewrite.document import Refused
from hybridize.rewrite.draft import Draft
from hybridize.rules import _registry


def remove_suppression(draft: Draft, intention: RemoveSuppression) -> None:
    """Remove the suppression, with its line if nothing else is on it; or some of its rules."""
    source = draft.document.source
    at = intention.at
    start, end = source.offset(at.line, at.column), source.offset(at.end_line, at.end_column)
    if not source.text.startswith("#", start):
        raise Refused("there is no comment")
    if intention.rules:
        _without_rules(draft, start, end, intention.rules)
        return
    line_start, line_end = source.offset(at.line, 0), source.offset(at.line + 1, 0)
    line = source.line_text(at.line)
    before, after = line[: at.column], line[at.end_column :]
    if not before.strip() and not after.strip():
        draft.replace((line_start, max(end, line_end)), "")
    elif after.strip():  # another remark follows
        draft.replace((start, end + len(after) - len(after.lstrip())), "")
    else:
        draft.replace((start - len(before) + len(before.rstrip()), line_start + len(line)), "")


def _without_rules(draft: Draft, start: int, end: int, rules: tuple[str, ...]) -> None:
    text = draft.document.source.text
    opening, closing = text.find("[", start, end), text.find("]", start, end)
    if opening < 0 or closing < 0:
        raise Refused("the comment has no list of rules")
    words = [word for word in re.split(r"[\s,]+", text[opening + 1 : closing]) if word]
    left = [word for word in words if (rule := _registry.find(word)) is None or rule.code not in rules]
    draft.replace((opening + 1, closing), ", ".join(left))
