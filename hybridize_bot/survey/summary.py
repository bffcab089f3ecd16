"""The evaluation table of a survey, asked of its Parquet files with DuckDB.

A *candidate* is a function that is hybrid, or has a tensor parameter; it is *refactorable* if a precondition of the
decision table holds for it (P1 to P6), and else *fails* for one or more reasons. Functions of which nobody knows
whether they have a tensor parameter are no candidates, and counted apart.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.dataset as ds

from hybridize_bot.console import one_line, visible
from hybridize_bot.render import _json
from hybridize_bot.survey.tables import FUNCTIONS, REPOSITORIES

PRECONDITIONS = ("P1", "P2", "P3", "P4", "P5", "P6")
MOST_COLUMNS = 8
"""Subjects that have a column of their own in the table of failures."""

_SUBJECTS = f"""
with counted as (
    select id,
        count(*) filter (hybrid) as hybrid,
        count(*) filter (hybrid or tensor_parameter) as candidates,
        count(*) filter (not hybrid and tensor_parameter is null) as undetermined,
        count(*) filter (precondition is not null and (hybrid or tensor_parameter)) as refactorable,
        {", ".join(f"count(*) filter (precondition = '{name}') as {name}" for name in PRECONDITIONS)}
    from functions group by id
)
select subject, entry, lines / 1000.0 as kloc, functions, hybrid, candidates, undetermined, refactorable,
    {", ".join(PRECONDITIONS)}, suggested, findings, pieces, seconds, cpu_seconds, megabytes, id
from repositories left join counted using (id)
    left join (select id, count(*) filter (suggested) as suggested from functions group by id) using (id)
where status = 'analyzed' order by lower(subject), entry
"""  # noqa: S608 - of constants
_FAILURES = """
select id, failure, count(*) as functions
from (select id, unnest(failures) as failure from functions
      where precondition is null and (hybrid or tensor_parameter))
