"""Conditions and loops of the graph: what AutoGraph makes of them, and what it cannot."""

from __future__ import annotations

import threading

import pytest
import tensorflow as tf
from runtime.proofs import agrees, raises_only_in_a_graph

ONE = tf.constant(1.0)
THREE = tf.constant(3)
PAIR = tf.constant([1.0, 2.0])


# -- HYB130 ------------------------------------------------------------------------------------------------------------


def guarded(x):
    if x < 0:
        raise ValueError("negative")
    return x


def guarded_otherwise(x):
    if x > 0:
        y = x
    else:
        raise ValueError("not positive")
    return y


def guarded_in_a_loop(x):
    for v in tf.range(2):
        if v > 5:
            raise ValueError("large")
    return x


@pytest.mark.parametrize("function", [guarded, guarded_otherwise, guarded_in_a_loop], ids=lambda f: f.__name__)
def test_tracing_comes_to_a_raise(function) -> None:
    raises_only_in_a_graph(function, ValueError, ONE)


def test_a_handler_in_the_function_becomes_the_result() -> None:
    def step(n):
        try:
            if n > 0:
                raise ValueError
            return n
        except ValueError:
            return n * 10

    assert int(step(tf.constant(-1))) == -1
    assert int(tf.function(step)(tf.constant(-1))) == -10


# -- HYB131 ------------------------------------------------------------------------------------------------------------


def behind_with(x):
    with tf.name_scope("s"):
        if x > 0:
            return x
    return -x


def behind_if(x, flag=True):
    if flag:
        if x > 0:
            return x
    return -x


def behind_loop(x):
    for _ in range(2):
        if x > 0:
            return x
    return -x


def behind_try(x):
    try:
        if x > 0:
            return x
    finally:
        pass
    return -x


def nested(x):
    if x > 0:
        if x > 1:
            return x
    return -x


def chain(x):
    if x > 0:
        return x
    elif x > -1:
        y = x * 2
    else:
        return -x
    return y


def implicit(x):
    if x > 0:
        return x


@pytest.mark.parametrize(
    "function", [behind_with, behind_if, behind_loop, behind_try, nested, chain, implicit], ids=lambda f: f.__name__
)
def test_both_ways_have_to_return_among_the_same_statements(function) -> None:
    raises_only_in_a_graph(function, ValueError, ONE, match="must also have a return statement")


def inside_with(x):
    with tf.name_scope("s"):
        if x > 0:
            return x
        return -x


def on_the_other_way(x):
    if x > 0:
        y = 1.0
    else:
        return x
    return y * x


@pytest.mark.parametrize("function", [inside_with, on_the_other_way], ids=lambda f: f.__name__)
def test_returns_among_the_same_statements_are_converted(function) -> None:
    agrees(function, ONE)
    agrees(function, -ONE)


def from_range(n):
    for i in tf.range(10):
        if i == n:
            return i
    return tf.constant(-1)


def from_data(n):
    for v in tf.data.Dataset.range(5):
        if v == tf.cast(n, tf.int64):
            return v
    return tf.constant(0, tf.int64)


def from_while(n):
    while n > 0:
        n -= 1
        if n == 1:
            return n
    return n


@pytest.mark.parametrize("function", [from_range, from_data, from_while], ids=lambda f: f.__name__)
def test_loops_of_the_graph_cannot_return(function) -> None:
    raises_only_in_a_graph(function, NotImplementedError, THREE, match="return statement cannot be placed inside")


# -- HYB132 ------------------------------------------------------------------------------------------------------------


def undefined(x, flag=False):
    if x > 0:
        y = x
    if flag:
        return y
    return x


def none(x):
    y = None
    if x > 0:
        y = x
    return y


def none_in_expression(x):
    return x if x > 0 else None


def int_or_float(x):
    return 1 if x > 0 else 2.0


def int_or_tensor(x):
    y = 0
    if x > 0:
        y = x
    return y


def bool_or_int(x):
    if x > 0:
        y = True
    else:
        y = 1
    return y


def lengths(x):
    if x > 0:
        y = [x, x]
    else:
        y = [x]
    return y


