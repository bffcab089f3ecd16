"""A pull request from its review to its merge, on this machine: ``make review-demo``.

A scratch repository, a pull request in it that makes a decorator unsafe and misses an opportunity, and a GitHub to show
it on: the one that the tests use (`tests/bot/github`), on the loopback interface. `hybridize review` runs as in a
workflow, and what it posts is printed. Then its suggestion is committed as GitHub would, what it complains of is
mended, and it runs once more.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.github import apply
from bot.github.forge import Forge

ROOT = Path(__file__).resolve().parent.parent.parent

METRICS = """\
# What is told of the training.


def log_loss(loss):
    return loss
"""
TRAIN = """\
import tensorflow as tf

from metrics import log_loss

model = tf.keras.Sequential([tf.keras.Input([4]), tf.keras.layers.Dense(3)])
optimizer = tf.keras.optimizers.SGD(0.1)


@tf.function
def train_step(inputs, labels):
    with tf.GradientTape() as tape:
        losses = tf.keras.losses.sparse_categorical_crossentropy(labels, model(inputs), from_logits=True)
        loss = tf.reduce_mean(losses)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return log_loss(loss)


def main():
    for _ in range(100):
        inputs = tf.random.normal([32, 4])
        train_step(inputs, tf.zeros([32], tf.int64))


main()
"""
PENALTY = """\
def penalty(inputs, center):
    distance = tf.norm(inputs - center, axis=1)
    near = tf.exp(-tf.square(distance) / 2.0)
    far = tf.sqrt(distance + 1.0) - tf.math.log(distance + 1.0)
    weights = near / tf.reduce_sum(near)
    total = tf.reduce_sum(weights * far)
    spread = tf.reduce_max(distance) - tf.reduce_min(distance)
    return total * tf.tanh(spread) + tf.reduce_mean(tf.abs(inputs)) * 0.01


def main():
"""
LOGGED = METRICS.replace("    return", '    print("loss:", loss)\n    return')
PENALIZED = TRAIN.replace("def main():\n", PENALTY).replace(
    "tf.zeros([32], tf.int64))\n", "tf.zeros([32], tf.int64))\n        print(penalty(inputs, tf.zeros([4])))\n"
)
MENDED = LOGGED.replace("    print(", "    tf.print(").replace("\n\n\ndef", "\n\nimport tensorflow as tf\n\n\ndef")


def main(say: Callable[[str], None] = print) -> int:
    """Play the scene; 0 if the first review fails the check and the second one passes it."""
    with tempfile.TemporaryDirectory() as folder, Forge(Path(folder) / "forge") as forge:
        forge.commit({"metrics.py": METRICS, "train.py": TRAIN})
        pull = forge.open({"metrics.py": LOGGED, "train.py": PENALIZED}, title="Log the loss, add a penalty")
        say(heading(f"Pull request #{pull.number}: {pull.state.title}"))
        say(forge.git("diff", pull.merge_base, pull.head).rstrip())
        first = reviewed(forge, pull, Path(folder) / "first", "opened", say)
        shown(pull, say)

        comment = next(one for one in pull.review_comments if apply.blocks(one.body))
        say(heading("The suggestion is committed, and the print becomes a tf.print"))
        pull.push({**apply.apply_all(pull, [comment]), "metrics.py": MENDED}, "Apply suggestion")
        say(forge.git("show", "--format=%s", pull.head).rstrip())
        second = reviewed(forge, pull, Path(folder) / "second", "synchronize", say)
        shown(pull, say)
    return int((first, second) != (1, 0))


def reviewed(forge: Forge, pull: Any, folder: Path, action: str, say: Callable[[str], None]) -> int:
    """Review the pull request as a workflow does, with the merge of head and base checked out; its exit code."""
    clone = forge.checkout(folder, pull, merge=True)
    event = pull.write_event(folder.parent / f"{folder.name}.json", action)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "GIT_"))}
    environment = {
        **kept, **forge.environment(), "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event),
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "analysis"))), "PYTHONSAFEPATH": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "hybridize_bot", "review"],
        cwd=clone, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
    )  # fmt: skip
    say(heading("hybridize review"))
    say(done.stdout.rstrip())
    say(f"\nThe check {'passes' if done.returncode == 0 else 'fails'} (exit code {done.returncode}).")
    return done.returncode


def shown(pull: Any, say: Callable[[str], None]) -> None:
    """Print what stands on the pull request."""
    for one in pull.review_comments:
        at = one.current or one.original
        state = "minimized as outdated" if one.minimized else "live"
        say(heading(f"Comment on {at.path}:{at.line} ({state})", "-"))
        say(one.body)
    for one in pull.comments:
        say(heading("Summary", "-"))
        say(one.body)


def heading(text: str, line: str = "=") -> str:
    """A line of its own."""
    return f"\n{text}\n{line * len(text)}\n"


if __name__ == "__main__":
    sys.exit(main())
