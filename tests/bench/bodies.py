"""Requests of 62 KB with 60 Observations as Synthea writes them: of somebody whom no card concerns, and of our stories."""

import json
from datetime import date, timedelta

from cdshooks.ehr.visit import open_visit
from cdshooks.protocol.wire import encode

TODAY = date(2026, 1, 15)
SIZE, OBSERVATIONS = 62_000, 60
LOINC, CATEGORY = "http://loinc.org", "http://terminology.hl7.org/CodeSystem/observation-category"
UCUM = "http://unitsofmeasure.org"
# What a Synthea adult is measured for at each visit.
PANEL = [
    ("718-7", "Hemoglobin [Mass/volume] in Blood", 13.8, "g/dL"),
    ("787-2", "MCV [Entitic volume] by Automated count", 91.27, "fL"),
    ("777-3", "Platelets [#/volume] in Blood by Automated count", 287.4, "10*3/uL"),
    ("2823-3", "Potassium [Moles/volume] in Serum or Plasma", 4.22, "mmol/L"),
    ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", 1.04, "mg/dL"),
    ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", 5.93, "%"),
    ("29463-7", "Body Weight", 78.31, "kg"),
    ("8302-2", "Body Height", 171.2, "cm"),
    ("39156-5", "Body mass index (BMI) [Ratio]", 26.7, "kg/m2"),
    ("2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", 188.6, "mg/dL"),
]


def nobody(templates: dict[str, str], observations: int = OBSERVATIONS, size: int = SIZE) -> bytes:
    """The body of a patient-view that answers every template: the Observations to the first that asks for them."""
    patient = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1951-03-04"}
    prefetch = {key: patient if query.startswith("Patient/") else _bundle([]) for key, query in templates.items()}
    prefetch.setdefault("patient", patient)
    body = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": "p1"},
        "prefetch": prefetch,
    }
    return _filled(body, templates, "p1", observations, size)


def story(name: str, templates: dict[str, str]) -> bytes:
    """The call of one of the patients that came with us, with as many Observations beside it."""
    visit = open_visit(name, TODAY)
    body = json.loads(encode(visit.request(templates)))
    return _filled(body, templates, body["context"]["patientId"], OBSERVATIONS, SIZE)


def _filled(body: dict, templates: dict[str, str], patient: str, observations: int, size: int) -> bytes:
    key = next((key for key, query in templates.items() if query.startswith("Observation")), "observations")
    bundle = body["prefetch"].get(key) or _bundle([])
    more = _bundle([_observation(number, patient) for number in range(observations)])["entry"]
    body["prefetch"][key] = bundle | {"entry": bundle.get("entry", []) + more, "total": bundle["total"] + len(more)}
    # A narrative, as real patients have one, brings the request to its size.
    person = body["prefetch"]["patient"]
    person["text"] = {"status": "generated", "div": ""}
    person["text"]["div"] = "-" * max(0, size - len(json.dumps(body)))
    return json.dumps(body).encode()


def _bundle(resources):
    entries = [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one, "search": {"mode": "match"}} for one in resources]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _observation(number, patient):
    code, display, value, unit = PANEL[number % len(PANEL)]
    when = f"{TODAY - timedelta(days=30 + 90 * (number // len(PANEL) % 20))}T09:12:33+01:00"
    return {
        "resourceType": "Observation",
        "id": f"0b8d3c83-93f8-4f9a-b711-{number:012d}",
        "meta": {"profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab"]},
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": "laboratory"}]}],
        "code": {"coding": [{"system": LOINC, "code": code, "display": display}], "text": display},
        "subject": {"reference": f"Patient/{patient}"},
        "encounter": {"reference": f"Encounter/5f6d256f-fc32-4b10-ba9c-{number:012d}"},
        "effectiveDateTime": when,
        "issued": when.replace("+", ".288+"),
        "valueQuantity": {"value": value + number // 10 / 100, "unit": unit, "system": UCUM, "code": unit},
    }
