"""`Session`: one program that is asked about again and again while people edit its files.

What does not change is not worked out again: files stay lowered, and parts of the program are remembered (`recall`).
A file that is half typed and does not parse counts as it was when it last did, so that the findings in the files around
it stay; why it does not parse is told beside.

    session = Session(["."], store)
    draft = session.read(config, {"train.py": b"..."})
    report = session.report(draft, config)

`Session.report` is the one place where an editor waits for the analysis: whatever makes that quick belongs behind it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from hybridize.config import Config
from hybridize.engine import Clock, collector_paused, remembered
from hybridize.evaluation import Progress
from hybridize.frontend import FrontEnd, Lowered, Sources, lower_all, read_program, read_sources
from hybridize.recall import Store
from hybridize.report import Report
from hybridize.syntax.code import ModuleFacts
from hybridize.syntax.parse import ParseFailure
from hybridize.syntax.source import SourceFile

_LATE = (
    "experience", "opportunities", "suppression", "analyses.functions", "analyses.work",
    "analyses.hazards.observations", "interproc.frame", "interproc.intrinsics", "interproc.intrinsics_containers",
    "interproc.intrinsics_numbers", "interproc.intrinsics_objects", "interproc.intrinsics_tensors", "syntax.arguments",
)  # fmt: skip
"""What an analysis imports where it needs it."""


def warm(config: Config) -> None:
    """Load what every analysis loads, so that copies of this process find it there."""
    from hybridize.models.library import library
    from hybridize.rules import _registry

    for name in _LATE:
        importlib.import_module(f"hybridize.{name}")
    _registry.rules()
    library(config.models, config.hybrid_wrappers)


class Draft(NamedTuple):
    """A program as it is being edited."""

    read: Sources
    """What is analyzed."""
    texts: dict[str, SourceFile]
    """All files as they are now."""
    broken: dict[str, ParseFailure]
    """Why files have no syntax tree now that had one before, and are analyzed as they were then."""
    edited: dict[str, bytes]
    """What editors hold in place of files."""


class Session:
    """The files at or below ``paths``; ``store`` remembers what is found out about them."""

    def __init__(self, paths: Sequence[str], store: Store) -> None:
        self.paths = tuple(paths)
        self._store = store
        self._lowered: dict[str, tuple[str, Lowered]] = {}
        """Path to the digest of a file and what it was lowered to."""
        self._good: dict[str, SourceFile] = {}
        """Edited files as they were when they last had a syntax tree."""

    def read(self, config: Config, edited: Mapping[str, bytes], former: Draft | None = None) -> Draft:
        """Look at all files; those that are ``edited`` are as editors hold them.

        Where nothing but edited files can have changed since the ``former`` draft, nothing else is looked at.

        Raises:
            InputError: one of the paths does not exist or cannot be looked at.
        """
        if former is not None and former.edited.keys() == edited.keys() and edited.keys() <= former.texts.keys():
            files = {path: self._edited(own, edited.get(path)) for path, own in former.texts.items()}
            read = former.read._replace(files=files)
        else:
            read = read_sources(self.paths, config, edited)
        texts = dict(read.files)
        # All of them at once, as several processes may share the work.
        lowered = {path: one for some in self._lower(list(texts.values()), config.jobs) for path, one in some}
        broken: dict[str, ParseFailure] = {}
        for path in edited.keys() & texts.keys():
            found = lowered[path]
            if isinstance(found, ModuleFacts):
                self._good[path] = texts[path]
            elif path in self._good:
                read.files[path] = self._good[path]
                broken[path] = found
        for path in self._good.keys() - edited.keys():
            del self._good[path]
        for path in self._lowered.keys() - texts.keys():
            del self._lowered[path]
        return Draft(read, texts, broken, dict(edited))

    def program(self, read: Sources, config: Config) -> FrontEnd:
        """The program of what was read."""
        return read_program(read, config, lower=self._lower)

    def report(self, draft: Draft, config: Config, progress: Progress | None = None) -> Report:
        """What is found out about ``draft``."""
        return self._report(draft.read, config, progress)[0]

    def run(
        self, draft: Draft, config: Config, progress: Progress | None, instead: Mapping[str, bytes]
    ) -> tuple[Report, FrontEnd]:
        """`hybridize.engine.run` of ``draft`` with further changes, for the proof of fixes."""
        files = {
            path: SourceFile(path, instead[path]) if path in instead else own for path, own in draft.read.files.items()
        }
        return self._report(draft.read._replace(files=files), config, progress)

    def _report(self, read: Sources, config: Config, progress: Progress | None) -> tuple[Report, FrontEnd]:
        with collector_paused():
            front = self.program(read, config)
            return remembered(read, lambda: front, config, progress, self._store, Clock()), front

    def _lower(self, sources: list[SourceFile], jobs: int) -> Iterable[list[Lowered]]:
        """`lower_all`, but for what is known."""
        known = [self._known(source) for source in sources]
        digests = {source.path: source.digest for source in sources}
        for some in lower_all([source for source, one in zip(sources, known, strict=True) if one is None], jobs):
            for one in some:
                self._lowered[one[0]] = digests[one[0]], one
            yield some
        yield [one for one in known if one is not None]

    @staticmethod
    def _edited(source: SourceFile, data: bytes | None) -> SourceFile:
        return source if data is None or data == source.data else SourceFile(source.path, data)

    def _known(self, source: SourceFile) -> Lowered | None:
        digest, lowered = self._lowered.get(source.path, ("", None))
        return lowered if digest == source.digest else None
