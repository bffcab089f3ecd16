"""Places in texts: units, lines, changes, moves."""

import random

import pytest

from hybridize.span import Span
from hybridize.syntax.source import SourceFile
from hybridize_bot.lsp.messages import Range
from hybridize_bot.lsp.texts import Move, Text, edits, encoded, points, region, units

WIDE = "é漢\U0001f600x"


@pytest.mark.parametrize(("unit", "length"), [("utf-8", 2 + 3 + 4 + 1), ("utf-16", 1 + 1 + 2 + 1), ("utf-32", 4)])
def test_columns_count_units(unit, length):
    assert units(WIDE, unit) == length
    assert points(WIDE, length, unit) == 4
    assert [points(WIDE, units(WIDE[:count], unit), unit) for count in range(5)] == [0, 1, 2, 3, 4]


def test_a_column_within_a_character_is_the_place_before_it():
    assert points(WIDE, 3, "utf-16") == 2
    assert points(WIDE, 8, "utf-8") == 2


def test_lines_end_as_the_protocol_says_and_not_as_python_splits_texts():
    text = Text("a\r\nb\rc\x0cd\u2028e\nf")
    assert [text.line(number) for number in range(text.line_count)] == ["a", "b", "c\x0cd\u2028e", "f"]
    assert text.line(-1) == text.line(99) == ""


@pytest.mark.parametrize(
    ("start", "end", "result"),
    [
        ((0, 0), (0, 0), "Xab\ncd\n"),
        ((0, 99), (0, 99), "abX\ncd\n"),
        ((99, 0), (99, 5), "ab\ncd\nX"),
        ((1, 1), (0, 1), "aXd\n"),
        ((-5, 3), (0, 1), "Xb\ncd\n"),
    ],
)
def test_a_place_out_of_range_is_the_nearest_there_is(start, end, result):
    assert Text("ab\ncd\n").replaced(start, end, "X", "utf-16").text == result


@pytest.mark.parametrize("unit", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("seed", range(40))
def test_edits_make_the_new_text_of_the_old(seed, unit):
    chance = random.Random(seed)
    pieces = ["x = 1\n", "é漢\n", "\U0001f600 = 2\r\n", "\n", "    return x\n", "\x0c\n", "last"]
    old = "".join(chance.choices(pieces, k=chance.randrange(8)))
    new = "".join(chance.choices(pieces, k=chance.randrange(8))) if seed % 2 else old.replace("x", "yy", 1)
    text = Text(old)
    for edit in reversed(edits(old, new, unit)):
        text = text.replaced(edit.range[:2], edit.range[2:], edit.text, unit)
    assert text.text == new


def test_an_edit_leaves_alone_what_stays_of_its_line():
    (edit,) = edits("a\nb = tf.abs(x)\nc\n", "a\nb = tf.math.abs(x)\nc\n", "utf-16")
    assert (edit.range, edit.text) == (Range(1, 7, 1, 7), "math.")


def test_findings_move_with_their_lines():
    move = Move(["a", "b", "c", "d"], ["a", "new", "B", "c", "d"])
    assert move(Range(0, 0, 0, 1)) == Range(0, 0, 0, 1)
    assert move(Range(1, 0, 1, 1)) is None
    assert move(Range(2, 0, 3, 1)) == Range(3, 0, 4, 1)
    assert move(Range(0, 0, 2, 1)) is None


def test_nothing_moves_where_nothing_changes():
    assert Move(["a", "b"], ["a", "b"])(Range(1, 0, 1, 1)) == Range(1, 0, 1, 1)


def test_the_region_of_a_span_is_in_units_of_its_line():
    source = SourceFile("m.py", f"{WIDE} = y\n".encode())
    assert region(source, Span("m.py", 1, 4, 1, 8), "utf-16") == Range(0, 5, 0, 9)
    assert region(source, Span("m.py", 1, 4, 1, 8), "utf-8") == Range(0, 10, 0, 14)
    assert region(source, Span("m.py", 1), "utf-32") == Range(0, 0, 0, 8)


def test_buffers_are_encoded_as_they_declare():
    latin = "# -*- coding: latin-1 -*-\nx = 'é'\n"
    assert encoded(latin) == latin.encode("latin-1")
    assert encoded(latin + "# 漢\n") == (latin + "# 漢\n").encode()
    assert encoded("x = 'é'\n") == "x = 'é'\n".encode()
    assert encoded("# coding: klingon\nx = 'é'\n") == "# coding: klingon\nx = 'é'\n".encode()
    assert encoded("# coding: rot13\nx = 'é'\n") == "# coding: rot13\nx = 'é'\n".encode()
    assert encoded("x = '\ud800'\n")
