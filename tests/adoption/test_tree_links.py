"""Links of a commit: those that lead below the folder are made, others are not, whatever other links there are."""

import os
import random

import pytest
from adoption.test_trees import blob, tree

from hybridize_bot import trees
from hybridize_bot.git import repository

LINK, FOLDER, FILE = "120000", "40000", "100644"


@pytest.fixture
def made(project, tmp_path):
    """Export a tree; the links of it, with what they lead to, and nothing of that is outside."""

    def run(commit):
        top = tmp_path / "deep" / "out" / "top"
        top.mkdir(parents=True)
        trees.export(repository(str(project.folder)), commit, str(top), trees.Wanted(1000))
        found = {}
        for folder, folders, files in os.walk(top):
            for name in [*folders, *files]:
                path = os.path.join(folder, name)
                if os.path.islink(path):
                    found[os.path.relpath(path, top).replace(os.sep, "/")] = os.readlink(path)
                    assert f"{os.path.realpath(path)}{os.sep}".startswith(f"{os.path.realpath(top)}{os.sep}"), path
        return found

    return run


@pytest.mark.parametrize(
    ("at", "target", "stays"),
    [
        ("a.py", "b.py", True),
        ("a.py", "./d//e/b.py", True),
        ("d/a.py", "../b.py", True),
        ("d/e/a.py", "../../b.py", True),
        ("d/e/a.py", "./../.././b.py", True),
        ("a.py", "../b.py", False),
        ("d/a.py", "../../b.py", False),
        ("d/a.py", "./.././../b.py", False),
        ("a.py", "/etc/passwd", False),
        ("a.py", "//etc/passwd", False),
        # Behind a name, which may be that of a link, a step up may lead anywhere.
        ("a.py", "d/../b.py", False),
        ("d/a.py", "../d/../b.py", False),
        ("a.py", "b.py\0c", False),
    ],
)
def test_where_a_link_may_lead(at, target, stays):
    assert trees._stays(at.encode(), target.encode()) is stays


def test_a_link_to_the_top_of_the_tree_is_none_out_of_it():
    # It leads to a folder above the module's own, never above the top; the analysis follows no link to a folder twice.
    assert trees._stays(b"d/a.py", b"..")
    assert not trees._stays(b"a.py", b"..")


def test_chains_of_links(project, made):
    project.file("d/e/real.py", "x = 1\n")
    for at, target in {
        "one.py": "two.py",
        "two.py": "d/three.py",
        "d/three.py": "e/real.py",
        "d/e/up.py": "../../one.py",
        "loop.py": "pool.py",
        "pool.py": "loop.py",
        "dangling.py": "nowhere/at/all.py",
        "out.py": "d/way.py",  # by way of one that is left out
        "d/way.py": "../../../secret.py",
    }.items():
        (project.folder / at).symlink_to(target)
    project.commit()
    found = made("HEAD")
    assert "d/way.py" not in found
    assert set(found) == {
        "one.py", "two.py", "d/three.py", "d/e/up.py", "loop.py", "pool.py", "dangling.py", "out.py",
    }  # fmt: skip


def test_steps_up_through_a_link_to_a_folder(project, made):
    """`d/flat.py` is the top, so `d/flat.py/../x` would be above it, although `d/flat.py/..` reads as `d`."""
    project.file("d/e/real.py", "x = 1\n")
    (project.folder / "d" / "flat.py").symlink_to("..")
    (project.folder / "evil.py").symlink_to("d/flat.py/../secret.py")
    (project.folder / "d" / "fine.py").symlink_to("flat.py/d/e/real.py")
    project.commit()
    assert made("HEAD") == {"d/flat.py": "..", "d/fine.py": "flat.py/d/e/real.py"}


@pytest.mark.parametrize("first", ["link", "folder"])
def test_no_link_is_made_through_another(project, made, first):
    """A tree with two entries of one name: through the link, the second link would stand where it leads out."""
    up, out = blob(project, b".."), blob(project, b"../../secret.py")
    inner = tree(project, (LINK, b"evil.py", out))
    two = [(LINK, b"q.py", up), (FOLDER, b"q.py", inner)]
    middle = tree(project, *(two if first == "link" else reversed(two)))
    top = tree(project, (FOLDER, b"p", middle))
    assert made(top) == {"p/q.py/evil.py": "../../secret.py"}


def test_no_folder_is_made_through_a_link(project, made, tmp_path):
    up = blob(project, b"..")
    inner = tree(project, (LINK, b"x.py", blob(project, b"y.py")))
    deeper = tree(project, (FOLDER, b"new", inner))
    middle = tree(project, (LINK, b"q.py", up), (FOLDER, b"q.py", deeper))
    made(tree(project, (FOLDER, b"p", middle)))
    assert not (tmp_path / "deep" / "out" / "top" / "new").exists()


def test_many_links_at_random(project, tmp_path):
    """Many links at random, most of which lead over others; whatever is left of them leads nowhere else."""
    draw = random.Random(20)
    folders = ["", "a/", "a/b/", "a/b/c/", "d/", "d/e/"]
    names = [f"{folder}l{number}.py" for folder in folders for number in range(12)]
    project.put(**{f"{folder.replace('/', '__')}f": "x = 1\n" for folder in folders})
    parts = ["..", "..", ".", "a", "b", "d", "f.py", *(f"l{number}.py" for number in range(12))]
    for name in names:
        (project.folder / name).symlink_to("/".join(draw.choices(parts, k=draw.randint(1, 5))))
    project.commit()
    top = tmp_path / "out" / "top"
    top.mkdir(parents=True)
    trees.export(repository(str(project.folder)), "HEAD", str(top), trees.Wanted(1000))
    left = [top / name for name in names if (top / name).is_symlink()]
    assert len(names) / 5 < len(left) < len(names)
    assert sum(len(os.readlink(link).split("/")) > 2 for link in left) > 5
    for link in left:
        resolved = os.path.realpath(link)
        assert resolved == str(top) or resolved.startswith(f"{top}{os.sep}"), (link, os.readlink(link))
