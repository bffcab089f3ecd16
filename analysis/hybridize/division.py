"""One program analyzed in pieces, on as many machines as there are, and the pieces made one report.

The pieces are the parts that know nothing of one another (`hybridize.project.groups`), so that the report is that of
`hybridize.analyze`, byte for byte. What a piece needs of the rest is its `Outline`: which files there are, since that
decides what an import means, the role of the project, and its Keras. A piece opens its own files and no others.

    outline → a piece for each of its groups → `regrouped`, until no piece needs another one → the report
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import msgspec

from hybridize.config import Config
from hybridize.engine import Clock, collector_paused, report_of, summary_of
from hybridize.evaluation import Evaluated, Group, Outcome, evaluate_part, merged, regrouped, together
from hybridize.frontend import Failure, FrontEnd, lower_source, read_program, read_sources
from hybridize.project.groups import parts
from hybridize.project.modules import ModuleIndex
from hybridize.report import FileSummary, Report, Role
from hybridize.syntax.code import ModuleFacts
from hybridize.syntax.links import links_of
from hybridize.syntax.source import SourceFile

__all__ = ["ChangedError", "Evaluated", "Group", "Outcome", "Outline", "outline", "piece", "regrouped", "whole"]


class ChangedError(ValueError):
    """A file, named by the message, is not what it was when the outline was made."""


class Outline(msgspec.Struct, frozen=True):
    """What all pieces of a program have in common, and what the pieces are."""

    package: str
    files: tuple[FileSummary, ...]
    failures: tuple[Failure, ...]
    role: Role
    keras: int | None
    groups: tuple[Group, ...]
    """The paths that each piece has, the largest piece first."""
    digests: dict[str, str]
    """By path, of every file that could be read."""

    def lines(self, group: Group) -> int:
        """How many lines a piece has."""
        known = {file.path: file.lines for file in self.files}
        return sum(known[path] for path in group)


def outline(paths: Sequence[str | os.PathLike[str]], config: Config) -> Outline:
    """Read the program at ``paths`` and find its pieces.

    Raises:
        InputError: one of ``paths`` does not exist or cannot be read.
    """
    with collector_paused():
        read = read_sources(paths, config)
        front = read_program(read, config)
        groups = tuple(together(front, parts(front.modules, front.links)))
    digests = {path: source.digest for path, source in read.files.items()}
    return Outline(read.package, front.files, front.failures, front.role, front.keras, groups, digests)


def piece(root: str, config: Config, known: Outline, group: Group) -> Outcome:
    """What is found out about the files of ``group``, below ``root``, the folder that paths are relative to.

    Raises:
        ChangedError: one of them is not what it was.
    """
    with collector_paused():
        sources = {path: _read(root, path, config, known) for path in group}
        lowered = {path: facts for path, file in sources.items() if (facts := _facts(path, file)) is not None}
        parsed = [file.path for file in known.files if file.parsed]
        index = ModuleIndex.build(sorted(parsed), config.source_roots, root, known.package)
        own = frozenset(group)
        files = tuple(file for file in known.files if file.path in own)
        links = {path: links_of(facts) for path, facts in lowered.items()}
        front = FrontEnd(root, index, links, sources, files, (), known.keras, known.role, lowered)
        return evaluate_part(front, front.part(lowered), config)


def whole(
    paths: Sequence[str | os.PathLike[str]], config: Config, known: Outline, pieces: Mapping[Group, Evaluated]
) -> Report:
    """The report on the program at ``paths``, of what was found out about all its pieces.

    Raises:
        ChangedError: a file is not what it was.
        InputError: one of ``paths`` does not exist or cannot be read.
    """
    with collector_paused():
        read = read_sources(paths, config)
        found = {path: source.digest for path, source in read.files.items()}
        changed = sorted(path for path in found.keys() | known.digests if found.get(path) != known.digests.get(path))
        if changed:
            raise ChangedError(changed[0])
        nothing = ModuleIndex.build((), (), read.root, read.package)
        front = FrontEnd(read.root, nothing, {}, read.files, known.files, known.failures, known.keras, known.role, {})
        evaluated = merged(list(pieces.values()))
        return report_of(read, summary_of(front, evaluated, tuple(pieces)), evaluated, config, Clock())


def _read(root: str, path: str, config: Config, known: Outline) -> SourceFile:
    source = SourceFile.read(os.path.join(root, path), path, config.limits.file_bytes)
    if not isinstance(source, SourceFile) or source.digest != known.digests.get(path):
        raise ChangedError(path)
    return source


def _facts(path: str, source: SourceFile) -> ModuleFacts | None:
    result = lower_source(path, source.data)[1]
    return result if isinstance(result, ModuleFacts) else None
