"""Every rule keeps the contract: its code, its file, its page, its cases, and an example that is true.

A new rule is picked up by being there; nothing in this file needs to change for it.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from caselib import parse
from caselib.expectations import read

from hybridize.config import Config
from hybridize.engine import analyze
from hybridize.finding import Applicability
from hybridize.fixing import fix
from hybridize.report import OBSERVATIONS
from hybridize.rules import _registry
from hybridize.rules._base import HEADINGS
from hybridize_bot.commands.rule import page

RULES = _registry.rules()
FOLDER = Path(_registry.__file__).parent
CASES = Path(__file__).parent / "cases" / "rules"

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.slug)
every_checking_rule = pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.check or rule.observe], ids=lambda rule: rule.slug
)


def sections(rule) -> dict[str, str]:
    """Heading to text."""
    parts = re.split(r"^## (.+)$", _registry.documentation(rule.code), flags=re.MULTILINE)
    return dict(zip(parts[1::2], (text.strip() for text in parts[2::2]), strict=True))


def code_blocks(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def test_every_rule_file_is_found() -> None:
    files = {path.stem for path in FOLDER.glob("*.py") if not path.name.startswith("_")}
    assert files == {rule.slug.replace("-", "_") for rule in RULES}
    assert len(RULES) >= 9


def test_codes_and_slugs_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.slug for rule in RULES}) == len(RULES)


@every_rule
def test_names_have_the_right_form(rule) -> None:
    assert re.fullmatch(r"HYB\d{3}", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.slug)
    assert not re.match(r"(no|avoid|use|prefer|dont)-", rule.slug), "name the pattern, not the cure"
    assert rule.summary[0].islower()
    assert not rule.summary.endswith(".")


@every_rule
def test_only_rules_about_the_tool_itself_have_no_check(rule) -> None:
    assert (rule.check is None and rule.observe is None) == rule.code.startswith("HYB0")


@every_rule
def test_a_rule_about_observations_names_their_kinds(rule) -> None:
    assert (rule.observe is None) == (not rule.kinds)
    assert set(rule.kinds) <= set(OBSERVATIONS)


def test_every_kind_of_observation_has_a_rule() -> None:
    assert set(OBSERVATIONS) == {kind for rule in RULES for kind in rule.kinds}


@every_rule
def test_what_a_rule_covers_are_ids_of_the_catalogue(rule) -> None:
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", id) for id in rule.covers)
    assert len(set(rule.covers)) == len(rule.covers)


@every_rule
def test_the_page_has_every_heading_in_order_with_text(rule) -> None:
    text = _registry.documentation(rule.code)
    first = text.split("\n", 1)[0]
    assert first.rstrip(".").lower() == rule.summary.lower(), "the first line is the summary"
    assert tuple(sections(rule)) == HEADINGS
    assert all(sections(rule).values())
    assert text.count("```") % 2 == 0
    assert rule.code in page(rule)


@every_checking_rule
def test_the_page_shows_code_that_is_python(rule) -> None:
    found = sections(rule)
    for heading in ("Example", "Use instead"):
        blocks = code_blocks(found[heading])
        assert len(blocks) == 1, f"{heading}: one program"
        ast.parse(blocks[0])


@every_checking_rule
@pytest.mark.parametrize(("heading", "fires"), [("Example", True), ("Use instead", False)])
def test_the_example_fires_and_its_replacement_does_not(rule, heading, fires, tmp_path) -> None:
    (tmp_path / "main.py").write_text(code_blocks(sections(rule)[heading])[0], encoding="utf-8")
    codes = {finding.code for finding in analyze([tmp_path]).findings}
    assert (rule.code in codes) is fires, codes


@every_rule
def test_the_rule_has_cases_that_fire_and_cases_that_do_not(rule) -> None:
    cases = parse(CASES / f"{rule.slug}.md")
    firing = [
        any(one.key == "finding" and one.value.split()[0] in (rule.code, rule.slug) for one in read(case))
        for case in cases
    ]
    assert any(firing), "a case where it fires"
    assert not all(firing), "a case where it stays silent"


def test_every_case_file_belongs_to_a_rule() -> None:
    assert {path.stem for path in CASES.glob("*.md")} == {rule.slug for rule in RULES}


def test_rules_share_no_imports_with_the_analysis() -> None:
    for path in FOLDER.glob("*.py"):
        imported = {
            node.module
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module
        }
        data = {"hybridize.finding", "hybridize.intention", "hybridize.report", "hybridize.runs", "hybridize.specs"}
        allowed = {"hybridize", "hybridize.rules", "hybridize.rules._base", *data}
        inside = {module for module in imported if module.split(".")[0] == "hybridize"}
        assert inside <= allowed, f"{path.name} reads more than facts: {inside - allowed}"


FIXABLE = frozenset(
    {
        "HYB101", "HYB104", "HYB110", "HYB111", "HYB116", "HYB134", "HYB137", "HYB201", "HYB202", "HYB301", "HYB302",
        "HYB401", "HYB402", "HYB403", "HYB501",
    }
)  # fmt: skip
"""Rules that propose fixes."""


@every_checking_rule
def test_a_rule_with_fixes_says_how_safe_they_are_and_mends_its_example(rule, tmp_path) -> None:
    assert sections(rule)["Fix safety"].startswith("There is no automatic fix") is (rule.code not in FIXABLE)
    (tmp_path / "main.py").write_text(code_blocks(sections(rule)["Example"])[0], encoding="utf-8")
    result = fix([tmp_path], Config(jobs=1, select=(rule.code,)), Applicability.UNSAFE)
    assert bool(result.applied) is (rule.code in FIXABLE)
