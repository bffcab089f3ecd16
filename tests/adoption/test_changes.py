"""Which lines changed, as real repositories have them: odd names, renames, line ends, submodules, odd settings."""

import os
import subprocess

import pytest
from adoption.repositories import Project
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridize_bot.changes import changes, parse, staged
from hybridize_bot.git import GitError, repository


def changed(project, commit="HEAD"):
    repo = repository(str(project.folder))
    return changes(repo, repo.commit(commit))


def test_added_and_changed_lines_count_and_removed_ones_do_not(project):
    project.put(a="1\n2\n3\n4\n5\n6\n")
    project.commit()
    project.put(a="1\ntwo\n3\n5\n6\n7\n8")
    found = changed(project)
    assert found.files == {"a.py": ((2, 2), (6, 7))}
    assert [line for line in range(1, 9) if found.on_lines("a.py", line, line)] == [2, 6, 7]
    assert found.on_lines("a.py", 1, 2)
    assert not found.on_lines("a.py", 3, 5)
    assert found.in_file("a.py")


def test_what_git_does_not_know_is_new_and_what_is_staged_counts(project):
    project.put(a="1\n", old="1\n")
    project.commit()
    project.put(new="1\n")
    project.file(".gitignore", "ignored.py\n")
    project.put(ignored="1\n", staged="1\n2\n")
    project.run("git", "add", "staged.py")
    found = changed(project)
    assert found.in_file("new.py")
    assert found.on_lines("new.py", 5, 5)
    assert found.files["staged.py"] == ((1, 2),)
    assert not found.in_file("old.py")


ODD = ["a b.py", "quo\"te'.py", "new\nline.py", "tab\t.py", "diff --git a/x b/x.py", "ü.py", "-o.py", ":(top)x.py",
       "\\n.py", "@@ -1 +1 @@.py", "dev/null.py", "* Unmerged path.py"]  # fmt: skip


def test_odd_names(project):
    project.file("plain.py", "1\n")
    for name in ODD:
        project.file(name, "1\n2\n")
    project.file(os.fsdecode(b"raw\xff.py"), "1\n2\n")
    project.commit()
    for name in [*ODD, os.fsdecode(b"raw\xff.py")]:
        project.file(name, "1\n2\n3\n")
    assert changed(project).files == dict.fromkeys([*ODD, "raw\\xff.py"], ((3, 3),))


def test_a_renamed_file_keeps_its_lines(project):
    text = "".join(f"line {number}\n" for number in range(20))
    project.put(old=text, same=text.replace("line", "word"))
    project.commit()
    project.run("git", "mv", "old.py", "new name.py")
    project.run("git", "mv", "same.py", "moved.py")
    project.file("new name.py", text.replace("line 7\n", "changed\n"))
    found = changed(project)
    assert found.files == {"new name.py": ((8, 8),), "moved.py": ()}
    assert found.renames == {"old.py": "new name.py", "same.py": "moved.py"}


def test_modes_links_and_deleted_files(project):
    project.put(a="1\n", b="1\n", gone="1\n")
    (project.folder / "link.py").symlink_to("a.py")
    project.commit()
    (project.folder / "a.py").chmod(0o755)
    (project.folder / "link.py").unlink()
    (project.folder / "gone.py").unlink()
    project.put(link="1\n2\n", b="2\n")
    assert changed(project).files == {"a.py": (), "b.py": ((1, 1),), "link.py": ((1, 2),)}


@pytest.mark.parametrize("convert", ["false", "true"])
def test_line_ends_that_git_converts_are_no_change(project, convert):
    project.run("git", "config", "core.autocrlf", convert)
    project.file("a.py", "1\r\n2\r\n3\r\n")
    project.commit()
    project.file("a.py", "1\r\n2\r\n3\r\n4\r\n")
    assert changed(project).files == {"a.py": ((4, 4),)}


def test_a_single_carriage_return_ends_a_line_for_python_only(project):
    project.file("a.py", "1\r2\r3\n4\n5\r6\n")
    project.commit()
    project.file("a.py", "1\r2\r3\n4\n5\rsix\n7")
    assert changed(project).files == {"a.py": ((5, 7),)}


