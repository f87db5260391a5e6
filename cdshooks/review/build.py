"""A vignette's facts as FHIR resources: "179 ng/L, 10 days ago" becomes an Observation. Grammar: content.telling."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from cdshooks.content.library import Library
from cdshooks.content.telling import Grammar
from cdshooks.content.telling_parts import AGO, AMOUNT, OFTEN, WITHOUT_UNIT
from cdshooks.errors import CardError
from cdshooks.rules.words import LanguageError
from cdshooks.terms.concepts import Concept
from cdshooks.terms.dates import add_months

_TIMES = {"once": 1, "twice": 2, "three times": 3, "four times": 4, None: 1}
_PERIODS = {"daily": "d", "weekly": "wk", "monthly": "mo", "a day": "d", "a week": "wk", "a month": "mo"}
_UNITS = {"days": "d", "weeks": "wk", "months": "mo"}


class Fact:
    """One fact of a vignette: its parts by what they tell, its day reckoned from the day of the vignette."""

    def __init__(self, text: str, told: dict[str, str], today: date, place: str):
        self.today, self.place, self.text = today, place, text
        self.given, self.value = told, told.get("value")
        when = told.get("when")
        self.undated = when == "without date"
        self.when = None if when is None or self.undated else self._day(when)

    def _day(self, when: str) -> str:
        ago = AGO.fullmatch(when)
        if ago:
            return self._before(int(ago.group(1)), ago.group(2)).isoformat()
        return self.today.isoformat() if when == "today" else when

    def _before(self, number: int, unit: str) -> date:
        if unit in ("day", "week"):
            return self.today - timedelta(days=number * (7 if unit == "week" else 1))
        return add_months(self.today, -number * (12 if unit == "year" else 1))

    def day(self, default: str | None) -> str | None:
        return None if self.undated else (self.when or default)


class Builder:
    """Builds the resources of one vignette."""

    def __init__(self, library: Library, today: date, patient_id: str = "vignette"):
        self.library, self.today, self.patient_id = library, today, patient_id
        concepts = library.concepts
        self._grammar = Grammar(concepts.by_name, concepts.routes, concepts.doses.table)
        self._count = 0

    def resources(self, vignette: dict, place: str) -> list[dict]:
        """Everything that the record holds, the Patient first."""
        found = [self._patient(vignette)]
        for table, make in (
            ("results", self._observation),
            ("problems", self._condition),
            ("procedures", self._procedure),
            ("taking", self._request),
            ("stating", self._statement),
            ("given", self._administration),
            ("dispensed", self._dispense),
            ("requested", self._awaited),
            ("allergies", self._allergy),
            ("family", self._relative),
            ("visits", self._visit),
        ):
            found += [make(c, f) for c, f in self._facts(vignette, table, place)]
        return found

    def drafts(self, vignette: dict, place: str) -> tuple[list[dict], list[str]]:
        """The draft orders and requests, and those of them that are selected."""
        judged = self._drafted(vignette, place, "drafting", "requesting")
        others = self._drafted(vignette, place, "also_drafting", "also_requesting")
        return judged + others, [f"{d['resourceType']}/{d['id']}" for d in judged]

    def _drafted(self, vignette: dict, place: str, drugs: str, tests: str) -> list[dict]:
        orders = [self._draft(c, f) for c, f in self._facts(vignette, drugs, place)]
        return orders + [self._service_request(c, f) for c, f in self._facts(vignette, tests, place)]

    def _facts(self, vignette: dict, table: str, place: str) -> Iterable[tuple[Concept, Fact]]:
        for name, texts in vignette.get(table, {}).items():
            for text in [texts] if isinstance(texts, str) else texts:
                try:
                    concept = self._grammar.concept(name, table)
                    yield concept, Fact(text, self._grammar.read(text, table, concept), self.today, place)
                except LanguageError as error:
                    raise CardError(f"{place}, {table}, {name}: '{text}': {error.says}") from None

    def _patient(self, vignette: dict) -> dict:
        patient = {"resourceType": "Patient", "id": self.patient_id}
        age = vignette.get("age", 50)
        if "born" in vignette:
            patient["birthDate"] = vignette["born"]
        elif isinstance(age, int):
            # 100 days past the birthday, so that no window of a vignette crosses one by accident.
            patient["birthDate"] = (add_months(self.today, -12 * age) - timedelta(days=100)).isoformat()
        if "sex" in vignette:
            patient["gender"] = vignette["sex"]
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
        code = next((c for c in (*concept.codes, *concept.may_be) if wanted in (None, c.code)), None)
        if code is None:
            raise CardError(f"{fact.place}: {concept.name} has no code to write '{fact.text}' with")
        words = {"display": code.display} if code.display else {}
        return {"coding": [{"system": code.system, "code": code.code, **words}]}

    def _observation(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("Observation") | {
            "status": fact.given.get("status", "final"),
            "code": self._coded(concept, fact),
        }
        if fact.day(self.today.isoformat()):
            made["effectiveDateTime"] = fact.day(self.today.isoformat())
        if fact.value == "without value":
            return made
        if concept.values:
            pair = next(p for p, klass in concept.values.items() if klass == fact.value)
            return made | {"valueCodeableConcept": {"coding": [{"system": pair[0], "code": pair[1]}]}}
        made["valueQuantity"] = _quantity(fact.value)
        if "limit" in fact.given:
            made["referenceRange"] = [{"high": _quantity(fact.given["limit"])}]
        return made

    def _service_request(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("ServiceRequest", status=fact.given.get("status", "draft"), intent="order")
        return made | {"code": self._coded(concept, fact), "authoredOn": self.today.isoformat()}

    def _awaited(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("ServiceRequest", status=fact.given.get("status", "active"))
        made |= {"intent": fact.given.get("intent", "order"), "code": self._coded(concept, fact)}
        day = fact.day(self.today.isoformat())
        return made | ({"authoredOn": day} if day else {})

    def _allergy(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("AllergyIntolerance", code=self._coded(concept, fact))
        made["patient"] = made.pop("subject")
        if "criticality" in fact.given:
            made["criticality"] = fact.given["criticality"]
        if "reaction" in fact.given:
            made["reaction"] = [{"manifestation": [self._named(fact.given["reaction"], "reaction")]}]
        return made | {"clinicalStatus": {"coding": [{"code": fact.given.get("status", "active")}]}}

    def _named(self, told: str, kind: str) -> dict:
        """Words, or `code CODE` of a concept of this kind."""
        known = [c for concept in self.library.concepts.by_name.values() if concept.kind == kind for c in concept.codes]
        code = next((c for c in known if told == f"code {c.code}"), None)
        return {"coding": [{"system": code.system, "code": code.code}]} if code else {"text": told}

    def _relative(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("FamilyMemberHistory", status=fact.given.get("status", "completed"))
        made["patient"] = made.pop("subject")
        if "relative" in fact.given:
            made["relationship"] = self._named(fact.given["relative"], "relative")
        return made | {"condition": [{"code": self._coded(concept, fact)}]}

    def _visit(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("Encounter", status=fact.given.get("status", "finished"))
        made["period"] = {"start": fact.day(self.today.isoformat())}
        return made | {"type": [self._coded(concept, fact)]}

    def _condition(self, concept: Concept, fact: Fact) -> dict:
        status = fact.given.get("status", "active")
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

    def _dispense(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("MedicationDispense") | {"status": fact.given.get("status", "completed")}
        made |= {"medicationCodeableConcept": self._coded(concept, fact), "dosageInstruction": [_dosage(fact)]}
        if "for" in fact.given:
            made["daysSupply"] = {"value": int(fact.given["for"].split(" ")[0]), "unit": "days"}
        return made | ({"whenHandedOver": fact.when} if fact.when else {})

    def _administration(self, concept: Concept, fact: Fact) -> dict:
        made = self._base("MedicationAdministration") | {"status": fact.given.get("status", "completed")}
        made |= {"medicationCodeableConcept": self._coded(concept, fact)}
        if "by" in fact.given:
            made["dosage"] = {"route": {"text": fact.given["by"]}}
        return made | ({"effectiveDateTime": fact.when} if fact.when else {})


def _quantity(text: str) -> dict:
    comparator, number, unit = AMOUNT.fullmatch(text).groups()
    quantity: dict = {"value": Decimal(number)}
    if comparator:
        quantity["comparator"] = comparator
    return quantity if unit in (None, WITHOUT_UNIT) else quantity | {"unit": unit, "code": unit}


def _dosage(fact: Fact) -> dict:
    dosage: dict = {}
    if "by" in fact.given:
        dosage["route"] = {"text": fact.given["by"]}
    if "until" in fact.given:
        dosage["timing"] = {"repeat": {"boundsPeriod": {"end": fact.given["until"]}}}
    if not fact.value:
        return dosage
    often = OFTEN.search(fact.value)
    amount = fact.value[: often.start()].strip() if often else fact.value
    if amount:
        dosage["doseAndRate"] = [{"doseQuantity": _quantity(amount)}]
    if often:
        times, period, number, unit = often.groups()
        repeat = {"frequency": 1, "period": int(number), "periodUnit": _UNITS[unit]} if number else {
            "frequency": _TIMES[times], "period": 1, "periodUnit": _PERIODS[period]
        }  # fmt: skip
        bounds = dosage.get("timing", {}).get("repeat", {})
        dosage["timing"] = {"repeat": bounds | repeat}
    return dosage
