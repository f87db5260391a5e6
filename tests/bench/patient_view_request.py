"""A patient-view request of 62 KB with 60 Observations as Synthea writes them, for the templates that we discover."""

import json
from datetime import date, timedelta

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


def hook_request(templates: dict[str, str], today: date) -> bytes:
    """The body of a call that answers every template: the Observations to the first that asks for them."""
    patient = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1951-03-04"}
    prefetch = {key: patient if query.startswith("Patient/") else _bundle([]) for key, query in templates.items()}
    key = next((key for key, query in templates.items() if query.startswith("Observation")), "observations")
    prefetch.setdefault("patient", patient)
    prefetch[key] = _bundle([_observation(number, today) for number in range(OBSERVATIONS)])
    body = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": "p1"},
        "prefetch": prefetch,
    }
    # A narrative, as real patients have one, brings the request to its size.
    patient["text"] = {"status": "generated", "div": "-" * max(0, SIZE - len(json.dumps(body)))}
    return json.dumps(body).encode()


def _bundle(resources):
    entries = [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one, "search": {"mode": "match"}} for one in resources]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _observation(number, today):
    code, display, value, unit = PANEL[number % len(PANEL)]
    when = f"{today - timedelta(days=30 + 90 * (number // len(PANEL)))}T09:12:33+01:00"
    return {
        "resourceType": "Observation",
        "id": f"0b8d3c83-93f8-4f9a-b711-{number:012d}",
        "meta": {"profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab"]},
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": "laboratory"}]}],
        "code": {"coding": [{"system": LOINC, "code": code, "display": display}], "text": display},
        "subject": {"reference": "Patient/p1"},
        "encounter": {"reference": f"Encounter/5f6d256f-fc32-4b10-ba9c-{number:012d}"},
        "effectiveDateTime": when,
        "issued": when.replace("+", ".288+"),
        "valueQuantity": {"value": value + number // 10 / 100, "unit": unit, "system": UCUM, "code": unit},
    }
