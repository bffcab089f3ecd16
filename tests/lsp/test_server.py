"""The language server as an editor meets it: real processes, the protocol on pipes."""

import asyncio

import editors
import pytest
import pytest_lsp
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_lsp.fixture(config=editors.config(), scope="module")
async def client(client: pytest_lsp.LanguageClient, tmp_path_factory):
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "train.py").write_text(editors.UNSAFE)
    (folder / "helper.py").write_text(editors.HELPER)
    (folder / "missed.py").write_text(editors.MISSED)
    client.editor, client.initialized = await editors.begin(client, folder)
    client.editor.open("train.py")
    client.editor.open("missed.py")
    await client.editor.settled()
    yield
    await client.shutdown_session()


@pytest.fixture
def editor(client):
    return client.editor


async def test_what_the_server_says_of_itself(client):
    offers = client.initialized.capabilities
    assert offers.position_encoding == "utf-16"
    assert offers.hover_provider
    assert offers.code_lens_provider
    assert offers.code_action_provider.resolve_provider
    assert set(offers.code_action_provider.code_action_kinds) == {"quickfix", "source.fixAll.hybridize"}
    assert {"hybridize.why", "hybridize.explainRule"} <= set(offers.execute_command_provider.commands)


async def test_a_finding_has_its_rule_its_chain_and_its_link(editor):
    (found,) = [one for one in editor.diagnostics("train.py") if one.code == "HYB101"]
    assert found.severity == types.DiagnosticSeverity.Error
    assert found.source == "hybridize"
    assert found.code_description.href.endswith("docs/rules/HYB101.md")
    assert "prints" in found.message
    places = {(one.location.uri, one.location.range.start.line) for one in found.related_information}
    assert (editor.uri("helper.py"), 1) in places


async def test_buffers_count_before_they_are_saved(editor):
    editor.open("helper.py", editors.HELPER.replace("    print(", "    len("))
    await editor.settled()
    assert editor.codes("train.py") == []
    editor.close("helper.py")
    await editor.until(lambda: editor.codes("train.py") == ["HYB101"], "the file on disk")


async def test_typing_one_key_after_the_other(editor):
    line = editors.UNSAFE.splitlines().index("    log_step(loss)")
    for count in range(len("    log_step(loss)")):
        end = len("    log_step(loss)") - count
        editor.replace("train.py", (line, end - 1), (line, end), "")
    editor.replace("train.py", (line, 0), (line, 0), "    tf.print(loss)")
    await editor.settled()
    assert editor.codes("train.py") == []
    editor.type("train.py", editors.UNSAFE)
    await editor.until(lambda: editor.codes("train.py") == ["HYB101"])


async def test_a_file_that_does_not_parse_keeps_what_is_known(editor):
    text = editors.UNSAFE.replace("loss = tf.reduce_mean(x)", "loss = tf.reduce_mean(x")
    editor.type("train.py", "# a line more\n" + text)
    await editor.until(lambda: "HYB001" in editor.codes("train.py"), "the parse error")
    found = {one.code: one.range.start.line for one in editor.diagnostics("train.py")}
    assert found["HYB001"] in (8, 9)
    assert editor.codes("missed.py") == ["HYB301"]
    editor.type("train.py", editors.UNSAFE)
    await editor.until(lambda: editor.codes("train.py") == ["HYB101"])


async def test_a_fix_is_proven_and_of_the_version_that_is_open(editor):
    line = editors.MISSED.splitlines().index("def double(x):")
    actions = await editor.actions("missed.py", line, only=["quickfix"])
    fix = next(one for one in actions if one.is_preferred)
    assert fix.title.startswith("HYB301")
    assert fix.edit is None
    resolved = await editor.resolved(fix)
    (change,) = resolved.edit.document_changes
    assert change.text_document.uri == editor.uri("missed.py")
    assert change.text_document.version == editor.versions["missed.py"]
    assert "@tf.function\ndef double(x):" in editors.applied(editors.MISSED, change.edits)


