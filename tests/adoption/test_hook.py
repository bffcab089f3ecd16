"""`check --hook`: what is reported to pre-commit, and what a commit causes elsewhere."""

import pytest
from adoption.repositories import Project
from bot.projects import HELPER, PRINTING_HELPER, SAFE, UNSAFE

from hybridize_bot.hook import _tells

OLD = UNSAFE.replace("from helper import scale\n", "").replace("scale(x)", "x")
CAUSE = "(because of this change: helper.py:2, `scale` prints here)"


@pytest.fixture
def hook(check):
    return lambda *arguments, **options: check("--hook", "-f", "concise", *arguments, **options)


def places(done):
    return [line.split(":")[0] for line in done.stdout.splitlines()]


@pytest.fixture
def committed(project):
    """A safe program, and one file that was unsafe before."""
    project.put(train=SAFE, helper=HELPER, old=OLD)
    project.commit()
    return project


def stage(project, **files):
    project.put(**files)
    project.run("git", "add", "--all")


def test_the_whole_project_is_judged_and_the_named_files_are_reported(committed, hook):
    stage(committed, train=UNSAFE)
    done = hook("train.py")
    assert (done.returncode, places(done)) == (1, ["train.py"]), done.stderr
    assert done.stderr == "1 finding in other files not shown\n"
    stage(committed, train=SAFE, helper=PRINTING_HELPER)
    assert places(hook("train.py")) == ["train.py"]


def test_what_the_commit_causes_elsewhere_is_told_with_its_cause(committed, hook):
    stage(committed, helper="\n" + PRINTING_HELPER.lstrip())
    done = hook("helper.py")
    assert done.returncode == 1
    assert done.stdout.endswith(CAUSE.replace(":2", ":3") + "\n"), done.stdout
    assert places(done) == ["train.py"]


def test_what_was_elsewhere_before_is_not_told(committed, hook):
    stage(committed, helper=HELPER.replace("2.0", "3.0"))
    done = hook("helper.py")
    assert (done.returncode, done.stdout) == (0, "")


def test_notes_elsewhere_are_told_where_they_count(committed, hook):
    many = "for _ in range(10):\n        x = tf.nn.softmax(scale(x))\n    return x"
    committed.put(plain=SAFE.replace("@tf.function\n", "").replace("return scale(x) + 1.0", many))
    committed.put(helper=PRINTING_HELPER, train="")
    committed.commit()
    stage(committed, helper=HELPER)
    assert places(hook("helper.py")) == []
    assert places(hook("helper.py", "--fail-level", "info")) == ["plain.py"]


def test_without_anything_staged_nothing_is_told_of_other_files(committed, hook):
    committed.put(helper=PRINTING_HELPER)
    assert hook("helper.py").stdout == ""


def test_one_run_of_several_tells_what_is_elsewhere(committed, hook):
    long = {f"m{number}{'x' * 200}": "" for number in range(12)}
    stage(committed, helper=PRINTING_HELPER, **long)
    assert places(hook("helper.py", *(f"{name}.py" for name in list(long)[:6]))) == ["train.py"]
    assert places(hook(*(f"{name}.py" for name in list(long)[6:]))) == []


@pytest.mark.parametrize(
    ("given", "changed", "tells"),
    [
        ({"a.py", "b.py"}, ["a.py", "b.py"], True),
        ({"a.py"}, ["a.py", "b.py"], True),
        ({"b.py"}, ["a.py", "b.py"], True),  # so few: `a.py` was left out by a pattern
        ({"b.py"}, ["README.md", "b.py"], True),
        ({"b.py"}, ["a.py", "b.py", "c" * 2000], False),
        ({"b.py", "other.py"}, ["a.py", "b.py"], False),  # a part of all files
        ({"a.py"}, [], False),
        ({"b.py"}, ["README.md" * 400, "b.py"], True),
    ],
)
def test_which_run_tells(given, changed, tells):
    assert _tells(given, changed) is tells


def test_the_first_commit(project, hook):
    project.put(train=SAFE, helper=PRINTING_HELPER)
    project.run("git", "add", "--all")
    assert places(hook("helper.py", "train.py")) == ["train.py"]
    assert places(hook("helper.py")) == ["train.py"]


def test_files_that_git_does_not_know_of_are_no_part_of_the_program(committed, hook):
    committed.put(**{"a file [1]": OLD, "sub__helper": OLD})
    committed.file("#x!*.py", OLD)
    committed.put(helper=HELPER + "\n\n# staged\n")
    committed.run("git", "add", "helper.py")
    committed.put(caller="import tensorflow as tf\nfrom train import step\ntf.function(step)(tf.ones([2]))\nprint(1)\n")
    done = hook("helper.py", "-v")
    assert "3 files, " in done.stderr
    assert done.stdout == ""
    committed.file("x.py\n/train.py", "")
    assert "4 files, " in hook("helper.py", "-v").stderr, "the name of one file says nothing of another"


