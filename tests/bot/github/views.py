"""How GraphQL shows things. A method is the field of the same name; a field without one is unknown to the fake."""

from bot.github.state import node_id


class ComplaintError(Exception):
    """An error of GraphQL, with its type."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class View:
    """A thing as an account sees it; ``kind`` is the name of its type."""

    kind = ""

    def __init__(self, context, thing, pull=None):
        self.context = context
        self.world = context.world
        self.thing = thing
        self.pull = pull

    def id(self):
        return node_id(self.kind, self.thing.id)

    def database_id(self):
        return self.thing.id

    def full_database_id(self):
        return str(self.thing.id)

    def repository(self):
        return Repository(self.context, self.world)


def connect(items, view, name, first=None, last=None, after=None, before=None):
    """A page of a list. A cursor names the thing it stands behind, so that a list may change between two pages."""
    if first is None and last is None:
        words = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        raise ComplaintError("MISSING_PAGINATION_BOUNDARIES", words)
    if not 0 <= (first if first is not None else last) <= 100:
        words = (
            f"Requesting {first or last} records on the `{name}` connection exceeds the `first` limit of 100 records."
        )
        raise ComplaintError("EXCESSIVE_PAGINATION", words)
    items = sorted(items, key=lambda one: one.id)
    least, most = _behind(after, 0), _behind(before, float("inf"))
    inside = [one for one in items if least < one.id < most]
    page = inside[:first] if first is not None else inside[max(0, len(inside) - last) :]
    return Connection(items, inside, page, [view(one) for one in page])


def _behind(cursor, otherwise):
    if cursor is None:
        return otherwise
    head, _, number = cursor.rpartition(":")
    if head != "cursor" or not number.isdigit():
        raise ComplaintError("INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor.")
    return int(number)


class Connection:
    """A page of a list, and where it is in it."""

    def __init__(self, items, inside, page, views):
        self.total_count = len(items)
        self.nodes = views
        cursors = [f"cursor:{one.id}" for one in page]
        self.edges = [{"node": one, "cursor": cursor} for one, cursor in zip(views, cursors, strict=True)]
        self.page_info = {
            "hasNextPage": bool(page) and inside[-1] is not page[-1],
            "hasPreviousPage": bool(page) and items[0] is not page[0],
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        }


class Account(View):
    """A user or a bot. To GraphQL the login of a bot has no ``[bot]``, but for the viewer's own."""

    @property
    def kind(self):
        return "User" if self.pull == "viewer" else self.thing.kind

    def login(self):
        return self.thing.login if self.pull == "viewer" else self.thing.bare

    def url(self):
        return f"{self.context.html}/{self.thing.bare}"


class Repository(View):
    """The repository."""

    kind = "Repository"

    def id(self):
        return node_id("Repository", self.world.full_name)

    def database_id(self):
        return 1

    def name(self):
        return self.world.name

    def name_with_owner(self):
        return self.world.full_name

    def owner(self):
        return Account(self.context, self.world.user(self.world.owner))

    def url(self):
        return f"{self.context.html}/{self.world.full_name}"

    def is_fork(self):
        return False

    def pull_request(self, number):
        if number not in self.world.pulls:
            raise ComplaintError("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")
        if not self.context.token.may("pull_requests", "read"):
            raise ComplaintError("FORBIDDEN", "Resource not accessible by integration")
        pull = self.world.pulls[number]
        return PullRequest(self.context, pull, pull)


class Said(View):
    """What reviews and comments have in common."""

    anchor = ""

    def author(self):
        return Account(self.context, self.thing.author)

    def body(self):
        return self.thing.body

    def body_text(self):
        return self.thing.body

    def created_at(self):
        return self.thing.created

    def updated_at(self):
        return self.thing.updated

    def last_edited_at(self):
        return self.thing.updated if self.thing.updated != self.thing.created else None

    def is_minimized(self):
        return self.thing.minimized is not None

    def minimized_reason(self):
        return self.thing.minimized

    def viewer_did_author(self):
        return self.thing.author == self.context.token.user

    def viewer_can_delete(self):
        return self.context.token.may("pull_requests", "write")

    viewer_can_minimize = viewer_can_update = viewer_can_delete

    def pull_request(self):
        return PullRequest(self.context, self.pull, self.pull)

    def url(self):
        page = f"{self.context.html}/{self.world.full_name}/pull/{self.pull.number}"
        return f"{page}#{self.anchor}{self.thing.id}"


class IssueComment(Said):
    """A comment on the pull request."""

    kind = "IssueComment"
    anchor = "issuecomment-"


class Commit(View):
    """A commit, of which the name is enough."""

    kind = "Commit"

    def id(self):
        return node_id("Commit", self.thing)

    def oid(self):
        return self.thing

    def abbreviated_oid(self):
        return self.thing[:7]


class PullRequestReview(Said):
    """A review."""

    kind = "PullRequestReview"
    anchor = "pullrequestreview-"

    def state(self):
        return self.thing.state

    def submitted_at(self):
        return self.thing.submitted

    def commit(self):
        return Commit(self.context, self.thing.commit)

    def comments(self, **page):
        ours = [one for one in self.pull.review_comments if one.review is self.thing]
        return connect(ours, lambda one: PullRequestReviewComment(self.context, one, self.pull), "comments", **page)


