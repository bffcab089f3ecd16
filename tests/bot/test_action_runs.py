"""`action.yml` and the example workflows, run for real by act; what they post goes to a GitHub of ours."""

import base64
import re
import shutil
import sys

import pytest
from bot.github import apply
from bot.github.forge import Forge
from bot.projects import HELPER, PRINTING_HELPER, SAFE, UNSAFE
from bot.runners import ROOT, TOKEN, Runner, outputs

pytestmark = pytest.mark.slow

DISTANCE = """\
import tensorflow as tf


def distance(a, b):
    d = a - b
    s = tf.square(d)
    r = tf.sqrt(tf.reduce_mean(s)) + tf.reduce_max(s) - tf.reduce_min(s) * tf.norm(d)
    for _ in range(5):
        r = r + tf.exp(-r) + tf.tanh(r) / tf.cosh(r)
    return r


print(distance(tf.ones([3]), tf.ones([3])))
"""


@pytest.fixture
def runner(release, tmp_path):
    return Runner(release, tmp_path / "runner")


# What there is, after a push


@pytest.fixture
def push(runner):
    def run(project, **inputs):
        project.run("git", "add", "--all")
        project.run("git", "commit", "--quiet", "-m", "Project")
        return runner.run("push", {}, project.folder, project.run("git", "rev-parse", "HEAD"), **inputs)

    return run


def test_an_unsafe_decorator_fails_the_job(push, project):
    # The checkout is data: modules in it that are named like Python's or ours must not run.
    hostile = dict.fromkeys(["re", "click", "hybridize", "sitecustomize", "pip"], "raise SystemExit(99)\n")
    run = push(project(train=UNSAFE, **hostile))
    assert run.returncode == 1, run.stdout
    assert re.search(r"::error .*file=train\.py,.*line=8\b", run.stdout), run.stdout
    assert "Summary - ## hybridize: 1 error\n" in run.stdout
    assert outputs(run) == {"findings": "1", "errors": "1", "exit-code": "1", "report": "", "sarif": ""}
    assert "Job failed" in run.stdout


def test_what_is_announced_and_written_is_relative_to_the_workspace(push, project):
    repository = project(other=UNSAFE)
    (repository.folder / "src").mkdir()
    (repository.folder / "src" / "train.py").write_text(SAFE)
    (repository.folder / "src" / "helper.py").write_text(PRINTING_HELPER)
    run = push(repository, path="src", sarif="out/all.sarif", **{"fail-level": "never"})
    assert run.returncode == 0, run.stdout
    assert "file=src/train.py," in run.stdout
    assert "other.py" not in run.stdout
    assert "Job succeeded" in run.stdout
    assert outputs(run)["sarif"].endswith("/out/all.sarif")


def test_a_run_that_could_not_analyze_fails_and_says_so(push, project):
    repository = project(train=SAFE)
    (repository.folder / ".hybridize.yaml").write_text("selct: []\n")
    run = push(repository)
    assert run.returncode == 1, run.stdout
    assert ".hybridize.yaml:1: unknown key `selct`; did you mean `select`?" in run.stdout
    assert "::error title=hybridize::The analysis could not run" in run.stdout
    assert outputs(run)["exit-code"] == "2"


# What a pull request causes


@pytest.fixture
def forge(tmp_path):
    with Forge(tmp_path / "forge") as made:
        made.token(TOKEN)
        made.commit({"train.py": SAFE, "helper.py": HELPER})
        yield made


@pytest.fixture
def review(runner, forge):
    """Run a workflow for a pull request, whose merge is checked out; nothing it prints is a secret."""

    def run(pull, action="opened", **more):
        environment = {name: one for name, one in forge.environment().items() if name != "GITHUB_TOKEN"}
        done = runner.run(
            "pull_request", pull.event(action), forge.git.folder, pull.test_merge(), environment=environment, **more
        )
        secret = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
        assert secret not in done.stdout
        return done

    return run


def visible(pull):
    return [one for one in pull.review_comments if one.minimized is None]


