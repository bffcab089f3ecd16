"""`--select` and `--ignore`: from what people type to rule codes and prefixes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
import msgspec

from hybridize.config import Config
from hybridize.rules import _registry


def configured(
    config: Config, path: Path | str | None, select: Iterable[str] = (), ignore: Iterable[str] = ()
) -> Config:
    """The rules that the command line selects replace those of the file at ``path``; those it ignores come on top."""
    where = f" in {path}"
    chosen = codes(select, "--select") or codes(config.select, "select" + where)
    ignored = (*codes(config.ignore, "ignore" + where), *codes(ignore, "--ignore"))
    return msgspec.structs.replace(config, select=chosen, ignore=ignored)


def codes(values: Iterable[str], option: str) -> tuple[str, ...]:
    """Split comma lists, turn names into codes, keep prefixes that match a rule.

    Raises:
        click.BadParameter: a word matches no rule.
    """
    result: list[str] = []
    for word in (word.strip() for value in values for word in value.split(",")):
        if not word:
            continue
        rule = _registry.find(word)
        if rule is not None:
            result.append(rule.code)
        elif word.upper() == "ALL":
            result.append("HYB")
        elif any(known.code.startswith(word.upper()) for known in _registry.rules()):
            result.append(word.upper())
        else:
            raise click.BadParameter(f"no rule matches {word!r}{_registry.suggestion(word)}", param_hint=option)
    return tuple(dict.fromkeys(result))
