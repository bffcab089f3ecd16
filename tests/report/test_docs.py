"""What docs/report.md says is so."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from report import browsing

from hybridize_bot.cli import cli
from hybridize_bot.render.html import page
from hybridize_bot.render.html.texts import LONGEST_LINE

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "report.md").read_text("utf-8")
COMMANDS = re.findall(r"^\$ hybridize (.*)$", PAGE, re.MULTILINE)


def run(*words):
    return CliRunner().invoke(cli, list(words))


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_write_a_page(command, tmp_path, monkeypatch):
    browsing.small(tmp_path / "src")
    monkeypatch.chdir(tmp_path)
    done = run(*shlex.split(command))
    assert done.exit_code == 0, done.output
    text = (tmp_path / "report.html").read_text("utf-8")
    index = page.unpacked(re.findall(r'id="index">([^<]+)<', text)[0])
    names = [row["name"] for row in index["rows"] if "name" in row]
    assert sorted(names) == ["log", "loss_of", "main", "train_step", "unknown"]
    assert "src" in text
    assert str(tmp_path) not in str([index, text])


def test_options_keys_and_numbers_of_the_page_are_there():
    known = run("report", "--help").output
    named = set(re.findall(r"`(--[\w-]+)", PAGE)) - {"--show-fixes"}
    assert len(COMMANDS) == 2
    assert named >= {"--no-fixes", "--evidence", "--no-evidence"}
    assert [option for option in named if option.replace("--no-fixes", "--fixes") not in known] == []
    assert f"{LONGEST_LINE:,} characters" in PAGE
    scripts = page._read("main.js")
    for key in ("/", "?", "t", "r"):
        assert re.search(rf'^    "?{re.escape(key)}"?: ', scripts, re.MULTILINE), key


def test_links_lead_somewhere():
    for file, _, heading in (link.partition("#") for link in re.findall(r"\]\(([^)]+)\)", PAGE)):
        text = (ROOT / "docs" / file).read_text("utf-8")
        heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        anchors = [re.sub(r"[^a-z -]", "", head.lower()).replace(" ", "-") for head in heads]
        assert not heading or heading in anchors
    assert "(docs/report.md)" in (ROOT / "README.md").read_text("utf-8")


def test_a_terminal_is_no_place_for_a_page(monkeypatch, tmp_path):
    from hybridize_bot.commands import report

    monkeypatch.setattr(report.sys.stdout, "isatty", lambda: True, raising=False)
    with pytest.raises(report.click.UsageError, match=r"-o report\.html"):
        report.run(report.Options(paths=(str(tmp_path),), form="html"))


def test_the_page_goes_to_stdout_where_that_is_a_pipe(tmp_path):
    (tmp_path / "empty.py").write_text("")
    done = run("report", "--isolated", "--no-cache", str(tmp_path))
    assert done.exit_code == 0
    assert done.output.startswith("<!doctype html>")


def test_the_same_program_gives_the_same_bytes(tmp_path):
    browsing.small(tmp_path / "a")
    pages = [run("report", "--isolated", "--no-cache", "--no-fixes", str(tmp_path / "a")).output for _ in range(2)]
    assert pages[0] == pages[1]
