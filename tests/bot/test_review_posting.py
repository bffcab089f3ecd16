"""Reviews on a fake GitHub that is as strict as the real one: real Git, real PyGithub, real HTTP."""

from pathlib import Path

import msgspec
import pytest
from bot.github.apply import apply
from bot.github.forge import BOT, Forge
from bot.standin import MOOD, analysis
from reviews import full, identity, reviewed

from hybridize_bot.github.client import Manner
from hybridize_bot.github.comments import SUMMARY, mark
from hybridize_bot.github.post import log, publish
from hybridize_bot.github.remarks import Lines

LINES = [f"line {number}\n" for number in range(1, 41)]


def text(**words):
    """A file of 40 lines; ``L5="BAD1"`` says what stands at the end of the fifth."""
    lines = list(LINES)
    for name, word in words.items():
        lines[int(name[1:]) - 1] = f"line {name[1:]} {word}\n"
    return "".join(lines)


def misplaced(found, identities):
    """The same with lines that nobody can comment on for some remarks."""
    nowhere = {"lines": Lines(999, 999), "suggestion": None}
    remarks = [msgspec.structs.replace(one, **nowhere) if one.identity in identities else one for one in found.remarks]
    return msgspec.structs.replace(found, remarks=tuple(remarks))


class Runs:
    """Runs of the tool on one pull request."""

    def __init__(self, forge, folder):
        self.forge = forge
        self.step = folder / "step.md"
        self.said = []

    def __call__(self, pull, token="workflow", at=None, enterprise=False, environment=None, wrong=(), **told):
        """Analyze and publish; the outcome. The lines of the words ``wrong`` are not in the diff."""
        forge = self.forge
        found = analysis(forge.git, pull.base, at or pull.head, forge.world.full_name, pull.number, **told)
        self.found = misplaced(found, [identity(f"BAD{name}") for name in wrong])
        self.step.write_text("")
        given = {**forge.environment(token, enterprise), "GITHUB_STEP_SUMMARY": str(self.step), **(environment or {})}
        manner = Manner(timeout=2, pace=0.0, sleep=forge.clock.sleep)
        self.before = len(forge.requests)
        return publish(self.found, given, token=token, say=self.said.append, manner=manner)

    @property
    def requests(self):
        """Those of the last run."""
        return self.forge.requests[self.before :]

    @property
    def writes(self):
        return [one for one in self.requests if one.writes]


@pytest.fixture
def forge(tmp_path):
    with Forge(tmp_path / "forge") as made:
        made.commit({"a.py": text(), "b.py": text()})
        yield made


@pytest.fixture
def run(forge, tmp_path):
    return Runs(forge, tmp_path)


@pytest.fixture
def pull(forge):
    """BAD1 is a warning on two lines, BAD3 an error with a suggestion, BAD5 a note."""
    return forge.open({"a.py": text(L5="BAD1", L20="BAD3", L35="BAD5")})


def live(pull, *names):
    """The first comments of threads that are not minimized, by number of the word."""
    found = {}
    for thread in pull.threads:
        first = thread.comments[0]
        for name in range(100):
            if first.body.startswith(mark(identity(f"BAD{name}"))) and first.minimized is None:
                found.setdefault(name, []).append(first)
    assert not names or sorted(found) == sorted(names), sorted(found)
    return found


def one(pull, name):
    (comment,) = live(pull)[name]
    return comment


def summaries(pull):
    return [comment for comment in pull.comments if comment.body.startswith(SUMMARY)]


# What is posted


