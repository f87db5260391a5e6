"""A person's record as a FHIR R4 transaction Bundle, with the shapes and habits of Synthea's own export."""

from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from uuid import UUID

from cdshooks.gmf.person import Entry, Person

URIS = {
    "SNOMED-CT": "http://snomed.info/sct",
    "LOINC": "http://loinc.org",
    "RxNorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "ICD10-CM": "http://hl7.org/fhir/sid/icd-10-cm",
}
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
CLASSES = {"wellness": "AMB", "ambulatory": "AMB", "outpatient": "AMB", "inpatient": "IMP", "emergency": "EMER"}
PER = {"hours": "h", "days": "d", "weeks": "wk", "months": "mo", "years": "a"}


def bundle_of(person: Person) -> dict:
    """The whole record; the same person gives the same bytes."""
    record = _Record(person)
    rows = [record.patient, *(record.made(entry) for entry in person.entries)]
    entries = [
        {"fullUrl": f"urn:uuid:{row['id']}", "resource": row, "request": {"method": "POST", "url": row["resourceType"]}}
        for row in rows
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


class _Record:
    """The entries of one person as resources that refer to each other."""

    def __init__(self, person: Person):
        self._chance = Random(f"{person.origin}/ids")
        self._ids: dict[int, str] = {}
        self.patient = _patient(person, self._new_id())

    def made(self, entry: Entry) -> dict:
        """The resource that an entry becomes; what has no value is left out."""
        told = MADE[entry.kind](self, entry)
        return {"resourceType": entry.kind, "id": self._id(entry)} | {k: v for k, v in told.items() if v}

    def _id(self, entry: Entry) -> str:
        if id(entry) not in self._ids:
            self._ids[id(entry)] = self._new_id()
        return self._ids[id(entry)]

    def _new_id(self) -> str:
        return str(UUID(int=self._chance.getrandbits(128), version=4))

    def subject(self) -> dict:
        return {"reference": f"urn:uuid:{self.patient['id']}"}

    def to(self, entry: Entry | None) -> dict | None:
        return {"reference": f"urn:uuid:{self._id(entry)}"} if entry else None


def _patient(person: Person, identity: str) -> dict:
    patient = {
        "resourceType": "Patient",
        "id": identity,
        "name": [{"use": "official", "family": f"Synthetic{person.number}", "given": [f"Made{person.number}"]}],
        "gender": {"F": "female", "M": "male"}[person.sex],
        "birthDate": person.birth.date().isoformat(),
    }
    return patient | ({"deceasedDateTime": _time(person.death)} if person.death and person.death <= person.end else {})


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _concept(codes) -> dict | None:
    """A CodeableConcept; its text is the display of the first code, as Synthea has it."""
    found = [{"system": URIS.get(c["system"], c["system"]), "code": c["code"], "display": c["display"]} for c in codes]
    return {"coding": found, "text": found[0]["display"]} if found else None


def _status(code: str, system: str) -> dict:
    return {"coding": [{"system": f"{TERMINOLOGY}/{system}", "code": code}]}


def _encounter(record: _Record, entry: Entry) -> dict:
    return {
        "status": "finished" if entry.stop else "in-progress",
        "class": {
            "system": f"{TERMINOLOGY}/v3-ActCode",
            "code": CLASSES.get(entry.told.get("encounter_class", "wellness"), "AMB"),
        },
        "type": [_concept(entry.codes)] if entry.codes else None,
        "subject": record.subject(),
        "period": {"start": _time(entry.start)} | ({"end": _time(entry.stop)} if entry.stop else {}),
        "reasonCode": [_concept(entry.reason.codes)] if entry.reason else None,
    }


def _condition(record: _Record, entry: Entry) -> dict:
    return {
        "clinicalStatus": _status("resolved" if entry.stop else "active", "condition-clinical"),
        "verificationStatus": _status("confirmed", "condition-ver-status"),
        "category": [_status("encounter-diagnosis", "condition-category")],
        "code": _concept(entry.codes),
        "subject": record.subject(),
        "encounter": record.to(entry.encounter),
        "onsetDateTime": _time(entry.start),
        "abatementDateTime": _time(entry.stop),
        "recordedDate": _time(entry.start),
    }


def _allergy(record: _Record, entry: Entry) -> dict:
    told = entry.told
    return {
        "clinicalStatus": _status("active", "allergyintolerance-clinical"),
        "verificationStatus": _status("confirmed", "allergyintolerance-verification"),
        "type": told.get("allergy_type", "allergy"),
        "category": [told.get("category", "medication")],
        "criticality": "low",
        "code": _concept(entry.codes),
        "patient": record.subject(),
        "recordedDate": _time(entry.start),
        "reaction": [{"manifestation": [_concept([r["reaction"]])]} for r in told.get("reactions", ())],
    }


def _request(record: _Record, entry: Entry) -> dict:
    return {
        "status": "stopped" if entry.stop else "active",
        "intent": "order",
        "medicationCodeableConcept": _concept(entry.codes[:1]),
        "subject": record.subject(),
        "encounter": record.to(entry.encounter),
        "authoredOn": _time(entry.start),
        "reasonReference": [record.to(entry.reason)] if entry.reason else None,
        "dosageInstruction": _dosage(entry.told.get("prescription") or {}),
    }


def _dosage(prescription: Mapping) -> list[dict]:
    """As Synthea writes it: the dose is a number of units of the product, without a unit."""
    told = prescription.get("dosage")
    if not told:
        return [{"sequence": 1, "asNeededBoolean": True}] if prescription.get("as_needed") else []
    repeat = {"frequency": told["frequency"], "period": float(told["period"]), "periodUnit": PER[told["unit"]]}
    return [
        {
            "sequence": 1,
            "timing": {"repeat": repeat},
            "asNeededBoolean": False,
            "doseAndRate": [
                {
                    "type": _status("ordered", "dose-rate-type"),
                    "doseQuantity": {"value": float(told["amount"])},
                }
            ],
        }
    ]


def _administration(record: _Record, entry: Entry) -> dict:
    return {
        "status": "completed",
        "medicationCodeableConcept": _concept(entry.codes[:1]),
        "subject": record.subject(),
        "context": record.to(entry.encounter),
        "effectiveDateTime": _time(entry.start),
        "reasonReference": [record.to(entry.reason)] if entry.reason else None,
    }


def _observation(record: _Record, entry: Entry) -> dict:
    category = entry.told.get("category", "laboratory")
    return {
        "status": "final",
        "category": [_status(category, "observation-category")],
        "code": _concept(entry.codes),
        "subject": record.subject(),
        "encounter": record.to(entry.encounter),
        "effectiveDateTime": _time(entry.start),
        "issued": entry.start.isoformat(timespec="milliseconds"),
    } | _value(entry)


def _value(entry: Entry) -> dict:
    if isinstance(entry.value, dict):
        return {"valueCodeableConcept": _concept([entry.value])}
    if entry.value is None:
        return {}
    unit = entry.told["unit"]
    quantity = {"value": entry.value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return {"valueQuantity": quantity}


def _report(record: _Record, entry: Entry) -> dict:
    return {
        "status": "final",
        "category": [_status("LAB", "v2-0074")],
        "code": _concept(entry.codes),
        "subject": record.subject(),
        "encounter": record.to(entry.encounter),
        "effectiveDateTime": _time(entry.start),
        "issued": entry.start.isoformat(timespec="milliseconds"),
        "result": [record.to(member) | {"display": member.codes[0]["display"]} for member in entry.members],
    }


def _procedure(record: _Record, entry: Entry) -> dict:
    return {
        "status": "completed",
        "code": _concept(entry.codes),
        "subject": record.subject(),
        "encounter": record.to(entry.encounter),
        "performedPeriod": {"start": _time(entry.start), "end": _time(entry.stop or entry.start)},
        "reasonReference": [record.to(entry.reason)] if entry.reason else None,
    }


MADE: Mapping[str, Callable[[_Record, Entry], dict]] = {
    "Encounter": _encounter,
    "Condition": _condition,
    "AllergyIntolerance": _allergy,
    "MedicationRequest": _request,
    "MedicationAdministration": _administration,
    "Observation": _observation,
    "DiagnosticReport": _report,
    "Procedure": _procedure,
}