def test_files_that_count_as_binary_have_lines(project):
    project.file(".gitattributes", "*.py binary\n")
    project.file("a.py", "1\n2\n")
    project.file("b.py", "1\0\n2\n")
    project.commit()
    project.file("a.py", "1\n2\n3\n")
    project.file("b.py", "1\0\n2\n3\n")
    assert changed(project).files == {"a.py": ((3, 3),), "b.py": ((3, 3),)}


SETTINGS = {
    "diff.noprefix": "true", "diff.mnemonicPrefix": "true", "diff.renames": "false", "diff.context": "9",
    "diff.interHunkContext": "9", "color.ui": "always", "color.diff": "always", "diff.external": "false",
    "diff.submodule": "log", "diff.ignoreSubmodules": "all", "diff.relative": "true", "core.quotePath": "true",
    "diff.orderFile": "none", "diff.autoRefreshIndex": "false", "diff.wsErrorHighlight": "all",
    "diff.colorMoved": "zebra", "diff.suppressBlankEmpty": "true", "core.pager": "false", "diff.renameLimit": "1",
}  # fmt: skip


def test_no_setting_of_the_user_changes_the_answer(project, monkeypatch):
    text = "".join(f"line {number}\n" for number in range(20))
    project.put(old=text, sub__ü="1\n", touched="1\n")
    project.commit()
    project.run("git", "mv", "old.py", "new.py")
    project.put(new=text.replace("line 7\n", "changed\n").replace("line 9\n", "changed\n"), sub__ü="1\n\n2\n")
    os.utime(project.folder / "touched.py", (1, 1))
    expected = changed(project).files
    assert expected == {"new.py": ((8, 8), (10, 10)), "sub/ü.py": ((2, 3),)}
    for name, value in SETTINGS.items():
        project.run("git", "config", name, value)
    for name, value in {"GIT_EXTERNAL_DIFF": "false", "GIT_DIFF_OPTS": "-u9", "GIT_LITERAL_PATHSPECS": "0",
                        "GIT_PAGER": "false", "GIT_ICASE_PATHSPECS": "1", "LC_ALL": "de_DE"}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(project.folder / "sub")
    assert changed(project).files == expected


def test_no_hook_or_monitor_or_textconv_of_the_repository_runs(project, tmp_path):
    project.file(".gitattributes", "*.py diff=shown\n")
    project.put(a="1\n")
    project.commit()
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    script.chmod(0o755)
    for name in ("core.fsmonitor", "diff.shown.textconv", "diff.shown.command", "core.pager", "core.askPass"):
        project.run("git", "config", name, str(script))
    for name in ("post-index-change", "fsmonitor-watchman"):
        (project.folder / ".git" / "hooks" / name).symlink_to(script)
    project.put(a="2\n")
    (tmp_path / "ran").unlink(missing_ok=True)
    assert changed(project).files == {"a.py": ((1, 1),)}
    assert not (tmp_path / "ran").exists()


def test_a_merge_with_conflicts(project):
    project.put(a="1\n", b="1\n")
    project.commit()
    project.run("git", "checkout", "--quiet", "-b", "other")
    project.put(a="other\n", b="1\n2\n")
    project.commit()
    project.run("git", "checkout", "--quiet", "main")
    project.put(a="main\n")
    project.commit()
    project.try_("git", "merge", "other")
    assert changed(project).files == {"a.py": ((1, 1), (3, 5)), "b.py": ((2, 2),)}
    assert staged(repository(str(project.folder)), "HEAD") == ["b.py"]


