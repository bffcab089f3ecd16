"""Reads the YAML rows and checks them. Every complaint says where: ``tensorflow/math.yaml:12: no effect 'opp'``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from hybridize.models import rows as _rows
from hybridize.models.expressions import ExpressionError, parse_call, parse_literal, parse_value
from hybridize.models.rows import EFFECTS, Ast, Compiled, Row, digest

if TYPE_CHECKING:
    from hybridize.models.library import Library

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

TOP_KEYS = frozenset({"prefix", "rows", "aliases", "operations"})
ROW_KEYS = frozenset(
    {
        "params",
        "returns",
        "class",
        "attribute",
        "constant",
        "calls",
        "does",
        "bases",
        "since",
        "until",
    }
)
_PARAMETER = re.compile(r"(\*{0,2})([A-Za-z_]\w*)(?:=(.*))?", re.DOTALL)
_VERSION = re.compile(r"\d+\.\d+")


class RowError(ValueError):
    """A row that cannot be used; the message starts with file and line."""


class _File:
    """One YAML file being read."""

    def __init__(self, shown: str) -> None:
        self.shown = shown

    def fail(self, node: yaml.Node | int, message: str) -> RowError:
        line = node if isinstance(node, int) else node.start_mark.line + 1
        return RowError(f"{self.shown}:{line}: {message}")

    def pairs(self, node: yaml.Node, what: str) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            raise self.fail(node, f"{what} must be a mapping")
        seen: set[str] = set()
        for key, value in node.value:
            name = self.text(key, "a key")
            if name in seen:
                raise self.fail(key, f"{name!r} is there twice")
            seen.add(name)
            yield name, key, value

    def text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self.fail(node, f"{what} must be text")
        return str(node.value)

    def texts(self, node: yaml.Node, what: str) -> list[tuple[str, yaml.Node]]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.fail(node, f"{what} must be a list")
        return [(self.text(item, f"an item of {what}"), item) for item in node.value]


class Loaded:
    """What the files hold, with where each row is, for the checks that need all of them."""

    def __init__(self, known: Collection[str] = ()) -> None:
        """``known`` are names of rows that are there already: these may be bases, and what aliases stand for."""
        self.known = known
        self.rows: dict[str, Row] = {}
        self.aliases: dict[str, str] = {}
        self.places: dict[str, tuple[_File, int]] = {}
        self.inits: list[tuple[_File, int, str, str]] = []
        """Constructor arguments read through ``self.NAME``: where, by which row, which."""
        self.counts: list[tuple[_File, int, str, int]] = []
        """Where it stands that a row runs so many operations."""

    def read(self, text: str, shown: str) -> None:
        """Adds one file."""
        file = _File(shown)
        try:
            root = yaml.compose(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            raise file.fail(mark.line + 1 if mark else 1, f"no YAML: {error.problem}") from None
        except (yaml.YAMLError, RecursionError) as error:
            raise file.fail(1, f"no YAML: {error}") from None
        if root is None:
            raise file.fail(1, "the file is empty")
        parts = {name: (key, value) for name, key, value in file.pairs(root, "the file")}
        for name, (key, _) in parts.items():
            if name not in TOP_KEYS:
                raise file.fail(key, f"unknown key {name!r}; there are {', '.join(sorted(TOP_KEYS))}")
        if "prefix" not in parts:
            raise file.fail(root, "no 'prefix'")
        prefix = file.text(parts["prefix"][1], "'prefix'")
        if "rows" in parts:
            for name, key, value in file.pairs(parts["rows"][1], "'rows'"):
                self.row(file, f"{prefix}.{name}" if prefix else name, key, value)
        if "aliases" in parts:
            for name, key, value in file.pairs(parts["aliases"][1], "'aliases'"):
                target = file.text(value, "an alias")
                self.alias(file, *((f"{prefix}.{name}", key, f"{prefix}.{target}") if prefix else (name, key, target)))

        if "operations" in parts:
            for count, key, value in file.pairs(parts["operations"][1], "'operations'"):
                if not count.isdecimal() or int(count) < 1:
                    raise file.fail(key, f"{count!r} is no number of operations")
                for name, item in file.texts(value, "names"):
                    self.counts.append((file, item.start_mark.line + 1, f"{prefix}.{name}", int(count)))

    def alias(self, file: _File, name: str, key: yaml.Node, target: str) -> None:
        if name in self.aliases:
            raise file.fail(key, f"alias {name} is already there")
        self.aliases[name] = target
        self.places[f"alias {name}"] = (file, key.start_mark.line + 1)

    def row(self, file: _File, name: str, key: yaml.Node, node: yaml.Node) -> None:
        line = key.start_mark.line + 1
        if name in self.rows:
            other, at = self.places[name]
            raise file.fail(line, f"row {name} is already at {other.shown}:{at}")
        fields: dict[str, Any] = {}
        values: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for field, place, value in file.pairs(node, f"row {name}"):
            if field not in ROW_KEYS:
                raise file.fail(place, f"unknown key {field!r} in row {name}; there are {', '.join(sorted(ROW_KEYS))}")
            values[field] = (place, value)
        known: frozenset[str] = frozenset({"self"} if "attribute" in values else ())
        if "params" in values:
            params, defaults = _parameters(file, values["params"][1])
            fields.update(params=params, defaults=defaults)
            known |= {p[0] for p in params if p[1] != _rows.REST}
        self.expressions(file, (line, name), values, fields, known)
        if "does" in values:
            fields["does"], fields["mutates"] = _effects(file, values["does"][1], known)
        if "bases" in values:
            fields["bases"] = tuple(text for text, _ in file.texts(values["bases"][1], "'bases'"))
        for field in ("since", "until"):
            if field in values:
                fields[field] = file.text(values[field][1], f"{field!r}")
                if not _VERSION.fullmatch(fields[field]):
                    raise file.fail(values[field][1], f"{field!r} is a version such as '2.15'")
        if sum(f in values for f in ("returns", "class", "attribute", "constant")) > 1:
            raise file.fail(line, f"row {name} has more than one of returns, class, attribute, constant")
        self.rows[name] = Row(name=name, **fields)
        self.places[name] = (file, line)

    def expressions(
        self,
        file: _File,
        place: tuple[int, str],
        values: dict[str, tuple[yaml.Node, yaml.Node]],
        fields: dict[str, Any],
        known: frozenset[str],
    ) -> None:
        """Parses the value expressions of a row into ``fields``."""
        line, name = place

        def init(argument: str) -> None:
            self.inits.append((file, line, name, argument))

        for field in ("returns", "class", "attribute", "constant"):
            if field in values:
                text = file.text(values[field][1], f"{field!r}")
                try:
                    fields["class_" if field == "class" else field] = parse_value(text, known, init)
                except ExpressionError as error:
                    raise file.fail(values[field][1], f"{field} of {name}: {error}") from None
        if "calls" in values:
            calls: list[Ast] = []
            for text, item in file.texts(values["calls"][1], "'calls'"):
                try:
                    calls.append(parse_call(text, known, init))
                except ExpressionError as error:
                    raise file.fail(item, f"calls of {name}: {error}") from None
            fields["calls"] = tuple(calls)

    def finish(self) -> None:
        """The checks that look at several rows, and what is said of rows of other files."""
        for file, line, name, count in self.counts:
            if name not in self.rows:
                raise file.fail(line, f"operations of {name}, which has no row")
            if self.rows[name].operations:
                raise file.fail(line, f"operations of {name} are there twice")
            self.rows[name] = msgspec.structs.replace(self.rows[name], operations=count)
        for name, row in self.rows.items():
            file, line = self.places[name]
            for base in row.bases:
                if base not in self.rows and base not in self.known:
                    raise file.fail(line, f"base {base} of {name} has no row")
            if name in self.aliases:
                raise file.fail(line, f"{name} is both a row and an alias")
        for name, target in self.aliases.items():
            file, line = self.places[f"alias {name}"]
            inside = target + "."
            names = (*self.rows, *self.known)
            if target not in self.rows and not any(n == target or n.startswith(inside) for n in names):
                raise file.fail(line, f"alias {name} leads to {target}, which has no row")
        for file, line, name, argument in self.inits:
            owner = self.rows.get(name.rpartition(".")[0])
            if owner is None or owner.params is None:
                raise file.fail(line, f"{name} reads self.{argument}, but its class has no row with parameters")
            if not any(p[0] == argument or p[1] in {_rows.REST, _rows.VAR_KEYWORD} for p in owner.params):
                raise file.fail(line, f"{name} reads self.{argument}, which is no parameter of {owner.name}")


def _parameters(file: _File, node: yaml.Node) -> tuple[tuple[tuple[str, str, bool], ...], dict[str, Any]]:
    params: list[tuple[str, str, bool]] = []
    defaults: dict[str, Any] = {}
    kind = _rows.POSITIONAL
    for text, item in file.texts(node, "'params'"):
        if text == "/":
            params = [(name, _rows.POSITIONAL_ONLY, default) for name, _, default in params]
        elif text == "*":
            kind = _rows.KEYWORD_ONLY
        elif text == "...":
            params.append(("...", _rows.REST, True))
        else:
            match = _PARAMETER.fullmatch(text)
            if match is None:
                raise file.fail(item, f"{text!r} is no parameter")
            stars, name, default = match.groups()
            if any(p[0] == name for p in params):
                raise file.fail(item, f"parameter {name!r} is there twice")
            if stars:
                params.append((name, _rows.VAR_POSITIONAL if stars == "*" else _rows.VAR_KEYWORD, True))
                kind = _rows.KEYWORD_ONLY
                continue
            params.append((name, kind, default is not None))
            if default is not None and default != "...":
                try:
                    defaults[name] = parse_literal(default)
                except ExpressionError:
                    raise file.fail(item, f"default of {name!r} is no literal; write '{name}=...'") from None
    return tuple(params), defaults


def _effects(file: _File, node: yaml.Node, known: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    does: set[str] = set()
    mutates: set[str] = set()
    for text, item in file.texts(node, "'does'"):
        if text.startswith("mutates:"):
            parameter = text.removeprefix("mutates:")
            if parameter not in known:
                raise file.fail(item, f"{text!r}: the row has no parameter {parameter!r}")
            mutates.add(parameter)
        elif text in EFFECTS:
            does.add(text)
        else:
            raise file.fail(item, f"no effect {text!r}; there are {', '.join(sorted(EFFECTS))}, mutates:PARAM")
    return frozenset(does), frozenset(mutates)


def load(files: Iterable[Path], root: Path) -> Loaded:
    """All files, checked. ``root`` is what messages show paths relative to."""
    loaded = Loaded()
    for path in sorted(files, key=lambda p: p.as_posix()):
        loaded.read(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix())
    loaded.finish()
    return loaded


def compile_rows(files: Iterable[Path]) -> Compiled:
    """The form `library.library` reads, from the YAML of the package."""
    files = tuple(files)
    loaded = load(files, _rows.DATA)
    encoder = msgspec.msgpack.Encoder(order="deterministic")
    encoded = {name: msgspec.Raw(encoder.encode(loaded.rows[name])) for name in sorted(loaded.rows)}
    return Compiled(digest(files), encoded, dict(sorted(loaded.aliases.items())))


def extended(files: Sequence[tuple[str, str]], hybrid: Sequence[str]) -> Library:
    """The rows of the package and those of ``files``, pairs of a name for messages and YAML, which win.

    The dotted names in ``hybrid`` stand for `tf.function`.

    Raises:
        RowError: a row cannot be used.
    """
    from hybridize.models.library import Library, compiled

    base = compiled()
    loaded = Loaded(base.rows)
    for shown, text in files:
        loaded.read(text, shown)
    loaded.finish()
    encoder = msgspec.msgpack.Encoder(order="deterministic")
    rows = {name: msgspec.Raw(encoder.encode(row)) for name, row in loaded.rows.items()}
    wrappers = dict.fromkeys(hybrid, "tensorflow.function")
    kept = {name: row for name, row in base.rows.items() if name not in wrappers and name not in loaded.aliases}
    return Library({**kept, **rows}, {**base.aliases, **loaded.aliases, **wrappers})
