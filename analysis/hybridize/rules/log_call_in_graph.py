"""A log call or a warning in a function that runs as a graph.

## What it does
Finds calls of `logging` and `absl.logging` loggers and of `warnings.warn` in functions under `tf.function` and in
everything they call.

## Why it is bad
TensorFlow runs the Python code of such a function once per trace. The message appears on the first call and then no
more, and a tensor in it is shown as a symbol such as `Tensor("Mean:0", shape=(), dtype=float32)`. That is fine for a
message about tracing itself, and misleading for one about a step of training.

## Example
```python
import logging
import tensorflow as tf

@tf.function
def train_step(x):
    loss = tf.reduce_mean(x)
    logging.info("loss %s", loss)
    return loss

train_step(tf.ones([8]))
```

## Use instead
```python
import logging
import tensorflow as tf

@tf.function
def train_step(x):
    return tf.reduce_mean(x)

loss = train_step(tf.ones([8]))
logging.info("loss %s", loss)
```
Or `tf.print`, which is part of the graph.

## Fix safety
There is no automatic fix: whether the message should appear on every call is for the author to say.

## Confidence
Certain for the behavior; that the message appears while tracing only may be meant. Behind a call that may reach
several functions, not all of which log, nothing is reported; with the setting `possible_effects` a remark that names
the call and the function. Nothing is said of a log under a condition on what a value is (None, of a class, an empty
list of the function's own), or in an exception handler: it tells what tracing found, and that does not change from call
to call. The same goes for what is done once in any case, where an attribute is first needed.

## References
- [Better performance with tf.function: executing Python side effects](https://www.tensorflow.org/guide/function#executing_python_side_effects)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity, Span
from hybridize.report import Evidence, FunctionReport, Observation
from hybridize.rules import _text, _traced
from hybridize.rules._base import Project, Rule


def check(rule: Rule, function: FunctionReport, _project: Project) -> Iterable[Finding]:
    """One finding for each place in a hybrid function that logs, or calls something that does."""
    fact = function.facts.get("side_effects")
    if not function.hybrid or fact is None or fact.value is not True:
        return
    places: dict[Span, list[Evidence]] = {}
    for evidence in fact.evidence:
        if _text.is_log(evidence):
            places.setdefault(_text.place(evidence, function), []).append(evidence)
    for span, found in sorted(places.items()):
        told = _text.provable(found)
        if not told:
            continue
        evidence = told[0]
        finding = _text.finding(
            rule,
            function,
            span,
            f"{_text.name(function)} {_text.clause(evidence)}: in a graph this happens only while tracing",
            advice="log in the caller, or use `tf.print`",
            chain=list(dict.fromkeys(_text.chain(evidence, function))),
        )
        yield _text.resting_on([evidence], finding)


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each place in a function that `tf.data` or Keras traces."""
    if _text.logs(observation.detail):
        deed = f"this {observation.detail}: in a graph it happens only while tracing"
        yield _traced.finding(rule, observation, deed, advice="log in the caller, or use `tf.print`")


RULE = Rule(
    code="HYB103",
    slug="log-call-in-graph",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="a log call or a warning in a function that runs as a graph",
    check=check,
    observe=observe,
    kinds=("python-effect",),
    covers=("logging-trace-only",),
)
