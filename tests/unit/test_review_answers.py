"""What of GitHub's answers counts as ours, as somebody's, or as nothing."""

import msgspec
import pytest
from reviews import LINKS, remark

from hybridize_bot.github.answers import Comment, Connection, Said
from hybridize_bot.github.comments import comment

OURS = comment(remark("one"), LINKS, suggestions=True)


def said(body, *, mine, kind):
    author = None if kind is None else {"__typename": kind}
    told = {"id": "x", "body": body, "viewerDidAuthor": mine, "isMinimized": False, "minimizedReason": None}
    return msgspec.convert({**told, "author": author}, Comment)


@pytest.mark.parametrize(
    ("body", "mine", "kind", "answers"),
    [
        ("why?", False, "User", True),
        ("why?", False, None, True),  # by an account that is gone
        ("coverage went up", False, "Bot", False),
        (OURS, True, "Bot", False),
        (OURS, True, "User", False),
        ("I looked at it", True, "User", True),  # by the person whose token it is
        ("a linter says", True, "Bot", False),
    ],
)
def test_who_answers(body, mine, kind, answers):
    assert said(body, mine=mine, kind=kind).answers is answers


def test_nothing_in_a_list_is_passed_over():
    page = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [None, {"body": "a"}, None]}
    assert msgspec.convert(page, Connection[Said]).nodes == [Said(body="a")]
