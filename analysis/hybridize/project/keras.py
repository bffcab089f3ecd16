"""Which Keras a program runs with, and which TensorFlow at most.

Keras 3 calls layers without AutoGraph, Keras 2 with it. What is asked, in this order: the setting ``keras_major``, what
the program's own code imports or sets, and the requirement and lock files in the root folder. TensorFlow brings Keras 2
up to 2.15 and Keras 3 from 2.16 on. No package is looked up: what happens to be installed is not part of the program.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final

from hybridize.config import Config

FILES = re.compile(
    r"(requirements[\w.-]*\.(txt|in)|constraints\.txt|pyproject\.toml|setup\.(py|cfg)|Pipfile(\.lock)?|poetry\.lock|"
    r"uv\.lock|pdm\.lock|environment\.ya?ml)"
)
MAX_BYTES = 2_000_000

_NAME = r"(?P<name>tensorflow(?:-cpu|-gpu|-intel|-macos)?|keras|tf[-_]keras)"
_REQUIRED = re.compile(
    rf"(?<![\w.-]){_NAME}(?:\[[\w, -]*\])?(?P<bounds>(?:\s*,?\s*(?:===|==|~=|>=|<=|<|>)\s*v?\d+(?:\.[\d*]+)*)+)",
    re.IGNORECASE,
)
"""``tensorflow[extra]>=2.4,<2.16``"""
_TABLE = re.compile(
    rf"^{_NAME}\s*=\s*(?:\{{[^}}\n]*version\s*=\s*)?\"(?P<bounds>[^\"\n]+)\"", re.IGNORECASE | re.MULTILINE
)
"""``tensorflow = "^2.11"``, ``tensorflow = {version = "2.11.0"}``"""
_LOCKED = re.compile(
    rf"^name\s*=\s*\"{_NAME}\"\s*\nversion\s*=\s*\"(?P<bounds>\d+\.\d+[^\"\n]*)\"", re.IGNORECASE | re.MULTILINE
)
_BOUND = re.compile(r"(===|==|~=|\^|>=|<=|<|>|(?<![\d.]))\s*v?(\d+)(?:\.(\d+))?(?:\.[\d*]+)*")

FIRST_WITH_KERAS_3 = (2, 16)


def keras_major(root: str, legacy: bool, config: Config) -> int | None:
    """2 or 3; None if nothing says. ``legacy``: whether some code of the program asks for Keras 2."""
    if config.keras_major:
        return config.keras_major
    if legacy:
        return 2
    answers = {answer for text in descriptions(root) for answer in _required(text)}
    return answers.pop() if len(answers) == 1 else None


def newest_tensorflow(root: str) -> tuple[int, int] | None:
    """The newest version of TensorFlow that requirement and lock files in the root folder admit, if they say."""
    found = [most for text in descriptions(root) for name, _, most in _bounds(text) if name.startswith("tensorflow")]
    return max(found) if found and max(found) < ANY else None


def descriptions(root: str) -> Iterator[str]:
    """The texts of the files that may say which Keras a project asks for."""
    try:
        names = sorted(os.listdir(root))
    except OSError:
        return  # a root that cannot be listed has been reported already
    for name in names:
        path = os.path.join(root, name)
        if FILES.fullmatch(name) and os.path.isfile(path):
            try:
                with open(path, encoding="utf-8", errors="replace") as file:
                    yield file.read(MAX_BYTES)
            except OSError:
                continue  # what nobody can read says nothing


def _required(text: str) -> Iterator[int]:
    """What each requirement in a file says, as far as it says anything."""
    answers = (_answer(name, least, most) for name, least, most in _bounds(text))
    yield from (answer for answer in answers if answer is not None)


Version = tuple[int, int]
ANY: Final[Version] = (99, 0)
"""As an upper bound: there is none."""


def _bounds(text: str) -> Iterator[tuple[str, Version, Version]]:
    """(name, least version, newest version) of each requirement in a file."""
    for pattern in (_REQUIRED, _TABLE, _LOCKED):
        for hit in pattern.finditer(text):
            yield hit["name"].lower(), *_range(hit["bounds"])


def _range(bounds: str) -> tuple[Version, Version]:
    """The least and the greatest version within some bounds."""
    least, most = (0, 0), ANY
    for operator, first, second in _BOUND.findall(bounds):
        version = (int(first), int(second or 0))
        if operator in ("", "==", "==="):
            least = most = version
        elif operator in ("~=", "^"):
            least, most = version, ((version[0], 99) if operator == "^" or not second else version)
        elif operator in (">=", ">"):
            least = version
        elif operator == "<=":
            most = version
        else:
            most = (version[0], version[1] - 1) if version[1] else (version[0] - 1, 99)
    return least, most


def _answer(name: str, least: Version, most: Version) -> int | None:
    name = name.replace("_", "-")
    if name == "tf-keras":
        return 2
    limit = (3, 0) if name == "keras" else FIRST_WITH_KERAS_3
    return 3 if least >= limit else 2 if most < limit else None
