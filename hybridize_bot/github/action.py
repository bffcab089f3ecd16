"""The step that `action.yml` runs: installs the tool apart from everything else, and reviews or checks.

Run by path with the runner's own Python (``python -I .../action.py``) before anything is installed, so it uses the
standard library only. Everything it passes on comes from a checkout that nobody has vouched for: only annotations
reach the log as workflow commands, and the summary shows text as text. The token is for the review alone: neither what
is installed nor a check gets it, and no command line has it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import threading
import venv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

REVIEWED = (
    "pull_request",
    "pull_request_target",
    "pull_request_review",
    "pull_request_review_comment",
    "merge_group",
)
"""The events that have something to compare with; on others, what there is is checked."""

SUMMARY_BYTES = 1_000_000
"""GitHub refuses a step summary over 1 MiB as a whole."""

_COMMAND = re.compile(r"::(?P<kind>error|warning|notice)(?: (?P<properties>[^:]*))?::(?P<message>.*)")
_TOKENS = ("HYBRIDIZE_TOKEN", "GITHUB_TOKEN", "GH_TOKEN")


class InputError(ValueError):
    """An input of the action that makes no sense; ``str()`` says why."""


class Annotation(NamedTuple):
    """One finding, as the check announced it."""

    kind: str
    file: str
    line: str
    title: str
    message: str


class Inputs(NamedTuple):
    """What the workflow asks for."""

    event: str = ""
    """The kind of event that the workflow runs for."""
    paths: tuple[str, ...] = (".",)
    config: str = ""
    fail_level: str = ""
    args: tuple[str, ...] = ()
    token: str = ""
    post: bool = True
    report: str = ""
    """Where the review writes what it found."""
    sarif: str = ""
    from_report: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Inputs:
        """Read the environment of the step.

        Raises:
            InputError: an input is none of what it can be.
        """

        def value(name: str) -> str:
            found = environment.get(f"HYBRIDIZE_{name}", "").strip()
            if "\n" in found or "\r" in found:  # outputs are lines
                raise InputError(f"the input {name.lower().replace('_', '-')} has more than one line")
            return found

        post = value("POST") or "true"
        if post not in ("true", "false"):
            raise InputError("the input post is neither true nor false")
        try:
            args = tuple(shlex.split(environment.get("HYBRIDIZE_ARGS", "")))
        except ValueError as error:
            raise InputError(f"the input args is not quoted as in a shell: {error}") from None
        lines = (line.strip() for line in environment.get("HYBRIDIZE_PATH", "").splitlines())
        return cls(
            event=environment.get("GITHUB_EVENT_NAME", ""),
            paths=tuple(line for line in lines if line) or (".",),
            config=value("CONFIG"),
            fail_level=value("FAIL_LEVEL"),
            args=args,
            token=environment.get("HYBRIDIZE_TOKEN", ""),
            post=post == "true",
            report=value("REPORT") or os.path.join(environment.get("RUNNER_TEMP", ""), "hybridize-review.json"),
            sarif=value("SARIF"),
            from_report=value("FROM_REPORT"),
        )

    @property
    def reviews(self) -> bool:
        """Whether something is compared, or told that another run has found by comparing."""
        return self.from_report != "" or self.event in REVIEWED

    def commands(self) -> list[list[str]]:
        """What is run, one after the other: arguments of `hybridize`. The last one's annotations count.

        What the other inputs say comes after ``args``, and counts where both say something.
        """
        settings: list[str] = []
        for option, given in (("--config", self.config), ("--fail-level", self.fail_level)):
            settings += [option, given] if given else []
        sarif = ["--sarif", self.sarif] if self.sarif else []
        if self.from_report:
            # Whether the check fails was for the run that analyzed to say.
            return [["review", *self.args, "--from-report", self.from_report, "--exit-zero", *sarif]]
        paths = ["--", *self.paths]
        if self.reviews:
            posting = [] if self.post else ["--no-post"]
            return [["review", *self.args, *settings, *posting, "--report", self.report, *sarif, *paths]]
        checks = [["check", *self.args, *settings, "--format", "github", *paths]]
        if self.sarif:  # first, since it says nothing that the other one does not say again
            form = ["--format", "sarif", "--output", self.sarif, "--exit-zero"]
            checks.insert(0, ["check", *self.args, *settings, *form, *paths])
        return checks


class Result(NamedTuple):
    """What came out."""

    code: int
    """0 or 1, as `hybridize` exits; 2 whatever else happened."""
    annotations: Sequence[Annotation] = ()
    findings: int = 0
    errors: int = 0
    report: str = ""
    sarif: str = ""

    def outputs(self) -> str:
        """The outputs of the step."""
        values = (self.findings, self.errors, self.code, self.report, self.sarif)
        return "".join(f"{name}={value}\n" for name, value in zip(_OUTPUTS, values, strict=True))


_OUTPUTS = ("findings", "errors", "exit-code", "report", "sarif")


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Install, review or check, summarize; return the exit code."""
    inputs: Inputs | None = None
    try:
        inputs = Inputs.of(environment)
        source = Path(__file__).resolve().parents[2]
        script = install(source, Path(environment["RUNNER_TEMP"]) / "hybridize-bot", child(environment))
    except InputError as error:
        print(f"hybridize: {error}", file=sys.stderr, flush=True)
        result = Result(2)
    except subprocess.CalledProcessError:
        result = Result(2)
    else:
        result = run(str(script), inputs, environment)
    if result.code > 1:
        print("::error title=hybridize::The analysis could not run; the log says why", flush=True)
    # The review writes its own summary.
    if result.code > 1 or inputs is None or not inputs.reviews:
        _append(environment.get("GITHUB_STEP_SUMMARY"), summary(result.code, result.annotations))
    _append(environment.get("GITHUB_OUTPUT"), result.outputs())
    return result.code


