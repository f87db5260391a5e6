"""The page on the side of the server: who may see it, what each state shows, and that it fires as any client does."""

import base64
import gzip
import json
import re
import subprocess
import sys
import tomllib
import zlib
from dataclasses import replace
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest

from cdshooks import create_app
from cdshooks.cli.serve import with_page
from cdshooks.config import Settings
from cdshooks.ehr import shelf
from cdshooks.page.drafts import drafts_of, packed
from cdshooks.page.edits import Edit, edited
from cdshooks.page.packing import pack
from cdshooks.page.play import story_url
from cdshooks.page.state import State
from cdshooks.protocol.render import NOT_CHECKED
from tests.conftest import TODAY
from tests.fhir_server import Server, chart
from tests.shipped import LIBRARY

HERE = Settings(today=TODAY, database="none", page="local", access_log=False)


@pytest.fixture(scope="module")
def page():
    return create_app(HERE, library=LIBRARY).test_client()


@pytest.fixture
def kept(tmp_path):
    """A page whose service keeps feedback, and its database."""
    return create_app(replace(HERE, database=str(tmp_path / "kept.db")), library=LIBRARY)


def record(name="low-b12") -> str:
    return (shelf.folder() / "patients" / f"{name}.json").read_text("utf-8")


def shown(page, address, **options):
    answer = page.get(address, follow_redirects=True, **options)
    assert answer.status_code == 200, answer.text[-900:]
    return answer.text


# Who may see it -------------------------------------------------------------------------------------------------------


