"""A traced function is made anew for each use.

## What it does
Finds `tf.function` applied where the code runs over and over outside of graphs: in a loop, or in a function that is
called in a loop or from several places of one body. The decorator of a nested function, `tf.function(f)`, and calls of
what returns such a function are found alike, and so is one that is made for each epoch and called for each batch. A
function that is kept or passed on, and one that hangs on objects of Python that change, such as a model for each turn,
is left alone; so are tests, loops over a few items that are written out, and loops that measure the time.

## Why it is bad
A new `tf.function` has no trace yet: Python runs the code each time to build a graph that is thrown away after use.
For a single call that costs many times what running the code without a graph would.

## Example
```python
import tensorflow as tf

def step(x):
    @tf.function
    def double(value):
        return value * 2.0

    return double(x)

for _ in range(100):
    step(tf.ones([2]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def double(value):
    return value * 2.0

def step(x):
    return double(x)

for _ in range(100):
    step(tf.ones([2]))
```

## Fix safety
Unsafe. The fix moves a nested function, or a call of `tf.function`, in front of the outermost function around it. That
is possible where it takes nothing from the functions around it, stands in no condition or loop of its own, and nothing
at module level has its name; else what it takes has to become an argument, or an attribute. Variables that a first call
makes are then made once, and state that Python changes in between is no longer seen.

## Confidence
Likely. The loop may have few turns.

## References
- [Better performance with tf.function](https://www.tensorflow.org/guide/function#controlling_retracing)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _proposals, _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, project: Project) -> Iterable[Finding]:
    """One finding for each place that makes a function."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` makes a new traced function {observation.detail}: each is traced again",
        advice="make it once, outside, and pass what changes as tensors",
        proposal=_proposals.hoist(observation, project.functions.values()),
    )


RULE = Rule(
    code="HYB202",
    slug="function-made-per-call",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="a traced function is made anew for each use",
    observe=observe,
    kinds=("made-anew",),
    covers=("tf-function-created-in-loop", "tf-function-created-per-call"),
)
