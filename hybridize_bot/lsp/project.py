"""One program of a worker: its settings, its files as editors hold them, and what is told of them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from hybridize.config import Config
from hybridize.errors import InputError
from hybridize.finding import Applicability, Finding
from hybridize.fixing import Among, FileChange, fix
from hybridize.held import held
from hybridize.report import FunctionReport, Report
from hybridize.rewrite.edits import encoded as in_encoding
from hybridize.rules import parse_failure
from hybridize.runs import EvidenceError
from hybridize.session import Draft, Session, warm
from hybridize.span import Span
from hybridize.suppression import TOOL, with_ignores
from hybridize.syntax.source import SourceFile
from hybridize_bot import baseline, evidence
from hybridize_bot.cache import store
from hybridize_bot.commands import _baseline, _select
from hybridize_bot.config import ConfigError, Settings, find, load
from hybridize_bot.lsp import messages, telling
from hybridize_bot.lsp.messages import Findings, Mistake, Place, Range, Shown
from hybridize_bot.lsp.store import Memory
from hybridize_bot.lsp.texts import NEWLINE, Move, edits, encoded, region, units
from hybridize_bot.render._notebooks import localized
from hybridize_bot.render._notes import advice
from hybridize_bot.render._places import Places
from hybridize_bot.selection import Filter, select

SUFFIXES = (".py", ".pyw", ".ipynb")


class Project:
    """The files at or below ``path``, which is a folder, or one file."""

    def __init__(self, path: str, unit: messages.Unit) -> None:
        self._path = path
        self._unit = unit
        self._open: dict[str, str] = {}
        """Absolute path to text."""
        self._draft: Draft | None = None
        self._last: Findings | None = None
        """The last exact answer, and the texts that it is about."""
        self._texts: dict[str, SourceFile] = {}
        self._outdated = False
        """The last answer is about other settings."""
        self.config = Config()
        self._filters: list[Filter] = []
        self._stamp: object = None
        self.memory = Memory()
        self._session = Session([path], self.memory)
        self.configure()

    # -- settings --------------------------------------------------------------------------------------------------

    def configure(self) -> None:
        """Read the settings, as they are now; while there is a mistake in them, the last good ones apply."""
        self.mistakes: tuple[Mistake, ...] = ()
        settings = Settings()
        try:
            settings = load(Path(self._path))
            self.config, self._filters = self._configured(settings)
        except ConfigError as error:
            self.mistakes = (Mistake(os.path.abspath(error.path), max(error.line - 1, 0), error.message),)
        folder = Path(settings.path).parent if settings.path else Path(self._folder)
        self.memory.disk = store(folder)
        warm(self.config)
        self._stamp = self._stamped(settings)
        self._settings = settings
        self._draft, self._outdated = None, True

    def _stamped(self, settings: Settings) -> object:
        """What changes when the settings do: which file they are in, and when it and what it names were written."""
        try:
            path = find(Path(self._path))
        except ConfigError as error:
            path = error.path
        home = path.parent if path is not None else Path(self._folder)
        named = (path, settings.baseline or home / baseline.NAME, evidence.place(str(home)))
        return path, [_written(one) for one in named if one is not None]

    @property
    def _folder(self) -> str:
        return self._path if os.path.isdir(self._path) else os.path.dirname(self._path)

    def _configured(self, settings: Settings) -> tuple[Config, list[Filter]]:
        """What is analyzed how, and what is set aside.

        Raises:
            ConfigError: there is a mistake in a file that says so.
        """
        home = Path(settings.path).parent if settings.path else Path(self._folder)
        with _mistakes_in(Path(settings.path or home)):
            config = msgspec.structs.replace(
                settings.config,
                select=_select.codes(settings.config.select, "select"),
                ignore=_select.codes(settings.config.ignore, "ignore"),
            )
        with _mistakes_in(Path(settings.baseline or home / baseline.NAME)):
            accepted = _baseline.use(
                [self._path], settings, config, named=None, write=None, prune=False, unwanted=False, isolated=False
            )
        filters: list[Filter] = [accepted.before.filter] if accepted is not None else []
        folder = evidence.nearest([self._path], settings)
        if folder is None:
            return config, filters
        place = evidence.place(folder)
        with _mistakes_in(Path(place)):
            runs = evidence.read(place, os.path.realpath(folder))
        return msgspec.structs.replace(config, runs=runs), filters

    # -- files -----------------------------------------------------------------------------------------------------

    def edit(self, documents: Mapping[str, str | None], *, look: bool) -> None:
        """Take over what editors hold; ``look``: other files may have changed, too.

        Raises:
            InputError: there is nothing at the path any more.
        """
        if look and self._stamped(self._settings) != self._stamp:
            self.configure()  # not every editor tells of files that change
        for path, text in documents.items():
            if text is None:
                self._open.pop(path, None)
            elif path.endswith(SUFFIXES):
                self._open[path] = text
        most = self.config.limits.file_bytes
        named = {}
        for path, text in self._open.items():
            name, data = self._name(path), encoded(text)
            if name is not None and len(data) <= most:
                named[name] = data
        self._draft = self._session.read(self.config, named, None if look else self._draft)
        on_disk = (self._on_disk(name, data) for name, data in named.items())
        self.memory.saved = look and all(on_disk)

    def _name(self, path: str) -> str | None:
        """The name of a file in reports; None for one outside of the program."""
        if not os.path.isdir(self._path):
            return os.path.basename(path) if os.path.realpath(path) == os.path.realpath(self._path) else None
        known = self._draft.texts if self._draft is not None else {}
        names = []
        for one, root in ((path, self._path), (os.path.realpath(path), os.path.realpath(self._path))):
            if one.startswith(root.rstrip(os.sep) + os.sep):
                names.append(os.path.relpath(one, root).replace(os.sep, "/"))
        return next((name for name in names if name in known), names[0] if names else None)

    def _on_disk(self, name: str, data: bytes) -> bool:
        try:
            with open(self._absolute(name), "rb") as file:
                return file.read(len(data) + 1) == data
        except OSError:
            return False

    def _absolute(self, name: str) -> str:
        return os.path.join(self._folder, name)

    @property
    def knows(self) -> bool:
        """Whether there has been an answer, so that something can be told at once."""
        return self._last is not None

    # -- what is told ----------------------------------------------------------------------------------------------

    def known(self, number: int) -> Findings:
        """What was known before, where it is now; exact, if nothing of it can have changed."""
        draft, last = self._draft, self._last
        assert draft is not None
        broken = {self._absolute(name): self._broken(name, draft) for name in draft.broken}
        same = (
            last is not None
            and not self._outdated
            and {p: s.digest for p, s in self._texts.items()} == {p: s.digest for p, s in draft.read.files.items()}
        )
        moves = {
            self._absolute(name): Move(_lines(self._texts[name]), _lines(source))
            for name, source in draft.texts.items()
            if name in self._texts and self._texts[name].digest != source.digest
        }
        files = {path: _moved(path, shown, moves) for path, shown in last.files.items()} if last is not None else {}
        for path, one in broken.items():
            files[path] = (one, *files.get(path, ()))
        functions = (
            {path: _moved_functions(path, own, moves) for path, own in last.functions.items()}
            if last is not None
            else {}
        )
        return Findings(number, same and last is not None, files, functions, self.mistakes)

    def _broken(self, name: str, draft: Draft) -> Shown:
        failure = draft.broken[name]
        finding = parse_failure.finding(
            Span(name, failure.line, failure.column, failure.line, failure.column), failure.message
        )
        return self._shown(finding, 0, draft.texts)

    def analyzed(self, number: int) -> Findings:
        """The exact answer. It changes nothing here, so that a copy of the process can be the one to ask."""
        draft = self._draft
        assert draft is not None
        begin = time.perf_counter()
        report = self._session.report(draft, self.config)
        report = localized(report, Places(report.root, files=report.files))
        report = select(report, self._filters).report
        texts = draft.read.files
        files: dict[str, list[Shown]] = {}
        for finding, count in _numbered(report.findings):
            files.setdefault(self._absolute(finding.span.path), []).append(self._shown(finding, count, texts))
        functions: dict[str, list[messages.Function]] = {}
        opened = {name for path in self._open if (name := self._name(path)) is not None}
        for function in report.functions:
            if function.path in opened and function.path in texts:
                own = functions.setdefault(self._absolute(function.path), [])
                own.append(self._function(function, report, texts[function.path]))
        took = round((time.perf_counter() - begin) * 1000)
        return Findings(
            number,
            exact=True,
            files={path: tuple(found) for path, found in files.items()},
            functions={path: tuple(found) for path, found in functions.items()},
            mistakes=self.mistakes,
            milliseconds=took,
        )

    def settle(self, findings: Findings) -> Findings:
        """Take note of an exact answer about the program as it is; what is to be shown now."""
        assert self._draft is not None
        self._last, self._texts, self._outdated = findings, self._draft.read.files, False
        return self.known(findings.number) if self._draft.broken else findings

    def _shown(self, finding: Finding, count: int, texts: Mapping[str, SourceFile]) -> Shown:
        related = tuple(
            Place(self._absolute(step.span.path), region(texts[step.span.path], step.span, self._unit), step.message)
            for step in finding.chain
            if step.span.path in texts
        )
        source = texts.get(finding.span.path)
        where = region(source, finding.span, self._unit) if source is not None else Range(0, 0, 0, 0)
        if source is not None and finding.code == parse_failure.RULE.code:
            line = source.line_text(finding.span.line)
            where = where._replace(end_column=max(where.column, units(line, self._unit)))
        proposal = finding.proposal
        return Shown(
            key=f"{finding.fingerprint}:{count}",
            code=finding.code,
            slug=finding.slug,
            severity=finding.severity.value,
            range=where,
            message="\n".join([finding.message, *advice(finding)]),
            related=related,
            fix=proposal.title if proposal is not None else "",
            applicability=proposal.applicability.value if proposal is not None else "display",
            line=0 if finding.code.startswith(TOOL) or (source is not None and source.notebook) else finding.span.line,
        )

    def _function(self, function: FunctionReport, report: Report, source: SourceFile) -> messages.Function:
        findings = [one for one in report.findings if _is_about(one, function)]
        whole = Span(function.path, function.line, 0, function.end_line, 1 << 20)
        return messages.Function(
            name=function.qualname,
            title=telling.title(function, findings),
            text=telling.text(function, findings),
            head=region(source, function.span, self._unit),
            body=region(source, whole, self._unit),
            parameters=tuple(
                messages.Parameter(parameter.name, telling.parameter(parameter)) for parameter in function.parameters
            ),
        )

    # -- questions -------------------------------------------------------------------------------------------------

    def answer(self, ask: messages.Ask) -> messages.Answer:
        """The answer to a question about the program as it is; changes nothing here."""
        draft, name = self._draft, self._name(ask.path)
        if draft is None or name is None or name not in draft.texts:
            return messages.Answer(ask.id, refusal="the file is not part of an analyzed program")
        if name in draft.broken:
            return messages.Answer(ask.id, refusal="the file does not parse at present")
        if ask.what == "held":
            return messages.Answer(ask.id, held=self._held(draft, name))
        if ask.what == "ignore":
            return self._ignored(ask, draft, name)
        return self._fixed(ask, draft, name)

    def _held(self, draft: Draft, name: str) -> tuple[messages.Held, ...]:
        front = self._session.program(draft.read, self.config)
        source = draft.read.files[name]
        return tuple(
            messages.Held(
                one.name,
                one.value,
                region(source, one.within, self._unit),
                region(source, one.at, self._unit) if one.at is not None else None,
                one.attribute,
            )
            for one in held(front, self.config, name)
        )

    def _among(self, ask: messages.Ask, name: str) -> Among:
        """Which findings the question is about: one, until it is fixed, or all that are shown of a file."""
        of_its_kind: list[int] = []

        def wanted(report: Report) -> tuple[Finding, ...]:
            report = select(report, self._filters).report
            if not ask.key:
                return tuple(finding for finding in report.findings if finding.span.path == name)
            told = localized(report, Places(report.root, files=report.files)).findings
            kind = ask.key.partition(":")[0]
            of_its_kind.append(sum(finding.fingerprint == kind for finding in told))
            if of_its_kind[-1] < of_its_kind[0]:
                return ()  # else the next one like it would be known by its name
            numbered = zip(report.findings, _numbered(told), strict=True)
            return tuple(one for one, (known, count) in numbered if ask.key == f"{known.fingerprint}:{count}")

        return wanted

    def _fixed(self, ask: messages.Ask, draft: Draft, name: str) -> messages.Answer:
        result = fix(
            self._session.paths,
            self.config,
            Applicability.DISPLAY if ask.key else Applicability.SAFE,
            among=self._among(ask, name),
            analysis=lambda _paths, config, progress, instead: self._session.run(draft, config, progress, instead),
        )
        if not result.changes:
            reason = result.dropped[0].reason if result.dropped else "there is nothing to fix any more"
            return messages.Answer(ask.id, refusal=reason)
        return messages.Answer(ask.id, changes=self._changes(result.changes))

    def _ignored(self, ask: messages.Ask, draft: Draft, name: str) -> messages.Answer:
        report = self._session.report(draft, self.config)
        found = self._among(ask, name)(report)
        source = draft.read.files[name]
        text, _ = with_ignores(source, found)
        new = in_encoding(source, text)
        if not found or new is None or new == source.data:
            return messages.Answer(ask.id, refusal="there is no place for a comment")
        return messages.Answer(ask.id, changes=self._changes([FileChange(name, source.data, new)]))

    def _changes(self, changes: Iterable[FileChange]) -> dict[str, tuple[messages.TextEdit, ...]]:
        found = {}
        for change in changes:
            old, new = (_file_text(SourceFile(change.path, data)) for data in (change.old, change.new))
            found[self._absolute(change.path)] = edits(old, new, self._unit)
        return found


@contextmanager
def _mistakes_in(path: Path) -> Iterator[None]:
    """Mistakes that are found meanwhile are in that file."""
    try:
        yield
    except click.ClickException as error:
        raise ConfigError(path, 0, error.format_message()) from error
    except EvidenceError as error:
        raise ConfigError(path, 0, str(error)) from error


def _written(path: str | Path) -> tuple[int, int] | None:
    """When a file was written, and how long it is."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _file_text(source: SourceFile) -> str:
    """The text of the file, as an editor has it."""
    return source.data.decode("utf-8", "replace") if source.notebook is not None else source.text


