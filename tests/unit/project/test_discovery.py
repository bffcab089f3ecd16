"""`discover` on real folders, real repositories and real file permissions."""

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridize.errors import InputError, Problem
from hybridize.project.discovery import discover
from hybridize.syntax.source import SourceFile

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
needs_links = pytest.mark.skipif(os.name == "nt", reason="symbolic links need rights on Windows")
needs_posix = pytest.mark.skipif(os.name == "nt", reason="POSIX only")


def write(root, *paths, text="x = 1\n"):
    for path in paths:
        file = Path(root, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def init(root):
    subprocess.run(["git", "init", "-q", root], check=True)


def found(*paths, **options):
    return [file.path for file in discover(paths, **options).files]


def messages(*paths, **options):
    return {problem.path: problem.message for problem in discover(paths, **options).problems}


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
        ("a.ipynb", b"{}", "notebook"),
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


# --- symbolic links ---


@needs_links
def test_link_loops_end(tmp_path):
    write(tmp_path, "a/x.py", "a/b/y.py")
    (tmp_path / "a/b/up").symlink_to(tmp_path / "a")
    (tmp_path / "a/self").symlink_to(".")
    (tmp_path / "root").symlink_to(tmp_path)
    assert found(tmp_path) == ["a/b/y.py", "a/x.py"]
    assert found(tmp_path / "a/b/up") == ["b/y.py", "x.py"]


@needs_links
def test_real_names_win_over_links(tmp_path):
    write(tmp_path, "z/real.py")
    (tmp_path / "a.py").symlink_to("z/real.py")
    (tmp_path / "b").symlink_to("z")
    assert found(tmp_path) == ["z/real.py"]


@needs_links
def test_a_link_to_a_file_without_suffix_is_taken(tmp_path):
    write(tmp_path, "bin/tool")
    (tmp_path / "tool.py").symlink_to("bin/tool")
    (tmp_path / "tool2.py").symlink_to("bin/tool")
    assert found(tmp_path) == ["tool.py"]


@needs_links
def test_links_out_of_the_given_folder_are_not_followed(tmp_path):
    write(tmp_path, "outside/x.py", "inside/a.py")
    (tmp_path / "inside/link").symlink_to(tmp_path / "outside")
    (tmp_path / "inside/link.py").symlink_to(tmp_path / "outside/x.py")
    (tmp_path / "inside/slash").symlink_to("/")
    assert found(tmp_path / "inside") == ["a.py"]
    assert messages(tmp_path / "inside") == {}
    assert found(tmp_path / "inside/link") == ["x.py"]
    assert found(tmp_path / "inside/link.py") == ["link.py"]


@needs_git
@needs_links
def test_links_within_the_repository_are_followed(tmp_path):
    init(tmp_path)
    write(tmp_path, "shared/x.py", "shared/sub/z.py", "src/a.py")
    (tmp_path / "shared/back").symlink_to(tmp_path / "src")
    (tmp_path / "src/link").symlink_to(tmp_path / "shared")
    (tmp_path / "src/link2").symlink_to(tmp_path / "shared/sub")
    assert found(tmp_path / "src") == ["a.py", "link/sub/z.py", "link/x.py"]


@needs_git
@needs_links
def test_links_into_what_was_left_out_are_not_followed(tmp_path):
    init(tmp_path)
    write(tmp_path, "gen/x.py", "a.py", ".venv/lib/y.py")
    write(tmp_path, ".gitignore", text="/gen/\n/dropped.py\n")
    (tmp_path / "current").symlink_to("gen")
    (tmp_path / "lib").symlink_to(".venv/lib")
    write(tmp_path, "script", "kept/script2")
    (tmp_path / "dropped.py").symlink_to("script")
    (tmp_path / "kept.py").symlink_to("kept/script2")
    assert found(tmp_path) == ["a.py", "kept.py"]


@needs_links
def test_dead_links(tmp_path):
    (tmp_path / "gone.py").symlink_to("nowhere.py")
    (tmp_path / "self.py").symlink_to("self.py")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / ".#edited.py").symlink_to("user@host.1234")
    problems = messages(tmp_path)
    assert sorted(problems) == ["gone.py", "self.py"]
    assert "leads nowhere" in problems["gone.py"]


# --- .gitignore ---


@needs_git
def test_gitignore_files_at_every_level(tmp_path):
    init(tmp_path)
    write(tmp_path, "a.py", "gen_a.py", "pkg/b.py", "pkg/gen_b.py", "pkg/sub/c.py", "pkg/sub/gen_keep.py", "tmp/d.py")
    write(tmp_path, ".gitignore", text="gen_*.py\n/tmp/\n")
    write(tmp_path, "pkg/.gitignore", text="!gen_b.py\n/b.py\n")
    write(tmp_path, "pkg/sub/.gitignore", text="!gen_keep.py\nc.py\n")
    assert found(tmp_path) == ["a.py", "pkg/gen_b.py", "pkg/sub/gen_keep.py"]
    assert found(tmp_path / "pkg/sub") == ["gen_keep.py"]
    write(tmp_path, "pkg/sub/gen_b.py")
    assert found(tmp_path / "pkg/sub") == ["gen_b.py", "gen_keep.py"]
    (tmp_path / "pkg/sub/gen_b.py").unlink()
    assert len(found(tmp_path, respect_gitignore=False)) == 7


def test_gitignore_counts_in_repositories_only(tmp_path):
    write(tmp_path, "a.py", "b.py", ".git/x")
    write(tmp_path, ".gitignore", text="a.py\n")
    assert found(tmp_path) == ["a.py", "b.py"]


