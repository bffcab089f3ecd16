"""What `hybridize inspect` reports, schema 1: one record per function, and the findings on top.

The types mirror the documented JSON one to one; `msgspec.json.encode` of a `FunctionReport` is its public form.
Fields whose comment says "extra" go beyond the schema, which allows additional keys.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from hybridize.finding import Finding, Span, Suppressed
from hybridize.runs import FunctionEvidence
from hybridize.specs import Spec, Specs

__all__ = [
    "FACTS",
    "SCHEMA",
    "Basis",
    "Evidence",
    "Fact",
    "FileSummary",
    "FunctionReport",
    "Gain",
    "Hybridization",
    "Obstacle",
    "Opportunity",
    "Parameter",
    "Report",
    "Role",
    "Spec",
    "Specs",
    "Verdict",
]

SCHEMA = 1
"""Version of the inspect schema; renaming or removing a key raises it."""

Basis = Literal["annotation", "flow", "speculation", "trace"]

FACTS = (
    "tensor_parameter",
    "literal_parameter",
    "side_effects",
    "recursive",
    "tensor_computation",
    "eager_only_call",
    "numpy_on_parameter",
    "invalid_name_argument",
    "stale_variable_read",
    "tensor_iteration",
    "dtype_conflict",
    "keras_symbolic_argument",
    "callers_covered",
    "unresolved_static_axis",
    "refused_result",
    "needs_arrays",
    "endless_recursion",
    "temporary_receiver",
    "stale_state_read",
    "draws_random",
)
"""The facts of the decision table, in the order of the schema, five more that runs of TensorFlow ask for, and one that
decides nothing: what makes a conversion unsafe that is possible."""


class Evidence(msgspec.Struct, frozen=True):
    """The line that proves a fact (a SITE of the schema), and the calls that lead to it, nearest first."""

    path: str
    line: int
    text: str
    via: tuple[str, ...] = ()
    kind: str = ""
    """Extra: what happens there, such as ``io``, ``writes-global``, ``writes-attribute``, ``rng``."""
    detail: str = ""
    """Extra: a clause that completes "which …", such as ``prints``, ``writes global `m.counts` ``."""
    at: Span | None = None
    """Extra: the span inside the reported function: the effect itself, or the call that leads to it."""
    calls: tuple[tuple[str, Span], ...] = ()
    """Extra: (callee, span of its definition) for each step of ``via``."""
    span: Span | None = None
    """Extra: the exact region of the proof."""
    certain: bool = True
    """Extra: no step on the way is a guess among several callees or objects."""
    assumes: str = ""
    """Extra: where the only doubt is which function some call reaches, the answer that leads here."""
    parameter: str = ""
    """Extra: the parameter that a call passes something for."""
    for_trace: bool = False
    """Extra: it stands under ``init_scope``, or leads to a `raise`: what happens once per trace is meant to."""


class Fact(msgspec.Struct, frozen=True):
    """A three-valued answer. ``value`` None is undetermined and then ``reason`` says why."""

    value: bool | None
    basis: Basis | None = None
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""


class Parameter(msgspec.Struct, frozen=True):
    """One parameter and what reaches it. ``tensor`` None: cannot be told.

    NumPy arrays count as tensors where the function is hybrid, or a graph of it could get them as tensors.
    """

    name: str
    kind: Literal["positional-only", "positional-or-keyword", "var-positional", "keyword-only", "var-keyword"]
    tensor: bool | None
    literal: bool | None
    types: tuple[Specs, ...] = ()
    basis: Basis | None = None
    reason: str = ""
    """Extra: why ``tensor`` is None."""
    varies: bool = False
    """Extra: calls pass different Python literals, or one that is computed."""
    complete: bool = False
    """Extra: everything that calls pass is known, so that ``types`` names every tensor type among it."""
    doubt: str = ""
    """Extra: why something else may be passed than the tensors that are known, for which ``literal`` is False."""


class Hybridization(msgspec.Struct, frozen=True):
    """How a function becomes hybrid; ``arguments`` maps `tf.function` argument names to source text."""

    form: Literal["decorator", "call"]
    line: int
    arguments: dict[str, str]
    input_signature: tuple[Specs, ...] | None = None
    span: Span | None = None
    """Extra: the decorator or the call; it may be in another file than the function."""
    refused: str = ""
    """Extra: a clause that says why TensorFlow refuses the input signature for this function, whoever calls it."""
    overridden: tuple[tuple[str, str, Span], ...] = ()
    """Extra: (parameter, value, call): the input signature leaves the parameter out, and this is not its default."""
    mismatched: tuple[tuple[str, str, Span], ...] = ()
    """Extra: (parameter, type, call): the parameter's entry of the input signature does not admit this tensor."""
    questionable: tuple[tuple[str, str, Span], ...] = ()
    """Extra: (parameter, type, call): the entry may not admit this tensor, which the call may pass."""


