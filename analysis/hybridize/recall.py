"""What is remembered of former runs: whole programs that have not changed, and parts of those that have.

A `Store` keeps bytes under keys. Keys are digests of everything that an answer hangs on: the tool itself, the settings
that change what is found out, the bytes of the files, which files there are, and what describes the project. So an
entry is right or absent; nothing is ever updated. What cannot be read is as good as absent.
"""

from __future__ import annotations

import hashlib
import os
import sys
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from hybridize.config import Config
from hybridize.evaluation import Evaluated, Group, merged
from hybridize.finding import Finding
from hybridize.frontend import Failure, FrontEnd, Sources
from hybridize.project import keras, role
from hybridize.project.program import OutsideError
from hybridize.report import FileSummary, Role
from hybridize.syntax.links import Links
from hybridize.syntax.parse import ParseFailure
from hybridize.syntax.source import SourceFile
from hybridize.version import __version__

T = TypeVar("T")

MOST_BUCKETS = 64
"""Into how many entries the files of a program are divided at most."""


class Store(Protocol):
    """Where bytes are kept between runs."""

    def get(self, key: str) -> bytes | None:
        """What was put under ``key``; None if nothing was, or it cannot be trusted any more."""

    def put(self, key: str, data: bytes) -> None:
        """Keep ``data``, if that is possible."""


class Summary(msgspec.Struct, frozen=True):
    """What is remembered of a whole program. ``findings`` are those of all rules, before anybody's wishes."""

    files: tuple[FileSummary, ...]
    failures: tuple[Failure, ...]
    role: Role
    findings: tuple[Finding, ...]
    counters: dict[str, int]
    reveals: tuple[tuple[str, int, str], ...]
    groups: tuple[Group, ...]
    keras: int | None = None


class Memory:
    """What a store knows of one program with one configuration."""

    def __init__(self, store: Store, read: Sources, config: Config) -> None:
        self._store = store
        self._read = read
        around = (_tool(), _settings(config, read.root), *_project(read))
        self._around = _digest(repr(around).encode("utf-8", "surrogatepass"))
        names = "\0".join(sorted(read.found)).encode("utf-8", "surrogatepass")
        self._names = _digest(names)
        """Which files there are decides what an import means."""

    def summary(self) -> Summary | None:
        """What is remembered of the whole program."""
        return _decoded(self._store.get(self._program()), Summary)

    def part(self, group: Group, front: FrontEnd) -> Evaluated | OutsideError | None:
        """What is remembered of a part; it hangs on the rest only by the role of the project and its Keras."""
        data = self._store.get(self._part(group, front.role, front.keras))
        outside = _decoded(data, str)
        return _decoded(data, Evaluated) if outside is None else OutsideError(outside)

    def keep_join(self, group: Group, front: FrontEnd, error: OutsideError) -> None:
        """Remember that a part belongs to another one."""
        _put(self._store, self._part(group, front.role, front.keras), error.path)

    def functions(self, summary: Summary) -> Evaluated | None:
        """What is remembered of all parts of a program that has not changed."""
        found = [
            _decoded(self._store.get(self._part(group, summary.role, summary.keras)), Evaluated)
            for group in summary.groups
        ]
        known = [one for one in found if one is not None]
        return merged(known) if len(known) == len(found) else None

    def keep(self, evaluated: Mapping[Group, Evaluated], whole: Summary) -> None:
        """Remember a run: its parts, then the whole."""
        for group, one in evaluated.items():
            _put(self._store, self._part(group, whole.role, whole.keras), one)
        _put(self._store, self._program(), whole)

    def _program(self) -> str:
        return self._key(("program", self._read.failures), self._read.found)

    def _part(self, group: Group, role: Role, keras: int | None) -> str:
        return self._key(("part", role, keras), group)

    def _key(self, what: tuple[object, ...], paths: tuple[str, ...]) -> str:
        files = self._read.files
        contents = [(path, files[path].digest if path in files else "") for path in paths]
        return _digest(repr((what, self._around, self._names, contents)).encode("utf-8", "surrogatepass"))


