"""Suppression comments: which findings people have decided to live with, and which of those comments do nothing.

    step(x)                   # hybridize: ignore[HYB202] one call per run
    # hybridize: ignore[HYB101, HYB103]: the log is about the trace
    @tf.function
    def train_step(batch): ...
    # hybridize: ignore-file[HYB301] examples

A comment counts for the lines that it speaks of (`hybridize.syntax.comments`): its statement, the statement below it,
or, on decorators and headers, the whole function. ``ignore-file`` stands on a line of its own and counts for the file;
without rules it means all of them. What follows the rules is the reason.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterable, Mapping

import msgspec

from hybridize.finding import Finding, Span, Suppressed
from hybridize.rules import _registry, malformed_suppression, unused_suppression
from hybridize.syntax.comments import Comment, comments, open_lines
from hybridize.syntax.source import SourceFile

TOOL = "HYB0"
"""The family of rules about the tool itself: what they report, no comment suppresses."""

_MARK = b"hybridize:"
_DIRECTIVE = re.compile(
    r"#\s*hybridize:\s*(?P<verb>[A-Za-z_-]+)\s*"
    r"(?P<list>\[(?P<rules>[^\]#]*)\]?)?[\s:,-]*(?P<reason>[^#]*)"
)
_VERBS = ("ignore", "ignore-file")


class Directive(msgspec.Struct, frozen=True):
    """One suppression in a comment: ``rules`` are codes; none means all of them (``ignore-file`` only)."""

    at: Span
    verb: str
    rules: tuple[str, ...]
    reason: str
    first: int
    last: int
    """The lines that it counts for; ``ignore-file`` counts for all."""
    mistake: str = ""
    """What is wrong with it, if anything is."""

    @property
    def blanket(self) -> bool:
        """Whether it means all rules."""
        return not self.rules and not self.mistake

    def covers(self, finding: Finding) -> bool:
        """Whether ``finding`` is one of those that it speaks of."""
        if finding.code.startswith(TOOL) or finding.span.path != self.at.path:
            return False
        here = self.verb == "ignore-file" or self.first <= finding.span.line <= self.last
        return here and (self.blanket or finding.code in self.rules)


def directives(source: SourceFile) -> tuple[Directive, ...]:
    """Every suppression in the comments of ``source``, in order."""
    if _MARK not in source.data:
        return ()
    found = (
        _directive(source, comment, match)
        for comment in comments(source)
        for match in _DIRECTIVE.finditer(comment.text)
        if _is_meant(match)
    )
    return tuple(found)


def applied(
    findings: Iterable[Finding], sources: Mapping[str, SourceFile], wanted: Callable[[str, str], bool]
) -> tuple[list[Finding], list[Suppressed]]:
    """What is left of ``findings``, with those about the comments themselves, and what comments suppress.

    ``wanted`` tells whether findings with a code in a file are asked for: comments for others are not called unused.
    """
    known = {path: own for path, source in sources.items() if (own := directives(source))}
    used: dict[Directive, set[str]] = {}
    left: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in findings:
        hits = [one for one in known.get(finding.span.path, ()) if one.covers(finding)]
        for one in hits:
            used.setdefault(one, set()).add(finding.code)
        if hits:
            suppressed.append(Suppressed(finding, next((one.reason for one in hits if one.reason), "")))
        else:
            left.append(finding)
    for one in (one for own in known.values() for one in own):
        path = one.at.path
        if one.mistake and wanted(malformed_suppression.RULE.code, path):
            left.append(malformed_suppression.finding(one.at, one.mistake))
        unused = tuple(rule for rule in one.rules if rule not in used.get(one, ()) and wanted(rule, path))
        empty = one.blanket and one not in used and all(wanted(rule.code, path) for rule in _registry.rules())
        if (unused or empty) and wanted(unused_suppression.RULE.code, path):
            whole = len(unused) == len(one.rules) and not one.mistake
            left.append(unused_suppression.finding(one.at, unused, whole=whole))
    return left, suppressed


def with_ignores(source: SourceFile, findings: Iterable[Finding], reason: str = "") -> tuple[str, int]:
    """The text of ``source`` with a comment for each of ``findings`` that are in it, and how many it suppresses then.

    A comment is put behind the finding's line, or the next one that can have one; a suppression that counts for the
    finding already gets one more rule. Findings about the tool itself stay.
    """
    lines = open_lines(source)
    known = [one for one in directives(source) if one.rules and one.verb == "ignore" and not one.mistake]
    more: dict[tuple[int, int], list[str]] = {}
    count = 0
    for finding in findings:
        at = bisect.bisect_left(lines, finding.span.line)
        if finding.span.path != source.path or finding.code.startswith(TOOL) or at == len(lines):
            continue
        count += 1
        own = next((one.at for one in known if one.at.line == lines[at]), None)
        # Behind the list of rules that is there, or else behind the line.
        place = (own.line, own.column) if own is not None else (lines[at], -1)
        if finding.code not in more.setdefault(place, []):
            more[place].append(finding.code)
    text = source.text
    for (line, column), codes in sorted(more.items(), reverse=True):
        if column >= 0:
            offset = source.text.index("]", source.offset(line, column))
            addition = "".join(f", {code}" for code in codes)
        else:
            offset = source.offset(line, 1 << 30)
            why = f" {reason}" if reason else ""
            addition = f"  # hybridize: ignore[{', '.join(codes)}]{why}"
        text = text[:offset] + addition + text[offset:]
    return text, count


def _is_meant(match: re.Match[str]) -> bool:
    """Whether it is a suppression at all, and not prose that begins with the tool's name."""
    verb = match["verb"].lower().replace("_", "-")
    return verb in _VERBS or (match["list"] is not None and _registry.near(verb, _VERBS) != ())


def _directive(source: SourceFile, comment: Comment, match: re.Match[str]) -> Directive:
    start, end = comment.column + match.start(), comment.column + match.start() + len(match[0].rstrip())
    at = Span(source.path, comment.line, start, comment.line, end)
    written = tuple(word for word in re.split(r"[\s,]+", match["rules"] or "") if word)
    rules, mistake = _read(match, written, alone=comment.alone)
    verb = match["verb"] if match["verb"] in _VERBS else "ignore"
    return Directive(at, verb, rules, match["reason"].strip(), comment.first, comment.last, mistake)


def _read(match: re.Match[str], written: tuple[str, ...], *, alone: bool) -> tuple[tuple[str, ...], str]:
    """The codes that are named, and a clause about what is wrong."""
    verb = match["verb"]
    if verb not in _VERBS:
        return (), f"`{verb}` is not known; did you mean `{_registry.near(verb.lower().replace('_', '-'), _VERBS)[0]}`?"
    if verb == "ignore-file" and not alone:
        return (), "`ignore-file` counts on a line of its own only"
    if match["list"] is not None and not match["list"].endswith("]"):
        return (), f"the list of rules does not end: `{verb}[HYB101] reason`"
    if not written and (verb == "ignore" or match["list"] is not None):
        return (), f"it names no rule: `{verb}[HYB101] reason`"
    rules, mistakes = [], []
    for word in written:
        rule = _registry.find(word)
        if rule is None:
            mistakes.append(f"no rule matches `{word}`{_registry.suggestion(word)}")
        elif rule.code.startswith(TOOL):
            mistakes.append(f"{rule.code} cannot be suppressed by a comment")
        elif rule.code not in rules:
            rules.append(rule.code)
    return tuple(rules), "; ".join(mistakes)
