"""One report per function: facts, hybridization, verdict, each with its evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hybridize.analyses import coercions, decorator_arguments, describe, relation, signatures
from hybridize.analyses.array_arguments import ArrayArguments, array_arguments
from hybridize.analyses.callgraph import CallGraph
from hybridize.analyses.effects import EffectAnalysis, Occurrence, reason_of
from hybridize.analyses.parameters import LiteralSite, literal_sites, parameter_facts, receiver_name, specs_of
from hybridize.analyses.receivers import Receivers
from hybridize.analyses.recursion import Recursion
from hybridize.analyses.results import refused_result
from hybridize.analyses.stale_state import StaleState
from hybridize.analyses.static_axes import StaticAxes
from hybridize.analyses.usage import UsageAnalysis, as_evidence
from hybridize.config import Config
from hybridize.finding import Span
from hybridize.interproc.events import Hybridized, Use
from hybridize.interproc.machine import Machine
from hybridize.reasons import Reason
from hybridize.report import FACTS, Basis, Evidence, Fact, FunctionReport, Hybridization, Parameter
from hybridize.syntax.code import Code, Position
from hybridize.syntax.source import SourceFile
from hybridize.verdict import Signature, decide

Sources = Mapping[str, SourceFile]
ArgumentTexts = Callable[[SourceFile, Position, bool, tuple[str, ...]], dict[str, str]]
"""(file, position of a decorator or call, is a decorator, names of positional ones) to the text of its arguments."""

MAX_SITES: Final = 3
"""Calls shown that pass a literal for one parameter."""

KERAS_LAYERS: Final = ("keras.layers.Layer", "keras.Layer", "keras.Model", "keras.Sequential")
NOT_ANALYZED: Final = Fact(value=None, reason=Reason.NOT_ANALYZED.value)


class FunctionReports:
    """Builds the reports of a finished run."""

    def __init__(self, machine: Machine, sources: Sources, config: Config, texts: ArgumentTexts) -> None:
        self.machine = machine
        self.sources = sources
        self.config = config
        self.texts = texts
        self._guesses = config.possible_effects
        self.graph = CallGraph(machine)
        self.effects = EffectAnalysis(machine, self.graph)
        self.usage = UsageAnalysis(machine, self.graph)
        self.recursion = Recursion(machine, self.graph)
        self.receivers = Receivers(machine, self.graph, self.effects)
        self.stale_state = StaleState(machine, self.graph)
        self.static_axes = StaticAxes(machine, self.usage, self._as_evidence)

    def codes(self) -> list[Code]:
        """Every function of the program, by path and line."""
        codes = [code for code in self.machine.program.codes.values() if code.kind == "function"]
        return sorted(codes, key=lambda code: (code.path, code.position, code.qualname))

    def one(self, code: Code) -> FunctionReport:
        """The report of one function."""
        converted = coercions.coercions(self.machine, self.usage, code)
        params = parameter_facts(self.machine, code, self.config, frozenset(converted.pins))
        hybridization = self._hybridization(code)
        facts = dict.fromkeys(FACTS, NOT_ANALYZED)
        assumptions: list[str] = []
        if params.speculated:
            assumptions.append(
                f"`{code.name}` is taken to have a tensor parameter: by its name (heuristic {params.speculated})"
            )
        if any(parameter.basis == "trace" for parameter in params.parameters):
            assumptions.append(
                f"`{code.name}` receives what it received in the runs that were recorded, and nothing else"
            )
        facts["literal_parameter"] = self._literal_parameter(code, params.parameters, bool(params.speculated))
        facts["side_effects"] = self._side_effects(code)
        facts["recursive"] = self._recursive(code)
        arrays: ArrayArguments | None = None
        if all(facts[name].value is False for name in ("literal_parameter", "side_effects", "recursive")):
            arrays = array_arguments(self.machine, self.usage, code, converted.pins)
            if arrays.tensors:
                tensors = frozenset(converted.pins) | arrays.tensors
                params = parameter_facts(self.machine, code, self.config, tensors)
        facts["tensor_parameter"] = self._tensor_parameter(code, params.parameters, params.speculated)
        facts.update(self.usage.facts(code, params.parameters, self._span, self._text))
        facts["callers_covered"] = self.usage.covered(code)
        facts.update(self._arrays(arrays) if arrays is not None else {})
        facts["refused_result"] = refused_result(self.machine, code)
        for name, position in self.machine.unknown_decorators.get(code.id, {}):
            written = self.sources[code.path].segment(self._span(code.path, position)).partition("(")[0].strip()
            assumptions.append(
                f"the decorator `{name or written}`, which is not part of the project, is taken to leave `{code.name}` "
                "as it is"
            )
        inference = self._signature(code, converted)
        facts["unresolved_static_axis"] = axes = self.static_axes.fact(code, inference)
        known = self._known_signature(hybridization, inference)
        if axes.value is not False:
            inference = signatures.Inference(None, signatures.Absence.STATIC_AXIS)
        facts["dtype_conflict"] = self._dtype_conflict(converted, inference)
        decision = decide(hybridization is not None, facts, known)
        if hybridization is not None or decision.verdict.precondition == "P1":  # asked only of what is to be a graph
            facts["endless_recursion"] = self.recursion.endless(code, self.usage.reached(code), self._span, self._text)
            facts["temporary_receiver"] = self.receivers.temporary(code, self._span, self._text)
            facts["stale_state_read"] = self.stale_state.fact(code, self._span, self._text)
            decision = decide(hybridization is not None, facts, known)
        if decision.verdict.action == "convert-to-hybrid":
            assumptions += [
                f"an `input_signature` says {converted.pins[name]} for `{name}`: eager execution converts the NumPy "
                "arrays that it receives"
                for name in converted.needed
            ]
            assumptions += [
                f"`{one.name}` receives nothing but tensors, though some call passes a value that is not known: "
                f"{Reason(one.doubt).text}"
                for one in params.parameters
                if one.doubt
            ]
        return FunctionReport(
            path=code.path,
            qualname=code.qualname,
            line=code.position[0],
            end_line=code.position[2],
            hybrid=hybridization is not None,
            hybridization=hybridization,
            parameters=params.parameters,
            facts=facts,
            input_signature=inference.signature,
            input_signature_absence=inference.reason,
            verdict=decision.verdict,
            assumptions=(*assumptions, *decision.assumptions),
            span=self._span(code.path, code.name_position),
            signature_wanted=self.config.input_signature_policy == "always" and bool(inference.signature),
            signature_needed=bool(converted.needed) and inference.signature is not None,
            method=bool(receiver_name(self.machine, code)),
            callers=self._callers(code),
            nested=self.machine.program.codes[code.parent].kind in ("function", "lambda"),
        )

    def _callers(self, code: Code) -> tuple[tuple[str, str], ...]:
        """(path, qualified name) of each caller; lambdas and class bodies stand for the function around them."""
        found: dict[tuple[str, str], None] = {}
        for id, _ in self.graph.callers.get(code.id, ()):
            caller = self.machine.program.codes[id]
            while caller.kind in ("lambda", "class") and caller.parent:
                caller = self.machine.program.codes[caller.parent]
            found[caller.path, caller.qualname] = None
        return tuple(sorted(found))

    # -- hybridization ---------------------------------------------------------------------------------------------

    def _hybridization(self, code: Code) -> Hybridization | None:
        events = sorted(
            self.machine.hybridized.get(code.id, ()), key=lambda e: (e.form != "decorator", e.path, e.position)
        )
        if not events:
            return None
        event: Hybridized = events[0]
        source = self.sources[event.path]
        row = self.machine.library.row("tensorflow.function")
        names = tuple(name for name, _, _ in (row.params or ())) if row is not None else ()
        arguments = self.texts(source, event.position, event.form == "decorator", names)
        for path, position in event.configured:  # given elsewhere: `partial(tf.function, jit_compile=True)`
            for name, text in self.texts(self.sources[path], position, False, ("", *names)).items():
                if name:
                    arguments.setdefault(name, text)
        return Hybridization(
            form="decorator" if event.form == "decorator" else "call",
            line=event.position[0],
            arguments=arguments,
            input_signature=specs_of(event.signature) if "input_signature" in arguments else None,
            span=self._span(event.path, event.position),
            refused=decorator_arguments.refused(event, code.parameters),
            overridden=tuple(
                (name, value, self._span(path, position))
                for name, value, path, position in decorator_arguments.overridden(self.machine, event, code)
            ),
            mismatched=tuple(
                (name, given, self._span(path, position))
                for name, given, path, position in decorator_arguments.mismatched(self.machine, event, code)
            ),
            questionable=tuple(
                (name, given, self._span(path, position))
                for name, given, path, position in decorator_arguments.questionable(self.machine, event, code)
            ),
        )

    # -- input signatures ------------------------------------------------------------------------------------------

    def _signature(self, code: Code, converted: coercions.Coercions) -> signatures.Inference:
        called_by_keras = self.is_keras_call(code)
        return signatures.infer(self.machine, code, converted.pins, lambda: self.usage.assigned(code), called_by_keras)

    def is_keras_call(self, code: Code) -> bool:
        """Whether it is the ``call`` of a layer or model, which Keras runs."""
        return (
            code.name == "call"
            and self.machine.program.is_method(code)
            and self.machine.classes.has_library_base(code.parent, *KERAS_LAYERS)
        )

    def _dtype_conflict(self, converted: coercions.Coercions, inference: signatures.Inference) -> Fact:
        """Whether NumPy arguments are converted in ways that neither a graph nor a signature reproduces."""
        evidence = self._places(converted.places)
        if converted.conflict or (converted.needed and inference.signature is None):
            return Fact(value=True, basis="flow", evidence=evidence)
        if converted.conflict is None:
            return Fact(value=None, evidence=evidence, reason=Reason.UNMODELED_LIBRARY.value)
        return Fact(value=False, basis="flow")

    def _known_signature(
        self, hybridization: Hybridization | None, inference: signatures.Inference
    ) -> Signature | None:
        """What the decision tables want to know; None in a run that does not infer signatures."""
        if not self.config.infer_input_signatures:
            return None
        if hybridization is None or "input_signature" not in hybridization.arguments:
            return Signature(inferred=inference.signature is not None)
        given = hybridization.input_signature
        if given is None or inference.signature is None:
            return Signature(supplied=True)
        return Signature(supplied=True, relation=relation.compare(given, tuple(inference.signature.values())))

    # -- facts -----------------------------------------------------------------------------------------------------

    def _tensor_parameter(self, code: Code, parameters: tuple[Parameter, ...], speculated: str) -> Fact:
        own = [p for p in parameters if p.tensor or p.name != receiver_name(self.machine, code)]
        bases: tuple[Basis, ...] = ("flow", "trace", "annotation")
        for basis in bases:
            if any(p.tensor and p.basis == basis for p in own):
                return Fact(value=True, basis=basis)
        if speculated:
            return Fact(value=True, basis="speculation")
        if all(p.tensor is False for p in own):
            return Fact(value=False, basis="trace" if any(p.basis == "trace" for p in own) else "flow")
        return Fact(value=None, reason=next(p.reason for p in own if p.tensor is None))

    def _literal_parameter(self, code: Code, parameters: tuple[Parameter, ...], speculated: bool) -> Fact:
        literals = [p for p in parameters if p.literal]
        if literals:
            sites = tuple(self._literal_site(p.name, site) for p in literals for site in self._literal_sites(code, p))
            return Fact(value=True, basis="flow" if sites else "trace", evidence=sites)
        unclear = [p for p in parameters if p.literal is None]
        if not unclear:
            return Fact(value=False, basis="trace" if any(p.basis == "trace" for p in parameters) else "flow")
        if speculated:
            # The heuristic says what is passed: tensors, and nothing that speaks against it was seen.
            return Fact(value=False, basis="speculation")
        return Fact(value=None, reason=unclear[0].reason or Reason.NO_CALLER.value)

    def _literal_sites(self, code: Code, parameter: Parameter) -> list[LiteralSite]:
        return literal_sites(self.machine, code, parameter.name, self.config)[:MAX_SITES]

    def _literal_site(self, name: str, site: LiteralSite) -> Evidence:
        span, text = self._span(site.path, site.position), self._text(site.path, site.position)
        return Evidence(
            site.path,
            site.position[0],
            text,
            kind="passes-number" if site.number else "passes-literal",
            detail=f"{site.literals} is passed for `{name}` here",
            span=span,
            parameter=name,
        )

    def _side_effects(self, code: Code) -> Fact:
        occurrences = self.effects.occurrences(code.id)
        definite = [o for o in occurrences if o.kind != "opaque"]
        if definite:
            return Fact(value=True, basis="flow", evidence=tuple(self._evidence(o) for o in definite))
        if occurrences:
            evidence = tuple(self._evidence(o) for o in occurrences)
            return Fact(value=None, evidence=evidence, reason=reason_of(occurrences[0].effect).value)
        if not any(act.evaluated for act in self.machine.by_code.get(code.id, ())):
            return Fact(value=None, reason=Reason.NO_CALLER.value)
        return Fact(value=False, basis="flow")

    def _as_evidence(self, code: Code, uses: dict[Position, Use]) -> tuple[Evidence, ...]:
        return as_evidence(code, uses, self._span, self._text)

    def _evidence(self, occurrence: Occurrence) -> Evidence:
        effect = occurrence.effect
        code_path = occurrence.chain[0][2] if occurrence.chain else occurrence.path
        return Evidence(
            path=occurrence.path,
            line=effect.position[0],
            text=self._text(occurrence.path, effect.position),
            via=tuple(f"{act.code.qualname or act.code.name} ({path}:{pos[0]})" for act, pos, path in occurrence.chain),
            kind=occurrence.kind,
            detail=describe.effect(occurrence.kind, effect, occurrence.parameter),
            at=self._span(code_path, occurrence.position),
            calls=tuple(
                (act.code.qualname or act.code.name, self._span(act.code.path, act.code.name_position))
                for act, _, _ in occurrence.chain
            ),
            span=self._span(occurrence.path, effect.position),
            certain=occurrence.certain,
            assumes=describe.guess(occurrence.guess) if occurrence.guess is not None and self._guesses else "",
            for_trace=effect.for_trace or effect.scratch,
        )

    def _arrays(self, arrays: ArrayArguments) -> dict[str, Fact]:
        """The facts that hang on arrays, which a graph gets as tensors."""
        facts: dict[str, Fact] = {}
        if arrays.numpy:
            facts["numpy_on_parameter"] = Fact(value=True, basis="flow", evidence=self._places(arrays.numpy))
        if arrays.tensors:
            facts["tensor_computation"] = Fact(value=True, basis="flow")
        reason = Reason.UNMODELED_LIBRARY.value if arrays.needs is None else ""
        basis: Basis | None = "flow" if arrays.needs is not None else None
        facts["needs_arrays"] = Fact(arrays.needs, basis, self._places(arrays.breaks), reason)
        return facts

    def _places(self, places: dict[str, dict[Position, Use]]) -> tuple[Evidence, ...]:
        """Uses in several bodies as evidence."""
        codes = self.machine.program.codes
        return tuple(one for id, uses in places.items() for one in self._as_evidence(codes[id], uses))

    def _recursive(self, code: Code) -> Fact:
        if code.id not in self.graph.recursive:
            return Fact(value=False, basis="flow")
        if code.id not in self.graph.surely_recursive:
            return Fact(value=None, reason=Reason.TOO_MANY_VALUES.value)
        cycle = [self.machine.program.codes[id] for id in self.graph.cycle_from(code.id)]
        position = self._call_position(code, cycle[0].id) if cycle else code.position
        return Fact(
            value=True,
            basis="flow",
            evidence=(
                Evidence(
                    path=code.path,
                    line=position[0],
                    text=self._text(code.path, position),
                    via=tuple(f"{c.qualname} ({c.path}:{c.position[0]})" for c in cycle),
                    kind="recursive" if code.id in self.graph.reentrant else "recursive-over-objects",
                    detail="calls itself" if len(cycle) < 2 else "calls itself through others",
                    at=self._span(code.path, position),
                    calls=tuple((c.qualname, self._span(c.path, c.name_position)) for c in cycle),
                    span=self._span(code.path, position),
                ),
            ),
        )

    def _call_position(self, code: Code, callee: str) -> Position:
        positions = [
            edge.position
            for act in self.machine.by_code.get(code.id, ())
            for edge in act.edges
            if edge.target.code.id == callee
        ]
        return min(positions, default=code.position)

    # -- places ----------------------------------------------------------------------------------------------------

    def _span(self, path: str, position: Position) -> Span:
        source = self.sources[path]
        line, column, end_line, end_column = position
        return Span(path, line, source.column(line, column), end_line, source.column(end_line, end_column))

    def _text(self, path: str, position: Position) -> str:
        return self.sources[path].line_text(position[0]).strip()
