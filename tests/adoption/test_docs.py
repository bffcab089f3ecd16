"""What docs/adoption.md, docs/pre-commit.md and docs/review.md say is so; tests/documentation runs their commands."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(name, *languages):
    found = [match.groups() for match in BLOCK.finditer((DOCS / name).read_text("utf-8"))]
    return [(language, text) for language, text in found if language in languages]


def test_the_configurations_for_pre_commit_are_valid(tmp_path):
    manifest = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    shown = blocks("pre-commit.md", "yaml")
    assert len(shown) >= 4
    for _, text in shown:
        file = tmp_path / ".pre-commit-config.yaml"
        file.write_text(text)
        command = [sys.executable, "-m", "pre_commit", "validate-config", str(file)]
        assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
        for hook in yaml.safe_load(text)["repos"][0]["hooks"]:
            options = [*manifest[hook["id"]]["entry"].split()[1:], *hook.get("args", []), "--help"]
            assert accepted(options), options


@pytest.mark.parametrize("name", ["adoption.md", "pre-commit.md"])
def test_every_option_that_is_named_exists(name):
    text = (DOCS / name).read_text("utf-8")
    helped = {"check": help_of("check")}
    named = set(re.findall(r"`(--[\w-]+)", text)) | set(re.findall(r"hybridize check (?:\S+ )*?(--[\w-]+)", text))
    theirs = {"--all-files", "--unshallow", "--message"}
    assert named - theirs
    assert [option for option in named - theirs if option not in helped["check"]] == []


def test_every_hook_is_described():
    described = re.findall(r"^\| `(hybridize[\w-]*)` \|", (DOCS / "pre-commit.md").read_text("utf-8"), re.MULTILINE)
    manifest = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert described == [hook["id"] for hook in manifest]


def test_the_baseline_shown_is_one(tmp_path):
    from hybridize_bot import baseline

    (text,) = (text for _, text in blocks("adoption.md", "console") if '"version"' in text)
    file = tmp_path / "shown.json"
    file.write_text(text.partition("\n")[2])
    assert len(baseline.read(str(file))) == len(json.loads(file.read_text())["findings"]) == 1


def help_of(command):
    return run([command, "--help"]).stdout


def accepted(options):
    return run(options).returncode == 0


def run(arguments):
    return subprocess.run(
        [sys.executable, "-m", "hybridize_bot", *arguments], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "analysis"), str(ROOT)]), "COLUMNS": "200"},
    )  # fmt: skip


# docs/review.md

REVIEW = (DOCS / "review.md").read_text("utf-8")


def tables(heading):
    """The first cells of the tables under a heading, one list for each."""
    part = REVIEW.split(f"\n## {heading}\n")[1].partition("\n## ")[0]
    found = re.findall(r"(?:^\|.*\n)+", part, re.MULTILINE)
    return [[row.split("|")[1].strip(" `") for row in table.splitlines()[2:]] for table in found]


def test_the_review_shown_is_what_is_posted(project):
    for _, text in blocks("review.md", "python"):
        first, _, content = text.partition("\n")
        project.file(first.removeprefix("# "), content)
    project.commit()
    ((_, change),) = blocks("review.md", "diff")
    subprocess.run(["git", "apply", "--index", "-"], cwd=project.folder, input=change.encode(), check=True)
    project.commit()
    environment = {**project.environment, "PYTHONPATH": os.pathsep.join([str(ROOT / "analysis"), str(ROOT)])}
    command = [sys.executable, "-m", "hybridize_bot", "review", "--base", "HEAD~1", "--quiet"]
    done = subprocess.run(
        command, cwd=project.folder, env=environment, stdout=subprocess.PIPE, encoding="utf-8", check=False, timeout=120
    )
    assert done.returncode == 1
    shown = re.findall(r"^````markdown\n(.*?)^````$", REVIEW, re.MULTILINE | re.DOTALL)
    assert len(shown) == 2
    for text in shown:
        assert text in done.stdout


def test_inputs_and_outputs_of_the_action_are_told():
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    assert tables("Inputs and outputs") == [list(action["inputs"]), list(action["outputs"])]


def test_settings_of_a_review_are_told():
    from hybridize_bot.github.remarks import Told
    from hybridize_bot.keys import REVIEW as KEYS

    assert tables("Settings") == [list(KEYS)]
    told = Told()
    for key in KEYS:
        default = json.dumps(getattr(told, key)).strip('"')
        assert f"| `{key}` | `{default}` | " in REVIEW
    (text,) = (text for _, text in blocks("review.md", "yaml") if text.startswith("review:"))
    assert set(yaml.safe_load(text)["review"]) == set(KEYS)


def test_permissions_of_the_examples_are_told():
    told = {name.partition(":")[0] for name in tables("Permissions")[0]}
    asked = set()
    for path in (ROOT / "config" / "examples").glob("workflow*.yml"):
        for job in yaml.safe_load(path.read_text("utf-8"))["jobs"].values():
            asked |= set(job["permissions"])
    assert asked | {"checks"} == told


def test_numbers_of_the_page_are_those_of_the_tool():
    from hybridize_bot.github import checks, client, markdown, suggestion

    assert f"{markdown.BODY:,} characters" in REVIEW
    words = {10: "ten", 30: "Thirty", 40: "forty", 120: "two minutes"}
    assert f"{words[checks.SHOWN]} of each severity" in REVIEW
    assert f"no more than {words[suggestion.MOST_LINES]}" in REVIEW
    assert f"{words[int(client.Manner().most_wait)]} in all" in REVIEW


def test_what_the_page_links_to_is_there():
    links = re.findall(r"\]\(([^)#]*)(#[^)]*)?\)", REVIEW)
    assert len(links) > 15
    heads = re.findall(r"^#+ (.*)$", REVIEW, re.MULTILINE)
    anchors = {"#" + re.sub(r"[^a-z -]", "", head.lower()).replace(" ", "-") for head in heads}
    for file, anchor in links:
        assert not file or (DOCS / file).exists(), file
        assert file or anchor in anchors, anchor
    assert "(docs/review.md)" in (ROOT / "README.md").read_text("utf-8")
