"""What the cases say holds a conversion back: under the decorator the marked functions raise, the others run."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest
from caselib import Case, parse
from caselib.expectations import read
from caselib.run import lay_out

pytest.importorskip("tensorflow")

pytestmark = pytest.mark.runtime

CASES = parse(Path(__file__).resolve().parent.parent / "cases" / "verdicts" / "obstacles.md")


def marked(case: Case) -> list[tuple[str, int, bool]]:
    """(file, line of the `def`, whether a hazard holds the function back) for each function with a mark."""
    return [
        (one.path, one.line, one.value.startswith("hazard"))
        for one in read(case)
        if one.key == "obstacle" and one.value.startswith(("hazard", "none"))
    ]


def run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.delitem(sys.modules, "checks", raising=False)
    runpy.run_path(str(root / "main.py"), run_name="__main__")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.titles[-1])
def test_the_marked_functions_fail_in_a_graph_and_the_others_do_not(case, tmp_path, monkeypatch) -> None:
    run(lay_out(case, tmp_path / "eager"), monkeypatch)
    for number, (path, line, hazard) in enumerate(marked(case)):
        root = lay_out(case, tmp_path / str(number))
        lines = (root / path).read_text(encoding="utf-8").splitlines()
        indent = lines[line - 1][: len(lines[line - 1]) - len(lines[line - 1].lstrip())]
        lines.insert(line - 1, f"{indent}@tf.function")
        (root / path).write_text("\n".join(lines) + "\n", encoding="utf-8")
        if hazard:
            with pytest.raises((TypeError, ValueError), match=r"[Tt]ensor|not positive"):
                run(root, monkeypatch)
        else:
            run(root, monkeypatch)
