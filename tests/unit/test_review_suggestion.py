"""Fixes as lines to replace: what GitHub could show and apply, and why there is none otherwise."""

import pytest

from hybridize.finding import Applicability, Edit, Fix, Span
from hybridize_bot.changes import Hunk
from hybridize_bot.github.remarks import Lines, Suggestion
from hybridize_bot.github.suggestion import MOST_LINES, NoSuggestion, commented, suggestion, text

SOURCE = b"import tensorflow as tf\n\n\ndef f(x):\n    y = x + 1\n    return y\n\n\nf(1)\n"


def hunk(first, last, *removed):
    return Hunk(first, last, ((first, last),), removed)


ALL = (hunk(1, 9),)


def edit(line, column, end_line, end_column, replacement):
    return Edit(Span("a.py", line, column, end_line, end_column), replacement)


def propose(*edits, source=SOURCE, hunks=ALL):
    return suggestion(Fix("fix it", Applicability.SAFE, edits), text(source), hunks)


def refused(*edits, source=SOURCE, hunks=ALL):
    with pytest.raises(NoSuggestion) as raised:
        propose(*edits, source=source, hunks=hunks)
    return str(raised.value)


DECORATED = edit(4, 0, 4, 0, "@tf.function\n")


def test_a_decorator_takes_the_line_below():
    assert propose(DECORATED) == Suggestion(Lines(4, 4), ("@tf.function", "def f(x):"))


def test_a_change_in_a_line():
    assert propose(edit(5, 8, 5, 9, "y")) == Suggestion(Lines(5, 5), ("    y = y + 1",))


def test_an_import_and_a_decorator_are_one_range():
    found = propose(DECORATED, edit(1, 0, 1, 0, "import log\n"))
    assert found == Suggestion(Lines(1, 3), ("import log", "import tensorflow as tf", "", "", "@tf.function"))
    assert refused(DECORATED, edit(1, 0, 1, 0, "import log\n"), hunks=(hunk(1, 2), hunk(3, 9))).startswith(
        "it changes lines that are not in one part"
    )


def test_lines_that_are_removed():
    assert propose(edit(5, 0, 6, 0, "")) == Suggestion(Lines(5, 5), ())
    assert propose(edit(4, 0, 7, 0, "")) == Suggestion(Lines(4, 6), ())


def test_lines_around_that_stay_are_left_out():
    whole = edit(4, 0, 7, 0, "def f(x):\n    y = x + 2\n    return y\n")
    assert propose(whole) == Suggestion(Lines(5, 5), ("    y = x + 2",))


def test_several_edits_of_a_line():
    found = propose(edit(5, 12, 5, 13, "2"), edit(5, 4, 5, 5, "z"))
    assert found == Suggestion(Lines(5, 5), ("    z = x + 2",))


def test_windows_line_ends_are_no_part_of_a_suggestion():
    source = SOURCE.replace(b"\n", b"\r\n")
    found = propose(edit(4, 0, 4, 0, "@tf.function\r\n"), source=source)
    assert found == Suggestion(Lines(4, 4), ("@tf.function", "def f(x):"))


def test_a_byte_order_mark_stays():
    assert text(b"\xef\xbb\xbfa\n").lines == ("a",)
    marked = b"\xef\xbb\xbf" + SOURCE
    assert propose(DECORATED, source=marked) == propose(DECORATED)
    assert refused(edit(1, 7, 1, 17, "keras"), source=marked) == "it would take the byte order mark from the file"


@pytest.mark.parametrize("source", [b"a\r\nb\n", b"a\nb\r\n", b"a\rb\n", b"a\r\nb\rc\r\n", b"a\r"])
def test_mixed_line_ends(source):
    with pytest.raises(NoSuggestion, match="the file mixes line ends"):
        text(source)


def test_another_encoding():
    with pytest.raises(NoSuggestion, match="the file is not UTF-8"):
        text("# -*- coding: latin-1 -*-\né = 1\n".encode("latin-1"))