class Outline(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of one file: one of both."""

    links: Links | None
    failure: ParseFailure | None


class Outlines:
    """What a store knows of single files: what they have to do with others, or why they have no program.

    Files are kept some at a time, since an entry for each would take longer to read than the files themselves.
    """

    def __init__(self, store: Store, read: Sources) -> None:
        self._store = store
        count = 1 << max(0, (len(read.files) // 8).bit_length() - 1)
        buckets: dict[int, list[SourceFile]] = {}
        for path, source in read.files.items():
            number = zlib.crc32(path.encode("utf-8", "surrogatepass")) % min(count, MOST_BUCKETS)
            buckets.setdefault(number, []).append(source)
        self._buckets = list(buckets.values())
        self._missing: list[list[SourceFile]] = []

    def known(self) -> dict[str, Links | ParseFailure]:
        """What is remembered, by path."""
        found: dict[str, Links | ParseFailure] = {}
        for bucket in self._buckets:
            outlines = _decoded(self._store.get(self._key(bucket)), tuple[Outline, ...])
            if outlines is None:
                self._missing.append(bucket)
                continue
            for source, outline in zip(bucket, outlines, strict=True):
                one = outline.links or outline.failure
                assert one is not None
                found[source.path] = one
        return found

    def keep(self, front: FrontEnd) -> None:
        """Remember what was not ``known``."""
        failures = {path: ParseFailure(line, column, message) for path, line, column, message in front.failures}
        for bucket in self._missing:
            outlines = [Outline(front.links.get(one.path), failures.get(one.path)) for one in bucket]
            _put(self._store, self._key(bucket), outlines)

    @staticmethod
    def _key(bucket: Sequence[SourceFile]) -> str:
        contents = [(source.path, source.digest) for source in bucket]
        return _digest(repr(("outlines", _tool(), contents)).encode("utf-8", "surrogatepass"))


def content_key(read: Sources) -> str:
    """A digest of all that an answer hangs on but the tool and the settings: the files, and what describes them."""
    files = [(path, read.files[path].digest if path in read.files else "") for path in sorted(read.found)]
    return _digest(repr((_project(read), files, read.failures)).encode("utf-8", "surrogatepass"))


def settings_key(config: Config) -> str:
    """A digest of the settings that change what is found out or told; not of how it is done."""
    return _digest(msgspec.msgpack.encode(msgspec.structs.replace(config, folder="", jobs=0), order="deterministic"))


def _project(read: Sources) -> tuple[object, ...]:
    """What is known of a project besides its program."""
    described = (*role.descriptions(read.root, read.package), *enumerate(keras.descriptions(read.root)))
    return os.path.basename(read.root), read.package, tuple(described)


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=20).hexdigest()


@cache
def _tool() -> str:
    """The tool that answers: its version, its own files as far as their sizes and times tell, and the Python."""
    here = Path(__file__).parent
    stamps = sorted(
        (path.relative_to(here).as_posix(), (status := path.stat()).st_size, status.st_mtime_ns)
        for path in here.rglob("*")
        if path.suffix in (".py", ".so", ".pyd", ".msgpack")
    )
    return _digest(repr((__version__, sys.version_info[:3], stamps)).encode())


def _settings(config: Config, root: str) -> bytes:
    """What of the configuration decides what is found out, and not only what is told."""
    runs = config.runs
    if runs is not None:
        runs = msgspec.structs.replace(runs, folder=os.path.relpath(runs.folder, root))
    found = msgspec.structs.replace(
        config,
        select=(),
        ignore=(),
        severity=(),
        per_file_ignore=(),
        exclude=(),
        folder="",
        jobs=0,
        runs=runs,
        reached_bounds=False,
    )
    return msgspec.msgpack.encode(found, order="deterministic")


def _put(store: Store, key: str, value: object) -> None:
    try:
        data = msgspec.msgpack.encode(value)
    except UnicodeEncodeError:
        return  # names of files that are no Unicode
    store.put(key, data)


def _decoded(data: bytes | None, kind: type[T]) -> T | None:
    if data is None:
        return None
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except msgspec.DecodeError:
        return None
