"""Notebooks of any content: the text is as long as what the cells hold, and edits change what they name alone."""

from __future__ import annotations

import json
import random

import nbformat
from hypothesis import given, settings
from hypothesis import strategies as st
from notebooks import cell, document

from hybridize.syntax.magics import blanked
from hybridize.syntax.notebook import Notebook

LINES = st.sampled_from([
    "x = 1", "é = '𝒻'", "%matplotlib inline", "!ls \\", "  %time f(x)", "y = !pwd", "t = '''", "'''", "a = (", ")",
    "# \\", "s = 'it\\'s'", "", "   ", "%%time", "%%bash", "\u2028 = 1", "\x0c", "\\", '"""', "\t!ls", "?x", "% 2",
])  # fmt: skip
SOURCES = st.one_of(
    st.lists(LINES, max_size=6).map("\n".join), st.lists(LINES, max_size=4).map("\r\n".join), st.text(max_size=9)
)
WRITTEN = st.fixed_dictionaries({
    "indent": st.sampled_from([None, 0, 1, 4, "\t"]), "ensure_ascii": st.booleans(), "sort_keys": st.booleans(),
})  # fmt: skip


@st.composite
def notebooks(draw):
    cells = []
    for source in draw(st.lists(SOURCES, max_size=5)):
        pieces = source.splitlines(keepends=True)
        kind = draw(st.sampled_from(["code", "code", "code", "markdown"]))
        form = draw(st.sampled_from([source, pieces, [source] if source else []]))
        cells.append(cell("", kind, source=form))
    text = json.dumps(document(*cells), **draw(WRITTEN))
    return (text + draw(st.sampled_from(["", "\n", "\r\n"]))).encode("utf-8", "backslashreplace")


@settings(max_examples=200, deadline=None)
@given(SOURCES)
def test_blanking_moves_nothing(source) -> None:
    left = blanked(source)
    if left is not None:
        assert len(left) == len(source)
        assert [at for at, one in enumerate(source) if one in "\r\n"] == [
            at for at, one in enumerate(left) if one in "\r\n"
        ]
        assert "\f" in left or blanked(left) in (left, None)


@settings(max_examples=150, deadline=None)
@given(notebooks())
def test_no_edit_leaves_every_byte(data) -> None:
    read = Notebook(data)
    assert read.problem == ""
    assert read.edited([]) == data
    assert "".join(one.text for one in read.cells).count("\n") == read.text.count("\n")
    for one in read.cells:
        assert read.text.startswith(blanked(one.text), one.start)
        assert read.edited([(one.start, one.start, "")]) == data


@settings(max_examples=250, deadline=None)
@given(notebooks(), st.randoms(use_true_random=False), st.sampled_from(["", "y", "é\n", "a\n𝒻\nb", '"\\', "\n"]))
def test_an_edit_changes_one_cell_alone(data, chance: random.Random, new) -> None:
    read = Notebook(data)
    if not read.cells:
        return
    one = chance.choice(read.cells)
    start, end = sorted(chance.randint(0, len(one.text)) for _ in range(2))
    if read.refusal([(one.start + start, one.start + end, new)]) or start == len(one.text):
        return
    result = read.edited([(one.start + start, one.start + end, new)])
    before, after = json.loads(data), json.loads(result)
    expected = one.text[:start] + new + one.text[end:]
    expected = expected if one.ended else expected.removesuffix("\n")
    assert "".join(after["cells"][one.number - 1]["source"]) == expected
    assert type(after["cells"][one.number - 1]["source"]) is type(before["cells"][one.number - 1]["source"])
    after["cells"][one.number - 1]["source"] = before["cells"][one.number - 1]["source"]
    assert after == before
    first, last = one.pieces[0].start, one.pieces[-1].end
    text, edited = data.decode(), result.decode()
    assert edited.startswith(text[:first])
    assert edited.endswith(text[last:])
    nbformat.validate(nbformat.reads(edited, as_version=4))
