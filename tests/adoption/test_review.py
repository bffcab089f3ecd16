"""What `hybridize review` finds out about two commits; what it makes of that on GitHub is told in `tests/bot`."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from hybridize_bot.github.remarks import Lines, Reviewed

ROOT = Path(__file__).parent.parent.parent

HELPER = """\
def log(value):
    return value
"""
TRAIN = """\
import tensorflow as tf
from helper import log


@tf.function
def step(x):
    y = tf.reduce_sum(x)
    log(y)
    return y


def main():
    for _ in range(10):
        step(tf.ones([3]))


main()
"""
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
TWICE = """\
import tensorflow as tf


@tf.function
def f(x):
    print(x)
    print(x)
    return x + 1


f(tf.ones([3]))
"""


@pytest.fixture
def review(project, tmp_path):
    """Run `hybridize review` in the repository; the exit code and what was found."""

    def run(*arguments, cwd=None, code=(0, 1), **variables):
        path = f"{ROOT / 'analysis'}:{ROOT}"
        kept = {name: value for name, value in project.environment.items() if not name.startswith("GITHUB")}
        report = tmp_path / "report.json"
        report.unlink(missing_ok=True)
        command = [sys.executable, "-m", "hybridize_bot", "review", "--report", str(report), "--dry-run"]
        done = subprocess.run(
            [*command, *map(str, arguments)],
            cwd=cwd or project.folder, env={**kept, "PYTHONPATH": path, **variables},
            capture_output=True, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode in code, done.stderr
        if done.returncode == 2:
            return done
        return done.returncode, msgspec.json.decode(report.read_bytes(), type=Reviewed)

    return run


def event(folder, name, head, base, fork=False):
    """A payload as GitHub sends it, as far as it is read."""
    own = {"full_name": "team/model"}
    payload = {"repository": own}
    if name == "merge_group":
        payload["merge_group"] = {"head_sha": head, "base_sha": base}
    else:
        sides = {"head": {"sha": head, "repo": {"full_name": "guest/model"} if fork else own}, "base": {"sha": base}}
        payload["pull_request"] = {"number": 7, "state": "open", **sides}
    path = folder / "event.json"
    path.write_text(json.dumps(payload))
    return {"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path)}


def codes(reviewed):
    return [(one.code, one.path, one.line) for one in reviewed.remarks]


def test_a_change_that_makes_a_graph_unsafe_elsewhere(project, review):
    project.put(helper=HELPER, train=TRAIN)
    base = project.commit()
    project.put(helper=HELPER.replace("    return", "    print(value)\n    return"))
    head = project.commit()
    code, found = review("--base", base)
    assert code == 1
    assert (found.head, found.base, found.number, found.repository) == (head, base, 0, "")
    (one,) = found.remarks
    assert (one.code, one.severity, one.path, one.line, one.lines) == ("HYB101", "error", "train.py", 8, None)
    assert one.cause == "because of this change: helper.py:2, `log` prints here"
    assert [(step.path, step.line) for step in one.chain][-1] == ("helper.py", 2)
    assert [(change.function, change.before, change.after) for change in found.changes] == [
        ("step", "graph", "graph, unsafe")
    ]


def test_a_missed_opportunity_is_suggested_as_the_tool_would_fix_it(project, review, check):
    project.put(main="")
    base = project.commit()
    project.put(main=DISTANCE)
    project.commit()
    code, found = review("--base", base)
    assert code == 0
    (one,) = found.remarks
    assert (one.code, one.suggestion.lines, one.lines) == ("HYB301", Lines(4, 4), Lines(4, 4))
    assert one.suggestion.replacement == ("@tf.function", "def distance(a, b):")
    lines = DISTANCE.splitlines()
    lines[3:4] = one.suggestion.replacement
    check("--fix", "--no-cache")
    assert (project.folder / "main.py").read_text() == "\n".join(lines) + "\n"
    assert review("--base", base, "--fail-level", "info")[0] == 1
    assert review("--base", base, "--fail-level", "info", "--exit-zero")[0] == 0


def test_what_was_there_before_is_not_told_again(project, review):
    unsafe = TRAIN.replace("    log(y)", "    print(y)")
    project.put(helper=HELPER, train=unsafe)
    base = project.commit()
    project.put(train="# a line more\n" * 20 + unsafe, other="print(1)\n")
    project.commit()
    code, found = review("--base", base)
    assert (code, codes(found), found.before, found.resolved) == (0, [], 1, 0)
    project.put(train=TRAIN)
    project.commit()
    code, found = review("--base", base)
    assert (code, codes(found), found.before, found.resolved) == (0, [], 0, 1)
    assert [(one.before, one.after) for one in found.changes] == [("graph, unsafe", "graph")]


def test_a_renamed_file_brings_nothing_new(project, review):
    project.put(train=TRAIN.replace("    log(y)", "    print(y)"), helper=HELPER)
    base = project.commit()
    project.run("git", "mv", "train.py", "fit.py")
    project.commit()
    code, found = review("--base", base)
    assert (code, codes(found), found.before) == (0, [], 1)


def test_equal_findings_have_identities_of_their_own(project, review):
    project.put(main="")
    base = project.commit()
    project.put(main=TWICE)
    project.commit()
    first = review("--base", base)[1].remarks
    assert len(first) > 1
    assert len({one.identity for one in first}) == len(first)
    text = (project.folder / "main.py").read_text()
    project.put(main="\n" * 50 + text)
    project.commit()
    assert [one.identity for one in review("--base", base)[1].remarks] == [one.identity for one in first]


def test_what_is_checked_out_does_not_matter(project, review):
    project.put(helper=HELPER, train=TRAIN)
    base = project.commit()
    project.put(train=TRAIN.replace("    log(y)", "    print(y)"))
    head = project.commit()
    project.run("git", "checkout", "--quiet", "-b", "other", base)
    project.put(train="syntax error\n", helper="")
    assert codes(review("--base", base, "--head", head)[1]) == [("HYB101", "train.py", 8)]


def test_the_base_may_have_gone_on(project, review):
    project.put(helper=HELPER, train=TRAIN)
    start = project.commit()
    project.put(helper=HELPER.replace("    return", "    print(value)\n    return"))
    base = project.commit()
    project.run("git", "checkout", "--quiet", "-b", "pull", start)
    project.put(other="print(1)\n")
    project.commit()
    code, found = review("--base", base)
    assert (code, codes(found), found.base) == (0, [], start)


def test_settings_come_from_the_head_unless_it_is_a_strangers(project, review, tmp_path):
    project.put(helper=HELPER, train=TRAIN)
    project.file(".hybridize.yaml", "fail_level: warning\nreview: {max_comments: 3}\n")
    base = project.commit()
    project.put(train=TRAIN.replace("    log(y)", "    print(y)"))
    project.file(".hybridize.yaml", "extends: [rules.yaml]\nfail_level: never\n")
    project.file("rules.yaml", "ignore: [HYB101]\n")
    head = project.commit()
    own = review(**event(tmp_path, "pull_request", head, base))
    assert (own[0], codes(own[1]), own[1].told.fail_level) == (0, [], "never")
    assert (own[1].repository, own[1].number) == ("team/model", 7)
    fork = review(**event(tmp_path, "pull_request", head, base, fork=True))
    assert (fork[0], codes(fork[1])) == (1, [("HYB101", "train.py", 8)])
    assert (fork[1].told.fail_level, fork[1].told.max_comments) == ("warning", 3)


def test_a_mistake_in_the_settings_of_a_fork_is_none(project, review, tmp_path):
    project.put(helper=HELPER, train=TRAIN)
    base = project.commit()
    project.file(".hybridize.yaml", "fail_level: sometimes\n")
    head = project.commit()
    assert review(**event(tmp_path, "pull_request", head, base, fork=True))[0] == 0
    done = review(code=(2,), **event(tmp_path, "pull_request", head, base))
    assert ".hybridize.yaml:1" in done.stderr
    assert "/hybridize-" not in done.stderr


def test_a_merge_queue(project, review, tmp_path):
    project.put(helper=HELPER, train=TRAIN)
    base = project.commit()
    project.put(train=TRAIN.replace("    log(y)", "    print(y)"))
    head = project.commit()
    code, found = review(**event(tmp_path, "merge_group", head, base))
    assert (code, found.repository, found.number, codes(found)) == (1, "team/model", 0, [("HYB101", "train.py", 8)])


def test_without_changed_python_nothing_is_analyzed(project, review):
    project.put(helper=HELPER, train=TRAIN.replace("    log(y)", "    print(y)"))
    base = project.commit()
    project.file("README.md", "words\n")
    project.commit()
    code, found = review("--base", base)
    assert (code, found.remarks, found.before) == (0, (), 0)


def test_the_baseline_of_the_head(project, review, check):
    project.put(helper=HELPER, train=TRAIN)
    base = project.commit()
    project.put(train=TRAIN.replace("    log(y)", "    print(y)"))
    check("--write-baseline", "--no-cache")
    project.commit()
    assert review("--base", base)[0] == 0


def test_paths_are_analyzed_together_and_are_of_the_repository(project, review, tmp_path):
    unsafe = TRAIN.replace("    log(y)", "    print(y)")
    project.put(a__helper=HELPER, a__train=TRAIN, b__helper=HELPER, b__train=TRAIN)
    base = project.commit()
    project.put(a__train=unsafe, b__train=unsafe)
    project.commit()
    assert codes(review("--base", base, "a")[1]) == [("HYB101", "a/train.py", 8)]
    assert codes(review("--base", base, "../b", cwd=project.folder / "a")[1]) == [("HYB101", "b/train.py", 8)]
    assert "is not in the repository" in review("--base", base, tmp_path, code=(2,)).stderr
    assert "c" in review("--base", base, "c", code=(2,)).stderr


def test_a_notebook_has_no_lines_to_comment_on(project, review):
    def notebook(source):
        cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
        return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})

    project.file("a.ipynb", notebook(TRAIN.replace("    log(y)\n", "").replace("from helper import log\n", "")))
    base = project.commit()
    project.file("a.ipynb", notebook(TRAIN.replace("log(y)", "print(y)").replace("from helper import log\n", "")))
    project.commit()
    (one,) = review("--base", base)[1].remarks
    assert (one.code, one.path, one.lines) == ("HYB101", "a.ipynb", None)


def test_a_link_out_of_the_repository_is_not_followed(project, review, tmp_path):
    secret = tmp_path / "secret.py"
    secret.write_text(TRAIN.replace("    log(y)", "    print(y)").replace("from helper import log\n", ""))
    project.put(main="", d__e="")
    base = project.commit()
    up = "../" * 30  # above the root is the root
    for name, target in {"a.py": f"{up}{secret}", "b.py": str(secret), "c.py": f"d/{up}{secret}"}.items():
        (project.folder / name).symlink_to(target)
    project.commit()
    assert review("--base", base)[1].remarks == ()
    (project.folder / "a.py").unlink()
    (project.folder / "a.py").write_text(secret.read_text())
    project.commit()
    assert [one.code for one in review("--base", base)[1].remarks] == ["HYB101"]


def test_sarif_has_all_findings_of_the_head(project, review, tmp_path):
    project.put(helper=HELPER, train=TRAIN.replace("    log(y)", "    print(y)"))
    base = project.commit()
    project.file("README.md", "words\n")
    project.commit()
    assert review("--base", base, "--sarif", tmp_path / "all.sarif")[1].remarks == ()
    (run,) = json.loads((tmp_path / "all.sarif").read_text())["runs"]
    (result,) = [one for one in run["results"] if one["ruleId"] == "HYB101"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "train.py"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--base says what to compare with"),
        (("--head", "HEAD"), "--head needs --base"),
        (("--base", "nowhere"), "there is no commit 'nowhere'"),
        (("--base", "HEAD", "--from-report", "x"), "does not go with"),
    ],
)
def test_mistakes(project, review, arguments, said):
    project.put(main="")
    project.commit()
    done = subprocess.run(
        [sys.executable, "-m", "hybridize_bot", "review", *arguments], cwd=project.folder, check=False,
        env={**project.environment, "PYTHONPATH": f"{ROOT / 'analysis'}:{ROOT}"}, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
