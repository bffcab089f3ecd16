"""Surveys on a real Dask cluster of two worker processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import msgspec
import psutil
import pytest
from distributed import Client, LocalCluster

from hybridize_bot.survey import driver, entries
from hybridize_bot.survey.folder import Folder
from hybridize_bot.survey.progress import Progress

from .projects import ENVIRONMENT, assert_whole, git, large, program, repository, rows, surveyed, terms


@pytest.fixture(scope="module")
def client():
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            memory_limit=0,
            dashboard_address="127.0.0.1:0",
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def survey(client, folder, lines, *, retry=False, base="/", **options):
    listed = entries.read(lines, str(base))
    progress = Progress(len(listed), quiet=True)
    store = Folder(str(folder))
    with store.writing():
        driver.Driver(store, terms(**options), progress, retry=retry).run(client, listed)
    return progress


MISBEHAVING = """
import os, sys, time
sys.path[:0] = sys.argv[3:]
data = open(sys.argv[1], "rb").read()
if b"/raises" in data: raise RuntimeError("the analysis has a mistake")
if b"/aborts" in data: os.abort()
if b"/hangs" in data: time.sleep(1000)
if b"/eats" in data:
    from hybridize_bot.survey import child
    child.analyze = lambda *_: bytearray(10**10)
from hybridize_bot.survey.child import main
main(*sys.argv[1:3])
"""


def _misbehave(start):
    from hybridize_bot.survey import process

    before, process._START = process._START, start or process._START
    return before


def test_what_fails_is_a_row_and_harms_nobody(client, tmp_path):
    programs = {name: program(tmp_path / name, 2) for name in ("raises", "aborts", "hangs", "eats", "good")}
    origin = repository(tmp_path / "origin", 3)
    listed = [*map(str, programs.values()), f"file://{origin}", f"file://{tmp_path}/none.git", "missing"]
    (before, *_) = client.run(_misbehave, MISBEHAVING).values()
    try:
        progress = survey(client, tmp_path / "out", listed, seconds=4, base=tmp_path)
    finally:
        client.run(_misbehave, before)
    assert (progress.done, progress.failed) == (8, 6)
    found = {row["subject"]: (row["failure"], row["message"]) for row in rows(tmp_path / "out", "repositories")}
    assert found.pop("good") == found.pop("origin") == (None, None)
    assert found.pop("none")[0] == "fetch"
    assert found == {
        "raises": ("crash", "RuntimeError: the analysis has a mistake"),
        "aborts": ("crash", "the process was ended by SIGABRT"),
        "hangs": ("time", "not done within 4 s"),
        "eats": ("memory", "more than 4,000 MB"),
        "missing": ("input", f"{tmp_path}/missing: no such file or folder"),
    }
    assert surveyed(tmp_path / "out", "good")

    # Failures stay as they are, until they are to be tried again; what is done stays done.
    again = survey(client, tmp_path / "out", listed, seconds=4, base=tmp_path)
    assert (again.kept, again.failed) == (8, 6)

    # A subject that has changed is taken up; one that cannot be had any more keeps what was found out.
    program(tmp_path / "missing", 4)
    (tmp_path / "good" / "more.py").write_text("def more():\n    pass\n")
    origin.rename(tmp_path / "moved")
    part = [*listed[:1], *listed[4:]]
    retried = survey(client, tmp_path / "out", part, retry=True, seconds=30, base=tmp_path)
    assert (retried.done, retried.failed, retried.kept) == (5, 1, 1)
    failed = {row["subject"] for row in rows(tmp_path / "out", "repositories") if row["status"] == "failed"}
    assert failed == {"aborts", "hangs", "eats", "none"}
    assert "more" in {row["qualname"] for row in rows(tmp_path / "out", "functions")}
    names = ("raises", "good", "missing")
    assert_whole(tmp_path / "out", {**{name: tmp_path / name for name in names}, "origin": tmp_path / "moved"})


def test_a_worker_killed_in_the_middle_loses_nothing(client, tmp_path):
    programs = {f"p{number}": program(tmp_path / f"p{number}", number) for number in range(1, 4)}
    programs["mono"] = large(tmp_path / "mono")
    out = tmp_path / "out"
    killed = []

    def kill():
        """Kill a worker once something is written, while it has a process at work; then the other one."""
        for process in client.run(os.getpid).values():
            while not (list(out.glob("functions/*.parquet")) and psutil.Process(process).children()):
                time.sleep(0.005)
            children = psutil.Process(process).children()
            os.kill(process, signal.SIGKILL)
            killed.append((process, children))
            time.sleep(0.2)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    progress = survey(client, out, map(str, programs.values()), split=0.0)
    thread.join(10)
    assert len(killed) == 2
    for process, children in killed:
        assert not psutil.pid_exists(process)
        psutil.wait_procs(children, timeout=5)
        assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
    assert progress.failed == 0
    assert_whole(out, programs)
    (mono,) = (row for row in rows(out, "repositories") if row["subject"] == "mono")
    assert (mono["pieces"], mono["largest_piece"]) == (3, 3243)


@pytest.mark.parametrize("kept", ["part1", "part2", "part3", "part4"])
def test_a_divided_program_goes_on_where_it_was(client, tmp_path, monkeypatch, kept):
    origin = large(tmp_path / "mono")
    git(origin, "init", "-q", "-b", "main")
    git(origin, "add", "-A")
    git(origin, "commit", "-q", "-m", "x")
    take = driver.Driver._take_piece

    def stop_once_it_is_kept(self, division, step, result):
        if any(path.startswith(kept) for path in step.group):
            take(self, division, step, result)
            raise KeyboardInterrupt

    monkeypatch.setattr(driver.Driver, "_take_piece", stop_once_it_is_kept)
    with pytest.raises(KeyboardInterrupt):
        survey(client, tmp_path / "out", [f"file://{origin}"], split=0.0)
    assert len(list((tmp_path / "out" / "pieces").glob("*/*"))) == 1
    assert rows(tmp_path / "out", "repositories") == []
    submitted = []
    submit = driver.Driver._submit
    monkeypatch.setattr(driver.Driver, "_take_piece", take)
    monkeypatch.setattr(
        driver.Driver, "_submit", lambda self, step, *more: (submitted.append(step), submit(self, step, *more))[1]
    )
    survey(client, tmp_path / "out", [f"file://{origin}"], split=0.0)
    # Four pieces and the two that turn out to be one; one was there already.
    assert [type(step).__name__ for step in submitted] == ["Subject", *["Piece"] * 4, "Whole"]
    assert_whole(tmp_path / "out", {"mono": origin})


def test_a_piece_that_fails_is_the_failure_of_its_program(client, tmp_path):
    mono = large(tmp_path / "mono")
    start = MISBEHAVING.replace('b"/raises" in data', 'b"Piece" in data and b"part3" in data.split(b"group")[-1]')
    (before, *_) = client.run(_misbehave, start).values()
    try:
        progress = survey(client, tmp_path / "out", [str(mono)], split=0.0)
    finally:
        client.run(_misbehave, before)
    (row,) = rows(tmp_path / "out", "repositories")
    assert (progress.failed, row["failure"]) == (1, "crash")
    assert row["message"] == "a piece of 1,619 lines: RuntimeError: the analysis has a mistake"
    assert not list((tmp_path / "out" / "functions").iterdir())


def test_a_worker_with_another_version_is_told(client, tmp_path):
    one = program(tmp_path / "one", 1)
    listed = entries.read([str(one)], "/")
    other = msgspec.structs.replace(terms(), tool="another")
    store = Folder(str(tmp_path / "out"))
    with store.writing(), pytest.raises(driver.SurveyError, match="another version of hybridize"):
        driver.Driver(store, other, Progress(1, quiet=True)).run(client, listed)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
def test_no_copy_of_a_process_outlives_it():
    """As parts of a program are evaluated in copies of the process, a worker that is killed must take those along."""
    script = """