def test_without_a_page_nothing_of_it_is_imported():
    program = """
import sys
from cdshooks import create_app
from cdshooks.config import Settings
app = create_app(Settings(database="none", access_log=False))
assert app.test_client().get("/").status_code == 404
assert app.test_client().get("/cds-services").status_code == 200
print([m for m in sys.modules if m.split(".")[:2] in (["cdshooks", "page"], ["cdshooks", "plots"]) or m in ("nh3", "markdown_it")])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("settings", "page"),
    [
        (Settings(), "local"),
        (Settings(host="localhost"), "local"),
        (Settings(host="::1"), "local"),
        (Settings(host="0.0.0.0", insecure=True), "off"),
        (Settings(host="10.0.0.1", insecure=True, page="on"), "on"),
        (Settings(page="off"), "off"),
    ],
)
def test_the_page_is_on_where_only_this_machine_calls_and_elsewhere_when_asked_for(settings, page):
    assert with_page(settings).page == page


@pytest.mark.parametrize("path", ["/", "/?patient=low-b12&hook=patient-view", "/why?patient=low-b12&hook=patient-view", "/?patient=nobody", "/page/page.js"])
def test_every_page_says_what_a_browser_may_do_with_it(page, path):
    answer = page.get(path, headers={"Origin": "https://elsewhere.example"})
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "trusted-types 'none'" in policy
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["X-Frame-Options"] == "DENY"
    answer.close()


def test_the_services_beside_it_are_still_open_to_other_pages(page):
    answer = page.get("/cds-services", headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}],
)
def test_what_another_site_makes_a_browser_post_is_refused(page, headers):
    assert page.post("/", data={"record": record()}, headers=headers).status_code == 403


def test_a_name_that_only_leads_here_by_a_trick_is_refused_unless_the_page_is_asked_for():
    there = create_app(replace(HERE, page="on"), library=LIBRARY).test_client()
    here = create_app(HERE, library=LIBRARY).test_client()
    assert here.get("/", headers={"Host": "rebound.example:8000"}).status_code == 403
    assert here.get("/cds-services", headers={"Host": "cds.example"}).status_code == 200
    assert there.get("/", headers={"Host": "cds.example"}).status_code == 200


# What it shows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("story", shelf.stories(), ids=lambda s: s.name)
def test_each_situation_shows_the_cards_that_it_tells_of(page, story):
    text = shown(page, story_url(story))
    levels = re.findall(r'<article class="card (\w+)"', text)
    assert levels == [indicator for _, indicator in story.expected]
    for topic, _ in story.expected:
        assert topic == NOT_CHECKED or LIBRARY.card(topic).page.sections  # a topic that is there


@pytest.mark.parametrize("name", shelf.patient_names())
def test_every_card_of_the_service_is_explained_for_every_bundled_patient(page, name):
    text = shown(page, State(name).url("/why"))
    cards = [card for card in LIBRARY.cards if "patient-view" in card.hooks]
    assert text.count("data-filtered") == len(cards)
    assert all(re.search(rf"<strong>{re.escape(card.title)}</strong>", text) for card in cards)


def test_a_silent_card_says_which_sentence_silenced_it(page):
    text = shown(page, State("healthy").url("/"))
    assert "No cards" in text
    assert "Total vitamin B12 520 ng/L on 2025-11-20" in text.partition("Did not come")[2]


def test_a_change_in_place_changes_the_answer_and_is_marked(page):
    ref = next(row for row in json.loads(record("healthy"))["entry"] if row["resource"].get("valueQuantity", {}).get("unit") == "ng/L")["resource"]["id"]
    text = shown(page, State("healthy", edits=(Edit(f"Observation/{ref}", "value", "120"),)).url("/why"))
    assert "<mark>was silent</mark>" in text
    assert "Total vitamin B12 120 ng/L" in text
    form = {f"edit|Observation/{ref}|value": "120", "patient": "healthy", "hook": "patient-view"}
    moved = page.get("/why", query_string=form)
    assert moved.status_code == 302
    assert "set=Observation" in moved.location


@pytest.mark.parametrize(
    ("ref", "text", "says"),
    [
        ("healthy-1", "120", r"[1-9] of them came out otherwise"),
        ("healthy-1", "530", "Each came out as in the record as it came; what was seen otherwise is marked"),
        ("healthy-2", "12", "Nothing came out otherwise"),
    ],
)  # fmt: skip
def test_it_is_said_whether_a_change_made_any_difference(page, ref, text, says):
    changed = State("healthy", edits=(Edit(f"Observation/{ref}", "value", text),)).url("/why")
    assert re.search(says, shown(page, changed))
    assert not re.search("came out", shown(page, State("healthy").url("/why")))


def test_what_stands_in_the_form_unchanged_is_no_change(page):
    text = shown(page, State("low-b12").url("/why"))
    form = dict(re.findall(r'name="(edit\|[^"]+)" value="([^"]*)"', text))
    answer = page.get("/why", query_string={"patient": "low-b12", "hook": "patient-view"} | {k: v for k, v in form.items() if not k.endswith("remove")})
    assert answer.location == "/why?patient=low-b12&hook=patient-view"


@pytest.mark.parametrize(("field", "text"), [("unit", "furlongs"), ("unit", ""), ("date", ""), ("value", "many"), ("status", "preliminary"), ("code", "9999-9"), ("remove", "yes")])
def test_a_change_that_makes_a_result_useless_is_no_adequate_result(page, field, text):
    rows = [entry["resource"] for entry in json.loads(record("low-b12"))["entry"]]
    ref = next(f"Observation/{row['id']}" for row in rows if row["resourceType"] == "Observation" and row["code"]["coding"][0]["code"] == "2132-9")
    told = shown(page, State("low-b12", edits=(Edit(ref, field, text),)).url("/why"))
    assert "<mark>was warning</mark>" in told


def test_a_patient_cannot_be_taken_out_of_the_record():
    came = shelf.open_patient("low-b12")
    assert edited(came, [Edit(f"Patient/{came.patient_id}", "remove", "yes")]).patient


def test_what_is_left_out_of_the_request_is_not_provided(page):
    text = shown(page, State("low-b12").url("/"))
    keys = re.findall(r'name="without" value="([^"]+)"', text)
    text = shown(page, State("low-b12", without=tuple(keys)).url("/"))
    assert "The service answered 412" in text
    assert "nothing to worry about" in text


@pytest.mark.parametrize(
    "address",
    [
        "/?patient=nobody", "/?patient=../../etc/passwd", "/?patient=low-b12&hook=nonsense", "/?patient=low-b12&set=x", "/?patient=low-b12&hook=order-select&order=/etc/passwd",
        "/?patient=low-b12&hook=order-select&order=~AAAA", "/why?patient=low-b12&set=Observation/none|value|3",
    ],
)
def test_an_address_that_will_not_do_is_told_what_to_do(page, address):
    answer = page.get(address, follow_redirects=True)
    assert answer.status_code == 400
    assert "That will not do" in answer.text
    assert "root:" not in answer.text


# One's own record -----------------------------------------------------------------------------------------------------


def test_a_pasted_record_is_opened_and_stands_in_no_address(page):
    text = page.post("/", data={"record": record("folic-acid-already"), "hook": "patient-view"}).text
    assert '<article class="card' in text
    assert 'formaction="/why"' in text
    assert not re.findall(r'href="[^"]*(?:record|Bundle)', text)
    again = page.post("/why?hook=patient-view", data={"record": record("folic-acid-already")}).text
    assert "Every card, come or not" in again


def test_rows_of_another_patient_are_said_to_be_set_aside_and_not_that_no_card_asks_about_them(page):
    body = json.loads(record())
    for entry in body["entry"][1:]:
        entry["resource"]["subject"] = {"reference": "Patient/somebody-else"}
    text = page.post("/", data={"record": json.dumps(body), "hook": "patient-view"}, content_type="multipart/form-data").text
    found = " ".join(re.sub(r"<[^>]+>", " ", facts(text)).split())
    assert "Set aside Cobalamin" in found.replace("Observation: ", "")
    assert "it is not about this patient: ignored" in found
    assert "asked about by no card" not in found


@pytest.mark.parametrize(("sent", "says"), [({"file": (BytesIO(b""), "a.json")}, "the file is empty"), ({"record": ""}, "no record came")])
def test_nothing_that_was_sent_is_not_passed_over_in_silence(page, sent, says):
    answer = page.post("/", data=sent, content_type="multipart/form-data")
    assert (answer.status_code, says in answer.text) == (400, True)


def test_an_uploaded_file_may_be_gzipped(page):
    packed_file = (BytesIO(gzip.compress(record().encode())), "patient.json.gz")
    assert '<article class="card warning"' in page.post("/", data={"file": packed_file}).text


@pytest.mark.parametrize("text", ["{", "[]", '{"resourceType": "Patient"}', "null", '{"resourceType": "Bundle"}', "[" * 100_000])
def test_a_record_that_cannot_be_read_says_so(page, text):
    answer = page.post("/", data={"record": text})
    assert answer.status_code == 400
    assert "That will not do" in answer.text


def test_a_gzip_bomb_is_refused(page):
    bomb = gzip.compress(b" " * 30_000_000)
    answer = page.post("/", data={"file": (BytesIO(bomb), "x.json.gz")})
    assert (answer.status_code, "larger than" in answer.text) == (400, True)


def test_text_from_the_record_stays_text(page):
    hostile = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    body = json.loads(record())
    for entry in body["entry"]:
        row = entry["resource"]
        if row["resourceType"] == "Patient":
            row["name"] = [{"text": hostile}]
        else:
            row.setdefault("code", {})["text"] = hostile
            if "valueQuantity" in row:
                row["valueQuantity"]["unit"] = hostile
    for path in ("/", "/why"):
        text = page.post(path, data={"record": json.dumps(body)}).text
        assert "<img" not in text
        assert "<script>" not in text


# Orders and cards -----------------------------------------------------------------------------------------------------


def test_an_accepted_suggestion_changes_the_drafts_and_is_told_to_the_service(kept):
    page = kept.test_client()
    state = State("low-b12-anaemia", hook="order-select", orders=("folic-acid-5mg-daily",))
    before = shown(page, state.url("/"))
    presses = re.findall(r'value="(accept\|[^"]+)"', before)
    instance = re.search(r'name="instance" value="([^"]+)"', before)[1]
    form = {"patient": state.patient, "hook": state.hook, "order": list(state.orders), "instance": instance}
    texts = []
    for press in presses:
        answer = page.post("/answer", data=form | {"press": press})
        assert answer.status_code == 303
        texts.append(shown(page, answer.location))
    assert all("feedback answered 200" in text for text in texts)
    drafts = [re.findall(r'name="order" value="[^"]*">([^<]+)', text) for text in texts]
    assert sorted(map(len, drafts)) == [0, 2]
    assert any("drafted" in text or "Hydroxocobalamin" in text for text in texts)
    kept.extensions["cdshooks.kept"].recorder.close()
    with kept.extensions["cdshooks.kept"].database.read() as connection:
        rows = connection.exec_driver_sql("select outcome, suggestions from feedback").all()
    assert sorted(rows) == sorted(("accepted", press.rpartition("|")[2]) for press in presses)


def test_a_dismissed_card_is_told_with_its_reason_and_folded_away(kept):
    page = kept.test_client()
    text = shown(page, State("low-b12").url("/"))
    (press,) = re.findall(r'value="(dismiss\|[^"]+)"', text)
    reason = re.search(r'<option value="([^"]+)">Patient declines', text)[1]
    instance = re.search(r'name="instance" value="([^"]+)"', text)[1]
    form = {"patient": "low-b12", "hook": "patient-view", "press": press, "instance": instance, f"reason-{press.partition('|')[2]}": reason}
    after = shown(page, page.post("/answer", data=form).location)
    assert "Dismissed (Patient declines)" in after
    assert '<article class="card' not in after
    with kept.extensions["cdshooks.kept"].database.read() as connection:
        assert connection.exec_driver_sql("select outcome, reason_code from feedback").all() == [("overridden", reason)]


def test_a_card_that_was_dismissed_comes_again_when_it_is_louder(page):
    quiet = State("low-b12", gone=("b12-deficiency.warning~Patient declines",))
    text = shown(page, quiet.url("/"))
    assert "Dismissed (Patient declines)" in text
    assert '<article class="card' not in text
    assert '<article class="card critical' in shown(page, replace(quiet, patient="low-b12-numb-feet").url("/"))


def test_a_service_that_keeps_no_feedback_is_not_said_to_have_kept_it(page):
    text = shown(page, State("low-b12").url("/"))
    (press,) = re.findall(r'value="(dismiss\|[^"]+)"', text)
    instance = re.search(r'name="instance" value="([^"]+)"', text)[1]
    after = page.post("/answer", data={"patient": "low-b12", "hook": "patient-view", "press": press, "instance": instance})
    assert "feedback answered 404" in shown(page, after.location)


def test_a_packed_draft_is_the_same_draft():
    resources = shelf.open_named_draft("folic-acid-by-reference")
    (draft,) = drafts_of((packed(resources),))
    assert draft.resources == resources
    assert len(packed(resources)) < 1500


def test_a_packed_draft_that_swells_is_refused(page):
    bomb = "~" + base64.urlsafe_b64encode(zlib.compress(b"[" + b" " * 10_000_000 + b"]")).decode().rstrip("=")
    assert page.post("/", data={"patient": "low-b12", "hook": "order-select", "order": bomb}).status_code == 400


def test_what_is_taken_along_is_the_call_that_was_made(page, tmp_path):
    """The copied test is run as it stands."""
    text = shown(page, State("low-b12").url("/"))
    copies = [unescape(one) for one in re.findall(r'<pre tabindex="0" id="copy-\d">(.*?)</pre>', text, re.DOTALL)]
    curl, test = copies[0], copies[-1]
    body = json.loads(curl.partition("\n")[2].rpartition("\n")[0])
    answer = page.post(re.search(r"http://[^/]+(\S+)'", curl)[1], json=body)
    assert [card["indicator"] for card in answer.json["cards"]] == ["warning"]
    scope = {}
    exec(test, scope)
    scope["test_the_cards_of_this_patient"]()


@pytest.mark.parametrize("story", shelf.stories(), ids=lambda s: s.name)
def test_a_chart_told_as_a_vignette_is_the_same_patient(page, story):
    text = shown(page, story_url(story))
    note, vignette = re.search(r'as vignette</summary><p class="soft">(.*?)</p>.*?<pre[^>]*>(.*?)</pre>', text, re.DOTALL).groups()
    # No words of a vignette are an order without a name; the page says so instead of showing another patient.
    assert ("has no word in it" if story.name == "nameless-order" else "it comes out as here") in note, note
    assert tomllib.loads(unescape(vignette))["vignette"][0]["hook"] == story.hook


def test_a_chart_is_opened_from_a_fhir_server_that_may_be_asked_and_from_no_other():
    record = shelf.open_patient("low-b12-anaemia")
    with Server(chart(record)) as server:
        page = create_app(replace(HERE, fhir_servers=(server.base,)), library=LIBRARY).test_client()
        assert server.base in page.get("/").text
        text = page.post("/fetch", data={"server": server.base, "id": record.patient_id}).text
        assert '<article class="card' in text
        assert "116 ng/L" in text
        assert record.patient_id not in " ".join(re.findall(r'(?:href|formaction)="([^"]*)"', text))
        asked = len(server.seen)
        assert page.post("/fetch", data={"server": "http://127.0.0.1:1/fhir", "id": "x"}).status_code == 400
        assert page.post("/fetch", data={"server": server.base, "id": "../x"}).status_code in (400, 412, 422)
        assert page.post("/fetch", data={"server": server.base, "id": "nobody"}).status_code == 412
        assert len(server.seen) > asked


# Long records --------------------------------------------------------------------------------------------------------


def with_results(number) -> str:
    """The record of a bundled patient with so many more results, a day apart."""
    body = json.loads(record())
    who = next(entry["resource"]["id"] for entry in body["entry"] if entry["resource"]["resourceType"] == "Patient")
    result = {"resourceType": "Observation", "status": "final", "subject": {"reference": f"Patient/{who}"}, "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}, "valueQuantity": {"value": 13.1, "unit": "g/dL"}}
    more = [result | {"id": f"more-{n}", "effectiveDateTime": str(TODAY - timedelta(days=n))} for n in range(number)]
    return json.dumps(body | {"entry": [*body["entry"], *({"resource": row} for row in more)]})


def test_of_a_long_record_the_page_lists_the_latest_and_says_how_many_it_leaves_out(page):
    sent = {"record": with_results(500), "hook": "patient-view"}
    found = page.post("/", data=sent, content_type="multipart/form-data").text
    listed = re.findall(r'<li id="r-Observation-more-(\d+)"', found)
    said = [int(number) for number in re.findall(r"and (\d+) earlier, not listed here", found)]
    assert listed[0] == "0"
    assert len(said) == 1
    assert 500 <= len(listed) + said[0] <= 505, "the record has a few of its own"
    drawn = page.post("/plot", data=sent, content_type="multipart/form-data").text
    assert re.search(r"the latest 400 are drawn, 10\d earlier ones are not", drawn)
    assert re.search(r": 300 earlier</summary>", drawn)


def test_a_long_record_travels_small_from_view_to_view_and_comes_back_whole(page):
    sent = {"record": with_results(500), "hook": "patient-view"}
    found = page.post("/", data=sent, content_type="multipart/form-data").text
    small = unescape(re.search(r'name="record" value="([^"]+)"', found)[1])
    assert len(small) < len(sent["record"]) / 10
    assert len(found) < len(sent["record"]) * 2.5, "the record itself is not in the page, but for what is shown of it"
    again = page.post("/", data={"record": small, "hook": "patient-view"}, content_type="multipart/form-data").text
    assert facts(again) == facts(found)


def facts(text) -> str:
    return re.search(r'<section class="panel facts".*?</section>', text, re.DOTALL)[0]


@pytest.mark.parametrize("spoilt", ["~", "~!", "~AAAA", pack(b"{}")[:-3], pack(b" " * 8_000_001)], ids=["no", "sign", "else", "half", "bomb"])
def test_a_record_that_no_form_of_ours_brings_back_is_refused_in_words(page, spoilt):
    answer = page.post("/", data={"record": spoilt, "hook": "patient-view"})
    assert (answer.status_code, "cannot be read any more" in answer.text) == (400, True)


def test_a_record_of_very_many_facts_is_no_vignette_and_says_so(page):
    body = json.loads(record("low-b12"))
    result = next(e["resource"] for e in body["entry"] if e["resource"]["resourceType"] == "Observation")
    number = {"code": result["code"], "valueQuantity": result["valueQuantity"]}
    result |= {"component": [number] * 600, "code": {"text": "a panel that no query asks for"}, "category": []}
    found = page.post("/", data={"record": json.dumps(body), "hook": "patient-view"}, content_type="multipart/form-data").text
    assert "no vignette that anybody would read" in found


def test_a_link_of_the_reasoning_leads_to_a_place_on_the_page(page):
    found = page.post("/why", data={"record": with_results(500), "hook": "patient-view"}, content_type="multipart/form-data").text
    places = set(re.findall(r'id="(r-[^"]+)"', found))
    assert set(re.findall(r'href="#(r-[^"]+)"', found)) <= places
    assert places
