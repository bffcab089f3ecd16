"""Python that becomes TensorFlow operations: printing, random numbers, assertions, constants, arrays."""

from __future__ import annotations

import pytest
from rewriting import after, span

from hybridize.intention import (
    CollectInArray,
    HoistFunction,
    KeepResult,
    PrintParts,
    ReplaceAssert,
    ReplaceCall,
    UnwrapCall,
    WrapArgument,
)
from hybridize.rewrite.document import Refused

HEAD = "import random\nimport sys\nimport numpy as np\nimport tensorflow as tf\n\n"


def inside(code: str) -> str:
    return f"{HEAD}@tf.function\ndef f(x):\n    {code}\n    return x\n"


def changed(code: str, make, at: str | None = None) -> str:
    """The code in the body of a function after a step at ``at`` (default: all of it)."""
    text = inside(code)
    result = after(text, make(span(text, at or code)))
    head, tail = inside("\0").split("\0")
    assert result.startswith(head)
    assert result.endswith(tail)
    return result[len(head) : -len(tail)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('print("loss", x)', 'tf.print("loss", x)'),
        ("print()", "tf.print()"),
        ("print(*x)", "tf.print(*x)"),
        ('print(x, sep="")', 'tf.print(x, sep="")'),
        ('print(x, sep=None, end="")', 'tf.print(x, end="")'),
        ("print(x, flush=True)", "tf.print(x)"),
        ("print(x, file=sys.stderr)", "tf.print(x)"),
        ("print(x, file=sys.stdout)", "tf.print(x, output_stream=sys.stdout)"),
        ("print(\n        x,  # it\n        1,\n    )", "tf.print(\n        x,  # it\n        1,\n    )"),
        ('print(f"loss {x}")', 'tf.print("loss ", x, sep="")'),
        ('print(f"loss {x}", end="")', 'tf.print("loss ", x, sep="", end="")'),
        ('print(f"loss {x}", x)', 'tf.print("loss ", x, " ", x, sep="")'),
        ('print(f"{{{x}}}", x, sep=", ")', 'tf.print("{", x, "}", ", ", x, sep="")'),
        ('print(f"{x=}")', 'tf.print("x=", x, sep="")'),
        ('print(f"{x}")', "tf.print(x)"),
        ('print(f"plain", x)', 'tf.print(f"plain", x)'),
    ],
)
def test_print(code, expected):
    assert changed(code, ReplaceCall) == expected


@pytest.mark.parametrize(
    ("code", "at", "expected"),
    [
        ('tf.print(f"loss {x}")', 'f"loss {x}"', 'tf.print("loss ", x, sep="")'),
        ('tf.print("a", f"{x}b", end="")', 'f"{x}b"', 'tf.print("a", " ", x, "b", sep="", end="")'),
        ('print(f"loss {x}")', 'f"loss {x}"', 'tf.print("loss ", x, sep="")'),
    ],
)
def test_print_parts(code, at, expected):
    assert changed(code, PrintParts, at) == expected


@pytest.mark.parametrize(
    ("code", "at"),
    [
        ('y = f"{x}"', 'f"{x}"'),
        ('log(f"{x}")', 'f"{x}"'),
        ('tf.print(f"{x}", summarize=3)', 'f"{x}"'),
        ('tf.print(f"{x}", file=sys.stderr)', 'f"{x}"'),
        ('tf.print(f"{x:d}")', 'f"{x:d}"'),
        ('tf.print(g(f"{x}"))', 'f"{x}"'),
    ],
)
def test_text_that_is_not_printed_alone(code, at):
    with pytest.raises(Refused):
        changed(code, PrintParts, at)


@pytest.mark.parametrize(
    ("code", "at"),
    [
        ('print("loss %s" % x)', None),
        ('print("loss {}".format(x))', None),
        ('print("loss " + str(x))', None),
        ("print(str(x))", None),
        ('print(f"{x:.2f}")', None),
        ('print(f"{x!r}")', None),
        ("print(x, file=log)", None),
        ("print(x, sep=s)", None),
        ("print(**x)", None),
        ('print(f"{x}", *x)', None),
        ("y = print(x)", "print(x)"),
        ("from rich import print; print(x)", "print(x)"),
        ("open(x)", None),
    ],
)
def test_print_that_cannot_be_translated(code, at):
    with pytest.raises(Refused):
        changed(code, ReplaceCall, at)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("random.random()", "tf.random.uniform([])"),
        ("random.uniform(-1, 1)", "tf.random.uniform([], (-1), 1)"),
        ("random.gauss(0.0, sigma=x)", "tf.random.normal([], 0.0, x)"),
        ("random.randint(0, n - 1)", "tf.random.uniform([], 0, (n - 1) + 1, tf.int32)"),
        ("np.random.rand(3, 4)", "tf.random.uniform([3, 4])"),
        ("np.random.randn()", "tf.random.normal([])"),
        ("np.random.normal(size=(3, 4))", "tf.random.normal((3, 4), 0.0, 1.0)"),
        ("np.random.uniform(0, 1, 3)", "tf.random.uniform([3], 0, 1)"),
        ("np.random.randint(0, 9, size=[2])", "tf.random.uniform([2], 0, 9, tf.int64)"),
        ("np.random.standard_normal()", "tf.random.normal([])"),
    ],
)
def test_random(code, expected):
    assert changed(f"y = {code}", ReplaceCall, code) == f"y = {expected}"


