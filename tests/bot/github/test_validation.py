"""A client that does not keep to GitHub's description fails its test, and so does the fake."""

import json

import pytest
import requests
from bot.github import rest
from bot.github.forge import Forge
from bot.github.forms import Forms
from bot.github.graphql import MUTATIONS, QUERIES, schema
from bot.github.samples import ISSUE, LINES, PULL, annotation, check, comment, review
from bot.github.validation import description
from openapi_spec_validator import OpenAPIV30SpecValidator


@pytest.mark.parametrize(
    ("method", "path", "content", "words"),
    [
        ("POST", f"{PULL}/reviews", {"event": "FOO"}, "'FOO' is not one of"),
        ("POST", f"{PULL}/reviews", {"comments": [comment(line="5")]}, "'5' is not of type 'integer'"),
        ("POST", f"{PULL}/reviews", {"comments": [{"line": 5, "body": "x"}]}, "'path' is a required property"),
        ("POST", f"{PULL}/reviews", {"comments": [comment(start_lines=1)]}, "'start_lines' was unexpected"),
        ("POST", f"{PULL}/reviews", {"text": "x"}, "'text' was unexpected"),
        ("PUT", f"{PULL}/reviews/1/dismissals", {}, "'message' is a required property"),
        ("POST", f"{ISSUE}/comments", {"body": None}, "None"),
        ("GET", "/repos/octo/models/pulls/one", None, "pull_number"),
        ("POST", "/repos/octo/models/pulls/1/approve", {}, "not in the cut"),
        ("PUT", PULL, {}, "not in the cut"),
    ],
)
def test_a_wrong_request_is_a_violation(forge, pull, method, path, content, words):
    assert forge.ask(method, path, content).status_code in (404, 422)
    (violation,) = forge.violated()
    assert words in violation
    assert not pull.reviews


def test_a_wrong_check_run_is_a_violation(forge, pull):
    for wrong in (annotation(annotation_level="error"), annotation(start_line=None), {"path": "a.py"}):
        assert forge.ask("POST", "/repos/octo/models/check-runs", check(pull, [wrong])).status_code == 422
        assert "annotations" in forge.violated()[0]


def test_what_is_no_json_is_a_violation(forge, pull):
    headers = {"Authorization": "Bearer workflow"}
    answer = requests.post(f"{forge.server.address}{ISSUE}/comments", data=b"{", headers=headers, timeout=5)
    assert answer.status_code == 400
    assert "no JSON" in forge.violated()[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("query { viewer { nickname } }", "Cannot query field 'nickname'"),
        ("query { viewer { login ", "Syntax Error"),
        ("mutation { minimizeComment(input: {subjectId: 1, classifier: OLD}) { clientMutationId } }", "'OLD'"),
        ("mutation($i: ID!) { minimizeComment(input: {subjectId: $i}) { clientMutationId } }", "classifier"),
        ("query($i: ID!) { node(id: $i) { id } }", "Variable '$i'"),
        ("query { viewer { bio } }", "the fake does not know User.bio"),
    ],
)
def test_a_wrong_query_is_a_violation(forge, pull, text, words):
    assert forge.query(text)["errors"]
    assert words in "".join(forge.violated())


def test_a_wrong_answer_is_a_violation(forge, pull, monkeypatch):
    monkeypatch.setattr(Forms, "file", lambda *_: {"filename": 1})
    forge.ask("GET", f"{PULL}/files")
    (violation,) = forge.violated()
    assert "1 is not of type 'string'" in violation


def test_a_fault_of_the_fake_is_a_violation(forge, pull, monkeypatch):
    monkeypatch.setattr(Forms, "file", lambda *_: 1 / 0)
    assert forge.ask("GET", f"{PULL}/files").status_code == 500
    assert "ZeroDivisionError" in forge.violated()[0]


def test_a_violation_fails_the_test(tmp_path):
    with pytest.raises(AssertionError, match="'FOO' is not one of"), Forge(tmp_path / "forge") as forge:
        forge.open({"a.py": LINES})
        review(forge, event="FOO")


def test_every_operation_of_the_cut_is_there():
    described = {one["operationId"] for methods in description()["paths"].values() for one in methods.values()}
    assert described == {*rest.OPERATIONS, "rate-limit/get"}
    assert set(schema().mutation_type.fields) == set(MUTATIONS)
    assert set(schema().query_type.fields) == set(QUERIES)


def test_the_cut_is_a_valid_description():
    OpenAPIV30SpecValidator(description()).validate()


def test_the_cut_is_closed():
    def references(node):
        if isinstance(node, dict):
            yield from [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            node = list(node.values())
        for one in node if isinstance(node, list) else []:
            yield from references(one)

    spec = description()
    named = set(references(spec))
    assert len(named) > 60
    for one in named:
        _, _, kind, name = one.split("/")
        assert name in spec["components"][kind]


@pytest.mark.parametrize("fork", [False, True])
def test_the_payload_of_an_event_is_about_the_pull_request(forge, tmp_path, fork):
    pull = forge.open({"a.py": LINES}, author="ann", fork=fork)
    made = json.loads(pull.write_event(tmp_path / "event.json").read_text())
    assert (made["action"], made["number"]) == ("opened", 1)
    assert made["pull_request"]["head"]["sha"] == pull.head
    assert made["pull_request"]["base"]["sha"] == pull.base
    assert made["pull_request"]["head"]["repo"]["full_name"] == ("ann/models" if fork else "octo/models")
    assert made["pull_request"]["head"]["repo"]["fork"] is fork
    assert made["repository"]["full_name"] == "octo/models"
    first = pull.head
    pull.push({"b.py": LINES})
    assert (made := pull.event("synchronize"))["before"] == first
    assert made["after"] == made["pull_request"]["head"]["sha"] == pull.head
    assert "Codertocat" not in json.dumps(made["pull_request"]["_links"])
