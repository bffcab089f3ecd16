"""The step that `action.yml` runs: installs the tool apart from everything else, checks, and writes the summary.

Run by path with the runner's own Python (``python -I .../action.py``) before anything is installed, so it uses the
standard library only. Everything it passes on comes from a checkout that nobody has vouched for: only the annotations
of the check reach the log as workflow commands, and the summary shows text as text.
"""

from __future__ import annotations

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

SUMMARY_BYTES = 1_000_000
"""GitHub refuses a step summary over 1 MiB as a whole."""

_COMMAND = re.compile(r"::(?P<kind>error|warning|notice)(?: (?P<properties>[^:]*))?::(?P<message>.*)")


class Annotation(NamedTuple):
    """One finding, as the check announced it."""

    kind: str
    file: str
    line: str
    title: str
    message: str


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Install, check, summarize; return the exit code of the check."""
    source = Path(__file__).resolve().parents[2]
    try:
        script = install(source, Path(environment["RUNNER_TEMP"]) / "hybridize-bot")
    except subprocess.CalledProcessError:
        code, annotations = 2, list[Annotation]()
    else:
        code, annotations = check([str(script), *arguments(environment)])
    if code > 1:
        print("::error title=hybridize::The analysis could not run; the log says why", flush=True)
    _append(environment.get("GITHUB_STEP_SUMMARY"), summary(code, annotations))
    _append(environment.get("GITHUB_OUTPUT"), f"findings={len(annotations)}\nexit-code={code}\n")
    return code


def install(source: Path, folder: Path) -> Path:
    """Install the tool from ``source`` into an environment of its own; return its console script."""
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    print("::group::Install hybridize", flush=True)
    # `clear`: a runner that is not thrown away after a job may hold the environment of another version.
    venv.create(folder, with_pip=True, clear=True)
    # A warning about pip's own version is noise in someone else's log.
    command = [scripts / "python", "-I", "-m", "pip", "install", "--disable-pip-version-check", "--quiet", source]
    try:
        subprocess.run([str(part) for part in command], check=True, env=_clean(os.environ))  # noqa: S603 - ours
    finally:
        print("::endgroup::", flush=True)
    return scripts / "hybridize"


def arguments(environment: Mapping[str, str]) -> list[str]:
    """Translate the inputs of the action into a command line."""
    result = ["check", "--format", "github"]
    for option, name in (("--config", "HYBRIDIZE_CONFIG"), ("--fail-level", "HYBRIDIZE_FAIL_LEVEL")):
        value = environment.get(name, "").strip()
        result += [option, value] if value else []
    result += shlex.split(environment.get("HYBRIDIZE_ARGS", ""))
    paths = [line.strip() for line in environment.get("HYBRIDIZE_PATH", "").splitlines() if line.strip()]
    return [*result, "--", *(paths or ["."])]


def check(command: Sequence[str]) -> tuple[int, list[Annotation]]:
    """Run ``command``, pass its output on, and return its exit code and its annotations."""
    environment = {**_clean(os.environ), "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(  # noqa: S603 - the command is ours
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace", env=environment
    )
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


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def _relay(stream: IO[str]) -> None:
    for line in stream:
        print(_harmless(line), file=sys.stderr, flush=True)


def _harmless(line: str) -> str:
    line = line.rstrip("\r\n")
    return f"| {line}" if line.lstrip().startswith(("::", "##[")) else line


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
