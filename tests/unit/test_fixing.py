"""Fixing as a whole: what is proven, what is dropped and why, and that it ends.

The first half runs on the real analysis; the second on a toy one, whose rules say what a proof has to notice.
"""

from __future__ import annotations

import re
from types import SimpleNamespace

import msgspec
import pytest
from samples import report

from hybridize import fixing
from hybridize.config import Benefit, Config
from hybridize.engine import analyze
from hybridize.finding import Applicability, Finding, Severity, Span
from hybridize.intention import AddDecorator, Proposal, SetArgument
from hybridize.report import FileSummary
from hybridize.rules._registry import rules
from hybridize.syntax.source import SourceFile

SAFE, UNSAFE = Applicability.SAFE, Applicability.UNSAFE
ONE = Config(jobs=1, benefit=Benefit(operations=0))
"""Programs of one operation are enough to fix."""

MISSED = """\
import tensorflow as tf


def double(x):
    return tf.tanh(x) * 2.0


double(tf.ones([4]))
"""


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.py").write_bytes(text if isinstance(text, bytes) else text.encode())
    return [folder]


def texts(result):
    return {change.path: change.new.decode() for change in result.changes}


def apply_to_disk(folder, result):
    for change in result.changes:
        assert (folder / change.path).read_bytes() == change.old
        (folder / change.path).write_bytes(change.new)


def test_a_safe_fix(tmp_path):
    result = fixing.fix(write(tmp_path, main=MISSED), ONE)
    assert texts(result) == {"main.py": MISSED.replace("def double", "@tf.function\ndef double")}
    assert [finding.code for finding in result.before.findings] == ["HYB301"]
    assert result.after.findings == ()
    assert [finding.fix.title for finding in result.applied] == ["add `tf.function`"]
    assert (tmp_path / "main.py").read_text() == MISSED, "nothing is written"
    assert (result.rounds, result.analyses) == (1, 2)


def test_a_second_run_changes_nothing(tmp_path):
    paths = write(tmp_path, main=MISSED)
    apply_to_disk(tmp_path, fixing.fix(paths, ONE))
    result = fixing.fix(paths, ONE)
    assert (result.changes, result.applied, result.analyses) == ((), (), 1)


def test_a_fix_in_another_file_with_its_import(tmp_path):
    paths = write(
        tmp_path,
        main="import tensorflow as tf\nfrom helper import square\n\nsquare(tf.ones([4]))\n",
        helper='"""Helps."""\n\n\ndef square(x):\n    return x * x + 1.0\n',
    )
    assert texts(fixing.fix(paths, ONE)) == {
        "helper.py": '"""Helps."""\n\nimport tensorflow as tf\n\n\n'
        "@tf.function\ndef square(x):\n    return x * x + 1.0\n"
    }


def test_two_fixes_share_one_import(tmp_path):
    paths = write(
        tmp_path,
        main="import tensorflow as tf\nfrom helper import f, g\n\nf(tf.ones([4]))\ng(tf.ones([4]))\n",
        helper="def f(x):\n    return x * x + 1.0\n\n\ndef g(x):\n    return x * x - 1.0\n",
    )
    text = texts(fixing.fix(paths, ONE))["helper.py"]
    assert text.count("import tensorflow") == 1
    assert text.count("@tf.function") == 2


def test_what_rests_on_an_assumption_is_unsafe(tmp_path):
    text = MISSED.replace("def double", "@decorate\ndef double").replace(
        "import tensorflow", "from other import decorate\nimport tensorflow"
    )
    paths = write(tmp_path, main=text)
    result = fixing.fix(paths, ONE)
    assert (result.changes, [finding.code for finding in result.withheld]) == ((), ["HYB301"])
    assert "@decorate\n@tf.function\ndef" in texts(fixing.fix(paths, ONE, UNSAFE))["main.py"]


PRINTS = """\
import tensorflow as tf


@tf.function
def step(x):
    print("once", x)
    print(f"{x:.2f}")
    return x * 2.0


step(tf.ones([4]))
"""


def test_one_of_two_findings_of_a_function(tmp_path):
    paths = write(tmp_path, main=PRINTS)
    assert fixing.fix(paths, ONE).changes == (), "a print may be meant for tracing"
    result = fixing.fix(paths, ONE, UNSAFE)
    assert texts(result) == {"main.py": PRINTS.replace('print("once"', 'tf.print("once"')}
    assert [(one.finding.span.line, one.reason) for one in result.dropped] == [
        (7, "a formatted string has a conversion or a format, which `tf.print` does not know")
    ]


def test_a_fix_that_does_not_help_is_dropped(tmp_path):
    """Only some of the calls that pass numbers are known to the finding; with the others, it would stay."""
    calls = "".join(f"scale(tf.ones([4]), {number})\n" for number in range(9))
    text = f"import tensorflow as tf\n\n\n@tf.function\ndef scale(x, n):\n    return tf.tanh(x) * float(n)\n\n\n{calls}"
    paths = write(tmp_path, main=text)
    assert [finding.code for finding in analyze(paths, ONE).findings] == ["HYB201"]
    result = fixing.fix(paths, ONE, UNSAFE)
    assert (result.changes, [one.reason for one in result.dropped]) == ((), ["the finding would still be reported"])


