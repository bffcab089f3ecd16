"""Whether `tf.function` can be put on a method: it keeps the objects it is called on in a weak, hashed table.

So a method raises a `TypeError` as soon as it is looked up on an object that cannot be hashed or weakly referred to.
What is inherited from other files is not seen here.
"""

from __future__ import annotations

import libcst as cst

from hybridize.rewrite import names
from hybridize.rewrite.document import Document, Refused

_NO_RECEIVER = ("staticmethod", "classmethod")
_DATA_CLASSES = ("dataclasses.dataclass", "attr.s", "attr.attrs", "attr.define", "attr.mutable", "attrs.define")
_SCOPES = (cst.Module, cst.ClassDef, cst.FunctionDef)
_TUPLES = ("typing.NamedTuple", "typing_extensions.NamedTuple")


def refuse_unusable(document: Document, function: cst.FunctionDef) -> None:
    """Do nothing where the objects of the class around ``function`` can be kept.

    Raises:
        Refused: they cannot.
    """
    around = next(one for one in document.ancestors(function) if isinstance(one, _SCOPES))
    if not isinstance(around, cst.ClassDef) or any(_has_no_receiver(one) for one in function.decorators):
        return
    own = {name for statement in around.body.body for name in _bound(statement)}
    bases = [names.target_of(document, base.value) for base in around.bases]
    if any(base in _TUPLES for base in bases):
        raise Refused(
            "objects of a named tuple cannot be weakly referred to, as `tf.function` does with a method's object"
        )
    if "__slots__" in own and not bases and "__weakref__" not in document.written(around.body):
        raise Refused(
            "objects with `__slots__` cannot be weakly referred to, as `tf.function` does with a method's object"
        )
    unhashable = any(_makes_unhashable(document, one) for one in around.decorators) or "__eq__" in own
    if unhashable and "__hash__" not in own:
        raise Refused(
            "objects that are compared by value cannot be hashed, as `tf.function` does with a method's object"
        )


def _has_no_receiver(decorator: cst.Decorator) -> bool:
    return isinstance(decorator.decorator, cst.Name) and decorator.decorator.value in _NO_RECEIVER


def _bound(statement: cst.CSTNode) -> list[str]:
    if isinstance(statement, cst.FunctionDef):
        return [statement.name.value]
    if not isinstance(statement, cst.SimpleStatementLine):
        return []
    targets: list[cst.BaseExpression] = []
    for one in statement.body:
        if isinstance(one, cst.Assign):
            targets += [target.target for target in one.targets]
        elif isinstance(one, cst.AnnAssign):
            targets.append(one.target)
    return [target.value for target in targets if isinstance(target, cst.Name)]


def _makes_unhashable(document: Document, decorator: cst.Decorator) -> bool:
    """A data class compares by value, and is hashed only if told to be, or frozen."""
    expression = decorator.decorator
    called = expression.func if isinstance(expression, cst.Call) else expression
    if names.target_of(document, called) not in _DATA_CLASSES:
        return False
    given = {
        argument.keyword.value: document.written(argument.value)
        for argument in (expression.args if isinstance(expression, cst.Call) else ())
        if argument.keyword is not None
    }
    if given.get("slots") == "True" and given.get("weakref_slot") != "True":
        return True
    hashed = any(given.get(name) == "True" for name in ("frozen", "unsafe_hash", "hash"))
    return not hashed and given.get("eq", "True") != "False"