def install(source: Path, folder: Path, environment: Mapping[str, str]) -> Path:
    """Install the tool from ``source`` into an environment of its own; return its console script."""
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    print("::group::Install hybridize", flush=True)
    # `clear`: a runner that is not thrown away after a job may hold the environment of another version.
    # With links, as `python -m venv` has it: on macOS a copy may not find its libraries.
    venv.create(folder, clear=True, symlinks=os.name != "nt")
    # By the pip that is there: to make another one, and to compile what nobody imports, takes longer than the rest.
    pip = [sys.executable, "-I", "-m", "pip", "--python", str(folder), "install", "--no-compile"]
    # A warning about pip's own version is noise in someone else's log.
    pip += ["--quiet", "--disable-pip-version-check", f"{source}[github]"]
    try:
        subprocess.run(pip, check=True, env=environment)  # noqa: S603 - ours
    finally:
        print("::endgroup::", flush=True)
    return scripts / ("hybridize.exe" if os.name == "nt" else "hybridize")


def run(script: str, inputs: Inputs, environment: Mapping[str, str]) -> Result:
    """Run what the inputs ask for."""
    given = child(environment, inputs.token if inputs.reviews else "")
    code, annotations = 0, list[Annotation]()
    for arguments in inputs.commands():
        code, annotations = relayed([script, *arguments], given)
        if code not in (0, 1):  # by a signal, too, as where memory has run out
            return Result(2)
    sarif = os.path.abspath(inputs.sarif) if inputs.sarif else ""
    if not inputs.reviews:
        errors = sum(one.kind == "error" for one in annotations)
        return Result(code, annotations, len(annotations), errors, sarif=sarif)
    report = os.path.abspath(inputs.from_report or inputs.report)
    with open(report, encoding="utf-8") as file:
        remarks = json.load(file).get("remarks", ())
    errors = sum(one["severity"] == "error" for one in remarks)
    return Result(code, annotations, len(remarks), errors, report, sarif)


