"""What is written under a pull request, into the summary of a run, and at the head of a review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from hybridize_bot.config import Level
from hybridize_bot.github.comments import REVIEW, SUMMARY, WORDS, Links, count, fix
from hybridize_bot.github.markdown import BODY, Rows, code, fitted, row, text
from hybridize_bot.github.remarks import Remark, Reviewed, rank

STEP = 1_000_000
"""Bytes of the summary of a run: GitHub refuses one over 1 MiB as a whole."""

Where = Literal["line", "thread", "elsewhere", "limit", "level", "refused"]
"""Where a remark is told: on its line, in a thread that people have answered, or here, and why."""

_HERE: Mapping[Where, str] = {
    "elsewhere": "Not on lines of the diff",
    "limit": "More than there are comments for",
    "level": "Below the level for comments",
    "refused": "Where GitHub takes no comment",
}
_ALSO: Mapping[Where, str] = {"line": "On their lines", "thread": "In threads that were answered, resolved or hidden"}


def summary(reviewed: Reviewed, links: Links, where: Mapping[str, Where]) -> str:
    """The body of the comment that sums up; ``where`` each remark is told, by identity."""
    groups = [(title, _those(reviewed, where, name)) for name, title in _HERE.items()]
    blocks = [_counts(reviewed), _split(where), *_body(reviewed, links, groups)]
    return fitted([f"{SUMMARY}\n{_title(reviewed)}", *blocks], _foot(reviewed, links), BODY)


def step_summary(reviewed: Reviewed, links: Links, where: Mapping[str, Where], most: int = STEP) -> str:
    """The summary of the run: all remarks, wherever else they are told, in ``most`` bytes."""
    if where:
        groups = [(title, _those(reviewed, where, name)) for name, title in (*_HERE.items(), *_ALSO.items())]
    else:
        groups = [("Findings", list(reviewed.remarks))]
    blocks = [_counts(reviewed), *_body(reviewed, links, groups)]

    def size(part: str) -> int:
        return len(part.encode("utf-8", "surrogatepass"))

    return f"{fitted([f'#{_title(reviewed)[2:]}', *blocks], _foot(reviewed, links), most - 2, size)}\n"


def review(remarks: Sequence[Remark], failed: bool) -> str:
    """The body of a review; ``remarks`` are those it comments on."""
    said = f"hybridize: {_severities(remarks)}." if remarks else "hybridize."
    return f"{REVIEW}\n{said}{' The check fails.' if failed else ''}"


def _title(reviewed: Reviewed) -> str:
    return f"### hybridize: {_severities(reviewed.remarks) or 'no findings'}"


def _severities(remarks: Iterable[Remark]) -> str:
    levels = Counter(one.severity for one in remarks)
    nouns: tuple[tuple[Level, str], ...] = (("error", "error"), ("warning", "warning"), ("info", "note"))
    return ", ".join(count(levels[level], noun) for level, noun in nouns if levels[level])


def _counts(reviewed: Reviewed) -> str:
    """The check's result, and what there was before."""
    said = []
    if reviewed.failed:
        failing = [one for one in reviewed.remarks if rank(one.severity) >= rank_of_failure(reviewed)]
        said.append(f"**The check fails** because of {count(len(failing), 'finding')} that this change causes.")
    if reviewed.resolved:
        said.append(
            f"{count(reviewed.resolved, 'finding')} of before {'is' if reviewed.resolved == 1 else 'are'} gone."
        )
    if reviewed.before:
        verb = "was" if reviewed.before == 1 else "were"
        said.append(f"{count(reviewed.before, 'finding')} that {verb} there before {verb} left alone.")
    return " ".join(said)


def rank_of_failure(reviewed: Reviewed) -> int:
    """The least rank that fails the check."""
    level = reviewed.told.fail_level
    return 3 if level == "never" else rank(level)


def _split(where: Mapping[str, Where]) -> str:
    """How many are told elsewhere than here."""
    counts = Counter(where.values())
    said = [f"{counts[name]:,} {title[0].lower()}{title[1:]}" for name, title in _ALSO.items() if counts[name]]
    here = sum(counts[name] for name in _HERE)
    if not said:
        return ""
    return f"{', '.join([*said, *([f'{here:,} below'] if here else [])])}."


def _body(reviewed: Reviewed, links: Links, groups: Iterable[tuple[str, list[Remark]]]) -> list[str | Rows]:
    return [
        _rules(reviewed, links),
        *(_listed(title, remarks, links) for title, remarks in groups if remarks),
        *_changes(reviewed, links),
        *([Rows("**Notes**\n\n", [f"- {text(note, 2_000)}" for note in reviewed.notes])] if reviewed.notes else []),
    ]


def _rules(reviewed: Reviewed, links: Links) -> Rows | str:
    rules = Counter((one.code, one.slug) for one in reviewed.remarks)
    ordered = sorted(rules.items(), key=lambda item: (-item[1], item[0]))
    rows = [row([links.rule(rule), slug, str(number)]) for (rule, slug), number in ordered]
    return Rows("| Rule | | Findings |\n| --- | --- | ---: |\n", rows) if rows else ""


def _those(reviewed: Reviewed, where: Mapping[str, Where], name: Where) -> list[Remark]:
    return [one for one in reviewed.remarks if where.get(one.identity) == name]


def _listed(title: str, remarks: Sequence[Remark], links: Links) -> Rows:
    return Rows(f"**{title}**\n\n", [_item(one, links) for one in remarks])


def _item(remark: Remark, links: Links) -> str:
    proof = text(f"proven: {remark.proof}", 500) if remark.proof else ""
    said = [text(remark.message, 1_000), text(remark.cause, 500), proof, fix(remark, suggested=False)]
    told = "; ".join(part.rstrip(".") for part in said if part)
    place = links.place(remark.path, remark.line)
    return f"- **{WORDS[remark.severity]}** {place} {told} ({links.rule(remark.code)})"


def _changes(reviewed: Reviewed, links: Links) -> list[Rows]:
    if not reviewed.changes:
        return []
    rows = [
        row(
            [
                f"{code(one.function, 300)} {links.place(one.path, one.line)}",
                text(one.before, 300),
                text(one.after, 300),
            ]
        )
        for one in reviewed.changes
    ]
    head = f"<details><summary>Verdicts: {count(len(rows), 'function')}</summary>\n\n"
    return [Rows(f"{head}| Function | Before | After |\n| --- | --- | --- |\n", rows, "\n\n</details>")]


def _foot(reviewed: Reviewed, links: Links) -> str:
    compared = f"compared with {links.commit(reviewed.base)}, by hybridize {text(reviewed.tool, 40)}"
    return f"<sub>Checked commit {links.commit(reviewed.head)}, {compared}.</sub>"
