"""The Action: `action.yml` and the example workflows as they are written, and its step as a unit."""

import json
import os
import re
import subprocess
import sys

import pytest
import yaml
from bot.runners import EXAMPLES, ROOT, WORKFLOW, tool

from hybridize_bot.github import action, event

# What can be told without running anything


@pytest.mark.parametrize("path", [ROOT / "action.yml", *EXAMPLES], ids=lambda path: path.name)
def test_the_files_follow_the_schema(path):
    schema = "actions" if path.name == "action.yml" else "workflows"
    command = [tool("check-jsonschema"), "--builtin-schema", f"vendor.github-{schema}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_security_audit_finds_nothing():
    files = [str(ROOT / name) for name in ("action.yml", ".pre-commit-hooks.yaml")]
    command = [tool("zizmor"), "--offline", "--pedantic", "--no-config", *files, *map(str, EXAMPLES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_expressions_in_the_workflows_are_right(tmp_path):
    done = subprocess.run([tool("actionlint"), *map(str, EXAMPLES)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOW.read_text().replace("github.event_name", "github.event_nam"))
    done = subprocess.run([tool("actionlint"), str(wrong)], capture_output=True, text=True, check=False)
    assert (done.returncode, "event_nam" in done.stdout) == (1, True)


def test_every_action_is_pinned_by_commit_and_says_its_version():
    pins = {}
    for path in (ROOT / "action.yml", *EXAMPLES):
        uses = re.findall(r"uses: (.*)", path.read_text())
        assert uses
        for use in uses:
            match = re.fullmatch(r"([\w-]+/[\w/-]+)@([0-9a-f]{40} # .+)", use)
            assert match, use
            assert pins.setdefault(match[1], match[2]) == match[2]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_has_no_right_that_it_does_not_name(path):
    text = path.read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        for name in job["permissions"]:
            assert re.search(rf"^ +{name}: (read|write) # \w", text, re.MULTILINE), f"{name} has no reason"
    # A required check of a workflow that a filter skips is waited for without end.
    triggers = workflow[True]
    assert not any("paths" in (given or {}) for given in triggers.values())
    assert "workflow_run" in triggers or {"pull_request", "merge_group", "push"} <= set(triggers)


def test_inputs_reach_the_script_through_the_environment_only():
    document = yaml.safe_load((ROOT / "action.yml").read_text())
    steps = document["runs"]["steps"]
    assert not any("${{" in step.get("run", "") for step in steps)
    passed = " ".join(str({**step.get("env", {}), **step.get("with", {})}) for step in steps)
    for name in document["inputs"]:
        assert f"inputs.{name} " in passed, f"input {name} is not used"


def test_the_outputs_are_those_of_the_step():
    document = yaml.safe_load((ROOT / "action.yml").read_text())
    values = {name: output["value"] for name, output in document["outputs"].items()}
    assert values == {name: f"${{{{ steps.hybridize.outputs.{name} }}}}" for name in values}
    assert action.Result(1, (), 3, 2, "r.json", "s.sarif").outputs() == (
        "findings=3\nerrors=2\nexit-code=1\nreport=r.json\nsarif=s.sarif\n"
    )
    assert [line.partition("=")[0] for line in action.Result(2).outputs().splitlines()] == list(values)


def test_the_events_that_are_reviewed_are_those_the_review_reads():
    assert set(action.REVIEWED) == {*event.PULL_REQUEST, event.MERGE_GROUP}


# The step


def commands(**given):
    named = {"RUNNER_TEMP": "/temp", **{name.upper(): value for name, value in given.items()}}
    return action.Inputs.of(named).commands()


def test_inputs_become_a_command_line():
    assert commands() == [["check", "--format", "github", "--", "."]]
    given = {
        "HYBRIDIZE_PATH": " src \n\n-odd name\n",
        "HYBRIDIZE_CONFIG": "ci.yaml",
        "HYBRIDIZE_FAIL_LEVEL": "warning",
        "HYBRIDIZE_ARGS": "--exclude 'a b'",
    }
    settings = ["--exclude", "a b", "--config", "ci.yaml", "--fail-level", "warning"]
    paths = ["--", "src", "-odd name"]
    check = ["check", *settings, "--format", "github", *paths]
    assert commands(**given) == [check]
    to_sarif = ["--format", "sarif", "--output", "a.sarif", "--exit-zero"]
    assert commands(**given, hybridize_sarif="a.sarif") == [["check", *settings, *to_sarif, *paths], check]
    for name in action.REVIEWED:
        review = ["review", *settings, "--report", "/temp/hybridize-review.json", *paths]
        assert commands(**given, github_event_name=name) == [review]
    more = {"hybridize_post": "false", "hybridize_sarif": "a.sarif", "hybridize_report": "r.json"}
    review = ["review", "--no-post", "--report", "r.json", "--sarif", "a.sarif", "--", "."]
    assert commands(**more, github_event_name="merge_group") == [review]


def test_a_report_of_another_run_is_posted_whatever_the_event():
    for name in ("workflow_run", "push", "pull_request"):
        found = commands(hybridize_from_report="r.json", github_event_name=name, hybridize_path="src")
        assert found == [["review", "--from-report", "r.json", "--exit-zero"]]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("post", "yes", "the input post is neither true nor false"),
        ("args", "'a", "the input args is not quoted"),
        ("sarif", "a\nreport=b", "the input sarif has more than one line"),
        ("from_report", "a\r\nb", "the input from-report has more than one line"),
    ],
)
def test_inputs_that_make_no_sense(name, value, said, capfd, tmp_path):
    names = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    assert action.main({**names, f"HYBRIDIZE_{name.upper()}": value, "RUNNER_TEMP": str(tmp_path)}) == 2
    out, err = capfd.readouterr()
    assert (said in err, out.startswith("::error title=hybridize::")) == (True, True)
    assert (tmp_path / "output").read_text() == "findings=0\nerrors=0\nexit-code=2\nreport=\nsarif=\n"
    assert "could not run" in (tmp_path / "summary").read_text()


def test_only_a_review_has_the_token(tmp_path):
    """What is installed, and a check, do not need it; no command line has it."""
    seen = tmp_path / "seen"
    script = tmp_path / "script"
    script.write_text(
        f"""#!{sys.executable} -I
import json, os, sys
with open({str(seen)!r}, "a") as file:
    file.write(json.dumps([sys.argv, dict(os.environ)]) + "\\n")
if "--report" in sys.argv:
    with open(sys.argv[sys.argv.index("--report") + 1], "w") as file:
        file.write('{{"remarks": [{{"severity": "error"}}, {{"severity": "info"}}]}}')
"""
    )
    script.chmod(0o755)
    given = {**os.environ, "RUNNER_TEMP": str(tmp_path), "HYBRIDIZE_TOKEN": "ghs_a", "GH_TOKEN": "ghs_b"}

    def run(name):
        environment = {**given, "GITHUB_EVENT_NAME": name}
        result = action.run(str(script), action.Inputs.of(environment), environment)
        arguments, variables = json.loads(seen.read_text().splitlines()[-1])
        assert "ghs_" not in str(arguments)
        return result, {name: value for name, value in variables.items() if "ghs_" in value}

    assert run("push") == (action.Result(0, []), {})
    report = str(tmp_path / "hybridize-review.json")
    assert run("pull_request") == (action.Result(0, [], 2, 1, report), {"GITHUB_TOKEN": "ghs_a"})
    assert "ghs_" not in str(action.child(given))


def test_a_process_that_was_killed_is_no_finding(tmp_path):
    script = tmp_path / "script"
    script.write_text(f"#!{sys.executable} -I\nimport os\nos.kill(os.getpid(), 9)\n")
    script.chmod(0o755)
    assert action.run(str(script), action.Inputs(), os.environ) == action.Result(2)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_checkout_that_belongs_to_somebody_else_is_read(project):
    """As in a container, where the runner has made the checkout, and the job is another user."""
    folder = project().folder
    for path in (folder, folder / ".git"):
        os.chown(path, 12345, 12345)
    plain = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    git = ["git", "rev-parse", "--show-toplevel"]
    refused = subprocess.run(git, cwd=folder, env=plain, capture_output=True, text=True, check=False)
    assert "dubious ownership" in refused.stderr
    environment = action.child({**plain, "GITHUB_WORKSPACE": str(folder)})
    subprocess.run(git, cwd=folder, env=environment, check=True)


def test_annotations_are_read_back_as_they_were_meant():
    line = "::error file=a%2Cb.py,line=3,col=1,title=HYB101 x%3A y::100%25 sure%0A  it prints: ::\n"
    expected = action.Annotation("error", "a,b.py", "3", "HYB101 x: y", "100% sure\n  it prints: ::")
    assert action.parse(line) == expected
    assert action.parse("::warning::bare\n") == action.Annotation("warning", "", "", "", "bare")


@pytest.mark.parametrize("line", ["", "text", "::set-output name=x::y", "::add-mask::x", " ::error::x", "::errors::x"])
def test_other_lines_are_not_annotations(line):
    assert action.parse(line) is None


def test_only_annotations_reach_the_log_as_commands(capfd):
    script = """
import sys
print("::error file=a.py,line=1,title=HYB101::bad")
print("::add-mask::a")
print("  ::set-env name=PATH::x")
print("plain")
print("##[add-matcher]x.json", file=sys.stderr)
print("cannot read a##[stop-commands]b.py", file=sys.stderr)
print("::error::forged", file=sys.stderr)
sys.exit(1)
"""
    code, found = action.relayed([sys.executable, "-c", script], os.environ)
    assert (code, [one.message for one in found]) == (1, ["bad"])
    out, err = capfd.readouterr()
    expected = ["::error file=a.py,line=1,title=HYB101::bad", "| ::add-mask::a", "|   ::set-env name=PATH::x", "plain"]
    assert out.splitlines() == expected
    assert err.splitlines() == ["## [add-matcher]x.json", "cannot read a## [stop-commands]b.py", "| ::error::forged"]


def test_a_command_that_does_not_start_is_told(capfd):
    assert action.relayed(["/nowhere/##[hybridize"], os.environ) == (2, [])
    assert capfd.readouterr().err == "/nowhere/## [hybridize cannot be started: No such file or directory\n"


def test_module_paths_of_the_job_do_not_reach_the_check():
    given = {"PYTHONPATH": "/somewhere", "PYTHONHOME": "/elsewhere", "PATH": "/bin"}
    assert action.child(given) == {"PATH": "/bin", "PYTHONIOENCODING": "utf-8"}


def test_the_summary_counts_and_sorts():
    found = [action.Annotation(kind, "a.py", "3", "HYB1", "text") for kind in ("notice", "error", "warning", "error")]
    lines = action.summary(1, found).splitlines()
    assert lines[0] == "## hybridize: 2 errors, 1 warning, 1 notice"
    assert [line.split(" | ")[0] for line in lines[4:]] == ["| error", "| error", "| warning", "| notice"]


def test_the_summary_says_when_there_is_nothing_and_when_it_failed():
    assert "No findings" in action.summary(0, [])
    assert "could not run" in action.summary(2, [])


def test_text_in_the_summary_is_only_text():
    hostile = "`a` | <img src=x> [b](https://c) @d **e** _f_ \n# g"
    row = action.summary(1, [action.Annotation("error", hostile, "", hostile, hostile)]).splitlines()[4]
    assert row.count("|") == 5
    assert not set(row.replace("| ", "").replace(" |", "").replace("<br>", "")) & set("`<>[]@*_:\n")
    assert "&#96;a&#96;" in row


def test_a_summary_too_large_for_github_is_cut_and_says_so():
    found = [action.Annotation("error", "a.py", str(n), "HYB101", "é" * 500) for n in range(1000)]
    text = action.summary(1, found)
    assert len(text.encode()) < action.SUMMARY_BYTES
    shown = text.count("\n| error |")
    assert 100 < shown < 1000
    assert f"and {1000 - shown} more" in text