async def test_an_unsafe_fix_says_so(editor):
    text = editors.UNSAFE.replace("    log_step(loss)", '    print("loss", loss)').replace(
        "from helper import log_step\n", ""
    )
    editor.type("train.py", text)
    await editor.settled()
    line = editor.diagnostics("train.py")[0].range.start.line
    fix = next(one for one in await editor.actions("train.py", line) if one.data and one.data["what"] == "fix")
    assert "may change" in fix.title
    assert not fix.is_preferred
    resolved = await editor.resolved(fix)
    (change,) = resolved.edit.document_changes
    assert change.text_document.version == editor.versions["train.py"]
    assert '    tf.print("loss", loss)' in editors.applied(text, change.edits)
    editor.type("train.py", editors.UNSAFE)
    await editor.settled()


async def test_all_safe_fixes_at_once(editor):
    (action,) = await editor.actions("missed.py", 0, only=["source.fixAll"])
    assert action.kind == "source.fixAll.hybridize"
    resolved = await editor.resolved(action)
    (change,) = resolved.edit.document_changes
    assert "@tf.function\ndef double(x):" in editors.applied(editors.MISSED, change.edits)
    assert await editor.actions("train.py", 0, only=["source.fixAll"]) == []
    assert await editor.actions("missed.py", 0, only=["source.organizeImports"]) == []


async def test_a_finding_can_be_ignored_where_it_is(editor):
    line = editor.diagnostics("train.py")[0].range.start.line
    actions = await editor.actions("train.py", line)
    ignore = next(one for one in actions if "ignore" in one.title)
    resolved = await editor.resolved(ignore)
    (change,) = resolved.edit.document_changes
    text = editors.applied(editors.UNSAFE, change.edits)
    assert "# hybridize: ignore[HYB101]" in text.splitlines()[line]
    editor.type("train.py", text)
    await editor.until(lambda: editor.codes("train.py") == [])
    editor.type("train.py", editors.UNSAFE)
    await editor.settled()
    assert editor.codes("train.py") == ["HYB101"]


async def test_a_rule_is_explained(editor):
    line = editor.diagnostics("train.py")[0].range.start.line
    explain = next(one for one in await editor.actions("train.py", line) if one.command is not None)
    text = await editor.run(explain.command.command, *explain.command.arguments)
    assert text.startswith("# python-side-effect-in-graph (HYB101)")
    assert "There is no rule" in await editor.run("hybridize.explainRule", "HYB999")


async def test_lenses_ask_why_and_the_command_answers(editor):
    await editor.until(lambda: editor.codes("train.py") == ["HYB101"])
    (unsafe,) = await editor.lenses("train.py")
    assert unsafe.command.title == "unsafe, why?"
    assert unsafe.range.start.line == editors.UNSAFE.splitlines().index("def train_step(x):")
    told = await editor.run(unsafe.command.command, *unsafe.command.arguments)
    assert "HYB101" in told
    assert "`log_step" in told
    (convertible,) = await editor.lenses("missed.py")
    assert convertible.command.title == "convertible, why?"
    told = await editor.run(convertible.command.command, *convertible.command.arguments)
    assert "could run as a graph (P1)" in told
    assert "`x`: tensor: `float32[4]` (calls pass it)" in told


async def test_hover_tells_verdict_and_types(editor):
    lines = editors.UNSAFE.splitlines()
    row = lines.index("def train_step(x):")
    found = await editor.hover("train.py", row, 6)
    assert "runs as a graph" in found.contents.value
    assert "HYB101" in found.contents.value
    found = await editor.hover("train.py", row + 1, lines[row + 1].index("(x") + 1)
    assert "parameter of `train_step`" in found.contents.value
    assert "float32[8]" in found.contents.value
    found = await editor.hover("train.py", row + 1, 5)
    assert found.contents.value == f"`loss`: `float32[]` (given in line {row + 2})"
    assert await editor.hover("train.py", row + 1, 0) is None


