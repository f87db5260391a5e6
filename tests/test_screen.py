"""A register screened: the same cards as one by one, whatever the files look like, whatever breaks on the way."""

import gzip
import json
import os
import signal
from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner

from cdshooks.cli import main
from cdshooks.config import clock, read_settings
from cdshooks.ehr.patients import last_day, open_record, read_record
from cdshooks.ehr.shelf import folder, synthea_module
from cdshooks.ehr.visit import Visit, gathered
from cdshooks.gmf.bundle import bundle_of
from cdshooks.gmf.files import write
from cdshooks.gmf.module import read_module
from cdshooks.gmf.walk import people
from cdshooks.review.trace import judged
from cdshooks.screen import dask, processes, split, thin
from cdshooks.screen.run import screen, task
from cdshooks.screen.tally import Tally, band_of
from cdshooks.terms.dates import Clock
from tests.conftest import shared_files
from tests.shipped import LIBRARY

DAY = date(2026, 1, 15)
ORDERS = ("folic-acid-5mg-daily", "cyanocobalamin-50ug-oral")


@pytest.fixture(scope="module")
def library():
    return LIBRARY


@pytest.fixture(scope="module")
def crowd():
    return list(people(read_module(synthea_module()), 3, 60, datetime(2026, 1, 15, tzinfo=UTC), (20, 95)))


@pytest.fixture(scope="module")
def bundles(crowd, tmp_path_factory):
    place = tmp_path_factory.mktemp("bundles")
    write(crowd, place, ndjson=False, made=lambda: None)
    return place


@pytest.fixture
def bulk(crowd, tmp_path):
    write(crowd, tmp_path / "bulk", ndjson=True, made=lambda: None)
    return tmp_path / "bulk"


def run(*more, out=None):
    """Exit code, rows of the table, and what was said."""
    result = CliRunner().invoke(main, ["screen", "--workers", "1", *map(str, more), *(["--out", str(out)] if out else [])])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")], result.stderr


def fired(library, record, day=DAY, orders=()):
    """The cards as `fire` shows them: (patient, topic, indicator, summary, order)."""
    settings = read_settings({"today": day})
    now = Clock(day, clock(settings).zone)
    for order, hook in (("", "patient-view"), *((order, "order-sign") for order in orders)):
        visit = Visit(record, hook, day, gathered([order]) if order else ())
        for card in judged(library, visit, settings, now).cards:
            yield record.patient_id, card["source"]["topic"]["code"], card["indicator"], card["summary"], order


def told(rows):
    return sorted((r["patient"], r["topic"], r["indicator"], r["summary"], r["order"]) for r in rows)


# --- the same cards -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [pytest.param("bundles", marks=pytest.mark.long), "bulk"])
def test_made_patients_get_the_cards_that_fire_gives_them_one_by_one(form, library, crowd, request):
    place = request.getfixturevalue(form)
    _, rows, _ = run(place, "--as-of", DAY, "--ids", *(w for order in ORDERS for w in ("--order", order)))
    records = [read_record(bundle_of(person), "made") for person in people_again(crowd)]
    assert told(rows) == sorted(card for record in records for card in fired(library, record, orders=ORDERS))


def people_again(crowd):
    return people(read_module(synthea_module()), 3, len(crowd), datetime(2026, 1, 15, tzinfo=UTC), (20, 95))


def test_the_bundled_patients_get_the_cards_that_fire_gives_them(library):
    place = folder() / "patients"
    _, rows, _ = run(place, "--as-of", DAY, "--ids")
    records = [open_record(path) for path in sorted(place.glob("*.json"))]
    assert told(rows) == sorted(card for record in records for card in fired(library, record) if not is_dead(record))


def is_dead(record):
    return bool(record.patient.get("deceasedDateTime") or record.patient.get("deceasedBoolean"))


@pytest.mark.parametrize("file", shared_files("synthea/*/*.json.gz")[::6], ids=lambda p: p.name[:8])
def test_real_synthea_patients_get_the_cards_that_fire_gives_them_at_their_last_day(file, library):
    record = open_record(file)
    _, rows, _ = run(file, "--as-of", "last", "--ids", "--order", ORDERS[0])
    expected = () if is_dead(record) else fired(library, record, last_day(record), ORDERS[:1])
    assert told(rows) == sorted(expected)
    assert {row["as_of"] for row in rows} <= {last_day(record).isoformat()}


# --- what a register may look like --------------------------------------------------------------------------------


