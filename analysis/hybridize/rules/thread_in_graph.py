"""A thread or process started in code that is traced.

## What it does
Finds started threads and processes, `concurrent.futures` executors, `multiprocessing.Pool` and `asyncio.run` in
code that is traced.

## Why it is bad
The thread runs eagerly, outside of the graph, and only while tracing: later calls start none. A symbolic tensor that
it uses raises there.

## Example
```python
import threading
import tensorflow as tf

@tf.function
def step(x):
    worker = threading.Thread(target=print, args=("step",))
    worker.start()
    worker.join()
    return x * 2.0

step(tf.ones([2]))
```

## Use instead
```python
import threading
import tensorflow as tf

@tf.function
def step(x):
    return x * 2.0

worker = threading.Thread(target=step, args=(tf.ones([2]),))
worker.start()
worker.join()
```
`tf.map_fn(parallel_iterations=...)` and `tf.data` run operations in parallel.

## Fix safety
There is no automatic fix.

## Confidence
Certain.

## References
- [Introduction to graphs and tf.function](https://www.tensorflow.org/guide/intro_to_graphs)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each start; that it is waited for is part of it."""
    if observation.detail.endswith(".join"):
        return
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` starts something that runs eagerly, outside of the graph, and only while tracing",
        advice="start threads around the call; use `tf.map_fn` or `tf.data` for parallel work",
    )


RULE = Rule(
    code="HYB151",
    slug="thread-in-graph",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a thread or process started in code that is traced",
    observe=observe,
    kinds=("thread",),
    covers=(
        "thread-in-trace-is-eager",
        "thread-uses-symbolic-tensor",
    ),
)
