"""Arguments of a `tf.function` call: given, changed, renamed, taken away; and signatures as source text."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from hybridize.intention import RemoveArgument, RenameArgument, SetArgument, Signature, Tree, Value
from hybridize.rewrite import names
from hybridize.rewrite.document import Document, Refused
from hybridize.rewrite.draft import Draft
from hybridize.specs import FUNCTION_PARAMETERS, Spec

INDENT = "    "
"""One more level, where a call is broken over lines."""


def given(document: Document, call: cst.Call, name: str) -> cst.Arg | None:
    """What a call of `tf.function` is given for ``name``.

    Raises:
        Refused: arguments are unpacked into the call.
    """
    if any(argument.star for argument in call.args):
        raise Refused("arguments are unpacked into the call")
    for index, argument in enumerate(call.args):
        by_place = FUNCTION_PARAMETERS[index] if index < len(FUNCTION_PARAMETERS) else ""
        if name == (argument.keyword.value if argument.keyword is not None else by_place):
            return argument
    return None


def change(draft: Draft, intention: SetArgument) -> None:
    """Change the argument, or add it at the end."""
    document = draft.document
    expression, call = _function_at(document, intention)
    node: cst.CSTNode = expression
    old = given(document, call, intention.name) if call is not None else None
    start = document.range(expression)[1] if call is None else document.start(call)
    indent = _line_indent(document, start)
    newline = document.line_end(start)
    if old is not None:
        lead = document.text[document.line_start(document.line(document.start(old))) : document.start(old.value)]
        inner = _line_indent(document, document.start(old))
        draft.replace(document.outer(old.value), _value(draft, node, intention.value, lead, inner, newline))
        return
    if call is None:
        lead = document.text[document.line_start(document.line(start)) : start]
        text = written(draft, node, ((intention.name, intention.value),), f"{lead}(", indent, newline)
        draft.insert(document.outer(expression)[1] if expression.lpar else start, text)
        return
    end = document.range(call)[1] - 1
    if not call.args:
        draft.insert(end, f"{intention.name}={_value(draft, node, intention.value, '', indent, newline)}")
        return
    last = call.args[-1]
    first = document.start(last)
    apart = document.line(first) != document.line(document.start(call)) and _begins_line(document, first)
    if apart:
        own = _line_indent(document, first)
        text = _value(draft, node, intention.value, f"{own}{intention.name}=", own, newline)
        _append_line(draft, last, f"{own}{intention.name}={text}", newline)
        return
    after = document.outer(last.value)[1]
    lead = document.text[document.line_start(document.line(after)) : after] + f", {intention.name}="
    text = f"{intention.name}={_value(draft, node, intention.value, lead, indent, newline)}"
    if isinstance(last.comma, cst.Comma):
        draft.insert(_comma_end(document, last), f" {text},")
    else:
        draft.insert(after, f", {text}")


def _append_line(draft: Draft, last: cst.Arg, text: str, newline: str) -> None:
    """Put an argument on a line of its own after ``last`` and the comment behind that."""
    document = draft.document
    value_end = document.outer(last.value)[1]
    after = _comma_end(document, last)
    trailing = after != value_end
    line_end = document.next_line(document.line(after))
    rest = document.text[after:line_end].strip()
    if rest and not rest.startswith("#"):
        draft.insert(after, f"{newline}{text}," if trailing else f",{newline}{text}")
        return
    if not trailing:
        draft.insert(value_end, ",")
    draft.insert(line_end, f"{text}{',' if trailing else ''}{newline}")


def _comma_end(document: Document, argument: cst.Arg) -> int:
    """Where the argument ends with its comma, if it has one."""
    end = document.outer(argument.value)[1]
    if not isinstance(argument.comma, cst.Comma):
        return end
    return end + len(document.module.code_for_node(argument.comma.whitespace_before)) + 1


def _begins_line(document: Document, offset: int) -> bool:
    return not document.text[document.line_start(document.line(offset)) : offset].strip()


def rename(draft: Draft, intention: RenameArgument) -> None:
    """Change the keyword only."""
    document = draft.document
    _, call = _function_at(document, intention)
    found = [one for one in call.args if one.keyword is not None and one.keyword.value == intention.old] if call else []
    if call is None or not found or found[0].keyword is None:
        raise Refused(f"`{intention.old}` is not given by name there")
    if given(document, call, intention.new) is not None:
        raise Refused(f"`{intention.new}` is given as well")
    draft.replace(document.range(found[0].keyword), intention.new)


def remove(draft: Draft, intention: RemoveArgument) -> None:
    """Take away the argument with its comma, and of a decorator the empty parentheses."""
    document = draft.document
    expression, call = _function_at(document, intention)
    found = given(document, call, intention.name) if call is not None else None
    if call is None or found is None:
        raise Refused(f"`{intention.name}` is not given there")
    index = list(call.args).index(found)
    if found.keyword is None and index + 1 < len(call.args) and call.args[index + 1].keyword is None:
        raise Refused("other arguments follow by position")
    if len(call.args) == 1:
        after_name = document.outer(call.func)[1]
        bare = isinstance(document.parent(expression), cst.Decorator)
        whole = document.range(call)
        draft.replace((after_name, whole[1]), "" if bare else "()")
        draft.removed.append((after_name, whole[1]))
        return
    after = _comma_end(document, found)
    line_end = document.next_line(document.line(after))
    rest = document.text[after:line_end].strip()
    if _begins_line(document, document.start(found)) and (not rest or rest.startswith("#")):
        range = (document.line_start(document.line(document.start(found))), line_end)
    elif index + 1 < len(call.args):
        range = (document.start(found), document.start(call.args[index + 1]))
    else:
        range = (document.outer(call.args[index - 1].value)[1], document.outer(found.value)[1])
    draft.replace(range, "")
    draft.removed.append(range)


def written(
    draft: Draft,
    at: cst.CSTNode,
    arguments: Sequence[tuple[str, Value]],
    lead: str,
    indent: str,
    newline: str,
) -> str:
    """Parenthesized keyword arguments for a call whose line begins with ``lead``; nothing if there are none."""
    if not arguments:
        return ""
    flat = ", ".join(f"{name}={_value(draft, at, value, '', indent, newline, flat=True)}" for name, value in arguments)
    if len(lead) + len(flat) + 1 <= draft.document.line_limit:
        return f"({flat})"
    inner = indent + INDENT
    lines = [
        f"{inner}{name}={_value(draft, at, value, f'{inner}{name}=', inner, newline)},{newline}"
        for name, value in arguments
    ]
    return f"({newline}{''.join(lines)}{indent})"


def _value(
    draft: Draft, at: cst.CSTNode, value: Value, lead: str, indent: str, newline: str, *, flat: bool = False
) -> str:
    """An argument's value; a signature that does not fit into its line is broken into one line per spec."""
    if not isinstance(value, Signature):
        return value
    style = _SpecStyle(draft, at)
    specs = [style.write(spec) for spec in value.specs]
    single = style.sequence(specs)
    if flat or not specs or len(lead) + len(single) + 1 <= draft.document.line_limit:
        return single
    lines = [f"{indent}{INDENT}{spec},{newline}" for spec in specs]
    return f"[{newline}{''.join(lines)}{indent}]"


