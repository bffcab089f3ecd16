"""The process in which one program is fetched and analyzed: ``main(job, result)``, two files.

What goes wrong here ends this process and nothing else. What it has to say before it may be killed, such as the key of
what it analyzes, goes to ``result`` at once.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from typing import NamedTuple

import msgspec

from hybridize import division
from hybridize.engine import analyze
from hybridize.errors import InputError
from hybridize.frontend import read_sources
from hybridize.project.program import OutsideError
from hybridize.recall import content_key
from hybridize.report import Report
from hybridize_bot.git import GitError
from hybridize_bot.orphans import end_with
from hybridize_bot.survey import git, index, rows, sdist
from hybridize_bot.survey.entries import Entry, redacted
from hybridize_bot.survey.jobs import (
    Answered,
    Cost,
    Divided,
    Failed,
    Job,
    Outcome,
    Piece,
    Pieced,
    Same,
    Subject,
    Terms,
    Totals,
    Whole,
    evaluated_of,
    subject_key,
)

_MEGABYTE = 1_000_000


def main(job: str, result: str) -> None:
    """Do the job that the file ``job`` tells, and put what came of it into ``result``."""
    end_with(os.getppid())
    with open(job, "rb") as file:
        work = _Work(msgspec.msgpack.decode(file.read(), type=Job), result)
    try:
        outcome = work.outcome()
    except MemoryError:
        outcome = Failed("memory", f"more than {work.terms.limits.megabytes:,} MB")
    except (GitError, index.UnavailableError, sdist.ArchiveError) as error:
        outcome = Failed("fetch", redacted(rows.text(str(error))))
    except division.ChangedError as error:
        outcome = Failed("changed", f"{rows.text(str(error))} has changed while the program was surveyed")
    except InputError as error:
        outcome = Failed("input", rows.text(str(error)))
    work.tell(outcome)
    sys.stdout.flush()
    os._exit(0)  # taking the analysis apart object by object would take longer


class _Fetched(NamedTuple):
    """Files to analyze, and what they are known by."""

    root: str
    key: str
    revision: str


class _Work:
    def __init__(self, job: Job, result: str) -> None:
        self.job = job
        self.terms: Terms = job.terms
        self._result = result
        self._begin = self._phase = time.monotonic()
        self._fetching = 0.0
        self._known = ("", "")

    def outcome(self) -> Outcome:
        step = self.job.step
        if step.entry.kind != "git":  # Git maps files into memory that it does not hold there
            _bound_memory(self.terms.limits.megabytes)
        if isinstance(step, Subject):
            return self._subject(step)
        root = self.job.kept or self._files(step.entry, step.revision)
        self._known = step.key, step.revision
        self._analysis_begins()
        if isinstance(step, Piece):
            found = division.piece(root, self.terms.config, step.outline, step.group)
            outside = found.path if isinstance(found, OutsideError) else ""
            return Pieced(b"" if outside else msgspec.msgpack.encode(found), outside)
        return self._whole(step, root)

    def _subject(self, step: Subject) -> Outcome:
        entry, config = step.entry, self.terms.config
        revision = self._revision(entry)
        key = subject_key(self.terms, entry, revision)
        if entry.kind != "local":
            self._known = key, revision
        if key == step.done:
            return Same()
        root = self._files(entry, revision)
        self._analysis_begins()
        if self._is_large(root):
            known = division.outline([root], config)
            try:
                msgspec.msgpack.encode(known)
            except UnicodeEncodeError:  # a file name that is not UTF-8 cannot be told to others
                return self._answered(analyze([root], config), key, revision, known)
            if len(known.groups) > 1:
                return Divided(key, revision, known, root)
            return self._answered(analyze([root], config), key, revision, known)
        return self._answered(analyze([root], config), key, revision)

    def _whole(self, step: Whole, root: str) -> Answered:
        pieces = {group: evaluated_of(data) for group, data in zip(step.groups, step.pieces, strict=True)}
        report = division.whole([root], self.terms.config, step.outline, pieces)
        known = msgspec.structs.replace(step.outline, groups=step.groups)
        return self._answered(report, step.key, step.revision, known)

    def _answered(self, report: Report, key: str, revision: str, known: division.Outline | None = None) -> Answered:
        lines = sum(file.lines for file in report.files)
        totals = Totals(
            files=len(report.files),
            unparsed=sum(not file.parsed for file in report.files),
            lines=lines,
            functions=len(report.functions),
            findings=len(report.findings),
            role=report.role.name if report.role is not None else "",
            largest_piece=max(map(known.lines, known.groups), default=0) if known is not None else lines,
            pieces=len(known.groups) if known is not None else 1,
        )
        return Answered(key, revision, totals, rows.functions(report), rows.findings(report))

    # -- fetching ------------------------------------------------------------------------------------------------------

    def _revision(self, entry: Entry) -> str:
        """What an entry is now: a commit, the hash of a file, or a digest of what is there."""
        if entry.kind == "git":
            return git.resolve(entry, self.terms.limits.seconds)
        if entry.kind == "pypi":
            found = index.sdist(self.terms.indexes, entry.place, entry.revision)
            return f"{found.version} {':'.join(found.hash or ('', ''))}"
        return content_key(read_sources([entry.place], self.terms.config))

    def _files(self, entry: Entry, revision: str) -> str:
        """The folder of the files of an entry, as they are in ``revision``."""
        limits, most_file = self.terms.limits, self.terms.config.limits.file_bytes
        most_bytes = limits.source_megabytes * _MEGABYTE
        if entry.kind == "git":
            return git.fetch(
                entry, revision, self.job.scratch, seconds=limits.seconds, most_bytes=most_bytes, most_file=most_file
            )
        if entry.kind == "pypi":
            version, _, hash = revision.partition(" ")
            found = index.sdist(self.terms.indexes, entry.place, version)
            if ":".join(found.hash or ("", "")) != hash:
                raise index.UnavailableError(f"the index has another {found.name} than before")
            archive = os.path.join(self.job.scratch, "archive" + os.path.splitext(found.name)[1])
            index.download(self.terms.indexes, found, archive, most_bytes)
            try:
                return sdist.extract(archive, os.path.join(self.job.scratch, "files"), most_bytes, most_file)
            finally:
                os.unlink(archive)
        return entry.place

    def _is_large(self, root: str) -> bool:
        if self.terms.split is None:
            return False
        if self.terms.split == 0:
            return True
        read = read_sources([root], self.terms.config)
        return sum(source.line_count for source in read.files.values()) >= 1000 * self.terms.split

    # -- costs ---------------------------------------------------------------------------------------------------------

    def _analysis_begins(self) -> None:
        self._fetching = time.monotonic() - self._begin
        self._phase = time.monotonic()
        if self._known != ("", ""):
            self.tell(Failed("crash", "the process has ended"))  # unless it gets further
        _bound_memory(self.terms.limits.megabytes)

    def tell(self, outcome: Outcome) -> None:
        """Write what is known so far."""
        if isinstance(outcome, Failed):
            outcome = msgspec.structs.replace(outcome, key=outcome.key or self._known[0], revision=self._known[1])
        if not isinstance(outcome, Same):
            own, copies = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
            peak = max(_peak(own), _kilobytes(copies)) / 1000
            cpu = sum(usage.ru_utime + usage.ru_stime for usage in (own, copies))
            seconds = time.monotonic() - self._phase
            outcome = msgspec.structs.replace(outcome, cost=Cost(seconds, self._fetching, cpu, peak))
        with open(self._result + ".new", "wb") as file:
            file.write(msgspec.msgpack.encode(outcome))
        os.replace(self._result + ".new", self._result)


def _peak(own: resource.struct_rusage) -> float:
    """The most memory that this process has held at a time, in kilobytes."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as file:
            lines = dict(line.split(":", 1) for line in file if ":" in line)
    except OSError:
        return _kilobytes(own)
    # On Linux, the usage of a process that was started without a fork begins with the peak of its parent.
    return float(lines["VmHWM"].split()[0]) * 1.024 if "VmHWM" in lines else _kilobytes(own)


def _kilobytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss * 1.024 if sys.platform != "darwin" else usage.ru_maxrss / 1000


def _bound_memory(megabytes: int) -> None:
    """Let this process, and each copy of it, have so much and no more; what asks for more gets a `MemoryError`."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = megabytes * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
