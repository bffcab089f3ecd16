"""What pages say in short is what their tables say."""

from __future__ import annotations

import re

from documentation.pages import DOCS

PERFORMANCE = (DOCS / "performance.md").read_text("utf-8")
ACCURACY = (DOCS / "accuracy.md").read_text("utf-8")


def rows(page, section):
    """The cells of the table between the marks of a section, by the first one."""
    table = page.split(f"<!-- begin {section} -->")[1].split(f"<!-- end {section} -->")[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    return {cells[0]: cells[1:] for cells in lines[2:]}


def short(page, words):
    (line,) = [line for line in page.splitlines() if line.startswith("| [") and words in line]
    return line.split("|")[2].strip()


def test_performance_in_short():
    speed, commit, review = (rows(PERFORMANCE, name) for name in ("check_speed", "commit_latency", "review"))
    own, compiled = (float(speed[name][0]) for name in ("`hybridize check`", "the same, core compiled"))
    peers = (
        f"pyright takes {float(speed['pyright'][4]):.1f} times as long, pylint {float(speed['pylint'][4]):.1f} times"
    )
    assert short(PERFORMANCE, "37 kLOC, first run") == f"{own:.1f} s, compiled {compiled:.1f} s; {peers}"
    assert short(PERFORMANCE, "nothing changed") == f"{commit['`hybridize check`: nothing changed'][0]} s"
    changed = [float(cells[0]) for name, cells in commit.items() if "a function more" in name]
    assert short(PERFORMANCE, "one function changed") == f"{min(changed):.1f} to {max(changed):.1f} s"
    assert short(PERFORMANCE, "a pull request") == f"{float(review['new'][0]):.0f} s and {review['new'][4]} requests"
    scale = rows(PERFORMANCE, "scale")
    sizes = [(int(scale[name][5]) / 1000, float(scale[name][1])) for name in ("gpflow", "tf-models-official")]
    assert short(PERFORMANCE, "memory") == ", ".join(f"{peak:.1f} GB for {lines:.0f} kLOC" for peak, lines in sizes)


def judged(section: str, family: str, table: int = 0) -> tuple[int, int, int]:
    """How many findings of some rules were right, debatable and wrong, by a table of a section."""
    text = ACCURACY.split(f"### {section}")[1].split("\n## ")[0].split("\n### ")[0]
    lines = text.split("| code | right | debatable | wrong |")[table + 1].split("\n\n")[0]
    counted = re.findall(r"^\| (HYB\d+) \| (\d+) \| (\d+) \| (\d+) \|$", lines, re.MULTILINE)
    right, debatable, wrong = (
        sum(int(counts[at]) for code, *counts in counted if code.startswith(family)) for at in range(3)
    )
    return right, debatable, wrong


def test_accuracy_in_short():
    facts = re.search(r"^\| all facts \| \d+ \| (\d+) \| (\S+) % \|$", ACCURACY, re.MULTILINE)
    assert f"[{facts[2]} % of {int(facts[1]):,} facts]" in ACCURACY
    claims = [re.findall(r"(\d+) of (\d+)", " ".join(cells)) for cells in rows(ACCURACY, "receipts").values()]
    held, of = (sum(int(pair[at]) for row in claims for pair in row) for at in (0, 1))
    assert f"[all but {of - held} of {of} claims]" in ACCURACY
    conversions = rows(ACCURACY, "conversions")["further programs"]
    assert f"[{conversions[3]} of {conversions[2]}]" in ACCURACY
    right, debatable, wrong = judged("A fifth sample", "HYB1")
    assert f"[of {right + debatable + wrong}, {right} right, {debatable} debatable, none wrong]" in ACCURACY
    assert wrong == 0
    first, further = (judged("Programs that it was not developed on", "HYB1", at) for at in (0, 1))
    assert (
        f"after the mends, {first[2]} of {sum(first)}; on eight further programs, none of {sum(further)}]" in ACCURACY
    )
    assert further[2] == 0
    suggested = [judged("Programs that it was not developed on", "HYB301", at) for at in (0, 1)]
    right, debatable, wrong = map(sum, zip(*suggested, strict=True))
    assert (
        f"[of {right + debatable + wrong} on these programs, {right} right, {debatable} debatable, {wrong} wrong]"
    ) in ACCURACY
    coverage = (DOCS / "rules" / "coverage.md").read_text("utf-8")
    found = re.search(r"^\| hazards, certain: found \| (\d+) \| \1 \|", coverage, re.MULTILINE)
    assert f"[all {found[1]} certain ones of a catalogue]" in ACCURACY
