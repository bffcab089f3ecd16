"""The keys of a configuration file: how each is read, what it holds, and its JSON Schema, in one table.

A reader takes a value, the name of its key, and what the settings hold so far (of a preset, say), and returns what
`hybridize.config.Config` holds. Mappings add to what is there, everything else replaces it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import msgspec

from hybridize.config import Benefit, Config, Heuristic, Limits, Role, SignaturePolicy
from hybridize.finding import Severity

if TYPE_CHECKING:
    from hybridize_bot.yaml_reader import Entry, Value

VERSION = 1

FAIL_LEVELS = ("error", "warning", "info", "never")
PRESETS = ("recommended", "strict", "advisory")

Reader = Callable[["Value", str, Any], Any]


class Mistake(Exception):  # noqa: N818 - never leaves the shell
    """What is wrong with a value, and the line it stands on; 0 where no line is to blame."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class Key(NamedTuple):
    """One key."""

    read: Reader
    schema: Mapping[str, Any]


def mapping(value: Value, name: str, known: Collection[str] | None) -> Mapping[str, Entry]:
    """The entries of a mapping whose keys are ``known`` (None: any).

    Raises:
        Mistake: it is none, or has an unknown key.
    """
    if not isinstance(value.data, dict):
        raise Mistake(value.line, f"{name} must be a mapping of keys to values, not {value.kind}")
    for key, entry in value.data.items():
        if known is not None and key not in known:
            raise Mistake(entry.line, f"unknown key `{_shown(key)}`{_meant(key, known)}")
    return value.data


