"""Lists and their pages, commits, files, and the paths of GitHub Enterprise Server."""

import base64

import pytest
from bot.github.samples import CHANGED, ISSUE, LINES, PULL, check, comment, review

DIFF = {"Accept": "application/vnd.github.v3.diff"}


def test_lists_have_pages_of_30(forge, pull):
    for number in range(70):
        forge.person("ann").comment(pull, str(number))
    first = forge.ask("GET", f"{ISSUE}/comments")
    assert len(first.json()) == 30
    assert set(first.links) == {"next", "last"}
    assert first.links["next"]["url"].startswith(forge.server.address)
    last = forge.ask("GET", first.links["last"]["url"].removeprefix(forge.server.address))
    assert [one["body"] for one in last.json()] == [str(number) for number in range(60, 70)]
    assert set(last.links) == {"prev", "first"}
    assert len(forge.ask("GET", f"{ISSUE}/comments?per_page=100").json()) == 70
    assert not forge.ask("GET", f"{ISSUE}/comments?per_page=100").links
    assert [one.body for one in forge.repository().get_issue(1).get_comments()] == [str(number) for number in range(70)]
    assert len(forge.ask("GET", f"{ISSUE}/comments?page=9").json()) == 0


def test_a_page_has_100_at_most(forge, pull):
    for number in range(120):
        forge.person("ann").comment(pull, str(number))
    assert len(forge.ask("GET", f"{ISSUE}/comments?per_page=200").json()) == 100


def test_files_are_those_of_three_dots(forge, pull):
    forge.commit({"other.py": "x\n"})
    pull.push({"a.py": None, "bin": b"\0\1", "dir/new é.py": LINES, "c.py": "x"})
    listed = {one["filename"]: one for one in forge.ask("GET", f"{PULL}/files").json()}
    assert set(listed) == {"bin", "c.py", "dir/new é.py"}
    new = listed["dir/new é.py"]
    assert (new["status"], new["previous_filename"], new["changes"]) == ("renamed", "a.py", 0)
    assert "patch" not in new
    assert "patch" not in listed["bin"]
    assert listed["c.py"]["patch"] == "@@ -0,0 +1 @@\n+x\n\\ No newline at end of file"
    pull.force_push({"a.py": None})
    assert [(one["filename"], one["status"]) for one in forge.ask("GET", f"{PULL}/files").json()] == [
        ("a.py", "removed")
    ]


def test_a_comparison(forge, pull):
    base = pull.base
    forge.commit({"other.py": "x\n"})
    pull.push({"b.py": "x\n"})
    seen = forge.repository().compare("main", pull.head)
    assert (seen.status, seen.ahead_by, seen.behind_by, seen.merge_base_commit.sha) == ("diverged", 2, 1, base)
    assert [one.filename for one in seen.files] == ["a.py", "b.py"]
    assert [one.sha for one in seen.commits][-1] == pull.head
    at = f"/repos/octo/models/compare/{base}...{pull.head}"
    assert forge.ask("GET", at).json()["status"] == "ahead"
    assert forge.ask("GET", f"/repos/octo/models/compare/{base}...{base}").json()["status"] == "identical"
    assert forge.ask("GET", f"/repos/octo/models/compare/main...octo:{pull.state.head_ref}").json()["ahead_by"] == 2
    assert forge.ask("GET", at, **DIFF).text.startswith("diff --git a/a.py b/a.py")
    assert forge.ask("GET", f"/repos/octo/models/compare/{base}").status_code == 404


def test_the_content_of_files(forge, pull):
    forge.commit({"dir/.hybridize.yaml": "version: 1\n"})
    at = "/repos/octo/models/contents/dir/.hybridize.yaml"
    assert base64.b64decode(forge.ask("GET", at).json()["content"]) == b"version: 1\n"
    assert forge.ask("GET", at, Accept="application/vnd.github.raw+json").text == "version: 1\n"
    assert forge.ask("GET", f"{at}?ref={pull.head}").status_code == 404
    assert forge.repository().get_contents("a.py", ref=pull.head).decoded_content.decode() == CHANGED


