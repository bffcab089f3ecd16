"""How TensorFlow is called at a place of a file: ``tf.function``, ``tensorflow.function``, or ``function``.

A *binding* is a name that an import gives to TensorFlow or to something in it. It can be used at a node if the name
means nothing else there, and if the import has run by then.
"""

from __future__ import annotations

from typing import NamedTuple

import libcst as cst
from libcst.metadata.scope_provider import (
    Assignment,
    BaseAssignment,
    BuiltinScope,
    ClassScope,
    GlobalScope,
    ImportAssignment,
    Scope,
)

from hybridize.rewrite.document import Document, Refused

ROOTS = ("tensorflow", "tensorflow.compat.v2", "tensorflow.compat.v1")
"""Modules that offer what the fixes write, under the same names."""

NEW_NAMES = (("import tensorflow as tf", "tf"), ("import tensorflow", "tensorflow"))
"""Imports to add where there is none, the first whose name is free."""


class Binding(NamedTuple):
    """A name that means ``target`` (a dotted name below `tensorflow`)."""

    name: str
    target: str


class Name(NamedTuple):
    """How something is written, and the statement to add where the file imports nothing that gives it."""

    text: str
    missing: str = ""


def tensorflow_name(document: Document, at: cst.CSTNode, symbol: str, *, now: bool = False) -> Name:
    """How `tf.symbol` is written at ``at``; ``now`` if it is evaluated where it stands, as a decorator is.

    Raises:
        Refused: no name that could be given to TensorFlow is free there.
    """
    scope = document.scope(at)
    found: list[tuple[int, int, str]] = []
    for order, name in enumerate(_visible(scope)):
        target = _binding(document, scope, name, at, now)
        if target is None:
            continue
        for root in ROOTS:
            written = _below(target, f"{root}.{symbol}", name)
            if written is not None:
                found.append((0 if written == name else 1, order, written))
                break
    if found:
        return Name(min(found)[2])
    for statement, name in NEW_NAMES:
        if _free(scope, name):
            return Name(f"{name}.{symbol}", statement)
    raise Refused("`tf` and `tensorflow` mean something else there")


def target_of(document: Document, node: cst.BaseExpression) -> str:
    """The dotted name of the library symbol that a name or attribute means; empty where that is not plain."""
    names: list[str] = []
    current = node
    while isinstance(current, cst.Attribute):
        names.append(current.attr.value)
        current = current.value
    if not isinstance(current, cst.Name):
        return ""
    try:
        scope = document.scope(current)
    except Refused:
        return ""
    target = _agreed([_target(one, current.value) for one in scope[current.value]])
    return ".".join([target, *reversed(names)]) if target is not None else ""


def means_builtin(document: Document, node: cst.Name) -> bool:
    """Whether the name means Python's builtin."""
    return all(isinstance(one.scope, BuiltinScope) for one in document.scope(node)[node.value])


def is_tensorflow(target: str, symbol: str) -> bool:
    """Whether a dotted name is `tf.symbol`."""
    return any(target == f"{root}.{symbol}" for root in ROOTS)


def _visible(scope: Scope) -> list[str]:
    """The names of imports in the scope and those around it, inner ones first."""
    names: dict[str, None] = {}
    current: Scope | None = scope
    while current is not None and not isinstance(current, BuiltinScope):
        for assignment in current.assignments:
            if isinstance(assignment, ImportAssignment):
                names[assignment.name.partition(".")[0]] = None
        current = None if current is current.parent else current.parent
    return list(names)


def _binding(document: Document, scope: Scope, name: str, at: cst.CSTNode, now: bool) -> str | None:
    """What ``name`` means at ``at`` if it is TensorFlow, or something in it, for certain."""
    assignments = scope[name]
    target = _agreed([_target(one, name) for one in assignments])
    if target is None or target.partition(".")[0] != "tensorflow":
        return None
    statements = [one.node for one in assignments if isinstance(one, Assignment)]
    if len(statements) == 1 and any(isinstance(around, cst.If) for around in document.ancestors(statements[0])):
        return None
    if _deleted(document, name):
        return None
    owner = next(iter(assignments)).scope
    if _runs_with(scope, owner) and (now or not _in_function(scope)):
        before = document.start(at)
        if any(document.start(statement) > before for statement in statements):
            return None
    return target


def _agreed(targets: list[str | None]) -> str | None:
    """The one meaning of several bindings of a name: the same for all, or TensorFlow in one version or another."""
    if len(set(targets)) == 1:
        return targets[0]
    return ROOTS[0] if targets and all(target in ROOTS for target in targets) else None


def _runs_with(scope: Scope, owner: Scope) -> bool:
    """Whether code in ``scope`` runs while the body of ``owner`` does: it is the same, or a class body in it."""
    current = scope
    while current is not owner and isinstance(current, ClassScope):
        current = current.parent
    return current is owner


def _in_function(scope: Scope) -> bool:
    return not isinstance(scope, (GlobalScope, ClassScope))


def _target(assignment: BaseAssignment, name: str) -> str | None:
    """What an import statement gives to ``name``, as a dotted name; None for other assignments."""
    if not isinstance(assignment, ImportAssignment):
        return None
    statement = assignment.node
    if isinstance(statement, cst.Import):
        return _imported_module(statement, name)
    if (
        isinstance(statement, cst.ImportFrom)
        and not statement.relative
        and not isinstance(statement.names, cst.ImportStar)
    ):
        for alias in statement.names:
            if (alias.evaluated_alias or alias.evaluated_name) == name and statement.module is not None:
                return f"{_dotted(statement.module)}.{alias.evaluated_name}"
    return None


def _imported_module(statement: cst.Import, name: str) -> str | None:
    for alias in statement.names:
        if alias.evaluated_alias == name:
            return alias.evaluated_name
        if alias.evaluated_alias is None and alias.evaluated_name.partition(".")[0] == name:
            return name
    return None


def _dotted(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


def _below(target: str, symbol: str, name: str) -> str | None:
    """``symbol`` as written with a name for ``target``, which it is or lies in."""
    if target == symbol:
        return name
    return name + symbol[len(target) :] if symbol.startswith(target + ".") else None


def _deleted(document: Document, name: str) -> bool:
    return any(isinstance(one.target, cst.Name) and one.target.value == name for one in document.nodes(cst.Del))


def _free(scope: Scope, name: str) -> bool:
    """Whether a module-level import may take ``name``, and would be seen from ``scope``."""
    if scope[name]:
        return False
    # A name that is read but never bound comes from somewhere that is not in sight, such as a star import.
    return not any(True for _ in scope.globals.accesses[name])