def test_gzipped_files_and_a_folder_of_folders_are_read(bulk, tmp_path):
    _, plain, _ = run(bulk, "--as-of", DAY, "--ids")
    (bulk / "deep").mkdir()
    for path in list(bulk.glob("*.ndjson")):
        (bulk / "deep" / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    _, packed, _ = run(bulk, "--as-of", DAY, "--ids")
    assert told(packed) == told(plain)


def test_a_bad_line_or_patient_is_told_with_its_place_and_costs_nobody_else(bulk):
    _, whole, _ = run(bulk, "--as-of", DAY, "--ids")
    with (bulk / "Observation.ndjson").open("a") as file:
        file.write('{"resourceType": "Observation", "code": \n[1]\n"text"\n')
        file.write('{"resourceType":"Condition","code":{"coding":[{"system":"http://snomed.info/sct","code":"84027009"}]}}\n')
        file.write('{"resourceType":"Condition","code":{"coding":[{"system":"http://snomed.info/sct","code":"84027009"}]},"subject":{"reference":"Patient/nobody"}}\n')
    code, rows, said = run(bulk, "--as-of", DAY, "--ids")
    assert told(rows) == told(whole)
    assert code == 13
    assert "it is not JSON" in said
    assert "Condition names no patient" in said
    assert "no Patient among them" in said
    assert "Observation.ndjson, line" in said


def test_a_file_that_breaks_off_a_row_too_deep_and_an_id_that_is_none_cost_nobody_else(bulk):
    _, whole, _ = run(bulk, "--as-of", DAY, "--ids")
    deep = '{"resourceType":"Observation","subject":{"reference":"Patient/a"},"code":' + "[" * 20_000 + "]" * 20_000 + "}\n"
    torn = '{"resourceType":"Condition","code":{"coding":[{"system":"http://snomed.info/sct","code":"84027009"}]},"subject":{"reference":"Patient/a\\tb"}}\n'
    (bulk / "more.ndjson").write_text(deep + torn + '{"resourceType":"Condition","code":{"coding":7},"subject":{"reference":7},"id":[1]} 5\n')
    (bulk / "torn.ndjson.gz").write_bytes(gzip.compress(b'{"resourceType":"Practitioner"}\n' * 5000)[:-20])
    (bulk / "bom.ndjson").write_bytes(b'\xef\xbb\xbf{"resourceType":"Practitioner"}\r\n\r\n')
    code, rows, said = run(bulk, "--as-of", DAY, "--ids")
    assert told(rows) == told(whole)
    assert code == 13
    assert "more.ndjson, line 1: it is not JSON" in said
    assert "line 2: it names its patient by what is no id" in said
    assert "line 3: it is not JSON" in said
    assert "torn.ndjson.gz, after line " in said
    assert "bom.ndjson" not in said


# --- a Bundle a line ----------------------------------------------------------------------------------------------


def in_lines(bundles):
    return b"".join(json.dumps(json.loads(path.read_text())).encode() + b"\n" for path in sorted(bundles.glob("patient-*.json")))


@pytest.mark.parametrize("as_of", [DAY, "last"])
@pytest.mark.parametrize("name", ["all.ndjson", "all.ndjson.gz"])
def test_bundles_in_lines_get_the_cards_that_they_get_in_files(bundles, tmp_path, name, as_of):
    _, whole, _ = run(bundles, "--as-of", as_of, "--ids")
    text = b"\xef\xbb\xbf\r\n" + in_lines(bundles) + b"\n\n"
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    code, rows, said = run(tmp_path, "--as-of", as_of, "--ids")
    assert (code, told(rows), len(rows) > 20) == (0, told(whole), True), said


def test_pages_of_rows_of_many_patients_in_lines_are_taken_row_by_row(bundles, bulk, tmp_path):
    """As a search answers: no page is one patient's, and urns name who is in another entry of the same page."""
    _, whole, _ = run(bundles, "--as-of", DAY, "--ids")
    rows = [json.loads(line) for path in sorted(bulk.glob("*.ndjson")) if path.name != "truth.ndjson" for line in path.read_text().splitlines()]
    pages = [rows[n : n + 50] for n in range(0, len(rows), 50)]
    pages[-1].append({"resourceType": "Condition", "code": {"coding": [{"system": "http://snomed.info/sct", "code": "84027009"}]}})
    place = tmp_path / "pages"
    place.mkdir()
    (place / "pages.ndjson").write_text("".join(json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": row} for row in page]}) + "\n" for page in pages))
    code, found, said = run(place, "--as-of", DAY, "--ids")
    assert (code, told(found)) == (13, told(whole))
    assert f"pages.ndjson, line {len(pages)}: Condition names no patient; skipped" in said


def test_a_drug_in_the_bundle_of_a_line_is_not_taken_for_another_patients_drug_of_the_same_id(tmp_path):
    def patient(name, code, text):
        drug = {"resourceType": "Medication", "id": "1", "code": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code}], "text": text}}
        order = {"resourceType": "MedicationRequest", "id": f"o-{name}", "status": "active", "intent": "order", "subject": {"reference": f"urn:uuid:u-{name}"}, "medicationReference": {"reference": "Medication/1"}, "authoredOn": "2019-01-01"}
        who = {"resourceType": "Patient", "id": name, "birthDate": "1950-01-01", "gender": "female"}
        return json.dumps({"resourceType": "Bundle", "entry": [{"fullUrl": f"urn:uuid:u-{name}", "resource": who}, {"resource": drug}, {"resource": order}]})

    (tmp_path / "two.ndjson").write_text(patient("a", "861007", "metformin 500 MG") + "\n" + patient("b", "197361", "amlodipine 5 MG") + "\n")
    code, rows, said = run(tmp_path, "--as-of", DAY, "--ids")
    assert [row["patient"] for row in rows if row["topic"] == "metformin-b12-check"] == ["a"], said
    assert (code, {row["patient"] for row in rows}) == (0, {"a", "b"}), "both are old"


