"""Settings: the defaults, what `.hybridize.yaml` changes of them, and exact messages for what it gets wrong.

`load` finds the file in the nearest folder at or above the analyzed path. The defaults live in the types
(`hybridize.config.Config` and `Settings`), so that a run without a file never imports YAML; `config/defaults.yaml`
says the same with an explanation of every key, and a test holds the two equal.

What this module refuses to do: run code from a configuration, follow YAML aliases, or let a misspelled key pass.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec

from hybridize.config import Benefit, Config, Heuristic, Limits

if TYPE_CHECKING:
    from hybridize_bot.yaml_reader import Entry, Value

NAMES = (".hybridize.yaml", ".hybridize.yml")
VERSION = 1

FailLevel = Literal["error", "warning", "info", "never"]


class Settings(msgspec.Struct, frozen=True):
    """What one run of the command line works with."""

    config: Config = Config()
    fail_level: FailLevel = "error"
    """The least severity that makes the exit code 1."""
    path: str | None = None
    """The file the settings came from."""
    baseline: str = ""
    """The file of accepted findings, absolute; empty: `hybridize_bot.baseline.NAME`, if there is one."""


class ConfigError(ValueError):
    """A mistake in a configuration file. ``str()`` is one line: the file, the line, what is wrong, what was meant."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        self.path = path
        self.line = line
        self.message = message
        place = _displayed(path) + (f":{line}" if line else "")
        super().__init__(f"{place}: {message}")


def load(start: Path, explicit: Path | None = None, isolated: bool = False) -> Settings:
    """Return the settings for analyzing ``start``.

    Args:
        start: the analyzed file or folder; the search for a configuration file begins there.
        explicit: a configuration file to use instead of searching.
        isolated: use the defaults, whatever files there are.

    Raises:
        ConfigError: the file has a mistake, or cannot be read.
    """
    if explicit is not None and isolated:
        raise ConfigError(explicit, 0, "a configuration file was named, but --isolated ignores all of them")
    if isolated:
        return Settings()
    path = explicit if explicit is not None else find(start)
    if path is None:
        return Settings()
    settings, folder = _read(path), os.path.dirname(os.path.abspath(path))
    if not settings.config.exclude or os.path.commonpath((folder, os.path.abspath(start))) != folder:
        return settings  # a file that was named and lies elsewhere: what it excludes is below the analysis root
    return msgspec.structs.replace(settings, config=msgspec.structs.replace(settings.config, exclude_root=folder))


def find(start: Path) -> Path | None:
    """Return the configuration file of the nearest folder at or above ``start``.

    Raises:
        ConfigError: a folder has two of them.
    """
    folder = os.path.abspath(start)
    if not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    while True:
        # `lexists`: a broken link is a mistake to report, not a file to overlook.
        found = [path for name in NAMES if os.path.lexists(path := os.path.join(folder, name))]
        if len(found) > 1:
            raise ConfigError(Path(found[1]), 0, f"{NAMES[0]} is in the same folder; remove one of them")
        if found:
            return Path(found[0])
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def data_file(name: str) -> Path:
    """Return the path of a file that ships in ``config/``."""
    here = Path(__file__).parent
    packaged = here / "_config"
    # An editable install has no packaged copy; the source tree is next to it.
    return (packaged if packaged.is_dir() else here.parent / "config") / name


def _displayed(path: Path) -> str:
    text = os.path.abspath(path)
    here = os.getcwd()
    text = os.path.relpath(text, here) if text.startswith(here.rstrip(os.sep) + os.sep) else text
    return text if text.isprintable() else ascii(text)[1:-1]


def _read(path: Path) -> Settings:
    from hybridize_bot import yaml_reader

    try:
        document = yaml_reader.read(path)
    except yaml_reader.YamlError as error:
        raise ConfigError(path, error.line, error.message) from None
    except OSError as error:
        raise ConfigError(path, 0, f"cannot be read: {error.strerror or error}") from None
    try:
        return _settings(document, path)
    except _Mistake as mistake:
        raise ConfigError(path, mistake.line, mistake.message) from None


