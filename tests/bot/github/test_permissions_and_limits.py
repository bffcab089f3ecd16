"""What a token may do, how much, and how fast."""

import pytest
from bot.github.samples import ISSUE, MINIMIZE, PULL, annotation, check, comment, review, threads

FORBIDDEN = "Resource not accessible by integration"
RESOLVE = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"


def refused(answer):
    assert answer.status_code == 403, answer.text
    return answer.json()["message"]


def kinds(answer):
    return [(one["type"], one["message"]) for one in answer["errors"]]


def test_the_token_of_a_fork_only_reads(forge, pull):
    token = forge.fork_token()
    made = forge.person("ann").comment_on(pull, "a.py", 5, "hm")
    assert refused(review(forge, comment(), token=token)) == FORBIDDEN
    assert refused(forge.ask("POST", f"{ISSUE}/comments", {"body": "x"}, token)) == FORBIDDEN
    assert refused(forge.ask("POST", "/repos/octo/models/check-runs", check(pull), token)) == FORBIDDEN
    assert kinds(forge.query(MINIMIZE, token, id=forge.node_id(made))) == [("FORBIDDEN", FORBIDDEN)]
    assert forge.ask("GET", f"{PULL}/files", token=token).status_code == 200
    assert [one["path"] for one in threads(forge, token)] == ["a.py"]
    assert not pull.comments
    assert not pull.checks
    assert made.minimized is None


@pytest.mark.parametrize(
    ("name", "writes"),
    [("pull_requests", [False, True, True]), ("issues", [True, True, True]), ("checks", [True, True, False])],
)
def test_each_permission_is_for_something(forge, pull, name, writes):
    token = forge.token("less", **{name: "read"})
    answers = [
        review(forge, comment(), token=token),
        forge.ask("POST", f"{ISSUE}/comments", {"body": "x"}, token),
        forge.ask("POST", "/repos/octo/models/check-runs", check(pull), token),
    ]
    assert [one.status_code < 300 for one in answers] == writes
    forge.token("less", pull_requests="read", issues="read")
    assert refused(forge.ask("POST", f"{ISSUE}/comments", {"body": "x"}, token)) == FORBIDDEN


def test_to_resolve_a_thread_takes_the_permission_to_write_contents(forge, pull):
    review(forge, comment())
    thread = forge.node_id(pull.threads[0])
    assert kinds(forge.query(RESOLVE, id=thread)) == [("FORBIDDEN", FORBIDDEN)]
    assert forge.query(RESOLVE, forge.token("more", contents="write"), id=thread)["data"]
    assert [one["isResolved"] for one in threads(forge)] == [True]


def test_an_installation_is_no_user_for_rest_and_one_for_graphql(forge, pull):
    review(forge, comment())
    forge.person("ann").comment_on(pull, "a.py", 6, "hm")
    assert refused(forge.ask("GET", "/user")) == FORBIDDEN
    assert forge.ask("GET", "/user", token=forge.user_token("ann")).json()["login"] == "ann"
    assert forge.query("query { viewer { login } }")["data"] == {"viewer": {"login": "github-actions[bot]"}}
    first = [one["comments"]["nodes"][0] for one in threads(forge)]
    assert [(one["author"], one["viewerDidAuthor"]) for one in first] == [
        ({"__typename": "Bot", "login": "github-actions"}, True),
        ({"__typename": "User", "login": "ann"}, False),
    ]
    users = [one["user"] for one in forge.ask("GET", f"{PULL}/comments").json()]
    assert [(one["login"], one["type"]) for one in users] == [("github-actions[bot]", "Bot"), ("ann", "User")]


def test_two_bots_are_two(forge, pull):
    forge.person("codecov[bot]").comment_on(pull, "a.py", 5, "hm")
    first = threads(forge)[0]["comments"]["nodes"][0]
    assert (first["author"], first["viewerDidAuthor"]) == ({"__typename": "Bot", "login": "codecov"}, False)


def test_only_apps_make_check_runs(forge, pull):
    answer = forge.ask("POST", "/repos/octo/models/check-runs", check(pull), forge.user_token("ann"))
    assert refused(answer) == "You must authenticate via a GitHub App."


def test_without_a_token_nothing_goes(forge, pull):
    assert forge.ask("GET", PULL, token="wrong").json()["message"] == "Bad credentials"
    assert forge.query("query { viewer { login } }", "wrong")["message"] == "Bad credentials"


def test_another_repository_is_not_there(forge, pull):
    assert forge.ask("GET", "/repos/octo/other/pulls/1").status_code == 404
    assert forge.ask("GET", "/repos/octo/models/pulls/2").status_code == 404
    assert forge.ask("GET", "/repos/Octo/Models/pulls/1").status_code == 200


