"""Makes patients for one service: a value in each direction, old and new, absent; problems, medicines, drafts."""

import datetime as dt
from dataclasses import dataclass

from cds_conformance.ehr.bare import bare, status_of, with_category
from cds_conformance.ehr.notions import LOINC, MEDICINES, SNOMED, Subject, broad, notions
from cds_conformance.ehr.shelf import Chart, drafts_for

LOW, ORDINARY, HIGH = 0, 1, 2
FLAGS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
FINDING = (SNOMED, "404684003", "Clinical finding")
AGE = {"value": 44, "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"}
NEW, OLD = (2, 40), (1500, 2200)  # days ago, of two entries of one kind
UNKNOWN_CODE = ("1", 0.05, 1, 9999)  # of a code that notions.toml does not hold: unit, low, ordinary, high


@dataclass(frozen=True)
class Recipe:
    """One patient in words: which values, how old they are, and what else is in the record."""

    name: str
    values: int | None
    when: tuple[int, int] = NEW
    others: bool = True
    years: int = 71
    sex: str = "female"
    visit: str = "in-progress"
    broad: bool = False  # has whatever is watched most, beside what the service names
    before: int | None = None  # the older value, where it is another one


RECIPES = (
    Recipe("low", LOW), Recipe("high", HIGH), Recipe("ordinary", ORDINARY), Recipe("no-values", None),
    Recipe("low-alone", LOW, others=False), Recipe("high-alone", HIGH, others=False),
    Recipe("nothing", None, others=False), Recipe("low-long-ago", LOW, OLD), Recipe("high-long-ago", HIGH, OLD),
    Recipe("young-high", HIGH, years=27), Recipe("young-low", LOW, years=27), Recipe("man-high", HIGH, sex="male"),
    Recipe("child-low", LOW, years=6, sex="male"), Recipe("visit-over", ORDINARY, visit="finished"),
    Recipe("much-high", HIGH, broad=True), Recipe("much-low", LOW, broad=True),
    Recipe("newborn-high", HIGH, years=0, sex="male"),
    Recipe("fallen", LOW, before=HIGH), Recipe("risen", HIGH, before=LOW),
)  # fmt: skip


def made_charts(subject: Subject, everyone: tuple[dict, ...], today: dt.date) -> list[Chart]:
    """The patients of every recipe, always the same for the same service and day."""
    return [_chart(recipe, broad(subject) if recipe.broad else subject, everyone, today) for recipe in RECIPES]


def _chart(recipe: Recipe, subject: Subject, everyone, today: dt.date) -> Chart:
    name = f"judge-made-{recipe.name}"
    maker = Maker(name, recipe, subject, today)
    found = [maker.patient(), maker.encounter(), *maker.labs(), *(maker.rest() if recipe.others else ())]
    chart = Chart(name, name, f"{name}-e1", (*found, *everyone))
    return Chart(name, name, f"{name}-e1", chart.resources, tuple(maker.drafts(drafts_for(chart, today))))


