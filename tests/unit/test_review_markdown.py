"""Markdown: text stays text, as GitHub's own renderer sees it, and what is too long is shortened where it may be."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reviews import harmless

from hybridize_bot.github.markdown import Rows, block, code, cut, fitted, quoted, row, text, units

HOSTILE = [
    "@octocat", "@org/team", "#12", "GH-3", "octo/models#1", "deadbeef", "0123456789abcdef0123456789abcdef01234567",
    "www.example.org", "http://example.org", "ftp://x", "mailto:a@b.org", "a@b.org", "[a](http://x)",
    "![a](http://x)", "<b>", "</details>", "<!--", "-->", "<script>", "&lt;", "&#64;x", ":tada:", "$x$", "**a**",
    "_a_", "~~a~~", "`", "``", "```", "`a`", "`a``b`", "``a`", "1.", "2)", "-", "+", "*", ">", "#", "===", "---", "|",
    "\\|", "\\`", "\\", "\n", "\r\n", "\u202e", "[^1]", "- [ ] x", "<https://x>", "[x]: http://y", "a", "word",
    "it's", "(f(x))", "e.g.", "1.5", "50%", " ", "<!-- hybridize:remark:v1:00000000000000000000000000000000 -->",
    "PROJ-12", "deadbeef÷", "x/deadbeef", "javascript:alert(1)", "\u2028", "'", '"',
]  # fmt: skip


def shown(markdown):
    return " ".join(harmless(markdown).text.split())


@pytest.mark.parametrize("value", HOSTILE)
def test_text_means_nothing_and_is_shown(value):
    got = text(f"a {value} b")
    assert "\n" not in got
    visible = shown(got)
    assert visible.startswith("a ")
    assert visible.endswith(" b")
    if value.isascii() and value.strip() and "`" not in value:
        assert " ".join(value.split()) in visible


@given(st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=5)), max_size=8).map("".join))
def test_nothing_that_is_put_together_means_anything(value):
    for markdown in (text(value), f"- {text(value)}", f"**Error:** {text(value)}", row([text(value), code(value)])):
        assert "\n" not in markdown
        harmless(markdown)
    table = f"| a | b |\n| --- | --- |\n{row([text(value), code(value)])}"
    page = harmless(table)
    assert page.elements.count("td") == 2


def test_names_in_backticks_look_like_code_and_prose_like_prose():
    given = "`step` calls `log` (train.py:4), which prints: and/or it's e.g. 1.5 “times”, 50% — on f(x)."
    assert text(given) == (
        "`step` calls `log` (`train.py:4`), which prints: and/or it's e.g. 1.5 “times”, 50% — on `f(x)`."
    )
    assert text("`f`'s result, not `g`") == "`f`'s result, not `g`"


@pytest.mark.parametrize("part", ["a", "`", "a[", "a[ ", "ü", "(", "'", "a-", "1.", "a.", "[", "\\"])
def test_long_words_take_no_longer_than_their_length(part):
    start = time.process_time()
    for _ in range(10):
        text(part * 4_000)
    assert time.process_time() - start < 1.0


def test_a_place_in_a_notebook_is_one_word():
    assert text("called here (docs/a.ipynb:cell 48:1) and there") == "called here (`docs/a.ipynb:cell 48:1`) and there"


def test_a_text_that_begins_like_a_list_is_none():
    for value in ("1. a", "2) a", "- a", "+ a", "= a", "# a", "> a"):
        assert harmless(text(value)).elements[0] == "p"
        assert not {"ol", "ul", "h1", "blockquote"} & set(harmless(text(value)).elements)


@given(st.text(alphabet="`a |\\<", min_size=1, max_size=12))
def test_code_is_shown_as_it_is(value):
    page = harmless(f"x {code(value)} y")
    assert page.elements == ["p", "code"]
    assert page.text.strip() == f"x {value} y"


@given(st.lists(st.text(alphabet="`~ab>-#", max_size=8), max_size=6))
def test_a_block_holds_its_lines(lines):
    page = harmless(f"{block(lines, 'suggestion')}\n\nend")
    assert page.elements == ["pre", "code", "p"]
    assert page.text == "".join(f"{line}\n" for line in lines) + "\nend\n"


def test_a_path_is_one_address():
    assert quoted("a b/ü(1)#?.py") == "a%20b/%C3%BC%281%29%23%3F.py"


def test_what_is_cut_says_so():
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcd", 4) == "abcd"
    assert units("a😀") == 3


def test_nothing_is_shortened_that_fits():
    rows = Rows("head\n", ["- a", "- b"], "\ntail")
    assert fitted(["first", "", rows, "last"], "foot", 1000) == "first\n\nhead\n- a\n- b\ntail\n\nlast\n\nfoot"


def test_rows_are_left_out_before_blocks_and_counted():
    rows = Rows("head\n", [f"- {number:03}" for number in range(100)], "\n\ntail")
    got = fitted(["first", rows, "last"], "foot", 400)
    assert len(got) <= 400
    count = got.count("- 0")
    assert 0 < count < 100
    assert f"\n\n… and {100 - count} more\n\ntail\n\nlast\n\nfoot" in got


def test_blocks_are_left_out_from_the_end_and_that_is_said():
    got = fitted(["first", "a" * 300, "b" * 300], "foot", 450)
    assert got == "\n\n".join(["first", "a" * 300, "This was too long for GitHub, and is not all there is.", "foot"])


@given(
    st.lists(
        st.text(max_size=200) | st.lists(st.text(max_size=50), max_size=20).map(lambda rows: Rows("h\n", rows)),
        max_size=8,
    ),
    st.integers(300, 1500),
)
def test_what_is_fitted_fits(blocks, most):
    assert units(fitted(["first", *blocks], "foot", most)) <= most