@needs_git
def test_named_paths_are_taken_although_ignored(tmp_path):
    init(tmp_path)
    write(tmp_path, "gen/a.py", "gen/b.py", "c.py")
    write(tmp_path, ".gitignore", text="/gen/\nb.py\n")
    assert found(tmp_path) == ["c.py"]
    assert found(tmp_path / "gen") == ["a.py"]
    assert found(tmp_path / "gen/b.py") == ["b.py"]


@needs_git
def test_a_repository_inside_has_its_own_rules(tmp_path):
    write(tmp_path, "inner/gen.py", "inner/b.py", "gen.py", "a.py", "plain/b.py")
    init(tmp_path)
    init(tmp_path / "inner")
    write(tmp_path, ".gitignore", text="gen.py\n")
    write(tmp_path, "inner/.gitignore", text="b.py\n")
    assert found(tmp_path) == ["a.py", "inner/gen.py", "plain/b.py"]


@needs_git
def test_a_repository_below_a_plain_folder(tmp_path):
    write(tmp_path, "one/a.py", "one/b.py", "two/a.py")
    init(tmp_path / "one")
    write(tmp_path, "one/.gitignore", text="a.py\n")
    write(tmp_path, "two/.gitignore", text="a.py\n")
    assert found(tmp_path) == ["one/b.py", "two/a.py"]


@needs_git
@needs_links
def test_rules_hold_through_a_link_to_the_repository(tmp_path):
    write(tmp_path, "repo/pkg/a.py", "repo/pkg/gen/b.py", "repo/c.py")
    init(tmp_path / "repo")
    write(tmp_path, "repo/.gitignore", text="/pkg/gen\n/c.py\n")
    (tmp_path / "elsewhere").symlink_to("repo/pkg")
    (tmp_path / "whole").symlink_to("repo")
    assert found(tmp_path / "elsewhere") == ["a.py"]
    assert found(tmp_path / "whole") == ["pkg/a.py"]
    assert found(tmp_path / "whole/pkg") == ["a.py"]


@needs_git
@needs_links
def test_a_gitignore_that_is_no_plain_file_counts_as_none(tmp_path):
    init(tmp_path)
    write(tmp_path, "a.py", "b/c.py")
    write(tmp_path, "rules", text="*.py\n")
    (tmp_path / ".gitignore").symlink_to("rules")
    os.mkfifo(tmp_path / "b/.gitignore")
    assert found(tmp_path) == ["a.py", "b/c.py"]


names = st.sampled_from(["a", "b", "c", "gen"])
trees = st.sets(st.lists(names, min_size=1, max_size=4).map("/".join), min_size=1, max_size=12)
LINES = [
    "a/", "/a", "gen", "!gen", "*.py", "!a.py", "!*.py", "b/*", "!b/a.py", "**/c", "a/**", "/b/c/", "!/b/", "/*", "!/c",
    "gen.py", "*n*", "c/**/a.py", "a/*/b.py", "# x", "[ab].py", "?.py",
]  # fmt: skip
rules = st.dictionaries(
    st.sampled_from([".", "a", "b", "a/b", "gen"]), st.lists(st.sampled_from(LINES), max_size=4), max_size=3
)


@needs_git
@settings(max_examples=60, deadline=None)
@given(trees, rules)
def test_agrees_with_git_on_whole_trees(tree, gitignores):
    with tempfile.TemporaryDirectory() as root:
        init(root)
        write(root, *(f"{path}.py" for path in tree))
        for folder, lines in gitignores.items():
            write(root, f"{folder}/.gitignore", text="\n".join(lines) + "\n")
        command = [
            "git",
            "-c",
            "core.excludesFile=/dev/null",
            "ls-files",
            "-z",
            "--others",
            "--exclude-per-directory=.gitignore",
        ]
        listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode().split("\0")
        assert found(root) == sorted(path for path in listed if path.endswith(".py"))


# --- exclude ---


def test_exclude_patterns(tmp_path):
    write(tmp_path, "a.py", "a_test.py", "pkg/b_test.py", "pkg/c.py", "docs/conf.py", "pkg/docs/d.py")
    assert found(tmp_path, exclude=["*_test.py", "/docs/"]) == ["a.py", "pkg/c.py", "pkg/docs/d.py"]
    assert found(tmp_path, exclude=["*.py", "!pkg/c.py"]) == ["pkg/c.py"]


def test_exclude_holds_for_named_paths(tmp_path):
    write(tmp_path, "gen/a.py", "gen/sub/b.py", "gen/notes", "c.py")
    options = {"exclude": ["gen/"], "exclude_root": tmp_path}
    assert found(tmp_path / "gen/a.py", tmp_path / "c.py", **options) == ["c.py"]
    assert found(tmp_path / "gen/sub", tmp_path / "c.py", **options) == ["c.py"]
    assert found(tmp_path / "gen", **options) == []
    assert messages(tmp_path / "gen/notes", **options) == {}
    assert messages(tmp_path / "gen/notes") != {}


def test_exclude_is_relative_to_its_own_root(tmp_path):
    write(tmp_path, "src/gen/a.py", "src/b.py")
    assert found(tmp_path / "src", exclude=["/src/gen"], exclude_root=tmp_path) == ["b.py"]
    assert found(tmp_path / "src", exclude=["/src/gen"]) == ["b.py", "gen/a.py"]
    assert found(tmp_path / "src", exclude=["b.py"], exclude_root=tmp_path / "other") == ["b.py", "gen/a.py"]


@needs_git
def test_exclude_does_not_take_back_what_git_ignores(tmp_path):
    init(tmp_path)
    write(tmp_path, "a.py", "b.py")
    write(tmp_path, ".gitignore", text="a.py\n")
    assert found(tmp_path, exclude=["!a.py"]) == ["b.py"]