def child(environment: Mapping[str, str], token: str = "") -> dict[str, str]:
    """The environment of a process: without ways to put modules in its own, and without a token but ``token``."""
    dropped = ("PYTHONPATH", "PYTHONHOME", *_TOKENS)
    kept = {name: value for name, value in environment.items() if name not in dropped}
    kept["PYTHONIOENCODING"] = "utf-8"
    if token:
        kept["GITHUB_TOKEN"] = token
    workspace = environment.get("GITHUB_WORKSPACE", "")
    if workspace:
        # In a container the checkout belongs to somebody else, and Git would not read it.
        count = environment.get("GIT_CONFIG_COUNT", "")
        at = int(count) if count.isdigit() else 0
        kept |= {
            "GIT_CONFIG_COUNT": str(at + 1),
            f"GIT_CONFIG_KEY_{at}": "safe.directory",
            f"GIT_CONFIG_VALUE_{at}": workspace.replace(os.sep, "/"),
        }
    return kept


def relayed(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, list[Annotation]]:
    """Run ``command``, pass its output on, and return its exit code (2: it did not start) and its annotations."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the command is ours
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace", env=environment
        )
    except OSError as error:
        print(_harmless(f"{command[0]} cannot be started: {error.strerror or error}"), file=sys.stderr, flush=True)
        return 2, []
    if process.stdout is None or process.stderr is None:  # pragma: no cover - both are pipes
        raise AssertionError
    # The runner reads workflow commands from both streams; what is not an annotation must not be taken for one.
    errors = threading.Thread(target=_relay, args=(process.stderr,))
    errors.start()
    annotations = []
    for line in process.stdout:
        found = parse(line)
        if found is None:
            print(_harmless(line), flush=True)
        else:
            annotations.append(found)
            print(line.rstrip("\r\n"), flush=True)
    errors.join()
    return process.wait(), annotations


def parse(line: str) -> Annotation | None:
    """Read one workflow command; None for any other line."""
    match = _COMMAND.fullmatch(line.rstrip("\r\n"))
    if match is None:
        return None
    pairs = (part.partition("=") for part in (match["properties"] or "").split(","))
    values = {name.strip(): _unescape(value) for name, _, value in pairs}
    file, at, title = (values.get(name, "") for name in ("file", "line", "title"))
    return Annotation(match["kind"], file, at, title, _unescape(match["message"]))


def summary(code: int, annotations: Sequence[Annotation]) -> str:
    """Describe the run in Markdown; GitHub shows at most ten annotations of a kind per step, this shows all."""
    if code > 1:
        return "## hybridize\n\nThe analysis could not run; the log of the step says why.\n"
    if not annotations:
        return "## hybridize\n\nNo findings.\n"
    kinds = Counter(annotation.kind for annotation in annotations)
    counts = ", ".join(f"{kinds[kind]} {kind}{'s' * (kinds[kind] != 1)}" for kind in _KINDS if kinds[kind])
    text = f"## hybridize: {counts}\n\n| Severity | Place | Rule | Finding |\n| --- | --- | --- | --- |\n"
    size = len(text)
    for index, one in enumerate(sorted(annotations, key=lambda annotation: _KINDS.index(annotation.kind))):
        place = f"{one.file}:{one.line}" if one.line else one.file
        row = f"| {one.kind} | {_plain(place)} | {_plain(one.title)} | {_plain(one.message)} |\n"
        size += len(row)
        if size > SUMMARY_BYTES - 100:
            return f"{text}\n… and {len(annotations) - index} more; the log has them all.\n"
        text += row
    return text


_KINDS = ("error", "warning", "notice")


def _relay(stream: IO[str]) -> None:
    for line in stream:
        print(_harmless(line), file=sys.stderr, flush=True)


def _harmless(line: str) -> str:
    """The line as one in which the runner sees no command: the old form counts wherever it stands in a line."""
    line = line.rstrip("\r\n").replace("##[", "## [")
    return f"| {line}" if line.lstrip().startswith("::") else line


def _unescape(text: str) -> str:
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, character)
    return text


def _plain(text: str) -> str:
    """Write ``text`` so that neither Markdown nor HTML in it means anything; one table cell, in ASCII."""
    lines = re.split(r"[\r\n]+", text)
    return "<br>".join(re.sub(r"[^A-Za-z0-9 .,;()=/-]", lambda match: f"&#{ord(match[0])};", line) for line in lines)


def _append(path: str | None, text: str) -> None:
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    sys.exit(main())
