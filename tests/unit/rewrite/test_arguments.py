"""Arguments of `tf.function`: given, changed, renamed and taken away, in the style of the call."""

from __future__ import annotations

import pytest
from rewriting import after, span

from hybridize.intention import RemoveArgument, RenameArgument, SetArgument, Signature
from hybridize.report import Spec
from hybridize.rewrite.document import Refused

TF = "import tensorflow as tf\n"
REST = "\ndef f(x): return tf.abs(x)\n"
SIGNATURE = Signature((Spec("TensorSpec", "float32", (None, 8)),))
SPEC = "tf.TensorSpec([None, 8], tf.float32)"


def changed(call: str, make) -> str:
    text = f"{TF}@{call}{REST}"
    result = after(text, make(span(text, call)))
    assert result.startswith(TF + "@")
    assert result.endswith(REST)
    return result[len(TF) + 1 : -len(REST)]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("tf.function", "tf.function(jit_compile=True)"),
        ("tf.function()", "tf.function(jit_compile=True)"),
        ("tf.function( )", "tf.function( jit_compile=True)"),
        ("tf.function(autograph=False)", "tf.function(autograph=False, jit_compile=True)"),
        ("tf.function(autograph=False,)", "tf.function(autograph=False, jit_compile=True,)"),
        ("tf.function(None, S)", "tf.function(None, S, jit_compile=True)"),
        ("tf.function(jit_compile=False)", "tf.function(jit_compile=True)"),
        ("tf.function(jit_compile = (\n    False\n))", "tf.function(jit_compile = True)"),
        ("tf.function(None, None, True, False)", "tf.function(None, None, True, True)"),
        (
            "tf.function(\n    autograph=False\n)",
            "tf.function(\n    autograph=False,\n    jit_compile=True\n)",
        ),
        (
            "tf.function(\n    autograph=False,  # fast\n)",
            "tf.function(\n    autograph=False,  # fast\n    jit_compile=True,\n)",
        ),
        (
            "tf.function(\n    autograph=False  # fast\n)",
            "tf.function(\n    autograph=False,  # fast\n    jit_compile=True\n)",
        ),
        (
            "tf.function(\n    autograph=False  # a, b\n    ,\n)",
            "tf.function(\n    autograph=False  # a, b\n    ,\n    jit_compile=True,\n)",
        ),
        ("tf.function(\n    autograph=False)", "tf.function(\n    autograph=False,\n    jit_compile=True)"),
        ("tf.function(None,\n            S)", "tf.function(None,\n            S,\n            jit_compile=True)"),
    ],
)
def test_set(call, expected):
    assert changed(call, lambda at: SetArgument(at, "jit_compile", "True")) == expected


def test_a_signature_is_added_or_changed():
    def make(at):
        return SetArgument(at, "input_signature", SIGNATURE)

    assert changed("tf.function", make) == f"tf.function(input_signature=[{SPEC}])"
    assert changed("tf.function(input_signature=[tf.TensorSpec([32, 8], tf.float32)])", make) == (
        f"tf.function(input_signature=[{SPEC}])"
    )


def test_a_long_signature_is_broken():
    signature = Signature(SIGNATURE.specs * 3)
    assert changed("tf.function(jit_compile=True)", lambda at: SetArgument(at, "input_signature", signature)) == (
        f"tf.function(jit_compile=True, input_signature=[\n    {SPEC},\n    {SPEC},\n    {SPEC},\n])"
    )


def test_a_call_that_wraps():
    text = TF + "g = tf.function(f)\nh = tf.function(autograph=False)(f)\n"
    step = SetArgument(span(text, "tf.function(f)"), "jit_compile", "True")
    other = SetArgument(span(text, "tf.function(autograph=False)(f)"), "jit_compile", "True")
    assert after(text, step, other) == (
        TF + "g = tf.function(f, jit_compile=True)\nh = tf.function(autograph=False, jit_compile=True)(f)\n"
    )


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("tf.function(experimental_compile=True)", "tf.function(jit_compile=True)"),
        ("tf.function(None, experimental_compile = X  )", "tf.function(None, jit_compile = X  )"),
    ],
)
def test_rename(call, expected):
    assert changed(call, lambda at: RenameArgument(at, "experimental_compile", "jit_compile")) == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("tf.function(autograph=True)", "tf.function"),
        ("tf.function(\n    autograph=True,\n)", "tf.function"),
        ("tf.function(autograph=True, jit_compile=True)", "tf.function(jit_compile=True)"),
        ("tf.function(jit_compile=True, autograph=True)", "tf.function(jit_compile=True)"),
        ("tf.function(jit_compile=True, autograph=True,)", "tf.function(jit_compile=True,)"),
        ("tf.function(\n    jit_compile=True,\n    autograph=True,\n)", "tf.function(\n    jit_compile=True,\n)"),
        (
            "tf.function(\n    jit_compile=True,  # fast\n    autograph=True,  # usual\n)",
            "tf.function(\n    jit_compile=True,  # fast\n)",
        ),
        (
            "tf.function(\n    autograph=True,  # usual\n    jit_compile=True,  # fast\n)",
            "tf.function(\n    jit_compile=True,  # fast\n)",
        ),
    ],
)
def test_remove(call, expected):
    assert changed(call, lambda at: RemoveArgument(at, "autograph")) == expected


@pytest.mark.parametrize(
    ("call", "make"),
    [
        (
            "tf.function(experimental_compile=True, jit_compile=True)",
            lambda at: RenameArgument(at, "experimental_compile", "jit_compile"),
        ),
        ("tf.function(**options)", lambda at: SetArgument(at, "autograph", "True")),
        ("tf.function", lambda at: RemoveArgument(at, "autograph")),
        ("tf.function(None, None, True)", lambda at: RenameArgument(at, "autograph", "jit_compile")),
        ("tf.function(None, S, True)", lambda at: RemoveArgument(at, "input_signature")),
        ("graph", lambda at: SetArgument(at, "autograph", "True")),
    ],
)
def test_refused(call, make):
    with pytest.raises(Refused):
        changed(call, make)
