"""Exceptions that a traced function raises as something else than its caller expects."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.site import Seen, Site
from hybridize.domains.atoms import Atom, Class, Lib, Object, Tuple
from hybridize.domains.value import BOTTOM, Value
from hybridize.interproc.activation import Activation
from hybridize.syntax.code import Instruction, Position

ANY = frozenset({"builtins.Exception", "builtins.BaseException"})


def staged(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``raise BadShape("rank")`` of a ``ValueError``, where a caller waits for either of them."""
    if ins[2] is None or not site.converted or site.traced.root is None or site.traced.root.by != "tf.function":
        return
    cls = _own_class(site, site.value(ins[1]))
    if not cls or any(region.kind == "try" for _, region in site.body.around(block)):
        return
    names = {cls, *site.tracing.machine.classes.project_bases(cls)}
    names |= set(site.tracing.machine.classes.library_bases(cls)) - ANY - {"builtins.object"}
    handler = _waiting(site, names)
    if handler:
        yield Seen("staged-exception", ins[2], handler, block, BOTTOM)


def _own_class(site: Site, value: Value) -> str:
    """The class of the project that is raised for sure, if AutoGraph cannot raise it anew."""
    atom = value.atoms[0] if len(value.atoms) == 1 else None
    cls = atom.id if isinstance(atom, Class) else atom.cls if isinstance(atom, Object) else ""
    classes = site.tracing.machine.classes
    if cls not in classes.infos or classes.unknown_base(cls) is not None:
        return ""
    direct = [base for bases in classes.infos[cls].bases for base in bases.atoms]
    plain = all(isinstance(base, Lib) and base.name == "builtins.Exception" for base in direct)
    of_tensorflow = any(name.startswith("tensorflow.") for name in classes.library_bases(cls))
    return "" if of_tensorflow or (plain and "__init__" not in classes.infos[cls].names) else cls


def _waiting(site: Site, names: set[str]) -> str:
    """The handler for one of these classes around a call of the traced function: its place."""
    start = list(site.traced.steps())[-1].activation.code
    machine = site.tracing.machine
    for source in machine.by_id.values():
        for edge in source.edges:
            if edge.kind == "traced" and edge.target.code is start and source.registers:
                position = _handler(site, source, edge.position, names)
                if position is not None:
                    return f"{source.code.path}:{position[0]}"
    return ""


def _handler(site: Site, source: Activation, call: Position, names: set[str]) -> Position | None:
    body = site.tracing.body(source)
    for number, _ in body.at.get(call, ()):
        for region, around in body.around(number):
            for handler in body.code.regions if around.kind == "try" else ():
                guards = handler.kind == "handler" and handler.tried == region and handler.reads
                if guards and _named(source.registers[handler.reads[0]]) & names:
                    return handler.position
    return None


def _named(value: Value) -> set[str]:
    """The classes that a handler catches."""
    found: set[str] = set()
    work: list[Atom] = list(value.atoms)
    while work:
        atom = work.pop()
        if isinstance(atom, Tuple):
            for element in atom.elements if atom.elements is not None else (atom.element,):
                work.extend(element.atoms)
        elif isinstance(atom, Class):
            found.add(atom.id)
        elif isinstance(atom, Lib):
            found.add(atom.name)
    return found
