"""Writing files: all of a file or nothing of it, with the mode and owner that it has.

The new bytes go to a temporary file in the same folder, which then takes the place of the old one in a single step. So
a reader sees the old file or the new one, and an interruption leaves neither half a file nor a temporary one.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path


class WriteError(Exception):
    """A file that was left as it is; the message says why."""


def replace(path: Path, old: bytes, new: bytes) -> None:
    """Put ``new`` into the file at ``path``, which must still hold ``old``. A symbolic link stays one.

    Raises:
        WriteError: the file has changed meanwhile, or cannot be written with the same mode and owner.
    """
    target = Path(os.path.realpath(path))
    try:
        if target.read_bytes() != old:
            raise WriteError("it has changed since it was analyzed")
        status = target.stat()
        if not os.access(target, os.W_OK):
            raise WriteError("it is read-only")
        _replace(target, new, status)
    except OSError as error:
        raise WriteError(error.strerror or str(error)) from error


def write(path: str, data: bytes) -> None:
    """Put ``data`` into the file at ``path``, made with its folders where it is missing. A symbolic link stays one.

    What is no regular file, such as a pipe or ``/dev/stdout``, is written to as it is.

    Raises:
        OSError: the file is as it was.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        status = None
    if status is not None and not stat.S_ISREG(status.st_mode):
        Path(path).write_bytes(data)
        return
    if status is not None and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    _replace(target, data, status)


def _replace(target: Path, new: bytes, status: os.stat_result | None) -> None:
    """Put ``new`` in the place of ``target``, or of nothing, where ``status`` is None."""
    handle, name = tempfile.mkstemp(prefix=".hybridize-", suffix=".tmp", dir=target.parent)
    try:
        with open(handle, "wb") as file:
            file.write(new)
            file.flush()
            if status is None:
                os.chmod(name, 0o666 & ~_umask())
            else:
                _keep_owner(name, status)
                os.chmod(name, stat.S_IMODE(status.st_mode))
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    _sync_folder(target.parent)


def _umask() -> int:
    """What new files are not allowed; there is no way to ask but to set it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _keep_owner(name: str, status: os.stat_result) -> None:
    made = os.stat(name)
    if hasattr(os, "chown") and (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid):
        os.chown(name, status.st_uid, status.st_gid)


def _sync_folder(folder: Path) -> None:
    """Make the new name last beyond a power failure, where folders can be opened."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
