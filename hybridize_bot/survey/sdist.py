"""The files of an sdist that an analysis reads: nothing is built, and no entry of the archive is trusted."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

from hybridize_bot.trees import is_read, is_safe

MOST_FILES = 200_000
CHUNK = 1 << 16

Opened = tuple[str, int, Callable[[], IO[bytes]]]


class ArchiveError(ValueError):
    """An archive that is none, or holds too much; ``str()`` is one line."""


def extract(archive: str, folder: str, most_bytes: int, most_file: int) -> str:
    """Write what an analysis reads to a new ``folder``; returns the folder that the project is in.

    Regular files alone are written: no links, no devices, nothing outside of ``folder``. Files with more than
    ``most_file`` bytes have their size, and nothing in them, as the analysis would not read them.

    Raises:
        ArchiveError: the archive is damaged, or holds more than ``most_bytes`` or `MOST_FILES` entries.
    """
    os.makedirs(folder)
    written = 0
    try:
        for number, (name, size, opened) in enumerate(_entries(archive, most_bytes)):
            if number >= MOST_FILES:
                raise ArchiveError(f"more than {MOST_FILES:,} entries")
            path = os.fsencode(name.removeprefix("./"))
            if not is_safe(path) or not is_read(path) or b"\0" in path:
                continue
            # A sparse file has holes that are in no archive, however large it is.
            written += size if size <= most_file else 0
            if written > most_bytes:
                raise ArchiveError(f"more than {most_bytes:,} bytes in all")
            _write(os.path.join(os.fsencode(folder), path), size, opened, most_file)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError) as error:
        raise ArchiveError(f"the archive is damaged: {error}") from None
    except (OSError, RuntimeError, UnicodeError, ValueError) as error:
        if isinstance(error, ArchiveError):
            raise
        raise ArchiveError(f"the archive cannot be unpacked: {error}") from None
    inside = sorted(os.listdir(folder))
    # The one folder that an sdist is to have; what has none is taken as it is.
    alone = len(inside) == 1 and os.path.isdir(os.path.join(folder, inside[0]))
    return os.path.join(folder, inside[0]) if alone else folder


def _write(target: bytes, size: int, opened: Callable[[], IO[bytes]], most_file: int) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.lexists(target):
        return  # the first of two entries of one name
    with open(target, "xb") as file:
        if size > most_file:
            file.truncate(size)
            return
        source = opened()
        left = size
        while left > 0 and (data := source.read(min(left, CHUNK))):
            file.write(data)
            left -= len(data)


def _entries(archive: str, most_bytes: int) -> Iterator[Opened]:
    """(name, size, how to read it) of each regular file."""
    if archive.endswith(".zip"):
        with zipfile.ZipFile(archive) as file:
            infos = file.infolist()
            if sum(info.file_size for info in infos) > most_bytes:
                raise ArchiveError(f"more than {most_bytes:,} bytes in all")
            for info in infos:
                kind = info.external_attr >> 16 & 0o170000
                if not info.is_dir() and kind in (0, 0o100000):
                    yield info.filename, info.file_size, lambda info=info: file.open(info)  # type: ignore[misc]
        return
    with _Bounded(archive, most_bytes) as data, tarfile.open(fileobj=data, mode="r|") as tar:
        for member in tar:
            tar.members = []  # type: ignore[attr-defined]  # else all of them are kept
            if member.isreg():
                yield member.name, member.size, lambda member=member: _content(tar, member)  # type: ignore[misc]


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member)
    if content is None:
        raise ArchiveError(f"{member.name!r} is no file")
    return content


class _Bounded:
    """The bytes of a compressed file, up to a bound: what is packed may be a thousand times larger than its archive."""

    def __init__(self, archive: str, most_bytes: int) -> None:
        opener: Any = {".bz2": bz2.open, ".xz": lzma.open}.get(os.path.splitext(archive)[1], gzip.open)
        self._file = opener(archive, "rb")
        self._left = self._most = most_bytes

    def read(self, size: int) -> bytes:
        """The next bytes."""
        data: bytes = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ArchiveError(f"more than {self._most:,} bytes in all")
        return data

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()