def test_one_review_in_one_request_and_one_summary(pull, run):
    got = run(pull)
    assert (got.rung, got.posted, got.edited, got.retired) == ("review", 3, 0, 0)
    assert run.said == ["review: 3 comments posted, summary posted"]
    assert [request.path for request in run.requests] == [
        "/graphql", "/repos/octo/models/pulls/1/reviews", "/repos/octo/models/issues/1/comments",
    ]  # fmt: skip
    (review,) = pull.reviews
    assert (review.state, review.commit) == ("COMMENTED", pull.head)
    places = {name: comments[0].current for name, comments in live(pull, 1, 3, 5).items()}
    assert (places[1].start_line, places[1].line, places[1].side) == (4, 5, "RIGHT")
    assert (places[3].start_line, places[3].line) == (None, 20)
    assert "```suggestion\nline 20 good\n```" in one(pull, 3).body
    (summary,) = summaries(pull)
    assert "### hybridize: 1 error, 1 warning, 1 note\n" in summary.body
    assert "3 on their lines." in summary.body
    assert run.step.read_text().count("- **") == 3


def test_a_suggestion_that_is_applied_is_the_fix(pull, run):
    run(pull)
    assert apply(pull, one(pull, 3)) == text(L5="BAD1", L20="good", L35="BAD5")


def test_a_second_run_writes_nothing(pull, run):
    run(pull)
    got = run(pull)
    assert got.said == "review: nothing to change"
    assert len(run.requests) == 1
    assert not run.writes


def test_nothing_to_tell_is_nothing_written(forge, run):
    pull = forge.open({"a.py": text(L5="fine")})
    assert run(pull).said == "review: nothing to change"
    assert not run.writes
    assert "no findings" in run.step.read_text()


def test_pushes_move_comments_and_nothing_is_told_twice(pull, run):
    run(pull)
    pull.push({"a.py": "new\n" + text(L5="BAD1", L20="BAD3", L35="BAD5")})
    got = run(pull)
    assert (got.posted, got.edited, got.retired) == (0, 0, 0)
    assert one(pull, 3).current.line == 21
    assert "summary edited" in got.said
    assert len(summaries(pull)) == 1


def test_other_words_are_edited_in_one_request(pull, run):
    run(pull)
    pull.push({MOOD: "terrible"})
    got = run(pull)
    assert (got.posted, got.edited, got.retired) == (0, 3, 0)
    assert len(run.writes) == 2
    assert "is terrible" in one(pull, 3).body


def test_what_moved_is_retired_and_posted_anew(pull, run):
    run(pull)
    pull.push({"a.py": text(L5="BAD1", L35="BAD5"), "b.py": text(L7="BAD3")})
    got = run(pull)
    assert (got.posted, got.retired) == (1, 1)
    live(pull, 1, 3, 5)
    assert one(pull, 3).current.path == "b.py"


def test_what_is_fixed_is_minimized_as_outdated(pull, run):
    run(pull)
    pull.push({"a.py": text()})
    got = run(pull)
    assert (got.posted, got.retired) == (0, 3)
    live(pull)
    assert {thread.comments[0].minimized for thread in pull.threads} == {"outdated"}
    assert "no findings" in summaries(pull)[0].body
    pull.push({"a.py": text(L20="BAD3")})
    assert run(pull).posted == 1
    live(pull, 3)


@pytest.mark.parametrize("how", ["rebase", "amend", "force_push", "merge_in_base"])
def test_rewritten_histories_tell_nothing_twice(forge, pull, run, how):
    run(pull)
    forge.commit({"b.py": text(L1="other")})
    changed = {"a.py": text(L5="BAD1", L20="BAD3", L35="BAD5")}
    getattr(pull, how)(*([changed] if how in ("amend", "force_push") else []))
    run(pull)
    assert all(len(comments) == 1 for comments in live(pull, 1, 3, 5).values())
    run(pull)
    assert not run.writes


def test_findings_beside_the_diff_are_in_the_summary(forge, run):
    forge.commit({"far.py": text(), "log.py": "x\n"})
    pull = forge.open({"far.py": text(L1="BAD3"), "log.py": "y\n"})
    run(pull)
    assert live(pull, 3)
    got = run(pull, max_comments=0)
    assert got.retired == 1
    assert "**More than there are comments for**" in summaries(pull)[0].body
    got = run(pull, comment_level="error", summary="never")
    assert got.posted == 1


# People


