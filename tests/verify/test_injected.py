"""Verify itself on trial: conversions that are known to be wrong are put into programs, and it has to notice each.

The programs are the examples of the rules HYB1xx, without their decorators: as Python they are right. A rule that is
new takes part by itself, or has to say here why a run cannot show what it is about.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import msgspec
import pytest
from verify.running import Verified, verify, write

from hybridize.config import Config
from hybridize.engine import analyze
from hybridize.rules import _registry
from hybridize.runs import AGAINST
from hybridize.specs import Spec
from hybridize_bot.verify import plans

pytestmark = [pytest.mark.runtime, pytest.mark.slow]

PAGES = Path(__file__).resolve().parents[2] / "docs" / "rules"
RULES = [rule.code for rule in _registry.rules() if rule.code.startswith("HYB1")]

EXEMPT = {
    "HYB120": "tracing never ends, which takes a time limit to see: see test_a_graph_that_hangs",
    "HYB143": "`tf.function` goes over another decorator there, and verify puts it where the fix does, below",
    "HYB144": "Keras sees the function that watches, and not the `tf.function` in it, and builds the layer",
    "HYB157": "an operation is left out whose result nobody uses: no result shows that",
    "HYB159": "other code meets what is wrong: see test_one_that_goes_wrong_does_not_spoil_the_other (later)",
    "HYB165": "numbers drawn with seeds of their own are compared by type",
    "HYB169": "pickle gets the function that watches",
    "HYB170": "the code runs in a graph alone",
    "HYB171": "`tf.function` is called on a function made of text",
    "HYB172": "the cache refuses tensors without a graph, too",
}
"""Rules that speak of something else than what the decorator does to the function."""

OTHERWISE = {
    "HYB103": """
        import logging
        import tensorflow as tf

        logging.basicConfig(level=logging.INFO)

        def train_step(x):
            logging.info("step")
            return tf.reduce_sum(x)

        train_step(tf.ones([4]))
        train_step(tf.ones([4]))
        """,
    "HYB116": """
        import tensorflow as tf

        def name(x):
            return str(tf.reduce_mean(x))

        name(tf.ones([4]))
        """,
    "HYB140": """
        import tensorflow as tf

        def divide(x):
            try:
                return 10 // x
            except tf.errors.InvalidArgumentError:
                return tf.constant(-1)

        divide(tf.constant(2))
        divide(tf.constant(0))
        """,
    "HYB151": """
        import threading
        import tensorflow as tf

        started = []

        def step(x):
            worker = threading.Thread(target=started.append, args=(1,))
            worker.start()
            worker.join()
            return x * 2.0

        step(tf.ones([2]))
        step(tf.ones([2]))
        """,
    "HYB156": """
        import os
        import tensorflow as tf

        def scaled(x):
            return x * float(os.getenv("HYBRIDIZE_TEST_SCALE", "2.0"))

        scaled(tf.ones([2]))
        os.environ["HYBRIDIZE_TEST_SCALE"] = "3.0"
        scaled(tf.ones([2]))
        """,
    "HYB166": """
        import tensorflow as tf

        calls = tf.Variable(0)

        def step(x):
            with tf.init_scope():
                calls.assign_add(1)
            return x * 2.0

        step(tf.ones([2]))
        step(tf.ones([2]))
        """,
    "HYB178": """
        import tensorflow as tf

        class Scale:
            def __init__(self, by, name):
                self.by, self.name = by, name

            def __eq__(self, other):
                return self.name == other.name

            def __hash__(self):
                return hash(self.name)

        def scaled(x, scale):
            return x * scale.by

        scaled(tf.ones([2]), Scale(1.0, "a"))
        scaled(tf.ones([2]), Scale(2.0, "a"))
        """,
    "HYB191": """
        import functools
        import tensorflow as tf

        @functools.lru_cache
        def table():
            return tf.range(100)

        def look_up(i):
            return tf.gather(table(), i)

        look_up(tf.constant(3))
        look_up(tf.constant([1, 2]))
        """,
}
"""Programs that run more of what the rule is about than its example does."""

SIGNATURES = {
    "HYB104": (Spec("TensorSpec", "float32", (32, 8)),),
    "HYB162": (Spec("TensorSpec", "float32", (None, 2)),),
    "HYB163": (Spec("TensorSpec", "float32", (None,)),),
}
"""Of the decorators of rules that are about them."""


def program(code: str) -> tuple[str, set[int]]:
    """The example of a rule as eager code, and the lines of its functions that had the decorator."""
    if code in OTHERWISE:
        from textwrap import dedent

        text = dedent(OTHERWISE[code]).lstrip("\n")
        functions = [one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.FunctionDef)]
        return text, {one.lineno for one in functions if not one.name.startswith("__") and not one.decorator_list}
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    example = re.search(r"## Example\n```python\n(.*?)```", page, re.DOTALL)
    assert example is not None, code
    text = re.sub(r"tf\.function\((train_step)\)", r"\1", example[1])
    lines, places = text.splitlines(), set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if "tf.function" in ast.unparse(decorator):
                    lines[decorator.lineno - 1 : decorator.end_lineno] = ["#"] * (
                        (decorator.end_lineno or 0) - decorator.lineno + 1
                    )
                    places.add(node.lineno)
            if text != example[1] and node.name == "train_step":
                places.add(node.lineno)
    lines += ["run()"] if "def run(" in text else []
    return "\n".join([*lines, ""]), places


@pytest.fixture(scope="session")
def injected(tmp_path_factory) -> Verified:
    """All programs in one process, each function decorated, whatever the analysis says."""
    folder = tmp_path_factory.mktemp("injected")
    files, places = {}, set()
    for code in RULES:
        if code not in EXEMPT:
            text, lines = program(code)
            assert lines, f"{code}: the example has no function under tf.function"
            files[f"{code.lower()}.py"] = text
            places |= {(f"{code.lower()}.py", line) for line in lines}
    files["main.py"] = f"""
        import contextlib, importlib, io
        for name in {sorted(name[:-3] for name in files)}:
            with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
                importlib.import_module(name)
        """
    write(folder, files)
    report = analyze([folder], Config(jobs=1))
    chosen = [one for one in report.functions if (one.path, one.line) in places]
    assert len(chosen) == len(places)
    targets = []
    for target in plans.forced(report, chosen).targets:
        signature = SIGNATURES.get(target.function.path[:-3].upper())
        targets.append(msgspec.structs.replace(target, signature=signature))
    return verify(folder, ["main.py"], lambda _: False, plan=plans.Plan(tuple(targets)))


@pytest.mark.parametrize("code", [code for code in RULES if code not in EXEMPT])
def test_an_unsafe_conversion_is_noticed(injected, code):
    own = [one for one in injected.evidence.functions if one.path == f"{code.lower()}.py"]
    assert any(one.outcome in AGAINST for one in own), own


def test_every_exemption_is_of_a_rule():
    assert set(EXEMPT) < set(RULES)


def test_all_of_it_takes_few_runs(injected):
    assert injected.passes.runs <= 5, injected.said
