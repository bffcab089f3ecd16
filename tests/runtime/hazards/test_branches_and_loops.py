"""Raises under tracing: branches and loops on tensors."""

import math

import pytest
import tensorflow as tf
from runtime.hazards.support import C, Inaccessible, InvalidArg, NotAllowed, Spec, fails_traced, py, same, v3, x1


def test_assert_on_tensor():
    def f(x):
        assert x > 0, "positive"
        return x

    assert py(f(x1)) == 1.0
    with pytest.raises(AssertionError):
        f(C(-1.0))
    fails_traced(f, NotAllowed, x1, match="as a Python `bool`")  # even for a passing input
    opt = tf.function(f, experimental_autograph_options=tf.autograph.experimental.Feature.ASSERT_STATEMENTS)
    assert py(opt(x1)) == 1.0
    with pytest.raises(InvalidArg):
        opt(C(-1.0))


def test_raise_in_tensor_if():
    def f(x):
        if x < 0:
            raise ValueError("negative")
        return tf.sqrt(x)

    def in_loop(n):
        for i in tf.range(n):
            if i > 100:
                raise ValueError("too many")
        return n

    assert py(f(C(4.0))) == 2.0
    assert py(in_loop(C(2))) == 2
    fails_traced(f, ValueError, C(4.0), match="negative")  # valid input, still raises
    fails_traced(in_loop, ValueError, C(2), match="too many")


def test_return_in_tf_loop():
    def for_loop(n):
        for i in tf.range(10):
            if i == n:
                return i
        return C(-1)

    def while_loop(n):
        while n > 0:
            if n == 2:
                return n * 10
            n -= 1
        return n

    def dataset_loop(n):
        for v in tf.data.Dataset.range(5):
            if v > n:
                return v
        return C(-1, tf.int64)

    assert py(for_loop(C(3))) == 3
    assert py(while_loop(C(3))) == 20
    for f, arg in ((for_loop, C(3)), (while_loop, C(3)), (dataset_loop, C(2, tf.int64))):
        fails_traced(f, NotImplementedError, arg, match="a return statement cannot be placed")

    def unconditional(x):
        for v in x:
            return v
        return C(-1.0)

    same(unconditional, (v3,))  # the one shape that happens to work


def test_return_missing_in_branch():
    def implicit_none(x):
        if x > 0:
            return x

    def bare(x):
        if x > 0:
            return
        tf.print("negative")

    def explicit_none(x):
        if x > 0:
            return None
        return None

    def inside_with(x):
        with tf.name_scope("s"):
            if x > 0:
                return x
        return -x

    def python_loop(n):
        for i in range(10):
            if i == n:
                return C(i)
        return C(-1)

    assert py(implicit_none(x1)) == 1.0
    assert implicit_none(C(-1.0)) is None
    fails_traced(implicit_none, ValueError, x1, match="else branch must also have a return")
    fails_traced(bare, ValueError, x1, match="else branch must also have a return")
    fails_traced(explicit_none, ValueError, x1, match="is None at the end")
    assert py(inside_with(C(-1.0))) == 1.0  # both paths return, the `with` hides it
    fails_traced(inside_with, ValueError, x1, match="else branch must also have a return")
    assert py(python_loop(C(3))) == 3
    fails_traced(python_loop, ValueError, C(3), match="else branch must also have a return")


def test_name_undefined_in_branch():
    def f(x):
        if x > 0:
            y = x * 2
        return y

    def new_key(x):
        d = {"a": x}
        if x > 0:
            d["b"] = x * 2
        return d

    assert py(f(x1)) == 2.0
    assert py(new_key(x1)) == {"a": 1.0, "b": 2.0}
    fails_traced(f, ValueError, x1, match="'y' must also be initialized in the else branch")
    fails_traced(new_key, ValueError, x1, match="must also be initialized in the else branch")


def test_none_in_branch():
    def f(x):
        y = None
        if x > 0:
            y = x * 2
        return y

    def ternary(x):
        return x if x > 0 else None

    def statement(x):
        tf.print("positive") if x > 0 else None
        return x

    assert py(f(x1)) == 2.0
    assert ternary(C(-1.0)) is None
    fails_traced(f, ValueError, x1, match="'y' is None at the end of the else branch")
    fails_traced(ternary, ValueError, x1, match="is None at the end of the else branch")
    fails_traced(statement, ValueError, x1, match="is None at the end")


def test_dtype_differs_between_branches():
    def tensors(x):
        if x > 0:
            y = C(1)
        else:
            y = C(1.5)
        return y

    def python_numbers(x):
        return 1 if x > 0 else 2.0

    def int_widening(x):
        k = 2**31 - 1
        if x > 0:
            k = k + 1
        return k

    for f in (tensors, python_numbers, int_widening):
        f(x1), f(C(-1.0))
        fails_traced(f, TypeError, x1, match="has dtype")


def test_structure_differs_between_branches():
    def f(x):
        if x > 0:
            y = (x, x)
        else:
            y = (x,)
        return y

    assert len(f(x1)) == 2
    assert len(f(C(-1.0))) == 1
    fails_traced(f, TypeError, x1)


def test_python_object_chosen_in_branch():
    def f(x):
        if x > 0:
            act = tf.sin
        else:
            act = tf.cos
        return act(x)

    assert py(f(x1)) == pytest.approx(math.sin(1))
    fails_traced(f, TypeError, x1, match="must return zero or more Tensors")


