"""What people read in the editor: every name has its words, every tag its rule."""

import pytest
from lsprotocol import types

from hybridize import verdict
from hybridize.rules import _registry
from hybridize_bot.lsp import conversions, telling
from hybridize_bot.lsp.messages import Place, Range, Shown

PLACE = Range(1, 2, 3, 4)


def test_every_reason_of_the_decision_tables_has_words():
    checks = (*verdict.PRECONDITIONS, *verdict.SAFETY_CHECKS, verdict._STATIC_AXIS)
    assert {check.failure for check in checks} | {"already-optimal"} == set(telling._FAILURES)


def test_every_tag_is_for_a_rule():
    assert set(conversions._TAGS) <= {rule.slug for rule in _registry.rules()}


@pytest.mark.parametrize(
    ("slug", "tags"),
    [
        ("graph-without-tensor-parameter", [types.DiagnosticTag.Unnecessary]),
        ("deprecated-decorator-argument", [types.DiagnosticTag.Deprecated]),
        ("python-side-effect-in-graph", None),
    ],
)
def test_tags(slug, tags):
    rule = _registry.find(slug)
    shown = Shown("k", rule.code, slug, "warning", PLACE, "text", (Place("/a b.py", PLACE, "here"),))
    found = conversions.diagnostic(shown, lambda path: f"uri of {path}")
    assert found.tags == tags
    assert found.related_information[0].location.uri == "uri of /a b.py"
    assert found.range == types.Range(types.Position(1, 2), types.Position(3, 4))


@pytest.mark.parametrize(
    ("only", "asked"),
    [
        (None, True),
        ([], False),
        (["source"], True),
        (["source.fixAll"], True),
        (["source.fixAll.hybridize"], True),
        (["source.fixAll.ruff"], False),
        (["source.fix"], False),
        (["quickfix"], False),
        ([""], True),
    ],
)
def test_kinds_of_actions_that_are_asked_for(only, asked):
    assert conversions.wanted("source.fixAll.hybridize", only) is asked
