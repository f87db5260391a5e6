"""Of a register only rows are left out of which a chart takes nothing; of what is left out its version stays."""

import json
from itertools import product

import pytest
from click.testing import CliRunner
from test_feeds import SERVICES

from cdshooks.cli import main
from cdshooks.protocol.wire import decode, encode
from cdshooks.screen.nothing import Nothing
from cdshooks.screen.untelling import UNTELLING
from cdshooks.screen.wanted import wanted
from tests.second_opinion.patients import random_case
from tests.shipped import LIBRARY

B12, LEBER = "vitamin B12", "Leber's hereditary optic neuropathy"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
AMLODIPINE = {"coding": [{"system": RXNORM, "code": "197361", "display": "amlodipine 5 MG Oral Tablet"}], "text": "amlodipine 5 MG Oral Tablet"}
SORE = {"coding": [{"system": "http://snomed.info/sct", "code": "267102003", "display": "Sore throat"}], "text": "Sore throat"}
# Of each kind a row that is none of ours.
OTHERS = {
    "Observation": {"status": "final", "code": SORE},
    "Condition": {"code": SORE},
    "Procedure": {"status": "completed", "code": SORE},
    "Encounter": {"status": "finished", "type": [SORE]},
    "MedicationRequest": {"status": "active", "intent": "order", "medicationCodeableConcept": AMLODIPINE},
    "MedicationStatement": {"status": "active", "medicationCodeableConcept": AMLODIPINE},
    "MedicationDispense": {"status": "completed", "medicationCodeableConcept": AMLODIPINE},
    "MedicationAdministration": {"status": "completed", "medicationCodeableConcept": AMLODIPINE},
}


def known(counted=False):
    return wanted(SERVICES.values(), LIBRARY.concepts, counted)


def needed(row, by=None):
    return (by or known()).needs(row["resourceType"], json.dumps({"resourceType": row["resourceType"], "id": "r", **row}).encode())


@pytest.mark.parametrize("kind", OTHERS)
def test_a_row_that_is_none_of_ours_is_not_kept_however_its_dates_people_and_numbers_are(kind):
    row = {"resourceType": kind, **OTHERS[kind]}
    dated = {"effectiveDateTime": "2020-01-01", "meta": {"versionId": "7"}, "encounter": {"reference": "Encounter/8"}}
    assert not needed(row)
    assert not needed(row | dated)
    assert not needed(row | {"reasonReference": [{"reference": "Condition/9", "display": "Sore throat"}]})
    assert needed(row | {"contained": [{"resourceType": "Medication", "id": "m", "code": {"text": B12}}]})


# --- what never makes a row tell anything -------------------------------------------------------------------------

CODED = {"coding": [{"system": "http://snomed.info/sct", "code": "58610003", "display": LEBER}], "text": f"{LEBER}; allergy to {B12}"}
SHAPES = [
    f"{B12} injection given; allergy to {B12}; {LEBER}", CODED, [CODED], {"reference": "Medication/b12", "display": f"{B12} injection; {LEBER}"},
    [{"reference": "Condition/9", "display": LEBER}], {"concept": CODED}, {"value": 90, "unit": "ng/L", "code": "ng/L"}, [{"text": f"allergy to {B12}"}],
    {"div": f"<div>{B12} injection given, {LEBER}</div>"}, {"extension": [{"valueString": LEBER}, {"valueCodeableConcept": CODED}]}, "entered-in-error", "draft", "completed", 7, None,
]  # fmt: skip


UNKNOWN, SILENT = {"coding": [{"system": "urn:ours", "code": "X1"}]}, {"text": "see note"}
VALUES = [{}, {"valueString": "90"}, {"valueInteger": 90}, {"valueCodeableConcept": {"text": "present"}}, {"valueQuantity": {"value": 90}}, {"component": [{"code": UNKNOWN, "valueString": "90"}]}]
# Also rows that name nothing: those of which a chart takes nothing all the same.
BASES = {
    "Observation": [named | value for named in (OTHERS["Observation"], {"code": UNKNOWN}, {"code": SILENT}, {"code": {}}, {}) for value in VALUES],
    **{kind: [OTHERS[kind], OTHERS[kind] | {"code": UNKNOWN}, OTHERS[kind] | {"code": SILENT}, OTHERS[kind] | {"code": {}}] for kind in ("Condition", "Procedure")},
    "Encounter": [OTHERS["Encounter"], OTHERS["Encounter"] | {"type": [UNKNOWN]}, {"status": "finished"}],
    **{kind: [OTHERS[kind], OTHERS[kind] | {"medicationCodeableConcept": {"text": "Tablet"}}, OTHERS[kind] | {"medicationCodeableConcept": SILENT}] for kind in OTHERS if kind.startswith("Med")},
}  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in OTHERS for name in sorted(UNTELLING[kind])])
def test_what_is_not_looked_at_tells_a_chart_nothing_whatever_stands_there(kind, name):
    nothing = Nothing(LIBRARY.concepts, counted=False)
    bases = [row for each in BASES[kind] if nothing.is_none_taken_of(row := {"resourceType": kind, **each})]
    assert bases
    for row, shape in product(bases, SHAPES):
        assert nothing.is_none_taken_of(row | {name: shape}), (row, shape)


