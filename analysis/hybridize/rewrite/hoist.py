"""A hybrid function that is made anew whenever another one runs, made once at module level instead."""

from __future__ import annotations

import libcst as cst
from libcst.metadata.scope_provider import BuiltinScope, ComprehensionScope, FunctionScope, GlobalScope, Scope

from hybridize.intention import Applicability, HoistFunction
from hybridize.rewrite import arguments, names
from hybridize.rewrite.document import Document, Refused
from hybridize.rewrite.draft import Draft


def hoist(draft: Draft, intention: HoistFunction) -> None:
    """Move the making of the function in front of the outermost definition that it stands in.

    Never safer than unsafe: a function that makes variables when it is first called makes them once from then on.
    """
    draft.at_most(Applicability.UNSAFE)
    if intention.form == "call":
        _hoist_call(draft, draft.document.expression(intention.at, cst.Call))
    else:
        _hoist_definition(draft, draft.document.function(intention.at))


def _hoist_call(draft: Draft, call: cst.Call) -> None:
    """``tf.function(f)(x)`` to ``graph_f(x)`` with ``graph_f = tf.function(f)`` at module level."""
    document = draft.document
    if not names.is_tensorflow(names.target_of(document, call.func), "function"):
        raise Refused("it is not a call of `tf.function`")
    function = arguments.given(document, call, "func")
    if function is None or not isinstance(function.value, cst.Name):
        raise Refused("what is wrapped has no name")
    top = _outermost(document, call)
    _globals_only(document, call, top)
    name = f"graph_{function.value.value.lstrip('_')}"
    if any(one.value == name for one in document.nodes(cst.Name)):
        raise Refused(f"`{name}` is taken")
    text = document.written(call)
    if "\n" in text or "\r" in text:
        raise Refused("the call is written on several lines")
    start = _top_start(document, top)
    newline = document.line_end(start)
    draft.insert(start, f"{name} = {text}{newline * 3}")
    draft.replace(document.outer(call), name)


def _hoist_definition(draft: Draft, function: cst.FunctionDef) -> None:
    """A nested decorated function to module level, if it uses nothing of the function around it."""
    document = draft.document
    top = _outermost(document, function)
    _globals_only(document, function, top)
    name = function.name.value
    scope = document.scope(document.module)
    if scope[name] and any(not isinstance(one.scope, BuiltinScope) for one in scope[name]):
        raise Refused(f"`{name}` is taken at module level")
    body = document.parent(function)
    if not isinstance(body, cst.IndentedBlock) or len(body.body) == 1:
        raise Refused("nothing would be left of the block that it stands in")
    if not isinstance(document.parent(body), cst.FunctionDef):
        raise Refused("it is defined under a condition or in a loop")
    owner = document.scope(function)
    if sum(1 for one in owner.assignments if one.name == name) > 1:
        raise Refused(f"`{name}` is bound more than once")
    start = document.start(function.decorators[0]) if function.decorators else document.start(function)
    first = document.line_start(document.line(start))
    last = document.next_line(document.line(document.range(function)[1]))
    moved = document.module.with_changes(header=[], footer=[], body=[function.with_changes(leading_lines=[])]).code
    target = _top_start(document, top)
    newline = document.line_end(target)
    draft.insert(target, moved.rstrip("\r\n") + newline * 3)
    draft.replace((first, last), "")


def _outermost(document: Document, node: cst.CSTNode) -> cst.CSTNode:
    """The statement of the module's body that the node stands in, which must be a function or class."""
    around = [one for one in document.ancestors(node) if isinstance(one, (cst.FunctionDef, cst.ClassDef))]
    if not any(isinstance(one, cst.FunctionDef) for one in around):
        raise Refused("it is made once already")
    if document.parent(around[-1]) is not document.module:
        raise Refused("the function around it is defined under a condition")
    return around[-1]


def _top_start(document: Document, top: cst.CSTNode) -> int:
    """Where the statement begins, with its decorators and the comment that stands right above it."""
    start = document.start(top)
    if isinstance(top, (cst.FunctionDef, cst.ClassDef)) and top.decorators:
        start = document.start(top.decorators[0])
    line = document.line(start)
    while line > 1 and document.source.line_text(line - 1).startswith("#"):
        line -= 1
    return document.line_start(line)


def _globals_only(document: Document, node: cst.CSTNode, top: cst.CSTNode) -> None:
    """Every name that ``node`` takes from around it is one of the module's, bound once before ``top``.

    Raises:
        Refused: it is not.
    """
    start, end = document.range(node)
    before = document.start(top)
    for name in document.nodes(cst.Name):
        first, last = document.range(name)
        if not (start <= first and last <= end):
            continue
        scope = _scope_or_none(document, name)
        if scope is None:
            continue
        for one in scope[name.value]:
            if isinstance(one.scope, BuiltinScope) or _is_inside(document, one.scope, start, end):
                continue
            if not isinstance(one.scope, GlobalScope):
                raise Refused(f"it uses `{name.value}`, which belongs to the function around it")
            bound = getattr(one, "node", None)
            if bound is None or document.start(bound) > before:
                raise Refused(f"`{name.value}` is defined further down")


def _scope_or_none(document: Document, name: cst.Name) -> Scope | None:
    parent = document.parent(name)
    if isinstance(parent, cst.Attribute) and parent.attr is name:
        return None
    if isinstance(parent, cst.Arg) and parent.keyword is name:
        return None
    if isinstance(parent, cst.FunctionDef):
        return None
    try:
        return document.scope(name)
    except Refused:
        return None


def _is_inside(document: Document, scope: Scope, start: int, end: int) -> bool:
    """Whether the scope is one of a function or comprehension within the range."""
    node = getattr(scope, "node", None)
    if not isinstance(scope, (FunctionScope, ComprehensionScope)) or node is None:
        return False
    first, last = document.range(node)
    return start <= first and last <= end
