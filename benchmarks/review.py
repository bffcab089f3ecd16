"""What a large pull request costs: ``python benchmarks/review.py [--publish]``.

It has 400 files and causes 500 findings, a fifth of them with safe fixes. `hybridize review` runs as in a workflow, on
the GitHub that the tests use, three times: the pull request is new, nothing has changed, everything is mended. It needs
the packages of the extra ``test``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from _measure import ROOT, TOOL, Run, commit, machine, middle, publish, run, spread, table

sys.path.insert(0, str(ROOT / "tests"))

from bot.github.forge import Forge

FILES = 400
PRINTS, MISSED = 400, 100
"""Findings: decorators that become unsafe, and functions that could have one."""

MODULE = """\
import tensorflow as tf

from package.helpers import scale


class Model(tf.Module):
    def __init__(self):
        self.weights = tf.Variable(tf.ones([10, 10]))

    @tf.function
    def step(self, inputs):
        result = tf.matmul(inputs, self.weights)
        for index in tf.range(3):
            result = tf.nn.relu(result + tf.cast(index, tf.float32))
        return scale(result)

    def run(self, data):
        for batch in data:
            self.step(batch)


def main():
    Model().run(tf.data.Dataset.from_tensor_slices(tf.ones([100, 10])).batch(10))


main()
"""
HELPERS = "def scale(value):\n    return value * 2.0\n"
DISTANCE = """\
def distance(one, other):
    squares = tf.square(one - other)
    mean = tf.sqrt(tf.reduce_mean(squares))
    spread = tf.reduce_max(squares) - tf.reduce_min(squares)
    for _ in range(5):
        mean = mean + tf.exp(-mean) + tf.tanh(spread) / tf.cosh(mean)
    return mean + tf.norm(one)


print(distance(tf.ones([3]), tf.zeros([3])))


def main():
"""


def program(prints: int, missed: int) -> dict[str, str]:
    """A program of `FILES` modules, by path; the first of them cause findings."""
    files = {"package/__init__.py": "", "package/helpers.py": HELPERS}
    for number in range(FILES):
        text = MODULE
        if number < prints:
            text = text.replace("        for index in", "        print('result:', result)\n        for index in")
        if number < missed:
            text = text.replace("def main():\n", DISTANCE)
        files[f"package/part_{number // 40}/model_{number}.py"] = text
        files[f"package/part_{number // 40}/__init__.py"] = ""
    return files


def reviewed(forge: Forge, clone: Path, event: Path) -> tuple[Run, int]:
    """One run, and how many requests it sent."""
    before = len(forge.requests)
    variables = {**forge.environment(), "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event)}
    given = [f"{name}={value}" for name, value in variables.items()]
    done = run(["env", *given, *TOOL, "review", "--isolated", "--no-cache"], clone)
    if done.code > 1:
        raise SystemExit(done.errors)
    return done, len(forge.requests) - before


def main() -> None:
    """Measure, then print or publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="turns (default: 3)")
    parser.add_argument("--publish", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    runs: dict[str, list[Run]] = {}
    requests: dict[str, set[int]] = {}
    told: dict[str, str] = {}
    for turn in range(options.runs):
        print(f"{turn + 1} of {options.runs}", file=sys.stderr)
        with tempfile.TemporaryDirectory() as scratch, Forge(Path(scratch, "forge")) as forge:
            forge.commit(program(0, 0))
            pull = forge.open(program(PRINTS, MISSED))
            for name in ("new", "nothing changed", "all mended"):
                if name == "all mended":
                    pull.push(program(0, 0))
                    pull.push({"README.md": "Mended.\n"})
                clone = forge.checkout(Path(scratch, name.replace(" ", "-")), pull)
                action = "synchronize" if name == "all mended" else "opened"
                event = pull.write_event(Path(scratch, "event.json"), action)
                done, sent = reviewed(forge, clone, event)
                runs.setdefault(name, []).append(done)
                requests.setdefault(name, set()).add(sent)
                told[name] = done.errors.strip().splitlines()[-1]
    rows = []
    for name, several in runs.items():
        usual = middle(several)
        sent = "–".join(str(count) for count in sorted({min(requests[name]), max(requests[name])}))
        cells = (f"{usual.seconds:.1f}", spread(several), f"{usual.cpu:.1f}", f"{usual.megabytes:.0f}", sent)
        rows.append((name, *cells, told[name]))
    head = ("pull request", "median s", "range s", "CPU s", "peak MB", "requests", "what it says")
    what = f"{FILES} files, {PRINTS + MISSED} findings"
    text = f"{what}. Commit {commit()}; {machine()}; {options.runs} runs each.\n\n{table(head, rows)}"
    print(text)
    if options.publish:
        publish("review", text)


if __name__ == "__main__":
    main()
