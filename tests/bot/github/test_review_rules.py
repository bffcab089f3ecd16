"""What GitHub says of reviews and comments, each rule once."""

import pytest
from bot.github.samples import ISSUE, PULL, comment, review


def errors(answer):
    """What is wrong; nothing else may be."""
    assert answer.status_code == 422, answer.text
    content = answer.json()
    return [one if isinstance(one, str) else one["message"] for one in content["errors"]]


@pytest.mark.parametrize(
    "asked",
    [
        comment(5),  # added
        comment(2),  # context
        comment(5, side="LEFT"),  # deleted
        comment(30, start_line=29, start_side="RIGHT"),
        {"path": "a.py", "position": 5, "body": "hm"},  # added, counted from the hunk's header
        comment(5, start_line=5, side="RIGHT", start_side="LEFT"),
    ],
)
def test_lines_of_the_diff_take_comments(forge, pull, asked):
    answer = review(forge, asked)
    assert answer.status_code == 200, answer.text
    assert pull.review_comments[0].current.line in (2, 5, 30)
    assert pull.review_comments[0].excerpt.startswith("@@ ")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (comment(1), "Line could not be resolved"),
        (comment(13), "Line could not be resolved"),
        (comment(400), "Line could not be resolved"),
        (comment(9, side="LEFT"), "Line could not be resolved"),
        (comment(path="b.py"), "Path could not be resolved"),
        (comment(21, start_line=5), "Pull request review thread start line must be part of the same hunk as the line."),
        (comment(5, start_line=5), "Pull request review thread start line must precede the end line."),
        (comment(5, start_line=6), "Pull request review thread start line must precede the end line."),
        ({"path": "a.py", "position": 900, "body": "hm"}, "Line could not be resolved"),
    ],
)
def test_one_wrong_line_loses_the_whole_review(forge, pull, asked, message):
    assert errors(review(forge, comment(5), asked, comment(6), body="all of it")) == [message]
    assert not pull.reviews
    assert not pull.review_comments


def test_the_commit_must_be_of_the_pull_request(forge, pull):
    message = "The commitOID is not part of the pull request"
    assert errors(review(forge, comment(), commit_id=forge.base)) == [message]
    assert errors(review(forge, comment(), commit_id="a" * 40)) == [message]
    first = pull.head
    pull.push({"a.py": "other\n"})
    assert review(forge, comment(), commit_id=first).status_code == 200
    assert pull.review_comments[0].current is None
    pull.force_push({"b.py": "other\n"})
    assert errors(review(forge, comment(), commit_id=first)) == [message]


def test_a_draft_stands_in_the_way_of_its_author_only(forge, pull):
    draft = review(forge, comment(), event=None)
    assert draft.json()["state"] == "PENDING"
    assert "submitted_at" not in draft.json()
    for event in (None, "COMMENT"):
        assert errors(review(forge, event=event, body="x")) == [
            "User can only have one pending review per pull request"
        ]
    single = forge.ask("POST", f"{PULL}/comments", comment(commit_id=pull.head))
    assert errors(single) == ["user_id can only have one pending review per pull request"]
    assert review(forge, body="x", token=forge.user_token("ann")).status_code == 200
    at = f"{PULL}/reviews/{draft.json()['id']}"
    assert forge.ask("DELETE", at, token="token-of-ann").status_code == 404
    assert forge.ask("DELETE", at).status_code == 200
    assert not pull.review_comments
    assert review(forge, body="x").status_code == 200


def test_others_do_not_see_a_draft(forge, pull):
    draft = review(forge, comment(), event=None).json()["id"]
    ann = forge.user_token("ann")
    assert forge.ask("GET", f"{PULL}/reviews", token=ann).json() == []
    assert len(forge.ask("GET", f"{PULL}/reviews").json()) == 1
    assert forge.ask("GET", f"{PULL}/reviews/{draft}/comments", token=ann).status_code == 404
    assert len(forge.ask("GET", f"{PULL}/reviews/{draft}/comments").json()) == 1
    assert forge.ask("GET", f"{PULL}/comments").json() == []


