"""The baseline file, and what it means for a report."""

from __future__ import annotations

import json
import os
import tempfile

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import finding, report

from hybridize.finding import Span
from hybridize.report import FileSummary
from hybridize_bot import baseline, files
from hybridize_bot.baseline import Baseline, BaselineError, Scope, encode, read, save
from hybridize_bot.identity import Identities, Identity, below


def everything(_code):
    return True


def entry(path="train.py", code="HYB101", function="train_step", message="it prints"):
    return Identity(path, code, function, message)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / baseline.NAME)


# --- identities ---


def identity(one, **changes):
    return Identities(["train.py", "a b/(x).py", "run"], str).of(msgspec.structs.replace(one, **changes))


def test_identities_have_no_line_numbers():
    assert identity(finding()) == entry(
        message="`train_step` calls `log_step` (train.py), which prints (train.py): once per graph"
    )


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("(train.py:4) and train.py:15 too", "(train.py) and train.py too"),
        ("at train.py:3 and 12", "at train.py"),
        ("in a b/(x).py:4", "in a b/(x).py"),
        ("(`print`, run:9)", "(`print`, run)"),
        ("x[1:2] and `d = {3:4}` and 12:30", "x[1:2] and `d = {3:4}` and 12:30"),
        ("other.txt:4", "other.txt:4"),
    ],
)
def test_only_line_numbers_of_files_go(message, kept):
    assert identity(finding(), message=message).message == kept


def test_paths_in_messages_become_relative_to_the_folder(tmp_path):
    (tmp_path / "src").mkdir()
    got = Identities(["train.py"], below(str(tmp_path), str(tmp_path / "src"))).of(finding())
    assert got.path == "src/train.py"
    assert "(src/train.py)" in got.message
    outside = Identities(["train.py"], below(str(tmp_path / "ci"), str(tmp_path / "src"))).of(finding())
    assert outside.path == "../src/train.py"


def test_a_link_to_the_folder_is_the_folder(tmp_path):
    (tmp_path / "real" / "src").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    assert below(str(tmp_path / "real"), str(tmp_path / "link" / "src"))("a.py") == "src/a.py"


def test_a_name_that_is_not_utf_8_can_be_written(path):
    save(path, {identity(finding(), function="f\udcff"): 1})
    assert read(path) == {entry(function="f\\udcff", message=identity(finding()).message): 1}


# --- the file ---


def test_one_entry_stands_on_each_line_sorted():
    text = encode({entry(path="b.py"): 1, entry(path="a.py", message='"ü"'): 3}).decode()
    assert text == (
        '{\n  "version": 1,\n  "findings": [\n'
        '    {"path":"a.py","code":"HYB101","function":"train_step","message":"\\"ü\\"","count":3},\n'
        '    {"path":"b.py","code":"HYB101","function":"train_step","message":"it prints"}\n'
        "  ]\n}\n"
    )
    assert json.loads(text)["version"] == baseline.VERSION


def test_what_is_written_is_read_and_written_again_the_same(path):
    accepted = {entry(): 2, entry(code="HYB201"): 1}
    save(path, accepted)
    assert read(path) == accepted
    before = os.stat(path)
    save(path, dict(reversed(accepted.items())))
    assert os.stat(path).st_mtime_ns == before.st_mtime_ns
    assert os.stat(path).st_ino == before.st_ino
    save(path, {})
    assert read(path) == {}


def test_a_new_file_has_the_usual_mode(path, tmp_path):
    save(path, {})
    (tmp_path / "usual").touch()
    assert os.stat(path).st_mode == os.stat(tmp_path / "usual").st_mode


def test_an_entry_that_two_branches_added_counts_once(path):
    line = b'{"path":"a.py","code":"HYB101","function":"f","message":"m"}'
    with open(path, "wb") as file:
        file.write(b'{"version": 1, "findings": [' + line + b"," + line[:-1] + b',"count":2}]}')
    assert list(read(path).values()) == [2]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not a baseline"),
        (b"{", "is not a baseline"),
        (b"[]", "is not a baseline"),
        (b"\xff\xfe{}", "is not a baseline"),
        (b'{"version": 2, "entries": {}}', "has version 2, and this release reads version 1"),
        (b'{"version": "1", "findings": []}', "is not a baseline"),
        (b'{"findings": []}', "is not a baseline"),
        (b'{"version": 1}', "is not a baseline"),
        (b'{"version": 1, "findings": [], "extra": 1}', "is not a baseline"),
        (b'{"version": 1, "findings": [{"path": "a.py"}]}', "is not a baseline"),
        (b'{"version": 1, "findings": [{"path":"a","code":"H","function":"","message":"","count":0}]}', "baseline"),
        (b'{"version": 1, "findings": [{"path":"a","code":"H","function":"","message":"","count":1e99}]}', "baseline"),
        (b'{"version": 1, "findings": [{"path":"\\ud800","code":"H","function":"","message":""}]}', "baseline"),
        (b'{"version": 1, "findings": ' + b"[" * 100_000, "is not a baseline"),
        (b'{"version": 1, "x": ' + b'{"x":' * 100_000, "is not a baseline"),
        (b'{"version": 1,\n<<<<<<< ours\n "findings": []}', "has the marks of a merge conflict"),
    ],
)
def test_what_is_no_baseline_is_told_in_one_line_with_the_file(path, data, message):
    with open(path, "wb") as file:
        file.write(data)
    with pytest.raises(BaselineError, match=message) as caught:
        read(path)
    assert baseline.NAME in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_what_cannot_be_read_is_told(tmp_path):
    for path in (tmp_path, tmp_path / "none.json", f"{tmp_path}/a\0b.json"):
        with pytest.raises(BaselineError, match="cannot be read"):
            read(str(path))


