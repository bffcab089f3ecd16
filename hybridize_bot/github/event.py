"""What GitHub says has happened: the two commits to compare, and the pull request they belong to, if any.

An event is a file that a runner writes (``GITHUB_EVENT_PATH``), in the form of a webhook's payload. Only what is
needed of it is read. Its texts are somebody's; those that are kept are hashes, numbers and names that were checked.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import msgspec

from hybridize_bot.github.remarks import Hash, RepositoryName

MOST_BYTES = 32 * 1024 * 1024
"""GitHub's own payloads have 25 MB at most."""

PULL_REQUEST = ("pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment")
MERGE_GROUP = "merge_group"
WORKFLOW_RUN = "workflow_run"


class EventError(ValueError):
    """An event that cannot be read; ``str()`` says why in one line."""


class Subject(NamedTuple):
    """What is to be reviewed."""

    repository: str
    """Owner and name; empty where GitHub has no part in it."""
    number: int
    """Of the pull request; 0 for a merge queue, or two commits that somebody named."""
    head: str
    base: str
    """The commit that the base branch has now: not yet the merge base."""
    trusted: bool = True
    """Whether the head comes from the repository itself, so that its settings count."""
    open: bool = True


class _Repository(msgspec.Struct):
    full_name: RepositoryName


class _Side(msgspec.Struct):
    sha: Hash
    repo: _Repository | None = None
    """None where the fork was deleted."""


class _Pull(msgspec.Struct):
    number: Annotated[int, msgspec.Meta(ge=1)]
    head: _Side
    base: _Side
    state: str = "open"


class _Group(msgspec.Struct):
    head_sha: Hash
    base_sha: Hash


class _Run(msgspec.Struct):
    head_sha: Hash
    event: str = ""


class _Payload(msgspec.Struct):
    repository: _Repository | None = None
    pull_request: _Pull | None = None
    merge_group: _Group | None = None
    workflow_run: _Run | None = None


def subject(name: str, path: str) -> Subject:
    """What the event called ``name``, whose payload is the file at ``path``, asks to review.

    Raises:
        EventError: it cannot be read, or has nothing to do with a pull request or a merge queue.
    """
    payload = _payload(path)
    repository = payload.repository.full_name if payload.repository is not None else ""
    if name in PULL_REQUEST and payload.pull_request is not None:
        pull = payload.pull_request
        own = pull.head.repo is not None and pull.head.repo.full_name.lower() == repository.lower()
        return Subject(repository, pull.number, pull.head.sha, pull.base.sha, own, pull.state == "open")
    if name == MERGE_GROUP and payload.merge_group is not None:
        return Subject(repository, 0, payload.merge_group.head_sha, payload.merge_group.base_sha)
    raise EventError(f"an event of the kind {name or 'unknown'!r} has no pull request to review")


def run_of(path: str) -> tuple[str, str]:
    """Repository and head commit of the workflow run whose end is the event at ``path``.

    Raises:
        EventError: it cannot be read, or is about something else.
    """
    payload = _payload(path)
    if payload.workflow_run is None or payload.repository is None:
        raise EventError("the event is not about the end of a workflow run")
    return payload.repository.full_name, payload.workflow_run.head_sha


def _payload(path: str) -> _Payload:
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise EventError(f"the event {path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > MOST_BYTES:
        raise EventError(f"the event has more than {MOST_BYTES // 1024 // 1024} MiB")
    try:
        return msgspec.json.decode(data, type=_Payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise EventError(f"the event cannot be read: {' '.join(str(error).split())[:200]}") from None