def test_a_last_line_without_an_end():
    source = SOURCE.rstrip(b"\n")
    assert text(source) == (text(SOURCE).lines, False, False)
    assert refused(edit(9, 0, 9, 1, "g"), source=source) == "the last line of the file has no end"
    assert propose(DECORATED, source=source).lines == Lines(4, 4)


def test_an_empty_file():
    assert text(b"") == ((), True, False)
    assert text(b"\n") == (("",), True, False)


def test_an_edit_that_takes_the_last_end():
    said = "it leaves the last line of the file without an end"
    assert refused(edit(9, 0, 10, 0, "f(2)")) == said
    assert refused(edit(8, 0, 10, 0, "f(2)\nf(3)")) == said
    assert propose(edit(8, 0, 10, 0, "")) == Suggestion(Lines(8, 9), ())


def test_an_edit_behind_the_last_line():
    # The end of a file is the beginning of a line that is not there.
    found = propose(edit(9, 0, 10, 0, "f(2)\n"))
    assert found == Suggestion(Lines(9, 9), ("f(2)",))
    assert propose(edit(10, 0, 10, 0, "f(2)\n")) == Suggestion(Lines(9, 9), ("f(1)", "f(2)"))
    assert refused(edit(1, 0, 1, 0, "x\n"), source=b"", hunks=()) == "the file is empty"


def test_a_removed_line_inside():
    edits = edit(4, 0, 6, 0, "def f(z):\n    y = z + 1\n")
    said = "lines were removed in the middle of what it changes"
    # `removed` has the line before which lines are gone.
    assert refused(edits, hunks=(hunk(1, 9, 5),)) == said
    for line in (4, 6):
        assert propose(edits, hunks=(hunk(1, 9, line),)).lines == Lines(4, 5)


def test_two_hunks_that_touch_are_two():
    edits = edit(4, 0, 6, 0, "def f(z):\n    y = z + 1\n")
    assert propose(edits, hunks=(hunk(1, 3), hunk(4, 5), hunk(6, 9))).lines == Lines(4, 5)
    for hunks in [(hunk(1, 4), hunk(5, 9)), (hunk(5, 9),), (hunk(1, 4),), ()]:
        assert refused(edits, hunks=hunks) == "it changes lines that are not in one part of the diff"


def test_what_nobody_can_see():
    assert refused(edit(5, 8, 5, 9, "x")) == "it changes nothing that can be seen"
    assert refused(edit(6, 12, 6, 12, "  ")) == "it changes blanks at the end of a line"
    source = SOURCE.replace(b"return y", b"return\x0cy")
    assert refused(edit(6, 4, 6, 10, "yield"), source=source) == "the lines have form feeds in them"


def test_lines_that_are_far_apart():
    source = b"x = 1\n" * 100
    first, last = edit(1, 0, 1, 1, "y"), edit(MOST_LINES + 1, 0, MOST_LINES + 1, 1, "y")
    assert refused(first, last, source=source, hunks=(hunk(1, 100),)) == "it changes lines that are far apart"
    last = edit(MOST_LINES, 0, MOST_LINES, 1, "y")
    assert propose(first, last, source=source, hunks=(hunk(1, 100),)).lines == Lines(1, MOST_LINES)


@pytest.mark.parametrize(
    ("line", "end_line", "hunks", "expected"),
    [
        (4, 4, [hunk(1, 9)], Lines(4, 4)),
        (4, 6, [hunk(1, 9)], Lines(4, 6)),
        (4, 0, [hunk(1, 9)], Lines(4, 4)),
        (4, 6, [hunk(1, 5), hunk(6, 9)], Lines(4, 4)),
        (4, 14, [hunk(1, 20)], Lines(4, 4)),
        (4, 13, [hunk(1, 20)], Lines(4, 13)),
        (4, 8, [hunk(6, 9)], Lines(6, 6)),
        (4, 5, [hunk(6, 9)], None),
        (10, 12, [hunk(6, 9)], None),
        (4, 4, [], None),
    ],
)
def test_where_a_comment_can_stand(line, end_line, hunks, expected):
    assert commented(Span("a.py", line, 0, end_line, 0), hunks) == expected