def test_threads_that_people_answered_or_resolved_are_left_alone(forge, pull, run):
    run(pull)
    dev = forge.person("dev")
    dev.reply(one(pull, 1), "No: on purpose.")
    dev.resolve(one(pull, 3))
    dev.minimize(one(pull, 5), "off-topic")
    told = [thread.comments[0] for thread in pull.threads]
    before = [(comment.body, comment.minimized) for comment in told]
    pull.push({"a.py": "\n" + text(L6="BAD1", L20="BAD3", L35="BAD5"), MOOD: "worse"})
    got = run(pull)
    assert (got.posted, got.edited, got.retired) == (0, 0, 0)
    assert set(got.where.values()) == {"thread"}
    assert [(comment.body, comment.minimized) for comment in told] == before
    assert "3 in threads that were answered, resolved or hidden" in summaries(pull)[0].body


def test_other_bots_are_no_people(forge, pull, run):
    run(pull)
    forge.person("coderabbit[bot]").reply(one(pull, 3), "Nice catch.")
    pull.push({"a.py": text()})
    assert run(pull).retired == 3


def test_a_long_thread_is_read_to_its_end(forge, pull, run):
    run(pull)
    bot = forge.person("chatter[bot]")
    for number in range(130):
        bot.reply(one(pull, 3), f"{number}")
    forge.person("dev").reply(one(pull, 3), "Stop.")
    pull.push({"a.py": text()})
    assert run(pull).retired == 2
    live(pull, 3)


def test_comments_of_others_are_never_touched_whatever_they_say(forge, pull, run):
    mallory = forge.person("mallory")
    body = f"{mark(identity('BAD3'))}\nnot ours"
    mallory.comment_on(pull, "a.py", 20, body)
    forge.person("other[bot]").comment_on(pull, "a.py", 35, f"{mark(identity('BAD9'))}\nnot ours")
    mallory.comment(pull, f"{SUMMARY}\nnot ours")
    run(pull)
    pull.push({"a.py": text()})
    run(pull)
    assert forge.trespasses() == []
    assert [comment.body for comment in pull.review_comments if comment.author.login == "mallory"] == [body]
    assert [comment.minimized for comment in pull.comments] == [None, None]


def test_comments_of_other_tools_of_the_same_account_are_not_ours(forge, pull, run):
    same = forge.person(BOT)
    same.comment_on(pull, "a.py", 20, "a linter says")
    same.comment(pull, "coverage went up")
    asks = same.review(pull, body="by another workflow", state="CHANGES_REQUESTED")
    run(pull)
    pull.push({"a.py": text()})
    run(pull)
    assert [comment.minimized for comment in pull.comments] == [None, None]
    assert asks.state == "CHANGES_REQUESTED"
    assert "a linter says" in [comment.body for comment in pull.review_comments if comment.minimized is None]


def test_there_are_more_comments_than_fit_on_a_page(forge, pull, run):
    person = forge.person("dev")
    person.review(pull, [("a.py", 20, f"{number}") for number in range(120)])
    for number in range(120):
        person.comment(pull, f"{number}")
    run(pull)
    assert len(run.requests) == 4
    for number in range(120):
        person.comment_on(pull, "a.py", 20, f"{number}")
    run(pull)
    assert not run.writes
    live(pull, 1, 3, 5)


# Trouble


def troubled(got, pull, *names):
    assert got.rung == "review"
    assert all(len(comments) == 1 for comments in live(pull, *names).values())
    assert len(summaries(pull)) == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", [{"status": 502}, {"drop": True}, {"hang": 2.5}], ids=str)
@pytest.mark.parametrize("path", ["/reviews$", "/comments$"])
def test_a_write_that_fails_or_seems_to_is_not_there_twice(forge, pull, run, when, what, path):
    getattr(forge.trouble, when)("POST", path, **what)
    troubled(run(pull), pull, 1, 3, 5)
    assert len(pull.reviews) == 1
    run(pull)
    assert not run.writes


