"""The page under the hands of somebody who has not built it: odd records, long states, addresses that nobody meant."""

import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from postgres import MISSING, Server, new_database, programs
from werkzeug.datastructures import MultiDict

from cdshooks import create_app
from cdshooks.cli import main
from cdshooks.config import Settings
from cdshooks.ehr import shelf
from cdshooks.page.drafts import packed
from cdshooks.page.edits import Edit
from cdshooks.page.feedback import _weeks
from cdshooks.page.state import State
from tests.conftest import TODAY
from tests.shipped import LIBRARY

HERE = Settings(today=TODAY, database="none", page="local", access_log=False)
CHART = State("low-b12-anaemia", hook="order-select", orders=("folic-acid-5mg-daily",)).url("/")
PATIENT = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1960-01-01"}


@pytest.fixture(scope="module")
def page():
    return create_app(HERE, library=LIBRARY).test_client()


def result(code="2132-9", value=120, unit="ng/L", day="2025-11-01", **more) -> dict:
    concept = {"coding": [{"system": "http://loinc.org", "code": code}]}
    dated = {"effectiveDateTime": day} if day else {}
    return {"resourceType": "Observation", "status": "final", "code": concept, "valueQuantity": {"value": value, "unit": unit}, "subject": {"reference": "Patient/p"}, **dated, **more}


def order(words, **more) -> dict:
    return {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "authoredOn": "2025-10-01", "subject": {"reference": "Patient/p"}, "medicationCodeableConcept": {"text": words}, **more}


def bundle(*rows, patient=PATIENT) -> str:
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": row} for row in (patient, *rows)]})


def posted(page, path, record, **more):
    return page.post(path, data={"record": record, "hook": "patient-view"} | more, content_type="multipart/form-data")


class _Fields(HTMLParser):
    """What a browser would send of a page's forms: its inputs, but for boxes that are not ticked."""

    def __init__(self):
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        sent = told.get("type") not in ("checkbox", "radio", "file") or "checked" in told
        if tag == "input" and told.get("name") and sent:
            self.found.append((told["name"], (told.get("value") or "").replace("\r", "").replace("\n", "").replace("\0", "\ufffd")))


def fields(text) -> list[tuple[str, str]]:
    reader = _Fields()
    reader.feed(text)
    return reader.found


def sent_again(page, text, path="/why", **changed):
    """The form of a page as it came, or with other texts in some fields."""
    pairs = [(name, changed.get(name, value)) for name, value in fields(text)]
    return page.post(path, data=MultiDict(pairs), content_type="multipart/form-data")


# Rows and their names -------------------------------------------------------------------------------------------------


def test_rows_without_an_id_are_all_shown_and_each_is_changed_by_itself(page):
    rows = [order("metformin 1 g daily"), order("omeprazole 20 mg daily"), result(value=120), result(value=500, day="2024-01-01")]
    text = posted(page, "/why", bundle(*rows)).text
    assert [words in text for words in ("metformin 1 g", "omeprazole 20 mg", "120 ng/L", "500 ng/L")] == [True] * 4
    changed = sent_again(page, text, **{"edit|Observation/row-4|value": "130"}).text
    assert "130 ng/L" in changed
    assert "500 ng/L" in changed


def test_rows_that_share_an_id_cannot_be_changed_and_it_is_said(page):
    text = posted(page, "/why", bundle(result(id="a"), result(id="a", value=500))).text
    assert not any(name.startswith("edit|") for name, _ in fields(text))
    assert "none that shares its id with another" in text
    refused = posted(page, "/why", bundle(result(id="a"), result(id="a", value=500)), set=str(Edit("Observation/a", "value", "3")))
    assert (refused.status_code, "more than one Observation/a" in refused.text) == (400, True)


