"""A function under tf.function pickled.

## What it does
Finds `pickle.dumps` and `pickle.dump` of a function that a decorator makes a `tf.function`.

## Why it is bad
Pickle keeps a function by its name. What it finds by that name is the decorated one, which is another object than the
function inside: it raises `PicklingError`.

## Example
```python
import pickle
import tensorflow as tf

@tf.function
def double(x):
    return x * 2.0

pickle.dumps(double)
```

## Use instead
```python
import pickle
import tensorflow as tf

def double(x):
    return x * 2.0

fast = tf.function(double)
pickle.dumps(double)
```

## Fix safety
There is no automatic fix.

## Confidence
Certain.

## References
- [pickle: what can be pickled](https://docs.python.org/3/library/pickle.html#what-can-be-pickled-and-unpickled)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each function."""
    yield from _traced.raising(
        rule,
        observation,
        f"`{observation.text}` raises: pickle finds the decorated function where it looks for the plain one",
        advice="pickle the plain function, and put `tf.function` over it where it is used",
    )


RULE = Rule(
    code="HYB169",
    slug="traced-function-pickled",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a function under tf.function pickled",
    observe=observe,
    kinds=("pickles-function",),
    covers=("pickle-tf-function",),
)
