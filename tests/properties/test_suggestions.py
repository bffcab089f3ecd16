"""A suggestion applied as GitHub applies it is the tool's own fix: over generated files, with diffs that Git makes."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from properties.test_fixes import parses, programs
from rewriting import PATH, function

from hybridize.config import Config
from hybridize.finding import Applicability, Edit, Fix
from hybridize.fixing import propose
from hybridize.intention import AddDecorator, Intention, Proposal, RemoveFunction
from hybridize.rewrite.document import Refused
from hybridize.rewrite.edits import TextEdit, apply, encoded, located
from hybridize.rewrite.resolve import Documents
from hybridize.span import Span
from hybridize.syntax.source import SourceFile
from hybridize_bot.changes import Hunk, between
from hybridize_bot.git import Repository, repository
from hybridize_bot.github.analysis import CONTEXT, Comparison, difference, state
from hybridize_bot.github.history import Commits
from hybridize_bot.github.remarks import Suggestion
from hybridize_bot.github.suggestion import NoSuggestion, suggestion, text

# GitHub, as far as it matters here


def as_github(data: bytes, given: Suggestion) -> bytes:
    """The file with the lines replaced. Which line ends the new ones get is GitHub's affair."""
    lines = data.splitlines(keepends=True) if b"\r" not in data else re.findall(rb"[^\n]*\n|[^\n]+", data)
    new = [line.encode() + b"\n" for line in given.replacement]
    return b"".join([*lines[: given.lines.first - 1], *new, *lines[given.lines.last :]])


def plain(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def offered(patch: str, given: Suggestion) -> bool:
    """Whether GitHub lets one apply it: all its lines are in one hunk, and none was removed between them."""
    lines = iter(patch.split("\n"))
    for line in lines:
        head = re.match(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", line)
        if head is None:
            continue
        old, at, new = int(head[1] or 1), int(head[2]), int(head[3] or 1)
        shown, cut = set[int](), False
        while old > 0 or new > 0:
            kind = next(lines)[:1]
            if kind == "-":
                cut |= given.lines.first < at <= given.lines.last
            elif kind != "\\":
                shown.add(at)
                at += 1
            old -= kind in "- "
            new -= kind in "+ "
        if set(range(given.lines.first, given.lines.last + 1)) <= shown:
            return not cut
    return False


# Git


class Pair(NamedTuple):
    """A file before and after."""

    old: bytes
    new: bytes


@pytest.fixture(scope="module")
def repo(tmp_path_factory) -> Repository:
    folder = tmp_path_factory.mktemp("suggestions") / "repository"
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    return repository(str(folder))


def committed(repo: Repository, pairs: list[Pair]) -> tuple[str, str]:
    """Two commits, with the files of before and after."""
    stream = [
        b"commit refs/heads/%s\ncommitter A <a@localhost> 1750000000 +0000\ndata 0\n%sdeleteall\n%s"
        % (branch, parent, b"".join(b"M 644 inline f%d.py\n%s" % (at, _data(one)) for at, one in enumerate(files)))
        for branch, parent, files in (
            (b"old", b"", [pair.old for pair in pairs]),
            (b"new", b"from refs/heads/old\n", [pair.new for pair in pairs]),
        )
    ]
    repo.ask("fast-import", "--quiet", "--force", stdin=b"".join(stream))
    return repo.commit("refs/heads/old"), repo.commit("refs/heads/new")


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def hunks(repo: Repository, old: str, new: str) -> dict[str, tuple[Hunk, ...]]:
    return {one.new.decode(): one.hunks for one in between(repo, old, new, CONTEXT)}


def patch(repo: Repository, old: str, new: str, path: str) -> str:
    """What GitHub shows of a file."""
    options = ["--unified=3", "--no-color", "--text", "--find-renames"]
    return repo.ask("diff", *options, old, new, "--", path).decode("utf-8", "replace")


@st.composite
def before(draw, data: bytes) -> bytes:
    """A file from which ``data`` may have come: some lines are others, or missing, and some have gone."""
    lines = re.findall(rb"[^\n]*\n|[^\n]+", data)
    for _ in range(draw(st.integers(1, 4))):
        first = draw(st.integers(0, len(lines)))
        last = min(len(lines), first + draw(st.sampled_from([0, 1, 2, 5])))
        lines[first:last] = draw(st.lists(st.sampled_from([b"gone = 1\n", b"\n", b"    gone()\r\n"]), max_size=3))
    return b"".join(lines)


def judged(repo: Repository, cases: list[tuple[Pair, Fix, bytes]], seen: Counter[str]) -> None:
    """Hold each suggestion to what the file is after the fix."""
    old, new = committed(repo, [pair for pair, _, _ in cases])
    known = hunks(repo, old, new)
    for at, (pair, fix, fixed) in enumerate(cases):
        path = f"f{at}.py"
        try:
            given = suggestion(fix, text(pair.new), known.get(path, ()))
        except NoSuggestion as reason:
            seen[str(reason)] += 1
            continue
        seen["suggested"] += 1
        assert 1 <= given.lines.first <= given.lines.last
        assert plain(as_github(pair.new, given)) == plain(fixed), (pair, fix, given)
        assert offered(patch(repo, old, new, path), given), (pair, fix, given)


# Any edits of any text


PIECES = ["", "a", "  b", "c ", "é = 1", "\tx", "``` y", "z\x0c", "\x0b", "v\x85w", "u\u2028", "def f():"]


@st.composite
def edited(draw) -> tuple[Pair, Fix, bytes]:
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n"]))
    mark = draw(st.sampled_from([b"", b"", b"", b"\xef\xbb\xbf"]))
    lines = draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12))
    content = end.join(lines) + draw(st.sampled_from([end, end, end, ""]))
    if draw(st.integers(0, 9)) == 0:
        content += draw(st.sampled_from(["\n", "\r\n", "\r", "x\r"]))
    source = SourceFile(PATH, mark + content.encode())
    # No fix divides a line end.
    inside = st.sampled_from([at for at in range(len(source.text) + 1) if source.text[at - 1 : at + 1] != "\r\n"])
    edits: list[TextEdit] = []
    for _ in range(draw(st.integers(1, 3))):
        start = draw(inside)
        if draw(st.booleans()):  # whole lines, as most fixes have them
            start = source.offset(source.position(start)[0], 0)
        stop = max(start, draw(inside)) if draw(st.booleans()) else start
        new = draw(st.lists(st.sampled_from(PIECES), max_size=3))
        edits.append(TextEdit(start, stop, 1, end.join(new) + draw(st.sampled_from(["", end]))))
    edits.sort()
    kept = [one for at, one in enumerate(edits) if at == 0 or one.start > edits[at - 1].end]
    fixed = encoded(source, apply(source.text, kept))
    assert fixed is not None
    return Pair(draw(before(source.data)), source.data), Fix("fix", Applicability.SAFE, located(source, kept)), fixed


