"""The page by keys alone, by going back, without a script, with a script that fails: in a real browser."""

import json
import os
import shutil
import signal

import pytest
from browser import tab
from serving import copied_cards, serving
from test_page_browser import axe
from test_page_stranger import bundle, result

from cdshooks.ehr import shelf
from cdshooks.page.state import State

CHART = State("low-b12-anaemia", hook="order-select", orders=("folic-acid-5mg-daily",)).url("/")


@pytest.fixture(scope="module")
def at(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("keys")) as service:
        yield f"http://127.0.0.1:{service.port}"


def focused(page) -> str:
    return page.evaluate("document.activeElement.textContent.trim()")


def test_a_choice_by_arrows_is_not_sent_under_ones_hands_and_by_its_button_it_is(browser, at):
    with tab(browser) as page:
        page.goto(at + State("healthy").url("/"))
        page.get_by_label("Another patient").focus()
        page.keyboard.press("ArrowDown")
        page.get_by_role("radio", name="chart opened").focus()
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(300)
        assert page.url == at + State("healthy").url("/")
        assert page.get_by_role("radio", name="order selected").is_checked()
        page.get_by_role("button", name="Open").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "patient=healthy&" not in url)


def test_a_choice_by_mouse_is_sent_at_once(browser, at):
    with tab(browser) as page:
        page.goto(at + State("healthy").url("/"))
        page.get_by_role("radio", name="orders signed").click()
        page.wait_for_url(lambda url: "hook=order-sign" in url)


def test_whoever_fires_by_keys_is_led_to_what_came_and_by_mouse_nothing_moves(browser, at):
    from playwright.sync_api import expect

    with tab(browser) as page:
        page.goto(at + State("low-b12-anaemia").url("/"))
        page.get_by_label("Draft an order").focus()
        page.keyboard.type("folic acid 5 mg daily")
        page.keyboard.press("Enter")
        expect(page.locator("article.critical")).to_be_visible()
        assert " card" in focused(page)[:8]
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('article.card') !== null")
        page.get_by_role("button", name="Fire", exact=True).click()
        page.wait_for_load_state()
        assert page.evaluate("document.activeElement === document.body")


def test_going_back_shows_the_choices_of_the_page_that_one_goes_back_to(browser, at):
    from playwright.sync_api import expect

    with tab(browser) as page:
        page.goto(at + State("healthy").url("/"))
        page.get_by_label("Another patient").select_option("low-b12")
        page.wait_for_url(lambda url: "patient=low-b12&" in url)
        page.get_by_role("radio", name="orders signed").click()
        page.wait_for_url(lambda url: "hook=order-sign" in url)
        page.go_back()
        expect(page.get_by_role("radio", name="chart opened")).to_be_checked()
        page.go_back()
        expect(page.get_by_label("Another patient")).to_have_value("healthy")
        page.goto(at + "/cohort")
        page.get_by_label("How loud").select_option("critical")
        page.wait_for_url(lambda url: "level=critical" in url)
        page.go_back()
        expect(page.get_by_label("How loud")).to_have_value("")


def test_the_why_of_a_long_record_is_fired_again_with_a_change(browser, at):
    from playwright.sync_api import expect

    with tab(browser) as page:
        page.goto(at + State("followed-for-years").url("/why"))
        page.locator(".rows summary", has_text="Change").first.click()
        page.get_by_label("value").first.fill("77")
        page.get_by_role("button", name="Fire again").first.click()
        expect(page.locator("#changed")).to_have_text("Changed")
        assert page.url.count("set=") == 1


def test_text_that_turns_its_direction_turns_nothing_beside_it(browser, at):
    body = json.loads((shelf.folder() / "patients" / "low-b12.json").read_text("utf-8"))
    for entry in body["entry"][1:]:
        row = entry["resource"]
        if "valueQuantity" in row:
            row["valueQuantity"] |= {"unit": "ng/L \u05d0\u05d1"}
    body["entry"][0]["resource"]["name"] = [{"text": "\u202eمحمد"}]
    with tab(browser) as page:
        page.goto(at + "/")
        page.get_by_label("or paste it").fill(json.dumps(body))
        page.get_by_role("button", name="Open this chart").click()
        row = page.locator(".rows li", has_text="ng/L").first
        for part in (".what", ".when", "time"):
            assert row.locator(part).first.evaluate("one => getComputedStyle(one).unicodeBidi") == "isolate"


