"""A program analyzed in pieces gives the report of one run, byte for byte, whatever imports what in it."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from hybridize import division, evaluation
from hybridize.config import Config
from hybridize.engine import analyze
from hybridize.project.program import OutsideError
from hybridize_bot.render import inspect_json
from hybridize_bot.render._places import Places

CONFIG = Config(jobs=1)

BODIES = (
    "def step(x):\n    return tf.reduce_sum(x * 2.0)\n",
    "class Model(tf.keras.Model):\n    def call(self, x):\n        print(x)\n        return tf.nn.relu(x)\n",
    "STATE = []\n\n\ndef keep(x):\n    STATE.append(x)\n    return x\n",
    "@tf.function\ndef traced(x, n=3):\n    if x > 0:\n        return x\n    return -x\n",
    "def unknown(x):\n    return x + 1\n\n\nunknown(3)\nunknown(tf.ones([2, 2]))\n",
    "LIMIT = 3\n",
)
USES = (
    "import {module}\nprint({module})\n",
    "from {package} import {name}\n\nif hasattr({name}, 'step'):\n    {name}.step(tf.ones([{size}]))\n",
    "from {module} import *\n",
    "def later():\n    from {package} import {name}\n    return {name}.keep(tf.zeros([{size}, 2]))\n\n\nlater()\n",
    (
        "import importlib\n\nWHICH = '{name}'\nmodule = importlib.import_module('{package}.' + WHICH)\n"
        "module.step(tf.ones([{size}]))\n"
    ),
    "{package}_unknown = __import__('{module}')\n",
)
TEST = "import pytest\nimport tensorflow as tf\n\n\n@pytest.fixture\ndef data():\n    return tf.ones([4])\n"


def project(folder: Path, chance: random.Random) -> Path:
    """Packages of a few modules each, some of which use others; written below ``folder``."""
    packages = [f"pkg{number}" for number in range(chance.randint(2, 6))]
    modules = [(package, f"mod{number}") for package in packages for number in range(chance.randint(1, 3))]
    links = chance.choice((0, 0.2, 0.5))
    for package in packages:
        text = chance.choice(("", '"""Nothing."""\n', "", f"VERSION = {chance.random():.2f}\n"))
        write(folder / package / "__init__.py", text)
        if chance.random() < 0.2:
            write(folder / package / "conftest.py", TEST)
            write(folder / package / "test_it.py", "def test_it(data):\n    assert data is not None\n")
    for package, name in modules:
        text = "import tensorflow as tf\n\n" + "\n\n".join(chance.sample(BODIES, chance.randint(1, 3)))
        for other, its in modules:
            if (other, its) != (package, name) and chance.random() < links / 2:
                use = chance.choice(USES)
                text += "\n\n" + use.format(package=other, name=its, module=f"{other}.{its}", size=chance.randint(2, 5))
        write(folder / package / f"{name}.py", text)
    if chance.random() < 0.3:
        write(folder / packages[0] / "broken.py", "def (\n")
    if chance.random() < 0.3:
        write(folder / "setup.py", "from setuptools import setup\n\nsetup()\n")
    return folder


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def in_pieces(folder: Path) -> tuple[bytes, int, int]:
    """The report, how many pieces it is of, and how many turned out to belong to others."""
    known = division.outline([folder], CONFIG)
    known = msgspec.msgpack.decode(msgspec.msgpack.encode(known), type=division.Outline)
    groups, done, joins = list(known.groups), {}, 0
    while left := [group for group in groups if group not in done]:
        outcomes = {group: division.piece(str(folder), CONFIG, known, group) for group in left}
        outside = {group: one for group, one in outcomes.items() if isinstance(one, OutsideError)}
        for group, one in outcomes.items():
            if group not in outside:
                done[group] = msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=division.Evaluated)
        groups = division.regrouped(groups, outside)
        joins += len(outside)
    report = division.whole([folder], CONFIG, known, {group: done[group] for group in groups})
    return shown(report), len(groups), joins


def shown(report) -> bytes:
    text = inspect_json.render(report, Places(report.root, files=report.files))
    others = msgspec.structs.replace(report, functions=(), counters={})
    return text.encode() + msgspec.json.encode(others)


def test_pieces_make_the_report_of_one_run(tmp_path, monkeypatch):
    pieces = joins = 0
    for seed in range(25):
        folder = project(tmp_path / f"{seed}" / "project", random.Random(seed))
        monkeypatch.setattr(evaluation, "SMALL", 10**9)  # all of it in one run
        single = shown(analyze([folder], CONFIG))
        monkeypatch.setattr(evaluation, "SMALL", 0)  # each part in one of its own
        divided, number, joined = in_pieces(folder)
        assert divided == single, f"seed {seed}"
        pieces += number
        joins += joined
    assert pieces > 75
    assert joins > 3


def test_what_has_changed_meanwhile_is_told(tmp_path):
    write(tmp_path / "a.py", BODIES[0])
    known = division.outline([tmp_path], CONFIG)
    write(tmp_path / "a.py", BODIES[1])
    with pytest.raises(division.ChangedError, match=r"a\.py"):
        division.piece(str(tmp_path), CONFIG, known, known.groups[0])
    write(tmp_path / "b.py", BODIES[0])
    with pytest.raises(division.ChangedError, match=r"a\.py"):
        division.whole([tmp_path], CONFIG, known, {})
