"""GraphQL is over the same state as REST, and has what REST has not."""

import pytest
from bot.github.samples import ISSUE, MINIMIZE, PULL, comment, review, threads

REVIEWS = """
query($states: [PullRequestReviewState!]) {
  repository(owner: "octo", name: "models") { pullRequest(number: 1) {
    headRefOid state isCrossRepository viewerDidAuthor reviewDecision
    reviews(first: 10, states: $states) { nodes { id state body viewerDidAuthor comments(first: 5) { totalCount } } }
  } }
}"""


def mutate(forge, name, shown="clientMutationId", token="workflow", **given):
    """The payload of one mutation."""
    kind = f"{name[0].upper()}{name[1:]}Input"
    answer = forge.query(f"mutation($i: {kind}!) {{ {name}(input: $i) {{ {shown} }} }}", token, i=given)
    return answer["data"][name] if "errors" not in answer else [one["type"] for one in answer["errors"]]


def test_threads_and_their_comments(forge, pull):
    review(forge, comment(), comment(30, start_line=29))
    forge.person("ann").reply(pull.review_comments[0], "why?")
    forge.person("ann").resolve(pull.review_comments[1])
    seen = threads(forge)
    assert [(one["path"], one["startLine"], one["line"], one["isResolved"]) for one in seen] == [
        ("a.py", None, 5, False),
        ("a.py", 29, 30, True),
    ]
    first = seen[0]["comments"]["nodes"]
    assert [(one["body"], one["viewerDidAuthor"]) for one in first] == [("hm", True), ("why?", False)]
    assert first[0]["id"] == forge.ask("GET", f"{PULL}/comments").json()[0]["node_id"]


def test_to_minimize_and_back(forge, pull):
    review(forge, comment(), body="x")
    made = forge.person("ann").comment(pull, "spam")
    for one in (pull.review_comments[0], pull.reviews[0], made):
        id = forge.node_id(one)
        shown = "minimizedComment { isMinimized minimizedReason viewerCanMinimize }"
        payload = mutate(forge, "minimizeComment", shown, subjectId=id, classifier="OFF_TOPIC", clientMutationId="m")
        assert payload == {
            "minimizedComment": {"isMinimized": True, "minimizedReason": "off-topic", "viewerCanMinimize": True}
        }
        mutate(forge, "unminimizeComment", subjectId=id)
        assert one.minimized is None


def test_editing_deleting_dismissing(forge, pull):
    review(forge, comment(), event="REQUEST_CHANGES", body="x")
    one, requested = pull.review_comments[0], pull.reviews[0]
    mutate(forge, "updatePullRequestReviewComment", pullRequestReviewCommentId=forge.node_id(one), body="new")
    mutate(forge, "updatePullRequestReview", pullRequestReviewId=forge.node_id(requested), body="new too")
    assert (one.body, requested.body) == ("new", "new too")
    id = forge.node_id(requested)
    assert mutate(forge, "deletePullRequestReview", pullRequestReviewId=id) == ["UNPROCESSABLE"]
    mutate(forge, "dismissPullRequestReview", pullRequestReviewId=id, message="done")
    assert requested.state == "DISMISSED"
    mutate(forge, "deletePullRequestReviewComment", id=forge.node_id(one))
    assert not pull.threads
    forge.ask("POST", f"{ISSUE}/comments", {"body": "x"})
    said = forge.node_id(pull.comments[0])
    assert (
        mutate(forge, "updateIssueComment", "issueComment { body }", id=said, body="y")["issueComment"]["body"] == "y"
    )
    assert mutate(forge, "updateIssueComment", id=said, body="y" * 65_537) == ["UNPROCESSABLE"]
    mutate(forge, "deleteIssueComment", id=said)
    assert not pull.comments
    assert mutate(forge, "updateIssueComment", id=said, body="z") == ["NOT_FOUND"]
    assert "NOT_FOUND" in mutate(forge, "updateIssueComment", id=forge.node_id(requested), body="z")


def test_reviews_are_written_by_graphql_too(forge, pull):
    id = forge.query(REVIEWS.replace("headRefOid", "id headRefOid"))["data"]["repository"]["pullRequest"]["id"]
    given = {"path": "a.py", "line": 30, "startLine": 29, "side": "RIGHT", "body": "hm"}
    shown = "pullRequestReview { id state }"
    made = mutate(forge, "addPullRequestReview", shown, pullRequestId=id, threads=[given])["pullRequestReview"]
    assert made["state"] == "PENDING"
    assert mutate(forge, "addPullRequestReview", pullRequestId=id, event="COMMENT", body="x") == ["UNPROCESSABLE"]
    mutate(forge, "submitPullRequestReview", pullRequestReviewId=made["id"], event="COMMENT")
    assert [one.state for one in pull.reviews] == ["COMMENTED"]
    thread = threads(forge)[0]
    mutate(forge, "addPullRequestReviewThreadReply", pullRequestReviewThreadId=thread["id"], body="more")
    assert [len(one.comments) for one in pull.threads] == [2]
    mutate(forge, "addComment", subjectId=id, body="x")
    assert [one.body for one in pull.comments] == ["x"]
    token = forge.token("more", contents="write")
    mutate(forge, "resolveReviewThread", token=token, threadId=thread["id"])
    assert pull.threads[0].resolved_by is not None
    mutate(forge, "unresolveReviewThread", token=token, threadId=thread["id"])
    assert pull.threads[0].resolved_by is None


