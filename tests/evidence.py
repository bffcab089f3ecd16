"""Evidence of runs for tests: what `hybridize verify` would have written about a program as it is now."""

from hybridize.engine import analyze
from hybridize.fingerprints import alone, fingerprints, lines_of
from hybridize.runs import VERSION, FunctionEvidence, RunEvidence


def of(folder, **entries):
    """Evidence of the program in ``folder``: each function's name (``__`` for a dot) with the fields of its entry."""
    report = analyze([folder])

    def lines(path):
        return lines_of((folder / path).read_text())

    known = fingerprints(report.functions, lines)
    found = []
    for name, fields in entries.items():
        function = next(one for one in report.functions if one.qualname == name.replace("__", "."))
        code = alone(lines(function.path)[function.line - 1 : function.end_line])
        place = (function.qualname, function.path, function.line)
        found.append(FunctionEvidence(*place, known[function.path, function.qualname], code, **fields))
    return RunEvidence(VERSION, "0", "2.21.0", "3", "3.11", "linux", ("pytest",), tuple(found))
