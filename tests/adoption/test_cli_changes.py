"""`check --diff-against` and `--new-since` as people meet them."""

import json
import os

import pytest
from adoption.repositories import Project

PRINTS = """\
import tensorflow as tf


@tf.function
def step(x):
    print("loss", x)
    return x * 2.0


step(tf.ones([4]))
"""
HELPER = """\
def scale(x):
    return 2.0 * x
"""
PRINTING = HELPER.replace("    return", '    print("scale")\n    return')
USES = """\
import tensorflow as tf

from helper import scale


@tf.function
def step(x):
    return scale(x) + 1.0


step(tf.constant([1.0, 2.0]))
"""


def lines(done):
    """``path:line code`` of each finding."""
    return [f"{line.split(':')[0]}:{line.split(':')[1]} {line.split('[')[1][:6]}" for line in done.stdout.splitlines()]


@pytest.fixture
def concise(check):
    return lambda *arguments, **options: check("-f", "concise", *arguments, **options)


@pytest.fixture(params=["--diff-against", "--new-since"])
def option(request):
    return request.param


def test_only_what_is_new_is_reported(project, concise, option):
    project.put(a=PRINTS)
    project.commit()
    project.put(a="\n" + PRINTS + PRINTS.replace("step", "other").partition("\n\n\n")[2], new=PRINTS)
    done = concise(option, "main")
    assert lines(done) == ["a.py:14 HYB101", "new.py:6 HYB101"], done.stderr
    assert done.returncode == 1
    assert done.stderr.startswith("1 finding ")
    assert lines(concise()) == ["a.py:7 HYB101", "a.py:14 HYB101", "new.py:6 HYB101"]


def test_the_merge_base_counts_not_the_branch(project, concise, option):
    project.put(a=PRINTS)
    project.commit()
    project.run("git", "checkout", "--quiet", "-b", "topic")
    project.put(b=PRINTS)
    project.commit()
    project.run("git", "checkout", "--quiet", "main")
    project.put(a=PRINTS.replace("print", "tf.print"))
    project.commit()
    project.run("git", "checkout", "--quiet", "topic")
    assert lines(concise(option, "main")) == ["b.py:6 HYB101"]


def test_it_works_from_a_folder_and_on_a_part(project, concise, check, option):
    project.put(sub__a=PRINTS, other=PRINTS)
    project.commit()
    project.put(sub__a=PRINTS + PRINTS.replace("step", "more"), other=PRINTS + PRINTS.replace("step", "more"))
    folder = project.folder / "sub"
    assert lines(concise(option, "HEAD", cwd=folder)) == ["a.py:16 HYB101"]
    assert lines(concise(option, "HEAD", "sub/a.py")) == ["sub/a.py:16 HYB101"]
    assert lines(concise(option, "HEAD", project.folder / "sub", cwd=project.folder.parent)) == [
        "a project/sub/a.py:16 HYB101"
    ]
    document = json.loads(check("-f", "json", option, "HEAD", cwd=folder).stdout)
    assert sum(document["summary"]["not_shown"].values()) == 1


def test_a_renamed_file_brings_nothing_new(project, concise, option):
    project.put(helper=PRINTING, train=USES, a=PRINTS)
    project.commit()
    project.run("git", "mv", "helper.py", "helping.py")
    project.run("git", "mv", "a.py", "b.py")
    project.put(train=USES.replace("helper", "helping"))
    done = concise(option, "HEAD")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert len(lines(concise())) == 2


