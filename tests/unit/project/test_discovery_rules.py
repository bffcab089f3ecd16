"""What `discover` leaves out, on real links and real repositories: symbolic links, `.gitignore` files, ``exclude``."""

import os
import subprocess
import tempfile

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.project.folders import found, init, messages, needs_git, needs_links, write

# --- symbolic links ---


@needs_links
def test_link_loops_end(tmp_path):
    write(tmp_path, "a/x.py", "a/b/y.py")
    (tmp_path / "a/b/up").symlink_to(tmp_path / "a")
    (tmp_path / "a/self").symlink_to(".")
    (tmp_path / "root").symlink_to(tmp_path)
    assert found(tmp_path) == ["a/b/y.py", "a/x.py"]
    assert found(tmp_path / "a/b/up") == ["b/y.py", "x.py"]


@needs_links
def test_real_names_win_over_links(tmp_path):
    write(tmp_path, "z/real.py")
    (tmp_path / "a.py").symlink_to("z/real.py")
    (tmp_path / "b").symlink_to("z")
    assert found(tmp_path) == ["z/real.py"]


@needs_links
def test_a_link_to_a_file_without_suffix_is_taken(tmp_path):
    write(tmp_path, "bin/tool")
    (tmp_path / "tool.py").symlink_to("bin/tool")
    (tmp_path / "tool2.py").symlink_to("bin/tool")
    assert found(tmp_path) == ["tool.py"]


@needs_links
def test_links_out_of_the_given_folder_are_not_followed(tmp_path):
    write(tmp_path, "outside/x.py", "inside/a.py")
    (tmp_path / "inside/link").symlink_to(tmp_path / "outside")
    (tmp_path / "inside/link.py").symlink_to(tmp_path / "outside/x.py")
    (tmp_path / "inside/slash").symlink_to("/")
    assert found(tmp_path / "inside") == ["a.py"]
    assert messages(tmp_path / "inside") == {}
    assert found(tmp_path / "inside/link") == ["x.py"]
    assert found(tmp_path / "inside/link.py") == ["link.py"]


@needs_git
@needs_links
def test_links_within_the_repository_are_followed(tmp_path):
    init(tmp_path)
    write(tmp_path, "shared/x.py", "shared/sub/z.py", "src/a.py")
    (tmp_path / "shared/back").symlink_to(tmp_path / "src")
    (tmp_path / "src/link").symlink_to(tmp_path / "shared")
    (tmp_path / "src/link2").symlink_to(tmp_path / "shared/sub")
    assert found(tmp_path / "src") == ["a.py", "link/sub/z.py", "link/x.py"]


@needs_git
@needs_links
def test_links_into_what_was_left_out_are_not_followed(tmp_path):
    init(tmp_path)
    write(tmp_path, "gen/x.py", "a.py", ".venv/lib/y.py")
    write(tmp_path, ".gitignore", text="/gen/\n/dropped.py\n")
    (tmp_path / "current").symlink_to("gen")
    (tmp_path / "lib").symlink_to(".venv/lib")
    write(tmp_path, "script", "kept/script2")
    (tmp_path / "dropped.py").symlink_to("script")
    (tmp_path / "kept.py").symlink_to("kept/script2")
    assert found(tmp_path) == ["a.py", "kept.py"]


@needs_links
def test_dead_links(tmp_path):
    (tmp_path / "gone.py").symlink_to("nowhere.py")
    (tmp_path / "self.py").symlink_to("self.py")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / ".#edited.py").symlink_to("user@host.1234")
    problems = messages(tmp_path)
    assert sorted(problems) == ["gone.py", "self.py"]
    assert "leads nowhere" in problems["gone.py"]


# --- .gitignore ---


@needs_git
def test_gitignore_files_at_every_level(tmp_path):
    init(tmp_path)
    write(tmp_path, "a.py", "gen_a.py", "pkg/b.py", "pkg/gen_b.py", "pkg/sub/c.py", "pkg/sub/gen_keep.py", "tmp/d.py")
    write(tmp_path, ".gitignore", text="gen_*.py\n/tmp/\n")
    write(tmp_path, "pkg/.gitignore", text="!gen_b.py\n/b.py\n")
    write(tmp_path, "pkg/sub/.gitignore", text="!gen_keep.py\nc.py\n")
    assert found(tmp_path) == ["a.py", "pkg/gen_b.py", "pkg/sub/gen_keep.py"]
    assert found(tmp_path / "pkg/sub") == ["gen_keep.py"]
    write(tmp_path, "pkg/sub/gen_b.py")
    assert found(tmp_path / "pkg/sub") == ["gen_b.py", "gen_keep.py"]
    (tmp_path / "pkg/sub/gen_b.py").unlink()
    assert len(found(tmp_path, respect_gitignore=False)) == 7


def test_gitignore_counts_in_repositories_only(tmp_path):
    write(tmp_path, "a.py", "b.py", ".git/x")
    write(tmp_path, ".gitignore", text="a.py\n")
    assert found(tmp_path) == ["a.py", "b.py"]


@needs_git
def test_named_paths_are_taken_although_ignored(tmp_path):
    init(tmp_path)
    write(tmp_path, "gen/a.py", "gen/b.py", "c.py")
    write(tmp_path, ".gitignore", text="/gen/\nb.py\n")
    assert found(tmp_path) == ["c.py"]
    assert found(tmp_path / "gen") == ["a.py"]
    assert found(tmp_path / "gen/b.py") == ["b.py"]


