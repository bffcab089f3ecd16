"""`parse`: a tree, or a message that helps; never an exception, never a warning."""

import ast
import os
import subprocess
import sys
import threading
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridize.syntax.parse import ParseFailure, parse
from hybridize.syntax.source import SourceFile

OLD = sys.version_info


def failure(data):
    found = parse(SourceFile("a.py", data.encode() if isinstance(data, str) else data))
    assert isinstance(found, ParseFailure), ast.dump(found)
    return found


def test_a_tree():
    tree = parse(SourceFile("a.py", b"x = 1\n"))
    assert isinstance(tree, ast.Module)
    assert ast.dump(tree) == ast.dump(ast.parse("x = 1\n"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xef\xbb\xbfx = 1\n",
        b"# coding: latin-1\nx = '\xe9'\n",
        b"x = 1\r\ny = 2\r\n",
        b"x = 1\ry = 2",
        b"return 1\n",
        b"x = {{ a }}\n",
        b"type = print\nprint (type)\n",
        "é = '𝔘'\n".encode(),
    ],
)
def test_what_parses(data):
    assert isinstance(parse(SourceFile("a.py", data)), ast.Module)


def test_place_of_an_error():
    for head in ("x = 1", "# coding: utf-8", "\ufeff# x", "# coding: latin-1"):
        code = f"{head}\nx = 'éé' y\n".encode("latin-1" if "latin" in head else "utf-8")
        assert failure(code) == ParseFailure(2, 9, "syntax error: invalid syntax")


@pytest.mark.parametrize("data", ["(", "x = 'a", "def f():\npass\n", "x = (1\n\n\n", "if x:\n", "'''\n\n"])
def test_places_lie_in_the_file(data):
    found = failure(data)
    source = SourceFile("a.py", data.encode())
    assert 1 <= found.line <= max(source.line_count, 1)
    assert 0 <= found.column <= len(source.line_text(found.line))
    assert found.message.startswith("syntax error: ")


# --- Python 2 ---


@pytest.mark.parametrize(
    "line",
    [
        "print 'x'",
        "print x",
        "print '%s' % x, y",
        "exec 'x = 1'",
        "raise E, 'x'",
        "x = 0777",
        "x = `a`",
        "if a <> b: pass",
        "x = 10L",
        "x = ur'a'",
        "f = lambda (a, b): a",
        "def f(a, (b, c)): pass",
        "try: pass\nexcept E, e: pass",
        "try: pass\nexcept (E, F), e: pass",
    ],
)
def test_python_2_is_called_by_its_name(line):
    assert "Python 2 code" in failure(f"x = 1\n{line}\n").message


@pytest.mark.parametrize(
    "line", ["print(x) y", "x = printer y", "a < > b", "x = 'a' 'b", "def f(a, b) pass", "raise E 'x'"]
)
def test_other_mistakes_are_not_blamed_on_python_2(line):
    assert "Python 2" not in failure(line + "\n").message


# --- newer Python ---

NEWER = [
    ((3, 11), "try:\n    pass\nexcept* E:\n    pass\n"),
    ((3, 12), "type X = int\n"),
    ((3, 12), "type X[T] = list[T]\n"),
    ((3, 12), "def f[T](x): pass\n"),
    ((3, 12), "async def f[T: int](x): pass\n"),
    ((3, 12), "class A[T]: pass\n"),
    ((3, 12), "x = f'{d['k']}'\n"),
    ((3, 12), "x = f'{\"\\n\".join(x)}'\n"),
    ((3, 13), "def f[T = int](x): pass\n"),
    ((3, 13), "class A[T = int]: pass\n"),
    ((3, 14), "x = t'{x}'\n"),
    ((3, 14), "x = rt'{x}'\n"),
    ((3, 14), "try:\n    pass\nexcept A, B:\n    pass\n"),
]


@pytest.mark.parametrize(("version", "code"), NEWER)
def test_newer_syntax_is_called_by_its_name(version, code):
    if OLD[:2] >= version:
        assert isinstance(parse(SourceFile("a.py", code.encode())), ast.Module)
    else:
        message = failure(code).message
        # What came in steps names the first or the last of them.
        assert any(f"Python {major}.{minor} or newer" in message for major, minor in {(3, 12), version})
        assert f"this is Python {OLD[0]}.{OLD[1]}" in message


def test_two_types_without_parentheses_may_be_either():
    if OLD < (3, 14):
        message = failure("try: pass\nexcept A, b: pass\n").message
        assert "Python 2 code" in message
        assert "3.14" in message
        assert "Python 2" not in failure("try: pass\nexcept A, B: pass\n").message


@pytest.mark.parametrize("line", ["type X int", "x = type y = 3", "t 'x' y", "class A(T: pass", "match x y"])
def test_other_mistakes_are_not_blamed_on_an_old_interpreter(line):
    assert "newer" not in failure(line + "\n").message


# --- not Python at all ---


