"""What a line of a list means, and what no line makes a survey do."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hybridize_bot.survey import entries
from hybridize_bot.survey.entries import Entry, ListError

from .projects import ENVIRONMENT


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("project", Entry("local", "/lists/project")),
        ("/abs/project", Entry("local", "/abs/project")),
        ("-o", Entry("local", "/lists/-o")),
        ("--upload-pack=touch x", Entry("local", "/lists/--upload-pack=touch x")),
        ("a project with spaces  # why", Entry("local", "/lists/a project with spaces")),
        ("../c#", Entry("local", "/c#")),
        ("https://host/o/n.git", Entry("git", "https://host/o/n.git")),
        ("git+https://host/o/n.git@v1.0", Entry("git", "https://host/o/n.git", "v1.0")),
        ("https://user:secret@host/o/n@feature/x", Entry("git", "https://user:secret@host/o/n", "feature/x")),
        ("ssh://git@host:22/o/n", Entry("git", "ssh://git@host:22/o/n")),
        ("git@host:o/n.git@main", Entry("git", "git@host:o/n.git", "main")),
        ("file:///srv/n.git", Entry("git", "file:///srv/n.git")),
        ("pypi:Some_Thing==1.0", Entry("pypi", "some-thing", "1.0")),
        ("pypi:x", Entry("pypi", "x")),
    ],
)
def test_forms(line, expected):
    assert entries.read([line], "/lists") == [expected]


@pytest.mark.parametrize(
    "line",
    [
        "ext::sh -c touch% /tmp/x",
        "git+ext::sh -c x",
        "fd::17",
        "ftp://host/x",
        "javascript://host/x",
        "https:///x",
        "https://host",
        "https://host/",
        "https://-oProxyCommand=x/y",
        "ssh://u@-oProxyCommand=x/y",
        "https://host/x@--upload-pack=x",
        "https://host/x@a..b",
        "https://host/x@a b",
        "pypi:",
        "pypi:-r",
        "pypi:x>=1",
        "pypi:x==",
        "pypi:x==1 --index-url=y",
        "pypi:../x",
        "pypi:https://host/x.tar.gz",
        "a\x1b[2Jb",
        "a\0b",
        "x" * 5000,
    ],
)
def test_what_is_no_entry_is_said_so(line):
    with pytest.raises(ListError, match=r"line 2: ") as caught:
        entries.read(["", line, "# nothing"], "/lists")
    assert str(caught.value).isprintable()


def test_many_mistakes_are_told_in_short():
    with pytest.raises(ListError, match=r"line 1: .*line 5: .*; and 3 more$"):
        entries.read(["ftp://x/y"] * 8, "/lists")


def test_blank_lines_comments_and_repetitions():
    lines = ["\ufeff# a list", "", "  a ", "a", "./a  # again", "b"]
    assert [entry.place for entry in entries.read(lines, "/lists")] == ["/lists/a", "/lists/b"]


def test_secrets_are_shown_nowhere():
    entry = entries.parse("https://user:secret@host/o/n.git@v1", "/")
    assert "secret" in entry.place
    assert "secret" not in entry.shown + entry.name + entry.id
    with pytest.raises(ValueError, match="host") as caught:
        entries.parse("https://user:secret@host/@v1", "/")
    assert "secret" not in str(caught.value)


def test_names_of_files_are_safe_and_their_own():
    places = ["/a/..", "/a/x y", "/b/x y", "/a/ä", "/a/con", "/", "/a/" + "n" * 300, "/a/x.y"]
    found = [Entry("local", place) for place in places] + [Entry("pypi", "x", "1"), Entry("git", "https://h/..", "a/b")]
    assert len({entry.id for entry in found}) == len(found)
    assert all(set(entry.id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and len(entry.id) < 60 for entry in found)
    assert [entry.folder for entry in found if entry.folder in ("", ".", "..") or "/" in entry.folder] == []


def test_a_path_that_is_no_text_is_a_mistake(tmp_path):
    with pytest.raises(ListError, match=r"line 1: .*caf\\udce9.* is not UTF-8"):
        entries.read(["a"], f"{tmp_path}/caf\udce9")


def test_a_list_from_elsewhere_that_is_no_text(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "hybridize_bot", "survey", "-", "-o", str(tmp_path / "out")],
        env=ENVIRONMENT | {"PYTHONIOENCODING": "utf-8:surrogateescape"}, input=b"caf\xe9\n",
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stderr == b"hybridize: - is not UTF-8\n"
    assert done.returncode == 2
