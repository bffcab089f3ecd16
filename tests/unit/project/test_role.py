"""Whether a project counts as an application or as a library, and which of its functions are public."""

from __future__ import annotations

import pytest

from hybridize.config import Config
from hybridize.engine import analyze
from hybridize.project.role import is_public, role
from hybridize.report import Role

PROJECT = "[project]\nname = 'lib'\n"
FUNCTION = """\
import tensorflow as tf

def public(x):
    for _ in range(10):
        x = tf.tanh(x)
    return _own(tf.nn.softmax(x)) * 2.0

def _own(x):
    return tf.nn.softmax(x) + 1.0

public(tf.ones([2]))
"""


def of(folder, *paths, package="", **files):
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return role(str(folder), package, paths, Config())


def test_without_metadata_it_is_an_application(tmp_path) -> None:
    found = of(tmp_path, "lib/__init__.py")
    assert (found.name, found.reason) == ("application", "no packaging metadata at its root")


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject__toml": PROJECT},
        {"pyproject__toml": "[tool.poetry]\nname = 'lib'\n"},
        {"setup__py": "from setuptools import setup\nsetup(name='lib')\n"},
        {"setup__cfg": "[metadata]\nname = lib\n"},
    ],
)
def test_a_package_with_metadata_and_no_script_is_a_library(tmp_path, files) -> None:
    found = of(tmp_path, "src/lib/__init__.py", "src/lib/core.py", **files)
    assert (found.name, found.packages) == ("library", ("lib",))
    assert "the package `lib`, and no entry script" in found.reason


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject__toml": PROJECT + "[project.scripts]\nlib = 'lib:main'\n"},
        {"pyproject__toml": "[tool.poetry]\nname = 'lib'\n[tool.poetry.scripts]\nlib = 'lib:main'\n"},
        {"setup__py": "setup(name='lib', entry_points={'console_scripts': ['lib=lib:main']})\n"},
        {"setup__cfg": "[metadata]\nname = lib\n[options.entry_points]\nconsole_scripts =\n    lib = lib:main\n"},
        {"pyproject__toml": "[tool.ruff]\nline-length = 100\n"},
    ],
)
def test_a_script_or_tool_settings_alone_make_an_application(tmp_path, files) -> None:
    assert of(tmp_path, "lib/__init__.py", **files).name == "application"


def test_a_main_module_makes_an_application(tmp_path) -> None:
    found = of(tmp_path, "lib/__init__.py", "lib/__main__.py", pyproject__toml=PROJECT)
    assert (found.name, found.reason) == ("application", "lib/__main__.py starts it as a program")


def test_metadata_without_a_package_make_an_application(tmp_path) -> None:
    assert of(tmp_path, "train.py", "tests/__init__.py", pyproject__toml=PROJECT).name == "application"


def test_an_installed_one_tells_by_its_dist_info(tmp_path) -> None:
    (tmp_path / "lib-1.0.dist-info").mkdir()
    assert of(tmp_path, "lib/__init__.py").name == "library"
    (tmp_path / "lib-1.0.dist-info" / "entry_points.txt").write_text("[console_scripts]\nlib = lib:main\n")
    assert of(tmp_path, "lib/__init__.py").name == "application"


def test_a_part_of_a_package_belongs_to_the_project_around_it(tmp_path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    inner = tmp_path / "lib" / "inner"
    inner.mkdir(parents=True)
    found = role(str(inner), "lib.inner", ["core.py"], Config())
    assert (found.name, found.packages, found.inside) == ("library", ("lib",), True)
    assert is_public(found, "core.py", "f")


def test_the_setting_wins(tmp_path) -> None:
    assert role(str(tmp_path), "", ["a.py"], Config(role="library")).name == "library"
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    assert role(str(tmp_path), "", ["lib/__init__.py"], Config(role="application")).name == "application"


@pytest.mark.parametrize(
    ("path", "qualname", "public"),
    [
        ("lib/core.py", "f", True),
        ("src/lib/core.py", "Kernel.__call__", True),
        ("lib/__init__.py", "f", True),
        ("lib/_core.py", "f", False),
        ("lib/core.py", "_f", False),
        ("lib/core.py", "_Kernel.k", False),
        ("lib/tests/core.py", "f", False),
        ("lib/test_core.py", "f", False),
        ("examples/train.py", "step", False),
        ("train.py", "step", False),
    ],
)
def test_which_functions_are_public(path, qualname, public) -> None:
    assert is_public(Role("library", "", ("lib",)), path, qualname) is public


def test_public_functions_of_a_library_are_left_to_their_callers(tmp_path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "__init__.py").write_text(FUNCTION, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    library, application = (analyze([tmp_path], Config(jobs=1, role=name)) for name in ("auto", "application"))
    assert library.findings == ()
    assert [finding.function for finding in application.findings] == ["public"]
    (public, own) = library.functions
    assert [obstacle.kind for obstacle in public.opportunity.obstacles] == ["role"]
    assert own.opportunity is None, "it becomes part of what callers trace"
    assert [one.verdict for one in library.functions] == [one.verdict for one in application.functions]


PRIVATE = """\
import tensorflow as tf

def train(x):
    print("training")
    return _step(x)

def loss(x):
    return _scaled(x) * len(str(id(x)))

def _step(x):
    for _ in range(10):
        x = tf.tanh(x)
    return tf.nn.softmax(x) * 2.0

def _scaled(x):
    for _ in range(10):
        x = tf.tanh(x)
    return tf.nn.softmax(x) * 3.0

train(tf.ones([2]))
loss(tf.ones([2]))
"""


def test_what_a_library_calls_where_nobody_can_trace_it_is_its_own_affair(tmp_path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "__init__.py").write_text(PRIVATE, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    assert [finding.function for finding in analyze([tmp_path], Config(jobs=1)).findings] == ["_step"]
