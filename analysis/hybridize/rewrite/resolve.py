"""From proposals to edits: the entry of this floor.

>>> resolved = resolve(document, proposal)       # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from hybridize import intention
from hybridize.intention import Applicability, Intention, Proposal
from hybridize.rewrite import arguments, calls, decorators, hoist, imports, loops, remarks
from hybridize.rewrite.document import Document, Refused
from hybridize.rewrite.draft import Draft
from hybridize.rewrite.edits import TextEdit, conflicting
from hybridize.syntax.source import SourceFile

_HOW: dict[type[Any], Callable[[Draft, Any], None]] = {
    intention.AddDecorator: decorators.add,
    intention.RemoveFunction: decorators.remove,
    intention.SetArgument: arguments.change,
    intention.RenameArgument: arguments.rename,
    intention.RemoveArgument: arguments.remove,
    intention.ReplaceCall: calls.replace,
    intention.PrintParts: calls.print_parts,
    intention.ReplaceAssert: calls.replace_assert,
    intention.KeepResult: loops.keep_result,
    intention.HoistFunction: hoist.hoist,
    intention.WrapArgument: calls.wrap_argument,
    intention.UnwrapCall: calls.unwrap_call,
    intention.CollectInArray: loops.collect_in_array,
    intention.RemoveSuppression: remarks.remove_suppression,
}


class Change(msgspec.Struct, frozen=True):
    """What a proposal does to one file, but for the imports that lose their last use: that hangs on other changes."""

    path: str
    edits: tuple[TextEdit, ...]
    removed: tuple[tuple[int, int], ...] = ()
    used: frozenset[str] = frozenset()


class Resolved(msgspec.Struct, frozen=True):
    """A proposal in the text of its files."""

    applicability: Applicability
    changes: tuple[Change, ...]


class Documents:
    """The files as they are in one round of fixing; each is parsed when it is first asked for, and once."""

    def __init__(
        self,
        sources: Callable[[str], SourceFile | None],
        imported: Callable[[str], frozenset[str]] = lambda _path: frozenset(),
    ) -> None:
        self._sources = sources
        self._imported = imported
        self._known: dict[str, Document | Refused] = {}

    def get(self, path: str) -> Document:
        """The parsed file.

        Raises:
            Refused: it is not there, or cannot be edited.
        """
        if path not in self._known:
            source = self._sources(path)
            try:
                self._known[path] = Document(source) if source is not None else Refused("the file is not there")
            except Refused as refusal:
                self._known[path] = refusal
        found = self._known[path]
        if isinstance(found, Refused):
            raise found
        return found

    def resolve(self, proposal: Proposal) -> Resolved:
        """The edits of a proposal.

        Raises:
            Refused: one of its steps cannot be carried out.
        """
        drafts: dict[str, Draft] = {}
        for step in proposal.steps:
            path = _path(step)
            draft = drafts.setdefault(path, Draft(self.get(path), proposal.applicability))
            _HOW[type(step)](draft, step)
        if not drafts:
            raise Refused("nothing is proposed")
        if any(
            conflicting(draft.edits[:index], draft.edits[index:])
            for draft in drafts.values()
            for index in range(len(draft.edits))
        ):
            raise Refused("its steps change the same code")
        for path, draft in drafts.items():
            notebook = self.get(path).source.notebook
            edits = [(edit.start, edit.end, edit.replacement) for edit in draft.edits]
            if notebook is not None and notebook.refusal(edits):
                raise Refused(notebook.refusal(edits))
        changes = tuple(
            Change(path, tuple(dict.fromkeys(draft.edits)), tuple(draft.removed), frozenset(draft.used))
            for path, draft in sorted(drafts.items())
        )
        applicability = max((draft.applicability for draft in drafts.values()), key=lambda one: one.rank)
        return Resolved(applicability, changes)

    def edits(self, changes: Sequence[Change]) -> dict[str, list[TextEdit]]:
        """All edits of several changes by file, and the removal of imports that none of them leaves a use for."""
        result: dict[str, list[TextEdit]] = {}
        for path in dict.fromkeys(change.path for change in changes):
            own = [change for change in changes if change.path == path]
            edits = list(dict.fromkeys(edit for change in own for edit in change.edits))
            removed = [range for change in own for range in change.removed]
            used = _union(change.used for change in own)
            result[path] = edits + imports.unused(self.get(path), removed, used, self._imported(path))
        return result


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _path(step: Intention) -> str:
    return step.function.path if isinstance(step, intention.AddDecorator) else step.at.path
