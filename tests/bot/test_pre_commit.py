"""The hook, run by the real pre-commit in real repositories: what it blocks and what it lets pass."""

import json
import os
import sys

import pytest
from bot.projects import HELPER, PRINTING_HELPER, SAFE, UNSAFE, Repository
from notebooks import notebook

PRE_COMMIT = (sys.executable, "-m", "pre_commit")


HOOKS = ("hybridize", "hybridize-fix", "hybridize-project")
MOST_MEGABYTES = 120
"""Of an environment with the hook: services that run hooks for people have limits."""

FORGOTTEN = """\
import tensorflow as tf


@tf.function
def squares(x):
    ta = tf.TensorArray(tf.float32, size=4)
    for i in tf.range(4):
        ta.write(i, x * x)
    return ta.stack()


squares(tf.constant(2.0))
"""
"""Unsafe, and the fix is safe."""


@pytest.fixture(scope="module")
def home(release, tmp_path_factory):
    """The folder of pre-commit's environments; the one of the released state is made once, and serves all hooks."""
    folder = tmp_path_factory.mktemp("hooked")
    first = Repository(folder / "first", **_variables(folder))
    _configure(first, release, HOOKS)
    first.run(*PRE_COMMIT, "install", "--install-hooks")
    return folder


def _variables(folder, **more):
    return {"PRE_COMMIT_HOME": str(folder / "home"), "PATH": os.environ["PATH"], **more}


def _configure(repository, release, hooks, **settings):
    listed = [{"id": hook, **settings} for hook in hooks]
    source = {"repo": str(release.folder), "rev": release.run("git", "rev-parse", "HEAD"), "hooks": listed}
    # JSON is YAML.
    (repository.folder / ".pre-commit-config.yaml").write_text(json.dumps({"repos": [source]}))


