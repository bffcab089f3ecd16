"""The page of a report in a real browser: what it shows, the keyboard, addresses, accessibility, print."""

import pytest
from report import browsing

TRAIN_STEP = "f=train.py%3A%3Atrain_step"
LOSS_OF = "f=train.py%3A%3Aloss_of"
SOURCE = "#detail section:has(> h3:text-is('Source'))"


def names(page):
    return page.locator("#rows .title").all_inner_texts()


def detail(page):
    page.wait_for_selector("#detail h2")
    return page.locator("#detail")


def settled(page, address):
    page.wait_for_function("wanted => location.hash.includes(wanted)", arg=address)


def test_the_verdict_at_a_glance(small, look):
    page = look(small)
    tiles = page.locator(".tile").all_inner_texts()
    assert [" ".join(tile.split()) for tile in tiles] == [
        "1 unsafe", "1 convertible", "1 undetermined", "0 hybrid", "2 eager",
    ]  # fmt: skip
    assert names(page) == ["train_step", "loss_of", "unknown", "log", "main"]
    assert page.locator("#count").inner_text() == "5 functions"


def test_filters_and_orders_and_the_address_that_keeps_them(small, look):
    page = look(small)
    page.locator(".tile.unsafe").click()
    assert names(page) == ["train_step"]
    page.locator("#clear").click()
    page.locator("#search").fill("HELPERS log")
    assert names(page) == ["log"]
    settled(page, "q=HELPERS+log")
    page.locator("#search").fill("")
    page.locator("#severity").select_option("info")
    assert names(page) == ["loss_of"]
    page.locator("#severity").select_option("")
    page.locator("#verdict").select_option("P1 convert-to-hybrid")
    assert names(page) == ["loss_of"]
    page.locator("#verdict").select_option("")
    page.locator(".cell.name button").click()
    assert names(page) == ["log", "loss_of", "main", "train_step", "unknown"]
    page.locator(".cell.name button").click()
    assert names(page) == ["unknown", "train_step", "main", "loss_of", "log"]
    settled(page, "dir=down")
    again = look(small, page.evaluate("location.hash.slice(1)"))
    assert names(again) == names(page)
    page.locator("#search").fill("nothing like that")
    assert page.locator("#nothing").is_visible()
    assert page.locator("#count").inner_text() == "0 of 5 functions"


def test_a_function_with_everything_that_is_known(small, look):
    page = look(small, TRAIN_STEP)
    text = detail(page).inner_text()
    assert page.locator("#detail h2").inner_text() == "train_step"
    assert "runs as a graph by @tf.function" in text
    assert "".join(page.locator(f"{SOURCE} .line.error .mark").all_inner_texts()) == "count += 1log(x)"
    assert page.locator(f"{SOURCE} .line").first.get_attribute("data-line") == "9"
    assert "the first call raises ValueError: </script> as a graph" in text
    assert "helpers.py:2" in text
    assert "float32[4, 3]" in text
    assert "what calls pass" in text
    calls = page.locator("#detail .graph a.node")
    assert sorted(calls.evaluate_all("nodes => nodes.map(node => node.getAttribute('aria-label'))")) == [
        "log, helpers.py:1", "main, train.py:28",
    ]  # fmt: skip
    calls.filter(has_text="log").click()
    page.wait_for_function("() => document.querySelector('#detail h2').textContent === 'log'")
    assert "HYB101" in page.locator("#detail .note.secondary").first.inner_text()
    page.go_back()
    page.wait_for_function("() => document.querySelector('#detail h2').textContent === 'train_step'")


def test_a_fix_is_shown_as_its_diff_and_a_run_with_its_gain(small, look):
    page = look(small, LOSS_OF)
    text = detail(page).inner_text()
    assert page.locator("#detail .diff .added code").all_inner_texts() == ["@tf.function"]
    assert "safe, proven by analysis" in text
    assert "3.00× as fast" in text
    assert "test_train.py::test_loss" in text


def test_what_runs_showed(small, look):
    page = look(small, "view=runs")
    rows = page.locator("table.runs tbody tr")
    assert [row.split()[0] for row in rows.all_inner_texts()] == ["train_step", "loss_of", "unknown"]
    assert "the command does not call it" in rows.nth(2).inner_text()
    assert "the first call raises" in rows.first.inner_text()
    assert rows.nth(1).locator(".gain-bar .faster").count() == 1
    assert "tracing took 40.00 ms, which pays after 20 calls" in rows.nth(1).inner_text()
    rows.nth(1).locator("a").click()
    detail(page)
    settled(page, "view=runs&f=train.py")


