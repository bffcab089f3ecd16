"""Presets, files that extend others, `pyproject.toml`, further rows, and what `--show-settings` and `init` write."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tools.configuration import PAGE, page
from tools.schema import generated

from hybridize.config import Config
from hybridize.engine import analyze
from hybridize_bot.config import ConfigError, Settings, data_file, load
from hybridize_bot.keys import KEYS, PRESETS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def write(tmp_path):
    def write(text, name=".hybridize.yaml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def mistake(path):
    with pytest.raises(ConfigError) as caught:
        load(path.parent, path)
    return caught.value.path.name, caught.value.line, caught.value.message


def cli(*arguments, cwd):
    command = [sys.executable, "-m", "hybridize_bot", *map(str, arguments)]
    path = os.pathsep.join([str(ROOT / "analysis"), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=environment)


# The schema


def test_the_schema_is_current():
    assert data_file("schema.json").read_text("utf-8") == generated(), "run python -m tests.tools.schema"


def check_schema(*arguments):
    command = [sys.executable, "-m", "check_jsonschema", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_schema_is_one_and_takes_what_ships():
    schema = data_file("schema.json")
    assert check_schema("--check-metaschema", schema).returncode == 0
    files = [data_file("defaults.yaml"), *(data_file(f"presets/{name}.yaml") for name in PRESETS)]
    done = check_schema("--schemafile", schema, *files)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "text", ["jobs: many", "zzz: 1", "severity: {HYB1: bad}", "version: 2", "limits: {depth: 0}", "exclude: a"]
)
def test_the_schema_and_the_reader_refuse_the_same(write, text):
    path = write(text)
    assert check_schema("--schemafile", data_file("schema.json"), path).returncode == 1
    mistake(path)


def test_every_preset_ships():
    assert {path.stem for path in data_file("presets").glob("*.yaml")} == set(PRESETS)


# Extending


def test_a_preset_comes_first_and_the_file_wins(write):
    settings = load(write("extends: [strict]\npossible_effects: false\n"))
    assert (settings.fail_level, settings.config.possible_effects) == ("warning", False)
    assert dict(settings.origins)["fail_level"] == "preset strict"
    assert dict(settings.origins)["possible_effects"].endswith(".hybridize.yaml:2")


def test_lists_replace_and_mappings_add(write):
    write(
        "ignore: [HYB2]\nseverity: {HYB3: warning, HYB4: info}\nper_file_ignore: {a/: [HYB1]}\nlimits: {depth: 3}\n"
        "speculation: {mine: {pattern: x}}\n",
        "shared/base.yaml",
    )
    path = write(
        "extends: [shared/base.yaml]\nignore: [HYB5]\nseverity: {HYB4: error}\nper_file_ignore: {b/: [HYB2]}\n"
        "limits: {visits: 9}\nspeculation: {mine: {bases: [A]}}\n"
    )
    config = load(path).config
    assert config.ignore == ("HYB5",)
    assert dict(config.severity) == {"HYB3": "warning", "HYB4": "error"}
    assert dict(config.per_file_ignore) == {"a/": ("HYB1",), "b/": ("HYB2",)}
    assert (config.limits.depth, config.limits.visits) == (3, 9)
    assert [(row.pattern, row.bases) for row in config.speculation if row.name == "mine"] == [("x", ("A",))]


def test_files_that_extend_one_another_in_a_circle(write):
    write("extends: [.hybridize.yaml]\n", "other.yaml")
    name, line, message = mistake(write("version: 1\nextends: [other.yaml]\n"))
    assert (name, line) == ("other.yaml", 1)
    assert "leads back to" in message


def test_a_file_that_extends_itself_and_one_that_is_missing(write):
    assert "leads back to" in mistake(write("extends: [.hybridize.yaml]"))[2]
    name, line, message = mistake(write("version: 1\nextends: [strikt]"))
    assert (name, line) == (".hybridize.yaml", 2)
    assert "there is no file" in message
    assert "`strict`" in message


def test_too_many_files(write):
    for number in range(12):
        write(f"extends: [{number + 1}.yaml]", f"{number}.yaml")
    assert "more than" in mistake(write("extends: [0.yaml]"))[2]


def test_a_mistake_in_an_extended_file_names_that_file(write):
    write("jobs: 1\nzzz: 2\n", "base.yaml")
    assert mistake(write("extends: [base.yaml]"))[:2] == ("base.yaml", 2)


# pyproject.toml


def test_the_table_of_a_project_file(write, tmp_path):
    write(
        '[project]\nname = "x"\n\n[tool.hybridize]\nfail_level = "warning"\nlimits = { depth = 4 }\n', "pyproject.toml"
    )
    write("[tool.ruff]\nx = 1\n", "sub/pyproject.toml")
    settings = load(tmp_path / "sub")
    assert (settings.fail_level, settings.config.limits.depth) == ("warning", 4)
    assert dict(settings.origins)["fail_level"].endswith("pyproject.toml:5")


def test_a_project_file_without_the_table_is_none_of_ours(write, tmp_path):
    write('[tool.other]\ntext = "tool.hybridize"\n', "pyproject.toml")
    assert load(tmp_path) == Settings(path=str(tmp_path / "pyproject.toml"))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[tool.hybridize]\nfail-level = 1\n", 2, "unknown key `fail-level`; did you mean `fail_level`?"),
        ("[tool.hybridize]\n\n[tool.hybridize.limits]\ndepth = 0\n", 4, "`depth` must be between"),
        ('[tool]\n"hybridize".jobs = "x"\n', 2, "`jobs` must be a whole number, not text"),
        ("[tool.hybridize]\nselect = [\n  'HYB101',\n  'HYB9',\n]\n", 2, "`select`: no rule matches 'HYB9'"),
        ("[tool.hybridize]\njobs = 2020-01-01\n", 2, "`jobs` must be a whole number, not text"),
        ("[tool.hybridize\n", 1, "not valid TOML"),
        ("[tool.hybridize.severity]\nHYB1 = 'grave'\n", 2, "`severity.HYB1` cannot be `grave`"),
    ],
)
def test_a_mistake_in_a_project_file_names_its_line(write, text, line, message):
    name, found, said = mistake(write(text, "pyproject.toml"))
    assert (name, found, said[: len(message)]) == ("pyproject.toml", line, message)


def test_two_places_for_settings_in_one_folder(write, tmp_path):
    write("")
    write("[tool.hybridize]\n", "pyproject.toml")
    with pytest.raises(ConfigError, match="is in the same folder"):
        load(tmp_path)


# What the keys do


STEP = "import tensorflow as tf\n\n@tf.function\ndef step(x):\n    print(x)\n    return x\n\nstep(tf.ones([2]))\n"


def found(tmp_path, **config):
    return [(one.code, one.severity.value) for one in analyze([tmp_path], Config(jobs=1, **config)).findings]


def test_severities_and_ignores_by_file(write, tmp_path):
    write(STEP, "src/a.py")
    write(STEP, "tests/b.py")
    severity = (("HYB1", "warning"), ("HYB101", "info"))
    ignored = (("tests/", ("HYB101",)),)
    assert {level for code, level in found(tmp_path, severity=severity) if code == "HYB101"} == {"info"}
    codes = [code for code, _ in found(tmp_path, per_file_ignore=ignored)]
    assert codes.count("HYB101") == 1
    folder = str(tmp_path)
    assert "HYB101" not in [code for code, _ in found(tmp_path / "tests", per_file_ignore=ignored, folder=folder)]
    assert "HYB101" in [code for code, _ in found(tmp_path / "src", per_file_ignore=ignored, folder=folder)]


def test_wrappers_outside_and_inside_of_the_program(write, tmp_path):
    write(
        "import tensorflow as tf\nfrom elsewhere import graph\nfrom helpers import maybe\n\n"
        "@graph\ndef one(x):\n    print(x)\n    return x\n\n"
        "@maybe(jit_compile=True)\ndef two(x):\n    print(x)\n    return x\n\n"
        "one(tf.ones([2]))\ntwo(tf.ones([2]))\n",
        "main.py",
    )
    write("def maybe(**options):\n    return unknown\n", "helpers.py")
    assert "HYB101" not in [code for code, _ in found(tmp_path)]
    wrappers = ("elsewhere.graph", "helpers.maybe")
    assert [code for code, _ in found(tmp_path, hybrid_wrappers=wrappers)].count("HYB101") == 2


ROWS = """\
prefix: ours
rows:
  ops.scale:
    params: [x, by=1.0]
    returns: tensor(dtype(x), shape(x))
    does: [op]
