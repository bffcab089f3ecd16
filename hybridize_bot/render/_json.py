"""JSON text of plain data, whatever the file names in it."""

from __future__ import annotations

from typing import Any

import msgspec


def encode(document: Any) -> str:
    """Return indented JSON with a final newline."""
    return msgspec.json.format(_compact(document), indent=2).decode("utf-8") + "\n"


def line(document: Any) -> str:
    """Return JSON on one line, with a newline."""
    return _compact(document).decode("utf-8") + "\n"


def _compact(document: Any) -> bytes:
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:  # a file name that is not UTF-8
        return msgspec.json.encode(_encodable(msgspec.to_builtins(document)))


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_encodable(key): _encodable(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encodable(one) for one in value]
    return value
