"""State of Python that changes between the calls of a function that runs as a graph.

## What it does
Finds functions under `tf.function` that read an attribute, a global, a variable of an enclosing function, or what a
list or dict holds, where the program changes that between two of their calls. Reads in functions that they call count.

## Why it is bad
TensorFlow runs the Python code of such a function once per trace. What it reads becomes a constant of the graph: later
calls compute with the value of the first one. That holds for another tensor or `tf.Variable` bound to the same name as
well. Nothing raises, and the result looks plausible.

## Example
```python
import tensorflow as tf

class Trainer:
    def __init__(self):
        self.rate = 0.1

    @tf.function
    def step(self, x):
        return x * self.rate

trainer = Trainer()
for epoch in range(3):
    trainer.step(tf.ones([2]))
    trainer.rate *= 0.5
```
Every call computes with 0.1.

## Use instead
```python
import tensorflow as tf

class Trainer:
    def __init__(self):
        self.rate = tf.Variable(0.1)

    @tf.function
    def step(self, x):
        return x * self.rate

trainer = Trainer()
for epoch in range(3):
    trainer.step(tf.ones([2]))
    trainer.rate.assign(trainer.rate * 0.5)
```
Or pass the value in as a tensor. Data to loop over belongs into a `tf.data.Dataset` or a tensor argument.

## Fix safety
There is no automatic fix.

## Confidence
Likely. The program shows a call, the change, and another call of the same function on the same objects, along some path
through its conditions. Tensors of another shape or dtype select another graph, which sees the new value. State that is
set for each call and set back behind it, and state of objects that may be several, is not reported;
`hybridize inspect` lists it.

## References
- [Better performance with tf.function: depending on Python global and free variables](https://www.tensorflow.org/guide/function#depending_on_python_global_and_free_variables)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Related, Severity
from hybridize.report import FunctionReport
from hybridize.rules import _text
from hybridize.rules._base import Project, Rule


def check(rule: Rule, function: FunctionReport, project: Project) -> Iterable[Finding]:
    """One finding for each place in a hybrid function that reads, or leads to a read of, state that changes."""
    fact = function.facts.get("stale_state_read")
    if not function.hybrid or fact is None or fact.value is not True or _runs_as_python(function, project):
        return
    for read, change in zip(fact.evidence[::2], fact.evidence[1::2], strict=True):
        inner = [project.functions.get((span.path, callee)) for callee, span in read.calls]
        if not read.certain or any(callee is not None and callee.hybrid for callee in inner):
            continue  # told where the inner one is
        message = (
            f"{_text.name(function)} {_text.clause(read)}, and {change.path}:{change.line} {change.detail} between two "
            "calls: a graph keeps what it was while tracing"
        )
        end = Related(_text.proof(change), f"this {change.detail} between the calls")
        yield _text.finding(
            rule,
            function,
            _text.place(read, function),
            message,
            advice="keep it in a `tf.Variable` and change that with `assign`, or pass it in as a tensor",
            chain=(*_text.chain(read, function), end),
        )


def _runs_as_python(function: FunctionReport, project: Project) -> bool:
    """Whether every program that calls the function has turned graphs off."""
    switched = {one.span.path for one in project.observations if (one.kind, one.detail) == ("graphs-off", "functions")}
    if not switched:
        return False
    starts: set[str] = set()
    seen = {(function.path, function.qualname)}
    work = list(seen)
    while work:
        caller = project.functions.get(work.pop())
        for path, qualname in caller.callers if caller is not None else ():
            if not qualname:
                starts.add(path)
            elif (path, qualname) not in seen:
                seen.add((path, qualname))
                work.append((path, qualname))
    return bool(starts) and starts <= switched


RULE = Rule(
    code="HYB161",
    slug="state-fixed-by-trace",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="state of Python that changes between the calls of a function that runs as a graph",
    check=check,
    covers=(
        "global-read-stale",
        "global-tensor-rebind-stale",
        "helper-rebind-stale",
        "object-arg-mutated-stale",
        "python-data-baked-in",
        "self-attr-read-stale",
        "summary-python-step-frozen",
    ),
)
