"""hybridize: says for each function of a TensorFlow program whether it should run as a graph, with the proof.

>>> import hybridize
>>> report = hybridize.analyze(["src"])          # doctest: +SKIP
>>> [f.code for f in report.findings]            # doctest: +SKIP
['HYB101']
"""

from __future__ import annotations

from hybridize.config import Config, Heuristic, Limits
from hybridize.engine import InputError, analyze
from hybridize.finding import Applicability, Confidence, Edit, Finding, Fix, Related, Severity, Span
from hybridize.reasons import Reason
from hybridize.report import Evidence, Fact, FunctionReport, Hybridization, Parameter, Report, Spec, Verdict
from hybridize.version import __version__

__all__ = [
    "Applicability",
    "Confidence",
    "Config",
    "Edit",
    "Evidence",
    "Fact",
    "Finding",
    "Fix",
    "FunctionReport",
    "Heuristic",
    "Hybridization",
    "InputError",
    "Limits",
    "Parameter",
    "Reason",
    "Related",
    "Report",
    "Severity",
    "Span",
    "Spec",
    "Verdict",
    "__version__",
    "analyze",
]
