"""`check --add-ignore`: a suppression comment for each finding that is reported now."""

from __future__ import annotations

from hybridize.config import Limits
from hybridize.report import Report
from hybridize.rewrite.edits import encoded
from hybridize.suppression import with_ignores
from hybridize.syntax.parse import compiles
from hybridize.syntax.source import SourceFile
from hybridize_bot.console import note
from hybridize_bot.files import WriteError, replace
from hybridize_bot.render._facts import count
from hybridize_bot.render._places import Places

NOT_WRITTEN = 2
"""Exit code where a file could not be written."""


def run(report: Report, reason: str, *, quiet: bool) -> int:
    """Write the comments into the files; return the exit code."""
    places = Places(report.root)
    code = total = files = 0
    for path in dict.fromkeys(finding.span.path for finding in report.findings):
        source = SourceFile.read(str(places.file(path)), path, Limits().file_bytes)
        if not isinstance(source, SourceFile):
            continue  # it is one that was not analyzed
        try:
            added = _write(source, report, reason, places)
        except WriteError as error:
            note(f"error: {places.shown(path)} was not written: {error}")
            code = NOT_WRITTEN
            continue
        total += added
        files += bool(added)
    if not quiet:
        where = f" in {count(files, 'file')}" if files else ""
        note(f"Suppressed {count(total, 'finding')}{where}.")
    return code


def _write(source: SourceFile, report: Report, reason: str, places: Places) -> int:
    """Put the comments for the findings in one file into it; how many findings they suppress."""
    text, added = with_ignores(source, report.findings, " ".join(reason.replace("#", "").split()))
    new = encoded(source, text)
    if new is None:
        raise WriteError("its encoding cannot hold the comment")
    if not compiles(SourceFile(source.path, new)):
        raise WriteError("there is no place for a comment")
    if new != source.data:
        replace(places.file(source.path), source.data, new)
    return added
