"""What a GitHub remembers: accounts, pull requests, reviews, comments, check runs. Every change goes through here."""

import base64
import threading
import time
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class User:
    """An account. The login of a bot ends with ``[bot]`` for REST, not for GraphQL."""

    login: str
    id: int
    kind: str = "User"

    @property
    def bare(self):
        return self.login.removesuffix("[bot]")


@dataclass(frozen=True)
class Token:
    """Who asks, and what that one may do; ``permissions`` are those of a workflow."""

    user: User
    permissions: dict
    installation: bool = False

    def may(self, name, level):
        order = ("none", "read", "write")
        return order.index(self.permissions.get(name, "none")) >= order.index(level)


@dataclass(frozen=True)
class Anchor:
    """What a comment is on; lines are None where it is on the file as a whole."""

    path: str
    side: str
    line: int | None
    start_side: str | None = None
    start_line: int | None = None


@dataclass(kw_only=True)
class Remark:
    """What all that is said has in common."""

    id: int
    author: User
    body: str
    created: str
    updated: str
    minimized: str | None = None


@dataclass(kw_only=True)
class ReviewComment(Remark):
    """A comment on lines. ``original`` is where it was made; ``current`` where that is now, or None: outdated."""

    review: "Review" = field(repr=False)
    original: Anchor
    commit: str
    """Where it was made."""
    base: str
    """The merge base then."""
    excerpt: str = field(repr=False)
    original_position: int | None
    current: Anchor | None = None
    position: int | None = None
    shown_at: str = ""
    """The last head at which it was not outdated."""
    reply_to: "ReviewComment | None" = None


@dataclass(kw_only=True)
class Thread:
    """Comments on the same lines, the first of which began it."""

    id: int
    comments: list[ReviewComment]
    resolved_by: User | None = None


@dataclass(kw_only=True)
class Review(Remark):
    """A review; ``state`` is PENDING, COMMENTED, APPROVED, CHANGES_REQUESTED or DISMISSED."""

    state: str
    commit: str
    submitted: str | None
    dismissal: str | None = None


@dataclass(kw_only=True)
class IssueComment(Remark):
    """A comment on the pull request as a whole."""


@dataclass(kw_only=True)
class CheckRun:
    """A check run with all annotations it was given."""

    id: int
    app: str
    name: str
    head: str
    status: str
    conclusion: str | None
    external_id: str
    details_url: str | None
    started: str
    completed: str | None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list = field(default_factory=list)


@dataclass(kw_only=True)
class Pull:
    """A pull request."""

    number: int
    author: User
    title: str
    base_ref: str
    head_ref: str
    head_repository: str
    head: str
    state: str = "open"
    merged: bool = False
    draft: bool = False
    created: str = ""
    heads: list[str] = field(default_factory=list)
    """All heads it has had."""
    threads: list[Thread] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    comments: list[IssueComment] = field(default_factory=list)

    @property
    def review_comments(self):
        return sorted((one for thread in self.threads for one in thread.comments), key=lambda one: one.id)


class Clock:
    """Time as the server sees it: real time, and what a test has skipped instead of sleeping."""

    def __init__(self):
        self.skipped = 0.0

    def now(self):
        return time.time() + self.skipped

    def sleep(self, seconds):
        self.skipped += seconds

    def stamp(self):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now()))


@dataclass
class Limits:
    """What GitHub does not take; a test may lower them. Sources are in `rules`."""

    body: int = 65_536
    diff_files: int = 300
    diff_lines: int = 20_000
    diff_bytes: int = 1_000_000
    files: int = 3_000
    patch_lines: int = 20_000
    patch_bytes: int = 1_000_000
    content_per_minute: int | None = None
    """None: no limit. GitHub's is 80."""
    content_per_hour: int | None = None
    """None: no limit. GitHub's is 500."""
    primary: int = 1_000
    """Requests in an hour, as a workflow's token has."""


KINDS = {
    "PullRequest": "PR", "PullRequestReview": "PRR", "PullRequestReviewComment": "PRRC",
    "PullRequestReviewThread": "PRRT", "IssueComment": "IC", "User": "U", "Bot": "BOT", "Repository": "R",
    "Commit": "C", "CheckRun": "CR",
}  # fmt: skip


def node_id(kind, id):
    """An opaque name, as GraphQL has it."""
    return f"{KINDS[kind]}_kwDO{base64.urlsafe_b64encode(f'{kind}:{id}'.encode()).decode().rstrip('=')}"


def named(name):
    """The kind and number that a node ID was made of, or nothing of both."""
    _, _, packed = name.partition("_kwDO")
    try:
        kind, _, id = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode().partition(":")
    except ValueError:
        return "", None
    return kind, int(id) if id.isdigit() else None