def test_another_file_is_not_overwritten(path):
    with open(path, "w") as file:
        file.write('{"name": "a package"}')
    with pytest.raises(BaselineError, match="left alone"):
        save(path, {})
    with open(path) as file:
        assert file.read() == '{"name": "a package"}'


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
def test_an_interruption_leaves_the_old_baseline_and_nothing_else(path, monkeypatch, step):
    save(path, {entry(): 1})

    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(files.os, step, interrupted)
        with pytest.raises(KeyboardInterrupt):
            save(path, {entry(): 2})
    assert read(path) == {entry(): 1}
    assert os.listdir(os.path.dirname(path)) == [baseline.NAME]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@given(st.dictionaries(st.builds(Identity, TEXTS, TEXTS, TEXTS, TEXTS), st.integers(1, 9), max_size=4))
def test_any_text_survives_and_stands_on_one_line(accepted):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, baseline.NAME)
        save(path, accepted)
        assert read(path) == accepted
        with open(path, "rb") as file:
            assert len(file.read().split(b"\n")) == len(accepted) + (6 if accepted else 5)


# --- what it means for a report ---


def of(tmp_path, accepted, name=baseline.NAME):
    return Baseline(str(tmp_path / name), accepted)


def messages(*texts, path="train.py"):
    return tuple(finding(message=text, span=Span(path, line, 0)) for line, text in enumerate(texts, 1))


def test_as_many_as_are_accepted_are_set_aside_and_the_next_is_reported(tmp_path):
    got = of(tmp_path, {entry(): 2}).filter(report(tmp_path, findings=messages(*["it prints"] * 3, "it calls")))
    assert [one.span.line for one in got.report.findings] == [3, 4]
    assert [(one.finding.span.line, one.kind) for one in got.aside] == [(1, "baseline"), (2, "baseline")]
    assert got.aside[0].justification == f"accepted in {baseline.NAME}"


def scope(*paths, selected=everything):
    return Scope([str(path) for path in paths], selected)


@pytest.fixture
def two(tmp_path):
    for name in ("train.py", "util.py"):
        (tmp_path / name).write_text("")
    both = tuple(FileSummary(name, 0, True) for name in ("train.py", "util.py"))
    return report(tmp_path, findings=(), files=both)


def test_what_is_found_no_more_is_stale(tmp_path, two):
    base = of(tmp_path, {entry(): 3})
    left = msgspec.structs.replace(two, findings=messages("it prints"))
    assert base.stale(left, scope(tmp_path)) == {entry(): 2}
    assert base.without(base.stale(left, scope(tmp_path))) == {entry(): 1}


def test_an_entry_is_not_stale_where_its_rule_was_not_asked_for(tmp_path, two):
    assert of(tmp_path, {entry(): 1}).stale(two, scope(tmp_path, selected=lambda code: code != "HYB101")) == {}


def test_nothing_is_stale_where_only_a_part_was_analyzed(tmp_path, two):
    """What one file is found guilty of may come from another."""
    base = of(tmp_path, {entry(): 1, entry(path="util.py"): 1})
    assert base.stale(two, scope(tmp_path / "train.py")) is None
    assert base.stale(two, scope(tmp_path)) == base.accepted


def test_the_entry_of_a_file_that_is_gone_is_stale(tmp_path, two):
    (tmp_path / "util.py").unlink()
    gone = msgspec.structs.replace(two, files=two.files[:1])
    assert of(tmp_path, {entry(path="util.py"): 1}).stale(gone, scope(tmp_path)) == {entry(path="util.py"): 1}


@pytest.mark.parametrize("files", [(FileSummary("train.py", 0, False),), ()], ids=["not parsed", "excluded"])
def test_an_entry_is_not_stale_where_its_file_was_not_analyzed(tmp_path, two, files):
    assert of(tmp_path, {entry(): 1}).stale(msgspec.structs.replace(two, files=files), scope(tmp_path)) == {}


def test_writing_keeps_what_this_run_could_not_have_found(tmp_path, two):
    base = of(tmp_path, {entry(): 1, entry(path="util.py"): 1, entry(code="HYB201"): 1, entry(path="gone.py"): 1})
    found = msgspec.structs.replace(two, findings=messages("it calls"))
    got = base.renewed(found, scope(tmp_path / "train.py", selected=lambda code: code == "HYB101"))
    assert set(got) == {entry(message="it calls"), entry(path="util.py"), entry(code="HYB201")}
