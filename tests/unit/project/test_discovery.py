"""`discover` on real folders with real file permissions: roots, named paths, what is taken from a folder."""

import os
import random
import socket
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from unit.project.folders import found, messages, needs_links, needs_posix, write

from hybridize.errors import InputError, Problem
from hybridize.project.discovery import discover
from hybridize.syntax.source import SourceFile

# --- root and names in the report ---


def test_one_folder_is_the_root(tmp_path):
    write(tmp_path, "src/b.py", "src/pkg/a.py")
    discovery = discover([tmp_path / "src"])
    assert discovery.root == str(tmp_path / "src")
    assert [tuple(file) for file in discovery.files] == [
        (str(tmp_path / "src/b.py"), "b.py"),
        (str(tmp_path / "src/pkg/a.py"), "pkg/a.py"),
    ]


def test_the_folder_of_one_file_is_the_root(tmp_path):
    write(tmp_path, "src/b.py", "src/c.py")
    discovery = discover([tmp_path / "src/b.py"])
    assert discovery.root == str(tmp_path / "src")
    assert [file.path for file in discovery.files] == ["b.py"]


def test_the_common_parent_of_several_is_the_root(tmp_path):
    write(tmp_path, "a/x.py", "b/c/y.py", "z.py")
    assert found(tmp_path / "a", tmp_path / "b/c") == ["a/x.py", "b/c/y.py"]
    assert found(tmp_path / "a/x.py", tmp_path / "a") == ["x.py"]
    assert found(tmp_path / "z.py", tmp_path / "b") == ["b/c/y.py", "z.py"]


def test_relative_paths_and_other_spellings(tmp_path, monkeypatch):
    write(tmp_path, "a/x.py", "b/y.py")
    monkeypatch.chdir(tmp_path / "a")
    assert found(".") == ["x.py"]
    assert found("x.py", "./x.py", str(tmp_path / "a" / "x.py"), "../a/x.py") == ["x.py"]
    assert found("..") == ["a/x.py", "b/y.py"]


@needs_links
def test_parent_of_a_link_is_the_parent_of_its_target(tmp_path):
    write(tmp_path, "real/sub/x.py", "real/y.py", "other/z.py")
    (tmp_path / "other/link").symlink_to(tmp_path / "real/sub")
    assert found(f"{tmp_path}/other/link/..") == ["sub/x.py", "y.py"]


def test_paths_given_twice_or_nested_count_once(tmp_path):
    write(tmp_path, "a/x.py", "a/b/y.py")
    assert found(tmp_path, tmp_path / "a", tmp_path / "a/b", tmp_path / "a/b/y.py", tmp_path) == ["a/b/y.py", "a/x.py"]


def test_files_are_sorted_by_path(tmp_path):
    names = ["a.py", "a/b.py", "a-b.py", "a/B.py", "Z.py", "a_b/c.py"]
    write(tmp_path, *names)
    assert found(tmp_path) == sorted(names)


def test_the_order_of_arguments_does_not_matter(tmp_path):
    names = [f"{folder}/{name}.py" for folder in "abc" for name in "xyz"]
    write(tmp_path, *names, "top.py", "notes.txt")
    arguments = [tmp_path / name for name in [*names, "a", "b/x.py", "top.py", "notes.txt"]]
    first = discover(arguments)
    for seed in range(5):
        random.Random(seed).shuffle(arguments)
        assert discover(arguments) == first


def test_the_package_that_the_root_is(tmp_path):
    write(tmp_path, "src/pkg/__init__.py", "src/pkg/sub/__init__.py", "src/pkg/data/x.py")
    assert discover([tmp_path / "src"]).package == ""
    assert discover([tmp_path / "src/pkg"]).package == "pkg"
    assert discover([tmp_path / "src/pkg/sub"]).package == "pkg.sub"
    assert discover([tmp_path / "src/pkg/data"]).package == ""


# --- errors ---


@pytest.mark.parametrize("name", ["missing", "missing.py", "a/missing.py", "x.py/below", "", "nul\0byte"])
def test_a_path_that_does_not_exist_is_an_error_that_names_it(tmp_path, monkeypatch, name):
    write(tmp_path, "x.py")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as error:
        discover(["x.py", name])
    assert name.replace("\0", "") in str(error.value).replace("\0", "")
    assert str(error.value).strip(": ")


