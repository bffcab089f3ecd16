"""Where a program turns graphs off for good: every function under `tf.function`, or what Keras runs of a model.

A switch under a condition, in a test, or in a file that also turns graphs on again is there for a reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.repeats import ARMS, MAX_CALLERS, Repeats
from hybridize.analyses.hazards.site import Seen
from hybridize.analyses.hazards.tracing import UNCERTAIN, Traced, name_of
from hybridize.domains.atoms import Atom, Bound, Const, Lib
from hybridize.domains.value import BOTTOM, Value
from hybridize.interproc.activation import Activation
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction, Region

SWITCHES = frozenset({
    "tensorflow.config.run_functions_eagerly", "tensorflow.config.experimental_run_functions_eagerly",
})  # fmt: skip
COMPILES = "keras.Model.compile"
FUNCTIONS, MODEL = "functions", "model"


def modes(repeats: Repeats) -> Iterator[tuple[Traced, Seen]]:
    """The switches, by file."""
    finder = _Modes(repeats)
    for id in sorted(repeats.eager):
        for activation in repeats.machine.by_code.get(id, ()):
            if activation.evaluated and activation.registers:
                finder.look(activation)
    for path, found in sorted(finder.off.items()):
        for activation, number, call, what in found:
            if path not in finder.on and finder.is_sure(activation.code, number, MAX_CALLERS):
                traced = Traced(activation, UNCERTAIN, None, None, None)
                yield traced, Seen("graphs-off", call[5], what, 0, BOTTOM)


class _Modes:
    def __init__(self, repeats: Repeats) -> None:
        self.repeats = repeats
        self.tracing = repeats.tracing
        self.off: dict[str, list[tuple[Activation, int, Instruction, str]]] = {}
        """File to (activation, block, call, what) of each switch."""
        self.on: set[str] = set()
        """Files that turn graphs on again, or ask a variable."""

    def look(self, activation: Activation) -> None:
        """Note the switches of one body."""
        body, path = self.tracing.body(activation), activation.code.path
        for call in body.calls:
            callees = activation.registers[call[2]].atoms
            what = _switched(callees[0]) if len(callees) == 1 and (call[4] or len(call[3]) == 1) else ""
            keywords = dict(call[4]) if what else {}
            given = keywords.get("run_eagerly", call[3][0][0] if what == FUNCTIONS and call[3] else None)
            if given is None:
                continue
            if _is_true(activation.registers[given]):
                if self.repeats.counts(activation.code):
                    self.off.setdefault(path, []).append((activation, body.homes[call[1]], call, what))
            elif what == FUNCTIONS:
                self.on.add(path)

    def is_sure(self, code: Code, number: int, left: int) -> bool:
        """Whether a program that runs comes by a block of a body, no condition asked."""
        for region in self._around(code, number):
            if region.kind in ARMS and not self._asks_for_main(code, region):
                return False
        if code.kind == "module":
            return True
        return left > 0 and any(
            caller.code is not code
            and self.repeats.counts(caller.code)
            and any(
                self.is_sure(caller.code, block, left - 1)
                for block, _ in self.tracing.body(caller).at.get(edge.position, ())
            )
            for caller, edge in self.repeats.calls.get(code.id, ())
        )

    @staticmethod
    def _around(code: Code, number: int) -> Iterator[Region]:
        region = code.blocks[number].region
        while region >= 0:
            yield code.regions[region]
            region = code.regions[region].parent

    @staticmethod
    def _asks_for_main(code: Code, region: Region) -> bool:
        """``if __name__ == "__main__"``."""
        return code.kind == "module" and any(
            ins[0] in (ir.LOAD_NAME, ir.LOAD_GLOBAL) and ins[2] == "__name__" and ins[3][0] == region.position[0]
            for block in code.blocks
            for ins in block.instructions
        )


def _switched(callee: Atom) -> str:
    """What a call of a library's function switches: ``functions``, or a ``model``."""
    if isinstance(callee, Lib):
        return FUNCTIONS if callee.name in SWITCHES else ""
    return MODEL if isinstance(callee, Bound) and name_of(callee) == COMPILES else ""


def _is_true(value: Value) -> bool:
    return len(value.atoms) == 1 and isinstance(value.atoms[0], Const) and value.atoms[0].constant is True
