import itertools
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import hypothesis
import msgspec
import pytest
import yaml
from hypothesis import strategies as st

from hybridize.config import Benefit, Config, Heuristic, Limits
from hybridize_bot import config
from hybridize_bot.config import ConfigError, Review, Settings, data_file, load
from hybridize_bot.keys import REVIEW

DEFAULTS = data_file("defaults.yaml")


@pytest.fixture
def write(tmp_path):
    def write(text, name=".hybridize.yaml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def settings(path):
    return msgspec.structs.replace(load(path), path=None, origins=())


def mistake(path):
    """The line and the message of the one error that loading ``path`` raises."""
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert caught.value.path == path
    text = str(caught.value)
    assert "\n" not in text
    assert path.name in text
    return caught.value.line, caught.value.message


# The defaults


def test_the_file_of_defaults_equals_the_types():
    loaded = load(Path(), DEFAULTS)
    assert msgspec.structs.replace(loaded, path=None, origins=()) == Settings()
    assert tuple(REVIEW) == Review.__struct_fields__


def test_the_file_of_defaults_names_every_key_and_value_there_is():
    document = yaml.safe_load(DEFAULTS.read_text("utf-8"))
    known = {*Config.__struct_fields__, "version", "extends", "fail_level", "baseline", "review"} - {
        "folder",  # it is where the file lies
        "runs",  # it is a file of its own
    }
    assert set(document) == known
    assert set(document["review"]) == set(Review.__struct_fields__)
    assert set(document["limits"]) == set(Limits.__struct_fields__)
    assert set(document["benefit"]) == set(Benefit.__struct_fields__)
    for row in document["speculation"].values():
        assert set(row) == set(Heuristic.__struct_fields__) - {"name"}
    expected = msgspec.json.decode(msgspec.json.encode(Config()))
    del expected["folder"], expected["runs"]
    expected["speculation"] = {row.pop("name"): row for row in expected["speculation"]}
    expected.update(
        version=1,
        extends=[],
        fail_level=Settings().fail_level,
        severity={},
        per_file_ignore={},
        baseline="",
        review=msgspec.to_builtins(Review()),
    )
    assert document == expected


def test_every_key_of_the_defaults_is_explained_where_it_first_appears():
    lines = DEFAULTS.read_text("utf-8").splitlines()
    heuristics = set(yaml.safe_load("\n".join(lines))["speculation"])
    seen = set()
    for before, line in itertools.pairwise(lines):
        key = re.match(r"\s*([\w-]+):", line)
        if key and key[1] not in seen | heuristics:
            seen.add(key[1])
            assert re.match(r"\s*# \S", before), f"no comment above {line!r}"
    assert len(seen) > len(Config.__struct_fields__)


# Finding the file


def test_without_a_file_the_defaults_hold(tmp_path):
    assert load(tmp_path) == Settings()


def test_the_nearest_folder_wins(write, tmp_path):
    write("jobs: 1")
    near = write("jobs: 2", "a/b/.hybridize.yml")
    (tmp_path / "a/b/c").mkdir()
    script = tmp_path / "a/b/c/train.py"
    script.write_text("")
    for start in (tmp_path / "a/b/c", script, tmp_path / "a/b/c/absent.py"):
        assert load(start).config.jobs == 2
        assert load(start).path == str(near)
    assert load(tmp_path / "a").config.jobs == 1


def test_a_relative_start_is_looked_for_above_the_current_folder(write, tmp_path, monkeypatch):
    write("jobs: 3")
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")
    assert load(Path()).config.jobs == 3


def test_two_files_in_one_folder_are_a_mistake(write):
    write("")
    path = write("", ".hybridize.yml")
    assert mistake(path) == (0, ".hybridize.yaml is in the same folder; remove one of them")


def test_an_explicit_file_replaces_the_search(write, tmp_path):
    write("jobs: 1")
    assert load(tmp_path, write("jobs: 5", "other.yaml")).config.jobs == 5


def test_isolated_ignores_files(write, tmp_path):
    write("jobs: 1")
    assert load(tmp_path, isolated=True) == Settings()


def test_isolated_and_an_explicit_file_contradict_each_other(write, tmp_path):
    with pytest.raises(ConfigError, match="--isolated"):
        load(tmp_path, write("jobs: 1"), isolated=True)


def test_an_absent_explicit_file_is_a_mistake(tmp_path):
    with pytest.raises(ConfigError, match=r"absent\.yaml: cannot be read: No such file"):
        load(tmp_path, tmp_path / "absent.yaml")


def test_a_broken_link_is_a_mistake(tmp_path):
    path = tmp_path / ".hybridize.yaml"
    path.symlink_to("nowhere")
    assert "cannot be read" in mistake(path)[1]


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/stdin", "."])
def test_a_link_to_something_that_is_no_file_is_a_mistake(tmp_path, target):
    path = tmp_path / ".hybridize.yaml"
    path.symlink_to(target)
    with pytest.raises(ConfigError):
        load(tmp_path)


def test_a_run_without_a_file_does_not_import_yaml(tmp_path):
    code = "import sys; from pathlib import Path; from hybridize_bot.config import load; load(Path()); "
    code += "sys.exit('yaml' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=False).returncode == 0


# Merging


def test_given_keys_change_and_the_others_stay(write):
    path = write("version: 1\nfail_level: warning\nexclude: [gen/]\nsource_roots: [src]\nlimits: {depth: 7}\n")
    assert settings(path) == Settings(
        Config(exclude=("gen/",), folder=str(path.parent), source_roots=("src",), limits=Limits(depth=7)),
        fail_level="warning",
    )


def test_what_is_excluded_is_relative_to_the_folder_of_the_file(write, tmp_path):
    path = write("exclude: [gen/]")
    below = tmp_path / "pkg" / "sub"
    below.mkdir(parents=True)
    assert load(below).config.folder == load(below, explicit=path).config.folder == str(path.parent)
    assert load(tmp_path.parent, explicit=path).config.folder == ""  # it lies elsewhere: the analysis root


def test_a_heuristic_is_changed_by_name_and_a_new_one_added(write):
    path = write("speculation:\n  keras-call: {enabled: false}\n  mine: {pattern: 'step_.*', bases: [tf.Module]}\n")
    rows = {row.name: row for row in settings(path).config.speculation}
    original = {row.name: row for row in Config().speculation}
    assert rows.pop("mine") == Heuristic("mine", "step_.*", ("tf.Module",))
    assert rows.pop("keras-call") == msgspec.structs.replace(original.pop("keras-call"), enabled=False)
    assert rows == original


def test_speculation_can_be_switched_off_as_a_whole(write):
    rows = settings(write("speculation: false")).config.speculation
    assert [row.name for row in rows] == [row.name for row in Config().speculation]
    assert not any(row.enabled for row in rows)


def test_rules_are_named_by_code_prefix_or_slug(write):
    from hybridize.rules import _registry

    rule = _registry.rules()[-1]
    found = settings(write(f"select: [hyb, {rule.slug}]\nignore: [{rule.code[:4]}]")).config
    assert (found.select, found.ignore) == (("HYB", rule.code), (rule.code[:4],))


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "\ufeff# with a byte order mark\n", "{}"])
def test_an_empty_file_is_the_defaults(write, text):
    assert settings(write(text)) == Settings()


