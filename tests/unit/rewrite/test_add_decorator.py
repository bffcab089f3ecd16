"""`AddDecorator`: by what name, at what place, with what arguments, and where not at all."""

from __future__ import annotations

import pytest
from rewriting import after, carry_out, function, resolved

from hybridize.intention import AddDecorator, Applicability, Signature
from hybridize.report import Spec
from hybridize.rewrite.document import Refused

VECTOR = Spec("TensorSpec", "float32", (None, 3))
SCALAR = Spec("TensorSpec", "int32", ())


def added(text: str, name: str = "f", *arguments) -> str:
    return after(text, AddDecorator(function(text, name), arguments))


def refusal(text: str, name: str = "f") -> str:
    with pytest.raises(Refused) as caught:
        added(text, name)
    return str(caught.value)


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("import tensorflow as tf", "tf.function"),
        ("import tensorflow", "tensorflow.function"),
        ("import tensorflow as T, numpy as np", "T.function"),
        ("import tensorflow.compat.v2 as tf", "tf.function"),
        ("import tensorflow.compat.v1 as tf", "tf.function"),
        ("from tensorflow.compat import v2 as tf", "tf.function"),
        ("import tensorflow.keras", "tensorflow.function"),
        ("from tensorflow import function", "function"),
        ("from tensorflow import function as graph, Tensor", "graph"),
        ("try:\n    import tensorflow as tf\nexcept ImportError:\n    raise", "tf.function"),
        ("if x:\n    import tensorflow.compat.v2 as tf\nelse:\n    import tensorflow as tf", "tf.function"),
    ],
)
def test_the_name_that_the_file_has(statement, name):
    assert (
        added(f"{statement}\n\n\ndef f(x):\n    return x\n") == f"{statement}\n\n\n@{name}\ndef f(x):\n    return x\n"
    )


@pytest.mark.parametrize(
    ("head", "new_head"),
    [
        ("", "import tensorflow as tf\n\n\n"),
        ('"""Doc."""\n\n\n', '"""Doc."""\n\nimport tensorflow as tf\n\n\n'),
        ('"""Doc."""\n', '"""Doc."""\n\nimport tensorflow as tf\n\n'),
        ("# License\n\n\n", "# License\n\n\nimport tensorflow as tf\n\n\n"),
        ("#!/usr/bin/python\n# coding: utf-8\n", "#!/usr/bin/python\n# coding: utf-8\nimport tensorflow as tf\n\n\n"),
        ("# License\n\n# About f.\n", "# License\n\nimport tensorflow as tf\n\n\n# About f.\n"),
        (
            "from __future__ import annotations\n\n\n",
            "from __future__ import annotations\n\nimport tensorflow as tf\n\n\n",
        ),
        ("import os\nimport sys\n\n\n", "import os\nimport sys\n\nimport tensorflow as tf\n\n\n"),
        (
            "import os\n\nimport numpy as np\nimport torch\n\nfrom .a import b\n\n\n",
            "import os\n\nimport numpy as np\nimport tensorflow as tf\nimport torch\n\nfrom .a import b\n\n\n",
        ),
        ("from .a import b\n\n\n", "import tensorflow as tf\n\nfrom .a import b\n\n\n"),
        ("import numpy as np; import os\n\n\n", "import numpy as np; import os\nimport tensorflow as tf\n\n\n"),
        ("import tensorflow.keras as keras\n\n\n", "import tensorflow as tf\nimport tensorflow.keras as keras\n\n\n"),
        ("if DEBUG:\n    import numpy\n\n\n", "import tensorflow as tf\n\nif DEBUG:\n    import numpy\n\n\n"),
        ("from lib import tf\n\n\n", "import tensorflow\n\nfrom lib import tf\n\n\n"),
    ],
)
def test_the_import_that_is_missing(head, new_head):
    name = "tensorflow.function" if "lib import tf" in head else "tf.function"
    expected = f"{new_head}@{name}\ndef f(x):\n    return x\n"
    if "lib import tf" in head:  # sorted by package, `lib` comes before `tensorflow`
        expected = expected.replace(
            "import tensorflow\n\nfrom lib import tf\n", "from lib import tf\nimport tensorflow\n"
        )
    assert added(f"{head}def f(x):\n    return x\n") == expected


