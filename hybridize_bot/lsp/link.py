"""The server's end of a worker: starts it, talks to it, and starts it again if it is lost."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress

import hybridize
import hybridize_bot
from hybridize_bot.lsp import messages
from hybridize_bot.lsp.messages import HEAD, Answer, Ask, Findings, Open

MOST_STARTS = 5
"""A worker that is lost more often stays lost."""
INTERRUPTED = "the analysis was interrupted"


def command() -> list[str]:
    """What starts a worker: with the modules of this process, and no others that lie where the editor is."""
    here = os.path.abspath(os.curdir)
    path = [one for one in sys.path if one and os.path.abspath(one) != here]
    # A checkout of the tool may be where the editor is: what it has comes last.
    own = (os.path.abspath(package.__file__ or "") for package in (hybridize, hybridize_bot))
    path += [os.path.dirname(os.path.dirname(one)) for one in own]
    start = "from hybridize_bot.lsp.worker import main; main(sys.argv[1:])"
    return [sys.executable, "-I", "-c", f"import sys; sys.path[:] = {path!r}; {start}"]


class Link:
    """One worker, for the program at ``path``."""

    def __init__(
        self, path: str, unit: messages.Unit, found: Callable[[Findings], None], begun: Callable[[], None]
    ) -> None:
        self._open = Open(path, unit)
        self._found = found
        self._begun = begun
        """Is to send all documents again: a new worker knows of none."""
        self._process: Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._asked = 0
        self._closed = False
        self._settled = asyncio.Event()
        """There is a worker to ask, or there will be none."""

    def start(self) -> None:
        """Start the worker; what is sent before it runs is lost, and ``begun`` comes after."""
        self._task = asyncio.ensure_future(self._keep())

    def send(self, message: messages.Request) -> None:
        """Send a message, if there is somebody to read it."""
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(messages.packed(message))

    async def ready(self) -> None:
        """Wait for a worker, as long as there may be one."""
        await self._settled.wait()

    async def ask(self, what: str, path: str, key: str = "") -> Answer:
        """Ask a question, and wait for the answer; without a worker it is refused."""
        if self._process is None:
            return Answer(0, refusal=INTERRUPTED)
        self._asked += 1
        number = self._asked
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self.send(Ask(number, what, path, key))  # type: ignore[arg-type]
        try:
            return await future
        finally:
            self._waiting.pop(number, None)

    def close(self) -> None:
        """End the worker."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        self._drop()
        self._settled.set()

    def _drop(self) -> None:
        process, self._process = self._process, None
        self._settled.clear()
        if process is not None and process.stdin is not None:
            process.stdin.close()  # on which it ends
        for number, future in self._waiting.items():
            if not future.done():
                future.set_result(Answer(number, refusal=INTERRUPTED))

    async def _keep(self) -> None:
        try:
            for _ in range(MOST_STARTS):
                self._process = await asyncio.create_subprocess_exec(*command(), stdin=PIPE, stdout=PIPE)
                self.send(self._open)
                self._begun()
                self._settled.set()
                assert self._process.stdout is not None
                with suppress(asyncio.IncompleteReadError, ConnectionError):
                    await self._listen(self._process.stdout)
                if self._closed:
                    return
                self._drop()
        finally:  # also where all tasks are cancelled, since the editor has gone
            self._drop()
            self._settled.set()
        self._found(
            Findings(-1, False, {}, trouble="the analysis ended several times; see the log of the language server")
        )

    async def _listen(self, stream: asyncio.StreamReader) -> None:
        while True:
            (length,) = HEAD.unpack(await stream.readexactly(HEAD.size))
            message = messages.response(await stream.readexactly(length))
            if isinstance(message, Answer):
                future = self._waiting.get(message.id)
                if future is not None and not future.done():
                    future.set_result(message)
            else:
                self._found(message)
