"""The files of a commit in a folder, as far as an analysis reads them: no checkout, and no filters are run.

A tree is data that nobody has vouched for. Names that lead elsewhere are left out, and links are made last, so that
nothing is written through one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

from hybridize.project import keras, role
from hybridize_bot.baseline import NAME
from hybridize_bot.changes import SUBMODULE
from hybridize_bot.git import GitError, Repository, repository, shown

_LINK = "120000"
_SUFFIXES = (b".py", b".pyw", b".ipynb", b".yaml", b".yml", b".toml")
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


def export(repo: Repository, commit: str | None, folder: str, named: Iterable[str], most_bytes: int) -> None:
    """Write to ``folder`` what of ``commit`` an analysis may read; nothing where there is no commit.

    That includes what its settings may be in. Files in ``named`` are wanted whatever they are called; they are relative
    to the top. Files of more than ``most_bytes`` have their size, and nothing in them. Submodules are taken from their
    own repositories, at the commit that this one names.

    Raises:
        GitError: Git cannot say, or a submodule does not have its commit.
    """
    # What is in a Git work tree heeds `.gitignore` files; this folder stands for one.
    with open(os.path.join(folder, ".git"), "wb"):
        pass
    if commit is not None:
        wanted = {os.fsencode(name) for name in named}
        links = _export(repo, commit, os.fsencode(folder), wanted, most_bytes)
        # All folders first: in a tree with two entries of one name, a link might stand for the folder of another.
        for link in links:
            _make_folder_of(link.place)
        for link in links:
            if not os.path.lexists(link.place):
                os.symlink(link.target, link.place)


def _export(repo: Repository, commit: str, folder: bytes, named: set[bytes], most_bytes: int) -> list[_Link]:
    """Write the files; the links are for the caller."""
    blobs = [one for one in _listed(repo, commit) if _is_safe(one.path)]
    files = [one for one in blobs if one.mode != SUBMODULE and (_is_read(one.path) or one.path in named)]
    links: list[_Link] = []
    hollow = {blob for blob in files if blob.size > most_bytes and not blob.path.endswith(_BASELINE)}
    for blob in files:
        if blob in hollow:
            with _new(os.path.join(folder, blob.path)) as file:
                file.truncate(blob.size)
    files = [blob for blob in files if blob not in hollow]
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
            links += _export_submodule(repo, blob, folder, named, most_bytes)
    return links


def _export_submodule(repo: Repository, blob: _Blob, folder: bytes, named: set[bytes], most_bytes: int) -> list[_Link]:
    place = os.path.join(repo.top, os.fsdecode(blob.path))
    if not os.path.lexists(os.path.join(place, ".git")):
        return []  # not checked out: neither tree has its files
    inner = repository(place)
    try:
        commit = inner.commit(blob.hash)
    except GitError as error:
        raise GitError(f"submodule {shown(blob.path)}: {error}") from None
    lead = blob.path + b"/"
    target = os.path.join(folder, blob.path)
    with _new(os.path.join(target, b".git")):
        pass
    return _export(
        inner, commit, target, {name.removeprefix(lead) for name in named if name.startswith(lead)}, most_bytes
    )


def add(repo: Repository, commit: str, folder: str, path: str) -> None:
    """Write the file ``path`` of ``commit`` to ``folder``, if there is one, and it is not there yet.

    Raises:
        GitError: Git cannot say.
    """
    name = os.fsencode(path)
    if os.path.lexists(os.path.join(folder, path)) or not _is_safe(name):
        return
    blobs = [blob for blob in _listed(repo, commit) if blob.path == name and blob.mode not in (_LINK, SUBMODULE)]
    for blob, data in zip(blobs, _contents(repo, blobs), strict=True):
        with _new(os.path.join(os.fsencode(folder), blob.path)) as file:
            file.write(data)


def copy(top: str, paths: Iterable[str], folder: str) -> None:
    """Copy files below ``top`` that no commit has, as they are."""
    for path in paths:
        source, target = os.path.join(top, path), os.path.join(folder, path)
        if _is_safe(os.fsencode(path)) and os.path.isfile(source) and not os.path.lexists(target):
            _make_folder_of(os.fsencode(target))
            shutil.copyfile(source, target)


def _new(target: bytes) -> IO[bytes]:
    _make_folder_of(target)
    return open(target, "xb")


def _make_folder_of(target: bytes) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)


def _is_safe(path: bytes) -> bool:
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


def _is_read(path: bytes) -> bool:
    name = path.rpartition(b"/")[2]
    return name.endswith(_SUFFIXES) or name in _OTHERS or keras.FILES.fullmatch(os.fsdecode(name)) is not None


def _listed(repo: Repository, commit: str) -> Iterator[_Blob]:
    for line in repo.ask("ls-tree", "-r", "-z", "--long", "--full-tree", commit).split(b"\0"):
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
