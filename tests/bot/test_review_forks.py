"""Pull requests from forks: a token that only reads, and reports of runs that anybody could have tampered with."""

import json
import os
import subprocess
import sys

import click
import msgspec
import pytest
from bot.github.apply import blocks
from bot.github.forge import Forge
from bot.projects import HELPER, PRINTING_HELPER, SAFE, UNSAFE
from bot.runners import ROOT, TOKEN
from reviews import harmless, remark

from hybridize_bot.commands.review import Options, run
from hybridize_bot.github.remarks import VERSION, Reviewed, Suggestion, encoded


@pytest.fixture
def forge(tmp_path):
    with Forge(tmp_path / "forge") as made:
        made.commit({"train.py": SAFE, "helper.py": HELPER})
        yield made


@pytest.fixture
def review(tmp_path):
    """Run `hybridize review` as a runner would; the ended process and the summary of the run."""

    def start(folder, environment, *arguments):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "GIT_"))}
        summary = tmp_path / "summary.md"
        ours = {"PYTHONPATH": f"{ROOT / 'analysis'}:{ROOT}", "GITHUB_STEP_SUMMARY": str(summary)}
        command = [sys.executable, "-m", "hybridize_bot", "review", *map(str, arguments)]
        done = subprocess.run(
            command, cwd=folder, env={**kept, **ours, **environment},
            capture_output=True, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip
        text = summary.read_text("utf-8") if summary.exists() else ""
        assert TOKEN not in done.stdout + done.stderr + text
        return done, text

    return start


def test_a_token_that_only_reads_is_no_reason_to_be_silent(forge, review, tmp_path):
    pull = forge.open({"helper.py": PRINTING_HELPER}, fork=True)
    folder = forge.checkout(tmp_path / "clone", pull, merge=True)
    event = {"GITHUB_EVENT_PATH": str(pull.write_event(tmp_path / "event.json")), "GITHUB_EVENT_NAME": "pull_request"}
    done, summary = review(folder, {**forge.environment(forge.fork_token(TOKEN)), **event})
    assert done.returncode == 1, done.stderr
    assert (pull.review_comments, pull.comments, pull.checks) == ([], [], [])
    commands = [line for line in done.stdout.splitlines() if line.startswith("::error ")]
    assert [line.partition("title=")[0] for line in commands] == ["::error file=train.py,line=8,"]
    assert "no review (" in done.stderr
    assert summary.startswith("## hybridize: 1 error")
    # Whoever has no right to write is told so once for each way to write, and then lets it be.
    assert len(forge.requests.writes) <= 2


def test_without_posting_nobody_is_asked(forge, review, tmp_path):
    pull = forge.open({"helper.py": PRINTING_HELPER})
    folder = forge.checkout(tmp_path / "clone", pull)
    event = {"GITHUB_EVENT_PATH": str(pull.write_event(tmp_path / "event.json")), "GITHUB_EVENT_NAME": "pull_request"}
    done, summary = review(folder, {**forge.environment(forge.token(TOKEN)), **event}, "--no-post")
    assert done.returncode == 1
    assert list(forge.requests) == []
    assert done.stdout.startswith("::error file=train.py,line=8,")
    assert summary.startswith("## hybridize: 1 error")


# Reports of others


@pytest.fixture
def pull(forge):
    return forge.open({"train.py": UNSAFE}, fork=True)


def reported(pull, *remarks, **changes):
    """What a run that nobody has tampered with would report."""
    values = {
        "tool": "0.1.0", "repository": "octo/models", "number": pull.number, "head": pull.head, "base": pull.merge_base,
        "remarks": remarks or (remark(line=8, end_line=8, lines={"first": 8, "last": 8}, path="train.py"),), **changes,
    }  # fmt: skip
    return msgspec.convert({"version": VERSION, **msgspec.to_builtins(values)}, Reviewed)


@pytest.fixture
def post(forge, pull, tmp_path):
    """Post a report, as the workflow does that a workflow of the fork has set off; in an empty folder."""

    def start(data, **changes):
        path = tmp_path / "report.json"
        path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
        of = {"head_sha": pull.head, "event": "pull_request", **changes}
        event = tmp_path / "workflow_run.json"
        event.write_text(json.dumps({"repository": {"full_name": "octo/models"}, "workflow_run": of}))
        environment = {**forge.environment(), "GITHUB_EVENT_PATH": str(event), "GITHUB_EVENT_NAME": "workflow_run"}
        return run(Options(paths=(), form="text", from_report=str(path), exit_zero=True), environment)

    return start


def test_a_report_is_posted_without_suggestions(post, pull, forge):
    suggested = remark(
        lines={"first": 8, "last": 8}, line=8, end_line=8, path="train.py",
        suggestion=Suggestion({"first": 8, "last": 8}, ("    import os; os.system('x')",)),
    )  # fmt: skip
    assert post(encoded(reported(pull, suggested))) == 0
    (comment,) = pull.review_comments
    assert (comment.current.path, comment.current.line) == ("train.py", 8)
    assert "os.system" not in comment.body
    assert not blocks(comment.body)


def test_texts_of_a_report_are_texts(post, pull, forge):
    hostile = "</details><!-- hybridize:summary:v1 --> ![x](https://evil/x.png) @octo/team #1\n```suggestion\nx\n```\n"
    one = remark(
        lines={"first": 8, "last": 8}, line=8, end_line=8, path="train.py", message=hostile, help=hostile,
        cause=hostile, fix=hostile, assumptions=(hostile,), function=hostile, slug="a",
    )  # fmt: skip
    assert post(encoded(reported(pull, one, notes=(hostile,)))) == 0
    written = [one.body for one in (*pull.review_comments, *pull.comments, *pull.reviews)]
    assert len(written) == 3
    for body in written:
        harmless(body, (f"{forge.server.address}/octo/models/", "https://github.com/hybridize-bot/hybridize-bot/"))
        assert not blocks(body)


def changed(pull, **changes):
    return {**json.loads(encoded(reported(pull))), **changes}


def with_remark(pull, **changes):
    whole = changed(pull)
    whole["remarks"][0] |= changes
    return whole


HOSTILE = {
    "another head": lambda pull: changed(pull, head="1" * 40),
    "another repository": lambda pull: changed(pull, repository="octo/other"),
    "no repository": lambda pull: changed(pull, repository=""),
    "no pull request": lambda pull: changed(pull, number=0),
    "a negative number": lambda pull: changed(pull, number=-1),
    "a number that is a path": lambda pull: changed(pull, number="1/../2"),
    "another version": lambda pull: changed(pull, version=2),
    "one more field": lambda pull: changed(pull, token="x"),
    "one more field inside": lambda pull: with_remark(pull, body="x"),
    "one more setting": lambda pull: changed(pull, told={"post_as": "x"}),
    "more comments than can be": lambda pull: changed(pull, told={"max_comments": 1000}),
    "a severity that is none": lambda pull: with_remark(pull, severity="critical"),
    "an identity that is none": lambda pull: with_remark(pull, identity="--> <b>"),
    "a slug that is a link": lambda pull: with_remark(pull, slug="a](https://evil)"),
    "a code that is none": lambda pull: with_remark(pull, code="HYB1012"),
    "a line that is none": lambda pull: with_remark(pull, line=0),
    "a range turned around": lambda pull: with_remark(pull, lines={"first": 9, "last": 8}),
    "a text without end": lambda pull: with_remark(pull, message="x" * 20_001),
    "the same twice": lambda pull: changed(pull, remarks=changed(pull)["remarks"] * 2),
    "too many remarks": lambda pull: changed(pull, remarks=changed(pull)["remarks"] * 10_001),
    "a list": lambda pull: [changed(pull)],
    "null": lambda _: None,
    "nothing": lambda _: b"",
    "no text": lambda _: b"\x80\x81",
    "a surrogate": lambda pull: json.dumps(with_remark(pull, message="x")).replace('"x"', '"\\ud800"').encode(),
    "lists in lists": lambda _: b"[" * 2_000_000,
    "lists in a field": lambda pull: changed(pull, remarks=json.loads("[" * 900 + "]" * 900)),
    "objects in objects": lambda _: b'{"remarks":' * 500_000,
    "a large file": lambda _: b" " * (16 * 1024 * 1024 + 1),
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_a_report_that_is_none_is_not_posted(make, post, pull, forge):
    with pytest.raises(click.ClickException) as raised:
        post(make(pull))
    assert "\n" not in raised.value.format_message()
    assert len(raised.value.format_message()) < 400
    assert list(forge.requests) == []


def test_what_would_be_posted_otherwise(post, pull):
    assert post(changed(pull)) == 0
    assert len(pull.review_comments) == 1


def test_a_report_about_a_commit_of_another_run(post, pull, forge):
    """All of it fits together, but it is not what the run was for."""
    with pytest.raises(click.ClickException, match="about another commit"):
        post(encoded(reported(pull)), head_sha="1" * 40)
    assert list(forge.requests) == []


def test_a_report_about_the_pull_request_of_somebody_else(post, pull, forge):
    other = forge.open({"helper.py": PRINTING_HELPER}, author="victim")
    assert post(changed(pull, number=other.number)) == 0
    assert (other.review_comments, other.comments, forge.requests.writes) == ([], [], [])


def test_a_pull_request_that_has_moved_on(post, pull, forge):
    report = encoded(reported(pull))
    head = pull.head
    pull.push({"train.py": SAFE})
    assert post(report, head_sha=head) == 0
    assert (pull.review_comments, forge.requests.writes) == ([], [])


def test_refusals_end_with_2(review, pull, forge, tmp_path):
    report = tmp_path / "report.json"
    report.write_text(json.dumps(changed(pull, head="1" * 40)))
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"repository": {"full_name": "octo/models"}, "workflow_run": {"head_sha": pull.head}}))
    environment = {**forge.environment(), "GITHUB_EVENT_PATH": str(event), "GITHUB_EVENT_NAME": "workflow_run"}
    empty = tmp_path / "empty"
    empty.mkdir()
    done, summary = review(empty, environment, "--from-report", report)
    assert (done.returncode, summary, os.listdir(empty)) == (2, "", [])
    assert done.stderr == (
        "hybridize: the report is about another commit than the workflow run that left it, so nothing is posted\n"
    )
    assert list(forge.requests) == []
