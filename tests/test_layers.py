"""The floors of the house: imports go down only, and each heavy or dangerous thing lives in one place."""

import ast
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CORE = ROOT / "analysis"

# Highest first. Modules directly in `hybridize` are plain data under all floors, but for those that join the floors.
FLOORS = ("rewrite", "rules", "analyses", "interproc", "models", "project", "syntax", "domains")
TOP = {
    "hybridize", "hybridize.engine", "hybridize.fixing", "hybridize.frontend", "hybridize.opportunities",
    "hybridize.division", "hybridize.evaluation", "hybridize.experience", "hybridize.recall", "hybridize.suppression",
    "hybridize.wishes", "hybridize.session", "hybridize.held",
}  # fmt: skip

# Library semantics speak of values, never of programs.
FORBIDDEN = {"models": {"project", "syntax"}}

# Where a module may be imported from: prefixes of module names.
ONLY_IN = {
    "ast": ("hybridize.syntax", "hybridize_bot.verify.child"),
    "libcst": ("hybridize.rewrite",),
    "tensorflow": ("hybridize_bot.verify",),
    "keras": ("hybridize_bot.verify",),
    "github": ("hybridize_bot.github",),
    "rich": ("hybridize_bot",),
    "jinja2": ("hybridize_bot.render.html",),
    "pygls": ("hybridize_bot.lsp",),
    "lsprotocol": ("hybridize_bot.lsp",),
    "dask": ("hybridize_bot.survey",),
    "distributed": ("hybridize_bot.survey",),
    "duckdb": ("hybridize_bot.survey",),
    "pyarrow": ("hybridize_bot.survey",),
    "packaging": ("hybridize_bot.survey",),
    "click": ("hybridize_bot",),
    "pickle": (),
    "analysis": (),
}

WORLD = {("os", "environ"), ("os", "getenv"), ("sys", "argv"), ("sys", "stdin"), ("sys", "stdout"), ("sys", "stderr")}


def sources():
    """Every module of the two packages, by dotted name."""
    for base, package in ((CORE, "hybridize"), (ROOT, "hybridize_bot")):
        for path in sorted((base / package).rglob("*.py")):
            parts = path.relative_to(base).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = dict(sources())
CORE_MODULES = [name for name in MODULES if name.split(".")[0] == "hybridize"]


def place(name):
    return MODULES[name].relative_to(ROOT).as_posix()


def imports(name):
    """(line, dotted name) of everything the module imports, wherever in it the import stands."""
    package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(MODULES[name].read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield node.lineno, full if full in MODULES else base


def floor(name):
    """The height of a module of the core: 0 is the ground, where plain data lives."""
    if name in TOP:
        return len(FLOORS) + 1
    part = name.split(".")[1]
    return len(FLOORS) - FLOORS.index(part) if part in FLOORS else 0


def within(name, prefixes):
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def test_every_folder_of_the_core_is_a_floor():
    folders = {path.parent.name for path in (CORE / "hybridize").glob("*/*.py")}
    assert folders <= set(FLOORS)
    assert len(MODULES) > 20


def test_the_core_imports_downwards_only():
    wrong = []
    for name in CORE_MODULES:
        for line, target in imports(name):
            root, _, rest = target.partition(".")
            part, own = rest.partition(".")[0], name.split(".")[1:2]
            upwards = root == "hybridize" and floor(target) > floor(name)
            forbidden = root == "hybridize" and own and part in FORBIDDEN.get(own[0], ())
            if root == "hybridize_bot" or upwards or forbidden:
                wrong.append(f"{place(name)}:{line} imports {target}")
    assert not wrong


def test_a_library_is_imported_in_its_one_place():
    everywhere = ("hybridize", "hybridize_bot")
    wrong = [
        f"{place(name)}:{line} imports {target}"
        for name in MODULES
        for line, target in imports(name)
        if not within(name, ONLY_IN.get(target.partition(".")[0], everywhere))
    ]
    assert not wrong


DECLARED = {
    "click", "libcst", "jinja2", "msgspec", "pathspec", "yaml", "rich", "tomli",  # dependencies
    "github", "requests", "urllib3",  # of the extra `github`; the last two come with PyGithub
    "tensorflow", "keras",  # of the extra `verify`
    "pygls", "lsprotocol",  # of the extra `lsp`
    "dask", "distributed", "duckdb", "packaging", "pyarrow",  # of the extra `survey`
}  # fmt: skip


def test_what_is_imported_is_declared():
    """A package that happens to be there where the tests run may not be there for a user."""
    own = {"hybridize", "hybridize_bot"}
    wrong = [
        f"{place(name)}:{line} imports {target}"
        for name in MODULES
        for line, target in imports(name)
        if target.partition(".")[0] not in own | DECLARED | sys.stdlib_module_names
    ]
    assert not wrong


def test_the_core_neither_prints_nor_looks_around():
    wrong = []
    for name in CORE_MODULES:
        for node in ast.walk(ast.parse(MODULES[name].read_bytes())):
            used = node.func if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else node
            text = ast.unparse(used) if used is not node or isinstance(node, ast.Attribute) else ""
            if text in {"print", "input", "breakpoint"} or text in {f"{module}.{word}" for module, word in WORLD}:
                wrong.append(f"{place(name)}:{node.lineno} uses {text}")
            if isinstance(node, ast.ImportFrom):
                found = [alias.name for alias in node.names if (node.module, alias.name) in WORLD]
                wrong += [f"{place(name)}:{node.lineno} imports {word}" for word in found]
    assert not wrong


def test_no_file_is_longer_than_500_lines():
    lengths = {place(name): path.read_text("utf-8").count("\n") for name, path in MODULES.items()}
    assert {path: length for path, length in lengths.items() if length > 500} == {}


IMPORT_EACH_FIRST = """
import importlib, pkgutil, sys
import hybridize
for name in [module.name for module in pkgutil.walk_packages(hybridize.__path__, "hybridize.")]:
    for known in [known for known in sys.modules if known.partition(".")[0] == "hybridize"]:
        del sys.modules[known]
    importlib.import_module(name)
"""


def test_any_module_can_be_imported_first() -> None:
    """Cycles between modules of a floor do not depend on where an import starts."""
    command = [sys.executable, "-c", IMPORT_EACH_FIRST]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(CORE)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
