"""Completion as the page of the command line sets it up, in the shells that are there."""

from __future__ import annotations

import os
import re
import select
import shutil
import time

import pytest
from documentation.pages import DOCS, blocks
from documentation.test_commands import tools

LINES = {
    shell: line
    for block in blocks((DOCS / "command-line.md").read_text("utf-8"), "sh")
    for line in block.splitlines()
    if (shell := (re.search(r"=(\w+)_source ", line) or [None, ""])[1])
}
STARTS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "PS1='> '; bind 'set enable-bracketed-paste off'"),
    "zsh": (["zsh", "-f", "-i"], "PS1='> '; autoload -U compinit; compinit -u -D"),
    "fish": (["fish", "--no-config", "-i"], "function fish_prompt; echo '> '; end"),
}


def test_the_page_has_a_line_for_each_shell():
    assert set(LINES) == set(STARTS)


class Terminal:
    """A shell somebody types into."""

    def __init__(self, shell, folder, environment):
        import pty

        command, prepare = STARTS[shell]
        self.process, self.handle = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, {**os.environ, **environment, "TERM": "dumb", "HOME": str(folder)})
        self.run(prepare)
        self.run(LINES[shell])

    def type(self, text, until, seconds=60.0):
        """Type, and wait until the shell has shown that (a pattern); what it has shown."""
        os.write(self.handle, text.encode())
        shown, end = "", time.monotonic() + seconds
        while not re.search(until, shown):
            ready, _, _ = select.select([self.handle], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{text!r} gave {shown!r}"
            shown += os.read(self.handle, 65536).decode("utf-8", "replace").replace("\x07", "")
        return shown

    def run(self, line):
        """Run a line to its end."""
        self.type(f"{line}\necho do''ne\n", r"\ndone\r")

    def take_back(self):
        """Delete what is typed so far."""
        self.type("\x15echo do''ne\n", r"\ndone\r")

    def close(self):
        os.close(self.handle)
        os.waitpid(self.process, 0)


@pytest.fixture(scope="module", params=STARTS)
def terminal(request, tmp_path_factory):
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "settings.yaml").write_text("version: 1\n")
    opened = Terminal(request.param, folder, tools(folder))
    yield opened
    opened.close()


COMPLETED = {
    "hybridize ini": "hybridize init ",
    "hybridize check --exit-z": "hybridize check --exit-zero ",
    "hybridize check --fail-level warn": "hybridize check --fail-level warning ",
    "hybridize rule recursive-g": "hybridize rule recursive-graph-function ",
    "hybridize check --ignore HYB101,HYB51": "hybridize check --ignore HYB101,HYB515 ",
    "hybridize check --config sett": "hybridize check --config settings.yaml ",
    "hybridize bench --roun": "hybridize bench --rounds ",
}


def test_a_tab_completes(terminal):
    for typed, completed in COMPLETED.items():
        shown = terminal.type(f"{typed}\t", re.escape(completed))
        assert "Traceback" not in shown
        terminal.take_back()


def test_the_scripts_for_all_shells_are_written(tmp_path):
    import subprocess

    for shell in STARTS:
        environment = {**os.environ, **tools(tmp_path / shell), "_HYBRIDIZE_COMPLETE": f"{shell}_source"}
        done = subprocess.run(["hybridize"], env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"_HYBRIDIZE_COMPLETE={shell}_complete" in done.stdout