def test_no_paths_are_an_error():
    with pytest.raises(InputError, match="no path"):
        discover([])


def test_a_folder_without_python_is_no_error(tmp_path):
    write(tmp_path, "README.md")
    assert discover([tmp_path]) == (str(tmp_path), "", (), ())


# --- named files ---


@pytest.mark.parametrize("name", ["a.py", "A.PY", "gui.pyw"])
def test_named_python_files_are_taken(tmp_path, name):
    write(tmp_path, name)
    assert found(tmp_path / name) == [name]


@pytest.mark.parametrize("line", ["#!/usr/bin/env python3", "#!/usr/bin/python", "#!/usr/bin/env -S python3.11 -u"])
def test_named_scripts_are_taken_by_their_first_line(tmp_path, line):
    write(tmp_path, "train", "train.cgi", text=line + "\nx = 1\n")
    assert found(tmp_path / "train", tmp_path / "train.cgi") == ["train", "train.cgi"]
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("README.md", b"# x\n", "not a Python file"),
        ("run.sh", b"#!/bin/sh\n", "not a Python file"),
        ("empty", b"", "not a Python file"),
        ("model.bin", b"\0\xff\x80", "not a Python file"),
        ("LICENSE", b"python\n", "not a Python file"),
        ("a.pyi", b"x: int\n", "stub"),
    ],
)
def test_other_named_files_are_problems(tmp_path, name, data, part):
    (tmp_path / name).write_bytes(data)
    write(tmp_path, "a.py")
    discovery = discover([tmp_path / name, tmp_path / "a.py"])
    assert [file.path for file in discovery.files] == ["a.py"]
    assert [problem.path for problem in discovery.problems] == [name]
    assert part in discovery.problems[0].message
    assert found(tmp_path) == ["a.py"]
    assert messages(tmp_path) == {}


@needs_posix
@pytest.mark.parametrize("name", ["pipe.py", "pipe"])
def test_a_named_pipe_is_a_problem_and_not_opened(tmp_path, name):
    os.mkfifo(tmp_path / name)  # opening it would wait forever
    assert messages(tmp_path / name) == {name: "not a regular file"}


# --- folders ---


@pytest.mark.parametrize(
    "folder",
    [".git", ".hg", ".svn", "__pycache__", "node_modules", "site-packages", ".tox", ".nox", ".venv", ".eggs", "build",
     "dist", ".mypy_cache", "x.egg-info", "docs/_build", ".ipynb_checkpoints"],
)  # fmt: skip
def test_folders_that_hold_no_source_are_skipped(tmp_path, folder):
    write(tmp_path, "a.py", f"{folder}/x.py", f"{folder}/sub/y.py", f"pkg/{folder}/z.py")
    assert found(tmp_path) == ["a.py"]


def test_the_same_folders_are_walked_when_named(tmp_path):
    write(tmp_path, "build/x.py", ".venv/lib/y.py", ".venv/pyvenv.cfg")
    assert found(tmp_path / "build") == ["x.py"]
    assert found(tmp_path / ".venv") == ["lib/y.py"]
    assert found(tmp_path / "build", tmp_path) == ["build/x.py"]


def test_a_package_called_build_is_source(tmp_path):
    write(tmp_path, "build/__init__.py", "build/x.py", "pkg/dist/__init__.py")
    assert found(tmp_path) == ["build/__init__.py", "build/x.py", "pkg/dist/__init__.py"]


@pytest.mark.parametrize("marker", ["pyvenv.cfg", "conda-meta/history"])
def test_environments_are_known_by_their_marker(tmp_path, marker):
    write(tmp_path, "a.py", f"venv/{marker}", "venv/lib/x.py", f"tools/py3/{marker}", "tools/py3/lib/y.py", "env/z.py")
    assert found(tmp_path) == ["a.py", "env/z.py"]


