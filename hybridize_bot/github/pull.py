"""One pull request on GitHub: what there is of ours, in few requests, and the ways to write.

Only comments of the account that asks count as ours, and of those only what begins with a mark: an account may be that
of many tools, as the one of a workflow is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hybridize_bot.github.client import Client, RejectedError
from hybridize_bot.github.comments import Links, comment, identity, is_review, is_summary
from hybridize_bot.github.plan import Event, Own, Place, Posted, Sticky
from hybridize_bot.github.remarks import Remark

BATCH = 25
"""Mutations in one request."""

_COMMENT = "id body viewerDidAuthor isMinimized minimizedReason author { __typename }"
_PAGE = "pageInfo { hasNextPage endCursor }"
_STATE = f"""
query($owner: String!, $name: String!, $number: Int!, $threads: Boolean!, $comments: Boolean!, $reviews: Boolean!,
      $thread: String, $comment: String, $review: String) {{
  viewer {{ login }}
  repository(owner: $owner, name: $name) {{
    pullRequest(number: $number) {{
      headRefOid state viewerDidAuthor
      reviewThreads(first: 100, after: $thread) @include(if: $threads) {{
        {_PAGE}
        nodes {{
          id isResolved isOutdated path line startLine diffSide
          comments(first: 20) {{ {_PAGE} nodes {{ {_COMMENT} }} }}
        }}
      }}
      comments(first: 100, after: $comment) @include(if: $comments) {{ {_PAGE} nodes {{ {_COMMENT} }} }}
      reviews(first: 100, after: $review, states: [PENDING, CHANGES_REQUESTED]) @include(if: $reviews) {{
        {_PAGE}
        nodes {{ id state body viewerDidAuthor comments(first: 100) {{ {_PAGE} nodes {{ body }} }} }}
      }}
    }}
  }}
}}"""
_THREAD = f"""
query($id: ID!, $comment: String) {{
  node(id: $id) {{
    ... on PullRequestReviewThread {{ comments(first: 100, after: $comment) {{ {_PAGE} nodes {{ {_COMMENT} }} }} }}
  }}
}}"""
_CONNECTIONS = (("threads", "thread", "reviewThreads"), ("comments", "comment", "comments"),
                ("reviews", "review", "reviews"))  # fmt: skip


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
        variables: dict[str, Any] = {"owner": owner, "name": name, "number": self._number}
        variables |= {flag: True for flag, _, _ in _CONNECTIONS}
        nodes: dict[str, list[Any]] = {key: [] for _, _, key in _CONNECTIONS}
        while True:
            data = self._client.query(_STATE, variables)
            pull = data["repository"]["pullRequest"]
            for flag, cursor, key in _CONNECTIONS:
                if variables[flag]:
                    nodes[key] += pull[key]["nodes"]
                    variables[flag] = pull[key]["pageInfo"]["hasNextPage"]
                    variables[cursor] = pull[key]["pageInfo"]["endCursor"]
            if not any(variables[flag] for flag, _, _ in _CONNECTIONS):
                break
        drafts = [one for one in nodes["reviews"] if one["state"] == "PENDING" and one["viewerDidAuthor"]]
        bot = data["viewer"]["login"].endswith("[bot]")
        wanted = [one["id"] for one in drafts if not bot and _is_draft(one)]
        return Posted(
            head=pull["headRefOid"],
            open=pull["state"] == "OPEN",
            own=pull["viewerDidAuthor"],
            comments=tuple(own for thread in nodes["reviewThreads"] for own in self._own(thread)),
            summaries=tuple(
                _sticky(one) for one in nodes["comments"] if is_summary(one["body"], one["viewerDidAuthor"])
            ),
            pending=tuple(one["id"] for one in drafts if one["id"] not in wanted),
            drafted=bool(wanted),
            requests=tuple(
                one["id"]
                for one in nodes["reviews"]
                if one["state"] == "CHANGES_REQUESTED" and is_review(one["body"], one["viewerDidAuthor"])
            ),
        )

    def _own(self, thread: Mapping[str, Any]) -> Iterator[Own]:
        """The comment that a thread begins with, if that is ours."""
        first = next(iter(thread["comments"]["nodes"]), None)
        about = identity(first["body"], first["viewerDidAuthor"]) if first is not None else ""
        if first is None or not about:
            return
        place = None
        if thread["line"] is not None and not thread["isOutdated"] and thread["diffSide"] == "RIGHT":
            place = Place(thread["path"], thread["startLine"] or thread["line"], thread["line"])
        yield Own(
            id=first["id"],
            identity=about,
            body=first["body"],
            place=place,
            minimized=first["isMinimized"],
            hidden=_is_hidden(first),
            resolved=thread["isResolved"],
            answered=any(map(_is_answer, self._answers(thread))),
        )

    def _answers(self, thread: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        page = thread["comments"]
        yield from page["nodes"][1:]
        while page["pageInfo"]["hasNextPage"]:
            variables = {"id": thread["id"], "comment": page["pageInfo"]["endCursor"]}
            page = self._client.query(_THREAD, variables)["node"]["comments"]
            yield from page["nodes"]

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


def _sticky(one: Mapping[str, Any]) -> Sticky:
    return Sticky(one["id"], one["body"], one["isMinimized"], _is_hidden(one))


def _is_hidden(one: Mapping[str, Any]) -> bool:
    """Whether a comment was minimized by people: for another reason than `PullRequest.retire` has."""
    return bool(one["isMinimized"]) and str(one["minimizedReason"] or "").lower() not in ("outdated", "")


def _is_answer(one: Mapping[str, Any]) -> bool:
    """Whether somebody says something. Other programs that do have not looked at what was said."""
    return not one["viewerDidAuthor"] and (one["author"] or {}).get("__typename") != "Bot"


def _is_draft(review: Mapping[str, Any]) -> bool:
    """Whether a pending review holds something that a person may have written."""
    comments = review["comments"]
    ours = all(identity(one["body"], mine=True) for one in comments["nodes"])
    said = bool(review["body"].strip()) and not is_review(review["body"], mine=True)
    return said or not ours or comments["pageInfo"]["hasNextPage"]