def test_half_of_the_mutations_is_made_whole(forge, pull, run):
    run(pull)
    pull.push({"a.py": text(L2="BAD7")})
    forge.trouble.after("POST", "graphql", status=502, containing="minimizeComment", mutations=1)
    troubled(run(pull), pull, 7)


def test_a_server_that_stays_ill_is_given_up_and_the_log_has_it(forge, pull, run, capsys):
    forge.trouble.before("POST", "/reviews", status=502, times=9)
    got = run(pull)
    assert got.rung == "commands"
    assert forge.requests.count("POST", "/reviews") == 3
    assert capsys.readouterr().out.startswith("::error file=a.py,line=20,title=HYB101 ")


@pytest.mark.parametrize("status", [403, 429])
def test_limits_are_waited_for(forge, pull, run, status):
    forge.trouble.secondary("POST", "/reviews", retry_after=20, status=status)
    troubled(run(pull), pull, 1, 3, 5)
    assert forge.clock.skipped == 20.0


def test_limits_that_are_too_long_are_not(forge, pull, run, capsys):
    forge.trouble.secondary("POST", "/reviews", retry_after=3_000)
    got = run(pull)
    assert got.rung == "commands"
    assert "limits requests" in got.said
    assert forge.clock.skipped == 0.0


def test_the_first_limit_of_all(forge, pull, run, capsys):
    forge.limits.primary = 0
    assert run(pull).rung == "commands"


def thirty(forge):
    return forge.open({"many.py": "".join(f"BAD{number}\n" for number in range(32))})


@pytest.mark.parametrize("names", [(7,), (3, 9, 30)])
def test_comments_that_github_refuses_do_not_take_the_others_with_them(forge, run, names):
    pull = thirty(forge)
    got = run(pull, wrong=names)
    assert got.rung == "review"
    assert len(live(pull)) == min(30, 32 - len(names))
    assert not set(live(pull)) & set(names)
    body = summaries(pull)[0].body
    assert body.partition("**Where GitHub takes no comment**")[2].count("- **") == len(names)
    assert list(got.where.values()).count("line") == len(live(pull))
    assert len(run.requests) < 40


def test_if_github_refuses_all_of_them_the_summary_has_them(forge, run):
    pull = thirty(forge)
    got = run(pull, wrong=range(32))
    assert got.rung == "review"
    assert not live(pull)
    assert summaries(pull)[0].body.count("- **") == 32
    assert len(run.requests) < 35


# Drafts, verdicts, heads


def test_a_draft_that_a_run_left_behind_is_discarded(forge, pull, run):
    forge.person(BOT).review(pull, [("a.py", 5, "half done")], state="PENDING")
    assert run(pull).posted == 3
    assert [review.state for review in pull.reviews] == ["COMMENTED"]


def test_a_draft_of_a_person_is_left_alone(forge, pull, run):
    token = forge.user_token("ann")
    forge.person("ann").review(pull, [("a.py", 5, "hm, let me think")], state="PENDING")
    got = run(pull, token)
    assert (got.rung, got.posted) == ("review", 0)
    assert "a draft of a review keeps comments off the lines" in got.said
    assert [review.state for review in pull.reviews] == ["PENDING"]
    assert summaries(pull)[0].body.count("- **") == 3


def test_a_review_that_cannot_be_dismissed_is_said_and_the_rest_is_done(forge, pull, run):
    run(pull, request_changes=True)
    pull.push({"a.py": text()})
    forge.trouble.before("POST", "graphql", status=422, containing="dismissPullRequestReview")
    got = run(pull, request_changes=True)
    assert got.rung == "review"
    assert "changes are still asked for" in got.said
    live(pull)


def test_changes_are_asked_for_until_the_check_passes(forge, pull, run):
    run(pull, request_changes=True)
    assert pull.decision == "CHANGES_REQUESTED"
    pull.push({"a.py": text(L5="BAD1", L20="BAD3", L36="BAD6")})
    run(pull, request_changes=True)
    assert [review.state for review in pull.reviews] == ["CHANGES_REQUESTED", "COMMENTED"]
    pull.push({"a.py": text(L5="BAD1")})
    run(pull, request_changes=True)
    assert pull.decision is None
    run(pull, request_changes=True)
    assert not run.writes