def test_a_pull_request_is_reviewed_until_it_is_right(review, forge):
    pull = forge.open({"train.py": UNSAFE, "distance.py": DISTANCE})
    forge.commit({"train.py": f"# The base has gone on.\n{SAFE}", "more.py": "x = 1\n"})
    run = review(pull)
    assert run.returncode == 1, run.stdout
    assert "Job failed" in run.stdout
    assert "Summary - ## hybridize: 1 error, 1 note\n" in run.stdout
    found = outputs(run)
    assert (found["findings"], found["errors"], found["exit-code"]) == ("2", "1", "1")
    assert found["report"].endswith("/hybridize-review.json")
    comments = {one.current.path: one for one in pull.review_comments}
    assert {path: one.current.line for path, one in comments.items()} == {"train.py": 8, "distance.py": 4}
    suggested = apply.apply(pull, comments["distance.py"])
    assert suggested == DISTANCE.replace("def distance", "@tf.function\ndef distance")

    pull.push({"train.py": SAFE, "distance.py": suggested})
    run = review(pull, "synchronize")
    assert run.returncode == 0, run.stdout
    assert "Job succeeded" in run.stdout
    assert (outputs(run)["findings"], outputs(run)["exit-code"]) == ("0", "0")
    assert (len(pull.review_comments), visible(pull)) == (2, [])
    assert not forge.trespasses()


def test_a_pull_request_is_verified_by_running_it(review, forge):
    pull = forge.open({"distance.py": DISTANCE.replace("print(", "for _ in range(40):\n    print(")})
    run = review(pull, verify="true", **{"verify-command": f"{sys.executable} distance.py"})
    assert run.returncode == 0, run.stdout
    (comment,) = pull.review_comments
    assert re.search(r"\*\*Proven:\*\* run both ways, it did the same in \d+ calls", comment.body), comment.body
    assert apply.apply(pull, comment).count("@tf.function") == 1


def test_a_merge_queue_has_the_same_gate(runner, forge):
    pull = forge.open({"helper.py": PRINTING_HELPER})
    queued = pull.test_merge()
    group = {"head_sha": queued, "base_sha": pull.base, "head_ref": "refs/heads/gh-readonly-queue/main/pr-1"}
    payload = {"action": "checks_requested", "repository": pull.event()["repository"], "merge_group": group}
    run = runner.run("merge_group", payload, forge.git.folder, queued, environment=forge.environment())
    assert run.returncode == 1, run.stdout
    assert re.search(r"::error .*file=train\.py,.*line=8\b", run.stdout), run.stdout
    assert "Summary - ## hybridize: 1 error\n" in run.stdout
    assert forge.requests.writes == []


def test_a_fork_is_reviewed_by_two_workflows(review, runner, forge):
    pull = forge.open({"train.py": UNSAFE, "distance.py": DISTANCE}, fork=True)
    forge.fork_token("ghs_fork")
    examples = ROOT / "config" / "examples"
    run = review(pull, workflow=examples / "workflow-forks-analyze.yml", token="ghs_fork")
    assert run.returncode == 1, run.stdout
    assert re.search(r"::error .*file=train\.py,.*line=8\b", run.stdout), run.stdout
    assert list(forge.requests) == []
    assert [path.name for path in runner.artifacts.iterdir()] == ["hybridize-review.json"]

    # No checkout, and nobody's repository at hand.
    shutil.rmtree(runner.folder / "actions" / "checkout")
    ended = {
        "id": 1, "event": "pull_request", "head_sha": pull.head, "head_branch": "change-1",
        "head_repository": {"full_name": "dev/models"},
    }  # fmt: skip
    payload = {"action": "completed", "repository": pull.event()["repository"], "workflow_run": ended}
    post = examples / "workflow-forks-post.yml"
    run = runner.run("workflow_run", payload, "nowhere", workflow=post, environment=forge.environment())
    assert run.returncode == 0, run.stdout
    assert {one.current.path: one.current.line for one in pull.review_comments} == {"train.py": 8, "distance.py": 4}
    assert not any(apply.blocks(one.body) for one in pull.review_comments)
    assert (outputs(run)["findings"], outputs(run)["exit-code"]) == ("2", "0")