class _Mistake(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def _settings(document: Value, path: Path) -> Settings:
    given = _mapping(document, "the configuration", _TOP)
    values = {key: _TOP[key](entry.value, key) for key, entry in given.items()}
    values.pop("version", None)
    fail_level: FailLevel = values.pop("fail_level", Settings.__struct_defaults__[1])
    baseline: str = values.pop("baseline", "")
    if baseline:
        baseline = os.path.join(os.path.dirname(os.path.abspath(path)), baseline)
    config = msgspec.structs.replace(Config(), **values)
    return Settings(config, fail_level, str(path), baseline)


# Readers: each takes a value and the name of its key, and returns what `Config` holds.


def _mapping(value: Value, name: str, known: Collection[str]) -> Mapping[str, Entry]:
    if not isinstance(value.data, dict):
        raise _Mistake(value.line, f"{name} must be a mapping of keys to values, not {value.kind}")
    for key, entry in value.data.items():
        if key not in known:
            raise _Mistake(entry.line, f"unknown key `{_shown(key)}`{_meant(key, known)}")
    return value.data


def _meant(word: str, known: Collection[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word.lower().replace("-", "_"), known, n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else f"; known: {', '.join(known)}"


def _shown(text: str) -> str:
    from hybridize_bot import yaml_reader

    return yaml_reader.shown(text)


def _boolean(value: Value, name: str) -> bool:
    if not isinstance(value.data, bool):
        raise _Mistake(value.line, f"`{name}` must be true or false, not {value.kind}")
    return value.data


def _text(value: Value, name: str) -> str:
    if not isinstance(value.data, str):
        raise _Mistake(value.line, f"`{name}` must be text, not {value.kind}")
    return value.data


def _texts(value: Value, name: str) -> tuple[str, ...]:
    if isinstance(value.data, str):
        raise _Mistake(value.line, f"`{name}` must be a list; write `[{_shown(value.data)}]`")
    if not isinstance(value.data, list):
        raise _Mistake(value.line, f"`{name}` must be a list, not {value.kind}")
    for item in value.data:
        if not isinstance(item.data, str):
            raise _Mistake(item.line, f"every entry of `{name}` must be text, not {item.kind}")
        if not item.data:
            raise _Mistake(item.line, f"an entry of `{name}` is empty")
    return tuple(item.data for item in value.data if isinstance(item.data, str))


def _whole(least: int, most: int) -> Callable[[Value, str], int]:
    def read(value: Value, name: str) -> int:
        if isinstance(value.data, bool) or not isinstance(value.data, int):
            raise _Mistake(value.line, f"`{name}` must be a whole number, not {value.kind}")
        if not least <= value.data <= most:
            raise _Mistake(value.line, f"`{name}` must be between {least} and {most}")
        return value.data

    return read


def _version(value: Value, name: str) -> int:
    number = _whole(1, 2**31)(value, name)
    if number != VERSION:
        raise _Mistake(value.line, f"`{name}: {number}` is not known to this release, which reads version {VERSION}")
    return number


def _fail_level(value: Value, name: str) -> str:
    levels = get_args(FailLevel)
    text = _text(value, name)
    if text not in levels:
        raise _Mistake(value.line, f"`{name}` cannot be `{_shown(text)}`{_meant(text, levels)}")
    return text


def _codes(value: Value, name: str) -> tuple[str, ...]:
    _texts(value, name)
    if not value.data:
        return ()
    import click

    from hybridize_bot.commands import _select

    codes: list[str] = []
    for item in value.data if isinstance(value.data, list) else ():
        try:
            codes += _select.codes([str(item.data)], name)
        except click.BadParameter as error:
            raise _Mistake(item.line, f"`{name}`: {error.message}") from None
    return tuple(dict.fromkeys(codes))


def _patterns(value: Value, name: str) -> tuple[str, ...]:
    patterns = _texts(value, name)
    if not patterns:
        return ()
    import pathspec

    for item in value.data if isinstance(value.data, list) else ():
        try:
            pathspec.GitIgnoreSpec.from_lines([str(item.data)])
        except ValueError:
            raise _Mistake(item.line, f"`{name}`: `{_shown(str(item.data))}` is not a .gitignore pattern") from None
    return patterns


def _folders(value: Value, name: str) -> tuple[str, ...]:
    folders = _texts(value, name)
    for item in value.data if isinstance(value.data, list) else ():
        parts = re.split(r"[\\/]", str(item.data))
        if not parts[0] or ".." in parts or ":" in parts[0] or "\0" in str(item.data):
            raise _Mistake(item.line, f"`{name}`: `{_shown(str(item.data))}` is not a folder inside the analyzed one")
    return folders


def _pattern(value: Value, name: str) -> str:
    text = _text(value, name)
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        reason = _shown(str(error))
        raise _Mistake(value.line, f"`{name}`: `{_shown(text)}` is not a regular expression: {reason}") from None
    return text


def _heuristics(value: Value, name: str) -> tuple[Heuristic, ...]:
    rows = {row.name: row for row in Config().speculation}
    if isinstance(value.data, bool):
        return tuple(msgspec.structs.replace(row, enabled=value.data) for row in rows.values())
    if not isinstance(value.data, dict):
        raise _Mistake(value.line, f"`{name}` must be a mapping of names to heuristics, or false, not {value.kind}")
    for key, entry in value.data.items():
        given = _mapping(entry.value, f"`{name}.{_shown(key)}`", _HEURISTIC)
        fields: dict[str, Any] = {field: _HEURISTIC[field](item.value, field) for field, item in given.items()}
        if key in rows:
            rows[key] = msgspec.structs.replace(rows[key], **fields)
        elif "pattern" in fields:
            rows[key] = Heuristic(key, **fields)
        else:
            raise _Mistake(entry.line, f"`{name}.{_shown(key)}` needs a `pattern`{_meant(key, rows)}")
    return tuple(rows.values())


def _limits(value: Value, name: str) -> Limits:
    given = _mapping(value, f"`{name}`", Limits.__struct_fields__)
    return Limits(**{key: _whole(1, 2**31 - 1)(entry.value, key) for key, entry in given.items()})


def _role(value: Value, name: str) -> str:
    roles = ("auto", "application", "library")
    text = _text(value, name)
    if text not in roles:
        raise _Mistake(value.line, f"`{name}` cannot be `{_shown(text)}`{_meant(text, roles)}")
    return text


def _benefit(value: Value, name: str) -> Benefit:
    given = _mapping(value, f"`{name}`", Benefit.__struct_fields__)
    return Benefit(**{key: _whole(0, 2**31 - 1)(entry.value, key) for key, entry in given.items()})


def _keras(value: Value, name: str) -> int:
    number = _whole(0, 3)(value, name)
    if number == 1:
        raise _Mistake(value.line, f"`{name}` must be 2 or 3, or 0 to find out")
    return number


_HEURISTIC: dict[str, Callable[[Value, str], Any]] = {"pattern": _pattern, "bases": _texts, "enabled": _boolean}

_TOP: dict[str, Callable[[Value, str], Any]] = {
    "version": _version,
    "select": _codes,
    "ignore": _codes,
    "exclude": _patterns,
    "respect_gitignore": _boolean,
    "source_roots": _folders,
    "fail_level": _fail_level,
    "baseline": _text,
    "infer_input_signatures": _boolean,
    "follow_type_hints": _boolean,
    "booleans_are_literals": _boolean,
    "speculation": _heuristics,
    "possible_effects": _boolean,
    "keras_major": _keras,
    "role": _role,
    "benefit": _benefit,
    "limits": _limits,
    "jobs": _whole(0, 1024),
}
