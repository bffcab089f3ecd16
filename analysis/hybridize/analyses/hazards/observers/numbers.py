"""Tensors used as numbers of Python or arrays of NumPy."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.site import Seen, Site
from hybridize.domains.atoms import Const, Object, Tensor, Tuple
from hybridize.domains.value import Value
from hybridize.syntax import code as ir
from hybridize.syntax.code import Block, Instruction

NEEDS_VALUES = ("numpy.", "scipy.", "math.")
TAKES_TENSORS = frozenset({
    "numpy.array_equal", "numpy.can_cast", "numpy.dtype", "numpy.isscalar", "numpy.iterable", "numpy.ndim",
    "numpy.result_type", "numpy.shape", "math.prod", "math.sumprod",
})  # fmt: skip
"""Functions that look at attributes of what they get, multiply it with ``*``, or fail for eager tensors as well."""

CASTS = frozenset({"builtins.int", "builtins.float", "builtins.len", "builtins.range"})
"""Built-in functions that AutoGraph has tensor forms of."""


def numpy_call(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``np.mean(x)``, ``math.sqrt(x)``, ``np.stack([x, y])``."""
    name = site.callee(ins)
    if not name.startswith(NEEDS_VALUES) or name in TAKES_TENSORS:
        return
    for register in _arguments(ins):
        answer = site.symbolic(register) or (not name.startswith("math.") and site.items(register))
        if answer:
            yield Seen("numpy-on-tensor", ins[5], name, block, _tensors(site, register))
            return


def python_number(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``int(x)`` and its like where AutoGraph does not convert them; ``complex(x)`` anywhere."""
    name = site.library(ins[2])
    if name == "builtins.complex" or (name in CASTS and site.converted is False):
        for register in _arguments(ins):
            answer = site.symbolic(register)
            if name == "builtins.len" and answer and _known_length(site.value(register)):
                continue
            if answer:
                detail = name.removeprefix("builtins.")
                value = site.value(register)
                yield Seen("number-of-tensor", ins[5], detail, block, value, unconverted=detail != "complex")
                return


_WIDE = {"builtins.int": ("int64", "uint64"), "builtins.float": ("float64",)}


def narrowing(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``int(x)`` of an int64 tensor: AutoGraph casts to int32, and ``float(x)`` to float32."""
    wide = _WIDE.get(site.library(ins[2]))
    if wide is None or not site.converted or len(ins[3]) != 1:
        return
    register = ins[3][0][0]
    if site.symbolic(register, ("dense",)) and all(
        isinstance(atom, Tensor) and atom.dtype in wide for atom in site.value(register).atoms
    ):
        yield Seen("narrows", ins[5], site.library(ins[2]).removeprefix("builtins."), block, site.value(register))


def _known_length(value: Value) -> bool:
    return all(isinstance(a, Tensor) and (a.shape is None or (a.shape and a.shape[0] is not None)) for a in value.atoms)


def index(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``table[i]``, where ``table`` is a list, a tuple or a text of Python, or an array of NumPy."""
    if not _is_python_sequence(site, ins[2]):
        return
    made = site.body.made.get(ins[3])
    parts = [register for register in made[2:5] if register >= 0] if made and made[0] == ir.SLICE else [ins[3]]
    for register in parts:
        answer = site.symbolic(register)
        if answer:
            yield Seen("tensor-as-index", ins[4], "", block, site.value(register))
            return


def _is_python_sequence(site: Site, register: int) -> bool:
    atoms = site.value(register).atoms
    arrays = any(isinstance(atom, Tensor) for atom in atoms)
    return (
        bool(atoms)
        and all(
            isinstance(atom, Tuple)
            or (isinstance(atom, Object) and atom.cls == "list")
            or (isinstance(atom, Const) and isinstance(atom.constant, str))
            or (isinstance(atom, Tensor) and atom.kind == "ndarray")
            for atom in atoms
        )
        and not (arrays and site.symbolic(register))
    )


# -- NumPy arguments ---------------------------------------------------------------------------------------------------


def array_attribute(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``a.mean()`` of an argument that the caller passes as a NumPy array, and the graph gets as a tensor."""
    if not _is_array_argument(site, ins[2]):
        return
    library, name = site.tracing.machine.library, ins[3]
    if library.method("numpy.ndarray", name) is not None and library.method("tensorflow.Tensor", name) is None:
        yield Seen("array-method", ins[4], name, block, site.value(ins[2]))


def array_store(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``a[0] = 5`` of such an argument."""
    if _is_array_argument(site, ins[1]):
        yield Seen("array-method", ins[4], "[]", block, site.value(ins[1]))


def _is_array_argument(site: Site, register: int) -> bool:
    atoms = site.value(register).atoms
    arrays = bool(atoms) and all(isinstance(atom, Tensor) and atom.kind == "ndarray" for atom in atoms)
    return arrays and site.symbolic(register)


# -- truth of numbers --------------------------------------------------------------------------------------------------


def test(site: Site, number: int, block: Block) -> Iterator[Seen]:
    """``if n % 2``: AutoGraph takes bool tensors only."""
    if block.asks in ("if", "while", "ternary", "boolean") and site.converted and _is_number(site, block.test):
        yield Seen("truth-of-number", block.at, block.asks, number, site.value(block.test))


def negation(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``not n``."""
    if ins[2] == "not" and site.converted and _is_number(site, ins[3]):
        yield Seen("truth-of-number", ins[4], "not", block, site.value(ins[3]))


def _is_number(site: Site, register: int) -> bool:
    """Whether a register holds a symbolic scalar that is no bool; one that is no scalar has no truth eagerly either."""
    return all(
        isinstance(atom, Tensor) and atom.dtype not in (None, "bool") and atom.shape in (None, ())
        for atom in site.value(register).atoms
    ) and site.symbolic(register, ("dense",))


def _arguments(ins: Instruction) -> list[int]:
    return [register for register, starred in ins[3] if not starred] + [register for _, register in ins[4]]


def _tensors(site: Site, register: int) -> Value:
    value = site.value(register)
    return value if any(isinstance(atom, Tensor) for atom in value.atoms) else site.item_value(register)
