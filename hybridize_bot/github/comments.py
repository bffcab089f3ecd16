"""What is written on a line of a pull request, and the marks by which what was written is found again.

Nothing of a remark is trusted: its texts are shown as texts (see `hybridize_bot.github.markdown`), and the mark of
ours stands before all of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from hybridize_bot.config import Level
from hybridize_bot.github.markdown import BODY, Rows, block, code, fitted, link, quoted, text
from hybridize_bot.github.remarks import Remark, Reviewed
from hybridize_bot.render import _tool

SUMMARY = "<!-- hybridize:summary:v1 -->"
REVIEW = "<!-- hybridize:review:v1 -->"

WORDS: Mapping[Level, str] = {"error": "Error", "warning": "Warning", "info": "Info"}

_REMARK = re.compile(r"<!-- hybridize:remark:v1:([0-9a-f]{32}) -->")
_BLOB = re.compile(r"/blob/[0-9a-f]{40,64}/")
_SUGGESTED = 20_000
"""Characters of the longest suggestion that is one; a longer one is a change that nobody reads in a comment."""


class Links(NamedTuple):
    """Addresses of what is spoken of."""

    server: str
    repository: str
    head: str
    version: str

    @classmethod
    def of(cls, reviewed: Reviewed, environment: Mapping[str, str]) -> Links:
        """Those of a review; the environment says on which server."""
        server = environment.get("GITHUB_SERVER_URL", "") or "https://github.com"
        return cls(server.rstrip("/"), reviewed.repository, reviewed.head, reviewed.tool)

    def place(self, path: str, line: int) -> str:
        """A place in a file of the head commit, as Markdown: a permalink where there is a repository to link to."""
        # Lines of a notebook are those of the Python in it, and say nothing of the file.
        notebook = path.endswith(".ipynb")
        shown = code(path if notebook else f"{path}:{line}", 500)
        if not self.repository:
            return shown
        return link(
            shown, f"{self.server}/{self.repository}/blob/{self.head}/{quoted(path)}{'' if notebook else f'#L{line}'}"
        )

    def commit(self, commit: str) -> str:
        """A commit, as Markdown."""
        shown = code(commit[:7])
        return link(shown, f"{self.server}/{self.repository}/commit/{commit}") if self.repository else shown

    def rule(self, rule: str) -> str:
        """A rule, as Markdown: a link to its page."""
        return link(rule, _tool.page(rule, quoted(self.version).replace("/", "%2F")))


def mark(identity: str) -> str:
    """The mark of the comment on the remark of this identity."""
    return f"<!-- hybridize:remark:v1:{identity} -->"


def identity(body: str, mine: bool) -> str:
    """The identity of the remark that a comment is about; empty where it is about none, or is not ``mine``."""
    match = _REMARK.match(body) if mine else None
    return match[1] if match is not None else ""


def is_summary(body: str, mine: bool) -> bool:
    """Whether a comment is the summary."""
    return mine and body.startswith(SUMMARY)


def is_review(body: str, mine: bool) -> bool:
    """Whether the body of a review is ours."""
    return mine and body.startswith(REVIEW)


def same(one: str, other: str) -> bool:
    """Whether two comments say the same.

    Links to the lines of another commit do, if their numbers are the same: they lead to what was meant, and a comment
    need not be edited at every push.
    """
    return _normal(one) == _normal(other)


def _normal(body: str) -> str:
    lines = (line.rstrip() for line in body.replace("\r\n", "\n").strip().split("\n"))
    return _BLOB.sub("/blob/-/", "\n".join(lines))


def comment(remark: Remark, links: Links, suggestions: bool) -> str:
    """The body of the comment on the lines of ``remark``."""
    suggestion = _suggestion(remark) if suggestions else ""
    blocks = [
        f"{mark(remark.identity)}\n**{WORDS[remark.severity]}:** {text(remark.message)}",
        text(_capital(remark.cause)),
        f"**Proven:** {text(remark.proof)}" if remark.proof else "",
        text(_capital(remark.help)),
        suggestion,
        fix(remark, suggestion != ""),
        *_grounds(remark, links),
    ]
    return fitted(blocks, _foot(remark, links), BODY)


def fix(remark: Remark, suggested: bool) -> str:
    """What is said of a safe fix that is no suggestion on the page."""
    if suggested or not (remark.fix or remark.suggestion):
        return ""
    what = f": {text(remark.fix)}" if remark.fix else ""
    return f"A safe fix is known{what}. `hybridize check --fix` applies it"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _suggestion(remark: Remark) -> str:
    if remark.suggestion is None or remark.suggestion.lines != remark.lines:
        return ""
    shown = block(remark.suggestion.replacement, "suggestion")
    return shown if len(shown) <= _SUGGESTED else ""


def _grounds(remark: Remark, links: Links) -> list[str | Rows]:
    """What the remark rests on, folded."""
    counts = [count(len(remark.chain), "step")] if remark.chain else []
    counts += [count(len(remark.assumptions), "assumption")] if remark.assumptions else []
    if not counts:
        return []
    rows = [
        f"{number}. {links.place(step.path, step.line)}: {text(step.message, 1_000)}"
        for number, step in enumerate(remark.chain, 1)
    ]
    assumed = [f"- Assumed: {text(assumption, 1_000)}" for assumption in remark.assumptions]
    between = [""] if rows and assumed else []
    head = f"<details><summary>Why: {' and '.join(counts)}</summary>\n\n"
    return [Rows(head, [*rows, *between, *assumed], "\n\n</details>")]


def _foot(remark: Remark, links: Links) -> str:
    accept = code(f"# hybridize: ignore[{remark.code}] reason")
    return f"<sub>{links.rule(remark.code)} {remark.slug}. To accept it: {accept} on its line.</sub>"


def count(number: int, noun: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
