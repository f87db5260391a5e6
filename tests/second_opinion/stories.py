"""Patients for the later topics: each story makes one on both sides of the borders of its topic.

A story takes the maker of the patient, adds to the record, and returns the entries of the drafts that it asks for.
"""

from datetime import timedelta
from decimal import Decimal

from . import codes, oddities

STARTS = [29, 30, 31, 41, 42, 43, 60, 89, 90, 91, 92, 131, 132, 133, 200, 455, 456, 457]  # days since the first order
SIGNS = ["neurological", "diabetic_neuropathy", "pernicious_or_megaloblastic", "other_anaemia"]


# --- on opening the chart ---------------------------------------------------------------------------------------------


def metformin(m):
    m.long_medicine("metformin", 4)
    tested_long_ago(m)
    sign(m, 65)


def risk_group(m):
    tested_long_ago(m)
    if m.chance(30):
        return m.problem(m.pick(["vegan", "surgery", "crohn", "coeliac", "atrophic_gastritis"]))
    for _ in range(m.pick([1, 1, 2])):
        drug = m.pick([*codes.RISK_DRUGS, "acid_suppression"])
        if drug == "acid_suppression":
            m.long_medicine(drug, 12)
        else:
            m.order_or_given(m.pick(["MedicationRequest", "MedicationRequest", "MedicationStatement"]), drug)
    sign(m, 75)
    return None


def tested_long_ago(m):
    """A B12 around 36 months or a year ago, or none."""
    if m.chance(60):
        aimed = m.pick(["deficient", "indeterminate", "adequate", "adequate", None])
        days = [m.around_months_ago(36), m.around_months_ago(36), m.ago(m.pick([364, 365, 366, 367])), m.ago(10)]
        m.b12(aimed, "result", day=m.pick(days))


def sign(m, percent):
    """A reason to test: a diagnosis or large red cells."""
    if m.chance(percent):
        m.pick([lambda: m.problem(m.pick(SIGNS)), lambda: m.problem(m.pick(SIGNS)),
                lambda: m.result("mcv", "blood", value=m.pick(["100", "100.01", "112"]))])()


def lupus_on_view(m):
    lupus(m)


def lupus(m):
    """Lupus around the start of B12, with or without a culprit."""
    start = m.ago(m.pick([10, 61, 119, 120, 121, 300, 455, 456, 457]))
    start_of_b12(m, start)
    days = m.pick([-30, -1, 0, 1, 1, 9, 9, 20, 20])
    m.problem("lupus")
    condition = m.resources[-1]
    for key in ("onsetDateTime", "onsetPeriod", "recordedDate", "onsetString"):
        condition.pop(key, None)
    when = oddities.written(m.rng, start + timedelta(days=days))
    condition.update(m.pick([{"onsetDateTime": when}, {"onsetDateTime": when}, {"onsetPeriod": {"start": when}},
                             {"recordedDate": when}, {}]))
    if m.chance(60):
        m.order_or_given(m.pick(["MedicationRequest", "MedicationRequest", "MedicationStatement"]),
                         m.pick(codes.LUPUS_CULPRITS))


