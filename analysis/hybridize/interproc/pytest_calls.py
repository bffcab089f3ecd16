"""How pytest calls tests and fixtures: with the values of ``parametrize`` and with what fixtures return or yield.

A test's parameter takes its value from ``parametrize`` over the function or its class, else from the fixture of its
name that is nearest: in the class, in the module (an imported one, too), in the ``conftest.py`` of the folder and of
those above it. Fixtures are called in the same way. Parameters with a default are not filled, other than by
``parametrize``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridize.domains.atoms import Atom, Class, Function, Partial, lib_of
from hybridize.domains.value import BOTTOM, Value, join, join_all, value_of
from hybridize.interproc import containers
from hybridize.interproc.activation import Arguments
from hybridize.interproc.hybridization import bodies
from hybridize.interproc.intrinsics_base import Handler, constant_text
from hybridize.interproc.library_calls import make_partial
from hybridize.syntax.code import Code, Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame
    from hybridize.interproc.machine import Machine

PARAMETRIZE: Final = "pytest.mark.parametrize"
FIXTURE: Final = "pytest.fixture"
PARAM: Final = "pytest.param"
CONFTEST: Final = "conftest.py"


# -- decorators --------------------------------------------------------------------------------------------------------


def _parametrize(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """``parametrize(names, values)``, and then what it makes over a function or a class."""
    target = arguments.positional[-1] if arguments.positional else BOTTOM
    owners = _owners(frame, target)
    if not owners:
        return make_partial(frame, value_of(lib_of(PARAMETRIZE)), arguments, position)
    given = Arguments(arguments.positional[:-1], arguments.keywords)
    names, values = given.get(0, "argnames"), given.get(1, "argvalues")
    if names is None or values is None or given.get(2, "indirect") is not None:
        return target  # indirect values go to fixtures, by way of their request
    listed = _names(frame, names)
    items = containers.exact_items(frame, values) or [containers.element(frame, values, position)]
    for index, name in enumerate(listed):
        value = join_all(_part(frame, item, index, len(listed), position) for item in items)
        for owner in owners:
            frame.machine.write(("t", owner, name), value)
    return target


def _owners(frame: Frame, target: Value) -> list[str]:
    """The codes of the functions and classes a decorator stands over."""
    found = [atom.id for atom in target.atoms if isinstance(atom, Class)]
    return [*found, *(code for atom in target.atoms if not _is_param(atom) for code in bodies(frame, atom))]


def _names(frame: Frame, names: Value) -> list[str]:
    text = constant_text(names)
    if text is not None:
        return [name.strip() for name in text.split(",") if name.strip()]
    return [constant_text(item) or "" for item in containers.exact_items(frame, names) or ()]


def _part(frame: Frame, item: Value, index: int, count: int, position: Position) -> Value:
    """What one set of values holds for the parameter number ``index`` of ``count``."""
    result = BOTTOM
    for atom in item.atoms:
        parts: tuple[Value, ...] | None = (value_of(atom),)
        if isinstance(atom, Partial) and _is_param(atom):
            parts = atom.args
        elif count > 1:
            known = containers.exact_items(frame, value_of(atom))
            parts = tuple(known) if known is not None else None
        if parts is None:
            result = join(result, containers.element(frame, value_of(atom), position))
        elif index < len(parts):
            result = join(result, parts[index])
    return result


def _is_param(atom: Atom) -> bool:
    return isinstance(atom, Partial) and atom.function is value_of(lib_of(PARAM))


def _param(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """``pytest.param(*values, id=...)``: values that wait for their test."""
    return make_partial(frame, value_of(lib_of(PARAM)), Arguments(arguments.positional), position)


def _fixture(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """``@pytest.fixture``, bare or with arguments; a fixture has the name of its function unless it says another."""
    target = arguments.positional[-1] if arguments.positional else BOTTOM
    codes = [code for atom in target.atoms for code in bodies(frame, atom)]
    if not codes:
        return make_partial(frame, value_of(lib_of(FIXTURE)), arguments, position)
    for code in codes:
        name = constant_text(arguments.keywords.get("name")) or frame.machine.program.codes[code].name
        frame.machine.fixtures[code] = name
    return target


INTRINSICS: Final[dict[str, Handler]] = {PARAMETRIZE: _parametrize, FIXTURE: _fixture, PARAM: _param}
"""Handlers by the library's name of what is called."""


# -- calls -------------------------------------------------------------------------------------------------------------


def is_called_by_pytest(machine: Machine, code: Code) -> bool:
    """Whether a function is a fixture, or a test by pytest's default naming rules."""
    if code.id in machine.fixtures:
        return True
    file = code.path.rpartition("/")[2]
    if not code.name.startswith("test") or not (file.startswith("test_") or file.endswith("_test.py")):
        return False
    around = machine.program.codes[code.parent]
    if around.kind != "class":
        return around.kind == "module"
    return around.name.startswith("Test") or machine.classes.has_library_base(around.id, "unittest.TestCase")


def supplied(machine: Machine, code: Code) -> dict[str, Value]:
    """What pytest passes, by parameter; those for which it is not known are left out."""
    if not is_called_by_pytest(machine, code):
        return {}
    found: dict[str, Value] = {}
    own = code.parameters[1:] if machine.program.is_method(code) else code.parameters
    for parameter in own:
        value = join_all(machine.peek(("t", owner, parameter.name)) for owner in (code.id, code.parent))
        if value is BOTTOM and not parameter.has_default:
            fixture = _nearest(machine, code, parameter.name)
            value = _result(machine, fixture) if fixture is not None else BOTTOM
        if value is not BOTTOM:
            found[parameter.name] = value
    return found


def _nearest(machine: Machine, code: Code, name: str) -> Function | None:
    """The fixture of that name that a function sees."""
    if name not in machine.fixtures.values():
        return None
    places = [machine.program.modules[code.path].body]
    folder = code.path
    while folder:
        folder = folder.rpartition("/")[0]
        conftest = machine.program.modules.get(f"{folder}/{CONFTEST}".lstrip("/"))
        if conftest is not None:
            places.append(conftest.body)
    for place in (code.parent, *places):
        for function in _fixtures_in(machine, place).get(name, ()):
            if function.code != code.id:
                return function
    return None


def _fixtures_in(machine: Machine, place: str) -> dict[str, list[Function]]:
    """The fixtures defined in a module or class, then those a module imports, by name."""
    known = machine.fixture_views.get(place)
    if known is not None:
        return known
    found: dict[str, list[Function]] = {}
    for code, name in machine.fixtures.items():
        if machine.program.codes[code].parent == place:
            found.setdefault(name, []).extend(machine.defined.get(code, ()))
    path = machine.program.codes[place].path
    if machine.program.modules[path].body == place:
        for bound in sorted(machine.names_of_module(path)):
            for atom in machine.peek(("g", path, bound)).atoms:
                if isinstance(atom, Function) and atom.code in machine.fixtures:
                    found.setdefault(machine.fixtures[atom.code], []).append(atom)
    machine.fixture_views[place] = found
    return found


def _result(machine: Machine, fixture: Function) -> Value:
    """What a fixture returns or yields."""
    code = machine.program.codes[fixture.code]
    if code.id not in machine.supplying:  # else it takes part in a circle
        machine.supplying.add(code.id)
        machine.call_from_outside(code)
        machine.supplying.remove(code.id)
    result = BOTTOM
    for activation in machine.by_code.get(code.id, ()):
        result = join(result, activation.yielded if code.is_generator else activation.result)
    return result