def test_members_of_a_panel_are_one_resource_whose_date_is_changed_once(page):
    def member(code, value, unit):
        return {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueQuantity": {"value": value, "unit": unit}}

    panel = result("58410-2", id="cbc", component=[member("718-7", 9.1, "g/dL"), member("787-2", 112, "fL")])
    del panel["valueQuantity"]
    text = posted(page, "/why", bundle(panel)).text
    names = [name for name, _ in fields(text) if name.startswith("edit|")]
    assert "9.1 g/dL" in text
    assert sorted(names) == ["edit|Observation/cbc|code", "edit|Observation/cbc|date", "edit|Observation/cbc|status"]
    assert "2025-12-24" in sent_again(page, text, **{"edit|Observation/cbc|date": "2025-12-24"}).text


@pytest.mark.parametrize("unit", [" ng/L", "ng/L ", "ng/L\n", "\tng/L\r\n", "n\0g/L"])
def test_what_a_field_does_not_give_back_as_it_came_is_no_change(page, unit):
    text = posted(page, "/why", bundle(result(id="a", unit=unit))).text
    assert 'id="changed"' not in sent_again(page, text).text


def test_a_value_in_words_is_changed_as_words(page):
    words = result(id="a", valueString="120 ng/L")
    del words["valueQuantity"]
    text = posted(page, "/why", bundle(words)).text
    assert ("edit|Observation/a|value", "120 ng/L") in fields(text)
    assert "900 ng/L" in sent_again(page, text, **{"edit|Observation/a|value": "900 ng/L"}).text


@pytest.mark.parametrize(
    "bent",
    [
        {"code": "Vitamin B12"}, {"code": [{"coding": [{"system": "http://loinc.org", "code": "2132-9"}]}]}, {"code": {"coding": {"system": "http://loinc.org", "code": "2132-9"}}}, {"code": {"coding": ["2132-9"]}},
        {"valueQuantity": [{"value": 120, "unit": "ng/L"}]}, {"valueQuantity": "120"}, {"effectiveDateTime": None, "effectivePeriod": [{"start": "2025-11-01"}]}, {"status": ["final"]}, {"status": {"coding": "final"}},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize(("field", "text"), [("value", "500"), ("unit", "pmol/L"), ("date", "2025-12-12"), ("code", "2132-9"), ("status", "amended")])
def test_a_change_of_a_row_in_another_shape_costs_no_chart(page, bent, field, text):
    row = {key: value for key, value in (result(id="a") | bent).items() if value is not None}
    answer = posted(page, "/why", bundle(row), set=str(Edit("Observation/a", field, text)))
    assert answer.status_code == 200
    assert 'id="changed"' in answer.text


def test_what_has_no_date_can_be_given_one_and_a_drug_of_r5_another_code(page):
    drug = {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "subject": {"reference": "Patient/p"}, "medication": {"concept": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "6809"}]}}}
    text = posted(page, "/why", bundle(result(id="a", day=""), drug)).text
    told = dict(fields(text))
    assert (told["edit|Observation/a|date"], told["edit|MedicationRequest/m|date"], told["edit|MedicationRequest/m|code"]) == ("", "", "6809")
    dated = sent_again(page, text, **{"edit|Observation/a|date": "2025-12-12", "edit|MedicationRequest/m|code": "11248"}).text
    assert "2025-12-12" in dated.partition("What matters")[2]
    assert ("edit|MedicationRequest/m|code", "11248") in fields(dated)


# Long states ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", shelf.patient_names())
def test_the_form_of_a_bundled_patient_sent_as_it_came_leads_to_the_same_address(page, name):
    address = State(name).url("/why")
    assert sent_again(page, page.get(address).text).location == address


def test_the_form_of_a_long_record_can_be_sent(page):
    kinds = (("2132-9", "ng/L"), ("718-7", "g/dL"), ("787-2", "fL"), ("777-3", "10*3/uL"), ("2823-3", "mmol/L"), ("13964-2", "umol/L"), ("2284-8", "ug/L"))
    rows = [result(code, 5, unit, f"{1980 + year}-03-01", id=f"{code}-{year}") for code, unit in kinds for year in range(45)]
    text = posted(page, "/why", bundle(*rows)).text
    assert len(fields(text)) < 1000
    again = sent_again(page, text)
    assert (again.status_code, 'id="changed"' in again.text) == (200, False)


@pytest.mark.parametrize(("path", "buttons"), [("/", 3), ("/why", 3), ("/plot", 3)])
def test_a_state_that_no_address_holds_travels_in_the_form(page, path, buttons):
    drafts = tuple(packed(shelf.open_named_draft("folic-acid-5mg-daily")) for _ in range(14))
    state = State("low-b12-anaemia", hook="order-select", orders=drafts)
    assert state.url(path) == path
    text = page.post(path, data=MultiDict([("patient", state.patient), ("hook", state.hook), *(("order", one) for one in drafts)])).text
    assert text.count('<button class="tab" form="state"') >= buttons
    assert sum(name == "order" for name, _ in fields(text)) == 14
    assert ("patient", "low-b12-anaemia") in fields(text)
    assert page.get(state.url(path)).status_code == 200


def test_changes_beyond_what_is_kept_are_refused_and_not_dropped(page):
    said = [("set", f"Observation/{n}|value|{n}") for n in range(51)]
    answer = page.get("/why", query_string=[("patient", "low-b12"), *said])
    assert (answer.status_code, "set: 51 of them" in answer.text) == (400, True)