class PullRequestReviewComment(Said):
    """A comment on lines."""

    kind = "PullRequestReviewComment"
    anchor = "discussion_r"

    def path(self):
        return (self.thing.current or self.thing.original).path

    def line(self):
        return self.thing.current and self.thing.current.line

    def start_line(self):
        return self.thing.current and self.thing.current.start_line

    def original_line(self):
        return self.thing.original.line

    def original_start_line(self):
        return self.thing.original.start_line

    def position(self):
        return self.thing.position

    def outdated(self):
        return self.thing.current is None

    def diff_hunk(self):
        return self.thing.excerpt

    def state(self):
        return "PENDING" if self.thing.review.state == "PENDING" else "SUBMITTED"

    def commit(self):
        return Commit(self.context, self.thing.shown_at)

    def original_commit(self):
        return Commit(self.context, self.thing.commit)

    def subject_type(self):
        return "FILE" if self.thing.original.line is None else "LINE"

    def pull_request_review(self):
        return PullRequestReview(self.context, self.thing.review, self.pull)

    def reply_to(self):
        to = self.thing.reply_to
        return None if to is None else PullRequestReviewComment(self.context, to, self.pull)


class PullRequestReviewThread(View):
    """A thread: where it is, its first comment says."""

    kind = "PullRequestReviewThread"

    def _first(self):
        return PullRequestReviewComment(self.context, self.thing.comments[0], self.pull)

    def path(self):
        return self._first().path()

    def line(self):
        return self._first().line()

    def start_line(self):
        return self._first().start_line()

    def original_line(self):
        return self._first().original_line()

    def original_start_line(self):
        return self._first().original_start_line()

    def subject_type(self):
        return self._first().subject_type()

    def is_outdated(self):
        return self._first().outdated()

    def diff_side(self):
        return self.thing.comments[0].original.side

    def start_diff_side(self):
        return self.thing.comments[0].original.start_side

    def is_resolved(self):
        return self.thing.resolved_by is not None

    def is_collapsed(self):
        return self.is_resolved() or self.is_outdated()

    def resolved_by(self):
        by = self.thing.resolved_by
        # The type of the field has no bots: it is null for them.
        return None if by is None or by.kind == "Bot" else Account(self.context, by)

    def viewer_can_resolve(self):
        return self.context.token.may("contents", "write") and not self.is_resolved()

    def viewer_can_reply(self):
        return self.context.token.may("pull_requests", "write")

    def pull_request(self):
        return PullRequest(self.context, self.pull, self.pull)

    def comments(self, **page):
        user = self.context.token.user
        seen = self.world.seen(self.thing, user)
        page.pop("skip", None)
        return connect(seen, lambda one: PullRequestReviewComment(self.context, one, self.pull), "comments", **page)


class PullRequest(View):
    """The pull request."""

    kind = "PullRequest"

    def id(self):
        return node_id("PullRequest", self.pull.number)

    def database_id(self):
        return 10_000 + self.pull.number

    def number(self):
        return self.pull.number

    def title(self):
        return self.pull.title

    def body(self):
        return ""

    def url(self):
        return f"{self.context.html}/{self.world.full_name}/pull/{self.pull.number}"

    def author(self):
        return Account(self.context, self.pull.author)

    def viewer_did_author(self):
        return self.pull.author == self.context.token.user

    def state(self):
        return "MERGED" if self.pull.merged else self.pull.state.upper()

    def closed(self):
        return self.pull.state == "closed"

    def merged(self):
        return self.pull.merged

    def is_draft(self):
        return self.pull.draft

    def is_cross_repository(self):
        return self.pull.head_repository != self.world.full_name

    def head_ref_name(self):
        return self.pull.head_ref

    def head_ref_oid(self):
        return self.pull.head

    def base_ref_name(self):
        return self.pull.base_ref

    def base_ref_oid(self):
        return self.world.base_sha(self.pull)

    def changed_files(self):
        return len(self.world.files(self.pull))

    def review_decision(self):
        return decision(self.pull)

    def review_threads(self, **page):
        user = self.context.token.user
        threads = [one for one in self.pull.threads if self.world.seen(one, user)]
        return connect(
            threads, lambda one: PullRequestReviewThread(self.context, one, self.pull), "reviewThreads", **page
        )

    def comments(self, order_by=None, **page):
        return connect(self.pull.comments, lambda one: IssueComment(self.context, one, self.pull), "comments", **page)

    def reviews(self, states=None, author=None, **page):
        user = self.context.token.user
        seen = [one for one in self.pull.reviews if one.state != "PENDING" or one.author == user]
        seen = [one for one in seen if states is None or one.state in states]
        seen = [one for one in seen if author is None or one.author.bare == author]
        return connect(seen, lambda one: PullRequestReview(self.context, one, self.pull), "reviews", **page)


def decision(pull):
    """What reviews say of merging: of each reviewer the last opinion counts, and a comment is none (gh-aw#27655)."""
    last = {}
    for review in pull.reviews:
        if review.state in ("APPROVED", "CHANGES_REQUESTED"):
            last[review.author] = review.state
    states = set(last.values())
    return next((one for one in ("CHANGES_REQUESTED", "APPROVED") if one in states), None)


VIEWS = {
    view.kind: view
    for view in (PullRequest, PullRequestReview, PullRequestReviewComment, PullRequestReviewThread, IssueComment)
}
