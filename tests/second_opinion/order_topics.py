"""The topics of an order, without folic acid and potassium. Each gives findings (level, why) over the judged drafts."""

import re
from decimal import Decimal

from . import codes, doses, drugs, problems, taken, treatment
from .drafts import is_settled
from .facts import shows_deficiency
from .raw import belongs_to, codings, many, of_type, part, text
from .results import low_folate, spelled, within
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
            self.is_b12(one) and codes.INJECTION in self.routes(one) for one in all_drafts if is_settled(one)
        )

    def is_b12(self, draft):
        return drugs.is_drug(draft, "b12", self.medications)

    def rows(self, draft):
        return drugs.rows_of(draft, self.medications)

    def routes(self, draft):
        return doses.routes(self.rows(draft), "b12", many(draft, "dosageInstruction"))

    def daily_mg(self, draft):
        return doses.daily_mg(self.rows(draft), "b12", many(draft, "dosageInstruction"))


# --- T05, T06 ---------------------------------------------------------------------------------------------------------


def leber(record):
    """(sure, perhaps): the disease itself in any clinical status; optic atrophy, or Leber's in a relative who counts."""
    atrophy = problems.ever(record, "hereditary_optic_atrophy")
    return problems.ever(record, "leber"), atrophy or leber_in_the_family(record)


def leber_cyanocobalamin(sitting):
    sure, perhaps = leber(sitting.record)
    found = []
    if not sure and not perhaps:
        return []
    for draft in sitting.judged_or_named_b12:
        kinds = drugs.cobalamins(draft, sitting.medications)
        if "cyanocobalamin" in kinds:
            found.append(("critical" if sure else "warning", "cyanocobalamin"))
        if "mecobalamin" in kinds:
            found.append(("info", "mecobalamin"))
    return found


def leber_on_view(record):
    """T05c."""
    sure, perhaps = leber(record)
    if not sure and not perhaps:
        return []
    now, sometime = cyanocobalamin_runs(record)
    if now:
        return [("critical" if sure else "warning", "cyanocobalamin runs")]
    return [("warning", "cyanocobalamin on record")] if sometime else []


def cyanocobalamin_runs(record):
    """(surely now, perhaps): ordered within 456 days or given within 120; an old order, a statement, or words."""
    medications = drugs.record_medications(record)

    def is_it(one):
        return "cyanocobalamin" in drugs.cobalamins(one, medications)

    orders = [pair for pair in taken.active_orders(record, "b12", as_called=True) if is_it(pair[0])]
    given = [pair for pair in taken.given(record, "b12", as_called=True) if is_it(pair[0])]
    now = any(within(written, record, 456) for _, written in orders) or any(
        within(last, record, 120) for _, last in given
    )
    statements = [one for one in taken.active_statements(record, "b12") if is_it(one)]
    for sure in (True, False):  # M8: what was handed over longer ago may still be in supply
        statements += [one for one in taken.dispenses_in_use(record, "b12", sure) if is_it(one)]
    worded = [pair for pair in taken.active_orders(record, "b12", False, True) if is_it(pair[0])]
    worded += [pair for pair in taken.given(record, "b12", False, True) if is_it(pair[0]) and near(pair[1], record)]
    worded += [one for one in taken.active_statements(record, "b12", sure=False) if is_it(one)]
    undated = [one for one, last in given if last is None]
    return now, bool(orders or statements or worded or undated)


def near(when, record):
    return when is None or within(when, record, 120)


def leber_in_the_family(record):
    """T05b; the sex of the patient says whether a child counts."""
    for history in of_type(record["resources"], "FamilyMemberHistory"):
        if not belongs_to(history, record["patient_id"]) or history.get("status") == "entered-in-error":
            continue
        for condition in many(history, "condition"):
            listed = any(problems.matches(pair, "leber") for pair in codings(part(condition, "code")))
            if listed and relative_counts(part(history, "relationship"), problems.sex(record)):
                return True
    return False


