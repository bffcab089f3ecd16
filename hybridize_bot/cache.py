"""Where answers are kept between runs: the folder `.hybridize_cache`, one file for each entry.

An entry's name is its key, so entries never change: they are written beside, flushed, and renamed into place, and
several runs can share a folder. Each carries a code over its name and content, made with a secret of this user that is
not in the folder: an entry that somebody else wrote, into a checkout or an archive of it, is not used. Whatever goes
wrong with the cache costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

FOLDER = ".hybridize_cache"
MAGIC = b"hybridize-cache-1\n"
CODE_BYTES = 32
MAX_ENTRY = 512 * 1024 * 1024
MAX_TOTAL = 512 * 1024 * 1024
"""Entries that were used longest ago are removed above this many bytes."""
_NOTE = b"# Made by hybridize; it can be removed at any time.\n*\n"
_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of hybridize; see https://bford.info/cachedir/\n"


class FileStore:
    """A `hybridize.recall.Store` in a folder. ``secret`` is this user's."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        self._folder = folder
        self._secret = secret
        self._usable: bool | None = None
        self.trouble = ""
        """Why nothing more is kept, if something went wrong."""

    def get(self, key: str) -> bytes | None:
        """The entry of that key, if it is there and was written by this user."""
        path = self._folder / key
        try:
            handle = os.open(path, os.O_RDONLY | _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
            with open(handle, "rb") as file:
                status = os.fstat(handle)
                if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_ENTRY:
                    return None
                data = file.read(MAX_ENTRY)
        except OSError:
            return None
        start = len(MAGIC) + CODE_BYTES
        code, content = data[len(MAGIC) : start], data[start:]
        if not data.startswith(MAGIC) or not hmac.compare_digest(code, self._code(key, content)):
            return None
        with suppress(OSError):
            os.utime(path)  # it is of use
        return content

    def put(self, key: str, data: bytes) -> None:
        """Keep an entry; where that fails, nothing more is tried."""
        if self.trouble or len(data) > MAX_ENTRY:
            return
        try:
            self._prepare()
            self._write(key, MAGIC + self._code(key, data) + data)
            self._prune()
        except OSError as error:
            self.trouble = error.strerror or str(error)

    def _code(self, key: str, data: bytes) -> bytes:
        code = hashlib.blake2b(key=self._secret, digest_size=CODE_BYTES)
        code.update(key.encode())
        code.update(data)
        return code.digest()

    def _prepare(self) -> None:
        """Make the folder, and see to it that Git and backups leave it alone."""
        if self._usable:
            return
        self._folder.mkdir(mode=0o777, exist_ok=True)
        status = os.lstat(self._folder)
        if not stat.S_ISDIR(status.st_mode):
            raise NotADirectoryError(20, "it is not a folder")
        for name, text in ((".gitignore", _NOTE), ("CACHEDIR.TAG", _TAG)):
            if not os.path.lexists(self._folder / name):
                self._write(name, text)
        self._usable = True

    def _write(self, name: str, data: bytes) -> None:
        handle, temporary = tempfile.mkstemp(prefix=".new-", dir=self._folder)
        try:
            with open(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._folder / name)
        except BaseException:
            os.unlink(temporary)
            raise

    def _prune(self) -> None:
        """Remove what was used longest ago, until the rest fits."""
        entries = []
        total = 0
        with os.scandir(self._folder) as found:
            for entry in found:
                if entry.name in (".gitignore", "CACHEDIR.TAG") or not entry.is_file(follow_symlinks=False):
                    continue
                status = entry.stat(follow_symlinks=False)
                total += status.st_size
                entries.append((status.st_mtime, entry.path, status.st_size))
        for _, path, size in sorted(entries):
            if total <= MAX_TOTAL:
                break
            with suppress(FileNotFoundError):  # another run was faster
                os.unlink(path)
            total -= size


_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def store(folder: Path, environment: Mapping[str, str] = os.environ) -> FileStore | None:
    """The cache below ``folder``; None where this user has no place for a secret."""
    secret = _secret(environment)
    return None if secret is None else FileStore(folder / FOLDER, secret)


def _secret(environment: Mapping[str, str]) -> bytes | None:
    """This user's secret, made on first use; None if it can be neither read nor made."""
    home = environment.get("XDG_CACHE_HOME") or environment.get("LOCALAPPDATA")
    folder = Path(home) if home and os.path.isabs(home) else Path(os.path.expanduser("~"), ".cache")
    path = folder / "hybridize" / "secret"
    try:
        return _read_secret(path)
    except FileNotFoundError:
        pass
    except OSError:
        return None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)  # for this user only
        try:
            with open(handle, "wb") as file:
                file.write(secrets.token_bytes(CODE_BYTES))
            with suppress(FileExistsError):  # another run was faster: its secret it is
                os.link(temporary, path)
        finally:
            os.unlink(temporary)
        return _read_secret(path)
    except OSError:
        return None


def _read_secret(path: Path) -> bytes | None:
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        data = file.read(CODE_BYTES + 1)
    others = hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o077)
    return data if len(data) == CODE_BYTES and not others else None
