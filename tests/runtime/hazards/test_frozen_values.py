"""Silent differences: Python that runs while tracing only, and values that stay what they were then."""

import contextvars
import datetime
import logging
import os
import random
import sys
import time
import uuid
import warnings

import numpy as np
import tensorflow as tf
from runtime.hazards.support import C, FrozenConfig, Plain, py, traces, x1


def test_print_trace_only(capsys):
    def f(x):
        print("value", x)
        return x

    f(x1), f(x1), f(x1)
    assert capsys.readouterr().out.count("value tf.Tensor(1.0") == 3
    g = tf.function(f)
    g(x1), g(x1), g(x1)
    out = capsys.readouterr().out
    assert out.count("value") == 1
    assert 'Tensor("x:0"' in out


def test_logging_trace_only():
    log = logging.getLogger("hazards.demo")
    seen = []
    handler = logging.Handler()
    handler.emit = lambda record: seen.append(record.getMessage())
    log.addHandler(handler)
    log.setLevel("INFO")

    def f(x):
        log.info("loss %s", x)
        warnings.warn("slow path")
        return x

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        f(x1), f(x1)
        assert len(seen) == 2
        assert len(caught) == 2
        g = tf.function(f)
        g(x1), g(x1)
    assert len(seen) == 3
    assert len(caught) == 3
    assert "Tensor(" in seen[2]
    assert "numpy" not in seen[2]


def test_file_io_trace_only(tmp_path):
    path = tmp_path / "out.txt"

    def f(x):
        with open(path, "a") as fh:
            fh.write(f"{x}\n")
        return x

    f(C(5.0)), f(C(6.0))
    assert path.read_text() == "5.0\n6.0\n"
    path.write_text("")
    g = tf.function(f)
    g(C(5.0)), g(C(6.0))
    assert path.read_text().count("\n") == 1
    assert "Tensor(" in path.read_text()


def test_fstring_of_tensor(tmp_path):
    path = "file://" + str(tmp_path / "p.txt")

    def f(x):
        tf.print(f"loss={x}", output_stream=path)
        return str(x)

    assert "numpy" not in f(C(3.0))
    assert "3.0" in f(C(3.0))
    traced = tf.function(f)
    assert "Tensor(" in py(traced(C(4.0)))
    assert "4.0" not in py(traced(C(4.0)))
    text = (tmp_path / "p.txt").read_text()
    assert text.startswith("loss=3.0")
    assert 'loss=Tensor("x:0"' in text


_counter = 0


def test_global_rebind_once():
    def f(x):
        global _counter
        _counter += 1
        return x + _counter

    global _counter
    _counter = 0
    assert [py(f(x1)) for _ in range(3)] == [2.0, 3.0, 4.0]
    _counter = 0
    g = tf.function(f)
    assert [py(g(x1)) for _ in range(3)] == [2.0, 2.0, 2.0]
    assert _counter == 1


def test_nonlocal_rebind_once():
    def build():
        n = 0

        def f(x):
            nonlocal n
            n += 1
            return x + n

        return f

    f, g = build(), tf.function(build())
    assert [py(f(x1)) for _ in range(3)] == [2.0, 3.0, 4.0]
    assert [py(g(x1)) for _ in range(3)] == [2.0, 2.0, 2.0]


_scale, _config, _array = 2.0, {"s": 2.0}, np.array([2.0], np.float32)


def test_global_read_stale():
    global _scale
    _scale, _config["s"], _array[0] = 2.0, 2.0, 2.0

    def f(x):
        return x * _scale + _config["s"] + _array[0]

    g = tf.function(f)
    assert py(f(x1)) == py(g(x1)) == 6.0
    _scale, _config["s"], _array[0] = 10.0, 100.0, 1000.0
    assert py(f(x1)) == 1110.0
    assert py(g(x1)) == 6.0
    assert traces(g) == 1


_tensor, _variable = C(2.0), tf.Variable(2.0)


def test_global_tensor_rebind_stale():
    global _tensor, _variable
    _tensor, _variable = C(2.0), tf.Variable(2.0)

    def f(x):
        return x * _tensor * _variable

    g = tf.function(f)
    assert py(g(x1)) == 4.0
    _tensor, _variable = C(10.0), tf.Variable(10.0)  # both names rebound
    assert py(f(x1)) == 100.0
    assert py(g(x1)) == 4.0


def _helper(x):
    return x * 2.0


def test_helper_rebind_stale(monkeypatch):
    def f(x):
        return _helper(x)

    g = tf.function(f)
    assert py(g(x1)) == 2.0
    monkeypatch.setattr(sys.modules[__name__], "_helper", lambda x: x * 100.0)
    assert py(f(x1)) == 100.0
    assert py(g(x1)) == 2.0


def test_env_read_stale(monkeypatch):
    var = contextvars.ContextVar("var", default=1.0)
    monkeypatch.setenv("HZ_SCALE", "2")

    def f(x):
        return x * float(os.environ["HZ_SCALE"]) * var.get()

    g = tf.function(f)
    assert py(g(x1)) == 2.0
    monkeypatch.setenv("HZ_SCALE", "3")
    var.set(5.0)
    assert py(f(x1)) == 15.0
    assert py(g(x1)) == 2.0


def test_clock_uuid_frozen():
    def f():
        return C(time.time_ns()), C(str(uuid.uuid4())), C(datetime.datetime.now().isoformat())

    def ok():
        return tf.timestamp()

    g = tf.function(f)
    eager = {tuple(py(f())) for _ in range(3)}
    traced = {tuple(py(g())) for _ in range(3)}
    assert len(eager) == 3
    assert len(traced) == 1
    ts = tf.function(ok)
    assert len({py(ts()) for _ in range(3)}) == 3  # tf.timestamp is an op

    def napping(x):
        time.sleep(0.15)
        return x

    nap = tf.function(napping)
    nap(x1)
    t0 = time.perf_counter()
    nap(x1)
    assert time.perf_counter() - t0 < 0.1  # the sleep is not in the graph


