"""The hook, run by the real pre-commit in real repositories: what it blocks and what it lets pass."""

import json
import os
import sys

import pytest
from bot.projects import HELPER, PRINTING_HELPER, SAFE, UNSAFE, Repository
from notebooks import notebook

PRE_COMMIT = (sys.executable, "-m", "pre_commit")


@pytest.fixture(scope="module")
def hooked(release, tmp_path_factory):
    """Make repositories with the hook of the released state installed; the hook's environment is built once."""
    folder = tmp_path_factory.mktemp("hooked")
    revision = release.run("git", "rev-parse", "HEAD")

    def make(**files):
        home = {"PRE_COMMIT_HOME": str(folder / "home"), "PATH": os.environ["PATH"]}
        repository = Repository(folder / f"project{len(list(folder.iterdir()))}", **home)
        source = {"repo": str(release.folder), "rev": revision, "hooks": [{"id": "hybridize"}]}
        # JSON is YAML.
        (repository.folder / ".pre-commit-config.yaml").write_text(json.dumps({"repos": [source]}))
        repository.run(*PRE_COMMIT, "install", "--install-hooks")
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
    assert "helper.py:2" in done.stdout
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
