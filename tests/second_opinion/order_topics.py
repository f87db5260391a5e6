"""The topics of an order, without folic acid and potassium. Each gives findings (level, why) over the judged drafts."""

from . import codes, drugs, problems
from .raw import belongs_to, codings, many, of_type, part, text
from .results import spelled
from .view_topics import drug_induced_lupus

TOO_MUCH_MG = 10  # R24, for one administration


class Sitting:
    """The drafts of one call, and what the drug tables say of them."""

    def __init__(self, record, all_drafts, judged_drafts, judged_tests):
        self.record = record
        self.medications = record["draft_medications"]
        self.judged_b12 = [one for one in judged_drafts if self.is_b12(one)]
        self.judged_or_named_b12 = [
            one for one in judged_drafts if self.is_b12(one) or drugs.may_be_drug(one, "b12", self.medications)
        ]
        self.judged_tests = judged_tests
        self.parenteral_b12 = any(
            self.is_b12(one) and self.route(one) == codes.INJECTION for one in all_drafts
        )

    def is_b12(self, draft):
        return drugs.is_drug(draft, "b12", self.medications)

    def rows(self, draft):
        return drugs.rows_of(draft, self.medications)

    def route(self, draft):
        return drugs.route(self.rows(draft), "b12", many(draft, "dosageInstruction"))

    def daily_mg(self, draft):
        return drugs.daily_mg(self.rows(draft), "b12", many(draft, "dosageInstruction"))


# --- T05, T06 ---------------------------------------------------------------------------------------------------------


def leber_cyanocobalamin(sitting):
    record, found = sitting.record, []
    sure = problems.has(record, "leber")
    perhaps = [name for name, holds in (
        ("H47.22", problems.has(record, "hereditary_optic_atrophy")), ("family", leber_in_the_family(record))) if holds]
    if not sure and not perhaps:
        return []
    for draft in sitting.judged_or_named_b12:
        kinds = drugs.cobalamins(draft, sitting.medications)
        if "cyanocobalamin" in kinds:
            found += [("critical", "Leber")] if sure else [("warning", why) for why in perhaps]
        if "mecobalamin" in kinds:
            found.append(("info", "mecobalamin"))
        if "hydroxocobalamin" in kinds:
            found.append(("none", "hydroxocobalamin"))
    return found


def leber_in_the_family(record):
    for history in of_type(record["resources"], "FamilyMemberHistory"):
        if not belongs_to(history, record["patient_id"]) or history.get("status") == "entered-in-error":
            continue
        for condition in many(history, "condition"):
            if any(problems.matches(pair, "leber") for pair in codings(part(condition, "code"))):
                return True
    return False


def cobalamin_hypersensitivity(sitting):
    if not sitting.judged_or_named_b12:
        return []
    found = []
    for allergy in of_type(sitting.record["resources"], "AllergyIntolerance"):
        if belongs_to(allergy, sitting.record["patient_id"]) and allergy_stands(allergy):
            found += allergy_findings(allergy)
    return found


def allergy_stands(allergy):
    clinical = problems.status_codes(allergy, "clinicalStatus")
    verified = problems.status_codes(allergy, "verificationStatus")
    return not any(one in ("inactive", "resolved") for one in clinical) and not any(
        one in ("refuted", "entered-in-error") for one in verified)


def allergy_findings(allergy):
    found = []
    substances = [part(reaction, "substance") for reaction in many(allergy, "reaction")]
    for where, concepts in (("code", [part(allergy, "code")]), ("substance", substances)):
        for concept in concepts:
            if any(row[0] == "b12" and (row[1], row[2]) in codings(concept) for row in codes.DRUGS):
                found.append(("critical", where))
            words = [text(concept, "text")] + [text(coding, "display") for coding in many(concept, "coding")]
            said = " | ".join(words).translate(drugs.ZERO_WIDTH).lower()
            if any(word in said for word in codes.ALLERGY_WORDS):
                found.append(("critical", f"words of the {where}"))
            if "cobalt" in said:
                found.append(("warning", "cobalt"))
    return found


# --- T07, T08, T09, T15: how it is to be given ------------------------------------------------------------------------


def b12_route(sitting, facts):
    """T07; that T08 replaces an info is a matter of precedence."""
    if not any(sitting.route(draft) == codes.BY_MOUTH for draft in sitting.judged_b12):
        return []
    found = [("warning", "neurological")] if facts["neurological"] else []
    if facts["lifelong_but_sacd"]:
        found.append(("info", "lifelong"))
    return [("none", "injection in the same sitting")] if found and sitting.parenteral_b12 else found


