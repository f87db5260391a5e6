"""The burden of cards: counted over a folder of patients, and no critical card without its reason in the record."""

import json
from datetime import date

import pytest
from click.testing import CliRunner

from cdshooks.cli import main
from cdshooks.config import Settings
from cdshooks.ehr.patients import last_day, open_record, read_record
from cdshooks.ehr.shelf import folder
from cdshooks.review.burden import Call, calls, occasions, tally
from tests import small_library
from tests.conftest import TODAY, shared_files
from tests.shipped import LIBRARY

SUGAR = {"coding": [{"system": "http://loinc.org", "code": "1-8"}]}
FAINT = {"coding": [{"system": "http://snomed.info/sct", "code": "42"}]}


def patient(identity: str, *rows: dict, **more) -> dict:
    """A Bundle of one patient; the rows are about that patient."""
    about = {"subject": {"reference": f"Patient/{identity}"}}
    person = {
        "resourceType": "Patient",
        "id": identity,
        "birthDate": "1970-01-01",
        "name": [{"family": "Secret"}],
    } | more
    entries = [{"resource": row | about | {"id": f"{identity}-{n}"}} for n, row in enumerate(rows)]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": person}, *entries]}


def sugar(value: float, day: str = "2026-01-10") -> dict:
    quantity = {"value": value, "unit": "mg/L", "code": "mg/L"}
    return {"resourceType": "Observation", "status": "final", "code": SUGAR, "effectiveDateTime": day,
            "valueQuantity": quantity}  # fmt: skip


def weak(day: str = "2026-01-01") -> dict:
    return {"resourceType": "Condition", "code": FAINT, "onsetDateTime": day}


@pytest.fixture
def place(tmp_path):
    """Four patients (one low, one low and weak, one fine, one dead), and cards whose loudest is critical."""
    cards = small_library.write(tmp_path / "cards", rule=('indicator = "warning"', 'indicator = "critical"'),
                                vignettes=('expect = "warning"', 'expect = "critical"'))  # fmt: skip
    patients = tmp_path / "patients"
    patients.mkdir()
    for bundle in (
        patient("a-low", sugar(9)), patient("b-weak", sugar(9), weak()), patient("c-fine", sugar(11)),
        patient("d-dead", sugar(9), weak(), deceasedBoolean=True),
    ):  # fmt: skip
        (patients / f"{bundle['entry'][0]['resource']['id']}.json").write_text(json.dumps(bundle))
    return cards, patients


def run(place, *more: str):
    cards, patients = place
    return CliRunner().invoke(main, ["burden", str(patients), "--cards", str(cards), *more])


def test_cards_are_counted_by_topic_and_indicator_with_their_share_of_the_living(place):
    told = run(place)
    assert told.exit_code == 0, told.output
    lines = [" ".join(line.split()) for line in told.stdout.splitlines()]
    assert lines[0] == "4 patients, 1 of them deceased; 4 calls; 0 files not readable"
    assert "patient-view: 2 cards for 2 of 3 living patients (66.7%)" in lines
    assert "sugar-low critical 1 33.3%" in lines
    assert "sugar-low info 1 33.3%" in lines


def test_a_critical_card_is_listed_with_what_it_saw_and_without_a_name(place):
    told = run(place).stdout
    assert "1 critical cards, each with what it saw:" in told
    block = told.split("b-weak  sugar-low")[1]
    assert "sugar 9 mg/L on 2026-01-10" in block
    assert "fainting, since 2026-01-01" in block
    assert "Secret" not in told


def test_the_same_as_json_for_a_program(place):
    told = json.loads(run(place, "--json").stdout)
    (view,) = told["occasions"]
    assert (told["patients"], told["deceased"], view["living"], view["withCards"]) == (4, 1, 3, 2)
    assert view["rows"][0] == {"topic": "sugar-low", "indicator": "critical", "patients": 1, "share": 1 / 3}
    (loud,) = told["critical"]
    assert (loud["patient"], loud["resources"]) == ("b-weak", ["Observation/b-weak-0", "Condition/b-weak-1"])


def test_a_chart_is_opened_on_the_day_of_its_last_entry_unless_a_day_is_given(place):
    assert "2 cards" in run(place).stdout  # five days before the frozen today, and no result is lost
    assert "2 cards" in run(place, "--today", "2026-02-09").stdout
    assert "0 cards" in run(place, "--today", "2026-02-10").stdout  # 31 days later: the window is 30


def test_a_file_that_cannot_be_read_costs_only_itself_and_is_said(place):
    (place[1] / "broken.json").write_text("{")
    told = run(place)
    assert told.exit_code == 13
    assert "broken.json" in told.stderr
    assert "1 files not readable" in told.stdout
    assert "patient-view: 2 cards for 2 of 3" in told.stdout


def test_a_folder_without_bundles_is_said(tmp_path):
    told = CliRunner().invoke(main, ["burden", str(tmp_path)])
    assert "holds no .json" in told.output


def test_each_order_is_an_occasion_of_its_own_selected_and_signed():
    names = ["folic-acid-5mg-daily", "hydroxocobalamin-1mg-im"]
    found = [str(o) for o in occasions(("patient-view", "order-select", "order-sign"), names)]
    assert found == ["patient-view", *(f"{hook}, {name}" for hook in ("order-select", "order-sign") for name in names)]
    assert [str(o) for o in occasions(("patient-view", "order-sign"), [])] == ["patient-view"]


def test_the_last_day_is_that_of_the_latest_entry():
    record = read_record(patient("a", sugar(9, "2024-02"), sugar(9, "2025-03-04T23:59:00Z"), weak()), "here")
    assert last_day(record) == date(2025, 3, 4)
    assert last_day(read_record(patient("a"), "here")) == date(1900, 1, 1)


def test_tallies_count_patients_not_calls_and_nobody_living_is_no_division_by_zero():
    dead = Call("x", True, "patient-view", (), ())
    (one,) = tally([dead])
    assert (one.living, one.share(0)) == (0, 0.0)


# --- our own cards ----------------------------------------------------------------------------------------------------


def unfounded(files, orders, today=None) -> tuple[list, int]:
    """Critical cards that rest on nothing, or on a resource that neither the record nor the draft holds; and how many."""
    library, settings = LIBRARY, Settings(today=today)
    on = occasions(library.hooks, orders)
    found, number = [], 0
    for file in files:
        record = open_record(file)
        there = {f"{row['resourceType']}/{row.get('id')}" for row in record.resources}
        there |= {"MedicationRequest/draft-1", "ServiceRequest/draft-1"}
        for call in calls(library, record, on, settings):
            number += len(call.loud)
            found += [(file.name, call, c) for c in call.loud if not c.refs or not set(c.refs) <= there]
    return found, number


def test_every_critical_card_of_the_fixtures_has_its_reason_in_the_record():
    files = sorted((folder() / "patients").glob("*.json"))
    found, number = unfounded(files, ["folic-acid-5mg-daily", "hydroxocobalamin-1mg-im"], TODAY)
    assert found == []
    assert number > 20


@pytest.mark.parametrize(
    "version", sorted({f.parent for f in shared_files("synthea/*/*.json.gz")}), ids=lambda p: p.name
)
def test_no_synthea_patient_gets_a_critical_card_whose_reason_is_not_in_the_record(version):
    found, _ = unfounded(sorted(version.glob("*.json.gz")), ["folic-acid-5mg-daily", "hydroxocobalamin-1mg-im"])
    assert found == []
