"""One program in the server: which of its documents are open, what was found in it last, and what the editor was told.

Every change has a number. What comes back with another one than the latest is about a program that is no more, and is
dropped; so what the editor shows last is always the exact answer for what it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from lsprotocol import types

from hybridize_bot.lsp import messages
from hybridize_bot.lsp.conversions import diagnostic, mistake, region
from hybridize_bot.lsp.documents import Document, Documents, uri_of
from hybridize_bot.lsp.link import Link
from hybridize_bot.lsp.messages import Answer, Edit, Findings, Function, Held, Shown

DELAY = 0.1
"""Seconds without a change after which the analysis hears of the last ones."""


class _State(NamedTuple):
    """What the editor was told of a file."""

    shown: tuple[Shown, ...] = ()
    mistakes: tuple[messages.Mistake, ...] = ()
    version: int | None = None

    @property
    def is_empty(self) -> bool:
        return not self.shown and not self.mistakes


class Program:
    """The program at ``path``: a folder or a file."""

    def __init__(
        self,
        path: str,
        unit: messages.Unit,
        documents: Documents,
        publish: Callable[[types.PublishDiagnosticsParams], None],
        told: Callable[[Program, Findings], None],
        home: Callable[[str], str],
    ) -> None:
        self.path = path
        self.number = 0
        self.exact = False
        self.functions: dict[str, tuple[Function, ...]] = {}
        self.shown: dict[str, tuple[Shown, ...]] = {}
        self._documents = documents
        self._mine: dict[str, Document] = {}
        """Path to document, for those of this program."""
        self._changed: dict[str, str | None] = {}
        self._look = self._settings = False
        self._publish = publish
        self._told = told
        self._home = home
        self._published: dict[str, _State] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._held: dict[str, tuple[int, asyncio.Task[tuple[Held, ...]]]] = {}
        self._link = Link(path, unit, self._found, self._begin)
        self._link.start()

    # -- what changes ----------------------------------------------------------------------------------------------

    def opened(self, document: Document) -> None:
        """A document of this program was opened."""
        self._mine[document.path] = document
        self.changed(document, look=True)

    def changed(self, document: Document, *, look: bool = False) -> None:
        """A document was changed, or (``look``) saved."""
        self._changed[document.path] = document.text.text
        self.look(settings=False, look=look)

    def closed(self, document: Document) -> None:
        """A document was closed: the file on disk counts again."""
        self._mine.pop(document.path, None)
        self._changed[document.path] = None
        self.look(settings=False)

    def look(self, *, settings: bool, look: bool = True) -> None:
        """Something has changed: on disk, if ``look``, and it may be the ``settings``."""
        self.number += 1
        self.exact = False
        self._look = self._look or look
        self._settings = self._settings or settings
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(DELAY, self.flush)

    def flush(self) -> None:
        """Tell the worker of what has changed."""
        if self._timer is None:
            return
        self._timer.cancel()
        self._timer = None
        self._link.send(Edit(self.number, self._changed, self._look, self._settings))
        self._changed, self._look, self._settings = {}, False, False

    def _begin(self) -> None:
        """The worker is new."""
        self._changed = {path: document.text.text for path, document in self._mine.items()}
        self.look(settings=False)

    def close(self) -> None:
        """End the worker, and take back what was told."""
        if self._timer is not None:
            self._timer.cancel()
        self._link.close()
        for uri in self._published:
            self._publish(types.PublishDiagnosticsParams(uri, []))
        self._published = {}

    def has(self, document: Document) -> bool:
        """Whether the document counts as one of this program."""
        return document.path in self._mine

    @property
    def is_empty(self) -> bool:
        """Whether none of its documents is open."""
        return not self._mine

    # -- what is found ---------------------------------------------------------------------------------------------

    def _found(self, findings: Findings) -> None:
        if findings.trouble and not findings.exact:
            self._told(self, findings)
            return
        if findings.number != self.number:
            return
        self.exact = findings.exact
        self.shown = findings.files
        self.functions = findings.functions
        mistakes: dict[str, list[messages.Mistake]] = {}
        for one in findings.mistakes:
            mistakes.setdefault(one.path, []).append(one)
        own = {path: shown for path, shown in findings.files.items() if self._is_mine(path)}
        states = {
            self._uri(path): _State(own.get(path, ()), tuple(mistakes.get(path, ()))) for path in {**own, **mistakes}
        }
        for uri in [*states, *(uri for uri in self._published if uri not in states)]:
            self._tell(uri, states.get(uri, _State()))
        self._told(self, findings)

    def _tell(self, uri: str, state: _State) -> None:
        """Tell the editor of a file, if that is news: most edits change nothing in most files."""
        document = self._documents.get(uri)
        state = state._replace(version=document.version if document is not None else None)
        if (state.is_empty and uri not in self._published) or self._published.get(uri) == state:
            return
        self._published[uri] = state
        if state.is_empty:
            del self._published[uri]
        told = [*(diagnostic(one, self._uri) for one in state.shown), *map(mistake, state.mistakes)]
        self._publish(types.PublishDiagnosticsParams(uri, told, state.version))

    def _is_mine(self, path: str) -> bool:
        """Whether it is for this program to tell of a file: folders of a workspace may lie in one another."""
        return path in self._mine or self._home(path) == self.path

    def _uri(self, path: str) -> str:
        document = self._mine.get(path) or self._documents.at(path)
        return document.uri if document is not None else uri_of(path)

    # -- questions -------------------------------------------------------------------------------------------------

    async def ask(self, what: str, path: str, key: str = "") -> tuple[Answer, bool]:
        """The answer of the worker, and whether it is about the documents as they are now."""
        await self._link.ready()
        self.flush()
        number = self.number
        answer = await self._link.ask(what, path, key)
        return answer, number == self.number

    async def held(self, path: str, *, wait: bool = True) -> tuple[Held, ...]:
        """What names in a file hold in the program as it is; without ``wait``, what is known of it already."""
        number, task = self._held.get(path, (-1, None))
        if task is None or number != self.number:
            if not wait:
                return ()
            task = asyncio.ensure_future(self._ask_held(path))
            self._held = {path: (self.number, task)}
        if not wait and not task.done():
            return ()
        return await asyncio.shield(task)  # others may wait for it when this one is cancelled

    async def _ask_held(self, path: str) -> tuple[Held, ...]:
        answer, _ = await self.ask("held", path)
        return answer.held

    def edit(self, changes: dict[str, tuple[messages.TextEdit, ...]], *, versioned: bool) -> types.WorkspaceEdit:
        """Changes for the editor, of the versions that it has."""
        edits = {
            self._uri(path): [types.TextEdit(region(one.range), one.text) for one in own]
            for path, own in changes.items()
        }
        if not versioned:
            return types.WorkspaceEdit(changes=edits)
        return types.WorkspaceEdit(
            document_changes=[
                types.TextDocumentEdit(
                    types.OptionalVersionedTextDocumentIdentifier(uri, version=self._version(uri)), list(own)
                )
                for uri, own in edits.items()
            ]
        )

    def _version(self, uri: str) -> int | None:
        document = self._documents.get(uri)
        return document.version if document is not None else None