def test_rows_go_to_their_patient_whatever_bundle_of_a_line_they_lie_in(bundles, tmp_path):
    """Another patient's rows in a record, and Bundles in a Bundle, as a batch is answered."""
    _, whole, _ = run(bundles, "--as-of", DAY, "--ids")
    one, two, *more = (json.loads(line) for line in in_lines(bundles).splitlines())
    mixed = one | {"entry": [*one["entry"], *two["entry"][1:]]}
    alone = two | {"entry": two["entry"][:1]}
    batches = [each | {"entry": [each["entry"][0], {"resource": {"resourceType": "Bundle", "type": "searchset", "entry": each["entry"][1:]}}]} for each in more]
    (tmp_path / "odd.ndjson").write_text("\n".join(map(json.dumps, [mixed, alone, *batches])))
    code, rows, said = run(tmp_path, "--as-of", DAY, "--ids")
    assert (code, told(rows)) == (0, told(whole)), said


def test_what_of_a_bundle_in_a_line_cannot_be_used_is_told_with_its_line(tmp_path):
    deep = {"resourceType": "Condition", "code": {"text": "pernicious anaemia"}}
    for _ in range(6):
        deep = {"resourceType": "Bundle", "entry": [{"resource": deep}]}
    broken = '{"resourceType":"Bundle","entry":[{"resource":'
    who = '{"resourceType":"Patient","id":"a","birthDate":"1950"}'
    (tmp_path / "odd.ndjson").write_text("\n".join([who, json.dumps(deep), broken]))
    code, _, said = run(tmp_path, "--as-of", DAY)
    assert code == 13
    assert "odd.ndjson, line 2: too many Bundles lie in each other" in said
    assert "odd.ndjson, line 3: it is not JSON" in said


def test_a_bundle_in_a_bundle_of_a_file_is_not_passed_over_in_silence(bundles, tmp_path):
    record = json.loads(next(iter(sorted(bundles.glob("patient-*.json")))).read_text())
    nested = record | {"entry": [record["entry"][0], {"resource": {"resourceType": "Bundle", "type": "searchset", "entry": record["entry"][1:]}}]}
    (tmp_path / "nested.json").write_text(json.dumps(nested))
    code, _, said = run(tmp_path, "--as-of", DAY)
    assert (code, "nested.json: a Bundle lies in a Bundle" in said) == (13, True)


def test_a_patient_in_two_files_is_told_for_each_was_judged_by_itself(bundles, tmp_path):
    one = sorted(bundles.glob("patient-*.json"))[0]
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_bytes(one.read_bytes())
    (tmp_path / "none.json").write_text("[]")
    code, _, said = run(tmp_path, "--as-of", DAY)
    assert code == 13
    assert "1  not judged as it should be: a patient is in another file, too" in said
    assert "none.json: holds no Patient" in said


def test_rows_of_another_patient_in_a_record_are_not_used(bundles, tmp_path):
    _, rows, _ = run(bundles, "--as-of", DAY, "--ids")
    sick = next(row["patient"] for row in rows if row["topic"] == "b12-deficiency")
    records = {}
    for path in bundles.glob("patient-*.json"):
        record = json.loads(path.read_text())
        records[record["entry"][0]["resource"]["id"]] = record
    well = next(patient for patient in records if patient not in {row["patient"] for row in rows})
    mixed = records[well] | {"entry": records[well]["entry"] + [e for e in records[sick]["entry"] if e["resource"]["resourceType"] != "Patient"]}
    (tmp_path / "mixed.json").write_text(json.dumps(mixed))
    code, found, said = run(tmp_path, "--as-of", DAY, "--ids")
    assert (code, found) == (13, [])
    assert "mixed.json: a row of another patient lies in the file" in said


