"""The page in a real browser: each way through it, by mouse and by keyboard, in the dark, on a phone; and text stays text."""

import json

import pytest
from browser import tab
from serving import fixture, serving

from cdshooks.ehr import shelf
from cdshooks.page.state import State

HOSTILE = [
    "<script>window.hit = 1</script>", '"><img src=x onerror="window.hit = 1">', "</textarea><svg onload=window.hit=1>", "[x](javascript:window.hit=1)",
    "<a href='javascript:window.hit=1'>x</a>", "</pre></details><iframe srcdoc='<script>parent.hit=1</script>'></iframe>", "&lt;script&gt;window.hit=1&lt;/script&gt;",
    "{{ 7*7 }}{% raw %}", "\u202e\u0000<b>", "' onfocus='window.hit=1' autofocus='",
]  # fmt: skip
PAGES = {
    "start": "/",
    "cards": State("low-b12-anaemia", hook="order-select", orders=("folic-acid-5mg-daily",)).url("/"),
    "nothing": State("healthy").url("/"),
    "why": State("low-b12").url("/why"),
    "plot": State("followed-for-years").url("/plot"),
    "card list": "/cards",
    "card": "/cards/leber-cyanocobalamin",
    "feedback": "/feedback",
    "cohort": "/cohort",
    "feed": "/feed?of=bundled",
    "bench": "/bench",
    "judge": "/judge",
    "fault": "/?patient=nobody",
}


@pytest.fixture(scope="module")
def at(tmp_path_factory):
    """Where a real service listens."""
    with serving(tmp_path_factory.mktemp("page")) as service:
        yield f"http://127.0.0.1:{service.port}"