def test_what_cannot_be_copied_is_selected_and_a_button_gets_its_words_back(browser, at):
    from playwright.sync_api import expect

    with tab(browser) as page:
        page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
        page.goto(at + CHART)
        page.get_by_text("as curl").click()
        button = page.locator("[data-copy='#copy-1']")
        button.click()
        expect(button).to_contain_text("Ctrl+C")
        assert page.evaluate("getSelection().toString()").startswith("curl -s")
        button.click()
        expect(button).to_have_text("Copy")


def test_all_that_is_folded_away_fits_a_narrow_screen(browser, at):
    rows = [result(value=100 + n, day=f"{2000 + n // 12}-{n % 12 + 1:02}-01", id=f"o{n}") for n in range(150)]
    with tab(browser) as page:
        page.set_viewport_size({"width": 320, "height": 600})
        page.goto(at + "/")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_label("or paste it").fill(bundle(*rows))
        page.get_by_role("button", name="Open this chart").click()
        page.get_by_role("button", name="Over time", exact=True).click()
        page.get_by_role("heading", name="The same in numbers").wait_for()
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_paper_what_is_folded_away_on_the_screen_can_be_read(browser, at):
    with tab(browser) as page:
        page.goto(at + State("odd-data").url("/"))
        page.emulate_media(media="print")
        parts = page.locator(".card > details .prose, .series > details .rows")
        assert parts.count() > 2
        assert parts.evaluate_all("all => all.every((one) => one.checkVisibility())")
        assert not page.locator(".card > details > summary").first.is_visible()


@pytest.mark.parametrize("path", [CHART, "/judge"])
def test_where_the_reader_has_own_colours_what_is_chosen_is_still_told_from_the_rest(browser, at, path):
    with tab(browser, forced_colors="active", bypass_csp=True) as page:
        page.goto(at + path)
        assert axe(page) == []
        colours = page.locator(".top nav a").evaluate_all("all => all.map(one => getComputedStyle(one).borderBottomColor)")
        assert sorted(colours.count(one) for one in set(colours)) == [1, len(colours) - 1]


def test_a_fault_of_the_cards_is_read_whole(browser, tmp_path):
    cards = copied_cards(tmp_path)
    with serving(tmp_path, "--watch", "--cards", str(cards)) as service, tab(browser, "phone") as page:
        page.goto(f"http://127.0.0.1:{service.port}/bench")
        file = next(cards.glob("*/vignettes.toml"))
        file.write_text(file.read_text("utf-8") + "\n[[vignette]\n", "utf-8")
        page.locator(".faults pre").wait_for()
        assert page.locator(".faults pre").evaluate("one => one.scrollWidth <= one.clientWidth")


@pytest.mark.parametrize("path", ["/", CHART, "/why?patient=healthy&hook=patient-view", "/cohort", "/feed?of=bundled", "/cards"])
def test_without_a_script_nothing_stands_there_that_does_nothing(browser, at, path):
    with tab(browser, java_script_enabled=False) as page:
        page.goto(at + path)
        for control in page.locator("[data-copy], input[data-filter]:not([name])").all():
            assert not control.is_visible()


def test_a_filter_says_how_many_are_left_and_holds_when_one_comes_back(browser, at):
    from playwright.sync_api import expect

    with tab(browser) as page:
        page.goto(at + "/")
        page.get_by_label("Filter").fill("pregnant")
        expect(page.locator("#filter + output")).to_contain_text(" of ")
        shown = page.locator("#patients > li:visible").count()
        assert 0 < shown < 10
        page.locator("#patients > li:visible a").first.click()
        page.go_back()
        words = page.get_by_label("Filter").input_value()
        assert page.locator("#patients > li:visible").count() == (shown if words else page.locator("#patients > li").count())


def test_a_bench_whose_service_is_gone_says_so(browser, tmp_path):
    from playwright.sync_api import expect

    cards = copied_cards(tmp_path)
    with serving(tmp_path, "--watch", "--cards", str(cards)) as service, tab(browser) as page:
        page.goto(f"http://127.0.0.1:{service.port}/bench")
        expect(page.locator("[data-lost]")).to_be_hidden()
        for one in (service.process.pid, *service.workers()):
            os.kill(one, signal.SIGKILL)
        expect(page.locator("[data-lost]")).to_be_visible()
        assert [one for one in page.complaints if "Failed to load resource" not in one] == []
        page.complaints.clear()
        page.goto("about:blank")
    shutil.rmtree(cards)
