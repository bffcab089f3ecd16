"""The files of a commit in a folder, as far as an analysis reads them: no checkout, and no filters are run.

A tree is data that nobody has vouched for. Names that lead elsewhere are left out, and links are made last, so that
nothing is written through one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple

from hybridize.project import keras, role
from hybridize_bot.baseline import NAME
from hybridize_bot.changes import SUBMODULE
from hybridize_bot.git import GitError, Repository, repository, shown

_LINK = "120000"
_SUFFIXES = (b".py", b".pyw", b".ipynb")
_SETTINGS = (b".yaml", b".yml", b".toml")
_BASELINE = os.fsencode(NAME)
_OTHERS = frozenset({_BASELINE, b".gitignore", b"pyvenv.cfg", b"entry_points.txt", *map(os.fsencode, role.METADATA)})


class _Blob(NamedTuple):
    mode: str
    hash: str
    size: int
    path: bytes


class _Link(NamedTuple):
    place: bytes
    target: bytes


class Wanted(NamedTuple):
    """Which files of a commit are written, besides those that an analysis reads anywhere."""

    most_bytes: int
    """Larger files have their size, and nothing in them."""
    named: Collection[str] = ()
    """Wanted whatever they are called; relative to the top."""
    settings: bool = False
    """Whether what settings may be in is wanted."""
    most_in_all: int | None = None
    """What all files together may have, and the list of them: a tree may name one of its own a thousand times."""

    def has(self, path: bytes) -> bool:
        """Whether the file is wanted."""
        if self.settings and path.endswith(_SETTINGS):
            return True
        return is_read(path) or os.fsdecode(path) in self.named

    def below(self, folder: bytes) -> Wanted:
        """What of it is in ``folder``, and relative to that."""
        lead = os.fsdecode(folder) + "/"
        return self._replace(named={one.removeprefix(lead) for one in self.named if one.startswith(lead)})


@contextmanager
def state(repo: Repository, commit: str | None, wanted: Wanted, lead: str = "") -> Iterator[str]:
    """A folder with the files of ``commit``, for as long as it is looked at; none where there is no commit.

    Its name is that of the repository's folder, which is that of a package if it is one; or all of ``lead``, a path
    below some folder, if one is given.

    Raises:
        GitError: it cannot be written, or Git cannot say what is in it.
    """
    try:
        temporary = tempfile.TemporaryDirectory(prefix="hybridize-", ignore_cleanup_errors=True)
    except OSError as error:
        raise GitError(f"there is no place for the files of a commit: {error.strerror or error}") from None
    with temporary as folder:
        name = lead or os.path.basename(repo.top) or "repository"
        top = os.path.normpath(os.path.join(os.path.realpath(folder), name))
        try:
            os.makedirs(top, exist_ok=True)
            export(repo, commit, top, wanted)
        except OSError as error:
            raise GitError(f"the files of a commit cannot be written: {error.strerror or error}") from None
        yield top


def export(repo: Repository, commit: str | None, folder: str, wanted: Wanted) -> None:
    """Write to ``folder`` what of ``commit`` is wanted; nothing where there is no commit.

    Submodules are taken from their own repositories, at the commit that this one names.

    Raises:
        GitError: Git cannot say, or a submodule does not have its commit.
    """
    # What is in a Git work tree heeds `.gitignore` files; this folder stands for one.
    with open(os.path.join(folder, ".git"), "wb"):
        pass
    if commit is not None:
        links = _export(repo, commit, os.fsencode(folder), wanted)
        # All folders first: in a tree with two entries of one name, a link might stand for the folder of another.
        for link in links:
            _make_folder_of(link.place)
        for link in links:
            if not os.path.lexists(link.place):
                os.symlink(link.target, link.place)


def _export(repo: Repository, commit: str, folder: bytes, wanted: Wanted) -> list[_Link]:
    """Write the files; the links are for the caller."""
    blobs = [one for one in _listed(repo, commit, wanted.most_in_all) if is_safe(one.path)]
    files = [one for one in blobs if one.mode != SUBMODULE and wanted.has(one.path)]
    links: list[_Link] = []
    hollow = {blob for blob in files if blob.size > wanted.most_bytes and not blob.path.endswith(_BASELINE)}
    for blob in files:
        if blob in hollow:
            with _new(os.path.join(folder, blob.path)) as file:
                file.truncate(blob.size)
    files = [blob for blob in files if blob not in hollow]
    if wanted.most_in_all is not None and sum(blob.size for blob in files) > wanted.most_in_all:
        raise GitError(f"its files have more than {wanted.most_in_all:,} bytes in all")
    for blob, data in zip(files, _contents(repo, files), strict=True):
        target = os.path.join(folder, blob.path)
        if blob.mode == _LINK:
            if _stays(blob.path, data):
                links.append(_Link(target, data))
        else:
            with _new(target) as file:
                file.write(data)
    for blob in blobs:
        if blob.mode == SUBMODULE:
            links += _export_submodule(repo, blob, folder, wanted)
    return links


def _export_submodule(repo: Repository, blob: _Blob, folder: bytes, wanted: Wanted) -> list[_Link]:
    place = os.path.join(repo.top, os.fsdecode(blob.path))
    if not os.path.lexists(os.path.join(place, ".git")):
        return []  # not checked out: neither tree has its files
    inner = repository(place)
    try:
        commit = inner.commit(blob.hash)
    except GitError as error:
        raise GitError(f"submodule {shown(blob.path)}: {error}") from None
    target = os.path.join(folder, blob.path)
    with _new(os.path.join(target, b".git")):
        pass
    return _export(inner, commit, target, wanted.below(blob.path))


def add(repo: Repository, commit: str, folder: str, path: str) -> None:
    """Write the file ``path`` of ``commit`` to ``folder``, if there is one, and it is not there yet.

    Raises:
        GitError: Git cannot say.
    """
    if os.path.lexists(os.path.join(folder, path)) or not is_safe(os.fsencode(path)):
        return
    data = content(repo, commit, path)
    if data is not None:
        with _new(os.path.join(os.fsencode(folder), os.fsencode(path))) as file:
            file.write(data)


def content(repo: Repository, commit: str, path: str) -> bytes | None:
    """What is in the file ``path`` of ``commit``; None if there is no such file.

    Raises:
        GitError: Git cannot say.
    """
    name = os.fsencode(path)
    blobs = [blob for blob in _listed(repo, commit) if blob.path == name and blob.mode not in (_LINK, SUBMODULE)]
    return next(_contents(repo, blobs), None)


def copy(top: str, paths: Iterable[str], folder: str) -> None:
    """Copy files below ``top`` that no commit has, as they are."""
    for path in paths:
        source, target = os.path.join(top, path), os.path.join(folder, path)
        if is_safe(os.fsencode(path)) and os.path.isfile(source) and not os.path.lexists(target):
            _make_folder_of(os.fsencode(target))
            shutil.copyfile(source, target)


def _new(target: bytes) -> IO[bytes]:
    _make_folder_of(target)
    return open(target, "xb")


def _make_folder_of(target: bytes) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)


def is_safe(path: bytes) -> bool:
    """Whether a name in a tree stays below the folder that it is written to."""
    parts = path.split(b"/")
    if os.sep == "\\" and (b"\\" in path or b":" in path):
        return False
    return not any(part in (b"", b".", b"..") or part.lower() == b".git" for part in parts)


def _stays(path: bytes, target: bytes) -> bool:
    """Whether a link at ``path`` leads to a place below the folder, whatever other links are on the way.

    A step up counts only where it comes first: behind a name, which may be that of a link, nobody knows where it leads.
    """
    parts = [part for part in target.split(b"/") if part not in (b"", b".")]
    up = next((at for at, part in enumerate(parts) if part != b".."), len(parts))
    if target.startswith(b"/") or b"\0" in target or b".." in parts[up:] or up > path.count(b"/"):
        return False
    return os.sep == "/" or not (b"\\" in target or b":" in target)


def is_read(path: bytes) -> bool:
    """Whether an analysis reads files of that name."""
    name = path.rpartition(b"/")[2]
    return name.endswith(_SUFFIXES) or name in _OTHERS or keras.FILES.fullmatch(os.fsdecode(name)) is not None


def _listed(repo: Repository, commit: str, most: int | None = None) -> Iterator[_Blob]:
    for line in repo.ask("ls-tree", "-r", "-z", "--long", "--full-tree", commit, most=most).split(b"\0"):
        if line:
            head, path = line.split(b"\t", 1)
            mode, _kind, hash, size = head.decode("ascii").split()
            yield _Blob(mode, hash, int(size) if size.isdigit() else 0, path)


def _contents(repo: Repository, blobs: list[_Blob]) -> Iterator[bytes]:
    """What is in each of ``blobs``."""
    if not blobs:
        return
    output = repo.ask("cat-file", "--batch", stdin=b"".join(blob.hash.encode() + b"\n" for blob in blobs))
    position = 0
    for blob in blobs:
        end = output.find(b"\n", position)
        words = output[position:end].split(b" ")
        if end < 0 or len(words) != 3 or not words[2].isdigit():
            raise GitError(f"git does not have what is in {shown(blob.path)}")
        position = end + 1 + int(words[2]) + 1
        yield output[end + 1 : position - 1]
