"""`SourceFile`: lines and columns as Python's own tokenizer and parser see them."""

import ast
import hashlib
import io
import os
import threading
import tokenize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hybridize.errors import Problem
from hybridize.finding import Span
from hybridize.syntax.source import SourceFile


def source(text, encoding="utf-8"):
    return SourceFile("a.py", text.encode(encoding))


# --- reading ---


def test_read(tmp_path):
    (tmp_path / "a.py").write_bytes(b"x = 1\r\n")
    found = SourceFile.read(str(tmp_path / "a.py"), "pkg/a.py", 7)
    assert (found.path, found.data, found.digest) == (
        "pkg/a.py",
        b"x = 1\r\n",
        hashlib.sha256(b"x = 1\r\n").hexdigest(),
    )


def test_read_a_file_over_the_limit(tmp_path):
    (tmp_path / "a.py").write_bytes(b"x" * 4_001)
    found = SourceFile.read(str(tmp_path / "a.py"), "a.py", 4_000)
    assert isinstance(found, Problem)
    assert "4,000" in found.message
    assert "4,001" in found.message


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs a file that hides its size")
def test_read_a_file_that_is_larger_than_it_says():
    assert os.stat("/proc/self/status").st_size == 0
    assert isinstance(SourceFile.read("/proc/self/status", "a.py", 100), Problem)
    assert isinstance(SourceFile.read("/proc/self/status", "a.py", 1_000_000), SourceFile)


def test_read_what_is_not_there(tmp_path):
    assert SourceFile.read(str(tmp_path / "a.py"), "a.py", 10) == Problem(
        "a.py", "the file cannot be read: no such file or directory"
    )


def test_read_a_folder(tmp_path):
    assert isinstance(SourceFile.read(str(tmp_path), "a.py", 10), Problem)


@pytest.mark.skipif(os.name == "nt", reason="no named pipes")
def test_read_does_not_wait_for_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "a.py")
    answer = []
    reader = threading.Thread(
        target=lambda: answer.append(SourceFile.read(str(tmp_path / "a.py"), "a.py", 10)), daemon=True
    )
    reader.start()
    reader.join(30)
    assert answer == [Problem("a.py", "not a regular file")]


# --- text ---


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"", "", "utf-8"),
        ("é\n".encode(), "é\n", "utf-8"),
        (b"\xef\xbb\xbfx\n", "x\n", "utf-8-sig"),
        (b"\xef\xbb\xbf# coding: utf-8\n", "# coding: utf-8\n", "utf-8-sig"),
        (b"# -*- coding: latin-1 -*-\n\xe9\n", "# -*- coding: latin-1 -*-\né\n", "iso-8859-1"),
        (
            b"#!/bin/x\n# vim: set fileencoding=cp1252 :\n\x80\n",
            "#!/bin/x\n# vim: set fileencoding=cp1252 :\n€\n",
            "cp1252",
        ),
        (b"#\r# coding=latin-1\r\xe9", "#\r# coding=latin-1\ré", "iso-8859-1"),
        (b"x\n# coding: latin-1\n", "x\n# coding: latin-1\n", "utf-8"),
        (b"\n\n# coding: latin-1\n", "\n\n# coding: latin-1\n", "utf-8"),
        (b"# coding: nonsense\n\xc3\xa9", "# coding: nonsense\né", "utf-8"),
        (b"# coding: rot13\nx", "# coding: rot13\nx", "rot13"),
        (b"x = '\xff'\n", "x = '\ufffd'\n", "utf-8"),
        (b"# coding: ascii\n\xc3\xa9", "# coding: ascii\né", "ascii"),
    ],
)
def test_text(data, text, encoding):
    found = SourceFile("a.py", data)
    assert (found.text, found.encoding) == (text, encoding)


@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"# coding: latin-1\n", b"# coding: utf-7\n", b"\xef\xbb\xbf", b"#coding:utf-16\n"]),
)
def test_text_never_fails(data, head):
    found = SourceFile("a.py", head + data)
    assert found.text is found.text
    assert [found.line_text(line) for line in range(found.line_count + 3)][-1] == ""
    assert found.column(1, 5) >= 0


