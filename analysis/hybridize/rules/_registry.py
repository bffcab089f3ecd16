"""Every rule, found by walking this package: adding a rule is adding its file."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence

from hybridize import rules as package
from hybridize.finding import Finding
from hybridize.report import FunctionReport, Observation
from hybridize.rules._base import Project, Rule

HAZARDS = "HYB1"
"""The family of rules about what is unsafe in a graph."""


@functools.cache
def rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    return tuple(sorted((module_rule for module_rule, _module in _found()), key=lambda rule: rule.code))


@functools.cache
def documentation(code: str) -> str:
    """The docstring of the file of the rule ``code``: its page, in Markdown.

    Raises:
        KeyError: no rule has this code.
    """
    for rule, text in _found():
        if rule.code == code:
            return text
    raise KeyError(code)


@functools.cache
def find(name: str) -> Rule | None:
    """The rule with this code or slug, whatever the case."""
    wanted = name.strip().lower().replace("_", "-")
    return next((rule for rule in rules() if wanted in (rule.code.lower(), rule.slug)), None)


def suggestion(word: str) -> str:
    """A clause that offers the rules most like ``word``, or says where to find them all."""
    names = {name.lower(): rule for rule in rules() for name in (rule.code, rule.slug)}
    found = dict.fromkeys(names[name] for name in near(word.lower().replace("_", "-"), tuple(names)))
    if not found:
        return "; see `hybridize rule --all`"
    return "; did you mean " + " or ".join(f"{rule.code} ({rule.slug})" for rule in found) + "?"


def near(word: str, known: Sequence[str]) -> tuple[str, ...]:
    """Up to three of ``known`` that ``word`` may be a slip for, the nearest first."""
    import difflib

    return tuple(difflib.get_close_matches(word, known, n=3, cutoff=0.6))


@functools.cache
def _found() -> tuple[tuple[Rule, str], ...]:
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__) if not info.name.startswith("_"))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    return tuple((module.RULE, module.__doc__ or "") for module in modules)


def selected(code: str, select: Sequence[str], ignore: Sequence[str]) -> bool:
    """Whether findings of ``code`` are wanted; an empty ``select`` wants all, and ``ignore`` wins."""
    if any(code.startswith(prefix) for prefix in ignore):
        return False
    return not select or any(code.startswith(prefix) for prefix in select)


def findings(
    functions: Iterable[FunctionReport],
    observations: Sequence[Observation] = (),
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    tensorflow: tuple[int, int] | None = None,
) -> list[Finding]:
    """Run every selected rule over ``functions`` and ``observations``; the result is in canonical order."""
    known = tuple(functions)
    reports = {(function.path, function.qualname): function for function in known}
    project = Project(reports, tuple(observations), tensorflow)
    active = [rule for rule in rules() if selected(rule.code, select, ignore)]
    checks = [(rule, rule.check) for rule in active if rule.check]
    result = [finding for function in known for rule, check in checks for finding in check(rule, function, project)]
    result.extend(_observed(active, project))
    return sorted(result, key=lambda finding: finding.sort_key)


def hazards(functions: Mapping[tuple[str, str], FunctionReport], observations: Sequence[Observation]) -> list[Finding]:
    """What all rules about hazards of graphs say of ``observations``, whatever rules are selected."""
    active = [rule for rule in rules() if rule.code.startswith(HAZARDS)]
    found = _observed(active, Project(functions, tuple(observations)))
    return sorted(found, key=lambda finding: finding.sort_key)


def _observed(active: Sequence[Rule], project: Project) -> Iterator[Finding]:
    observers = [(rule, rule.observe) for rule in active if rule.observe]
    for observation in project.observations:
        for rule, observe in observers:
            if observation.kind in rule.kinds:
                yield from observe(rule, observation, project)
