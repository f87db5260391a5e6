"""A feed is surveyed: what it sends, how it is understood, whether it is fit; without the name of anybody."""

import gzip
import json
import tomllib
from collections import Counter

import pytest
from click.testing import CliRunner

from cdshooks.cli import main
from cdshooks.ehr import shelf
from cdshooks.ehr.patients import open_record
from cdshooks.feed.count import Counts, as_data, fitness
from cdshooks.feed.draft import draft
from cdshooks.feed.judge import Judge
from cdshooks.feed.seen import Fate, Seen
from cdshooks.feed.survey import survey
from cdshooks.screen.inputs import register
from tests.fhir_server import Server, http, ok, searchset
from tests.shipped import LIBRARY

CONCEPTS = LIBRARY.concepts
PATIENT = {"resourceType": "Patient", "id": "p", "birthDate": "1970-01-01", "name": [{"family": "Canary", "given": ["Zelda"]}]}
RXNORM, LOCAL = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://lab.example.org/codes"


def result(loinc="2132-9", **more):
    quantity = {"value": 150, "unit": "ng/L", "system": "http://unitsofmeasure.org", "code": "ng/L"}
    coding = {"coding": [{"system": "http://loinc.org", "code": loinc}]}
    row = {"resourceType": "Observation", "status": "final", "code": coding, "effectiveDateTime": "2026-01-01"}
    return row | {"valueQuantity": quantity} | more


def order(**drug):
    return {"resourceType": "MedicationRequest", "status": "active", "intent": "order", **drug}


def told(*rows, medications=()):
    return as_data(survey(rows, list(medications), CONCEPTS))


def lost(*rows, **more):
    return [(row["kind"], row["reason"]) for row in told(*rows, **more)["not_understood"]]


def test_what_is_understood_is_told_with_its_concept_unit_status_and_date():
    found = told(PATIENT, result(), result())
    rows = {row["kind"]: (row["code"], row["unit"], row["count"], row["reason"]) for row in found["understood"]}
    assert rows["result"] == ("2132-9", "", 2, "b12_total")
    assert rows["unit"] == ("ng/L", "ng/L", 2, "a value of b12_total")
    assert (rows["status"][0], rows["date"][0]) == ("final", "effectiveDateTime")
    assert (found["not_understood"], found["not_ours"], found["fit"]) == ([], 0, True)
    assert set(found) == {"understood", "not_understood", "not_ours", "fit", "why"}
    assert set(found["understood"][0]) == {"kind", "system", "code", "text", "unit", "count", "reason"}


@pytest.mark.parametrize(
    ("row", "kind", "says"),
    [
        (result(valueQuantity={"value": 1, "unit": "mystery"}), "unit", "is not a unit we accept"),
        (result(effectiveDateTime=None), "date", "without a date"),
        (result(status="preliminary"), "status", "preliminary"),
        (order(medicationReference={"reference": "Medication/x"}), "reference", "did not come"),
        (order(medicationCodeableConcept={"text": "Folic acid 5 mg tablet"}), "drug", "words only"),
        ({"resourceType": "Patient", "id": "q"}, "birthdate", "birth date"),
    ],
)
def test_what_is_not_understood_is_told_with_the_reason(row, kind, says):
    assert [(k, says in why) for k, why in lost(PATIENT, row)] == [(kind, True)]


def test_a_drug_by_reference_is_known_where_its_medication_is_in_the_feed():
    drug = {"resourceType": "Medication", "id": "x", "code": {"coding": [{"system": RXNORM, "code": "199318"}]}}
    assert lost(order(medicationReference={"reference": "Medication/x"}), medications=[drug]) == []


def test_what_no_card_asks_about_is_only_counted():
    found = told(result(code={"coding": [{"system": LOCAL, "code": "1"}], "text": "Shoe size"}))
    assert (found["not_ours"], found["not_understood"]) == (1, [])


