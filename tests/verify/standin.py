"""A package `tensorflow` of some lines, so that what goes wrong around a program can be tried in a moment.

``STANDIN`` says how graphs of functions behave: ``step=hang``, several separated by commas.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

__version__ = os.environ.get("STANDIN_VERSION", "2.99.0")

float32 = SimpleNamespace(name="float32")
int64 = SimpleNamespace(name="int64")


class Tensor:
    """A number."""

    dtype = float32
    shape = ()
    device = "CPU:0"

    def __init__(self, value):
        self.value = value.value if isinstance(value, Tensor) else value

    def numpy(self):
        return np.float32(self.value)

    def __add__(self, other):
        return Tensor(self.value + Tensor(other).value)

    def __mul__(self, other):
        return Tensor(self.value * Tensor(other).value)

    def __float__(self):
        return float(self.value)


class Variable(Tensor):
    """A number that changes."""

    def __init__(self, value, **_):
        super().__init__(value)

    def assign(self, value):
        self.value = Tensor(value).value

    def assign_add(self, value):
        self.value += value


class RaggedTensor:
    """None is made."""


class SparseTensor:
    """None is made."""


class Module:
    """None is made."""


def ones(_shape):
    return Tensor(1.0)


def executing_eagerly():
    return True


nn = SimpleNamespace(relu=lambda x: Tensor(max(x.value, 0.0)))
nest = SimpleNamespace(flatten=lambda value: [value])
random = SimpleNamespace(set_seed=lambda _seed: None)
__internal__ = SimpleNamespace(tracking=SimpleNamespace(Trackable=Module))


class Function:
    """What `function` makes."""

    def __init__(self, python_function):
        self.python_function = python_function
        how = dict(part.split("=") for part in os.environ.get("STANDIN", "").split(",") if part)
        self.how = how.get(python_function.__name__, "")
        self.calls = 0

    def experimental_get_tracing_count(self):
        return min(self.calls, 1)

    def __call__(self, *args, **kwargs):
        self.calls += 1
        if self.how == "hang":
            time.sleep(600)
        if self.how == "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        if self.how == "raise":
            raise TypeError("not in a graph")
        result = self.python_function(*args, **kwargs)
        if self.how == "exit":
            os._exit(3)
        if self.how == "later":  # what is wrong shows elsewhere
            os.environ["STANDIN_LATER"] = "1"
        return result + 1.0 if self.how == "wrong" else result


def function(python_function=None, **_):
    return Function(python_function)


def install(folder: Path) -> Path:
    """Put the package into a folder for the module path."""
    (folder / "tensorflow").mkdir(parents=True)
    (folder / "tensorflow" / "__init__.py").write_text(Path(__file__).read_text(encoding="utf-8"), encoding="utf-8")
    return folder