class Verdict(msgspec.Struct, frozen=True):
    """What to do with one function, by the decision table."""

    action: Literal["convert-to-hybrid", "convert-to-eager", "reconfigure"] | None = None
    precondition: Literal["P1", "P2", "P3", "P4", "P5", "P6"] | None = None
    failures: tuple[str, ...] = ()
    signature_relation: Literal["agreement", "broader", "tighter", "incomparable"] | None = None


class Obstacle(msgspec.Struct, frozen=True):
    """Why a function that could run as a graph by the decision table is not suggested for it.

    ``hazard``: a rule would report an error in its graph; ``run``: the graph was run, and came out wrong; ``benefit``:
    nothing to gain; ``role``: the callers' choice.
    """

    kind: Literal["hazard", "run", "benefit", "role"]
    reason: str
    """A clause: ``HYB111 would be reported at m.py:7: …``."""
    code: str = ""
    """The rule, for a hazard."""
    span: Span | None = None
    """Where the hazard stands."""


class Gain(msgspec.Struct, frozen=True):
    """What one call runs operation by operation, and a graph would run at once: an estimate from the text."""

    operations: int = 0
    """So many are seen, with each loop of unknown length once, and the arms of conditions that run least."""
    most: int | None = None
    """No call runs more; None where that is not known."""
    unknown: str = ""
    """Why it is not known."""
    small: bool = False
    """All tensors are known to be small."""
    worth: int = 0
    """What a call takes, in small operations: calls of Keras take more than the operations that they run."""
    repeats: bool = False
    """Part of it runs as often as the data says."""


class Opportunity(msgspec.Struct, frozen=True):
    """What is to be considered before a function with the verdict P1 is made a graph."""

    obstacles: tuple[Obstacle, ...] = ()
    """Nothing, if the conversion is suggested (HYB301)."""
    doubts: tuple[str, ...] = ()
    """What the graph might do otherwise than Python does, but not for sure: the suggestion rests on its absence."""
    gain: Gain = Gain()


class FunctionReport(msgspec.Struct, frozen=True):
    """Everything known of one function."""

    path: str
    qualname: str
    line: int
    end_line: int
    hybrid: bool
    hybridization: Hybridization | None
    parameters: tuple[Parameter, ...]
    facts: dict[str, Fact]
    input_signature: dict[str, Specs] | None
    input_signature_absence: str
    verdict: Verdict
    assumptions: tuple[str, ...]
    span: Span
    """Extra: the `def` statement's header, from ``def`` to the name's end."""
    method: bool = False
    """Extra: defined in a class body and not a static method."""
    signature_wanted: bool = False
    """Extra: the configuration asks for the inferred signature on new decorators."""
    signature_needed: bool = False
    """Extra: as a graph, the function runs only with the inferred signature, which converts NumPy arguments."""
    nested: bool = False
    """Extra: defined in another function, and so made anew whenever that one runs."""
    callers: tuple[tuple[str, str], ...] = ()
    """Extra: (path, qualname) of the functions that call it; qualname is empty for a module's top level."""
    opportunity: Opportunity | None = None
    """Extra: of functions with the verdict P1, but for nested ones and those that others make part of their graphs."""
    run: FunctionEvidence | None = None
    """Extra: what came of running it otherwise than it is written, as long as it is the same code."""

    @property
    def as_graph(self) -> FunctionEvidence | None:
        """What came of running it as a graph, if that tells something."""
        return self.run if self.run is not None and self.run.change == "decorate" else None

    @property
    def proven(self) -> bool:
        """Whether it was run as a graph and did the same, in no more time."""
        return self.as_graph is not None and self.as_graph.outcome == "proven"


