"""What to write on GitHub, given what was found and what is there already. Nothing here asks or writes.

A comment of ours is *live* unless it was minimized. A remark is *told* by a thread in which people have answered or
that they have resolved, and by a comment that they have hidden: such a thread is left alone, and takes no seat of those
that there are for comments. Carrying out a plan and planning again gives a plan that writes nothing.

A comment that was minimized is never brought back: a finding that returns is news, and only a new comment notifies
anybody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple

from hybridize_bot.github.comments import Links, comment, same
from hybridize_bot.github.remarks import Remark, Reviewed, rank
from hybridize_bot.github.summary import Where, summary

Event = Literal["COMMENT", "REQUEST_CHANGES"]


class Place(NamedTuple):
    """Lines of a file in the diff, on its right side."""

    path: str
    first: int
    last: int


class Own(NamedTuple):
    """A comment of ours on lines."""

    id: str
    identity: str
    body: str
    place: Place | None
    """None where the lines are no longer in the diff."""
    minimized: bool = False
    hidden: bool = False
    """Whether it was people who minimized it."""
    resolved: bool = False
    answered: bool = False

    @property
    def told(self) -> bool:
        """Whether people know of it, and have said or done something about it."""
        return self.hidden or (not self.minimized and (self.resolved or self.answered))


class Sticky(NamedTuple):
    """A summary comment of ours."""

    id: str
    body: str
    minimized: bool = False
    hidden: bool = False
    """Whether somebody else minimized it: it is kept up to date, and stays hidden."""


class Posted(NamedTuple):
    """What is there of ours, and whether there is any use in more."""

    head: str
    open: bool = True
    own: bool = False
    """Whether the pull request is that of the account that comments."""
    comments: tuple[Own, ...] = ()
    """The oldest first, as the others."""
    summaries: tuple[Sticky, ...] = ()
    pending: tuple[str, ...] = ()
    """Drafts of reviews that are in the way, and that nobody wants."""
    drafted: bool = False
    """Whether there is a draft that somebody may want: GitHub takes no comment on lines before it is submitted."""
    requests: tuple[str, ...] = ()
    """Reviews of ours that ask for changes still."""


class Summary(NamedTuple):
    """The summary comment to write: the one with this ``id``, or a new one where that is empty."""

    id: str
    body: str


class Plan(NamedTuple):
    """What to write, in this order."""

    discard: tuple[str, ...] = ()
    retire: tuple[str, ...] = ()
    """Comments to minimize as outdated. They go first: no remark ever has two comments that are live."""
    edit: tuple[tuple[str, str], ...] = ()
    """Comments, and what they should say."""
    post: tuple[Remark, ...] = ()
    event: Event | None = None
    """Of the review to post; None: none."""
    summary: Summary | None = None
    dismiss: tuple[str, ...] = ()
    where: Mapping[str, Where] = {}
    """Where each remark is told once this is done, by identity."""

    @property
    def writes(self) -> bool:
        """Whether there is anything to do."""
        return any(self[:-1])


def plan(reviewed: Reviewed, posted: Posted, links: Links, refused: Collection[str] = ()) -> Plan:
    """What to write.

    Args:
        reviewed: what is to be told.
        posted: what is there.
        links: addresses that comments use.
        refused: identities of remarks that GitHub takes no new comment for.
    """
    comments: dict[str, list[Own]] = {}
    for own in posted.comments:
        comments.setdefault(own.identity, []).append(own)
    where = _where(reviewed, posted, comments, refused)
    edit: list[tuple[str, str]] = []
    post: list[Remark] = []
    kept: set[str] = set()
    for remark in reviewed.remarks:
        if where[remark.identity] != "line":
            continue
        body = comment(remark, links, reviewed.told.suggestions)
        found = _kept(comments.get(remark.identity, ()), remark, body)
        if found is None:
            post.append(remark)
            continue
        kept.add(found.id)
        if not same(found.body, body):
            edit.append((found.id, body))
    retire = [own.id for own in posted.comments if not (own.minimized or own.id in kept or _alone(own, where))]
    event, dismiss = _verdict(reviewed, posted, post)
    sticky, stale = _sticky(reviewed, posted, links, where)
    return Plan(
        discard=posted.pending if event is not None else (),
        retire=(*retire, *stale),
        edit=tuple(edit),
        post=tuple(post),
        event=event,
        summary=sticky,
        dismiss=dismiss,
        where=where,
    )


def _alone(own: Own, where: Mapping[str, Where]) -> bool:
    """Whether a comment is left as it is, being part of a conversation or settled.

    A thread that was resolved is done with once its remark is gone: if that returns, it is news.
    """
    return own.answered or (own.resolved and own.identity in where)


def _where(
    reviewed: Reviewed, posted: Posted, comments: Mapping[str, Sequence[Own]], refused: Collection[str]
) -> dict[str, Where]:
    """Where each remark is to be told, in the order of the remarks."""
    told = reviewed.told
    where: dict[str, Where] = {}
    asking: list[Remark] = []
    for one in reviewed.remarks:
        there = comments.get(one.identity, ())
        if any(own.told for own in there):
            where[one.identity] = "thread"
        elif one.lines is None:
            where[one.identity] = "elsewhere"
        elif rank(one.severity) < rank(told.comment_level):
            where[one.identity] = "level"
        else:
            # What gets no seat among those below. A comment that gives up its seat could not be posted again.
            barred = posted.drafted or one.identity in refused
            where[one.identity] = "refused" if barred else "limit"
            if not barred or _kept(there, one, "") is not None:
                asking.append(one)

    def merit(one: Remark) -> tuple[int, bool, bool]:
        suggests = told.suggestions and one.suggestion is not None
        seated = any(not own.minimized for own in comments.get(one.identity, ()))
        return -rank(one.severity), not suggests, not seated

    for one in sorted(asking, key=merit)[: told.max_comments]:
        where[one.identity] = "line"
    return where


def _kept(comments: Sequence[Own], remark: Remark, body: str) -> Own | None:
    """The comment that stays, of those on one remark: where it should stand, and as it should be, if there is one."""
    assert remark.lines is not None
    place = Place(remark.path, remark.lines.first, remark.lines.last)
    there = [own for own in comments if not own.minimized and own.place == place]
    return next((own for own in there if same(own.body, body)), there[0] if there else None)


def _verdict(reviewed: Reviewed, posted: Posted, post: Sequence[Remark]) -> tuple[Event | None, tuple[str, ...]]:
    """The event of the review to post, if any, and the reviews to dismiss."""
    asks = reviewed.told.request_changes and reviewed.failed and not posted.own
    if not asks:
        return ("COMMENT" if post else None), posted.requests
    if posted.requests:
        return ("COMMENT" if post else None), ()
    return (None if posted.drafted else "REQUEST_CHANGES"), ()


def _sticky(
    reviewed: Reviewed, posted: Posted, links: Links, where: Mapping[str, Where]
) -> tuple[Summary | None, list[str]]:
    """The summary to write, if any, and those to minimize."""
    live = [one for one in posted.summaries if not one.minimized]
    hidden = [one for one in posted.summaries if one.hidden]
    when = reviewed.told.summary
    if when == "never":
        return None, [one.id for one in live]
    kept = next(iter([*hidden, *live]), None)
    stale = [one.id for one in live if one is not kept]
    if kept is None and when == "findings" and not reviewed.remarks:
        return None, stale
    body = summary(reviewed, links, where)
    if kept is not None and same(kept.body, body):
        return None, stale
    return Summary(kept.id if kept is not None else "", body), stale