def _meant(word: str, known: Collection[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word.lower().replace("-", "_"), known, n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else f"; known: {', '.join(known)}"


def _shown(text: str) -> str:
    from hybridize_bot import yaml_reader

    return yaml_reader.shown(text)


# -- plain values ----------------------------------------------------------------------------------------------------


def _boolean(value: Value, name: str, base: Any = None) -> bool:
    if not isinstance(value.data, bool):
        raise Mistake(value.line, f"`{name}` must be true or false, not {value.kind}")
    return value.data


def _text(value: Value, name: str, base: Any = None) -> str:
    if not isinstance(value.data, str):
        raise Mistake(value.line, f"`{name}` must be text, not {value.kind}")
    return value.data


def _texts(value: Value, name: str, base: Any = None) -> tuple[str, ...]:
    return tuple(text for text, _ in _lines(value, name))


def _lines(value: Value, name: str) -> list[tuple[str, int]]:
    """The texts of a list, and the line of each."""
    if isinstance(value.data, str):
        raise Mistake(value.line, f"`{name}` must be a list; write `[{_shown(value.data)}]`")
    if not isinstance(value.data, list):
        raise Mistake(value.line, f"`{name}` must be a list, not {value.kind}")
    found = []
    for item in value.data:
        if not isinstance(item.data, str):
            raise Mistake(item.line, f"every entry of `{name}` must be text, not {item.kind}")
        if not item.data:
            raise Mistake(item.line, f"an entry of `{name}` is empty")
        found.append((item.data, item.line))
    return found


def _whole(least: int, most: int) -> Key:
    def read(value: Value, name: str, base: Any = None) -> int:
        if isinstance(value.data, bool) or not isinstance(value.data, int):
            raise Mistake(value.line, f"`{name}` must be a whole number, not {value.kind}")
        if not least <= value.data <= most:
            raise Mistake(value.line, f"`{name}` must be between {least} and {most}")
        return value.data

    return Key(read, {"type": "integer", "minimum": least, "maximum": most})


def _one_of(*choices: str) -> Key:
    def read(value: Value, name: str, base: Any = None) -> str:
        text = _text(value, name)
        if text not in choices:
            raise Mistake(value.line, f"`{name}` cannot be `{_shown(text)}`{_meant(text, choices)}")
        return text

    return Key(read, {"enum": list(choices)})


def _version(value: Value, name: str, base: Any = None) -> int:
    number: int = _whole(1, 2**31).read(value, name, base)
    if number != VERSION:
        raise Mistake(value.line, f"`{name}: {number}` is not known to this release, which reads version {VERSION}")
    return number


def _keras(value: Value, name: str, base: Any = None) -> int:
    number: int = _whole(0, 3).read(value, name, base)
    if number == 1:
        raise Mistake(value.line, f"`{name}` must be 2 or 3, or 0 to find out")
    return number


# -- lists of texts of some form -------------------------------------------------------------------------------------


def _codes(value: Value, name: str, base: Any = None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for text, line in _lines(value, name) for code in _code(text, line, name)))


def _code(text: str, line: int, name: str) -> tuple[str, ...]:
    import click

    from hybridize_bot.commands import _select

    try:
        return _select.codes([text], name)
    except click.BadParameter as error:
        raise Mistake(line, f"`{name}`: {error.message}") from None


def _patterns(value: Value, name: str, base: Any = None) -> tuple[str, ...]:
    return tuple(_checked_pattern(text, line, name) for text, line in _lines(value, name))


def _checked_pattern(text: str, line: int, name: str) -> str:
    import pathspec

    try:
        pathspec.GitIgnoreSpec.from_lines([text])
    except ValueError:
        raise Mistake(line, f"`{name}`: `{_shown(text)}` is not a .gitignore pattern") from None
    return text


def _folders(value: Value, name: str, base: Any = None) -> tuple[str, ...]:
    for text, line in (found := _lines(value, name)):
        parts = re.split(r"[\\/]", text)
        if not parts[0] or ".." in parts or ":" in parts[0] or "\0" in text:
            raise Mistake(line, f"`{name}`: `{_shown(text)}` is not a folder inside the analyzed one")
    return tuple(text for text, _ in found)


def _dotted(value: Value, name: str, base: Any = None) -> tuple[str, ...]:
    for text, line in (found := _lines(value, name)):
        if not all(part.isidentifier() for part in text.split(".")) or "." not in text:
            raise Mistake(line, f"`{name}`: `{_shown(text)}` is not a dotted name such as `package.module.function`")
    return tuple(text for text, _ in found)


def _entries(value: Value, name: str, base: Any = None) -> tuple[str, ...]:
    for text, line in (found := _lines(value, name)):
        module, colon, function = text.partition(":")
        parts = [*module.split("."), *function.split(".")]
        if not colon or not all(part.replace("*", "x").isidentifier() for part in parts):
            raise Mistake(
                line, f"`{name}`: `{_shown(text)}` is not of the form `package.module:function`; `*` fits any"
            )
    return tuple(text for text, _ in found)


# -- mappings --------------------------------------------------------------------------------------------------------


def _pattern(value: Value, name: str, base: Any = None) -> str:
    text = _text(value, name)
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        reason = _shown(str(error))
        raise Mistake(value.line, f"`{name}`: `{_shown(text)}` is not a regular expression: {reason}") from None
    return text


def _heuristics(value: Value, name: str, base: tuple[Heuristic, ...]) -> tuple[Heuristic, ...]:
    rows = {row.name: row for row in base}
    if isinstance(value.data, bool):
        return tuple(msgspec.structs.replace(row, enabled=value.data) for row in rows.values())
    if not isinstance(value.data, dict):
        raise Mistake(value.line, f"`{name}` must be a mapping of names to heuristics, or false, not {value.kind}")
    for key, entry in value.data.items():
        given = mapping(entry.value, f"`{name}.{_shown(key)}`", HEURISTIC)
        fields: dict[str, Any] = {
            field: HEURISTIC[field].read(item.value, field, None) for field, item in given.items()
        }
        if key in rows:
            rows[key] = msgspec.structs.replace(rows[key], **fields)
        elif "pattern" in fields:
            rows[key] = Heuristic(key, **fields)
        else:
            raise Mistake(entry.line, f"`{name}.{_shown(key)}` needs a `pattern`{_meant(key, rows)}")
    return tuple(rows.values())


def _numbers(kind: type[msgspec.Struct], least: int) -> Key:
    """A mapping whose keys are the fields of ``kind``, all of them whole numbers."""
    number = _whole(least, 2**31 - 1)

    def read(value: Value, name: str, base: Any) -> Any:
        given = mapping(value, f"`{name}`", kind.__struct_fields__)
        numbers = {key: number.read(entry.value, key, None) for key, entry in given.items()}
        return msgspec.structs.replace(base, **numbers)

    fields = {name: dict(number.schema) for name in kind.__struct_fields__}
    return Key(read, {"type": "object", "additionalProperties": False, "properties": fields})


def _severity(value: Value, name: str, base: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    levels = dict(base)
    for key, entry in mapping(value, f"`{name}`", None).items():
        level = LEVEL.read(entry.value, f"{name}.{_shown(key)}", None)
        for code in _code(key, entry.line, name):
            levels[code] = level
    return tuple(levels.items())


def _per_file(
    value: Value, name: str, base: tuple[tuple[str, tuple[str, ...]], ...]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    pairs = dict(base)
    for key, entry in mapping(value, f"`{name}`", None).items():
        pairs[_checked_pattern(key, entry.line, name)] = _codes(entry.value, f"{name}.{_shown(key)}")
    return tuple(pairs.items())


def _review(value: Value, name: str, base: msgspec.Struct) -> msgspec.Struct:
    given = mapping(value, f"`{name}`", REVIEW)
    fields = {key: REVIEW[key].read(entry.value, f"{name}.{key}", None) for key, entry in given.items()}
    return msgspec.structs.replace(base, **fields)


# -- the table -------------------------------------------------------------------------------------------------------

_BOOLEAN = Key(_boolean, {"type": "boolean"})
_LIST: Mapping[str, Any] = {"type": "array", "items": {"type": "string", "minLength": 1}}
LEVEL = _one_of(*(severity.value for severity in Severity))

HEURISTIC: Mapping[str, Key] = {
    "pattern": Key(_pattern, {"type": "string", "format": "regex"}),
    "bases": Key(_texts, _LIST),
    "enabled": _BOOLEAN,
}

REVIEW: Mapping[str, Key] = {
    "comment_level": LEVEL,
    "max_comments": _whole(0, 100),
    "suggestions": _BOOLEAN,
    "summary": _one_of("always", "findings", "never"),
    "request_changes": _BOOLEAN,
}
"""The fields of `hybridize_bot.config.Review`."""

_SPECULATION = {
    "anyOf": [
        {"type": "boolean"},
        {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {name: dict(key.schema) for name, key in HEURISTIC.items()},
            },
        },
    ]
}

KEYS: Mapping[str, Key] = {
    "version": Key(_version, {"const": VERSION}),
    "extends": Key(_texts, _LIST),
    "select": Key(_codes, _LIST),
    "ignore": Key(_codes, _LIST),
    "per_file_ignore": Key(_per_file, {"type": "object", "additionalProperties": _LIST}),
    "severity": Key(_severity, {"type": "object", "additionalProperties": dict(LEVEL.schema)}),
    "exclude": Key(_patterns, _LIST),
    "respect_gitignore": _BOOLEAN,
    "source_roots": Key(_folders, _LIST),
    "entry_points": Key(_entries, _LIST),
    "fail_level": _one_of(*FAIL_LEVELS),
    "baseline": Key(_text, {"type": "string"}),
    "review": Key(
        _review,
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: dict(key.schema) for name, key in REVIEW.items()},
        },
    ),
    "infer_input_signatures": _BOOLEAN,
    "input_signature_policy": _one_of(*get_args(SignaturePolicy)),
    "follow_type_hints": _BOOLEAN,
    "booleans_are_literals": _BOOLEAN,
    "hybrid_wrappers": Key(_dotted, _LIST),
    "models": Key(_texts, _LIST),
    "speculation": Key(_heuristics, _SPECULATION),
    "possible_effects": _BOOLEAN,
    "reached_bounds": _BOOLEAN,
    "keras_major": Key(_keras, {"enum": [0, 2, 3]}),
    "role": _one_of(*get_args(Role)),
    "benefit": _numbers(Benefit, 0),
    "limits": _numbers(Limits, 1),
    "jobs": _whole(0, 1024),
}
"""Every key of a configuration file. Those that `Config` does not have, or has in another form, are `config`'s own."""

SETTINGS = frozenset({"version", "extends", "fail_level", "baseline", "models", "review"})
"""Keys that are no fields of `Config`, or are made into one by `config`."""

assert set(KEYS) - SETTINGS <= set(Config.__struct_fields__)


def schema(descriptions: Mapping[str, str], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a configuration file, draft 7: what editors complete and check by.

    Args:
        descriptions: key to what it is for.
        defaults: key to the value that holds without one.
    """
    properties = {}
    for name, key in KEYS.items():
        properties[name] = {"description": descriptions[name], **key.schema, "default": defaults[name]}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://raw.githubusercontent.com/hybridize-bot/hybridize-bot/main/config/schema.json",
        "title": "Settings of hybridize (.hybridize.yaml)",
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": properties,
    }
