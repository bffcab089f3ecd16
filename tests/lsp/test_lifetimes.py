"""What ends while others still ask: workers, programs, editors, folders."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import editors
import pytest
import pytest_lsp
from lsprotocol import types
from pygls.exceptions import JsonRpcInternalError

from hybridize_bot.lsp import link
from hybridize_bot.lsp.documents import Document, Documents
from hybridize_bot.lsp.program import Program
from hybridize_bot.lsp.server import server

ALONE = editors.UNSAFE.replace("from helper import log_step", "log_step = print")


@pytest_lsp.fixture(config=editors.config(), scope="module")
async def client(client: pytest_lsp.LanguageClient, tmp_path_factory):
    """An editor without a workspace folder that can show documents, and then cannot."""
    client.editor, _ = await editors.begin(client, tmp_path_factory.mktemp("none"), "visual_studio_code", folders=[])

    def show(_params):
        return types.ShowDocumentResult(success=False)

    client.protocol.fm.features[types.WINDOW_SHOW_DOCUMENT] = show
    yield
    await client.shutdown_session()


@pytest.fixture
def editor(client, tmp_path):
    return editors.Editor(client, tmp_path)


@pytest.mark.asyncio
async def test_a_question_that_comes_before_the_worker_waits_for_it(tmp_path):
    path = tmp_path / "train.py"
    asked = Program(str(path), "utf-16", Documents(), lambda _: None, lambda *_: None, str)
    asked.opened(Document(path.as_uri(), str(path), 1, ALONE))
    path.write_text(ALONE)
    answer, _ = await asyncio.wait_for(asked.ask("held", str(path)), editors.PATIENCE)
    assert "log_step" in [one.name for one in answer.held]
    asked.close()


@pytest.mark.asyncio
async def test_a_question_to_a_worker_that_stays_lost_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(link, "command", lambda: [sys.executable, "-c", ""])
    told = asyncio.Event()
    asked = Program(str(tmp_path), "utf-16", Documents(), lambda _: None, lambda *_: told.set(), str)
    answer, _ = await asyncio.wait_for(asked.ask("held", "a.py"), editors.PATIENCE)
    assert answer.refusal
    await asyncio.wait_for(told.wait(), editors.PATIENCE)
    answer, _ = await asyncio.wait_for(asked.ask("held", "a.py"), editors.PATIENCE)
    assert answer.refusal
    asked.close()


async def settings_around(editor, path):
    """A file is open and has its finding; then there are settings for the folder around it."""
    editor.write(path, ALONE)
    editor.open(path)
    await editor.until(lambda: editor.codes(path) == ["HYB101"])
    editor.write(".hybridize.yaml", "version: 1\n")


@pytest.mark.asyncio(loop_scope="module")
async def test_settings_that_come_up_around_an_open_file(editor):
    await settings_around(editor, "inner/train.py")
    editor.write("other.py", ALONE)
    change = types.FileEvent((editor.folder / ".hybridize.yaml").as_uri(), types.FileChangeType.Created)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
    await editor.until(lambda: editor.codes("other.py") == ["HYB101"])
    editor.type("inner/train.py", "# edited\n" + ALONE)
    await editor.settled()
    assert editor.codes("inner/train.py") == ["HYB101"]
    editor.close("inner/train.py")
    await editor.until(lambda: not editor.codes("inner/train.py") and not editor.codes("other.py"))


@pytest.mark.asyncio(loop_scope="module")
async def test_settings_that_come_up_untold(editor):
    """Not every editor watches files."""
    await settings_around(editor, "inner/train.py")
    for count in range(3):
        editor.type("inner/train.py", f"# {count}\n" + ALONE.replace("log_step(loss)", "pass"))
        await editor.settled()
    assert editor.codes("inner/train.py") == []
    editor.close("inner/train.py")


@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_is_found_in_a_folder_that_is_gone(editor):
    editor.write(".hybridize.yaml", "version: 1\n")
    editor.write("other.py", ALONE)
    editor.write("train.py", ALONE)
    editor.open("train.py")
    await editor.until(lambda: editor.codes("other.py") == editor.codes("train.py") == ["HYB101"])
    shutil.rmtree(editor.folder)
    change = types.FileEvent((editor.folder / "other.py").as_uri(), types.FileChangeType.Deleted)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
    await editor.until(lambda: not editor.codes("other.py"))
    editor.close("train.py")
    await editor.until(lambda: not editor.codes("train.py"))


@pytest.mark.asyncio
async def test_a_text_is_a_message_where_the_editor_fails_to_open_it(monkeypatch):
    async def fail(_params):
        raise JsonRpcInternalError("there is no window")

    shown = []
    made = server()
    monkeypatch.setattr(type(made), "client_capabilities", editors.capabilities("visual_studio_code"))
    monkeypatch.setattr(made, "window_show_document_async", fail)
    monkeypatch.setattr(made, "window_log_message", lambda _: None)
    monkeypatch.setattr(made, "window_show_message", shown.append)
    await made.show("HYB101", "why")
    assert [one.message for one in shown] == ["why"]
    made.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_why_of_a_name_that_is_too_long_for_a_file(editor):
    name = "f" * 300
    editor.write("long.py", ALONE.replace("train_step", name))
    editor.open("long.py")
    await editor.until(lambda: editor.codes("long.py") == ["HYB101"])
    before = len(editor.client.messages)
    await editor.run("hybridize.why", editor.uri("long.py"), name, 5)
    await editor.until(lambda: len(editor.client.messages) > before, "the answer")
    assert name in editor.client.messages[-1].message
    editor.close("long.py")


def frame(**message):
    data = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(data), data)


def opened(path):
    item = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": path.read_text()}
    return (
        frame(id=1, method="initialize", params={"capabilities": {}})
        + frame(method="initialized", params={})
        + frame(method="textDocument/didOpen", params={"textDocument": item})
    )


def test_an_editor_that_goes_without_a_word_while_something_is_analyzed(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(ALONE)
    server = subprocess.Popen(
        editors.COMMAND, env=editors.ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    server.stdin.write(opened(path))
    server.stdin.flush()
    told = b""
    while b"analyzed in" not in told:
        told += os.read(server.stdout.fileno(), 1 << 16)
    _, errors = server.communicate(timeout=60)
    assert errors.decode() == ""
    assert server.returncode == 0


def test_a_port_that_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*editors.COMMAND, "--tcp", str(port)],
            env=editors.ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"hybridize: cannot listen on 127.0.0.1:{port}: Address already in use"


ORPHANS = """
import os, sys, time
from hybridize_bot.lsp.copies import Copy