def test_a_suggestion_does_what_the_edits_do(repo):
    seen: Counter[str] = Counter()

    @settings(max_examples=60, deadline=None)
    @given(st.lists(edited(), min_size=1, max_size=10))
    def run(cases):
        judged(repo, cases, seen)

    run()
    assert seen["suggested"] > 40, seen
    assert len(seen) > 5, seen


@pytest.mark.parametrize(
    ("data", "edit", "said"),
    [
        (b"\xef\xbb\xbfa\nb\n", ((1, 0, 1, 1), "c"), "byte order mark"),
        (b"a\nb\n", ((2, 0, 3, 0), "c"), "without an end"),
        (b"a\nb\n", ((3, 0, 3, 0), "c"), "without an end"),
    ],
)
def test_what_replaced_lines_cannot_say(data, edit, said):
    place, new = edit
    fix = Fix("fix", Applicability.SAFE, (Edit(Span(PATH, *place), new),))
    with pytest.raises(NoSuggestion, match=said):
        suggestion(fix, text(data), [Hunk(1, 2, ((1, 2),), ())])


# Real fixes of generated functions


def fixed(data: bytes, *steps: Intention) -> tuple[Fix, bytes] | None:
    """One proposal as edits, and the file after it."""
    source = SourceFile(PATH, data)
    documents = Documents({PATH: source}.get)
    try:
        edits = documents.edits(documents.resolve(Proposal("fix", Applicability.SAFE, steps)).changes)[PATH]
    except Refused:
        return None
    after = encoded(source, apply(source.text, edits))
    assert after is not None
    return Fix("fix", Applicability.SAFE, located(source, edits)), after


