"""Where the installed TensorFlow does something else than a reference says; ``docs/disputed.tsv`` names these tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

pytestmark = pytest.mark.runtime

TABLE = Path(__file__).parents[2] / "docs" / "disputed.tsv"


def test_every_disputed_fact_names_a_runtime_test() -> None:
    rows = [line.split("\t") for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    assert rows
    assert {len(row) for row in rows} == {4}
    tests = "\n".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [row[3] for row in rows if f"def {row[3]}(" not in tests] == []


@pytest.mark.parametrize("make", [tf.Tensor, tf.experimental.numpy.ndarray])
def test_a_tensor_is_not_made_by_calling_its_class(make: type) -> None:
    """So no function receives the tensor that such a call would make."""
    with tf.Graph().as_default() as graph:
        tf.constant(30.0)
    with pytest.raises(TypeError):
        make(graph.get_operations()[0], 0, tf.float32)


def test_a_keras_input_is_not_taken_by_ragged_constructors() -> None:
    """So no function receives the ragged tensor that would be made of it."""
    x = tf.keras.Input(shape=[None], dtype=tf.string)
    with pytest.raises(ValueError, match="KerasTensor"):
        tf.RaggedTensor.from_nested_value_rowids(x, [tf.constant([0, 0, 1], tf.int64)])


def test_an_array_of_objects_makes_no_tensor() -> None:
    """So no function receives a tensor of unknown dtype."""
    with pytest.raises(ValueError, match="Unsupported object type"):
        tf.constant(np.array(object()))


@pytest.mark.parametrize("follow", [True, False, None])
def test_annotations_convert_no_argument(follow: bool | None) -> None:
    """``experimental_follow_type_hints`` does nothing any more: a number stays one, and each new one is traced anew."""
    seen = []

    @tf.function(experimental_follow_type_hints=follow)
    def add(pair: tuple[tf.Tensor, tf.Tensor], single: tf.Tensor) -> tf.Tensor:
        seen.append((type(pair[0]), type(single)))
        return pair[0] + single

    add((2, 2), 1)
    add((3, 3), 1)
    assert seen == [(int, int), (int, int)]


@pytest.mark.parametrize("records", [40, 8])
def test_the_last_batch_is_as_long_as_it_comes(records: int) -> None:
    """A dataset of unknown length, batched without ``drop_remainder``: no function is sure to get whole batches."""
    numbers = tf.data.Dataset.from_generator(lambda: iter(range(records)), output_signature=tf.TensorSpec([], tf.int32))
    batches = numbers.map(lambda number: tf.fill([1 + number % 3], number)).padded_batch(32, padded_shapes=[-1])
    assert batches.element_spec.shape.as_list() == [None, None]
    *_, last = batches.repeat(2)
    assert len(last) == 8


def test_a_graph_over_arrays_gives_tensors() -> None:
    """A function of NumPy arrays alone gives an array; as a graph it gives a tensor, which does less than an array."""

    def f(x):  # type: ignore[no-untyped-def]
        return x + 1

    eager, graph = f(np.ones((2, 3))), tf.function(f)(np.ones((2, 3)))
    assert isinstance(eager, np.ndarray)
    eager[0, 0] = 5.0
    assert isinstance(graph, tf.Tensor)
    with pytest.raises(TypeError):
        graph[0, 0] = 5.0
