"""Asking Git: fixed options, no hooks, pagers, prompts or filters of ours, a time limit, and errors in one line.

What users say never becomes an option: a revision is turned into a commit's hash first, and all else works with that.

Git gives hooks the repository in variables (``GIT_DIR``, ``GIT_INDEX_FILE``). They are heeded where they mean the
repository of the folder in question, since the index of a commit in the making may be a temporary one, and dropped
where they mean another one, as when a hook checks a submodule.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import click

SECONDS = 120
"""How long one command may take."""

_OPTIONS = (
    "--no-pager",
    "--literal-pathspecs",
    "-c", "core.fsmonitor=",
    "-c", f"core.hooksPath={os.devnull}",
    "-c", "diff.autoRefreshIndex=true",
    "-c", "diff.suppressBlankEmpty=false",
)  # fmt: skip
_KEPT = re.compile(r"GIT_(CONFIG_\w+|EXEC_PATH|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|SSH\w*)")
_OF_REPOSITORY = ("GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")
_PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR")


class GitError(click.ClickException):
    """Git cannot say what was asked; ``str()`` is one line. Uncaught, it ends the command as a mistake of the user."""


class Repository(NamedTuple):
    """A work tree, and how to ask about it."""

    top: str
    """Its folder, without symbolic links."""
    environment: Mapping[str, str]

    def ask(self, *arguments: str, stdin: bytes = b"", most: int | None = None) -> bytes:
        """What Git prints.

        Raises:
            GitError: Git fails, takes too long, or prints more than ``most`` bytes.
        """
        return _ask(arguments, self.top, self.environment, stdin, most)

    def line(self, *arguments: str) -> str | None:
        """The one line that Git prints; None where it fails."""
        try:
            return os.fsdecode(self.ask(*arguments)).removesuffix("\n")
        except _FailedError:
            return None

    def commit(self, revision: str) -> str:
        """The hash of the commit that ``revision`` names.

        Raises:
            GitError: there is no such commit here.
        """
        if revision.startswith("-") or not revision or "\0" in revision:
            raise GitError(f"{revision!r} is not the name of a commit")
        found = self.line("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if found:
            return found
        if self.head() is None:
            raise GitError(f"there is no commit {revision!r}: the repository has no commits yet")
        shallow = "; the clone is shallow, and has only a part of the history" if self.is_shallow() else ""
        raise GitError(f"there is no commit {revision!r} in this repository{shallow} (`git fetch` may bring it)")

    def head(self) -> str | None:
        """The hash of the commit that is checked out; None before the first one."""
        return self.line("rev-parse", "--verify", "--quiet", "HEAD^{commit}")

    def merge_base(self, revision: str, other: str | None = None) -> str:
        """The hash of the commit where ``other`` (None: what is checked out) and ``revision`` have parted.

        Raises:
            GitError: there is none, or it is not in this clone.
        """
        commit, head = self.commit(revision), self.head() if other is None else self.commit(other)
        if head is None:
            raise GitError("the repository has no commits yet")
        found = self.line("merge-base", commit, head)
        if found:
            return found
        reason = (
            "the clone is shallow; fetch the whole history (`git fetch --unshallow`, `fetch-depth: 0` of "
            "actions/checkout)"
            if self.is_shallow()
            else "their histories have nothing in common"
        )
        theirs = "what is checked out" if other is None else repr(other)
        raise GitError(f"{revision!r} and {theirs} have no common ancestor: {reason}")

    def merged(self) -> list[str]:
        """The hashes of the commits that a merge in progress brings in."""
        path = self.line("rev-parse", "--git-path", "MERGE_HEAD")
        try:
            with open(os.path.join(self.top, path or ""), encoding="ascii") as file:
                return [self.commit(line.strip()) for line in file if line.strip()]
        except OSError:
            return []

    def nothing(self) -> str:
        """The hash of the tree without files."""
        return self.ask("hash-object", "-t", "tree", "--stdin").decode("ascii").strip()

    def is_shallow(self) -> bool:
        """Whether the clone has only a part of the history."""
        return self.line("rev-parse", "--is-shallow-repository") == "true"


def repository(folder: str) -> Repository:
    """The repository whose work tree ``folder`` is in.

    Raises:
        GitError: there is none, or no Git.
    """
    environment = environment_of(os.environ)
    own = _git_folder(folder, environment)
    given = {name: os.environ[name] for name in (*_OF_REPOSITORY, *_PLACES) if os.environ.get(name)}
    if given:
        theirs = _git_folder(os.getcwd(), {**environment, **given})
        if theirs is not None and own in (None, theirs):
            # With `GIT_DIR` alone, where Git is started would count as the top of the work tree.
            names = _OF_REPOSITORY if own is not None else (*_OF_REPOSITORY, *_PLACES)
            environment |= {name: _absolute(name, given[name]) for name in names if name in given}
    try:
        top = os.fsdecode(_ask(("rev-parse", "--show-toplevel"), folder, environment)).removesuffix("\n")
    except _FailedError as error:
        raise GitError(f"{_shown(folder)} is not in a Git work tree: {error}") from None
    return Repository(os.path.realpath(top), environment)


def shown(path: bytes) -> str:
    """A path as reports have it: text, with what is not UTF-8 as escapes."""
    return os.fsdecode(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


class _FailedError(GitError):
    """Git ran, and failed."""


def _git_folder(folder: str, environment: Mapping[str, str]) -> str | None:
    try:
        return os.path.realpath(os.fsdecode(_ask(("rev-parse", "--absolute-git-dir"), folder, environment))[:-1])
    except _FailedError:
        return None


def _ask(
    arguments: Sequence[str], folder: str, environment: Mapping[str, str], stdin: bytes = b"", most: int | None = None
) -> bytes:
    command = ["git", *_OPTIONS, *arguments]
    try:
        if most is not None:
            done = _bounded(command, folder, environment, most)
        else:
            done = subprocess.run(  # noqa: S603 - a fixed program; arguments are ours or hashes
                command, cwd=folder, env=dict(environment), input=stdin, capture_output=True, timeout=SECONDS,
                check=False,
            )  # fmt: skip
    except FileNotFoundError:
        if not os.path.isdir(folder):
            raise GitError(f"{_shown(folder)}: no such folder") from None
        raise GitError("this needs Git, and there is no `git` command") from None
    except subprocess.TimeoutExpired:
        raise GitError(f"`git {arguments[0]}` took longer than {SECONDS} s") from None
    except OSError as error:
        raise GitError(f"git cannot be started: {error.strerror or error}") from None
    if done.returncode:
        said = shown(done.stderr).strip().splitlines()
        reason = next((line for line in said if line.startswith(("fatal:", "error:"))), said[-1] if said else "")
        raise _FailedError(" ".join(reason.split()) or f"`git {arguments[0]}` failed with {done.returncode}")
    return done.stdout


def _bounded(
    command: list[str], folder: str, environment: Mapping[str, str], most: int
) -> subprocess.CompletedProcess[bytes]:
    """The end of a command that is ended once it has printed more than ``most`` bytes."""
    with tempfile.TemporaryFile() as errors, subprocess.Popen(  # noqa: S603 - as above
        command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
    ) as process:  # fmt: skip
        late = threading.Timer(SECONDS, process.kill)
        late.start()
        try:
            assert process.stdout is not None
            output = process.stdout.read(most + 1)
            if len(output) > most:
                process.kill()
                raise GitError(f"there is more than {most:,} bytes to list")
            process.wait()
        finally:
            late.cancel()
        errors.seek(0)
        return subprocess.CompletedProcess(command, process.returncode, output, errors.read())


def environment_of(given: Mapping[str, str]) -> dict[str, str]:
    """The variables that Git commands get: none that lead to another repository, none that would ask somebody."""
    kept = {name: value for name, value in given.items() if not name.startswith("GIT_") or _KEPT.fullmatch(name)}
    return kept | {
        "LC_ALL": "C",
        "LANGUAGE": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "SSH_ASKPASS": "true",
        "GCM_INTERACTIVE": "never",
        "GIT_OPTIONAL_LOCKS": "0",
    }


def _absolute(name: str, value: str) -> str:
    if name == "GIT_ALTERNATE_OBJECT_DIRECTORIES":
        return os.pathsep.join(map(os.path.abspath, value.split(os.pathsep)))
    return os.path.abspath(value)


def _shown(path: str) -> str:
    return path if path.isprintable() else ascii(path)[1:-1]