def test_a_draft_can_be_submitted_once(forge, pull):
    at = f"{PULL}/reviews/{review(forge, comment(), event=None).json()['id']}/events"
    assert forge.ask("POST", at, {"event": "COMMENT"}).json()["state"] == "COMMENTED"
    assert errors(forge.ask("POST", at, {"event": "COMMENT"})) == ["Review has already been submitted."]


def test_nobody_judges_what_is_theirs(forge, pull):
    token = forge.user_token("dev")
    for event, words in (("REQUEST_CHANGES", "request changes on"), ("APPROVE", "approve")):
        answer = review(forge, event=event, body="x", token=token)
        assert errors(answer) == [f"Review Can not {words} your own pull request"]
    assert review(forge, body="x", token=token).status_code == 200


def test_a_workflow_does_not_approve(forge, pull):
    assert errors(review(forge, event="APPROVE")) == ["GitHub Actions is not permitted to approve pull requests."]


def test_a_review_says_something(forge, pull):
    assert errors(review(forge)) == ["Review body can't be blank"]
    assert errors(review(forge, comment(body=" "))) == ["Body cannot be blank"]


def test_bodies_have_65536_characters_at_most(forge, pull):
    message = "Body is too long (maximum is 65536 characters)"
    fits, long = "ä" * 65_536, "ä" * 65_537
    assert errors(review(forge, body=long)) == [message]
    assert errors(review(forge, comment(body=long))) == [message]
    assert review(forge, comment(body=fits), body=fits).status_code == 200
    assert errors(forge.ask("POST", f"{ISSUE}/comments", {"body": long})) == [message]
    at = f"/repos/octo/models/pulls/comments/{pull.review_comments[0].id}"
    assert errors(forge.ask("PATCH", at, {"body": long})) == [message]


def test_changes_stay_requested_until_they_are_dismissed(forge, pull):
    first = review(forge, event="REQUEST_CHANGES", body="x").json()["id"]
    review(forge, body="fine now")
    pull.push({"a.py": "other\n"})
    assert pull.decision == "CHANGES_REQUESTED"
    at = f"{PULL}/reviews/{first}/dismissals"
    assert forge.ask("PUT", at, {"message": "done"}).json()["state"] == "DISMISSED"
    assert pull.decision is None
    assert errors(forge.ask("PUT", at, {"message": "done"})) == ["Can not dismiss a dismissed pull request review"]


def test_only_drafts_are_deleted(forge, pull):
    one = review(forge, body="x").json()["id"]
    answer = forge.ask("DELETE", f"{PULL}/reviews/{one}")
    assert errors(answer) == ["Can not delete a non-pending pull request review"]
    answer = forge.ask("PUT", f"{PULL}/reviews/{one}/dismissals", {"message": "x"})
    assert errors(answer) == ["Can not dismiss a commented pull request review"]


def test_single_comments_say_which_field_is_wrong(forge, pull):
    def post(**more):
        return forge.ask("POST", f"{PULL}/comments", comment(**{"commit_id": pull.head, **more}))

    assert post().status_code == 201
    assert post(line=1).json()["errors"][0]["field"] == "pull_request_review_thread.line"
    assert post(commit_id="a" * 40).json()["errors"][0]["field"] == "pull_request_review_thread.end_commit_oid"
    assert errors(post(subject_type="line")) == ["subject_type is not valid"]
    whole = {"path": "a.py", "body": "hm", "commit_id": pull.head, "subject_type": "file"}
    assert forge.ask("POST", f"{PULL}/comments", whole).json()["subject_type"] == "file"
    reply = forge.ask("POST", f"{PULL}/comments/{pull.review_comments[0].id}/replies", {"body": "why?"})
    assert reply.json()["in_reply_to_id"] == pull.review_comments[0].id
    assert [len(one.comments) for one in pull.threads] == [2, 1]
