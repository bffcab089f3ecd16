"""Code as it is imported: decorators put into its tree, so that the text on disk and all line numbers stay.

Modules come through `SourceFileLoader`, and through pytest's own loader where it rewrites asserts. A script that is run
by its path is no import: Python asks `sys.path_hooks` for it first, as for a folder or an archive that is run, and gets
a loader from here.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
from collections.abc import Callable
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from . import records
from .plans import Plan, Planned

RECORDER = __name__.partition(".")[0]
_callbacks: dict[str, list[Callable[[ModuleType], None]]] = {}


def install(plan: Plan) -> None:
    """See to it that the plan's files are transformed, however they are loaded."""
    files: dict[str, list[Planned]] = {}
    for one in plan.functions:
        files.setdefault(one.path, []).append(one)
    original = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        own = files.get(os.path.realpath(path))
        if own is None:
            return original(self, fullname)
        return transformed(self.get_data(path), path, own, plan.mode)

    setattr(SourceFileLoader, "get_code", get_code)  # noqa: B010 - the type checker knows another signature
    sys.path_hooks.insert(0, _script_hook(files, plan.mode))
    sys.meta_path.insert(0, _AfterImport())

    def without_rewriting(module: ModuleType) -> None:
        """Test modules of the plan are loaded as they are: pytest would compile them itself."""
        hook = module.AssertionRewritingHook
        rewritten = hook.exec_module

        def exec_module(self: Any, target: ModuleType) -> None:
            path = getattr(target.__spec__, "origin", None) or ""
            own = files.get(os.path.realpath(path))
            if own is None:
                rewritten(self, target)
                return
            with open(path, "rb") as file:
                code = transformed(file.read(), path, own, plan.mode)
            exec(code, target.__dict__)  # noqa: S102 - what an import does

        hook.exec_module = exec_module

    after_import("_pytest.assertion.rewrite", without_rewriting)


def after_import(name: str, callback: Callable[[ModuleType], None]) -> None:
    """Call ``callback`` with the module of this name, once it is imported."""
    if name in sys.modules:
        callback(sys.modules[name])
    else:
        _callbacks.setdefault(name, []).append(callback)


class _AfterImport(MetaPathFinder):
    """Finds nothing itself; adds callbacks to the loaders that others find."""

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        callbacks = _callbacks.pop(name, None)
        if callbacks is None:
            return None
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target) if finder is not self else None
            if spec is not None:
                self._extend(spec.loader, callbacks)
                return spec
        _callbacks[name] = callbacks
        return None

    @staticmethod
    def _extend(loader: Any, callbacks: list[Callable[[ModuleType], None]]) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            for callback in callbacks:
                callback(module)

        loader.exec_module = exec_module


def _script_hook(files: dict[str, list[Planned]], mode: str) -> Callable[[str], Any]:
    def hook(path: str) -> _Script:
        real = os.path.realpath(path)
        if real not in files or not os.path.isfile(path):
            raise ImportError(path)
        return _Script(os.path.abspath(path), files[real], mode)

    return hook


class _Script(Loader):
    """Finder and loader of a script that is run by its path."""

    def __init__(self, path: str, functions: list[Planned], mode: str) -> None:
        self._path = path
        self._functions = functions
        self._mode = mode

    def find_spec(self, name: str, _target: ModuleType | None = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self, origin=self._path) if name == "__main__" else None

    def get_code(self, _name: str) -> CodeType:
        with open(self._path, "rb") as file:
            data = file.read()
        # Where the script stands, Python has put its path in place of its folder.
        if sys.path and os.path.realpath(sys.path[0]) == os.path.realpath(self._path):
            sys.path[0] = os.path.dirname(os.path.realpath(self._path))
        return transformed(data, self._path, self._functions, self._mode, script=True)


def as_script(names: dict[str, Any]) -> None:
    """Make the globals of a script what they are without a loader of its own."""
    names.update(__spec__=None, __package__=None)
    names["__loader__"] = SourceFileLoader("__main__", names["__file__"])


# ----------------------------------------------------------------------------------------------------------- the tree


def transformed(data: bytes, path: str, functions: list[Planned], mode: str, *, script: bool = False) -> CodeType:
    """The code of a file with the plan's functions decorated, or left as they are where they are not found."""
    tree = ast.parse(data, path)
    places = {(one.line, one.name): one for one in functions}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            planned = places.get((node.lineno, node.name))
            if planned is None:
                continue
            found.add(planned.number)
            if mode == "trace":
                _note_arguments(node, planned)
            else:
                _decorate(node, planned)
    if script:
        _insert(tree, f"__import__({RECORDER + '.importing'!r}).importing.as_script(globals())")
    records.loaded(found, {one.number for one in functions} - found)
    return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)


def _decorate(node: ast.FunctionDef | ast.AsyncFunctionDef, planned: Planned) -> None:
    decorators = node.decorator_list
    index = next((at for at, one in enumerate(decorators) if one.lineno >= planned.at), len(decorators))
    line = decorators[index].lineno if index < len(decorators) else node.lineno
    if planned.drop:
        decorators[:] = [one for one in decorators if one.lineno != planned.drop]
    text = f"__import__({RECORDER!r}).on({planned.number})"
    decorators.insert(index, _located(ast.parse(text, mode="eval").body, line, node.col_offset))


def _note_arguments(node: ast.FunctionDef | ast.AsyncFunctionDef, planned: Planned) -> None:
    call = ast.parse(f"_hybridize_received({planned.number}, locals())").body[0]
    node.body.insert(int(_has_docstring(node)), _located(call, node.lineno, node.col_offset))


def _insert(tree: ast.Module, text: str) -> None:
    """Put a statement behind the docstring and what has to come first."""
    index = int(_has_docstring(tree))
    while index < len(tree.body):
        one = tree.body[index]
        if not (isinstance(one, ast.ImportFrom) and one.module == "__future__"):
            break
        index += 1
    tree.body.insert(index, _located(ast.parse(text).body[0], 1, 0))


def _has_docstring(node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    first = node.body[0] if node.body else None
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)


def _located(node: Any, line: int, column: int) -> Any:
    for one in ast.walk(node):
        if isinstance(one, (ast.expr, ast.stmt)):
            one.lineno = one.end_lineno = line
            one.col_offset = one.end_col_offset = column
    return node
