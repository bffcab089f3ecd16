"""Suggestions are applied as GitHub applies them, or refused as it refuses."""

import pytest
from bot.github.apply import NotAppliedError, apply, apply_all, blocks
from bot.github.samples import CHANGED, comment, review


def suggest(*lines, fence="```"):
    return "\n".join(["Some words.", "", f"{fence}suggestion", *lines, fence, "and more"])


def made(forge, pull, *comments):
    """The comments of a review of these."""
    answer = review(forge, *comments)
    assert answer.status_code == 200, answer.text
    return pull.review_comments[-len(comments) :]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("```suggestion\na\n  b\n```", [["a", "  b"]]),
        ("```suggestion\n```", [[]]),
        ("```suggestion\n\n```", [[""]]),
        ("````suggestion\n```python\nx\n```\n````", [["```python", "x", "```"]]),
        ("~~~~ suggestion\n~~~\n~~~~~", [["~~~"]]),
        ("  ```suggestion\n    a\n b\n  ```", [["  a", "b"]]),
        ("```suggestion\r\na\r\n```\r\n", [["a"]]),
        ("```python\n```suggestion\nx\n```\n", []),
        ("    ```suggestion\n    x\n    ```", []),
        ("```suggestion:-1+2\nx\n```", []),
        ("```suggestion\none\n```\n```suggestion\ntwo\n```", [["one"], ["two"]]),
        ("no block", []),
    ],
)
def test_blocks_are_found_as_markdown_has_them(body, expected):
    assert blocks(body) == expected


def test_lines_are_replaced_as_they_are(forge, pull):
    (one,) = made(forge, pull, comment(30, start_line=29, body=suggest("\tnew", "", "  newer  ")))
    assert apply(pull, one) == CHANGED.replace("thirty\nand more\n", "\tnew\n\n  newer  \n")


def test_an_empty_block_deletes(forge, pull):
    (one,) = made(forge, pull, comment(5, body=suggest()))
    assert apply(pull, one) == CHANGED.replace("line five\n", "")


def test_a_suggestion_moves_with_its_lines(forge, pull):
    (one,) = made(forge, pull, comment(5, body=suggest("new")))
    pull.push({"a.py": "top\n" + CHANGED})
    assert apply(pull, one) == "top\n" + CHANGED.replace("line five", "new")


def test_a_commit_has_several(forge, pull):
    ones = made(
        forge, pull, comment(5, body=suggest("a", "b")), comment(29, body=suggest()), comment(6, body=suggest("c"))
    )
    expected = CHANGED.replace("line five\nline 6\n", "a\nb\nc\n").replace("thirty\n", "")
    assert apply_all(pull, ones) == {"a.py": expected}


def test_two_on_a_line_are_refused(forge, pull):
    ones = made(forge, pull, comment(30, start_line=29, body=suggest("a")), comment(29, body=suggest("b")))
    with pytest.raises(NotAppliedError, match="one suggestion per line"):
        apply_all(pull, ones)


@pytest.mark.parametrize(
    ("text", "line", "lines", "expected"),
    [
        ("a\r\nb\r\nc\r\n", 2, ["x", "y"], "a\r\nx\r\ny\r\nc\r\n"),
        ("a\nb", 2, ["x", "y"], "a\nx\ny"),
        ("a\nb", 2, [], "a\n"),
        ("a", 1, ["x", "y"], "x\ny"),
        ("a\x0cb\nc\n", 2, ["x"], "a\x0cb\nx\n"),
    ],
)
def test_lines_end_as_they_did(forge, text, line, lines, expected):
    pull = forge.open({"a.py": text})
    (one,) = made(forge, pull, comment(line, body=suggest(*lines)))
    assert apply(pull, one) == expected


def refusal(pull, one):
    with pytest.raises(NotAppliedError) as caught:
        apply(pull, one)
    return str(caught.value)


def test_what_is_no_suggestion_is_refused(forge, pull):
    (one,) = made(forge, pull, comment(5))
    assert refusal(pull, one) == "There is no suggestion."


def test_a_deleted_line_is_refused(forge, pull):
    left, across, behind = made(
        forge,
        pull,
        comment(20, side="LEFT", body=suggest("x")),
        comment(5, start_line=4, body=suggest("x")),
        comment(6, start_line=5, body=suggest("x")),
    )
    # The diff shows line 20 of the base, and between lines 4 and 5 the line that was 5.
    assert refusal(pull, left) == "Applying suggestions on deleted lines is not supported."
    assert refusal(pull, across) == "Applying suggestions on deleted lines is not supported."
    assert apply(pull, behind) == CHANGED.replace("line five\nline 6\n", "x\n")


def test_an_outdated_one_is_refused(forge, pull):
    end, middle = made(forge, pull, comment(5, body=suggest("x")), comment(31, start_line=29, body=suggest("x")))
    pull.push({"a.py": CHANGED.replace("line five", "other").replace("and more", "and less")})
    assert refusal(pull, end) == "This suggestion is outdated."
    assert middle.current is not None
    assert refusal(pull, middle) == "This suggestion is outdated."


def test_a_closed_pull_request_a_draft_and_no_change_are_refused(forge, pull):
    same, one = made(forge, pull, comment(5, body=suggest("line five")), comment(6, body=suggest("x")))
    assert refusal(pull, same) == "Suggestions cannot be applied since no changes were made to the code."
    pull.close()
    assert "closed" in refusal(pull, one)
    pull.reopen()
    assert apply(pull, one)
    draft = forge.person("ann").review(pull, [("a.py", 6, suggest("y"))], state="PENDING")
    assert refusal(pull, pull.review_comments[-1]) == "Suggestions cannot be applied from pending reviews."
    assert draft.state == "PENDING"
