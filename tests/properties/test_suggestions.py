"""A suggestion, applied as GitHub applies it, is the fix: over random files, random diffs by git, and random edits."""

from __future__ import annotations

import os
import re
import subprocess

import msgspec
import pytest
from adoption.repositories import Project
from bot.github.apply import applied
from bot.github.diffs import parse
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from hybridize.config import Config
from hybridize.finding import Applicability, Edit, Fix, Span
from hybridize.fixing import propose
from hybridize_bot.changes import between
from hybridize_bot.commands import review
from hybridize_bot.git import repository
from hybridize_bot.github.remarks import Reviewed
from hybridize_bot.github.suggestion import NoSuggestion, commented, suggestion, text

WORDS = [
    "",
    "x = 1",
    "def f(x):",
    "    return x",
    "\treturn 'é✓'",
    "@tf.function",
    "```",
    "    ",
    "x = 1 ",
    "# \u2028 \x85",
]
ODD = ["a\rb", "a\x0cb", "\x0b"]


@st.composite
def files(draw):
    """Two states of a file: (old, new) as bytes."""
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    old = draw(st.lists(st.sampled_from(WORDS), min_size=3, max_size=30))
    new = []
    for line in old:
        fate = draw(st.sampled_from(["stays"] * 6 + ["goes", "changes", "grows"]))
        if fate == "stays":
            new.append(line)
        elif fate != "goes":
            new += draw(st.lists(st.sampled_from([*WORDS * 9, *ODD]), min_size=1, max_size=3))
            new += [line] if fate == "grows" else []
    ends = [draw(st.sampled_from([end, end, end, ""])) for _ in range(2)]
    mark = draw(st.sampled_from(["", "", "", "\ufeff"]))
    return tuple((mark + end.join(one) + last).encode() for one, last in zip((old, new), ends, strict=True))


@st.composite
def edits(draw, content):
    """Edits that do not overlap, as (start, end, replacement) in the text without a mark at its beginning."""
    end = "\r\n" if "\r\n" in content else "\n"
    # Not in the middle of a line's end.
    places = [at for at in range(len(content) + 1) if content[at - 1 : at + 1] != "\r\n"]
    near = draw(st.integers(0, len(places) - 1))
    ends = [near]
    for _ in range(2 * draw(st.integers(1, 2))):
        ends.append(min(ends[-1] + draw(st.integers(0, 20)), len(places) - 1))
    chosen = ends[1:]
    pieces = st.lists(st.sampled_from(["y", "@tf.function", "", "", "  "]), min_size=1, max_size=3).map(end.join)
    made = [(places[one], places[two], draw(pieces)) for one, two in zip(chosen[::2], chosen[1::2], strict=True)]
    return [one for at, one in enumerate(made) if not at or one[0] > made[at - 1][1]]


@pytest.fixture(scope="module")
def repo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("diffs")
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    (folder / ".git" / "info" / "attributes").write_text("* -text\n")
    return repository(str(folder))


def tree(repo, content):
    blob = repo.ask("hash-object", "-w", "--stdin", stdin=content).decode().strip()
    return repo.ask("mktree", stdin=f"100644 blob {blob}\ta.py\n".encode()).decode().strip()


def span(content, start, end):
    def place(offset):
        before = content[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1)

    return Span("a.py", *place(start), *place(end))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_suggestion_is_the_fix(repo, data):
    old, new = data.draw(files())
    if old == new or not new:
        return
    content = new.decode("utf-8-sig")
    changes = data.draw(edits(content))
    trees = tree(repo, old), tree(repo, new)
    (ours,) = between(repo, *trees, 3)
    fix = Fix("fix", Applicability.SAFE, tuple(Edit(span(content, a, b), text) for a, b, text in changes))
    try:
        proposed = suggestion(fix, text(new), ours.hunks)
    except NoSuggestion as reason:
        event(f"none: {reason}")
        return
    event("suggested")
    first, last = proposed.lines.first, proposed.lines.last
    expected = content
    for start, end, replacement in reversed(changes):
        expected = expected[:start] + replacement + expected[end:]
    mark = "\ufeff" if new.startswith(b"\xef\xbb\xbf") else ""
    assert applied(new.decode(), [(first, last, list(proposed.replacement))]) == mark + expected

    # Where GitHub takes it, by what git prints.
    printed = repo.ask("diff", "-z", "--raw", "--numstat", "--patch", "--full-index", "--unified=3", *trees)
    (shown,) = parse(printed.decode())
    hunk = shown.hunk("RIGHT", first)
    assert hunk is not None
    rows = shown.hunks[hunk].rows
    at = [number for number, row in enumerate(rows) if row.right in (first, last)]
    inside = rows[at[0] : at[-1] + 1]
    assert [row.right for row in inside if row.mark != "\\"] == list(range(first, last + 1))
    assert commented(Span("a.py", first, 0, last, 0), ours.hunks) is not None


