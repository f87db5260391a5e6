"""A patient's record is read from every usual kind of file, or refused in words that say what to do."""

import copy
import gzip
import json
from datetime import date

import pytest

from cdshooks.ehr.patients import Record, open_record, read_record
from cdshooks.ehr.search import answer
from cdshooks.ehr.shift import shift_record, shifted
from cdshooks.errors import BadInput
from tests.conftest import shared, shared_files

ANNA = {"resourceType": "Patient", "id": "anna", "birthDate": "1970-01-01"}
RESULT = {"resourceType": "Observation", "id": "1", "subject": {"reference": "urn:uuid:a-1"}}
TRANSACTION = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [
        {"fullUrl": "urn:uuid:a-1", "resource": ANNA, "request": {"method": "POST", "url": "Patient"}},
        {"fullUrl": "urn:uuid:o-1", "resource": RESULT},
    ],
}


@pytest.mark.parametrize("pack", [lambda raw: raw, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", ["a.json", "a.json.gz", "a"])
def test_packing_is_told_by_the_bytes_not_by_the_name(tmp_path, pack, name):
    (tmp_path / name).write_bytes(pack(json.dumps(TRANSACTION).encode()))
    assert open_record(tmp_path / name).patient_id == "anna"


def test_a_reference_to_a_full_url_becomes_type_and_id_and_nothing_else_changes():
    body = copy.deepcopy(TRANSACTION)
    body["entry"][1]["resource"] |= {
        "performer": [{"reference": "Practitioner?identifier=x|1", "display": "urn:uuid:a-1"}],
        "encounter": {"reference": "urn:uuid:unknown"},
    }
    before = copy.deepcopy(body)
    row = read_record(body, "here").resources[1]
    assert row == before["entry"][1]["resource"] | {"subject": {"reference": "Patient/anna"}}
    assert body == before


def test_a_posted_patient_without_id_is_named_after_its_full_url():
    body = {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:a-1", "resource": {"resourceType": "Patient"}}]}
    assert read_record(body, "here").patient_id == "a-1"


def test_rows_without_an_id_are_told_from_each_other_and_a_patient_is_given_none():
    bare = {"resourceType": "Observation", "status": "final"}
    rows = read_record([ANNA, bare, RESULT | {"id": "row-2"}, bare | {"id": 7}, bare | {"id": ""}], "here").resources
    assert [row["id"] for row in rows] == ["anna", "row-2-", "row-2", "row-4", "row-5"]
    assert bare == {"resourceType": "Observation", "status": "final"}
    with pytest.raises(BadInput, match="no Patient with an id"):
        read_record([{"resourceType": "Patient"}, bare], "here")


def test_a_list_of_resources_is_a_record_too():
    assert read_record([ANNA, RESULT, "?", None], "here").resources == (ANNA, RESULT)


def test_of_two_patients_one_must_be_chosen():
    other = ANNA | {"id": "bea"}
    with pytest.raises(BadInput, match="holds 2 Patients \\(anna, bea\\); choose one with --patient ID"):
        read_record([ANNA, other], "x.json")
    assert read_record([ANNA, other], "x.json", "bea").patient == other
    with pytest.raises(BadInput, match="no Patient 'carl'; there is anna, bea"):
        read_record([ANNA, other], "x.json", "carl")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"<Bundle/>", "not JSON .*; give a FHIR JSON file"),
        (b'{"resourceType": "Observation"}', "a FHIR Bundle or a list of resources is needed, this is Observation"),
        (b"{}", "an object without resourceType"),
        (b"7", "this is no object"),
        (b'{"resourceType": "Bundle"}', "holds no Patient with an id; add"),
        (b'{"resourceType": "Bundle", "entry": 3}', "holds no Patient"),
        (gzip.compress(b"{}")[:-9], "broken gzip .*; copy or pack the file again"),
        (b"\x1f\x8bnonsense", "broken gzip"),
    ],
    ids=["xml", "resource", "object", "number", "empty-bundle", "odd-entry", "cut-gzip", "false-gzip"],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_name_and_what_to_do(tmp_path, raw, words):
    path = tmp_path / "odd.json"
    path.write_bytes(raw)
    with pytest.raises(BadInput, match=words) as refusal:
        open_record(path)
    assert str(refusal.value).startswith(str(path))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_no_more_of_a_file_is_read_than_a_record_may_hold(tmp_path, monkeypatch, pack):
    """A few bytes may unpack to any number of them."""
    monkeypatch.setattr("cdshooks.ehr.files.LARGEST", 1_000)
    (tmp_path / "a.json").write_bytes(pack(b" " * 1_001))
    with pytest.raises(BadInput, match=r"a\.json: larger than 1000 bytes; give less"):
        open_record(tmp_path / "a.json")


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path):
    with pytest.raises(BadInput, match="cannot be read \\(No such file or directory\\); check the path"):
        open_record(tmp_path / "none.json")


