"""`hybridize survey` as people run it: its own cluster of two workers, interruptions, and what it says."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import click
import psutil
import pytest

from hybridize_bot.cli import cli
from hybridize_bot.survey import summary

from .projects import ENVIRONMENT, ROOT, assert_whole, program, rows

COMMAND = [sys.executable, "-m", "hybridize_bot", "survey"]
# Interrupts are ignored in what the suite runs in the background; the command would inherit that.
START = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from hybridize_bot.cli import main; main()"
)


def run(*arguments, **options):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False,
        timeout=120, **options,
    )  # fmt: skip


def begun(listed, out, **variables):
    """A survey that has written something and is at work."""
    process = subprocess.Popen(
        [sys.executable, "-c", START, "survey", str(listed), "-o", str(out), "--workers", "2"],
        cwd=ROOT, env=ENVIRONMENT | variables, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    before = len(list(out.glob("repositories/*.parquet")))
    deadline = time.monotonic() + 60
    while len(list(out.glob("repositories/*.parquet"))) == before and time.monotonic() < deadline:
        time.sleep(0.01)
    return process, psutil.Process(process.pid).children(recursive=True)


def gone(processes):
    _, alive = psutil.wait_procs(processes, timeout=20)
    return not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


HOSTILE = "a|b\u202e`x`"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A survey whose driver was interrupted, then killed, then left alone; what it said each time."""
    folder = tmp_path_factory.mktemp("survey")
    names = [HOSTILE, *(f"p{number}" for number in range(1, 6))]
    programs = {name: program(folder / name, number) for number, name in enumerate(names, 1)}
    listed, out = folder / "list.txt", folder / "out"
    listed.write_text("# all\n" + "".join(f"{name}\n" for name in [*programs, "missing|\u202e"]))
    first, workers = begun(listed, out)
    first.send_signal(signal.SIGINT)
    said = [first.communicate(timeout=60)[1]]
    assert first.returncode == 130, said
    assert gone(workers)
    part = len(rows(out, "repositories"))
    assert 0 < part < 7
    second, workers = begun(listed, out)
    second.kill()
    second.communicate()
    assert gone(workers)
    assert part < len(rows(out, "repositories")) < 7
    (out / "functions" / "left-0000-00.parquet").write_bytes(b"of a run that was killed")
    (out / "repositories" / ".hybridize-x.tmp").write_bytes(b"half")
    third = run(listed, "-o", out, "--workers", 2)
    assert third.returncode == 0, third.stderr
    return programs, out, [*said, third.stderr]


def test_nothing_is_lost_and_nothing_is_there_twice(whole):
    programs, out, _ = whole
    assert_whole(out, programs)


def test_what_is_said(whole):
    _, _, (interrupted, last) = whole
    assert "Traceback" not in interrupted + last
    lines = interrupted.splitlines()
    assert lines[-1].startswith("interrupted; ")
    assert lines[-1].endswith("of 7 are done, and the same command goes on from there")
    assert last.splitlines()[-2].startswith("surveyed 7 of 7, 1 failed")
    assert last.splitlines()[-1].startswith("1 failed: `hybridize survey summary ")
    assert "\r" not in last
    assert "\x1b" not in last


def test_the_table(whole):
    programs, out, _ = whole
    lines = run("summary", out).stdout.splitlines()
    assert lines[0].split() == [
        "subject", "KLOC", "functions", "candidates", "refactorable", "P1", "P2", "P3", "P4", "P5", "P6",
        "undetermined", "CPU", "s", "s/KLOC",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines[1:8]] == [r"a|b\u202e`x`", *list(programs)[1:], "total"]
    known = json.loads(shown(out, "json"))
    total = known["total"]
    # Of each: `step` is hybrid and prints, `double` is to be converted, `log` has a tensor parameter and prints.
    assert (total["functions"], total["hybrid"], total["candidates"], total["refactorable"]) == (18, 6, 18, 6)
    assert total["preconditions"] == {"P1": 6, "P2": 0, "P3": 0, "P4": 0, "P5": 0, "P6": 0}
    assert total["failures"]["side-effects"] == 12
    assert total["kloc"] == pytest.approx(sum(one["kloc"] for one in known["subjects"]))
    assert total["findings"] == len(rows(out, "findings"))
    assert total["seconds_per_kloc"] == pytest.approx(total["cpu_seconds"] / total["kloc"])
    assert [one["kind"] for one in known["failed"]] == ["input"]
    table = list(csv.DictReader(io.StringIO(shown(out, "csv"))))
    assert [row["subject"] for row in table] == [*programs, "total", "missing|\u202e"]
    assert (table[6]["P1"], table[6]["side-effects"], table[6]["candidates"]) == ("6", "12", "18")
    assert table[7]["failure"] == "input"
    markdown = shown(out, "markdown").splitlines()
    assert markdown[1].startswith("| --- | ---: |")
    assert markdown[2].startswith(r"| a\|b\\u202e\`x\` |")
    assert markdown[8].startswith("| total |")
    assert {line.replace(r"\|", "").count("|") for line in markdown[:9]} == {15}
    for text in ("\n".join(lines), "\n".join(markdown)):
        assert "\u202e" not in text
        assert "no such file or folder" in text


