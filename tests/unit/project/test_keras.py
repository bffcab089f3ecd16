"""`project.keras`: what says which Keras a program runs with."""

from __future__ import annotations

import pytest

from hybridize.config import Config
from hybridize.frontend import read_program, read_sources
from hybridize.project.keras import newest_tensorflow


def major(folder, files: dict[str, str], **settings) -> int | None:
    for name, text in {"main.py": "import tensorflow as tf\n", **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_program(read_sources([folder], Config(jobs=1, **settings)), Config(jobs=1, **settings)).keras


@pytest.mark.parametrize(
    ("name", "text", "answer"),
    [
        ("requirements.txt", "tensorflow==2.15.0\n", 2),
        ("requirements-dev.txt", "numpy\ntensorflow-cpu>=2.4,<2.16  # old\n", 2),
        ("requirements.txt", "tensorflow>=2.16\n", 3),
        ("requirements.txt", "tensorflow~=2.21.0\n", 3),
        ("requirements.txt", "tensorflow>=2.4\n", None),
        ("requirements.txt", "tensorflow\n", None),
        ("requirements.txt", "tensorflow-datasets==4.9\n", None),
        ("requirements.txt", "keras>=3\n", 3),
        ("requirements.txt", "keras<3\n", 2),
        ("requirements.txt", "tf_keras==2.17\n", 2),
        ("pyproject.toml", '[project]\ndependencies = ["tensorflow[and-cuda]>=2.17", "numpy"]\n', 3),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntensorflow = "^2.11"\n', None),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntensorflow = {version = "2.11.0", extras = []}\n', 2),
        ("setup.py", 'setup(install_requires=["tensorflow>=2.5.0,<2.12"])\n', 2),
        ("poetry.lock", '[[package]]\nname = "keras"\nversion = "3.4.1"\n', 3),
        ("uv.lock", '[[package]]\nname = "tensorflow"\nversion = "2.15.1"\n', 2),
        ("notes.txt", "tensorflow==2.15\n", None),
    ],
)
def test_requirements_and_lock_files(tmp_path, name, text, answer) -> None:
    assert major(tmp_path, {name: text}) == answer


def test_files_that_disagree_say_nothing(tmp_path) -> None:
    assert major(tmp_path, {"requirements.txt": "tensorflow==2.15", "requirements-new.txt": "tensorflow==2.18"}) is None


@pytest.mark.parametrize(
    "source",
    [
        "import tf_keras\n",
        "import tf_keras as keras\n",
        "from tf_keras.layers import Dense\n",
        'import os\nos.environ["TF_USE_LEGACY_KERAS"] = "1"\n',
    ],
)
def test_code_that_asks_for_keras_2(tmp_path, source) -> None:
    assert major(tmp_path, {"main.py": source, "requirements.txt": "tensorflow==2.18"}) == 2


def test_the_setting_wins(tmp_path) -> None:
    assert major(tmp_path, {"requirements.txt": "tensorflow==2.15"}, keras_major=3) == 3


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("tensorflow==2.7.0\n", (2, 7)),
        ("tensorflow>=2.4,<2.9\n", (2, 8)),
        ("tensorflow>=2.4\n", None),
        ("tensorflow==2.7; python_version<'3.8'\ntensorflow-cpu>=2.9\n", None),
        ("keras==2.8\n", None),
        ("numpy\n", None),
    ],
)
def test_the_newest_tensorflow_that_is_admitted(tmp_path, text, answer) -> None:
    (tmp_path / "requirements.txt").write_text(text, encoding="utf-8")
    assert newest_tensorflow(str(tmp_path)) == answer
