"""Python state that changes after tracing: what the analysis takes from TensorFlow."""

from __future__ import annotations

import pytest
import tensorflow as tf

pytestmark = pytest.mark.runtime

ONE = tf.constant(1.0)


class Model:
    def __init__(self) -> None:
        self.rate = 2.0
        self.kept = tf.Variable(2.0)
        self.renewed = tf.Variable(2.0)
        self.factors = [2.0]
        self.options = {"scale": 2.0}

    def scaled(self, x: tf.Tensor) -> tf.Tensor:
        return x * self.rate

    def with_kept(self, x: tf.Tensor) -> tf.Tensor:
        return x * self.kept

    def with_renewed(self, x: tf.Tensor) -> tf.Tensor:
        return x * self.renewed

    def product(self, x: tf.Tensor) -> tf.Tensor:
        for factor in self.factors:
            x = x * factor
        return x

    def optional(self, x: tf.Tensor) -> tf.Tensor:
        return x * self.options["scale"]

    def change(self) -> None:
        self.rate = 3.0
        self.kept.assign(3.0)
        self.renewed = tf.Variable(3.0)
        self.factors.append(1.5)
        self.options["scale"] = 3.0


@pytest.mark.parametrize("method", ["scaled", "with_renewed", "product", "optional"])
def test_a_graph_keeps_the_state_of_its_first_call(method: str) -> None:
    model = Model()
    eager = getattr(model, method)
    graph = tf.function(eager)
    assert (float(eager(ONE)), float(graph(ONE))) == (2.0, 2.0)
    model.change()
    assert (float(eager(ONE)), float(graph(ONE))) == (3.0, 2.0)


def test_a_graph_sees_what_is_assigned_to_a_variable() -> None:
    model = Model()
    graph = tf.function(model.with_kept)
    assert float(graph(ONE)) == 2.0
    model.change()
    assert float(graph(ONE)) == 3.0


def test_an_object_is_told_by_identity_and_a_list_by_what_it_holds() -> None:
    model, values = Model(), [ONE]
    graph = tf.function(lambda model, x: x * model.rate)
    total = tf.function(tf.add_n)
    assert (float(graph(model, ONE)), float(total(values))) == (2.0, 1.0)
    model.change()
    values.append(ONE)
    assert (float(graph(model, ONE)), float(total(values))) == (2.0, 2.0)


def test_a_function_made_anew_sees_what_its_variables_are_then() -> None:
    def outer(factor: float) -> tf.Tensor:
        @tf.function
        def inner(x: tf.Tensor) -> tf.Tensor:
            return x * factor

        return inner(ONE)

    assert [float(outer(2.0)), float(outer(3.0))] == [2.0, 3.0]


def test_a_graph_belongs_to_the_object_and_to_the_number_it_was_traced_for() -> None:
    """What the rule leaves alone: the change comes between calls of different graphs."""
    scale = 2.0

    class Scaled:
        @tf.function
        def step(self, x: tf.Tensor) -> tf.Tensor:
            return x * scale

    @tf.function
    def apply(selecting: object, x: tf.Tensor) -> tf.Tensor:
        return x * scale

    one, other = Scaled(), Scaled()
    before = [float(one.step(ONE)), float(apply(one, ONE)), float(apply(1, ONE))]
    scale = 3.0
    after = [float(other.step(ONE)), float(apply(other, ONE)), float(apply(2, ONE))]
    assert before == [2.0] * 3
    assert after == [3.0] * 3
    assert [float(one.step(ONE)), float(apply(one, ONE)), float(apply(1, ONE))] == [2.0] * 3


def test_a_function_that_is_made_a_graph_again_forgets_its_graphs() -> None:
    model = Model()
    first = tf.function(model.scaled)
    assert float(first(ONE)) == 2.0
    model.change()
    assert (float(first(ONE)), float(tf.function(model.scaled)(ONE))) == (2.0, 3.0)


def test_a_graph_keeps_the_state_that_graphs_inside_of_it_read() -> None:
    scale = 2.0

    @tf.function
    def inner(x: tf.Tensor) -> tf.Tensor:
        return x * scale

    @tf.function
    def outer(x: tf.Tensor) -> tf.Tensor:
        return inner(x) + 1.0

    assert float(outer(ONE)) == 3.0
    scale = 3.0
    assert float(outer(ONE)) == 3.0
