"""Refreshes the output shown in README.md from the real commands: ``python -m tests.tools.readme``.

A shown block stands between ``<!-- output of: COMMAND -->`` and ``<!-- end -->``; the line with ``$`` in it says what
people type for it. Blocks marked ``last line of`` run the whole test suite and are refreshed with ``--all`` only.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
README = ROOT / "README.md"
MOST_LINES = 60
"""A README is for reading: of a longer output the beginning and the last line are shown."""

ENTRY = re.compile(r"  \S+:\d+:\d+: ")
"""A line that says all of a finding."""

BLOCK = re.compile(
    r"(?P<head><!-- (?P<kind>output|last line) of: (?P<command>.*?) -->\n```console\n(?P<typed>\$ .*\n))"
    r"(?P<shown>(?:.*\n)*?)(?P<foot>```\n<!-- end -->\n)"
)


def run(command: str) -> str:
    """Return what ``command`` prints; `hybridize` is the one of this tree, whether installed or not."""
    words = shlex.split(command)
    words = {"hybridize": [sys.executable, "-m", "hybridize_bot"], "python": [sys.executable]}[words[0]] + words[1:]
    path = os.pathsep.join((str(ROOT), str(ROOT / "analysis")))
    environment = {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    for name in ("FORCE_COLOR", "COLUMNS", "GITHUB_WORKSPACE"):
        environment.pop(name, None)
    done = subprocess.run(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    if done.returncode:
        raise SystemExit(f"{done.stdout}\n{command} exited with {done.returncode}")
    return done.stdout


def shorten(output: str) -> str:
    """Cut a long output at the end of a paragraph, or in a list between two entries."""
    lines = [line.rstrip() for line in output.rstrip("\n").split("\n")]
    if len(lines) <= MOST_LINES:
        return "\n".join(lines) + "\n"
    cut = max(
        (number for number in range(MOST_LINES - 2) if not lines[number] or ENTRY.match(lines[number])),
        default=MOST_LINES - 2,
    )
    return "\n".join([*lines[:cut], "", f"[... {len(lines) - cut - 3} lines]", "", lines[-1]]) + "\n"


def refreshed(text: str, *, everything: bool = False) -> str:
    """Return the README with its blocks as the commands print them now."""

    def block(match: re.Match[str]) -> str:
        if match["kind"] == "output":
            shown = shorten(run(match["command"]))
        elif everything:
            shown = run(match["command"]).rstrip("\n").split("\n")[-1].strip("= ") + "\n"
        else:
            shown = match["shown"]
        return match["head"] + shown + match["foot"]

    return BLOCK.sub(block, text)


def main(arguments: list[str]) -> None:
    """Rewrite README.md."""
    text = refreshed(README.read_text("utf-8"))
    README.write_text(text, "utf-8")
    if "--all" not in arguments:
        return
    # The suite checks this README too, so there must be a closing line for it to check before there is a real one.
    README.write_text(BLOCK.sub(_with_some_closing_line, text), "utf-8")
    try:
        text = refreshed(text, everything=True)
    finally:
        README.write_text(text, "utf-8")


def _with_some_closing_line(match: re.Match[str]) -> str:
    shown = match["shown"] if match["kind"] == "output" or match["shown"] else "1 passed in 1.00s\n"
    return match["head"] + shown + match["foot"]


if __name__ == "__main__":
    main(sys.argv[1:])
