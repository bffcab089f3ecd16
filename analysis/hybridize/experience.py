"""What runs showed of the functions of a program, as far as it still fits their code.

An entry of the evidence counts if its fingerprint is that of the function as it is now. What parameters received hangs
on the function's own code; what came of running it as a graph hangs on what it calls, too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from hybridize.domains.atoms import Atom, const, py_type, tensor, unknown
from hybridize.domains.value import Value, value_of, widen
from hybridize.fingerprints import Key, alone, fingerprints, lines_of
from hybridize.interproc.events import Seen
from hybridize.project.program import Program
from hybridize.reasons import Reason
from hybridize.report import FunctionReport
from hybridize.runs import FunctionEvidence, Received, Runs
from hybridize.syntax.source import SourceFile

TENSORS: Final[Mapping[str, str]] = {
    "tensor": "dense", "ragged": "ragged", "sparse": "sparse", "variable": "variable", "ndarray": "ndarray",
}  # fmt: skip
"""What a run calls a value with a dtype and a shape, and what the analysis calls it."""

SCALARS: Final = ("int", "float", "complex", "bool", "str", "bytes")

TELLS_NOTHING: Final = ("not-exercised", "recorded")

MOST_TYPES: Final = 8
"""More types of one parameter are taken together."""


class Experience:
    """The evidence about one program.

    Args:
        runs: what is known of runs; None: nothing.
        root: the folder that paths of the program are relative to.
    """

    def __init__(self, runs: Runs | None, root: str, sources: Mapping[str, SourceFile]) -> None:
        self._sources = sources
        self._entries: dict[Key, FunctionEvidence] = {}
        self._lines: dict[str, list[str]] = {}
        if runs is not None:
            for entry in runs.functions:
                path = os.path.relpath(os.path.join(runs.folder, entry.path), root).replace(os.sep, "/")
                self._entries[path, entry.function] = entry

    def seen(self, program: Program) -> Seen:
        """What runs showed of functions that have the same code still."""
        received: dict[tuple[str, str], Value] = {}
        eager = set()
        for code in program.codes.values() if self._entries else ():
            entry = self._entries.get((code.path, code.qualname)) if code.kind == "function" else None
            if entry is None or entry.code != alone(self._text(code.path)[code.position[0] - 1 : code.position[2]]):
                continue
            if entry.calls:
                eager.add(code.id)
            for parameter in code.parameters:
                value = _value([one for one in entry.parameters if one.parameter == parameter.name])
                if value is not None:
                    received[code.id, parameter.name] = value
        return Seen(received, frozenset(eager))

    def added(self, functions: tuple[FunctionReport, ...]) -> tuple[FunctionReport, ...]:
        """The reports, with what came of running functions otherwise than they are written."""
        if not any((one.path, one.qualname) in self._entries for one in functions):
            return functions
        current = fingerprints(functions, self._text)
        told = []
        for function in functions:
            key = function.path, function.qualname
            entry = self._entries.get(key)
            fits = entry is not None and entry.outcome not in TELLS_NOTHING and entry.fingerprint == current[key]
            told.append(msgspec.structs.replace(function, run=entry) if fits else function)
        return tuple(told)

    def _text(self, path: str) -> list[str]:
        if path not in self._lines:
            self._lines[path] = lines_of(self._sources[path].text)
        return self._lines[path]


def _value(seen: Sequence[Received]) -> Value | None:
    """What a parameter received; None if nothing is known of it."""
    atoms = [_atom(one) for one in seen]
    known = [atom if atom is not None else unknown(Reason.NO_CALLER) for atom in atoms]
    return widen(value_of(*known), MOST_TYPES) if any(atom is not None for atom in atoms) else None


def _atom(seen: Received) -> Atom | None:
    if seen.kind in TENSORS:
        return tensor(TENSORS[seen.kind], seen.dtype or None, seen.shape)
    if seen.kind == "NoneType":
        return const(None)
    return py_type(seen.kind) if seen.kind in SCALARS else None
