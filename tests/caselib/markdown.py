"""Markdown text to cases: headings, prose, fenced blocks, file names and configuration. Knows nothing of Python.

Terms: a *section* runs from one heading to the next; a *case* is a section with at least one file. A file named twice
in one section is one file in two pieces, so that prose can stand between them. A ```yaml block without a file name is
configuration, which holds for the section and for those below it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

DEFAULT_NAME = "main.py"

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_FENCE = re.compile(r"^(`{3,}|~{3,})\s*([\w+-]*)\s*$")
_FILE_NAME = re.compile(r"^`([^`]+)`:$")


class CaseError(Exception):
    """A case file that cannot be read; the message names the file and the line."""

    def __init__(self, source: Path | str, line: int, message: str) -> None:
        super().__init__(f"{source}:{line}: {message}")


@dataclass(frozen=True)
class CaseLine:
    """One line of a file in a case, and where it stands in the Markdown (1-based)."""

    number: int
    text: str


@dataclass(frozen=True)
class CaseFile:
    """One file of a case's project; ``path`` is relative, with ``/``."""

    path: str
    lines: tuple[CaseLine, ...]

    @property
    def text(self) -> str:
        """The contents, ending in a newline."""
        return "".join(line.text + "\n" for line in self.lines)

    @property
    def is_python(self) -> bool:
        """Whether expectations are looked for in it."""
        return self.path.endswith((".py", ".pyi"))


@dataclass(frozen=True)
class Case:
    """One section with files: a small project and what should be known about it."""

    source: Path
    titles: tuple[str, ...]
    line: int
    prose: str
    files: tuple[CaseFile, ...]
    config: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The headings from the top down, as one name."""
        return " / ".join(self.titles)

    def file(self, path: str) -> CaseFile | None:
        """The file of that path, if the case has it."""
        return next((file for file in self.files if file.path == path), None)


@dataclass
class _Section:
    titles: tuple[str, ...]
    line: int
    config: dict[str, Any]
    prose: list[str] = field(default_factory=list)
    files: dict[str, list[CaseLine]] = field(default_factory=dict)


def parse(source: Path, text: str | None = None) -> list[Case]:
    """All cases of one Markdown file, in order.

    Raises:
        CaseError: an unclosed fence, an unnamed block of an unknown language, a case without prose, a name used twice.
    """
    if text is None:
        text = source.read_text(encoding="utf-8")
    sections = _Reader(source, text).sections()
    cases = []
    seen: dict[tuple[str, ...], int] = {}
    for section in sections:
        if not section.files:
            continue
        prose = "\n".join(section.prose).strip()
        if not prose:
            raise CaseError(source, section.line, "a case needs prose that says what it pins")
        if section.titles in seen:
            raise CaseError(source, section.line, f"the section of line {seen[section.titles]} has the same name")
        seen[section.titles] = section.line
        files = tuple(CaseFile(path, tuple(lines)) for path, lines in section.files.items())
        cases.append(Case(source, section.titles, section.line, prose, files, section.config))
    return cases


class _Reader:
    """One pass over the lines of a Markdown file."""

    def __init__(self, source: Path, text: str) -> None:
        self.source = source
        self.lines = text.splitlines()
        self.stack: list[tuple[int, _Section]] = []
        self.done: list[_Section] = []

    def sections(self) -> list[_Section]:
        """Read everything."""
        index = 0
        while index < len(self.lines):
            line = self.lines[index]
            heading = _HEADING.match(line)
            fence = _FENCE.match(line)
            if heading:
                self._open(len(heading[1]), heading[2], index + 1)
            elif fence:
                index = self._block(index, fence[1], fence[2])
            elif self.stack:
                self.stack[-1][1].prose.append(line)
            elif line.strip():
                raise CaseError(self.source, index + 1, "text before the first heading")
            index += 1
        return self.done

    def _open(self, level: int, title: str, line: int) -> None:
        while self.stack and self.stack[-1][0] >= level:
            self.stack.pop()
        parent = self.stack[-1][1] if self.stack else None
        titles = (*parent.titles, title) if parent else (title,)
        section = _Section(titles, line, dict(parent.config) if parent else {})
        self.stack.append((level, section))
        self.done.append(section)

    def _block(self, start: int, mark: str, language: str) -> int:
        """Take the block that opens at ``start``; the index of its closing line."""
        end = start + 1
        while end < len(self.lines) and self.lines[end].rstrip() != mark:
            end += 1
        if end == len(self.lines):
            raise CaseError(self.source, start + 1, "this block is never closed")
        if not self.stack:
            raise CaseError(self.source, start + 1, "a block before the first heading")
        section = self.stack[-1][1]
        body = [CaseLine(number + 1, self.lines[number]) for number in range(start + 1, end)]
        name = self._take_name(section)
        if name is None and language == "yaml":
            self._configure(section, start + 1, body)
        elif name is None and language == "python":
            self._add(section, DEFAULT_NAME, body)
        elif name is not None:
            self._check_name(name, start + 1)
            self._add(section, name, body)
        elif language != "text":
            raise CaseError(self.source, start + 1, f"a block of language {language or 'nothing'!r} needs a file name")
        return end

    def _take_name(self, section: _Section) -> str | None:
        """The file name line right above the block, taken out of the prose."""
        while section.prose and not section.prose[-1].strip():
            section.prose.pop()
        match = _FILE_NAME.match(section.prose[-1].strip()) if section.prose else None
        if match is None:
            return None
        section.prose.pop()
        return match[1]

    def _check_name(self, name: str, line: int) -> None:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or name.endswith("/"):
            raise CaseError(self.source, line, f"{name!r} is not the relative path of a file")

    def _add(self, section: _Section, name: str, body: list[CaseLine]) -> None:
        section.files.setdefault(name, []).extend(body)

    def _configure(self, section: _Section, line: int, body: list[CaseLine]) -> None:
        try:
            value = yaml.safe_load("\n".join(part.text for part in body))
        except yaml.YAMLError as error:
            raise CaseError(self.source, line, f"not YAML: {error}") from error
        if not isinstance(value, dict):
            raise CaseError(self.source, line, "configuration must be a mapping")
        section.config.update(value)
