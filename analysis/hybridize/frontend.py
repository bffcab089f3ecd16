"""From paths to a program: find the files, read, parse and lower them, in several processes where that pays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from hybridize.config import Config
from hybridize.errors import Problem
from hybridize.project.discovery import discover
from hybridize.project.keras import keras_major
from hybridize.project.modules import ModuleIndex
from hybridize.project.program import Program
from hybridize.project.role import role
from hybridize.report import FileSummary, Role
from hybridize.syntax.code import ModuleFacts
from hybridize.syntax.links import Links, links_of
from hybridize.syntax.lower import lower_module
from hybridize.syntax.parse import ParseFailure, parse
from hybridize.syntax.source import SourceFile

PARALLEL_BYTES = 600_000
"""Below this much source a second process costs more than it saves."""

Lowered = tuple[str, "ModuleFacts | ParseFailure"]
"""The path of a file, and its facts or why it has none."""

Lowering = Callable[[list[SourceFile], int], Iterable[list[Lowered]]]
"""What does `lower_all`."""

Failure = tuple[str, int, int, str]
"""(path, line, column, message) of a file that has no program."""


class FrontEnd(NamedTuple):
    """A program and what was read for it. Files are lowered when they are asked for, at the latest."""

    root: str
    modules: ModuleIndex
    links: dict[str, Links]
    """What each file that has a program has to do with others, by path, in order."""
    sources: dict[str, SourceFile]
    files: tuple[FileSummary, ...]
    failures: tuple[Failure, ...]
    keras: int | None
    """The major version of Keras that the program runs with, if something says."""
    role: Role
    lowered: dict[str, ModuleFacts]
    """The files that were lowered so far."""

    def lower(self, paths: Iterable[str], jobs: int) -> None:
        """See to it that files are lowered, ``jobs`` at once."""
        left = sorted({path for path in paths if path not in self.lowered})
        for results in lower_all([self.sources[path] for path in left], jobs):
            for path, result in results:
                if not isinstance(result, ModuleFacts):
                    raise RuntimeError(f"{path} had a program, and has none now: {result.message}")  # noqa: TRY004
                self.lowered[path] = result

    def part(self, paths: Iterable[str]) -> Program:
        """The program of some of the files, for which imports mean what they mean in the whole."""
        wanted = tuple(paths)
        self.lower(wanted, 1)
        return Program((self.lowered[path] for path in wanted), self.modules)


class Sources(NamedTuple):
    """The files of a program as they are on disk."""

    root: str
    package: str
    """The package that the root is in, as far as it is in one."""
    found: tuple[str, ...]
    """Every file that belongs to the program, also those that cannot be read, in order."""
    files: dict[str, SourceFile]
    failures: tuple[Failure, ...]


def read_sources(
    paths: Sequence[str | os.PathLike[str]], config: Config, instead: Mapping[str, bytes] | None = None
) -> Sources:
    """Read everything at or below ``paths``; files named in ``instead`` have those bytes, whatever is on disk.

    What is named there and is nowhere on disk, not even left out, belongs to the program as well.

    Raises:
        InputError: one of ``paths`` does not exist or cannot be looked at.
    """
    found = discover(
        paths,
        exclude=config.exclude,
        exclude_root=config.folder or None,
        respect_gitignore=config.respect_gitignore,
    )
    failures: list[Failure] = [(problem.path, 1, 0, problem.message) for problem in found.problems]
    files: dict[str, SourceFile] = {}
    known = instead or {}
    foreign: set[str] = set()
    """Notebooks in other languages: no business of ours."""
    for file in found.files:
        source: SourceFile | Problem
        if file.path in known:
            source = SourceFile(file.path, known[file.path])
        else:
            source = SourceFile.read(file.absolute, file.path, config.limits.file_bytes)
        if isinstance(source, Problem):
            failures.append((source.path, 1, 0, source.message))
        elif source.notebook is not None and source.notebook.language != "python":
            foreign.add(file.path)
        else:
            files[file.path] = source
    for path in sorted(known.keys() - {file.path for file in found.files} - {failure[0] for failure in failures}):
        if not os.path.lexists(os.path.join(found.root, path)):  # else it was left out
            files[path] = SourceFile(path, known[path])
    own = tuple(sorted({*files, *(file.path for file in found.files if file.path not in foreign)}))
    return Sources(found.root, found.package, own, files, tuple(failures))


def read_program(
    read: Sources,
    config: Config,
    progress: Callable[[str, int, int], None] | None = None,
    lower: Lowering | None = None,
    known: Mapping[str, Links | ParseFailure] | None = None,
) -> FrontEnd:
    """Parse and lower what was read (``lower`` can do so), and find out how its imports find each other.

    Files of which it is ``known`` what they have to do with others, or why they have no program, are not lowered.
    """
    outcomes: dict[str, Links | ParseFailure] = dict(known or {})
    lowered: dict[str, ModuleFacts] = {}
    new = [source for path, source in read.files.items() if path not in outcomes]
    done = 0
    for results in (lower or lower_all)(new, config.jobs):
        for path, result in results:
            if isinstance(result, ModuleFacts):
                lowered[path] = result
                outcomes[path] = links_of(result)
            else:
                outcomes[path] = result
        done += len(results)
        if progress is not None:
            progress("reading", done, len(new))
    links = {path: one for path, one in sorted(outcomes.items()) if isinstance(one, Links)}
    failed = ((path, one) for path, one in outcomes.items() if isinstance(one, ParseFailure))
    failures = [*read.failures, *((path, one.line, one.column, one.message) for path, one in failed)]
    index = ModuleIndex.build(list(links), config.source_roots, read.root, read.package)
    files = tuple(_summary(path, read.files.get(path), path in links) for path in read.found)
    keras = keras_major(read.root, any(one.legacy_keras for one in links.values()), config)
    project = role(read.root, read.package, set(links), config)
    return FrontEnd(read.root, index, links, read.files, files, tuple(sorted(failures)), keras, project, lowered)


def _summary(path: str, source: SourceFile | None, parsed: bool) -> FileSummary:
    if source is None:
        return FileSummary(path, 0, parsed)
    cells = source.notebook.cells if source.notebook is not None else ()
    return FileSummary(path, source.line_count, parsed, tuple((cell.number, cell.line) for cell in cells))


def lower_all(sources: list[SourceFile], jobs: int) -> Iterable[list[Lowered]]:
    """Parse and lower files, in lists as they come to be done; ``jobs`` processes, 0: one per core."""
    workers = jobs or os.cpu_count() or 1
    total = sum(len(source.data) for source in sources)
    if workers < 2 or total < PARALLEL_BYTES:
        return ([lower_source(source.path, source.data)] for source in sources)
    return _in_processes(sources, workers, total)


def _in_processes(sources: list[SourceFile], workers: int, total: int) -> Iterable[list[Lowered]]:
    chunks: list[list[tuple[str, bytes]]] = [[]]
    size = 0
    for source in sources:
        chunks[-1].append((source.path, source.data))
        size += len(source.data)
        if size > total / (workers * 4):
            chunks.append([])
            size = 0
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_lower_chunk, [chunk for chunk in chunks if chunk])


def _lower_chunk(chunk: list[tuple[str, bytes]]) -> list[Lowered]:
    import gc

    gc.disable()
    return [lower_source(path, data)[:] for path, data in chunk]


def lower_source(path: str, data: bytes) -> Lowered:
    """One file's facts, or why it has none."""
    source = SourceFile(path, data)
    tree = parse(source)
    if isinstance(tree, ParseFailure):
        return path, tree
    try:
        return path, lower_module(path, tree, source.line_count)
    except RecursionError:
        return path, ParseFailure(1, 0, "the code is nested too deeply to be analyzed")