def test_a_row_of_odd_shape_is_read_whole_and_not_passed_over(bulk):
    rows = (bulk / "Condition.ndjson").read_text().splitlines()
    odd = json.loads(rows[0]) | {"id": "odd", "recordedDate": 7}
    (bulk / "Condition.ndjson").write_text("\n".join([json.dumps(odd), *rows[1:]]))
    _, found, said = run(bulk, "--as-of", DAY, "--ids")
    assert "skipped" not in said
    assert found


def test_a_folder_without_a_register_is_refused_with_what_is_needed(tmp_path):
    result = CliRunner().invoke(main, ["screen", str(tmp_path)])
    assert result.exit_code == 13
    assert "holds no FHIR JSON" in result.output


def test_orders_that_point_to_drugs_find_them_in_the_register(bulk):
    orders = [json.loads(line) for line in (bulk / "MedicationRequest.ndjson").read_text().splitlines()]
    _, before, _ = run(bulk, "--as-of", DAY, "--ids")
    drugs = []
    for order in orders:
        drugs.append({"resourceType": "Medication", "id": f"m-{order['id']}", "code": order.pop("medicationCodeableConcept")})
        order["medicationReference"] = {"reference": f"Medication/m-{order['id']}"}
    (bulk / "MedicationRequest.ndjson").write_text("\n".join(map(json.dumps, orders)))
    (bulk / "Medication.ndjson").write_text("\n".join(map(json.dumps, drugs)))
    assert told(run(bulk, "--as-of", DAY, "--ids")[1]) == told(before)


# --- what comes out -----------------------------------------------------------------------------------------------


def test_patients_are_named_by_a_pseudonym_unless_ids_are_asked_for(bundles):
    _, rows, said = run(bundles, "--as-of", DAY)
    _, named, _ = run(bundles, "--as-of", DAY, "--ids")
    assert len({r["patient"] for r in rows}) == len({r["patient"] for r in named})
    assert {r["patient"] for r in named}.isdisjoint(r["patient"] for r in rows)
    assert not any(r["patient"] in said for r in named)


