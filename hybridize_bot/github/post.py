"""Telling what was found: as a review of the pull request, or as near to that as the token's rights allow.

The rungs of the ladder: a review with a summary, a check run with annotations, commands to the runner, the summary of
the run. Which one it is never changes whether the check fails.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from hybridize_bot.console import emit, visible
from hybridize_bot.github import checks
from hybridize_bot.github.client import (
    AmbiguousError,
    Client,
    GitHubError,
    Manner,
    NotPermittedError,
    RejectedError,
)
from hybridize_bot.github.comments import Links, comment, count
from hybridize_bot.github.markdown import code
from hybridize_bot.github.plan import Event, Plan, Posted, plan
from hybridize_bot.github.pull import PullRequest
from hybridize_bot.github.remarks import Remark, Reviewed
from hybridize_bot.github.summary import STEP, Where, review, step_summary

ROUNDS = 3
"""How often is looked and written, where it is not known what was stored."""
REFUSALS = 24
"""Reviews that GitHub refuses because of a comment in them, before all comments that are left go to the summary."""

Rung = Literal["review", "check run", "commands", "step summary", "exit code", "none"]


class Outcome(NamedTuple):
    """What was told, and where."""

    rung: Rung
    """"none": there was nobody to tell, since the pull request is closed or has other commits by now."""
    said: str
    """That in one line, and why it is no review if it is none."""
    posted: int = 0
    """New comments on lines."""
    edited: int = 0
    retired: int = 0
    where: Mapping[str, Where] = {}
    """Where on the pull request each remark is told, by identity."""


def publish(
    reviewed: Reviewed,
    environment: Mapping[str, str],
    *,
    token: str,
    say: Callable[[str], None],
    manner: Manner = Manner(),  # noqa: B008 - a tuple
) -> Outcome:
    """Tell GitHub what was found, by the best means that there is; and the summary of the run in any case.

    Args:
        reviewed: what was found.
        environment: that of a runner.
        token: may be empty.
        say: takes a line for people.
        manner: how to send requests.
    """
    links = Links.of(reviewed, environment)
    outcome = _published(reviewed, environment, links, token, manner)
    return _concluded(outcome, reviewed, environment, links, say)


def log(reviewed: Reviewed, environment: Mapping[str, str], *, say: Callable[[str], None]) -> Outcome:
    """Tell the runner what was found, and nobody else."""
    outcome = _in_the_log(reviewed, environment, "no review, as asked for")
    return _concluded(outcome, reviewed, environment, Links.of(reviewed, environment), say)


def _concluded(
    outcome: Outcome, reviewed: Reviewed, environment: Mapping[str, str], links: Links, say: Callable[[str], None]
) -> Outcome:
    """Write the summary of the run, and say what was done."""
    try:
        summed = _write_step(reviewed, environment, links, outcome.where)
    except OSError as error:
        summed = False
        outcome = outcome._replace(said=f"{outcome.said}; the summary of the run cannot be written: {error.strerror}")
    if summed and outcome.rung == "exit code":
        outcome = outcome._replace(rung="step summary")
    say(visible(outcome.said))
    return outcome


def _published(reviewed: Reviewed, environment: Mapping[str, str], links: Links, token: str, manner: Manner) -> Outcome:
    if not (reviewed.repository and reviewed.number):
        return _in_the_log(reviewed, environment, "there is no pull request")
    try:
        client = Client(environment, token, manner)
    except GitHubError as error:
        return _in_the_log(reviewed, environment, f"no review ({error})")
    try:
        return post(reviewed, client, links)
    except (NotPermittedError, RejectedError) as error:
        why = f"no review ({error})"
    except GitHubError as error:
        return _in_the_log(reviewed, environment, f"no review ({error})")
    try:
        number = checks.check(client, reviewed, links)
    except GitHubError as error:
        return _in_the_log(reviewed, environment, f"{why}, no check run ({error})")
    return Outcome("check run", f"{why}; a check run with {count(number, 'annotation')} instead")


def preview(reviewed: Reviewed) -> str:
    """What `publish` would write on a pull request on which nothing is written yet, as Markdown."""
    links = Links.of(reviewed, {})
    new = plan(reviewed, Posted(head=reviewed.head), links)
    blocks = []
    for one in new.post:
        assert one.lines is not None
        first, last = one.lines.first, one.lines.last
        place = code(f"{one.path}:{first}" if first == last else f"{one.path}:{first}-{last}")
        blocks.append(f"## {place}\n\n{comment(one, links, reviewed.told.suggestions)}")
    return "\n\n".join([*blocks, step_summary(reviewed, links, new.where)])


# The review


def post(reviewed: Reviewed, client: Client, links: Links) -> Outcome:
    """Bring the review on the pull request up to date.

    Raises:
        GitHubError: it is not, or not known to be.
    """
    run = _Run(reviewed, client, links)
    for attempt in range(1, ROUNDS + 1):
        try:
            return run.once()
        except AmbiguousError as error:
            if attempt == ROUNDS:
                raise
            client.wait(2.0**attempt, error)
    raise AssertionError


class _Run:
    """One run: what was planned at first, and which comments GitHub has refused."""

    def __init__(self, reviewed: Reviewed, client: Client, links: Links) -> None:
        self._reviewed = reviewed
        self._links = links
        self._pull = PullRequest(client, reviewed.repository, reviewed.number)
        self._first: Plan | None = None
        self._refused: set[str] = set()
        self._refusals = 0

    def once(self) -> Outcome:
        """Look, plan, write."""
        reviewed, pull = self._reviewed, self._pull
        posted = pull.posted()
        if not posted.open:
            return Outcome("none", "nothing posted: the pull request is not open")
        if posted.head != reviewed.head:
            return self._moved(posted.head)
        now = plan(reviewed, posted, self._links, self._refused)
        self._first = self._first or now
        pull.discard(now.discard)
        pull.retire(now.retire)
        pull.edit(now.edit)
        if now.event is not None:
            known = len(self._refused)
            if not self._create(now.post, now.event):
                return self._moved(pull.posted().head)
            if len(self._refused) > known:  # others may have their places, and the summary has more to tell
                return self.once()
        if now.summary is not None:
            pull.sum_up(now.summary.id, now.summary.body)
        notes = ["a draft of a review keeps comments off the lines"] if posted.drafted else []
        try:
            pull.dismiss(now.dismiss)
        except (NotPermittedError, RejectedError) as error:
            notes.append(f"changes are still asked for ({error})")
        return self._outcome(self._first, now, notes)

    def _create(self, remarks: Sequence[Remark], event: Event) -> bool:
        """Post a review; several, where GitHub refuses one for a comment in it. False: it is for other commits now."""
        parts: list[Sequence[Remark]] = [remarks]
        while parts:
            part = parts.pop(0)
            try:
                self._pull.review(
                    part,
                    review(part, self._reviewed.failed),
                    event,
                    self._links,
                    self._reviewed.told.suggestions,
                )
            except RejectedError:
                self._refusals += 1
                if self._refusals == 1 and self._pull.posted().head != self._reviewed.head:
                    return False
                if not part:
                    raise
                half = len(part) // 2
                if self._refusals >= REFUSALS:
                    self._refused.update(one.identity for one in self._reviewed.remarks)
                    parts.clear()
                elif half:
                    parts[:0] = [part[:half], part[half:]]
                else:
                    self._refused.update(one.identity for one in part)
            else:
                event = "COMMENT"
            if not parts and event == "REQUEST_CHANGES":
                parts.append(())
        return True

    def _moved(self, head: str) -> Outcome:
        return Outcome("none", f"nothing posted: the pull request has moved on to {head[:7]}")

    def _outcome(self, first: Plan, last: Plan, notes: Sequence[str]) -> Outcome:
        posted = sum(last.where.get(one.identity) == "line" for one in first.post)
        refused = sum(one == "refused" for one in last.where.values())
        wrote = [f"{count(posted, 'comment')} posted"] if posted else []
        wrote += [f"{len(first.edit)} edited"] if first.edit else []
        wrote += [f"{len(first.retire)} retired"] if first.retire else []
        wrote += [f"{refused} refused"] if refused else []
        if first.summary is not None:
            wrote.append(f"summary {'edited' if first.summary.id else 'posted'}")
        said = f"review: {', '.join(wrote) or 'nothing to change'}"
        return Outcome("review", "; ".join([said, *notes]), posted, len(first.edit), len(first.retire), last.where)


# The other rungs


def _in_the_log(reviewed: Reviewed, environment: Mapping[str, str], why: str) -> Outcome:
    """Commands to the runner, if there is one and anything to tell."""
    commands = checks.commands(reviewed) if environment.get("GITHUB_ACTIONS") == "true" else ""
    if not commands:
        return Outcome("exit code", why)
    emit(commands, exact=True)
    return Outcome("commands", f"{why}; annotations in the log instead")


def _write_step(reviewed: Reviewed, environment: Mapping[str, str], links: Links, where: Mapping[str, Where]) -> bool:
    """Write the summary of the run, if there is a place for it."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if not path:
        return False
    taken = os.path.getsize(path) if os.path.exists(path) else 0
    with open(path, "a", encoding="utf-8", newline="\n") as file:
        file.write(step_summary(reviewed, links, where, max(1_000, STEP - taken)))
    return True
