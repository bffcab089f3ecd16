"""Programs are text on the page, whatever they hold."""

import re

from report import browsing

SOURCE = "#detail section:has(> h3:text-is('Source'))"


def test_nothing_in_a_program_runs_or_becomes_markup(hostile, look):
    page = look(hostile, "f=evil.py%3A%3Aevil")
    page.wait_for_selector("#detail .code")
    lines = page.locator(f"{SOURCE} .line code").all_text_contents()
    source = browsing.HOSTILE.format(long="y" * 10_000).splitlines()[6:]
    assert lines[0] == source[0]
    assert lines[1] == source[1]
    assert lines[2] == source[2]
    assert lines[3] == "    # admin \\u202e \\u2066# only\\u2069 \\u2066"
    assert lines[4] == source[4]
    assert lines[5].startswith('    text = "\U0001f600 \u05d0\u05d1 tab\there \\x07 yyy')
    assert re.search(r"y{1900} … 8,\d\d\d more characters$", lines[5])
    assert page.evaluate("window.owned") is None
    assert page.locator("#detail b", has_text="bold").count() == 0
    hidden = page.locator(f"{SOURCE} .hidden").all_text_contents()
    assert hidden[:5] == ["\\u202e", "\\u2066", "\\u2069", "\\u2066", "\\x07"]
    assert "".join(page.locator("#detail .line.error .mark").all_text_contents()) == source[4].strip()


def test_names_of_files_stay_names(hostile, look):
    page = look(hostile)
    paths = page.locator("#rows .path").all_text_contents()
    assert "<script>alert(1)</\\u202egnp.exe/a\\nb.py:10" in paths
    assert "caf\\xe9.py:1" in "".join(paths) or "caf\\udce9.py:1" in "".join(paths)
    assert "caf\xe9" in page.locator("#rows .title").all_text_contents()
    assert "<script>alert(1)</\\u202egnp.exe" in page.locator(".package .name").all_text_contents()
    page.locator(".package", has_text="script").click()
    assert page.locator("#rows .row").count() == 4


def test_notebooks_are_told_by_cell_and_files_that_are_no_text_are_told_as_broken(hostile, look):
    page = look(hostile, "f=book.ipynb%3A%3Ain_cell")
    page.wait_for_selector("#detail .code")
    assert page.locator("#detail p.where").inner_text().startswith("book.ipynb:cell 2:2")
    page = look(hostile, "f=half.ipynb%3A%3A")
    page.wait_for_selector("#detail .code")
    assert "half = '\\ud800'" in page.locator("#detail").inner_text()
    page = look(hostile, "f=nul.py%3A%3A")
    page.wait_for_selector("#detail .code")
    assert "return '\\x00'" in page.locator("#detail").inner_text()
    assert "could not be parsed" in page.locator(".broken").inner_text()


def test_the_file_holds_no_text_of_programs_outside_of_what_is_packed(hostile):
    page = hostile.read_text("utf-8")
    assert "window.owned" not in page
    assert "\u202e" not in page
    assert page.count("</script>") == page.count("<script")
    assert page.isascii() or set(re.findall(r"[^\x00-\x7f]", page)).isdisjoint("\u2066\u2069\u200f\ud800")


def test_a_page_that_was_tampered_with_does_not_run(hostile, browser, tmp_path):
    file = tmp_path / "changed.html"
    text = hostile.read_text("utf-8")
    added = "<script>window.owned = 5</script><img src=x onerror='window.owned = 6'>"
    file.write_text(text.replace("</main>", f"{added}</main>"))
    context = browser.new_context()
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate("window.owned") is None
    assert any("Content Security Policy" in text for text in said)
    context.close()


def test_a_long_source_is_shown_in_parts(hostile, look):
    page = look(hostile, "f=long.py%3A%3A")
    page.wait_for_selector("#detail .code")
    lines = page.locator("#detail .line")
    assert lines.count() == 400
    page.locator(".gap-button").click()
    page.locator(".gap-button").click()
    assert lines.count() == 3_400
    assert page.locator(".gap-button").inner_text() == "Show 600 more lines"
    page.locator(".gap-button").click()
    assert lines.last.inner_text() == "x_4000 = 4000"
    assert page.locator(".gap-button").count() == 0