def _lines(source: SourceFile) -> list[str]:
    return NEWLINE.split(_file_text(source))


def _numbered(findings: Iterable[Finding]) -> Iterable[tuple[Finding, int]]:
    """Findings, each with how many before it cannot be told from it but by their places."""
    seen: dict[str, int] = {}
    found = []
    for finding in findings:
        count = seen.get(finding.fingerprint, 0)
        seen[finding.fingerprint] = count + 1
        found.append((finding, count))
    return found


def _is_about(finding: Finding, function: FunctionReport) -> bool:
    """Whether a finding is in a function, or comes from its being traced."""
    if finding.function == function.qualname and finding.span.path == function.path:
        return True
    trace = function.hybridization.span if function.hybridization is not None else None
    return trace is not None and any(step.span == trace for step in finding.chain)


def _moved(path: str, shown: tuple[Shown, ...], moves: Mapping[str, Move]) -> tuple[Shown, ...]:
    found = []
    for one in shown:
        place = moves[path](one.range) if path in moves else one.range
        if place is None:
            continue
        related = []
        for step in one.related:
            at = moves[step.path](step.range) if step.path in moves else step.range
            if at is not None:
                related.append(msgspec.structs.replace(step, range=at))
        found.append(msgspec.structs.replace(one, range=place, related=tuple(related)))
    return tuple(found)


def _moved_functions(
    path: str, functions: tuple[messages.Function, ...], moves: Mapping[str, Move]
) -> tuple[messages.Function, ...]:
    if path not in moves:
        return functions
    found = []
    for one in functions:
        head, end = moves[path](one.head), moves[path](Range(one.body.end_line, 0, one.body.end_line, 0))
        if head is None:
            continue
        last = end.line if end is not None else max(one.body.end_line, head.line)
        found.append(msgspec.structs.replace(one, head=head, body=one.body._replace(line=head.line, end_line=last)))
    return tuple(found)


__all__ = ["SUFFIXES", "InputError", "Project"]
