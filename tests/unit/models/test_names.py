"""From what programs import to the name of a row."""

from __future__ import annotations

import pytest

from hybridize.models.library import library
from hybridize.models.names import Names


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("tensorflow.reduce_sum", "tensorflow.reduce_sum"),
        ("tensorflow.math.reduce_sum", "tensorflow.reduce_sum"),
        ("tensorflow.compat.v1.reduce_sum", "tensorflow.reduce_sum"),
        ("tensorflow.compat.v2.math.reduce_sum", "tensorflow.reduce_sum"),
        ("tensorflow.compat.v1.placeholder", "tensorflow.compat.v1.placeholder"),
        ("tensorflow.placeholder", "tensorflow.compat.v1.placeholder"),
        ("tensorflow.FixedLenFeature", "tensorflow.io.FixedLenFeature"),
        ("tensorflow.compat.v1.losses.mean_squared_error", "tensorflow.compat.v1.losses.mean_squared_error"),
        ("tensorflow.losses.mean_squared_error", "keras.losses.mean_squared_error"),
        ("tensorflow.initializers.Zeros", "keras.initializers.Zeros"),
        ("tensorflow.keras.layers.Dense", "keras.layers.Dense"),
        ("tensorflow.compat.v1.keras.layers.Dense", "keras.layers.Dense"),
        ("tf_keras.layers.Dense.__call__", "keras.layers.Dense.__call__"),
        ("tensorflow.python.keras.layers.Dense", "keras.layers.Dense"),
        ("keras.src.layers.core.dense.Dense", "keras.layers.Dense"),
        ("keras.api.layers.Dense", "keras.layers.Dense"),
        ("keras.src.metrics.MeanSquaredError", "keras.metrics.MeanSquaredError"),
        ("keras.layers.MaxPool2D", "keras.layers.MaxPooling2D"),
        ("keras.models.Model.fit", "keras.Model.fit"),
        ("tensorflow.keras", "keras"),
        ("tensorflow.python.ops.array_ops.fill", "tensorflow.fill"),
        ("tensorflow.python.ops.array_ops.concat", "tensorflow.concat"),
        ("tensorflow.python.framework.ops.Tensor", "tensorflow.Tensor"),
        ("tensorflow.python.framework.constant_op.constant", "tensorflow.constant"),
        ("tensorflow.python.ops.ragged.ragged_factory_ops.constant", "tensorflow.ragged.constant"),
        ("tensorflow.python.ops.ragged.ragged_tensor.RaggedTensor", "tensorflow.RaggedTensor"),
        (
            "tensorflow.python.ops.ragged.ragged_tensor.RaggedTensor.from_row_splits",
            "tensorflow.RaggedTensor.from_row_splits",
        ),
        ("tensorflow.python.eager.def_function.function", "tensorflow.function"),
        ("tensorflow.python.ops.random_ops.random_gamma", "tensorflow.random.gamma"),
        ("tensorflow.python.ops.sparse_ops.sparse_eye", "tensorflow.sparse.eye"),
        ("tensorflow.python.ops.nn_ops.conv2d_v2", "tensorflow.nn.conv2d"),
        ("tensorflow.python.ops.variables", "tensorflow.python.ops.variables"),
        ("tensorflow.python.ops.variables.Variable", "tensorflow.Variable"),
        ("tensorflow.python.util.nest.flatten", "tensorflow.nest.flatten"),
        ("tensorflow.python.ops.nn_ops.softmax", "tensorflow.nn.softmax"),
        ("tensorflow.python.ops.variable_scope.get_variable", "tensorflow.compat.v1.get_variable"),
        ("numpy.random.mtrand.rand", "numpy.random.rand"),
        ("numpy.core.numeric.array_equal_nothing", "numpy.numeric.array_equal_nothing"),
        ("numpy.float_", "numpy.float64"),
        # No guesses where a public module has no such name.
        ("keras.backend.nothing_of_the_kind", "keras.backend.nothing_of_the_kind"),
        ("keras.layers.matmul", "keras.layers.matmul"),
        ("tensorflow.nothing", "tensorflow.nothing"),
        ("mine.tensorflow.constant", "mine.tensorflow.constant"),
        ("", ""),
    ],
)
def test_canonical(path: str, name: str) -> None:
    assert library().canonical(path) == name


def test_canonical_is_stable() -> None:
    """A canonical name stays what it is."""
    rows = library()
    assert [name for name in rows.names() if rows.canonical(name) != name] == []


def test_modules_and_their_names() -> None:
    rows = library()
    assert rows.is_module("tensorflow.math")
    assert rows.is_module("tensorflow")
    assert rows.is_module("tensorflow.compat.v1")
    assert not rows.is_module("tensorflow.Tensor")
    assert not rows.is_module("tensorflow.nothing")
    inside = rows.names_under("tensorflow")
    assert {"constant", "math", "Tensor", "FixedLenFeature"} <= set(inside)
    assert list(inside) == sorted(set(inside))
    assert rows.names_under("tensorflow.nothing") == ()


def test_aliases_that_go_round_end() -> None:
    names = Names(("a.x",), {"b": "c", "c": "b"})
    assert names.canonical("b.x") in {"b.x", "c.x"}


def test_one_name_in_two_places_is_not_guessed() -> None:
    names = Names(("tensorflow.left.same", "tensorflow.right.same"), {})
    assert names.canonical("tensorflow.python.other.same") == "tensorflow.python.other.same"
    assert names.canonical("tensorflow.python.right.same") == "tensorflow.right.same"