def test_a_damaged_file_is_told_of_and_its_subject_surveyed_again_once_it_is_gone(whole, tmp_path):
    programs, out, _ = whole
    damaged = tmp_path / "out"
    shutil.copytree(out, damaged)
    path = min((damaged / "functions").iterdir())
    data = path.read_bytes()
    for bad in (b"no table", data[:20] + bytes(200) + data[220:]):
        path.write_bytes(bad)
        with pytest.raises(summary.SummaryError, match="cannot be read"):
            summary.read(str(damaged))
    path.unlink()
    again = run(out.parent / "list.txt", "-o", damaged, "--workers", 1)
    assert again.returncode == 0, again.stderr
    assert_whole(damaged, programs)


def test_a_driver_that_is_told_to_end_leaves_nothing_behind(tmp_path):
    for number in range(1, 20):
        program(tmp_path / f"p{number}", number)
    listed, out, temporary = tmp_path / "list.txt", tmp_path / "out", tmp_path / "temporary"
    listed.write_text("".join(f"p{number}\n" for number in range(1, 20)))
    temporary.mkdir()
    process, workers = begun(listed, out, TMPDIR=str(temporary))
    process.terminate()
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + signal.SIGTERM, said
    assert "the same command goes on from there" in said
    assert gone(workers)
    assert not list(temporary.glob("hybridize-*"))


def shown(folder, form):
    return summary.RENDERERS[form](summary.read(str(folder)))


@pytest.mark.parametrize(
    ("arguments", "lines", "message"),
    [
        (("list.txt", "-o", "out"), "ext::sh\n", "line 1: 'ext::sh' is no URL that is fetched"),
        (("list.txt", "-o", "out"), "# nothing\n", "list.txt names nothing to survey"),
        (("other.txt", "-o", "out"), "", "other.txt: No such file"),
        (("list.txt", "-o", "list.txt/out"), "a\n", "list.txt/out: Not a directory"),
        (("list.txt", "-o", "out", "--workers", "2", "--scheduler", "x"), "a\n", "--workers are those of"),
        (("list.txt", "-o", "out", "--scheduler", "nowhere"), "a\n", "no Dask scheduler answers at nowhere"),
        (("list.txt", "-o", "out", "--scheduler", "tls://127.0.0.1:1"), "a\n", "no Dask scheduler answers at tls:"),
        (("list.txt",), "a\n", "Missing option '--output'"),
        (("summary", "."), "", "holds no survey"),
    ],
)  # fmt: skip
def test_mistakes_are_one_sentence(tmp_path, monkeypatch, arguments, lines, message):
    (tmp_path / "list.txt").write_text(lines)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(click.ClickException) as caught:
        cli.main(["survey", *arguments], standalone_mode=False)
    assert message in caught.value.format_message()
    assert "\n" not in caught.value.format_message().strip()


def test_a_missing_extra_is_named(tmp_path):
    (tmp_path / "list.txt").write_text("a\n")
    script = (
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name: None if name == 'pyarrow' else find(name)\n"
        "from hybridize_bot.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "survey", "list.txt", "-o", "out"],
        cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "needs the extra `survey`: pip install 'hybridize-bot[survey]' (missing: pyarrow)" in done.stderr
    assert not os.path.exists(tmp_path / "out")