def start_of_b12(m, start):
    """What shows that B12 began on that day."""
    written = oddities.written(m.rng, start)
    m.pick([
        lambda: m.medicine("MedicationRequest", "b12", status="active", intent="order", authoredOn=written),
        lambda: m.medicine("MedicationRequest", "b12", status="active", intent="order", authoredOn=written),
        lambda: m.medicine("MedicationRequest", "b12", status="active", intent="order", authoredOn=m.ago(5).isoformat(),
                           dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": {"start": written}}}}]),
        lambda: m.medicine("MedicationStatement", "b12", status=m.pick(["active", "completed"]),
                           effectivePeriod={"start": written, "end": max(start, m.ago(m.pick([1, 90, 119, 120, 121]))).isoformat()}),
        lambda: m.medicine("MedicationStatement", "b12", status=m.pick(["active", "completed"]), dateAsserted=written),
        lambda: m.medicine("MedicationStatement", "b12", status="active", effectivePeriod={"start": written}),
        lambda: m.medicine("MedicationAdministration", "b12", status="completed", effectiveDateTime=written),
    ])()


def ordered_b12(m):
    """B12 orders that run since around a border; returns the first day."""
    start = m.ago(m.pick(STARTS))
    m.medicine("MedicationRequest", "b12", status="active", intent="order", authoredOn=start.isoformat())
    if m.chance(15):
        start_of_b12(m, start - timedelta(days=m.pick([1, 20, 400])))
    if m.chance(10):
        m.order_or_given("MedicationRequest", "b12")
    return start


def review(m):
    start = ordered_b12(m)
    later = start + timedelta(days=m.pick([-5, 0, 1, 30, 41, 42, 43, 60]))
    if m.chance(35):
        m.result(m.pick(["haemoglobin", "mcv", "platelets"]), "blood", day=later)
    if m.chance(20):
        m.b12(None, "result", day=later)
    if m.chance(30):
        encounter(m, later)
    if m.chance(20):
        m.problem("lactation")
    if m.chance(15):
        m.pregnancy()


def encounter(m, day):
    concept = {"coding": [m.pick([
        {"system": codes.SNOMED, "code": "390906007"}, {"system": codes.SNOMED, "code": "185389009"},
        {"system": codes.SNOMED, "code": "190634004"}, {"system": codes.ICD, "code": "D51.0"},
        {"system": codes.ICD, "code": "G32.0"}, {"system": codes.SNOMED, "code": "185349003"},
    ])]}
    written = oddities.written(m.rng, day)
    m.add("Encounter", status=m.pick(["finished"] * 6 + ["in-progress", "planned", "cancelled", "entered-in-error"]),
          period=m.pick([{"start": written, "end": written}, {"start": written}, {"end": written}, {}, None]
                        if m.chance(30) else [{"start": written}]),
          **m.pick([{"type": [concept]}, {"reasonCode": [concept]}, {"type": [{"text": "follow-up"}, concept]},
                    {"class": {"code": "AMB"}} if m.chance(30) else {"reasonCode": [concept]}]))


def platelets(m):
    start = ordered_b12(m)
    days = [-91, -90, -89, -10, -1, 0, 0] if m.chance(75) else [1, 41, 42, 43]
    m.result("platelets", "blood", day=start + timedelta(days=m.pick(days)), value=m.pick(
        ["40", "92", "149", "149.99", "150", "250"]))
    if m.chance(25):
        m.result("platelets", "blood", day=start + timedelta(days=m.pick([-20, -1, 0, 1, 10, 41, 42, 43])))
    if m.chance(50):  # reviewed, but without the platelets
        m.result("haemoglobin", "blood", day=start + timedelta(days=m.pick([42, 50])))
    if m.chance(40):  # still treated, whatever the age of the order
        m.order_or_given("MedicationAdministration", "b12")


def nitrous_oxide(m):
    m.problem("nitrous_oxide")
    if m.chance(60):
        m.b12(m.pick(["indeterminate", "indeterminate", "adequate", "deficient", None]), "current")
    if m.chance(25):
        m.result("homocysteine", "result")
    if m.chance(20):
        m.result("mma", "result")
    if m.chance(20):
        m.risk_sign()
    if m.chance(15):
        m.coded(codes.ICD, m.pick(["F18.10", "T41.0X1A"]), "Condition")


def pregnant_and_tested(m):
    m.pregnancy()
    m.b12(m.pick(["indeterminate", "indeterminate", "adequate", "deficient"]), "result")
    if m.chance(30):
        m.b12(m.pick(["indeterminate", "adequate"]), "result")


def kidneys(m):
    m.result("mma", m.pick(["current", "current", "result"]), value=m.pick(["399", "400", "401", "600"]), kind="molar")
    if m.chance(60):
        m.result("egfr", m.pick(["current", "current", "result"]), value=m.pick(["30", "59", "59.9", "60", "60.01"]))
    if m.chance(45):
        m.problem("kidney")
    if m.chance(65):
        m.b12(m.pick(["indeterminate", "indeterminate", "adequate", "deficient"]), "current")


def metabolite(m):
    """Raised MMA with kidneys that work, beside every kind of B12."""
    m.result("mma", "current", value=m.pick(["400.01", "420", "3600"]), kind="molar")
    if m.chance(85):
        m.result("egfr", "current", value=m.pick(["60", "60.01", "90"]))
    m.pick([lambda: m.b12("indeterminate", "current"), lambda: m.b12("deficient", "old"), lambda: None,
            lambda: m.b12("adequate", "current")])()
    if m.chance(35):
        m.problem("neurological")
    if m.chance(20):
        m.problem("lifelong_but_sacd")


def lapsed(m):
    m.problem(m.pick(["lifelong_but_sacd", "lifelong_but_sacd", "sacd", "pernicious_or_megaloblastic", "surgery"]))
    if m.chance(45):
        m.b12_treatment()
    if m.chance(25):
        m.b12(m.pick(["deficient", "adequate"]), "result")
    if m.chance(15):
        metformin(m)
    if m.chance(10):
        m.mma_and_kidneys()


# --- on writing an order ----------------------------------------------------------------------------------------------


def leber(m):
    m.pick([
        lambda: m.problem("leber"), lambda: m.problem("leber"), lambda: m.problem("hereditary_optic_atrophy"),
        lambda: family_history(m), lambda: family_history(m),
        lambda: m.coded(codes.SNOMED, m.pick(["193413001", "866099002"]), "Condition"),
    ])()
    if m.chance(10):
        family_history(m)
    return any_b12(m)


def family_history(m):
    code = m.pick(["58610003", "58610003", "719430008", "193413001"])
    conditions = [{"code": {"coding": [{"system": codes.SNOMED, "code": code}]}}]
    if m.chance(20):
        conditions.insert(0, {"code": {"coding": [{"system": codes.SNOMED, "code": "73211009"}]}})
    m.add("FamilyMemberHistory", condition=conditions, relationship={"text": "mother"},
          status=m.pick(["completed"] * 6 + ["partial", "health-unknown", "entered-in-error", None]))


def allergy(m):
    for _ in range(m.pick([1, 1, 1, 2])):
        one_allergy(m)
    return any_b12(m)


def one_allergy(m):
    row = m.pick([row for row in codes.DRUGS if row[0] == "b12"])
    coded = {"coding": [{"system": row[1], "code": row[2]}]}
    worded = {"text": m.pick(["Cyanocobalamin", "HYDROXOCOBALAMIN injection", "methylcobalamin", "Vitamin B12",
                              "vitamin B-12", "Cobalamin", "vitamin\u200b B12"])}
    cobalt = m.pick([{"text": "Cobalt"}, {"coding": [{"display": "Cobalt chloride"}]}])
    other = {"coding": [{"system": codes.RXNORM, "code": "4511", "display": "folic acid"}], "text": "folic acid"}
    concept = m.pick([coded, coded, coded, worded, worded, cobalt, other,
                      {"coding": [{"system": "http://lab.example/codes", "code": "9", "display": worded["text"]}]}])
    where = {"code": concept} if m.chance(65) else {"code": other, "reaction": [{"manifestation": []},
                                                                                {"substance": concept}]}
    statuses = {}
    if m.chance(85):
        statuses["clinicalStatus"] = m.pick(["active"] * 5 + ["inactive", "resolved"])
    if m.chance(85):
        statuses["verificationStatus"] = m.pick(
            ["confirmed"] * 5 + ["unconfirmed", "presumed", "refuted", "entered-in-error"])
    if m.chance(92):
        statuses = {key: {"coding": [{"code": code}]} for key, code in statuses.items()}
    m.add("AllergyIntolerance", **where, **statuses)


def any_b12(m):
    drafts = m.draft("b12")
    return drafts + (m.draft("b12") if m.chance(15) else [])


def by_mouth_or_not(m):
    """A lifelong cause or neurological features, B12 by mouth, and perhaps an injection beside it."""
    m.problem(m.pick(["neurological", "lifelong_but_sacd", "lifelong_but_sacd", "sacd"]))
    return oral_b12(m) + (injection(m) if m.chance(20) else [])


def malabsorption(m):
    m.problem("malabsorption_cause")
    return oral_b12(m) + (injection(m) if m.chance(15) else []) + (oral_b12(m) if m.chance(15) else [])


def rows_of_form(*forms):
    return [row for row in codes.DRUGS if row[0] == "b12" and row[3] in forms]


def oral_b12(m):
    """By mouth, around 1 mg a day."""
    row = m.pick(rows_of_form(codes.BY_MOUTH, None))
    if m.chance(25):
        return m.draft("b12", row)
    if row[4] and m.chance(50):
        entry = {**oddities.pieces(m.rng, row)}
    else:
        mass = m.pick(["0.05", "0.5", "0.99", "0.999", "1", "1", "1.001", "2", "0.15"])
        entry = {"doseQuantity": oddities.mass_quantity(m.rng, Decimal(mass))}
    timing = oddities.EVERY_DAY if m.chance(75) else oddities.timing(m.rng)
    route = {"route": {"coding": [{"system": codes.SNOMED, "code": "26643006"}]}} if m.chance(75) else {}
    return m.draft("b12", row, [{"doseAndRate": [entry], "timing": timing, **route}])


INTERVALS = [(91, "d"), (92, "d"), (93, "d"), (92.5, "d"), (3, "mo"), (4, "mo"), (13, "wk"), (14, "wk"), (2, "mo"),
             (1, "a"), (6, "mo"), (2208, "h"), (2209, "h")]


def injection(m):
    row = m.pick(rows_of_form(codes.INJECTION))
    entries = [injected(m, codes.SNOMED, "78421000")]
    if m.chance(10):  # loading, then maintenance
        entries.append(injected(m, codes.SNOMED, "78421000"))
        for number, entry in enumerate(entries, 1):
            entry["sequence"] = number
    return m.draft("b12", row, entries)


def injected(m, system, code):
    period, unit = m.pick(INTERVALS)
    times = m.pick([1, 1, 1, 1, 2])
    return {"doseAndRate": [{"doseQuantity": {"value": 1, "unit": "mg"}}],
            "timing": {"repeat": {"frequency": times, "period": period, "periodUnit": unit}},
            **({"route": {"coding": [{"system": system, "code": code}]}} if m.chance(80) else {})}


def interval(m):
    m.problem(m.pick(["lifelong_but_sacd", "lifelong_but_sacd", "sacd", "b12_deficiency"]))
    m.b12(m.pick(["adequate", "adequate", "adequate", "indeterminate", "deficient"]), m.pick(["current", "old"]))
    return injection(m)


UNITS = ["[iU]", "IU", "UNT", "U", "unit", "units", "international unit", "International Units", "[IU]", "iu", "mg",
         "ug", "drop"]
SIZES = [("10", "mg"), ("10.0", "mg"), ("10.01", "mg"), ("11", "mg"), ("9.99", "mg"), ("10000", "ug"), ("10001", "mcg"),
         ("0.01", "g"), ("0.011", "g"), ("5", "g"), ("1", "g"), ("10", "tablet"), ("11", "tablet"), ("2", "mL"),
         ("2.1", "mL"), ("10", "mL"), ("10.5", "mL"), ("20", ""), ("1000", ""), ("20", "vial"), ("10", "vial"),
         ("20", "drop")]


def dose_error(m):
    if m.chance(45):
        unit = m.pick(UNITS)
        quantity = m.pick([{"value": 5000, "unit": unit}, {"value": 5000, "code": unit}, {"value": 100, "unit": unit},
                           {"value": 1000, "unit": unit, "system": codes.UCUM, "code": unit}])
    else:
        value, unit = m.pick(SIZES)
        quantity = {"value": oddities.as_json_number(m.rng, Decimal(value)), "unit": unit}
    low = {"value": 1, "unit": quantity.get("unit", "mg")}
    dose = m.pick([{"doseQuantity": quantity}, {"doseQuantity": quantity},
                   {"doseRange": {"low": low, "high": quantity}},
                   {"doseRange": {"low": quantity}} if m.chance(20) else {"doseQuantity": quantity}])
    return dose_error_draft(m, dose)


def dose_error_draft(m, dose):
    antidote = m.chance(25)
    rows = [row for row in codes.DRUGS if (row[1], row[2]) in codes.COBALAMINS["hydroxocobalamin"]]
    row = m.pick(rows if antidote else rows_of_form(codes.INJECTION, codes.BY_MOUTH, None))
    route = m.pick([{"coding": [{"system": codes.SNOMED, "code": "47625008"}]}, {"text": "Intravenous"},
                    {"coding": [{"system": codes.HL7_ROUTE, "code": "IVINJ"}]}])
    if not antidote or m.chance(20):
        route = oddities.route(m.rng, row).get("route")
    entry = {"doseAndRate": [dose], "timing": oddities.timing(m.rng), "route": route}
    entries = [{key: value for key, value in entry.items() if value is not None}]
    if m.chance(10):
        entries.append(oddities.entry(m.rng, row))
    return m.draft("b12", row, entries)


def lupus_on_order(m):
    lupus(m)
    return any_b12(m)


def anaemia_of_pregnancy(m):
    if m.chance(40):
        m.coded(codes.SNOMED, codes.PREGNANCY_ANAEMIA, "Condition")
    if m.chance(65):
        m.pregnancy()
        m.problem("megaloblastic_in_pregnancy")
    if m.chance(35):
        m.b12(m.pick(["deficient", "indeterminate", "adequate"]), "result")
    if m.chance(15):
        m.problem("b12_deficiency")
    if m.chance(10):
        m.mma_and_kidneys()
    return any_b12(m)


def lab_while_treated(m):
    """Injections around 120 and 14 days ago, or ordered around 456, and a test that they spoil."""
    if m.chance(70):
        row = m.pick(rows_of_form(codes.INJECTION) if m.chance(70) else rows_of_form(codes.BY_MOUTH, None))
        days = m.pick([0, 13, 14, 15, 119, 120, 121])
        m.add(m.pick(["MedicationAdministration", "MedicationStatement"]), status="completed",
              medicationCodeableConcept={"coding": [{"system": row[1], "code": row[2]}]},
              effectiveDateTime=oddities.written(m.rng, m.ago(days)))
        dosage = oddities.route(m.rng, row)
        if m.chance(60):
            last = m.resources[-1]
            last["dosage"] = dosage if last["resourceType"] == "MedicationAdministration" else [dosage]
    if m.chance(45):
        m.medicine("MedicationRequest", "b12", status="active", intent="order", authoredOn=m.when("order"))
    return lab_draft(m) + (lab_draft(m) if m.chance(15) else [])


def lab_draft(m):
    tests = [*codes.B12_TESTS, *codes.INTRINSIC_FACTOR_TESTS] * 3
    code = m.pick([*tests, "13964-2", "718-7"])
    concept = {"coding": [{"system": codes.LOINC, "code": code}]}
    if m.chance(15):
        concept = m.pick([{"text": "Vitamin B12 level"}, {"coding": [{"code": code}]}, None,
                          {"coding": [{"system": "http://lab.example/codes", "code": "B12"}, *concept["coding"]]}])
    request = m.new("ServiceRequest", code=concept, **m.draft_status())
    if m.chance(2):
        request["doNotPerform"] = True
    return [{"resource": request}]


def folate(m):
    m.problem("folate_deficiency")
    return any_b12(m)


# How often a story is told; the broad ones more often.
OFTEN = {"risk group": 4, "metformin": 2, "lupus": 2, "lupus order": 2, "test": 2, "interval": 2}

ON_VIEW = {
    "metformin": metformin, "risk group": risk_group, "lupus": lupus_on_view, "review": review, "platelets": platelets,
    "nitrous oxide": nitrous_oxide, "pregnant": pregnant_and_tested, "kidneys": kidneys, "lapsed": lapsed,
    "metabolite": metabolite,
}
ON_ORDER = {
    "leber": leber, "allergy": allergy, "by mouth": by_mouth_or_not, "malabsorption": malabsorption,
    "interval": interval, "dose error": dose_error, "lupus order": lupus_on_order,
    "anaemia of pregnancy": anaemia_of_pregnancy, "test": lab_while_treated, "folate": folate,
}
