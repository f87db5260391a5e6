"""Seeded random patients with odd data: every border, every spelling, every way to be wrong, often.

`random_case(seed)` is one hook call. Half of a case is aimed (a deficient untreated patient, an old order, a severe
anaemia...), so that all cells of the matrix and of the potassium grid are met; the other half is chance.
"""

import random
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from . import codes, oddities, rarer, stories, wider

TODAYS = [
    date(2026, 1, 15), date(2026, 1, 15), date(2024, 2, 29), date(2027, 2, 28), date(2025, 3, 1), date(2025, 12, 30),
    date(2026, 7, 31), date(2024, 12, 30),
]
AIMS = ["A", "B", "C+", "C", "D", "E", "F", "coded", "mma", "T04", "T04", "T04", "T04", "T22", "T21", "child", "free",
        "A", "B", "between", "purpose", "purpose"]
STORIES = [name for name in [*stories.ON_VIEW, *stories.ON_ORDER] for _ in range(stories.OFTEN.get(name, 1))]
EDGES = {
    "result": [0, 1, 10, 40, 200, 300, 364, 365, 366, 367, 700, 1800, -40, -20],
    "current": [0, 1, 5, 10, 40, 100, 200, 300, 364, 365],
    "old": [366, 367, 400, 1800],
    "blood": [0, 1, 7, 30, 60, 89, 90, 91, 92, 300, -40],
    "potassium": [0, 0, 1, 1, 2, 3, 5, 6, 7, 8, 9, 30, -40],
    "order": [0, 1, 60, 200, 365, 455, 456, 457, 458, 900, 9000, -40],
    "given": [0, 1, 30, 89, 90, 91, 119, 120, 121, 122, 200, 300, -40],
    "pregnancy": [0, 30, 100, 200, 250, 299, 300, 301, 302, 1000, -40],
    "any": [0, 10, 100, 300, 1000, 4000, -40],
}
# In the first unit of each kind; every border of section 0 with its neighbours.
VALUES = {
    ("b12_total", "mass"): "0 90 120 150 179 179.9 179.99 180 180.01 181 200 250 300 349 349.9 350 350.01 351 420 800",
    ("b12_total", "molar"): "60 100 132 132.9 132.99 133 133.01 134 200 257.9 258 258.01 259 300 600",
    ("b12_active", "molar"): "0 10 24 24.9 24.99 25 25.01 26 40 69.9 70 70.01 71 100",
    ("mma", "molar"): "150 300 378 379 399 399.9 400 400.01 401 420 600 3600",
    ("mma", "mass"): "20 40 47 47.1 47.2 47.21 47.3 60 400",
    ("haemoglobin", "mass"): "5 6.2 6.9 6.99 7 7.01 7.5 7.9 7.99 8 8.01 9.8 12.5",
    ("mcv", "volume"): "80 92 99 99.9 100 100.0 100.01 101 112",
    ("potassium", "molar"): "2.5 2.9 2.99 3 3.01 3.2 3.4 3.49 3.5 3.51 4.1 5.2",
    ("homocysteine", "molar"): "5 12 15 40 100",
    ("platelets", "count"): "40 92 149 149.9 149.99 150 150.0 151 250",
    ("egfr", "rate"): "12 30 45 59 59.9 60 60.01 61 75 90 110",
}
AIMED = {
    ("deficient", "b12_total", "mass"): "90 120 150 179 179.99",
    ("deficient", "b12_total", "molar"): "60 100 132 132.99",
    ("deficient", "b12_active", "molar"): "10 18 24.9",
    ("indeterminate", "b12_total", "mass"): "180 181 250 349.9 350",
    ("indeterminate", "b12_total", "molar"): "133 200 258",
    ("indeterminate", "b12_active", "molar"): "25 40 70",
    ("adequate", "b12_total", "mass"): "350.01 351 420 800",
    ("adequate", "b12_total", "molar"): "258.01 259 600",
    ("adequate", "b12_active", "molar"): "70.01 71 100",
}


@dataclass(frozen=True)
class Case:
    """One hook call and everything that the record holds."""

    hook: str
    context: dict
    resources: list
    today: date


