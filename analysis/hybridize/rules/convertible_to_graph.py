"""A function could run as a graph, safely.

## What it does
Finds functions that run operation by operation, although they take tensors, compute with them, and do nothing that
behaves differently in a graph: no Python side effects, no recursion, no literal arguments, nothing that needs eager
execution, neither in the function itself nor in what it calls, and nothing that a rule would report as an error in the
graph (`-v` and `hybridize inspect` say what holds a function back). Of functions that call one another, the outermost
are reported, if the program itself is seen to run them outside of graphs: what only tests run, or only methods that a
framework calls, may well be traced already. What is called only by functions that take tensors themselves is not
reported either: if those can be graphs, that is where one belongs. Public functions of a library are left to its
callers (`role`).

## Why it is bad
Each TensorFlow operation that is run from Python costs some microseconds of Python time before any computing. As a
graph, the function pays once per call instead of once per operation. Measured on a CPU: five times as fast for a plain
training step of a small network, 28 times for one with Keras and Adam.

## Example
```python
import tensorflow as tf

def normalize(x):
    mean, variance = tf.nn.moments(x, axes=[0])
    return (x - mean) / tf.sqrt(variance + 1e-6)

for batch in tf.data.Dataset.from_tensor_slices(tf.ones([64, 8])).batch(8):
    normalize(batch)
```

## Use instead
```python
import tensorflow as tf

@tf.function
def normalize(x):
    mean, variance = tf.nn.moments(x, axes=[0])
    return (x - mean) / tf.sqrt(variance + 1e-6)

for batch in tf.data.Dataset.from_tensor_slices(tf.ones([64, 8])).batch(8):
    normalize(batch)
```
Decorate the outermost function that qualifies; what it calls becomes part of its graph. It pays for functions that run
often and have more than a few operations. The message says how many a call runs and what that gains, by estimate from
measurements on a CPU ([docs/benefit.md](../benefit.md)); where nothing says that a call runs enough, nothing is
suggested. The thresholds are settings (`benefit`).

## Fix safety
Safe where the calls in the program show what the function receives, and nothing is assumed, or where `hybridize verify`
has run the function both ways with the same results; unsafe where the finding rests on annotations, names or other
assumptions, which are listed with it. The decorator goes below others, whose code
then runs for every call as before, but above `tf.custom_gradient` and its like. It is not put on abstract methods,
wrappers and cached functions, nor on methods of objects that cannot be hashed or weakly referred to, such as those of a
data class that is not frozen. It is unsafe for a function that draws from TensorFlow's generators (`tf.random.uniform`,
`tf.nn.dropout`): from the same seed a graph may draw other numbers.

## Confidence
Certain where the calls in the program show what the function receives, or a run has proven it; likely where there are
assumptions; heuristic where only the function's name says that it takes tensors.

## References
- [Better performance with tf.function](https://www.tensorflow.org/guide/function)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hybridize.finding import Confidence, Finding, Related, Severity
from hybridize.report import FunctionReport, Gain, Spec, Specs
from hybridize.rules import _proposals, _text
from hybridize.rules._base import Project, Rule
from hybridize.runs import FunctionEvidence

EAGER = 6
"""What Python takes for a small operation, in microseconds (docs/benefit.md)."""
TRACED = 160
"""What the call of a graph takes."""


def check(rule: Rule, function: FunctionReport, project: Project) -> Iterable[Finding]:
    """One finding for each eager function that is to be a graph, with nothing in the way of it."""
    offer = function.opportunity
    if offer is None or offer.obstacles:
        return
    tensors = [_received(parameter.name, parameter.types) for parameter in function.parameters if parameter.tensor]
    listed = ", ".join(tensors[:4]) + (", …" if len(tensors) > 4 else "")
    on = f" ({listed})" if listed else ""
    fact = function.facts.get("tensor_parameter")
    chain = [
        Related(_text.proof(evidence), evidence.detail or "a tensor is passed here")
        for evidence in (fact.evidence if fact is not None else ())
    ]
    yield _text.finding(
        rule,
        function,
        function.span,
        f"{_text.name(function)} takes tensors{on} and has no side effects: it could run as a graph"
        f" ({_estimate(offer.gain)})",
        advice=_advice(function),
        chain=tuple(dict.fromkeys(chain))[:2],
        confidence=_confidence(function),
        assumptions=(*(() if function.proven else (*function.assumptions, *offer.doubts)), *_random(function)),
        proposal=_proposals.decorate(function),
        rank=offer.gain.worth,
        proof=_proof(function.run) if function.run is not None and function.proven else "",
    )


def _proof(run: FunctionEvidence) -> str:
    """What came of running it as a graph."""
    faster = f", {run.gain:.1f} times as fast" if run.gain is not None and run.gain >= LEAST_GAIN else ""
    by = f", by {run.tests[0]}" if run.tests else ""
    more = f" and {len(run.tests) - 1} more" if len(run.tests) > 1 else ""
    return f"run both ways, it did the same in {run.compared} call{'s' if run.compared != 1 else ''}{faster}{by}{more}"


LEAST_GAIN = 1.05
"""What is less is not worth a number."""


def _estimate(gain: Gain) -> str:
    """How much a call runs, and what a graph of it gains on a CPU."""
    amount = f"{_rounded(gain.operations)} operation{'s' if gain.operations != 1 else ''} per call"
    faster = gain.operations * EAGER / TRACED
    if faster >= 1.0:
        speed = f"{faster:.0f} times as fast" if faster >= 2.0 else "a little faster"
        return f"{'at least ' if gain.most is None else ''}{amount}: by estimate {speed} with small tensors"
    if gain.most is None:
        return f"at least {amount}: how much it gains is not known"
    return f"up to {_rounded(gain.most)} operations per call: it gains with large tensors only"


def _rounded(count: int) -> int:
    """Two digits of it: a message should not change with every operation."""
    step: int = 10 ** max(len(str(count)) - 2, 0)
    return count // step * step


def _random(function: FunctionReport) -> Iterator[str]:
    """What a conversion changes where random numbers are drawn."""
    fact = function.facts["draws_random"]
    if fact.value is not False:
        first = next(iter(fact.evidence), None)
        where = f" (`{first.detail}`, {first.path}:{first.line})" if first is not None else ""
        yield f"nothing hangs on which random numbers a seed gives{where}: a graph may draw others than eager execution"


def _advice(function: FunctionReport) -> str:
    if _proposals.with_signature(function):
        return f"add `@tf.function(input_signature={_text.signature(function)})`"
    return "add `@tf.function`"


def _confidence(function: FunctionReport) -> Confidence:
    fact = function.facts.get("tensor_parameter")
    if function.proven:
        return Confidence.CERTAIN
    if fact is not None and fact.basis == "speculation":
        return Confidence.HEURISTIC
    doubtful = function.assumptions or (function.opportunity is not None and function.opportunity.doubts)
    return Confidence.LIKELY if doubtful else Confidence.CERTAIN


def _received(name: str, types: tuple[Specs, ...]) -> str:
    """``x`` with its type, where there is one type and it says something."""
    known = [one for one in types if isinstance(one, Spec)]
    if len(types) != 1 or not known or known[0].dtype is None:
        return f"`{name}`"
    shape = known[0].shape
    axes = "..." if shape is None else ", ".join("?" if axis is None else str(axis) for axis in shape)
    return f"`{name}`: {known[0].dtype}[{axes}]"


RULE = Rule(
    code="HYB301",
    slug="convertible-to-graph",
    severity=Severity.INFO,
    confidence=Confidence.LIKELY,
    summary="a function could run as a graph, safely",
    check=check,
    covers=(
        "opportunity-many-small-ops",
        "opportunity-train-step",
        "opportunity-python-time-loop",
        "opportunity-eager-higher-order-ops",
    ),
)