def test_what_belongs_to_others_is_noted(forge, pull):
    made = forge.person("ann").comment(pull, "hm")
    forge.ask("PATCH", f"/repos/octo/models/issues/comments/{made.id}", {"body": "x"})
    assert [(deed, one.author.login) for deed, one in forge.trespasses()] == [("edit", "ann")]
    forge.ask("DELETE", f"/repos/octo/models/issues/comments/{made.id}")
    assert len(forge.trespasses()) == 2
    assert not forge.trespasses("ann")


# Limits


def test_a_check_run_takes_50_annotations_at_a_time(forge, pull):
    at = "/repos/octo/models/check-runs"
    first = forge.ask("POST", at, check(pull, [annotation()] * 50)).json()
    assert first["output"]["annotations_count"] == 50
    assert first["status"] == "completed"
    more = {"output": check(pull, [annotation(title="t", raw_details="r")] * 7)["output"]}
    assert forge.ask("PATCH", f"{at}/{first['id']}", more).json()["output"]["annotations_count"] == 57
    assert not forge.violated()
    assert forge.ask("POST", at, check(pull, [annotation()] * 51)).status_code == 422
    assert "annotations" in forge.violated()[0]


def test_the_summary_of_a_check_run_has_65535_characters_at_most(forge, pull):
    content = check(pull)
    content["output"]["summary"] = "x" * 65_536
    assert forge.ask("POST", "/repos/octo/models/check-runs", content).status_code == 422
    assert "summary" in forge.violated()[0]


@pytest.mark.parametrize(
    "wrong",
    [
        annotation(message="ä" * 40_000),
        annotation(raw_details="x" * 65_537),
        annotation(title="x" * 256),
        annotation(end_line=4),
        annotation(end_line=6, start_column=1),
    ],
)
def test_annotations_have_limits_of_their_own(forge, pull, wrong):
    assert forge.ask("POST", "/repos/octo/models/check-runs", check(pull, [annotation(), wrong])).status_code == 422
    assert not pull.checks


def test_the_primary_limit(forge, pull):
    forge.limits.primary = 2
    answers = [forge.ask("GET", PULL) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 403]
    assert [one.headers["x-ratelimit-remaining"] for one in answers] == ["1", "0", "0"]
    assert float(answers[2].headers["x-ratelimit-reset"]) > forge.clock.now() + 3000
    assert kinds(forge.query("query { viewer { login } }"))[0][0] == "RATE_LIMITED"
    assert forge.ask("GET", "/rate_limit").json()["rate"]["remaining"] == 0
    forge.clock.sleep(3601)
    assert forge.ask("GET", PULL).status_code == 200


def test_the_limit_of_new_content(forge, pull):
    forge.limits.content_per_minute, forge.limits.content_per_hour = 2, 3
    assert review(forge, comment()).status_code == 200
    assert "data" in forge.query(MINIMIZE, id=forge.node_id(pull.review_comments[0]))
    answer = review(forge, comment())
    assert "secondary rate limit" in refused(answer)
    assert 0 < int(answer.headers["retry-after"]) <= 61
    assert forge.ask("GET", PULL).status_code == 200
    forge.clock.sleep(int(answer.headers["retry-after"]))
    assert review(forge, comment()).status_code == 200
    assert int(review(forge, comment()).headers["retry-after"]) > 3000


def test_a_diff_that_is_too_big(forge):
    forge.commit({"a.py": "x\n"})
    pull = forge.open({f"{number}.py": "y\n" for number in range(4)})
    diff = {"Accept": "application/vnd.github.v3.diff"}
    assert forge.ask("GET", PULL, **diff).text.startswith("diff --git")
    forge.limits.diff_files = 3
    answer = forge.ask("GET", PULL, **diff)
    assert answer.status_code == 406
    assert answer.json()["errors"] == [{"resource": "PullRequest", "field": "diff", "code": "too_large"}]
    forge.limits.diff_files, forge.limits.diff_lines = 300, 3
    assert "lines" in forge.ask("GET", PULL, **diff).json()["message"]
    forge.limits.files = 2
    assert len(forge.ask("GET", f"{PULL}/files").json()) == 2
    forge.limits.patch_lines = 0
    assert [one.get("patch") for one in forge.ask("GET", f"{PULL}/files").json()] == [None, None]
    assert len(pull.files) == 4


def test_a_real_diff_of_301_files_is_too_big(forge):
    forge.open({f"{number}.py": "y\n" for number in range(301)})
    assert forge.ask("GET", PULL, Accept="application/vnd.github.diff").status_code == 406
    listed = forge.ask("GET", f"{PULL}/files?per_page=100&page=4")
    assert len(listed.json()) == 1
    assert listed.json()[0]["patch"] == "@@ -0,0 +1 @@\n+y"
