"""What editors do wrong, and what people do fast: the server answers, and is right in the end."""

import asyncio
import json
import os
import signal

import editors
import pytest
import pytest_lsp
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="module")

BROKEN = b"\xff\xfe\x00 no text"


def notebook(*sources):
    cells = [{"cell_type": "code", "metadata": {}, "source": one, "outputs": []} for one in sources]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


@pytest_lsp.fixture(config=editors.config(), scope="module")
async def client(client: pytest_lsp.LanguageClient, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile 漢 #%")
    client.editor, client.initialized = await editors.begin(client, folder, "neovim@0.7.0", encodings=["utf-8"])
    editor = client.editor
    editor.write("train.py", editors.UNSAFE)
    editor.write("helper.py", editors.HELPER)
    editor.write("broken.py", BROKEN)
    editor.write("latin.py", "# -*- coding: latin-1 -*-\nprint('é')\n", "latin-1")
    unsafe = editors.UNSAFE.replace("from helper import log_step", "log_step = print")
    editor.write("book.ipynb", notebook("%matplotlib inline\n", unsafe))
    editor.write("bad.ipynb", "{ not json")
    editor.open("train.py")
    await editor.settled()
    yield
    await client.shutdown_session()


@pytest.fixture
def editor(client):
    return client.editor


async def alive(editor):
    """The server answers, and is right about what is open."""
    before = editor.analyses()
    editor.type("train.py", editors.UNSAFE + f"# {before}\n")
    await editor.settled()
    assert "HYB101" in editor.codes("train.py")


async def test_utf_8_where_the_editor_wants_it(client):
    assert client.initialized.capabilities.position_encoding == "utf-8"


async def test_files_that_are_no_text_and_notebooks_are_told_of(editor):
    assert editor.codes("broken.py") == ["HYB001"]
    assert editor.codes("bad.ipynb") == ["HYB001"]
    assert editor.codes("latin.py") == []
    (found,) = [one for one in editor.diagnostics("book.ipynb") if one.code == "HYB101"]
    lines = (editor.folder / "book.ipynb").read_bytes().splitlines()
    start, end = found.range.start, found.range.end
    assert start.line == end.line
    assert lines[start.line][start.character : end.character] == b"log_step(loss)"
    await alive(editor)


async def test_a_notebook_as_a_document(editor):
    editor.open("book.ipynb")
    await editor.settled()
    found = [one for one in editor.diagnostics("book.ipynb") if one.code == "HYB101"]
    actions = await editor.actions("book.ipynb", found[0].range.start.line)
    assert not [one for one in actions if "ignore" in one.title]
    editor.type("book.ipynb", "[1, 2")
    await editor.until(lambda: "HYB001" in editor.codes("book.ipynb"))
    editor.close("book.ipynb")
    await alive(editor)


async def test_a_buffer_in_another_encoding(editor):
    editor.open("latin.py", "# -*- coding: latin-1 -*-\nprint('é')\n")
    editor.type("latin.py", "# -*- coding: latin-1 -*-\nprint('漢')\n")
    editor.type("latin.py", "# -*- coding: nothing -*-\nprint('漢')\n")
    await editor.until(lambda: editor.codes("latin.py") == ["HYB001"])
    editor.close("latin.py")
    await alive(editor)


async def test_edits_out_of_range(editor):
    for start, end in (((0, 0), (10**6, 10**6)), ((5, 900), (2, 1)), ((10**9, 0), (10**9, 0)), ((0, 10**9), (1, 0))):
        editor.replace("train.py", start, end, "x = 1\n")
    editor.change("train.py")
    await alive(editor)


async def test_documents_that_nobody_opened_or_that_are_no_files(editor):
    editor.replace("never.py", (0, 0), (0, 0), "x")
    editor.close("never.py")
    assert await editor.hover("never.py", 0, 0) is None
    assert list(await editor.actions("never.py", 3)) == []
    for uri in ("untitled:Untitled-1", "vscode-notebook-cell:/a/b.ipynb#W0", "file://", "no uri at all", "file:///%00"):
        item = types.TextDocumentItem(uri, "python", 1, "import tensorflow as tf\n")
        editor.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        params = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(0, 0))
        assert await editor.client.text_document_hover_async(params) is None
        identifier = types.TextDocumentIdentifier(uri)
        editor.client.text_document_did_close(types.DidCloseTextDocumentParams(identifier))
    await alive(editor)


