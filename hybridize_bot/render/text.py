"""`check --format text` and `full`: findings for people, with source, call chain, assumptions and advice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hybridize.finding import Finding, Severity
from hybridize.report import Report
from hybridize.rules import _registry
from hybridize_bot.console import one_line, visible
from hybridize_bot.render._facts import count
from hybridize_bot.render._places import Places
from hybridize_bot.render._source import Mark, Sources, excerpt
from hybridize_bot.render._style import Style
from hybridize_bot.selection import SetAside, counts


def render(
    report: Report,
    places: Places,
    style: Style,
    *,
    full: bool = False,
    summary: bool = True,
    aside: Sequence[SetAside] = (),
) -> str:
    """Return errors and warnings in full, the rest as a list of lines (with ``full``, all in full), and a summary."""
    sources = Sources(places)
    detailed = [finding for finding in report.findings if full or finding.severity is not Severity.INFO]
    listed = [finding for finding in report.findings if not full and finding.severity is Severity.INFO]
    blocks = [_detailed(finding, sources, places, style) for finding in detailed]
    blocks += _lists(listed, places, style)
    if summary:
        blocks.append([summarize(report, style, aside)])
    return "".join("\n".join(block) + "\n\n" for block in blocks[:-1]) + "".join(
        "\n".join(block) + "\n" for block in blocks[-1:]
    )


def _detailed(finding: Finding, sources: Sources, places: Places, style: Style) -> list[str]:
    def paint(text: str) -> str:
        return style.severity(finding.severity, text)

    head = paint(f"{finding.severity.value}[{finding.code} {finding.slug}]")
    marks = [Mark(finding.span, "", paint, primary=True)]
    marks += [Mark(step.span, step.message, style.secondary) for step in finding.chain]
    margin = " " * max(len(str(mark.span.line)) for mark in marks)
    notes = [("cause", finding.cause)] if finding.cause else []
    notes += [("proven", finding.proof)] if finding.proof else []
    notes += [("assuming", assumption) for assumption in finding.assumptions]
    if finding.help:
        notes.append(("help", finding.help))
    if finding.fix is not None:
        notes.append(("fix", f"{finding.fix.title} ({finding.fix.applicability.value})"))
    return [
        f"{head}{style.strong(': ' + one_line(finding.message))}",
        *excerpt(marks, sources, places, style),
        *(f"{style.gutter(margin + ' =')} {style.strong(word + ':')} {visible(text)}" for word, text in notes),
    ]


def _lists(findings: Sequence[Finding], places: Places, style: Style) -> Iterable[list[str]]:
    """One block for each rule: what it finds, how to see more, and a line for each place."""
    for code in dict.fromkeys(finding.code for finding in sorted(findings, key=lambda finding: finding.code)):
        own = sorted((finding for finding in findings if finding.code == code), key=lambda finding: -finding.rank)
        rule = _registry.find(code)
        head = style.severity(Severity.INFO, f"{Severity.INFO.value}[{code} {own[0].slug}]")
        block = [f"{head}{style.strong(f': {rule.summary if rule is not None else own[0].slug}')}"]
        block += [_listed(finding, places, style) for finding in own]
        more = f"hybridize check --format full --select {code}"
        block.append(style.faint(f"  {own[0].help + '; ' if own[0].help else ''}details: {more}"))
        yield block


def _listed(finding: Finding, places: Places, style: Style) -> str:
    count = len(finding.assumptions)
    rests = style.faint(f" (rests on {count} assumption{'s' if count > 1 else ''})") if count else ""
    proof = style.good(f" (proven: {one_line(finding.proof)})") if finding.proof else ""
    return f"  {one_line(places.position(finding.span))}: {one_line(finding.message)}{proof}{rests}"


def summarize(report: Report, style: Style, aside: Sequence[SetAside] = ()) -> str:
    """One line: how many findings of each severity, in how much code, and how many are not shown."""
    size = f"{count(len(report.files), 'file')}, {count(report.function_count, 'function')}"
    size += "".join(f"; {one}" for one in counts(aside))
    if not report.findings:
        return f"{style.good('No findings')} in {size}."
    parts = [
        style.severity(severity, count(number, word))
        for severity, word in (
            (Severity.ERROR, "error"),
            (Severity.WARNING, "warning"),
            (Severity.INFO, "info finding"),
        )
        if (number := sum(finding.severity is severity for finding in report.findings))
    ]
    listed = parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
    return f"Found {listed} in {size}."
