"""Comments follow their lines, as git sees them."""

import random

import pytest
from bot.github.forge import ConflictError
from bot.github.samples import CHANGED, LINES, PULL, comment, review, threads


def shown(forge):
    """Lines of the comments as REST has them: now, and when they were made."""
    listed = forge.ask("GET", f"{PULL}/comments").json()
    return [(one["start_line"], one["line"], one["original_line"]) for one in listed]


def test_lines_above_move_a_comment(forge, pull):
    review(forge, comment(5), comment(30, start_line=29))
    pull.push({"a.py": "top\n" + CHANGED})
    assert shown(forge) == [(None, 6, 5), (30, 31, 30)]
    assert [(one["line"], one["isOutdated"]) for one in threads(forge)] == [(6, False), (31, False)]


def test_a_changed_line_is_outdated(forge, pull):
    review(forge, comment(5), comment(30, start_line=29))
    first = pull.head
    pull.push({"a.py": CHANGED.replace("line five", "line 5, changed").replace("thirty", "30")})
    assert shown(forge) == [(None, None, 5), (None, None, 30)]
    listed = forge.ask("GET", f"{PULL}/comments").json()
    assert [(one["position"], one["commit_id"]) for one in listed] == [(None, first)] * 2
    assert [(one["line"], one["originalLine"], one["isOutdated"]) for one in threads(forge)] == [
        (None, 5, True),
        (None, 30, True),
    ]
    pull.revert_to(first)
    assert shown(forge) == [(None, 5, 5), (29, 30, 30)]


def test_a_line_that_leaves_the_diff_is_outdated(forge, pull):
    review(forge, comment(8), comment(5))
    # Line 5 is as it was: the hunk that showed line 8 as context is gone.
    pull.push({"a.py": CHANGED.replace("line five", "line 5")})
    assert shown(forge) == [(None, None, 8), (None, None, 5)]


def test_a_base_that_gets_the_same_change_takes_it_from_the_diff(forge, pull):
    review(forge, comment(5), comment(30))
    forge.commit({"a.py": LINES.replace("line 5\n", "line five\n")})
    assert shown(forge) == [(None, 5, 5), (None, 30, 30)]
    pull.merge_in_base()
    assert shown(forge) == [(None, None, 5), (None, 30, 30)]


def test_a_rebase_and_a_rename_keep_comments(forge, pull):
    review(forge, comment(5))
    first = pull.head
    forge.commit({"a.py": "top\n" + LINES})
    pull.rebase()
    assert pull.merge_base == pull.base
    assert first not in forge.git.between(pull.merge_base, pull.head)
    assert shown(forge) == [(None, 6, 5)]
    pull.rename("a.py", "b.py")
    assert [(one["path"], one["line"]) for one in forge.ask("GET", f"{PULL}/comments").json()] == [("b.py", 6)]


def test_a_force_push_and_an_amended_commit(forge, pull):
    review(forge, comment(5))
    pull.amend({"a.py": "top\n" + CHANGED})
    assert len(forge.git.between(pull.merge_base, pull.head)) == 1
    assert shown(forge) == [(None, 6, 5)]
    pull.force_push({"b.py": "other\n"})
    assert shown(forge) == [(None, None, 5)]


def test_a_deleted_line_is_one_of_the_base(forge, pull):
    review(forge, comment(20, side="LEFT"))
    pull.push({"a.py": "top\n" + CHANGED})
    assert shown(forge) == [(None, 20, 20)]
    forge.commit({"a.py": "top\n" + LINES})
    pull.merge_in_base()
    assert shown(forge) == [(None, 21, 20)]
    pull.push({"a.py": "top\n" + LINES})
    assert shown(forge) == [(None, None, 20)]


def test_a_conflict_is_for_people(forge, pull):
    forge.commit({"a.py": LINES.replace("line 5\n", "other\n")})
    head = pull.head
    with pytest.raises(ConflictError):
        pull.rebase()
    with pytest.raises(ConflictError):
        pull.merge_in_base()
    assert pull.test_merge() is None
    assert pull.head == head
    pull.push({"c.py": "x\n"})
    assert forge.git.about(pull.head)[1] == [head]


@pytest.mark.parametrize("seed", range(3))
def test_a_comment_is_always_on_the_text_it_was_made_on(forge, pull, seed):
    chance = random.Random(seed)
    review(forge, *(comment(line) for line in (2, 5, 8, 19, 20, 27, 30, 31)))
    made = [CHANGED.split("\n")[one.original.line - 1] for one in pull.review_comments]
    for step in range(6):
        lines = pull.text("a.py").split("\n")
        at = chance.randrange(len(lines) - 1)
        lines[at : at + chance.randrange(2)] = [f"new {step}"] * chance.randrange(3)
        pull.push({"a.py": "\n".join(lines)})
        now = pull.text("a.py").split("\n")
        for text, one in zip(made, pull.review_comments, strict=True):
            if one.current is not None:
                assert now[one.current.line - 1] == text
                assert forge.world.file(pull.state, "a.py").hunk("RIGHT", one.current.line) is not None


def test_the_diff_of_a_fork(forge):
    forge.commit({"a.py": LINES})
    pull = forge.open({"a.py": CHANGED}, author="ann", fork=True)
    seen = forge.repository().get_pull(1)
    assert (seen.head.repo.full_name, seen.base.repo.full_name) == ("ann/models", "octo/models")
    assert seen.head.sha == pull.head
    assert forge.git("rev-parse", "refs/heads/change-1", here=forge.folder / "fork.git").strip() == pull.head
    assert not forge.git.at("refs/heads/change-1")
