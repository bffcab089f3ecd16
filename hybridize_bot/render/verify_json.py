"""`verify --format json`: the evidence as it is kept, with a count of outcomes."""

from __future__ import annotations

from collections import Counter

import msgspec

from hybridize.runs import OUTCOMES, RunEvidence


def render(evidence: RunEvidence, runs: int) -> str:
    """The JSON, with a newline at its end."""
    counts = Counter(one.outcome for one in evidence.functions)
    data = msgspec.to_builtins(evidence)
    data["runs"] = runs
    data["outcomes"] = {outcome: counts[outcome] for outcome in OUTCOMES if counts[outcome]}
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode("utf-8") + "\n"