SHAPES = """\
import tensorflow as tf


def double(x):
    return tf.tanh(x) * 2.0 + tf.sin(x) * tf.cos(x) - tf.exp(x) / tf.sqrt(x) + tf.square(x) * tf.sigmoid(x)


double(tf.ones([4, 2]))
double(tf.ones([7, 2]))
"""


def test_a_graph_that_could_have_a_signature_as_well_is_better_than_none(tmp_path):
    paths = write(tmp_path, main=SHAPES)
    result = fixing.fix(paths, ONE)
    assert texts(result) == {"main.py": SHAPES.replace("def", "@tf.function\ndef")}
    assert [finding.code for finding in result.after.findings] == ["HYB302"]
    assert "TensorSpec([None, 2], tf.float32)" in texts(fixing.fix(paths, ONE, UNSAFE))["main.py"]


def test_rules_follow_one_another_without_a_circle():
    after = {rule.code: set(rule.follows) for rule in rules()}
    assert after["HYB302"] == {"HYB301"}
    assert all(code in after for codes in after.values() for code in codes)
    for _ in after:
        after = {code: set().union(*(after[one] for one in codes)) for code, codes in after.items()}
    assert not any(after.values())


def test_only_selected_rules_are_fixed_but_all_are_proven(tmp_path):
    paths = write(tmp_path, main=MISSED + PRINTS.partition("\n\n\n")[2])
    result = fixing.fix(paths, Config(jobs=1, select=("HYB101",)), UNSAFE)
    assert {finding.code for finding in result.before.findings} == {"HYB101"}
    assert "@tf.function\ndef double" not in texts(result)["main.py"]


def test_bytes_outside_of_the_edit_are_kept(tmp_path):
    text = "# coding: latin-1\nimport tensorflow as tf\ndef f(x):\n\treturn tf.tanh(x) * 2.0 # \xe4\n\nf(tf.ones([4]))"
    data = text.replace("\n", "\r\n").encode("latin-1")
    (change,) = fixing.fix(write(tmp_path, main=data), ONE).changes
    assert change.new == data.replace(b"def f", b"@tf.function\r\ndef f")


def test_proposed_fixes_are_edits_of_the_files_as_they_are(tmp_path):
    config = msgspec.structs.replace(ONE, select=("HYB101", "HYB301"))
    found = fixing.propose(write(tmp_path, main=MISSED + PRINTS.partition("\n\n\n")[2]), config).findings
    assert [(finding.code, finding.span.line, finding.fix is not None) for finding in found] == [
        ("HYB301", 4, True),
        ("HYB101", 11, True),
        ("HYB101", 12, False),
    ]
    assert [edit.replacement for edit in found[0].fix.edits] == ["@tf.function\n"]
    assert [finding.fix is None for finding in analyze([tmp_path], config).findings] == [True] * 3, (
        "a plain run is fast"
    )


COLLECTS = """\
import tensorflow as tf


@tf.function(experimental_relax_shapes=True)
def doubled(x):
    ys = []
    for v in x:
        ys.append(v * 2.0)
    ta = tf.TensorArray(tf.float32, size=2)
    ta.write(0, 1.0)
    assert tf.reduce_sum(x) > 0.0
    tf.print(f"{x}!")
    return tf.stack(ys), ta.stack()


doubled(tf.constant([1.0, 2.0]))
"""


def test_several_fixes_of_one_function(tmp_path):
    paths = write(tmp_path, main=COLLECTS)
    safe = texts(fixing.fix(paths, ONE))["main.py"]
    assert safe == COLLECTS.replace("experimental_relax_shapes", "reduce_retracing").replace(
        "    ta.w", "    ta = ta.w"
    )
    result = fixing.fix(paths, ONE, UNSAFE)
    assert result.after.findings == ()
    assert texts(result)["main.py"] == (
        safe.replace("ys = []", "ys = tf.TensorArray(tf.float32, size=0, dynamic_size=True)")
        .replace("ys.append(v * 2.0)", "ys = ys.write(ys.size(), v * 2.0)")
        .replace("tf.stack(ys)", "ys.stack()")
        .replace("assert tf.reduce_sum(x) > 0.0", "tf.debugging.assert_greater(tf.reduce_sum(x), 0.0)")
        .replace('f"{x}!"', 'x, "!", sep=""')
    )


# --- the search for what can be proven, on a toy analysis ---------------------------------------------------------