def test_nobody_asks_themselves_for_changes(forge, run):
    pull = forge.open({"a.py": text(L20="BAD3")}, author="ann")
    got = run(pull, forge.user_token("ann"), request_changes=True)
    assert (got.rung, got.posted) == ("review", 1)
    assert [review.state for review in pull.reviews] == ["COMMENTED"]


def test_nothing_is_said_of_commits_that_are_not_the_head(pull, run):
    old = pull.head
    pull.push({"a.py": text()})
    got = run(pull, at=old)
    assert got.rung == "none"
    assert pull.head[:7] in got.said
    assert not run.writes
    assert run.step.read_text()


def test_nothing_is_said_once_a_pull_request_is_closed(pull, run):
    pull.close()
    assert run(pull).rung == "none"
    assert not run.writes


def test_a_force_push_in_between(forge, pull, run):
    forge.trouble.meanwhile("POST", "/reviews", lambda: pull.force_push({"a.py": text(L20="BAD3")}))
    got = run(pull)
    assert got.rung == "none"
    assert not pull.reviews
    assert len(run.requests) <= 4
    assert run(pull).posted == 1


def test_a_push_in_between_leaves_comments_on_the_commit_they_are_about(forge, pull, run):
    old = pull.head
    forge.trouble.meanwhile("POST", "/reviews", lambda: pull.push({"a.py": "new\n" + text(L20="BAD3")}))
    run(pull)
    assert [review.commit for review in pull.reviews] == [old]
    assert one(pull, 3).current.line == 21
    run(pull)
    live(pull, 3)


def test_two_runs_at_once_are_set_right_by_the_next(forge, pull, run, tmp_path):
    other = Runs(forge, tmp_path.parent)
    forge.trouble.meanwhile("POST", "/reviews", lambda: other(pull))
    run(pull)
    assert len(live(pull)[3]) == 2
    run(pull)
    assert all(len(comments) == 1 for comments in live(pull, 1, 3, 5).values())
    assert len([comment for comment in summaries(pull) if comment.minimized is None]) == 1


# The ladder


def test_without_the_right_to_review_there_is_a_check_run(forge, pull, run):
    forge.token("checks", pull_requests="read", issues="read")
    got = run(pull, "checks")
    assert got.rung == "check run"
    assert "403: Resource not accessible by integration" in got.said
    assert got.said.endswith("a check run with 3 annotations instead")
    (check,) = pull.checks
    assert (check.conclusion, check.title, len(check.annotations)) == ("failure", "3 findings", 3)
    assert check.annotations[0]["annotation_level"] == "failure"
    assert not live(pull)
    run(pull, "checks")
    assert len(pull.checks) == 1


def test_a_check_run_has_any_number_of_annotations(forge, run):
    forge.token("checks", pull_requests="read", issues="read")
    pull = forge.open({"many.py": "".join(f"BAD{number}\n" for number in range(120))})
    forge.trouble.after("POST", "/check-runs", status=502)
    forge.trouble.after("PATCH", "/check-runs", status=502)
    assert run(pull, "checks").rung == "check run"
    (check,) = pull.checks
    assert len(check.annotations) == 120
    assert len({annotation["start_line"] for annotation in check.annotations}) == 120


@pytest.mark.parametrize(
    ("word", "level", "conclusion"),
    [("fine", "error", "success"), ("BAD5", "error", "neutral"), ("BAD5", "info", "failure")],
)
def test_the_conclusion_of_a_check_run(forge, run, word, level, conclusion):
    forge.token("checks", pull_requests="read", issues="read")
    pull = forge.open({"a.py": text(L5=word)})
    assert run(pull, "checks", fail_level=level, summary="always").rung == "check run"
    assert pull.checks[0].conclusion == conclusion