def test_the_verdict_says_what_is_wrong_and_is_no_when_nothing_was_understood():
    assert fitness(Counts())[0] is False
    found = told(PATIENT, *[result(valueQuantity={"value": 1, "unit": "mystery"})] * 2, result())
    assert (found["fit"], found["why"]) == (False, ["2 of 3 results have a value or a unit that cannot be used: map the unit."])


def test_a_result_that_cards_ask_about_and_that_never_came_is_named():
    why = as_data(survey([PATIENT, result()], [], CONCEPTS), ["b12_total", "potassium"])["why"]
    assert why[-1].endswith("cannot tell: potassium.")


def test_what_people_wrote_is_told_without_the_names_of_patients():
    found = told(PATIENT, order(medicationCodeableConcept={"text": "folic acid for Zelda CANARY"}))
    assert found["not_understood"][0]["text"] == "folic acid for ... ..."
    assert "anary" not in json.dumps(found).casefold()


def test_the_draft_is_a_site_file_in_which_nothing_counts_before_somebody_has_looked():
    rows = [(Seen(Fate.NOT_UNDERSTOOD, "result", LOCAL, 'V"12\n', "B12\x7f", reason="?", concept="b12_total"), 3)]
    text = draft(rows)
    assert tomllib.loads(text) == {}
    live = "\n".join(line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ") and "times" not in line)
    (entry,) = tomllib.loads("\n".join(line for line in live.splitlines() if "=" in line or line == "[[map]]"))["map"]
    assert (entry["concept"], entry["system"], entry["code"]) == ("b12_total", LOCAL, 'V"12\n')


def test_however_much_comes_the_rows_are_bounded(monkeypatch):
    monkeypatch.setattr("cdshooks.feed.count.MOST_ROWS", 10)
    counts = Counts()
    for number in range(50):
        counts.add([Seen(Fate.NOT_UNDERSTOOD, "drug", code=str(number))], "MedicationRequest")
    assert (len(counts.rows), counts.beyond, counts.share_lost("drug")) == (10, 40, (50, 50))


# --- the command --------------------------------------------------------------------------------------------------


def run(*words):
    return CliRunner().invoke(main, ["survey", *map(str, words)])


def test_bundles_ndjson_and_hook_requests_are_read_plain_or_packed(tmp_path):
    rows = [PATIENT, result(), result()]
    bundle = {"resourceType": "Bundle", "entry": [{"resource": row} for row in rows]}
    lines = "\n".join(map(json.dumps, rows))
    (tmp_path / "a.json").write_text(json.dumps(bundle), "utf-8")
    (tmp_path / "b.ndjson").write_text(lines + "\n{broken\n\n", "utf-8")
    (tmp_path / "c.ndjson.gz").write_bytes(gzip.compress(lines.encode()))
    (tmp_path / "d.json").write_text(json.dumps({"hook": "x", "prefetch": {"results": bundle, "none": None}}), "utf-8")
    answer = run(tmp_path, "--json")
    found = json.loads(answer.stdout)
    assert sum(row["count"] for row in found["understood"] if row["kind"] == "result") == 8
    assert "b.ndjson, line 4: is not JSON, and is passed over" in answer.stderr
    assert (answer.exit_code, found["fit"]) == (0, True)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_what_is_too_large_to_be_read_at_once_is_told_and_passed_over(tmp_path, monkeypatch, pack):
    monkeypatch.setattr("cdshooks.feed.files.LARGEST", 1_000)
    (tmp_path / "a.ndjson").write_text(json.dumps(PATIENT) + "\n" + json.dumps(result()), "utf-8")
    (tmp_path / "b.json").write_bytes(pack(b" " * 1_001))
    (tmp_path / "c.ndjson").write_bytes(pack(b"1" * 1_500 + b"\n" + json.dumps(result()).encode()))
    answer = run(tmp_path, "--json")
    found = json.loads(answer.stdout)
    assert sum(row["count"] for row in found["understood"] if row["kind"] == "result") == 2
    assert "b.json: is larger than 1000 bytes, and is passed over; give it line by line (NDJSON)" in answer.stderr
    assert "c.ndjson, line 1: is larger than 1000 bytes, and is passed over" in answer.stderr


def test_a_feed_that_is_not_fit_ends_with_1_and_a_draft_is_written(tmp_path):
    path = tmp_path / "feed.json"
    path.write_text(json.dumps([PATIENT, order(medicationCodeableConcept={"text": "Folic acid 5 mg"})]), "utf-8")
    answer = run(path, "--map", tmp_path / "draft.toml")
    assert answer.exit_code == 1
    assert "This feed is not fit yet." in answer.stdout
    assert 'words = ["Folic acid 5 mg"]' in (tmp_path / "draft.toml").read_text("utf-8")


def test_a_fhir_server_is_asked_type_by_type_and_page_by_page():
    def serve(asked, one):
        kind = asked.path.removeprefix("/fhir/").partition("?")[0]
        if kind == "Observation" and "page" not in asked.path:
            return ok(searchset(result(), next_url=f"http://{asked.headers['host']}/fhir/Observation?page=2"))
        if kind == "Observation":
            return ok(searchset(result("14685-2", valueQuantity={"value": 90, "unit": "pmol/L"})))
        return ok(searchset(PATIENT)) if kind == "Patient" else http(403) if kind == "Procedure" else ok(searchset())

    with Server(serve) as server:
        answer = run(server.base, "--json")
    found = json.loads(answer.stdout)
    assert [row["code"] for row in found["understood"] if row["kind"] == "result"] == ["14685-2", "2132-9"]
    assert "Procedure: the FHIR server does not allow this to be read (403)" in answer.stderr


@pytest.mark.parametrize("name", ["Export.NDJSON", "bundle.JSON"])
def test_a_byte_order_mark_and_capital_letters_in_a_name_lose_nothing(name, tmp_path):
    rows = [PATIENT, result()]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": row} for row in rows]}
    text = json.dumps(bundle) if name == "bundle.JSON" else "\n".join(map(json.dumps, rows))
    (tmp_path / name).write_text(text, encoding="utf-8-sig")
    said = run(tmp_path).stdout
    assert "1 Patient" in said
    assert "1 of 1 results" in said
    files = register(tmp_path)
    assert [path.name for path in (*files.ndjson, *files.bundles)] == [name]
    assert name != "bundle.JSON" or open_record(tmp_path / name).patient_id == PATIENT["id"]


def test_things_that_differ_in_their_unit_alone_stand_in_one_order():
    things = [Seen(Fate.NOT_UNDERSTOOD, "unit", unit=unit) for unit in ("mg", "ng", "ug")]
    assert Counts(rows=Counter(things)).of(Fate.NOT_UNDERSTOOD) == Counts(rows=Counter(things[::-1])).of(Fate.NOT_UNDERSTOOD)


def test_of_a_server_the_medications_that_orders_point_to_are_known():
    metformin = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "860975"}]}
    rows = {
        "Medication": {"resourceType": "Medication", "id": "m", "code": metformin},
        "MedicationRequest": {
            "resourceType": "MedicationRequest", "id": "o", "status": "active",
            "subject": {"reference": "Patient/p"}, "medicationReference": {"reference": "Medication/m"},
        },
    }  # fmt: skip
    found = [rows[kind] for kind in rows]

    def serve(asked, one):
        kind = asked.path.removeprefix("/fhir/").partition("?")[0]
        return ok(searchset(*(row for row in found if row["resourceType"] == kind)))

    with Server(serve) as server:
        told = json.loads(run(server.base, "--json").stdout)
    assert [(row["kind"], row["reason"]) for row in told["understood"] if row["kind"] == "drug"] == [("drug", "metformin")]
    assert told["not_understood"] == []


def test_every_fixture_patient_is_understood_where_its_story_says_nothing_else():
    rows = [row for name in shelf.patient_names() if name != "odd-data" for row in shelf.open_patient(name).resources]
    judge = Judge(CONCEPTS, rows)
    unknown = {seen for row in rows for seen in judge.things(row) if seen.fate is Fate.NOT_UNDERSTOOD}
    assert {seen.kind for seen in unknown} <= {"unit", "drug", "status", "birthdate"}
