"""What XLA refuses, drops or gets wrong in functions under ``jit_compile=True``, and variables behind a signature."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.site import Seen, Site
from hybridize.domains.atoms import Bound, Tensor
from hybridize.domains.value import BOTTOM, NONE, const_value, value_of
from hybridize.syntax import code as ir
from hybridize.syntax.code import Instruction

TRUE = const_value(True)

DROPPED = frozenset(
    f"tensorflow.{name}"
    for name in (
        "Assert", "debugging.Assert", "debugging.assert_all_finite", "debugging.assert_equal",
        "debugging.assert_greater", "debugging.assert_greater_equal", "debugging.assert_less",
        "debugging.assert_less_equal", "debugging.assert_near", "debugging.assert_negative",
        "debugging.assert_non_negative", "debugging.assert_non_positive", "debugging.assert_none_equal",
        "debugging.assert_positive", "debugging.check_numerics",
    )
)  # fmt: skip
"""Checks that XLA leaves out. `tests/runtime/hazards` runs each with a value that it should not let pass."""

REFUSED = frozenset(
    f"tensorflow.{name}"
    for name in (
        "print", "py_function", "numpy_function", "timestamp", "io.decode_raw", "io.encode_jpeg", "io.parse_tensor",
        "io.read_file", "io.serialize_tensor", "io.write_file", "strings.as_string", "strings.format", "strings.join",
        "strings.lower", "strings.regex_replace", "strings.split", "strings.substr",
    )
)  # fmt: skip
"""Operations that XLA has no code for on CPUs, among them all that call Python. `tests/runtime/hazards` runs each."""


def xla_call(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``tf.debugging.assert_positive(x)``, ``tf.print(x)``, ``tf.TensorArray(…, dynamic_size=True)`` under XLA."""
    name = site.callee(ins)
    if name in DROPPED:
        kind = "dropped-by-xla"
    elif name in REFUSED:
        kind = "refused-by-xla"
    elif name == "tensorflow.TensorArray" and _grows(site, ins):
        kind = "array-under-xla"
    else:
        return
    if _is_compiled(site):
        yield Seen(kind, ins[5], name, block, BOTTOM)


def _is_compiled(site: Site) -> bool:
    """Whether a function on the way from the trace's start to the body is always compiled."""
    hybridized = site.tracing.machine.hybridized
    events = [hybridized.get(step.activation.code.id, ()) for step in site.traced.steps()]
    return any(several and all(event.compiled for event in several) for several in events)


def _grows(site: Site, ins: Instruction) -> bool:
    if len(ins[3]) > 2 and not any(starred for _, starred in ins[3][:3]):
        return site.value(ins[3][2][0]) is TRUE
    return any(name == "dynamic_size" and site.value(register) is TRUE for name, register in ins[4])


def assignment(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``v.assign_add(1)`` on a parameter ``v`` that an input signature makes a tensor."""
    made = site.body.made.get(ins[2])
    if made is None or made[0] != ir.ATTR or site.traced.caller is not None:
        return
    loaded = site.body.made.get(made[2])
    code = site.activation.code
    if loaded is None or loaded[0] != ir.LOAD or loaded[2] in site.body.stored:
        return  # the name stands for something else, here or further up
    names = [one.name for one in code.parameters if one.kind in ("positional-only", "positional-or-keyword")]
    events = site.tracing.machine.hybridized.get(code.id, ())
    if loaded[2] not in names or not events or any(event.signature is NONE for event in events):
        return
    atoms = site.value(ins[2]).atoms
    receivers = [atom for one in atoms if isinstance(one, Bound) for atom in one.receiver.atoms]
    if receivers and all(isinstance(atom, Tensor) and atom.kind == "variable" for atom in receivers):
        yield Seen("assigns-argument", ins[5], made[3], block, value_of(*receivers))


def misplaced(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``@tf.function([tf.TensorSpec([None])])``: the signature in the place of the function."""
    if site.callee(ins) == "tensorflow.function" and ins[3] and not ins[3][0][1] and site.is_sequence(ins[3][0][0]):
        yield Seen("no-function", ins[5], "", block, BOTTOM)
