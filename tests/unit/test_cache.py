"""What is kept between runs: what was recomputed, and what a broken, foreign or hostile cache can do: nothing."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import msgspec
import pytest

from hybridize import evaluation
from hybridize.config import Config
from hybridize.engine import analyze
from hybridize_bot import cache
from hybridize_bot.cache import FOLDER, FileStore, store

ROOT = Path(__file__).parents[2]
STEP = "import tensorflow as tf\n\n@tf.function\ndef step(x):\n    print(x)\n    return x\n\nstep(tf.ones([2]))\n"
linux = pytest.mark.skipif(sys.platform != "linux", reason="permissions of POSIX")


class Spy:
    """A store in memory that counts."""

    def __init__(self):
        self.kept: dict[str, bytes] = {}
        self.hits = self.misses = 0

    def get(self, key):
        found = self.kept.get(key)
        self.hits += found is not None
        self.misses += found is None
        return found

    def put(self, key, data):
        self.kept[key] = data


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    for name in ("a", "b", "c"):
        (folder / name).mkdir(parents=True)
        (folder / name / "train.py").write_text(STEP)
    return folder


@pytest.fixture(autouse=True)
def _apart(monkeypatch):
    monkeypatch.setattr(evaluation, "SMALL", 0)


def told(report):
    return msgspec.json.encode((report.functions, report.findings, report.observations, report.reveals, report.files))


def run(project, spy, **config):
    report = analyze([project], Config(jobs=1, **config), None, spy)
    assert told(report) == told(analyze([project], Config(jobs=1, **config)))
    return report


# What is recomputed


def test_nothing_is_recomputed_where_nothing_has_changed(project):
    spy = Spy()
    first = run(project, spy)
    assert (first.counters["parts"], first.counters["parts remembered"]) == (3, 0)
    again = run(project, spy)
    assert "parts" not in again.counters
    assert "ms analyzing" not in again.counters
    assert told(again) == told(first)


def test_only_the_part_with_the_change_is_recomputed(project):
    spy = Spy()
    run(project, spy)
    (project / "b/train.py").write_text(STEP.replace("print(x)", "pass"))
    changed = run(project, spy)
    assert (changed.counters["parts"], changed.counters["parts remembered"]) == (3, 2)
    (project / "b/train.py").write_text(STEP)
    assert "parts" not in run(project, spy).counters, "the former state is still known"


def test_only_the_part_with_the_change_is_lowered(project):
    for number in range(40):
        (project / f"a/more{number}.py").write_text("X = 1\n")
    spy = Spy()
    first = run(project, spy)
    assert first.counters["files lowered"] == 43
    (project / "b/train.py").write_text(STEP.replace("print(x)", "pass"))
    # It, and what its outline is kept with.
    assert run(project, spy).counters["files lowered"] < 43 / 2
    (project / "b/train.py").write_text(STEP + "# the end\n")
    assert run(project, spy).counters["files lowered"] < 43 / 2


def test_why_a_file_has_no_program_is_remembered(project):
    (project / "a/broken.py").write_text("def (\n")
    spy = Spy()
    assert "HYB001" in codes_of(run(project, spy), "a/broken.py")
    for text in ("X = 1\n", "X = 2\n"):
        (project / "b/other.py").write_text(text)
        assert "HYB001" in codes_of(run(project, spy), "a/broken.py")
    (project / "a/broken.py").write_text("def f(): ...\n")
    assert not codes_of(run(project, spy), "a/broken.py")


def codes_of(report, path):
    return {one.code for one in report.findings if one.span.path == path}


def test_what_only_one_file_says_of_the_whole_is_remembered(project):
    (project / "a/train.py").write_text("import tf_keras\n" + STEP)
    spy = Spy()
    run(project, spy)
    (project / "b/train.py").write_text(STEP.replace("print(x)", "pass"))
    assert run(project, spy).counters["parts remembered"] == 2  # they know the same Keras


def test_a_new_file_may_change_what_every_import_means(project):
    spy = Spy()
    run(project, spy)
    (project / "a/tensorflow.py").write_text("def function(f):\n    return f\n")
    assert run(project, spy).counters["parts remembered"] == 0


def test_wishes_need_no_new_run(project):
    spy = Spy()
    run(project, spy)
    for wish in ({"select": ("HYB1",)}, {"ignore": ("HYB1",)}, {"severity": (("HYB1", "info"),)}):
        assert "parts" not in run(project, spy, **wish).counters


@pytest.mark.parametrize(
    "setting", [{"possible_effects": True}, {"role": "library"}, {"keras_major": 2}, {"hybrid_wrappers": ("a.b",)}]
)
def test_settings_that_decide_what_is_found_do(project, setting):
    spy = Spy()
    run(project, spy)
    assert run(project, spy, **setting).counters["parts remembered"] == 0


def test_what_describes_the_project_counts(project):
    spy = Spy()
    run(project, spy)
    (project / "requirements.txt").write_text("keras==3.4\n")
    assert "parts" in run(project, spy).counters


def test_suppressions_are_read_anew(project):
    spy = Spy()
    run(project, spy)
    (project / "a/train.py").write_text(STEP.replace("print(x)", "print(x)  # hybridize: ignore[HYB101]"))
    assert len(run(project, spy).suppressed) == 1
    assert len(run(project, spy).suppressed) == 1


def test_failures_are_remembered(project):
    (project / "a/train.py").write_text("def (:\n")
    spy = Spy()
    assert [one.code for one in run(project, spy).findings].count("HYB001") == 1
    again = run(project, spy)
    assert "parts" not in again.counters
    assert [one.code for one in again.findings].count("HYB001") == 1


def test_a_report_without_functions_has_the_same_findings(project):
    spy = Spy()
    full = run(project, spy)
    brief = analyze([project], Config(jobs=1), None, spy, functions=False)
    assert brief.functions == ()
    assert brief.findings == full.findings
    assert brief.counters["functions"] == full.counters["functions"] == 3


def test_signatures_of_nested_structures_come_back(tmp_path):
    (tmp_path / "main.py").write_text(
        "import tensorflow as tf\n\n@tf.function\ndef f(x):\n    return tf.reduce_sum(x[0][1])\n\n"
        "f([(tf.ones([2]), tf.ones([3])), {'a': tf.ones([1])}])\n"
    )
    spy = Spy()
    run(tmp_path, spy)
    assert "parts" not in run(tmp_path, spy).counters


def test_parts_that_belong_together_are_remembered_as_such(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text(
        "import importlib\n\ndef load(name):\n    return importlib.import_module(name)\n\nload('b').scale(1.0)\n"
    )
    (tmp_path / "b.py").write_text("def scale(x):\n    return x * 2.0\n")
    (tmp_path / "c.py").write_text(STEP)
    spy = Spy()
    assert run(tmp_path, spy).counters["parts"] == 2
    (tmp_path / "c.py").write_text(STEP + "\n")
    evaluated = []
    outcomes = evaluation._outcomes
    monkeypatch.setattr(
        evaluation, "_outcomes", lambda front, groups, *more: evaluated.extend(groups) or outcomes(front, groups, *more)
    )
    report = analyze([tmp_path], Config(jobs=1), None, spy)
    assert (report.counters["parts"], report.counters["parts remembered"], evaluated) == (2, 1, [("c.py",)])


def test_entries_that_say_something_else_are_not_used(project):
    spy = Spy()
    run(project, spy)
    for key in spy.kept:
        spy.kept[key] = msgspec.msgpack.encode({"files": 3})
    assert run(project, spy).counters["parts remembered"] == 0


# The folder


@pytest.fixture
def kept(tmp_path):
    return FileStore(tmp_path / FOLDER, b"s" * 32)


def test_what_is_put_is_got(kept, tmp_path):
    assert kept.get("ab") is None
    kept.put("ab", b"data")
    assert kept.get("ab") == b"data"
    assert FileStore(tmp_path / FOLDER, b"s" * 32).get("ab") == b"data"
    assert (tmp_path / FOLDER / ".gitignore").read_text().endswith("*\n")
    assert (tmp_path / FOLDER / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55")


def test_an_entry_of_somebody_else_is_not_used(kept, tmp_path):
    FileStore(tmp_path / FOLDER, b"t" * 32).put("ab", b"no findings at all")
    assert kept.get("ab") is None


def test_an_entry_under_another_name_is_not_used(kept, tmp_path):
    kept.put("ab", b"data")
    os.rename(tmp_path / FOLDER / "ab", tmp_path / FOLDER / "cd")
    assert kept.get("cd") is None


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:-1], lambda data: b"", lambda data: data + b"x", lambda data: b"\0" * 90]
)
def test_a_spoiled_entry_is_not_used_and_is_replaced(kept, tmp_path, spoil):
    kept.put("ab", b"data")
    path = tmp_path / FOLDER / "ab"
    path.write_bytes(spoil(path.read_bytes()))
    assert kept.get("ab") is None
    kept.put("ab", b"data")
    assert kept.get("ab") == b"data"


@linux
def test_pipes_links_and_folders_in_place_of_entries(kept, tmp_path):
    kept.put("ab", b"data")
    folder = tmp_path / FOLDER
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to(folder / "ab")
    (folder / "folder").mkdir()
    assert [kept.get(name) for name in ("pipe", "link", "folder")] == [None, None, None]


@linux
def test_a_link_in_place_of_the_folder_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / FOLDER).symlink_to(tmp_path / "elsewhere")
    linked = FileStore(tmp_path / FOLDER, b"s" * 32)
    linked.put("ab", b"data")
    assert linked.trouble
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_full_disk_is_no_error(kept, tmp_path, monkeypatch):
    def full(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.os, "fsync", full)
    kept.put("ab", b"data")
    assert kept.trouble == "No space left on device"
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_what_was_used_longest_ago_goes_first(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "MAX_TOTAL", 3000)
    for number, key in enumerate(("a1", "a2", "a3")):
        kept.put(key, b"x" * 800)
        os.utime(tmp_path / FOLDER / key, (number, number))
    assert kept.get("a1") is not None  # and so it is used last
    kept.put("a4", b"x" * 800)
    assert [key for key in ("a1", "a2", "a3", "a4") if kept.get(key)] == ["a1", "a3", "a4"]


# The secret


def test_the_secret_is_made_once_and_for_this_user(tmp_path):
    home = {"XDG_CACHE_HOME": str(tmp_path / "home")}
    first = store(tmp_path, home)
    first.put("ab", b"data")
    assert store(tmp_path, home).get("ab") == b"data"
    secret = tmp_path / "home/hybridize/secret"
    assert len(secret.read_bytes()) == 32
    assert [path.name for path in secret.parent.iterdir()] == ["secret"]
    if sys.platform == "linux":
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600


@linux
def test_a_secret_that_others_may_read_or_that_is_short_is_none(tmp_path):
    home = {"XDG_CACHE_HOME": str(tmp_path)}
    assert store(tmp_path, home) is not None
    secret = tmp_path / "hybridize/secret"
    secret.chmod(0o644)
    assert store(tmp_path, home) is None
    secret.chmod(0o600)
    secret.write_bytes(b"short")
    assert store(tmp_path, home) is None


def test_without_a_place_for_a_secret_nothing_is_kept(tmp_path):
    (tmp_path / "file").write_text("")
    assert store(tmp_path, {"XDG_CACHE_HOME": str(tmp_path / "file")}) is None


# The command line


def cli(*arguments, cwd, home):
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'analysis'}{os.pathsep}{ROOT}", "XDG_CACHE_HOME": str(home)}
    command = [sys.executable, "-m", "hybridize_bot", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=environment)


def test_runs_share_what_they_found_out(project, tmp_path):
    home = tmp_path / "home"
    first = cli("check", cwd=project, home=home)
    assert (project / FOLDER).is_dir()
    again = cli("check", cwd=project, home=home)
    assert (again.returncode, again.stdout) == (first.returncode, first.stdout) == (1, first.stdout)
    assert "parts remembered" in cli("check", "-v", "--isolated", cwd=project / "a", home=home).stderr
    (project / "b/train.py").write_text(STEP + "\n\n")
    assert "parts remembered" in cli("check", "-v", cwd=project, home=home).stderr


def test_no_cache_leaves_nothing(project, tmp_path):
    cli("check", "--no-cache", cwd=project, home=tmp_path / "home")
    assert not (project / FOLDER).exists()
    assert not (tmp_path / "home").exists()


def test_it_lies_beside_the_configuration(project, tmp_path):
    (project / ".hybridize.yaml").write_text("")
    cli("check", "a", cwd=project, home=tmp_path / "home")
    assert (project / FOLDER).is_dir()
    assert not (project / "a" / FOLDER).exists()


@linux
@pytest.mark.skipif(sys.platform == "linux" and os.getuid() == 0, reason="the superuser may write everywhere")
def test_a_tree_that_cannot_be_written(project, tmp_path):
    project.chmod(0o555)
    try:
        done = cli("check", "-v", cwd=project, home=tmp_path / "home")
    finally:
        project.chmod(0o755)
    assert done.returncode == 1
    assert "nothing is remembered for the next run" in done.stderr


def test_runs_at_the_same_time(project, tmp_path):
    home = tmp_path / "home"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'analysis'}{os.pathsep}{ROOT}", "XDG_CACHE_HOME": str(home)}
    command = [sys.executable, "-m", "hybridize_bot", "check", "-f", "concise"]
    children = [subprocess.Popen(command, cwd=project, env=environment, stdout=subprocess.PIPE) for _ in range(4)]
    assert len({child.communicate()[0] for child in children}) == 1
    assert not [path for path in (project / FOLDER).iterdir() if path.name.startswith(".new-")]


@linux
def test_a_run_that_is_killed_while_it_writes_leaves_no_half_entry(tmp_path):
    program = f"""
    import os, sys
    sys.path[:0] = [{str(ROOT / "analysis")!r}, {str(ROOT)!r}]
    from pathlib import Path
    from hybridize_bot import cache
    cache.os.replace = lambda *given: os._exit(9)
    kept = cache.FileStore(Path({str(tmp_path / FOLDER)!r}), b"s" * 32)
    kept._usable = True
    Path({str(tmp_path / FOLDER)!r}).mkdir()
    kept.put("ab", b"data")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=False)
    assert done.returncode == 9
    kept = FileStore(tmp_path / FOLDER, b"s" * 32)
    assert kept.get("ab") is None
    kept.put("ab", b"data")
    assert kept.get("ab") == b"data"