def decorator(data: bytes) -> Span | None:
    found = SourceFile(PATH, data)
    at = found.text.find("@tf.function")
    end = at + len("@tf.function")
    return Span(PATH, *found.position(at), *found.position(end)) if at >= 0 else None


@st.composite
def rewritten(draw) -> tuple[Pair, Fix, bytes] | None:
    removes = draw(st.booleans())
    data = draw(programs(decorated=removes).filter(parses))
    if removes:
        at = decorator(data)
        made = fixed(data, RemoveFunction(at)) if at is not None else None
    else:
        made = fixed(data, AddDecorator(function(data, "f")))
    return None if made is None else (Pair(draw(before(data)), data), *made)


def test_decorators_and_imports_that_come_and_go(repo):
    seen: Counter[str] = Counter()

    @settings(max_examples=40, deadline=None)
    @given(st.lists(rewritten(), min_size=1, max_size=6))
    def run(cases):
        judged(repo, [one for one in cases if one is not None], seen)

    run()
    assert seen["suggested"] > 1, seen


# What the analysis of a pull request suggests


BLOCKS = [
    (
        "\ndef distance(a, b):\n    d = a - b\n    s = tf.square(d)\n"
        "    r = tf.sqrt(tf.reduce_mean(s)) + tf.reduce_max(s) - tf.reduce_min(s) * tf.norm(d)\n"
        "    for _ in range(5):\n        r = r + tf.exp(-r) + tf.tanh(r) / tf.cosh(r)\n    return r\n\n\n"
        "print(distance(tf.ones([3]), tf.ones([3])))\n"
    ),
    "\n@tf.function(experimental_relax_shapes=True)\ndef relaxed(x):\n    return x + 1.0\n\n\nrelaxed(tf.ones([3]))\n",
    (
        "\n@tf.function(\n    experimental_follow_type_hints=True,\n    jit_compile=False,\n)\ndef hinted(x):\n"
        "    return x * 2.0\n\n\nhinted(tf.ones([3]))\n"
    ),
    (
        "\n@tf.function\ndef collected(x):\n    ta = tf.TensorArray(tf.float32, size=3)\n    for i in tf.range(3):\n"
        "        ta.write(i, x)\n    return ta.stack()\n\n\ncollected(tf.constant(1.0))\n"
    ),
    "\nLIMIT = 3\n# é ```\n",
    '\n"""Text."""\n',
]


@st.composite
def modules(draw) -> Pair:
    chosen = draw(st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=4, unique=True))
    content = "import tensorflow as tf\n" + "".join(chosen)
    data = content.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"]))).encode()
    return Pair(draw(before(data)), data)


def test_what_a_pull_request_is_offered_is_the_fix(repo):
    seen: Counter[str] = Counter()

    @settings(max_examples=6, deadline=None)
    @given(st.lists(modules(), min_size=3, max_size=4))
    def run(pairs):
        old, new = committed(repo, pairs)
        known = Commits(new, old, old)
        with state(repo, new, [], 10**6) as top, state(repo, old, [], 10**6) as base:
            changed = difference(repo, known, top)
            config = Config(jobs=1)
            causes = Comparison(changed, ["."], config, None, lambda *_: [], suggestions=100).causes(base)
            report = propose([Path(top)], config, None, Applicability.SAFE)
        fixes = {
            (one.code, one.span.path, one.span.line): one.fix
            for one in report.findings
            if one.fix is not None and one.fix.applicability is Applicability.SAFE
        }
        for remark in causes.remarks:
            if remark.suggestion is None:
                seen[re.sub(r".*\((.*)\)", r"\1", remark.fix)] += 1
                continue
            seen["suggested"] += 1
            assert remark.lines == remark.suggestion.lines
            data = pairs[int(remark.path.removeprefix("f").removesuffix(".py"))].new
            source = SourceFile(remark.path, data)
            fix = fixes[remark.code, remark.path, remark.line]
            edits = [
                TextEdit(
                    source.offset(one.span.line, one.span.column),
                    source.offset(one.span.end_line, one.span.end_column),
                    1,
                    one.replacement,
                )
                for one in fix.edits
            ]
            after = encoded(source, apply(source.text, edits))
            assert plain(as_github(data, remark.suggestion)) == plain(after or b""), remark
            assert offered(patch(repo, old, new, remark.path), remark.suggestion), remark

    run()
    assert seen["suggested"] > 5, seen