def test_a_submodule_has_the_lines_of_its_own_history(project, tmp_path):
    inner = Project(tmp_path / "inner")
    inner.put(a="1\n2\n", b="1\n")
    inner.commit()
    project.put(own="1\n")
    project.commit()
    project.run("git", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.folder), "sub")
    added = changed(project)
    assert added.on_lines("sub/a.py", 2, 2)
    assert not added.in_file("own.py")
    base = project.commit()
    assert changed(project).files == {}
    assert not changed(project).in_file("sub/a.py")
    (project.folder / "sub" / "a.py").write_text("1\n2\n3\n")
    assert changed(project).files == {"sub/a.py": ((3, 3),)}
    project.run("git", "-C", "sub", "commit", "--quiet", "--all", "-m", "Change")
    project.commit()
    assert changed(project, base).files == {"sub/a.py": ((3, 3),)}
    project.run("git", "-C", "sub", "checkout", "--quiet", "--orphan", "fresh")
    project.run("git", "-C", "sub", "commit", "--quiet", "-m", "Fresh")
    (project.folder / "sub" / "a.py").write_text("")
    for command in (["branch", "-D", "main"], ["remote", "remove", "origin"],
                    ["reflog", "expire", "--expire=all", "--all"],
                    ["gc", "--quiet", "--prune=now"]):  # fmt: skip
        project.run("git", "-C", "sub", *command)
    with pytest.raises(GitError, match=r"submodule sub: there is no commit"):
        changed(project, base)


def test_what_git_prints_is_not_trusted_blindly():
    head = b":100644 100644 " + b"0" * 40 + b" " + b"1" * 40 + b" M\0a.py\0"
    patch = b"diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x\n+y\n"
    assert [one.lines for one in parse(head + b"\0" + patch)] == [((1, 1),)]
    for broken in (head, head + b"\0", head[:30], head + b"\0" + patch[:-4], head + b"\0" + patch + patch,
                   head + b"\0" + patch.replace(b"+y", b" y"), b":1 2 3\0a\0b\0"):  # fmt: skip
        with pytest.raises(GitError, match="git"):
            list(parse(broken))
    assert list(parse(b"")) == []


