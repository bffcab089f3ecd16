"""Workflows run for real by act, on this machine, with our `action.yml` and without network but for packages."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from bot.projects import Repository

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted((ROOT / "config" / "examples").glob("workflow*.yml"))
WORKFLOW = ROOT / "config" / "examples" / "workflow.yml"
TOKEN = "ghs_" + "Not4Anybody2See" * 2
OURS = "hybridize-bot/hybridize-bot"

# What stands for the actions of others: name of the action to its inputs and what it does.
STUBS = {
    # A runner downloads Python here; the one that runs the tests will do.
    "setup-python": (
        ("python-version", "update-environment"),
        f"""if [ "$IN_UPDATE_ENVIRONMENT" != false ]; then echo "{Path(sys.executable).parent}" >> "$GITHUB_PATH"; fi
        echo "python-path={sys.executable}" >> "$GITHUB_OUTPUT\"""",
    ),
    # One commit, mostly that of a merge, and no credentials.
    "checkout": (
        ("persist-credentials",),
        """git init --quiet . && git remote add origin "$TEST_REMOTE"
        git fetch --quiet --no-tags --depth=1 origin "$TEST_COMMIT" && git checkout --quiet --detach FETCH_HEAD""",
    ),
    "upload-artifact": (("name", "path", "retention-days"), 'cp "$IN_PATH" "$TEST_ARTIFACTS/"'),
    "download-artifact": (
        ("pattern", "merge-multiple", "path", "run-id", "github-token"),
        'mkdir "$IN_PATH" && cp "$TEST_ARTIFACTS"/* "$IN_PATH/"',
    ),
}


def tool(name):
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert found, f"{name} is not installed; it is part of the `test` extra"
    return found


class Runner:
    """Runs workflows.

    Args:
        release: a repository with the files of ours.
        folder: for what a runner has.
    """

    def __init__(self, release, folder):
        self.folder = folder
        self.artifacts = folder / "artifacts"
        self.artifacts.mkdir(parents=True)
        # Where act is started it looks for a commit, many times.
        self._here = Repository(folder / "here")
        self._here.run("git", "commit", "--quiet", "--allow-empty", "-m", "Here")
        self._local = {OURS: release.folder, **{f"actions/{name}": self._stub(name, *of) for name, of in STUBS.items()}}
        config = folder / "CONFIG" / "act" / "actrc"
        config.parent.mkdir(parents=True)
        config.write_text("")

    def run(self, event, payload, remote, commit="", *, workflow=WORKFLOW, environment=None, token=TOKEN, **inputs):
        """Run a workflow on a commit of a repository, with its step of ours given more inputs; the ended process."""
        document = yaml.safe_load(workflow.read_text())
        (job,) = document["jobs"].values()
        (step,) = (step for step in job["steps"] if step.get("uses", "").startswith(OURS))
        # Not as a secret of the workflow: those are masked, and nobody could see that one was in the log.
        step["with"].update({"github-token": token, **inputs})
        file = self.folder / "workflow.yml"
        # PyYAML reads the key `on` as true.
        file.write_text(json.dumps({"on" if key is True else key: value for key, value in document.items()}))
        (self.folder / "event.json").write_text(json.dumps(payload))
        uses = re.findall(r"uses: (\S+)", (ROOT / "action.yml").read_text() + workflow.read_text())
        local = {f"{use}={self._local[use.partition('@')[0]]}" for use in uses if use.partition("@")[0] in self._local}
        options = ["-P", "ubuntu-latest=-self-hosted", "--action-offline-mode", "--no-cache-server"]
        options += ["--no-skip-checkout", *(word for item in sorted(local) for word in ("--local-repository", item))]
        # The job's module path holds the project itself, as some workflows have it.
        of_tests = {"TEST_REMOTE": f"file://{remote}", "TEST_COMMIT": commit, "TEST_ARTIFACTS": self.artifacts}
        for name, value in {"PYTHONPATH": ".", **of_tests, **(environment or {})}.items():
            options += ["--env", f"{name}={value}"]
        command = [tool("act"), event, "-W", file, "-e", self.folder / "event.json", *options]
        pip_cache = subprocess.check_output([sys.executable, "-m", "pip", "cache", "dir"], text=True).strip()
        folders = {f"XDG_{name}_HOME": str(self.folder / name) for name in ("CACHE", "CONFIG")}
        done = self._here.try_(*command, **folders, PIP_CACHE_DIR=pip_cache)
        assert token not in done.stdout
        print(done.stdout)  # for whoever reads of a failure
        return done

    def _stub(self, name, inputs, script):
        folder = self.folder / "actions" / name
        folder.mkdir(parents=True)
        given = {f"IN_{one.upper().replace('-', '_')}": f"${{{{ inputs.{one} }}}}" for one in inputs}
        step = {"id": "one", "shell": "bash", "run": script, "env": given}
        taken = {one: {"description": one} for one in inputs}
        gives = {one: {"description": one, "value": f"${{{{ steps.one.outputs.{one} }}}}"} for one in ("python-path",)}
        action = {
            "name": name, "description": name, "inputs": taken, "outputs": gives,
            "runs": {"using": "composite", "steps": [step]},
        }  # fmt: skip
        (folder / "action.yml").write_text(json.dumps(action))
        return folder


def outputs(done):
    """The outputs of our step, as act prints them among those of others."""
    ours = yaml.safe_load((ROOT / "action.yml").read_text())["outputs"]
    return {name: one for name, one in re.findall(r"::set-output:: ([\w-]+)=(.*)", done.stdout) if name in ours}
