"""The fixpoint: activations are evaluated until no cell, argument or result grows any more.

A call evaluates its callee at once where it has not been evaluated yet (bounded in depth), so that most bodies are
seen after what they use. Whatever grows later puts its readers back into the queue. The order of work follows the
sorted paths of the program and nothing else, so every run does the same steps.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from hybridize.config import Config
from hybridize.domains.atoms import Atom, Function, Object, function_of, lib_of, object_of
from hybridize.domains.constants import coarsen, widen_constants
from hybridize.domains.value import BOTTOM, Value, absorb, join, join_all, unknown_value, value_of, widen
from hybridize.interproc.activation import Activation, Cell, CellKey, Point
from hybridize.interproc.classes import ClassTable
from hybridize.interproc.events import Hybridized, Seen
from hybridize.interproc.instances import Instances
from hybridize.interproc.plan import Plan
from hybridize.models.library import Library
from hybridize.project.modules import Resolution
from hybridize.project.program import OutsideError, Program, named
from hybridize.reasons import Reason
from hybridize.syntax.code import Code, Position

CallKey = tuple[Function, tuple[Value, ...], tuple[tuple[str, Value], ...], Value, Value, bool, bool]
"""A function and all that a call passes; whether the call is traced; whether it is expected to raise."""


class Machine:
    """State of one whole-program run."""

    probing = False
    """Whether shapes are read as a graph under an input signature reads them; see `interproc.probe`."""
    arrays_as_tensors = False
    """Whether tensors stand in for arrays, and what only arrays can do is recorded; see `interproc.arrays`."""
    mark = "#"
    """What stands between the id of a code and the number of an activation in the id of the latter."""

    def __init__(self, program: Program, library: Library, config: Config) -> None:
        self.program = program
        self.library = library
        self.config = config
        self.limits = config.limits
        self.cells: dict[CellKey, Cell] = {}
        self.contents: dict[Atom, dict[CellKey, None]] = {}
        self.activations: dict[tuple[str, str, tuple[Value, ...]], Activation] = {}
        self.by_code: dict[str, list[Activation]] = {}
        self.by_id: dict[str, Activation] = {}
        self.env_parent: dict[str, str] = {}
        self._passed_failing: dict[tuple[str, str], dict[Value, None]] = {}
        """(code, parameter) to what calls pass that are expected to raise."""
        self.received: dict[tuple[str, str], Value] = {}
        """(code, parameter) to what calls in the program pass; defaults do not count."""
        self.seen = Seen({}, frozenset())
        self.received_traced: dict[tuple[str, str], Value] = {}
        """The same for calls that go through a `tf.function`."""
        self.passed_at: dict[tuple[str, str], dict[tuple[Value, bool], tuple[str, Position]]] = {}
        """(code, parameter) to the first call (path, position) that passes a value; through a `tf.function` or not."""
        self.received_failing: dict[tuple[str, str], Value] = {}
        """What calls pass that are expected to raise; it is not in the other two."""
        self.expected: dict[str, dict[Atom, None]] = {}
        """Code to what calls of it are expected to raise."""
        self.called: set[str] = set()
        """Codes that some call in the program reaches."""
        self.defined: dict[str, dict[Function, None]] = {}
        self.hybridized: dict[str, dict[Hybridized, None]] = {}
        self.unconverted: dict[str, None] = {}
        """Codes under ``do_not_convert``."""
        self.cached: dict[str, None] = {}
        """Codes under a cache of `functools`."""
        self.unknown_decorators: dict[str, dict[tuple[str, Position], None]] = {}
        """Code to (library name, if it has one, and place) of its decorators nobody knows."""
        self.stars: dict[str, dict[tuple[str, str], None]] = {}
        """Path to its star imports: ("project", path) or ("library", name)."""
        self.namespaces: dict[str, Resolution] = {}
        self.fixtures: dict[str, str] = {}
        """Code of a pytest fixture to its name."""
        self.fixture_views: dict[str, dict[str, list[Function]]] = {}
        """Place (module or class) to the fixtures it holds by name, as far as the program was seen when last asked."""
        self.supplied: dict[str, dict[str, Value]] = {}
        """Code to what pytest was last seen to pass for its parameters."""
        self.supplying: set[str] = set()
        """Codes of the fixtures being called."""
        self.method_kinds: dict[str, str] = {}
        """Code of a method to ``staticmethod`` or ``classmethod``."""
        self.exposed: dict[Atom, None] = {}
        """Functions handed to code nobody sees."""
        self.exposed_codes: set[str] = set()
        """Codes of those that are not bound to anything."""
        self.gradients: set[str] = set()
        """Codes of gradient functions, which functions under `tf.custom_gradient` return."""
        self._plans: dict[str, Plan] = {}
        self._library_names: dict[str, frozenset[str]] = {}
        self.reveals: dict[tuple[str, int], Value] = {}
        self.classes = ClassTable(self)
        self.instances = Instances(self)
        self.calls: dict[CallKey, tuple[Activation, tuple[Value, ...]]] = {}
        """What a call reaches and passes, where it does not matter who calls; defaults are as they are now."""
        self.queue: deque[Activation] = deque()
        self.wrappers = named(program, config.hybrid_wrappers)
        """Codes of functions that apply `tf.function`, as the configuration says."""
        self.entries = named(program, (entry.replace(":", ".") for entry in config.entry_points))
        """Codes of functions that are called from elsewhere, as the configuration says."""
        self.depth = 0
        self.touches = 0
        """How often something was read, written, made or noted that is not the value of an argument."""
        self.pure: dict[tuple[Any, ...], Value] = {}
        """A library's name and all that a call passes, to the result where that is all that matters."""
        self.counters = {
            "visits": 0, "activations": 0, "contexts merged": 0, "visit bound reached": 0, "values widened": 0,
        }  # fmt: skip

    # -- cells -----------------------------------------------------------------------------------------------------

    def read(self, key: CellKey, reader: Point | None) -> Value:
        """What a cell holds; the reader runs again when it grows."""
        self.touches += 1
        cell = self.cells.get(key)
        if cell is None:
            cell = self._new_cell(key)
        if reader is not None:
            cell.readers[reader] = None
        return cell.value

    def peek(self, key: CellKey) -> Value:
        """What a cell holds now."""
        self.touches += 1
        cell = self.cells.get(key)
        return BOTTOM if cell is None else cell.value

    def holds(self, key: CellKey) -> bool:
        """Whether there is such a cell."""
        return key in self.cells

    def watch(self, key: CellKey, reader: Point) -> Value:
        """Like `read`, for a place that may rightly stay empty: `settle` gives it no unknown value."""
        self.touches += 1
        cell = self.cells.get(key)
        if cell is None:
            cell = self._new_cell(key)
        cell.readers[reader] = None
        if cell.value is BOTTOM:
            cell.optional = True
        return cell.value

    def keys_of(self, atom: Atom, reader: Point) -> list[CellKey]:
        """The cells of an object: attributes, items. The reader runs again when there are more."""
        self.watch(("#", atom), reader)
        return list(self.contents.get(atom, ()))

    def _new_cell(self, key: CellKey) -> Cell:
        cell = self.cells[key] = Cell()
        if key[0] == "a":
            self.instances.opened(key, cell)
        return cell

    def write(self, key: CellKey, value: Value) -> None:
        """Let a cell hold ``value`` too."""
        self.touches += 1
        cell = self.cells.get(key)
        if cell is None:
            cell = self._new_cell(key)
        if cell.covered is not None and value in cell.covered:
            return
        grown = join(cell.value, value)
        if grown is cell.value:
            return
        cell.writes += 1
        if key[0] in ("a", "e") and cell.value is BOTTOM:
            self.contents.setdefault(key[1], {})[key] = None
            more = self.cells.get(("#", key[1]))
            for reader in more.readers if more is not None else ():
                self.wake(reader)
        if cell.writes > 6:
            grown = absorb(widen_constants(grown))
        # A place that keeps growing holds values built from itself: fewer are kept apart, so that it comes to rest.
        bounded = widen(grown, self.limits.values if cell.writes <= 12 else self.limits.values // 2, cell.value)
        if bounded is not grown:
            self.counters["values widened"] += 1
        if bounded is cell.value:
            if cell.covered is None:
                cell.covered = set()
            cell.covered.add(value)
            return
        cell.value = bounded
        cell.covered = None
        for reader in cell.readers:
            self.wake(reader)
        if key[0] == "a":
            self.instances.grown(key, bounded)
        elif key[0] == "k":
            self.classes.grown(key[1], key[2])
        elif key[0] == "d":  # calls that leave out the argument pass something else now
            self.calls.clear()
            for activation in self.by_code.get(key[1], ()):
                for caller in activation.callers:
                    self.wake(caller)

    # -- activations -----------------------------------------------------------------------------------------------

    def wake(self, point: Point) -> None:
        """Run an instruction again, later."""
        activation = point.activation
        activation.dirty.add(point.index)
        if not activation.queued:
            activation.queued = True
            self.queue.append(activation)

    def enqueue(self, activation: Activation) -> None:
        """Evaluate again, later."""
        if not activation.queued:
            activation.queued = True
            self.queue.append(activation)

    def activation(
        self, code: Code, env: str, args: dict[str, Value], receiver_site: str = "", decorates: bool = False
    ) -> Activation:
        """The activation for these arguments; past the bound on contexts, one for all but decorators."""
        self.touches += 1
        key = (code.id, env, tuple(coarsen(value) for value in args.values()))
        found = self.activations.get(key)
        if found is None:
            existing = self.by_code.setdefault(code.id, [])
            limit = self.limits.contexts * (8 if self._makes_closures(code) else 1)
            if not decorates and sum(not other.decorates for other in existing) >= limit:
                found = self._merged(code, env, args, existing, self._receiver_classes(code, args))
            else:
                name = f"{code.id}{self.mark}{len(existing)}"
                existing.append(found := Activation(name, code, env, dict(args), receiver_site, decorates))
                self._register(found)
            self.activations[key] = found
        changed = False
        for name, value in args.items():
            before = found.args.get(name, BOTTOM)
            if value is before:
                continue
            grown = join(before, value)
            if grown is not before:
                grown = widen(absorb(widen_constants(grown)) if found.visits > 3 else grown, self.limits.values, before)
                changed = changed or grown is not before
                found.args[name] = grown
        if changed and found.evaluated:
            self.enqueue(found)
        return found

    def _receiver_classes(self, code: Code, args: dict[str, Value]) -> str:
        """Classes of a method's receiver: calls on different classes reach different overrides, and stay apart."""
        if not self.program.is_method(code) or not code.parameters:
            return ""
        receiver = args[code.parameters[0].name]
        classes = {atom.cls for atom in receiver.atoms if isinstance(atom, Object)}
        return classes.pop() if len(classes) == 1 else ""

    def _merged(
        self, code: Code, env: str, args: dict[str, Value], existing: list[Activation], group: str
    ) -> Activation:
        mark = f"merged {group}"
        for activation in existing:
            if activation.merged == mark and activation.env == env:
                return activation
        merged = Activation(f"{code.id}{self.mark}m{len(existing)}", code, env, dict(args))
        merged.merged = mark
        existing.append(merged)
        self._register(merged)
        self.counters["contexts merged"] += 1
        return merged

    def _register(self, activation: Activation) -> None:
        self.by_id[activation.id] = activation
        self.env_parent[activation.id] = activation.env
        self.counters["activations"] += 1

    def _makes_closures(self, code: Code) -> bool:
        return any(self.program.codes[child].captures for child in code.children)

    def evaluate(self, activation: Activation) -> None:
        """Run the body once and tell whoever depends on what grew."""
        from hybridize.interproc.frame import Frame

        if activation.visits >= self.limits.visits:
            self.counters["visit bound reached"] += 1
            activation.result = join(activation.result, unknown_value(Reason.ITERATION_BOUND))
            return
        activation.running = True
        activation.evaluated = True
        activation.visits += 1
        self.counters["visits"] += 1
        self.depth += 1
        try:
            frame = activation.frame
            if frame is None:
                frame = activation.frame = Frame(self, activation)
            frame.run()
        finally:
            self.depth -= 1
            activation.running = False
        result = widen(join(activation.result, frame.result), self.limits.values, activation.result)
        yielded = widen(join(activation.yielded, frame.yielded), self.limits.values, activation.yielded)
        if activation.visits > 6:
            result, yielded = absorb(widen_constants(result)), absorb(widen_constants(yielded))
        if result is not activation.result or yielded is not activation.yielded:
            activation.result, activation.yielded = result, yielded
            for caller in activation.callers:
                self.wake(caller)

    def plan(self, code: Code) -> Plan:
        """How to run a code."""
        found = self._plans.get(code.id)
        if found is None:
            found = self._plans[code.id] = Plan(code)
        return found

    def demand(self, activation: Activation) -> None:
        """Evaluate now if it never was and the chain of calls is short enough; else see to it that it will be."""
        if activation.evaluated:
            return
        if self.depth < self.limits.depth:
            self.evaluate(activation)
        else:
            self.enqueue(activation)

    def module(self, path: str) -> Activation:
        """The activation of a module's top level, evaluated on first use as an import does."""
        facts = self.program.modules.get(path)
        if facts is None:
            raise OutsideError(path)
        key = (facts.body, "", ())
        found = self.activations.get(key)
        if found is None:
            found = Activation(facts.body, facts.codes[facts.body], "", {})
            found.root = True
            self.activations[key] = found
            self.by_code[facts.body] = [found]
            self._register(found)
        self.demand(found)
        return found

    # -- the run ---------------------------------------------------------------------------------------------------

    def run(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        """Modules first, then what nobody calls, until nothing is left and nothing grows."""
        for done, path in enumerate(self.program.modules):
            self.module(path)
            if progress is not None:
                progress("analyzing", done, len(self.program.modules))
        self.drain()
        for id in sorted(id for id in self.entries if id in self.defined):
            self.exposed_codes.add(id)
            self.call_from_outside(self.program.codes[id])
        self.settle()
        while True:
            self.fixture_views.clear()
            orphans = [code for code in self._uncalled() if code.id not in self.by_code]
            grown = [self.program.codes[id] for id, known in self.supplied.items() if self._supply(id) != known]
            if not orphans and not grown:
                break
            for code in orphans:
                if code.id not in self.by_code:
                    self.call_from_outside(code)
            for code in grown:
                self.call_from_outside(code)
            self.drain()
            self.settle()
        self._finish()

    def _finish(self) -> None:
        for activation in self.by_id.values():
            activation.finish()
        self.calls.clear()  # nothing runs again
        limit = self.limits.values * 2
        for key, passed in self.passed_at.items():
            self.received[key] = widen(join_all(value for value, _ in passed), limit)
            traced = [value for value, is_traced in passed if is_traced]
            if traced:
                self.received_traced[key] = widen(join_all(traced), limit)
        for key, failing in self._passed_failing.items():
            self.received_failing[key] = widen(join_all(failing), limit)

    def drain(self) -> None:
        """Empty the queue."""
        while self.queue:
            activation = self.queue.popleft()
            activation.queued = False
            self.evaluate(activation)

    def settle(self) -> None:
        """Give cells that are read but never written, and calls that never return, an unknown value.

        Without it everything after such a read would count as unreachable, and its effects would go unseen.
        """
        while True:
            empty = [
                key for key, cell in self.cells.items() if cell.value is BOTTOM and cell.readers and not cell.optional
            ]
            stuck = [act for act in self.by_id.values() if act.evaluated and act.result is BOTTOM and act.callers]
            if not empty and not stuck:
                return
            for key in empty:
                self.write(key, self._fallback(key))
            for activation in stuck:
                activation.result = unknown_value(Reason.NO_NORMAL_RETURN)
                for caller in activation.callers:
                    self.wake(caller)
            self.drain()

    def _fallback(self, key: CellKey) -> Value:
        if key[0] == "a" and isinstance(key[1], Object) and key[1].site != OUTSIDE:
            outside = self.peek(("a", object_of(key[1].cls, OUTSIDE, False), key[2]))
            if outside is not BOTTOM:
                return outside
        if key[0] == "e":
            return unknown_value(Reason.UNKNOWN_ELEMENT)
        if key[0] == "a":
            return unknown_value(Reason.UNKNOWN_ATTRIBUTE)
        return unknown_value(Reason.UNRESOLVED_NAME)

    def _uncalled(self) -> list[Code]:
        return [
            code
            for code in self.program.codes.values()
            if code.kind in ("function", "lambda") and code.id in self.defined
        ]

    def call_from_outside(self, code: Code) -> None:
        """Evaluate a body nobody calls, with what its annotations say of its parameters."""
        from hybridize.interproc.outside import outside_arguments

        given = self._supply(code.id)
        if given:
            self.supplied[code.id] = given
            for name, value in given.items():
                self.note_received(code, name, value, False, False, (code.path, code.position))
        for function in list(self.defined[code.id]):
            args, receiver = outside_arguments(self, code)
            args.update(given)
            activation = self.activation(code, function.env, args, receiver)
            activation.root = True
            self.demand(activation)

    def _supply(self, code: str) -> dict[str, Value]:
        from hybridize.interproc.pytest_calls import supplied

        return supplied(self, self.program.codes[code])

    def allocate(self, activation: Activation, cls: str, site: str) -> Object:
        """The object of class ``cls`` made at ``site`` by this activation."""
        self.touches += 1
        if activation.receiver_site and activation.receiver_site.count("<") < 2:
            site = f"{site}<{activation.receiver_site}"
        atom = object_of(cls, site)
        activation.allocated.add(atom)
        self.instances.made(atom)
        return atom

    def define(self, code: Code, env: str) -> Value:
        """The function value for a body defined under ``env``."""
        if code.id in self.wrappers:
            return value_of(lib_of("tensorflow.function"))
        atom = function_of(code.id, env if code.captures else "")
        self.defined.setdefault(code.id, {})[atom] = None
        return value_of(atom)

    def note_received(
        self, code: Code, name: str, value: Value, traced: bool, failing: bool, site: tuple[str, Position]
    ) -> None:
        """Remember what a call passes for a parameter, and where."""
        if failing:
            self._passed_failing.setdefault((code.id, name), {})[value] = None
        else:
            self.passed_at.setdefault((code.id, name), {}).setdefault((value, traced), site)

    def note_exposed(self, atom: Atom) -> None:
        """Remember a function that code nobody sees may call."""
        self.exposed[atom] = None
        if isinstance(atom, Function):
            self.exposed_codes.add(atom.code)

    def library_names(self, module: str) -> frozenset[str]:
        """The public names of a library module, as a star import binds them."""
        found = self._library_names.get(module)
        if found is None:
            names = (name for name in self.library.names_under(module) if not name.startswith("_"))
            found = self._library_names[module] = frozenset(names)
        return found

    def names_of_module(self, path: str) -> frozenset[str]:
        """Every name a module binds itself."""
        facts = self.program.modules[path]
        return facts.codes[facts.body].bound


OUTSIDE: Final = "outside"
"""Site of objects the program receives from callers nobody sees."""
