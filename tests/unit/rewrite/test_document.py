"""Which files can be edited, and that places of the tree are places of the text."""

from __future__ import annotations

import contextlib

import libcst as cst
import pytest
from rewriting import PATH, span

from hybridize.rewrite.document import Document, Refused
from hybridize.rewrite.edits import CODE, IMPORT, TextEdit, apply, conflict, encoded, located
from hybridize.syntax.source import SourceFile


def document(text: str | bytes) -> Document:
    return Document(SourceFile(PATH, text.encode() if isinstance(text, str) else text))


@pytest.mark.parametrize(
    "text",
    [
        "x = " + " + ".join(["1"] * 600),
        "x = " + "[" * 90 + "]" * 90,
        "if x:\n    pass\n" + "elif y:\n    pass\n" * 1500,
        "".join(f"{' ' * depth}if x:\n" for depth in range(90)) + " " * 90 + "pass\n",
    ],
    ids=["sum", "brackets", "elif", "blocks"],
)
def test_deep_code_is_edited_or_refused_and_nothing_else(text):
    with contextlib.suppress(Refused):
        assert document(text).text == text


@pytest.mark.parametrize("text", ["def f(:\n", "print 'x'\n", "\x00"])
def test_what_is_no_python_is_refused(text):
    with pytest.raises(Refused, match="libcst cannot parse"):
        document(text)


def test_bytes_that_their_encoding_does_not_give_back_are_refused():
    with pytest.raises(Refused, match="round-trip"):
        document(b"x = '\xff'\n")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("prefix", ["", "\x0c", "é = 1\n", "'''a\nb'''\n\x0c", "\ufeff"])
def test_places_of_nodes_are_places_of_the_text(line_end, prefix):
    text = f"{prefix}é = f(x)\nif é:\n\x0c\n    (g(\n  'ü', 1))\n\x0cdef h(): return k(é)".replace("\n", line_end)
    found = document(text)
    calls = {found.written(call.func): call for call in found.nodes(cst.Call)}
    assert set(calls) == {"f", "g", "k"}
    assert found.written(calls["f"]) == "f(x)"
    assert found.written(calls["k"]) == "k(é)"
    assert found.written(calls["g"]).endswith("1)")
    for name, call in calls.items():
        assert found.expression(span(text.encode(), found.written(call)), cst.Call) is call, name
    (function,) = found.nodes(cst.FunctionDef)
    assert found.function(span(text.encode(), "def h")) is function


def test_edits_at_one_place():
    text = "abc"
    first, second = TextEdit(1, 1, IMPORT, "1"), TextEdit(1, 1, CODE, "2")
    assert apply(text, [second, first]) == "a12bc"
    assert not conflict(first, second)
    assert conflict(second, TextEdit(1, 1, CODE, "3"))
    assert not conflict(second, TextEdit(1, 2, CODE, ""))
    assert conflict(TextEdit(0, 2, CODE, ""), TextEdit(1, 3, CODE, ""))
    assert conflict(TextEdit(0, 2, CODE, ""), second)
    assert not conflict(second, second)
    assert not conflict(TextEdit(0, 1, CODE, ""), second)
    (edit,) = located(SourceFile(PATH, text.encode()), [second, first])
    assert (edit.span.column, edit.span.end_column, edit.replacement) == (1, 1, "12")


def test_text_goes_back_into_its_encoding_or_not_at_all():
    source = SourceFile(PATH, b"# coding: latin-1\nx = '\xe4'\n")
    assert encoded(source, source.text + "y = 'ö'\n") == source.data + b"y = '\xf6'\n"
    assert encoded(source, source.text + "y = '✓'\n") is None