def list_or_tuple(x):
    if x > 0:
        y = [x, x]
    else:
        y = (x, x)
    return y[0]


def function_chosen(x):
    if x > 0:
        act = tf.sin
    else:
        act = tf.cos
    return act(x)


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (undefined, ValueError), (none, ValueError), (none_in_expression, ValueError), (int_or_float, TypeError),
        (int_or_tensor, TypeError), (bool_or_int, TypeError), (lengths, TypeError), (list_or_tuple, TypeError),
        (function_chosen, TypeError),
    ],
    ids=lambda v: v.__name__,
)  # fmt: skip
def test_both_ways_leave_the_same_things(function, error) -> None:
    raises_only_in_a_graph(function, error, ONE)


def test_what_is_not_read_behind_does_not_count() -> None:
    def step(x):
        y = None
        if x > 0:
            y = x
            z = x
        w = 0.0
        if x > 1:
            w = x
        return x + w

    agrees(step, ONE)


# -- HYB133, HYB134 ----------------------------------------------------------------------------------------------------


def broken(n):
    for i in range(10):
        if i > n:
            break
    return n


def broken_list(n):
    for i in [1, 2, 3, 4, 5]:
        if i > n:
            break
    return n


def broken_forever(n):
    while True:
        n -= 1
        if n < 0:
            break
    return n


@pytest.mark.parametrize("function", [broken, broken_list, broken_forever], ids=lambda f: f.__name__)
def test_a_tensor_cannot_end_a_loop_of_python(function) -> None:
    raises_only_in_a_graph(function, NotImplementedError, THREE)


def test_continue_and_loops_of_the_graph_are_converted() -> None:
    def step(n):
        total = 0
        for i in range(5):
            if i > n:
                continue
            total += i
        for i in tf.range(5):
            if i > n:
                break
            total += i
        return total

    agrees(step, THREE)


def grown(n):
    out = []
    for i in tf.range(n):
        out.append(i)
    return tf.stack(out)


def grown_under_condition(x):
    out = [x]
    if x > 0:
        out.append(x * 2)
    return out[-1]


def test_items_of_the_graph_cannot_leave_it() -> None:
    raises_only_in_a_graph(grown, ValueError, THREE, match="cannot be accessed")
    raises_only_in_a_graph(grown_under_condition, ValueError, ONE, match="cannot be accessed")


def test_a_list_gets_one_item_in_all() -> None:
    def loop(n):
        out = []
        for _ in tf.range(n):
            out.append(1)
        return len(out)

    def condition(x):
        out = []
        if x > 0:
            out.append(1)
        return len(out)

    assert loop(THREE) == 3
    assert int(tf.function(loop)(THREE)) == 1
    assert condition(-ONE) == 0
    assert int(tf.function(condition)(-ONE)) == 1


def test_lists_of_one_turn_are_fine() -> None:
    def step(x):
        total = tf.constant(0.0)
        for v in x:
            pair = []
            pair.append(v)
            pair.append(v)
            total += tf.add_n(pair)
        return total

    agrees(step, PAIR)


# -- HYB135, HYB136, HYB137, HYB138 ------------------------------------------------------------------------------------


def test_none_before_a_loop_becomes_zero() -> None:
    def largest(x):
        best = None
        for v in x:
            if best is None:
                best = v
            else:
                best = tf.maximum(best, v)
        return best

    assert float(largest(-PAIR)) == -1.0
    assert float(tf.function(largest)(-PAIR)) == 0.0


def test_a_loop_keeps_the_dtypes_of_its_variables() -> None:
    def literal(n):
        total = 0
        for _ in tf.range(n):
            total = total + 0.5
        return total

    def tensor(n):
        total = 0
        for v in PAIR:
            total += v * tf.cast(n, tf.float32)
        return total

    raises_only_in_a_graph(literal, TypeError, THREE)
    raises_only_in_a_graph(tensor, TypeError, THREE)


def test_a_write_that_is_not_kept_is_lost() -> None:
    def squares():
        ta = tf.TensorArray(tf.int32, 3)
        for i in range(3):
            ta.write(i, i * i + 1)
        return ta.stack()

    assert squares().numpy().tolist() == [1, 2, 5]
    assert tf.function(squares)().numpy().tolist() == [0, 0, 0]


