"""What is written on lines, under a pull request and into the summary of a run."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reviews import BASE, HEAD, LINKS, full, harmless, identity, remark, reviewed

from hybridize_bot.github import comments
from hybridize_bot.github.comments import Links, comment, is_review, is_summary, mark, same
from hybridize_bot.github.markdown import BODY, units
from hybridize_bot.github.remarks import Change, Lines, Step, Suggestion
from hybridize_bot.github.summary import STEP, review, step_summary, summary

BLOB = f"https://github.com/octo/models/blob/{HEAD}"
PAGE = "https://github.com/hybridize-bot/hybridize-bot/blob/v0.1.0/docs/rules/HYB101.md"


def test_a_comment_on_lines():
    one = full()
    assert (
        comment(one, LINKS, suggestions=True)
        == f"""\
<!-- hybridize:remark:v1:{one.identity} -->
**Error:** `train_step` calls `log_step` (`train.py:4`), which prints (`train.py:5`): once per graph

Because of this change: `log.py:5`, it prints

Use `tf.print`

```suggestion
@tf.function
def f(x):
```

<details><summary>Why: 2 steps and 1 assumption</summary>

1. [`train.py:11`]({BLOB}/train.py#L11): calls `log_step`
2. [`log.py:5`]({BLOB}/log.py#L5): prints: `print("loss")`

- Assumed: `config.debug` is not changed elsewhere

</details>

<sub>[HYB101]({PAGE}) python-side-effect-in-graph. \
To accept it: `# hybridize: ignore[HYB101] reason` on its line.</sub>"""
    )


def test_a_comment_with_nothing_but_its_message_is_short():
    body = comment(remark(help=""), LINKS, suggestions=True)
    assert len(body.split("\n\n")) == 2


def test_a_fix_that_is_no_suggestion_is_told():
    assert "A safe fix is known: moves the call. `hybridize check --fix` applies it" in comment(
        remark(fix="moves the call"), LINKS, suggestions=True
    )
    assert "A safe fix is known. `hybridize check --fix` applies it" in comment(full(), LINKS, suggestions=False)
    assert "suggestion" not in comment(full(), LINKS, suggestions=False)


def test_a_suggestion_for_other_lines_than_those_of_the_comment_is_none():
    one = full(suggestion=Suggestion(Lines(10, 12), ("x",)))
    assert "```" not in comment(one, LINKS, suggestions=True)


def test_a_suggestion_too_long_to_read_is_none_and_never_cut():
    one = full(suggestion=Suggestion(Lines(10, 11), ("x" * 15_000,) * 2))
    body = comment(one, LINKS, suggestions=True)
    assert "```" not in body
    assert "A safe fix is known" in body


def test_the_fence_is_longer_than_any_in_the_code():
    one = full(suggestion=Suggestion(Lines(10, 11), ('"""', "````", '"""')))
    assert '`````suggestion\n"""\n````\n"""\n`````\n' in comment(one, LINKS, suggestions=True)


HOSTILE = [
    "</details>", "<!-- x", "-->", "@octocat", "#1", "```", "`", "[a](http://x)", "![a](http://x)", "\n", " ",
    "<img src=x>", "www.example.org", "a", ".py", "/", "|", mark("0" * 32), "x@y.org", "\\", "$a$",
]  # fmt: skip
words = st.lists(st.sampled_from(HOSTILE), max_size=6).map("".join)


@given(words, words, words, words)
def test_no_text_of_others_means_anything(path, message, function, line):
    one = full(
        path=path, message=message, help=line, cause=function, function=function, fix=message, assumptions=(line, path),
        chain=(Step(path, 3, message),),
        suggestion=Suggestion(Lines(10, 11), (line.replace("\n", ""), message.replace("\n", ""))),
    )  # fmt: skip
    body = comment(one, LINKS, suggestions=True)
    harmless(body)
    assert comments.identity(body, mine=True) == one.identity
    said = reviewed(one, changes=(Change(path, 1, function, message, line),), notes=(message, line), tool=function)
    for where in ({}, {one.identity: "elsewhere"}, {one.identity: "line"}):
        harmless(summary(said, LINKS, where))
        harmless(step_summary(said, LINKS, where))


def test_a_comment_has_the_length_that_github_takes():
    long = "x y " * 5_000
    chain = (Step("a" * 4_000, 1, long),) * 200
    one = full(message=long, help=long, cause=long, chain=chain, assumptions=(long,) * 100)
    body = comment(one, LINKS, suggestions=True)
    assert units(body) <= BODY
    assert "more\n\n</details>\n\n<sub>" in body
    harmless(body)


# Marks


def test_a_mark_counts_in_our_own_comments_and_at_their_beginning():
    one = remark()
    body = comment(one, LINKS, suggestions=True)
    assert comments.identity(body, mine=True) == one.identity
    assert comments.identity(body, mine=False) == ""
    assert comments.identity(f"> {body}", mine=True) == ""
    assert comments.identity(mark("0" * 31), mine=True) == ""
    said = summary(reviewed(one), LINKS, {})
    assert is_summary(said, mine=True)
    assert not is_summary(said, mine=False)
    assert not is_summary(f"x{said}", mine=True)
    assert is_review(review([one], failed=True), mine=True)
    assert not is_review(said, mine=True)


def test_a_comment_need_not_change_with_the_commit_its_links_lead_to():
    old = comment(full(), LINKS._replace(head="c" * 40), suggestions=True)
    new = comment(full(), LINKS, suggestions=True)
    assert old != new
    assert same(old.replace("\n", "\r\n") + "\n", new)
    assert not same(old.replace("#L5", "#L6"), new)


# The summary


def summed(where, **changes):
    one, three = remark("a"), remark("c", severity="info")
    two = remark("b", severity="warning", code="HYB301", slug="x")
    said = reviewed(
        one, two, three, before=5, resolved=1, notes=("`a.py` is too large",),
        changes=(Change("train.py", 3, "train_step", "", "add `@tf.function`"),), **changes,
    )  # fmt: skip
    return said, {one.identity: where[0], two.identity: where[1], three.identity: where[2]}


def test_the_summary():
    said, where = summed(["elsewhere", "line", "thread"])
    item = "`train_step` calls `log_step` (`train.py:4`), which prints (`train.py:5`): once per graph"
    assert (
        summary(said, LINKS, where)
        == f"""\
<!-- hybridize:summary:v1 -->
### hybridize: 1 error, 1 warning, 1 note

**The check fails** because of 1 finding that this change causes. 1 finding of before is gone. \
5 findings that were there before were left alone.

1 on their lines, 1 in threads that were answered, resolved or hidden, 1 below.

| Rule | | Findings |
| --- | --- | ---: |
| [HYB101]({PAGE}) | python-side-effect-in-graph | 2 |
| [HYB301]({PAGE.replace("101", "301")}) | x | 1 |

**Not on lines of the diff**

- **Error** [`train.py:11`]({BLOB}/train.py#L11) {item} ([HYB101]({PAGE}))

<details><summary>Verdicts: 1 function</summary>

| Function | Before | After |
| --- | --- | --- |
| `train_step` [`train.py:3`]({BLOB}/train.py#L3) |  | add `@tf.function` |

</details>

**Notes**

- `a.py` is too large

<sub>Checked commit [`aaaaaaa`](https://github.com/octo/models/commit/{HEAD}), \
compared with [`bbbbbbb`](https://github.com/octo/models/commit/{BASE}), by hybridize 0.1.0.</sub>"""
    )


def test_the_summary_of_nothing_is_short():
    assert summary(reviewed(), LINKS, {}).count("\n\n") == 1
    assert "### hybridize: no findings" in summary(reviewed(), LINKS, {})


@pytest.mark.parametrize(
    ("level", "count"), [("error", "1 finding"), ("warning", "2 findings"), ("info", "3 findings"), ("never", None)]
)
def test_the_summary_says_whether_the_check_fails(level, count):
    said, where = summed(["line"] * 3, told={"fail_level": level})
    fails = re.search(r"\*\*The check fails\*\* because of (\d+ findings?)", summary(said, LINKS, where))
    assert (fails[1] if fails else None) == count


def test_the_summary_of_a_run_has_all_findings_wherever_else_they_are_told():
    said, where = summed(["elsewhere", "line", "limit"])
    assert summary(said, LINKS, where).count("- **") == 2
    assert step_summary(said, LINKS, where).count("- **") == 3
    assert step_summary(said, LINKS, {}).count("- **") == 3
    assert "<!--" not in step_summary(said, LINKS, where)


def test_summaries_of_thousands_of_findings_have_the_length_that_github_takes():
    many = [remark(number, message="ü" * 900) for number in range(1_000)]
    change = Change("train.py", 3, "step", "x " * 100, "y " * 100)
    said = reviewed(*many, changes=(change,) * 1_000)
    body = summary(said, LINKS, {one.identity: "elsewhere" for one in many})
    assert units(body) <= BODY
    assert re.search(r"… and [\d,]+ more", body)
    assert body.endswith("</sub>")
    step = step_summary(said, LINKS, {})
    assert 100_000 < len(step.encode()) <= STEP
    harmless(body)
    harmless(step)


def test_without_a_repository_there_are_no_links_to_it():
    bare = Links.of(reviewed(repository="", number=0), {})
    page = harmless(summary(reviewed(full(), repository="", number=0), bare, {identity("full"): "elsewhere"}))
    assert page.links == [PAGE, PAGE]


def test_links_lead_to_the_server_of_the_run():
    links = Links.of(reviewed(), {"GITHUB_SERVER_URL": "https://ghe.example.org/"})
    assert links.place("a b.py", 3) == f"[`a b.py:3`](https://ghe.example.org/octo/models/blob/{HEAD}/a%20b.py#L3)"


def test_the_body_of_a_review_is_one_line():
    ones = [remark(1), remark(2, severity="warning"), remark(3, severity="warning")]
    assert review(ones, failed=True).split("\n")[1:] == ["hybridize: 1 error, 2 warnings. The check fails."]
    assert review([], failed=False).split("\n")[1:] == ["hybridize."]


def test_a_place_in_a_notebook_is_the_notebook():
    assert LINKS.place("a b.ipynb", 7) == f"[`a b.ipynb`](https://github.com/octo/models/blob/{HEAD}/a%20b.ipynb)"
    assert LINKS.place("a.py", 7) == f"[`a.py:7`](https://github.com/octo/models/blob/{HEAD}/a.py#L7)"
