"""From a report to the data of its page."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import hybridize.report as known
from hybridize.experience import TELLS_NOTHING
from hybridize.finding import Finding, Related
from hybridize.fingerprints import alone, lines_of
from hybridize.report import FunctionReport, Obstacle
from hybridize.rules import _registry
from hybridize.runs import FunctionEvidence
from hybridize_bot.evidence import Known
from hybridize_bot.render import _facts, _tool
from hybridize_bot.render._places import Places
from hybridize_bot.render._source import Sources, extent
from hybridize_bot.render.html import data, words
from hybridize_bot.render.html.diffs import diffs
from hybridize_bot.render.html.texts import column, line
from hybridize_bot.selection import Selection, SetAside

_MOST_SITES = 8
"""Of the lines that prove a fact, so many are shown."""

_ASIDE = {"suppressed": "a comment in the code suppresses it", "baseline": "the baseline accepts it"}


class Builder:
    """Makes the index of a report, and the details of one file after the other."""

    def __init__(self, selection: Selection, places: Places, evidence: Known | None = None) -> None:
        self._report = selection.report
        self._evidence = evidence
        self._sources = Sources(places)
        told = [*self._report.findings, *(aside.finding for aside in selection.aside)]
        analyzed = {file.path for file in self._report.files}
        self._unread = sorted({finding.span.path for finding in told} - analyzed)
        """Files that could not even be read, which a finding says; they are not opened again."""
        self._files = (*self._report.files, *(known.FileSummary(path, 0, False) for path in self._unread))
        self._numbers = {file.path: number for number, file in enumerate(self._files)}
        self._functions: list[FunctionReport | None] = [None] * len(self._files)
        """By row: a row for each file comes first, and has none."""
        self._functions += [one for one in self._report.functions if one.path in self._numbers]
        self._ran = dict(self._runs_of_rows())
        """By row: what runs showed of it."""
        self._named: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row, function in enumerate(self._functions):
            if function is not None:
                self._named[function.path, function.qualname].append(row)
        self._findings: dict[int, list[tuple[Finding, SetAside | None]]] = defaultdict(list)
        for finding in self._report.findings:
            self._findings[self._row_of(finding)].append((finding, None))
        for aside in selection.aside:
            self._findings[self._row_of(aside.finding)].append((aside.finding, aside))
        self._rows: dict[str, list[int]] = {path: [number] for path, number in self._numbers.items()}
        """By file."""
        for row, function in enumerate(self._functions):
            if function is not None:
                self._rows[function.path].append(row)
        self._steps: dict[str, list[tuple[int, Finding, Related, bool]]] = defaultdict(list)
        """By file: the places of findings (True), and those that they rest on, with the row that they are of."""
        for row, own in self._findings.items():
            for finding in (finding for finding, aside in own if aside is None):
                head = Related(finding.span, finding.message)
                for step in (head, *finding.chain):
                    self._steps[step.span.path].append((row, finding, step, step is head))

    def _runs_of_rows(self) -> Iterator[tuple[int, FunctionEvidence]]:
        """Also what tells an analysis nothing, as long as the function itself has the same code."""
        entries: dict[tuple[str, str], FunctionEvidence] = {}
        if self._evidence is not None:
            for entry in self._evidence.evidence.functions:
                full = os.path.join(self._evidence.folder, entry.path)
                path = os.path.relpath(full, os.path.realpath(self._report.root)).replace(os.sep, "/")
                entries[path, entry.function] = entry
        for row, function in enumerate(self._functions):
            if function is None:
                continue
            if function.run is not None:
                yield row, function.run
                continue
            told = entries.get((function.path, function.qualname))
            if told is None or told.outcome not in TELLS_NOTHING:
                continue
            source = self._sources.file(function.path)
            if source is not None and told.code == alone(lines_of(source.text)[function.line - 1 : function.end_line]):
                yield row, told

    def _row_of(self, finding: Finding) -> int:
        """The row of the function that a finding is of: of several of that name, the one it stands in or next to."""
        span = finding.span
        rows = self._named.get((span.path, finding.function), [])
        return min(rows, key=lambda row: self._distance(row, span.line), default=self._numbers[span.path])

    def _distance(self, row: int, line: int) -> int:
        function = self._functions[row]
        assert function is not None
        return max(function.line - line, line - function.end_line, 0)

    # -- the index ---------------------------------------------------------------------------------------------------

    def index(self) -> data.Index:
        """What the page knows from the start."""
        rows = [
            self._module(number) if function is None else self._row(row, function)
            for row, (number, function) in enumerate(self._numbered())
        ]
        codes = sorted({finding.code for own in self._findings.values() for finding, _ in own})
        return data.Index(
            tuple(data.File(one.path, one.lines, one.cells, not one.parsed) for one in self._files),
            tuple(rows),
            {code: rule for code in codes if (rule := self._rule(code)) is not None},
            self._runs(),
        )

    def _numbered(self) -> Iterator[tuple[int, FunctionReport | None]]:
        for row, function in enumerate(self._functions):
            yield (row if function is None else self._numbers[function.path]), function

    def _module(self, number: int) -> data.Row:
        end = self._files[number].lines
        return data.Row(number, "", 1, end, findings=self._counting(number))

    def _row(self, row: int, function: FunctionReport) -> data.Row:
        findings = self._counting(row)
        callers = {
            caller
            for path, name in function.callers
            for caller in (self._named.get((path, name), []) if name else [self._numbers.get(path, -1)])
        }
        effects = function.facts.get("side_effects")
        kinds = () if effects is None else sorted({one.kind for one in effects.evidence if one.kind})
        gain = function.opportunity.gain if function.opportunity is not None else known.Gain()
        return data.Row(
            self._numbers[function.path],
            function.qualname,
            function.line,
            function.end_line,
            data.standing(function, any(severity == "error" for _, severity in findings)),
            function.hybrid,
            " ".join(_facts.parameters(function, "tensor")),
            "?" if effects is None or effects.value is None else " ".join(kinds) if effects.value else "",
            _facts.verdict(function),
            findings,
            gain.operations,
            tuple(sorted(callers - {-1})),
            None if row not in self._ran else _run(self._ran[row]),
        )

    def _counting(self, row: int) -> tuple[tuple[str, str], ...]:
        """The findings of a row that nobody has set aside, the worst first."""
        own = [one for one, aside in self._findings.get(row, ()) if aside is None]
        return tuple((one.code, one.severity.value) for one in sorted(own, key=lambda one: -one.severity.rank))

    def _rule(self, code: str) -> data.Rule | None:
        rule = _registry.find(code)
        return None if rule is None else data.Rule(rule.slug, rule.summary, _tool.page(code, self._report.version))

    def _runs(self) -> data.Evidence | None:
        if self._evidence is None:
            return None
        evidence = self._evidence.evidence
        libraries = {"TensorFlow": evidence.tensorflow, "Keras": evidence.keras, "Python": evidence.python}
        versions = ", ".join(f"{name} {version}" for name, version in libraries.items() if version)
        return data.Evidence(" ".join(evidence.command), versions, max(0, len(evidence.functions) - len(self._ran)))

    # -- the details of a file ---------------------------------------------------------------------------------------

    def details(self, number: int) -> data.Details:
        """What the page shows of the rows of a file."""
        path = self._files[number].path
        source = self._sources.file(path) if path not in self._unread else None
        texts = [] if source is None else [source.line_text(at) for at in range(1, source.line_count + 1)]
        return data.Details(
            tuple(map(line, texts)),
            tuple(self._marks(path, texts)),
            {row: self._detail(row, texts) for row in self._rows[path]},
        )

    def _marks(self, path: str, lines: Sequence[str]) -> Iterator[data.Mark]:
        for row, finding, step, primary in self._steps.get(path, ()):
            if 0 < step.span.line <= len(lines):
                text = lines[step.span.line - 1]
                start, end = (column(text, at) for at in extent(step.span, text))
                severity = finding.severity.value
                yield data.Mark(step.span.line, start, end, finding.code, severity, step.message, row, primary)

    def _detail(self, row: int, lines: Sequence[str]) -> data.Detail:
        function = self._functions[row]
        findings = tuple(self._found(*one) for one in self._findings.get(row, ()))
        if function is None:
            return data.Detail(1, findings=findings)
        opportunity = function.opportunity or known.Opportunity()
        return data.Detail(
            _first_line(function.line, lines),
            words.action(function),
            tuple(self._against(name, function) for name in function.verdict.failures),
            tuple(map(self._obstacle, opportunity.obstacles)),
            opportunity.doubts,
            function.assumptions,
            _hybridization(function.hybridization),
            _facts.signature(function),
            "" if function.input_signature else words.reason(function.input_signature_absence),
            tuple(_parameter(one, self._ran.get(row)) for one in function.parameters),
            tuple(self._fact(name, one) for name, one in function.facts.items()),
            findings,
        )

    def _against(self, name: str, function: FunctionReport) -> data.Clause:
        text, fact = words.failure(name, function)
        evidence = function.facts[fact].evidence if fact in function.facts else ()
        return data.Clause(text, self._sites(evidence)[:2])

    def _obstacle(self, obstacle: Obstacle) -> data.Clause:
        span = obstacle.span
        return data.Clause(obstacle.reason, () if span is None else (self._step(Related(span, "")),))

    def _fact(self, name: str, fact: known.Fact) -> data.Fact:
        sites = self._sites(fact.evidence)
        return data.Fact(
            words.fact_name(name),
            data.truth(fact.value),
            fact.basis or "",
            words.reason(fact.reason),
            sites[:_MOST_SITES],
            max(0, len(sites) - _MOST_SITES),
        )

    def _sites(self, evidence: Iterable[known.Evidence]) -> tuple[data.Site, ...]:
        """Each line once, also where several things there prove the same."""
        sites = (
            data.Site(self._place(one.path, one.line), line(" ".join(one.text.split())).text, one.detail, one.via)
            for one in evidence
        )
        return tuple(dict.fromkeys(sites))

    def _step(self, step: Related) -> data.Site:
        text = self._sources.line(step.span.path, step.span.line) or ""
        return data.Site(self._place(step.span.path, step.span.line), line(text.strip()).text, step.message)

    def _place(self, path: str, line: int) -> data.Place:
        return data.Place(self._numbers.get(path, -1), line)

    def _found(self, finding: Finding, aside: SetAside | None) -> data.Found:
        fix = finding.fix
        return data.Found(
            finding.code,
            finding.severity.value,
            finding.confidence.value,
            finding.message,
            self._place(finding.span.path, finding.span.line),
            finding.help,
            finding.cause,
            finding.proof,
            finding.assumptions,
            tuple(map(self._step, finding.chain)),
            None if fix is None else data.Fix(fix.title, fix.applicability.value, diffs(fix, self._sources)),
            "" if aside is None else _aside(aside),
        )


def _aside(aside: SetAside) -> str:
    why = _ASIDE.get(aside.kind, aside.kind)
    return f"{why}: {aside.justification}" if aside.justification and aside.kind == "suppressed" else why


def _first_line(line: int, lines: Sequence[str]) -> int:
    """The line of the topmost decorator of the function whose ``def`` is at ``line``; else that one."""
    if line > len(lines):
        return line
    first, indent = line, _indent(lines[line - 1])
    for at in range(line - 1, 0, -1):
        text = lines[at - 1]
        if _indent(text) < indent or not text.strip() or re.match(r"\s*(async\s+)?(def|class)\b", text):
            break
        if text.lstrip().startswith("@") and _indent(text) == indent:
            first = at
    return first


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _hybridization(how: known.Hybridization | None) -> str:
    if how is None:
        return ""
    arguments = ", ".join(f"{name}={text}" for name, text in how.arguments.items())
    return f"{'@' if how.form == 'decorator' else ''}tf.function" + (f"({arguments})" if arguments else "")


def _parameter(parameter: known.Parameter, run: FunctionEvidence | None) -> data.Parameter:
    received = (one for one in (run.parameters if run is not None else ()) if one.parameter == parameter.name)
    return data.Parameter(
        parameter.name,
        parameter.kind,
        data.truth(parameter.tensor),
        data.truth(parameter.literal),
        tuple(map(_facts.specs, parameter.types)),
        parameter.basis or "",
        words.reason(parameter.reason),
        tuple(data.Received(_type(one.kind, one.dtype, one.shape), one.calls, one.callers) for one in received),
    )


def _type(kind: str, dtype: str, shape: tuple[int | None, ...] | None) -> str:
    if not dtype:
        return kind
    axes = "..." if shape is None else ", ".join("?" if axis is None else str(axis) for axis in shape)
    return f"{dtype}[{axes}]" + ("" if kind == "tensor" else f" ({kind})")


def _run(run: FunctionEvidence) -> data.Run:
    return data.Run(**{name: getattr(run, name) for name in data.Run.__struct_fields__})
