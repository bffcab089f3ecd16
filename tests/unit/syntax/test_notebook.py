"""Notebooks as text: which cells, where they are, what cannot be read, and edits that leave the rest as it is."""

from __future__ import annotations

import ast
import json

import pytest
from notebooks import PYTHON, cell, document, notebook

from hybridize.syntax.notebook import Notebook
from hybridize.syntax.parse import ParseFailure, compiles, parse
from hybridize.syntax.source import SourceFile


def sources(data: bytes):
    return ["".join(one["source"]) for one in json.loads(data)["cells"]]


def edit(data: bytes, old: str, new: str) -> bytes:
    """Replace what the notebook's text holds once."""
    read = Notebook(data)
    start = read.text.index(old)
    edits = [(start, start + len(old), new)]
    assert read.refusal(edits) == ""
    return read.edited(edits)


# --------------------------------------------------------------------------- text


def test_the_text_is_the_code_in_order_each_cell_ended() -> None:
    read = Notebook(
        notebook(cell("# T", "markdown"), "x = 1\ny = 2", cell("r", "raw"), "", "z = 3\n", "%%bash\nls", "w")
    )
    assert read.text == "x = 1\ny = 2\nz = 3\nw\n"
    assert [(one.number, one.line, one.start) for one in read.cells] == [(2, 1, 0), (5, 3, 12), (7, 4, 18)]
    assert read.problem == ""


@pytest.mark.parametrize("source", ["x = 1\ny", ["x = 1\n", "y"], ["x ", "= 1\ny"], ["", "x = 1\ny", ""]])
def test_sources_are_texts_or_lists_of_them(source) -> None:
    assert Notebook(notebook(cell("", source=source))).text == "x = 1\ny\n"


@pytest.mark.parametrize("indent", [None, 0, 1, 4, "\t"])
@pytest.mark.parametrize("ensure_ascii", [False, True])
def test_the_form_of_the_json_does_not_matter(indent, ensure_ascii) -> None:
    read = Notebook(notebook("é = '𝒻\\n'  # \"q\" \\ /", indent=indent, ensure_ascii=ensure_ascii))
    assert read.text == "é = '𝒻\\n'  # \"q\" \\ /\n"


def test_large_outputs_do_not_count() -> None:
    image = [{"output_type": "display_data", "metadata": {}, "data": {"image/png": "A" * 3_000_000, "x": ["\\"] * 9}}]
    read = Notebook(notebook(cell("x = 1", outputs=image), "y = 2"))
    assert read.text == "x = 1\ny = 2\n"


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({}, "python"),
        (PYTHON, "python"),
        ({"language_info": {"name": "python"}, "kernelspec": {"language": "R"}}, "python"),
        ({"kernelspec": {"language": "R", "name": "ir"}}, "r"),
        ({"language_info": {"name": "julia"}}, "julia"),
        ({"kernelspec": None, "language_info": []}, "python"),
        ({"kernelspec": {"language": "ipython"}}, "python"),
    ],
)
def test_the_language_is_that_of_the_kernel(metadata, language) -> None:
    read = Notebook(notebook("x = 1", metadata=metadata))
    assert (read.language, read.text) == (language, "x = 1\n" if language == "python" else "")


def test_cells_that_an_editor_takes_for_another_language_are_left_out() -> None:
    other = cell("SELECT 1", metadata={"vscode": {"languageId": "sql"}})
    own = cell("x = 1", metadata={"vscode": {"languageId": "python"}})
    assert Notebook(notebook(other, own)).text == "x = 1\n"