def relative_counts(relationship, sex):
    said = [code for _, code in codings(relationship)] or [text(relationship, "text").strip().lower()]
    for one in said:
        if one in codes.RELATIVES["do not count"]:
            return False
        if one in codes.RELATIVES["children"]:
            return sex != "male"
    return True


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
    """A21 and T06b: words that deny are left out before names are looked for."""
    concepts = [part(allergy, "code")] + [part(reaction, "substance") for reaction in many(allergy, "reaction")]
    found = []
    for concept in concepts:
        if denies_all(text(concept, "text")):
            continue
        said = words_of(concept)
        coded = any(row[0] == "b12" and (row[1], row[2]) in codings(concept) for row in codes.DRUGS)
        if coded or any(word in said for word in codes.ALLERGY_WORDS):
            found.append(("warning" if mild(allergy) else "critical", "a cobalamin"))
        if "cobalt" in said or "kobalt" in said:
            found.append(("warning", "cobalt"))
    return found


def words_of(concept):
    """What the words of a concept say, without the parts that deny."""
    words = [text(concept, "text")] + [text(coding, "display") for coding in many(concept, "coding")]
    parts = [one for word in words for one in parts_of(word)]
    return " | ".join(one for one in parts if not denies(one))


def parts_of(words):
    plain = words.translate(drugs.ZERO_WIDTH).lower()
    return [one.strip() for one in re.split(r"[;.,()|\n]|\bbut\b", plain) if one.strip()]


def denies(words):
    return any(one in words for one in codes.DENIALS)


def denies_all(words):
    return bool(parts_of(words)) and all(denies(one) for one in parts_of(words))


def mild(allergy):
    """Low criticality, nothing moderate or severe, and every manifestation a mild one (there is one)."""
    reactions = many(allergy, "reaction")
    manifestations = [one for reaction in reactions for one in many(reaction, "manifestation")]
    severe = any(text(reaction, "severity") in ("moderate", "severe") for reaction in reactions)
    return (
        text(allergy, "criticality") == "low"
        and not severe
        and bool(manifestations)
        and all((codes.SNOMED, "422587007") in codings(one) for one in manifestations)
    )


# --- T07, T08, T09, T15: how it is to be given ------------------------------------------------------------------------


def by_mouth(sitting):
    return [one for one in sitting.judged_b12 if codes.BY_MOUTH in sitting.routes(one)]


def b12_route(sitting, facts):
    """T07; that T08 replaces an info is a matter of precedence."""
    nasal = any(codes.ELSEWHERE in sitting.routes(one) for one in sitting.judged_b12)
    if sitting.parenteral_b12 or treatment.injections_suffice(sitting.record, facts):
        return []
    found = [("warning", "neurological")] if facts["neurological"] and (by_mouth(sitting) or nasal) else []
    if facts["neurological"] and not found and any(small_by_unknown_route(sitting, one) for one in sitting.judged_b12):
        found = [("info", "route unknown")]
    return found + ([("info", "lifelong")] if by_mouth(sitting) and (facts["lifelong"] or facts["atrophic"]) else [])


def small_by_unknown_route(sitting, draft):
    """A single dose below 1 mg in an entry, and neither the entry nor the product says by which route."""
    rows = sitting.rows(draft)
    for entry in many(draft, "dosageInstruction"):
        amounts = [doses.quantity_mg(rows, "b12", quantity) for quantity in doses.doses(entry)]
        known = [amount for amount in amounts if amount is not None]
        if known and max(known) < 1 and not doses.routes(rows, "b12", [entry]):
            return True
    return False


def b12_oral_dose_low(sitting, facts):
    """T08."""
    silent = facts["neurological"] or sitting.parenteral_b12 or treatment.injections_suffice(sitting.record, facts)
    if not facts["malabsorption"] or silent:
        return []
    amounts = [sitting.daily_mg(draft) for draft in by_mouth(sitting)]
    return [("warning", "low") for amount in amounts if amount is not None and amount < 1]