class Maker:
    """Writes the resources of one made patient."""

    def __init__(self, name: str, recipe: Recipe, subject: Subject, today: dt.date):
        self.name, self.recipe, self.subject, self.today = name, recipe, subject, today
        self.made = 1

    def _head(self, kind: str, **more) -> dict:
        self.made += 1
        return {
            "resourceType": kind,
            "id": f"{self.name}-{self.made}",
            "subject": {"reference": f"Patient/{self.name}"},
        } | more

    def _ago(self, days: int) -> str:
        return (self.today - dt.timedelta(days=days)).isoformat()

    def patient(self) -> dict:
        born = (self.today - dt.timedelta(days=round(self.recipe.years * 365.25))).isoformat()
        names = [{"use": "official", "family": "Judge", "given": ["Synthetic"]}]
        return {
            "resourceType": "Patient",
            "id": self.name,
            "active": True,
            "name": names,
            "gender": self.recipe.sex,
            "birthDate": born,
        }

    def encounter(self) -> dict:
        kind = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
        return self._head("Encounter", status=self.recipe.visit, **{"class": kind}, period={"start": self._ago(0)}) | {
            "id": f"{self.name}-e1"
        }

    def labs(self) -> list[dict]:
        if self.recipe.values is None:
            return []
        before = self.recipe.values if self.recipe.before is None else self.recipe.before
        dated = list(zip(self.recipe.when, (self.recipe.values, before), strict=True))
        return [self._lab(code, days, value) for code in self.subject.labs for days, value in dated]

    def _quantity(self, code: str, value: int) -> dict:
        unit, *values = notions()["lab"].get(code, ["", *UNKNOWN_CODE])[1:]
        return {
            "value": values[value],
            "unit": unit,
            "system": "http://unitsofmeasure.org",
            "code": unit,
        }

    def _value(self, code: str, value: int) -> dict:
        """The value of a laboratory code, with its flag; of a panel, those of its components."""
        panel = notions()["panel"].get(code)
        if panel:
            parts = [(coded(LOINC, one, notions()["lab"][one][0]), self._quantity(one, value)) for one in panel[1]]
            return {"component": [{"code": about, "valueQuantity": quantity} for about, quantity in parts]}
        flag = ("L", "N", "H")[value]
        return {"valueQuantity": self._quantity(code, value), "interpretation": [coded(FLAGS, flag)]}

    def _lab(self, code: tuple, days: int, value: int) -> dict:
        word = self.subject.statuses.get("Observation.category", "laboratory")
        category = [coded("http://terminology.hl7.org/CodeSystem/observation-category", word, word)]
        status = status_of("Observation", self.subject.statuses.get("Observation", ""), "final")
        made = self._head("Observation", status=status, category=category, code=coded(*code))
        made |= self._value(code[1], value)
        return made | {"effectiveDateTime": self._ago(days), "issued": f"{self._ago(days)}T09:00:00Z"}

    def rest(self):
        """Problems, medicines, and one of every other kind that a template asks for."""
        by_name: dict[str, list] = {}
        for code in self.subject.problems:
            by_name.setdefault(code[2], []).append(code)
        for codes in by_name.values():
            yield self._problem(codes)
        kinds = [kind for kind in MEDICINES if kind in self.subject.kinds] or ["MedicationRequest"]
        for code in self.subject.medicines:
            for kind in kinds:
                yield self._medicine(kind, code)
        for code in self.subject.allergies:
            yield self._allergy(code)
        for kind, codes in self.subject.others.items():
            if kind == "FamilyMemberHistory":
                yield from (self._relative(code) for code in (codes or self.subject.problems or [FINDING]))
                continue
            yield from filter(None, (self._other(kind, code) for code in codes or [FINDING]))

    def _problem(self, codes: list[tuple]) -> dict:
        text = {"coding": [{"system": s, "code": c, "display": d} for s, c, d in codes], "text": codes[0][2]}
        place = "http://terminology.hl7.org/CodeSystem/condition-"
        states = {
            "clinicalStatus": coded(f"{place}clinical", "active"),
            "verificationStatus": coded(f"{place}ver-status", "confirmed"),
        }
        category = self.subject.statuses.get("Condition.category", "problem-list-item")
        day = self._ago(self.recipe.when[1])
        made = self._head("Condition", **states, category=[coded(f"{place}category", category)], code=text)
        return made | {"onsetDateTime": day, "recordedDate": day}

    def _medicine(self, kind: str, code: tuple) -> dict:
        day, usual = self._ago(self.recipe.when[0]), "completed" if kind in MEDICINES[2:] else "active"
        status = status_of(kind, self.subject.statuses.get(kind, ""), usual)
        made = self._head(kind, status=status, medicationCodeableConcept=coded(*code))
        dates = {"MedicationRequest": "authoredOn", "MedicationDispense": "whenHandedOver"}
        made |= {dates.get(kind, "effectiveDateTime"): day}
        return (
            made
            | with_category(kind, self._category(kind))
            | ({"intent": "order"} if kind == "MedicationRequest" else {})
        )

    def _category(self, kind: str) -> dict | None:
        """The category that templates ask this kind for."""
        word = self.subject.statuses.get(f"{kind}.category")
        system = self.subject.statuses.get(f"{kind}.category.system")
        coding = ({"system": system} if system else {}) | {"code": word}
        return {"coding": [coding], "text": word} if word else None

    def _allergy(self, code: tuple) -> dict:
        place = "http://terminology.hl7.org/CodeSystem/allergyintolerance-"
        states = {
            "clinicalStatus": coded(f"{place}clinical", "active"),
            "verificationStatus": coded(f"{place}verification", "confirmed"),
        }
        since = self._ago(self.recipe.when[1])
        made = self._head("AllergyIntolerance", **states, code=coded(*code), recordedDate=since)
        return made | {"type": "allergy", "criticality": "high", "patient": made.pop("subject")}

    def _relative(self, code: tuple) -> dict:
        """The mother, who has had this."""
        mother = coded("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "MTH", "mother")
        made = self._head("FamilyMemberHistory", status="completed", relationship=mother)
        had = {"code": coded(*code), "onsetAge": AGE}
        return made | {"patient": made.pop("subject"), "condition": [had]}

    def _other(self, kind: str, code: tuple) -> dict | None:
        status, day = self.subject.statuses.get(kind, ""), self._ago(self.recipe.when[0])
        return bare(self._head(kind), coded(*code), day, status, self._category(kind))

    def drafts(self, samples: dict[str, dict]):
        """Drafts of what the words name: medicines, and orders for the laboratory; empty where they name neither."""
        dose = (1, 1, 40)[self.recipe.values if self.recipe.values is not None else ORDINARY]
        sample = samples["judge-draft-ibuprofen"]
        for i, code in enumerate(self.subject.medicines[:4]):
            how = {
                "text": f"{dose} tablets daily",
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
            }
            how |= {"doseAndRate": [{"doseQuantity": {"value": dose, "unit": "tablet"}}]}
            yield sample | {
                "id": f"judge-draft-m{i}",
                "medicationCodeableConcept": coded(*code),
                "dosageInstruction": [how],
            }
        for i, code in enumerate(self.subject.labs[:2]):
            yield samples["judge-draft-mri"] | {"id": f"judge-draft-s{i}", "code": coded(*code)}


def coded(system: str, code: str, display: str = "") -> dict:
    """A CodeableConcept of one coding."""
    told = {"display": display} if display else {}
    return {"coding": [{"system": system, "code": code} | told]} | ({"text": display} if display else {})