# --------------------------------------------------------------------------- what cannot be read


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "not valid JSON"),
        (b"x = 1\n", "not valid JSON: expecting '{' (line 1)"),
        (b"[]", "not valid JSON"),
        (b'{"cells": [}', "not valid JSON"),
        (b'{"cells": [1]}', "not valid JSON: expecting '{'"),
        (b'{"cells": []} x', "extra data"),
        (b'{"cells": [], "a" 1}', "expecting ':'"),
        (b'{"cells": [],\n 1: 2}', "in double quotes (line 2)"),
        (b'{"cells": [{"source": ["a\nb"]}]}', "not valid JSON: invalid control character"),
        (b"\xff\xfe{", "not valid UTF-8"),
        (b"{}", "has no list of cells"),
        (b'{"cells": {}, "nbformat": 4}', "has no list of cells"),
        (b'{"nbformat": 3, "worksheets": [{"cells": []}]}', "has format 3; open and save it with a current Jupyter"),
        (b'{"nbformat": 4, "cells": [' + b'{"x":' * 100_000, "not"),
        (b'{"x": ' + b"[" * 100_000, "not valid JSON|nested too deeply"),
    ],
)
def test_what_is_no_notebook_is_told(data, part) -> None:
    problem = Notebook(data).problem
    assert any(one in problem for one in part.split("|"))
    failure = parse(SourceFile("a.ipynb", data))
    assert failure == ParseFailure(1, 0, problem)
    assert SourceFile("a.ipynb", data).text == ""


@pytest.mark.parametrize("fields", [{}, {"source": 1}, {"source": [1]}, {"source": []}, {"source": None}])
def test_cells_without_text_are_none(fields) -> None:
    read = Notebook(json.dumps({"cells": [{}, {"cell_type": "code", **fields}], "nbformat": 4}).encode())
    assert (read.text, read.problem) == ("", "")


def test_syntax_errors_stand_where_they_are() -> None:
    failure = parse(SourceFile("a.ipynb", notebook("x = 1\n", "y = é )")))
    assert isinstance(failure, ParseFailure)
    assert (failure.line, failure.column) == (2, 6)


def test_encoding_declarations_mean_nothing() -> None:
    source = SourceFile("a.ipynb", notebook("# coding: latin-1\nx = 'é'; y = 1"))
    tree = parse(source)
    assert isinstance(tree, ast.Module)
    assert tree.body[0].value.value == "é"
    assert source.column(2, tree.body[1].col_offset) == 9


def test_await_may_stand_at_the_top_level_of_notebooks_alone() -> None:
    code = "x = await f()\nasync for y in g():\n    pass"
    assert compiles(SourceFile("a.ipynb", notebook(code)))
    assert not compiles(SourceFile("a.py", code.encode()))
    assert not compiles(SourceFile("a.ipynb", notebook("return 1")))


def test_lone_halves_of_surrogate_pairs_are_a_parse_failure() -> None:
    assert isinstance(parse(SourceFile("a.ipynb", notebook("x = '\ud800'", ensure_ascii=True))), ParseFailure)


# --------------------------------------------------------------------------- places in the file


@pytest.mark.parametrize("ensure_ascii", [False, True])
@pytest.mark.parametrize("source", [["é = '𝒻\t'\n", 'print("x")\n', "y"], "é = '𝒻\t'\nprint(\"x\")\ny"])
def test_every_character_of_the_text_has_its_place_in_the_json(source, ensure_ascii) -> None:
    data = notebook("%cd x\na = 1", cell("", source=source), ensure_ascii=ensure_ascii)
    read = Notebook(data)
    located = SourceFile("a.ipynb", data)
    for offset, character in enumerate(read.text):
        if character == "\n" or read.text[: offset + 1].count("\n") < 2:
            continue
        line, column = read.place(*located.position(offset))
        rest = read.file_line(line)[column:]
        written = json.dumps(character, ensure_ascii=ensure_ascii)[1:-1]
        assert rest.startswith(written), (character, rest)


# --------------------------------------------------------------------------- edits