# Mistakes


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("jobs: 1\nselct: []", 2, "unknown key `selct`; did you mean `select`?"),
        ("fail-level: info", 1, "unknown key `fail-level`; did you mean `fail_level`?"),
        ("\nlimits:\n  dept: 3", 3, "unknown key `dept`; did you mean `depth`?"),
        ("speculation:\n  x:\n    patern: y", 3, "unknown key `patern`; did you mean `pattern`?"),
        ("zzz: 1", 1, "unknown key `zzz`; known: version, extends, select"),
        ("version: 2", 1, "`version: 2` is not known to this release, which reads version 1"),
        ("version: '1'", 1, "`version` must be a whole number, not text"),
        ("ignore: HYB101", 1, "`ignore` must be a list; write `[HYB101]`"),
        ("ignore: 3", 1, "`ignore` must be a list, not a whole number"),
        ("ignore:", 1, "`ignore` must be a list, not nothing"),
        ("exclude:\n- a\n- [b]", 3, "every entry of `exclude` must be text, not a list"),
        ("exclude: ['']", 1, "an entry of `exclude` is empty"),
        ("exclude: ['!']", 1, "`exclude`: `!` is not a .gitignore pattern"),
        ("select: [HYB999]", 1, "`select`: no rule matches 'HYB999'"),
        ("select:\n- HYB1\n- E501", 3, "`select`: no rule matches 'E501'"),
        ("fail_level: eror", 1, "`fail_level` cannot be `eror`; did you mean `error`?"),
        ("fail_level: [error]", 1, "`fail_level` must be text, not a list"),
        ("infer_input_signatures: 1", 1, "`infer_input_signatures` must be true or false, not a whole number"),
        ("follow_type_hints: 'true'", 1, "`follow_type_hints` must be true or false, not text"),
        ("jobs: true", 1, "`jobs` must be a whole number, not true or false"),
        ("jobs: -1", 1, "`jobs` must be between 0 and 1024"),
        ("role: libary", 1, "`role` cannot be `libary`; did you mean `library`?"),
        ("benefit: {operations: -1}", 1, "`operations` must be between 0 and 2147483647"),
        ("benefit: {least: 1}", 1, "unknown key `least`; known: operations, any_size, small"),
        ("limits: {values: 0}", 1, "`values` must be between 1 and 2147483647"),
        ("limits: {values: 1.5}", 1, "`values` must be a whole number, not a decimal number"),
        ("limits: []", 1, "`limits` must be a mapping of keys to values, not a list"),
        ("source_roots: [/etc]", 1, "`source_roots`: `/etc` is not a folder inside the analyzed one"),
        ("source_roots: [a/../..]", 1, "`source_roots`: `a/../..` is not a folder inside the analyzed one"),
        ("source_roots: ['C:\\x']", 1, "`source_roots`: `C:\\x` is not a folder inside the analyzed one"),
        ("speculation: [x]", 1, "`speculation` must be a mapping of names to heuristics, or false, not a list"),
        ("speculation:\n  keras_call: {enabled: false}", 2, "`speculation.keras_call` needs a `pattern`"),
        ("speculation:\n  x: {pattern: '('}", 2, "`pattern`: `(` is not a regular expression: missing )"),
        ("- select", 1, "the configuration must be a mapping of keys to values, not a list"),
        ("just text", 1, "the configuration must be a mapping of keys to values, not text"),
        ("jobs: 1\njobs: 2", 2, "key `jobs` is given twice"),
        ("on: 1", 1, "a key must be text; put it in quotes"),
        ("[a]: 1", 1, "a key must be text; put it in quotes"),
        ("jobs: 1\n---\njobs: 2", 2, "but found another document"),
        ("jobs: [1", 1, "expected ',' or ']'"),
        ("jobs: 1\n\tselect: []", 2, "found character '\\t' that cannot start any token"),
    ],
)
def test_a_mistake_names_its_line_and_what_was_meant(write, text, line, message):
    found_line, found = mistake(write(text))
    assert (found_line, found[: len(message)]) == (line, message)


