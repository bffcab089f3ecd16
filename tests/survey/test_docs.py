"""What docs/scale.md shows is what happens, on a cluster of two workers that is started as the page says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time

import pytest

from .projects import ENVIRONMENT, ROOT, git, program, repository, rows
from .test_sources import tar

PAGE = (ROOT / "docs" / "scale.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
TOOL = [sys.executable, "-m", "hybridize_bot"]


def _typed(part):
    """The commands of the block in which one of them has this part."""
    (block,) = (block for language, block in BLOCKS if language == "console" and part in block)
    return [line.removeprefix("$ ") for line in block.splitlines()]


@pytest.fixture
def environment(tmp_path):
    """The net of the page on this machine: its Git host and its index are folders."""
    origin = repository(tmp_path / "origin", 3)
    git(origin, "tag", "v0.7.3")
    (tmp_path / "links").mkdir()
    tar(tmp_path / "links" / "gpflow-2.9.0.tar.gz", [("gpflow-2.9.0/setup.py", b"raise SystemExit('it was run')\n")])
    return {
        **ENVIRONMENT,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path / "links"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{origin}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/tensorflow/recommenders.git",
    }


@pytest.fixture
def scheduler(tmp_path, environment):
    """A cluster, by the commands of the page: a scheduler and two workers."""
    start, join, survey = (line.partition("#")[0].split() for line in _typed("dask worker"))
    assert survey[:5] == ["hybridize", "survey", "list.txt", "-o", "survey"]
    known = tmp_path / "scheduler.json"
    here = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(known)]
    processes = [_started([sys.executable, "-m", *start, *here], environment, tmp_path)]
    try:
        deadline = time.monotonic() + 30
        while not known.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        address = json.loads(known.read_text())["address"]
        join[join.index("tcp://scheduler:8786")] = address
        processes += [_started([sys.executable, "-m", *join, "--no-dashboard"], environment, tmp_path) for _ in "12"]
        yield [word.replace("tcp://scheduler:8786", address) for word in survey[1:]]
    finally:
        for process in reversed(processes):
            process.kill()
        for process in processes:
            process.wait(20)


def _started(command, environment, folder):
    return subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_what_the_page_shows_happens(tmp_path, environment, scheduler):
    for name in ("project", "other"):
        program(tmp_path / name, 2)
    (text,) = (block for language, block in BLOCKS if language == "text")
    (tmp_path / "list.txt").write_text(text)
    commands = [line.split() for line in _typed("survey summary")]
    assert [command[:2] for command in commands] == [["hybridize", "survey"]] * 3
    own = subprocess.run(
        [*TOOL, *commands[0][1:]],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert own.returncode == 0, own.stderr
    subjects = {row["subject"]: row for row in rows(tmp_path / "survey", "repositories")}
    assert sorted(subjects) == ["gpflow-2.9.0", "other", "project", "recommenders@v0.7.3"]
    assert {row["status"] for row in subjects.values()} == {"analyzed"}
    for command in commands[1:]:
        done = subprocess.run([*TOOL, *command[1:]], cwd=tmp_path, env=environment, capture_output=True, check=True)
        assert done.stderr == b""
    assert (tmp_path / "table.csv").read_text().count("\n") == 6

    # The same list on the cluster, where one project has changed: its rows are new, the others stay as they are.
    before = {path: path.read_bytes() for path in (tmp_path / "survey").rglob("*.parquet")}
    (tmp_path / "project" / "more.py").write_text("def more():\n    pass\n")
    again = subprocess.run(
        [*TOOL, *scheduler], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=90
    )
    assert again.returncode == 0, again.stderr
    assert "more" in {row["qualname"] for row in rows(tmp_path / "survey", "functions")}
    after = {path: path.read_bytes() for path in (tmp_path / "survey").rglob("*.parquet")}
    assert len(after) == len(before) == 12
    assert {path.name.partition("-")[0] for path in before if after.get(path) != before[path]} == {"project"}

    (python,) = (block for language, block in BLOCKS if language == "python")
    query = subprocess.run([sys.executable, "-c", python], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "HYB101" in query.stdout


def test_every_option_that_is_named_exists():
    helped = subprocess.run(
        [*TOOL, "survey", "run", "--help"], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True
    ).stdout
    named = set(re.findall(r"`(--[\w-]+)", PAGE))
    assert named
    assert [option for option in named if option not in helped] == []


def test_failures_of_the_page_are_those_there_are():
    from typing import get_args

    from hybridize_bot.survey.jobs import FailureKind

    part = PAGE.split("### What fails is a row\n")[1].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) == set(get_args(FailureKind))


def test_the_page_is_linked_and_its_links_lead_somewhere():
    assert "(docs/scale.md)" in (ROOT / "README.md").read_text("utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
