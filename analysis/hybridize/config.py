"""The settings of one analysis run, as plain frozen data.

The core never reads files or the environment to find settings: the shell builds a `Config`, or a library user does.
The defaults here are those of ``config/defaults.yaml``; a test holds the two equal.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from hybridize.runs import Runs

Role = Literal["auto", "application", "library"]
SignaturePolicy = Literal["needed", "always"]


class Heuristic(msgspec.Struct, frozen=True):
    """One row of the speculation table (paper, section on speculative analysis).

    A function whose simple name matches the regular expression ``pattern`` in full, and, where ``bases`` is not
    empty, whose class has one of ``bases`` among its ancestors, is taken to have a tensor parameter.
    """

    name: str
    pattern: str
    bases: tuple[str, ...] = ()
    enabled: bool = True


KERAS_MODEL_BASES = ("keras.Model", "keras.Sequential")

DEFAULT_HEURISTICS = (
    Heuristic("train-step", r".*(train|test).*_step"),
    Heuristic("run-model", r"run_model"),
    Heuristic("inference", r".*inference"),
    Heuristic("keras-call", r"call|__call__", KERAS_MODEL_BASES),
)


class Limits(msgspec.Struct, frozen=True):
    """Bounds of the analysis; running into one is visible as a counter and as a reason."""

    file_bytes: int = 4_000_000
    """Larger files are reported (HYB001) and not analyzed."""
    values: int = 8
    """Different values kept apart at one place."""
    contexts: int = 8
    """Different call contexts kept apart per function."""
    depth: int = 40
    """Calls followed at once before the rest is queued."""
    visits: int = 60
    """Times one function body is evaluated in one context before its results are widened."""


class Benefit(msgspec.Struct, frozen=True):
    """From which work on a graph is taken to pay, on a CPU; docs/benefit.md has the measurements.

    Functions that run less, as far as anything is seen, are not suggested for conversion; what repeats may be more.
    """

    operations: int = 27
    """Operations in one call, where all tensors are known to be small. 0: suggest whatever is possible."""
    any_size: int = 10
    """Operations in one call, of whatever size."""
    small: int = 10_000
    """Elements of the largest tensor that counts as small."""


class Config(msgspec.Struct, frozen=True):
    """Everything that changes an answer of `hybridize.analyze`."""

    select: tuple[str, ...] = ()
    """Rule codes or code prefixes to report; empty means every rule."""
    ignore: tuple[str, ...] = ()
    """Rule codes or prefixes not to report; wins over ``select``."""
    exclude: tuple[str, ...] = ()
    """Patterns in `.gitignore` syntax of files to leave out."""
    per_file_ignore: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Pairs of a pattern in `.gitignore` syntax and the codes or prefixes not to report in files that match."""
    severity: tuple[tuple[str, Literal["error", "warning", "info"]], ...] = ()
    """Pairs of a rule code or prefix and the severity of its findings; the longest prefix that fits counts."""
    folder: str = ""
    """The folder that patterns are relative to, and that they speak of; empty: the analysis root."""
    respect_gitignore: bool = True
    source_roots: tuple[str, ...] = ()
    """Folders that imports start from, relative to the analysis root; found by layout where empty."""
    entry_points: tuple[str, ...] = ()
    """Functions that are called from elsewhere, as ``package.module:function`` with ``*`` for any part of a name."""
    infer_input_signatures: bool = True
    input_signature_policy: SignaturePolicy = "needed"
    """Whether suggested decorators get an input signature only where the graph does not run without."""
    hybrid_wrappers: tuple[str, ...] = ()
    """Dotted names of functions that apply `tf.function` to their first argument, or are decorators that do."""
    models: tuple[tuple[str, str], ...] = ()
    """Further rows of library semantics: the name of each file, for messages, and its YAML."""
    follow_type_hints: bool = True
    """Take an annotation such as ``x: tf.Tensor`` as evidence that ``x`` is a tensor."""
    speculation: tuple[Heuristic, ...] = DEFAULT_HEURISTICS
    possible_effects: bool = False
    """Also report side effects that rest on which of several callees or objects a call reaches."""
    reached_bounds: bool = False
    """Also report graphs of which a fact stays open because a limit was reached."""
    booleans_are_literals: bool = False
    keras_major: int = 0
    """2 or 3: the Keras that the program runs with, which decides whether AutoGraph converts layers; 0: found out."""
    role: Role = "auto"
    """Of a library, public functions are not suggested for conversion: tracing is up to its callers."""
    benefit: Benefit = Benefit()
    runs: Runs | None = None
    """What runs of the program showed, as far as it still fits the code."""
    limits: Limits = Limits()
    jobs: int = 0
    """Processes for reading and lowering files; 0 means one per core. The answer does not depend on it."""