class _SpecStyle:
    """How this file writes specs: with or without the names of the arguments."""

    def __init__(self, draft: Draft, at: cst.CSTNode) -> None:
        self._draft = draft
        self._at = at
        known = [
            call
            for call in draft.document.nodes(cst.Call)
            if names.is_tensorflow(names.target_of(draft.document, call.func), "TensorSpec")
        ]
        self._named = bool(known) and all(
            any(argument.keyword is not None and argument.keyword.value == "shape" for argument in call.args)
            for call in known
        )

    def sequence(self, specs: Sequence[str]) -> str:
        """A list of specs."""
        return f"[{', '.join(specs)}]"

    def write(self, spec: Tree) -> str:
        """One spec, or the specs of a sequence."""
        if not isinstance(spec, Spec):
            return self.sequence([self.write(one) for one in spec])
        if spec.dtype is None:
            raise Refused("the dtype of an argument is not known")
        shape = "None" if spec.shape is None else f"[{', '.join(map(str, spec.shape))}]"
        dtype = self._draft.tensorflow(self._at, spec.dtype, now=True)
        name = self._draft.tensorflow(self._at, spec.spec, now=True)
        return f"{name}(shape={shape}, dtype={dtype})" if self._named else f"{name}({shape}, {dtype})"


def _function_at(
    document: Document, intention: SetArgument | RenameArgument | RemoveArgument
) -> tuple[cst.BaseExpression, cst.Call | None]:
    """The expression at the place, and the call of `tf.function` that it is, unless it is a bare decorator."""
    decorator = document.decorator(intention.at)
    expression = decorator.decorator if decorator is not None else document.expression(intention.at, cst.Call)
    call = expression if isinstance(expression, cst.Call) else None
    if call is not None and isinstance(call.func, cst.Call):  # tf.function(jit_compile=True)(f)
        call = call.func
    called = call.func if call is not None else expression
    if not names.is_tensorflow(names.target_of(document, called), "function"):
        raise Refused("`tf.function` is configured elsewhere")
    return expression, call


def _line_indent(document: Document, offset: int) -> str:
    line = document.source.line_text(document.line(offset))
    return line[: len(line) - len(line.lstrip(" \t"))]
