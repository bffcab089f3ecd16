"""Calls and statements that become TensorFlow operations: printing, random numbers, assertions, constants."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import libcst as cst

from hybridize.intention import PrintParts, ReplaceAssert, ReplaceCall, UnwrapCall, WrapArgument
from hybridize.rewrite import names
from hybridize.rewrite.document import Document, Refused
from hybridize.rewrite.draft import Draft
from hybridize.rewrite.fragments import needs_parentheses, string_parts, text_of


def replace(draft: Draft, intention: ReplaceCall) -> None:
    """Write the TensorFlow operation for a call of Python's or NumPy's."""
    document = draft.document
    call = document.expression(intention.at, cst.Call)
    if isinstance(call.func, cst.Name) and call.func.value == "print" and names.means_builtin(document, call.func):
        _print(draft, call)
        return
    target = names.target_of(document, call.func)
    draw = _DRAWS.get(target)
    if draw is None:
        raise Refused("no TensorFlow operation is known to do the same")
    _random(draft, call, draw)


def print_parts(draft: Draft, intention: PrintParts) -> None:
    """``tf.print(f"loss {x}")`` to ``tf.print("loss ", x, sep="")``."""
    document = draft.document
    argument = document.parent(document.expression(intention.at, cst.FormattedString))
    call = document.parent(argument) if isinstance(argument, cst.Arg) else None
    if isinstance(call, cst.Call):
        if isinstance(call.func, cst.Name) and call.func.value == "print" and names.means_builtin(document, call.func):
            _print(draft, call)
            return
        if names.is_tensorflow(names.target_of(document, call.func), "print"):
            _print(draft, call, python=False)
            return
    raise Refused("the text is used for more than printing")


# --- print ------------------------------------------------------------------------------------------------------


_PRINT = frozenset({"sep", "end", "file", "flush"})


def _print(draft: Draft, call: cst.Call, *, python: bool = True) -> None:
    """`tf.print` writes to standard error, and formats tensors in its own way.

    Not ``python``: it is a call of `tf.print` already.
    """
    document = draft.document
    if not isinstance(document.parent(call), cst.Expr):
        raise Refused("the value of `print` is used")
    positional = [argument for argument in call.args if argument.keyword is None]
    keywords = {argument.keyword.value: argument for argument in call.args if argument.keyword is not None}
    for name in ("sep", "end"):
        if name in keywords and not _is_string(keywords[name].value) and not _is_none(keywords[name].value):
            raise Refused(f"`{name}` is not a plain string")
    others = keywords.keys() - (_PRINT if python else {"sep", "end"})
    if others:
        raise Refused(f"`{min(others)}` has no counterpart")
    stream = _stream(document, keywords.get("file"))
    if any(argument.star == "**" for argument in positional):
        raise Refused("arguments are unpacked into the call")
    for argument in positional:
        if _formats(argument.value):
            raise Refused("the text is formatted before it is printed, which a graph does while tracing")
    gaps = [argument for argument in call.args if _is_dropped(argument)]
    formatted = [one for one in positional if isinstance(one.value, cst.FormattedString) and _expressions(one.value)]
    if python:
        draft.replace(document.range(call.func), draft.tensorflow(call, "print"))
    if not formatted:
        if gaps or "file" in keywords:
            kept = [document.written(one) for one in call.args if one not in gaps and one is not keywords.get("file")]
            _set_arguments(draft, call, [*kept, *([f"output_stream={stream}"] if stream else [])])
        return
    if any(argument.star for argument in positional):
        raise Refused("a formatted string stands beside unpacked arguments")
    pieces = _pieces(document, positional, keywords.get("sep"))
    kept = [f"end={document.written(keywords['end'].value)}"] if "end" in keywords and "end" not in _names(gaps) else []
    kept += [f"output_stream={stream}"] if stream else []
    separator = ['sep=""'] if len(pieces) > 1 else []
    _set_arguments(draft, call, [*pieces, *separator, *kept])


def _names(arguments: Sequence[cst.Arg]) -> set[str]:
    return {argument.keyword.value for argument in arguments if argument.keyword is not None}


def _is_dropped(argument: cst.Arg) -> bool:
    """``flush``, and what says that the default is wanted."""
    if argument.keyword is None:
        return False
    name = argument.keyword.value
    return name == "flush" or (name in ("sep", "end", "file") and _is_none(argument.value))


def _set_arguments(draft: Draft, call: cst.Call, written: Sequence[str]) -> None:
    first, last = call.args[0], call.args[-1]
    end = draft.document.outer(last.value)[1]
    draft.replace((draft.document.start(first), end), ", ".join(written))


def _stream(document: Document, argument: cst.Arg | None) -> str | None:
    """What `tf.print` is told of the stream; None to leave it with standard error."""
    if argument is None or _is_none(argument.value):
        return None
    target = names.target_of(document, argument.value)
    if target == "sys.stdout":
        return document.written(argument.value)
    if target == "sys.stderr":
        return None
    raise Refused("it prints to a file, which `tf.print` cannot")


def _is_none(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value == "None"


def _is_string(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.SimpleString) and isinstance(node.evaluated_value, str)


def _formats(node: cst.BaseExpression) -> bool:
    """Whether text is made of values here, other than by an f-string: a graph would make it once, while tracing."""
    if isinstance(node, cst.BinaryOperation):
        return any(_holds_text(side) for side in (node.left, node.right))
    if isinstance(node, cst.Call):
        if isinstance(node.func, cst.Name):
            return node.func.value in ("str", "repr", "format")
        return isinstance(node.func, cst.Attribute) and _holds_text(node.func.value)
    if isinstance(node, cst.ConcatenatedString):
        return node.evaluated_value is None
    return False


def _holds_text(node: cst.BaseExpression) -> bool:
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString)):
        return True
    return _formats(node)


def _expressions(node: cst.FormattedString) -> bool:
    return any(isinstance(part, cst.FormattedStringExpression) for part in node.parts)


def _pieces(document: Document, arguments: Sequence[cst.Arg], separator: cst.Arg | None) -> list[str]:
    """The arguments with f-strings taken apart, and what ``print`` writes between them as text of its own."""
    between = '" "' if separator is None or _is_none(separator.value) else document.written(separator.value)
    pieces: list[str] = []
    for argument in arguments:
        if pieces and between not in ('""', "''"):
            pieces.append(between)
        if isinstance(argument.value, cst.FormattedString):
            pieces += string_parts(document, argument.value)
        else:
            pieces.append(text_of(document, argument.value))
    return pieces


# --- random numbers ---------------------------------------------------------------------------------------------


class _Draw(NamedTuple):
    """How a draw is written: the operation, and its arguments by those of the call, in order.

    ``parameters`` names the arguments with their defaults (None: required); ``shape`` names the one that is a shape,
    ``*`` if all arguments are its dimensions, and nothing for one number. ``form`` is filled with source text.
    """

    operation: str
    form: str
    parameters: Mapping[str, str | None]
    shape: str = ""
    integers: str = ""
    """The dtype of integers."""


_UNIFORM, _NORMAL = "random.uniform", "random.normal"

_DRAWS: dict[str, _Draw] = {
    "random.random": _Draw(_UNIFORM, "{shape}", {}),
    "random.uniform": _Draw(_UNIFORM, "{shape}, {a}, {b}", {"a": None, "b": None}),
    "random.gauss": _Draw(_NORMAL, "{shape}, {mu}, {sigma}", {"mu": "0.0", "sigma": "1.0"}),
    "random.normalvariate": _Draw(_NORMAL, "{shape}, {mu}, {sigma}", {"mu": "0.0", "sigma": "1.0"}),
    "random.randint": _Draw(_UNIFORM, "{shape}, {a}, {b} + 1, {int}", {"a": None, "b": None}, integers="int32"),
    "numpy.random.rand": _Draw(_UNIFORM, "{shape}", {}, "*"),
    "numpy.random.randn": _Draw(_NORMAL, "{shape}", {}, "*"),
    "numpy.random.random": _Draw(_UNIFORM, "{shape}", {"size": "[]"}, "size"),
    "numpy.random.random_sample": _Draw(_UNIFORM, "{shape}", {"size": "[]"}, "size"),
    "numpy.random.standard_normal": _Draw(_NORMAL, "{shape}", {"size": "[]"}, "size"),
    "numpy.random.uniform": _Draw(
        _UNIFORM, "{shape}, {low}, {high}", {"low": "0.0", "high": "1.0", "size": "[]"}, "size"
    ),
    "numpy.random.normal": _Draw(
        _NORMAL, "{shape}, {loc}, {scale}", {"loc": "0.0", "scale": "1.0", "size": "[]"}, "size"
    ),
    "numpy.random.randint": _Draw(
        _UNIFORM, "{shape}, {low}, {high}, {int}", {"low": None, "high": None, "size": "[]"}, "size", integers="int64"
    ),
}


def _random(draft: Draft, call: cst.Call, draw: _Draw) -> None:
    """`tf.random` draws float32 where Python and NumPy draw float64: right where the result meets float32 tensors."""
    document = draft.document
    if any(argument.star for argument in call.args):
        raise Refused("arguments are unpacked into the call")
    if draw.shape == "*":
        if any(argument.keyword is not None for argument in call.args):
            raise Refused("an argument has no counterpart in `tf.random`")
        values = {"shape": f"[{', '.join(text_of(document, argument.value) for argument in call.args)}]"}
    else:
        values = _bind(document, call, draw)
        values["shape"] = _shape(values.pop(draw.shape)) if draw.shape else "[]"
    if draw.integers:
        values["int"] = draft.tensorflow(call, draw.integers)
    operation = draft.tensorflow(call, draw.operation)
    draft.replace(document.range(call), f"{operation}({draw.form.format(**values)})")
    draft.removed.append(document.range(call))


def _bind(document: Document, call: cst.Call, draw: _Draw) -> dict[str, str]:
    values: dict[str, str] = {}
    for index, argument in enumerate(call.args):
        name = argument.keyword.value if argument.keyword is not None else [*draw.parameters, "", "", ""][index]
        if name not in draw.parameters:
            raise Refused("an argument has no counterpart in `tf.random`")
        if _is_none(argument.value):
            raise Refused(f"`{name}` is None")
        text = text_of(document, argument.value)
        values[name] = f"({text})" if needs_parentheses(argument.value) else text
    for name, default in draw.parameters.items():
        if name not in values:
            if default is None:
                raise Refused(f"`{name}` is not given")
            values[name] = default
    return values


def _shape(text: str) -> str:
    """A size as a shape: numbers become lists; what may be either is refused."""
    if re.fullmatch(r"[\[(].*[\])]", text, re.DOTALL):
        return text
    if text.isdecimal():
        return f"[{text}]"
    raise Refused("whether `size` is a number or a shape is not plain")


# --- assertions -------------------------------------------------------------------------------------------------

_COMPARISONS: dict[type[cst.BaseCompOp], str] = {
    cst.Equal: "equal",
    cst.NotEqual: "none_equal",
    cst.LessThan: "less",
    cst.LessThanEqual: "less_equal",
    cst.GreaterThan: "greater",
    cst.GreaterThanEqual: "greater_equal",
}


def replace_assert(draft: Draft, intention: ReplaceAssert) -> None:
    """`tf.debugging.assert_*` compares all elements, where ``assert`` wants one truth value."""
    document = draft.document
    found = document.spanning(intention.at)
    statement = next((one for one in (*found, *map(document.parent, found)) if isinstance(one, cst.Assert)), None)
    if statement is None or (statement not in found and statement.test not in found):
        raise Refused("it is not what an `assert` tests")
    test = statement.test
    message = ""
    if statement.msg is not None:
        if not _is_string(statement.msg):
            raise Refused("the message of the assertion is not a plain string")
        message = f", message={document.written(statement.msg)}"
    whole = document.range(statement)
    if isinstance(test, cst.Comparison):
        if len(test.comparisons) > 1:
            raise Refused("it compares several values at once")
        one = test.comparisons[0]
        kind = _COMPARISONS.get(type(one.operator))
        if kind is None:
            raise Refused("it compares Python values")
        name = draft.tensorflow(statement, f"debugging.assert_{kind}")
        left, right = text_of(document, test.left), text_of(document, one.comparator)
        draft.replace(whole, f"{name}({left}, {right}{message})")
        return
    target = names.target_of(document, test.func) if isinstance(test, cst.Call) else ""
    if not isinstance(test, cst.Call) or not any(names.is_tensorflow(target, name) for name in _TRUTHS):
        raise Refused("what it tests is not a comparison")
    name = draft.tensorflow(statement, "debugging.Assert")
    data = document.written(statement.msg) if statement.msg is not None else '"assertion failed"'
    draft.replace(whole, f"{name}({text_of(document, test)}, [{data}])")


_TRUTHS = ("reduce_all", "reduce_any", "math.reduce_all", "math.reduce_any", "equal", "greater", "less")
"""Operations whose result is a truth value that can be asserted as it is."""


# --- arguments and receivers ------------------------------------------------------------------------------------


def wrap_argument(draft: Draft, intention: WrapArgument) -> None:
    """``f(x, step)`` to ``f(x, tf.constant(step))``."""
    document = draft.document
    call = document.expression(intention.at, cst.Call)
    if any(argument.star for argument in call.args):
        raise Refused("arguments are unpacked into the call")
    named = [one for one in call.args if one.keyword is not None and one.keyword.value == intention.name]
    positional = [one for one in call.args if one.keyword is None]
    if named:
        argument = named[0]
    elif intention.index is not None and intention.index < len(positional):
        argument = positional[intention.index]
    else:
        raise Refused(f"`{intention.name}` is not among the arguments of the call")
    value = argument.value
    if isinstance(value, cst.Call) and names.is_tensorflow(names.target_of(document, value.func), "constant"):
        raise Refused("it is a tensor already")
    start, end = document.outer(value)
    name = draft.tensorflow(call, "constant")
    if isinstance(value, cst.GeneratorExp):
        raise Refused("it is a generator")
    draft.replace((start, end), f"{name}({document.text[start:end]})")


def unwrap_call(draft: Draft, intention: UnwrapCall) -> None:
    """``x.numpy()`` to ``x``."""
    document = draft.document
    found = document.spanning(intention.at)
    call = next((one for one in (*found, *map(document.parent, found)) if isinstance(one, cst.Call)), None)
    if call is None or call.args or not isinstance(call.func, cst.Attribute):
        raise Refused("it is not a method call without arguments")
    if call not in found and call.func not in found:
        raise Refused("the method is not called")
    _, end = document.outer(call.func.value)
    draft.replace((end, document.range(call)[1]), "")
