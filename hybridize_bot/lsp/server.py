"""The language server: what the protocol asks, answered from what the workers have found.

Nothing here analyzes: a request is answered from memory, or waits for its worker while others are served.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified, JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol.language_server import LanguageServerProtocol, lsp_method

from hybridize.rules import _registry
from hybridize_bot.baseline import NAME as BASELINE
from hybridize_bot.commands.rule import page
from hybridize_bot.config import NAMES, PROJECT
from hybridize_bot.files import write
from hybridize_bot.installed import version
from hybridize_bot.lsp import actions, hovers
from hybridize_bot.lsp.conversions import SOURCE, region
from hybridize_bot.lsp.documents import Document, Documents, folder_of, home, path_of, uri_of
from hybridize_bot.lsp.messages import Findings, Unit
from hybridize_bot.lsp.program import Program

SETTINGS = (*NAMES, PROJECT, BASELINE, "evidence.json")
"""Files that change what is told without being part of the program."""
_MOST_CHARACTERS = 60
"""Of the name of a file: names of functions may be longer than those of files, which are counted in bytes."""
_WATCHED = ("**/*.py", "**/*.ipynb", *(f"**/{name}" for name in SETTINGS))


class Protocol(LanguageServerProtocol):
    """Documents are ours: lines end as the protocol says, and what an editor does wrong breaks nothing."""

    _server: Server

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """A document was opened."""
        document = self._server.documents.open(params.text_document)
        if document is not None:
            self._server.opened(document)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """A document was changed."""
        document = self._server.documents.change(params, self._server.unit)
        if document is not None:
            self._server.program_of(document).changed(document)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """A document was closed."""
        document = self._server.documents.close(params.text_document.uri)
        if document is not None:
            self._server.closed(document)


class Server(LanguageServer):
    """The server of one editor."""

    def __init__(self) -> None:
        super().__init__("hybridize", version(), protocol_cls=Protocol)
        self.documents = Documents()
        self._programs: dict[str, Program] = {}
        self._folder = ""
        self._troubles: set[str] = set()

    # -- programs --------------------------------------------------------------------------------------------------

    @property
    def unit(self) -> Unit:
        """What the editor counts columns in."""
        encoding = str(getattr(self.workspace.position_encoding, "value", self.workspace.position_encoding))
        return "utf-8" if encoding == "utf-8" else "utf-32" if encoding == "utf-32" else "utf-16"

    def folders(self) -> list[str]:
        """The folders of the workspace."""
        uris = [folder.uri for folder in self.workspace.folders.values()]
        if not uris and self.workspace.root_uri is not None:
            uris = [self.workspace.root_uri]
        return [path for uri in uris if (path := path_of(uri)) is not None]

    def program(self, path: str) -> Program:
        """The program that a file belongs to."""
        root = home(path, self.folders())
        found = self._programs.get(root)
        if found is None:
            publish = self.text_document_publish_diagnostics
            found = Program(
                root,
                self.unit,
                self.documents,
                publish,
                self._found,
                lambda path: folder_of(path, self.folders()) or root,
            )
            self._programs[root] = found
        return found

    def program_of(self, document: Document) -> Program:
        """The program that an open document counts as one of, until `refolded` gives it to another."""
        own = (program for program in self._programs.values() if program.has(document))
        return next(own, None) or self.program(document.path)

    def opened(self, document: Document) -> None:
        """A document was opened."""
        self._resettle()
        self.program(document.path).opened(document)

    def closed(self, document: Document) -> None:
        """A document was closed; with the last one, a program that is no folder of the workspace is over."""
        program = self.program_of(document)
        program.closed(document)
        if program.is_empty and program.path not in self.folders():
            self._programs.pop(program.path).close()

    def refolded(self) -> None:
        """The folders of the workspace have changed: documents may belong to other programs."""
        homes = {document.uri: home(document.path, self.folders()) for document in self.documents}
        for root in self._programs.keys() - set(homes.values()):
            self._programs.pop(root).close()
        for document in self.documents:
            for root, program in self._programs.items():
                if root != homes[document.uri] and program.has(document):
                    program.closed(document)
            self.program(document.path).opened(document)

    def _resettle(self) -> None:
        """Settings that have come or gone may make documents belong to other programs."""
        folders = self.folders()
        if any(
            program.has(document) and root != home(document.path, folders)
            for root, program in self._programs.items()
            for document in self.documents
        ):
            self.refolded()

    def touched(self, paths: list[str]) -> None:
        """Files have changed on disk."""
        self._resettle()
        for root, program in self._programs.items():
            own = [path for path in paths if path.startswith(root.rstrip(os.sep) + os.sep) or _governs(path, root)]
            if own:
                program.look(settings=any(os.path.basename(path) in SETTINGS for path in own))

    def close(self) -> None:
        """End all workers."""
        for program in self._programs.values():
            program.close()
        self._programs = {}
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _found(self, program: Program, findings: Findings) -> None:
        if findings.trouble:
            if findings.trouble not in self._troubles:
                self._troubles.add(findings.trouble)
                self.tell(f"{program.path}: {findings.trouble}", types.MessageType.Warning)
            return
        self._troubles.clear()
        workspace = self.client_capabilities.workspace
        lenses = workspace.code_lens if workspace is not None else None
        if findings.exact and lenses is not None and lenses.refresh_support:
            self.workspace_code_lens_refresh(None)
        if findings.exact:
            self.window_log_message(
                types.LogMessageParams(
                    types.MessageType.Log,
                    f"{program.path}: analyzed in {findings.milliseconds} ms (edit {findings.number})",
                )
            )

    # -- messages --------------------------------------------------------------------------------------------------

    def tell(self, text: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """A message for the person."""
        self.window_show_message(types.ShowMessageParams(kind, f"{SOURCE}: {text}"))

    async def show(self, name: str, markdown: str) -> None:
        """A longer text: a document where the editor can show one, else a message."""
        window = self.client_capabilities.window
        if window is not None and window.show_document is not None and window.show_document.support:
            try:
                path = self._written(name, markdown)
                shown = await self.window_show_document_async(types.ShowDocumentParams(uri_of(path), take_focus=True))
            except (OSError, JsonRpcException) as error:
                self.report_server_error(error, None)
            else:
                if shown.success:
                    return
        self.window_show_message(types.ShowMessageParams(types.MessageType.Info, markdown))

    def _written(self, name: str, markdown: str) -> str:
        """A file that holds a text."""
        if not self._folder:
            self._folder = tempfile.mkdtemp(prefix="hybridize-")
        slug = "".join(one if one.isalnum() else "-" for one in name)
        path = os.path.join(self._folder, slug[:_MOST_CHARACTERS] + ".md")
        write(path, (markdown + "\n").encode("utf-8", "replace"))
        return path

    def report_server_error(self, error: Exception, source: Any) -> None:  # noqa: ARG002 (as it is called)
        """Errors belong into the log of the editor, not into the way of the person."""
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, f"{type(error).__name__}: {error}"))


def _governs(path: str, root: str) -> bool:
    """Whether a file of settings is in a folder above ``root``."""
    return os.path.basename(path) in SETTINGS and root.startswith(os.path.dirname(path).rstrip(os.sep) + os.sep)


def server() -> Server:  # noqa: C901 (one handler after the other)
    """A server with all that it answers."""
    made = Server()

    @made.feature(types.INITIALIZED)
    async def initialized(ls: Server, _params: types.InitializedParams) -> None:
        workspace = ls.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        if watching is not None and watching.dynamic_registration:
            watchers = [types.FileSystemWatcher(pattern) for pattern in _WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            registration = types.Registration("watched", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            await ls.client_register_capability_async(types.RegistrationParams([registration]))

    @made.feature(types.SHUTDOWN)
    def shutdown(ls: Server, _params: None) -> None:
        ls.close()

    @made.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
        ls.touched([path for change in params.changes if (path := path_of(change.uri)) is not None])

    @made.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
        path = path_of(params.text_document.uri)
        if path is not None:
            ls.touched([path])

    @made.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def refolded(ls: Server, _params: types.DidChangeWorkspaceFoldersParams) -> None:
        ls.refolded()

    @made.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def configured(_ls: Server, _params: types.DidChangeConfigurationParams) -> None:
        """Settings are those of the project: editors have none."""

    @made.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions([types.CodeActionKind.QuickFix, actions.FIX_ALL], resolve_provider=True),
    )
    async def code_action(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
        document = ls.documents.get(params.text_document.uri)
        if document is None:
            return []
        program = ls.program_of(document)
        found = actions.offered(program, document, params)
        if actions.resolves(ls.client_capabilities):
            return found
        return [one for one in [await _resolved(ls, action) for action in found] if one.edit or one.command]

    @made.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(ls: Server, action: types.CodeAction) -> types.CodeAction:
        return await _resolved(ls, action, tell=True)

    @made.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
        document = ls.documents.get(params.text_document.uri)
        if document is None:
            return None
        return await hovers.hover(ls.program_of(document), document, params.position, ls.unit)

    @made.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def code_lens(ls: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
        document = ls.documents.get(params.text_document.uri)
        if document is None:
            return []
        return [
            types.CodeLens(
                region(one.head),
                types.Command(one.title, actions.WHY, arguments=[document.uri, one.name, one.head.line]),
            )
            for one in ls.program_of(document).functions.get(document.path, ())
            if one.title
        ]

    @made.command(actions.WHY)
    async def why(ls: Server, uri: str, name: str, line: int) -> str:
        document = ls.documents.get(uri)
        known = ls.program_of(document).functions.get(document.path, ()) if document is not None else ()
        named = sorted((one for one in known if one.name == name), key=lambda one: abs(one.head.line - line))
        text = named[0].text if named else f"Nothing is known of `{name}` at present."
        _shown(ls, name, text)
        return text

    @made.command(actions.EXPLAIN)
    async def explain(ls: Server, code: str) -> str:
        rule = _registry.find(code)
        text = page(rule) if rule is not None else f"There is no rule {code}."
        _shown(ls, code, text)
        return text

    return made


_shows: set[asyncio.Task[None]] = set()


def _shown(ls: Server, name: str, text: str) -> None:
    """Show a text without waiting for the editor, which may be waiting for our answer."""
    task = asyncio.ensure_future(ls.show(name, text))
    _shows.add(task)
    task.add_done_callback(_shows.discard)


async def _resolved(ls: Server, action: types.CodeAction, *, tell: bool = False) -> types.CodeAction:
    """The action with its edits, proven on the documents as they are."""
    asked = actions.asked(action)
    document = ls.documents.get(asked.uri) if asked is not None else None
    if asked is None or document is None:
        return action
    program = ls.program_of(document)
    answer, current = await program.ask(asked.what, document.path, asked.key)
    if not current:
        raise JsonRpcContentModified("the document has changed meanwhile")
    if answer.refusal:
        if tell:
            ls.tell(f"{action.title}: {answer.refusal}", types.MessageType.Warning)
        return action
    action.edit = program.edit(answer.changes, versioned=actions.versioned(ls.client_capabilities))
    return action