def test_python_random_frozen():
    def f():
        idx = list(range(8))
        random.shuffle(idx)
        return C(random.random()), C(np.random.rand()), C(idx)

    g = tf.function(f)
    eager = [py(f()) for _ in range(4)]
    traced = [py(g()) for _ in range(4)]
    assert len({e[0] for e in eager}) == 4
    assert len({e[1] for e in eager}) == 4
    assert all(t == traced[0] for t in traced)


def test_dataset_map_python_once():
    calls = []

    def noisy(v):
        calls.append(1)
        return tf.cast(v, tf.float64) * 0 + np.random.rand()

    eager = {py(noisy(C(i))) for i in range(6)}
    calls.clear()
    mapped = set(tf.data.Dataset.range(6).map(noisy).as_numpy_iterator())
    assert len(eager) == 6
    assert len(mapped) == 1
    assert len(calls) == 1
    calls.clear()
    tf.config.run_functions_eagerly(True)  # does NOT reach tf.data
    try:
        assert len(set(tf.data.Dataset.range(6).map(noisy).as_numpy_iterator())) == 1
    finally:
        tf.config.run_functions_eagerly(False)
    assert len(calls) == 1


def test_tf_seed_stream_differs():
    def draw():
        return tf.random.uniform([])

    def reseeded():
        tf.random.set_seed(1)
        return tf.random.uniform([])

    def twins():
        return tf.random.uniform([], seed=5), tf.random.uniform([], seed=5)

    tf.random.set_seed(1)
    eager = [py(draw()) for _ in range(3)]
    tf.random.set_seed(1)
    g = tf.function(draw)
    assert [py(g()) for _ in range(3)] != eager  # other numbers, same seed
    r = tf.function(reseeded)
    assert len({py(reseeded()) for _ in range(3)}) == 1  # eager: re-seeds each call
    assert len({py(r()) for _ in range(3)}) == 3  # traced: it does not
    tf.random.set_seed(1)
    a, b = py(twins())
    assert a != b
    tf.random.set_seed(1)
    a, b = py(tf.function(twins)())
    assert a == b  # same op seed, same number


def test_self_counter_once():
    class M:
        def __init__(self):
            self.steps, self.history = 0, []

        def step(self, x):
            self.steps += 1
            self.history.append(1)
            return x * self.steps

    m = M()
    assert [py(m.step(x1)) for _ in range(3)] == [1.0, 2.0, 3.0]
    m = M()
    g = tf.function(m.step)
    assert [py(g(x1)) for _ in range(3)] == [1.0, 1.0, 1.0]
    assert m.steps == 1
    assert len(m.history) == 1


def test_self_attr_read_stale():
    class M:
        def __init__(self):
            self.scale, self.on = 2.0, True

        @tf.function
        def step(self, x):
            return x * self.scale if self.on else x

    m = M()
    assert py(m.step(x1)) == 2.0
    m.scale, m.on = 50.0, False
    assert py(m.step(x1)) == 2.0  # eager would give 1.0


def test_object_arg_mutated_stale():
    def f(cfg, x):
        return x * cfg.k

    g, cfg = tf.function(f), Plain()
    cfg.k = 2.0
    assert py(g(cfg, x1)) == 2.0
    cfg.k = 7.0
    assert py(f(cfg, x1)) == 7.0
    assert py(g(cfg, x1)) == 2.0
    assert traces(g) == 1


def test_equal_objects_share_trace():
    def f(cfg, x):
        return x * cfg.k

    g = tf.function(f)
    a, b = FrozenConfig("n", 2.0), FrozenConfig("n", 50.0)  # a == b
    assert py(f(a, x1)) == 2.0
    assert py(f(b, x1)) == 50.0
    assert py(g(a, x1)) == 2.0
    assert py(g(b, x1)) == 2.0
    assert traces(g) == 1


def test_equal_instances_share_method():
    a, b = FrozenConfig("n", 2.0), FrozenConfig("n", 50.0)
    assert py(a.method(x1)) == 2.0
    assert py(b.method(x1)) == 2.0  # runs with a's state; eager gives 50.0


def test_literal_equality_shares_trace():
    def ident(a):
        return a

    def flag(a):
        return C("bool") if a is True else C("number")

    g = tf.function(ident)
    assert g(1).dtype == tf.int32
    assert g(True).dtype == tf.int32
    assert g(1.0).dtype == tf.int32
    assert traces(g) == 1
    h = tf.function(flag)
    assert py(h(1)) == "number"
    assert py(h(True)) == "number"
    assert py(flag(True)) == "bool"

    def halve(n):
        return C(n // 2 if isinstance(n, int) else n / 2)

    k = tf.function(halve)
    assert py(k(3)) == 1
    assert py(k(3.0)) == 1
    assert py(halve(3.0)) == 1.5


def test_dict_arg_order_of_first_trace():
    def f(d):
        return tf.stack(list(d.values()))

    g = tf.function(f)
    first, second = {"b": C(1), "a": C(2)}, {"a": C(2), "b": C(1)}
    assert py(f(first)) == py(g(first)) == [1, 2]
    assert py(f(second)) == [2, 1]
    assert py(g(second)) == [1, 2]
    assert traces(g) == 1


def test_kwargs_sorted_in_graph():
    def f(**kw):
        return tf.stack(list(kw.values()))

    g = tf.function(f)
    assert py(f(b=C(1), a=C(2))) == [1, 2]
    assert py(g(b=C(1), a=C(2))) == [2, 1]  # differs already on the first call