# --- what is kept -------------------------------------------------------------------------------------------------

ONLY_THERE = [{"url": "urn:x", "valueString": LEBER}]
TELLING = {
    "a dose among the procedures": ("Procedure", {"status": "completed", "code": {"text": "Vitamin B12 injection"}}),
    "a material that was used": ("Procedure", {"status": "completed", "code": {"text": "Injection"}, "usedCode": [{"text": B12}]}),
    "a dose among the observations": ("Observation", {"code": {"text": "Injection given"}, "valueString": B12}),
    "a problem among the observations": ("Observation", {"code": {"text": "Diet"}, "valueCodeableConcept": {"text": "Vegan"}}),
    "a dose among the problems": ("Condition", {"code": {"text": "On vitamin B12 injections"}}),
    "an allergy among the problems": ("Condition", {"code": {"text": "Allergy to cobalt"}}),
    "a relative's illness": ("Condition", {"code": {"text": f"Family history of {LEBER}"}}),
    "a dose among the visits": ("Encounter", {"type": [{"text": "Vitamin B12 injection"}]}),
    "a row that is cut to its id": ("Condition", {}),
    "a problem in an extension": ("Condition", {"code": {"text": "Blindness"}, "extension": ONLY_THERE}),
    "a problem in an extension of its code": ("Condition", {"code": {"text": "Blindness", "extension": ONLY_THERE}}),
    "a result in an extension": ("Observation", {"code": {"text": "Result"}, "valueQuantity": {"value": 90, "unit": "ng/L"}, "extension": [{"valueString": f"{B12} level"}]}),
    "a result named by a member": ("Observation", {"code": {"text": "Panel"}, "hasMember": [{"reference": "Observation/9", "display": f"Serum {B12}"}], "valueString": "low"}),
    "a panel whose members may not come": ("Observation", {"code": {"coding": [{"system": "http://loinc.org", "code": "2132-9"}]}, "hasMember": [{"reference": "Observation/9"}]}),
    "a result in another": ("Observation", {"code": {"text": "Panel"}, "contained": [{"resourceType": "Observation", "code": {"text": f"Serum {B12}"}}]}),
    "a result named by one part, its number in another": ("Observation", {"code": {"text": "Result"}, "component": [{"code": {"text": "Test"}, "valueString": f"Serum {B12}"}, {"code": {"text": "Value"}, "valueQuantity": {"value": 90, "unit": "ng/L"}}]}),
    "a part that is no list": ("Observation", {"code": {"text": "Panel"}, "component": {"code": {"text": f"Serum {B12}"}, "valueQuantity": {"value": 90, "unit": "ng/L"}}}),
    "a result by a code that nobody knows, in a unit of ours": ("Observation", {"code": {"coding": [{"system": "urn:ours", "code": "X1"}]}, "valueQuantity": {"value": 90, "unit": "pmol/L"}}),
    "a result that only its narrative names": ("Observation", {"text": {"div": f"<div>{B12} 90 ng/L</div>"}, "valueString": "see text"}),
    "no parts, and its own code": ("Observation", {"code": {"text": f"Serum {B12}"}, "component": []}),
    "a type that is no list": ("Encounter", {"type": {"text": "Vitamin B12 injection"}}),
    "an order of ours": ("MedicationRequest", {"medicationCodeableConcept": {"text": "Hydroxocobalamin 1 mg"}}),
    "an order with a code that nobody knows": ("MedicationRequest", {"medicationCodeableConcept": {"coding": [{"system": "urn:ours", "code": "X1"}]}}),
    "an order of nothing that is told": ("MedicationStatement", {"status": "active"}),
    "an order that points to its drug": ("MedicationRequest", {"medicationReference": {"reference": "Medication/9", "display": "amlodipine"}}),
    "an order that points to its drug (R5)": ("MedicationRequest", {"medication": {"reference": {"reference": "Medication/9", "display": "amlodipine"}}}),
    "an order that points by an identifier": ("MedicationRequest", {"medicationReference": {"identifier": {"value": "7"}, "display": "amlodipine"}}),
    "an order that points to its drug, in capitals": ("MedicationRequest", {"MEDICATIONREFERENCE": {"REFERENCE": "Medication/9", "DISPLAY": "amlodipine"}}),
    "a drug inside an order, in capitals": ("MedicationRequest", {"Contained": [{"resourceType": "Medication", "id": "m", "code": {"text": B12}}], "medicationCodeableConcept": AMLODIPINE}),
    "a result that only its category names": ("Observation", {"code": {"coding": [{"system": "urn:ours", "code": "X1"}]}, "category": [{"text": f"Serum {B12}"}], "valueString": "90"}),
    "a result that only its note names": ("Observation", {"code": {"text": "Result"}, "note": [{"text": B12}], "valueString": "90"}),
    "a result that only its device names": ("Observation", {"code": {"text": "Result"}, "device": {"display": f"{B12} assay"}, "valueString": "90"}),
    "a result that only its reference range names": ("Observation", {"code": {"text": "Result"}, "referenceRange": [{"text": f"{B12} 180-914"}], "valueString": "90"}),
    "an order whose supporting information names the drug": ("MedicationRequest", {"medicationCodeableConcept": {"text": "Injection kit"}, "supportingInformation": [{"display": f"{B12} 1 mg"}]}),
    "a problem that only its site names": ("Condition", {"code": {"text": "Eye disease"}, "bodySite": [{"text": "Leber hereditary optic neuropathy"}]}),
    "an order of DSTU2": ("MedicationOrder", {"medicationCodeableConcept": {"text": "Metformin 500 mg"}}),
    "an order whose instructions name the drug": ("MedicationRequest", {"medicationCodeableConcept": {"text": "Injection"}, "dosageInstruction": [{"text": f"{B12} 1 mg IM"}]}),
    "an order whose extension names the drug": ("MedicationRequest", {"medicationCodeableConcept": {"text": "Injection"}, "extension": [{"valueString": B12}]}),
    "the reason of an order": ("MedicationRequest", {"medicationCodeableConcept": AMLODIPINE, "reasonCode": [{"text": LEBER}]}),
    "the reason to which an order points": ("MedicationAdministration", {"medicationCodeableConcept": AMLODIPINE, "reasonReference": [{"reference": "Condition/9", "display": LEBER}]}),
    "a reaction in a note of an order": ("MedicationRequest", {"medicationCodeableConcept": AMLODIPINE, "note": [{"text": f"allergic to {B12}"}]}),
    "a reaction as the reason of its status": ("MedicationStatement", {"medicationCodeableConcept": AMLODIPINE, "statusReason": [{"text": f"anaphylaxis after {B12}"}]}),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "more"), TELLING.values(), ids=TELLING)