LINES = st.lists(
    st.sampled_from(
        ["", "x", "y", "diff --git a/a.py b/a.py", "@@ -1 +1 @@", "-", "+", "--- a", "+++ b", "\\ No", ":1"]
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, LINES, st.booleans(), st.booleans())
def test_what_did_not_change_was_there_before(project, old, new, old_end, new_end):
    """Without the changed lines, the new file is a part of the old one, in its order."""
    before, after = "\n".join(old) + "\n" * old_end, "\n".join(new) + "\n" * new_end
    project.file("a.py", before)
    project.file("z.py", "1\n")
    project.commit()
    project.file("a.py", after)
    project.file("z.py", "1\n2\n")
    found = changed(project)
    assert found.files["z.py"] == ((2, 2),)
    lines = after.splitlines()
    unchanged = [text for number, text in enumerate(lines, 1) if not found.on_lines("a.py", number, number)]
    left = iter(before.splitlines())
    assert all(text in left for text in unchanged)
    if before == after:
        assert unchanged == lines


# --- where there is nothing to compare with ---


def error(project, revision):
    with pytest.raises(GitError) as caught:
        repository(str(project.folder)).merge_base(revision)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_revision_is_never_an_option(project):
    project.commit()
    for name in ("--help", "-h", "--output=x", ""):
        assert "is not the name of a commit" in error(project, name)
    assert sorted(os.listdir(project.folder)) == [".git"]


def test_revisions_that_are_not_there(project):
    project.put(a="1\n")
    assert error(project, "main") == "there is no commit 'main': the repository has no commits yet"
    project.commit()
    for name in ("none", "HEAD:a.py", "HEAD~7", "a\nb", "\x1b[31m", "HEAD HEAD", "HEAD..main"):
        assert f"there is no commit {name!r} in this repository (`git fetch` may bring it)" == error(project, name)


def test_histories_that_have_nothing_in_common(project):
    project.commit()
    project.run("git", "checkout", "--quiet", "--orphan", "other")
    project.commit("Another")
    assert error(project, "main") == (
        "'main' and what is checked out have no common ancestor: their histories have nothing in common"
    )


def test_a_shallow_clone_says_what_to_do(project, tmp_path):
    project.put(a="1\n")
    project.commit()
    project.run("git", "branch", "topic")
    project.put(a="2\n")
    project.commit()
    project.run("git", "checkout", "--quiet", "topic")
    project.put(b="2\n")
    project.commit()
    url = f"file://{project.folder}"
    clone = Project(tmp_path / "clone")
    clone.run("git", "fetch", "--quiet", "--depth=1", url, "main:refs/remotes/origin/main")
    clone.run("git", "fetch", "--quiet", "--depth=1", url, "topic:topic")
    clone.run("git", "checkout", "--quiet", "topic")
    assert "the clone is shallow; fetch the whole history (`git fetch --unshallow`" in error(clone, "origin/main")
    assert "the clone is shallow, and has only a part of the history" in error(clone, "topic~1")


def test_what_is_no_work_tree(tmp_path, project, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    with pytest.raises(GitError, match=f"{tmp_path} is not in a Git work tree: fatal: not a git repository"):
        repository(str(tmp_path))
    with pytest.raises(GitError, match="is not in a Git work tree"):
        repository(str(project.folder / ".git"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="there is no `git` command"):
        repository(str(project.folder))


def test_git_has_a_time_limit(project, tmp_path, monkeypatch):
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 30\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("hybridize_bot.git.SECONDS", 0.2)
    with pytest.raises(GitError, match="took longer than"):
        repository(str(project.folder))


# --- the variables of hooks ---


def test_the_index_of_a_hook_is_heeded_for_its_own_repository_only(project, tmp_path, monkeypatch):
    other = Project(tmp_path / "other")
    for one in (project, other):
        one.put(a="1\n")
        one.commit()
        one.put(new="1\n")
    index = project.folder / ".git" / "another-index"
    project.run("git", "add", "new.py", GIT_INDEX_FILE=str(index))
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/another-index")
    assert staged(repository(str(project.folder)), "HEAD") == ["new.py"]
    assert staged(repository(str(other.folder)), "HEAD") == []
    monkeypatch.setenv("GIT_DIR", ".git")
    assert repository(str(project.folder)).top == os.path.realpath(project.folder)
    assert staged(repository(str(project.folder)), "HEAD") == ["new.py"]
    (project.folder / "sub").mkdir()
    assert repository(str(project.folder / "sub")).top == os.path.realpath(project.folder)
    assert staged(repository(str(other.folder)), "HEAD") == []


def test_a_linked_work_tree(project, tmp_path, monkeypatch):
    project.put(a="1\n")
    project.commit()
    project.run("git", "worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    folder = tmp_path / "side"
    monkeypatch.chdir(folder)
    git_folder = subprocess.run(["git", "rev-parse", "--git-dir"], capture_output=True, text=True, check=True).stdout
    monkeypatch.setenv("GIT_DIR", git_folder.strip())
    monkeypatch.setenv("GIT_INDEX_FILE", f"{git_folder.strip()}/index")
    (folder / "a.py").write_text("2\n")
    repo = repository(str(folder))
    assert repo.top == os.path.realpath(folder)
    assert changes(repo, "HEAD").files == {"a.py": ((1, 1),)}
    assert changes(repository(str(project.folder)), "HEAD").files == {}


def test_a_repository_that_only_the_variables_tell_of(project, tmp_path, monkeypatch):
    project.put(a="1\n")
    project.commit()
    os.rename(project.folder / ".git", tmp_path / "elsewhere.git")
    project.put(a="2\n")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(project.folder))
    assert changes(repository(str(project.folder)), "HEAD").files == {"a.py": ((1, 1),)}


def test_all_commits_that_a_merge_brings_in(project):
    project.put(a="1\n")
    project.commit()
    hashes = []
    for name in ("one", "two"):
        project.run("git", "checkout", "--quiet", "-b", name, "main")
        project.put(**{name: "1\n"})
        hashes.append(project.commit())
    project.run("git", "checkout", "--quiet", "main")
    assert repository(str(project.folder)).merged() == []
    project.run("git", "merge", "--no-commit", "--no-ff", "one", "two")
    assert repository(str(project.folder)).merged() == hashes
