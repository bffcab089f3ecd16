"""What a function returns, as far as a graph cannot: `tf.function` takes tensors, None and structures of them.

It turns Python numbers and text into tensors, and refuses functions, classes, modules, objects and operations (what
`tf.group` gives in a graph, and None eagerly) with a TypeError
(https://www.tensorflow.org/api_docs/python/tf/function, proven in ``tests/runtime/test_tracing.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from hybridize.domains.atoms import Atom, Bound, Class, Function, Module, Object, Partial, Tuple, Wrapped, py_type
from hybridize.domains.value import Value
from hybridize.interproc.machine import Machine
from hybridize.report import Fact
from hybridize.syntax.code import Code

REFUSED: Final = (Bound, Class, Function, Module, Partial, Wrapped)
OPERATION: Final = py_type("Operation")
DEPTH: Final = 3
"""Containers in containers that are looked into."""


def refused_result(machine: Machine, code: Code) -> Fact:
    """Whether some ``return`` may give what a graph refuses. What is not known does not count."""
    if code.is_generator or code.is_async:
        return Fact(value=False, basis="flow")
    results = (activation.result for activation in machine.by_code.get(code.id, ()) if activation.evaluated)
    return Fact(value=any(_holds(machine, result, any, 0) for result in results), basis="flow")


def is_refused(machine: Machine, value: Value) -> bool:
    """Whether a graph refuses to return a value, whichever of its atoms it is."""
    return _holds(machine, value, all, 0)


Quantifier = Callable[[Iterable[bool]], bool]
"""`any` for what may be refused, `all` for what is, whatever happens."""


def _holds(machine: Machine, value: Value, how_many: Quantifier, depth: int) -> bool:
    return bool(value.atoms) and how_many(_is_refused(machine, atom, how_many, depth) for atom in value.atoms)


def _is_refused(machine: Machine, atom: Atom, how_many: Quantifier, depth: int) -> bool:
    if isinstance(atom, REFUSED) or atom is OPERATION:
        return True
    if depth == DEPTH:
        return False
    if isinstance(atom, Tuple):
        parts = atom.elements if atom.elements is not None else (atom.element,)
        return any(_holds(machine, part, how_many, depth + 1) for part in parts)
    if isinstance(atom, Object):
        if atom.cls in machine.classes.infos:
            return _is_plain(machine, atom)
        if atom.cls in ("set", "frozenset"):
            return True
        if atom.cls in ("list", "dict"):
            held = (key for key in machine.contents.get(atom, ()) if not str(key[2]).startswith("#"))
            return any(_holds(machine, machine.peek(key), how_many, depth + 1) for key in held)
    return False


def _is_plain(machine: Machine, atom: Object) -> bool:
    """Whether an object's class is one that TensorFlow cannot know of: no base but `object` and classes like it.

    Classes that TensorFlow takes apart have a library base or decorator (named tuples, `ExtensionType`, attrs), or say
    how (``__tf_flatten__``).
    """
    info = machine.classes.infos[atom.cls]
    taken_apart = bool(info.fields) and not info.dataclass  # a dataclass is not, unless it says how
    if not atom.exact or taken_apart or machine.classes.unknown_base(atom.cls) is not None:
        return False
    bases = set(machine.classes.library_bases(atom.cls)) - {"builtins.object"}
    names = set().union(*(machine.classes.infos[id].names for id in machine.classes.project_bases(atom.cls)))
    return not bases and "__tf_flatten__" not in names and "__array__" not in names
