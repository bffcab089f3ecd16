"""Small projects in git repositories, for the tests of the hook and the Action."""

import os
import subprocess

SAFE = """\
import tensorflow as tf

from helper import scale


@tf.function
def step(x):
    return scale(x) + 1.0


step(tf.constant([1.0, 2.0]))
"""
UNSAFE = SAFE.replace("    return", '    print("step")\n    return')

HELPER = """\
def scale(x):
    return 2.0 * x
"""
PRINTING_HELPER = HELPER.replace("    return", '    print("scale")\n    return')


class Repository:
    """A git repository in a folder of its own."""

    def __init__(self, folder, **environment):
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTHON"))},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in IDENTITY.items()},
            **environment,
        }
        folder.mkdir(parents=True, exist_ok=True)
        self.run("git", "init", "--quiet", "--initial-branch=main")

    def try_(self, *command, **environment):
        """Run a command in the folder; return the finished process with both streams as one text."""
        return subprocess.run(
            [str(part) for part in command],
            cwd=self.folder,
            env={**self.environment, **environment},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def run(self, *command, **environment):
        """Run a command that must succeed; return its output."""
        done = self.try_(*command, **environment)
        assert done.returncode == 0, done.stdout
        return done.stdout.strip()

    def write(self, **files):
        """Write modules, named without their suffix, and stage them."""
        for name, text in files.items():
            (self.folder / f"{name}.py").write_text(text)
        self.run("git", "add", "--all")


IDENTITY = {"NAME": "A Tester", "EMAIL": "tester@localhost"}