def test_a_row_is_kept_for_all_that_it_may_tell(kind, more):
    assert needed({"resourceType": kind, **more})


def test_a_row_is_kept_where_a_draft_may_be_it_end_it_or_replace_it():
    order = {"resourceType": "MedicationRequest", **OTHERS["MedicationRequest"], "id": "order-77"}
    for draft in ({"id": "order-77", "status": "stopped"}, {"priorPrescription": {"reference": "MedicationRequest/order-77"}}, {"basedOn": [{"reference": "x/MedicationRequest/order-77/_history/2"}]}):
        assert needed(order, wanted(SERVICES.values(), LIBRARY.concepts, False, [draft]))
    assert not needed(order)


def test_what_the_report_counts_is_kept_where_it_is_asked_for():
    unknown = {"resourceType": "Condition", "code": {"coding": [{"system": "urn:ours", "code": "X1"}]}}
    assert needed(unknown, known(counted=True))
    assert not needed(unknown)
    assert not needed({"resourceType": "Condition", "code": SORE}, known(counted=True))
    assert not needed({"resourceType": "MedicationRequest", **OTHERS["MedicationRequest"]}, known(counted=True))


# --- versions of one row ------------------------------------------------------------------------------------------

METFORMIN = {"coding": [{"system": RXNORM, "code": "861007"}], "text": "metformin 500 MG Oral Tablet"}
PERNICIOUS = {"coding": [{"system": "http://snomed.info/sct", "code": "84027009"}]}
OLDER = {
    "an order": ("MedicationRequest", {"status": "active", "intent": "order", "authoredOn": "2019-01-01"}, "medicationCodeableConcept", METFORMIN, AMLODIPINE),
    "a problem": ("Condition", {"recordedDate": "2019-01-01"}, "code", PERNICIOUS, SORE),
}  # fmt: skip