@needs_git
def test_a_repository_inside_has_its_own_rules(tmp_path):
    write(tmp_path, "inner/gen.py", "inner/b.py", "gen.py", "a.py", "plain/b.py")
    init(tmp_path)
    init(tmp_path / "inner")
    write(tmp_path, ".gitignore", text="gen.py\n")
    write(tmp_path, "inner/.gitignore", text="b.py\n")
    assert found(tmp_path) == ["a.py", "inner/gen.py", "plain/b.py"]


@needs_git
def test_a_repository_below_a_plain_folder(tmp_path):
    write(tmp_path, "one/a.py", "one/b.py", "two/a.py")
    init(tmp_path / "one")
    write(tmp_path, "one/.gitignore", text="a.py\n")
    write(tmp_path, "two/.gitignore", text="a.py\n")
    assert found(tmp_path) == ["one/b.py", "two/a.py"]


@needs_git
@needs_links
def test_rules_hold_through_a_link_to_the_repository(tmp_path):
    write(tmp_path, "repo/pkg/a.py", "repo/pkg/gen/b.py", "repo/c.py")
    init(tmp_path / "repo")
    write(tmp_path, "repo/.gitignore", text="/pkg/gen\n/c.py\n")
    (tmp_path / "elsewhere").symlink_to("repo/pkg")
    (tmp_path / "whole").symlink_to("repo")
    assert found(tmp_path / "elsewhere") == ["a.py"]
    assert found(tmp_path / "whole") == ["pkg/a.py"]
    assert found(tmp_path / "whole/pkg") == ["a.py"]


@needs_git
@needs_links
def test_a_gitignore_that_is_no_plain_file_counts_as_none(tmp_path):
    init(tmp_path)
    write(tmp_path, "a.py", "b/c.py")
    write(tmp_path, "rules", text="*.py\n")
    (tmp_path / ".gitignore").symlink_to("rules")
    os.mkfifo(tmp_path / "b/.gitignore")
    assert found(tmp_path) == ["a.py", "b/c.py"]


names = st.sampled_from(["a", "b", "c", "gen"])
trees = st.sets(st.lists(names, min_size=1, max_size=4).map("/".join), min_size=1, max_size=12)
LINES = [
    "a/", "/a", "gen", "!gen", "*.py", "!a.py", "!*.py", "b/*", "!b/a.py", "**/c", "a/**", "/b/c/", "!/b/", "/*", "!/c",
    "gen.py", "*n*", "c/**/a.py", "a/*/b.py", "# x", "[ab].py", "?.py",
]  # fmt: skip
rules = st.dictionaries(
    st.sampled_from([".", "a", "b", "a/b", "gen"]), st.lists(st.sampled_from(LINES), max_size=4), max_size=3
)


@needs_git
@settings(max_examples=60, deadline=None)
@given(trees, rules)
def test_agrees_with_git_on_whole_trees(tree, gitignores):
    with tempfile.TemporaryDirectory() as root:
        init(root)
        write(root, *(f"{path}.py" for path in tree))
        for folder, lines in gitignores.items():
            write(root, f"{folder}/.gitignore", text="\n".join(lines) + "\n")
        command = [
            "git",
            "-c",
            "core.excludesFile=/dev/null",
            "ls-files",
            "-z",
            "--others",
            "--exclude-per-directory=.gitignore",
        ]
        listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode().split("\0")
        assert found(root) == sorted(path for path in listed if path.endswith(".py"))


# --- exclude ---


def test_exclude_patterns(tmp_path):
    write(tmp_path, "a.py", "a_test.py", "pkg/b_test.py", "pkg/c.py", "docs/conf.py", "pkg/docs/d.py")
    assert found(tmp_path, exclude=["*_test.py", "/docs/"]) == ["a.py", "pkg/c.py", "pkg/docs/d.py"]
    assert found(tmp_path, exclude=["*.py", "!pkg/c.py"]) == ["pkg/c.py"]


def test_exclude_holds_for_named_paths(tmp_path):
    write(tmp_path, "gen/a.py", "gen/sub/b.py", "gen/notes", "c.py")
    options = {"exclude": ["gen/"], "exclude_root": tmp_path}
    assert found(tmp_path / "gen/a.py", tmp_path / "c.py", **options) == ["c.py"]
    assert found(tmp_path / "gen/sub", tmp_path / "c.py", **options) == ["c.py"]
    assert found(tmp_path / "gen", **options) == []
    assert messages(tmp_path / "gen/notes", **options) == {}
    assert messages(tmp_path / "gen/notes") != {}


def test_exclude_is_relative_to_its_own_root(tmp_path):
    write(tmp_path, "src/gen/a.py", "src/b.py")
    assert found(tmp_path / "src", exclude=["/src/gen"], exclude_root=tmp_path) == ["b.py"]
    assert found(tmp_path / "src", exclude=["/src/gen"]) == ["b.py", "gen/a.py"]
    assert found(tmp_path / "src", exclude=["b.py"], exclude_root=tmp_path / "other") == ["b.py", "gen/a.py"]


@needs_git
def test_exclude_does_not_take_back_what_git_ignores(tmp_path):
    init(tmp_path)
    write(tmp_path, "a.py", "b.py")
    write(tmp_path, ".gitignore", text="a.py\n")
    assert found(tmp_path, exclude=["!a.py"]) == ["b.py"]
