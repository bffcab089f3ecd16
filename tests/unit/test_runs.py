"""The evidence of runs: a file that is read strictly, or not at all."""

from __future__ import annotations

import json

import msgspec
import pytest

from hybridize import runs
from hybridize.runs import EvidenceError, FunctionEvidence, Received, RunEvidence

ONE = FunctionEvidence(
    "Net.step", "train.py", 12, "ab12", "cd34", "proven", calls=3, compared=3, traces=1, signatures=1, eager_ms=2.0,
    graph_ms=0.5, tracing_ms=80.0, gain=4.0, tests=("tests/test_train.py::test_step",),
    parameters=(Received("x", "tensor", "float32", (2, None), 3, ("train.py:30",)), Received("n", "int")),
)  # fmt: skip
EVIDENCE = RunEvidence(runs.VERSION, "0.1", "2.21.0", "3.13", "3.11", "linux", ("python", "train.py"), (ONE,))


def test_what_is_written_is_read_back():
    assert runs.decode(runs.encode(EVIDENCE)) == EVIDENCE


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not evidence"),
        (b"{", "not evidence"),
        (b"[]", "not evidence"),
        (b"\xff\xfe", "not evidence"),
        (b"[" * 100_000, "not evidence"),
        (b'{"version": 7}', "version 7"),
        (b'{"version": 1}', "missing required field"),
        (runs.encode(EVIDENCE).replace(b'"calls"', b'"cals"'), "unknown field"),
        (runs.encode(EVIDENCE).replace(b'"proven"', b'"safe"'), "Invalid enum value 'safe'"),
    ],
)
def test_anything_else_is_refused_with_a_reason(data, reason):
    with pytest.raises(EvidenceError, match=reason):
        runs.decode(data)


def test_a_file_that_is_too_large_is_not_read(monkeypatch):
    monkeypatch.setattr(runs, "MOST_BYTES", 1024 * 1024)
    with pytest.raises(EvidenceError, match="more than 1 MB"):
        runs.decode(b" " * (1024 * 1024 + 1))


def test_the_form_is_of_plain_json():
    data = json.loads(runs.encode(EVIDENCE))
    assert data["functions"][0]["gain"] == 4.0
    assert msgspec.json.decode(runs.encode(EVIDENCE)) == data