def test_the_table_is_the_same_as_ndjson_csv_and_parquet(bundles, tmp_path):
    import csv

    run(bundles, "--as-of", DAY, "--ids", out=tmp_path / "t.ndjson")
    rows = [json.loads(line) for line in (tmp_path / "t.ndjson").read_text().splitlines()]
    run(bundles, "--as-of", DAY, "--ids", out=tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        assert [(r["patient"], r["topic"]) for r in csv.DictReader(file)] == [(r["patient"], r["topic"]) for r in rows]
    arro3 = pytest.importorskip("arro3.io", reason="missing part: the extra [parquet]")
    run(bundles, "--as-of", DAY, "--ids", out=tmp_path / "t.parquet")
    table = arro3.read_parquet(str(tmp_path / "t.parquet")).read_all()
    assert table.column("values").to_pylist() == [r["values"] for r in rows]


def test_which_hook_it_is_stands_in_its_column_and_is_no_value(bundles):
    _, rows, _ = run(bundles, "--as-of", DAY, "--order", ORDERS[0])
    assert {row["hook"] for row in rows} == {"patient-view", "order-sign"}
    assert all(row["values"] for row in rows if row["topic"] != "could-not-check")
    assert not any("hook" in value for row in rows for value in row["values"])


def test_a_table_of_another_kind_is_refused(bundles, tmp_path):
    assert "cannot tell the format" in run(bundles, out=tmp_path / "t.xls")[2]


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_a_place_that_cannot_be_written_is_told_before_a_patient_is_judged(option, bundles, tmp_path, monkeypatch):
    monkeypatch.setattr("cdshooks.screen.run.screen", lambda *_: pytest.fail("hours of work, for nothing"))
    for place in (tmp_path / "nowhere" / "t.csv", tmp_path):
        code, _, said = run(bundles, option, place)
        assert (code, "cannot" in said) == (13, True)


# --- beside the truth ---------------------------------------------------------------------------------------------


def beside_truth(place, truth, *more):
    """Exit code, and what stands in the table by topic and hook: right, missed, level, false; and the lines below it."""
    result = CliRunner().invoke(main, ["screen", str(place), "--workers", "1", "--as-of", str(DAY), "--truth", str(truth), *more])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    split_up = [line.split() for line in result.stdout.splitlines()]
    return result.exit_code, {(t, hook): tuple(map(int, n[:4])) for t, hook, *n in split_up if hook in ("patient-view", "order-sign") and n}, result.output


def test_the_cards_of_made_patients_are_those_that_are_true_of_them(bundles):
    code, table, said = beside_truth(bundles, bundles / "truth.ndjson")
    assert code == 0, said
    assert {counts[1:] for counts in table.values()} == {(0, 0, 0)}
    truth = [json.loads(line) for line in (bundles / "truth.ndjson").read_text().splitlines()]
    assert sum(right for right, *_ in table.values()) == sum(len(t["view"]) + len(t["ordered"]) for t in truth)


@pytest.mark.long
def test_made_patients_reach_every_topic_and_get_the_cards_that_are_true_of_them(library, tmp_path):
    write(people(read_module(synthea_module()), 7, 600, datetime(2026, 1, 15, tzinfo=UTC), (20, 95)), tmp_path / "many", ndjson=True, made=lambda: None)
    code, table, said = beside_truth(tmp_path / "many", tmp_path / "many" / "truth.ndjson")
    assert code == 0, said
    assert {topic for (topic, _), (right, *_) in table.items() if right} - {"could-not-check"} == {card.topic for card in library.cards}


def test_what_differs_from_the_truth_is_counted_and_said_by_the_sentence_that_decided(bundles, tmp_path):
    truth = [json.loads(line) for line in (bundles / "truth.ndjson").read_text().splitlines()]
    with_card = [t for t in truth if t["view"].get("b12-deficiency")]
    without = [t for t in truth if not t["view"]]
    del with_card[0]["view"]["b12-deficiency"]
    with_card[1]["view"]["b12-deficiency"] = "info"
    without[0]["view"]["mma-renal"] = "info"
    told = tmp_path / "truth.ndjson"
    told.write_text("\n".join(map(json.dumps, [*truth, truth[0] | {"patient": "nobody"}])))
    code, table, said = beside_truth(bundles, told)
    assert code == 1
    assert table["b12-deficiency", "patient-view"] == (len(with_card) - 1, 0, 1, 1)
    assert table["mma-renal", "patient-view"][1:] == (1, 0, 0)
    assert "mma-renal (patient-view): info is right, silent came: Not: " in said
    assert "b12-deficiency (patient-view): silent is right, " in said
    assert "of 61 patients with a truth were not judged" in said
    assert not any(t["patient"] in said for t in truth)


def test_a_truth_that_cannot_be_read_is_refused_with_its_lines(bundles, tmp_path):
    bad = tmp_path / "truth.ndjson"
    bad.write_text('{"patient": "a", "view": {}, "order": null, "ordered": {}}\n[]\n{"patient": 7}\n')
    code, _, said = beside_truth(bundles, bad)
    assert code == 13
    assert "line 2: needs patient" in said
    assert "line 3: needs patient" in said
    assert "leave --order out" in beside_truth(bundles, bundles / "truth.ndjson", "--order", ORDERS[0])[2]


# --- what breaks on the way ---------------------------------------------------------------------------------------


def test_a_run_that_was_stopped_goes_on_with_what_is_not_done(bulk, tmp_path, monkeypatch):
    monkeypatch.setattr("cdshooks.screen.run.BUCKET", 20_000)
    work = tmp_path / "work"
    _, first, _ = run(bulk, "--as-of", DAY, "--ids", "--work", work)
    done = sorted(work.glob("done-*"))
    assert len(done) > 3
    done[0].unlink()
    kept = {path: path.stat().st_mtime_ns for path in done[1:]}
    _, again, _ = run(bulk, "--as-of", DAY, "--ids", "--work", work)
    assert told(again) == told(first)
    assert {path: path.stat().st_mtime_ns for path in done[1:]} == kept
    _, other, _ = run(bulk, "--as-of", "2026-01-14", "--ids", "--work", work)
    assert {row["as_of"] for row in other} == {"2026-01-14"}


SITE = """[[cut_offs]]
result = "b12_total"
who = "A"
why = "assay"
since = 2020-01-01
band = [{ is = "deficient", below = ["60 ng/L"] }, { is = "indeterminate", at_least = ["60 ng/L"], up_to = ["350 ng/L"] }]
"""


def test_what_was_done_with_other_cut_offs_is_not_taken_over(bundles, tmp_path):
    """The site file has the same path, and the rules of the cards are the same: only a number in it is another one."""
    site, asked = tmp_path / "site.toml", ("--as-of", DAY, "--ids", "--work", tmp_path / "work", "--site", tmp_path / "site.toml")
    site.write_text(SITE)
    _, first, _ = run(bundles, *asked)
    site.write_text(SITE.replace("60 ng/L", "200 ng/L"))
    _, other, _ = run(bundles, *asked)
    _, anew, _ = run(bundles, "--as-of", DAY, "--ids", "--site", site)
    assert told(other) == told(anew) != told(first)


def test_two_runs_do_not_share_a_folder_at_once(bulk, tmp_path, monkeypatch):
    said = []

    def beside(*given, screened=screen):
        monkeypatch.setattr("cdshooks.screen.run.screen", screened)
        said.append(run(bulk, "--as-of", "2026-01-10", "--work", tmp_path / "w"))
        return screened(*given)

    monkeypatch.setattr("cdshooks.screen.run.screen", beside)
    code, _, _ = run(bulk, "--as-of", DAY, "--work", tmp_path / "w")
    ((other, rows, why),) = said
    assert (code, other, rows) == (0, 13, [])
    assert "another screening works there" in why


def test_a_worker_that_lives_on_answers_the_next_question_and_not_the_last_one(bulk, tmp_path):
    work = tmp_path / "work"
    for day in (str(DAY), "2026-01-10"):
        run(bulk, "--as-of", day, "--work", work)
        done = max(work.glob("done-bucket-*"), key=lambda path: path.stat().st_size)
        before = done.read_bytes()
        done.unlink()
        assert dask.one(done.name.removeprefix("done-"), str(work)) == ""
        assert done.read_bytes() == before


def test_the_work_folder_is_for_its_owner_only_and_goes_at_the_end(bulk, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run(bulk, "--as-of", DAY)
    assert not list(tmp_path.glob("cdshooks-screen-*"))
    run(bulk, "--as-of", DAY, "--work", tmp_path / "kept")
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0


def test_a_worker_that_dies_costs_a_try_and_one_that_kills_thrice_is_set_aside(tmp_path):
    def work(task):
        tries = tmp_path / task
        tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
        if task == "poison" or (task == "once" and tries.read_text() == "x"):
            os.kill(os.getpid(), signal.SIGKILL)
        if task == "fault":
            raise ValueError("a name that must not be told")

    ended = dict(processes.run(["a", "poison", "once", "fault", "b"], work, 2))
    assert ended["poison"] == "its worker died 3 times"
    assert ended["fault"].startswith("ValueError in work, line ")
    assert {task for task, why in ended.items() if why is None} == {"a", "once", "b"}
    assert (tmp_path / "poison").read_text() == "xxx"


def test_a_bucket_that_is_too_large_is_parted_again_and_keeps_patients_together(tmp_path, monkeypatch):
    monkeypatch.setattr(split, "AT_ONCE", 500)
    buckets = split.Buckets(tmp_path, 1)
    for number in range(200):
        buckets.put(f"p{number % 7}", b'{"n": %d}' % number)
    buckets.close()
    found = dict(split.patients_in(tmp_path / "rows-0000"))
    assert {name: len(rows) for name, rows in found.items()} == {f"p{n}": 29 if n < 4 else 28 for n in range(7)}


# --- small things -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("row", "patient"), [
    ('{"resourceType":"Patient","id":"a"}', "a"),
    ('{"resourceType":"Observation","subject":{"reference":"Patient/a"}}', "a"),
    ('{"resourceType":"Observation","subject":{"reference":"https://x/fhir/Patient/a/_history/2"}}', "a"),
    ('{"resourceType":"AllergyIntolerance","patient":{"reference":"urn:uuid:a"}}', "a"),
    ('{"resourceType":"Observation","subject":{"reference":"Group/a"}}', None),
    ('{"resourceType":"Observation","subject":{"display":"a"}}', None),
])  # fmt: skip
def test_whose_row_it_is(row, patient):
    assert thin.patient_of(thin.head_of(row.encode())) == patient