def axe(page) -> list[str]:
    """What axe finds, and what it could not judge, but for the colours of texts in plots: test_plots computes these."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response
    rows = [(one["id"], node["html"]) for kind in ("violations", "incomplete") for one in found[kind] for node in one["nodes"]]
    return [f"{name}: {html[:160]}" for name, html in rows if not (name == "color-contrast" and html.startswith('<text class="plot-'))]


@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(browser, at, name, size):
    expected = ["Failed to load resource: the server responded with a status of 400 (BAD REQUEST)"] if name == "fault" else []
    with tab(browser, size, color_scheme="dark" if size == "phone" else "light", bypass_csp=True) as page:
        page.goto(at + PAGES[name])
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.complaints == expected
        page.complaints.clear()


def test_an_order_is_drafted_its_card_comes_and_its_suggestion_is_accepted(browser, at):
    from playwright.sync_api import expect

    with tab(browser) as page:
        page.goto(at + "/")
        page.get_by_role("link", name="low-b12-anaemia").click()
        expect(page.locator(".quiet")).to_contain_text("deficiency")
        page.get_by_label("Draft an order").fill("folic acid 5 mg by mouth daily")
        page.keyboard.press("Enter")
        expect(page.locator("article.critical")).to_be_visible()
        expect(page.get_by_role("radio", name="order selected")).to_be_checked()
        page.get_by_role("button", name="Remove the folic acid draft").click()
        expect(page.get_by_role("status")).to_contain_text("feedback answered 200")
        expect(page.get_by_text("No order is drafted.")).to_be_visible()


def test_a_card_is_dismissed_with_a_reason(browser, at):
    from playwright.sync_api import expect

    with tab(browser) as page:
        page.goto(at + PAGES["cards"])
        page.get_by_label("Dismiss because").select_option(label="Benefit outweighs the risk")
        page.get_by_role("button", name="Dismiss").click()
        expect(page.locator(".card.dismissed")).to_contain_text("Benefit outweighs the risk")


def test_a_stranger_finds_in_two_clicks_why_a_patient_has_no_card(browser, at):
    """One click opens the chart; the second is not even needed: the sentence stands there. The tree is one more."""
    from playwright.sync_api import expect

    with tab(browser) as page:
        page.goto(at + "/")
        page.get_by_role("link", name="healthy", exact=True).click()
        expect(page.locator(".quiet li").first).to_contain_text("520 ng/L on 2025-11-20")
        page.get_by_role("link", name="See the whole reasoning").click()
        expect(page.locator("details.told").first).to_contain_text("Total vitamin B12 520 ng/L")


def fired_again(page, words, value):
    """The first row with these words has another value, and the hook was fired with it."""
    row = page.locator(".rows li", has_text=words).first
    row.get_by_text("Change").click()
    row.get_by_label("value").fill(value)
    row.get_by_role("button", name="Fire again").click()


def test_a_value_is_changed_in_place_and_what_changed_is_marked(browser, at):
    from playwright.sync_api import expect

    with tab(browser) as page:
        page.goto(at + State("healthy").url("/why"))
        fired_again(page, "520 ng/L", "120")
        expect(page.locator("details.told.warning mark").first).to_have_text("was silent")
        page.get_by_role("link", name="As it came").click()
        expect(page.locator("details.told mark")).to_have_count(0)


def test_changes_of_a_pasted_record_can_be_taken_back(browser, at):
    from playwright.sync_api import expect

    with tab(browser) as page:
        page.goto(at + "/")
        page.get_by_label("or paste it").fill((shelf.folder() / "patients" / "low-b12.json").read_text("utf-8"))
        page.get_by_role("button", name="Open this chart").click()
        page.get_by_role("button", name="Why", exact=True).click()
        fired_again(page, "148", "500")
        expect(page.locator("details.told mark").first).to_have_text("was warning")
        page.get_by_role("button", name="As it came").click()
        expect(page.locator("details.told mark")).to_have_count(0)
        expect(page.locator("details.told.warning")).to_have_count(1)


def test_a_pasted_record_goes_from_view_to_view_though_no_address_holds_it(browser, at):
    from playwright.sync_api import expect

    with tab(browser) as page:
        page.goto(at + "/")
        page.get_by_label("or paste it").fill((shelf.folder() / "patients" / "low-b12.json").read_text("utf-8"))
        page.get_by_role("button", name="Open this chart").click()
        expect(page.locator("article.warning")).to_be_visible()
        page.get_by_role("button", name="Why", exact=True).click()
        expect(page.get_by_role("heading", name="Every card, come or not")).to_be_visible()
        page.get_by_role("button", name="Cards", exact=True).click()
        expect(page.locator("article.warning")).to_be_visible()
        page.get_by_label("Draft an order").fill("folic acid 5 mg daily")
        page.keyboard.press("Enter")
        expect(page.get_by_role("radio", name="order selected")).to_be_checked()
        page.get_by_role("button", name="Over time", exact=True).click()
        page.get_by_role("button", name="Cards", exact=True).click()
        expect(page.get_by_text("folic acid 5 mg daily")).not_to_have_count(0)
        assert page.url == at + "/"


def test_hostile_text_stays_text(browser, at):
    body = json.loads((shelf.folder() / "patients" / "low-b12-anaemia.json").read_text("utf-8"))
    body["entry"][0]["resource"]["name"] = [{"text": " ".join(HOSTILE)}]
    rows = [entry["resource"] for entry in body["entry"][1:]]
    for number, text in enumerate(HOSTILE):
        row = rows[number % len(rows)]
        row.setdefault("code", {})["text"] = text
        if "valueQuantity" in row:
            row["valueQuantity"].pop("code", None)
            row["valueQuantity"]["unit"] = text
    with tab(browser) as page:
        for path in ("/", "/why"):
            page.goto(at + "/")
            page.get_by_label("or paste it").fill(json.dumps(body))
            page.locator("form.panel").evaluate("(form, path) => { form.action = path }", path)
            page.get_by_role("button", name="Open this chart").click()
            page.get_by_role("heading", name="What matters").wait_for()
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            assert page.evaluate("window.hit === undefined")
            assert page.locator("main script, main iframe, main img, main svg[onload], a[href^=javascript]").count() == 0


def test_every_field_and_button_is_reached_by_keyboard_and_seen_to_be(browser, at):
    with tab(browser) as page:
        page.goto(at + PAGES["cards"])
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        seen = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            seen.add(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
        wanted = page.evaluate("[...document.querySelectorAll('main a, main button:not(.hidden), main select, main summary, #new')].filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 200))")
        assert set(wanted) - seen == set()


def test_links_and_forms_work_without_any_script(browser, at):
    from playwright.sync_api import expect

    with tab(browser, java_script_enabled=False) as page:
        page.goto(at + PAGES["start"])
        page.get_by_role("link", name="low-b12-anaemia").click()
        page.get_by_label("Draft an order").fill("folic-acid-5mg-daily")
        page.get_by_role("button", name="Add").click()
        expect(page.locator("article.critical")).to_be_visible()
        page.get_by_role("radio", name="orders signed").check()
        page.get_by_role("button", name="Fire", exact=True).click()
        expect(page.locator("article.critical")).to_be_visible()
        assert "hook=order-sign" in page.url


# A client of another origin -------------------------------------------------------------------------------------------

FOREIGN = """<!doctype html><title>EHR</title><script>
async function talk(base, body, feedback) {
  const token = {Authorization: "Bearer header.payload.signature"};
  const json = {...token, "Content-Type": "application/json"};
  const found = await (await fetch(base + "/cds-services", {headers: token})).json();
  const service = found.services.find((one) => one.hook === "patient-view");
  const answer = await (await fetch(`${base}/cds-services/${service.id}`, {method: "POST", headers: json, body})).json();
  const card = answer.cards[0];
  const told = await fetch(`${base}/cds-services/${service.id}/feedback`, {method: "POST", headers: json, body: feedback.replace("CARD", card.uuid)});
  let page = "read";
  try { await fetch(base + "/feedback"); } catch (refused) { page = "refused"; }
  return {services: found.services.length, summary: card.summary, feedback: told.status, page};
}
</script>"""


@pytest.fixture
def elsewhere():
    """A page of another origin."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(FOREIGN.encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_client_on_another_port_discovers_fires_and_tells_with_authorization_but_cannot_read_the_page(browser, at, elsewhere):
    """The reference client's way: preflights for all three addresses, a token on each."""
    entry = {"card": "CARD", "outcome": "overridden", "outcomeTimestamp": "2026-01-15T08:00:00Z"}
    with tab(browser) as page:
        page.goto(elsewhere)
        told = page.evaluate("([base, body, feedback]) => talk(base, body, feedback)", [at, fixture("low-b12").decode(), json.dumps({"feedback": [entry]})])
        assert told["services"] == 3
        assert "deficiency" in told["summary"]
        assert (told["feedback"], told["page"]) == (200, "refused")
        assert any("blocked by CORS policy" in one for one in page.complaints)
        page.complaints.clear()