async def test_settings_are_read_again_and_mistakes_are_shown_where_they_are(editor):
    name = ".hybridize.yaml"
    editor.write(name, "version: 1\nignore: [HYB101]\n")
    changed = types.FileEvent(editor.uri(name), types.FileChangeType.Created)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([changed]))
    await editor.until(lambda: editor.codes("train.py") == [], "the setting")
    editor.write(name, "version: 1\nignores: [HYB101]\n")
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([changed]))
    await editor.until(lambda: editor.diagnostics(name), "the mistake")
    (mistake,) = editor.diagnostics(name)
    assert mistake.range.start.line == 1
    assert "ignores" in mistake.message
    assert editor.codes("train.py") == []  # the last good settings apply
    (editor.folder / name).unlink()
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([changed]))
    await editor.until(lambda: not editor.diagnostics(name) and editor.codes("train.py") == ["HYB101"])


async def test_columns_are_in_the_units_of_the_editor(editor):

    wide = '    """\U0001f600 \u6f22\u5b57"""; '
    text = (
        "import tensorflow as tf\n\n\n@tf.function\ndef step(x):\n"
        + wide
        + "print(x)\n    return x\n\nstep(tf.ones([2]))\n"
    )
    editor.write("wide.py", text)
    editor.open("wide.py")
    await editor.settled()
    (found,) = [one for one in editor.diagnostics("wide.py") if one.code == "HYB101"]
    assert found.range.start == types.Position(5, len(wide.encode("utf-16-le")) // 2)
    editor.close("wide.py")
    (editor.folder / "wide.py").unlink()
    await asyncio.sleep(0)


async def test_a_file_outside_of_the_workspace_is_a_program_while_it_is_open(editor, tmp_path):
    other = editors.Editor(editor.client, tmp_path)
    other.write("alone.py", editors.UNSAFE.replace("from helper import log_step", "log_step = print"))
    other.write("beside.py", "def (")
    other.open("alone.py")
    await other.until(lambda: other.codes("alone.py") == ["HYB101"])
    assert other.codes("beside.py") == []
    other.close("alone.py")
    await other.until(lambda: other.codes("alone.py") == [])


async def test_folders_within_one_another(editor, tmp_path_factory):
    folder = tmp_path_factory.mktemp("outer")
    inner, outer = editors.Editor(editor.client, folder / "inner"), editors.Editor(editor.client, folder)
    own = editors.UNSAFE.replace("from helper import log_step", "log_step = print")
    inner.write("train.py", own)
    inner.write(".hybridize.yaml", "version: 1\nignore: [HYB101]\n")
    outer.write("main.py", own)
    added = [types.WorkspaceFolder(one.as_uri(), one.name) for one in (folder, folder / "inner")]
    change = types.WorkspaceFoldersChangeEvent(added, [])
    editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(change))
    inner.open("train.py")
    await editor.settled()
    outer.open("main.py")
    await outer.until(lambda: outer.codes("main.py") == ["HYB101"])
    assert inner.codes("train.py") == []
    inner.close("train.py")
    outer.close("main.py")
    change = types.WorkspaceFoldersChangeEvent([], added)
    editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(change))
    await outer.until(lambda: outer.codes("main.py") == [])


async def test_another_folder_is_another_program(editor, tmp_path_factory):
    folder = tmp_path_factory.mktemp("other")
    other = editors.Editor(editor.client, folder)
    other.write("train.py", editors.UNSAFE.replace("from helper import log_step", "log_step = print"))
    added = types.WorkspaceFolder(folder.as_uri(), "other")
    event = types.WorkspaceFoldersChangeEvent([added], [])
    editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))
    other.open("train.py")
    await other.until(lambda: other.codes("train.py") == ["HYB101"])
    assert editor.codes("train.py") == ["HYB101"]
    event = types.WorkspaceFoldersChangeEvent([], [added])
    other.close("train.py")
    editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))
    await other.until(lambda: other.codes("train.py") == [])