def test_break_in_python_loop_on_tensor():
    def for_range(n):
        s = C(0)
        for i in range(10):
            if s > n:
                break
            s += i
        return s

    def while_true(n):
        while True:
            if n == 0:
                break
            n -= 1
        return n

    def becomes_tensor(n):
        i = 0
        while i < 3:
            i = i + n
        return i

    assert py(for_range(C(3))) == 6
    assert py(while_true(C(3))) == 0
    assert py(becomes_tensor(C(1))) == 3
    for f, arg in ((for_range, C(3)), (while_true, C(3)), (becomes_tensor, C(1))):
        fails_traced(f, NotImplementedError, arg, match="consistency-of-control-flow-types")


def test_loop_var_changes_dtype():
    def tensors(n):
        s = C(0)
        for i in tf.range(n):
            s = tf.cast(i, tf.float32)
        return s

    def accumulate(n):
        s = 0
        for _ in tf.range(n):
            s = s + 0.5
        return s

    assert py(tensors(C(3))) == 2.0
    assert accumulate(C(3)) == 1.5
    fails_traced(tensors, TypeError, C(3), match="has dtype int32 before the loop, but dtype float32")
    fails_traced(accumulate, TypeError, C(3))


def test_loop_var_changes_shape():
    def f(n):
        t = tf.zeros([1])
        for _ in tf.range(n):
            t = tf.concat([t, [1.0]], 0)
        return t

    def declared(n):
        t = tf.zeros([1])
        for _ in tf.range(n):
            tf.autograph.experimental.set_loop_options(shape_invariants=[(t, tf.TensorShape([None]))])
            t = tf.concat([t, [1.0]], 0)
        return t

    assert len(py(f(C(3)))) == 4
    fails_traced(f, ValueError, C(3), match=r"has shape .* before the loop, but shape .* after one iteration")
    same(declared, (C(3),))


def test_loop_carried_name_undefined():
    def previous(x):
        s = 0.0
        for i in tf.range(3):
            if i > 0:
                s = s + prev
            prev = x[i]
        return s

    def first_iteration(x):
        for i in tf.range(3):
            if i == 0:
                acc = x[i]
            else:
                acc = acc + x[i]
        return acc

    assert py(previous(v3)) == 3.0
    assert py(first_iteration(v3)) == 6.0
    fails_traced(previous, ValueError, v3, match="UnboundLocalError")
    fails_traced(first_iteration, ValueError, v3, match="UnboundLocalError")


def test_loop_result_with_zero_iterations():
    def f(n):
        best = None
        for i in tf.range(n):
            best = i
        return best

    def undefined(n):
        for i in tf.range(n):
            y = i * 2
        return y

    g, h = tf.function(f), tf.function(undefined)
    assert py(g(C(3))) == 2
    assert py(h(C(3))) == 4
    assert f(C(0)) is None
    with pytest.raises(InvalidArg):
        g(C(0))
    with pytest.raises(UnboundLocalError):
        undefined(C(0))
    with pytest.raises(InvalidArg):
        h(C(0))


def test_list_append_in_tf_loop():
    def tf_range(n):
        out = []
        for i in tf.range(n):
            out.append(i)
        return tf.stack(out)

    def over_tensor(x):
        out = []
        for v in x:
            out.append(v * 2)
        return tf.stack(out)

    def over_dataset(x):
        out = []
        for v in tf.data.Dataset.range(3):
            out.append(v)
        return out

    def range_of_tensor(x):
        out = []
        for i in range(tf.shape(x)[0]):
            out.append(x[i])
        return tf.stack(out)

    def range_len(x):
        out = []
        for i in range(len(x)):
            out.append(x[i] * 2)
        return tf.stack(out)

    for f, arg in ((tf_range, C(3)), (over_tensor, v3), (over_dataset, x1), (range_of_tensor, v3)):
        f(arg)
        fails_traced(f, Inaccessible, arg, match="out of scope")
    same(range_len, (v3,))  # static length: an unrolled Python loop
    fails_traced(range_len, Inaccessible, v3, input_signature=[Spec([None])])  # unknown: a TF loop


def test_list_append_in_tensor_if_used():
    def f(x):
        out = [x]
        if x > 0:
            out.append(x * 2)
        return out[-1]

    assert py(f(x1)) == 2.0
    fails_traced(f, Inaccessible, x1, match="out of scope")


def test_nonlocal_in_tf_loop():
    def f(n):
        s = C(0)

        def add(v):
            nonlocal s
            s = s + v

        for _ in tf.range(3):
            add(n)
        return s

    assert py(f(C(1))) == 3
    fails_traced(f, Inaccessible, C(1), match="out of scope")


def test_dict_dynamic_key_in_tf_loop():
    def f(n):
        d = {"a": C(0)}
        for i in tf.range(n):
            for k in d:
                d[k] += i
        return d["a"]

    def rebuilt(n):
        d = {"a": C(0)}
        for i in tf.range(n):
            d = {k: v + i for k, v in d.items()}
        return d["a"]

    assert py(f(C(3))) == 3
    fails_traced(f, Inaccessible, C(3), match="out of scope")
    same(rebuilt, (C(3),))
