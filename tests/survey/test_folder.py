"""The folder of a survey where the disk is full, or holds what no survey has written."""

from __future__ import annotations

import errno
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hybridize_bot.survey import folder as of_survey
from hybridize_bot.survey.entries import Entry
from hybridize_bot.survey.folder import Folder, FolderError
from hybridize_bot.survey.jobs import Failed, Pieced

from .projects import terms

ENTRY = Entry("local", "/a")


def test_a_full_disk_is_a_sentence(tmp_path, monkeypatch):
    def full(_path, _data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = Folder(str(tmp_path))
    monkeypatch.setattr(of_survey, "write", full)
    with store.writing():
        with pytest.raises(FolderError, match="cannot be written to: No space left on device"):
            store.keep(ENTRY, terms(), Failed("input", "none"))
        with pytest.raises(FolderError, match="cannot be written to: No space left on device"):
            store.keep_piece(ENTRY, "key", ("a.py",), Pieced(b"", ""))


def test_folders_are_left_alone(tmp_path):
    (tmp_path / "functions" / "kept.parquet").mkdir(parents=True)
    (tmp_path / "functions" / "left.parquet").write_bytes(b"")
    with Folder(str(tmp_path)).writing():
        assert os.listdir(tmp_path / "functions") == ["kept.parquet"]


@pytest.mark.parametrize(
    "columns",
    [{"x": [1]}, {"id": ["a"], "key": ["k"], "terms": ["t"]}, {"id": [1], "key": [2], "status": [3], "terms": [4]}],
    ids=["others", "one less", "numbers"],
)
def test_a_row_of_other_columns_is_none(tmp_path, columns):
    store = Folder(str(tmp_path))
    with store.writing():
        store.keep(ENTRY, terms(), Failed("input", "none"))
        assert store.known(ENTRY) is not None
        pq.write_table(pa.table(columns), tmp_path / "repositories" / f"{ENTRY.id}.parquet")
        assert store.known(ENTRY) is None
    (tmp_path / "functions" / "left.parquet").write_bytes(b"")
    with store.writing():
        assert os.listdir(tmp_path / "functions") == []
