"""From an edit to diagnostics in an editor: ``python benchmarks/editor_latency.py [--publish]``.

An editor of its own (JSON-RPC on pipes) opens gpflow in `hybridize lsp`, types into one file, and waits for what it is
shown. Times are wall-clock, from the moment the edit is sent to the moment the diagnostics are there, with the 100 ms
for which the server waits for the next key. A parse error takes no analysis; a finding that an edit makes, and the word
that nothing has changed, do.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _measure import TOOL, commit, machine, publish, table
from corpora import corpus, lines

PROGRAM = "gpflow"
MORE = """

import tensorflow as tf


@tf.function
def changed_{turn}(x):
    print(x)
    return x + {turn}


changed_{turn}(tf.ones([2]))
"""
LIMIT = 120.0
"""Seconds after which an answer counts as missing."""


class Editor:
    """Speaks to a server, and notes when what comes."""

    def __init__(self, folder: Path) -> None:
        self._server = subprocess.Popen(
            [*TOOL, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder
        )
        self._messages: queue.Queue[tuple[float, dict[str, Any]]] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self._version = 0
        uri = folder.as_uri()
        self._send("initialize", {"processId": None, "rootUri": uri, "capabilities": {}}, 1)
        self.wait(lambda message: message.get("id") == 1)
        self._send("initialized", {})

    def _listen(self) -> None:
        stream = self._server.stdout
        assert stream is not None
        while head := stream.readline():
            length = int(head.split(b":")[1])
            while stream.readline().strip():
                pass
            self._messages.put((time.perf_counter(), json.loads(stream.read(length))))

    def _send(self, method: str, params: Any, number: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        data = json.dumps(message if number is None else {**message, "id": number}).encode()
        assert self._server.stdin is not None
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self._server.stdin.flush()

    def wait(self, wanted: Callable[[dict[str, Any]], bool]) -> float:
        """When the first message came that is ``wanted``."""
        while True:
            came, message = self._messages.get(timeout=LIMIT)
            if wanted(message):
                return came

    def rest(self) -> None:
        """Let pass what the server has to say of the last edit."""
        while True:
            try:
                self._messages.get(timeout=0.5)
            except queue.Empty:
                return

    def open(self, path: Path) -> None:
        """Open a file."""
        self._version = 1
        document = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": path.read_text("utf-8")}
        self._send("textDocument/didOpen", {"textDocument": document})

    def type(self, path: Path, text: str) -> float:
        """Replace the text of a document; when that was."""
        self._version += 1
        identifier = {"uri": path.as_uri(), "version": self._version}
        begin = time.perf_counter()
        self._send("textDocument/didChange", {"textDocument": identifier, "contentChanges": [{"text": text}]})
        return begin

    def end(self) -> None:
        """Take leave."""
        self._send("shutdown", None, 2)
        self.wait(lambda message: message.get("id") == 2)
        self._send("exit", None)
        self._server.wait(30)


def exact(message: dict[str, Any]) -> bool:
    """Whether the server says that an analysis is done."""
    return message.get("method") == "window/logMessage" and "analyzed in" in message["params"]["message"]


def shows(path: Path, code: str) -> Callable[[dict[str, Any]], bool]:
    """Asks whether a message shows a finding in a file."""

    def asked(message: dict[str, Any]) -> bool:
        params = message.get("params") or {}
        if message.get("method") != "textDocument/publishDiagnostics" or params["uri"] != path.as_uri():
            return False
        return any(one["code"] == code for one in params["diagnostics"])

    return asked


def measured(folder: Path, path: Path, turns: int) -> dict[str, list[float]]:
    """Seconds of each kind of edit, of each turn."""
    found: dict[str, list[float]] = {}
    text = path.read_text("utf-8")
    begin = time.perf_counter()
    editor = Editor(folder)
    editor.open(path)
    found["the first answer, nothing remembered"] = [editor.wait(exact) - begin]
    for turn in range(turns):
        for name, more, wanted in (
            ("a comment more", f"\n# {turn}\n", exact),
            ("a function more, which is unsafe: its finding", MORE.format(turn=turn), shows(path, "HYB101")),
            ("half a line: the parse error", f"\nx = ({turn}\n", shows(path, "HYB001")),
        ):
            editor.rest()
            found.setdefault(name, []).append(-editor.type(path, text + more) + editor.wait(wanted))
    editor.end()
    return found


def main() -> None:
    """Measure, then print or publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20, help="turns (default: 20)")
    parser.add_argument("--folder", type=Path, help="another program than gpflow")
    parser.add_argument("--file", help="the file to type into, relative to the folder")
    parser.add_argument("--publish", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "program")
        shutil.copytree(options.folder or corpus(PROGRAM).folder, folder)
        (folder / ".git").mkdir(exist_ok=True)
        os.environ["XDG_CACHE_HOME"] = scratch
        path = folder / options.file if options.file else middle_file(folder)
        size = lines(sorted(folder.rglob("*.py")))
        found = measured(folder, path, options.runs)
        own = lines([path])
    rows = []
    for name, times in found.items():
        late = sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]
        cells = [f"{statistics.median(times):.2f}", f"{late:.2f}", f"{max(times):.2f}"]
        rows.append((name, *(cells if len(times) > 1 else [cells[0], "", ""]), str(len(times))))
    text = (
        f"{size:,} lines; the edited file has {own:,}. Commit {commit()}; {machine()}.\n\n"
        f"{table(('edit', 'median s', 'p95 s', 'longest s', 'edits'), rows)}"
    )
    print(text)
    if options.publish:
        publish("editor_latency", text)


def middle_file(folder: Path) -> Path:
    """A file that others use, and that uses others: the one of middle size in the package."""
    files = [path for path in sorted(folder.rglob("*.py")) if path.parent.name == PROGRAM and path.name[0] != "_"]
    return sorted(files, key=lambda path: path.stat().st_size)[len(files) // 2]


if __name__ == "__main__":
    main()