def test_a_name_that_means_something_else_is_not_used():
    text = "import tensorflow as tf\n\n\nclass A:\n    tf = 1\n\n    def f(self, x):\n        return x\n"
    assert "import tensorflow\n" in added(text)
    assert "    @tensorflow.function\n    def f" in added(text)


def test_a_name_that_is_deleted_is_not_used():
    text = "import tensorflow as tf\n\ndel tf\n\n\ndef f(x):\n    return x\n"
    assert "@tensorflow.function" in added(text)


def test_an_import_further_down_has_not_run_yet():
    text = "def f(x):\n    return x\n\n\nimport tensorflow as tf\n"
    assert "@tensorflow.function\ndef f" in added(text)


def test_all_names_are_taken():
    text = "tf = tensorflow = 1\n\n\ndef f(x):\n    return x\n"
    assert refusal(text) == "`tf` and `tensorflow` mean something else there"


def test_an_import_in_the_function_itself_is_not_in_sight_of_its_decorator():
    text = "def f(x):\n    import tensorflow as tf\n\n    return tf.abs(x)\n"
    assert added(text).startswith("import tensorflow as tf\n\n\n@tf.function\ndef f(x):\n    import tensorflow as tf\n")
    found = resolved(text.encode(), AddDecorator(function(text, "f")))
    assert found.applicability is Applicability.UNSAFE, "it may be imported late for a reason"


def test_an_import_of_the_function_around_is():
    text = "def g():\n    import tensorflow as t\n\n    def f(x):\n        return x\n\n    return f\n"
    assert "    @t.function\n    def f(x):" in added(text)


@pytest.mark.parametrize(
    "decorators",
    [
        "@staticmethod",
        "@classmethod",
        "@property",
        "@f.setter",
        "@mine",
        "@mine(1)",
        "@(\n        mine\n    )",
        "@mine\n    # note",
    ],
)
def test_below_decorators_whose_code_keeps_running_for_every_call(decorators):
    text = f"import tensorflow as tf\n\nclass A:\n    {decorators}\n    def f(x):\n        return x\n"
    assert added(text) == text.replace("    def f", "    @tf.function\n    def f")


@pytest.mark.parametrize(
    "decorator", ["@tf.custom_gradient", "@tf.Module.with_name_scope", "@mine\n@tf.custom_gradient"]
)
def test_above_those_that_belong_into_the_graph(decorator):
    text = f"import tensorflow as tf\n\n{decorator}\ndef f(x):\n    return x\n"
    assert added(text) == text.replace("@tf.", "@tf.function\n@tf.", 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("from abc import abstractmethod\n@abstractmethod\ndef f(x): pass\n", "abstract"),
        ("import functools\n@functools.wraps(g)\ndef f(x): pass\n", "wrapper"),
        ("import functools as ft\n@ft.lru_cache(maxsize=None)\ndef f(x): pass\n", "cached"),
        ("from contextlib import contextmanager\n@contextmanager\ndef f(x): yield\n", "generator"),
        ("import tensorflow as tf\n@tf.function\ndef f(x): pass\n", "already"),
        ("async def f(x):\n    return x\n", "coroutine"),
        ("def f(x):\n    yield x\n", "generator"),
    ],
)
def test_refused(text, reason):
    assert reason in refusal(text)


def test_a_generator_inside_is_none():
    text = "import tensorflow as tf\ndef f(x):\n    def g():\n        yield 1\n    return x\n"
    assert "@tf.function\ndef f" in added(text)


def test_arguments():
    text = "import tensorflow as tf\ndef f(x, n):\n    return x\n"
    signature = Signature((VECTOR, SCALAR))
    assert (
        "@tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32), tf.TensorSpec([], tf.int32)])\n"
        in added(text + "#" * 110, "f", ("input_signature", signature))
    )
    assert added(text, "f", ("jit_compile", "True"), ("input_signature", signature)) == (
        "import tensorflow as tf\n"
        "@tf.function(\n"
        "    jit_compile=True,\n"
        "    input_signature=[\n"
        "        tf.TensorSpec([None, 3], tf.float32),\n"
        "        tf.TensorSpec([], tf.int32),\n"
        "    ],\n"
        ")\n"
        "def f(x, n):\n    return x\n"
    )