# Odd records ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "says"),
    [("0001-01-01", "said to be born on 0001-01-01"), ("9999-12-31", "said to be born on 9999-12-31"), ("1800", "said to be born on 1800-01-01"), ("2025-12-20", "0 months"), ("", "age not recorded"), ("soon", "age not recorded")],
)
def test_no_date_of_birth_costs_the_chart_and_none_makes_an_age_that_cannot_be(page, born, says):
    for path in ("/", "/why", "/plot"):
        answer = posted(page, path, bundle(result(id="a"), patient=PATIENT | {"birthDate": born}))
        assert (answer.status_code, says in answer.text) == (200, True), path


def test_a_vignette_of_somebody_whose_age_is_not_known_is_not_of_an_adult(page):
    text = unescape(posted(page, "/", bundle(result(id="a"), patient=PATIENT | {"birthDate": ""})).text)
    assert 'age = "not recorded"' in text


def test_what_has_no_date_is_said_to_be_missing_in_the_picture(page):
    text = posted(page, "/plot", bundle(result(id="a", day=""), order("metformin 1 g daily", authoredOn=None))).text
    assert "there is nothing to draw" not in text
    assert "Total vitamin B12: 1 without a date" in text
    assert "metformin: 1 without a date" in text
    both = posted(page, "/plot", bundle(result(id="a", day=""), result(id="b"))).text
    assert both.count("Total vitamin B12: 1 without a date") == 2, "beside the picture, and in it"


def test_all_that_is_drawn_can_be_read_without_a_mouse(page):
    rows = [result(value=100 + n, day=f"{2000 + n // 12}-{n % 12 + 1:02}-01", id=f"o{n}") for n in range(150)]
    text = posted(page, "/plot", bundle(*rows)).text.partition("The same in numbers")[2]
    assert [f"{100 + n} ng/L" for n in range(150) if f">{100 + n} ng/L<" not in text] == []


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ('<Bundle xmlns="http://hl7.org/fhir"/>', "this is XML"),
        ("patient,code,value\n1,2132-9,120\n", "this is no JSON"),
        ('{"resourceType":"Patient","id":"p"}\n{"resourceType":"Observation"}', "NDJSON"),
        ('{"hook":"patient-view","context":{}}', "this is a request to a hook"),
        ("  \n ", "nothing but blanks"),
        ("{'resourceType':'Bundle'}", "object keys must be strings"),
        ('{"resourceType":"Bundle","entry":[]}', "holds no Patient"),
    ],
)
def test_of_what_is_no_record_it_is_said_what_it_is(page, record, says):
    answer = posted(page, "/", record)
    assert (answer.status_code, says in unescape(answer.text)) == (400, True), answer.text


def test_a_mark_before_the_text_is_no_fault(page):
    assert posted(page, "/", "\ufeff" + bundle(result(id="a"))).status_code == 200


def test_signs_that_turn_text_round_turn_none_on_the_page(page):
    illness = {"resourceType": "Condition", "id": "c", "clinicalStatus": {"coding": [{"code": "active"}]}, "subject": {"reference": "Patient/p"}, "code": {"text": "pernicious \u202eanaemia", "coding": [{"system": "http://snomed.info/sct", "code": "84027009"}]}}
    record = bundle(illness, result(id="a", unit="ng/L\u202e"), order("hydroxocobalamin \u202e1 mg"), patient=PATIENT | {"name": [{"text": "A\u202eB"}]})
    for path in ("/", "/why", "/plot"):
        text = posted(page, path, record).text
        seen = text.partition("<main")[2].partition("On the wire")[0]
        places = [seen[max(0, at - 60) : at] for at in range(len(seen)) if seen[at] == "\u202e"]
        assert [one for one in places if 'value="' not in one and "<title>" not in one and "<desc" not in one] == [], path


def test_many_points_are_smaller_than_few(page):
    few, many = ([result(value=100 + n, day=f"{2000 + n // 12}-{n % 12 + 1:02}-01", id=f"o{n}") for n in range(number)] for number in (5, 150))
    assert [posted(page, "/plot", bundle(*rows)).text.count('r="2"') for rows in (few, many)] == [0, 150]


# What is typed, and where one lands -----------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["5 mg folic acid", "vitamin-b12", "/etc/passwd"])
def test_an_order_that_cannot_be_read_costs_no_chart(page, words):
    answer = page.post("/", data={"patient": "low-b12", "hook": "patient-view", "new": words}, follow_redirects=True)
    assert answer.status_code == 200
    assert "Not drafted" in answer.text
    assert "No order is drafted." in answer.text