@pytest.mark.parametrize(
    "code",
    [
        "random.choice(x)",
        "np.random.shuffle(x)",
        "np.random.randint(9)",
        "np.random.normal(size=n)",
        "np.random.normal(size=None)",
        "np.random.rand(*shape)",
        "np.random.normal(0, 1, 2, 3)",
        "rng.random()",
    ],
)
def test_random_without_counterpart(code):
    with pytest.raises(Refused):
        changed(code, ReplaceCall)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("assert x > 0", "tf.debugging.assert_greater(x, 0)"),
        ('assert (x <= 1), "too big"', 'tf.debugging.assert_less_equal(x, 1, message="too big")'),
        ("assert tf.abs(x) == tf.exp(x)", "tf.debugging.assert_equal(tf.abs(x), tf.exp(x))"),
        ("assert x != y", "tf.debugging.assert_none_equal(x, y)"),
        ("assert (\n        x >=\n        0\n    )", "tf.debugging.assert_greater_equal(x, 0)"),
        ("assert tf.reduce_all(x > 0)", 'tf.debugging.Assert(tf.reduce_all(x > 0), ["assertion failed"])'),
        ('assert tf.reduce_all(x > 0), "no"', 'tf.debugging.Assert(tf.reduce_all(x > 0), ["no"])'),
    ],
)
def test_assert(code, expected):
    assert changed(code, ReplaceAssert) == expected


def test_assert_by_what_it_tests():
    assert changed("assert (x > 0)", ReplaceAssert, "x > 0") == "tf.debugging.assert_greater(x, 0)"
    with pytest.raises(Refused):
        changed("assert g(x > 0)", ReplaceAssert, "x > 0")


def test_assert_between_semicolons():
    assert changed("y = 1; assert x > 0; z = 2", ReplaceAssert, "assert x > 0") == (
        "y = 1; tf.debugging.assert_greater(x, 0); z = 2"
    )


@pytest.mark.parametrize(
    "code",
    ["assert x", "assert x is None", "assert 0 < x < 1", "assert x > 0 and y", "assert x in y", "assert x > 0, x"],
)
def test_assert_that_is_no_comparison(code):
    with pytest.raises(Refused):
        changed(code, ReplaceAssert)


@pytest.mark.parametrize(
    ("call", "index", "expected"),
    [
        ("g(x, i)", 1, "g(x, tf.constant(i))"),
        ("g(x, n=i)", 1, "g(x, n=tf.constant(i))"),
        ("g(x, (i + 1))", 1, "g(x, tf.constant((i + 1)))"),
        ("g(x, i if x else 2, )", 1, "g(x, tf.constant(i if x else 2), )"),
        ("g(x, n = i)", None, "g(x, n = tf.constant(i))"),
    ],
)
def test_wrap_argument(call, index, expected):
    assert changed(f"y = {call}", lambda at: WrapArgument(at, "n", index), call) == f"y = {expected}"


@pytest.mark.parametrize(("call", "index"), [("g(x)", 1), ("g(*x)", 1), ("g(x, i)", None), ("g(x, tf.constant(i))", 1)])
def test_argument_that_cannot_be_wrapped(call, index):
    with pytest.raises(Refused):
        changed(call, lambda at: WrapArgument(at, "n", index))


def test_unwrap_call():
    assert changed("y = float((x + 1).numpy())", UnwrapCall, "(x + 1).numpy()") == "y = float((x + 1))"
    assert changed("y = x . numpy ( ) + 1", UnwrapCall, "x . numpy ( )") == "y = x + 1"
    assert changed("y = x.numpy()", UnwrapCall, "x.numpy") == "y = x"
    for code, at in (("y = x.numpy(1)", "x.numpy(1)"), ("y = x.numpy", "x.numpy"), ("y = g(x.numpy)", "x.numpy")):
        with pytest.raises(Refused):
            changed(code, UnwrapCall, at)


def test_keep_result():
    code = "ta = tf.TensorArray(tf.float32, 3); ta.write(0, x)"
    assert changed(code, KeepResult, "ta.write(0, x)") == "ta = tf.TensorArray(tf.float32, 3); ta = ta.write(0, x)"


