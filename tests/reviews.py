"""Reviews and remarks built by hand, and what GitHub would make of their Markdown."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

from hybridize_bot.github.comments import Links
from hybridize_bot.github.plan import Own, Place, Posted
from hybridize_bot.github.remarks import Lines, Remark, Reviewed, Step, Suggestion, Told

HEAD, BASE = "a" * 40, "b" * 40
LINKS = Links("https://github.com", "octo/models", HEAD, "0.1.0")


def identity(name):
    return hashlib.md5(str(name).encode()).hexdigest()


def remark(name="one", **changes):
    values = {
        "identity": identity(name),
        "code": "HYB101",
        "slug": "python-side-effect-in-graph",
        "severity": "error",
        "path": "train.py",
        "line": 11,
        "end_line": 11,
        "message": "`train_step` calls `log_step` (train.py:4), which prints (train.py:5): once per graph",
        "function": "train_step",
        "help": "use `tf.print`",
        "lines": Lines(11, 11),
        **changes,
    }
    return Remark(**values)


def full(name="full", **changes):
    """A remark with everything in it."""
    return remark(
        name,
        **{
            "cause": "because of this change: log.py:5, it prints",
            "chain": (Step("train.py", 11, "calls `log_step`"), Step("log.py", 5, 'prints: `print("loss")`')),
            "assumptions": ("`config.debug` is not changed elsewhere",),
            "lines": Lines(10, 11),
            "suggestion": Suggestion(Lines(10, 11), ("@tf.function", "def f(x):")),
            **changes,
        },
    )


def reviewed(*remarks, told=None, **changes):
    values = {"tool": "0.1.0", "repository": "octo/models", "number": 7, "head": HEAD, "base": BASE, **changes}
    return Reviewed(1, remarks=remarks, told=Told(**(told or {})), **values)


def own(one, id="c1", body="", **changes):
    """A comment on ``one`` as GitHub has it."""
    place = Place(one.path, one.lines.first, one.lines.last) if one.lines is not None else None
    return Own(**{"id": id, "identity": one.identity, "body": body, "place": place, **changes})


def state(*comments, **changes):
    return Posted(**{"head": HEAD, "comments": comments, **changes})


class Page(HTMLParser):
    """What GitHub shows of a text: its elements, links, and the words that are searched for mentions and the like."""

    VOID = ("br", "hr", "img", "input")

    def __init__(self, markdown):
        super().__init__(convert_charrefs=True)
        self.elements, self.links, self.attributes, self.open = [], [], [], []
        self.words, self.text = "", ""
        self.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.links += [value for name, value in attrs if name == "href"]
        self.attributes += [name for name, _ in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        self.words += data if not {"code", "pre", "a"} & set(self.open) else "\0"


MEANS = re.compile(
    r"@[\w-]|#[0-9]|GH-[0-9]|\b[0-9a-f]{7,40}\b|www\.|https?:|ftp:|mailto:|:[a-z0-9_+-]+:|\$[^ ]|[\w.]+@[\w.]+"
)
"""What GitHub makes something of in text that is no code and no link."""
OURS = {
    "a", "code", "details", "em", "h2", "h3", "li", "ol", "p", "pre", "strong", "sub", "summary", "table", "tbody",
    "td", "th", "thead", "tr", "ul",
}  # fmt: skip


def harmless(markdown, links=("https://github.com/octo/models/", "https://github.com/hybridize-bot/hybridize-bot/")):
    """What GitHub shows of a text of ours, in which nothing of others may mean anything."""
    page = Page(markdown)
    assert set(page.elements) <= OURS, set(page.elements) - OURS
    assert all(link.startswith(links) for link in page.links), page.links
    assert not set(page.attributes) - {"href", "lang", "align", "start"}, page.attributes
    assert not MEANS.search(page.words), MEANS.search(page.words)
    assert not page.open
    return page
