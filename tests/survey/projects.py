"""Small programs to survey, and what a folder has to hold of them."""

from __future__ import annotations

import json
import os
import subprocess
from difflib import unified_diff
from pathlib import Path

import msgspec
import pyarrow.parquet as pq

from hybridize.config import Config
from hybridize.engine import analyze
from hybridize_bot.render import inspect_json
from hybridize_bot.render._places import Places
from hybridize_bot.survey import index
from hybridize_bot.survey.jobs import Limits, Terms, tool

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")},
    "PYTHONPATH": os.pathsep.join([str(ROOT / "analysis"), str(ROOT)]),
    "PYTHONIOENCODING": "utf-8",
}
STEP = """\
import tensorflow as tf


def log(x):
    print(x)


@tf.function
def step{number}(x):
    log(x)
    return x * {number}.0


def double(x):
    return tf.nn.relu(x) + tf.reduce_sum(x) * {number}.0


step{number}(tf.ones([{number}]))
double(tf.ones([{number}, 2]))
"""
PADDING = "# nothing\n" * 1600
"""Enough for a part to be a piece of its own."""


def terms(**options) -> Terms:
    limits = Limits(
        **{name: options.pop(name) for name in ("seconds", "megabytes", "source_megabytes") if name in options}
    )
    return Terms(Config(jobs=1), limits, options.pop("indexes", index.Indexes()), tool=tool(), **options)


def program(folder: Path, number: int) -> Path:
    folder.mkdir(parents=True)
    (folder / "train.py").write_text(STEP.format(number=number))
    return folder


def large(folder: Path, parts: int = 4) -> Path:
    """A program of parts that import nothing of one another, but for two that a computed name joins."""
    for number in range(1, parts + 1):
        program(folder / f"part{number}", number)
        path = folder / f"part{number}" / "train.py"
        path.write_text(path.read_text() + PADDING)
    with open(folder / "part1" / "train.py", "a") as file:
        file.write(
            "\nimport importlib\n\nNAME = 'part2'\nimportlib.import_module(NAME + '.train').double(tf.zeros([9]))\n"
        )
    return folder


def repository(folder: Path, number: int) -> Path:
    program(folder, number)
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"], ["tag", "v1"]):
        git(folder, *command)
    return folder


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def rows(folder: Path, kind: str) -> list[dict]:
    """All rows of a kind, as anybody would read them who looks at all files."""
    return [row for path in sorted((folder / kind).glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def inspected(program: Path) -> bytes:
    """What `hybridize inspect --format json` prints of a program."""
    report = analyze([program], Config(jobs=1))
    return inspect_json.render(report, Places(report.root, files=report.files)).encode()


def surveyed(folder: Path, subject: str) -> bytes:
    """The same, put together of the rows of a survey."""
    (repository,) = (row for row in rows(folder, "repositories") if row["subject"] == subject)
    records = [row["record"] for row in rows(folder, "functions") if row["id"] == repository["id"]]
    document = '{"schema":1,"version":%s,"functions":[%s]}' % (json.dumps(repository["version"]), ",".join(records))  # noqa: UP031
    return msgspec.json.format(document.encode(), indent=2) + b"\n"


def assert_whole(folder: Path, programs: dict[str, Path]) -> None:
    """Each program is there once, with all its rows, and nothing else is."""
    found = rows(folder, "repositories")
    assert sorted(row["subject"] for row in found if row["status"] == "analyzed") == sorted(programs)
    # What a process takes, and not what the worker took that started it.
    assert all(20 < row["megabytes"] < 150 and row["cpu_seconds"] > 0 for row in found if row["status"] == "analyzed")
    for name, path in programs.items():
        ours, alone = surveyed(folder, name), inspected(path)
        assert ours == alone, "\n".join(
            unified_diff(*(text.decode().splitlines() for text in (alone, ours)), name, n=2)
        )
    analyzed = {f"{row['id']}-{row['key']}.parquet": row for row in found if row["status"] == "analyzed"}
    for kind in ("functions", "findings"):
        assert {path.name for path in (folder / kind).iterdir()} == set(analyzed)
        for name, row in analyzed.items():
            assert row[kind] == pq.read_metadata(folder / kind / name).num_rows
    assert not list(folder.rglob("*.tmp"))
    assert not list((folder / "pieces").glob("*/*"))
