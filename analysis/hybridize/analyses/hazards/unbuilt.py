"""Models without variables yet, and optimizers without slots: what the first call of a `tf.function` makes of them.

A subclassed model has no variables before it is called, and an optimizer none before it is applied. A `tf.function`
may make variables in its first call alone. Whether something is built before cannot be seen in one body: every call,
and every use that may build, is looked for in the whole program.
"""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.moves import passed
from hybridize.analyses.hazards.site import Seen
from hybridize.analyses.hazards.tracing import Traced, Tracing, name_of
from hybridize.domains.atoms import Bound, Class, Function, Object, Tensor, Wrapped
from hybridize.domains.value import BOTTOM, Value
from hybridize.interproc import keras
from hybridize.interproc.activation import Activation
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction

READS = frozenset({"trainable_variables", "trainable_weights", "variables", "weights"})
APPLIES = frozenset({"apply", "apply_gradients", "minimize"})
HARMLESS = READS | {"compiled", "losses", "metrics", "name", "trainable"}
"""Attributes of a model that build nothing."""


def unbuilt(tracing: Tracing) -> Iterator[tuple[Traced, Seen]]:
    """Variables read too early, and second models and optimizers, in what `tf.function` traces."""
    for several in tracing.traced.values():
        traced = several[0]
        root = traced.root
        if root is None or root.by != "tf.function" or traced.caller is not None or not traced.activation.registers:
            continue
        for seen in _read_too_early(tracing, traced):
            yield traced, seen
    for id in sorted(tracing.machine.hybridized):
        events = list(tracing.machine.hybridized[id])
        code = tracing.machine.program.codes[id]
        if len(events) == 1 and events[0].form == "decorator" and code.parent and "." not in code.qualname:
            yield from _second(tracing, code)


# -- variables before the first call -----------------------------------------------------------------------------------


def _read_too_early(tracing: Tracing, traced: Traced) -> Iterator[Seen]:
    """``variables = model.trainable_variables`` before ``model(x)``, and both given to the tape or the optimizer."""
    activation = traced.activation
    registers, body = activation.registers, tracing.body(activation)
    steps = [
        (number, ins)
        for number in sorted(tracing.live(activation))
        for ins in activation.code.blocks[number].instructions
    ]
    for at, (number, ins) in enumerate(steps):
        if ins[0] != ir.ATTR or ins[3] not in READS:
            continue
        model = _one_model(tracing, registers[ins[2]])
        if model is None or not _is_given_on(activation, body.stored, ins[1]):
            continue
        calls = [i for i, (_, call) in enumerate(steps) if call[0] == ir.CALL and registers[call[2]].atoms == (model,)]
        if (
            calls
            and calls[0] > at
            and _is_unbuilt(tracing, model)
            and not _is_used(tracing, model, {activation.code.id})
        ):
            yield Seen("variables-before-call", ins[4], "", number, BOTTOM)


def _one_model(tracing: Tracing, value: Value) -> Object | None:
    atom = value.atoms[0] if len(value.atoms) == 1 else None
    return atom if isinstance(atom, Object) else None


def _is_given_on(activation: Activation, stored: dict[str, list[int]], register: int) -> bool:
    """Whether what a register holds is passed to a tape's ``gradient`` or to an optimizer, by way of a name at most."""
    names = {name for name, sources in stored.items() if sources == [register]}
    takers = [ins for block in activation.code.blocks for ins in block.instructions if ins[0] == ir.CALL]
    loads = {
        ins[1]
        for block in activation.code.blocks
        for ins in block.instructions
        if ins[0] == ir.LOAD and ins[2] in names
    }
    ends = ("gradient", *APPLIES)
    return any(
        set(passed(call)) & (loads | {register})
        and any(name_of(atom).rpartition(".")[2] in ends for atom in activation.registers[call[2]].atoms)
        for call in takers
    )


# -- a second model or optimizer ---------------------------------------------------------------------------------------


def _second(tracing: Tracing, code: Code) -> Iterator[tuple[Traced, Seen]]:
    """``step(first, x)`` and ``step(second, x)``, where each call builds what it gets."""
    starts = [act for act in tracing.machine.by_code.get(code.id, ()) if act in tracing.starts and act.registers]
    for parameter in code.parameters if starts else ():
        objects = {
            atom: None
            for activation in starts
            for atom in activation.args.get(parameter.name, BOTTOM).atoms
            if isinstance(atom, Object)
        }
        fresh = [one for one in objects if _makes_variables(tracing, one) and not _is_used(tracing, one, {code.id})]
        if len(fresh) < 2 or len(fresh) != len(objects):
            continue
        for activation in starts:
            traced = tracing.traced.get(activation, [])[:1]
            for number, call in _builders(tracing, activation, fresh) if traced else ():
                yield traced[0], Seen("builds-second", call[5], parameter.name, number, BOTTOM)