OBSERVATIONS = {
    "eager-method": "a method of a symbolic tensor or of a variable is called that only eager tensors have",
    "truth-of-tensor": "Python asks for the truth value of a symbolic tensor, where AutoGraph does not ask for it",
    "iterates-tensor": "Python takes the items of a symbolic tensor, other than in a plain `for` that is converted",
    "numpy-on-tensor": "NumPy, SciPy or `math` gets a symbolic tensor",
    "array-method": "an argument that callers pass as a NumPy array, a tensor in the graph, is used as an array",
    "number-of-tensor": "a number of Python is asked of a symbolic tensor: by a format, `int`, `len`",
    "text-of-tensor": "a symbolic tensor becomes a text of Python: its name, not its value",
    "tensor-as-index": "a symbolic tensor is the index into a list, a tuple, a text or an array",
    "truth-of-number": "AutoGraph asks for the truth of a tensor that is no bool",
    "creates-variable": "a variable, or something with variables, is made in every trace",
    "lazy-variable": "a variable, or something with variables, is made in the first trace and kept",
    "host-call": "a function of a library is called that only works outside of graphs",
    "raise-in-branch": "a condition on a tensor leads to a `raise`, which tracing comes to in any case",
    "return-in-branch": "one way of a condition on a tensor returns, another leaves the statements around it without",
    "undefined-in-branch": "a name is bound on one way of a condition on a tensor alone, and read behind it",
    "none-in-branch": "a name is None on one way of a condition on a tensor, and a tensor on the other",
    "dtype-in-branch": "a name has different dtypes on the two ways of a condition on a tensor",
    "structure-in-branch": "a name has different structures on the two ways of a condition on a tensor",
    "object-in-branch": "a condition on a tensor chooses between functions or classes",
    "return-in-loop": "a `return` under a condition stands in a loop of the graph",
    "break-on-tensor": "a condition on a tensor decides when a loop of Python ends",
    "none-before-loop": "a loop of the graph asks whether a name is None that is None before it, and binds it",
    "loop-changes-dtype": "a loop of the graph adds a float to a name that is an int before it",
    "grows-list": "a list grows in a loop of the graph, or on one way of a condition on a tensor",
    "write-forgotten": "nobody keeps the array that a write to a TensorArray gives",
    "python-effect": "a function that `tf.data` or Keras traces has a Python side effect",
    "keeps-symbolic": "a symbolic tensor, or what becomes one, is put where it outlives its trace",
    "caches-symbolic": "a cache of `functools` keeps a symbolic tensor",
    "generator-traced": "a generator or coroutine is under `tf.function`",
    "descriptor-traced": "`tf.function` is put over `staticmethod`, `classmethod` or `property`",
    "call-traced": "`tf.function` is put on the `call` of a Keras layer that Keras has to build",
    "argument-changed": "a list or dict that is an argument of a traced function is changed",
    "array-test": "an argument that callers pass as an array is asked whether it is one",
    "keras-symbolic": "a placeholder of Keras is passed to a traced function",
    "refused-result": "what starts a trace returns what a graph cannot",
    "name-argument": "an operation gets something for its name that is no valid name",
    "loop-changes-shape": "a loop of the graph puts more into a tensor of fixed shape",
    "loop-reads-unbound": "a loop of the graph reads a name that nothing before the loop binds",
    "nonlocal-in-loop": "a loop of the graph calls a nested function that binds a variable of the function around it",
    "late-binding": "a lambda made in a loop of Python outlives its turn and reads the loop's variable",
    "closure-before-loop": "a lambda made before a loop of the graph reads what the loop binds",
    "thread": "a thread or process is started, or waited for where it was started",
    "sees-internals": "the names of the function are asked for, which AutoGraph has added to",
    "symbolic-in-init-scope": "a symbolic tensor is used in an `init_scope`",
    "receiver-unfit": "`tf.function` is on a method of objects that cannot be hashed, or referred to weakly",
    "narrows": "`int` or `float` of a 64-bit tensor becomes a cast to 32 bits",
    "reads-environment": "the environment of the process, or a context variable, is read",
    "unused-operation": "nobody uses what an operation gives",
    "unhashable-argument": "an argument of a traced function is no tensor, no structure, and has no hash",
    "embeds-array": "a large array that Python holds becomes a constant of the graph",
    "returns-variable": "what starts a trace returns a variable",
    "tape-escapes": "a gradient tape is kept in an attribute, or a container from outside",
    "late-error": "a handler waits for an error that happens when the graph runs",
    "endless-dataset": "Python takes all items of a dataset, which never end while tracing",
    "dropped-by-xla": "XLA compiles a check, and leaves it out",
    "refused-by-xla": "XLA is to compile an operation that it has no code for",
    "array-under-xla": "XLA compiles a TensorArray that grows, which comes out empty",
    "assigns-argument": "a variable is assigned to that the input signature turns into a tensor",
    "needs-open-axis": "the size of an axis that the input signature leaves open, None, is used as a number",
    "compares-open-axis": "a shape with an axis that the input signature leaves open is compared to one of numbers",
    "accumulates-in-init-scope": "a variable is added to in an `init_scope`, and so once per trace",
    "asks-mode": "the mode of execution is asked for, before something that is done in eager execution alone",
    "equal-seeds": "an operation draws random numbers with the seed of another one",
    "sorted-keywords": "a sequence is made of `**named` in its order, which a trace sorts",
    "copies-tensor": "pickle or `deepcopy` gets a symbolic tensor",
    "pickles-function": "pickle gets a function under `tf.function`",
    "needs-graph": "what needs a graph is called where Python runs the code",
    "without-source": "`tf.function` gets a function that was made of text",
    "caches-tensor": "a cache of `functools` is over a function that gets tensors",
    "staged-exception": "an exception is raised that AutoGraph cannot raise anew, and for which a caller waits",
    "item-out-of-bounds": "an item is taken that the tensor does not have, on one way of a condition on a tensor",
    "leaves-distributed-loop": "a loop over a distributed dataset is left by `break`",
    "creates-variable-later": "a variable is made for each new value of an argument",
    "no-scope-name": "a graph calls a layer or model whose name is not that of a scope",
    "equal-objects-differ": "an attribute is read in which two equal objects differ that share a trace",
    "variables-before-call": "the variables of a model are read before the call that makes them",
    "builds-second": "the variables of several models or optimizers are made, one after the other",
    "frozen-late": "a layer is frozen, or thawed, between two calls of the traced step that trains it",
    "made-anew": "a `tf.function` is made whenever the code runs, for the calls that stand there",
    "fresh-argument": "a traced function is given what is new whenever the code runs",
    "eager-replicas": "a distribution strategy runs a function of Python over and over, outside of graphs",
    "eager-model": "a model of Keras is called over and over outside of graphs",
    "graphs-off": "a program turns graphs off for good",
    "no-function": "`tf.function` is given a list or a tuple in place of the function",
}
"""What the analysis observes in code that is traced: kind to what happens there. Rules are made of these."""


