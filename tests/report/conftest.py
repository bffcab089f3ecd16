"""One browser for all tests of the page, and pages made once."""

import evidence as evidences
import pytest
from report import browsing

from hybridize.runs import encode
from hybridize_bot.commands import report

PROVEN = {
    "outcome": "proven", "calls": 10, "compared": 8, "traces": 1, "signatures": 1, "eager_ms": 3.0, "graph_ms": 1.0,
    "tracing_ms": 40.0, "gain": 3.0, "tests": ("test_train.py::test_loss",),
}  # fmt: skip
UNSEEN = {"outcome": "not-exercised", "message": "the command does not call it"}
RAISES = {"outcome": "raises", "calls": 3, "message": "the first call raises `ValueError: </script>` as a graph"}


def written(folder, name, **options):
    """The page of a program, as the command writes it."""
    target = folder.parent / f"{name}.html"
    known = {"form": "html", "isolated": True, "quiet": 1, "no_cache": True, **options}
    assert report.run(report.Options(paths=(str(folder),), output=str(target), **known)) == 0
    return target


# Per module: while it is open, playwright's event loop runs in this thread, and asynchronous tests of other modules
# could not start theirs.
@pytest.fixture(scope="module")
def browser():
    if browsing.CHROMIUM is None:
        pytest.skip("no Chromium on this machine: `make system` installs it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browsing.CHROMIUM, args=browsing.ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The page of a small program, parts of which were run."""
    folder = browsing.small(tmp_path_factory.mktemp("small") / "demo")
    (folder / ".hybridize").mkdir()
    known = evidences.of(folder, loss_of=PROVEN, train_step=RAISES, unknown=UNSEEN)
    (folder / ".hybridize" / "evidence.json").write_bytes(encode(known))
    (folder / ".hybridize.yaml").write_text("{}")
    return written(folder, "small", isolated=False)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """The page of programs that would like to be more than text."""
    return written(browsing.hostile(tmp_path_factory.mktemp("hostile") / "evil"), "hostile")


class Looking:
    """An opened page, and everything that went wrong in it or that it asked for."""

    def __init__(self, browser, **context):
        self.context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **context})
        self.page = self.context.new_page()
        self.troubles = []
        self.asked = []
        self.page.on("console", lambda message: self.troubles.append(message.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.troubles.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, file, address=""):
        self.page.goto(file.as_uri() + (f"#{address}" if address else ""))
        self.page.wait_for_selector("html[data-ready]", timeout=20_000)
        return self.page

    def close(self):
        self.context.close()


@pytest.fixture
def look(browser):
    """Open a page; at the end nothing may have gone wrong, and nothing been loaded but the file."""
    opened = []

    def start(file, address="", **context):
        opened.append(Looking(browser, **context))
        return opened[-1].open(file, address)

    yield start
    for one in opened:
        one.close()
        assert one.troubles == []
        assert {url.partition("#")[0] for url in one.asked} <= {url.partition("#")[0] for url in one.asked[:1]}
