"""The rules that GitHub's description does not say, each once, with where it is known from.

Threads are named as on GitHub, ``repository#number``; "description" is GitHub's OpenAPI description.
"""

from dataclasses import replace

from bot.github.state import Anchor, Review, ReviewComment, Thread

DOCUMENTATION = "https://docs.github.com/rest"


class RefusedError(Exception):
    """GitHub says no."""

    def __init__(self, status, message, errors=None, headers=None):
        super().__init__(message, errors)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = headers or {}

    @property
    def content(self):
        content = {"message": self.message, "documentation_url": DOCUMENTATION, "status": str(self.status)}
        return content if self.errors is None else {**content, "errors": self.errors}


def unprocessable(*errors):
    """How the endpoints of reviews refuse: words only (suggest-changes#64)."""
    return RefusedError(422, "Unprocessable Entity", list(errors))


def failed(resource, field, message, code="custom"):
    """How the endpoints of comments refuse (PyGithub#2501)."""
    error = {"resource": resource, "code": code, "field": field, "message": message}
    return RefusedError(422, "Validation Failed", [error])


def missing():
    return RefusedError(404, "Not Found")


# Permissions

WRITES = {
    # A pull request is an issue too, so either permission does for comments on it (documentation of "Create an issue
    # comment", quoted in hasura/comment-progress#9).
    "issues/create-comment": ("issues", "pull_requests"),
    "issues/update-comment": ("issues", "pull_requests"),
    "issues/delete-comment": ("issues", "pull_requests"),
    "pulls/create-review": ("pull_requests",),
    "pulls/submit-review": ("pull_requests",),
    "pulls/update-review": ("pull_requests",),
    "pulls/delete-pending-review": ("pull_requests",),
    "pulls/dismiss-review": ("pull_requests",),
    "pulls/create-review-comment": ("pull_requests",),
    "pulls/create-reply-for-review-comment": ("pull_requests",),
    "pulls/update-review-comment": ("pull_requests",),
    "pulls/delete-review-comment": ("pull_requests",),
    "checks/create": ("checks",),
    "checks/update": ("checks",),
    "addComment": ("issues", "pull_requests"),
    "updateIssueComment": ("issues", "pull_requests"),
    "deleteIssueComment": ("issues", "pull_requests"),
    "minimizeComment": ("issues", "pull_requests"),
    "unminimizeComment": ("issues", "pull_requests"),
    "addPullRequestReview": ("pull_requests",),
    "submitPullRequestReview": ("pull_requests",),
    "updatePullRequestReview": ("pull_requests",),
    "deletePullRequestReview": ("pull_requests",),
    "dismissPullRequestReview": ("pull_requests",),
    "addPullRequestReviewThreadReply": ("pull_requests",),
    "updatePullRequestReviewComment": ("pull_requests",),
    "deletePullRequestReviewComment": ("pull_requests",),
    # Known from gh-aw#35726: the permission for pull requests alone is not enough.
    "resolveReviewThread": ("contents",),
    "unresolveReviewThread": ("contents",),
}
READS = {
    "pulls/": ("pull_requests",),
    "issues/": ("issues", "pull_requests"),
    "checks/": ("checks",),
    "repos/get-content": ("contents",),
    "repos/compare-commits-with-basehead": ("contents",),
}


def permitted(token, operation):
    """403 for what the token may not do: that of a fork's pull request only reads (sticky-pull-request-comment#227)."""
    needed, level = WRITES.get(operation, ()), "write"
    if not needed:
        needed = next((names for prefix, names in READS.items() if operation.startswith(prefix)), ())
        level = "read"
    kind = "integration" if token.installation else "personal access token"
    if needed and not any(token.may(name, level) for name in needed):
        raise RefusedError(403, f"Resource not accessible by {kind}")
    if operation == "users/get-authenticated" and token.installation:
        # An installation is no user (description: needs a user's token).
        raise RefusedError(403, "Resource not accessible by integration")
    if operation in ("checks/create", "checks/update") and not token.installation:
        # Description of "Create a check run": only GitHub Apps may.
        raise RefusedError(403, "You must authenticate via a GitHub App.")


# Comments


def short(limits, resource, body):
    """65,536 characters at most (jest-lcov-reporter#14, octopus#511). With no ``resource``, it is part of a review."""
    if len(body) > limits.body:
        raise _of_body(resource, f"Body is too long (maximum is {limits.body} characters)")


def said(limits, resource, body):
    short(limits, resource, body)
    if not body.strip():
        raise _of_body(resource, "Body cannot be blank")


def _of_body(resource, message):
    return failed(resource, "data", message, "unprocessable") if resource else unprocessable(message)


def belongs(world, pull, sha):
    """Whether a commit is of the pull request as it is now (PyGithub#2501, run-gemini-cli#352)."""
    return sha == pull.head or sha in world.git.between(world.merge_base(pull), pull.head)


