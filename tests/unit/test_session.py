"""A program that is edited and asked again gives what a run from scratch gives."""

import random
import shutil

import msgspec
import pytest
from editors import HELPER, MISSED, UNSAFE

from hybridize.config import Config
from hybridize.engine import run
from hybridize.held import held
from hybridize.session import Session
from hybridize_bot.lsp.store import Memory

CONFIG = Config(jobs=1)


def told(report):
    """What of a report may not depend on how it was made."""
    return msgspec.to_builtins((report.findings, report.functions, report.files, report.suppressed, report.role))


@pytest.fixture
def program(tmp_path):
    for name, text in {"train.py": UNSAFE, "helper.py": HELPER, "missed.py": MISSED}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_edits_in_a_row_give_what_runs_from_scratch_give(program):
    chance = random.Random(7)
    session = Session([str(program)], Memory())
    draft = None
    texts = {name: (program / name).read_text() for name in ("train.py", "helper.py", "missed.py")}
    variants = {
        "train.py": [UNSAFE, UNSAFE.replace("@tf.function\n", ""), "# more\n\n" + UNSAFE, ""],
        "helper.py": [HELPER, HELPER.replace("    print(", "    len("), HELPER + "\n\ndef more(x):\n    return x\n"],
        "missed.py": [MISSED, MISSED.replace("tf.tanh(x)", "x.numpy()"), MISSED + "# hybridize: ignore[HYB301]\n"],
    }
    for _ in range(12):
        name = chance.choice(sorted(variants))
        texts[name] = chance.choice(variants[name])
        edited = {one: text.encode() for one, text in texts.items()}
        draft = session.read(CONFIG, edited, draft)
        assert told(session.report(draft, CONFIG)) == told(run([str(program)], CONFIG, None, edited)[0])


def test_a_file_that_does_not_parse_counts_as_it_was(program):
    session = Session([str(program)], Memory())
    good = session.report(session.read(CONFIG, {"train.py": UNSAFE.encode()}), CONFIG)
    draft = session.read(CONFIG, {"train.py": b"def ("})
    assert set(draft.broken) == {"train.py"}
    assert draft.broken["train.py"].line == 1
    assert told(session.report(draft, CONFIG)) == told(good)
    assert not session.read(CONFIG, {}).broken


def test_a_file_that_never_parsed_is_a_finding(program):
    session = Session([str(program)], Memory())
    draft = session.read(CONFIG, {"train.py": b"def ("})
    assert not draft.broken
    assert "HYB001" in [one.code for one in session.report(draft, CONFIG).findings]


def test_a_buffer_without_a_file_is_part_of_the_program_and_one_that_is_left_out_is_not(program):
    session = Session([str(program)], Memory())
    (program / "left.py").write_text(MISSED)
    config = msgspec.structs.replace(CONFIG, exclude=("left.py",))
    draft = session.read(config, {"fresh.py": MISSED.encode(), "left.py": MISSED.encode()})
    assert {"fresh.py", "train.py"} <= draft.texts.keys()
    assert "left.py" not in draft.texts


def test_files_that_come_and_go_on_disk_are_seen(program):
    session = Session([str(program)], Memory())
    draft = session.read(CONFIG, {})
    shutil.copy(program / "missed.py", program / "another.py")
    assert "another.py" not in session.read(CONFIG, {}, draft).texts
    assert "another.py" in session.read(CONFIG, {}).texts


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr("hybridize_bot.lsp.store.MOST_BYTES", 10)
    memory = Memory()
    for name in ("a", "b", "c"):
        memory.put(name, b"1234")
        memory.get("a")
    assert memory.get("b") is None
    assert memory.get("a") == memory.get("c") == b"1234"


PROGRAM = """\
import tensorflow as tf


class Model:
    def __init__(self):
        self.w = tf.Variable(tf.zeros([3, 2]))

    def step(self, x, scale=1):
        h = x @ self.w
        if scale:
            h = tf.cast(h, tf.int32)

        def inner():
            return h

        return inner()


model = Model()
y = model.step(tf.ones([4, 3]))
"""


def test_what_names_hold(tmp_path):
    (tmp_path / "m.py").write_text(PROGRAM)
    session = Session([str(tmp_path)], Memory())
    draft = session.read(CONFIG, {})
    found = held(session.program(draft.read, CONFIG), CONFIG, "m.py")
    values = {(one.name, one.at.line if one.at else 0, one.attribute): one.value for one in found}
    assert values["h", 9, False] == "float32[4, 2]"
    assert values["h", 11, False] == "int32[4, 2]"
    assert values["w", 6, True] == values["w", 9, True] == "variable float32[3, 2]"
    assert values["x", 0, False] == "float32[4, 3]"
    assert values["self", 0, False] == "Model"
    assert values["model", 19, False] == "Model"
    assert values["y", 20, False] == "float32[4, 2] | int32[4, 2]"
    assert values["step", 20, True] == "function Model.step of Model"
    (step,) = {one.within for one in found if one.name == "scale"}
    assert (step.line, step.end_line) == (8, 16)


def test_nobody_knows_what_is_not_part_of_the_program(tmp_path):
    (tmp_path / "m.py").write_text(PROGRAM)
    session = Session([str(tmp_path)], Memory())
    draft = session.read(CONFIG, {})
    assert held(session.program(draft.read, CONFIG), CONFIG, "other.py") == ()