def b12_oral_dose_low(sitting):
    """T08."""
    found = []
    if not problems.has(sitting.record, "malabsorption_cause"):
        return []
    for draft in sitting.judged_b12:
        dose = sitting.daily_mg(draft)
        if sitting.route(draft) != codes.BY_MOUTH or dose is None:
            continue
        if dose < 1:
            found.append(("none", "injection in the same sitting") if sitting.parenteral_b12 else ("warning", "low"))
        else:
            found.append(("none", "exactly 1 mg" if dose == 1 else "enough"))
    return found


def b12_dose_error(sitting):
    """T09."""
    found = []
    for draft in sitting.judged_b12:
        kinds, rows = drugs.cobalamins(draft, sitting.medications), sitting.rows(draft)
        for entry in many(draft, "dosageInstruction"):
            antidote = kinds == {"hydroxocobalamin"} and drugs.is_intravenous(entry)
            found += size_findings(rows, entry, antidote)
            if any(is_biological(quantity) for quantity in every_quantity(entry)):
                found.append(("warning", "unit"))
    return found


def size_findings(rows, entry, antidote):
    amounts = [drugs.quantity_mg(rows, "b12", quantity) for quantity in drugs.doses(entry)]
    if any(amount is not None and amount > TOO_MUCH_MG for amount in amounts):
        return [("none", "antidote")] if antidote else [("critical", "size")]
    return [("none", "exactly 10 mg")] if TOO_MUCH_MG in amounts else []


def every_quantity(entry):
    """Both ends of a range: whoever writes one of them in units means units."""
    found = []
    for dose in many(entry, "doseAndRate"):
        dose_range = part(dose, "doseRange")
        found += [part(dose, "doseQuantity"), part(dose_range, "low"), part(dose_range, "high")]
    return found


def is_biological(quantity):
    return any(spelled(text(quantity, key)) in codes.BIOLOGICAL_UNITS for key in ("code", "unit"))


def b12_interval_by_level(sitting, facts):
    """T15."""
    if not (facts["lifelong_but_sacd"] or facts["sacd"]) or facts["latest_b12"] != "adequate":
        return []
    found = []
    for draft in sitting.judged_b12:
        if sitting.route(draft) != codes.INJECTION:
            continue
        for entry in many(draft, "dosageInstruction"):
            days = drugs.days_between(entry)
            if days is not None and days > 92:
                found.append(("info", "beyond three months"))
            elif days is not None and days > 89:
                found.append(("none", "three months"))
    return found


# --- T12, T17, T20, T23 ----------------------------------------------------------------------------------------------


def drug_induced_lupus_on_order(sitting, facts):
    return drug_induced_lupus(sitting.record, facts) if sitting.judged_b12 else []


def b12_pregnancy_on_order(sitting, facts):
    """T17 on order hooks (T17b)."""
    record, found = sitting.record, []
    if problems.has(record, "anaemia_of_pregnancy"):
        found.append("anaemia of pregnancy")
    if facts["pregnant"] and problems.has(record, "megaloblastic_in_pregnancy"):
        found.append("pregnant and megaloblastic")
    if not sitting.judged_b12:
        return []
    proven = facts["shows_deficiency"] or facts["coded"]
    return [("none", "deficiency shown") if proven else ("info", why) for why in found]


def b12_test_uninformative(sitting):
    """T20."""
    record, found = sitting.record, []
    for draft in sitting.judged_tests:
        asked = [code for system, code in codings(part(draft, "code")) if system == codes.LOINC]
        if any(code in codes.B12_TESTS for code in asked):
            if drugs.parenteral_b12_ordered(record):
                found.append(("info", "level while ordered"))
            if drugs.parenteral_b12_given(record, 120):
                found.append(("info", "level after an injection"))
            found = found or [("none", "level")]
        if any(code in codes.INTRINSIC_FACTOR_TESTS for code in asked):
            lately = drugs.parenteral_b12_given(record, 14)
            found.append(("info", "antibody") if lately else ("none", "antibody"))
    return found


def folate_deficiency_with_b12(sitting):
    """T23."""
    if not problems.has(sitting.record, "folate_deficiency"):
        return []
    return [("info", "by code" if sitting.is_b12(one) else "by words") for one in sitting.judged_or_named_b12]
