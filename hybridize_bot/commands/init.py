"""`hybridize init`: the configuration, the pre-commit entry and the workflow, written once into a repository."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from hybridize_bot.config import NAMES, PROJECT, data_file
from hybridize_bot.console import note
from hybridize_bot.files import write

PRE_COMMIT = ".pre-commit-config.yaml"
WORKFLOW = ".github/workflows/hybridize.yml"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `init`, as click delivers them."""

    folder: str = "."
    force: bool = False
    preset: str = "recommended"
    pre_commit: bool = True
    workflow: bool = True


def run(options: Options) -> int:
    """Write what is not there yet; 2 if something could not be written."""
    root = Path(options.folder)
    files = [(root / NAMES[0], settings(options.preset))]
    if options.pre_commit:
        files.append((root / PRE_COMMIT, _example("pre-commit-config.yaml")))
    if options.workflow:
        files.append((root / WORKFLOW, _example("workflow.yml")))
    failed = False
    for path, text in files:
        other = _in_the_way(path)
        if other is not None and not (options.force and other == path):
            note(f"kept:    {other} {_advice(path, other)}")
            continue
        try:
            write(str(path), text.encode())
        except OSError as error:
            note(f"error: {path} was not written: {error.strerror or error}")
            failed = True
        else:
            note(f"{'replaced' if other is not None else 'written'}: {path}")
    if not failed:
        note("Next: `hybridize check`, then `hybridize check --write-baseline` to start from what is there.")
    return 2 if failed else 0


def settings(preset: str) -> str:
    """The configuration file: every key with its explanation, all of them commented out but for the preset."""
    head = (
        "# Settings of hybridize. Everything below the first two keys shows a default: remove the `#` before a key\n"
        "# and before the lines that belong to it to change it.\n"
        f"version: 1\nextends: [{preset}]\n"
    )
    defaults = data_file("defaults.yaml").read_text(encoding="utf-8")
    blocks = [block for block in defaults.split("\n\n")[1:] if not _defines(block, ("version", "extends"))]
    return head + "".join(f"\n{_commented(block)}\n" for block in blocks)


def _defines(block: str, keys: tuple[str, ...]) -> bool:
    return any(line.startswith(f"{key}:") for line in block.splitlines() for key in keys)


def _commented(block: str) -> str:
    """The block with ``#`` in front of what is no remark; remarks inside of a value get one more."""
    lines = block.strip("\n").splitlines()
    return "\n".join(line if line.startswith("#") else f"#{line}" for line in lines)


def _example(name: str) -> str:
    return data_file(f"examples/{name}").read_text(encoding="utf-8")


def _in_the_way(path: Path) -> Path | None:
    """What is there already in place of ``path``."""
    if path.name == NAMES[0]:
        from hybridize_bot.config import has_table

        for name in NAMES:
            if os.path.lexists(path.with_name(name)):
                return path.with_name(name)
        project = path.with_name(PROJECT)
        return project if project.is_file() and has_table(str(project)) else None
    return path if os.path.lexists(path) else None


def _advice(path: Path, other: Path) -> str:
    if path.name == PRE_COMMIT:
        entry = _example("pre-commit-config.yaml").partition("repos:\n")[2].rstrip()
        return f"is there; add to its `repos`:\n{entry}"
    return "is there" if other == path else f"is there, so {path.name} is not needed"
