"""The files of a commit in a folder: what is there, and what a hostile tree cannot do."""

import os
import subprocess

import pytest

from hybridize_bot import trees
from hybridize_bot.git import GitError, repository


@pytest.fixture
def export(project, tmp_path):
    def run(commit="HEAD", named=(), most=1000, settings=False):
        folder = tmp_path / "out" / "top"
        folder.mkdir(parents=True)
        trees.export(repository(str(project.folder)), commit, str(folder), trees.Wanted(most, named, settings))
        found = {}
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or path.is_file():
                found[path.relative_to(folder).as_posix()] = (
                    os.readlink(path) if path.is_symlink() else path.read_bytes()
                )
        assert found.pop(".git") == b""
        assert os.listdir(folder.parent) == ["top"]
        return found

    return run


def test_what_an_analysis_reads_is_there_as_it_is_stored(project, export):
    project.file(".gitattributes", "*.py text eol=crlf filter=shout ident\n")
    project.run("git", "config", "filter.shout.smudge", "tr a-z A-Z")
    project.run("git", "config", "filter.shout.clean", "cat")
    project.file("a/b c.py", "x = 1 # $Id$\n")
    for name in ("pyproject.toml", "requirements-dev.txt", "run", "data.bin", "n.ipynb", "w.pyw"):
        project.file(name, name)
    project.file(".gitignore", "*.tmp\n")
    project.commit()
    assert export(named=["run"]) == {
        "a/b c.py": b"x = 1 # $Id$\n", "pyproject.toml": b"pyproject.toml", ".gitignore": b"*.tmp\n",
        "requirements-dev.txt": b"requirements-dev.txt", "run": b"run", "n.ipynb": b"n.ipynb", "w.pyw": b"w.pyw",
    }  # fmt: skip


def test_files_of_settings_are_there_if_they_are_wanted(project, export):
    project.file(".hybridize.yaml", "version: 1\n")
    project.file("d/team.toml", "")
    project.commit()
    assert export(settings=True) == {".hybridize.yaml": b"version: 1\n", "d/team.toml": b""}


def test_files_of_settings_are_left_out_otherwise(project, export):
    project.file(".hybridize.yaml", "version: 1\n")
    project.file("d/team.toml", "")
    project.commit()
    assert export() == {}


def test_nothing_stands_for_no_commit(project, export):
    project.put(a="1\n")
    assert export(commit=None) == {}


def test_large_files_have_their_size_only(project, export):
    project.put(a="x" * 2000)
    project.commit()
    assert export() == {"a.py": b"\0" * 2000}


def test_links_stay_links_and_never_lead_to_absolute_places(project, export):
    project.put(a="1\n")
    (project.folder / "link.py").symlink_to("a.py")
    (project.folder / "absolute.py").symlink_to("/etc/passwd")
    project.commit()
    assert export() == {"a.py": b"1\n", "link.py": "a.py"}


def tree(project, *entries):
    """A tree with entries as they are given, which Git itself would not make."""
    data = b"".join(f"{mode} ".encode() + name + b"\0" + bytes.fromhex(hash) for mode, name, hash in entries)
    command = ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"]
    done = subprocess.run(command, cwd=project.folder, input=data, capture_output=True, check=True)
    return done.stdout.decode().strip()


def blob(project, text):
    command = ["git", "hash-object", "-w", "--stdin"]
    return (
        subprocess.run(command, cwd=project.folder, input=text, capture_output=True, check=True).stdout.decode().strip()
    )


@pytest.mark.parametrize("name", [b"..", b".", b".git", b".GIT", b"a/../../b"])
def test_names_that_lead_elsewhere_are_left_out(project, export, name):
    file = blob(project, b"x = 1\n")
    inner = tree(project, ("100644", b"evil.py", file))
    top = tree(project, ("40000", name, inner), ("100644", b"good.py", file))
    assert export(commit=top) == {"good.py": b"x = 1\n"}


def test_nothing_is_written_through_a_link(project, export, tmp_path):
    file = blob(project, b"x = 1\n")
    link = blob(project, b"../..")
    inner = tree(project, ("100644", b"evil.py", file))
    top = tree(project, ("120000", b"way.py", link), ("40000", b"way.py", inner))
    assert export(commit=top) == {"way.py/evil.py": b"x = 1\n"}
    assert not (tmp_path / "evil.py").exists()


def test_what_git_does_not_have_is_told(project, export):
    top = tree(project, ("100644", b"a.py", "1" * 40))
    with pytest.raises(GitError, match=r"git"):
        export(commit=top)
