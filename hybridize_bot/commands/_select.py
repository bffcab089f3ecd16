"""`--select` and `--ignore`: from what people type to rule codes and prefixes."""

from __future__ import annotations

import difflib
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
            raise click.BadParameter(f"no rule matches {word!r}{suggestion(word)}", param_hint=option)
    return tuple(dict.fromkeys(result))


def suggestion(word: str) -> str:
    """A clause that offers the rules most like ``word``, or where to find them all."""
    names = {name.lower(): rule for rule in _registry.rules() for name in (rule.code, rule.slug)}
    near = difflib.get_close_matches(word.lower().replace("_", "-"), names, n=3, cutoff=0.6)
    if not near:
        return "; see `hybridize rule --all`"
    rules = dict.fromkeys(names[name] for name in near)
    return "; did you mean " + " or ".join(f"{rule.code} ({rule.slug})" for rule in rules) + "?"