def test_pull_requests_of_a_commit(forge, pull):
    seen = [one.number for one in forge.repository().get_commit(pull.head).get_pulls()]
    assert seen == [1]
    assert list(forge.repository().get_commit(pull.base).get_pulls()) == []
    assert forge.ask("GET", f"/repos/octo/models/commits/{'a' * 40}/pulls").status_code == 422


def test_the_repository(forge):
    seen = forge.repository(lazy=False)
    assert (seen.full_name, seen.default_branch, seen.fork) == ("octo/models", "main", False)


def test_check_runs_of_a_commit(forge, pull):
    at = f"/repos/octo/models/commits/{pull.head}/check-runs"
    assert forge.ask("GET", at).json() == {"total_count": 0, "check_runs": []}
    for name in ("one", "two", "one"):
        forge.ask("POST", "/repos/octo/models/check-runs", check(pull, name=name))
    assert [one["name"] for one in forge.ask("GET", at).json()["check_runs"]] == ["one", "two"]
    assert forge.ask("GET", f"{at}?filter=all").json()["total_count"] == 3
    named = forge.ask("GET", f"{at}?check_name=two").json()["check_runs"]
    assert [one["name"] for one in named] == ["two"]
    running = check(pull, status="in_progress")
    del running["conclusion"]
    made = forge.ask("POST", "/repos/octo/models/check-runs", running).json()
    assert (made["status"], made["conclusion"], made["completed_at"]) == ("in_progress", None, None)
    at = f"/repos/octo/models/check-runs/{made['id']}"
    assert forge.ask("PATCH", at, {"conclusion": "success"}).json()["status"] == "completed"
    assert forge.ask("GET", at).json()["conclusion"] == "success"
    pull.push({"b.py": "x\n"})
    assert pull.checks == []
    answer = forge.ask("POST", "/repos/octo/models/check-runs", {**check(pull), "head_sha": "a" * 40})
    assert answer.status_code == 422


def test_what_has_an_address_is_there(forge, pull):
    first = review(forge, comment(), body="x").json()
    one = forge.ask("GET", f"{PULL}/comments").json()[0]
    said = forge.ask("POST", f"{ISSUE}/comments", {"body": "x"}).json()
    for thing in (first | {"url": f"{forge.server.address}{PULL}/reviews/{first['id']}"}, one, said):
        at = thing["url"].removeprefix(forge.server.address)
        assert forge.ask("GET", at).json()["id"] == thing["id"]
    assert forge.ask("PUT", f"{PULL}/reviews/{first['id']}", {"body": "y"}).json()["body"] == "y"
    for at in ("/repos/octo/models/pulls/comments/1", "/repos/octo/models/issues/comments/1", f"{PULL}/reviews/1"):
        assert forge.ask("GET", at).status_code == 404
    assert forge.ask("GET", "/repos/octo/models/check-runs/1").status_code == 404


def test_the_paths_of_enterprise_server(forge, pull):
    review(forge, comment())
    client = forge.client(enterprise=True)
    seen = client.get_repo("octo/models").get_pull(1)
    one = next(iter(seen.get_review_comments()))
    assert one.url == f"{forge.server.address}/api/v3/repos/octo/models/pulls/comments/{one.id}"
    client.requester.graphql_named_mutation(
        "minimizeComment", {"subjectId": one.node_id, "classifier": "OUTDATED"}, "clientMutationId"
    )
    assert pull.review_comments[0].minimized == "outdated"
    assert forge.requests[-1].path == "/api/graphql"
    for number in range(31):
        forge.person("ann").comment(pull, str(number))
    assert client.get_repo("octo/models").get_issue(1).get_comments().totalCount == 31


@pytest.mark.parametrize("merge", [False, True])
def test_a_checkout_is_that_of_a_workflow(forge, pull, tmp_path, merge):
    forge.commit({"other.py": "x\n"})
    folder = forge.checkout(tmp_path / "clone", pull, merge=merge)
    head = forge.git("rev-parse", "HEAD", here=folder).strip()
    assert (folder / "a.py").read_text() == CHANGED
    assert (folder / "other.py").exists() is merge
    assert (head == pull.head) is not merge
    assert forge.git("merge-base", "origin/main", pull.head, here=folder).strip() == pull.merge_base
