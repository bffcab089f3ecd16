"""Bring the expectations of a Markdown file up to date with what the analysis says.

Two ways: *accept* writes what came in place of what was wanted; *todo* keeps the expectation and marks it as a known
gap. Either keeps the number of lines, so that the places of the other cases of the file stay right. Read the
difference before you commit it: a wrong answer does not become right by being written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from caselib.compare import Mismatch, Pair
from caselib.expectations import LISTED, TODO, comments, split_comment, split_list
from caselib.markdown import Case

Mode = Literal["accept", "todo"]


def rewrite(case: Case, mismatches: Sequence[Mismatch], mode: Mode) -> bool:
    """Rewrite the lines of ``case.source`` that the mismatches speak of; whether anything changed."""
    lines = case.source.read_text(encoding="utf-8").split("\n")
    before = list(lines)
    for mismatch in mismatches:
        number = _number(case, mismatch)
        if number is None:
            continue
        pair = mismatch.accept if mode == "accept" else mismatch.todo
        lines[number - 1] = _edited(lines[number - 1], mismatch, pair)
    if lines == before:
        return False
    Path(case.source).write_text("\n".join(lines), encoding="utf-8")
    return True


def _number(case: Case, mismatch: Mismatch) -> int | None:
    """The Markdown line to rewrite."""
    if mismatch.replaced is not None:
        return mismatch.replaced.number
    file = case.file(mismatch.path)
    if file is None or not file.is_python or not 1 <= mismatch.line <= len(file.lines):
        return None
    return file.lines[mismatch.line - 1].number


def _edited(line: str, mismatch: Mismatch, pair: Pair | None) -> str:
    column, text = next(iter(comments(line).values()), (len(line), ""))
    code = line[:column].rstrip()
    comment = split_comment(column, text)
    words, pairs = comment.words, _unpacked(comment.pairs)
    old = mismatch.replaced
    if old is not None and old.key == "reveal" and not old.todo:
        words = ""
    if old is not None and (old.written, old.value) in pairs:
        index = pairs.index((old.written, old.value))
        pairs[index : index + 1] = [pair] if pair else []
    elif pair:
        pairs.append(pair)
    return _rendered(code, line, words, pairs)


def _unpacked(pairs: Sequence[Pair]) -> list[Pair]:
    """One pair for each item of a list."""
    found: list[Pair] = []
    for key, value in pairs:
        several = key in LISTED or key.removeprefix(TODO) in LISTED
        found.extend((key, item) for item in (split_list(value) if several else [value]))
    return found


def _rendered(code: str, line: str, words: str, pairs: Sequence[Pair]) -> str:
    merged: dict[str, list[str]] = {}
    for key, value in pairs:
        merged.setdefault(key, []).append(value)
    shown = [words] if words else []
    for key, values in merged.items():
        shown.append(f"# {', '.join(values)}" if key == "reveal" else f"# {key}: {', '.join(values)}")
    comment = " ".join(shown)
    if not comment:
        return code
    if not code:
        return line[: len(line) - len(line.lstrip())] + comment
    return f"{code}  {comment}"