def test_a_merge_tells_what_comes_of_the_merge_alone(project, hook):
    project.put(train=SAFE, helper=HELPER)
    project.commit()
    project.run("git", "checkout", "--quiet", "-b", "other")
    project.put(train="\n" + SAFE, more=OLD)
    project.commit()
    project.run("git", "checkout", "--quiet", "main")
    project.put(other=SAFE, helper=HELPER)
    project.commit()
    project.run("git", "merge", "--no-commit", "--no-ff", "--quiet", "other")
    assert hook("train.py").stdout == ""
    stage(project, helper=PRINTING_HELPER)
    assert places(hook("helper.py")) == ["other.py", "train.py"]


def test_what_another_branch_makes_unsafe_by_the_merge_is_told(project, hook):
    project.put(train=SAFE.replace("@tf.function\n", ""), helper=HELPER)
    project.commit()
    project.run("git", "checkout", "--quiet", "-b", "other")
    project.put(helper=PRINTING_HELPER)
    project.commit()
    project.run("git", "checkout", "--quiet", "main")
    project.put(train=SAFE)
    project.commit()
    project.run("git", "merge", "--no-commit", "--no-ff", "--quiet", "other")
    assert places(hook("helper.py")) == ["train.py"]


def test_the_project_is_that_of_the_configuration(project, hook):
    project.put(one__train=SAFE, one__helper=HELPER, two__old=OLD)
    project.file("one/.hybridize.yaml", "ignore: [HYB3]\n")
    project.commit()
    stage(project, one__helper=PRINTING_HELPER)
    done = hook("--config", "one/.hybridize.yaml", "one/helper.py", "-v")
    assert places(done) == ["one/train.py"]
    assert "2 files, " in done.stderr


def test_it_finds_the_project_from_a_folder_in_it(committed, hook):
    stage(committed, helper=PRINTING_HELPER, sub__a="")
    assert places(hook("../helper.py", cwd=committed.folder / "sub")) == [f"{committed.folder}/train.py"]


def test_exclusions_hold(committed, hook):
    committed.file(".hybridize.yaml", "exclude: [train.py]\n")
    stage(committed, train=UNSAFE)
    assert hook("train.py").stdout == ""
    committed.file(".hybridize.yaml", "ignore: [HYB3]\n")
    assert hook("train.py", "--exclude", "train.py").stdout == ""
    assert places(hook("train.py")) == ["train.py"]


def test_a_script_is_analyzed_and_stubs_and_notebooks_do_no_harm(committed, hook):
    committed.file("run", "#!/usr/bin/env python3\n" + OLD)
    committed.file("n.ipynb", '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    stage(committed, stub="", **{"helper.pyi": "def scale(x): ...\n"})
    assert places(hook("run", "n.ipynb", "helper.pyi", "stub.py")) == ["run"]


def test_a_baseline_holds(committed, check, hook):
    check("--write-baseline", "--select", "HYB1")
    assert (committed.folder / ".hybridize-baseline.json").exists()
    stage(committed, old=OLD + "\n", helper=PRINTING_HELPER)
    done = hook("old.py", "helper.py")
    assert places(done) == ["train.py"]
    assert "1 finding in the baseline not shown" in done.stderr


def test_fixes_are_for_the_named_files(committed, check):
    stage(committed, train=UNSAFE)
    done = check("--hook", "--fix", "--unsafe-fixes", "--fail-level", "never", "train.py")
    assert done.returncode == 0, done.stderr
    assert "tf.print" in (committed.folder / "train.py").read_text()
    assert (committed.folder / "old.py").read_text() == OLD


def test_a_run_between_two_commits(committed, hook):
    base = committed.run("git", "rev-parse", "HEAD")
    committed.put(helper=PRINTING_HELPER)
    head = committed.commit()
    between = {"PRE_COMMIT_FROM_REF": base, "PRE_COMMIT_TO_REF": head}
    assert places(hook("helper.py", **between)) == ["train.py"]
    assert places(hook("helper.py")) == []


def test_the_index_of_the_commit_in_the_making_counts(committed, hook):
    """As in `git commit helper.py`, which leaves what else is staged for later."""
    stage(committed, old=OLD + "\n")
    committed.put(helper=PRINTING_HELPER)
    index = str(committed.folder / ".git" / "next-index")
    committed.run("git", "read-tree", "HEAD", GIT_INDEX_FILE=index)
    committed.run("git", "add", "helper.py", GIT_INDEX_FILE=index)
    assert places(hook("helper.py", GIT_INDEX_FILE=".git/next-index")) == ["train.py"]
    assert places(hook("helper.py")) == []


def test_mistakes(committed, hook, tmp_path):
    done = hook()
    assert done.returncode == 2
    assert "--hook needs the files to report on" in done.stderr
    done = hook("none.py")
    assert done.returncode == 2
    assert "none.py: no such file or folder" in done.stderr
    (tmp_path / "a.py").write_text(OLD)
    done = hook("a.py", cwd=tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert done.returncode == 2
    assert "is not in a Git work tree" in done.stderr


def test_a_linked_work_tree_with_the_variables_of_a_hook(committed, hook, tmp_path):
    committed.run("git", "worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    side = Project.__new__(Project)
    side.folder, side.environment = tmp_path / "side", committed.environment
    stage(side, helper=PRINTING_HELPER)
    folder = side.run("git", "rev-parse", "--absolute-git-dir")
    done = hook("helper.py", cwd=side.folder, GIT_DIR=folder, GIT_INDEX_FILE=f"{folder}/index")
    assert places(done) == ["train.py"], done.stderr