def test_counts_add_up():
    left, right = Tally(patients=2, deceased=1), Tally(patients=3)
    left.doubts.update([("view", "a", "not recorded")])
    right.doubts.update([("view", "a", "not recorded")])
    left += right
    assert (left.patients, left.living, left.doubts[("view", "a", "not recorded")]) == (5, 4, 2)
    assert band_of(90) == "90 and over"




# --- where one machine is not enough ------------------------------------------------------------------------------


@pytest.fixture
def cluster():
    """A real scheduler and two real workers, each a process; the workers can be killed."""
    distributed = pytest.importorskip("distributed", reason="missing part: the extra [distributed]")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as started:
        yield started


POISON = """
import os, signal
from cdshooks.screen import run

def poisoned(name, *more, judged=run.task):
    if name == "bucket-0001":
        os.kill(os.getpid(), signal.SIGKILL)
    return judged(name, *more)
run.task = poisoned
"""


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_a_bucket_that_kills_every_worker_of_a_cluster_is_set_aside_and_named_and_costs_no_other(bulk, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="missing part: the extra [distributed]")
    monkeypatch.setattr("cdshooks.screen.run.BUCKET", 20_000)
    (tmp_path / "poison.py").write_text(POISON)
    _, alone, _ = run(bulk, "--as-of", DAY, "--ids", "--work", tmp_path / "alone")
    dask = pytest.importorskip("dask")
    one_death = dask.config.set({"distributed.scheduler.allowed-failures": 0})  # else each takes four workers with it
    with one_death, distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50, preload=[str(tmp_path / "poison.py")]
    ) as cluster:  # fmt: skip
        code, rows, said = run(bulk, "--as-of", DAY, "--ids", "--work", tmp_path / "w", "--scheduler", cluster.scheduler_address)
    assert code == 13
    assert "bucket-0001: set aside: its worker died each time" in said
    assert said.count("set aside") == 1
    done = {path.name for path in (tmp_path / "alone").glob("done-*")}
    assert {path.name for path in (tmp_path / "w").glob("done-*")} == done - {"done-bucket-0001"}
    lost = set(told(alone)) - set(told(rows))
    assert set(told(rows)) < set(told(alone))
    assert len({patient for patient, *_ in lost}) < 40


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_without_a_worker_is_told_and_not_waited_for_without_end(bulk, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="missing part: the extra [distributed]")
    monkeypatch.setattr("cdshooks.screen.dask.PATIENCE", 1.0)
    with distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=None, silence_logs=50) as empty:
        code, rows, said = run(bulk, "--as-of", DAY, "--work", tmp_path / "w", "--scheduler", empty.scheduler_address)
    assert (code, rows) == (16, [])
    assert "the cluster has no worker left" in said


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_table_though_a_worker_is_killed(cluster, bulk, tmp_path, monkeypatch):
    monkeypatch.setattr("cdshooks.screen.run.BUCKET", 20_000)
    _, alone, _ = run(bulk, "--as-of", DAY, "--ids")
    os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
    code, rows, said = run(bulk, "--as-of", DAY, "--ids", "--work", tmp_path / "w", "--scheduler", cluster.scheduler_address)
    assert told(rows) == told(alone)
    assert "set aside" not in said
    assert code == 0


