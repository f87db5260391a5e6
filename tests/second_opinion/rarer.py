"""What few records hold: partial denials, transcobalamin deficiency, inborn errors, drugs that one country alone codes.

Added to a case that is made, with random numbers of its own, so that most cases stay what they were.
"""

from decimal import Decimal

from . import codes, oddities

PERNICIOUS = [  # what a statement denies it names not; what stands in another statement, or before it, it does not touch
    "No known coeliac disease; pernicious anaemia", "pernicious anaemia, no neuropathy",
    "Pernicious anaemia. No evidence of atrophy of the nerves", "No evidence of pernicious anaemia",
    "no pernicious anaemia", "Family history of pernicious anaemia", "pernicious anaemia excluded",
    "Tired. Screening for pernicious anaemia",
]
ALLERGIES = [
    "No known allergy to penicillin; anaphylaxis to cyanocobalamin", "Nuts (not allergic to vitamin B12)",
    "Vitamin B12 injection, but no known drug allergies", "not allergic to vitamin B12", "Denies allergy to hydroxocobalamin",
]
COUNTRY_DRUGS = [(codes.DMD, "319775004"), ("http://hl7.org/fhir/sid/ndc", "0280-2000"),
                 ("http://fhir.de/CodeSystem/ifa/pzn", "00004942"), (codes.RXNORM, "243670")]


def made_rarer(maker, resources):
    """The resources, and now and then with one of these."""
    maker.resources = list(resources)
    for percent, more in ((5, denied_in_part), (5, denied_allergy), (6, transcobalamin), (6, inborn_error), (8, foreign_drug)):
        if maker.chance(percent):
            more(maker)
    return maker.resources


def denied_in_part(m):
    m.add("Condition", code={"text": m.pick(PERNICIOUS)}, **oddities.condition_status(m.rng))


def denied_allergy(m):
    text = m.pick(ALLERGIES)
    coding = {"system": codes.RXNORM, "code": "11248"}
    m.add("AllergyIntolerance", code=m.pick([
        {"text": text}, {"text": text}, {"coding": [coding], "text": text}, {"coding": [{**coding, "display": text}]},
        {"coding": [{"system": "http://lab.example/codes", "code": "9", "display": text}]}]))


def transcobalamin(m):
    """The level is what it is; what is in the tissues is told by active B12 and MMA."""
    m.coded(codes.ICD, "D51.2", "Condition")
    m.b12("adequate", "current")
    metabolites(m)


def inborn_error(m):
    """It raises MMA or homocysteine by itself: neither says anything of vitamin B12."""
    m.problem("inborn_error")
    metabolites(m)


def metabolites(m):
    if m.chance(70):
        m.result("mma", "current", value=m.pick(["400.01", "3600"]), kind="molar")
    if m.chance(30):
        m.result("homocysteine", "current", value=m.pick(["15.1", "100"]))
    if m.chance(80):
        m.result("egfr", "current", value=m.pick(["60", "90"]))


def foreign_drug(m):
    system, code = m.pick(COUNTRY_DRUGS)
    m.add(m.pick(["MedicationRequest", "MedicationStatement"]), status=m.pick(["active", "completed", "stopped"]),
          intent="order", authoredOn=m.ago(30).isoformat(), effectiveDateTime=m.ago(30).isoformat(),
          medicationCodeableConcept={"coding": [{"system": system, "code": code}], "text": "Aspirin 75 mg"},
          dosageInstruction=[{"doseAndRate": [{"doseQuantity": {"value": float(Decimal(75)), "unit": "mg"}}]}])
