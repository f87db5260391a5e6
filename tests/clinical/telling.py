"""How these patients are told: short words for what a record holds, each with the code that a real feed would send.

`lab("b12", 150, "ng/L", 10)` is a final result of ten days ago; every helper gives one FHIR resource. The day is TODAY.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

TODAY = date(2026, 1, 15)
SNOMED, ICD, LOINC = "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10-cm", "http://loinc.org"
RXNORM, DMD = "http://www.nlm.nih.gov/research/umls/rxnorm", "https://dmd.nhs.uk"
DIET, PZN, ICD_GM = (
    "http://terminology.hl7.org/CodeSystem/diet", "http://fhir.de/CodeSystem/ifa/pzn",
    "http://fhir.de/CodeSystem/bfarm/icd-10-gm")  # fmt: skip

LABS = {
    "b12": "2132-9", "b12 molar": "14685-2", "active": "72160-5", "mma": "13964-2", "homocysteine": "13965-9",
    "hb": "718-7", "mcv": "787-2", "potassium": "2823-3", "platelets": "777-3", "egfr": "98979-8", "folate": "2284-8",
    "antibody": "31444-3",
}  # fmt: skip
PROBLEMS = {
    "pernicious anaemia": (SNOMED, "84027009"), "numb": (SNOMED, "91019004"), "cord": (SNOMED, "60576007"),
    "neuropathy": (SNOMED, "302226006"), "memory": (SNOMED, "386807006"), "optic": (SNOMED, "77157004"),
    "diabetic neuropathy": (SNOMED, "368581000119106"), "deficiency": (SNOMED, "190634004"),
    "megaloblastic": (SNOMED, "53165003"), "anaemia": (ICD, "D64.9"), "crohn": (SNOMED, "196977009"),
    "coeliac": (SNOMED, "396331005"), "atrophic gastritis": (SNOMED, "84568007"), "leber": (SNOMED, "58610003"),
    "nitrous oxide": (SNOMED, "28213007"), "pregnant": (SNOMED, "77386006"), "lactating": (SNOMED, "169750002"),
    "lupus by a drug": (SNOMED, "80258006"), "kidney stage 3": (SNOMED, "433144002"), "optic atrophy": (ICD, "H47.22"),
    "folate deficiency": (SNOMED, "190633005"), "diet": (ICD, "D51.3"), "transcobalamin": (ICD, "D51.2"),
    "methylmalonic acidaemia": (ICD, "E71.120"), "glossitis": (ICD, "K14.0"), "sickle cell": (ICD, "D57.1"),
    "vegan": (DIET, "vegan"), "delivered": (ICD, "O80"), "gestational diabetes": (ICD, "O24.410"),
    "anaemia of pregnancy": (SNOMED, "91217009"), "bariatric status": (ICD, "Z98.84"), "forceps": (ICD, "O81.0"),
    "high-risk pregnancy": ("http://hl7.org/fhir/sid/icd-10", "Z35.9"), "alcohol": (SNOMED, "7200002"),
    "deficiency in Germany": (ICD_GM, "E53.8"),
}  # fmt: skip
SURGERY = {
    "bypass": "442338001", "total gastrectomy": "26452005", "partial gastrectomy": "49209004", "total ileectomy": "37593003",
    "ileocolic resection": "276190007",
}  # fmt: skip
DRUGS = {
    "hydroxocobalamin": (RXNORM, "317106"), "cyanocobalamin": (RXNORM, "309594"), "b12 1 mg tablet": (RXNORM, "309593"),
    "b12 100 ug tablet": (RXNORM, "309595"), "b12 500 ug tablet": (RXNORM, "313896"), "b12": (RXNORM, "11248"),
    "mecobalamin": (RXNORM, "1539820"), "folic acid": (RXNORM, "4511"), "folic acid 5 mg": (RXNORM, "199318"),
    "leucovorin": (RXNORM, "6313"), "iron and folic acid": (RXNORM, "1008065"), "metformin": (RXNORM, "861007"),
    "omeprazole": (RXNORM, "198051"), "methotrexate": (RXNORM, "105585"), "hydralazine": (RXNORM, "905225"),
    "digoxin": (RXNORM, "197604"), "oxaliplatin": (RXNORM, "1736776"), "carbamazepine": (RXNORM, "308979"),
    "pregabalin": (RXNORM, "187832"), "hydroxocobalamin in the UK": (DMD, "327529002"), "aspirin in the UK": (DMD, "319775004"),
    "aspirin in Germany": (PZN, "00004942"), "aspirin in the US": (RXNORM, "243670"),
}  # fmt: skip
ROUTES = {"IM": "78421000", "SC": "34206005", "IV": "47625008", "oral": "26643006", "nasal": "46713006"}
POSITIVE, NEGATIVE = "10828004", "260385009"
DAILY, WEEKLY, MONTHLY = (1, "d"), (1, "wk"), (1, "mo")


@dataclass(frozen=True)
class Patient:
    """One call, and what must come of it by the reference; `cards` is "topic:indicator ...", "(topic)" is tolerated."""

    name: str
    who: str  # "F 45", or "F 1980-05-01", or "F ?" where no birth date is recorded
    record: tuple = ()
    cards: str = "none"
    drafts: tuple = ()
    hook: str = ""
    offers: tuple = ()  # words in a label
    never: tuple = ()  # words in no label
    says: tuple = ()
    silent_on: tuple = ()  # words in no text
    country: str | None = None
    selected: tuple = field(default=())


def day(ago):
    return (TODAY - timedelta(days=ago)).isoformat()


def lab(name, value, unit, ago, comparator=None, status="final", limit=None):
    quantity = {"value": value, "unit": unit, **({"comparator": comparator} if comparator else {})}
    high = [{"high": {"value": limit, "unit": unit}}] if limit else None
    return told("Observation", code=coded(LOINC, LABS[name]), status=status, effectiveDateTime=day(ago),
                valueQuantity=quantity, referenceRange=high)


def antibody(answer, ago):
    return told("Observation", code=coded(LOINC, LABS["antibody"]), status="final", effectiveDateTime=day(ago),
                valueCodeableConcept=coded(SNOMED, answer))


def has(name, ago=100, status="active"):
    code = {"text": name.removeprefix("words ")} if name.startswith("words ") else coded(*PROBLEMS[name])
    return told("Condition", code=code, onsetDateTime=day(ago) if ago is not None else None,
                clinicalStatus={"coding": [{"code": status}]})


def had(name, ago):
    return told("Procedure", code=coded(SNOMED, SURGERY[name]), status="completed", performedDateTime=day(ago))


def drug(name):
    return {"text": name.removeprefix("words ")} if name.startswith("words ") else coded(*DRUGS[name], text=name)


def dosage(dose, every, route):
    value, unit = dose.split() if dose else (None, None)
    entry = {"doseAndRate": [{"doseQuantity": {"value": float(value), "unit": unit}}]} if dose else {}
    if every:
        times, (period, unit) = every if isinstance(every[1], tuple) else (1, every)
        entry["timing"] = {"repeat": {"frequency": times, "period": period, "periodUnit": unit}}
    if route:
        entry["route"] = coded(SNOMED, ROUTES[route])
    return [entry] if entry else None


def ordered(name, ago, dose="", every=None, route="", status="active", until=None):
    entries = dosage(dose, every, route)
    if until is not None:
        entries = entries or [{}]
        entries[0].setdefault("timing", {}).setdefault("repeat", {})["boundsPeriod"] = {"start": day(ago), "end": day(until)}
    return told("MedicationRequest", medicationCodeableConcept=drug(name), status=status, intent="order",
                authoredOn=day(ago), dosageInstruction=entries)


def given(name, ago, route="", status="completed"):
    way = {"route": coded(SNOMED, ROUTES[route])} if route else None
    return told("MedicationAdministration", medicationCodeableConcept=drug(name), status=status,
                effectiveDateTime=day(ago), dosage=way)


def handed(name, ago, days=None):
    supply = {"value": days, "unit": "d"} if days else None
    return told("MedicationDispense", medicationCodeableConcept=drug(name), status="completed", whenHandedOver=day(ago),
                daysSupply=supply)


def asked(name, ago):
    return told("ServiceRequest", code=coded(LOINC, LABS[name]), status="active", intent="order", authoredOn=day(ago))


def allergy(name, verified="confirmed", **more):
    code = {"text": name.removeprefix("words ")} if name.startswith("words ") else coded(*DRUGS[name])
    return told("AllergyIntolerance", "patient", code=code, clinicalStatus={"coding": [{"code": "active"}]},
                verificationStatus={"coding": [{"code": verified}]}, **more)


def relative(who, name):
    return told("FamilyMemberHistory", "patient", status="completed", relationship={"text": who},
                condition=[{"code": coded(*PROBLEMS[name])}])


def write(name, dose="", every=None, route="", status="draft"):
    return told("MedicationRequest", medicationCodeableConcept=drug(name), status=status, intent="order",
                authoredOn=day(0), dosageInstruction=dosage(dose, every, route))


def order_test(name):
    return told("ServiceRequest", code=coded(LOINC, LABS[name]), status="draft", intent="order", authoredOn=day(0))


def coded(system, code, text=None):
    return {"coding": [{"system": system, "code": code}], **({"text": text} if text else {})}


def told(kind, subject="subject", **fields):
    said = {key: value for key, value in fields.items() if value is not None}
    return {"resourceType": kind, subject: {"reference": "Patient/own"}, **said}