def _makes_variables(tracing: Tracing, one: Object) -> bool:
    return one.exact and (one.cls.startswith("keras.optimizers.") or _is_unbuilt(tracing, one))


def _builders(tracing: Tracing, activation: Activation, objects: list[Object]) -> Iterator[tuple[int, Instruction]]:
    """Calls in the traced body that make the variables of one of several objects."""
    for number in sorted(tracing.live(activation)):
        for ins in activation.code.blocks[number].instructions:
            if ins[0] != ir.CALL:
                continue
            for atom in activation.registers[ins[2]].atoms:
                applies = isinstance(atom, Bound) and name_of(atom).rpartition(".")[2] in APPLIES
                receivers = atom.receiver.atoms if applies and isinstance(atom, Bound) else (atom,)
                if any(one in objects for one in receivers):
                    yield number, ins
                    break


# -- what is built -----------------------------------------------------------------------------------------------------


def _is_unbuilt(tracing: Tracing, model: Object) -> bool:
    """Whether a model is sure to have no variables when its constructor is done."""
    machine, classes = tracing.machine, tracing.machine.classes
    if not model.exact:
        return False
    if model.cls == "keras.Sequential":
        return _is_deferred(tracing, model)
    if model.cls not in classes.infos or classes.unknown_base(model.cls) is not None:
        return False
    if not classes.has_library_base(model.cls, "keras.Model"):
        return False
    bases = classes.project_bases(model.cls)
    makers = [
        act
        for id in bases
        for child in machine.program.codes[id].children
        if machine.program.codes[child].name == "__init__"
        for act in machine.by_code.get(child, ())
        if act.registers
    ]
    held = [
        atom
        for key in machine.contents.get(model, ())
        for atom in machine.peek(key).atoms
        if isinstance(atom, (Object, Tensor))
    ]
    layers = [atom for atom in held if isinstance(atom, Object) and atom.cls.startswith("keras.layers.")]
    variables = any(isinstance(atom, Tensor) and atom.kind == "variable" for atom in held)
    return bool(makers and layers) and not variables and not any(_builds(tracing, act) for act in makers)


def _is_deferred(tracing: Tracing, model: Object) -> bool:
    """Whether a `Sequential` has nothing that says what goes in."""
    peek = tracing.machine.peek
    lists = [atom for atom in peek(("a", model, "init layers")).atoms if isinstance(atom, Object)]
    items = [atom for one in lists for atom in peek(("e", one, "*")).atoms]
    changed = peek(("a", model, keras.CHANGED)) is not BOTTOM
    shaped = ("input_shape", "batch_input_shape", "input_dim", "input_length", "kwargs")
    return (
        bool(items)
        and not changed
        and all(
            isinstance(item, Object)
            and item.cls.startswith("keras.layers.")
            and item.cls != "keras.layers.InputLayer"
            and all(peek(("a", item, f"init {name}")) is BOTTOM for name in shaped)
            for item in items
        )
    )


def _builds(tracing: Tracing, maker: Activation) -> bool:
    """Whether a constructor calls a layer, or makes variables."""
    for call in tracing.body(maker).calls:
        for atom in maker.registers[call[2]].atoms:
            name = name_of(atom).rpartition(".")[2]
            if isinstance(atom, Object) or name in ("build", "add_weight", "Variable"):
                return True
    return False


def _is_used(tracing: Tracing, one: Object, within: set[str]) -> bool:
    """Whether anything but one body, and calls of it, may build an object."""
    for activation in tracing.machine.by_id.values():
        if activation.code.id in within or not activation.registers:
            continue
        registers = activation.registers
        for block in activation.code.blocks:
            for ins in block.instructions:
                if ins[0] == ir.ATTR and ins[3] not in HARMLESS and one in registers[ins[2]].atoms:
                    if not _is_inside(tracing, activation, one):
                        return True
                elif ins[0] == ir.CALL:
                    atoms = registers[ins[2]].atoms
                    given = any(one in registers[register].atoms for register in passed(ins))
                    if one in atoms or (given and not all(_is_project(atom) for atom in atoms)):
                        return True
    return False


def _is_inside(tracing: Tracing, activation: Activation, one: Object) -> bool:
    """Whether a body is a method of the object's class: it reads its own attributes there."""
    classes, cls = tracing.machine.classes, activation.code.parent
    return cls in classes.infos and (one.cls == cls or one.cls in classes.descendants(cls))


def _is_project(atom: object) -> bool:
    """Whether a call runs the program's own code, which is looked through as well."""
    if isinstance(atom, Bound):
        return _is_project(atom.function)
    if isinstance(atom, Wrapped):
        return all(_is_project(inner) for inner in atom.target.atoms)
    return isinstance(atom, (Function, Class))
