"""`check --diff-against`, `--new-since` and `--hook`: options to a filter of what has to do with a change."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import click

from hybridize.config import Config
from hybridize.recall import Store
from hybridize_bot.changes import changes, unchanged
from hybridize_bot.git import Repository, repository
from hybridize_bot.hook import Hook
from hybridize_bot.selection import Filter
from hybridize_bot.since import Since

Prior = Callable[[str], Sequence[Filter]]


def hook(given: Sequence[str], settings_path: str | None) -> Hook:
    """The run that pre-commit asks for: of the project whose top is the folder of the configuration, or the work tree.

    Raises:
        GitError: this is no Git work tree.
    """
    if not given:
        raise click.UsageError("--hook needs the files to report on; pre-commit names them")
    repo = repository(os.getcwd())
    folder = os.path.dirname(os.path.realpath(settings_path)) if settings_path is not None else repo.top
    root = folder if folder.startswith(repo.top + os.sep) else repo.top
    return Hook(repo, root, given, os.environ)


def filters(
    paths: Sequence[str],
    config: Config,
    prior: Prior,
    store: Store | None = None,
    *,
    diff_against: str | None,
    new_since: str | None,
) -> list[Filter]:
    """What the options ask for. The revision is looked up now, so that a mistake in it is told before the analysis.

    Raises:
        GitError: Git does not know the revision, or cannot compare with it.
    """
    if diff_against is not None:
        repo = _repository_of(paths)
        return [unchanged(changes(repo, repo.merge_base(diff_against)), diff_against)]
    if new_since is not None:
        repo = _repository_of(paths)
        return [Since(repo, [repo.merge_base(new_since)], paths, config, prior, store).filter]
    return []


def _repository_of(paths: Sequence[str]) -> Repository:
    first = os.path.realpath(paths[0])
    return repository(first if os.path.isdir(first) else os.path.dirname(first))
