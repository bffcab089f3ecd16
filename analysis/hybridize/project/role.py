"""Whether a project is an application or a library, whose maintainers leave tracing to their callers.

A library is a project that is packaged, has a package to import, and no script to run: packaging metadata at the root
(``pyproject.toml``, ``setup.cfg``, ``setup.py``, or the ``*.dist-info`` of an installed one) that declares no entry
script, and a package without ``__main__``. All else is an application: code that runs something, and so knows what.
Where only a part of a package is analyzed, the metadata is looked for beside the outermost package.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from hybridize.config import Config
from hybridize.report import Role
from hybridize.syntax.notebook import SUFFIX

MAX_BYTES = 1_000_000
SIDES = frozenset({
    "test", "tests", "testing", "example", "examples", "doc", "docs", "benchmark", "benchmarks", "script", "scripts",
    "tools", "notebooks", "tutorials",
})  # fmt: skip
"""Folders beside a package, or in it, whose code is run and not imported by others."""

METADATA = {
    "pyproject.toml": re.compile(r"^\[(project|tool\.poetry|tool\.flit\.metadata)\]", re.MULTILINE),
    "setup.cfg": re.compile(r"^\[metadata\]", re.MULTILINE),
    "setup.py": re.compile(r"\bsetup\s*\("),
}
_SCRIPTS = {
    "pyproject.toml": re.compile(r"^\[(project\.(gui-)?scripts|tool\.poetry\.scripts)\]", re.MULTILINE),
    "setup.cfg": re.compile(r"^\s*(console_scripts|gui_scripts|scripts)\s*=", re.MULTILINE),
    "setup.py": re.compile(r"\b(console_scripts|gui_scripts|scripts)\b"),
    "entry_points.txt": re.compile(r"^\[(console_scripts|gui_scripts)\]", re.MULTILINE),
}


def role(root: str, package: str, paths: Iterable[str], config: Config) -> Role:
    """The role of the project whose files ``paths`` are, relative to ``root``, which may be in a ``package`` itself."""
    packages = (package.partition(".")[0],) if package else tuple(sorted(_packages(paths)))
    if config.role != "auto":
        return Role(config.role, "the setting `role` says so", packages, bool(package))
    top = _top(root, package)
    described = [name for name, text in _texts(top) if name in METADATA and METADATA[name].search(text)]
    described += [name for name in _listed(top) if name.endswith(".dist-info")]
    if not described:
        return Role("application", "no packaging metadata at its root", packages, bool(package))
    if not packages:
        return Role("application", f"{described[0]} stands there without a package to import", packages, bool(package))
    script = next((name for name, text in _texts(top) if name in _SCRIPTS and _SCRIPTS[name].search(text)), "")
    script = script or next((path for path in sorted(paths) if os.path.basename(path) == "__main__.py"), "")
    if script:
        return Role("application", f"{script} starts it as a program", packages, bool(package))
    why = f"{described[0]}, the package `{packages[0]}`, and no entry script"
    return Role("library", why, packages, bool(package))


def descriptions(root: str, package: str) -> Iterator[tuple[str, str]]:
    """Names and texts of what tells the role of a project."""
    top = _top(root, package)
    yield from _texts(top)
    yield from ((name, "") for name in _listed(top) if name.endswith(".dist-info"))


def _top(root: str, package: str) -> str:
    for _ in package.split(".") if package else ():
        root = os.path.dirname(root)
    return root


def is_public(role: Role, path: str, qualname: str) -> bool:
    """Whether others may import and call a function: no part of its name says that it is the project's own."""
    if path.endswith(SUFFIX):
        return False
    parts = path.removesuffix(".py").split("/")
    if not role.inside:
        parts = parts[1:] if parts[0] == "src" else parts
        if parts[0] not in role.packages:
            return False
    names = [*(part for part in parts if part != "__init__"), *qualname.split(".")]
    private = any(name.startswith("_") and not (name.startswith("__") and name.endswith("__")) for name in names)
    return not private and not SIDES & set(parts[:-1]) and not re.match(r"test_|conftest$", parts[-1])


def _packages(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        parts = path.split("/")
        parts = parts[1:] if parts[0] == "src" else parts
        if len(parts) == 2 and parts[1] == "__init__.py" and parts[0] not in SIDES:
            yield parts[0]


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []  # a root that cannot be listed has been reported already


def _texts(folder: str) -> Iterator[tuple[str, str]]:
    """(name, text) of the files that describe a project, those in its ``*.dist-info`` among them."""
    names = [name for name in _listed(folder) if name in METADATA]
    names += [os.path.join(name, "entry_points.txt") for name in _listed(folder) if name.endswith(".dist-info")]
    for name in names:
        try:
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                yield os.path.basename(name), file.read(MAX_BYTES)
        except OSError:
            continue  # what nobody can read says nothing
