"""One pull request on GitHub: what there is of ours, in few requests, and the ways to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from hybridize_bot.github.answers import (
    STATE,
    THREAD,
    Comment,
    Connection,
    Rest,
    Review,
    State,
    Thread,
    posted,
)
from hybridize_bot.github.client import Client, RejectedError, UnreachableError
from hybridize_bot.github.comments import Links, comment
from hybridize_bot.github.plan import Event, Posted
from hybridize_bot.github.remarks import Remark

BATCH = 25
"""Mutations in one request."""

_Node = TypeVar("_Node")
_Form = TypeVar("_Form", State, Rest)


class PullRequest:
    """The pull request ``number`` of ``repository``."""

    def __init__(self, client: Client, repository: str, number: int) -> None:
        self._client = client
        self._repository = repository
        self._number = number

    # -- reading ---------------------------------------------------------------------------------------------------

    def posted(self) -> Posted:
        """What there is of ours."""
        owner, _, name = self._repository.partition("/")
        asked: dict[str, Any] = {"owner": owner, "name": name, "number": self._number}
        asked |= {"threads": True, "comments": True, "reviews": True}
        threads: list[Thread] = []
        comments: list[Comment] = []
        reviews: list[Review] = []
        while True:
            state = self._asked(STATE, asked, State)
            pull = state.repository.pull_request
            asked["threads"], asked["thread"] = _taken(pull.review_threads, threads)
            asked["comments"], asked["comment"] = _taken(pull.comments, comments)
            asked["reviews"], asked["review"] = _taken(pull.reviews, reviews)
            if not (asked["threads"] or asked["comments"] or asked["reviews"]):
                own = [thread.own(self._rest(thread)) for thread in threads]
                return posted(state, [one for one in own if one is not None], comments, reviews)

    def _rest(self, thread: Thread) -> Iterator[Comment]:
        """The comments of a thread that its first page has no place for."""
        page = thread.comments.page_info
        while page.has_next_page:
            more = self._asked(THREAD, {"id": thread.id, "comment": page.end_cursor}, Rest).node.comments
            yield from more.nodes
            page = more.page_info

    def _asked(self, query: str, variables: Mapping[str, Any], form: type[_Form]) -> _Form:
        try:
            return msgspec.convert(self._client.query(query, variables), form)
        except msgspec.ValidationError as error:
            raise UnreachableError(f"GitHub's answer is not as its schema says: {error}") from None

    # -- writing ---------------------------------------------------------------------------------------------------

    def review(self, remarks: Sequence[Remark], body: str, event: Event, links: Links, suggestions: bool) -> None:
        """Post one review with a comment on each of ``remarks``, in one request."""
        comments = [
            {**_anchor(one), "body": comment(one, links, suggestions)} for one in remarks if one.lines is not None
        ]
        content = {"commit_id": links.head, "body": body, "event": event, "comments": comments}
        answer = self._client.write("POST", f"/repos/{self._repository}/pulls/{self._number}/reviews", content)
        if not isinstance(answer, dict) or "id" not in answer:
            raise RejectedError("GitHub did not say that the review is there")

    def retire(self, ids: Sequence[str]) -> None:
        """Minimize comments as outdated."""
        self._each(ids, lambda one: ("minimizeComment", {"subjectId": one, "classifier": "OUTDATED"}))

    def edit(self, bodies: Sequence[tuple[str, str]]) -> None:
        """Say something else in comments on lines."""
        self._each(
            bodies,
            lambda one: ("updatePullRequestReviewComment", {"pullRequestReviewCommentId": one[0], "body": one[1]}),
        )

    def sum_up(self, id: str, body: str) -> None:
        """Write the summary: edit the comment ``id``, or post a new one where that is empty."""
        if id:
            self._each([id], lambda one: ("updateIssueComment", {"id": one, "body": body}))
        else:
            self._client.write("POST", f"/repos/{self._repository}/issues/{self._number}/comments", {"body": body})

    def dismiss(self, ids: Sequence[str]) -> None:
        """Take back that changes are asked for."""
        said = "The check passes now."
        self._each(ids, lambda one: ("dismissPullRequestReview", {"pullRequestReviewId": one, "message": said}))

    def discard(self, ids: Sequence[str]) -> None:
        """Delete drafts of reviews."""
        self._each(ids, lambda one: ("deletePullRequestReview", {"pullRequestReviewId": one}))

    def _each(self, subjects: Sequence[Any], mutation: Callable[[Any], tuple[str, Mapping[str, Any]]]) -> None:
        """Carry out a mutation for each of ``subjects``, many in one request."""
        for start in range(0, len(subjects), BATCH):
            named = [mutation(one) for one in subjects[start : start + BATCH]]
            declared = ", ".join(f"$i{at}: {name[0].upper()}{name[1:]}Input!" for at, (name, _) in enumerate(named))
            called = " ".join(
                f"m{at}: {name}(input: $i{at}) {{ clientMutationId }}" for at, (name, _) in enumerate(named)
            )
            variables = {f"i{at}": given for at, (_, given) in enumerate(named)}
            self._client.mutate(f"mutation({declared}) {{ {called} }}", variables)


def _anchor(remark: Remark) -> dict[str, Any]:
    assert remark.lines is not None
    first, last = remark.lines.first, remark.lines.last
    # GitHub refuses a range that begins where it ends.
    start = {"start_line": first, "start_side": "RIGHT"} if first != last else {}
    return {"path": remark.path, "line": last, "side": "RIGHT", **start}


def _taken(page: Connection[_Node] | None, nodes: list[_Node]) -> tuple[bool, str | None]:
    """Add what is on a page to ``nodes``; whether there is another one, and behind what."""
    if page is None:
        return False, None
    nodes += page.nodes
    return page.page_info.has_next_page, page.page_info.end_cursor