def test_signatures_in_the_style_of_the_file():
    text = "import tensorflow as tf\nS = tf.TensorSpec(shape=(), dtype=tf.int32)\ndef f(x):\n    return x\n"
    expected = "@tf.function(input_signature=[tf.TensorSpec(shape=[], dtype=tf.int32)])\n"
    assert expected in added(text, "f", ("input_signature", Signature((SCALAR,))))


def test_nested_and_other_specs():
    text = "import tensorflow as tf\ndef f(x):\n    return x\n" + "#" * 120
    ragged = Spec("RaggedTensorSpec", "string", None)
    assert (
        "@tf.function(input_signature=[[tf.TensorSpec([], tf.int32), tf.RaggedTensorSpec(None, tf.string)]])\n"
        in added(text, "f", ("input_signature", Signature(((SCALAR, ragged),))))
    )


def test_signature_with_a_name_imported_from_tensorflow():
    text = "from tensorflow import function, TensorSpec, int32\ndef f(x):\n    return x\n"
    assert "@function(input_signature=[TensorSpec([], int32)])\n" in added(
        text, "f", ("input_signature", Signature((SCALAR,)))
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_marks(newline, mark):
    text = "import tensorflow as tf\n\n\nclass A:\n\tdef f(self, x):\n\t\treturn 'ä'\n".replace("\n", newline)
    data = mark + text.encode()
    expected = data.replace(b"\tdef", b"\t@tf.function" + newline.encode() + b"\tdef")
    assert carry_out(data, AddDecorator(function(data, "f"))) == expected


def test_the_encoding_that_the_file_declares():
    data = "# -*- coding: latin-1 -*-\nimport tensorflow as tf\n\ndef f(x):\n    return 'ä'\n".encode("latin-1")
    expected = data.replace(b"def f", b"@tf.function\ndef f")
    assert carry_out(data, AddDecorator(function(data, "f"))) == expected


def test_form_feeds_and_conditional_definitions():
    text = "import tensorflow as tf\n\x0c\nif 1:\n    def f(x): return x\nelse:\n    f = None\n"
    assert added(text) == text.replace("    def f", "    @tf.function\n    def f")
    text = "import tensorflow as tf\n\x0cdef f(x): return x\n"
    assert added(text) == "import tensorflow as tf\n\x0c@tf.function\ndef f(x): return x\n"


METHOD = "\n    def f(self, x):\n        return x\n"


@pytest.mark.parametrize(
    "head",
    [
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    a: int",
        "import dataclasses\n@dataclasses.dataclass(order=True)\nclass A:\n    a: int",
        "import dataclasses\n@dataclasses.dataclass(frozen=True, slots=True)\nclass A:\n    a: int",
        "import attr\n@attr.s\nclass A:\n    a = 1",
        "from typing import NamedTuple\nclass A(NamedTuple):\n    a: int",
        "class A:\n    __slots__ = ('a',)",
        "class A:\n    def __eq__(self, other): return True",
    ],
)
def test_methods_of_objects_that_tensorflow_cannot_keep(head):
    assert "as `tf.function` does" in refusal(f"import tensorflow as tf\n{head}\n{METHOD}")
    static = f"import tensorflow as tf\n{head}\n    @staticmethod{METHOD}"
    assert "    @staticmethod\n    @tf.function\n    def f" in added(static)


@pytest.mark.parametrize(
    "head",
    [
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass A:\n    a: int",
        "from dataclasses import dataclass\n@dataclass(eq=False)\nclass A:\n    a: int",
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    __hash__ = object.__hash__",
        "class A:\n    __slots__ = ('a', '__weakref__')",
        "class A(B):\n    __slots__ = ('a',)",
        "class A:\n    def __eq__(self, other): return True\n    def __hash__(self): return 1",
        "class A:\n    if True:\n        pass",
    ],
)
def test_methods_of_objects_that_it_can(head):
    text = f"import tensorflow as tf\n{head}\n{METHOD}"
    assert added(text) == text.replace("    def f", "    @tf.function\n    def f")
