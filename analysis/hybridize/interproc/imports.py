"""Import statements: modules of the project by file, everything else as a library by its dotted name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridize.domains.atoms import lib_of, module_of
from hybridize.domains.value import BOTTOM, Value, unknown_value, value_of
from hybridize.project.modules import Resolution
from hybridize.reasons import Reason

if TYPE_CHECKING:
    from hybridize.interproc.activation import Point
    from hybridize.interproc.frame import Frame
    from hybridize.interproc.machine import Machine


def import_module(frame: Frame, dotted: str, renamed: bool) -> Value:
    """``import dotted`` (gives the first component) or ``import dotted as name`` (gives the module itself)."""
    machine = frame.machine
    whole = machine.program.index.resolve(frame.path, 0, dotted)
    if whole is not None:
        value = module_value(machine, whole)
        if renamed or "." not in dotted:
            return value
    first = dotted.partition(".")[0]
    top = machine.program.index.resolve(frame.path, 0, first)
    if top is not None and not renamed:
        return module_value(machine, top)
    if renamed and whole is None and top is not None:
        return unknown_value(Reason.UNRESOLVED_IMPORT)
    return value_of(lib_of(machine.library.canonical(dotted if renamed else first)))


def import_from(frame: Frame, level: int, module: str, name: str) -> Value:
    """``from module import name``."""
    machine = frame.machine
    found = machine.program.index.resolve(frame.path, level, module)
    if found is None:
        if level:
            return unknown_value(Reason.UNRESOLVED_IMPORT)
        dotted = machine.library.canonical(f"{module}.{name}")
        from hybridize.interproc import semantics

        return semantics.library_value(frame, dotted, machine.library.row(dotted), (0, 0, 0, 0))
    module_value(machine, found)
    return module_name(machine, module_path(machine, found), name, frame.point)


def import_star(frame: Frame, level: int, module: str) -> None:
    """``from module import *``."""
    machine = frame.machine
    found = machine.program.index.resolve(frame.path, level, module)
    stars = machine.stars.setdefault(frame.path, {})
    if found is not None:
        module_value(machine, found)
        stars[("project", module_path(machine, found))] = None
    elif not level:
        stars[("library", machine.library.canonical(module))] = None


def module_path(machine: Machine, found: Resolution) -> str:
    """The key of a module: its file, or for a namespace package its first folder with a slash."""
    if found.kind == "namespace":
        path = f"{found.path}/"
        machine.namespaces[path] = found
        return path
    return found.path


def module_value(machine: Machine, found: Resolution) -> Value:
    """The module object; importing it runs its top level."""
    path = module_path(machine, found)
    if found.kind != "namespace":
        machine.module(path)
    return value_of(module_of(path))


def module_name(machine: Machine, path: str, name: str, reader: Point) -> Value:
    """What a module of the project calls ``name``: a variable, a re-export, or a submodule."""
    if path in machine.program.modules:
        if name in machine.names_of_module(path):
            value = machine.read(("g", path, name), reader)
            if value is not BOTTOM:
                return value
            package = _package(machine, path)
            inner = machine.program.index.submodule(package, name) if package else None
            return module_value(machine, inner) if inner is not None else value
        starred = from_stars(machine, path, name, reader)
        if starred is not None:
            return starred
    package = _package(machine, path)
    inner = machine.program.index.submodule(package, name) if package else None
    if inner is not None:
        return module_value(machine, inner)
    written = machine.watch(("g", path, name), reader)  # set from outside: `module.name = …`
    return written if written is not BOTTOM else unknown_value(Reason.UNRESOLVED_NAME)


def _package(machine: Machine, path: str) -> Resolution | None:
    if path.endswith("/"):
        return machine.namespaces.get(path)
    if machine.program.index.is_package(path):
        return Resolution("package", path, (path.rpartition("/")[0],))
    return None


def from_stars(machine: Machine, path: str, name: str, reader: Point) -> Value | None:
    """The value a star import of a module gives a name, if one does."""
    seen = {path}
    stack = list(reversed(machine.stars.get(path, {})))
    while stack:
        kind, source = stack.pop()
        if kind == "library":
            if name in machine.library_names(source):
                return value_of(lib_of(machine.library.canonical(f"{source}.{name}")))
        elif source not in seen:
            seen.add(source)
            if source in machine.program.modules:
                if name in machine.names_of_module(source) and not name.startswith("_"):
                    return machine.read(("g", source, name), reader)
                stack.extend(reversed(machine.stars.get(source, {})))
    return None