def anchored(world, pull, sha, asked):
    """Where a comment is to be, and what is wrong with that: a list of field and message.

    The messages are those of suggest-changes#28 and #64, ubuntu/WSL#244, tend#252 and oz-for-oss#310.
    """
    path = asked["path"]
    file = world.file(pull, path, sha)
    if file is None:
        return None, [("path", "Path could not be resolved")]
    if asked.get("subject_type") == "file":
        return Anchor(path, "RIGHT", None), []
    side, line = asked.get("side") or "RIGHT", asked.get("line")
    if line is None:
        found = file.at(asked["position"]) if asked.get("position") is not None else None
        if found is None:
            return None, [("line", "Line could not be resolved")]
        side, line = found
    if file.hunk(side, line) is None:
        return None, [("line", "Line could not be resolved")]
    start, start_side = asked.get("start_line"), asked.get("start_side") or side
    if start is None:
        return Anchor(path, side, line), []
    if start_side == side and start >= line:
        return None, [("start_line", "Pull request review thread start line must precede the end line.")]
    # Of the same hunk, not only in some hunk (ThrillhouseBot#259).
    if file.hunk(start_side, start) != file.hunk(side, line):
        message = "Pull request review thread start line must be part of the same hunk as the line."
        return None, [("start_line", message)]
    return Anchor(path, side, line, start_side, start), []


def comment(world, pull, review, anchor, body, reply_to=None):
    """A new comment, in a thread of its own or of what it replies to."""
    if reply_to is not None:
        same = {"commit": reply_to.commit, "base": reply_to.base, "excerpt": reply_to.excerpt}
        same |= {"original": reply_to.original, "original_position": reply_to.original_position}
    else:
        file = world.file(pull, anchor.path, review.commit)
        side = anchor if anchor.side == "RIGHT" else replace(anchor, path=file.previous)
        on = (anchor.side, anchor.line)
        same = {"commit": review.commit, "base": world.merge_base(pull, review.commit), "original": side}
        same |= {"excerpt": file.excerpt(*on) if anchor.line else "", "original_position": file.position(*on)}
    made = ReviewComment(**world.new(review.author, body), review=review, reply_to=reply_to, **same)
    made.shown_at = made.commit
    if reply_to is None:
        pull.threads.append(Thread(id=world.next_id(), comments=[made]))
    else:
        world.thread_of(reply_to).comments.append(made)
    world.locate(pull, made)
    return made


def undisturbed(world, pull, user):
    """A draft stands in the way of every other review (vscode-pull-request-github#1317, tend#1171)."""
    if world.pending(pull, user) is not None:
        raise unprocessable("User can only have one pending review per pull request")


STATES = {None: "PENDING", "COMMENT": "COMMENTED", "APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED"}


def submittable(pull, token, event, body, comments):
    """Nobody judges what is theirs (gh-aw and many bots); only a draft may be empty (description)."""
    if token.user == pull.author and event in ("REQUEST_CHANGES", "APPROVE"):
        words = "request changes on" if event == "REQUEST_CHANGES" else "approve"
        raise unprocessable(f"Review Can not {words} your own pull request")
    if event == "APPROVE" and token.installation and token.user.login == "github-actions[bot]":
        # A setting of the repository, off unless somebody turns it on.
        raise unprocessable("GitHub Actions is not permitted to approve pull requests.")
    if event in ("COMMENT", "REQUEST_CHANGES") and not body and not comments:
        raise unprocessable("Review body can't be blank")


def review(world, pull, token, asked):
    """A new review: all of it, or nothing and no word about which comment is wrong (lgtmaybe#562, pr-agent#592)."""
    event, body, sha = asked.get("event") or None, asked.get("body") or "", asked.get("commit_id") or pull.head
    comments = asked.get("comments") or []
    undisturbed(world, pull, token.user)
    submittable(pull, token, event, body, comments)
    if not belongs(world, pull, sha):
        raise unprocessable("The commitOID is not part of the pull request")
    short(world.limits, "", body)
    anchors, wrong = [], []
    for one in comments:
        said(world.limits, "", one["body"])
        anchor, complaints = anchored(world, pull, sha, one)
        anchors.append(anchor)
        wrong += [message for _, message in complaints]
    if wrong:
        raise unprocessable(" and ".join(dict.fromkeys(wrong)))
    now = world.clock.stamp() if event else None
    made = Review(**world.new(token.user, body), state=STATES[event], commit=sha, submitted=now)
    pull.reviews.append(made)
    for anchor, one in zip(anchors, comments, strict=True):
        comment(world, pull, made, anchor, one["body"])
    return made