def test_a_mistake_is_told_before_the_analysis(project, concise, option, tmp_path):
    project.put(a=PRINTS)
    for revision, message in (
        ("main", "there is no commit 'main': the repository has no commits yet"),
        ("--help", "'--help' is not the name of a commit"),
    ):
        done = concise(f"{option}={revision}")
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"hybridize: {message}\n")
    done = concise(option, "main", cwd=tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert done.returncode == 2
    assert "is not in a Git work tree: fatal: not a git repository" in done.stderr
    project.commit()
    for other in (["--fix"], ["--write-baseline"], ["--hook"], ["--diff"]):
        done = concise(option, "main", *other)
        assert done.returncode == 2
        assert "Error: " in done.stderr


def test_the_baseline_goes_first(project, concise, check, option):
    project.put(a=PRINTS)
    check("--write-baseline")
    project.commit()
    project.put(a=PRINTS + PRINTS.replace("step", "more"))
    done = concise(option, "HEAD")
    assert lines(done) == ["a.py:16 HYB101"]
    assert done.stderr == "1 finding in the baseline not shown\n"


# --- changed lines ---


def test_a_changed_decorator_or_proof_counts_for_a_finding_elsewhere(project, concise):
    project.put(helper=PRINTING, train=USES.replace("@tf.function\n", "\n"))
    project.commit()
    project.put(train=USES)
    assert lines(concise("--diff-against", "HEAD")) == ["train.py:8 HYB101"]
    project.put(helper=HELPER)
    project.commit()
    project.put(helper=PRINTING)
    assert lines(concise("--diff-against", "HEAD")) == ["train.py:8 HYB101"]
    project.commit()
    project.put(helper=PRINTING + "\n# the end\n", train="# the start\n" + USES)
    done = concise("--diff-against", "HEAD")
    assert (done.stdout, done.stderr) == ("", "1 finding on unchanged lines not shown\n")


# --- two trees ---


def test_a_finding_elsewhere_tells_the_line_that_causes_it(project, concise, check):
    project.put(helper=HELPER, train=USES)
    project.commit()
    project.put(helper="\n" + PRINTING)
    done = concise("--new-since", "HEAD")
    assert done.returncode == 1
    assert done.stdout.endswith("(because of this change: helper.py:3, `scale` prints here)\n")
    shown = check("--new-since", "HEAD").stdout
    assert " = cause: because of this change: helper.py:3, `scale` prints here\n" in shown
    finding = json.loads(check("-f", "json", "--new-since", "HEAD").stdout)["findings"][0]
    assert finding["cause"] == "because of this change: helper.py:3, `scale` prints here"


def test_what_goes_away_and_comes_again_elsewhere_in_the_function_is_not_new(project, concise):
    project.put(a=PRINTS)
    project.commit()
    project.put(
        a=PRINTS.replace('    print("loss", x)\n    return x * 2.0', '    y = x * 2.0\n    print("l", y)\n    return y')
    )
    assert lines(concise("--new-since", "HEAD")) == []
    assert lines(concise("--diff-against", "HEAD")) == ["a.py:7 HYB101"]


def test_of_equal_findings_the_changed_one_is_new(project, concise):
    project.put(a=PRINTS)
    project.commit()
    project.put(
        a=PRINTS.replace('    print("loss", x)\n', '    print("first", x)\n    x = x + 1.0\n    print("loss", x)\n')
    )
    assert lines(concise("--new-since", "HEAD")) == ["a.py:6 HYB101"]


def test_a_requirement_that_changed_is_part_of_the_change(project, concise):
    layer = """\
import tensorflow as tf


class Layer(tf.keras.layers.Layer):
    def call(self, x):
        if tf.reduce_sum(x) > 0:
            return x
        return x * 2.0


@tf.function
def run(x):
    return Layer()(x)


run(tf.ones([4]))
"""
    project.put(a=layer, **{"requirements.txt": "tensorflow==2.15.0\n"})
    project.commit()
    before = lines(concise())
    project.file("requirements.txt", "tensorflow==2.18.0\n")
    after = lines(concise())
    assert set(after) > set(before)
    assert lines(concise("--new-since", "HEAD")) == sorted(set(after) - set(before))


def test_settings_of_now_hold_for_both_states(project, concise):
    project.put(a=PRINTS, skipped__b=PRINTS)
    project.file(".hybridize.yaml", "ignore: [HYB1]\n")
    project.commit()
    project.file(".hybridize.yaml", "exclude: [/skipped/]\n")
    assert lines(concise()) == ["a.py:6 HYB101"]
    assert lines(concise("--new-since", "HEAD")) == []


@pytest.mark.parametrize("place", [".", "outer"])
def test_exclusions_of_a_configuration_above_the_repository(project, check, tmp_path, place):
    inner = Project(project.folder / "outer" / "inner")
    project.file(
        f"{place}/.hybridize.yaml", "exclude: [inner/skipped/]\n" if place == "outer" else "exclude: [skipped/]\n"
    )
    inner.put(a=PRINTS, skipped__b=PRINTS)
    inner.commit()
    inner.put(a="\n" + PRINTS, skipped__b=PRINTS + PRINTS.replace("step", "more"))
    done = check("-f", "concise", "--new-since", "HEAD", cwd=inner.folder)
    assert done.stdout == "", done.stderr
    assert done.stderr == "1 finding from before the change not shown\n"


def test_files_that_git_ignores_are_in_both_states(project, concise):
    project.file(".gitignore", "generated.py\n")
    project.file(".hybridize.yaml", "respect_gitignore: false\n")
    project.put(a="", generated=PRINTS)
    project.commit()
    project.put(a=PRINTS, untracked=PRINTS)
    Project(project.folder / "nested").put(b=PRINTS)
    new = ["a.py:6 HYB101", "nested/b.py:6 HYB101", "untracked.py:6 HYB101"]
    assert lines(concise("--new-since", "HEAD")) == new
    assert lines(concise("--diff-against", "HEAD")) == [new[0], "generated.py:6 HYB101", *new[1:]]


def test_a_package_at_the_top_keeps_its_name(project, concise):
    project.put(__init__="", helper=PRINTING)
    name = project.folder.name.replace(" ", "_")
    renamed = project.folder.with_name(name)
    os.rename(project.folder, renamed)
    project.folder = renamed
    project.put(train=USES.replace("from helper", f"from {name}.helper"))
    project.commit()
    assert lines(concise(cwd=renamed)) == ["train.py:8 HYB101"]
    project.put(new="")
    assert lines(concise("--new-since", "HEAD", cwd=renamed)) == []


def test_a_file_that_is_too_large_was_so_before(project, concise):
    project.file(".hybridize.yaml", "limits: {file_bytes: 200}\n")
    project.put(a="#" * 300, b="")
    project.commit()
    project.put(b=PRINTS)
    assert lines(concise()) == ["a.py:1 HYB001", "b.py:6 HYB101"]
    assert lines(concise("--new-since", "HEAD")) == ["b.py:6 HYB101"]


def test_a_submodule_is_compared_with_what_was_recorded(project, concise, tmp_path):
    inner = Project(tmp_path / "inner")
    inner.put(a=PRINTS)
    inner.commit()
    project.run("git", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.folder), "sub")
    project.commit()
    project.put(b=PRINTS)
    assert lines(concise("--new-since", "HEAD")) == ["b.py:6 HYB101"]
    (project.folder / "sub" / "a.py").write_text(PRINTS + PRINTS.replace("step", "more"))
    project.run("git", "-C", "sub", "commit", "--quiet", "--all", "-m", "Change")
    assert lines(concise("--new-since", "HEAD")) == ["b.py:6 HYB101", "sub/a.py:16 HYB101"]


