"""The site that `make docs` builds: without a warning, complete, and all of it on the disk."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from documentation.pages import DOCS, ROOT
from tools import docsite, reference

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    recipe = re.search(r"^docs:.*\n\t(.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)[1]
    assert recipe == "NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


class Page(HTMLParser):
    """What a page loads, where its links lead, and the names in it that links may end at."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.names: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if given.get("id"):
            self.names.add(given["id"])
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag != "a" and given.get("rel") not in ("next", "prev", "canonical"):
            self.loads += [given[key] for key in ("src", "href", "srcset") if given.get(key)]


@pytest.fixture(scope="module")
def read(site):
    return {path.relative_to(site).as_posix(): Page(path) for path in sorted(site.rglob("*.html"))}


def test_links_lead_to_pages_and_anchors(site, read):
    assert len(read) > 100
    wrong, anchors = [], 0
    for name, page in read.items():
        for link in {*page.links, *page.loads}:
            target = urlsplit(link)
            if target.scheme or not (target.path or target.fragment):
                continue
            path = unquote(target.path)
            # The page that a server shows in place of a missing one may be anywhere: its links start at the top.
            path = (
                path.lstrip("/") if name == "404.html" else os.path.join(os.path.dirname(name), path) if path else name
            )
            path = os.path.normpath(path)
            if not (site / path).is_file():
                wrong.append((name, link))
            elif target.fragment and path in read:
                anchors += 1
                if unquote(target.fragment) not in read[path].names | {"__top"}:
                    wrong.append((name, link))
    assert wrong == []
    assert anchors > 500


def test_nothing_is_loaded_from_elsewhere(site, read):
    assert {link for page in read.values() for link in page.loads if re.match(r"(https?:)?//", link)} == set()
    styles = [path.read_text("utf-8") for path in site.rglob("*.css")]
    assert styles
    assert not [text for text in styles if re.search(r"(url\(|@import\s*)[\"']?(https?:)?//", text)]


def test_every_page_is_in_the_navigation(site):
    """And everything there is a page: mkdocs says so of the rest."""

    class Tags(yaml.SafeLoader):
        """mkdocs.yml names functions of Python by tags."""

    Tags.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: suffix)
    nav = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Tags)["nav"]
    named = set(
        re.findall(r"[\w/-]+\.md", str([nav, docsite.families((DOCS / "rules" / "README.md").read_text("utf-8"))]))
    )
    assert named == {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} | set(docsite.ELSEWHERE)


def test_links_out_of_the_folder_lead_to_the_repository():
    linked = docsite.linked(
        "[a](../action.yml) [b](../CONTRIBUTING.md#releasing) [c](rules/README.md) [d](#here) [e](../nothing.md)\n"
        "```\n[f](../action.yml)\n```\n[g](../tests/cases) [h](https://example.com/)",
        "review.md",
    )
    assert re.findall(r"\]\((.*?)\)", linked) == [
        f"{docsite.HOME}/blob/main/action.yml", "contributing.md#releasing", "rules/README.md", "#here",
        "../nothing.md", "../action.yml", f"{docsite.HOME}/tree/main/tests/cases", "https://example.com/",
    ]  # fmt: skip
    assert docsite.linked("[a](docs/rules/HYB101.md) [b](CHANGELOG.md)", "contributing.md") == (
        "[a](rules/HYB101.md) [b](changelog.md)"
    )


def test_generated_parts_are_up_to_date():
    for name, text in reference.pages().items():
        assert (DOCS / name).read_text("utf-8") == text, "run python -m tests.tools.reference"


def test_the_workflows_shown_are_the_examples():
    shown = (DOCS / "github-action.md").read_text("utf-8")
    examples = sorted((ROOT / "config" / "examples").glob("workflow*.yml"))
    assert len(examples) == 4
    for path in examples:
        assert f"```yaml\n{path.read_text('utf-8')}```\n" in shown, path


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (make system)")
def test_the_site_works_in_files_and_asks_nothing_of_the_network(site):
    """Search finds pages, and what is copied of a session can be typed."""
    from playwright.sync_api import sync_playwright

    asked, errors = [], []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.set_default_timeout(120_000)  # of a machine that does much else
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((site / "fixes.html").as_uri())
        page.evaluate(
            "document.addEventListener('copy', () => { window.copied = String(document.getSelection()) }, true)"
        )
        page.locator(".md-code__button, .md-clipboard").first.click()
        commands = page.evaluate("window.copied").splitlines()
        assert [line.split(" #")[0].rstrip() for line in commands] == [
            f"hybridize check --{options}" for options in ("diff", "fix", "fix --unsafe-fixes", "show-fixes")
        ]
        page.goto((site / "rules" / "HYB101.html").as_uri())
        page.get_by_role("textbox", name="Search").press_sequentially("HYB102")
        first = page.locator(".md-search-result__link").first
        first.wait_for()
        assert "recursive-graph-function" in first.inner_text()
        first.click()
        page.wait_for_url("**/HYB102.html*")
        browser.close()
    assert errors == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:", "about:"))] == []
