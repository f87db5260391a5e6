"""A vignette's shorthand as FHIR resources: "179 ng/L, 10 days ago" becomes an Observation.

The parts of a fact are separated by commas:

    179 ng/L | <150 pmol/L | 150 | positive      a result: value with unit, or a coded value
    5 mg daily | 1 tablet twice daily | 5 mg      a dose; once, twice, ... times daily, weekly, monthly, every N days
    by oral | by subcutaneous                     a route, by its word
    10 days ago | 4 months ago | 2025-03 | today  when (results: a day is needed; "without date" leaves it out)
    status preliminary | intent proposal          any other status or intent
    code 198640                                   another code of the concept than its first
    words Something tablets                       words only, without a code
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from cdshooks.chart.concepts import Concept
from cdshooks.chart.dates import add_months
from cdshooks.content.library import Library
from cdshooks.errors import CardError

_NUMBER = re.compile(r"(<=|>=|<|>)?(\d+(?:\.\d+)?)(?: ([^ ].*))?")
_OFTEN = re.compile(r"(?:(once|twice|three times|four times) )?(daily|weekly|monthly)|every (\d+) days")
_AGO = re.compile(r"(\d+) (days?|months?|years?) ago")
_TIMES = {"once": 1, "twice": 2, "three times": 3, "four times": 4, None: 1}
_PERIODS = {"daily": "d", "weekly": "wk", "monthly": "mo"}


class Fact:
    """One fact of a vignette, taken apart."""

    def __init__(self, text: str, today: date, place: str):
        self.today, self.place, self.text = today, place, text
        self.when: str | None = None
        self.undated = False
        self.given: dict[str, str] = {}
        self.value: str | None = None
        for part in text.split(", "):
            self._take(part.strip())

    def _take(self, part: str) -> None:
        word, _, rest = part.partition(" ")
        ago = _AGO.fullmatch(part)
        if ago:
            self.when = self._days_ago(int(ago.group(1)), ago.group(2)).isoformat()
        elif part == "today" or re.fullmatch(r"\d{4}(-\d\d){0,2}", part):
            self.when = self.today.isoformat() if part == "today" else part
        elif part == "without date":
            self.undated = True
        elif word in ("status", "intent", "code", "by", "words", "limit") and rest:
            self.given[word] = rest
        elif self.value is None:
            self.value = part
        else:
            raise CardError(f"{self.place}: '{part}' in '{self.text}' is not understood")

    def _days_ago(self, number: int, unit: str) -> date:
        if unit.startswith("day"):
            return self.today - timedelta(days=number)
        return add_months(self.today, -number * (12 if unit.startswith("year") else 1))

    def day(self, default: str | None) -> str | None:
        return None if self.undated else (self.when or default)


class Builder:
    """Builds the resources of one vignette."""

    def __init__(self, library: Library, today: date, patient_id: str = "vignette"):
        self.library, self.today, self.patient_id = library, today, patient_id
        self._count = 0

    def resources(self, vignette: dict, place: str) -> list[dict]:
        """Everything that the record holds, the Patient first."""
        found = [self._patient(vignette)]
        for key, make in (
            ("results", self._observation),
            ("problems", self._condition),
            ("procedures", self._procedure),
            ("taking", self._request),
            ("stating", self._statement),
            ("given", self._administration),
            ("allergies", self._allergy),
            ("family", self._relative),
            ("visits", self._visit),
        ):
            found += [make(c, f) for c, f in self._facts(vignette.get(key, {}), f"{place}, {key}")]
        return found

    def drafts(self, vignette: dict, place: str) -> tuple[list[dict], list[str]]:
        """The draft orders and requests, and those of them that are selected."""
        judged = self._drafted(vignette, place, "drafting", "requesting")
        others = self._drafted(vignette, place, "also_drafting", "also_requesting")
        return judged + others, [f"{d['resourceType']}/{d['id']}" for d in judged]

    def _drafted(self, vignette: dict, place: str, drugs: str, tests: str) -> list[dict]:
        orders = [self._draft(c, f) for c, f in self._facts(vignette.get(drugs, {}), f"{place}, {drugs}")]
        requests = self._facts(vignette.get(tests, {}), f"{place}, {tests}")
        return orders + [self._service_request(c, f) for c, f in requests]

    def _facts(self, table: dict, place: str) -> Iterable[tuple[Concept, Fact]]:
        for name, texts in table.items():
            concept = self.library.concepts.by_name.get(name)
            if concept is None:
                raise CardError(f"{place}: no concept is called '{name}'")
            for text in [texts] if isinstance(texts, str) else texts:
                yield concept, Fact(text, self.today, place)

    def _patient(self, vignette: dict) -> dict:
        patient = {"resourceType": "Patient", "id": self.patient_id}
        age = vignette.get("age", 50)
        if "born" in vignette:
            patient["birthDate"] = vignette["born"]
        elif isinstance(age, int):
            # 100 days past the birthday, so that no window of a vignette crosses one by accident.
            patient["birthDate"] = (add_months(self.today, -12 * age) - timedelta(days=100)).isoformat()
        if vignette.get("deceased"):
            patient["deceasedBoolean"] = True
        return patient

    def _base(self, kind: str, **more) -> dict:
        self._count += 1
        subject = {"reference": f"Patient/{self.patient_id}"}
        return {"resourceType": kind, "id": f"{kind.lower()}-{self._count}", "subject": subject} | more

    def _coded(self, concept: Concept, fact: Fact) -> dict:
        if "words" in fact.given:
            return {"text": fact.given["words"]}
        wanted = fact.given.get("code")
        code = next((c for c in concept.codes if wanted in (None, c.code)), None)
        if code is None:
            raise CardError(f"{fact.place}: '{wanted}' is not a code of {concept.name}")
        return {"coding": [{"system": code.system, "code": code.code, "display": code.display}]}

    def _observation(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("Observation") | {
            "status": fact.given.get("status", "final"),
            "code": self._coded(concept, fact),
        }
        if fact.day(self.today.isoformat()):
            made["effectiveDateTime"] = fact.day(self.today.isoformat())
        if concept.values:
            pair = next(p for p, klass in concept.values.items() if klass == fact.value)
            return made | {"valueCodeableConcept": {"coding": [{"system": pair[0], "code": pair[1]}]}}
        made["valueQuantity"] = _quantity(fact, fact.value or "")
        if "limit" in fact.given:
            made["referenceRange"] = [{"high": _quantity(fact, fact.given["limit"])}]
        return made

    def _service_request(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("ServiceRequest", status=fact.given.get("status", "draft"), intent="order")
        return made | {"code": self._coded(concept, fact), "authoredOn": self.today.isoformat()}

    def _allergy(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("AllergyIntolerance", code=self._coded(concept, fact))
        made["patient"] = made.pop("subject")
        return made | {"clinicalStatus": {"coding": [{"code": fact.given.get("status", "active")}]}}

    def _relative(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("FamilyMemberHistory", status=fact.given.get("status", "completed"))
        made["patient"] = made.pop("subject")
        return made | {"condition": [{"code": self._coded(concept, fact)}]}

    def _visit(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("Encounter", status=fact.given.get("status", "finished"))
        made["period"] = {"start": fact.day(self.today.isoformat())}
        return made | {"type": [self._coded(concept, fact)]}

    def _condition(self, concept: Concept, fact: Fact) -> dict:
        status = fact.given.get("status", fact.value or "active")
        made = self._base("Condition") | {"code": self._coded(concept, fact)}
        made["clinicalStatus"] = {"coding": [{"code": status}]}
        return made | ({"onsetDateTime": fact.when} if fact.when else {})

    def _procedure(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("Procedure") | {
            "status": fact.given.get("status", "completed"),
            "code": self._coded(concept, fact),
        }
        return made | ({"performedDateTime": fact.when} if fact.when else {})

    def _order(self, concept: Concept, fact: Fact, status: str) -> dict:
        made = self._base("MedicationRequest")
        made |= {"status": fact.given.get("status", status), "intent": fact.given.get("intent", "order")}
        made |= {"medicationCodeableConcept": self._coded(concept, fact), "dosageInstruction": [_dosage(fact)]}
        return made

    def _request(self, concept: Concept, fact: Fact) -> dict:
        made = self._order(concept, fact, "active")
        day = fact.day(self.today.isoformat())
        return made | ({"authoredOn": day} if day else {})

    def _draft(self, concept: Concept, fact: Fact) -> dict:
        return self._order(concept, fact, "draft") | {"authoredOn": self.today.isoformat()}

    def _statement(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("MedicationStatement") | {"status": fact.given.get("status", "active")}
        made |= {"medicationCodeableConcept": self._coded(concept, fact), "dosage": [_dosage(fact)]}
        return made | ({"effectiveDateTime": fact.when} if fact.when else {})

    def _administration(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("MedicationAdministration") | {"status": fact.given.get("status", "completed")}
        made |= {"medicationCodeableConcept": self._coded(concept, fact)}
        if "by" in fact.given:
            made["dosage"] = {"route": {"text": fact.given["by"]}}
        return made | ({"effectiveDateTime": fact.when} if fact.when else {})


def _quantity(fact: Fact, text: str) -> dict:
    found = _NUMBER.fullmatch(text)
    if not found:
        raise CardError(f"{fact.place}: '{text}' in '{fact.text}' is not a number with a unit")
    comparator, number, unit = found.groups()
    quantity: dict = {"value": Decimal(number)}
    if comparator:
        quantity["comparator"] = comparator
    return quantity | ({"unit": unit, "code": unit} if unit else {})


def _dosage(fact: Fact) -> dict:
    dosage: dict = {}
    if "by" in fact.given:
        dosage["route"] = {"text": fact.given["by"]}
    if not fact.value:
        return dosage
    often = _OFTEN.search(fact.value)
    amount = fact.value[: often.start()].strip() if often else fact.value
    if amount:
        dosage["doseAndRate"] = [{"doseQuantity": _quantity(fact, amount)}]
    if often:
        times, period, days = often.groups()
        repeat = {"frequency": 1, "period": int(days), "periodUnit": "d"} if days else {
            "frequency": _TIMES[times], "period": 1, "periodUnit": _PERIODS[period]
        }  # fmt: skip
        dosage["timing"] = {"repeat": repeat}
    return dosage