def test_the_lines_of_a_file_are_those_of_git(repo):
    for content in (b"a\x0cb\n\xe2\x80\xa8\n", b"\xef\xbb\xbfa\r\nb", b"a\x85\n".replace(b"\x85", "\x85".encode())):
        found = text(content)
        assert len(found.lines) == len(re.findall(rb"[^\n]*\n|[^\n]+$", content))


# The whole of a review

FUNCTION = """\
def {name}(a, b):
    d = a - b
    s = tf.square(d)
    r = tf.sqrt(tf.reduce_mean(s)) + tf.reduce_max(s) - tf.reduce_min(s) * tf.norm(d)
    for _ in range(5):
        r = r + tf.exp(-r) + tf.tanh(r) / tf.cosh(r)
    return r
"""
HEADS = ["import tensorflow as tf", "import tensorflow as tf\nimport os", '"""Ä."""\n\nimport tensorflow as tf']
BETWEEN = ["", "\n\n", "# a line\n" * 9, "x = 1\n"]
DECORATED = ["", "@wrap\n", "@wrap  # why\n@wrap\n"]


@st.composite
def programs(draw):
    """Two states of a program, in the second of which functions could be graphs."""
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    head = draw(st.sampled_from(HEADS)) + "\n\n\ndef wrap(function):\n    return function\n\n\n"
    names = ["f", "g", "h"][: draw(st.integers(1, 3))]
    parts = [
        draw(st.sampled_from(BETWEEN)) + draw(st.sampled_from(DECORATED)) + FUNCTION.format(name=name) for name in names
    ]
    calls = "".join(f"print({name}(tf.ones([3]), tf.ones([3])))\n" for name in names)
    new = head + "".join(parts) + calls
    lines = new.split("\n")
    gone = draw(st.sets(st.integers(0, len(lines) - 1), min_size=1, max_size=4))
    old = [f"# {line}" if at in gone else line for at, line in enumerate(lines) if at not in gone or at % 2]
    tail = draw(st.sampled_from(["", "", end]))
    mark = draw(st.sampled_from(["", "", "\ufeff"]))
    return (mark + end.join(old)).encode(), (mark + new.removesuffix("\n").replace("\n", end) + tail).encode()


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(states=programs())
def test_what_a_review_suggests_is_the_fix_of_the_finding(states, tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("review")
    project = Project(folder / "project")
    project.file("main.py", states[0])
    base = project.commit()
    project.file("main.py", states[1])
    project.commit()
    monkeypatch.chdir(project.folder)
    report = folder / "report.json"
    options = review.Options(
        paths=(), form="text", base=base, report=str(report), dry_run=True, output=os.devnull, quiet=1, no_cache=True
    )
    review.run(options, {})
    found = msgspec.json.decode(report.read_bytes(), type=Reviewed).remarks
    fixes = {
        (one.code, one.span.line): one.fix
        for one in propose([str(project.folder)], Config(), None, Applicability.SAFE).findings
    }
    text = states[1].decode("utf-8-sig")
    lines = [0, *(match.end() for match in re.finditer("\n", text))]
    for remark in found:
        if remark.suggestion is None:
            event(f"none: {remark.fix}")
            continue
        event("suggested")
        place, lead = remark.suggestion.lines, states[1].decode()[: -len(text)]
        fix = fixes[remark.code, remark.line]
        expected = text
        for edit in sorted(fix.edits, reverse=True):
            start, stop = (
                min(lines[min(line, len(lines)) - 1] + column, len(text))
                for line, column in ((edit.span.line, edit.span.column), (edit.span.end_line, edit.span.end_column))
            )
            expected = expected[:start] + edit.replacement + expected[stop:]
        made = applied(states[1].decode(), [(place.first, place.last, list(remark.suggestion.replacement))])
        assert made == lead + expected
