"""What is read of GitHub's events, and what is not taken for one."""

import json

import pytest

from hybridize_bot.github import event
from hybridize_bot.github.event import MERGE_GROUP, PULL_REQUEST, EventError, Subject, run_of, subject

HEAD, BASE = "a" * 40, "b" * 40
OWN = {"full_name": "Team/model.py", "private": True}
PULL = {
    "number": 7,
    "state": "open",
    "title": "::error::",
    "head": {"sha": HEAD, "ref": "$(id)", "repo": OWN},
    "base": {"sha": BASE, "repo": OWN},
}


@pytest.fixture
def payload(tmp_path):
    def write(content):
        path = tmp_path / "event.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return str(path)

    return write


def pull(**changes):
    return {"action": "opened", "repository": OWN, "pull_request": {**PULL, **changes}, "sender": {"login": "x"}}


@pytest.mark.parametrize("name", PULL_REQUEST)
def test_a_pull_request(payload, name):
    assert subject(name, payload(pull())) == Subject("Team/model.py", 7, HEAD, BASE)


@pytest.mark.parametrize("repo", [{"full_name": "guest/model.py"}, {"full_name": "Team/model.pyc"}, None])
def test_what_comes_from_elsewhere_is_not_trusted(payload, repo):
    found = subject("pull_request", payload(pull(head={"sha": HEAD, "repo": repo})))
    assert found == Subject("Team/model.py", 7, HEAD, BASE, trusted=False)


def test_names_of_repositories_have_no_case(payload):
    content = pull(head={"sha": HEAD, "repo": {"full_name": "team/MODEL.py"}})
    assert subject("pull_request", payload(content)).trusted


def test_without_a_repository_nobody_is_trusted(payload):
    content = pull()
    del content["repository"]
    assert subject("pull_request", payload(content)) == Subject("", 7, HEAD, BASE, trusted=False)


def test_a_closed_pull_request(payload):
    assert not subject("pull_request", payload(pull(state="closed"))).open


def test_a_hash_may_be_longer(payload):
    content = pull(head={"sha": "c" * 64, "repo": OWN})
    assert subject("pull_request", payload(content)).head == "c" * 64


def test_a_merge_queue(payload):
    content = {"repository": OWN, "merge_group": {"head_sha": HEAD, "base_sha": BASE, "head_ref": "refs/heads/q"}}
    assert subject(MERGE_GROUP, payload(content)) == Subject("Team/model.py", 0, HEAD, BASE)


@pytest.mark.parametrize("name", ["push", "schedule", "workflow_dispatch", "workflow_run", "merge_group", ""])
def test_events_that_compare_nothing(payload, name):
    with pytest.raises(EventError, match="has no pull request to review"):
        subject(name, payload(pull()))


def test_a_payload_of_another_event(payload):
    with pytest.raises(EventError, match="has no pull request to review"):
        subject("pull_request", payload({"repository": OWN, "merge_group": {"head_sha": HEAD, "base_sha": BASE}}))


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 0},
        {"number": -1},
        {"number": "7"},
        {"number": 7.5},
        {"number": None},
        {"state": 1},
        {"head": None},
        {"head": {"sha": "--upload-pack=x", "repo": OWN}},
        {"head": {"sha": HEAD[1:], "repo": OWN}},
        {"head": {"sha": HEAD + "\n", "repo": OWN}},
        {"head": {"sha": HEAD.upper(), "repo": OWN}},
        {"head": {"sha": HEAD, "repo": {"full_name": "../../etc"}}},
        {"head": {"sha": HEAD, "repo": {"full_name": "team/model\n::error::x"}}},
        {"head": {"sha": HEAD, "repo": {"full_name": "team/model?x=y"}}},
        {"base": {"sha": "main"}},
        {"base": [BASE]},
    ],
    ids=str,
)
def test_values_that_are_none_of_github(payload, changes):
    with pytest.raises(EventError, match="the event cannot be read: ") as raised:
        subject("pull_request", payload(pull(**changes)))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"[]", b"{", b"\xff\xfe", b'{"pull_request": 1}', b'{"a":' * 100_000, b"[" * 1_000_000],
    ids=lambda data: repr(data[:20]),
)
def test_files_that_are_no_payload(payload, data):
    with pytest.raises(EventError) as raised:
        subject("pull_request", payload(data))
    assert len(str(raised.value)) < 300


def test_a_payload_that_is_too_large(payload, monkeypatch):
    monkeypatch.setattr(event, "MOST_BYTES", 2 * 1024 * 1024)
    with pytest.raises(EventError, match="more than 2 MiB"):
        subject("pull_request", payload(b" " * (2 * 1024 * 1024 + 1)))


@pytest.mark.parametrize("path", ["", "nowhere", "a\0b", "."])
def test_a_file_that_is_not_there(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EventError, match="cannot be read"):
        subject("pull_request", path)


def test_the_end_of_another_run(payload):
    content = {"repository": OWN, "workflow_run": {"head_sha": HEAD, "event": "pull_request", "id": 5}}
    assert run_of(payload(content)) == ("Team/model.py", HEAD)


@pytest.mark.parametrize("missing", ["repository", "workflow_run"])
def test_not_the_end_of_a_run(payload, missing):
    content = {"repository": OWN, "workflow_run": {"head_sha": HEAD}}
    del content[missing]
    with pytest.raises(EventError, match="not about the end of a workflow run"):
        run_of(payload(content))