def test_the_keyboard_alone(small, look):
    page = look(small)
    page.keyboard.press("/")
    page.keyboard.type("train.py")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.id") == "grid"
    active = page.evaluate("document.getElementById(grid.getAttribute('aria-activedescendant')).innerText")
    assert active.startswith("loss_of")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'detail-head'")
    assert page.locator("#detail h2").inner_text() == "loss_of"
    page.keyboard.press("Escape")
    assert page.locator("#detail").is_hidden()
    assert page.evaluate("document.activeElement.id") == "grid"
    page.keyboard.press("Escape")
    assert page.locator("#search").input_value() == ""
    page.keyboard.press("2")
    assert names(page) == ["loss_of"]
    page.keyboard.press("2")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#help").is_hidden()
    page.keyboard.press("r")
    assert page.locator("#runs").is_visible()
    page.keyboard.press("r")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    assert detail(page).locator("h2").inner_text() == "main"


def test_an_open_function_changes_along_with_the_active_row(small, look):
    page = look(small)
    page.locator("#rows .row").first.locator(".standing").click()
    assert detail(page).locator("h2").inner_text() == "train_step"
    page.locator("#grid").focus()
    page.keyboard.press("j")
    page.wait_for_function("() => document.querySelector('#detail h2').textContent === 'loss_of'")
    assert page.evaluate("document.activeElement.id") == "grid"


def test_light_and_dark(small, look):
    page = look(small, color_scheme="dark")

    def ground():
        return sum(map(int, page.evaluate("getComputedStyle(document.body).backgroundColor").strip("rgb()").split(",")))

    dark = ground()
    page.keyboard.press("t")
    assert dark < 200
    assert ground() > 600
    page.keyboard.press("t")
    assert ground() == dark
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("width", "address"),
    [(1400, ""), (1400, TRAIN_STEP), (390, ""), (390, LOSS_OF), (1400, "view=runs")],
)
def test_nobody_is_shut_out(small, look, scheme, width, address):
    from axe_playwright_python.sync_playwright import Axe

    page = look(small, address, color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    if "f=" in address:
        detail(page)
    found = Axe().run(page).response
    assert len(found["passes"]) > 20
    found = found["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_help_can_be_read_by_all(small, look):
    from axe_playwright_python.sync_playwright import Axe

    page = look(small)
    page.keyboard.press("?")
    assert Axe().run(page).response["violations"] == []


def test_print_has_all_rows_and_the_open_function_and_no_controls(small, look):
    page = look(small, TRAIN_STEP)
    detail(page)
    page.emulate_media(media="print")
    page.wait_for_function("() => getComputedStyle(document.querySelector('#rows .row')).position === 'static'")
    assert len(names(page)) == 5
    assert page.locator("#search").is_hidden()
    assert page.locator("#theme").is_hidden()
    assert page.locator("#detail h2").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.emulate_media(media="screen")
    page.wait_for_function("() => getComputedStyle(document.querySelector('#rows .row')).position === 'absolute'")


def test_of_thousands_of_functions_only_those_in_sight_are_drawn(look, tmp_path):
    page = look(browsing.many(tmp_path / "many.html", 5_000))
    assert page.locator("#count").inner_text() == "5,000 functions"
    assert page.locator("#rows .row").count() < 60
    page.locator("#grid").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    last = detail(page).locator("h2").inner_text()
    assert page.locator("#rows .row.active .title").inner_text() == last
    page.keyboard.press("/")
    page.keyboard.type("m07 f_3")
    page.wait_for_function("() => document.getElementById('count').textContent.endsWith('of 5,000 functions')")
    assert 0 < page.locator("#rows .row").count() < 60


def test_without_scripts_there_is_the_summary(small, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(small.as_uri())
    assert page.locator(".tile.unsafe .big").inner_text() == "1"
    assert "needs JavaScript" in page.locator("noscript").inner_text()
    context.close()


def test_an_address_of_another_report_says_so(small, look):
    page = look(small, "f=gone.py%3A%3Agone&q=train")
    assert "no function gone.py::gone" in page.locator("#trouble").inner_text()
    assert "train_step" in names(page)


def test_calls_are_drawn_anew_for_the_room_there_is(small, look):
    page = look(small, TRAIN_STEP)
    detail(page)
    across = page.locator("#detail .graph a.node rect.shape")
    lefts = across.evaluate_all("nodes => nodes.map(node => Math.round(node.getBoundingClientRect().left))")
    assert len(set(lefts)) == 2
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("() => document.querySelector('#detail .graph svg').clientWidth < 390")
    lefts = across.evaluate_all("nodes => nodes.map(node => Math.round(node.getBoundingClientRect().left))")
    assert len(set(lefts)) == 1
