"""Helpers for tests of fixes: spans found by what is written there, and proposals carried out on a text."""

from __future__ import annotations

from hybridize.finding import Span
from hybridize.intention import Applicability, Intention, Proposal
from hybridize.rewrite.edits import apply, encoded
from hybridize.rewrite.resolve import Documents, Resolved
from hybridize.syntax.source import SourceFile

PATH = "main.py"


def span(data: str | bytes, snippet: str, nth: int = 0, path: str = PATH) -> Span:
    """Where ``snippet`` stands for the ``nth`` time."""
    source = SourceFile(path, data.encode() if isinstance(data, str) else data)
    start = -1
    for _ in range(nth + 1):
        start = source.text.index(snippet, start + 1)
    return Span(path, *source.position(start), *source.position(start + len(snippet)))


def function(data: str | bytes, name: str, path: str = PATH) -> Span:
    """The span of a function, as reports have it."""
    text = SourceFile(path, data.encode() if isinstance(data, str) else data).text
    header = f"async def {name}" if f"async def {name}" in text else f"def {name}"
    return span(data, header, path=path)


def resolved(data: bytes, *steps: Intention, applicability: Applicability = Applicability.SAFE) -> Resolved:
    """The edits of one proposal in one file."""
    return Documents({PATH: SourceFile(PATH, data)}.get).resolve(Proposal("fix", applicability, steps))


def carry_out(data: bytes, *steps: Intention, imported: frozenset[str] = frozenset()) -> bytes:
    """The file after one proposal.

    Raises:
        Refused: it cannot be carried out.
    """
    source = SourceFile(PATH, data)
    documents = Documents({PATH: source}.get, lambda _path: imported)
    edits = documents.edits(documents.resolve(Proposal("fix", Applicability.SAFE, steps)).changes)
    result = encoded(source, apply(source.text, edits.get(PATH, [])))
    assert result is not None
    return result


def after(text: str, *steps: Intention, imported: frozenset[str] = frozenset()) -> str:
    """The text after one proposal."""
    return carry_out(text.encode(), *steps, imported=imported).decode()
