"""The process that analyzes: reads requests from stdin, writes answers to stdout (`messages`).

It keeps the program lowered and remembers parts of it. What takes long is asked of a forked copy of the process, which
is ended when an edit makes the question idle; the worker itself always listens. Where processes cannot be forked, it
answers one request after the other, and leaves out those that newer ones make idle.
"""

from __future__ import annotations

import gc
import os
import queue
import selectors
import sys
import threading
from functools import partial
from typing import Union

import msgspec

from hybridize.workers import can_fork
from hybridize_bot.lsp import copies, messages
from hybridize_bot.lsp.copies import Copy
from hybridize_bot.lsp.messages import HEAD, Answer, Ask, Edit, Findings, Open
from hybridize_bot.lsp.project import InputError, Project

FAILED = "the analysis failed; its error is in the log of the language server"


class Worker:
    """Answers requests about one project."""

    def __init__(self) -> None:
        self._project: Project | None = None
        self._running: Copy | None = None
        """The analysis of the program as it is."""
        self._number = 0
        self._asked: dict[Copy, int] = {}

    # -- with copies -----------------------------------------------------------------------------------------------

    def serve(self, incoming: int) -> None:
        """Answer what comes through the file descriptor ``incoming``, until it is closed."""
        buffer = bytearray()
        try:
            while True:
                for ready in self._wait(incoming):
                    if isinstance(ready, Copy):
                        self._over(ready)
                        continue
                    data = os.read(incoming, 1 << 20)
                    if not data:
                        return
                    buffer += data
                for one in _latest(list(_messages(buffer))):
                    self._take(one)
        finally:
            self._give_up()

    def _wait(self, incoming: int) -> list[Union[int, Copy]]:
        with selectors.DefaultSelector() as selector:
            selector.register(incoming, selectors.EVENT_READ, incoming)
            for copy in (*self._asked, *([self._running] if self._running else [])):
                selector.register(copy.results, selectors.EVENT_READ, copy)
            return [key.data for key, _ in selector.select()]

    def _give_up(self) -> None:
        for copy in (*self._asked, *([self._running] if self._running else [])):
            copy.end()
        self._asked, self._running = {}, None

    def _take(self, request: messages.Request) -> None:
        if isinstance(request, Ask):
            assert self._project is not None
            self._asked[Copy(partial(_answered, self._project, request))] = request.id
        elif self._taken(request):
            assert self._project is not None
            gc.freeze()  # a copy shares what nobody touches, the collector included
            self._running = Copy(partial(_analyzed, self._project, self._number))

    def _over(self, copy: Copy) -> None:
        parts = copy.received()
        assert self._project is not None
        if copy is self._running:
            self._running = None
            if not parts:
                _send(Findings(self._number, False, {}, trouble=FAILED))
                return
            self._project.memory.take(_entries(parts[1]))
            findings = messages.response(parts[0])
            assert isinstance(findings, Findings)
            _send(self._project.settle(findings))
        elif copy in self._asked:
            number = self._asked.pop(copy)
            if not parts:
                _send(Answer(number, refusal=FAILED))
                return
            self._project.memory.take(_entries(parts[1]))
            _write(parts[0])

    # -- without ---------------------------------------------------------------------------------------------------

    def serve_alone(self, incoming: int) -> None:
        """The same without copies."""
        waiting: queue.Queue[bytes] = queue.Queue()

        def listen() -> None:
            while data := os.read(incoming, 1 << 20):
                waiting.put(data)
            waiting.put(b"")

        threading.Thread(target=listen, daemon=True).start()
        buffer = bytearray()
        while data := waiting.get():
            buffer += data
            while not waiting.empty():
                more = waiting.get()
                buffer += more
                if not more:
                    return
            for one in _latest(list(_messages(buffer))):
                self._answer(one)

    def _answer(self, request: messages.Request) -> None:
        try:
            if isinstance(request, Ask):
                assert self._project is not None
                _send(self._project.answer(request))
            elif self._taken(request):
                assert self._project is not None
                _send(self._project.settle(self._project.analyzed(self._number)))
        except Exception:  # noqa: BLE001 - the editor goes on
            import traceback

            traceback.print_exc()
            _send(
                Answer(request.id, refusal=FAILED)
                if isinstance(request, Ask)
                else Findings(self._number, False, {}, trouble=FAILED)
            )

    # -- both ------------------------------------------------------------------------------------------------------

    def _taken(self, request: Open | Edit) -> bool:
        """Take over an edit and tell what is known of it; whether it is to be analyzed."""
        if isinstance(request, Open):
            self._project = Project(request.path, request.unit)
            return False
        assert self._project is not None
        self._give_up_idle()
        self._number = request.number
        try:
            if request.settings:
                self._project.configure()
            self._project.edit(request.documents, look=request.look)
        except InputError as error:
            _send(Findings(request.number, True, {}, mistakes=self._project.mistakes, trouble=str(error)))
            return False
        known = self._project.known(request.number)
        if self._project.knows:  # else an editor would take back what a worker before this one has told
            _send(known)
        return not known.exact

    def _give_up_idle(self) -> None:
        """What is being found out is about a program that is no more."""
        for number in self._asked.values():
            _send(Answer(number, refusal="the document has changed"))
        self._give_up()


def _latest(requests: list[messages.Request]) -> list[messages.Request]:
    """The requests, with several edits in a row as one."""
    found: list[messages.Request] = []
    for one in requests:
        last = found[-1] if found else None
        if isinstance(one, Edit) and isinstance(last, Edit):
            found[-1] = Edit(
                one.number, {**last.documents, **one.documents}, one.look or last.look, one.settings or last.settings
            )
        else:
            found.append(one)
    return found


def _messages(buffer: bytearray) -> list[messages.Request]:
    """Take the whole messages out of ``buffer``."""
    found = []
    while len(buffer) >= HEAD.size:
        (length,) = HEAD.unpack_from(buffer)
        if len(buffer) < HEAD.size + length:
            break
        found.append(messages.request(bytes(buffer[HEAD.size : HEAD.size + length])))
        del buffer[: HEAD.size + length]
    return found


def _answered(project: Project, question: Ask) -> tuple[bytes, ...]:
    return _worked(project, project.answer(question))


def _analyzed(project: Project, number: int) -> tuple[bytes, ...]:
    return _worked(project, project.analyzed(number))


def _worked(project: Project, answer: messages.Response) -> tuple[bytes, ...]:
    """An answer, and what was found out on the way."""
    return msgspec.msgpack.encode(answer), msgspec.msgpack.encode(project.memory.fresh)


def _entries(data: bytes) -> dict[str, bytes]:
    return msgspec.msgpack.decode(data, type=dict[str, bytes])


def _send(message: messages.Response) -> None:
    _write(msgspec.msgpack.encode(message))


def _write(data: bytes) -> None:
    view = memoryview(HEAD.pack(len(data)) + data)
    while view:
        view = view[os.write(_outgoing, view) :]


_outgoing = 1


def main(arguments: list[str]) -> None:
    """Serve until stdin is closed. What anything prints goes to stderr."""
    global _outgoing  # noqa: PLW0603 (there is one stdout)
    _outgoing = os.dup(1)
    os.dup2(2, 1)
    copies.PRIVATE.append(_outgoing)
    worker = Worker()
    if can_fork() and "--alone" not in arguments:
        worker.serve(0)
    else:
        worker.serve_alone(0)


if __name__ == "__main__":
    main(sys.argv[1:])
