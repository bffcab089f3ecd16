"""The folder of a survey: Parquet files that are there as a whole or not at all, and who may write them.

    repositories/ID.parquet        one row: what was surveyed, and what came of it; written last, and so what counts
    functions/ID-KEY.parquet       the functions of that answer
    findings/ID-KEY.parquet        its findings
    pieces/ID-KEY/…                what is done of a program in pieces, until all of it is

Whatever is not named by a row in `repositories` belongs to a run that was ended, and is removed by the next one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

import hybridize
from hybridize.division import Group
from hybridize_bot.files import write
from hybridize_bot.survey.entries import Entry
from hybridize_bot.survey.jobs import Cost, Failed, Pieced, Terms
from hybridize_bot.survey.rows import text
from hybridize_bot.survey.tables import REPOSITORIES, parquet
from hybridize_bot.survey.tasks import Tables

_KINDS = ("functions", "findings")
_COLUMNS = ["id", "key", "status", "terms"]


class FolderError(ValueError):
    """A folder that cannot be used; ``str()`` is one line."""


class Known(msgspec.Struct, frozen=True):
    """What an earlier run has found out about a subject."""

    key: str
    analyzed: bool
    terms: str


class Folder:
    """One survey on disk. One process at a time may write to it."""

    def __init__(self, path: str) -> None:
        self.path = path

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make the folder what it is, and keep others from writing to it.

        Raises:
            FolderError: another survey is writing to it, or it is no folder.
        """
        try:
            for kind in ("repositories", *_KINDS):
                os.makedirs(os.path.join(self.path, kind), exist_ok=True)
            lock = open(os.path.join(self.path, ".lock"), "ab")  # noqa: SIM115 - it is held
        except OSError as error:
            raise FolderError(f"{self.path}: {error.strerror or error}") from None
        with lock:
            if not _locked(lock.fileno()):
                raise FolderError(f"{self.path}: another survey is writing to it")
            with self._written():
                self._sweep()
            yield

    @contextmanager
    def _written(self) -> Iterator[None]:
        """What fails meanwhile, as on a full disk, is told as a sentence.

        Raises:
            FolderError: something could not be written.
        """
        try:
            yield
        except OSError as error:
            raise FolderError(f"{self.path}: cannot be written to: {error.strerror or error}") from error

    def known(self, entry: Entry) -> Known | None:
        """What was found out about an entry before."""
        row = _row(self._place(entry))
        if row is None:
            return None
        analyzed = row["status"] == "analyzed"
        if analyzed and not all(os.path.isfile(self._rows(kind, entry, row["key"])) for kind in _KINDS):
            return None  # somebody has removed them
        return Known(row["key"], analyzed, row["terms"])

    def keep(self, entry: Entry, terms: Terms, outcome: Tables | Failed) -> None:
        """Write what came of an entry, in place of what was known before.

        Raises:
            FolderError: it cannot be written.
        """
        with self._written():
            self._keep(entry, terms, outcome)

    def _keep(self, entry: Entry, terms: Terms, outcome: Tables | Failed) -> None:
        before = self.known(entry)
        row: dict[str, Any] = {
            "id": entry.id, "key": outcome.key, "subject": text(entry.name), "entry": text(entry.shown),
            "kind": entry.kind, "revision": text(outcome.revision), "version": hybridize.__version__,
            "finished": datetime.now(timezone.utc), **_costs(outcome.cost),
        }  # fmt: skip
        if isinstance(outcome, Tables):
            write(self._rows("functions", entry, outcome.key), outcome.functions)
            write(self._rows("findings", entry, outcome.key), outcome.findings)
            row |= {"status": "analyzed", "terms": terms.key, **msgspec.structs.asdict(outcome.totals)}
        else:
            row |= {
                "status": "failed",
                "terms": failure_terms(terms),
                "failure": outcome.kind,
                "message": text(outcome.message),
            }
        write(self._place(entry), parquet([row], REPOSITORIES))
        if before is not None and before.analyzed and (before.key != outcome.key or isinstance(outcome, Failed)):
            for kind in _KINDS:
                with suppress(FileNotFoundError):
                    os.unlink(self._rows(kind, entry, before.key))
        for name in _listed(os.path.join(self.path, "pieces")):
            if name.startswith(f"{entry.id}-"):  # of what it was before, too
                shutil.rmtree(os.path.join(self.path, "pieces", name), ignore_errors=True)

    def piece(self, entry: Entry, key: str, group: Group) -> Pieced | None:
        """What an ended run has found out about a piece."""
        try:
            with open(self._piece(entry, key, group), "rb") as file:
                return msgspec.msgpack.decode(file.read(), type=Pieced)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def keep_piece(self, entry: Entry, key: str, group: Group, piece: Pieced) -> None:
        """Write what was found out about a piece.

        Raises:
            FolderError: it cannot be written.
        """
        with self._written():
            write(self._piece(entry, key, group), msgspec.msgpack.encode(piece))

    def _place(self, entry: Entry) -> str:
        return os.path.join(self.path, "repositories", f"{entry.id}.parquet")

    def _rows(self, kind: str, entry: Entry, key: str) -> str:
        return os.path.join(self.path, kind, f"{entry.id}-{key}.parquet")

    def _pieces(self, entry: Entry, key: str) -> str:
        return os.path.join(self.path, "pieces", f"{entry.id}-{key}")

    def _piece(self, entry: Entry, key: str, group: Group) -> str:
        name = hashlib.blake2b("\0".join(group).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return os.path.join(self._pieces(entry, key), f"{name}.msgpack")

    def _sweep(self) -> None:
        """Remove what ended runs have left: files that were being written, rows that no repository names."""
        for folder, _, names in os.walk(self.path):
            for name in names:
                if name.startswith(".hybridize-") and name.endswith(".tmp"):
                    os.unlink(os.path.join(folder, name))
        listed = {
            kind: {one.name for one in os.scandir(os.path.join(self.path, kind)) if not one.is_dir()} for kind in _KINDS
        }
        if not any(listed.values()):
            return
        named = {f"{id}-{key}.parquet" for id, key in _analyzed(self.path)}
        for kind, there in listed.items():
            for name in there - named:
                if name.endswith(".parquet"):
                    os.unlink(os.path.join(self.path, kind, name))


def _listed(folder: str) -> list[str]:
    return os.listdir(folder) if os.path.isdir(folder) else []


def failure_terms(terms: Terms) -> str:
    """What a failure hangs on: the limits, too."""
    limits = msgspec.msgpack.encode(terms.limits)
    return hashlib.blake2b(terms.key.encode() + limits, digest_size=16).hexdigest()


def _costs(cost: Cost) -> dict[str, float]:
    return {
        "seconds": cost.seconds, "cpu_seconds": cost.cpu, "fetch_seconds": cost.fetching, "megabytes": cost.megabytes
    }  # fmt: skip


def _analyzed(path: str) -> Iterator[tuple[str, str]]:
    """Id and key of each repository that has rows."""
    folder = os.path.join(path, "repositories")
    for name in os.listdir(folder):
        if name.endswith(".parquet"):
            row = _row(os.path.join(folder, name))
            if row is not None and row["status"] == "analyzed":
                yield row["id"], row["key"]


def _row(path: str) -> dict[str, Any] | None:
    """The row of a repository; None where there is none, or none that can be read."""
    try:
        rows: list[dict[str, Any]] = pq.ParquetFile(path).read(columns=_COLUMNS).to_pylist()
    except (OSError, ValueError, pa.ArrowException):
        return None
    # What a file does not have is left out.
    return rows[0] if rows and all(isinstance(rows[0].get(name), str) for name in _COLUMNS) else None


def _locked(handle: int) -> bool:
    """Take the lock that a handle stands for; the system gives it back when the process ends, however it does."""
    try:
        import fcntl
    except ImportError:  # Windows has no such lock; a survey there is one's own business
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