def b12_dose_error(sitting):
    """T09."""
    found = []
    for draft in sitting.judged_or_named_b12:
        entries = many(draft, "dosageInstruction")
        kinds = drugs.cobalamins(draft, sitting.medications)
        against_cyanide = any((row[1], row[2]) == (codes.ATC, "V03AB33") for row in sitting.rows(draft))
        amounts = [
            (doses.quantity_mg(sitting.rows(draft), "b12", quantity), entry)
            for entry in entries
            for quantity in doses.doses(entry)
        ]
        if any(amount is not None and amount > TOO_MUCH_MG and not antidote(kinds, against_cyanide, amount, entry)
               for amount, entry in amounts):
            found.append(("critical", "size"))
        if any(too_little_injected(sitting.rows(draft), entry) for entry in entries):
            found.append(("warning", "too little in an injection"))
        if any(is_biological(quantity) for entry in entries for quantity in every_quantity(entry)):
            found.append(("warning", "unit"))
        rows = sitting.rows(draft)
        if any(doses.cannot_be_read(entry) or doses.is_a_crowd(rows, "b12", entry) for entry in entries):
            found.append(("warning", "unclear"))
        gaps = [doses.days_between(entry) for entry in entries]
        if codes.INJECTION in sitting.routes(draft) and any(days is not None and days < 1 for days in gaps):
            found.append(("info", "more than once a day"))
    return found


def too_little_injected(rows, entry):
    """Below 10 micrograms in one injection: milligrams were meant."""
    known = [one for one in (doses.quantity_mg(rows, "b12", quantity) for quantity in doses.doses(entry)) if one is not None]
    return bool(known) and 0 < max(known) < Decimal("0.01") and codes.INJECTION in doses.routes(rows, "b12", [entry])


def antidote(kinds, against_cyanide, amount, entry):
    """A23: hydroxocobalamin into a vein, or 2.5 g and more of it by whatever route."""
    return against_cyanide or (kinds == {"hydroxocobalamin"} and (doses.is_intravenous(entry) or amount >= 2500))


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
    lifelong = facts["lifelong"] or facts["sacd"]
    if not lifelong or facts["latest_b12"] != "adequate":
        return []
    found = []
    for draft in sitting.judged_b12:
        if codes.INJECTION in sitting.routes(draft):
            gaps = [doses.days_between(entry) for entry in many(draft, "dosageInstruction")]
            found += [("info", "beyond three months") for days in gaps if days is not None and days > 92]
    return found


# --- T12, T17, T20, T23 ----------------------------------------------------------------------------------------------


def drug_induced_lupus_on_order(sitting):
    return drug_induced_lupus(sitting.record) if sitting.judged_b12 else []


def b12_pregnancy_on_order(sitting, facts):
    """T17 on order hooks (T17b)."""
    record, found = sitting.record, []
    if problems.has(record, "anaemia_of_pregnancy"):
        found.append("anaemia of pregnancy")
    if facts["pregnant"] and problems.has(record, "megaloblastic_in_pregnancy"):
        found.append("pregnant and megaloblastic")
    if not sitting.judged_b12:
        return []
    proven = (facts["adult"] and shows_deficiency(facts)) or facts["coded"]
    return [("none", "deficiency shown") if proven else ("info", why) for why in found]


def b12_test_uninformative(sitting):
    """T20."""
    record, found = sitting.record, []
    running = treatment.injection_ordered(record, 14, 456) or treatment.injection_given(record, 120)
    for draft in sitting.judged_tests:
        asked = [code for system, code in codings(part(draft, "code")) if system == codes.LOINC]
        if any(code in codes.B12_TESTS for code in asked) and running:
            found.append(("info", "level"))
        if any(code in codes.INTRINSIC_FACTOR_TESTS for code in asked) and treatment.injection_given(record, 14):
            found.append(("info", "antibody"))
    return found


def folate_deficiency_with_b12(sitting):
    """T23 and A12."""
    return [("info", "folate") for _ in sitting.judged_or_named_b12] if folate_is_low(sitting.record) else []


def folate_is_low(record):
    """A12: coded, or low and untreated."""
    low = low_folate(record) and not taken.taking(record, "folic_acid")
    return bool(low or problems.has(record, "folate_deficiency"))