class Trace(msgspec.Struct, frozen=True):
    """What makes a graph of the code at a place."""

    by: Literal["tf.function", "tf.data", "keras"]
    function: str
    """Qualified name of the function that the trace starts with."""
    span: Span
    """The decorator, or the call that traces."""
    calls: tuple[tuple[str, Span], ...] = ()
    """(callee, span of its definition) of each call from that function to the place."""
    supposed: bool = False
    """Nothing traces the function: the observation says what would happen if a `tf.function` stood on it."""


class Observation(msgspec.Struct, frozen=True):
    """Something at a place of traced code that a graph does not do as Python does; ``kind`` is one of `OBSERVATIONS`.

    It answers three questions: what traces the code, whether AutoGraph converts it there, and which tensors are meant.
    """

    kind: str
    span: Span
    function: str
    """Qualified name of the function around the place; empty at the top level of a module."""
    text: str
    """The code at ``span``."""
    detail: str
    """What does it, as the kind has it: the method, the construct."""
    types: tuple[str, ...]
    """The tensors it is about, such as ``float32[?, 3]``."""
    trace: Trace | None
    """None: it is about code that Python runs, such as calls of traced functions."""
    converted: bool | None
    """Whether AutoGraph converts the code there; None if it cannot be told, or nobody traces it."""
    unconverted: str = ""
    """Why it does not: autograph=False, do_not_convert, keras, walrus, match, loop-else, mangled-name, …"""
    unconverted_at: Span | None = None
    assumes: tuple[str, ...] = ()
    """What it rests on without proof; nothing, if it happens in every trace that runs to its end."""
    caught: Span | None = None
    """The handler in the same function that catches what is raised there."""


class Role(msgspec.Struct, frozen=True):
    """Extra: what a project is to those who use it, and why it is taken for that: a clause."""

    name: Literal["application", "library"]
    reason: str
    packages: tuple[str, ...] = ()
    """The packages that others may import."""
    inside: bool = False
    """The analysis root is in such a package."""


class FileSummary(msgspec.Struct, frozen=True):
    """Extra: one analyzed file."""

    path: str
    lines: int
    parsed: bool
    cells: tuple[tuple[int, int], ...] = ()
    """Of a notebook: (number, first line) of each cell of Python; the lines of all cells count together."""


class Report(msgspec.Struct, frozen=True):
    """The answer of `hybridize.analyze`: functions and findings in one canonical order, and counters for ``-v``."""

    version: str
    root: str
    functions: tuple[FunctionReport, ...]
    findings: tuple[Finding, ...]
    files: tuple[FileSummary, ...]
    counters: dict[str, int]
    observations: tuple[Observation, ...] = ()
    """What was observed in code that is traced, by place."""
    reveals: tuple[tuple[str, int, str], ...] = ()
    """(path, line, value) of each ``reveal(x)`` in the program: a way for tests to look inside."""
    role: Role | None = None
    suppressed: tuple[Suppressed, ...] = ()
    """Findings that are not reported, since a comment in the code says so."""

    @property
    def function_count(self) -> int:
        """How many functions there are, also where the report was made without them."""
        return self.counters.get("functions", len(self.functions))
