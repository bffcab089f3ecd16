"""Which functions are suggested for conversion: those whose verdict is P1, less those that something holds back.

A verdict says what is true of a function by the decision table. Before it becomes a suggestion (HYB301), the outermost
functions with that verdict are looked at once more. What would be reported in the function's graph, if there were one,
is an *obstacle*: the same observers and the same rules as for graphs that there are look at a graph that is supposed.
So is a body that runs too little for a graph to pay, where that is certain, and the role of the project: what is public
in a library is for its callers to trace. Where the function was run as a graph (`hybridize verify`), what came of it
stands in place of guesses: what went wrong is an obstacle, and what went right leaves no doubts.

Nobody pays for functions with another verdict, and nobody twice for what several functions call.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

import msgspec

from hybridize.config import Benefit
from hybridize.domains.atoms import Atom, Lib
from hybridize.finding import Finding, Severity, Span
from hybridize.project.tests import is_test
from hybridize.report import FunctionReport, Gain, Observation, Obstacle, Opportunity, Role
from hybridize.rules import _registry
from hybridize.runs import AGAINST, FunctionEvidence

PREVENTS: Final = ("side_effects", "eager_only_call", "recursive", "numpy_on_parameter", "tensor_iteration")
"""Facts that keep a function from being a graph, whoever calls it with what."""

Key = tuple[str, str]
"""Path and qualified name of a function."""


class Questions(NamedTuple):
    """What is asked of a candidate, and of no other function."""

    if_traced: Callable[[FunctionReport], Sequence[Observation]]
    """What a graph of it would do otherwise than Python does."""
    gain: Callable[[FunctionReport], Gain]
    public: Callable[[FunctionReport], bool]
    """Whether others than the project may call it."""
    seen_eager: Callable[[Callable[[FunctionReport], bool]], AbstractSet[Span]]
    """What the program, tests aside, is seen to run without a graph around it; of which functions that holds for what
    they call as well, is asked."""
    expected: Callable[[FunctionReport], Iterable[Atom]]
    """The classes of errors that some calls of it are expected to raise."""
    keras_call: Callable[[FunctionReport], bool]
    """Whether it is the ``call`` of a layer or model."""


def with_opportunities(
    functions: Sequence[FunctionReport], questions: Questions, benefit: Benefit, role: Role
) -> tuple[FunctionReport, ...]:
    """The reports, those of candidates with their `Opportunity`."""
    return tuple(_Opportunities(functions, questions, benefit, role).all(functions))


class _Opportunities:
    """One pass over the functions of a program."""

    def __init__(self, functions: Sequence[FunctionReport], questions: Questions, benefit: Benefit, role: Role) -> None:
        self._functions: Mapping[Key, FunctionReport] = {(one.path, one.qualname): one for one in functions}
        self._ask = questions
        self._benefit = benefit
        self._role = role
        self._known: dict[Span, Opportunity] = {}
        self._found: dict[Span, tuple[Finding, ...]] = {}
        self._covered: dict[Key, bool] = {}

    def all(self, functions: Sequence[FunctionReport]) -> list[FunctionReport]:
        """The reports, in their order."""
        return [
            msgspec.structs.replace(function, opportunity=self._opportunity(function))
            if function.verdict.precondition == "P1" and not function.nested and not self._is_covered(function)
            else function
            for function in functions
        ]

    def _opportunity(self, function: FunctionReport) -> Opportunity:
        known = self._known.get(function.span)
        if known is None:
            run = function.as_graph
            found = self._hazards(function)
            gain = self._ask.gain(function)
            hazards = (_hazard(one) for one in found if one.severity is Severity.ERROR)
            benefit = (*self._too_little(gain), *self._unseen(function)) if run is None else _lost(run)
            known = self._known[function.span] = Opportunity(
                (
                    *hazards,
                    *self._other_errors(function),
                    *_contradicted(run),
                    *benefit,
                    *self._left_to_callers(function),
                ),
                tuple(_doubt(one) for one in found if one.severity is Severity.WARNING) if not function.proven else (),
                gain,
            )
        return known

    def _too_little(self, gain: Gain) -> Iterator[Obstacle]:
        """An obstacle where nothing says that a call runs as many operations as a graph pays from."""
        least = self._benefit
        if not least.operations:
            return
        if gain.most is None:
            if max(gain.operations, gain.worth) < least.any_size and not gain.repeats:
                seen = f"a call is seen to run {gain.operations} operation{'s' if gain.operations != 1 else ''}"
                yield Obstacle(
                    "benefit", f"{seen}, fewer than {least.any_size}, and the rest is not known: {gain.unknown}"
                )
            return
        ran = f"a call runs no more than {gain.most} operation{'s' if gain.most != 1 else ''}"
        if gain.most < least.any_size:
            none = f"a graph of fewer than {least.any_size} gains little or nothing, whatever their size"
            yield Obstacle("benefit", f"{ran}: {none}")
        elif gain.small and gain.most < least.operations:
            yield Obstacle("benefit", f"{ran} on small tensors: a graph pays from some {least.operations} on")

    def _other_errors(self, function: FunctionReport) -> Iterator[Obstacle]:
        """An obstacle where a call is to raise an error of TensorFlow's: what does not fit raises others in traces."""
        names = (atom.name for atom in self._ask.expected(function) if isinstance(atom, Lib))
        errors = sorted(name for name in names if name.startswith("tensorflow.errors."))
        if errors:
            error = errors[0].replace("tensorflow", "tf", 1)
            yield Obstacle("hazard", f"a call is expected to raise `{error}`: while tracing, it may be a ValueError")

    def _unseen(self, function: FunctionReport) -> Iterator[Obstacle]:
        """An obstacle where nothing says that graphs do not contain the function already, or should not."""
        if function.span not in self._seen_eager:
            yield Obstacle("benefit", "nothing but tests is seen to run it outside of graphs, if anything is")
        elif self._ask.keras_call(function):
            yield Obstacle("benefit", "Keras runs it: a graph belongs around what calls the model")
        elif function.span not in self._called_by_python:
            yield Obstacle("benefit", "what calls it takes tensors, too: a graph belongs there, if there is none yet")

    @functools.cached_property
    def _seen_eager(self) -> AbstractSet[Span]:
        return self._ask.seen_eager(lambda _: True)

    @functools.cached_property
    def _called_by_python(self) -> AbstractSet[Span]:
        """What is seen to run in Python that is no place for a graph: a script, a loop that prints."""
        return self._ask.seen_eager(lambda function: not self._is_place(function))

    def _is_place(self, function: FunctionReport) -> bool:
        """Whether a graph of all that a function does is what one would want: it takes tensors, and may be one.

        What a layer or model does belongs into the graph of what calls it.
        """
        if self._ask.keras_call(function):
            return True
        if function.hybrid or function.facts["tensor_parameter"].value is not True:
            return False
        if any(function.facts[name].value is True for name in PREVENTS):
            return False
        if function.verdict.precondition != "P1":
            return True
        against = function.as_graph is not None and function.as_graph.outcome in AGAINST
        return not against and all(one.severity is not Severity.ERROR for one in self._hazards(function))

    def _hazards(self, function: FunctionReport) -> tuple[Finding, ...]:
        """What would be reported in a graph of it."""
        if function.span not in self._found:
            found = _registry.hazards(self._functions, self._ask.if_traced(function))
            self._found[function.span] = tuple(found)
        return self._found[function.span]

    def _left_to_callers(self, function: FunctionReport) -> Iterator[Obstacle]:
        if self._role.name == "library" and self._ask.public(function):
            yield Obstacle(
                "role",
                f"the project is a library ({self._role.reason}), whose callers decide what they trace; "
                "`role: application` in the configuration asks for it",
            )

    def _is_traced_by_others(self, function: FunctionReport) -> bool:
        """Whether it may be part of graphs that nobody here sees: public in a library, with nothing against a graph."""
        against = (function.facts[name].value for name in PREVENTS)
        return self._role.name == "library" and self._ask.public(function) and True not in against

    # -- what others make part of their graphs -------------------------------------------------------------------------

    def _is_covered(self, function: FunctionReport) -> bool:
        """Whether every caller is a graph, or is to become one: the function becomes part of their graphs.

        Tests call alone what the program has in larger graphs; how the program runs it is what counts.
        """
        key = (function.path, function.qualname)
        known = self._covered.get(key)
        if known is None:
            self._covered[key] = True  # functions that only call one another are called from nowhere
            callers = [caller for caller in function.callers if caller != key and not is_test(caller[0])]
            known = self._covered[key] = bool(callers) and all(map(self._contains, callers))
        return known

    def _contains(self, caller: Key) -> bool:
        function = self._functions.get(caller)
        if function is None:
            return False
        if function.hybrid:
            return True
        if function.verdict.precondition != "P1":
            return self._is_traced_by_others(function)
        if function.nested or self._is_covered(function):
            return True
        # Whoever traces a public function of a library traces with it what that calls.
        return all(obstacle.kind == "role" for obstacle in self._opportunity(function).obstacles)


def _contradicted(run: FunctionEvidence | None) -> Iterator[Obstacle]:
    """An obstacle where a run of the graph came out wrong."""
    if run is not None and run.outcome in AGAINST:
        ways = {"different": "its results differ as a graph", "raises": "as a graph it raises"}
        way = ways.get(run.outcome, f"as a graph it was traced {run.traces} times in {run.calls} calls")
        yield Obstacle("run", f"{way}{f': {run.message}' if run.message else ''}")


def _lost(run: FunctionEvidence) -> Iterator[Obstacle]:
    """An obstacle where a run of the graph took longer than Python did."""
    if run.outcome == "equal-but-slower":
        times = run.eager_ms, run.graph_ms
        took = "" if None in times else f": {times[1]:.3g} ms per call, {times[0]:.3g} ms without"
        yield Obstacle("benefit", f"it was run as a graph, which is slower{took}")


def _hazard(finding: Finding) -> Obstacle:
    place = f"{finding.span.path}:{finding.span.line}"
    return Obstacle("hazard", f"{finding.code} at {place}: {finding.message}", finding.code, finding.span)


def _doubt(finding: Finding) -> str:
    return f"nothing comes of this ({finding.code} at {finding.span.path}:{finding.span.line}): {finding.message}"
