"""Whose products are offered: the site's country, else that of the codes in the record, else each by name."""

from dataclasses import replace

import pytest

from cdshooks.content.load import load_library
from cdshooks.protocol.request import parse_request
from cdshooks.respond import respond
from tests.test_prefetch import CLOCK, EMPTY, LIBRARY, SERVICES, SUBJECT, bundle, result

LOW = {"results": bundle(result(90))}
RXNORM, DMD = "http://www.nlm.nih.gov/research/umls/rxnorm", "https://dmd.nhs.uk"


def order(system, code):
    return {
        "resourceType": "MedicationRequest", "id": f"m-{code}", "status": "active", "intent": "order",
        "subject": SUBJECT, "medicationCodeableConcept": {"coding": [{"system": system, "code": code}], "text": "Aspirin 75 mg"},
        "authoredOn": "2025-12-01",
    }  # fmt: skip


def drugs(prefetch, country=None):
    context = {"userId": "Practitioner/x", "patientId": "p"}
    body = {"hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context}
    request = parse_request(body | {"prefetch": EMPTY | LOW | prefetch}, "patient-view")
    found = respond(replace(LIBRARY, country=country), SERVICES["patient-view"], request, CLOCK)
    (card,) = (c for c in found.cards if c["source"]["topic"]["code"] == "b12-deficiency")
    made = [(s, a["resource"]) for s in card.get("suggestions", ()) for a in s["actions"]]
    return [(s["label"], r) for s, r in made if r["resourceType"] == "MedicationRequest"], card["detail"]


def systems(offered):
    return {c["system"] for _, r in offered for c in r["medicationCodeableConcept"]["coding"]}


def test_the_country_of_the_site_decides_whatever_the_record_says():
    key = SERVICES["patient-view"].key_of("MedicationRequest")
    offered, _ = drugs({key: bundle(order(RXNORM, "197604"))}, country="GB")
    assert systems(offered) == {"http://snomed.info/sct"}
    assert all("hydroxocobalamin" in label or "by mouth" in label for label, _ in offered)
    assert not any(label.endswith("(UK)") for label, _ in offered)


@pytest.mark.parametrize(
    ("system", "code", "wanted"),
    [(RXNORM, "197604", {RXNORM}), ("http://hl7.org/fhir/sid/ndc", "0000-0000", {RXNORM}),
     (DMD, "321987003", {"http://snomed.info/sct"}), ("http://snomed.info/sct", "18132411000001100", None)],
)  # fmt: skip
def test_else_the_codes_of_the_record_tell(system, code, wanted):
    key = SERVICES["patient-view"].key_of("MedicationRequest")
    offered, _ = drugs({key: bundle(order(system, code) | {"status": "stopped"})})
    assert systems(offered) == (wanted or {"http://snomed.info/sct"})


def test_else_each_is_offered_by_name():
    offered, _ = drugs({})
    assert {label.rpartition("(")[2] for label, _ in offered} == {"UK)", "US)"}


def test_a_country_without_products_of_ours_gets_the_advice_in_words():
    offered, detail = drugs({}, country="JP")
    assert offered == []
    assert "no product of this country" in detail


def test_what_is_ordered_in_the_us_is_three_steps_that_follow_each_other():
    (template,) = LIBRARY.orders["b12_start"].of("US")
    steps = template.fill("p", "2026-01-15")["dosageInstruction"]
    assert [step["sequence"] for step in steps] == [1, 2, 3]
    assert [step["timing"]["repeat"]["periodUnit"] for step in steps] == ["d", "wk", "mo"]


def test_an_order_on_alternate_days_ends_and_says_when_it_is_reviewed():
    (template,) = LIBRARY.orders["b12_neurological"].of("GB")
    (step,) = template.fill("p", "2026-01-15")["dosageInstruction"]
    assert step["timing"]["repeat"]["boundsPeriod"] == {"start": "2026-01-15", "end": "2026-02-05"}
    assert "review on 2026-02-05" in step["text"]


def test_the_site_file_says_the_country(tmp_path):
    (tmp_path / "site.toml").write_text('country = "US"\n')
    assert load_library(site_file=tmp_path / "site.toml").country == "US"
