"""What goes wrong, goes wrong as it was told to."""

import pytest
import requests
from bot.github.samples import ISSUE, MINIMIZE, PULL, comment, review
from bot.github.trouble import COMMON, Trouble, schedules
from github import GithubException
from github.GithubRetry import GithubRetry
from hypothesis import given, settings


def test_before_it_is_stored_and_after(forge, pull):
    forge.trouble.before("POST", "/reviews", status=502)
    forge.trouble.after("POST", "/reviews", status=500)
    assert review(forge, comment()).status_code == 502
    assert not pull.reviews
    assert review(forge, comment()).status_code == 500
    assert len(pull.reviews) == 1
    assert review(forge, comment()).status_code == 200
    assert [one.status for one in forge.requests.of("POST", "/reviews")] == [502, 500, 200]


def test_a_dropped_connection(forge, pull):
    forge.trouble.before("POST", "/reviews", drop=True)
    forge.trouble.after("POST", "/reviews", drop=True)
    for stored in (0, 1):
        with pytest.raises(requests.ConnectionError):
            review(forge, comment())
        assert len(pull.reviews) == stored
    assert [one.status for one in forge.requests] == [None, None]


def test_a_client_that_does_not_wait(forge, pull):
    forge.trouble.after("POST", "/comments", hang=30)
    issue = forge.repository(timeout=1).get_issue(1)
    with pytest.raises(requests.ReadTimeout):
        issue.create_comment("x")
    assert [one.body for one in pull.comments] == ["x"]


def test_pygithub_repeats_what_was_stored(forge, pull):
    """Why a client that writes must not repeat blindly (the survey's finding, on the fake)."""
    forge.trouble.after("POST", "/reviews", status=502)
    retry = GithubRetry(total=2, backoff_factor=0)
    seen = forge.repository(retry=retry).get_pull(1)
    seen.create_review(body="x", event="COMMENT")
    assert len(pull.reviews) == 2


def test_trouble_for_some_requests_only(forge, pull):
    plan = forge.trouble.before("*", "comments$", status=503, times=2, containing="special")
    assert forge.ask("POST", f"{ISSUE}/comments", {"body": "x"}).status_code == 201
    for status in (503, 503, 201):
        assert forge.ask("POST", f"{ISSUE}/comments", {"body": "special"}).status_code == status
    assert plan.times == 0


def test_a_secondary_limit(forge, pull):
    forge.trouble.secondary(retry_after=7)
    forge.trouble.secondary(retry_after=None, status=429)
    answer = review(forge, comment())
    assert (answer.status_code, answer.headers["retry-after"]) == (403, "7")
    with pytest.raises(GithubException, match="secondary rate limit"):
        forge.repository().get_issue(1).create_comment("x")
    assert not pull.comments


def test_the_head_moves_between_two_requests(forge, pull):
    first = pull.head
    forge.trouble.meanwhile("POST", "/reviews", lambda: pull.push({"a.py": "other\n"}))
    assert review(forge, comment(), commit_id=first).status_code == 200
    assert pull.head != first
    assert pull.review_comments[0].current is None
    forge.trouble.meanwhile("POST", "/reviews", lambda: pull.force_push({"b.py": "other\n"}))
    assert review(forge, comment(), commit_id=first).status_code == 422


def test_somebody_else_asks_between_two_requests(forge, pull):
    forge.trouble.meanwhile("POST", "/reviews", lambda: review(forge, comment(body="the other")))
    review(forge, comment())
    assert [one.body for one in pull.review_comments] == ["the other", "hm"]


def test_a_mistake_of_a_test_is_a_violation(forge, pull):
    forge.trouble.meanwhile("GET", "/pulls/1", lambda: pull.push({"missing.py": 1}))
    assert forge.ask("GET", PULL).status_code == 500
    assert "Traceback" in forge.violated()[0]


def test_mutations_that_are_carried_out_in_part(forge, pull):
    review(forge, comment(), comment(6), comment(7))
    called = "minimizeComment(input: {subjectId: %r, classifier: OUTDATED}) { clientMutationId }"
    ids = [forge.node_id(one) for one in pull.review_comments]
    text = " ".join(f"m{at}: {called % id}" for at, id in enumerate(ids)).replace("'", '"')
    forge.trouble.after("POST", "/graphql", mutations=2, status=502)
    assert forge.ask("POST", "/graphql", {"query": f"mutation {{ {text} }}"}).status_code == 502
    assert [one.minimized for one in pull.review_comments] == ["outdated", "outdated", None]


def test_a_schedule_has_its_order(forge, pull):
    forge.trouble.schedule([None, Trouble(502), Trouble(drop=True, store=True)])
    assert forge.ask("GET", PULL).status_code == 200
    assert forge.ask("GET", PULL).status_code == 502
    with pytest.raises(requests.ConnectionError):
        forge.ask("POST", f"{ISSUE}/comments", {"body": "x"})
    assert len(pull.comments) == 1
    forge.trouble.schedule([Trouble(502)])
    forge.trouble.clear()
    assert forge.ask("GET", PULL).status_code == 200


def test_chance_is_the_same_for_the_same_seed(forge, pull):
    def statuses(seed):
        forge.trouble.at_random(seed, 0.5, [Trouble(502), Trouble(500)])
        return [forge.ask("GET", PULL).status_code for _ in range(12)]

    first = statuses(1)
    assert statuses(1) == first
    assert set(first) == {200, 500, 502}


@settings(max_examples=8, deadline=None)
@given(plan=schedules(most=4))
def test_trouble_that_hypothesis_draws(tmp_path_factory, plan):
    from bot.github.forge import Forge
    from bot.github.samples import CHANGED

    with Forge(tmp_path_factory.mktemp("drawn") / "forge") as forge:
        pull = forge.open({"a.py": CHANGED})
        forge.trouble.schedule(plan)
        stored = 0
        for one in [*plan, None]:
            before = len(pull.comments)
            try:
                answer = forge.ask("POST", f"{ISSUE}/comments", {"body": "x"})
            except requests.ConnectionError:
                assert one.drop
            else:
                assert answer.status_code == (one.status if one else 201)
            assert len(pull.comments) - before == (one is None or one.store)
            stored += one is None or one.store
        assert len(pull.comments) == stored
    assert COMMON


def test_the_log_knows_what_writes(forge, pull):
    review(forge, comment())
    forge.query(MINIMIZE, id=forge.node_id(pull.review_comments[0]))
    forge.query("query { viewer { login } }")
    forge.ask("GET", PULL)
    assert [(one.method, one.path.rpartition("/")[2]) for one in forge.requests.writes] == [
        ("POST", "reviews"),
        ("POST", "graphql"),
    ]
    assert forge.requests.count("POST", "/graphql", "minimizeComment") == 1
    assert forge.requests[0].content["comments"][0]["line"] == 5
    assert forge.requests[0].operation == "pulls/create-review"


def test_a_server_error_is_an_exception_of_pygithub(forge, pull):
    forge.trouble.before("GET", "/pulls/1", status=500)
    with pytest.raises(GithubException):
        forge.repository(lazy=False).get_pull(1).title  # noqa: B018