@pytest.mark.parametrize("said", ["Accepted: stop all drugs", "Accepted: stop all drugs~", "x~" + "0" * 20, "~", "é~\ud800"])
def test_no_link_puts_words_into_the_mouth_of_the_page(page, said):
    link = "/?" + urlencode({"patient": "low-b12", "hook": "patient-view", "said": said}, errors="surrogatepass")
    answer = page.get(link, follow_redirects=True)
    assert answer.status_code == 200
    assert 'role="status"' not in answer.text
    assert "stop all drugs" not in answer.text


def test_what_the_page_said_itself_is_heard_at_the_next_view(page):
    posted = page.post("/", data={"patient": "low-b12", "hook": "patient-view", "new": "/etc/passwd"})
    assert "Not drafted: " in page.get(posted.location, follow_redirects=True).text


def test_an_order_may_be_the_name_of_a_drug_alone(page):
    answer = page.post("/", data={"patient": "low-b12", "hook": "order-select", "new": "cyanocobalamin"}, follow_redirects=True)
    assert ("order", "cyanocobalamin") in fields(answer.text)


@pytest.mark.parametrize("address", ["/answer", "/fetch"])
def test_an_address_of_a_form_asked_for_without_it_leads_to_the_patients(page, address):
    assert page.get(address).location == "/"


@pytest.mark.parametrize("address", ["/cohort?level=loud", "/cohort?topic=none", "/cohort?sort=up", "/cohort?day=monday", "/cohort?order=a-b-c", "/cards/none", "/feedback.csv", "/feedback.ndjson"])
def test_what_an_address_cannot_mean_is_told_once_as_a_page(page, address):
    answer = page.get(address)
    assert answer.status_code in (400, 404)
    assert "That will not do" in answer.text
    assert answer.text.count("<li>") == 1


def test_what_was_just_said_is_said_whole(page):
    text = page.get(CHART).text
    press = re.search(r'value="(dismiss\|[^"]+)"', text)[1]
    form = dict(fields(text)) | {"hook": "order-select", "press": press}
    answer = page.post("/answer", data=form, follow_redirects=True)
    summary = re.search(r'<h3 id="card-1">([^<]+)</h3>', text)[1]
    assert len(summary) > 80
    said = re.search(r'<p class="panel note bad" role="status"[^>]*>([^<]+)', answer.text)[1]
    assert said == f"Not kept as feedback, but dismissed here: {summary} (feedback answered 404)"


# Feedback -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path):
    return create_app(replace(HERE, database=str(tmp_path / "kept.db")), library=LIBRARY).test_client()


def test_a_database_that_does_not_answer_is_told_as_that(tmp_path):
    if not programs():
        pytest.skip(MISSING)
    server = Server()
    try:
        address = new_database(server.address, "page")
        assert CliRunner().invoke(main, ["db", "upgrade", "--database", address]).exit_code == 0
        page = create_app(replace(HERE, database=address), library=LIBRARY).test_client()
        assert "Nothing was kept yet" in page.get("/feedback").text
        server.stop("immediate")
        for path in ("/feedback", "/feedback.csv", "/feedback.ndjson"):
            answer = page.get(path)
            assert (answer.status_code, "The database cannot be used now" in answer.text) == (503, True), path
        text = page.get(CHART).text
        form = dict(fields(text)) | {"hook": "order-select", "press": re.search(r'value="(dismiss\|[^"]+)"', text)[1]}
        assert "Not kept as feedback, but dismissed here" in page.post("/answer", data=form, follow_redirects=True).text
    finally:
        server.remove()


@pytest.mark.parametrize("address", ["/feedback?since=soon", "/feedback.csv?since=soon", "/feedback.ndjson?until=2026-13-01"])
def test_a_day_that_is_none_is_told_before_a_file_begins(kept, address):
    assert kept.get(address).status_code == 400


def test_days_in_which_nothing_was_kept_are_not_said_to_be_all(kept):
    assert "Nothing was kept from 2026-02-01 on" in kept.get("/feedback?since=2026-02-01").text
    assert "Nothing was kept yet" in kept.get("/feedback").text
    assert "There is no entry number 501" in kept.get("/feedback?from=500").text


def test_a_week_without_a_card_has_its_place_in_the_picture():
    told = {"shown": 3, "accepted": 1, "overridden": 1}
    drawn = _weeks([{"week": "2025-12-29"} | told, {"week": "2026-01-19"} | told])
    assert [(one.name, one.counts["shown"]) for one in drawn] == [("2025-12-29", 3), ("2026-01-05", 0), ("2026-01-12", 0), ("2026-01-19", 3)]
    assert _weeks([]) == []