# --- two of one kind ----------------------------------------------------------------------------------------------


def test_a_site_file_shows_who_gains_and_who_loses_a_card_and_by_which_sentence(bundles, tmp_path):
    site = tmp_path / "site.toml"
    site.write_text(SITE)
    result = CliRunner().invoke(main, ["compare", str(bundles), "--site", "none", str(site), "--as-of", str(DAY), str(DAY)])
    changes = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    lost = [c for c in changes if c["topic"] == "b12-deficiency"]
    assert lost, result.output
    assert all(c["after"] == "silent" and c["sentence_after"].startswith("Not: ") for c in lost)
    assert {c["patient"] for c in changes if c["topic"] == "b12-indeterminate"} & {c["patient"] for c in lost}


def test_what_was_set_aside_on_one_day_changes_nobody_and_is_told(bulk, monkeypatch):
    monkeypatch.setattr("cdshooks.screen.run.BUCKET", 20_000)
    days = ("--as-of", str(DAY), "2026-01-14", "--ids", "--workers", "1")
    whole = CliRunner().invoke(main, ["compare", str(bulk), *days])

    def failing(name, register, rows, question, folder, judged=task):
        if name == "bucket-0001" and question.clock.today == DAY:
            raise ValueError
        return judged(name, register, rows, question, folder)

    monkeypatch.setattr("cdshooks.screen.run.task", failing)
    result = CliRunner().invoke(main, ["compare", str(bulk), *days])
    assert result.exit_code == 13
    assert "bucket-0001: set aside" in result.stderr
    assert set(result.stdout.splitlines()) <= set(whole.stdout.splitlines())


def test_comparing_tells_what_could_not_be_read(bulk):
    with (bulk / "Observation.ndjson").open("a") as file:
        file.write("{no\n")
    result = CliRunner().invoke(main, ["compare", str(bulk), "--as-of", str(DAY), "2026-01-14", "--workers", "1"])
    assert result.exit_code == 13
    assert result.stderr.count("it is not JSON; skipped") == 1


def test_the_same_twice_changes_nothing_and_nothing_to_compare_is_refused(bundles):
    same = CliRunner().invoke(main, ["compare", str(bundles), "--as-of", str(DAY), str(DAY)])
    assert "0 changes" in same.stderr
    assert "nothing differs" in CliRunner().invoke(main, ["compare", str(bundles)]).output


# --- the report ---------------------------------------------------------------------------------------------------


def the_report(tmp_path, place, *more):
    file = tmp_path / "report.html"
    run(place, "--as-of", DAY, "--report", file, *more)
    return file.read_text("utf-8")


