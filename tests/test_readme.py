"""What README.md says is so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tools import readme

from hybridize_bot import config

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_the_shown_output_is_the_real_one():
    assert len(readme.BLOCK.findall(TEXT)) == 2
    assert readme.refreshed(TEXT) == TEXT, "run `make readme`"


def test_the_demo_shows_something_worth_showing():
    shown = next(match for match in readme.BLOCK.finditer(TEXT) if match["kind"] == "output")["shown"]
    assert "error[HYB1" in shown
    assert shown.count("\n") <= readme.MOST_LINES + 2


def test_the_closing_line_of_the_suite_tells_of_success():
    shown = next(match for match in readme.BLOCK.finditer(TEXT) if match["kind"] == "last line")["shown"]
    assert re.fullmatch(r"[1-9]\d* passed.* in .*\n", shown)
    assert "failed" not in shown


def test_a_long_output_is_cut_between_paragraphs():
    output = "".join(f"head {number}\n  detail\n  detail\n\n" for number in range(40)) + "40 findings\n"
    lines = readme.shorten(output).splitlines()
    assert len(lines) <= readme.MOST_LINES + 2
    assert lines[-1] == "40 findings"
    assert lines[-5:-3] == ["  detail", ""]
    assert int(re.search(r"\d+", lines[-3])[0]) + len(lines) - 1 == len(output.splitlines())
    assert readme.shorten("a\nb\n") == "a\nb\n"


def test_the_demo_is_what_make_runs():
    shown = next(match for match in readme.BLOCK.finditer(TEXT) if match["kind"] == "output")
    target = shown["typed"].removeprefix("$ make ").strip()
    recipe = re.search(rf"^{target}:.*\n\t(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    assert recipe == f"$(BIN)/{shown['command']}"


def test_the_configurations_shown_are_the_examples():
    hook, steps, settings = (yaml.safe_load(block) for block in blocks("yaml"))
    examples = ROOT / "config" / "examples"
    assert hook == yaml.safe_load((examples / "pre-commit-config.yaml").read_text("utf-8"))
    workflow = yaml.safe_load((examples / "workflow.yml").read_text("utf-8"))
    assert steps.items() <= workflow["jobs"]["hybridize"].items()
    assert settings.keys() <= yaml.safe_load(config.data_file("defaults.yaml").read_text("utf-8")).keys()


def test_the_shown_settings_load(tmp_path):
    (tmp_path / ".hybridize.yaml").write_text(blocks("yaml")[2])
    settings = config.load(tmp_path)
    assert (settings.fail_level, settings.config.ignore) == ("warning", ("HYB3",))


def test_the_python_example_runs(tmp_path, monkeypatch):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text(
        "import tensorflow as tf\n\n\n@tf.function\ndef step(x):\n    print(x)\n    return x + 1.0\n\n\n"
        "step(tf.constant([1.0]))\n"
    )
    (code,) = blocks("python")
    prelude = f"import sys; sys.path[:0] = {[str(ROOT), str(ROOT / 'analysis')]!r}\n"
    done = subprocess.run(
        [sys.executable, "-c", prelude + code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert re.match(r"train\.py 6 HYB101 \S", done.stdout), done.stderr


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)", TEXT))))
def test_links_lead_somewhere(link):
    assert (ROOT / link).exists()
