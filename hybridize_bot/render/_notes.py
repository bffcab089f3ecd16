"""What a finding says beyond its message, as plain lines."""

from __future__ import annotations

from hybridize.finding import Finding
from hybridize_bot.render._places import Places


def steps(finding: Finding, places: Places) -> list[str]:
    """The places that the finding rests on, and what happens there."""
    return [f"{places.position(step.span)}: {step.message}" for step in finding.chain]


def advice(finding: Finding) -> list[str]:
    """What it comes from, what runs showed of it, what it takes for granted, and what to do."""
    lines = [finding.cause] if finding.cause else []
    lines += [f"proven: {finding.proof}"] if finding.proof else []
    lines += [f"assuming: {assumption}" for assumption in finding.assumptions]
    return [*lines, f"help: {finding.help}"] if finding.help else lines
