"""Fixes over generated files: whatever the line ends, indents, marks and decorators, only the edit differs."""

from __future__ import annotations

import ast
import re

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from rewriting import carry_out, function, span

from hybridize.finding import Span
from hybridize.intention import AddDecorator, RemoveFunction, SetArgument, Signature
from hybridize.report import Spec
from hybridize.rewrite.document import Refused
from hybridize.syntax.source import SourceFile

LINE_ENDS = ["\n", "\r\n", "\r"]
INDENTS = ["    ", "\t", "  ", " "]
MARKS = [b"", b"\xef\xbb\xbf"]
HEADS = [
    "",
    '"""Ä doc."""',
    "#!/usr/bin/env python",
    "# -*- coding: utf-8 -*-\n# License ✓",
    '"""Doc."""\nfrom __future__ import annotations',
    "import os",
    "import os, sys\nfrom . import sibling",
    "import numpy as np  # note\n\n\n",
    "\x0c",
    "try:\n    import tensorflow as tf\nexcept ImportError:\n    raise",
    "if True:\n    import tensorflow as tf",
    "tf = None",
]
IMPORTS = [
    "",
    "import tensorflow as tf",
    "import tensorflow",
    "from tensorflow import function",
    "import tensorflow.compat.v2 as tf, os",
    "import tensorflow as tf; import os",
]
DECORATORS = [
    "@staticmethod",
    "@wrap",
    "@wrap(1, 2)",
    "@(\n    wrap\n)",
    "@wrap  # why",
    "@wrap\n# between",
    "@a.b.c(lambda: 0)",
]
BODIES = [
    "return x",
    "pass  # ö",
    '"""Doc."""; return x',
    "return (x,\n        x)",
    "if x: return 1\nreturn '''\n  kept\n'''",
]
CLOSINGS = ["", "\n", "\n\n\n", "\nx = 1; y = 2", "\n# end ✗"]


def indented(text: str, by: str) -> str:
    return "\n".join(by + line if line else line for line in text.split("\n"))


@st.composite
def programs(draw, *, decorated: bool = False) -> bytes:
    """A file with a function ``f`` somewhere in it; its own code only, so ``\\r`` alone is a line end like others."""
    step = draw(st.sampled_from(INDENTS))
    decorators = draw(st.lists(st.sampled_from(DECORATORS), max_size=3))
    if decorated:
        decorators.insert(draw(st.integers(0, len(decorators))), "@tf.function")
    code = "\n".join([*decorators, f"def f(x):\n{indented(draw(st.sampled_from(BODIES)), step)}"])
    for around in draw(st.lists(st.sampled_from(["class A:", "if True:", "def g():", "try:"]), max_size=2)):
        code = f"{around}\n{indented(code, step)}"
        code += "\nfinally:\n" + step + "pass" if around == "try:" else ""
    imports = ["import tensorflow as tf"] if decorated else draw(st.lists(st.sampled_from(IMPORTS), max_size=2))
    heads = [draw(st.sampled_from([head for head in HEADS if not decorated or "tf" not in head])), *imports]
    text = "\n".join([*heads, *[""] * draw(st.integers(0, 2)), code]) + draw(st.sampled_from(CLOSINGS))
    return draw(st.sampled_from(MARKS)) + text.replace("\n", draw(st.sampled_from(LINE_ENDS))).encode()


def parses(data: bytes) -> bool:
    try:
        ast.parse(data)
    except SyntaxError:
        return False
    return True


def is_subsequence(old: bytes, new: bytes) -> bool:
    """Whether ``new`` is ``old`` with bytes added, and none changed or taken away."""
    rest = iter(new)
    return all(byte in rest for byte in old)


def tree_without(data: bytes, *, imports: bool) -> str:
    """The program without the decorator and, if wanted, without imports of TensorFlow."""
    tree = ast.parse(data)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.decorator_list = [one for one in node.decorator_list if "function" not in ast.unparse(one)]
    if imports:
        tree.body = [
            one for one in tree.body if "tensorflow" not in ast.unparse(one) or not isinstance(one, ast.Import)
        ]
    return ast.dump(tree)


@settings(max_examples=100, deadline=None)
@given(programs())
def test_adding_adds_and_changes_nothing_else(data):
    if not parses(data):
        return
    try:
        fixed = carry_out(data, AddDecorator(function(data, "f")))
    except Refused:
        return
    assert is_subsequence(data, fixed)
    assert tree_without(fixed, imports=True) == tree_without(data, imports=True)
    assert ends(fixed) <= ends(data) or not ends(data)
    try:
        carry_out(fixed, AddDecorator(function(fixed, "f")))
    except Refused as refusal:
        assert str(refusal) == "it has the decorator already"  # noqa: PT017 (the second time must be refused)
    else:
        raise AssertionError("a second decorator")


@settings(max_examples=100, deadline=None)
@given(programs())
def test_removing_what_was_added_gives_the_file_back(data):
    if not parses(data):
        return
    try:
        fixed = carry_out(data, AddDecorator(function(data, "f")))
    except Refused:
        return
    kept = frozenset({"tf", "tensorflow", "function"})
    back = carry_out(fixed, RemoveFunction(decorator(fixed)), imported=kept)
    assert tree_without(back, imports=True) == tree_without(data, imports=True)
    if fixed.count(b"import") == data.count(b"import"):
        assert back == data


@settings(max_examples=60, deadline=None)
@given(programs(decorated=True), st.integers(1, 4))
def test_an_argument_changes_its_decorator_only(data, count):
    if not parses(data):
        return
    signature = Signature((Spec("TensorSpec", "float32", (None, 3)),) * count)
    place = span(data, "tf.function")
    fixed = carry_out(data, SetArgument(place, "input_signature", signature))
    start = data.index(b"tf.function") + len(b"tf.function")
    assert fixed.startswith(data[:start])
    assert fixed.endswith(data[start:])
    assert parses(fixed)
    assert ends(fixed) <= ends(data)


def decorator(data: bytes) -> Span:
    """The expression of the decorator that is `tf.function`, by whatever name."""
    text = SourceFile("main.py", data).text
    (name,) = set(re.findall(r"@((?:tf\.|tensorflow\.)?function)\b", text))
    at = span(data, f"@{name}")
    return msgspec.structs.replace(at, column=at.column + 1)


def ends(data: bytes) -> set[str]:
    """The kinds of line ends in a file."""
    text = data.decode().replace("\r\n", "\N{SYMBOL FOR NEWLINE}")
    return {end for end in ("\N{SYMBOL FOR NEWLINE}", "\r", "\n") if end in text}
