"""`Patterns` against Git itself: each entry that a walk would ask about gets Git's answer."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridize.project.ignore import Patterns

PATHS = [
    "a", "b", "x", "ab", "ba", "a.py", "x.py", "a b", "a-b", "[a]", "a/b", "a/a.py", "b/x.py", "x/ab", "a/b/x",
    "a/b/x.py", "a/x/b/a.py", "x/a/b/ab", "ab/ab/ab", "foobar", "foox/bar", "foox/y/bar", "foo/bar", "!a", "#a", "a*",
]  # fmt: skip

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", folder], check=True)
    return folder


def git_ignores(repository: Path, patterns: str, paths: list[str]) -> list[bool]:
    (repository / ".gitignore").write_text(patterns)
    command = ["git", "-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "--stdin", "-z"]
    asked = "\0".join(paths).encode()
    answer = subprocess.run(command, cwd=repository, input=asked, capture_output=True, check=False)
    assert answer.returncode in (0, 1), answer.stderr
    ignored = set(answer.stdout.decode().split("\0"))
    return [path in ignored for path in paths]


def walk_ignores(patterns: Patterns, path: str) -> bool:
    """What a walk finds, which never comes to what lies in an ignored folder; the last part is no folder."""
    parts = path.split("/")
    parents = ("/".join(parts[:count]) for count in range(1, len(parts)))
    return any(patterns.ignores(parent, folder=True) for parent in parents) or bool(
        patterns.ignores(path, folder=False)
    )


TABLE = [
    "*.py", "a/", "/a", "/a/", "a/b", "a/*", "a/**", "**/b", "a/**/x", "a/**/b/*.py", "**", "/**", "**/", "*/", "*",
    "x*\n!x.py", "a/\n!a/b", "/*\n!/a\n/a/*\n!/a/b", "!a", "\\!a", "\\#a", "#a", "a\\*", "a b", "a\\ b", "a   ", "a\\ ",
    "[ab]", "[!a]", "[^a]*", "[a-b]b", "[b-a]", "[]a]", "[!]a]", "[a", "a]", "[[:alpha:]]", "[[:nope:]]", "[[:alpha:]",
    "[[a:]]", "[\\]a]", "[a\\-b]", "[a/]b", "x[/]ab", "\\", "a\\", "\\a", "a\\b", "?", "??", "?.py", "a?b", "/", "//",
    "",
    "   ", "foo**/bar", "foo**", "foo**/", "a/foo**/b", "f?o**/bar", "***/b", "a**b", "a/***/x", "**\\/b", "**a", "a**",
    "foo//bar", "a/b/", "./a", "a/../b", "*.p[xy]", "*[.]py", "a*\n!a*b\nab", "*b*/*", "x/**/ab", "ab/**/ab/**/ab",
    "a.py\r\nx.py\r\n", "\ufeffa", "*a*b*", "/*/*/x", "[[]a]", "[[]", "[-a]", "[a-]", "[!-]",
]  # fmt: skip


@needs_git
@pytest.mark.parametrize("patterns", TABLE, ids=ascii)
def test_agrees_with_git(repository, patterns):
    parsed = Patterns.parse(patterns)
    ours = {path: walk_ignores(parsed, path) for path in PATHS}
    assert ours == dict(zip(PATHS, git_ignores(repository, patterns, PATHS), strict=True))


pieces = st.sampled_from(
    ["a", "b", "x", "/", "*", "**", "**/", "/**", "?", "[ab]", "[!a]", "[a-x]", ".py", "\\", "!", " ", "foo", "["]
)
lines = st.lists(pieces, min_size=1, max_size=7).map("".join)
files = st.lists(st.tuples(st.sampled_from(["", "", "!"]), lines).map("".join), min_size=1, max_size=4).map("\n".join)


@needs_git
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(patterns=files)
def test_agrees_with_git_on_generated_patterns(repository, patterns):
    parsed = Patterns.parse(patterns)
    ours = {path: walk_ignores(parsed, path) for path in PATHS}
    assert ours == dict(zip(PATHS, git_ignores(repository, patterns, PATHS), strict=True))


def test_speaks_of_the_entry_itself_only():
    patterns = Patterns.parse("/build/\n")
    assert patterns.ignores("build", folder=True) is True
    assert patterns.ignores("build", folder=False) is None
    assert patterns.ignores("build/x.py", folder=False) is None


def test_taking_back_is_told_apart_from_silence():
    patterns = Patterns.parse("*.py\n!keep.py\n")
    assert patterns.ignores("keep.py", folder=False) is False
    assert patterns.ignores("README", folder=False) is None


def test_no_patterns_are_false():
    assert not Patterns.parse("# only a comment\n\n")
    assert Patterns.parse("x")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 100 + "b", "a" * 250),
        ("/" + "*a" * 100 + "b", "a" * 250),
        ("**/a/" * 30 + "b", "a/" * 120 + "c"),
        ("x/" + "**/*a*a*a/" * 20 + "b", "x/" + "aaaa/" * 60 + "c"),
    ],
)
def test_hostile_patterns_do_not_explode(pattern, path):
    """A matcher that backtracks would not come back; it runs apart so that this test fails instead of hanging."""
    code = "import sys; from hybridize.project.ignore import Patterns as P; "
    code += "print(P.parse(sys.argv[1]).ignores(sys.argv[2], folder=False))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, pattern, path]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True)
    assert answer.stdout == "None\n"


@given(st.text(alphabet="ab/*?[]!-^:\\ #", max_size=30), st.sampled_from(PATHS))
def test_no_pattern_raises(pattern, path):
    assert Patterns.parse(pattern).ignores(path, folder=False) in (True, False, None)


def test_overlong_patterns_are_passed_over():
    assert Patterns.parse("*" * 5000).ignores("a", folder=False) is None
