"""What GitHub says is there: the questions, the form of the answers, and what of it is ours.

Only comments of the account that asks count as ours, and of those only what begins with a mark: an account may be that
of many tools, as the one of a workflow is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from hybridize_bot.github.comments import identity, is_review, is_summary
from hybridize_bot.github.plan import Own, Place, Posted, Sticky

_PAGE = "pageInfo { hasNextPage endCursor }"
_COMMENT = "id body viewerDidAuthor isMinimized minimizedReason author { __typename }"
STATE = f"""
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
THREAD = f"""
query($id: ID!, $comment: String) {{
  node(id: $id) {{
    ... on PullRequestReviewThread {{ comments(first: 100, after: $comment) {{ {_PAGE} nodes {{ {_COMMENT} }} }} }}
  }}
}}"""

_Node = TypeVar("_Node")


class _Answer(msgspec.Struct, rename="camel"):
    """A part of an answer; names are those of GitHub's schema."""


class Page(_Answer):
    """Where a page of a list ends."""

    has_next_page: bool
    end_cursor: str | None


class Connection(_Answer, Generic[_Node]):
    """A page of a list."""

    page_info: Page
    given: list[_Node | None] = msgspec.field(name="nodes")

    @property
    def nodes(self) -> list[_Node]:
        """What is on the page. GitHub says null for what it cannot show."""
        return [one for one in self.given if one is not None]


class Actor(_Answer):
    """Who wrote something."""

    kind: str = msgspec.field(name="__typename")


class Comment(_Answer):
    """A comment, on lines or on the pull request."""

    id: str
    body: str
    viewer_did_author: bool
    is_minimized: bool
    minimized_reason: str | None
    author: Actor | None
    """None where the account is no more."""

    @property
    def hidden(self) -> bool:
        """Whether people minimized it: for another reason than ours, which is that it is outdated."""
        return self.is_minimized and (self.minimized_reason or "").lower() not in ("outdated", "")

    @property
    def answers(self) -> bool:
        """Whether somebody says something. Other programs that do have not looked at what was said."""
        if self.viewer_did_author:  # a person whose token we have may answer, too
            ours = identity(self.body, mine=True) or is_review(self.body, True) or is_summary(self.body, True)
            return self.author is not None and self.author.kind == "User" and not ours
        return self.author is None or self.author.kind != "Bot"


class Thread(_Answer):
    """Comments on the same lines."""

    id: str
    is_resolved: bool
    is_outdated: bool
    path: str
    line: int | None
    start_line: int | None
    diff_side: str
    comments: Connection[Comment]

    def own(self, rest: Iterator[Comment]) -> Own | None:
        """The comment that the thread begins with, if that is ours; ``rest`` are those that this answer has not."""
        first = next(iter(self.comments.nodes), None)
        about = identity(first.body, first.viewer_did_author) if first is not None else ""
        if first is None or not about:
            return None
        place = None
        if self.line is not None and not self.is_outdated and self.diff_side == "RIGHT":
            place = Place(self.path, self.start_line or self.line, self.line)
        answered = any(one.answers for one in self.comments.nodes) or any(one.answers for one in rest)
        return Own(first.id, about, first.body, place, first.is_minimized, first.hidden, self.is_resolved, answered)


class Said(_Answer):
    """A comment of a review, of which it matters only whether it is ours."""

    body: str


class Review(_Answer):
    """A review that is a draft, or that asks for changes."""

    id: str
    state: str
    body: str
    viewer_did_author: bool
    comments: Connection[Said]

    @property
    def wanted(self) -> bool:
        """Whether a draft holds something that a person may have written."""
        ours = all(identity(one.body, mine=True) for one in self.comments.nodes)
        said = bool(self.body.strip()) and not is_review(self.body, mine=True)
        return said or not ours or self.comments.page_info.has_next_page


class Pull(_Answer):
    """A pull request; lists are there if they were asked for."""

    head_ref_oid: str
    state: str
    viewer_did_author: bool
    review_threads: Connection[Thread] | None = None
    comments: Connection[Comment] | None = None
    reviews: Connection[Review] | None = None


class Viewer(_Answer):
    """Who asks."""

    login: str


class Repository(_Answer):
    """What pull requests belong to."""

    pull_request: Pull


class State(_Answer):
    """The answer to `STATE`."""

    viewer: Viewer
    repository: Repository


class More(_Answer):
    """A thread, with more of its comments."""

    comments: Connection[Comment]


class Rest(_Answer):
    """The answer to `THREAD`."""

    node: More


def posted(state: State, comments: list[Own], said: list[Comment], reviews: list[Review]) -> Posted:
    """What there is of ours, given all pages of the lists."""
    pull = state.repository.pull_request
    drafts = [one for one in reviews if one.state == "PENDING" and one.viewer_did_author]
    # What a bot has left half done, no person misses.
    wanted = [one for one in drafts if one.wanted and not state.viewer.login.endswith("[bot]")]
    asking = [one for one in reviews if one.state == "CHANGES_REQUESTED" and is_review(one.body, one.viewer_did_author)]
    return Posted(
        head=pull.head_ref_oid,
        open=pull.state == "OPEN",
        own=pull.viewer_did_author,
        comments=tuple(comments),
        summaries=tuple(
            Sticky(one.id, one.body, one.is_minimized, one.hidden)
            for one in said
            if is_summary(one.body, one.viewer_did_author)
        ),
        pending=tuple(one.id for one in drafts if one not in wanted),
        drafted=bool(wanted),
        requests=tuple(one.id for one in asking),
    )