def test_digits_are_kept(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps([ANNA])[:-1] + ', {"resourceType": "Observation", "x": 2.50}]')
    assert str(open_record(tmp_path / "a.json").resources[1]["x"]) == "2.50"


@pytest.mark.parametrize("path", shared_files("synthea/*/*.gz"), ids=lambda path: path.name[:8])
def test_a_synthea_patient_loads_and_every_row_is_found_again_by_search(path):
    record = open_record(path)
    plain = json.loads(gzip.decompress(path.read_bytes()))["entry"]
    for kind in ("Observation", "Condition", "MedicationRequest", "Procedure", "AllergyIntolerance", "Encounter"):
        found = answer(record, f"{kind}?patient={record.patient_id}")
        count = sum(entry["resource"]["resourceType"] == kind for entry in plain)
        assert (kind, found["total"], len(found.get("entry", ()))) == (kind, count, count)


def test_all_108_synthea_patients_are_there():
    assert len(list(shared("synthea").glob("*/*.gz"))) == 108


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("birthDate", "1970-12-31", "1971-01-01"),
        ("onsetDateTime", "2024-02-28T23:59:59.123-05:00", "2024-02-29T23:59:59.123-05:00"),
        ("recordedDate", "2025-01", "2025-01"),
        ("issued", "2025-12-31T10:00:00Z", "2026-01-01T10:00:00Z"),
        ("start", "2025", "2025"),
        ("end", "9999-12-31", "9999-12-31"),
        ("recordedDate", "2025-02-30", "2025-02-30"),
        ("code", "2025-01-01", "2025-01-01"),
        ("value", "2025", "2025"),
    ],
)
def test_dates_move_by_a_day_and_nothing_else_does(name, before, after):
    assert shifted({name: before, "in": [{name: [before]}]}, 1) == {name: after, "in": [{name: [after]}]}


def test_a_partial_date_moves_its_first_day_and_is_cut_again():
    assert shifted({"date": "2025-03"}, 31) == {"date": "2025-04"}
    assert shifted({"date": "2025"}, 365) == {"date": "2026"}


def test_a_record_is_shifted_from_its_own_day_and_an_undated_one_is_left_alone():
    told = read_record([ANNA], "here")
    assert shift_record(told, date(2030, 1, 1)) is told
    moved = shift_record(Record(ANNA, (ANNA,), date(2026, 1, 15)), date(2026, 1, 25))
    assert (moved.patient["birthDate"], moved.told) == ("1970-01-11", date(2026, 1, 25))
    assert moved.resources[0] is moved.patient


def test_the_day_of_a_bundle_is_its_timestamp():
    stamped = {"resourceType": "Bundle", "timestamp": "2026-01-15T00:00:00+00:00", "entry": [{"resource": ANNA}]}
    assert read_record(stamped, "here").told == date(2026, 1, 15)
    assert read_record(stamped | {"timestamp": "soon"}, "here").told is None
