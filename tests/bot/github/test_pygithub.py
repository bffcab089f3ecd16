"""PyGithub does with the fake what it does with GitHub."""

import pytest

LINES = "".join(f"line {number}\n" for number in range(1, 41))
CHANGED = LINES.replace("line 5\n", "line five\n").replace("line 30\n", "line thirty\nand one more\n")


@pytest.fixture
def pull(forge):
    forge.commit({"a.py": LINES})
    return forge.open({"a.py": CHANGED})


def test_a_review_with_comments_is_there(forge, pull):
    repository = forge.repository()
    seen = repository.get_pull(1)
    assert seen.head.sha == pull.head
    assert [one.filename for one in seen.get_files()] == ["a.py"]
    comments = [{"path": "a.py", "line": 5, "side": "RIGHT", "body": "one"}]
    comments += [{"path": "a.py", "start_line": 30, "line": 31, "side": "RIGHT", "start_side": "RIGHT", "body": "two"}]
    review = seen.create_review(repository.get_commit(pull.head), "body", "COMMENT", comments)
    assert review.state == "COMMENTED"
    assert [(one.path, one.line, one.start_line) for one in seen.get_review_comments()] == [
        ("a.py", 5, None),
        ("a.py", 31, 30),
    ]
    assert [one.user.login for one in seen.get_reviews()] == ["github-actions[bot]"]
    assert len(list(seen.get_single_review_comments(review.id))) == 2
    comment = next(iter(seen.get_review_comments()))
    comment.edit("three")
    forge.client().requester.graphql_named_mutation(
        "minimizeComment", {"subjectId": comment.node_id, "classifier": "OUTDATED"}, "minimizedComment { isMinimized }"
    )
    assert [one.minimized for one in pull.review_comments] == ["outdated", None]
    comment.delete()
    assert [one.body for one in pull.review_comments] == ["two"]
    assert forge.requests.count("POST", "/reviews") == 1


def test_comments_on_the_pull_request(forge, pull):
    issue = forge.repository().get_issue(1)
    made = issue.create_comment("hello")
    made.edit("good bye")
    made.minimize()
    assert [(one.body, one.minimized) for one in pull.comments] == [("good bye", "outdated")]
    assert [one.body for one in issue.get_comments()] == ["good bye"]
    made.delete()
    assert not pull.comments


def test_a_check_run_with_annotations(forge, pull):
    repository = forge.repository()
    one = {"path": "a.py", "start_line": 5, "end_line": 5, "annotation_level": "warning", "message": "hm"}
    output = {"title": "t", "summary": "s", "annotations": [one] * 50}
    run = repository.create_check_run("hybridize", pull.head, status="completed", conclusion="failure", output=output)
    run.edit(output={"title": "t", "summary": "s", "annotations": [one] * 20})
    assert run.get_annotations().totalCount == 70
    assert [len(one.annotations) for one in pull.checks] == [70]
    assert [one.name for one in repository.get_commit(pull.head).get_check_runs()] == ["hybridize"]
