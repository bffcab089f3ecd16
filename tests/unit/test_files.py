"""Writing files back: whole or not at all, same mode and owner, and never over somebody else's change."""

from __future__ import annotations

import os
import stat

import pytest

from hybridize_bot import files
from hybridize_bot.files import WriteError, replace, write


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


def test_a_result_is_written_with_its_folders_and_the_mode_of_new_files(tmp_path):
    mask = os.umask(0o027)
    try:
        write(str(tmp_path / "new" / "out.json"), b"{}")
    finally:
        os.umask(mask)
    assert (tmp_path / "new" / "out.json").read_bytes() == b"{}"
    assert stat.S_IMODE((tmp_path / "new" / "out.json").stat().st_mode) == 0o640
    assert os.listdir(tmp_path / "new") == ["out.json"]


def test_a_result_takes_the_place_of_the_old_one_in_one_step(path, monkeypatch):
    path.chmod(0o604)
    link = path.with_name("link")
    link.symlink_to("main.py")
    seen = []
    replaced = os.replace
    monkeypatch.setattr(os, "replace", lambda new, old: (seen.append(path.read_bytes()), replaced(new, old)))
    write(str(link), b"new")
    assert seen == [b"old\r\n"]
    assert (path.read_bytes(), link.is_symlink(), stat.S_IMODE(path.stat().st_mode)) == (b"new", True, 0o604)


def test_a_result_that_cannot_be_written_whole_is_not_written(path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "no space left")))
    with pytest.raises(OSError, match="no space left"):
        write(str(path), b"new")
    assert (path.read_bytes(), os.listdir(path.parent)) == (b"old\r\n", ["main.py"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_written_to(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write(str(pipe), b"new")
    assert os.read(reader, 10) == b"new"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