def work():
    child = os.fork()
    if child:
        with open("pids.new", "w") as file:
            file.write(f"{os.getpid()} {child}")
        os.rename("pids.new", "pids")
    time.sleep(1000)

copy = Copy(work)
time.sleep(1000)
"""


def running(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are no copies")
def test_an_analysis_ends_with_its_worker_however_that_ends(tmp_path):
    worker = subprocess.Popen([sys.executable, "-c", ORPHANS], cwd=tmp_path, env=editors.ENVIRONMENT)
    while not (tmp_path / "pids").exists():
        assert worker.poll() is None
        time.sleep(0.01)
    processes = [int(one) for one in (tmp_path / "pids").read_text().split()]
    try:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        end = time.monotonic() + 10
        while any(map(running, processes)):
            assert time.monotonic() < end, "a copy outlives its worker"
            time.sleep(0.01)
    finally:
        for one in filter(running, processes):
            os.kill(one, signal.SIGKILL)


def test_an_interruption_ends_the_server_while_it_reads(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(ALONE)
    server = subprocess.Popen(editors.COMMAND, env=editors.ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        server.stdin.write(opened(path))
        server.stdin.flush()
        assert os.read(server.stdout.fileno(), 1)
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == -signal.SIGINT
    finally:
        server.kill()
        server.communicate()
