"""Loops and what lives across them: results of `TensorArray.write`, lists that collect tensors."""

from __future__ import annotations

from typing import Union

import libcst as cst
from libcst.metadata.scope_provider import Assignment, FunctionScope

from hybridize.intention import Applicability, CollectInArray, KeepResult
from hybridize.rewrite import names
from hybridize.rewrite.document import Document, Refused
from hybridize.rewrite.draft import Draft
from hybridize.rewrite.fragments import text_of

Loop = Union[cst.For, cst.While]

DTYPE_FORM = "the dtype of what is collected is not known"


def keep_result(draft: Draft, intention: KeepResult) -> None:
    """``ta.write(i, x)`` to ``ta = ta.write(i, x)``."""
    document = draft.document
    call = document.expression(intention.at, cst.Call)
    if not isinstance(document.parent(call), cst.Expr) or not isinstance(call.func, cst.Attribute):
        raise Refused("it is not a method call whose result is dropped")
    receiver = call.func.value
    if not isinstance(receiver, cst.Name) or receiver.lpar:
        raise Refused("only a local variable can be bound anew")
    _local(document, receiver)
    draft.insert(document.outer(call)[0], f"{receiver.value} = ")


def _local(document: Document, name: cst.Name) -> FunctionScope:
    """The function whose local variable ``name`` is; all its bindings are in the scope that ``name`` stands in."""
    scope = document.scope(name)
    found = scope[name.value]
    if not isinstance(scope, FunctionScope) or not found or any(one.scope is not scope for one in found):
        raise Refused(f"`{name.value}` is not a local variable of the function")
    return scope


def collect_in_array(draft: Draft, intention: CollectInArray) -> None:
    """A list that a loop fills and `tf.stack` ends becomes a `tf.TensorArray`.

    Every use of the list must be one of: its making as ``[]``, the one ``append``, and `tf.stack` of it after the loop.
    """
    document = draft.document
    call = document.expression(intention.at, cst.Call)
    func = call.func
    if not isinstance(func, cst.Attribute) or func.attr.value != "append" or not isinstance(func.value, cst.Name):
        raise Refused("it is not an `append` to a local variable")
    if (
        len(call.args) != 1
        or call.args[0].star
        or call.args[0].keyword
        or not isinstance(document.parent(call), cst.Expr)
    ):
        raise Refused("it is not a plain `append`")
    name = func.value
    scope = _local(document, name)
    loop = document.around(call, cst.For) or document.around(call, cst.While)
    if loop is None:
        raise Refused("it is not in a loop")
    made = _made(document, scope, name.value)
    if document.start(made) > document.start(loop) or document.around(made, cst.For) is not document.around(
        loop, cst.For
    ):
        raise Refused("the list is not made right before the loop")
    stacks = []
    for access in scope.accesses[name.value]:
        if access.node is name:
            continue
        use = _stack_of(document, access.node)
        if use is None or document.start(use) < document.range(loop)[1]:
            raise Refused(f"`{name.value}` is used in other ways than to be stacked after the loop")
        stacks.append(use)
    if not stacks:
        raise Refused(f"`{name.value}` is not stacked after the loop")
    if not intention.dtype:
        raise Refused(DTYPE_FORM)
    draft.at_most(Applicability.UNSAFE)
    array, dtype = draft.tensorflow(made, "TensorArray"), draft.tensorflow(made, intention.dtype)
    draft.replace(document.outer(made.value), f"{array}({dtype}, size=0, dynamic_size=True)")
    item = text_of(document, call.args[0].value)
    draft.replace(document.range(call), f"{name.value} = {name.value}.write({name.value}.size(), {item})")
    for use in stacks:
        draft.replace(document.range(use), f"{name.value}.stack()")
        draft.removed.append(document.range(use.func))


def _made(document: Document, scope: FunctionScope, name: str) -> cst.Assign:
    """The one assignment ``name = []``."""
    found = [one.node for one in scope[name] if isinstance(one, Assignment)]
    line = document.parent(found[0]) if len(found) == 1 else None
    statement = document.parent(line) if isinstance(line, cst.AssignTarget) else None
    if not isinstance(statement, cst.Assign) or len(statement.targets) > 1:
        raise Refused(f"`{name}` is bound more than once, or not to a new list")
    value = statement.value
    if not isinstance(value, cst.List) or value.elements:
        raise Refused(f"`{name}` does not start as an empty list")
    return statement


def _stack_of(document: Document, node: cst.CSTNode) -> cst.Call | None:
    """The call ``tf.stack(node)``."""
    argument = document.parent(node)
    call = document.parent(argument) if isinstance(argument, cst.Arg) else None
    if not isinstance(call, cst.Call) or len(call.args) != 1 or call.args[0].star:
        return None
    keyword = call.args[0].keyword
    if keyword is not None and keyword.value != "values":
        return None
    return call if names.is_tensorflow(names.target_of(document, call.func), "stack") else None
