"""Every fix of every case: proven, complete in one run, and exact outside of its edits."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from caselib import parse
from caselib.plugin import CASES, MANUAL
from caselib.run import case_options, configuration, lay_out

from hybridize.finding import Applicability
from hybridize.fixing import fix
from hybridize.syntax.source import SourceFile

FILES = sorted(path for path in CASES.rglob("*.md") if path.name != MANUAL)


def untouched(change, findings) -> list[str]:
    """The lines of the old file that no edit says anything about."""
    source = SourceFile(change.path, change.old)
    edits = [edit for one in findings for edit in one.fix.edits if edit.span.path == change.path]
    touched = {line for edit in edits for line in range(edit.span.line, edit.span.end_line + 1)}
    # An insertion before the code of a line leaves the line as it is.
    touched -= {edit.span.line for edit in edits if edit.replacement.endswith("\n") and edit.span.column == 0}
    return [source.line_text(line) for line in range(1, source.line_count + 1) if line not in touched]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_fixes_of_a_case_file(path, tmp_path) -> None:
    for number, case in enumerate(parse(path)):
        root = lay_out(case, tmp_path / str(number))
        config = msgspec.structs.replace(configuration(case), ignore=())
        paths = [root / name for name in case_options(case).get("paths", ["."])]
        result = fix(paths, config, Applicability.UNSAFE)
        # A fix may leave something for a rule that follows its own, which is fixed then.
        codes = Counter((one.code, one.function) for one in result.before.findings)
        first = (Counter((one.code, one.function) for one in result.applied) & codes).total()
        assert len(result.after.findings) <= len(result.before.findings) - first, case.titles
        for change in result.changes:
            assert change.new != change.old
            compile(change.new, change.path, "exec", dont_inherit=True)
            if result.rounds == 1:
                new = iter(SourceFile(change.path, change.new).text.splitlines())
                assert all(line in new for line in untouched(change, result.applied)), case.titles
            Path(result.before.root, change.path).write_bytes(change.new)
        if result.changes:
            again = fix(paths, config, Applicability.UNSAFE)
            assert (again.changes, again.applied) == ((), ()), case.titles
