"""A graph gets every NumPy array as a tensor: which functions of arrays it runs like eager execution, and which not.

Each body is run both ways, and the analysis has to say of it what came out.
"""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from hybridize import analyze

pytestmark = pytest.mark.runtime

SINGLE = "np.array([1, 2, 3], np.float32)"
DOUBLE = "np.array([1.0, 2.0, 3.0])"
WHOLE = "np.array([2, 1, 0])"
SMALL = "np.array([2, 1, 0], np.int8)"
FLAGS = "np.array([True, False, True])"
MATRIX = "np.array([[1.0, 2.0], [3.0, 4.0]])"

ALIKE = {  # body with `t`, a float32 tensor, and `a`: the array
    "an op": ("tf.reduce_sum(a)", WHOLE),
    "a scaled array": ("a * 2.0 + 1", SINGLE),
    "powers": ("a ** 2", WHOLE),
    "division of integers": ("a / 2", WHOLE),
    "floor division": ("a // 2", WHOLE),
    "a comparison": ("tf.where(a > 1, a, -a)", SINGLE),
    "logic": ("(a > 1) & ~(a > 2)", WHOLE),
    "a product of matrices": ("a @ a", MATRIX),
    "a meeting with a tensor": ("t * a", SINGLE),
    "basic indices": ("(a[0], a[1:], a[::-1], a[..., None])", SINGLE),
    "a mask": ("a[a > 1]", SINGLE),
    "the shape": ("tf.zeros([a.shape[0], len(a), a.ndim])", SINGLE),
    "NumPy on the shape": ("t * float(np.prod(a.shape))", SINGLE),
    "an array of its own": ("a + np.ones([3], np.float32)", SINGLE),
    "a dtype that it has": ("tf.convert_to_tensor(a, tf.float64)", DOUBLE),
    "a cast": ("tf.cast(a, tf.float32) * t", DOUBLE),
    "an axis": ("tf.concat([a, a], 0)", WHOLE),
    "abs": ("abs(a)", SINGLE),
}
OTHERWISE = {
    "a method": ("t * a.mean()", SINGLE),
    "an attribute": ("t * a.size", SINGLE),
    "the transpose": ("tf.reduce_sum(a.T)", MATRIX),
    "a method of a derived array": ("t * (a + 1).max()", SINGLE),
    "NumPy": ("t * np.mean(a)", SINGLE),
    "a list as index": ("t + a[[0, 1, 2]]", SINGLE),
    "an array as index": ("tf.reduce_sum(a[np.array([0, 1])])", SINGLE),
    "an index of a list": ("t * [1.0, 2.0, 3.0][a[0]]", WHOLE),
    "promotion by a number": ("tf.reduce_sum(a + 1.5)", WHOLE),
    "promotion by an array of its own": ("a + np.ones([3])", SINGLE),
    "promotion of a part": ("t * a[0]", DOUBLE),
    "a power": ("a ** 0.5", WHOLE),
    "division of small integers": ("a / 2", SMALL),
    "arithmetic of flags": ("a + a", FLAGS),
    "flags and numbers": ("tf.reduce_sum(a * 1)", FLAGS),
    "vectors": ("a @ a", SINGLE),
    "a constant": ("tf.constant(a)", SINGLE),
    "a constant of parts": ("tf.constant([a[0], 1.0])", SINGLE),
    "another dtype": ("tf.convert_to_tensor(a, tf.float32)", DOUBLE),
    "a test of the type": ("t if isinstance(a, np.ndarray) else -t", SINGLE),
    "a plus sign": ("+a", SINGLE),
    "a list": ("tf.add_n(list(a))", SINGLE),
    "a range": ("tf.add_n([t for _ in range(a[0])])", WHOLE),
    "math": ("t * math.sqrt(a[0])", SINGLE),
}
PROGRAM = """\
import math
import numpy as np
import tensorflow as tf


def f(t, a):
    return {body}


ARGUMENTS = (tf.ones([3]), {array})
f(*ARGUMENTS)
"""


def outcome(function, arguments):  # type: ignore[no-untyped-def]
    """What comes out: dtypes and values; None if it raises."""
    try:
        parts = tf.nest.flatten(function(*arguments))
    except (TypeError, ValueError, AttributeError, NotImplementedError):  # TensorFlow's own derive from these
        return None
    return [(tf.as_dtype(part.dtype).name, np.asarray(part).tolist()) for part in parts]


def both(path: Path):  # type: ignore[no-untyped-def]
    """What eager execution and a graph give."""
    names = runpy.run_path(str(path))
    return outcome(names["f"], names["ARGUMENTS"]), outcome(tf.function(names["f"]), names["ARGUMENTS"])


def differs(path: Path) -> bool:
    """What the analysis says of the array."""
    (function,) = analyze([path]).functions
    facts = [function.facts[name].value for name in ("needs_arrays", "numpy_on_parameter")]
    assert None not in facts
    return True in facts


@pytest.fixture
def program(tmp_path: Path, body: str, array: str) -> Path:
    path = tmp_path / "main.py"
    path.write_text(PROGRAM.format(body=body, array=array))
    return path


@pytest.mark.parametrize(("body", "array"), ALIKE.values(), ids=ALIKE)
def test_a_tensor_does_in_place_of_the_array(program: Path) -> None:
    eager, graph = both(program)
    assert eager is not None
    assert eager == graph
    assert not differs(program)


@pytest.mark.parametrize(("body", "array"), OTHERWISE.values(), ids=OTHERWISE)
def test_only_an_array_will_do(program: Path) -> None:
    eager, graph = both(program)
    assert eager is not None
    assert eager != graph
    assert differs(program)


def test_the_array_that_a_function_gives_becomes_a_tensor() -> None:
    """Harmless where nobody uses it; a tensor can do less than an array."""
    result = tf.function(lambda x: x + 1)(np.ones([2, 3]))
    assert isinstance(result, tf.Tensor)
    with pytest.raises(AttributeError):
        result.mean()
    with pytest.raises(TypeError):
        result[0, 0] = 5.0


def test_a_change_in_place_is_lost() -> None:
    def f(a):  # type: ignore[no-untyped-def]
        a += 1.0
        return a

    eager, graph = np.zeros([2]), np.zeros([2])
    f(eager)
    tf.function(f)(graph)
    assert eager.tolist() == [1.0, 1.0]
    assert graph.tolist() == [0.0, 0.0]
