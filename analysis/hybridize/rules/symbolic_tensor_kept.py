"""A symbolic tensor is kept beyond the trace that made it.

## What it does
Finds places in code traced by `tf.function` or `tf.data` that put a tensor where it outlives the call: into a global,
a variable of an enclosing function, an attribute, a list or dict from outside. Also found is a number of Python in such
a place that a loop of the graph counts, or that is set under a condition on a tensor: AutoGraph makes a tensor of it.
What the function puts in and takes out again, and objects that it makes itself, are left alone.

## Why it is bad
While tracing, a tensor is a name for a value that is there only when the graph runs. Used outside of its trace, by
Python or by another function, it raises `TypeError: … is out of scope`; it has no `numpy()`; and as long as something
refers to it, the whole graph stays in memory, even when the function is gone. And it happens once, as any effect.

## Example
```python
import tensorflow as tf

losses = []

@tf.function
def step(x):
    loss = tf.reduce_mean(x * x)
    losses.append(loss)
    return loss

step(tf.ones([8]))
print(losses[0] + 1.0)
```

## Use instead
```python
import tensorflow as tf

losses = []

@tf.function
def step(x):
    return tf.reduce_mean(x * x)

losses.append(step(tf.ones([8])))
print(losses[0] + 1.0)
```
Where the state belongs to an object, make it a `tf.Variable` in the constructor, and `assign` to it.

## Fix safety
There is no automatic fix: whether the value should be returned or be the state of a variable is for the author to say.

## Confidence
Certain that what is kept is symbolic. Whether it is used outside of the trace is asked of attributes alone: where the
program reads one in the same trace and nowhere else, or never without writing it just before, or not at all, it is a
remark.

## References
- [Better performance with tf.function: all outputs must be return values](https://www.tensorflow.org/guide/function#all_outputs_of_a_tffunction_must_be_return_values)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule

_BECOMES = {
    "loop": "counts in a loop of the graph, which leaves a symbolic tensor there",
    "branch": "is done under a condition on a tensor, which leaves a symbolic tensor there",
}
_KEEPS = "keeps a symbolic tensor beyond its trace"


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each place that keeps one."""
    if observation.detail == "scratch":
        yield _traced.finding(
            rule,
            observation,
            f"`{observation.text}` {_KEEPS}, where the program does not read it without writing it anew",
            advice="pass the tensor on as an argument: whoever reads the attribute later gets no value",
            severity=Severity.INFO,
        )
        return
    deed = _BECOMES.get(observation.detail, _KEEPS)
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` {deed}: it raises where it is used outside, and holds the graph in memory",
        advice="return the tensor and keep it in the caller, or `assign` it to a `tf.Variable`",
    )


RULE = Rule(
    code="HYB190",
    slug="symbolic-tensor-kept",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a symbolic tensor is kept beyond the trace that made it",
    observe=observe,
    kinds=("keeps-symbolic",),
    covers=(
        "leak-counter-in-tf-loop",
        "leak-tensor-to-attr",
        "leak-tensor-to-global",
        "leaked-tensor-pins-graph",
        "variable-attr-rebound",
    ),
)