def test_a_handler_of_what_tracing_raises_is_compiled() -> None:
    def scaled(x):
        try:
            scale = float(x.numpy())
        except Exception:
            scale = 0.0
        return x * scale

    assert float(scaled(tf.constant(3.0))) == 9.0
    assert float(tf.function(scaled)(tf.constant(3.0))) == 0.0


# -- HYB118, HYB134, HYB136, HYB148 to HYB153 --------------------------------------------------------------------------


def test_a_variable_cannot_be_made_under_a_condition() -> None:
    class Scaled:
        v = None

        def __call__(self, x):
            if x > 0:
                if self.v is None:
                    self.v = tf.Variable(2.0)
                return x * self.v
            return x

    Scaled()(ONE)
    with pytest.raises(ValueError):
        tf.function(Scaled())(ONE)


def test_a_dict_under_changing_keys_cannot_leave_the_loop() -> None:
    def step(n):
        table = {"a": tf.constant(0)}
        for i in tf.range(n):
            for key in table:
                table[key] += i
        return table["a"]

    raises_only_in_a_graph(step, ValueError, THREE, match="cannot be accessed")


def test_a_loop_keeps_the_shapes_of_its_variables() -> None:
    def grow(n):
        t = tf.zeros([1])
        for _ in tf.range(n):
            t = tf.concat([t, [1.0]], 0)
        return t

    def told(n):
        t = tf.zeros([1])
        for _ in tf.range(n):
            tf.autograph.experimental.set_loop_options(shape_invariants=[(t, tf.TensorShape([None]))])
            t = tf.concat([t, [1.0]], 0)
        return t

    raises_only_in_a_graph(grow, ValueError, THREE, match="shape invariants")
    assert tf.function(told)(THREE).shape == (4,)


def test_a_loop_needs_its_variables_from_the_start() -> None:
    def total(x):
        result = 0.0
        for i in tf.range(2):
            if i > 0:
                result = result + previous
            previous = x[i]
        return result

    raises_only_in_a_graph(total, ValueError, PAIR)


def test_a_nested_function_cannot_bind_for_a_loop() -> None:
    def total(n):
        result = tf.constant(0)

        def add(v):
            nonlocal result
            result = result + v

        for _ in tf.range(3):
            add(n)
        return result

    raises_only_in_a_graph(total, ValueError, THREE, match="cannot be accessed")


def test_lambdas_keep_the_value_of_their_turn() -> None:
    def each(x):
        functions = []
        for i in range(3):
            functions.append(lambda: i)  # noqa: B023
        return [function() for function in functions]

    def last(n):
        value = tf.constant(0)
        get = lambda: value
        for i in tf.range(n):
            value = i
        return get()

    assert each(ONE) == [2, 2, 2]
    assert [int(v) for v in tf.function(each)(ONE)] == [0, 1, 2]
    assert int(last(THREE)) == 2
    assert int(tf.function(last)(THREE)) == 0


def test_threads_are_eager_and_start_while_tracing() -> None:
    modes = []

    def step(x):
        thread = threading.Thread(target=lambda: modes.append(tf.executing_eagerly()))
        thread.start()
        thread.join()
        return x

    traced = tf.function(step)
    traced(ONE)
    traced(ONE)
    assert modes == [True]


def test_locals_hold_names_of_autograph() -> None:
    def step(x):
        return len(locals())

    assert step(ONE) == 1
    assert int(tf.function(step)(ONE)) > 1


def test_tensors_of_the_graph_do_not_exist_in_init_scope() -> None:
    def step(x):
        with tf.init_scope():
            y = x * 2
        return y

    raises_only_in_a_graph(step, TypeError, ONE, match="out of scope")


def test_lambdas_on_one_line_are_not_converted() -> None:
    one, two = tf.function(lambda x: x if x > 0 else -x), tf.function(lambda x: -x if x > 0 else x)
    other, _ = tf.function(lambda y: y if y > 0 else -y), (lambda z: z)
    for function in (one, two):
        with pytest.raises(tf.errors.OperatorNotAllowedInGraphError):
            function(ONE)
    other(ONE)