"""


def test_further_rows(write, tmp_path):
    write(ROWS, "rows.yaml")
    config = load(write("models: [rows.yaml]")).config
    write("import tensorflow as tf\nfrom ours import ops\nreveal(ops.scale(tf.ones([2, 3]), 2.0))\n", "main.py")
    assert analyze([tmp_path], Config(jobs=1)).reveals[0][2] != "float32[2, 3]"
    assert analyze([tmp_path], config).reveals[0][2] == "float32[2, 3]"


def test_mistakes_in_further_rows(write):
    write("prefix: ours\nrows:\n  f:\n    retrns: int\n", "rows.yaml")
    line, message = mistake(write("version: 1\nmodels: [rows.yaml]"))[1:]
    assert line == 2
    assert message.startswith("`models`: rows.yaml:4: unknown key 'retrns' in row ours.f; there are attribute, bases")
    assert "cannot be read" in mistake(write("models: [absent.yaml]"))[2]
    write("prefix: ours\naliases: {f: g}\n", "rows.yaml")
    assert "leads to ours.g, which has no row" in mistake(write("models: [rows.yaml]"))[2]


def test_entry_points_are_called_from_elsewhere(write, tmp_path):
    write(
        "import tensorflow as tf\n\n@tf.function\ndef outer(x):\n    return inner(x)\n\n"
        "@tf.function\ndef inner(x):\n    return tf.reduce_sum(tf.exp(x))\n\nouter(tf.ones([2]))\n",
        "app/serving.py",
    )
    write("", "app/__init__.py")

    def covered(**config):
        report = analyze([tmp_path], Config(jobs=1, **config))
        return next(one for one in report.functions if one.qualname == "inner").facts["callers_covered"].value

    assert covered() is True
    assert covered(entry_points=("app.serving:inner",)) is False
    assert covered(entry_points=("app.*:*",)) is False
    assert covered(entry_points=("app.serving:other",)) is True


def test_signatures_on_every_new_decorator(write, tmp_path):
    write(
        "import tensorflow as tf\n\ndef step(x):\n"
        + "".join(f"    x = tf.tanh(x) * {n}.0\n" for n in range(20))
        + "    return x\n\nfor _ in range(100):\n    step(tf.ones([2, 3]))\n",
        "main.py",
    )

    def advice(**config):
        return next(one.help for one in analyze([tmp_path], Config(jobs=1, **config)).findings if one.code == "HYB301")

    assert "input_signature" not in advice()
    assert "TensorSpec" in advice(input_signature_policy="always")


# Shown and written


def test_settings_are_shown_as_a_file_that_gives_them(write, tmp_path):
    path = write("extends: [strict]\nseverity: {HYB2: info}\nspeculation: false\nper_file_ignore: {a/: [HYB1]}\n")
    done = cli("check", "--show-settings", "--ignore", "HYB5", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "# preset strict\nfail_level: warning" in done.stdout
    assert "# .hybridize.yaml:2\nseverity:" in done.stdout
    assert "# the command line\nignore:" in done.stdout
    assert set(yaml.safe_load(done.stdout)) == set(KEYS)
    shown = load(tmp_path, write(done.stdout, "shown.yaml"))
    assert shown.config == load(path).config.__class__(
        **{name: getattr(load(path).config, name) for name in Config.__struct_fields__ if name != "ignore"},
        ignore=("HYB5",),
    )


def test_init_writes_three_files_once(tmp_path):
    done = cli("init", "--preset", "strict", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert load(tmp_path).fail_level == "warning"
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.name for path in written} == {".hybridize.yaml", ".pre-commit-config.yaml", "hybridize.yml"}
    (tmp_path / ".hybridize.yaml").write_text("jobs: 1\n")
    again = cli("init", cwd=tmp_path)
    assert "kept" in again.stderr
    assert "- id: hybridize" in again.stderr, "what to add to the hooks that are there"
    assert load(tmp_path).config.jobs == 1
    assert cli("init", "--force", cwd=tmp_path).returncode == 0
    assert load(tmp_path).config.jobs == 0


def test_init_leaves_a_project_file_with_settings_alone(write, tmp_path):
    write("[tool.hybridize]\njobs = 1\n", "pyproject.toml")
    cli("init", "--force", cwd=tmp_path)
    assert not (tmp_path / ".hybridize.yaml").exists()


def test_everything_that_init_comments_out_is_a_default(tmp_path):
    cli("init", "--no-pre-commit", "--no-workflow", cwd=tmp_path)
    lines = (tmp_path / ".hybridize.yaml").read_text("utf-8").splitlines()
    opened = [line[1:] if line.startswith("#") and not re.match(r"# \S", line) else line for line in lines]
    path = tmp_path / "opened.yaml"
    path.write_text("\n".join(opened), "utf-8")
    assert load(tmp_path, path).config == Config()
    assert [file.name for file in tmp_path.iterdir() if file.is_dir()] == []


def test_init_in_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    from hybridize_bot import files
    from hybridize_bot.commands import init

    def full(*given, **named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.tempfile, "mkstemp", full)
    assert init.run(init.Options(folder=str(tmp_path))) == 2
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_examples_are_valid(tmp_path):
    for name in ("pre-commit-config.yaml", "workflow.yml"):
        assert yaml.safe_load(data_file(f"examples/{name}").read_text("utf-8"))
    assert json.loads(data_file("schema.json").read_text("utf-8"))["properties"].keys() == KEYS.keys()
    assert Path(data_file("defaults.yaml")).is_file()


# The page


def test_the_page_of_the_configuration_is_current():
    assert PAGE.read_text("utf-8") == page(), "run python -m tests.tools.configuration"


def test_the_examples_of_the_page_are_read(tmp_path):
    text = PAGE.read_text("utf-8")
    for number, example in enumerate(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)):
        path = tmp_path / f"{number}.yaml"
        path.write_text(example)
        assert load(tmp_path, path).config != Config() or "schema" in example
    for example in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        (tmp_path / "pyproject.toml").write_text(example)
        assert load(tmp_path).fail_level == "warning"


def test_the_rows_of_the_page_about_models_are_read(write, tmp_path):
    (example,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/models.md").read_text("utf-8"), re.DOTALL)
    write(example, "rows.yaml")
    config = load(write("models: [rows.yaml]")).config
    write(
        "import tensorflow as tf\nfrom ours import layers\n\n@tf.function\ndef step(x):\n"
        "    layers.checkpoint('a')\n    reveal(layers.rescale(x))\n    return x\n\nstep(tf.ones([2]))\n",
        "main.py",
    )
    report = analyze([tmp_path], config)
    assert report.reveals[0][2] == "float32[2]"
    assert "HYB101" in [finding.code for finding in report.findings]
