"""How fast the page of `hybridize report` is in Chromium, with many functions.

    python benchmarks/report_page.py [--functions N] [--rounds N] [--publish]

The functions are made up: 50 in a file, with source, facts, callers, findings and runs. Measured are making the page,
opening it until its rows are painted, a keystroke in the search field until the rows that match are painted, opening a
function until its details are, and a turn of the wheel. Processor time is what another machine, or a busy one, can be
compared by. ``--publish`` writes the table into docs/performance.md.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "analysis"), str(ROOT / "benchmarks")]

WORDS = ("train", "m07", "loss HYB101", "undetermined", "f_31", "zzz", "proven")
"""What is typed, letter by letter."""

PROCESSOR = "processor time of a keystroke (main thread: code, style, layout, paint)"

BODY = """\
def {name}(x, y, training=False):
    \"\"\"Function {number} of many.\"\"\"
    hidden = tf.nn.relu(tf.matmul(x, y))
    if training:
        hidden = tf.nn.dropout(hidden, 0.5)
    print("step", {number})
    total = tf.reduce_mean(tf.square(hidden))
    return total, hidden


"""
LINES = BODY.count("\n")
IN_FILE = 50

PAINTED = """(start) => new Promise(done => requestAnimationFrame(() => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => done(performance.now() - start);
  channel.port2.postMessage(0);
}))"""
"""Milliseconds from ``start`` until the next frame has been painted."""

WATCH = f"""() => {{
  const painted = {PAINTED};
  window.strokes = [];
  const note = event => painted(event.timeStamp).then(one => strokes.push(one));
  document.getElementById("search").addEventListener("input", note, true);
}}"""


def made(folder: Path, number: int) -> str:
    """The page of ``number`` made-up functions, whose files are written below ``folder``."""
    from hybridize.finding import Finding, Related, Severity, Span
    from hybridize.report import Evidence, Fact, FileSummary, FunctionReport, Parameter, Report, Spec, Verdict
    from hybridize.runs import VERSION, FunctionEvidence, RunEvidence
    from hybridize_bot.evidence import Known
    from hybridize_bot.render._places import Places
    from hybridize_bot.render.html import page
    from hybridize_bot.selection import Selection

    matrix = Spec("TensorSpec", "float32", (None, 8))
    functions, findings, files = [], [], []
    for at in range(0, number, IN_FILE):
        path = f"package_{at // 500:02}/m{at // IN_FILE % 10:02}_module.py"
        here = range(at, min(number, at + IN_FILE))
        text = "import tensorflow as tf\n\n\n" + "".join(BODY.format(name=f"f_{one}", number=one) for one in here)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
        files.append(FileSummary(path, text.count("\n"), True))
        for one in here:
            line = 4 + (one - at) * LINES
            name = f"f_{one}"
            prints = Span(path, line + 5, 4, line + 5, 17 + len(str(one)))
            effects = Evidence(path, line + 5, f'print("step", {one})', kind="io", detail="prints", span=prints)
            facts = {
                "tensor_parameter": Fact(True, "flow"),
                "side_effects": Fact(bool(one % 3) or None, "flow", (effects,), "unknown-callee"),
                **{f"other_fact_{i}": Fact(False, "flow") for i in range(16)},
            }
            parameters = (
                *(Parameter(letter, "positional-or-keyword", True, False, (matrix,), "flow") for letter in ("x", "y")),
                Parameter("training", "positional-or-keyword", False, True, (), "flow"),
            )
            failures = ("side-effects",) if one % 3 else ("undetermined-side-effects",)
            place = Span(path, line, 4, line, 4 + len(name))
            ran = FunctionEvidence(
                name, path, line, "0", "0", "proven", calls=9, compared=8, traces=1, signatures=1, eager_ms=3.0,
                graph_ms=1.0, tracing_ms=90.0, gain=3.0,
            )  # fmt: skip
            callers = tuple((path, f"f_{other}") for other in here if other < one and (one * other) % 7 == 1)[:6]
            functions.append(
                FunctionReport(
                    path, name, line, line + LINES - 3, one % 5 == 0, None, parameters, facts, None, "several dtypes",
                    Verdict(failures=failures), (), place, callers=callers, run=ran if one % 11 == 0 else None,
                )
            )  # fmt: skip
            if one % 4 == 0:
                severity = (Severity.ERROR, Severity.WARNING, Severity.INFO)[one % 3]
                code, slug = (("HYB101", "python-side-effect-in-graph"), ("HYB201", "python-literal-argument"))[one % 2]
                message = f"`{name}` prints: in a graph this happens only while tracing"
                findings.append(Finding(code, slug, severity, prints, message, name, chain=(Related(place, "here"),)))
    report = Report("0", str(folder), tuple(functions), tuple(findings), tuple(files), {"functions": number})
    runs = RunEvidence(VERSION, "0", "2", "3", "3", "linux", ("pytest",), tuple(f.run for f in functions if f.run))
    places = Places(report.root, files=report.files)
    return page.render(Selection(report), places, Known(str(folder), runs), f"{number:,} functions")


def measured(file: Path, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each thing that people do."""
    from playwright.sync_api import sync_playwright

    from tests.report.browsing import ARGUMENTS, CHROMIUM

    times: dict[str, list[float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for _ in range(rounds):
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.goto(file.as_uri())
            page.wait_for_selector("html[data-ready]", timeout=60_000)
            page.wait_for_function("() => performance.getEntriesByName('ready').length")
            ready = page.evaluate("performance.getEntriesByName('ready')[0].startTime")
            times.setdefault("open the page", []).append(ready)
            page.evaluate(WATCH)
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            for word in WORDS:
                page.locator("#search").fill("")
                page.wait_for_timeout(300)
                before = _busy(session)
                page.locator("#search").press_sequentially(word, delay=30)
                page.wait_for_timeout(60)
                times.setdefault(PROCESSOR, []).append((_busy(session) - before) / len(word))
            page.wait_for_timeout(200)
            times.setdefault("a keystroke in the search", []).extend(page.evaluate("strokes"))
            page.locator("#search").fill("")
            for at in (1, 4, 8):
                took = page.evaluate(
                    f"""async (at) => {{
                      const start = performance.now();
                      const row = document.querySelectorAll("#rows .row")[at];
                      const name = row.querySelector(".title").textContent;
                      row.click();
                      while (document.querySelector("#detail h2")?.textContent !== name)
                        await new Promise(requestAnimationFrame);
                      return ({PAINTED})(start);
                    }}""",
                    at,
                )
                times.setdefault("open a function", []).append(took)
                page.keyboard.press("Escape")
            took = page.evaluate(
                f"""async () => {{
                  const all = [];
                  for (let turn = 0; turn < 40; turn++) {{
                    const start = performance.now();
                    window.scrollBy(0, 700);
                    await new Promise(requestAnimationFrame);
                    all.push(await ({PAINTED})(start));
                  }}
                  return all;
                }}"""
            )
            times.setdefault("a turn of the wheel", []).extend(took)
            page.context.close()
        browser.close()
    return times


def _busy(session: Any) -> float:
    """Milliseconds of processor time that the page's main thread has taken."""
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return 1000 * float(metrics["TaskDuration"])


def main() -> None:
    """Make the page, measure, print, and publish if asked for."""
    from _measure import commit, machine, publish, table

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--functions", type=int, nargs="+", default=[500, 5_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--publish", action="store_true")
    options = parser.parse_args()
    rows = []
    for number in options.functions:
        folder = Path(tempfile.mkdtemp())
        begin = time.perf_counter()
        text = made(folder, number)
        seconds = time.perf_counter() - begin
        file = folder / "report.html"
        file.write_text(text, "utf-8")
        size = f"{len(text) / 1e6:.2f} MB, made in {seconds:.1f} s"
        for name, found in measured(file, options.rounds).items():
            ordered = sorted(found)
            high = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
            middle = statistics.median(found)
            what = f"{number:,} functions ({size}): {name}"
            rows.append((what, str(len(found)), f"{middle:.0f} ms", f"{high:.0f} ms"))
        shutil.rmtree(folder)
    text = table(("what", "measured", "median", "95 %"), rows)
    print(text)
    if options.publish:
        publish("report page", f"{text}\n\n{machine()}, Chromium headless, commit {commit()}.")


if __name__ == "__main__":
    main()
