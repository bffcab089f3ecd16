"""`RemoveFunction`: decorators and calls, and the import that nothing uses afterwards."""

from __future__ import annotations

import pytest
from rewriting import after, carry_out, span

from hybridize.intention import RemoveFunction
from hybridize.rewrite.document import Refused

TF = "import tensorflow as tf\n"


def removed(text: str, snippet: str, **options) -> str:
    return after(text, RemoveFunction(span(text, snippet)), **options)


@pytest.mark.parametrize(
    ("before", "snippet", "expected"),
    [
        ("@tf.function\ndef f(x): return tf.abs(x)\n", "tf.function", "def f(x): return tf.abs(x)\n"),
        ("@tf.function  # once\ndef f(x): return tf.abs(x)\n", "tf.function", "def f(x): return tf.abs(x)\n"),
        (
            "@a\n@tf.function()\n# why\n@b\ndef f(x): return tf.abs(x)\n",
            "tf.function()",
            "@a\n# why\n@b\ndef f(x): return tf.abs(x)\n",
        ),
        ("@(\n    tf.function\n)\ndef f(x): return tf.abs(x)\n", "tf.function", "def f(x): return tf.abs(x)\n"),
        (
            "class A:\n    @tf.function(\n        jit_compile=True,  # fast\n    )\n    def f(x): return tf.abs(x)\n",
            "tf.function(\n        jit_compile=True,  # fast\n    )",
            "class A:\n    def f(x): return tf.abs(x)\n",
        ),
        ("\x0c@tf.function\ndef f(x): return tf.abs(x)\n", "tf.function", "\x0cdef f(x): return tf.abs(x)\n"),
        ("y = tf.function(f)(tf.ones(3))\n", "tf.function(f)", "y = f(tf.ones(3))\n"),
        (
            "y = tf.function(func=f, jit_compile=True)(tf.ones(3))\n",
            "tf.function(func=f, jit_compile=True)",
            "y = f(tf.ones(3))\n",
        ),
        (
            "y = tf.function(jit_compile=True)(f)(tf.ones(3))\n",
            "tf.function(jit_compile=True)(f)",
            "y = f(tf.ones(3))\n",
        ),
        ("y = tf.function(lambda x: x)(tf.ones(3))\n", "tf.function(lambda x: x)", "y = (lambda x: x)(tf.ones(3))\n"),
        (
            "y = tf.function(a if b else c)(tf.ones(3))\n",
            "tf.function(a if b else c)",
            "y = (a if b else c)(tf.ones(3))\n",
        ),
        (
            "y = tf.function(\n    self.call\n)(tf.ones(3))\n",
            "tf.function(\n    self.call\n)",
            "y = self.call(tf.ones(3))\n",
        ),
    ],
)
def test_nothing_but_the_function_is_left(before, snippet, expected):
    assert removed(TF + before, snippet) == TF + expected


@pytest.mark.parametrize(
    ("head", "new_head", "name"),
    [
        ("import tensorflow as tf\n", "", "tf.function"),
        ("import tensorflow as tf\n\n\n", "", "tf.function"),
        ("import os\nimport tensorflow as tf  # big\n\n", "import os\n\n", "tf.function"),
        ("import tensorflow as tf, os\n", "import os\n", "tf.function"),
        ("import os, tensorflow as tf\n", "import os\n", "tf.function"),
        ("import os as o, tensorflow as tf\n", "import os as o\n", "tf.function"),
        ("from tensorflow import function\n", "", "function"),
        (
            "from tensorflow import function, constant\nconstant(1)\n",
            "from tensorflow import constant\nconstant(1)\n",
            "function",
        ),
        (
            "from tensorflow import (\n    constant,\n    function,\n)\nconstant(1)\n",
            "from tensorflow import (\n    constant,\n)\nconstant(1)\n",
            "function",
        ),
        ("import tensorflow as tf\nimport os; tf\n", "import tensorflow as tf\nimport os; tf\n", "tf.function"),
        ("import os; import tensorflow as tf\n", "import os; import tensorflow as tf\n", "tf.function"),
        ("import tensorflow as tf\n__all__ = ['f']\n", "import tensorflow as tf\n__all__ = ['f']\n", "tf.function"),
        (
            "try:\n    import tensorflow as tf\nexcept ImportError:\n    raise\n",
            "try:\n    import tensorflow as tf\nexcept ImportError:\n    raise\n",
            "tf.function",
        ),
    ],
)
def test_the_import_goes_with_its_last_use(head, new_head, name):
    text = f"{head}@{name}\ndef f(x): return x\n"
    nth = head.count(name)
    assert after(text, RemoveFunction(span(text, name, nth))) == f"{new_head}def f(x): return x\n"


def test_an_import_that_another_module_imports_stays():
    text = "import tensorflow as tf\n@tf.function\ndef f(x): return x\n"
    assert removed(text, "tf.function", imported=frozenset({"tf"})) == "import tensorflow as tf\ndef f(x): return x\n"


def test_two_removed_at_once_leave_no_use():
    text = "import tensorflow as tf\n@tf.function\ndef f(x): return x\n@tf.function\ndef g(x): return x\n"
    steps = [RemoveFunction(span(text, "tf.function", nth)) for nth in (0, 1)]
    assert after(text, *steps) == "def f(x): return x\ndef g(x): return x\n"
    assert after(text, steps[0]).startswith("import tensorflow as tf\n")


@pytest.mark.parametrize(
    ("text", "snippet"),
    [
        ("from mine import graph\n@graph\ndef f(x): pass\n", "graph\ndef"[:5]),
        (TF + "g = tf.function(*fs)\n", "tf.function(*fs)"),
        (TF + "g = tf.function(jit_compile=True)\n", "tf.function(jit_compile=True)"),
        (TF + "g = make(f)\n", "make(f)"),
    ],
)
def test_refused(text, snippet):
    nth = 1 if snippet == "graph" else 0
    with pytest.raises(Refused):
        after(text, RemoveFunction(span(text, snippet, nth)))


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_line_ends(newline):
    data = b"\xef\xbb\xbfimport os\nimport tensorflow as tf\n@a\n@tf.function\n@b\ndef f(x):\n    pass\n".replace(
        b"\n", newline
    )
    expected = b"\xef\xbb\xbfimport os\n@a\n@b\ndef f(x):\n    pass\n".replace(b"\n", newline)
    assert carry_out(data, RemoveFunction(span(data, "tf.function"))) == expected
