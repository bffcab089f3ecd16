"""The endpoints of REST. Names are those of GitHub's description."""

import base64
import urllib.parse

from bot.github import rules
from bot.github.call import OPERATIONS, Answer, operation
from bot.github.state import CheckRun, IssueComment

__all__ = ["OPERATIONS"]

# Pull requests


@operation("pulls/get")
def get_pull(call):
    pull = call.pull()
    if "diff" in call.accept or "patch" in call.accept:
        text = rules.whole_diff(call.world, call.world.merge_base(pull), pull.head)
        return Answer(200, text, type="application/vnd.github.diff; charset=utf-8")
    return Answer(200, call.forms.pull(pull))


@operation("pulls/list-files")
def list_files(call):
    pull = call.pull()
    # 3,000 files at most (description).
    return call.page(call.world.files(pull), lambda one: call.forms.file(one, pull.head), limit=call.world.limits.files)


@operation("repos/list-pull-requests-associated-with-commit")
def list_pulls_of_commit(call):
    sha = call.commit(call.parameters["commit_sha"])
    world = call.world
    pulls = [one for one in world.pulls.values() if rules.belongs(world, one, sha)]
    return call.page(pulls, lambda one: call.forms.pull(one, brief=True))


# Reviews


@operation("pulls/list-reviews")
def list_reviews(call):
    pull = call.pull()
    seen = [one for one in pull.reviews if one.state != "PENDING" or one.author == call.user]
    return call.page(seen, lambda one: call.forms.review(one, pull))


@operation("pulls/create-review")
def create_review(call):
    pull = call.pull()
    return Answer(200, call.forms.review(rules.review(call.world, pull, call.token, call.body), pull))


@operation("pulls/get-review")
def get_review(call):
    return Answer(200, call.forms.review(*call.find("PullRequestReview", "review_id")))


@operation("pulls/update-review")
def update_review(call):
    review, pull = call.find("PullRequestReview", "review_id")
    rules.short(call.world.limits, "", call.body["body"])
    call.world.edit(call.user, review, call.body["body"])
    return Answer(200, call.forms.review(review, pull))


@operation("pulls/submit-review")
def submit_review(call):
    review, pull = call.find("PullRequestReview", "review_id")
    rules.submit(call.world, pull, call.token, review, call.body["event"], call.body.get("body") or "")
    return Answer(200, call.forms.review(review, pull))


@operation("pulls/delete-pending-review")
def delete_review(call):
    review, pull = call.find("PullRequestReview", "review_id")
    rules.discard(call.world, pull, call.token, review)
    return Answer(200, call.forms.review(review, pull))


@operation("pulls/dismiss-review")
def dismiss_review(call):
    review, pull = call.find("PullRequestReview", "review_id")
    rules.dismiss(call.world, call.token, review, call.body["message"])
    return Answer(200, call.forms.review(review, pull))


@operation("pulls/list-comments-for-review")
def list_comments_of_review(call):
    review, pull = call.find("PullRequestReview", "review_id")
    ours = [one for one in pull.review_comments if one.review is review]
    return call.page(ours, lambda one: call.forms.old_comment(one, pull))


# Comments on lines


@operation("pulls/list-review-comments")
def list_review_comments(call):
    pull = call.pull()
    # Drafts are not listed, not even to who drafted them.
    shown = [one for one in pull.review_comments if one.review.state != "PENDING"]
    return call.page(shown, lambda one: call.forms.comment(one, pull))


@operation("pulls/create-review-comment")
def create_review_comment(call):
    pull = call.pull()
    if call.body.get("in_reply_to") is not None:
        found = call.world.find("PullRequestReviewComment", call.body["in_reply_to"])
        if found is None:
            raise rules.missing()
        made = rules.reply(call.world, pull, call.token, found[0], call.body["body"])
    else:
        made = rules.single_comment(call.world, pull, call.token, call.body)
    return Answer(201, call.forms.comment(made, pull))


@operation("pulls/create-reply-for-review-comment")
def create_reply(call):
    to, pull = call.find("PullRequestReviewComment", "comment_id")
    return Answer(201, call.forms.comment(rules.reply(call.world, pull, call.token, to, call.body["body"]), pull))


@operation("pulls/get-review-comment")
def get_review_comment(call):
    return Answer(200, call.forms.comment(*call.find("PullRequestReviewComment", "comment_id")))


@operation("pulls/update-review-comment")
def update_review_comment(call):
    comment, pull = call.find("PullRequestReviewComment", "comment_id")
    rules.said(call.world.limits, "PullRequestReviewComment", call.body["body"])
    call.world.edit(call.user, comment, call.body["body"])
    return Answer(200, call.forms.comment(comment, pull))


@operation("pulls/delete-review-comment")
def delete_review_comment(call):
    comment, pull = call.find("PullRequestReviewComment", "comment_id")
    call.world.remove(call.user, pull, comment)
    return Answer(204)


# Comments on the pull request


@operation("issues/list-comments")
def list_comments(call):
    pull = call.pull()
    return call.page(pull.comments, lambda one: call.forms.issue_comment(one, pull))


@operation("issues/create-comment")
def create_comment(call):
    pull = call.pull()
    rules.said(call.world.limits, "IssueComment", call.body["body"])
    pull.comments.append(IssueComment(**call.world.new(call.user, call.body["body"])))
    return Answer(201, call.forms.issue_comment(pull.comments[-1], pull))


@operation("issues/get-comment")
def get_comment(call):
    return Answer(200, call.forms.issue_comment(*call.find("IssueComment", "comment_id")))


@operation("issues/update-comment")
def update_comment(call):
    comment, pull = call.find("IssueComment", "comment_id")
    rules.said(call.world.limits, "IssueComment", call.body["body"])
    call.world.edit(call.user, comment, call.body["body"])
    return Answer(200, call.forms.issue_comment(comment, pull))