class Toy:
    """An analysis that wants a decorator on every function, and has something against some once they have it.

    ``stubborn`` is reported whatever is done; ``poison`` brings a finding somewhere else; ``late`` is poison until
    ``healer`` is fixed.
    """

    def __init__(self, text):
        self.text = text
        self.runs = 0

    def __call__(self, paths, config, progress=None, instead=None):
        self.runs += 1
        source = SourceFile("main.py", (instead or {}).get("main.py", self.text.encode()))
        found = []
        names = re.findall(r"(@tf\.function\n)?def (\w+)", source.text)
        decorated = {name for mark, name in names if mark}
        for name in (name for _, name in names):
            line, column = source.position(source.text.index(f"def {name}("))
            span = Span("main.py", line, column, line, column + 4 + len(name))
            if name not in decorated or name.startswith("stubborn"):
                proposal = Proposal("add", SAFE, (AddDecorator(span),)) if name not in decorated else None
                found.append(Finding("HYB301", "s", Severity.INFO, span, f"`{name}`", name, proposal=proposal))
            if name in decorated and (
                name.startswith("poison") or (name.startswith("late") and "healer" not in decorated)
            ):
                found.append(Finding("HYB101", "s", Severity.ERROR, span, f"`{name}`", f"around {name}"))
        found.sort(key=lambda finding: finding.sort_key)
        made = report(findings=tuple(found), files=(FileSummary("main.py", 1, True),))
        return made, SimpleNamespace(sources={"main.py": source}, modules=None, links={})


def toy(monkeypatch, *names):
    made = Toy("import tensorflow as tf\n" + "".join(f"def {name}(x): pass\n" for name in names))
    result = fixing.fix([], ONE, analysis=made)
    text = result.changes[0].new.decode() if result.changes else made.text
    return result, re.findall(r"@tf\.function\ndef (\w+)", text)


def test_sixty_good_fixes_take_one_analysis(monkeypatch):
    names = [f"good{number}" for number in range(60)]
    result, fixed = toy(monkeypatch, *names)
    assert fixed == names
    assert (result.rounds, result.analyses) == (1, 2)


def test_those_that_do_not_help_are_told_apart_at_once(monkeypatch):
    names = [f"good{number}" for number in range(60)]
    result, fixed = toy(monkeypatch, *names, "stubborn1", "stubborn2", "stubborn3")
    assert fixed == names
    assert [one.finding.function for one in result.dropped] == ["stubborn1", "stubborn2", "stubborn3"]
    assert result.analyses <= 5


@pytest.mark.parametrize("place", [0, 7, 30, 60])
def test_one_that_does_harm_elsewhere_is_found_by_halves(monkeypatch, place):
    names = [f"good{number}" for number in range(60)]
    result, fixed = toy(monkeypatch, *names[:place], "poison", *names[place:])
    assert fixed == names
    assert [(one.finding.function, one.reason) for one in result.dropped] == [
        ("poison", "HYB101 would be reported in main.py instead")
    ]
    assert result.analyses <= 20


def test_the_search_is_bounded(monkeypatch):
    result, _ = toy(monkeypatch, *(f"poison{number}" for number in range(100)), "good")
    assert result.analyses == fixing.MOST_ANALYSES
    assert "it was not proven within 64 analyses" in {one.reason for one in result.dropped}


def test_what_only_another_fix_makes_possible_is_tried_again(monkeypatch):
    result, fixed = toy(monkeypatch, "late", "poison", "healer")
    assert fixed == ["late", "healer"]
    assert [one.finding.function for one in result.dropped] == ["poison"]


def test_an_edit_that_breaks_the_file_is_not_even_analyzed(monkeypatch):
    monkeypatch.setattr(fixing, "compiles", lambda source: b"@tf.function\ndef b" not in source.data)
    result, fixed = toy(monkeypatch, "a", "b", "c")
    assert fixed == ["a", "c"]
    assert [one.reason for one in result.dropped] == ["the edited file is not valid Python"]


def test_fixes_of_one_place_take_turns(monkeypatch):
    """Two findings whose edits are in conflict: the second is fixed in the text that the first leaves."""
    wanted = {"HYB301": ("jit_compile", "True"), "HYB302": ("autograph", "False")}

    def run(paths, config, progress=None, instead=None):
        source = SourceFile(
            "main.py", (instead or {}).get("main.py", b"import tensorflow as tf\n@tf.function\ndef f(x): pass\n")
        )
        line = source.line_text(2)
        place = Span("main.py", 2, 1, 2, len(line))
        found = tuple(
            Finding(
                code,
                "s",
                Severity.INFO,
                place,
                code,
                "f",
                proposal=Proposal("set", SAFE, (SetArgument(place, *given),)),
            )
            for code, given in wanted.items()
            if given[0] not in line
        )
        made = report(findings=found, files=(FileSummary("main.py", 1, True),))
        return made, SimpleNamespace(sources={"main.py": source}, modules=None, links={})

    result = fixing.fix([], ONE, analysis=run)
    assert result.rounds == 2
    assert b"@tf.function(jit_compile=True, autograph=False)\n" in result.changes[0].new