def test_only_modules_are_taken_from_folders(tmp_path):
    write(tmp_path, "a.py", "a.pyi", "b.pyx", "c.txt", "d.PY", "py", ".py", "e.py.orig")
    (tmp_path / "folder.py").mkdir()
    write(tmp_path, "folder.py/x.py")
    assert found(tmp_path) == [".py", "a.py", "folder.py/x.py"]
    assert messages(tmp_path) == {}


@needs_posix
def test_pipes_and_sockets_in_folders_are_problems(tmp_path):
    write(tmp_path, "a.py")
    os.mkfifo(tmp_path / "pipe.py")
    os.mkfifo(tmp_path / "pipe.txt")
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{short}/s.py")
        assert messages(short) == {"s.py": "not a regular file"}
    assert found(tmp_path) == ["a.py"]
    assert messages(tmp_path) == {"pipe.py": "not a regular file"}


def test_deep_folders_are_no_recursion(tmp_path):
    chain = [str(tmp_path / "d")]
    while len(chain) <= sys.getrecursionlimit():
        chain.append(chain[-1] + "/d")
    try:
        for folder in chain:  # `makedirs` recurses
            os.mkdir(folder)
        write(chain[-1], "x.py")
        assert found(tmp_path) == ["d/" * len(chain) + "x.py"]
    finally:
        os.remove(chain[-1] + "/x.py")
        for folder in reversed(chain):  # so does `rmtree`, with which pytest cleans up
            os.rmdir(folder)


@needs_posix
@pytest.mark.skipif(sys.platform == "darwin", reason="names are valid Unicode there")
def test_names_that_are_not_unicode(tmp_path):
    raw = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(raw)
    for name in (b"/x\xff.py", b"/y.py"):
        Path(os.fsdecode(raw + name)).write_bytes(b"x = 1\n")
    discovery = discover([tmp_path])
    assert [file.path for file in discovery.files] == ["caf\\xe9/x\\xff.py", "caf\\xe9/y.py"]
    assert [file.path.encode().decode() for file in discovery.files]
    assert all(Path(file.absolute).read_bytes() == b"x = 1\n" for file in discovery.files)


@needs_posix
@pytest.mark.skipif(sys.platform == "darwin", reason="names are valid Unicode there")
def test_two_names_that_would_look_the_same(tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/x\xff.py")).write_bytes(b"")
    write(tmp_path, "x\\xff.py")
    discovery = discover([tmp_path])
    assert len(discovery.files) == 1
    assert [problem.path for problem in discovery.problems] == ["x\\xff.py"]


# --- what may not be read ---


@contextmanager
def as_nobody():
    """Run as a user without rights, also where the tests run as root."""
    if os.name == "nt":
        pytest.skip("no permissions of this kind on Windows")
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def shared_path():
    """A folder that others may enter, unlike `tmp_path`."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)
        for path in Path(folder).rglob("*"):
            if not path.is_symlink():
                path.chmod(0o755)


def test_a_folder_that_may_not_be_read_is_a_problem(shared_path):
    write(shared_path, "a.py", "closed/b.py")
    (shared_path / "closed").chmod(0)
    with as_nobody():
        assert found(shared_path) == ["a.py"]
        assert messages(shared_path) == {"closed": "the folder cannot be read: permission denied"}


def test_a_named_folder_that_may_not_be_read_is_an_error(shared_path):
    write(shared_path, "closed/b.py")
    (shared_path / "closed").chmod(0)
    with as_nobody(), pytest.raises(InputError, match=r"closed: permission denied"):
        discover([shared_path / "closed"])
    with as_nobody(), pytest.raises(InputError, match=r"b\.py: permission denied"):
        discover([shared_path / "closed/b.py"])


def test_a_file_that_may_not_be_read_is_a_problem_when_it_is_read(shared_path):
    write(shared_path, "a.py")
    (shared_path / "a.py").chmod(0)
    with as_nobody():
        (file,) = discover([shared_path]).files
        assert SourceFile.read(*file, 100) == Problem("a.py", "the file cannot be read: permission denied")


def test_a_named_script_that_may_not_be_read_is_a_problem(shared_path):
    write(shared_path, "script")
    (shared_path / "script").chmod(0)
    with as_nobody():
        assert messages(shared_path / "script") == {"script": "the file cannot be read: permission denied"}
