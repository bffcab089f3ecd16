"""The plan: what to write, given what was found and what is there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reviews import HEAD, LINKS, full, own, remark, reviewed, state

from hybridize_bot.github.comments import comment
from hybridize_bot.github.plan import Place, Plan, Sticky, plan
from hybridize_bot.github.remarks import Lines

ONE = remark("one")
BODY = comment(ONE, LINKS, suggestions=True)
QUIET = {"summary": "never"}
SAYS = own(ONE, body=BODY)


def planned(*remarks, there=(), refused=(), told=None, **changes):
    return plan(reviewed(*remarks, told={**QUIET, **(told or {})}), state(*there, **changes), LINKS, refused)


# One remark


def test_what_is_new_is_posted():
    got = planned(ONE)
    assert got == Plan(post=(ONE,), event="COMMENT", where={ONE.identity: "line"})
    assert got.writes


def test_what_is_there_is_kept():
    got = planned(ONE, there=[SAYS])
    assert got == Plan(where={ONE.identity: "line"})
    assert not got.writes


def test_what_is_there_in_other_words_is_edited():
    assert planned(ONE, there=[SAYS._replace(body="old")]) == Plan(edit=(("c1", BODY),), where={ONE.identity: "line"})


@pytest.mark.parametrize(
    "place", [None, Place("train.py", 12, 12), Place("train.py", 10, 11), Place("other.py", 11, 11)]
)
def test_what_is_elsewhere_or_outdated_is_retired_and_posted_anew(place):
    got = planned(ONE, there=[SAYS._replace(place=place)])
    assert (got.retire, got.post, got.edit) == (("c1",), (ONE,), ())


@pytest.mark.parametrize("how", ["answered", "resolved", "hidden"])
@pytest.mark.parametrize("place", [None, SAYS.place, Place("other.py", 1, 1)])
@pytest.mark.parametrize("body", [BODY, "old"])
def test_what_people_have_seen_to_is_left_alone(how, place, body):
    there = SAYS._replace(place=place, body=body, minimized=how == "hidden", **{how: True})
    assert planned(ONE, there=[there]) == Plan(where={ONE.identity: "thread"})


def test_what_is_gone_is_retired():
    assert planned(there=[SAYS]) == Plan(retire=("c1",))
    assert not planned(there=[SAYS._replace(minimized=True)]).writes


def test_what_is_gone_is_left_alone_where_people_have_answered():
    assert not planned(there=[SAYS._replace(answered=True)]).writes


def test_what_is_gone_and_resolved_is_retired_so_that_it_is_news_if_it_returns():
    assert planned(there=[SAYS._replace(resolved=True)]).retire == ("c1",)
    assert planned(ONE, there=[SAYS._replace(resolved=True, minimized=True)]).post == (ONE,)


def test_what_returns_is_posted_anew():
    assert planned(ONE, there=[SAYS._replace(minimized=True)]) == Plan(
        post=(ONE,), event="COMMENT", where={ONE.identity: "line"}
    )


def test_of_two_comments_on_one_remark_one_stays():
    got = planned(ONE, there=[SAYS._replace(id="a", body="old"), SAYS._replace(id="b"), SAYS._replace(id="c")])
    assert got == Plan(retire=("a", "c"), where={ONE.identity: "line"})
    got = planned(ONE, there=[SAYS._replace(id="a", place=None), SAYS._replace(id="b", body="old")])
    assert (got.retire, got.edit, got.post) == (("a",), (("b", BODY),), ())


def test_beside_a_thread_that_was_answered_no_other_comment_stays():
    got = planned(ONE, there=[SAYS, SAYS._replace(id="b", answered=True)])
    assert (got.retire, got.edit, got.post) == (("c1",), (), ())


# Which ones


def test_what_is_no_comment_is_retired_and_in_the_summary():
    gone = remark("one", lines=None)
    assert planned(gone, there=[SAYS]) == Plan(retire=("c1",), where={ONE.identity: "elsewhere"})
    minor = remark("one", severity="info")
    got = planned(minor, there=[SAYS], told={"comment_level": "warning"})
    assert got == Plan(retire=("c1",), where={ONE.identity: "level"})
    assert planned(ONE, refused={ONE.identity}).where == {ONE.identity: "refused"}


def names(got):
    return [one.message for one in got.post]


def numbered(count, **changes):
    return [remark(f"{number}{changes}", message=str(number), **changes) for number in range(count)]


def test_there_are_no_more_comments_than_asked_for():
    got = planned(*numbered(40))
    assert names(got) == [str(number) for number in range(30)]
    assert list(got.where.values()) == ["line"] * 30 + ["limit"] * 10
    assert planned(*numbered(3), told={"max_comments": 0}).post == ()


def test_the_most_severe_come_first_then_suggestions():
    infos, errors = numbered(2, severity="info"), numbered(1)
    suggests = full("s", severity="info", message="suggests")
    got = planned(*infos, suggests, *errors, told={"max_comments": 2})
    assert sorted(names(got)) == ["0", "suggests"]
    assert errors[0] in got.post
    got = planned(*infos, suggests, told={"max_comments": 1, "suggestions": False})
    assert names(got) == ["0"]


def test_of_equal_ones_those_that_are_there_stay():
    first, second = numbered(2)
    there = own(second, body=comment(second, LINKS, suggestions=True))
    got = planned(first, second, there=[there], told={"max_comments": 1})
    assert got == Plan(where={first.identity: "limit", second.identity: "line"})


def test_what_is_worse_takes_the_place_of_what_is_there():
    minor = remark("minor", severity="info")
    there = own(minor, body=comment(minor, LINKS, suggestions=True))
    got = planned(ONE, minor, there=[there], told={"max_comments": 1})
    assert (got.post, got.retire, got.where[minor.identity]) == ((ONE,), ("c1",), "limit")


def test_what_people_have_answered_takes_no_seat():
    first, second = numbered(2)
    got = planned(first, second, there=[own(first, body="x", answered=True)], told={"max_comments": 1})
    assert got.post == (second,)


# The summary


def summed(*remarks, there=(), summaries=(), told=None):
    posted = state(*there, summaries=tuple(summaries))
    return plan(reviewed(*remarks, told=told or {}), posted, LINKS)


def test_there_is_a_summary_once_there_is_something_to_tell():
    assert summed().summary is None
    assert summed(told={"summary": "always"}).summary.id == ""
    assert summed(ONE, told={"summary": "never"}).summary is None
    got = summed(ONE).summary
    assert got.id == ""
    assert "1 on their lines" in got.body


def test_the_summary_is_edited_in_place_also_when_all_is_well():
    got = summed(ONE, there=[SAYS], summaries=[Sticky("s", "old")])
    assert got.summary.id == "s"
    assert summed(summaries=[Sticky("s", "old")]).summary.body.split("\n")[1] == "### hybridize: no findings"
    assert not summed(ONE, there=[SAYS], summaries=[Sticky("s", got.summary.body)]).writes


def test_of_two_summaries_one_stays():
    got = summed(ONE, summaries=[Sticky("a", "x", minimized=True), Sticky("b", "x"), Sticky("c", "x")])
    assert (got.summary.id, got.retire) == ("b", ("c",))


def test_a_summary_that_somebody_hid_is_kept_up_to_date_and_stays_hidden():
    got = summed(ONE, summaries=[Sticky("a", "x", minimized=True, hidden=True)])
    assert (got.summary.id, got.retire) == ("a", ())


def test_a_summary_that_is_not_wanted_any_more_is_retired():
    assert summed(ONE, there=[SAYS], summaries=[Sticky("a", "x")], told=QUIET) == Plan(
        retire=("a",), where={ONE.identity: "line"}
    )


# Verdicts, drafts

ASKS = {"request_changes": True}


def test_changes_are_asked_for_once_and_only_where_that_is_wanted():
    assert planned(ONE).event == "COMMENT"
    assert planned(ONE, told=ASKS).event == "REQUEST_CHANGES"
    assert planned(ONE, there=[SAYS], told=ASKS).event == "REQUEST_CHANGES"
    assert not planned(ONE, there=[SAYS], told=ASKS, requests=("r",)).writes
    assert planned(ONE, told=ASKS, requests=("r",)).event == "COMMENT"


def test_nobody_asks_themselves_for_changes():
    assert planned(ONE, told=ASKS, own=True).event == "COMMENT"
    assert planned(ONE, there=[SAYS], told=ASKS, own=True).event is None


def test_what_was_asked_for_is_taken_back_once_the_check_passes():
    minor = remark("one", severity="info")
    got = planned(minor, told=ASKS, requests=("r", "s"))
    assert (got.event, got.dismiss) == ("COMMENT", ("r", "s"))
    assert planned(told=ASKS, requests=("r",)).dismiss == ("r",)
    assert planned(ONE, there=[SAYS], requests=("r",)).dismiss == ("r",)


def test_drafts_are_discarded_where_a_review_is_to_be_posted():
    assert planned(ONE, pending=("p",)).discard == ("p",)
    assert not planned(ONE, there=[SAYS], pending=("p",)).writes


def test_a_draft_that_somebody_may_want_keeps_comments_off_the_lines():
    assert planned(ONE, drafted=True) == Plan(where={ONE.identity: "refused"})
    assert planned(ONE, there=[SAYS], drafted=True).where == {ONE.identity: "line"}
    assert planned(ONE, drafted=True, told=ASKS).event is None


# All together

remarks = st.builds(
    remark,
    st.integers(0, 5),
    severity=st.sampled_from(["error", "warning", "info"]),
    lines=st.sampled_from([None, Lines(1, 1), Lines(2, 3)]),
    message=st.sampled_from(["a", "b"]),
)
severe_first = st.lists(remarks, max_size=6, unique_by=lambda one: one.identity)
comments = st.builds(
    lambda one, number, **changes: own(one, str(number), **changes),
    remarks,
    st.integers(0, 10**9),
    body=st.just("old"),
    minimized=st.booleans(),
    resolved=st.booleans(),
    answered=st.booleans(),
).map(lambda one: one._replace(hidden=one.minimized and one.answered))


def carried_out(posted, got):
    """The state after a plan, as GitHub would have it."""
    bodies = dict(got.edit)
    there = [
        one._replace(minimized=one.minimized or one.id in got.retire, body=bodies.get(one.id, one.body))
        for one in posted.comments
    ]
    there += [own(one, f"new{one.identity}", body=comment(one, LINKS, suggestions=True)) for one in got.post]
    sums = [one._replace(minimized=one.minimized or one.id in got.retire) for one in posted.summaries]
    if got.summary is not None:
        sums = [one._replace(body=got.summary.body) if one.id == got.summary.id else one for one in sums]
        sums += [Sticky("new", got.summary.body)] if not got.summary.id else []
    requests = (*posted.requests, *(["r"] if got.event == "REQUEST_CHANGES" else []))
    requests = tuple(one for one in requests if one not in got.dismiss)
    return posted._replace(comments=tuple(there), summaries=tuple(sums), requests=requests, pending=())


@given(
    severe_first,
    st.lists(comments, max_size=6, unique_by=lambda one: one.id),
    st.fixed_dictionaries(
        {
            "max_comments": st.integers(0, 4),
            "summary": st.sampled_from(["always", "findings", "never"]),
            "comment_level": st.sampled_from(["info", "error"]),
            "request_changes": st.booleans(),
        }
    ),
    st.sets(st.integers(0, 5)),
)
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(found, there, told, refused):
    said = reviewed(*found, told=told)
    refused = {remark(number).identity for number in refused}
    before = state(*there)
    got = plan(said, before, LINKS, refused)
    after = carried_out(before, got)
    assert not plan(said, after, LINKS, refused).writes

    live = [one for one in after.comments if not one.minimized and not one.told]
    assert len({one.identity for one in live}) == len(live)
    assert {one.identity for one in live} == {name for name, where in got.where.items() if where == "line"}
    assert len(live) <= told["max_comments"]
    assert set(got.where) == {one.identity for one in found}
    answered = {one.id: one for one in before.comments if one.answered or one.minimized}
    assert {one.id: one for one in after.comments if one.id in answered} == answered


def test_a_retry_after_half_of_a_plan_completes_it():
    """What `retire` did is there, the review is not: the comment that moved is posted, not retired again."""
    moved = remark("one", lines=Lines(20, 20))
    first = planned(moved, there=[SAYS])
    half = state(SAYS._replace(minimized=True))
    assert (first.retire, first.post) == (("c1",), (moved,))
    again = plan(reviewed(moved, told=QUIET), half, LINKS)
    assert (again.retire, again.post) == ((), (moved,))
    assert half.head == HEAD
