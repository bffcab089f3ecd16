"""The table ``[tool.hybridize]`` of a `pyproject.toml`, as the values that `hybridize_bot.yaml_reader` makes of YAML.

A value remembers the line that its key stands on, which TOML's own reader does not tell: once the text is known to be
TOML, its headers and keys are read again, line by line. What is in a value of several lines has the line of its key.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from hybridize_bot.yaml_reader import Data, Entry, Value, YamlError, read_bytes

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib

TABLE = ("tool", "hybridize")
MAX_BYTES = 1024 * 1024
"""A `pyproject.toml` holds the settings of many tools."""

_MARK = re.compile(rb"tool\s*\.\s*[\"']?hybridize|^\s*\[\s*tool\s*\]", re.MULTILINE)
_HEADER = re.compile(r"\s*\[\[?(?P<name>[^\]]*)\]\]?\s*(?:#.*)?")
_NAME = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_KEY = re.compile(rf"\s*(?P<name>{_NAME}(?:\s*\.\s*{_NAME})*)\s*=")


def has_table(path: str) -> bool:
    """Whether a file seems to have settings of ours; `read` tells for sure."""
    try:
        return _MARK.search(read_bytes(Path(path), MAX_BYTES)) is not None
    except (OSError, YamlError):
        return False


def read(path: Path) -> Value | None:
    """The table, if the file has one.

    Raises:
        YamlError: the file is not TOML, or too large.
        OSError: it cannot be read.
    """
    data = read_bytes(path, MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise YamlError(0, f"larger than {MAX_BYTES // 1024} KiB")
    try:
        text = data.decode("utf-8")
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise YamlError(data.count(b"\n", 0, error.start) + 1, "not valid UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise YamlError(int(line[1]) if line else 0, f"not valid TOML: {str(error).partition(' (at')[0]}") from None
    except RecursionError:
        raise YamlError(0, "nested too deeply") from None
    found: Any = document
    for name in TABLE:
        if not isinstance(found, dict) or name not in found:
            return None
        found = found[name]
    return _value(found, TABLE, _lines(text), 1)


def _value(data: Any, path: tuple[str, ...], lines: dict[tuple[str, ...], int], above: int) -> Value:
    line = lines.get(path, above)
    if isinstance(data, dict):
        entries: dict[str, Entry] = {}
        for key, item in data.items():
            value = _value(item, (*path, key), lines, line)
            entries[key] = Entry(value.line, value)
        return Value(line, entries)
    if isinstance(data, list):
        return Value(line, [_value(item, path, lines, line) for item in data])
    plain: Data = data if isinstance(data, (str, int, float, bool)) else str(data)
    return Value(line, plain)


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """The path of each header and key to its line; a text of several lines may add some that nobody asks for."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        header, key = _HEADER.fullmatch(line), _KEY.match(line)
        if header is not None:
            table = _parts(header["name"])
            found.setdefault(table, number)
        elif key is not None:
            parts = (*table, *_parts(key["name"]))
            for length in range(len(table) + 1, len(parts) + 1):
                found.setdefault(parts[:length], number)
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    """The names of a dotted key."""
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in re.findall(_NAME, dotted))
