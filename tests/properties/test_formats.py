"""Whatever a finding says and wherever it stands, each format is a valid document with that many findings."""

from __future__ import annotations

import pytest
from formats import READERS, read, rendered
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import report

from hybridize.finding import Applicability, Confidence, Edit, Finding, Fix, Related, Severity, Span
from hybridize_bot.render._places import Places

NASTY = ["\x00", "\x1b[0m", "\r\n", "\u2028", "\ud800", "\udce9", "\ufffe", "]]>", "](0)", "{0}", "::error::", "𝒻", ","]
texts = st.one_of(st.text(st.characters(exclude_categories=()), max_size=12), st.sampled_from(NASTY)).flatmap(
    lambda start: st.builds(start.__add__, st.sampled_from(["", *NASTY]))
)
names = texts.map(lambda text: text.replace("\x00", "").strip("/.") or "x")


@st.composite
def spans(draw):
    line, column = draw(st.integers(1, 5)), draw(st.integers(0, 9))
    end = draw(st.one_of(st.just((0, 0)), st.tuples(st.just(line), st.integers(column, 12)), st.just((line + 1, 0))))
    return Span(draw(st.sampled_from(["here.py", draw(names)])), line, column if end != (0, 0) else 0, *end)


edits = st.lists(st.builds(Edit, spans(), texts), min_size=1, max_size=3).map(
    lambda found: tuple({edit.span.line: edit for edit in found}.values())
)
findings = st.builds(
    Finding,
    code=st.sampled_from(["HYB101", "HYB301", "HYB001"]),
    slug=st.just("some-slug"),
    severity=st.sampled_from(Severity),
    span=spans(),
    message=texts.map("m".__add__),
    function=texts,
    confidence=st.sampled_from(Confidence),
    help=texts,
    chain=st.lists(st.builds(Related, spans(), texts.map("m".__add__)), max_size=2).map(tuple),
    assumptions=st.lists(texts, max_size=2).map(tuple),
    fix=st.one_of(st.none(), st.builds(Fix, texts, st.sampled_from(Applicability), edits)),
)
SOURCE = "a = 1\n𝒻é = 'x\ty'\r\nб = 2\r\rlast"


@pytest.mark.parametrize("form", READERS)
@settings(max_examples=30, deadline=None)
@given(st.lists(findings, max_size=4))
def test_every_format_holds_any_finding(form, tmp_path_factory, found) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "here.py").write_bytes(SOURCE.encode())
    places = Places(str(folder), str(folder))
    assert len(read(form, rendered(form, report(findings=tuple(found)), places))) == len(found)
