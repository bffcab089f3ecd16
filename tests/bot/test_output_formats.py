"""docs/output-formats.md: its commands run and write what the consumer takes, and its configurations are valid."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from bot.projects import UNSAFE
from formats import READERS, read

from hybridize_bot.cli.checking import check
from hybridize_bot.commands.check import FOR_PEOPLE, FOR_PROGRAMS
from hybridize_bot.render.check_csv import COLUMNS

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docs" / "output-formats.md").read_text("utf-8")
COMMANDS = re.findall(r"^\$ hybridize (.*)$", TEXT, re.MULTILINE)


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "train.py").write_text(UNSAFE.replace("from helper import scale", "def scale(x):\n    return x"))
    (tmp_path / "é 𝒻.py").write_text(UNSAFE.replace("from helper import scale", "def scale(x):\n    return x"), "utf-8")
    return tmp_path


def hybridize(arguments, folder, **variables):
    """Run it where the locale cannot write most characters."""
    path = os.pathsep.join([str(ROOT / "analysis"), str(ROOT)])
    environment = {"PYTHONPATH": path, "PATH": "", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    environment |= variables
    command = [sys.executable, "-m", "hybridize_bot", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_write_what_the_consumer_takes(command, project):
    words = shlex.split(command)
    done = hybridize(words, project)
    assert (done.returncode, done.stderr) == (0, b"")
    form = words[words.index("-f") + 1]
    data = (project / words[words.index("-o") + 1]).read_bytes() if "-o" in words else done.stdout
    assert len(read(form, data.decode("utf-8"))) == 2


@pytest.mark.parametrize("form", READERS)
def test_a_stream_gets_the_bytes_that_a_file_gets(form, project):
    streamed = hybridize(["check", "-f", form], project)
    filed = hybridize(["check", "-f", form, "-o", "result"], project)
    assert (streamed.returncode, filed.returncode, filed.stdout) == (1, 1, b"")
    assert streamed.stdout == (project / "result").read_bytes()
    assert "é 𝒻" in streamed.stdout.decode("utf-8") or form == "sarif"


@pytest.mark.parametrize(("form", "variable"), [("sarif", "GITHUB_WORKSPACE"), ("gitlab", "CI_PROJECT_DIR")])
def test_paths_start_where_the_consumer_starts(form, variable, project):
    done = hybridize(["check", "-f", form], project, **{variable: str(project.parent)})
    assert f'"{project.name}/train.py"' in done.stdout.decode()


def test_a_file_that_is_no_python_is_told_to_sarif(project):
    (project / "broken.py").write_text("def f(:\n")
    results = read("sarif", hybridize(["check", "-f", "sarif"], project).stdout.decode())
    assert sorted(result["ruleId"] for result in results) == ["HYB001", "HYB101", "HYB101"]


def test_every_format_has_a_command_a_module_and_a_line():
    (option,) = (one for one in check.params if one.name == "form")
    assert sorted(option.type.choices) == sorted([*FOR_PEOPLE, *FOR_PROGRAMS])
    assert sorted(FOR_PROGRAMS) == sorted(READERS)
    table = re.findall(r"^\| `([\w-]+)` \| .*[a-z]", TEXT.partition("With `--show-fixes`")[0], re.MULTILINE)
    assert table == list(option.type.choices)
    assert {re.search(r" -f ([\w-]+)", command)[1] for command in COMMANDS} == set(FOR_PROGRAMS)


def test_help_lists_the_formats():
    done = hybridize(["check", "--help"], ROOT)
    listed = "".join(re.search(r"--format \[(.*?)\]", done.stdout.decode(), re.DOTALL)[1].split())
    assert listed.split("|") == [*("text", "full", "concise"), *FOR_PROGRAMS]


def test_the_header_is_the_one_shown():
    assert f"`{','.join(COLUMNS)}`" in TEXT


@pytest.mark.parametrize(("number", "schema"), [(0, "github-workflows"), (1, "gitlab-ci")])
def test_the_configurations_are_valid(number, schema, tmp_path):
    path = tmp_path / "shown.yml"
    path.write_text(blocks("yaml")[number])
    command = [str(Path(sys.executable).parent / "check-jsonschema"), "--builtin-schema", f"vendor.{schema}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)", TEXT))))
def test_links_lead_somewhere(link):
    assert (ROOT / "docs" / link).exists()