def test_a_token_of_a_fork_leaves_commands_in_the_log(forge, run, capsys):
    pull = forge.open({"many.py": "".join(f"BAD{number}\n" for number in range(60))}, fork=True)
    got = run(pull, forge.fork_token())
    assert got.rung == "commands"
    assert "no review" in got.said
    assert "no check run" in got.said
    lines = capsys.readouterr().out.splitlines()
    kinds = [line.split(" ")[0] for line in lines]
    assert kinds[:30] == ["::error"] * 10 + ["::warning"] * 10 + ["::notice"] * 10
    assert lines[30:] == ["and 30 more findings"]
    assert run.step.read_text().count("- **") == 60
    assert not pull.reviews
    assert not pull.checks


def test_outside_of_a_workflow_the_summary_is_left_and_then_the_exit_code(forge, pull, run):
    got = run(pull, forge.fork_token(), environment={"GITHUB_ACTIONS": ""})
    assert got.rung == "step summary"
    assert run.step.read_text().count("- **") == 3
    got = run(pull, forge.fork_token(), environment={"GITHUB_ACTIONS": "", "GITHUB_STEP_SUMMARY": ""})
    assert got.rung == "exit code"


def test_a_summary_that_cannot_be_written_is_no_failure(pull, run, tmp_path):
    got = run(pull, environment={"GITHUB_STEP_SUMMARY": str(tmp_path)})
    assert got.rung == "review"
    assert "the summary of the run cannot be written" in run.said[-1]


def test_the_summary_of_a_run_leaves_room_for_what_is_there(forge, pull, run, tmp_path):
    other = Path(tmp_path / "full.md")
    other.write_text("x" * 990_000)
    run(pull, environment={"GITHUB_STEP_SUMMARY": str(other)})
    assert 990_000 < other.stat().st_size <= 1024 * 1024


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_token_that_is_none(pull, run, token, capsys):
    assert run(pull, token).rung == "commands"


def test_a_server_that_is_not_there(pull, run, capsys):
    got = run(pull, environment={"GITHUB_API_URL": "http://127.0.0.1:9", "GITHUB_GRAPHQL_URL": ""})
    assert got.rung == "commands"
    assert "cannot be reached" in got.said


def test_a_merge_queue_has_no_pull_request(pull, run, capsys):
    run(pull)
    queue = msgspec.structs.replace(run.found, number=0)
    said = []
    got = publish(queue, {"GITHUB_ACTIONS": "true"}, token="workflow", say=said.append)
    assert got.rung == "commands"
    assert said == ["there is no pull request; annotations in the log instead"]


def test_no_permission_is_missing_where_nothing_is_to_be_written(forge, run):
    pull = forge.open({"a.py": text(L5="fine")}, fork=True)
    assert run(pull, forge.fork_token()).said == "review: nothing to change"


# Servers, sizes


def test_an_enterprise_server(pull, run):
    assert run(pull, enterprise=True).posted == 3


def test_the_token_is_nowhere_but_in_requests(forge, pull, run, capsys):
    forge.token("ghs_secret", pull_requests="read", issues="read", checks="read")
    run(pull, "ghs_secret")
    assert "ghs_secret" not in capsys.readouterr().out + run.step.read_text() + "".join(run.said)


def test_a_large_pull_request_takes_few_requests(forge, run):
    pull = forge.open({f"f{number}.py": f"BAD{number}\nBAD{number + 1000}\n" for number in range(250)})
    got = run(pull)
    assert (got.rung, got.posted) == ("review", 30)
    assert list(got.where.values()).count("limit") == 470
    assert len(run.requests) == 3
    run(pull)
    assert not run.writes


def test_a_run_that_is_to_post_nothing_tells_the_log(tmp_path, capfdbinary):
    said = []
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    outcome = log(reviewed(full()), environment, say=said.append)
    assert outcome.rung == "commands"
    assert said == ["no review, as asked for; annotations in the log instead"]
    assert b"::error " in capfdbinary.readouterr().out
    assert "hybridize: 1 error" in (tmp_path / "summary.md").read_text()