def random_case(seed):
    """The case of this seed; the same one every time."""
    maker = Maker(random.Random(f"cdshooks second opinion {seed}"))
    case = maker.case()
    maker.rng = random.Random(f"cdshooks wider {seed}")
    context, resources = wider.widened(maker, case.hook, case.context, case.resources)
    maker.rng = random.Random(f"cdshooks rarer {seed}")
    resources = rarer.made_rarer(maker, resources)
    return replace(case, context=context, resources=resources)


def plain_case(seed):
    """The case of this seed without what `wider` adds."""
    return Maker(random.Random(f"cdshooks second opinion {seed}")).case()


class Maker:
    """Makes one patient; every method draws from the same random numbers."""

    def __init__(self, rng):
        self.rng = rng
        self.today = rng.choice(TODAYS)
        self.patient_id = rng.choice(["p1", "p1", "patient-77", "3f1c9a52-8e0b-4d5e-9c37-0a6c1c7f21aa"])
        self.aim = rng.choice(AIMS if self.chance(50) else STORIES)
        self.wanted = []  # entries of drafts that a story asks for
        self.resources = []
        self.count = 0

    # --- small things ---

    def chance(self, percent):
        return self.rng.random() * 100 < percent

    def pick(self, choices):
        return self.rng.choice(choices)

    def new(self, kind, **fields):
        self.count += 1
        resource = {"resourceType": kind, "id": f"r{self.count}", **self.subject(), **fields}
        if kind in ("AllergyIntolerance", "FamilyMemberHistory") and "subject" in resource:
            resource["patient"] = resource.pop("subject")
        return {key: value for key, value in resource.items() if value is not None}

    def add(self, kind, **fields):
        self.resources.append(self.new(kind, **fields))
        return self.resources[-1]

    def subject(self):
        if self.chance(95):
            forms = ["Patient/{}", "Patient/{}", "Patient/{}", "urn:uuid:{}", "https://ehr.example/fhir/Patient/{}",
                     "Patient/{}/_history/3"]
            return {"subject": {"reference": self.pick(forms).format(self.patient_id)}}
        odd = [{}, {"subject": None}, {"subject": {"display": "somebody"}},
               {"subject": {"reference": "Patient/someone-else"}},
               {"subject": {"reference": f"Patient/{self.patient_id}0"}}, {"subject": {"reference": "Group/all"}}]
        return self.pick(odd)

    def ago(self, days):
        return self.today - timedelta(days=days)

    def around_months_ago(self, months):
        """The same day of the month that many months ago, or that month's last day; or a day or two beside it."""
        year, month = divmod(self.today.year * 12 + self.today.month - 1 - months, 12)
        last = monthrange(year, month + 1)[1]
        return date(year, month + 1, min(self.today.day, last)) + timedelta(days=self.pick([-1, 0, 0, 1, 2]))

    def when(self, edges):
        """A date or time that many days ago, written in one of many ways."""
        return oddities.written(self.rng, self.ago(self.pick(EDGES[edges])))

    # --- the case ---

    def case(self):
        self.patient()
        if self.aim in AIMS:
            hook = self.hook_for_the_first_topics()
            self.aimed()
        else:
            hook = self.tell_stories()
        self.noise()
        if self.chance(5):
            self.order_or_given("MedicationAdministration", self.pick(["oxaliplatin", "methotrexate"]))
        context = {"userId": "Practitioner/example", "patientId": self.patient_id}
        if hook != "patient-view":
            self.drafts(hook, context)
        elif self.chance(75 if self.aim in AIMS else 10):
            self.folic_acid_on_record()
        self.rng.shuffle(self.resources)
        return Case(hook, context, self.resources, self.today)

    def hook_for_the_first_topics(self):
        if self.aim in ("T04", "purpose"):
            return self.pick(["order-select", "order-sign"])
        return self.pick(["patient-view", "patient-view", "order-select", "order-select", "order-sign"])

    def tell_stories(self):
        """The patient of one of the later topics, now and then of two at once; returns the hook."""
        group = stories.ON_VIEW if self.aim in stories.ON_VIEW else stories.ON_ORDER
        names = [self.aim, self.pick(list(group))] if self.chance(20) else [self.aim]
        for name in names:
            self.wanted += group[name](self) or []
        return "patient-view" if group is stories.ON_VIEW else self.pick(["order-select", "order-sign"])

    def patient(self):
        patient = {"resourceType": "Patient", "id": self.patient_id, **self.birth(), **self.death(),
                   "gender": self.pick(["female", "female", "male", "unknown"])}
        self.resources.append(patient)
        if self.chance(3):
            self.resources.append({"resourceType": "Patient", "id": "someone-else", "deceasedBoolean": True})

    def birth(self):
        if self.aim == "child" or (self.aim not in AIMS and self.chance(4)):
            return {"birthDate": self.birthday(self.pick([2, 8, 12, 15, 16]), self.pick([-1, 0, 1, 100]))}
        if self.chance(3):
            return self.pick([{}, {"birthDate": None}, {"birthDate": "unknown"}, {"birthDate": 1970},
                              {"birthDate": "2999-01-01"}, {"birthDate": "1970-13-01"}, {"birthDate": "1900-01-01"}, {"birthDate": "0001-01-01"}])
        years = self.pick([17, 25, 31, 40, 45, 52, 60, 66, 71, 16] if self.chance(80) else [74, 75, 76, 82, 16])
        if self.chance(6):
            born = self.today.replace(day=1)
            return {"birthDate": self.pick([f"{born.year - years}", f"{born.year - years}-{born.month:02}"])}
        return {"birthDate": self.birthday(years, self.pick([-1, 0, 1, 100, 200]))}

    def birthday(self, years, days_after):
        """Born so that the birthday of that age was some days ago; a leap day is taken as it comes."""
        day = self.ago(days_after)
        try:
            return day.replace(year=day.year - years).isoformat()
        except ValueError:
            return f"{day.year - years}-03-01"

    def death(self):
        if self.chance(96):
            return self.pick([{}, {}, {}, {"deceasedBoolean": False}, {"deceasedDateTime": None}])
        return self.pick([{"deceasedBoolean": True}, {"deceasedDateTime": self.ago(16).isoformat()},
                          {"deceasedDateTime": "2020"}, {"deceasedBoolean": False}])

    def aimed(self):
        """What makes this patient the kind of patient that the aim names."""
        aim = self.aim
        if aim in ("A", "B", "D", "E"):
            self.b12({"A": "deficient", "B": "indeterminate", "D": "adequate"}.get(aim, "deficient"), "current")
        if aim in ("B", "D", "mma") and self.chance(50):
            self.mma_and_kidneys()
        if aim == "E":
            self.b12_treatment()
        if aim in ("F", "coded"):
            self.problem("b12_deficiency")
        if aim == "F":
            self.medicine("MedicationRequest", "b12", status="active", intent="order",
                          authoredOn=self.ago(self.pick([457, 500, 4000])).isoformat())
        if aim == "C+":
            self.risk_sign()
        if aim == "T22":
            self.b12("deficient", "old")
        if aim == "T21":
            self.b12(None, "result", odd=60)
        if aim == "child":
            self.pick([lambda: self.b12(None, "current"), lambda: self.problem("b12_deficiency")])()
        if aim == "T04":
            self.severe_anaemia()
        if aim == "between":
            self.treated_between()
        if aim == "purpose":
            self.known_purpose()

    def known_purpose(self):
        """Folic acid in pregnancy or with methotrexate, where the B12 is not settled."""
        self.pick([lambda: self.b12("indeterminate", "current"), lambda: self.b12("indeterminate", "current"),
                   self.risk_sign, lambda: self.problem("b12_deficiency"), lambda: self.mma_and_kidneys()])()
        self.pick([self.pregnancy, self.pregnancy, self.methotrexate, self.methotrexate, lambda: None])()

    def treated_between(self):
        """A low result, B12, a better result; the injection also on the very days of the two results."""
        low, better, given = self.pick([300, 364, 365, 366]), self.pick([5, 60, 130]), self.pick([121, 130, 250, 300])
        for days, aimed in ((low, "deficient"), (better, self.pick(["indeterminate", "adequate"]))):
            self.b12(aimed, "current")
            self.resources[-1]["effectiveDateTime"] = self.ago(days).isoformat()
        self.medicine("MedicationAdministration", "b12", status="completed",
                      effectiveDateTime=oddities.written(self.rng, self.ago(given)))

    def severe_anaemia(self):
        if self.chance(60):
            self.result("haemoglobin", "blood", value=self.pick(["5", "6.2", "6.9", "7.5", "7.99"]))
        if self.chance(60):
            self.problem("pernicious_or_megaloblastic")
        if self.chance(85):
            self.result("potassium", "potassium")
        if self.chance(40):
            self.medicine("MedicationRequest", "digoxin", status="active", intent="order",
                          authoredOn=self.when("order"))

    def mma_and_kidneys(self):
        self.result("mma", self.pick(["current", "current", "result"]))
        if self.chance(70):
            self.result("egfr", self.pick(["current", "current", "result"]))
        if self.chance(15):
            self.problem("kidney")

    def noise(self):
        """The other half: whatever else chance brings."""
        if self.aim in ("free", "T22", "T21", "A", "B", "D") and self.chance(45):
            self.b12(None, "result")
        for percent, make in (
            (10, self.mma_and_kidneys), (15, lambda: self.result("mcv", "blood")),
            (12, lambda: self.result("haemoglobin", "blood")), (8, lambda: self.result("potassium", "potassium")),
            (8, self.risk_sign), (14, lambda: self.problem("neurological")), (12, self.pregnancy),
            (4, lambda: self.problem("b12_deficiency")), (6, self.b12_treatment), (10, self.methotrexate),
            (4, self.diet), (5, self.other_medicine), (4, self.look_alike), (10, self.correction),
        ):
            if self.chance(percent):
                make()

    # --- results ---

    def b12(self, aimed_class, edges, odd=None, day=None):
        analyte, kind = self.pick([("b12_total", "mass"), ("b12_total", "mass"), ("b12_total", "molar"),
                                   ("b12_active", "molar")])
        value = self.pick(AIMED[aimed_class, analyte, kind].split()) if aimed_class else None
        return self.result(analyte, edges, value=value, kind=kind, odd=odd, day=day)

    def result(self, analyte, edges, value=None, kind=None, odd=None, day=None):
        """One Observation, some days ago or on that day; `odd` is the percentage of each kind of oddity."""
        kind = kind or self.pick(sorted({row[0] for row in codes.ANALYTE_UNITS[analyte].values()}))
        value = Decimal(value or self.pick(VALUES[analyte, kind].split()))
        quantity = oddities.quantity(self.rng, analyte, kind, value, 10 if odd is None else odd)
        fields = {
            "status": oddities.result_status(self.rng, 8 if odd is None else odd),
            "code": self.loinc(analyte),
            **oddities.result_time(self.rng, day or self.ago(self.pick(EDGES[edges])), 6 if odd is None else odd / 2),
            **quantity,
        }
        if analyte == "mma" and self.chance(35):
            fields["referenceRange"] = oddities.reference_range(self.rng, value, kind)
        return self.add("Observation", **fields)

    def loinc(self, analyte):
        coding = {"system": codes.LOINC, "code": self.pick(codes.ANALYTE_CODES[analyte])}
        if self.chance(5):
            return {"coding": [{"system": "http://lab.example/codes", "code": "B12"}, coding]}
        if self.chance(2):
            return {"coding": [None, {}, coding], "text": "something"}
        return {"coding": [coding]}

    def look_alike(self):
        """Codes that look like a B12 level and are none, or a level whose system is not LOINC."""
        coding = self.pick([{"system": codes.LOINC, "code": "16695-9"}, {"system": codes.LOINC, "code": "2171-7"},
                            {"system": codes.LOINC, "code": "14685-8"}])
        self.add("Observation", status="final", code={"coding": [coding]},
                 effectiveDateTime=self.ago(3).isoformat(),
                 valueQuantity={"value": 100, "unit": "ng/L", "system": codes.UCUM, "code": "ng/L"})

    def correction(self):
        """A second version of a result: same sample, another status, value or `issued`."""
        results = [one for one in self.resources if one["resourceType"] == "Observation" and "code" in one]
        if not results:
            return
        first = self.pick(results)
        second = {**first, "id": first["id"] + "b", "status": self.pick(["final", "corrected", "amended", "preliminary",
                                                                         "entered-in-error"])}
        if self.chance(70) and isinstance(first.get("valueQuantity"), dict):
            other = self.pick(["0.25", "0.5", "1.5", "2", "3"])
            value = first["valueQuantity"].get("value")
            if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
                value = Decimal(repr(value) if isinstance(value, float) else value) * Decimal(other)
                second["valueQuantity"] = {**first["valueQuantity"], "value": oddities.as_json_number(self.rng, value)}
        for one in (first, second):
            if self.chance(50):
                one["issued"] = f"{self.ago(self.pick([0, 1, 2]))}T{self.pick(['08', '12'])}:00:00Z"
        self.resources.append(second)

    # --- problems ---

    def problem(self, concept):
        system, listed = self.pick(codes.PROBLEMS[concept])
        code = self.pick(listed)
        if code.endswith("*"):
            endings = ["0", "1", "3", "8", "9"] if code.endswith(".*") else ["", "0", "1", "9"]
            code = code[:-1] + self.pick(endings if "." in code else ["", ".0", ".90"])
        surgical = concept == "surgery" and system == codes.SNOMED
        self.coded(system, code, "Procedure" if surgical and self.chance(85) else "Condition", concept)

    def coded(self, system, code, kind, concept="any"):
        concept_json = {"coding": [{"system": system, "code": code}]}
        if self.chance(3):
            concept_json = self.pick([{"text": "pernicious anaemia"},
                                      {"coding": [{"system": system, "code": code + "9"}]}])
        edges = "pregnancy" if concept == "pregnancy" else "any"
        if kind == "Procedure":
            when = self.when(edges)
            done = self.pick([{}, {"performedDateTime": when}, {"performedPeriod": {"start": when}}])
            status = "completed" if self.chance(75) else self.pick(
                # What a status leaves open is a doubt, which this program does not weigh (tests/test_feeds.py does).
                ["in-progress", "not-done", "preparation", "stopped", "entered-in-error"])
            return self.add("Procedure", status=status, code=concept_json, **done)
        start = self.pick([{"onsetDateTime": self.when(edges)}, {"onsetDateTime": self.when(edges)},
                           {"onsetPeriod": {"start": self.when(edges)}}, {"recordedDate": self.when(edges)},
                           {"onsetDateTime": self.when(edges), "recordedDate": self.when("any")},
                           {} if self.chance(50) else {"onsetString": "long ago", "recordedDate": self.when(edges)}])
        return self.add("Condition", code=concept_json, **start, **oddities.condition_status(self.rng))

    def risk_sign(self):
        self.pick([
            lambda: self.problem(self.pick(["vegan", "surgery", "crohn", "coeliac", "atrophic_gastritis"])),
            lambda: self.long_medicine("metformin", 4),
            lambda: self.long_medicine("acid_suppression", 12),
            lambda: self.problem("neurological"),
            lambda: self.result("mcv", "blood", value="112"),
            lambda: self.b12("deficient", "old"),
            lambda: self.add("Observation", status="preliminary", code=self.loinc("b12_total"),
                             effectiveDateTime=self.when("result"),
                             valueQuantity={"value": self.pick([120, 179, 180, 200]), "unit": "ng/L"}),
            lambda: self.coded(codes.ICD, self.pick(["K50.10", "K50.1", "E53.8", "H47.22", "E11.42", "O99.84"]),
                               "Condition"),
            lambda: self.coded(codes.SNOMED, self.pick(["161457000", "368581000119106", "58610003", "709044004"]),
                               "Condition"),
        ])()

    def diet(self):
        self.problem("diet_cause")
        if self.chance(25):
            self.problem("malabsorption_cause")

    def pregnancy(self):
        if self.chance(60):
            return self.problem("pregnancy")
        answer = self.pick([(codes.SNOMED, "77386006"), (codes.LOINC, "LA15173-0"), (codes.LOINC, "LA26683-5")])
        return self.add("Observation", status=oddities.result_status(self.rng, 8), code=self.loinc("pregnancy_status"),
                        effectiveDateTime=self.when("pregnancy"),
                        valueCodeableConcept={"coding": [{"system": answer[0], "code": answer[1]}]})

    # --- medicines ---

    def drug(self, drug):
        """(the row of the drug table, the fields that name it)."""
        row = self.pick([row for row in codes.DRUGS if row[0] == drug])
        return row, {"medicationCodeableConcept": {"coding": [{"system": row[1], "code": row[2]}]}}

    def medicine(self, kind, drug, **fields):
        row, named = self.drug(drug)
        if self.chance(8):
            named = self.by_reference(named["medicationCodeableConcept"])
        key = "dosageInstruction" if kind == "MedicationRequest" else "dosage"
        dosage = {key: oddities.dosage(self.rng, row)}
        if kind == "MedicationAdministration":
            dosage = {"dosage": oddities.route(self.rng, row)}
        return self.add(kind, **{**named, **dosage, **fields})

    def by_reference(self, concept):
        """The drug in a contained Medication, or in one that came with the record, or nowhere."""
        self.count += 1
        name = f"m{self.count}"
        medication = {"resourceType": "Medication", "id": name, "code": concept}
        how = self.pick(["contained", "record", "urn"])
        if how == "contained":
            return {"contained": [medication], "medicationReference": {"reference": f"#{name}"}}
        if how != "nowhere":
            self.resources.append(medication)
        return {"medicationReference": {"reference": f"urn:uuid:{name}" if how == "urn" else f"Medication/{name}"}}

    def b12_treatment(self):
        kind = self.pick(["MedicationRequest", "MedicationRequest", "MedicationStatement", "MedicationAdministration"])
        self.order_or_given(kind, "b12")

    def order_or_given(self, kind, drug):
        if self.chance(4):
            return self.words_only_on_record(kind, drug)
        if kind == "MedicationRequest":
            self.medicine(
                kind, drug, authoredOn=self.when("order") if self.chance(94) else None,
                status="active" if self.chance(85) else self.pick(["completed", "stopped", "on-hold", "unknown", None]),
                intent="order" if self.chance(85) else self.pick(["plan", "proposal", "option", "instance-order"]))
            return wider.may_end(self, self.resources[-1]) if drug == "b12" and self.chance(30) else None
        usual = "completed" if kind == "MedicationAdministration" else self.pick(["active", "completed"])
        status = usual if self.chance(88) else self.pick(
            ["in-progress", "active", "completed", "intended", "not-done", "stopped", "entered-in-error", None])
        return self.medicine(kind, drug, status=status, **self.given_when())

    def given_when(self):
        start, end = self.when("given"), self.when("given")
        return self.pick([
            {"effectiveDateTime": start}, {"effectiveDateTime": start}, {"effectiveDateTime": start},
            {"effectivePeriod": {"start": oddities.written(self.rng, self.ago(130)), "end": end}},
            {"effectivePeriod": {"start": oddities.written(self.rng, self.ago(600)), "end": end}},
            {"effectivePeriod": {"start": start}}, {"effectivePeriod": {"end": end}},
            {"effectivePeriod": {"start": oddities.written(self.rng, self.ago(600))}, "dateAsserted": start},
            {"dateAsserted": start}, {} if self.chance(50) else {"effectiveDateTime": None},
        ])

    def words_only_on_record(self, kind, drug):
        word = self.pick(codes.DRUG_WORDS.get(drug, ["methotrexate"]))
        return self.add(kind, status="active", intent="order", medicationCodeableConcept={"text": word},
                        authoredOn=self.when("order"), effectiveDateTime=self.when("given"))

    def long_medicine(self, drug, months):
        """Exposure around the border: the same day of the month that many months ago, a day before, a day after."""
        start = self.ago(self.pick([months * 30 + 5, months * 31, months * 30, 20, 900, 4000]))
        if self.chance(50):
            start = self.around_months_ago(months)
        written = oddities.written(self.rng, start)
        self.pick([
            lambda: self.medicine("MedicationRequest", drug, status="active", intent="order", authoredOn=written),
            lambda: self.medicine("MedicationStatement", drug, status="active", effectiveDateTime=written),
            lambda: self.medicine("MedicationStatement", drug, status="active", effectivePeriod={"start": written}),
            lambda: self.medicine("MedicationRequest", drug, status="active", intent="order",
                                  authoredOn=self.ago(5).isoformat(),
                                  dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": {"start": written}}}}]),
            lambda: self.order_or_given("MedicationRequest", drug),
        ])()

    def methotrexate(self):
        if self.chance(40):  # around 30 mg a week
            weekly = {"doseQuantity": {"value": self.pick([15, 30, 30.5, 31]), "unit": "mg"}}
            timing = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}}
            return self.medicine("MedicationRequest", "methotrexate", status="active", intent="order",
                                 authoredOn=self.when("order"),
                                 dosageInstruction=[{"doseAndRate": [weekly], "timing": timing}])
        return self.order_or_given(self.pick(["MedicationRequest", "MedicationStatement", "MedicationAdministration"]),
                                   "methotrexate")

    def other_medicine(self):
        kind = self.pick(["MedicationRequest", "MedicationStatement", "MedicationAdministration"])
        self.order_or_given(kind, self.pick(["digoxin", "oxaliplatin", "folic_acid", "folinic_acid", "methotrexate"]))

    def folic_acid_on_record(self):
        drug = "folic_acid" if self.chance(85) else "folinic_acid"
        if self.chance(80):
            return self.medicine(self.pick(["MedicationRequest", "MedicationRequest", "MedicationStatement"]), drug,
                                 status="active", intent="order", authoredOn=self.when("order"))
        return self.order_or_given(self.pick(["MedicationRequest", "MedicationStatement"]), drug)

    # --- drafts ---

    def drafts(self, hook, context):
        wanted = {"T04": ["b12"]}.get(self.aim, ["folic_acid"] if self.chance(85) else ["folinic_acid"])
        if self.wanted:  # a story has drafts of its own
            wanted = wanted if self.chance(15) else []
        elif self.chance(50 if self.aim in ("B", "F", "purpose") else 25):
            other = self.pick(["b12", "b12", "b12", "folic_acid", "methotrexate", "oxaliplatin", "digoxin"])
            wanted = [*wanted, other]
        if self.chance(6):
            wanted = [*wanted, "b12"]
        entries = list(self.wanted)
        for drug in wanted:
            entries += self.draft(drug)
        if self.chance(5):
            entries += stories.lab_draft(self)
        self.rng.shuffle(entries)
        context["draftOrders"] = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        if hook == "order-select":
            orders = [f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in entries
                      if e["resource"]["resourceType"] != "Medication"]
            context["selections"] = [one for one in orders if self.chance(85)] or [self.pick(orders)]
            if self.chance(2):
                context["selections"] = self.pick([[], ["MedicationRequest/nowhere"], [f"Other{orders[0]}"]])

    def draft(self, drug, row=None, entries=None):
        """The entries of one draft: the order and, now and then, its Medication."""
        row = row or self.drug(drug)[0]
        named = {"medicationCodeableConcept": {"coding": [{"system": row[1], "code": row[2]}]}}
        extra = []
        if self.chance(6):
            named = self.in_words(drug)
        elif self.chance(6):
            named, extra = self.beside_the_draft(named["medicationCodeableConcept"])
        order = self.new(
            "MedicationRequest", **named, dosageInstruction=entries or oddities.dosage(self.rng, row),
            **self.draft_status())
        if self.chance(1):
            order["doNotPerform"] = self.pick([True, False])
        if self.chance(2):
            order["dosageInstruction"] = self.pick([[], [None], {}, "1 daily", [{"text": "as directed"}]])
        return [*extra, {"resource": order}]

    def draft_status(self):
        return {
            "status": "draft" if self.chance(93) else self.pick(
                ["active", "cancelled", "entered-in-error", "stopped", "on-hold", None]),
            "intent": "order" if self.chance(94) else self.pick(["proposal", "plan", "option", "original-order", None]),
            "authoredOn": self.today.isoformat() if self.chance(60) else None,
        }

    def in_words(self, drug):
        """A draft that names its drug in words alone, or with a code that nobody knows."""
        word = self.pick(codes.DRUG_WORDS.get(drug, [drug]))
        hidden = word[:3] + "\u200b" + word[3:]
        if drug == "b12" and self.chance(15):
            word = self.pick(["hydroxocobalamin (vitamin B12)", "methylcobalamin (vitamin B12)"])
        shown = self.pick([word, word.upper(), f"{word.title()} 5 mg", hidden, "vitamin tablets"])
        unknown = {"system": codes.RXNORM, "code": "99999999"}
        return self.pick([
            {"medicationCodeableConcept": {"text": shown}},
            {"medicationCodeableConcept": {"coding": [{**unknown, "display": shown}]}},
            {"medicationCodeableConcept": {"coding": [unknown, {}], "text": shown}},
            {"medicationReference": {"reference": "Medication/nowhere", "display": shown}},
        ])

    def beside_the_draft(self, concept):
        self.count += 1
        name = f"m{self.count}"
        medication = {"resourceType": "Medication", "id": name, "code": concept}
        if self.chance(50):
            return {"contained": [medication], "medicationReference": {"reference": f"#{name}"}}, []
        url = f"urn:uuid:{name}"
        shown = self.pick([url, f"Medication/{name}"])
        return {"medicationReference": {"reference": shown}}, [{"fullUrl": url, "resource": medication}]
