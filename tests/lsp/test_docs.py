"""What docs/editors.md shows is what the server and the formats of the editors take."""

import json
import re
import subprocess
import sys

import editors
import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGE = (editors.ROOT / "docs" / "editors.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def shown(language):
    return [text for name, text in BLOCKS if name == language]


def test_every_setup_starts_the_command():
    told = [text for name, text in BLOCKS if name in ("json", "lua", "elisp", "toml")]
    assert len(told) == 7
    for text in told:
        assert re.search(r"hybridize['\"]?.*\blsp\b", text, re.DOTALL), text


@pytest.mark.parametrize("text", shown("json"))
def test_settings_in_json_are_json(text):
    assert json.loads(text)


def test_settings_in_toml_are_toml():
    (text,) = shown("toml")
    found = tomllib.loads(text)
    assert found["language-server"]["hybridize"] == {"command": "hybridize", "args": ["lsp"]}


@pytest.mark.parametrize("text", shown("elisp"))
def test_lists_of_lisp_end(text):
    plain = re.sub(r'"[^"]*"', "", text)
    assert plain.count("(") == plain.count(")")


def test_the_commands_of_the_page():
    (text,) = shown("console")
    commands = [line.removeprefix("$ ") for line in text.splitlines()]
    assert commands == ["pip install 'hybridize-bot[lsp]'", "hybridize lsp --help"]
    run = [*editors.COMMAND, "--help"]
    done = subprocess.run(run, env=editors.ENVIRONMENT, capture_output=True, text=True, timeout=60, check=True)
    for option in re.findall(r"hybridize lsp (--?\w+)", PAGE):
        assert option in done.stdout


def test_the_code_actions_named_are_those_offered():
    from hybridize_bot.lsp import actions

    assert set(re.findall(r"source\.fixAll[\w.]*", PAGE)) == {actions.FIX_ALL}
