"""Every observation of a finished run: each place once, as its surest trace has it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain

from hybridize.analyses.effects import EffectAnalysis
from hybridize.analyses.hazards.costs import costs
from hybridize.analyses.hazards.definitions import definitions
from hybridize.analyses.hazards.effects import effects
from hybridize.analyses.hazards.equality import equality
from hybridize.analyses.hazards.leaks import cached, leaks
from hybridize.analyses.hazards.modes import modes
from hybridize.analyses.hazards.observers import BODIES, BRANCHES, EAGER, INSTRUCTIONS
from hybridize.analyses.hazards.open_axes import open_axes
from hybridize.analyses.hazards.raising import handler_of
from hybridize.analyses.hazards.remaking import remaking
from hybridize.analyses.hazards.repeats import Repeats
from hybridize.analyses.hazards.scopes import scopes
from hybridize.analyses.hazards.site import Seen, Site
from hybridize.analyses.hazards.symbols import Symbols
from hybridize.analyses.hazards.tracing import UNCERTAIN, Traced, Tracing
from hybridize.analyses.hazards.unbuilt import unbuilt
from hybridize.domains.atoms import Const, PyType, Tensor
from hybridize.finding import Span
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Edge
from hybridize.interproc.machine import Machine
from hybridize.report import Observation, Trace
from hybridize.syntax.code import Code, Instruction, Position
from hybridize.syntax.source import SourceFile

MAX_TEXT = 60
"""Longer code is cut where a message quotes it."""

Order = tuple[int, int, int, tuple[str, ...]]


class Observations:
    """Turns what observers see into observations.

    ``keras`` is the major version, if known. With ``supposed``, which is a body of the run that ``base`` has observed,
    it is about what a graph of that body would do, and about nothing else.
    """

    def __init__(
        self,
        machine: Machine,
        sources: Mapping[str, SourceFile],
        analysis: EffectAnalysis,
        keras: int | None,
        supposed: Code | None = None,
        base: Tracing | None = None,
    ) -> None:
        self.machine = machine
        self.analysis = analysis
        self.sources = sources
        self.keras = keras
        self.tracing = Tracing(
            machine, keras, lambda path, where: self._text(path, self._span(path, where)), supposed, base
        )
        self.symbols = Symbols(self.tracing)

    def all(self, eager: Collection[str]) -> tuple[Observation, ...]:
        """What is observed, by place; ``eager`` are the ids of the bodies that Python runs without a trace."""
        return self._best(self._everything(sorted(eager)))

    def if_traced(self, code: Code) -> tuple[Observation, ...]:
        """What a graph of a body that nothing traces would do otherwise than Python does."""
        supposed = Observations(self.machine, self.sources, self.analysis, self.keras, code, self.tracing)
        return supposed._supposed(self.tracing)

    def _supposed(self, base: Tracing) -> tuple[Observation, ...]:
        around = ((self._site(traced), seen) for traced, seen in definitions(self.tracing))
        calls = (pair for caller, edge in base.calls_of(self.tracing.supposed) for pair in self._at_call(caller, edge))
        return self._best(chain(self._in_traces(), around, calls))

    def _best(self, everything: Iterable[tuple[Site, Seen]]) -> tuple[Observation, ...]:
        """Of several traces that contain a place, the one with the fewest doubts and the shortest way there."""
        best: dict[tuple[str, str, Span], tuple[Order, Observation]] = {}
        for site, seen in everything:
            one = self._observation(site, seen)
            if one is None:
                continue
            order = (len(one.assumes), -len(one.types), len(one.trace.calls) if one.trace else 0, one.assumes)
            known = best.get((one.kind, one.detail, one.span))
            if known is None or order < known[0]:
                best[one.kind, one.detail, one.span] = order, one
        ordered = sorted(best.values(), key=lambda item: (item[1].span, item[1].kind, item[1].detail))
        return tuple(one for _, one in ordered)

    def _everything(self, eager: Collection[str]) -> Iterator[tuple[Site, Seen]]:
        yield from self._in_traces()
        repeats = Repeats(self.tracing, eager)
        around = (
            effects(self.tracing, self.analysis),
            leaks(self.tracing, self.symbols, self.analysis),
            cached(self.tracing, self.symbols),
            definitions(self.tracing),
            equality(self.tracing),
            open_axes(self.tracing),
            remaking(repeats),
            costs(repeats),
            modes(repeats),
            scopes(self.tracing, eager),
            unbuilt(self.tracing),
        )
        for traced, seen in chain.from_iterable(around):
            yield self._site(traced), seen
        if EAGER:
            for run in self.tracing.eager(eager):
                site = self._site(run)
                for number in sorted(site.live):
                    for ins in site.body.code.blocks[number].instructions:
                        if ins[0] in EAGER:
                            for seen in _seen_eagerly(site, number, ins):
                                yield site, seen

    def _in_traces(self) -> Iterator[tuple[Site, Seen]]:
        for several in self.tracing.traced.values():
            for traced in several:
                site = self._site(traced)
                for seen in _seen(site):
                    yield site, seen

    def _at_call(self, caller: Activation, edge: Edge) -> Iterator[tuple[Site, Seen]]:
        """What is seen at one call that Python makes of what is supposed to be traced."""
        site = self._site(Traced(caller, UNCERTAIN, None, None, None))
        for number, ins in site.body.at.get(edge.position, ()):
            if number in site.live:
                for seen in _seen_eagerly(site, number, ins):
                    yield site, seen

    def _site(self, traced: Traced) -> Site:
        return Site(self.tracing, self.symbols, traced)

    def _observation(self, site: Site, seen: Seen) -> Observation | None:
        code, traced = site.activation.code, site.traced
        conversion = traced.conversion
        span = self._span(code.path, seen.position)
        text = self._text(code.path, span)
        assumes: list[str] = []
        if seen.unconverted and conversion.why == "keras" and self.keras is None:
            assumes.append("the program runs with Keras 3")
        if not (site.certain(seen.block) and all(map(self._certain_call, traced.steps()))):
            if traced.caller is not None:
                return None  # what decides on the way may well be the same Python value that decides here
            assumes.append(f"{code.path}:{span.line} is reached while tracing")
        caught = handler_of(site, seen)
        return Observation(
            kind=seen.kind,
            span=span,
            function=self._function(code).qualname,
            text=text,
            detail=seen.detail,
            types=tuple(repr(atom) for atom in seen.value.atoms if isinstance(atom, (Tensor, Const, PyType))),
            trace=self._trace(traced),
            converted=conversion.converted,
            unconverted=conversion.why,
            unconverted_at=self._span(conversion.path, conversion.position) if conversion.path else None,
            assumes=tuple(assumes),
            caught=self._span(code.path, caught) if caught is not None else None,
        )

    def _certain_call(self, step: Traced) -> bool:
        """Whether the call that leads to a step is made in every trace."""
        if step.caller is None or step.edge is None:
            return True
        site = self._site(step.caller)
        places = site.body.at.get(step.edge.position, ())
        return not places or any(site.certain(number) for number, _ in places)

    def _trace(self, traced: Traced) -> Trace | None:
        if traced.root is None:
            return None
        steps = list(traced.steps())
        root, first = traced.root, steps[-1].activation.code
        calls = tuple(
            (step.activation.code.qualname, self._span(step.activation.code.path, step.activation.code.name_position))
            for step in reversed(steps[:-1])
        )
        span = self._span(root.path, root.position)
        return Trace(root.by, first.qualname, span, calls, root.supposed)  # type: ignore[arg-type]

    def _function(self, code: Code) -> Code:
        """The function around a body; the module's own code at its top level."""
        while code.kind in ("lambda", "class") and code.parent:
            code = self.machine.program.codes[code.parent]
        return code

    def _span(self, path: str, position: Position) -> Span:
        source = self.sources[path]
        line, column, end_line, end_column = position
        return Span(path, line, source.column(line, column), end_line, source.column(end_line, end_column))

    def _text(self, path: str, span: Span) -> str:
        text = " ".join(self.sources[path].segment(span).split())
        return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


def _seen(site: Site) -> Iterator[Seen]:
    for number in sorted(site.live):
        block = site.body.code.blocks[number]
        for ins in block.instructions:
            for observer in INSTRUCTIONS.get(ins[0], ()):
                yield from observer(site, number, ins)
        if block.test >= 0:
            for branch in BRANCHES:
                yield from branch(site, number, block)
    for whole in BODIES:
        yield from whole(site)


def _seen_eagerly(site: Site, number: int, ins: Instruction) -> Iterator[Seen]:
    for observer in EAGER.get(ins[0], ()):
        yield from observer(site, number, ins)