@operation("issues/delete-comment")
def delete_comment(call):
    comment, pull = call.find("IssueComment", "comment_id")
    call.world.remove(call.user, pull, comment)
    return Answer(204)


# Check runs


def _complete(call, run):
    """Take over what a request says of a check run. A conclusion completes it (description)."""
    asked, output = call.body, call.body.get("output") or {}
    rules.concluded(asked)
    run.annotations += rules.annotations(output.get("annotations") or [])
    for name in ("name", "status", "conclusion", "external_id", "details_url"):
        if name in asked:
            setattr(run, name, asked[name])
    for name in ("title", "summary", "text"):
        if name in output:
            setattr(run, name, output[name])
    if "conclusion" in asked:
        run.status = "completed"
        run.completed = asked.get("completed_at") or call.world.clock.stamp()
    return call.forms.check(run)


@operation("checks/create")
def create_check(call):
    head = call.commit(call.body["head_sha"], "head_sha")
    run = CheckRun(
        id=call.world.next_id(),
        app=call.user.bare,
        name=call.body["name"],
        head=head,
        status="queued",
        conclusion=None,
        external_id="",
        details_url=None,
        started=call.body.get("started_at") or call.world.clock.stamp(),
        completed=None,
    )
    content = _complete(call, run)
    call.world.checks[run.id] = run
    return Answer(201, content)


def _run(call):
    run = call.world.checks.get(int(call.parameters["check_run_id"]))
    if run is None:
        raise rules.missing()
    return run


@operation("checks/get")
def get_check(call):
    return Answer(200, call.forms.check(_run(call)))


@operation("checks/update")
def update_check(call):
    return Answer(200, _complete(call, _run(call)))


@operation("checks/list-annotations")
def list_annotations(call):
    run = _run(call)
    return call.page(run.annotations, lambda one: call.forms.annotation(run, one))


@operation("checks/list-for-ref")
def list_checks(call):
    sha = call.commit(call.parameters["ref"], "ref")
    runs = [one for one in call.world.checks.values() if one.head == sha]
    for name in ("status", "check_name"):
        if name in call.query:
            runs = [one for one in runs if getattr(one, name.removeprefix("check_")) == call.query[name]]
    if call.query.get("filter", "latest") == "latest":
        # The latest of each name (description).
        latest = {(one.app, one.name): one for one in runs}
        runs = list(latest.values())
    return call.page(sorted(runs, key=lambda one: -one.id), call.forms.check, "check_runs")


# The repository


@operation("repos/get")
def get_repository(call):
    return Answer(200, call.forms.full_repository())


@operation("repos/get-content")
def get_content(call):
    world, path = call.world, urllib.parse.unquote(call.parameters["path"]).strip("/")
    sha = call.commit(call.query.get("ref", "main"), "ref")
    text = world.git.show(sha, path)
    if text is None:
        raise rules.missing()
    if "raw" in call.accept:
        return Answer(200, text, type="application/vnd.github.raw+json; charset=utf-8")
    blob = world.git("rev-parse", f"{sha}:{path}").strip()
    here, html = call.forms.at(f"/contents/{path}?ref={sha}"), f"{call.forms.html}/{world.full_name}/blob/{sha}/{path}"
    git = call.forms.at(f"/git/blobs/{blob}")
    # Above 1 MB the content is not there (documentation of the endpoint).
    big = len(text.encode()) > 1_000_000
    content = "" if big else base64.encodebytes(text.encode()).decode()
    made = {"type": "file", "size": len(text.encode()), "name": path.rpartition("/")[2], "path": path, "sha": blob}
    made |= {"encoding": "none" if big else "base64", "content": content, "url": here, "git_url": git, "html_url": html}
    return Answer(200, made | {"download_url": None, "_links": {"self": here, "git": git, "html": html}})


@operation("repos/compare-commits-with-basehead")
def compare(call):
    world, forms = call.world, call.forms
    names = urllib.parse.unquote(call.parameters["basehead"]).split("...")
    if len(names) != 2:
        raise rules.missing()
    # `owner:branch` names a branch of a fork; its commits are here too.
    base, head = (call.commit(name.rpartition(":")[2], "basehead") for name in names)
    middle = world.git.merge_base(base, head)
    if not middle:
        raise rules.missing()
    ahead, behind = world.git.between(base, head), world.git.between(head, base)
    if "diff" in call.accept:
        text = rules.whole_diff(world, middle, head)
        return Answer(200, text, type="application/vnd.github.diff; charset=utf-8")
    status = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
    page = call.page(ahead, forms.commit)
    here = f"{forms.html}/{world.full_name}/compare/{base}...{head}"
    made = {
        "url": forms.at(f"/compare/{base}...{head}"), "html_url": here, "permalink_url": here,
        "diff_url": f"{here}.diff", "patch_url": f"{here}.patch", "base_commit": forms.commit(base),
        "merge_base_commit": forms.commit(middle), "ahead_by": len(ahead), "behind_by": len(behind),
        "status": status.get((bool(ahead), bool(behind)), "diverged"), "total_commits": len(ahead),
        "commits": page.content,
    }  # fmt: skip
    if int(call.query.get("page", 1)) == 1:
        # 300 files at most, all on the first page (documentation of the endpoint).
        made["files"] = [forms.file(one, head) for one in world.git.diff(middle, head)[:300]]
    return Answer(200, made, page.headers)


# Accounts


@operation("users/get-authenticated")
def get_user(call):
    made = call.forms.user(call.user)
    nothing = dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio"))
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    dates = {"created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z"}
    return Answer(200, {**made, **nothing, **counts, **dates, "blog": "", "user_view_type": "public"})