async def test_places_that_do_not_exist(editor):
    assert await editor.hover("train.py", 10**6, 3) is None
    assert await editor.hover("train.py", 0, 10**6) is None or True
    assert list(await editor.actions("train.py", 10**6)) == []
    await alive(editor)


async def test_questions_with_arguments_that_make_no_sense(editor):
    for command, arguments in (("hybridize.why", []), ("hybridize.why", [{}, 3, None]), ("nothing", [])):
        with pytest.raises(Exception, match=r"(?i)argument|expected|not defined|invalid|structur"):
            await editor.run(command, *arguments)
    data = {"uri": editor.uri("train.py"), "what": "fix", "key": "0:9"}
    action = await editor.resolved(types.CodeAction("made up", data=data))
    assert action.edit is None
    assert (await editor.resolved(types.CodeAction("made up", data=["?"]))).edit is None
    await alive(editor)


async def test_a_huge_file(editor):
    editor.open("huge.py", "x = 1\n" * 1_000_000)
    await editor.settled()
    assert editor.codes("huge.py") == []
    editor.close("huge.py")
    await alive(editor)


async def test_a_buffer_that_is_no_file_yet(editor):
    editor.open("fresh.py", editors.MISSED)
    await editor.settled()
    assert editor.codes("fresh.py") == ["HYB301"]
    editor.close("fresh.py")
    await editor.until(lambda: editor.codes("fresh.py") == [])


async def test_many_edits_in_a_rush_end_with_the_last(editor):
    for count in range(200):
        editor.type("train.py", editors.UNSAFE.replace("log_step(loss)", "pass" + "x" * count))
        if count % 50 == 0:
            await asyncio.sleep(0.15)
    editor.type("train.py", "# last\n" + editors.UNSAFE)
    await editor.settled()
    (found,) = editor.diagnostics("train.py")
    assert found.range.start.line == editors.UNSAFE.splitlines().index("    log_step(loss)") + 1
    assert editor.analyses() < 100


async def test_requests_can_be_cancelled(editor):
    await alive(editor)
    line = editor.diagnostics("train.py")[0].range.start.line
    (action,) = [one for one in await editor.actions("train.py", line) if "ignore" in one.title]
    waiting = [asyncio.ensure_future(editor.resolved(action)) for _ in range(5)]
    await asyncio.sleep(0)
    for number, request in list(editor.client.protocol._request_futures.items()):
        if not request.done():
            editor.client.cancel_request(types.CancelParams(number))
    for one in waiting:
        with pytest.raises(Exception, match=r"(?i)cancel"):
            await asyncio.wait_for(one, editors.PATIENCE)
    await alive(editor)


async def test_an_edit_makes_a_question_idle(editor):
    await alive(editor)
    line = editor.diagnostics("train.py")[0].range.start.line
    (action,) = [one for one in await editor.actions("train.py", line) if "ignore" in one.title]
    waiting = asyncio.ensure_future(editor.resolved(action))
    await asyncio.sleep(0)
    editor.type("train.py", editors.UNSAFE + "# other\n")
    with pytest.raises(Exception, match="changed meanwhile"):
        await asyncio.wait_for(waiting, editors.PATIENCE)
    await alive(editor)


def workers(process):
    """The processes that a process has begun."""
    with open(f"/proc/{process}/task/{process}/children") as file:
        return [int(one) for one in file.read().split()]


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="needs /proc, to find the worker")
async def test_a_worker_that_is_killed_is_started_again(editor):
    (worker,) = workers(editor.client._server.pid)
    os.kill(worker, signal.SIGKILL)
    await editor.until(lambda: workers(editor.client._server.pid) not in ([], [worker]), "another worker")
    await alive(editor)