def test_drafts_of_others_are_not_there(forge, pull):
    forge.person("ann").review(pull, [("a.py", 5, "draft")], state="PENDING")
    review(forge, event=None, body="mine")
    seen = forge.query(REVIEWS, states=["PENDING"])["data"]["repository"]["pullRequest"]
    assert [(one["body"], one["viewerDidAuthor"]) for one in seen["reviews"]["nodes"]] == [("mine", True)]
    assert threads(forge) == []
    id = forge.node_id(pull.review_comments[0])
    assert forge.query(MINIMIZE, id=id)["errors"][0]["type"] == "NOT_FOUND"
    assert len(threads(forge, forge.user_token("ann"))) == 1


def test_the_pull_request(forge):
    pull = forge.open({"a.py": "x\n"}, author="ann", fork=True)
    forge.person("bob").review(pull, state="CHANGES_REQUESTED", body="no")
    seen = forge.query(REVIEWS, forge.user_token("ann"))["data"]["repository"]["pullRequest"]
    assert seen.pop("reviews")["nodes"][0]["state"] == "CHANGES_REQUESTED"
    assert seen == {
        "headRefOid": pull.head,
        "state": "OPEN",
        "isCrossRepository": True,
        "viewerDidAuthor": True,
        "reviewDecision": "CHANGES_REQUESTED",
    }
    forge.person("bob").review(pull, state="APPROVED")
    assert pull.decision == "APPROVED"
    pull.merge()
    assert forge.query(REVIEWS)["data"]["repository"]["pullRequest"]["state"] == "MERGED"
    pull.close()
    forge.open({"b.py": "x\n"}).close()


def test_pages(forge, pull):
    for number in range(25):
        forge.person("ann").comment(pull, str(number))
    text = """query($n: Int, $after: String) { repository(owner: "octo", name: "models") { pullRequest(number: 1) {
      comments(first: $n, after: $after) { totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
        nodes { body } edges { cursor } } } } }"""

    def page(n, after=None):
        return forge.query(text, n=n, after=after)["data"]["repository"]["pullRequest"]["comments"]

    first = page(10)
    assert [one["body"] for one in first["nodes"]] == [str(number) for number in range(10)]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (
        25,
        True,
        False,
    )
    # What goes between two pages shifts nothing.
    forge.person("ann").delete(pull.comments[3])
    second = page(10, first["pageInfo"]["endCursor"])
    assert [one["body"] for one in second["nodes"]] == [str(number) for number in range(10, 20)]
    last = page(10, second["pageInfo"]["endCursor"])
    assert (len(last["nodes"]), last["pageInfo"]["hasNextPage"]) == (5, False)
    assert last["edges"][-1]["cursor"] == last["pageInfo"]["endCursor"]


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("", "MISSING_PAGINATION_BOUNDARIES"),
        ("(first: 101)", "EXCESSIVE_PAGINATION"),
        ('(first: 1, after: "x")', "INVALID_CURSOR_ARGUMENTS"),
    ],
)
def test_pages_that_github_refuses(forge, pull, page, kind):
    text = f"pullRequest(number: 1) {{ comments{page} {{ totalCount }} }}"
    text = f'query {{ repository(owner: "octo", name: "models") {{ {text} }} }}'
    assert forge.query(text)["errors"][0]["type"] == kind


def test_what_is_not_there(forge, pull):
    for name, number in (("other", 1), ("models", 7)):
        text = f'query {{ repository(owner: "octo", name: "{name}") {{ pullRequest(number: {number}) {{ state }} }} }}'
        assert forge.query(text)["errors"][0]["type"] == "NOT_FOUND"
    assert forge.query('query { node(id: "x") { id } }')["errors"][0]["type"] == "NOT_FOUND"
    token = forge.token("none", pull_requests="none")
    text = 'query { repository(owner: "octo", name: "models") { pullRequest(number: 1) { state } } }'
    assert forge.query(text, token)["errors"][0]["type"] == "FORBIDDEN"


def test_the_rate_and_a_node(forge, pull):
    review(forge, comment())
    seen = forge.query(
        "query($id: ID!) { rateLimit { remaining } node(id: $id) { ... on PullRequestReviewComment {"
        " body outdated path diffHunk originalLine state subjectType commit { oid } pullRequestReview { state }"
        " replyTo { id } url } } }",
        id=forge.node_id(pull.review_comments[0]),
    )["data"]
    assert seen["rateLimit"]["remaining"] == 998
    assert seen["node"].pop("url").endswith(f"/octo/models/pull/1#discussion_r{pull.review_comments[0].id}")
    assert seen["node"].pop("diffHunk").startswith("@@ -2,7 +2,7 @@")
    assert seen["node"] == {
        "body": "hm", "outdated": False, "path": "a.py", "originalLine": 5, "state": "SUBMITTED",
        "subjectType": "LINE", "commit": {"oid": pull.head}, "pullRequestReview": {"state": "COMMENTED"},
        "replyTo": None,
    }  # fmt: skip