def test_the_report_counts_what_the_table_lists_and_names_nobody_unless_asked(bundles, tmp_path):
    _, rows, _ = run(bundles, "--as-of", DAY, "--ids")
    page = the_report(tmp_path, bundles, "--ids")
    assert f"<b>{len(rows)}</b> cards" in page
    assert f"<b>{len({r['patient'] for r in rows})}</b> get at least one card" in page
    assert not any(row["patient"] in page for row in rows)
    listed = the_report(tmp_path, bundles, "--ids", "--patients")
    assert all(row["patient"] in listed for row in rows)


def test_the_report_says_on_top_that_not_all_could_be_used(bulk, tmp_path):
    said = "Not all that was sent could be used"
    run(bulk, "--as-of", DAY, "--report", tmp_path / "whole.html")
    assert said not in (tmp_path / "whole.html").read_text()
    (bulk / "torn.ndjson.gz").write_bytes(gzip.compress(b'{"resourceType":"Practitioner"}\n' * 5000)[:-20])
    run(bulk, "--as-of", DAY, "--report", tmp_path / "torn.html")
    text = (tmp_path / "torn.html").read_text()
    assert text.index(said) < text.index("Cards by topic") < text.index("Lines and files that could not be used")


def test_the_report_tells_what_was_sent_with_the_counts_of_survey(bulk, tmp_path):
    rows = [json.loads(line) for line in (bulk / "Observation.ndjson").read_text().splitlines()]
    for row, odd in zip(rows, [{"status": "preliminary"}, {"valueQuantity": {"value": 1, "unit": "furlong"}}, {"code": {"coding": [{"system": "urn:ours", "code": "X1"}]}}, {"code": {}}, {"effectiveDateTime": "?", "issued": "?"}], strict=False):
        row.update(odd)
    (bulk / "Observation.ndjson").write_text("\n".join(map(json.dumps, rows)))
    orders = [json.loads(line) for line in (bulk / "MedicationRequest.ndjson").read_text().splitlines()]
    del orders[0]["medicationCodeableConcept"]
    orders[0]["medicationReference"] = {"reference": "Medication/nowhere"}
    (bulk / "MedicationRequest.ndjson").write_text("\n".join(map(json.dumps, orders)))
    survey = json.loads(CliRunner().invoke(main, ["survey", str(bulk), "--json"]).stdout)
    page = the_report(tmp_path, bulk, "--work", tmp_path / "work")
    from cdshooks.screen.quality import counts_of
    from cdshooks.screen.work import Work

    tally = Tally()
    for found in Work(tmp_path / "work").results([path.name.removeprefix("done-") for path in (tmp_path / "work").glob("done-*")]):
        tally += found.tally
    ours = counts_of(tally.sent, 0).rows
    theirs = {(row["kind"], row["code"], row["unit"], row["reason"], row["count"]) for kind in ("understood", "not_understood") for row in survey[kind]}
    assert {(seen.kind, seen.code, seen.unit, seen.reason, number) for seen, number in ours.items()} == theirs
    assert "furlong" in page
    assert "its code X1 of urn:ours is not known here, and no words say what it is" in page
    assert "it names its drug by a reference to what did not come" in page
    assert "a preliminary result is named and not used" in page


def test_the_report_stands_alone_and_its_own_policy_lets_its_style_through(bundles, tmp_path):
    import base64
    import hashlib
    import re

    page = the_report(tmp_path, bundles)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src &#39;sha256-{digest}&#39;" in page
    assert not re.search(r"<script|<link|src=|style=|url\(", page)


def test_what_a_stranger_wrote_is_text_in_the_report(bulk, tmp_path):
    rows = [json.loads(line) for line in (bulk / "Patient.ndjson").read_text().splitlines()]
    for row in rows:
        row["managingOrganization"] = {"display": "<img src=x onerror=alert(1)>"}
    rows[0]["managingOrganization"] = {"display": "other"}
    (bulk / "Patient.ndjson").write_text("\n".join(map(json.dumps, rows)))
    page = the_report(tmp_path, bulk)
    assert "&lt;img src=x" in page
    assert "<img" not in page


def test_the_report_lists_no_more_than_a_reader_can_hold():
    from cdshooks.screen.report import MOST_PATIENTS, Missing, report

    row = {"patient": "p", "topic": "t", "indicator": "info", "reason": "r", "values": ["v"], "order": ""}
    told = {"source": "s", "day": "d", "cards": "c", "signed": "0"}
    page = report(Tally(patients=1), LIBRARY, told, Missing(), (row for _ in range(10_000)))
    assert page.count('<th scope="row">p</th>') == MOST_PATIENTS
    assert "The first 500 rows" in page
