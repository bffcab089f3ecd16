"""The documents that an editor has open, and where they are on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path

from hybridize_bot.config import NAMES, PROJECT, has_table
from hybridize_bot.lsp.messages import Unit
from hybridize_bot.lsp.texts import Text


class Document:
    """One open document."""

    def __init__(self, uri: str, path: str, version: int, text: str) -> None:
        self.uri = uri
        self.path = path
        self.version = version
        self.text = Text(text)


class Documents:
    """All open documents that are files; others, such as cells of notebooks, are left alone."""

    def __init__(self) -> None:
        self._by_uri: dict[str, Document] = {}

    def __iter__(self) -> Iterator[Document]:
        return iter(self._by_uri.values())

    def get(self, uri: str) -> Document | None:
        """The open document of that name."""
        return self._by_uri.get(uri)

    def at(self, path: str) -> Document | None:
        """The open document of a file."""
        return next((one for one in self._by_uri.values() if one.path == path), None)

    def open(self, item: types.TextDocumentItem) -> Document | None:
        """Take note of a document; None if it is no file."""
        path = path_of(item.uri)
        if path is None:
            return None
        self._by_uri[item.uri] = document = Document(item.uri, path, item.version, item.text)
        return document

    def change(self, params: types.DidChangeTextDocumentParams, unit: Unit) -> Document | None:
        """Change a document as told; None if nobody has opened it."""
        document = self._by_uri.get(params.text_document.uri)
        if document is None:
            return None
        for change in params.content_changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = change.range.start, change.range.end
                places = (start.line, start.character), (end.line, end.character)
                document.text = document.text.replaced(*places, change.text, unit)
            else:
                document.text = Text(change.text)
        document.version = params.text_document.version
        return document

    def close(self, uri: str) -> Document | None:
        """Forget a document."""
        return self._by_uri.pop(uri, None)


def path_of(uri: str) -> str | None:
    """The file of a URI, as an absolute path; None if it is none."""
    path = to_fs_path(uri)
    return os.path.abspath(path) if path and "\0" not in path else None


def uri_of(path: str) -> str:
    """The URI of a file."""
    return from_fs_path(path) or ""


def folder_of(path: str, folders: list[str]) -> str:
    """The innermost of some folders that a file is in; empty if it is in none."""
    return max((folder for folder in folders if path.startswith(folder.rstrip(os.sep) + os.sep)), key=len, default="")


def home(path: str, folders: list[str]) -> str:
    """What to analyze for a file: the innermost workspace folder that it is in, or the project around it.

    A file that belongs to none is a program of its own: who knows what else lies in its folder.
    """
    around = folder_of(path, folders)
    if around:
        return around
    folder = os.path.dirname(path)
    while True:
        project = os.path.join(folder, PROJECT)
        names = (*NAMES, ".git")
        if any(os.path.lexists(os.path.join(folder, name)) for name in names) or (
            os.path.isfile(project) and has_table(project)
        ):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return path
        folder = parent