@pytest.fixture
def hooked(release, home, tmp_path):
    """Make repositories with hooks of the released state installed. There is no network for what they run."""

    def make(*hooks, place="project", settings=None, **files):
        unreachable = {"PIP_NO_INDEX": "1", "HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
        repository = Repository(tmp_path / place, **_variables(home, **unreachable))
        _configure(repository, release, hooks or ["hybridize"], **(settings or {}))
        repository.run(*PRE_COMMIT, "install")
        repository.write(**files)
        return repository

    return make


def commits(repository):
    return int(repository.run("git", "rev-list", "--count", "--all"))


def test_the_manifest_is_valid(release):
    release.run(*PRE_COMMIT, "validate-manifest", ".pre-commit-hooks.yaml")


def test_the_example_configuration_is_valid(release):
    release.run(*PRE_COMMIT, "validate-config", "config/examples/pre-commit-config.yaml")


@pytest.mark.slow
def test_a_safe_project_is_committed(hooked):
    repository = hooked(train=SAFE, helper=HELPER)
    repository.run("git", "commit", "-m", "Safe")
    assert commits(repository) == 1


@pytest.mark.slow
def test_an_unsafe_decorator_blocks_the_commit_until_it_is_fixed(hooked):
    repository = hooked(train=UNSAFE, helper=HELPER)
    done = repository.try_("git", "commit", "-m", "Unsafe")
    assert done.returncode == 1, done.stdout
    assert "train.py:8" in done.stdout
    assert "- exit code: 1" in done.stdout
    assert commits(repository) == 0
    repository.write(train=SAFE)
    repository.run("git", "commit", "-m", "Safe")
    assert commits(repository) == 1


@pytest.mark.slow
def test_a_change_that_makes_an_unchanged_decorator_unsafe_blocks_the_commit(hooked):
    repository = hooked(train=SAFE, helper=HELPER)
    repository.run("git", "commit", "-m", "Safe")
    repository.write(helper=PRINTING_HELPER)
    done = repository.try_("git", "commit", "-m", "The helper prints")
    assert done.returncode == 1, done.stdout
    assert "train.py" in done.stdout
    assert "cause: because of this change: helper.py:2, `scale` prints here" in done.stdout
    assert commits(repository) == 1


@pytest.mark.slow
def test_what_is_staged_counts_not_what_is_in_the_folder(hooked):
    repository = hooked(train=SAFE, helper=HELPER)
    (repository.folder / "train.py").write_text(UNSAFE)
    repository.run("git", "commit", "-m", "Safe, while the folder is not")
    assert commits(repository) == 1
    assert (repository.folder / "train.py").read_text() == UNSAFE


@pytest.mark.slow
def test_a_commit_without_python_files_does_not_run_the_hook(hooked):
    repository = hooked(train=SAFE, helper=HELPER)
    repository.run("git", "commit", "-m", "Safe")
    (repository.folder / "notes.txt").write_text("nothing to analyze\n")
    repository.run("git", "add", "notes.txt")
    assert "(no files to check)Skipped" in repository.run("git", "commit", "-m", "Notes")


@pytest.mark.slow
def test_a_changed_notebook_is_checked(hooked):
    repository = hooked(train=SAFE, helper=HELPER)
    repository.run("git", "commit", "-m", "Safe")
    (repository.folder / "explore.ipynb").write_bytes(notebook(*UNSAFE.split("\n\n\n")))
    repository.run("git", "add", "explore.ipynb")
    done = repository.try_("git", "commit", "-m", "Explore")
    assert done.returncode == 1, done.stdout
    assert "explore.ipynb:cell 2:3:5" in done.stdout
    assert commits(repository) == 1


@pytest.mark.slow
def test_the_configuration_of_the_project_is_heeded(hooked):
    repository = hooked(train=UNSAFE, helper=HELPER)
    (repository.folder / ".hybridize.yaml").write_text("fail_level: never\n")
    repository.run("git", "add", ".hybridize.yaml")
    repository.run("git", "commit", "-m", "Unsafe, and so decided")
    assert commits(repository) == 1


@pytest.mark.slow
def test_a_commit_is_blocked_fixed_and_goes_through(hooked):
    repository = hooked("hybridize-fix", "hybridize", train=FORGOTTEN)
    done = repository.try_("git", "commit", "-m", "A forgotten write")
    assert done.returncode == 1
    assert "- files were modified by this hook" in done.stdout
    assert "Fixed 1 finding in 1 file." in done.stdout
    assert commits(repository) == 0
    assert "        ta = ta.write(i, x * x)\n" in (repository.folder / "train.py").read_text()
    done = repository.try_("git", "commit", "-m", "Still not staged")
    assert done.returncode == 1, "what is staged counts"
    repository.run("git", "checkout", "--", "train.py")
    repository.try_(*PRE_COMMIT, "run")
    repository.run("git", "add", "train.py")
    repository.run("git", "commit", "-m", "The write is kept")
    assert commits(repository) == 1


@pytest.mark.slow
def test_the_whole_project_where_that_is_asked_for(hooked):
    repository = hooked("hybridize-project", train=UNSAFE, helper=HELPER)
    repository.run("git", "commit", "--no-verify", "-m", "Unsafe")
    repository.write(other="")
    done = repository.try_("git", "commit", "-m", "Another file")
    assert done.returncode == 1
    assert "train.py:8" in done.stdout


@pytest.mark.slow
def test_a_long_list_that_is_divided_tells_of_other_files_once(hooked):
    repository = hooked(train=SAFE, helper=HELPER)
    repository.run("git", "commit", "-m", "Safe")
    names = [f"m{number:03}_{'x' * 240}" for number in range(560)]
    repository.write(helper=PRINTING_HELPER, **dict.fromkeys(names, ""))
    done = repository.try_("git", "commit", "-m", "Many files")
    assert done.returncode == 1
    assert done.stdout.count(" in 562 files, 2 functions") == 2, "the list was divided in two"
    assert done.stdout.count("because of this change: helper.py:2") == 1


@pytest.mark.slow
def test_a_commit_of_some_files_leaves_the_rest_out(hooked):
    repository = hooked(train=SAFE, helper=HELPER)
    repository.run("git", "commit", "-m", "Safe")
    repository.write(helper=PRINTING_HELPER)
    (repository.folder / "other.py").write_text("")
    repository.run("git", "add", "--intent-to-add", "other.py")
    repository.run("git", "commit", "other.py", "-m", "An empty file")
    assert commits(repository) == 2
    assert repository.try_("git", "commit", "--all", "-m", "The helper prints").returncode == 1


@pytest.mark.slow
def test_a_linked_work_tree_and_a_submodule(hooked, tmp_path):
    repository = hooked(train=SAFE, helper=HELPER)
    repository.run("git", "commit", "-m", "Safe")
    side = Repository.__new__(Repository)
    side.folder, side.environment = tmp_path / "side", repository.environment
    repository.run("git", "worktree", "add", "--quiet", "-b", "side", side.folder)
    around = Repository(tmp_path / "around", **_variables(tmp_path))
    around.run("git", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", repository.folder, "sub")
    inner = Repository.__new__(Repository)
    inner.folder, inner.environment = around.folder / "sub", repository.environment
    inner.run(*PRE_COMMIT, "install")
    for one in (side, inner):
        one.write(helper=PRINTING_HELPER)
        done = one.try_("git", "commit", "-m", "The helper prints")
        assert done.returncode == 1, done.stdout
        assert "because of this change: helper.py:2" in done.stdout
        one.write(helper=HELPER + "\n")
        one.run("git", "commit", "-m", "It does not")


@pytest.mark.slow
def test_a_merge_in_progress(hooked):
    repository = hooked(train=SAFE, helper=HELPER)
    repository.run("git", "commit", "-m", "Safe")
    repository.run("git", "checkout", "--quiet", "-b", "other")
    repository.write(helper=PRINTING_HELPER)
    repository.run("git", "commit", "--no-verify", "-m", "The helper prints")
    repository.run("git", "checkout", "--quiet", "main")
    repository.write(helper=HELPER.replace("2.0", "3.0"))
    repository.run("git", "commit", "-m", "Threefold")
    assert repository.try_("git", "merge", "other").returncode == 1
    repository.write(helper=PRINTING_HELPER.replace("2.0", "3.0"))
    repository.run("git", "commit", "-m", "What the other branch made unsafe is not of this commit")
    assert "train.py" in repository.try_(*PRE_COMMIT, "run", "--all-files").stdout


@pytest.mark.slow
def test_trying_the_hooks_without_installing_them(release, home, tmp_path):
    repository = Repository(tmp_path / "project", **_variables(home))
    repository.write(train=UNSAFE, helper=HELPER)
    done = repository.try_(*PRE_COMMIT, "try-repo", release.folder, "--all-files", "--verbose")
    assert done.returncode == 1, done.stdout
    for hook in HOOKS:
        assert f"- hook id: {hook}\n" in done.stdout
    assert done.stdout.count("train.py:8") >= 2


@pytest.mark.slow
def test_the_environment_is_small(home):
    (environment,) = (home / "home").glob("repo*/py_env-*")
    files = [path for path in environment.rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files)
    packages = {path.name.partition("-")[0].lower() for path in environment.rglob("*.dist-info")}
    assert size < MOST_MEGABYTES * 1_000_000, f"{size / 1_000_000:.0f} MB"
    assert {"hybridize_bot", "libcst"} <= packages
    assert not {"tensorflow", "keras", "numpy", "pygithub"} & packages
