"""Evidence of runs on the command line and in reviews: where it is found, and whose word counts."""

import json
import subprocess
import sys
from pathlib import Path

import evidence
import msgspec
import pytest

from hybridize.runs import encode
from hybridize_bot.github.remarks import Reviewed

ROOT = Path(__file__).parent.parent.parent
PLACE = ".hybridize/evidence.json"
PLAIN = "import tensorflow as tf\n\n\ndef noop(x):\n    return x\n\n\nnoop(tf.ones([3]))\n"
DISTANCE = """\
import tensorflow as tf


def distance(a, b):
    d = a - b
    s = tf.square(d)
    r = tf.sqrt(tf.reduce_mean(s)) + tf.reduce_max(s) - tf.reduce_min(s) * tf.norm(d)
    for _ in range(5):
        r = r + tf.exp(-r) + tf.tanh(r) / tf.cosh(r)
    return r


for _ in range(9):
    print(distance(tf.ones([3]), tf.ones([3])))
"""
PROVEN = {"outcome": "proven", "compared": 4, "calls": 4, "gain": 3.14, "tests": ("t.py::a",)}
WRONG = {"outcome": "different", "message": "1.0 is not 2.0", "calls": 4}
SAID = "run both ways, it did the same in 4 calls, 3.1 times as fast, by t.py::a"


@pytest.fixture
def run(project):
    """Run the command line in the repository."""

    def run(*arguments, cwd=None, code=(0, 1)):
        path = f"{ROOT / 'analysis'}:{ROOT}"
        kept = {name: value for name, value in project.environment.items() if not name.startswith("GITHUB")}
        done = subprocess.run(
            [sys.executable, "-m", "hybridize_bot", *map(str, arguments)],
            cwd=cwd or project.folder, env={**kept, "PYTHONPATH": path, "NO_COLOR": "1"},
            capture_output=True, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode in code, done.stderr
        return done

    return run


@pytest.fixture
def keep(project):
    """Write evidence of the program as it is now."""

    def keep(place=PLACE, **entries):
        project.file(place, encode(evidence.of(project.folder, **entries)))

    return keep


def suggestions(done):
    return [one for one in json.loads(done.stdout)["findings"] if one["code"] == "HYB301"]


def test_it_is_found_beside_the_settings_or_above_what_is_analyzed(project, run, keep):
    project.put(src__train=DISTANCE)
    keep(distance=PROVEN)
    for cwd, arguments in ((project.folder, []), (project.folder, ["src/train.py"]), (project.folder / "src", ["."])):
        (finding,) = suggestions(run("check", "-f", "json", *arguments, cwd=cwd))
        assert finding["proof"] == SAID
    project.file("src/.hybridize.yaml", "version: 1\n")
    assert suggestions(run("check", "-f", "json", "src"))[0]["proof"] == ""


def test_every_format_says_it(project, run, keep):
    project.put(train=DISTANCE)
    keep(distance=PROVEN)
    for form in ("full", "concise", "github", "gitlab", "junit", "rdjson", "sarif"):
        assert "3.1 times as fast" in run("check", "-f", form).stdout, form
    assert "3.1 times as fast" in run("check").stdout


def test_what_went_wrong_is_told_where_somebody_asks(project, run, keep):
    project.put(train=DISTANCE)
    keep(distance=WRONG)
    done = run("check", "-v")
    assert "HYB301" not in done.stdout
    assert "`distance` is not suggested for conversion: its results differ as a graph: 1.0 is not 2.0" in done.stderr
    (function,) = json.loads(run("inspect", "-f", "json", ".").stdout)["functions"]
    assert function["run"]["message"] == "1.0 is not 2.0"


def test_it_counts_with_a_cache_as_without(project, run, keep):
    project.put(train=DISTANCE)
    assert len(suggestions(run("check", "-f", "json"))) == 1
    keep(distance=WRONG)
    assert suggestions(run("check", "-f", "json")) == []
    assert suggestions(run("check", "-f", "json")) == []
    assert len(suggestions(run("check", "-f", "json", "--no-evidence"))) == 1


def test_a_fix_that_a_run_has_proven_is_applied(project, run, keep):
    text = DISTANCE.replace("a, b", "a: tf.Tensor, b: tf.Tensor").partition("for _ in range(9)")[0]
    text += "for item in open('x'):\n    distance(item, item)\n"
    project.put(train=text)
    run("check", "--fix")
    assert "@tf.function" not in (project.folder / "train.py").read_text()
    keep(distance=PROVEN)
    run("check", "--fix")
    assert "@tf.function\ndef distance" in (project.folder / "train.py").read_text()


def test_mistakes(project, run, keep):
    project.put(train=DISTANCE)
    project.file("bad.json", "{}")
    for arguments, said in (
        (["--evidence", "bad.json"], "bad.json: it is not evidence of a run"),
        (["--evidence", "none.json"], "none.json: it cannot be read: No such file"),
        (["--evidence", "bad.json", "--no-evidence"], "--no-evidence speaks against --evidence"),
    ):
        assert said in run("check", *arguments, code=(2,)).stderr
    project.file(PLACE, '{"version": 9}')
    assert f"{PLACE}: it has version 9" in run("check", code=(2,)).stderr


# -- reviews -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def review(run, tmp_path):
    def review(*arguments):
        report = tmp_path / "report.json"
        run("review", "--report", report, "--dry-run", *arguments)
        return msgspec.json.decode(report.read_bytes(), type=Reviewed)

    return review


def test_a_change_does_not_bring_its_own_proof(project, keep, review):
    project.put(train=PLAIN)
    base = project.commit()
    project.put(train=DISTANCE)
    keep(distance=PROVEN)
    project.commit()
    (remark,) = review("--base", base).remarks
    assert (remark.code, remark.proof) == ("HYB301", "")
    keep(distance=WRONG)
    project.commit()
    assert len(review("--base", base).remarks) == 1


def test_the_proof_of_the_base_branch_counts(project, keep, review):
    project.put(train=DISTANCE)
    keep(distance=PROVEN)
    project.put(train=PLAIN)
    base = project.commit()
    project.put(train=DISTANCE)
    project.commit()
    (remark,) = review("--base", base).remarks
    assert remark.proof == SAID
    assert review("--base", base, "--no-evidence").remarks[0].proof == ""


def test_the_proof_of_the_job_itself_counts(project, keep, review, tmp_path):
    project.put(train=PLAIN)
    base = project.commit()
    project.put(train=DISTANCE)
    project.commit()
    path = tmp_path / "evidence.json"
    path.write_bytes(encode(evidence.of(project.folder, distance=PROVEN)))
    (remark,) = review("--base", base, "--evidence", path).remarks
    assert remark.proof == SAID


def test_what_is_compared_with_goes_by_the_same_evidence(project, keep, run):
    project.put(train=DISTANCE)
    keep(distance=PROVEN)
    base = project.commit()
    project.put(other=PLAIN)
    assert suggestions(run("check", "-f", "json", "--new-since", base)) == []