# Hostile files


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("jobs: 1\nselect: !!python/object/apply:os.system ['touch owned']", 2, "tag `tag:yaml.org,2002:python/"),
        ("!!python/object/new:dict {}", 1, "tag `tag:yaml.org,2002:python/object/new:dict` is not allowed"),
        ("jobs: !!python/name:os.system", 1, "tag `tag:yaml.org,2002:python/name:os.system` is not allowed"),
        ("jobs: !mine 1", 1, "tag `!mine` is not allowed"),
        ("select: !!set {a, b}", 1, "tag `tag:yaml.org,2002:set` is not allowed"),
        ("jobs: !!int x", 1, "`x` cannot be read as int"),
        ("jobs: !!int ''", 1, "`` cannot be read as int"),
        ("jobs: !!bool maybe", 1, "`maybe` cannot be read as bool"),
        ("jobs: " + "9" * 6000, 1, "`9999999"),
        ("select: [2020-01-01]", 1, "put `2020-01-01` in quotes"),
        ("<<: {jobs: 1}", 1, "unknown key `<<`"),
        ("jobs: &a 1\nlimits: {depth: *a}", 1, "anchors and aliases are not allowed"),
        (b"jobs: 1\nselect: [\xff]", 2, "not valid UTF-8"),
        ("jobs: 1".encode("utf-16"), 1, "not valid UTF-8"),
        ("jobs: 1\nselect: [\x00]", 2, "contains a character that YAML does not allow"),
        ("\x1b]0;owned\x07: 1", 1, "contains a character that YAML does not allow"),
        ('"\\e]0;owned\\a": 1', 1, r"unknown key `\x1b]0;owned\x07`"),
        ('"\\u202e": 1', 1, r"unknown key `\u202e`"),
        ("a" * 1000 + ": 1", 1, "unknown key `" + "a" * 57 + "...`"),
        ("select: " + "[" * 30 + "]" * 30, 1, "nested too deeply"),
        ("select: " + "[" * 30_000, 0, "nested too deeply"),
        ("a:" + " {a:" * 10_000, 0, "nested too deeply"),
        ("#" * 70_000, 0, "larger than 64 KiB"),
    ],
)
def test_a_hostile_file_is_refused(write, text, line, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found_line, found = mistake(write(text))
    assert (found_line, found[: len(message)]) == (line, message)
    assert not (tmp_path / "owned").exists()


keys = st.sampled_from([*Config.__struct_fields__, "version", "fail_level", "train-step", "pattern", "bases", "depth"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | keys
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys | st.text(), inner, max_size=6)
)
texts = st.binary() | st.text().map(str.encode) | documents.map(lambda data: yaml.safe_dump(data).encode())
fragments = st.lists(st.sampled_from([*"-?:,[]{}#&*!|>'\"%@`\n\t \0", "a", "jobs: ", "!!", "<<", "---\n", "1", "  "]))


@hypothesis.settings(
    max_examples=200, deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
@hypothesis.given(texts | fragments.map(lambda parts: "".join(parts).encode()))
def test_whatever_the_file_holds_the_answer_is_settings_or_one_line(tmp_path, source):
    path = tmp_path / ".hybridize.yaml"
    path.write_bytes(source)
    mistake = None
    try:
        found = load(path)
    except ConfigError as error:
        mistake = error
    if mistake is None:
        assert msgspec.convert(msgspec.to_builtins(found), Settings) == found
    else:
        assert 0 <= mistake.line <= len(source.decode("utf-8", "replace").splitlines()) + 1
        assert str(mistake).isprintable()


def test_an_alias_bomb_is_refused_at_once(write):
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    begin = time.perf_counter()
    assert mistake(write("\n".join(rows))) == (1, "anchors and aliases are not allowed")
    assert time.perf_counter() - begin < 1


@pytest.mark.parametrize("unit", ["- a\n", "a: b\n", "[],", "'x' ", "? \n", "- - ", "|\n x\n", "{a: "])
def test_the_largest_file_is_read_or_refused_in_bounded_time(write, unit):
    text = unit * (config_limit() // len(unit))
    begin = time.perf_counter()
    mistake(write(text))
    assert time.perf_counter() - begin < 30  # half a second on an idle machine; quadratic behavior takes minutes


def config_limit():
    from hybridize_bot import yaml_reader

    return yaml_reader.MAX_BYTES


def test_a_message_names_a_file_below_the_current_folder_relatively(write, monkeypatch, tmp_path):
    write("x: 1", "sub/.hybridize.yaml")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"^sub/\.hybridize\.yaml:1: unknown key `x`"):
        load(tmp_path / "sub")
    assert config.NAMES == (".hybridize.yaml", ".hybridize.yml")