@pytest.mark.parametrize(
    ("data", "part"),
    [
        ("if x:\n\ty\n        z\n", "mixes tabs and spaces"),
        ("%matplotlib inline\n", "IPython magic"),
        ("%%time\nx = 1\n", "IPython magic"),
        ("!pip install x\n", "IPython shell"),
        ("x = 1\n<<<<<<< HEAD\ny = 2\n=======\n", "merge conflict"),
        ("from {{ cookiecutter.name }} import x\n", "template"),
        ("{% if x %}\nimport y\n{% endif %}\n", "template"),
        ("<!DOCTYPE html>\n<html></html>\n", "markup"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
        (b"x = 1\0\n", "binary"),
        (b"x = 1\n" * 3000 + b"\0", "damaged"),
        ("x = 'é'\n".encode("utf-16"), "UTF-16"),
        (b"\x7fELF\x02\x01\x01\0", "binary"),
        (b"x = '\\N{no such name}'\n", "string literal"),
        ("-" * 100_000 + "1", "nested too deeply"),
        ("(" * 300 + ")" * 300, "too many nested parentheses"),
    ],
)
def test_messages(data, part):
    assert part in failure(data).message


def test_a_long_sum_has_no_tree():
    if sys.version_info >= (3, 11):  # 3.10 builds it: a tree 100,000 levels deep
        assert "nested too deeply" in failure("1+" * 100_000 + "1").message


DEEP = """
from hybridize.syntax.parse import parse
from hybridize.syntax.source import SourceFile

n = 50_000
for text in (
    "1+" * n + "1", "-" * n + "1", "f" + "(1)" * n, "a" + ".b" * n, "not " * n + "x", "lambda: " * n + "x", "[" * n,
    "x if y else " * n + "z", "{1:" * n, "a = " * n + "b", "if x: pass\\n" + "elif x: pass\\n" * 5000,
    "".join(" " * depth + "if x:\\n" for depth in range(500)) + " " * 500 + "y",
):
    parse(SourceFile("a.py", text.encode()))
print("survived")
"""


def test_deep_nesting_does_not_take_the_process_down():
    """In a process of its own: the failure to look for is a crash."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", DEEP], capture_output=True, text=True, env=environment, check=False)
    assert done.stdout == "survived\n", done.stderr[-2000:]


# --- encodings ---


@pytest.mark.parametrize(
    ("data", "line", "column", "part"),
    [
        (b"x = 1\ny = 'a\xff'\n", 2, 6, "not valid utf-8 (byte 0xff)"),
        (b"x\r\ry = '\xc3\xa9\xe9'\n", 3, 6, "not valid utf-8 (byte 0xe9)"),
        (b"\xef\xbb\xbf\xff\n", 1, 1, "not valid utf-8"),
        (b"# coding: ascii\n\xc3\xa9\n", 2, 0, "not valid ascii"),
        (b"# coding: nonsense\nx = 1\n", 1, 0, "`nonsense`, which Python does not know"),
        (b"# coding: rot13\nx = 1\n", 1, 0, "`rot13`, which Python does not know"),
        (b"\xef\xbb\xbf# coding: latin-1\nx = 1\n", 1, 0, "byte order mark but declares the encoding `latin-1`"),
        (b"# coding: utf-16\nx = 1\n", None, None, "utf-16"),
    ],
)
def test_encodings(data, line, column, part):
    found = failure(data)
    assert part in found.message
    if line is not None:
        assert (found.line, found.column) == (line, column)


def test_a_cookie_below_code_declares_nothing():
    assert "utf-8" in failure(b"x = 1\n# coding: ascii\ny = '\xff'\n").message


# --- robustness ---


@given(st.binary(max_size=80))
def test_any_bytes(data):
    found = parse(SourceFile("a.py", data))
    assert isinstance(found, ast.Module) or (found.line >= 1 and found.column >= 0 and found.message)


@given(
    st.lists(
        st.sampled_from(
            ["print x", "x = 1", "except", "f'{", "'", "(", "\t", "  ", "\n", "type T", "é", ":", "=", "`"]
        ),
        max_size=8,
    ).map(" ".join)
)
def test_any_text(text):
    source = SourceFile("a.py", text.encode())
    found = parse(source)
    if isinstance(found, ParseFailure):
        assert 1 <= found.line <= max(source.line_count, 1)
        assert 0 <= found.column <= len(source.line_text(found.line))


@pytest.mark.parametrize("action", ["always", "error"])
def test_warnings_of_the_code_are_silent(action):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(action)
        for code in (b"x = '\\d'\n", b"x = 1or 2\n", b"'\\d' \n"):
            assert isinstance(parse(SourceFile("a.py", code)), ast.Module)
    assert caught == []


def test_warnings_of_others_are_heard():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        parse(SourceFile("a.py", b"x = '\\d'\n"))
        ast.parse("x = '\\d'\n")
        warnings.warn("mine", SyntaxWarning, stacklevel=1)
    assert [type(warning.message) for warning in caught][-1] is SyntaxWarning
    assert len(caught) == 2


def test_the_filter_is_added_once():
    with warnings.catch_warnings():
        parse(SourceFile("a.py", b""))
        count = len(warnings.filters)
        parse(SourceFile("a.py", b""))
        warnings.simplefilter("error")
        parse(SourceFile("a.py", b""))
        assert len(warnings.filters) == count + 1


def test_threads():
    problems = []

    def work():
        for _ in range(50):
            found = parse(SourceFile("a.py", b"x = '\\d'\n"))
            if not isinstance(found, ast.Module):
                problems.append(found)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert problems == []