def test_paths_outside_of_the_repository_are_a_mistake(project, concise, tmp_path):
    project.put(a=PRINTS)
    project.commit()
    (tmp_path / "other.py").write_text(PRINTS)
    done = concise("--new-since", "HEAD", "a.py", tmp_path / "other.py")
    assert done.returncode == 2
    assert f"{tmp_path}/other.py is not in the repository {project.folder}" in done.stderr


def test_a_disk_that_is_full_is_told(project, concise, tmp_path):
    project.put(a=PRINTS + "#" * 4096, b="")
    project.commit()
    code = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"
    code += "; resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))"
    (tmp_path / "limit").mkdir()
    (tmp_path / "limit" / "sitecustomize.py").write_text(code)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done = concise("--new-since", "HEAD", TMPDIR=str(temporary), MORE=str(tmp_path / "limit"))
    assert done.returncode == 2
    assert done.stderr == "hybridize: the files of a commit cannot be written: File too large\n"
    assert os.listdir(temporary) == []


def test_nothing_is_left_behind(project, concise, tmp_path):
    project.put(a=PRINTS)
    project.commit()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    status = project.run("git", "status", "--porcelain")
    concise("--new-since", "HEAD", TMPDIR=str(temporary))
    assert os.listdir(temporary) == []
    assert project.run("git", "status", "--porcelain") == status