class World:
    """All of it. Hold `lock` while reading or writing from another thread than the server's."""

    def __init__(self, git, owner, name):
        self.git = git
        self.owner, self.name = owner, name
        self.lock = threading.RLock()
        self.clock = Clock()
        self.limits = Limits()
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}
        self.pulls: dict[int, Pull] = {}
        self.checks: dict[int, CheckRun] = {}
        self.touched: list[tuple[str, str, object]] = []
        """Who changed what that another one wrote: login, deed, thing."""
        self.ids = 1_000

    @property
    def full_name(self):
        return f"{self.owner}/{self.name}"

    def next_id(self):
        self.ids += 1
        return self.ids

    def user(self, login, kind="User"):
        if login not in self.users:
            self.users[login] = User(login, self.next_id(), "Bot" if login.endswith("[bot]") else kind)
        return self.users[login]

    def new(self, author, body):
        """What every new `Remark` has."""
        now = self.clock.stamp()
        return {"id": self.next_id(), "author": author, "body": body, "created": now, "updated": now}

    # -- the diff ------------------------------------------------------------------------------------------------

    def base_sha(self, pull):
        """The commit that the base branch has now."""
        return self.git.at(f"refs/heads/{pull.base_ref}")

    def merge_base(self, pull, head=None):
        return self.git.merge_base(self.base_sha(pull), head or pull.head)

    def files(self, pull, head=None):
        """What the pull request changes, as three dots compare it."""
        return self.git.diff(self.merge_base(pull, head), head or pull.head)

    def file(self, pull, path, head=None):
        return next((one for one in self.files(pull, head) if one.path == path), None)

    def move(self, pull, head=None):
        """The pull request has another head, or another base: comments follow their lines."""
        if head is not None:
            pull.head = head
            pull.heads.append(head)
        for comment in pull.review_comments:
            self.locate(pull, comment)

    def locate(self, pull, comment):
        """Where a comment is now: its lines, if no commit has touched their ends and the diff still shows them.

        GitHub maps a comment through the diff and calls it outdated where that has no place for it; REST then says
        ``line: null`` (croft#454, clang-tidy-review#142).
        """
        was = comment.original
        base = self.merge_base(pull)
        comment.current, comment.position = None, None
        old, new = (comment.base, base) if was.side == "LEFT" else (comment.commit, pull.head)
        path, (line, start) = self.git.follow(old, new, was.path, (was.line, was.start_line))
        name = "previous" if was.side == "LEFT" else "path"
        file = next((one for one in self.files(pull) if getattr(one, name) == path), None)
        if file is None:
            return
        if was.line is not None:
            lost = line is None or file.hunk(was.side, line) is None
            if lost or (was.start_line is not None and start is None):
                return
            comment.position = file.position(was.side, line)
        comment.current = replace(was, path=file.path, line=line, start_line=start)
        comment.shown_at = pull.head

    # -- finding -------------------------------------------------------------------------------------------------

    def everything(self):
        """All that is said: kind, thing, pull request."""
        for pull in self.pulls.values():
            for kind, ones in (("PullRequestReview", pull.reviews), ("IssueComment", pull.comments)):
                for one in ones:
                    yield kind, one, pull
            for thread in pull.threads:
                yield "PullRequestReviewThread", thread, pull
                for comment in thread.comments:
                    yield "PullRequestReviewComment", comment, pull

    def node(self, name):
        """Kind, thing and pull request of a node ID, or None."""
        kind, id = named(name)
        if kind == "PullRequest":
            return (kind, self.pulls[id], self.pulls[id]) if id in self.pulls else None
        found = self.find(kind, id)
        return None if found is None else (kind, *found)

    def find(self, kind, id):
        return next(((one, pull) for name, one, pull in self.everything() if name == kind and one.id == id), None)

    def thread_of(self, comment):
        return next(
            thread
            for pull in self.pulls.values()
            for thread in pull.threads
            if any(one is comment for one in thread.comments)
        )

    def pending(self, pull, user):
        return next((one for one in pull.reviews if one.state == "PENDING" and one.author == user), None)

    def seen(self, thread, user):
        """The comments of a thread that ``user`` sees: not the drafts of others."""
        return [one for one in thread.comments if one.review.state != "PENDING" or one.review.author == user]

    # -- changing ------------------------------------------------------------------------------------------------

    def note(self, user, deed, thing):
        """Remember who changed what others wrote."""
        if thing.author != user:
            self.touched.append((user.login, deed, thing))

    def edit(self, user, remark, body):
        self.note(user, "edit", remark)
        remark.body, remark.updated = body, self.clock.stamp()

    def minimize(self, user, remark, reason):
        self.note(user, "minimize" if reason else "unminimize", remark)
        remark.minimized = reason

    def remove(self, user, pull, remark):
        """Delete a comment, or a draft of a review with its comments."""
        self.note(user, "delete", remark)
        for ones in (pull.comments, pull.reviews):
            ones[:] = [one for one in ones if one is not remark]
        for thread in pull.threads:
            thread.comments[:] = [one for one in thread.comments if one is not remark and one.review is not remark]
        pull.threads[:] = [thread for thread in pull.threads if thread.comments]

    def resolve(self, user, thread, resolved):
        if thread.comments[0].author != user:
            self.touched.append((user.login, "resolve" if resolved else "unresolve", thread))
        thread.resolved_by = user if resolved else None
