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


def test_accuracy_in_short():
    facts = re.search(r"^\| all facts \| \d+ \| (\d+) \| (\S+) % \|$", ACCURACY, re.MULTILINE)
    assert f"[{facts[2]} % of {int(facts[1]):,} facts]" in ACCURACY
    claims = [re.findall(r"(\d+) of (\d+)", " ".join(cells)) for cells in rows(ACCURACY, "receipts").values()]
    held, of = (sum(int(pair[at]) for row in claims for pair in row) for at in (0, 1))
    assert f"[all but {of - held} of {of} claims]" in ACCURACY
    conversions = rows(ACCURACY, "conversions")["further programs"]
    assert f"[{conversions[3]} of {conversions[2]}]" in ACCURACY
    fifth = ACCURACY.split("### A fifth sample")[1]
    counted = re.findall(r"^\| (HYB\d+) \| (\d+) \| (\d+) \| (\d+) \|$", fifth, re.MULTILINE)
    judged = {code: list(map(int, counts)) for code, *counts in counted}
    unsafe = [sum(counts[at] for code, counts in judged.items() if code.startswith("HYB1")) for at in range(3)]
    assert unsafe[2] == 0
    assert f"[of {sum(unsafe)}, {unsafe[0]} right, {unsafe[1]} debatable, none wrong]" in ACCURACY
    right, debatable, wrong = judged["HYB301"]
    assert f"[of {right + debatable + wrong}, {right} right, {debatable} debatable, {wrong} wrong]" in ACCURACY
    coverage = (DOCS / "rules" / "coverage.md").read_text("utf-8")
    found = re.search(r"^\| hazards, certain: found \| (\d+) \| \1 \|", coverage, re.MULTILINE)
    assert f"[all {found[1]} certain ones of a catalogue]" in ACCURACY