def single_comment(world, pull, token, asked):
    """A comment without a review, which GitHub gives one of its own."""
    resource = "PullRequestReviewComment"
    said(world.limits, resource, asked["body"])
    if world.pending(pull, token.user) is not None:
        # diohub#18
        raise failed("PullRequestReview", "user_id", "user_id can only have one pending review per pull request")
    if asked.get("subject_type") == "line":
        raise failed(resource, "subject_type", "subject_type is not valid")  # PyGithub#3293
    if not belongs(world, pull, asked["commit_id"]):
        field = "pull_request_review_thread.end_commit_oid"
        raise failed(resource, field, f"{field} is not part of the pull request")  # PyGithub#2501
    anchor, complaints = anchored(world, pull, asked["commit_id"], asked)
    if complaints:
        field, message = complaints[0]
        raise failed(resource, f"pull_request_review_thread.{field}", message)
    made = _of_one(world, pull, token, asked["commit_id"])
    return comment(world, pull, made, anchor, asked["body"])


def reply(world, pull, token, to, body):
    """An answer in a thread."""
    said(world.limits, "PullRequestReviewComment", body)
    if world.pending(pull, token.user) is not None:
        raise failed("PullRequestReview", "user_id", "user_id can only have one pending review per pull request")
    first = world.thread_of(to).comments[0]
    return comment(world, pull, _of_one(world, pull, token, pull.head), None, body, reply_to=first)


def _of_one(world, pull, token, sha):
    made = Review(**world.new(token.user, ""), state="COMMENTED", commit=sha, submitted=world.clock.stamp())
    pull.reviews.append(made)
    return made


def submit(world, pull, token, found, event, body):
    if found.state != "PENDING" or found.author != token.user:
        raise unprocessable("Review has already been submitted.")  # diohub#18
    ours = [one for one in pull.review_comments if one.review is found]
    submittable(pull, token, event, body or found.body, ours)
    found.state, found.submitted = STATES[event], world.clock.stamp()
    found.body = body or found.body


def discard(world, pull, token, found):
    """Only a draft can be deleted, and only by who drafted it: nobody else sees it (description)."""
    if found.state != "PENDING":
        raise unprocessable("Can not delete a non-pending pull request review")
    if found.author != token.user:
        raise missing()
    world.remove(token.user, pull, found)


def dismiss(world, token, found, message):
    """It stays until somebody dismisses it or its author approves: no push and no comment ends it (gh-aw#27655)."""
    if found.state not in ("APPROVED", "CHANGES_REQUESTED"):
        word = {"COMMENTED": "commented", "PENDING": "pending", "DISMISSED": "dismissed"}[found.state]
        raise unprocessable(f"Can not dismiss a {word} pull request review")
    if not message.strip():
        raise unprocessable("Message can't be blank")
    world.note(token.user, "dismiss", found)
    found.state, found.dismissal = "DISMISSED", message


# Check runs


def concluded(asked):
    """What is completed has a conclusion (description, in words for new check runs)."""
    if (asked.get("status") == "completed" or "completed_at" in asked) and "conclusion" not in asked:
        raise failed("CheckRun", "conclusion", "conclusion is required where status is completed", "missing_field")


BYTES = 64 * 1024
"""Of an annotation's message and details (description)."""


def annotations(asked):
    """What the description says of annotations in words: columns, order and sizes."""
    for one in asked:
        many = one["start_line"] != one["end_line"]
        if one["end_line"] < one["start_line"]:
            raise failed("CheckAnnotation", "end_line", "end_line must not be before start_line", "invalid")
        if many and ("start_column" in one or "end_column" in one):
            raise failed(
                "CheckAnnotation", "start_column", "columns need start_line and end_line to be equal", "invalid"
            )
        long = [name for name in ("message", "raw_details") if len((one.get(name) or "").encode()) > BYTES]
        if long or len(one.get("title") or "") > 255:
            raise failed("CheckAnnotation", (long or ["title"])[0], "is too long", "invalid")
    return asked


# Diffs


def whole_diff(world, base, head):
    """The diff as text: 406 above 300 files, 20,000 lines, 1 MB (danger-js#1440, cpp-linter-action#249)."""
    limits, files = world.limits, world.git.diff(base, head)
    what = None
    if len(files) > limits.diff_files:
        what = f"files ({limits.diff_files})"
    elif sum(one.additions + one.deletions for one in files) > limits.diff_lines:
        what = f"lines ({limits.diff_lines})"
    elif len(text := world.git.patch(base, head)) > limits.diff_bytes:
        what = f"bytes ({limits.diff_bytes})"
    else:
        return text
    errors = [{"resource": "PullRequest", "field": "diff", "code": "too_large"}]
    advice = "Consider using 'List pull requests files' API or locally cloning the repository instead."
    raise RefusedError(406, f"Sorry, the diff exceeded the maximum number of {what}. {advice}", errors)


def shown_patch(limits, file):
    """The patch of a file, or None where it is too big to be shown, or binary (repository limits, GitHub's docs)."""
    big = file.additions + file.deletions > limits.patch_lines or len(file.patch) > limits.patch_bytes
    return None if big or not file.patch else file.patch