import os, time
from hybridize_bot.orphans import end_with
end_with(os.getppid())
copy = os.fork()
if copy:
    print(copy, flush=True)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", script], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    copy = psutil.Process(int(process.stdout.readline()))
    process.kill()
    process.communicate()
    psutil.wait_procs([copy], timeout=10)
    assert not copy.is_running() or copy.status() == psutil.STATUS_ZOMBIE


def refuses(address):
    """Whether a cluster refuses whoever has no certificate of its own."""
    for _ in range(5):
        try:
            Client(address, timeout=3).close()
        except AssertionError:  # the loop of the client itself did not come up: nothing was asked yet
            continue
        except (OSError, TypeError, ValueError):
            return True
        return False
    pytest.fail("no client could be started")


def test_its_own_cluster_takes_commands_of_nobody_else():
    with driver.cluster(None, 1) as own:
        address = own.scheduler.address
        assert address.startswith("tls://127.0.0.1:")
        assert own.submit(len, "abc").result() == 3
        assert refuses(address)
        assert refuses(address.replace("tls", "tcp"))
        mine = psutil.Process()
        listening = [one.laddr.ip for process in (mine, *mine.children(recursive=True))
                     for one in process.net_connections() if one.status == psutil.CONN_LISTEN]  # fmt: skip
        assert listening
        assert set(listening) == {"127.0.0.1"}


def test_two_surveys_do_not_write_to_one_folder(tmp_path):
    from hybridize_bot.survey.folder import FolderError

    store = Folder(str(tmp_path / "out"))
    with store.writing(), pytest.raises(FolderError, match="another survey"), Folder(store.path).writing():
        pass