@pytest.mark.parametrize("form", ["bulk", "bundles"])
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize(("kind", "row", "name", "ours", "other"), OLDER.values(), ids=OLDER)
def test_an_older_version_ends_with_a_newer_one_of_something_else(kind, row, name, ours, other, newest_first, form, tmp_path):
    """As exports of several days in one folder have them."""

    def screened(*versions):
        rows = [{"resourceType": "Patient", "id": "a", "birthDate": "1950-01-01"}]
        rows += [{"resourceType": kind, "id": "r", "meta": {"versionId": number}, "subject": {"reference": "Patient/a"}, **row, name: told} for number, told in versions]
        if form == "bulk":
            (tmp_path / "all.ndjson").write_bytes(b"\n".join(map(encode, rows)))
        else:
            (tmp_path / "a.json").write_bytes(encode({"resourceType": "Bundle", "entry": [{"resource": row} for row in rows]}))
        said = CliRunner().invoke(main, ["screen", str(tmp_path), "--as-of", "2026-01-15", "--workers", "1"])
        assert said.exit_code == 0, said.output
        return sorted(json.loads(line)["topic"] for line in said.stdout.splitlines() if line.startswith("{"))

    older, newer = ("1", ours), ("2", other)
    both = screened(*([newer, older] if newest_first else [older, newer]))
    assert both == screened(newer) != screened(older)


# --- random charts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [1, pytest.param(501, marks=pytest.mark.long), pytest.param(5_001, marks=pytest.mark.long)])
def test_of_random_charts_no_row_is_left_out_of_which_a_chart_takes_something(first):
    """Each row as it came, by a chart that is asked of it alone."""
    by, nothing, left = known(), Nothing(LIBRARY.concepts, counted=False), 0
    for seed in range(first, first + 500 * (1 if first == 1 else 9)):
        for row in random_case(seed).resources:
            kind = row.get("resourceType")
            if kind in UNTELLING and not by.needs(kind, encode(row)):
                left += 1
                assert nothing.is_none_taken_of({name: value for name, value in decode(encode(row)).items() if name not in ("subject", "patient")}), row
    assert left > 50


# --- how often it is asked ----------------------------------------------------------------------------------------


def test_of_panels_whose_numbers_never_come_twice_each_name_is_read_once(monkeypatch):
    by, asked = known(), []
    monkeypatch.setattr(Nothing, "is_none_taken_of", lambda self, row, none=Nothing.is_none_taken_of: asked.append(row) or none(self, row))

    def panel(number, name):
        part = {"code": {"text": name}, "valueQuantity": {"value": number}}
        return {"resourceType": "Observation", "code": {"text": "Panel"}, "component": [part, {"code": {"text": "Diastolic"}}]}

    assert not any(needed(panel(number, "Systolic"), by) for number in range(50))
    assert len(asked) == 2
    assert needed(panel(50, B12), by)


def test_orders_that_are_written_alike_are_asked_about_once(monkeypatch):
    by, asked = known(), []
    monkeypatch.setattr(Nothing, "is_none_taken_of", lambda self, row, none=Nothing.is_none_taken_of: asked.append(row) or none(self, row))
    for number in range(50):
        order = {"resourceType": "MedicationRequest", **OTHERS["MedicationRequest"], "authoredOn": f"2020-01-{number:02}"}
        assert not needed(order | {"id": f"o{number}", "reasonReference": [{"reference": f"Condition/{number}", "display": "Hypertension"}]}, by)
    assert len(asked) == 1


def test_the_questions_of_a_questionnaire_are_asked_about_once_however_long_they_are(monkeypatch):
    by, asked = known(), []
    monkeypatch.setattr(Nothing, "is_none_taken_of", lambda self, row, none=Nothing.is_none_taken_of: asked.append(row) or none(self, row))
    long = {"coding": [{"system": "http://loinc.org", "code": "93025-5", "display": "Protocol for assessing " * 10}], "text": "Protocol for assessing " * 10}
    parts = [{"code": long | {"text": f"Question {number} " * 10}, "valueCodeableConcept": long | {"text": "No"}} for number in range(20)]
    for number in range(20):
        row = {"resourceType": "Observation", "code": long, "category": [{"coding": [{"code": "survey"}]}], "component": parts[: number + 1]}
        assert not needed(row, by)
    assert len(asked) == 20
