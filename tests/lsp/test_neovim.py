"""A real editor: Neovim, set up as the documentation says, finds, fixes and writes."""

import os
import re
import shutil
import subprocess
import sys

import editors
import pytest

NEOVIM = shutil.which("nvim")
SNIPPET = re.compile(r"```lua\n(-- Neovim 0\.7\n.*?)```", re.DOTALL)

SCRIPT = r"""
local function say(text) io.stdout:write(text .. '\n') end
local function wait(what, condition)
  if not vim.wait(60000, condition, 20) then say('never: ' .. what); vim.cmd('cquit 1') end
end
local function lines() return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') end

vim.cmd('edit missed.py')
vim.bo.filetype = 'python'
wait('a diagnostic', function() return #vim.diagnostic.get(0) > 0 end)
local found = vim.diagnostic.get(0)[1]
say('found ' .. found.code .. ' at ' .. found.lnum .. ':' .. found.col)

vim.api.nvim_win_set_cursor(0, { found.lnum + 1, found.col + 5 })
local hover = vim.lsp.buf_request_sync(0, 'textDocument/hover', vim.lsp.util.make_position_params(), 60000)
for _, answer in pairs(hover) do say('hover ' .. answer.result.contents.value:sub(1, 60):gsub('\n', ' ')) end

-- As a person does it: from the menu of code actions.
vim.ui.select = function(items, options, choose)
  for _, item in ipairs(items) do
    if options.format_item(item):find('^HYB301: add') then return choose(item) end
  end
  say('no such action')
  choose(nil)
end
vim.lsp.buf.code_action()
wait('the fix', function() return lines():find('@tf.function', 1, true) end)
vim.cmd('silent write')
wait('the finding to go', function() return #vim.diagnostic.get(0) == 0 end)
say('mended')
vim.cmd('qall!')
"""


@pytest.mark.skipif(NEOVIM is None, reason="needs Neovim (`make system` installs it)")
def test_neovim_finds_fixes_and_writes(tmp_path):
    (snippet,) = SNIPPET.findall((editors.ROOT / "docs" / "editors.md").read_text("utf-8"))
    home, project, tools = tmp_path / "home", tmp_path / "project", tmp_path / "bin"
    for folder in (home, project, tools):
        folder.mkdir()
    (home / "init.lua").write_text(snippet)
    (project / "missed.py").write_text("# \U0001f600 漢\n" + editors.MISSED)
    (project / ".hybridize.yaml").write_text("version: 1\n")
    (project / "script.lua").write_text(SCRIPT)
    # Nothing of the project is imported, whatever it is called.
    for name in ("queue", "selectors", "hybridize_bot", "msgspec"):
        (project / f"{name}.py").write_text("open('executed', 'w').close()\n")
    command = tools / "hybridize"
    paths = [str(editors.ROOT), str(editors.ROOT / "analysis")]
    start = f"import sys; sys.path[:0] = {paths!r}; from hybridize_bot.cli import main; main()"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -c "{start}" "$@"\n')
    command.chmod(0o755)
    environment = {
        **editors.ENVIRONMENT,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        **{f"XDG_{name}_HOME": str(home) for name in ("CONFIG", "DATA", "STATE", "CACHE")},
    }
    done = subprocess.run(
        [NEOVIM, "--headless", "-u", str(home / "init.lua"), "-c", "luafile script.lua"], cwd=project, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=180, check=False,
    )  # fmt: skip
    assert "found HYB301 at 4:0" in done.stdout, done.stdout
    assert "hover **`double`** runs eagerly and could run as a graph (P1)" in done.stdout, done.stdout
    assert "mended" in done.stdout, done.stdout
    assert done.returncode == 0
    assert not (project / "executed").exists()
    written = (project / "missed.py").read_text("utf-8")
    assert written == "# \U0001f600 漢\n" + editors.MISSED.replace("def double", "@tf.function\ndef double")
