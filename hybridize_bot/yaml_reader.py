"""YAML as plain values that remember their lines; made for files nobody has vouched for.

A configuration may come from a stranger's pull request. Only mappings, lists and plain scalars are read: an anchor, an
alias, a tag, a second document or a repeated key is an error, and so is a file that is too large or too deep. Nothing
is ever constructed from a tag, and there is nothing that could expand. Importing this module imports PyYAML (18 ms),
so `hybridize_bot.config` does that only where there is a file.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Union

import msgspec
import yaml

MAX_BYTES = 64 * 1024
"""PyYAML reads some 100 kB/s; a configuration that takes longer than half a second is a mistake or an attack."""

MAX_DEPTH = 16


class YamlError(ValueError):
    """A file that cannot be read as YAML of the plain kind; ``line`` is 1-based, 0 where no line is to blame."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


Data = Union[str, int, float, bool, None, list["Value"], dict[str, "Entry"]]


class Value(msgspec.Struct, frozen=True):
    """A value and the line it begins on."""

    line: int
    data: Data

    @property
    def kind(self) -> str:
        """What people call a value of this type."""
        return _KINDS[type(self.data)]


class Entry(msgspec.Struct, frozen=True):
    """A value in a mapping, and the line of its key."""

    line: int
    value: Value


_KINDS: dict[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a decimal number",
    bool: "true or false",
    type(None): "nothing",
    list: "a list",
    dict: "a mapping",
}

_PREFIX = "tag:yaml.org,2002:"
_SCALARS = tuple(_PREFIX + name for name in ("str", "int", "float", "bool", "null"))


def read(path: Path) -> Value:
    """Read one file.

    Raises:
        YamlError: the file is not YAML of the plain kind.
        OSError: it cannot be read.
    """
    return parse(read_bytes(path, MAX_BYTES))


def parse(source: bytes) -> Value:
    """Read one document; an empty one is an empty mapping.

    Raises:
        YamlError: it is not YAML of the plain kind.
    """
    if len(source) > MAX_BYTES:
        raise YamlError(0, f"larger than {MAX_BYTES // 1024} KiB")
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise YamlError(source.count(b"\n", 0, error.start) + 1, "not valid UTF-8") from None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(line, "contains a character that YAML does not allow") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(mark.line + 1 if mark else 0, error.problem or error.context or "not valid YAML") from None
    except RecursionError:
        raise YamlError(0, "nested too deeply") from None
    if node is None:
        return Value(1, {})
    value = _value(loader, node, 0)
    return Value(value.line, {}) if value.data is None else value


def read_bytes(path: Path, most: int) -> bytes:
    """The bytes of a regular file, up to one more than ``most``.

    Raises:
        YamlError: it is something else.
        OSError: it cannot be read.
    """
    # Not `read_bytes`: a link may lead to a device that never ends, and O_NONBLOCK keeps a pipe from waiting.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise YamlError(0, "not a regular file")
        return file.read(most + 1)


class _Loader(yaml.SafeLoader):
    """Composes nodes only, and refuses what plain settings have no use for."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise yaml.composer.ComposerError(None, None, "anchors and aliases are not allowed", event.start_mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


def _value(loader: _Loader, node: yaml.Node, depth: int) -> Value:
    line = node.start_mark.line + 1
    if depth > MAX_DEPTH:
        raise YamlError(line, "nested too deeply")
    if isinstance(node, yaml.ScalarNode):
        return Value(line, _scalar(loader, node, line))
    if isinstance(node, yaml.SequenceNode) and node.tag == _PREFIX + "seq":
        return Value(line, [_value(loader, item, depth + 1) for item in node.value])
    if isinstance(node, yaml.MappingNode) and node.tag == _PREFIX + "map":
        entries: dict[str, Entry] = {}
        for key, value in node.value:
            key_line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag not in (_PREFIX + "str", _PREFIX + "merge"):
                raise YamlError(key_line, "a key must be text; put it in quotes")
            if key.value in entries:
                raise YamlError(key_line, f"key `{shown(key.value)}` is given twice")
            entries[key.value] = Entry(key_line, _value(loader, value, depth + 1))
        return Value(line, entries)
    raise YamlError(line, f"tag `{shown(node.tag)}` is not allowed")


def _scalar(loader: _Loader, node: yaml.ScalarNode, line: int) -> Data:
    if node.tag not in _SCALARS:
        if node.tag in (_PREFIX + "timestamp", _PREFIX + "value"):
            raise YamlError(line, f"put `{shown(node.value)}` in quotes: YAML reads it as something else than text")
        raise YamlError(line, f"tag `{shown(node.tag)}` is not allowed")
    try:
        data: Data = loader.construct_object(node)
    except (ValueError, KeyError, IndexError):  # such as `!!int x`, or more digits than Python converts
        raise YamlError(line, f"`{shown(node.value)}` cannot be read as {node.tag.removeprefix(_PREFIX)}") from None
    return data


def shown(text: str) -> str:
    """Return ``text`` short and without anything that a terminal would obey."""
    text = text if len(text) <= 60 else text[:57] + "..."
    return text if text.isprintable() else ascii(text)[1:-1]
