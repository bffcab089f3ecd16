"""`--select` and `--ignore`: from what people type to rule codes and prefixes."""

from __future__ import annotations

from collections.abc import Iterable

import click

from hybridize.rules import _registry


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