group by id, failure
"""
_FAILED = """
select subject, entry, failure, message from repositories where status = 'failed' order by lower(subject), entry
"""


class SummaryError(ValueError):
    """A folder that no survey has filled; ``str()`` is one line."""


class Subject(msgspec.Struct, frozen=True):
    """One row of the table; the total is one, too."""

    subject: str
    entry: str
    kloc: float
    functions: int
    hybrid: int
    candidates: int
    undetermined: int
    refactorable: int
    preconditions: dict[str, int]
    failures: dict[str, int]
    """How many candidates fail for each reason; one may fail for several."""
    suggested: int
    """Conversions to hybrid that are suggested (HYB301 before suppression): P1 with nothing else in the way."""
    findings: int
    pieces: int
    seconds: float
    """Of the analysis, one piece after the other; it hangs on what else the machine did."""
    cpu_seconds: float
    """Of the processes, their start included."""
    megabytes: float

    @property
    def seconds_per_kloc(self) -> float | None:
        """CPU seconds for a thousand lines."""
        return self.cpu_seconds / self.kloc if self.kloc else None


class Failure(msgspec.Struct, frozen=True):
    """A subject without an answer."""

    subject: str
    entry: str
    kind: str
    message: str


class Summary(msgspec.Struct, frozen=True):
    """A survey in numbers."""

    subjects: tuple[Subject, ...]
    failed: tuple[Failure, ...]
    total: Subject


def read(folder: str) -> Summary:
    """The numbers of the survey in ``folder``.

    Raises:
        SummaryError: there is none.
    """
    listed = os.path.join(folder, "repositories")
    if not os.path.isdir(listed):
        raise SummaryError(f"{visible(folder)} holds no survey: `hybridize survey LIST -o FOLDER` makes one")
    try:
        repositories = _dataset([os.path.join(listed, name) for name in sorted(os.listdir(listed))], REPOSITORIES)
        known = repositories.to_table(columns=["id", "key", "status"]).to_pylist()
        named = [f"{row['id']}-{row['key']}.parquet" for row in known if row["status"] == "analyzed"]
        functions = _dataset([os.path.join(folder, "functions", name) for name in named], FUNCTIONS)
        database = duckdb.connect()
        database.register("repositories", repositories.to_table())
        database.register("functions", functions)
        rows = _asked(database, _SUBJECTS)
        failures = _asked(database, _FAILURES)
        failed = _asked(database, _FAILED)
    except (OSError, pa.ArrowException, duckdb.Error) as error:
        raise SummaryError(f"{visible(folder)} cannot be read: {one_line(str(error))[:300]}") from None
    by_subject: dict[str, dict[str, int]] = {}
    for row in failures:
        by_subject.setdefault(row["id"], {})[row["failure"]] = row["functions"]
    subjects = tuple(_subject(row, by_subject.get(row["id"], {})) for row in rows)
    return Summary(
        subjects,
        tuple(Failure(row["subject"], row["entry"], row["failure"], row["message"]) for row in failed),
        _total(subjects),
    )


def _dataset(paths: Sequence[str], schema: pa.Schema) -> Any:
    files = [path for path in paths if path.endswith(".parquet") and not os.path.basename(path).startswith(".")]
    return ds.dataset(files, schema=schema, format="parquet") if files else ds.dataset(schema.empty_table())


def _asked(database: Any, question: str) -> list[dict[str, Any]]:
    found = database.execute(question)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _subject(row: dict[str, Any], failures: dict[str, int]) -> Subject:
    numbers = {name: row[name] or 0 for name in ("hybrid", "candidates", "undetermined", "refactorable", "suggested")}
    return Subject(
        subject=row["subject"], entry=row["entry"], kloc=row["kloc"] or 0.0, functions=row["functions"] or 0, **numbers,
        preconditions={name: row[name] or 0 for name in PRECONDITIONS}, failures=_ordered(failures),
        findings=row["findings"] or 0, pieces=row["pieces"] or 0, seconds=row["seconds"] or 0.0,
        cpu_seconds=row["cpu_seconds"] or 0.0, megabytes=row["megabytes"] or 0.0,
    )  # fmt: skip


def _ordered(failures: dict[str, int]) -> dict[str, int]:
    """The most frequent first."""
    return dict(sorted(failures.items(), key=lambda one: (-one[1], one[0])))


def _total(subjects: Sequence[Subject]) -> Subject:
    failures: dict[str, int] = {}
    for one in subjects:
        for kind, count in one.failures.items():
            failures[kind] = failures.get(kind, 0) + count
    names = ("kloc", "functions", "hybrid", "candidates", "undetermined", "refactorable", "suggested", "findings",
             "pieces", "seconds", "cpu_seconds")  # fmt: skip
    sums: dict[str, Any] = {name: sum(getattr(one, name) for one in subjects) for name in names}
    return Subject(
        subject="total", entry="", failures=_ordered(failures),
        megabytes=max((one.megabytes for one in subjects), default=0),
        preconditions={name: sum(one.preconditions[name] for one in subjects) for name in PRECONDITIONS}, **sums,
    )  # fmt: skip


# -- forms -------------------------------------------------------------------------------------------------------------

_HEAD = (
    "subject",
    "KLOC",
    "functions",
    "candidates",
    "refactorable",
    *PRECONDITIONS,
    "undetermined",
    "CPU s",
    "s/KLOC",
)


def _cells(one: Subject) -> tuple[str, ...]:
    rate = one.seconds_per_kloc
    return (
        one.subject, f"{one.kloc:,.1f}", f"{one.functions:,}", f"{one.candidates:,}", f"{one.refactorable:,}",
        *(f"{one.preconditions[name]:,}" for name in PRECONDITIONS), f"{one.undetermined:,}", f"{one.cpu_seconds:,.1f}",
        "" if rate is None else f"{rate:.2f}",
    )  # fmt: skip


def _failure_table(known: Summary) -> list[tuple[str, ...]]:
    """Reasons by subject, or in all where there are many subjects; empty if nothing fails."""
    own = known.subjects if len(known.subjects) <= MOST_COLUMNS else ()
    if not known.total.failures:
        return []
    head = ("candidates that fail for", *(one.subject for one in own), "total")
    rows = [
        (kind, *(f"{one.failures.get(kind, 0):,}" for one in own), f"{count:,}")
        for kind, count in known.total.failures.items()
    ]
    return [head, *rows]


def _main_table(known: Summary) -> list[tuple[str, ...]]:
    return [_HEAD, *map(_cells, known.subjects), _cells(known.total)]


def _text(known: Summary) -> str:
    parts = [_aligned(table) for table in (_main_table(known), _failure_table(known)) if table]
    if known.failed:
        parts.append(
            "not surveyed:\n"
            + "\n".join(f"  {visible(one.entry)}: {one.kind}: {visible(one.message)}" for one in known.failed)
        )
    return "\n\n".join(parts) + "\n"


def _aligned(table: Sequence[Sequence[str]]) -> str:
    shown = [[visible(cell) for cell in row] for row in table]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(size) if at == 0 else cell.rjust(size)
            for at, (cell, size) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in shown
    )


def _markdown(known: Summary) -> str:
    parts = []
    for table in (_main_table(known), _failure_table(known)):
        if table:
            rule = ["---", *("---:" for _ in table[0][1:])]
            parts.append("\n".join("| " + " | ".join(map(_plain, row)) + " |" for row in (table[0], rule, *table[1:])))
    if known.failed:
        parts.append(
            "\n".join(
                f"- not surveyed: {_plain(one.entry)} ({one.kind}: {_plain(one.message)})" for one in known.failed
            )
        )
    return "\n\n".join(parts) + "\n"


def _plain(cell: str) -> str:
    """Text that Markdown takes for nothing else."""
    return (
        "".join(f"\\{one}" if one in "\\`*_[]<>|#&~" else one for one in visible(cell)) if cell[:3] != "---" else cell
    )


def _as_json(known: Summary) -> str:
    def fields(one: Subject) -> dict[str, Any]:
        return {**msgspec.structs.asdict(one), "seconds_per_kloc": one.seconds_per_kloc}

    return _json.encode({
        "schema": 1,
        "subjects": [fields(one) for one in known.subjects],
        "failed": known.failed,
        "total": fields(known.total),
    })  # fmt: skip


def _as_csv(known: Summary) -> str:
    kinds = sorted(known.total.failures)
    plain = ("subject", "entry", "kloc", "functions", "hybrid", "candidates", "undetermined", "refactorable",
             "suggested", "findings", "pieces", "seconds", "cpu_seconds", "megabytes", "seconds_per_kloc")  # fmt: skip
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow([*plain, *PRECONDITIONS, *kinds, "failure", "message"])
    for one in (*known.subjects, known.total):
        values = [getattr(one, name) for name in plain]
        shown = [f"{value:.3f}" if isinstance(value, float) else value for value in values]
        counts = [one.preconditions[name] for name in PRECONDITIONS] + [one.failures.get(kind, 0) for kind in kinds]
        writer.writerow([*shown, *counts, "", ""])
    blank = [""] * (len(plain) - 2 + len(PRECONDITIONS) + len(kinds))
    for failed in known.failed:
        writer.writerow([failed.subject, failed.entry, *blank, failed.kind, failed.message])
    return output.getvalue()


RENDERERS: dict[str, Callable[[Summary], str]] = {
    "text": _text, "json": _as_json, "csv": _as_csv, "markdown": _markdown
}  # fmt: skip
