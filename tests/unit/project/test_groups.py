"""Which modules know of one another, and that evaluating them apart changes nothing."""

from __future__ import annotations

import msgspec
import pytest

from hybridize import evaluation
from hybridize.config import Config
from hybridize.engine import analyze
from hybridize.frontend import read_program, read_sources
from hybridize.project.groups import parts


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def read(folder):
    return read_program(read_sources([folder], Config(jobs=1)), Config(jobs=1))


def found(folder):
    front = read(folder)
    return parts(front.modules, front.links)


def test_scripts_that_import_nothing_of_one_another_are_apart(tmp_path):
    assert found(write(tmp_path, {"a.py": "import os\n", "b.py": "x = 1\n"})) == [("a.py",), ("b.py",)]


@pytest.mark.parametrize(
    "statement",
    ["import b", "import b as c", "from b import x", "from b import *", "def f():\n    import b", "from . import b"],
)
def test_an_import_joins(tmp_path, statement):
    files = {"p/__init__.py": "", "p/b.py": "x = 1\n", "p/a.py": statement + "\n"}
    if not statement.startswith("from ."):
        files = {name.removeprefix("p/"): text for name, text in files.items() if name != "p/__init__.py"}
    (joined,) = [paths for paths in found(write(tmp_path, files)) if len(paths) > 1]
    assert {"a.py", "b.py"} <= {path.rpartition("/")[2] for path in joined}


def test_packages_that_do_nothing_join_nobody_and_are_with_all(tmp_path):
    files = {
        "p/__init__.py": '"""A package."""\n',
        "p/one/__init__.py": "",
        "p/one/a.py": "x = 1\n",
        "p/two.py": "y = 1\n",
        "use_one.py": "from p.one import a\n",
        "use_two.py": "import p.two\n",
    }
    assert found(write(tmp_path, files)) == [
        ("p/__init__.py", "p/one/__init__.py", "p/one/a.py", "use_one.py"),
        ("p/__init__.py", "p/two.py", "use_two.py"),
    ]


def test_a_package_that_does_something_joins(tmp_path):
    files = {"p/__init__.py": "x = 1\n", "p/a.py": "", "p/b.py": "", "u.py": "import p.a\n", "v.py": "import p.b\n"}
    assert ("p/__init__.py", "p/a.py", "u.py", "v.py") in [
        tuple(path for path in paths if path != "p/b.py") for paths in found(write(tmp_path, files))
    ]


def test_fixtures_reach_down(tmp_path):
    files = {
        "t/conftest.py": "import pytest\n",
        "t/test_a.py": "def test_a(): pass\n",
        "t/u/test_b.py": "def test_b(): pass\n",
        "other.py": "x = 1\n",
    }
    assert found(write(tmp_path, files)) == [("other.py",), ("t/conftest.py", "t/test_a.py", "t/u/test_b.py")]


STEP = "import tensorflow as tf\n\n@tf.function\ndef step(x):\n    print(x)\n    return x\n"
TWO = {
    "a/train.py": STEP + "\nstep(tf.ones([2]))\n",
    "b/train.py": STEP + "\nstep(tf.ones([3, 4]))\n",
    "c/util.py": "def scale(x):\n    return x * 2.0\n",
    "c/train.py": "import tensorflow as tf\nfrom util import scale\n\nscale(tf.ones([5]))\n",
}


def answers(folder, **config):
    report = analyze([folder], Config(**config))
    return msgspec.json.encode((report.functions, report.findings, report.observations, report.reveals))


def test_apart_or_together_the_answer_is_the_same(tmp_path, monkeypatch):
    write(tmp_path, TWO)
    together = answers(tmp_path, jobs=1)
    monkeypatch.setattr(evaluation, "SMALL", 0)
    assert len(evaluation.together(read(tmp_path), found(tmp_path))) == 3
    assert answers(tmp_path, jobs=1) == together
    assert answers(tmp_path, jobs=2) == together


def test_small_parts_are_evaluated_together(tmp_path):
    front = read(write(tmp_path, TWO))
    assert evaluation.together(front, found(tmp_path)) == [("a/train.py", "b/train.py", "c/train.py", "c/util.py")]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_only_evaluation_shows_joins_then(tmp_path, monkeypatch, jobs):
    files = {
        "a.py": "import importlib\nimport tensorflow as tf\n\n"
        "def load(name):\n    return importlib.import_module(name)\n\nload('b').scale(tf.ones([2]))\n",
        "b.py": "def scale(x):\n    reveal(x)\n    return x * 2.0\n",
        "c.py": "x = 1\n",
    }
    write(tmp_path, files)
    together = answers(tmp_path, jobs=1)
    monkeypatch.setattr(evaluation, "SMALL", 0)
    assert found(tmp_path) == [("a.py",), ("b.py",), ("c.py",)]
    assert answers(tmp_path, jobs=jobs) == together
    assert analyze([tmp_path], Config(jobs=jobs)).reveals[0][2] == "float32[2]"