@pytest.mark.parametrize("indent", [None, 1, 4, "\t"])
@pytest.mark.parametrize("listed", [True, False])
def test_an_edit_changes_the_lines_it_touches_alone(indent, listed) -> None:
    text = "import a\né = 1\nb()"
    own = cell("", source=text.splitlines(keepends=True) if listed else text)
    data = notebook("x = 'é\\u00e9'", own, cell("# é", "markdown"), indent=indent)
    new = edit(data, "é = 1\n", "é = 2\nc = '𝒻'\n")
    expected = json.loads(data)
    changed = "import a\né = 2\nc = '𝒻'\nb()"
    expected["cells"][1]["source"] = changed.splitlines(keepends=True) if listed else changed
    assert new == (json.dumps(expected, indent=indent, ensure_ascii=False) + "\n").encode()


def test_json_that_is_ascii_stays_ascii() -> None:
    data = notebook("x = 'é'\ny = 1", ensure_ascii=True)
    new = edit(data, "y = 1", "y = '𝒻'")
    assert new == data.replace(b'"y = 1"', b"\"y = '\\ud835\\udcbb'\"")


def test_unusual_json_stays_as_it_is() -> None:
    source = b'[ "\\u0061 = 1\\n" ,\r\n  "b = 2\\n" , "c = 3"]'
    data = b'{ "nbformat":4,"metadata":{"a":1.50,"b":"\\/\\u0041"},\r\n"cells":[ {"source" :[ "x"], "cell_type":"code",'
    data = b"\xef\xbb\xbf" + data + b'"source":' + source + b"}]}"
    new = edit(data, "b = 2", "b = 4")
    assert new == data[: data.rindex(b"b = 2")] + b"b = 4" + data[data.rindex(b"b = 2") + 5 :]


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("b\n", "", ["a\n", "c"]),
        ("a\n", "", ["b\n", "c"]),
        ("c\n", "", ["a\n", "b"]),
        ("b\nc\n", "", ["a"]),
        ("a\nb\nc\n", "", []),
        ("c", "c\nd", ["a\n", "b\n", "c\n", "d"]),
        ("a\n", "0\na\n", ["0\n", "a\n", "b\n", "c"]),
        ("b", "x\ny", ["a\n", "x\n", "y\n", "c"]),
        ("\nb\n", " + ", ["a + c"]),
        ("b", "b", ["a\n", "b\n", "c"]),
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_lists_of_lines_stay_lists_of_lines(old, new, lines, indent) -> None:
    data = notebook("first", "a\nb\nc", "last", indent=indent)
    result = edit(data, old, new)
    assert json.loads(result)["cells"][1]["source"] == lines
    if lines:
        assert result == notebook("first", "".join(lines), "last", indent=indent)


def test_several_edits_in_several_cells() -> None:
    data = notebook("a = 1\nb = 2", "%time c = 3", "d = 4\n")
    read = Notebook(data)
    edits = [
        (read.text.index(old), read.text.index(old) + 1, new) for old, new in (("1", "10"), ("2", "20"), ("3", "30"))
    ]
    assert sources(read.edited(edits)) == ["a = 10\nb = 20", "%time c = 30", "d = 4\n"]


@pytest.mark.parametrize(
    ("start", "end", "part"),
    [
        (0, 14, "several cells"),
        (8, 8, "before a magic that has to come first"),
        (8, 12, "not Python"),
        (16, 20, "not Python"),
    ],
)
def test_what_cannot_be_edited_is_refused(start, end, part) -> None:
    read = Notebook(notebook("abc = 1", "%%time\nf()", "!ls -la\ng()"))
    assert read.text == "abc = 1\npass  \nf()\npass   \ng()\n"
    start, end = (start, end) if start != 16 else (read.text.rindex("pass"), read.text.rindex("pass") + 3)
    assert part in read.refusal([(start, end, "x")])


def test_an_insertion_between_two_cells_is_one_before_the_second() -> None:
    data = notebook("a = 1", "b = 2")
    read = Notebook(data)
    assert sources(read.edited([(6, 6, "c = 3\n")])) == ["a = 1", "c = 3\nb = 2"]


def test_a_document_has_the_cells_it_was_given() -> None:
    assert sources(json.dumps(document("a\nb")).encode()) == ["a\nb"]
