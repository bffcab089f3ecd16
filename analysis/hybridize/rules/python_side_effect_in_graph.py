"""A Python side effect in a function that runs as a graph.

## What it does
Finds Python side effects, such as printing, changing a global or an attribute, drawing from `random`,
reading the clock or taking the next item of a Python iterator, in functions under `tf.function` and in everything
they call. Each place in the function is reported once, with the calls that lead to the effect. Log calls and warnings
have a rule of their own, HYB103. What a wrapper of another decorator under `tf.function` does itself is a warning.

## Why it is bad
TensorFlow runs the Python code of such a function once per trace, to record a graph; later calls run the graph alone.
So the effect happens on the first call and then no more: counters stop, log lines are missing, and "random" numbers
repeat. Nothing raises, and the result looks plausible.

## Example
```python
import tensorflow as tf

steps = 0

@tf.function
def train_step(x):
    global steps
    steps += 1
    print("loss", tf.reduce_mean(x))
    return x * 2.0

train_step(tf.ones([8]))
```
After three calls `steps` is 1, and `Tensor("Mean:0", ...)` was printed once.

## Use instead
```python
import tensorflow as tf

steps = tf.Variable(0)

@tf.function
def train_step(x):
    steps.assign_add(1)
    tf.print("loss", tf.reduce_mean(x))
    return x * 2.0

train_step(tf.ones([8]))
```
In general: `tf.print` for printing, `tf.Variable` for state, `tf.random` for random numbers, `tf.timestamp` for the
time. Or return the value, and do the rest in the caller.

## Fix safety
Unsafe, and for two kinds of effects only: `print` becomes `tf.print`, and drawing from `random` or `numpy.random`
becomes drawing from `tf.random`. Both then happen in every call, which may not be what was meant; `tf.print` writes to
standard error and formats tensors in its own way, and `tf.random` draws float32. What is formatted before it is printed
is not fixed. For other effects there is no automatic fix: where they should happen is for the author to say.

## Confidence
Certain for the behavior. That it happens while tracing only may be intended. An effect behind a call that may reach
several functions is certain if each of them has one of its kind; else nothing is reported, or with the setting
`possible_effects` a warning that names the call and the function.
Effects on an object that may be the function's own are not reported: `hybridize inspect` lists them. Nor are effects
where an attribute is first needed (`if self.ops is None: self.ops = load()`), which happen once in any case, attributes
that every run writes before it reads them, and effects of a callback that only a test passes; `possible_effects` tells
the last.

## References
- [Better performance with tf.function: executing Python side effects](https://www.tensorflow.org/guide/function#executing_python_side_effects)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Related, Severity, Span
from hybridize.report import Evidence, FunctionReport, Observation
from hybridize.rules import _proposals, _text, _traced
from hybridize.rules._base import Project, Rule

_CONSEQUENCE = {
    "rng": "a graph repeats what was drawn while tracing",
    "time": "a graph repeats what it was while tracing",
    "advances-iterator": "a graph repeats the item that came while tracing",
}
_USUAL = "in a graph this happens only while tracing"

_ELSEWHERE = ("argument-changed", "array-method", "creates-variable-later", "host-call", "keeps-symbolic", "thread")
"""Observations of what would be an effect if it did not raise first, or is more than one."""

SHOWN = 3
"""Side effects behind one call that its message tells."""

_PRINT = "use `tf.print`, or print in the caller"
_STATE = "keep the state in a `tf.Variable` and change it with `assign`, or return the new value to the caller"
_ADVICE = {
    "io": "do it in the caller, or use the TensorFlow operation for it (`tf.print`, `tf.io`, `tf.summary`)",
    "rng": "use `tf.random`, or pass the random values in as tensors",
    "time": "use `tf.timestamp()`, or pass the time in as a tensor",
    "env": "do it before the first call of the function",
    "library-state": "do it before the first call of the function",
    "advances-iterator": "pass the item in as an argument, or iterate over a `tf.data.Dataset`",
    "writes-global": _STATE,
    "writes-nonlocal": _STATE,
    "writes-attribute": _STATE,
    "writes-parameter": "change a copy and return it",
}


def check(rule: Rule, function: FunctionReport, project: Project) -> Iterable[Finding]:
    """One finding for each place in a hybrid function that has, or leads to, side effects."""
    fact = function.facts.get("side_effects")
    if not function.hybrid or fact is None or fact.value is not True:
        return
    places: dict[Span, list[Evidence]] = {}
    elsewhere = {one.span for one in project.observations if one.kind in _ELSEWHERE}
    for evidence in fact.evidence:
        if _text.is_log(evidence) or {_text.place(evidence, function), _text.proof(evidence)} & elsewhere:
            continue  # HYB103 has the logs
        places.setdefault(_text.place(evidence, function), []).append(evidence)
    for span, found in sorted(places.items()):
        told = _text.provable(found)
        if told:
            yield _finding(rule, function, span, sorted(told, key=_nearness))


def observe(rule: Rule, observation: Observation, project: Project) -> Iterable[Finding]:
    """One finding for each place in a function that `tf.data` or Keras traces, or in a wrapper under `tf.function`."""
    if observation.kind == "python-effect" and not _text.logs(observation.detail):
        if any(one.kind == "keeps-symbolic" and one.span == observation.span for one in project.observations):
            return
        deed = f"this {observation.detail}: in a graph it happens only while tracing"
        # Keras' own state is kept in attributes; what a step or a wrapper sets may well be meant for the trace.
        by_data = observation.trace is not None and observation.trace.by == "tf.data"
        severity = rule.severity if by_data else Severity.WARNING
        yield _traced.finding(rule, observation, deed, advice=_ADVICE["io"], severity=severity)


def _nearness(evidence: Evidence) -> tuple[int, str, int, str]:
    return (len(evidence.calls or evidence.via), evidence.path, evidence.line, evidence.detail)


def _finding(rule: Rule, function: FunctionReport, span: Span, found: list[Evidence]) -> Finding:
    first, others = found[0], found[1:]
    consequence = _CONSEQUENCE.get(first.kind, _USUAL)
    also = [f"{_text.detail(one)} ({one.path}:{one.line})" for one in others[: SHOWN - 1]]
    if len(others) >= SHOWN:
        also.append(f"{len(others) - SHOWN + 1} more")
    more = f"; also {' and '.join([', '.join(also[:-1]), also[-1]] if len(also) > 1 else also)}" if also else ""
    chain = [step for evidence in found for step in _text.chain(evidence, function)]
    unique: list[Related] = list(dict.fromkeys(chain))
    advice = _PRINT if first.detail == "prints" else _ADVICE.get(first.kind, _ADVICE["io"])
    message = f"{_text.name(function)} {_text.clause(first)}{more}: {consequence}"
    proposal = _proposals.replace_calls(found)
    made = _text.finding(rule, function, span, message, advice=advice, chain=unique, proposal=proposal)
    return _text.resting_on(found, made)


RULE = Rule(
    code="HYB101",
    slug="python-side-effect-in-graph",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a Python side effect in a function that runs as a graph",
    check=check,
    observe=observe,
    kinds=("python-effect",),
    covers=(
        "clock-uuid-frozen",
        "context-manager-once",
        "dataset-map-python-once",
        "decorator-below-tf-function-once",
        "file-io-trace-only",
        "global-list-append-once",
        "global-rebind-once",
        "method-mutation-in-tf-loop",
        "nonlocal-rebind-once",
        "numpy-arg-inplace-lost",
        "numpy-global-inplace-once",
        "print-trace-only",
        "python-iterator-frozen",
        "python-random-frozen",
        "self-counter-once",
        "tensor-if-both-branches-run",
        "tf-loop-python-effects-once",
        "tf-seed-stream-differs",
        "variable-attr-rebound",
    ),
)
