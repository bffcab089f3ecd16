"""The commits of a pull request, brought here if need be, and the point where its history left that of its base.

A runner's clone mostly has one commit, and none of those that are wanted: the merge of head and base. What is missing
is fetched, deeper and deeper until the merge base is there. No hook, filter or submodule has a part in that.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hybridize_bot.git import GitError, Repository
from hybridize_bot.github.event import Subject

DEPTHS = (50, 500, 5000)
"""How much history is fetched, before all of it is."""


class Commits(NamedTuple):
    """Hashes of commits that are here."""

    head: str
    base: str
    """What the base branch has now."""
    merge_base: str


def commits(
    repo: Repository, subject: Subject, *, token: str = "", environment: Mapping[str, str] = os.environ
) -> Commits:
    """The commits to compare.

    Args:
        repo: a clone, however shallow.
        subject: names them.
        token: is used to fetch where Git alone has no right to; never part of a command line.
        environment: says which server it is for.

    Raises:
        GitError: they are not here and cannot be fetched, or have nothing in common.
    """
    found = _found(repo, subject)
    if found is not None:
        return found
    remote = _remote(repo)
    if remote is None:
        return _asked(repo, subject)  # says what is missing
    trouble: GitError | None = None
    for depth in _depths(repo):
        try:
            _fetch(repo, remote, subject, depth, token, environment)
        except GitError as error:
            trouble = error
            break
        found = _found(repo, subject)
        if found is not None:
            return found
    try:
        return _asked(repo, subject)
    except GitError as error:
        reason = f"; fetching it failed: {trouble}" if trouble is not None else ""
        raise GitError(f"{error}{reason}") from None


def _depths(repo: Repository) -> Iterator[tuple[str, ...]]:
    """How much history to fetch, step by step. A clone that has all of it keeps that: a depth would cut it off."""
    if not repo.is_shallow():
        yield ()
        return
    yield from ((f"--depth={depth}",) for depth in DEPTHS)
    if repo.is_shallow():
        yield ("--unshallow",)


def _found(repo: Repository, subject: Subject) -> Commits | None:
    try:
        return _asked(repo, subject)
    except GitError:
        return None


def _asked(repo: Repository, subject: Subject) -> Commits:
    head, base = repo.commit(subject.head), repo.commit(subject.base)
    return Commits(head, base, repo.merge_base(base, head))


def _remote(repo: Repository) -> str | None:
    names = (repo.line("remote") or "").splitlines()
    return "origin" if "origin" in names else next(iter(names), None)


def _fetch(
    repo: Repository, remote: str, subject: Subject, depth: tuple[str, ...], token: str, environment: Mapping[str, str]
) -> None:
    command = (
        "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-gc",
        *depth, remote, subject.head, subject.base,
    )  # fmt: skip
    try:
        repo.ask(*command)
    except GitError:
        if not token:
            raise
        # Second, since a header beside one that the checkout has left in the configuration is refused.
        Repository(repo.top, {**repo.environment, **_with_token(repo.environment, token, environment)}).ask(*command)


def _with_token(given: Mapping[str, str], token: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Variables that make Git send the token, to that server alone."""
    server = environment.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/")
    secret = base64.b64encode(f"x-access-token:{token}".encode()).decode("ascii")
    count = given.get("GIT_CONFIG_COUNT", "0")
    at = int(count) if count.isdigit() else 0
    return {
        "GIT_CONFIG_COUNT": str(at + 1),
        f"GIT_CONFIG_KEY_{at}": f"http.{server}/.extraheader",
        f"GIT_CONFIG_VALUE_{at}": f"AUTHORIZATION: basic {secret}",
    }