@pytest.mark.parametrize(
    ("code", "at"),
    [
        ("self.ta.write(0, x)", None),
        ("free.write(0, x)", None),
        ("global ta; ta = 1; ta.write(0, x)", "ta.write(0, x)"),
        ("ta = 1; y = ta.write(0, x)", "ta.write(0, x)"),
    ],
)
def test_result_that_has_no_variable_to_go_to(code, at):
    with pytest.raises(Refused):
        changed(code, KeepResult, at)


LOOP = "ys = []\n    for i in tf.range(3):\n        ys.append(x * 2)\n    return tf.stack(ys)"


def test_collect_in_array():
    assert changed(LOOP, lambda at: CollectInArray(at, "float32"), "ys.append(x * 2)") == (
        "ys = tf.TensorArray(tf.float32, size=0, dynamic_size=True)\n"
        "    for i in tf.range(3):\n"
        "        ys = ys.write(ys.size(), x * 2)\n"
        "    return ys.stack()"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ys = []", "ys = [x]"),
        ("return tf.stack(ys)", "return ys"),
        ("return tf.stack(ys)", "return tf.stack(ys, axis=1)"),
        ("return tf.stack(ys)", "ys = list(ys); return tf.stack(ys)"),
        ("    ys.append(x * 2)", "    ys.append(x * 2); len(ys)"),
        ("for i in tf.range(3):", "if x:"),
        ("ys = []\n", "for _ in y: ys = []\n"),
    ],
)
def test_list_that_does_more(old, new):
    code = LOOP.replace(old, new)
    assert code != LOOP
    with pytest.raises(Refused):
        changed(code, lambda at: CollectInArray(at, "float32"), "ys.append(x * 2)")


def test_list_of_unknown_dtype():
    with pytest.raises(Refused, match="dtype"):
        changed(LOOP, CollectInArray, "ys.append(x * 2)")


def test_hoist_call():
    text = (
        HEAD
        + "def step(x):\n    return x\n\n\n# Trains.\ndef train(xs):\n    for x in xs:\n        tf.function(step)(x)\n"
    )
    assert after(text, HoistFunction(span(text, "tf.function(step)"), "call")) == (
        HEAD + "def step(x):\n    return x\n\n\ngraph_step = tf.function(step)\n\n\n"
        "# Trains.\ndef train(xs):\n    for x in xs:\n        graph_step(x)\n"
    )


def test_hoist_definition():
    text = HEAD + (
        "def train(xs):\n"
        "    # Once.\n"
        "    @tf.function\n"
        "    def step(x):\n"
        '        """Two\n    lines."""\n'
        "        return [x for x in [x]]\n"
        "\n"
        "    for x in xs:\n        step(x)\n"
    )
    assert after(text, HoistFunction(span(text, "def step"), "function")) == HEAD + (
        "@tf.function\n"
        "def step(x):\n"
        '    """Two\n    lines."""\n'
        "    return [x for x in [x]]\n\n\n"
        "def train(xs):\n"
        "    # Once.\n"
        "\n"
        "    for x in xs:\n        step(x)\n"
    )


@pytest.mark.parametrize(
    ("text", "at", "form"),
    [
        ("def train(xs, model):\n    tf.function(model)(xs)\n", "tf.function(model)", "call"),
        ("def train(xs):\n    tf.function(step)(xs)\ndef step(x): pass\n", "tf.function(step)", "call"),
        ("def train(xs):\n    tf.function(lambda x: x)(xs)\n", "tf.function(lambda x: x)", "call"),
        ("def step(x): pass\ngraph_step = 1\ndef train(xs):\n    tf.function(step)(xs)\n", "tf.function(step)", "call"),
        ("def step(x): pass\ntf.function(step)\n", "tf.function(step)", "call"),
        (
            "def train(xs, n):\n    @tf.function\n    def step(x):\n        return n\n    step(xs)\n",
            "def step",
            "function",
        ),
        (
            "def step(): pass\ndef train(xs):\n    @tf.function\n    def step(x):\n        return x\n    step(xs)\n",
            "def step(x",
            "function",
        ),
        (
            "def train(xs):\n    if xs:\n        @tf.function\n        def step(x): return x\n        step(xs)\n",
            "def step",
            "function",
        ),
        ("def train(xs):\n    @tf.function\n    def step(x):\n        return x\n", "def step", "function"),
    ],
)
def test_what_cannot_be_hoisted(text, at, form):
    text = HEAD + text
    place = span(text, at)
    if form == "function":
        place = span(text, "def step", text.count("def step") - 1)
    with pytest.raises(Refused):
        after(text, HoistFunction(place, form))
