"""Compiles the core of the analysis ahead of time, where a build asks for it with ``HYBRIDIZE_COMPILE=1``.

Nothing is compiled by default: a plain install needs no C compiler and gives the same answers, slower. The compiled
modules are the ones that take the time of a large run; each stands beside its source, which Python then passes over.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SWITCH = "HYBRIDIZE_COMPILE"
CORE = (
    "domains",
    "models/library.py",
    "models/names.py",
    "models/dtypes.py",
    "project",
    "interproc",
    "analyses",
    "analyses/hazards",
    "analyses/hazards/observers",
)
"""What of `hybridize` is compiled: modules, and folders without those below them.

`syntax` is not: code nested too deeply ends there at the recursion limit of Python, which compiled code does not heed.
Nor are the structures of `msgspec`, which reads the annotations of a class when the class is made, and the functions
on shapes, which take whatever a program passes.
"""
COMPILER = ("mypy[mypyc]>=2.4,<3", "setuptools>=77", "types-PyYAML")


class CompileHook(BuildHookInterface[Any]):
    """Adds the compiled modules to a wheel."""

    def dependencies(self) -> list[str]:
        """The compiler, and the libraries of the core: it reads their types."""
        return [*COMPILER, *self.metadata.core.dependencies] if wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, unless the build is an editable one: its sources may change."""
        if not wanted() or version == "editable":
            return
        self._scratch = tempfile.mkdtemp(prefix="hybridize-compile-")
        for built in compiled(Path(self.root, "analysis"), Path(self._scratch)):
            build_data["force_include"][str(built)] = built.relative_to(Path(self._scratch, "built")).as_posix()
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Clean up."""
        shutil.rmtree(getattr(self, "_scratch", ""), ignore_errors=True)


def wanted() -> bool:
    """Whether this build compiles."""
    return os.environ.get(SWITCH, "") not in ("", "0")


def sources(package: Path) -> list[Path]:
    """The modules to compile, relative to the folder that holds the package."""
    found = (
        place for part in CORE for place in ([package / part] if part.endswith(".py") else _modules(package / part))
    )
    return [path.relative_to(package.parent) for path in found]


def _modules(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]


def compiled(root: Path, scratch: Path) -> list[Path]:
    """Compile the package below ``root``; the extension modules, below ``scratch / "built"``."""
    from mypyc.build import mypycify
    from setuptools import Distribution
    from setuptools.command.build_ext import build_ext

    class ParallelBuild(build_ext):
        """Compiles as many files at once as there are cores."""

        def build_extensions(self) -> None:
            one = self.compiler.compile

            def compile_all(files: list[str], **options: Any) -> list[str]:
                with ThreadPoolExecutor(os.cpu_count()) as pool:
                    return [made for found in pool.map(lambda file: one([file], **options), files) for made in found]

            self.compiler.compile = compile_all
            super().build_extensions()

    package = Path(shutil.copytree(root / "hybridize", scratch / "hybridize"))
    chosen = [str(path) for path in sources(package)]
    print(f"compiling {len(chosen)} modules; this takes a few minutes", file=sys.stderr)
    here = os.getcwd()
    os.chdir(scratch)  # module names are those of paths relative to the current folder
    try:
        arguments = ["--ignore-missing-imports", *chosen]
        modules = mypycify(arguments, opt_level="2", debug_level="0", multi_file=True, group_name="hybridize")
        distribution = Distribution({"name": "hybridize", "ext_modules": modules})
        command = ParallelBuild(distribution)
        command.build_lib = str(scratch / "built")
        command.build_temp = str(scratch / "objects")
        command.ensure_finalized()
        command.run()
    finally:
        os.chdir(here)
    return sorted(path for path in (scratch / "built").rglob("*") if path.is_file())
