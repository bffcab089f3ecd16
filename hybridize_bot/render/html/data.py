"""What the page of a report shows, as plain data: an *index*, with a *row* for each function, and *details* by file.

The page reads the index when it is opened, and the details of a file when somebody looks at one of its functions. A
file has a row of its own, too: for the code at its top level, which calls functions and where findings are. Fields that
are empty are left out of the data, so three-valued facts are words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgspec

from hybridize.report import FunctionReport
from hybridize.runs import Outcome
from hybridize_bot.render.html.diffs import Diff
from hybridize_bot.render.html.texts import Line

Standing = Literal["unsafe", "convertible", "undetermined", "hybrid", "eager"]

STANDINGS: dict[Standing, str] = {
    "unsafe": "an error was found in it",
    "convertible": "it could run as a graph, and should",
    "undetermined": "something that decides about it cannot be told",
    "hybrid": "it runs as a graph, and no error was found in it",
    "eager": "it runs as Python, and nothing says that it should not",
}
"""How a function stands, the ones to look at first, and what that means."""

Truth = Literal["yes", "no", "unknown"]


class Place(msgspec.Struct, frozen=True):
    """A line of a file; ``file`` counts the files of the index, and -1 is one that was not analyzed."""

    file: int
    line: int


class Run(msgspec.Struct, frozen=True):
    """What runs showed of a function: `hybridize.runs.FunctionEvidence` without its keys."""

    outcome: Outcome
    change: str
    message: str
    notes: tuple[str, ...]
    calls: int
    compared: int
    traces: int
    signatures: int
    eager_ms: float | None
    graph_ms: float | None
    tracing_ms: float | None
    gain: float | None
    tests: tuple[str, ...]


class Row(msgspec.Struct, frozen=True):
    """A function as the table shows it, or the top level of a module: that one has no standing."""

    file: int
    name: str
    line: int
    end: int
    standing: Standing | None = None
    graph: bool = False
    tensors: str = ""
    effects: str = ""
    verdict: str = ""
    findings: tuple[tuple[str, str], ...] = ()
    """(code, severity) of each."""
    operations: int = 0
    callers: tuple[int, ...] = ()
    """Rows that call it."""
    run: Run | None = None


class File(msgspec.Struct, frozen=True):
    """An analyzed file. ``cells``: number and first line of those of a notebook."""

    path: str
    lines: int
    cells: tuple[tuple[int, int], ...] = ()
    broken: bool = False
    """It could not be parsed."""


class Rule(msgspec.Struct, frozen=True):
    """A rule that fired, and the address of its page."""

    slug: str
    summary: str
    page: str


class Evidence(msgspec.Struct, frozen=True):
    """How the runs were made that the report goes by."""

    command: str
    versions: str
    ignored: int
    """Entries that speak of other code than the code that was analyzed."""


class Index(msgspec.Struct, frozen=True):
    """What the page knows from the start."""

    files: tuple[File, ...]
    rows: tuple[Row, ...]
    rules: dict[str, Rule]
    evidence: Evidence | None


class Site(msgspec.Struct, frozen=True):
    """A line that proves something, and the calls that lead there, nearest first."""

    place: Place
    text: str
    detail: str = ""
    via: tuple[str, ...] = ()


class Clause(msgspec.Struct, frozen=True):
    """Something that is said of a function, and the lines that prove it."""

    text: str
    sites: tuple[Site, ...] = ()


class Received(msgspec.Struct, frozen=True):
    """One kind of value that a parameter received in a run."""

    type: str
    calls: int
    callers: tuple[str, ...]


class Parameter(msgspec.Struct, frozen=True):
    """A parameter: what it is, and who says so."""

    name: str
    kind: str
    tensor: Truth
    literal: Truth
    types: tuple[str, ...]
    basis: str
    reason: str
    received: tuple[Received, ...]


class Fact(msgspec.Struct, frozen=True):
    """A fact of a function, with its proof or with the reason why it cannot be told."""

    name: str
    value: Truth
    basis: str
    reason: str
    sites: tuple[Site, ...]
    more: int
    """So many other lines prove it, too."""


class Fix(msgspec.Struct, frozen=True):
    """A fix that was proven by a new analysis (``display``: one that was not)."""

    title: str
    applicability: str
    diffs: tuple[Diff, ...]


class Found(msgspec.Struct, frozen=True):
    """A finding. ``aside``: why it does not count, such as a comment in the code that says so."""

    code: str
    severity: str
    confidence: str
    message: str
    place: Place
    help: str
    cause: str
    proof: str
    assumptions: tuple[str, ...]
    chain: tuple[Site, ...]
    fix: Fix | None
    aside: str


class Detail(msgspec.Struct, frozen=True):
    """Everything that the page shows of a row when it is opened."""

    first: int
    """The first line of its source, decorators included."""
    action: str = ""
    against: tuple[Clause, ...] = ()
    obstacles: tuple[Clause, ...] = ()
    doubts: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    hybridization: str = ""
    signature: str = ""
    absence: str = ""
    parameters: tuple[Parameter, ...] = ()
    facts: tuple[Fact, ...] = ()
    findings: tuple[Found, ...] = ()


class Mark(msgspec.Struct, frozen=True):
    """A place of a source to underline: that of a finding (``primary``), or one that a finding rests on."""

    line: int
    start: int
    end: int
    code: str
    severity: str
    message: str
    row: int
    """The row that the finding is of."""
    primary: bool


class Details(msgspec.Struct, frozen=True):
    """A file: its lines, what to mark in them, and its rows."""

    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    rows: dict[int, Detail]


def standing(function: FunctionReport, unsafe: bool) -> Standing:
    """The one word for a function; ``unsafe`` says that an error was found in it.

    A function that the decision table would convert is convertible only where nothing speaks against it: else it is
    eager, and rightly so. One without any verdict is undetermined where the table says so.
    """
    if unsafe:
        return "unsafe"
    if function.verdict.action == "convert-to-hybrid":
        suggested = function.opportunity is not None and not function.opportunity.obstacles
        return "convertible" if suggested else "eager"
    if any(failure.startswith("undetermined") for failure in function.verdict.failures):
        return "undetermined"
    return "hybrid" if function.hybrid else "eager"


def by_package(index: Index) -> dict[str, Counter[Standing]]:
    """How many functions of each folder stand how; the folder of the root is ``.``."""
    packages: dict[str, Counter[Standing]] = {}
    for row in index.rows:
        if row.standing is not None:
            package = index.files[row.file].path.rpartition("/")[0] or "."
            packages.setdefault(package, Counter())[row.standing] += 1
    return packages


def sparse(value: Any, text: Callable[[str], str]) -> Any:
    """``value`` as data for JSON: without fields that are empty, and with what ``text`` makes of the texts in it.

    Lines are as they are shown already.
    """
    if isinstance(value, str):
        return text(value)
    if isinstance(value, msgspec.Struct):
        own = (lambda line: line) if isinstance(value, Line) else text
        fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return {name: sparse(one, own) for name, one in fields if not _empty(one)}
    if isinstance(value, dict):
        return {text(str(key)): sparse(one, text) for key, one in value.items()}
    return [sparse(one, text) for one in value] if isinstance(value, (list, tuple)) else value


def _empty(value: Any) -> bool:
    return not value and (value is None or value is False or not isinstance(value, (int, float)))


def truth(value: bool | None) -> Truth:
    """A three-valued answer in a word."""
    return "unknown" if value is None else "yes" if value else "no"


def counted(rows: Iterable[Row]) -> Counter[Standing]:
    """How many functions stand how."""
    return Counter(row.standing for row in rows if row.standing is not None)
