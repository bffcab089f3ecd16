"""The hook of mkdocs.yml: pages made of files that are not in docs/, links out of docs/, and the rules by family.

`make docs` builds the site. A link to a file of the repository that is no page leads to it on GitHub; one that leads
nowhere is left as it is, for mkdocs to complain of.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent.parent
HOME = "https://github.com/hybridize-bot/hybridize-bot"
ELSEWHERE = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}
"""Pages of the site that are files of the repository outside of docs/."""
PAGES = {source: page for page, source in ELSEWHERE.items()} | {"README.md": "index.md"}

FENCE = re.compile(r"^(?P<fence>`{3,}).*?^(?P=fence)`*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<=\]\()(?![a-z][a-z0-9+.-]*:|#)(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?(?=\))")
FAMILY = re.compile(
    r"^## (?P<family>HYB\dxx: .*)$|^\| \[(?P<code>HYB\d+)\]\((?P<page>.*?)\) \| (?P<slug>\S+) ", re.MULTILINE
)


def on_config(config: Any) -> None:
    """List the rules in the navigation."""
    rules = next(entry["Rules"] for section in config.nav for entry in _entries(section) if "Rules" in entry)
    rules[1:1] = families((ROOT / "docs" / "rules" / "README.md").read_text("utf-8"))


def on_files(files: Files, config: Any) -> None:
    """Add the pages that are files elsewhere."""
    for page, source in ELSEWHERE.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text("utf-8")))


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Mend the links of a page."""
    return linked(markdown, page.file.src_uri)


def families(index: str) -> list[dict[str, list[dict[str, str]]]]:
    """Navigation of the rules, from their index."""
    found: list[dict[str, list[dict[str, str]]]] = []
    for match in FAMILY.finditer(index):
        if match["family"]:
            found.append({match["family"]: []})
        else:
            (pages,) = found[-1].values()
            pages.append({f"{match['code']} {match['slug']}": f"rules/{match['page']}"})
    return found


def linked(markdown: str, page: str) -> str:
    """The text of a page, with its links as they are on the site."""
    source = ELSEWHERE.get(page, f"docs/{page}")
    return _outside_of_fences(markdown, lambda text: LINK.sub(lambda link: _target(link, page, source), text))


def _target(link: re.Match[str], page: str, source: str) -> str:
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), link["path"]))
    anchor = link["anchor"] or ""
    if path.startswith("..") or not (ROOT / path).exists():
        return link[0]
    here = posixpath.dirname(page) or "."
    if path in PAGES:
        return posixpath.relpath(PAGES[path], here) + anchor
    if path.startswith("docs/"):
        return posixpath.relpath(path.removeprefix("docs/"), here) + anchor
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"{HOME}/{kind}/main/{path}{anchor}"


def _outside_of_fences(markdown: str, change: Callable[[str], str]) -> str:
    parts, end = [], 0
    for fence in FENCE.finditer(markdown):
        parts += [change(markdown[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, change(markdown[end:])])


def _entries(section: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for entries in section.values() for entry in entries if isinstance(entry, dict)]
