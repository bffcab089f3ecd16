"""An editor as tests need one: opens, types, asks, and waits for what the server tells."""

from __future__ import annotations

import ast
import asyncio
import os
import sys
import time
from pathlib import Path

import pytest_lsp
from lsprotocol import types

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join([str(ROOT / "analysis"), str(ROOT)]),
    "PYTHONUNBUFFERED": "1",
}
COMMAND = [sys.executable, "-m", "hybridize_bot", "lsp"]
PATIENCE = 60.0
"""Seconds; what takes longer never comes. A machine that others use may take its time."""

UNSAFE = """\
import tensorflow as tf

from helper import log_step


@tf.function
def train_step(x):
    loss = tf.reduce_mean(x)
    log_step(loss)
    return loss


train_step(tf.ones([8]))
"""
HELPER = """\
def log_step(loss):
    print("loss", loss)
"""
MISSED = """\
import tensorflow as tf


def double(x):
    for _ in range(10):
        x = tf.tanh(x)
    return tf.nn.softmax(x) * 2.0


double(tf.ones([4]))
"""


def config():
    return pytest_lsp.ClientServerConfig(server_command=COMMAND, server_env=ENVIRONMENT, client_factory=_client)


def _client():
    """A client that does what editors do when the server asks for it."""
    client = pytest_lsp.make_test_lsp_client()
    client.registered = []
    client.refreshed = 0

    @client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params):
        client.registered += params.registrations

    @client.feature(types.WORKSPACE_CODE_LENS_REFRESH)
    def refresh(_params):
        client.refreshed += 1

    return client


def capabilities(name, encodings=None):
    """What the editor of that name says it can do."""
    found = pytest_lsp.client_capabilities(name)
    if encodings is not None:
        found.general = found.general or types.GeneralClientCapabilities()
        found.general.position_encodings = encodings
    return found


class Editor:
    """One editor in ``folder``, at the server that ``client`` talks to."""

    def __init__(self, client, folder):
        self.client = client
        self.folder = Path(folder)
        self.versions = {}
        self.texts = {}

    def uri(self, name):
        return (self.folder / name).as_uri()

    def write(self, name, text, encoding="utf-8"):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
        return path

    def open(self, name, text=None):
        """Open a file, with the text it has on disk or another one."""
        self.texts[name] = (self.folder / name).read_text("utf-8") if text is None else text
        self.versions[name] = 1
        item = types.TextDocumentItem(self.uri(name), "python", 1, self.texts[name])
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, name, text):
        """Replace all of a buffer."""
        self.texts[name] = text
        self.change(name, types.TextDocumentContentChangeWholeDocument(text))

    def change(self, name, *changes):
        self.versions[name] = self.versions.get(name, 0) + 1
        identifier = types.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name))
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, list(changes)))

    def replace(self, name, start, end, text):
        """Replace a region, as editors do while one types."""
        region = types.Range(types.Position(*start), types.Position(*end))
        self.change(name, types.TextDocumentContentChangePartial(region, text))

    def save(self, name):
        (self.folder / name).write_text(self.texts[name], "utf-8")
        identifier = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(identifier))

    def close(self, name):
        identifier = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(identifier))

    def diagnostics(self, name):
        return list(self.client.diagnostics.get(self.uri(name), ()))

    def codes(self, name):
        return [one.code for one in self.diagnostics(name)]

    def analyses(self):
        """How many exact answers there have been."""
        return sum("analyzed in" in one.message for one in self.client.log_messages)

    async def until(self, condition, what="it"):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                told = "\n".join(one.message for one in self.client.log_messages[-5:])
                raise AssertionError(f"{what} never came; diagnostics: {self.client.diagnostics}\n{told}")
            await asyncio.sleep(0.01)

    async def settled(self):
        """The exact answer for what the server has by now: what it sends for less it has sent before it answers us."""
        await self.hover("nothing.py", 0, 0)
        before = self.analyses()
        await self.until(lambda: self.analyses() > before, "an exact answer")

    async def actions(self, name, line, only=None, column=0):
        here = types.Range(types.Position(line, column), types.Position(line, column))
        context = types.CodeActionContext(self.diagnostics(name), only=only)
        identifier = types.TextDocumentIdentifier(self.uri(name))
        found = await self.client.text_document_code_action_async(types.CodeActionParams(identifier, here, context))
        return [_action(one) for one in found]

    async def resolved(self, action):
        return await self.client.code_action_resolve_async(action)

    async def hover(self, name, line, column):
        identifier = types.TextDocumentIdentifier(self.uri(name))
        return await self.client.text_document_hover_async(types.HoverParams(identifier, types.Position(line, column)))

    async def lenses(self, name):
        identifier = types.TextDocumentIdentifier(self.uri(name))
        return await self.client.text_document_code_lens_async(types.CodeLensParams(identifier))

    async def run(self, command, *arguments):
        return await self.client.workspace_execute_command_async(types.ExecuteCommandParams(command, list(arguments)))


async def begin(client, folder, name="visual_studio_code", encodings=None, folders=None):
    """Shake hands."""
    uris = [Path(one).as_uri() for one in (folders if folders is not None else [folder])]
    result = await client.initialize_session(
        types.InitializeParams(
            capabilities=capabilities(name, encodings),
            root_uri=uris[0] if uris else None,
            workspace_folders=[types.WorkspaceFolder(uri, Path(uri).name) for uri in uris],
        )
    )
    return Editor(client, folder), result


def _action(one):
    """An action: `lsprotocol` takes one that has a command for the command itself."""
    if isinstance(one, types.Command):
        command = types.Command(**{"title": one.title, **ast.literal_eval(one.command)})
        return types.CodeAction(one.title, command=command)
    return one


def applied(text, edits):
    """A text with edits of the protocol, in UTF-16."""
    from hybridize_bot.lsp.texts import Text

    lines = Text(text)
    for edit in sorted(edits, key=lambda one: (one.range.start.line, one.range.start.character), reverse=True):
        start, end = edit.range.start, edit.range.end
        places = (start.line, start.character), (end.line, end.character)
        lines = lines.replaced(*places, edit.new_text, "utf-16")
    return lines.text
