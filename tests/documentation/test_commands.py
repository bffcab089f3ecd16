"""Every command that a page shows is run, and prints what the page says; what cannot be run here says why."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Sequence

import click
import pytest
from adoption.repositories import Project
from bot.projects import PRINTING_HELPER, UNSAFE
from documentation.pages import ROOT, Command, File, mentioned, pages, steps

from hybridize_bot.cli import cli

NOT_RUN = {
    r"pip install .*": "needs a package index; tests/test_packaging.py installs what is built",
    r"make .*": "a target of this Makefile, which the test looks up; tests/test_makefile.py runs some",
    r"(\.venv/bin/)?python -m (pytest|mkdocs) .*": "runs this suite, or what tests/documentation/test_site.py runs",
    r"python (-m tests\.tools\.truth|benchmarks/).*": "hours on released programs; its options are looked up",
    r"hybridize check --exit-zero .*-f .*": "tests/bot/test_output_formats.py runs each, and reads what it writes",
    r"(hybridize survey|dask) .*": "starts workers and asks the network; tests/survey runs it on local programs",
    r"hybridize (trace|bench) .*": "starts TensorFlow once more; tests/verify/test_trace_and_bench.py runs both",
    r"pre-commit .*": "fetches the hook from its repository; tests/bot/test_pre_commit.py runs it from this one",
    r".*(zsh|fish)_source.*": "is for another shell than this; tests/documentation/test_completion.py has them",
    r"reviewdog .*": "no part of this project; tests/bot/test_output_formats.py holds its input to reviewdog's schema",
}
"""Commands in pages that no test here runs, each with the reason."""

START = {
    "train": UNSAFE,
    "helper": PRINTING_HELPER,
    "src__model": UNSAFE.replace("from helper", "from src.helper"),
    "src__helper": PRINTING_HELPER,
}
"""What is there where a page shows no files of its own."""
VARYING = re.compile(r"\d[\d.,]*(?: ?(?:ns|µs|ms|s)\b)?|█+|[^\S\n]{2,}")
"""Parts of an output that differ from run to run, on pages about time."""
TIMED = {"docs/verify.md"}

FOLLOWED = {name: text for name, text in pages().items() if any(isinstance(one, Command) for one in steps(text))}


def not_run(line: str) -> str:
    """Why a command is not run; nothing, if it is."""
    return next((reason for pattern, reason in NOT_RUN.items() if re.fullmatch(pattern, line)), "")


@pytest.mark.parametrize("name", [name for name in FOLLOWED if not all(
    not_run(one.line) for one in steps(FOLLOWED[name]) if isinstance(one, Command)
)])  # fmt: skip
def test_what_a_page_shows_happens(name, tmp_path):
    project = Project(tmp_path / "a project", **tools(tmp_path))
    followed = steps(FOLLOWED[name])
    if not any(isinstance(one, File) and one.path.endswith(".py") for one in followed):
        project.put(**START)
        project.commit()
    for step in followed:
        if isinstance(step, File):
            project.file(step.path, step.text)
        elif not not_run(step.line):
            done = project.try_("bash", "-c", f"exec 2>&1; {step.line}")
            assert done.returncode in (0, 1), done.stdout
            assert "Traceback" not in done.stdout
            if step.shown:
                assert agrees(done.stdout, step.shown, timed=name in TIMED), f"$ {step.line}\n{done.stdout}"


def tools(folder) -> dict[str, str]:
    """The environment of somebody who has installed the tool, and Python by that name."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    for name, module in (("hybridize", "-m hybridize_bot "), ("python", "")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module}"$@"\n')
        (programs / name).chmod(0o755)
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "analysis"), str(ROOT)]),
        "PYTHONIOENCODING": "utf-8",
        "NO_COLOR": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "COLUMNS": "120",
    }


def agrees(printed: str, shown: str, *, timed: bool = False) -> bool:
    """Whether that is what was printed; a line with `…` alone stands for any lines."""
    if timed:
        printed, shown = (VARYING.sub(" # ", text) for text in (printed, shown))
    parts = re.split(r"^…\n", shown, flags=re.MULTILINE)
    return re.fullmatch(".*".join(map(re.escape, parts)), printed, re.DOTALL) is not None


def test_the_comparison_sees_a_difference():
    assert agrees("a\nb\nc\n", "a\n…\nc\n")
    assert not agrees("a\nb\nc\n", "a\nc\n")
    assert not agrees("a\nb\n", "a\n…\nc\n")
    assert agrees("eager  6.35 ms ██\n", "eager  1 ms █████\n", timed=True)
    assert not agrees("eager 6.35 ms\n", "graph 6.35 ms\n", timed=True)


def test_every_reason_not_to_run_something_is_needed():
    lines = [one.line for text in FOLLOWED.values() for one in steps(text) if isinstance(one, Command)]
    assert len(lines) > 50
    for pattern in NOT_RUN:
        assert any(re.fullmatch(pattern, line) for line in lines), pattern


def test_no_command_hides_in_other_code():
    """Blocks that are indented are followed by nobody; the sites of other tools are theirs."""
    for name, text in pages().items():
        assert not re.findall(r"^ {4}(?:\$ )?(?:hybridize|make|pip|python|git) .*", text, re.MULTILINE), name


@pytest.mark.parametrize("name", sorted(pages()))
def test_commands_in_the_text_are_understood(name):
    text = pages()[name]
    lines = [one.line for one in steps(text) if isinstance(one, Command)] + mentioned(text)
    for line in lines:
        understood(shlex.split(line.replace("…", "x")))


def understood(words: Sequence[str]) -> None:
    """What can be told of a command without running it: its options, targets and files are there."""
    if words[0] == "make":
        makefile = (ROOT / "Makefile").read_text("utf-8")
        targets = [word for word in words[1:] if "=" not in word]
        for target in targets:
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), words
        for variable in (word.partition("=")[0] for word in words[1:] if "=" in word):
            assert f"$({variable})" in makefile or variable == "CC", words
    elif words[0] == "hybridize":
        command = cli if words[1].startswith("-") or words[1] == "COMMAND" else cli.commands[words[1]]
        command.make_parser(click.Context(command)).parse_args([word for word in words[1:] if word != "COMMAND"])
    elif words[0] == "python" and words[1].startswith(("benchmarks/", "-m")):
        name = words[1] if words[1] != "-m" else words[2].replace(".", "/") + ".py"
        if words[2:3] != ["pytest"]:
            script = (ROOT / name).read_text("utf-8")
            assert all(word in script for word in words if word.startswith("--")), words


def test_a_command_that_does_not_exist_is_seen():
    for line in (
        "hybridize chek",
        "hybridize check --no-such-option",
        "make nothing",
        "python benchmarks/scale.py --no",
    ):
        with pytest.raises((AssertionError, KeyError, click.UsageError)):
            understood(line.split())