# --- lines ---


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("a", ["a"]),
        ("a\n", ["a"]),
        ("a\n\n", ["a", ""]),
        ("a\r\nb\rc\nd", ["a", "b", "c", "d"]),
        ("a\n\rb", ["a", "", "b"]),
        ("a\x0cb\x0b\x1c\u2028c\x85d\n", ["a\x0cb\x0b\x1c\u2028c\x85d"]),
    ],
)
def test_lines(text, lines):
    found = source(text)
    assert found.line_count == len(lines)
    assert [found.line_text(line) for line in range(len(lines) + 2)] == ["", *lines, ""]


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\r", "\x0c\n", "  # \u2028\n"])
def test_lines_are_those_of_the_parser(separator):
    text = separator.join(["'é'", "'b'", "", "'c'", "x = '''", "''', 'd'", ""])
    found = source("# \u2028 \x85 \x0b\n" + text)
    for node in ast.walk(ast.parse(found.data)):
        if isinstance(node, ast.Constant) and node.value in ("é", "b", "c", "d"):
            assert repr(node.value) in found.line_text(node.lineno)


# --- columns ---


@given(st.text(alphabet="aé€𝔘 \u0301\x0c", max_size=30), st.integers(0, 60))
def test_column(text, offset):
    encoded = text.encode()
    expected = len(encoded[:offset].decode("utf-8", "ignore"))
    assert source("\n" + text).column(2, min(offset, len(encoded))) == expected


def test_column_in_other_encodings_counts_utf8():
    found = source("# coding: latin-1\né = x\n", "latin-1")
    name = next(node for node in ast.walk(ast.parse(found.data)) if isinstance(node, ast.Name) and node.id == "x")
    assert name.col_offset == 5
    assert found.column(name.lineno, name.col_offset) == 4


SNIPPETS = ["x = 1", "é = 'ü'", "f(a, '𝔘', b)", "# €", "", "if x: y = {'é': [é, z]}", "x = 'é\\x0c' + z"]


@given(st.lists(st.sampled_from(SNIPPETS), max_size=6), st.sampled_from(["\n", "\r\n"]), st.booleans())
@example(["x = '''é", "'''; y = é"], "\r\n", True)
def test_segment_of_a_node_is_its_source(lines, separator, mark):
    """Against `ast.get_source_segment`, which is right but splits the file anew for each node."""
    text = separator.join(lines)
    found = SourceFile("a.py", (b"\xef\xbb\xbf" if mark else b"") + text.encode())
    for node in ast.walk(ast.parse(found.data)):
        if isinstance(node, ast.expr):
            start, end = found.column(node.lineno, node.col_offset), found.column(node.end_lineno, node.end_col_offset)
            span = Span("a.py", node.lineno, start, node.end_lineno, end)
            assert found.segment(span) == ast.get_source_segment(text, node)


def test_columns_are_those_of_tokenize():
    text = "def f(α, β):\n    return '𝔘𝔘', α + β  # é\n"
    found = source(text)
    starts = {
        (node.lineno, found.column(node.lineno, node.col_offset))
        for node in ast.walk(ast.parse(found.data))
        if isinstance(node, (ast.Name, ast.Constant))
    }
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    wanted = {token.start for token in tokens if token.string in ("α", "β", "'𝔘𝔘'") and token.start[0] == 2}
    assert starts == wanted


# --- places ---


def test_offset_is_bounded():
    found = source("ab\ncd\n")
    places = {
        (1, 0): 0, (1, 2): 2, (1, 9): 2, (2, -1): 3, (2, 1): 4, (3, 0): 6, (3, 5): 6, (9, 0): 6, (0, 4): 0,
    }  # fmt: skip
    assert {place: found.offset(*place) for place in places} == places


def test_segment():
    found = source("aé\r\nbc\r\nd")
    assert found.segment(Span("a.py", 1, 1, 2, 1)) == "é\r\nb"
    assert found.segment(Span("a.py", 2, 0, 3, 9)) == "bc\r\nd"
    assert found.segment(Span("a.py", 2, 1, 1, 0)) == ""
