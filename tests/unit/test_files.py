"""Writing files back: whole or not at all, same mode and owner, and never over somebody else's change."""

from __future__ import annotations

import os
import stat

import pytest

from hybridize_bot import files
from hybridize_bot.files import WriteError, replace


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "main.py"
    path.write_bytes(b"old\r\n")
    return path


def test_the_bytes_are_as_given_and_nothing_else_is_left(path):
    replace(path, b"old\r\n", b"\xef\xbb\xbfnew\r\n")
    assert path.read_bytes() == b"\xef\xbb\xbfnew\r\n"
    assert os.listdir(path.parent) == ["main.py"]


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600, 0o664])
def test_the_mode_stays(path, mode):
    path.chmod(mode)
    replace(path, b"old\r\n", b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_symbolic_link_stays_one(path):
    link = path.with_name("link.py")
    link.symlink_to("main.py")
    replace(link, b"old\r\n", b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"


def test_the_owner_stays_or_the_file_does(path, monkeypatch):
    status = path.stat()
    monkeypatch.setattr(files, "_keep_owner", lambda name, status: (_ for _ in ()).throw(PermissionError(1, "no")))
    with pytest.raises(WriteError, match="no"):
        replace(path, b"old\r\n", b"new")
    assert path.read_bytes() == b"old\r\n"
    assert os.listdir(path.parent) == ["main.py"]
    assert path.stat().st_ino == status.st_ino


def test_owner_and_group_are_given_to_the_new_file(path, monkeypatch):
    given = []
    monkeypatch.setattr(os, "chown", lambda name, user, group: given.append((user, group)), raising=False)
    files._keep_owner(str(path), os.stat_result((0o644, 0, 0, 1, 12345, 54321, 0, 0, 0, 0)))
    assert given == [(12345, 54321)]


def test_a_file_that_somebody_else_changed_is_left_alone(path):
    with pytest.raises(WriteError, match="changed"):
        replace(path, b"older", b"new")
    assert path.read_bytes() == b"old\r\n"


def test_a_read_only_file_is_left_alone(path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(WriteError, match="read-only"):
        replace(path, b"old\r\n", b"new")
    assert path.read_bytes() == b"old\r\n"


def test_a_file_that_is_gone_is_told(path):
    path.unlink()
    with pytest.raises(WriteError, match="No such file"):
        replace(path, b"old\r\n", b"new")


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
def test_an_interruption_leaves_the_old_file_and_no_other(path, monkeypatch, step):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace(path, b"old\r\n", b"new")
    assert path.read_bytes() == b"old\r\n"
    assert os.listdir(path.parent) == ["main.py"]
