"""The question language: what it reads, how it answers each verb, and its manual."""

from datetime import UTC, date

import pytest

from cdshooks.chart.chart import Chart, Coverage, Provided
from cdshooks.review.build import Builder
from cdshooks.rules.answers import NO, UNSURE, YES, Reason
from cdshooks.rules.explain import saw
from cdshooks.rules.language import LanguageError, parse
from cdshooks.rules.verbs import VERBS
from cdshooks.rules.words import Vocabulary
from cdshooks.terms.dates import Clock
from tests.shipped import LIBRARY

TODAY = date(2026, 1, 15)
WORDS = Vocabulary(
    concepts=LIBRARY.concepts.by_name,
    routes=tuple(r.name for r in LIBRARY.concepts.routes),
    doses=LIBRARY.concepts.doses.table,
    hooks=("patient-view", "order-select", "order-sign"),
    dose_kinds=("mass", "count", "volume", "international"),
    notions=dict(LIBRARY.notions),
    notion_classes={name: n.classes for name, n in LIBRARY.notions.items()},
)


def ask(question: str, not_provided=(), hook="patient-view", dosage=None, **patient):
    """The answer to a question about a patient told in the vignettes' shorthand; `dosage` is put into each draft."""
    asked = parse(question, WORDS)
    builder = Builder(LIBRARY, TODAY)
    person, *rows = builder.resources(patient, "test")
    drafts, selected = builder.drafts(patient, "test")
    drafts = [row | {"dosageInstruction": dosage} for row in drafts] if dosage else drafts
    coverage = {n.source: Coverage.COMPLETE for n in asked.needs() if n.source not in not_provided}
    chart = Chart(
        LIBRARY.concepts, Clock(TODAY, UTC), "vignette", hook, Provided(person, tuple(rows), coverage), drafts,
        selected if drafts else None,
    )  # fmt: skip
    return asked.ask(chart)


def b12(*told):
    return {"results": {"b12_total": list(told)}}


LATEST = "latest b12_total within 365 days is deficient"
K = "latest potassium within 7 days below 3.5 mmol/L"
ALLERGIC = "allergic to vitamin_b12 beyond mild_reaction"
FAMILY = "family history of leber_optic_neuropathy among maternal_line"
BETWEEN = "drafting hydroxocobalamin with single dose above 10 mg and below 2500 mg"
TOTAL = "drafting folic_acid with total dose at least 1 mg"
WRITTEN = "perhaps drafting cyanocobalamin with written dose above 10 mg"
NEAR = "not earlier than 90 days before latest b12"
SINCE = "not earlier than nitrous_oxide_harm"
IN_SPITE = "latest b12 within 365 days and 60 days or more after starting vitamin_b12 with no dose since is deficient"
SPEC = [
    # question, patient, answer
    (LATEST, b12("179 ng/L, 365 days ago"), YES),
    (LATEST, b12("179 ng/L, 366 days ago"), UNSURE),
    (LATEST, b12("180 ng/L, today"), NO),
    (LATEST, b12("132.9 pmol/L, today"), YES),
    (LATEST, b12("133 pmol/L, today"), NO),
    (LATEST, b12("<150 ng/L, today"), YES),
    (LATEST, b12("<200 ng/L, today"), NO),
    (LATEST, b12(">150 ng/L, today"), UNSURE),
    (LATEST, b12("150 without unit, today"), UNSURE),
    (LATEST, b12("150 ng/L, today, status preliminary"), UNSURE),
    (LATEST, b12("150 ng/L, 2025"), UNSURE),
    (LATEST, b12("150 ng/L, 2026"), YES),
    (LATEST, b12("150 ng/L, 20 days ago", "400 ng/L, 10 days ago"), NO),
    (LATEST, b12("400 ng/L, 20 days ago", "150 ng/L, 10 days ago"), YES),
    (LATEST, b12("400 ng/L, 20 days ago", "150 without unit, 10 days ago"), NO),
    (LATEST, b12("150 ng/L, 2027-01-01"), UNSURE),
    ("latest b12 within 365 days is deficient", {"results": {"b12_total": "400 ng/L, 5 days ago", "b12_active": "20 pmol/L, 5 days ago"}}, YES),
    ("latest b12 within 365 days is deficient", {"results": {"b12_total": "400 ng/L, 4 days ago", "b12_active": "20 pmol/L, 5 days ago"}}, YES),
    ("latest b12 within 365 days is deficient", {"results": {"b12_total": "150 ng/L, 4 days ago", "b12_active": "90 pmol/L, 94 days ago"}}, NO),
    ("latest b12 within 365 days is deficient", {"results": {"b12_total": "150 ng/L, 4 days ago", "b12_active": "90 pmol/L, 95 days ago"}}, YES),
    ("latest b12 within 365 days is deficient", {"results": {"b12_total": "150 ng/L, 94 days ago", "b12_active": "90 pmol/L, 4 days ago"}}, NO),
    ("latest b12 within 365 days is deficient",
     {"results": {"b12_total": "150 ng/L, 4 days ago", "b12_active": "90 pmol/L, 20 days ago"}, "given": {"vitamin_b12": "10 days ago"}}, YES),
    ("latest b12 within 365 days is deficient",
     {"results": {"b12_total": "400 ng/L, 4 days ago", "b12_active": "20 pmol/L, 20 days ago"}, "given": {"vitamin_b12": "10 days ago"}}, YES),
    ("latest b12 within 365 days is adequate", {"results": {"b12_total": ["150 ng/L, 4 days ago", "400 ng/L, 4 days ago"]}}, NO),
    (LATEST, b12("400 ng/L, today", "150 ng/L, today"), YES),
    (LATEST, b12("19.9 ng/L, today"), UNSURE),
    (LATEST, b12("20 ng/L, today"), YES),
    (LATEST, b12("<10 ng/L, today"), YES),
    (LATEST, b12("150 pg/dL, today"), UNSURE),
    (LATEST, b12("150 ng/L, 3 days ago", "0 ng/L, today"), YES),
    ("latest b12 within 365 days is adequate", b12("100000 ng/L, today"), YES),
    ("latest b12 within 365 days is adequate", b12("100001 ng/L, today"), UNSURE),
    ("latest b12 within 365 days is adequate", b12(">2000 ng/L, today"), YES),
    (LATEST, b12("150 ng/L, today, code 16695-9"), YES),
    (LATEST, b12("100 pmol/L, today, code 16695-9"), UNSURE),
    (K, {"results": {"potassium": "1.49 mmol/L, today"}}, UNSURE),
    (K, {"results": {"potassium": "1.5 mmol/L, today"}}, YES),
    (K, {"results": {"potassium": "41 mmol/L, today"}}, UNSURE),
    ("latest mcv within 90 days above 100 fL", {"results": {"mcv": "171 fL, today"}}, UNSURE),
    ("latest mcv within 90 days above 100 fL", {"results": {"mcv": "170 fL, today"}}, YES),
    ("latest folate within 365 days is low", {"results": {"serum_folate": "2.9 ug/L, today"}}, YES),
    ("latest folate within 365 days is low", {"results": {"serum_folate": "3 ug/L, today"}}, NO),
    ("latest folate within 365 days is low", {"results": {"serum_folate": "6.9 nmol/L, today"}}, YES),
    ("latest folate within 365 days is low", {"results": {"red_cell_folate": "149 ug/L, today", "serum_folate": "5 ug/L, today"}}, YES),
    ("latest folate within 365 days is low", {"results": {"red_cell_folate": "340 nmol/L, today"}}, NO),
    ("latest homocysteine within 365 days is raised", {"results": {"homocysteine": "15.1 umol/L, today"}}, YES),
    ("latest homocysteine within 365 days is raised", {"results": {"homocysteine": "15 umol/L, today"}}, NO),
    ("latest homocysteine within 365 days is raised", {"results": {"homocysteine": "14 umol/L, today, limit 12 umol/L"}}, YES),
    ("latest intrinsic_factor_antibody is positive", {"results": {"intrinsic_factor_antibody": "positive, today"}}, YES),
    ("latest intrinsic_factor_antibody is positive", {"results": {"intrinsic_factor_antibody": "negative, today"}}, NO),
    (f"latest mma within 365 days and {NEAR} is normal", {"results": {"mma": "200 nmol/L, 95 days ago", "b12_total": "200 ng/L, 5 days ago"}}, YES),
    (f"latest mma within 365 days and {NEAR} is normal", {"results": {"mma": "200 nmol/L, 96 days ago", "b12_total": "200 ng/L, 5 days ago"}}, UNSURE),
    (f"latest mma within 365 days and {NEAR} is normal", {"results": {"mma": "200 nmol/L, today", "b12_total": "200 ng/L, 300 days ago"}}, YES),
    (f"latest mma within 365 days and {NEAR} is normal", {"results": {"mma": "900 nmol/L, today", "b12_total": "200 ng/L, 5 days ago"}}, NO),
    (f"latest mma within 365 days and {NEAR} is normal", {"results": {"mma": "200 nmol/L, 5 days ago"}}, UNSURE),
    (f"latest mma within 365 days and {SINCE} is normal", {"problems": {"nitrous_oxide_harm": "30 days ago"}, "results": {"mma": "200 nmol/L, 30 days ago"}}, YES),
    (f"latest mma within 365 days and {SINCE} is normal", {"problems": {"nitrous_oxide_harm": "30 days ago"}, "results": {"mma": "200 nmol/L, 31 days ago"}}, UNSURE),
    (f"latest mma within 365 days and {SINCE} is normal",
     {"problems": {"nitrous_oxide_harm": ["300 days ago", "30 days ago"]}, "results": {"mma": "200 nmol/L, 31 days ago"}}, UNSURE),
    (f"latest mma within 365 days and {SINCE} is normal", {"problems": {"nitrous_oxide_harm": "active"}, "results": {"mma": "200 nmol/L, today"}}, UNSURE),
    (IN_SPITE, b12("150 ng/L, 5 days ago") | {"taking": {"vitamin_b12": "65 days ago"}}, YES),
    (IN_SPITE, b12("150 ng/L, 5 days ago") | {"taking": {"vitamin_b12": "64 days ago"}}, NO),
    (IN_SPITE, b12("150 ng/L, 5 days ago") | {"taking": {"vitamin_b12": ["200 days ago, status completed", "20 days ago"]}}, YES),
    (IN_SPITE, b12("150 ng/L, 5 days ago") | {"taking": {"vitamin_b12": ["200 days ago", "4 days ago"]}}, NO),
    (IN_SPITE, b12("150 ng/L, 5 days ago") | {"taking": {"vitamin_b12": "65 days ago"}, "given": {"vitamin_b12": "5 days ago"}}, NO),
    (IN_SPITE, b12("150 ng/L, 5 days ago") | {"taking": {"vitamin_b12": "65 days ago"}, "given": {"vitamin_b12": "6 days ago"}}, YES),
    (IN_SPITE, b12("150 ng/L, 5 days ago") | {"taking": {"vitamin_b12": "65 days ago"}, "dispensed": {"vitamin_b12": "3 days ago"}}, NO),
    (IN_SPITE, b12("150 ng/L, 5 days ago") | {"taking": {"vitamin_b12": "65 days ago"}, "given": {"vitamin_b12": "3 days ago, words Vitamin B12"}}, UNSURE),
    (IN_SPITE, b12("150 ng/L, 5 days ago") | {"given": {"vitamin_b12": ["90 days ago", "65 days ago"]}}, YES),
    (IN_SPITE, b12("150 ng/L, 5 days ago") | {"given": {"vitamin_b12": "64 days ago"}}, NO),
    (IN_SPITE, b12("150 ng/L, 5 days ago"), NO),
    (IN_SPITE, b12("200 ng/L, 5 days ago") | {"taking": {"vitamin_b12": "65 days ago"}}, NO),
    ("latest b12 within 365 days is deficient",
     b12("150 ng/L, 300 days ago", "400 ng/L, 100 days ago") | {"given": {"vitamin_b12": "200 days ago"}}, YES),
    ("latest b12 within 365 days is deficient",
     b12("150 ng/L, 300 days ago", "400 ng/L, 100 days ago") | {"given": {"vitamin_b12": "310 days ago"}}, NO),
    (K, {"results": {"potassium": "3.49 mmol/L, 7 days ago"}}, YES),
    (K, {"results": {"potassium": "3.5 meq/L, today"}}, NO),
    (K, {"results": {"potassium": "3.4 mmol/L, 8 days ago"}}, UNSURE),
    (K, {"results": {"potassium": "<4 mmol/L, today"}}, UNSURE),
    (K, {"results": {"potassium": ">3.5 mmol/L, today"}}, NO),
    (K, {"results": {"potassium": "13 mg/dL, today"}}, YES),
    ("latest mma within 365 days is raised", {"results": {"mma": "0.41 umol/L, today"}}, YES),
    ("latest mma within 365 days is raised", {"results": {"mma": "400 nmol/L, today"}}, NO),
    ("latest mma within 365 days is raised", {"results": {"mma": "390 nmol/L, today, limit 378 nmol/L"}}, YES),
    ("latest mma within 365 days is raised", {"results": {"mma": "410 nmol/L, today, limit 420 nmol/L"}}, NO),
    ("latest mma within 365 days is raised", {"results": {"mma": "410 nmol/L, today, limit 50 ug/L"}}, YES),
    ("latest pregnancy_status within 300 days is pregnant", {"results": {"pregnancy_status": "pregnant, 300 days ago"}}, YES),
    ("no potassium within 7 days", {}, YES),
    ("no potassium within 7 days", {"results": {"potassium": "4 mmol/L, 7 days ago"}}, NO),
    ("no potassium within 7 days", {"results": {"potassium": "4 mmol/L, 8 days ago"}}, YES),
    ("no potassium within 7 days", {"results": {"potassium": "4 without unit, 1 days ago"}}, YES),
    ("preliminary b12 within 365 days is deficient", b12("150 ng/L, today, status preliminary"), YES),
    ("preliminary b12 within 365 days is deficient", b12("150 ng/L, today"), NO),
    ("preliminary potassium within 1 days below 3.0 mmol/L", {"results": {"potassium": "2.9 mmol/L, 1 day ago, status preliminary"}}, YES),
    ("preliminary potassium within 1 days below 3.0 mmol/L", {"results": {"potassium": "2.9 mmol/L, 2 days ago, status preliminary"}}, NO),
    ("preliminary potassium within 1 days below 3.0 mmol/L", {"results": {"potassium": "3.0 mmol/L, 1 day ago, status preliminary"}}, NO),
    ("preliminary potassium within 1 days below 3.0 mmol/L",
     {"results": {"potassium": ["2.9 mmol/L, 1 day ago, status preliminary", "3.6 mmol/L, today"]}}, NO),
    ("preliminary potassium within 1 days below 3.0 mmol/L", {"results": {"potassium": "0.3 mmol/L, today, status preliminary"}}, NO),
    ("no b12 ever", b12("150 ng/L, 20 years ago"), NO),
    ("no b12 ever", b12("150 without unit, 20 years ago"), YES),
    ("has lactation that started within 24 months", {"problems": {"lactation": "24 months ago"}}, YES),
    ("has lactation that started within 24 months", {"problems": {"lactation": "2024-01-14"}}, NO),
    ("has pregnancy with no lactation since", {"problems": {"pregnancy": "200 days ago", "lactation": "10 days ago"}}, NO),
    ("has pregnancy with no lactation since", {"problems": {"pregnancy": "200 days ago", "lactation": "10 days ago, resolved"}}, NO),
    ("has pregnancy with no lactation since", {"problems": {"pregnancy": "200 days ago", "lactation": "200 days ago"}}, NO),
    ("has pregnancy with no lactation since", {"problems": {"pregnancy": "200 days ago", "lactation": "201 days ago"}}, YES),
    ("has pregnancy with no lactation since", {"problems": {"pregnancy": "200 days ago", "lactation": "active"}}, UNSURE),
    ("has pregnancy with no lactation since", {"problems": {"pregnancy": "active"}}, YES),
    ("unusable b12 within 365 days", b12("150 without unit, 3 days ago"), YES),
    ("unusable b12 within 365 days", b12("150 without unit, 3 days ago", "400 ng/L, 2 days ago"), NO),
    ("unusable b12 within 365 days", b12("150 without unit, 1 days ago", "400 ng/L, 2 days ago"), YES),
    ("unusable b12 within 365 days", b12("150 without unit, 1 days ago, status cancelled"), NO),
    ("unusable b12 within 365 days", b12("150 ng/L, without date"), YES),
    ("has pernicious_anaemia", {"problems": {"pernicious_anaemia": "10 days ago"}}, YES),
    ("has pernicious_anaemia", {"problems": {"pernicious_anaemia": "resolved"}}, NO),
    ("has pernicious_anaemia", {}, NO),
    ("has ileal_resection", {"procedures": {"ileal_resection": "10 years ago"}}, YES),
    ("has ileal_resection", {"procedures": {"ileal_resection": "today, status not-done"}}, NO),
    ("has pregnancy that started within 300 days", {"problems": {"pregnancy": "300 days ago"}}, YES),
    ("has pregnancy that started within 300 days", {"problems": {"pregnancy": "301 days ago"}}, NO),
    ("has pregnancy that started within 300 days", {"problems": {"pregnancy": "active"}}, UNSURE),
    ("taking metformin for 4 months", {"taking": {"metformin": "4 months ago"}}, YES),
    ("taking metformin for 4 months", {"taking": {"metformin": "2025-09-16"}}, NO),
    ("taking metformin", {"taking": {"metformin": "10 years ago"}}, YES),
    ("taking metformin", {"taking": {"metformin": "today, status stopped"}}, NO),
    ("taking metformin", {"taking": {"metformin": "today, intent proposal"}}, NO),
    ("taking metformin", {"stating": {"metformin": "2024"}}, YES),
    ("taking vitamin_b12 written within 456 days", {"taking": {"vitamin_b12": "456 days ago"}}, YES),
    ("taking vitamin_b12 written within 456 days", {"taking": {"vitamin_b12": "457 days ago"}}, NO),
    ("taking vitamin_b12 written within 456 days", {"taking": {"vitamin_b12": "without date"}}, UNSURE),
    ("taking vitamin_b12", {"taking": {"vitamin_b12": "today, words Vitamin B12"}}, UNSURE),
    ("surely taking vitamin_b12", {"taking": {"vitamin_b12": "today, words Vitamin B12"}}, NO),
    ("possibly taking vitamin_b12", {"taking": {"vitamin_b12": "today, words Vitamin B12"}}, YES),
    ("given vitamin_b12 within 120 days", {"given": {"vitamin_b12": "10 days ago, words Vitamin B12"}}, UNSURE),
    ("given vitamin_b12 within 120 days", {"given": {"vitamin_b12": "121 days ago, words Vitamin B12"}}, NO),
    ("taking methotrexate with weekly dose at most 30 mg", {"taking": {"methotrexate": "15 mg weekly"}}, YES),
    ("taking methotrexate with weekly dose at most 30 mg", {"taking": {"methotrexate": "5 mg daily"}}, NO),
    ("taking methotrexate with weekly dose at most 30 mg", {"taking": {"methotrexate": "today"}}, UNSURE),
    ("given vitamin_b12 within 120 days", {"given": {"vitamin_b12": "120 days ago"}}, YES),
    ("given vitamin_b12 within 120 days", {"given": {"vitamin_b12": "121 days ago"}}, NO),
    ("drafting folic_acid with daily dose at least 1 mg", {"drafting": {"folic_acid": "1 mg daily"}}, YES),
    ("drafting folic_acid with daily dose at least 1 mg", {"drafting": {"folic_acid": "0.5 mg twice daily"}}, YES),
    ("drafting folic_acid with daily dose at least 1 mg", {"drafting": {"folic_acid": "6.9 mg weekly"}}, NO),
    ("drafting folic_acid with daily dose at least 1 mg", {"drafting": {"folic_acid": "7 mg weekly"}}, YES),
    ("drafting folic_acid with daily dose at least 1 mg", {"drafting": {"folic_acid": "1 tablet daily, code 198640"}}, NO),
    ("drafting folic_acid with daily dose at least 1 mg", {"drafting": {"folic_acid": "1 without unit daily, code 199318"}}, YES),
    ("drafting folic_acid with daily dose at least 1 mg", {"drafting": {"folic_acid": "5 mg"}}, UNSURE),
    ("drafting folic_acid with daily dose at least 1 mg", {"drafting": {"folic_acid": "1 tablet daily, code 4511"}}, UNSURE),
    ("drafting folic_acid with single dose above 4 mg", {"drafting": {"folic_acid": "5 mg"}}, YES),
    ("drafting folic_acid", {"also_drafting": {"folic_acid": "5 mg daily"}, "drafting": {"metformin": "500 mg daily"}}, NO),
    ("also drafting folic_acid", {"also_drafting": {"folic_acid": "5 mg daily"}, "drafting": {"metformin": "500 mg daily"}}, YES),
    ("also drafting folic_acid", {"drafting": {"metformin": "500 mg daily"}}, NO),
    ("drafting vitamin_b12 by parenteral", {"drafting": {"vitamin_b12": "1 mg daily, by intramuscular"}}, YES),
    ("drafting vitamin_b12 by parenteral", {"drafting": {"vitamin_b12": "1 mg daily, by oral"}}, NO),
    ("drafting vitamin_b12 by parenteral", {"drafting": {"vitamin_b12": "1 mg daily, code 317106"}}, YES),
    ("drafting vitamin_b12 by parenteral", {"drafting": {"vitamin_b12": "1 mg daily, code 11248"}}, UNSURE),
    ("taking vitamin_b12 at intervals above 7 days", {"taking": {"vitamin_b12": "1 mg every 8 days"}}, YES),
    ("taking vitamin_b12 at intervals above 7 days", {"taking": {"vitamin_b12": "1 mg weekly"}}, NO),
    ("taking vitamin_b12 at intervals above 7 days", {"taking": {"vitamin_b12": "1 mg"}}, UNSURE),
    ("taking vitamin_b12 written at least 14 days ago", {"taking": {"vitamin_b12": "14 days ago"}}, YES),
    ("taking vitamin_b12 written at least 14 days ago", {"taking": {"vitamin_b12": "13 days ago"}}, NO),
    ("taking vitamin_b12 written at least 14 days ago", {"taking": {"vitamin_b12": "without date"}}, UNSURE),
    (TOTAL, {"drafting": {"folic_acid": ["0.5 mg daily", "0.5 mg daily"]}}, YES),
    (TOTAL, {"drafting": {"folic_acid": ["0.5 mg daily", "0.4 mg daily"]}}, NO),
    (TOTAL, {"drafting": {"folic_acid": "0.5 mg daily"}, "also_drafting": {"folic_acid": "0.5 mg daily"}}, YES),
    (TOTAL, {"drafting": {"folic_acid": ["5 mg daily", "5 mg"]}}, UNSURE),
    (TOTAL, {"drafting": {"folic_acid": "0.9 mg daily"}}, NO),
    *((WRITTEN, {"drafting": {"cyanocobalamin": f"words {words}"}}, YES) for words in (
        "Cyanocobalamin 1000 mg IM", "cyanocobalamin injection 100 mg", "Injection of cyanocobalamin 1000 mg",
        "cyanocobalamin 1000 mg per month", "inj - cyanocobalamin 15000 mcg")),
    *((WRITTEN, {"drafting": {"cyanocobalamin": f"words {words}"}}, NO) for words in (
        "Thiamine-pyridoxine-cyanocobalamin 100 mg-100 mg-1 mg", "pyridoxine-cyanocobalamin 50 mg",
        "pyridoxine/cyanocobalamin 50 mg/1 mg", "cyanocobalamin 50 mg/1 mg", "cyanocobalamin with calcium 500 mg",
        "calcium and cyanocobalamin 500 mg", "cyanocobalamin 30 mg in 30 mL vial", "cyanocobalamin 30 mg per mL")),
    (WRITTEN, {"drafting": {"cyanocobalamin": "words Vitamin B12 1000 mg"}}, YES),
    (WRITTEN, {"drafting": {"cyanocobalamin": "words Vitamin B12 1000 mcg"}}, NO),
    (WRITTEN, {"drafting": {"cyanocobalamin": "words Vitamin B12 and iron 100 mg/5 mL"}}, NO),
    (WRITTEN, {"drafting": {"cyanocobalamin": "words Vitamin B12"}}, NO),
    ("perhaps drafting cyanocobalamin", {"drafting": {"cyanocobalamin": "words Vitamin B12"}}, YES),
    ("perhaps drafting cyanocobalamin", {"drafting": {"folic_acid": "5 mg daily"}}, NO),
    ("ever had pernicious_anaemia", {"problems": {"pernicious_anaemia": "10 days ago"}}, YES),
    ("ever had pernicious_anaemia", {"problems": {"pernicious_anaemia": "resolved"}}, YES),
    ("ever had pernicious_anaemia", {"problems": {"pernicious_anaemia": "inactive"}}, YES),
    ("ever had pernicious_anaemia", {}, NO),
    (ALLERGIC, {"allergies": {"vitamin_b12": "code 11248"}}, YES),
    (ALLERGIC, {"allergies": {"vitamin_b12": "code 11248, criticality low, reaction Nausea"}}, NO),
    (ALLERGIC, {"allergies": {"vitamin_b12": "code 11248, criticality low, reaction NAUSEA"}}, NO),
    (ALLERGIC, {"allergies": {"vitamin_b12": "code 11248, criticality low, reaction nausea and wheeze"}}, YES),
    (ALLERGIC, {"allergies": {"vitamin_b12": "code 11248, criticality low"}}, YES),
    (ALLERGIC, {"allergies": {"vitamin_b12": "code 11248, reaction Nausea"}}, YES),
    (ALLERGIC, {"allergies": {"vitamin_b12": "code 11248, criticality unable-to-assess, reaction Nausea"}}, YES),
    (ALLERGIC, {}, NO),
    ("allergic to vitamin_b12", {"allergies": {"vitamin_b12": "code 11248, criticality low, reaction Nausea"}}, YES),
    ("allergic to vitamin_b12", {"allergies": {"vitamin_b12": "words No known allergy to vitamin B12"}}, NO),
    ("allergic to vitamin_b12", {"allergies": {"vitamin_b12": "words Rash after vitamin B12; no known food allergy"}}, YES),
    (FAMILY, {"family": {"leber_optic_neuropathy": "relative mother"}}, YES),
    (FAMILY, {"family": {"leber_optic_neuropathy": "relative father"}}, NO),
    (FAMILY, {"family": {"leber_optic_neuropathy": "relative maternal grandfather"}}, NO),
    (FAMILY, {"family": {"leber_optic_neuropathy": "relative son"}}, NO),
    (FAMILY, {"family": {"leber_optic_neuropathy": "code 58610003"}}, UNSURE),
    (FAMILY, {"family": {"leber_optic_neuropathy": ["relative father", "relative sister"]}}, YES),
    (FAMILY, {}, NO),
    ("sex is female", {"sex": "female"}, YES),
    ("sex is female", {"sex": "male"}, NO),
    ("sex is female", {"sex": "unknown"}, UNSURE),
    ("sex is female", {}, UNSURE),
    ("age at least 16 years", {"born": "2010-01-15"}, YES),
    ("age at least 16 years", {"born": "2010-01-16"}, NO),
    ("age at least 16 years", {"born": "2010"}, YES),
    ("age at least 16 years", {"age": "not recorded"}, UNSURE),
    ("age below 16 years", {"born": "2010-01-16"}, YES),
    ("deceased", {"deceased": True}, YES),
    ("deceased", {}, NO),
    ("hook is patient-view", {}, YES),
    ("hook is order-sign", {}, NO),
    ("b12_status is deficient or indeterminate", b12("200 ng/L, today"), YES),
    ("surely age at least 16 years", {"age": "not recorded"}, NO),
    ("possibly age at least 16 years", {"age": "not recorded"}, YES),
    ("no b12 within 36 months", b12("400 ng/L, 36 months ago"), NO),
    ("no b12 within 36 months", b12("400 ng/L, 2023-01-14"), YES),
    ("requesting b12", {"requesting": {"b12_active": "code 72160-5"}}, YES),
    ("requesting b12", {"requesting": {"mma": "code 13964-2"}}, NO),
    ("requesting b12", {"also_requesting": {"b12_total": "code 2132-9"}, "drafting": {"metformin": "500 mg daily"}}, NO),
    ("requested b12 within 14 days", {"requested": {"b12_active": "14 days ago"}}, YES),
    ("requested b12 within 14 days", {"requested": {"b12_active": "15 days ago"}}, NO),
    ("requested b12 within 14 days", {"requested": {"b12_total": "1 day ago, status completed"}}, NO),
    ("requested b12 within 14 days", {"requested": {"b12_total": "1 day ago, status revoked"}}, NO),
    ("requested b12 within 14 days", {"requested": {"b12_total": "1 day ago, intent proposal"}}, NO),
    ("requested b12 within 14 days", {"requested": {"b12_total": "without date"}}, UNSURE),
    ("requested b12 within 14 days", {"requested": {"mma": "1 day ago"}}, NO),
    ("requested b12 within 14 days", {"requesting": {"b12_total": "code 2132-9"}}, NO),
    ("allergic to vitamin_b12", {"allergies": {"vitamin_b12": "code 11248"}}, YES),
    ("allergic to vitamin_b12", {"allergies": {"vitamin_b12": "words Vitamin B12 injection"}}, YES),
    ("allergic to vitamin_b12", {"allergies": {"vitamin_b12": "code 11248, status resolved"}}, NO),
    ("allergic to cobalt", {"allergies": {"cobalt": "words Cobalt (patch test)"}}, YES),
    ("allergic to cobalt", {"allergies": {"vitamin_b12": "words Cyanocobalamin"}}, NO),
    ("family history of leber_optic_neuropathy", {"family": {"leber_optic_neuropathy": "code 58610003"}}, YES),
    ("family history of leber_optic_neuropathy", {"problems": {"leber_optic_neuropathy": "active"}}, NO),
    ("started vitamin_b12 at least 42 days ago", {"taking": {"vitamin_b12": "42 days ago"}}, YES),
    ("started vitamin_b12 at least 42 days ago", {"taking": {"vitamin_b12": "41 days ago"}}, NO),
    ("started vitamin_b12 at least 42 days ago", {"taking": {"vitamin_b12": ["41 days ago", "50 days ago"]}}, YES),
    ("started vitamin_b12 at least 42 days ago", {"taking": {"vitamin_b12": "without date"}}, UNSURE),
    ("started vitamin_b12 at least 90 days ago", {"taking": {"vitamin_b12": ["400 days ago, status completed", "20 days ago"]}}, YES),
    ("started vitamin_b12 at least 90 days ago", {"taking": {"vitamin_b12": ["565 days ago, status completed", "20 days ago"]}}, YES),
    ("started vitamin_b12 at least 90 days ago", {"taking": {"vitamin_b12": ["566 days ago, status completed", "20 days ago"]}}, UNSURE),
    ("started vitamin_b12 at least 90 days ago", {"taking": {"vitamin_b12": ["566 days ago, status stopped", "20 days ago"]}}, NO),
    ("started vitamin_b12 at least 90 days ago", {"taking": {"vitamin_b12": ["400 days ago, until 2025-06-29, status completed", "20 days ago"]}}, YES),
    ("started vitamin_b12 at least 90 days ago", {"taking": {"vitamin_b12": ["400 days ago, until 2025-06-28, status completed", "20 days ago"]}}, NO),
    ("started vitamin_b12 at least 90 days ago", {"taking": {"vitamin_b12": ["400 days ago, status cancelled", "20 days ago"]}}, NO),
    ("started vitamin_b12 at least 90 days ago", {"taking": {"vitamin_b12": ["400 days ago, status draft", "20 days ago"]}}, NO),
    ("started vitamin_b12 at least 90 days ago", {"taking": {"vitamin_b12": ["400 days ago, status entered-in-error", "20 days ago"]}}, NO),
    ("started vitamin_b12 at least 90 days ago", {"taking": {"vitamin_b12": "400 days ago, status stopped"}}, NO),
    ("started vitamin_b12 at least 90 days ago", {"taking": {"vitamin_b12": "20 days ago"}, "dispensed": {"vitamin_b12": "300 days ago"}}, YES),
    ("started vitamin_b12 at least 90 days ago", {"taking": {"vitamin_b12": "20 days ago"}, "stating": {"vitamin_b12": "300 days ago, status stopped"}}, YES),
    ("started vitamin_b12 at least 90 days ago", {"taking": {"vitamin_b12": "20 days ago"}, "stating": {"vitamin_b12": "300 days ago, status not-taken"}}, NO),
    ("started vitamin_b12 at least 90 days ago", {"taking": {"vitamin_b12": "20 days ago"}, "given": {"vitamin_b12": "300 days ago"}}, NO),
    ("started vitamin_b12 at least 90 days ago", {"taking": {"vitamin_b12": ["300 days ago, words Vitamin B12, status completed", "20 days ago"]}}, UNSURE),
    ("started vitamin_b12 at least 90 days ago", {"dispensed": {"vitamin_b12": ["300 days ago", "120 days ago"]}}, YES),
    ("started vitamin_b12 at least 90 days ago", {"dispensed": {"vitamin_b12": ["300 days ago", "121 days ago"]}}, NO),
    ("started vitamin_b12 at least 90 days ago", {"dispensed": {"vitamin_b12": "300 days ago, for 300 days"}}, YES),
    ("taking metformin for 4 months", {"taking": {"metformin": ["2019-03-01, status completed", "2025-11-20"]}}, UNSURE),
    ("taking metformin for 4 months", {"taking": {"metformin": ["2025-03-01, status completed", "2025-11-20"]}}, YES),
    ("taking metformin for 4 months", {"taking": {"metformin": ["2019-03-01, until 2019-09-01, status completed", "2025-11-20"]}}, NO),
    ("taking metformin for 4 months", {"taking": {"metformin": "2019-03-01, status completed"}}, NO),
    ("taking metformin for 4 months", {"dispensed": {"metformin": ["200 days ago, for 100 days", "90 days ago"]}}, YES),
    ("taking metformin", {"dispensed": {"metformin": "120 days ago"}}, YES),
    ("taking metformin", {"dispensed": {"metformin": "121 days ago"}}, NO),
    ("taking metformin", {"dispensed": {"metformin": "130 days ago, for 130 days"}}, YES),
    ("taking metformin", {"dispensed": {"metformin": "20 days ago, status declined"}}, NO),
    ("given vitamin_b12 within 120 days", {"dispensed": {"vitamin_b12": "120 days ago"}}, YES),
    ("given vitamin_b12 within 120 days", {"dispensed": {"vitamin_b12": "121 days ago"}}, NO),
    ("given vitamin_b12 within 120 days", {"dispensed": {"vitamin_b12": "20 days ago, status on-hold"}}, UNSURE),
    ("given vitamin_b12 within 120 days", {"dispensed": {"vitamin_b12": "20 days ago, status declined"}}, NO),
    ("on hold methotrexate", {"taking": {"methotrexate": "20 days ago, status on-hold"}}, YES),
    ("on hold methotrexate", {"stating": {"methotrexate": "20 days ago, status on-hold"}}, YES),
    ("on hold methotrexate", {"taking": {"methotrexate": "20 days ago, status on-hold, words Methotrexate"}}, UNSURE),
    ("on hold methotrexate", {"taking": {"methotrexate": "20 days ago"}}, NO),
    ("on hold methotrexate", {"taking": {"methotrexate": "20 days ago, status stopped"}}, NO),
    ("given vitamin_b12 within 120 days", {"taking": {"vitamin_b12": "120 days ago, status completed"}}, YES),
    ("given vitamin_b12 within 120 days", {"taking": {"vitamin_b12": "121 days ago, status completed"}}, NO),
    ("given vitamin_b12 within 120 days", {"taking": {"vitamin_b12": "20 days ago, status stopped"}}, NO),
    ("given vitamin_b12 within 120 days", {"taking": {"vitamin_b12": "20 days ago"}}, NO),
    ("given vitamin_b12 within 120 days", {"taking": {"vitamin_b12": "200 days ago, until 2025-10-01, status completed"}}, YES),
    ("given vitamin_b12 with daily dose below 1 mg within 120 days", {"dispensed": {"vitamin_b12": "0.05 mg daily, 9 days ago"}}, YES),
    ("given vitamin_b12 with daily dose below 1 mg within 120 days", {"dispensed": {"vitamin_b12": "1 mg daily, 9 days ago"}}, NO),
    ("started vitamin_b12 at least 42 days ago", {}, NO),
    ("latest platelets within 546 days and at most 90 days before starting vitamin_b12 below 150 10*9/L",
     {"taking": {"vitamin_b12": "50 days ago"}, "results": {"platelets": "149 10*9/L, 140 days ago"}}, YES),
    ("latest platelets within 546 days and at most 90 days before starting vitamin_b12 below 150 10*9/L",
     {"taking": {"vitamin_b12": "50 days ago"}, "results": {"platelets": "149 10*9/L, 141 days ago"}}, UNSURE),
    ("latest platelets within 546 days and at most 90 days before starting vitamin_b12 below 150 10*9/L",
     {"taking": {"vitamin_b12": "50 days ago"}, "results": {"platelets": ["149 10*9/L, 60 days ago", "150 10*9/L, 50 days ago", "90 10*9/L, 49 days ago"]}}, NO),
    ("no platelets within 456 days and after starting vitamin_b12",
     {"taking": {"vitamin_b12": "50 days ago"}, "results": {"platelets": "149 10*9/L, 50 days ago"}}, YES),
    ("no platelets within 456 days and after starting vitamin_b12",
     {"taking": {"vitamin_b12": "50 days ago"}, "results": {"platelets": "149 10*9/L, 49 days ago"}}, NO),
    ("no mcv within 456 days and 42 days or more after starting vitamin_b12",
     {"taking": {"vitamin_b12": "50 days ago"}, "results": {"mcv": "90 fL, 9 days ago"}}, YES),
    ("no mcv within 456 days and 42 days or more after starting vitamin_b12",
     {"taking": {"vitamin_b12": "50 days ago"}, "results": {"mcv": "90 fL, 8 days ago"}}, NO),
    ("no mcv within 456 days and after starting vitamin_b12", {}, UNSURE),
    ("no visit review within 456 days", {"visits": {"review": "456 days ago"}}, NO),
    ("no visit review within 456 days", {"visits": {"review": "457 days ago"}}, YES),
    ("no visit review within 456 days and 42 days or more after starting vitamin_b12",
     {"taking": {"vitamin_b12": "50 days ago"}, "visits": {"review": "9 days ago"}}, YES),
    ("no visit review within 456 days and 42 days or more after starting vitamin_b12",
     {"taking": {"vitamin_b12": "50 days ago"}, "visits": {"review": "8 days ago"}}, NO),
    ("has pregnancy that started within 300 days", {"problems": {"pregnancy": "2025"}}, UNSURE),
    ("has pregnancy that started within 300 days", {"problems": {"pregnancy": "2024"}}, NO),
    ("has pregnancy that started within 300 days", {"problems": {"pregnancy": "2025-03"}}, UNSURE),
    ("has pregnancy that started within 300 days", {"problems": {"pregnancy": "2025-02"}}, NO),
    ("has pregnancy that started within 300 days", {"problems": {"pregnancy": "2025-04"}}, YES),
    ("has pregnancy that started within 300 days", {"problems": {"pregnancy": "2025-03-20"}}, NO),
    ("has lupus that started after starting vitamin_b12",
     {"taking": {"vitamin_b12": "60 days ago"}, "problems": {"lupus": "59 days ago"}}, YES),
    ("has lupus that started after starting vitamin_b12",
     {"taking": {"vitamin_b12": "60 days ago"}, "problems": {"lupus": "60 days ago"}}, NO),
    ("has lupus that started after starting vitamin_b12",
     {"taking": {"vitamin_b12": "60 days ago"}, "given": {"vitamin_b12": "100 days ago"}, "problems": {"lupus": "70 days ago"}}, YES),
    ("has lupus that started after starting vitamin_b12", {"problems": {"lupus": "60 days ago"}}, UNSURE),
    ("drafting hydroxocobalamin not by intravenous", {"drafting": {"hydroxocobalamin": "5 g, by intravenous"}}, NO),
    ("drafting hydroxocobalamin not by intravenous", {"drafting": {"hydroxocobalamin": "5 g, by intramuscular"}}, YES),
    ("drafting hydroxocobalamin not surely by intravenous", {"drafting": {"hydroxocobalamin": "5 g, by intravenous"}}, NO),
    ("drafting hydroxocobalamin not surely by intravenous", {"drafting": {"hydroxocobalamin": "5 g, by intramuscular"}}, YES),
    ("perhaps drafting hydroxocobalamin not by intravenous", {"drafting": {"hydroxocobalamin": "5 g, words Hydroxocobalamin"}}, UNSURE),
    ("perhaps drafting hydroxocobalamin not surely by intravenous", {"drafting": {"hydroxocobalamin": "5 g, words Hydroxocobalamin"}}, YES),
    ("drafting hydroxocobalamin not by intravenous with single dose above 10 mg",
     {"drafting": {"hydroxocobalamin": ["1 mg, by intravenous", "30 mg, by intramuscular"]}}, YES),
    (BETWEEN, {"drafting": {"hydroxocobalamin": ["5 g, by intravenous", "15 mg, by subcutaneous"]}}, YES),
    (BETWEEN, {"drafting": {"hydroxocobalamin": ["5 g, by intravenous", "10 mg, by subcutaneous"]}}, NO),
    (BETWEEN, {"drafting": {"hydroxocobalamin": "2500 mg, by subcutaneous"}}, NO),
    (BETWEEN, {"drafting": {"hydroxocobalamin": "1 mL"}}, NO),
    (BETWEEN, {"drafting": {"hydroxocobalamin": "by subcutaneous"}}, UNSURE),
    ("drafting folic_acid other than iron_with_folic_acid", {"drafting": {"iron_with_folic_acid": "1 tablet daily"}}, NO),
    ("drafting folic_acid other than iron_with_folic_acid",
     {"drafting": {"iron_with_folic_acid": "1 tablet daily, status on-hold"}}, NO),
    ("drafting folic_acid other than iron_with_folic_acid",
     {"drafting": {"iron_with_folic_acid": "1 tablet daily", "folic_acid": "5 mg daily"}}, YES),
    ("taking folic_acid other than iron_with_folic_acid", {"taking": {"iron_with_folic_acid": "1 tablet daily"}}, NO),
    ("taking folic_acid other than iron_with_folic_acid",
     {"taking": {"iron_with_folic_acid": "1 tablet daily", "folic_acid": "5 mg daily"}}, YES),
    ("drafting vitamin_b12 dosed in international", {"drafting": {"vitamin_b12": "5000 [iU] monthly"}}, YES),
    ("drafting vitamin_b12 dosed in international", {"drafting": {"vitamin_b12": "1 mg monthly"}}, NO),
    ("drafting vitamin_b12 at intervals above 92 days", {"drafting": {"vitamin_b12": "1 mg every 93 days"}}, YES),
    ("drafting vitamin_b12 at intervals above 92 days", {"drafting": {"vitamin_b12": "1 mg every 92 days"}}, NO),
    ("drafting vitamin_b12 at intervals above 92 days", {"drafting": {"vitamin_b12": "1 mg"}}, UNSURE),
    ("given vitamin_b12 by parenteral within 14 days", {"given": {"vitamin_b12": "14 days ago, by intramuscular"}}, YES),
    ("given vitamin_b12 by parenteral within 14 days", {"given": {"vitamin_b12": "14 days ago, by oral"}}, NO),
    ("two of (taking colchicine or taking topiramate or taking pregabalin)",
     {"taking": {"colchicine": "today", "pregabalin": "today"}}, YES),
    ("two of (taking colchicine or taking topiramate or taking pregabalin)", {"taking": {"colchicine": "today"}}, NO),
]  # fmt: skip


@pytest.mark.parametrize(("question", "patient", "answer"), SPEC, ids=lambda v: v if isinstance(v, str) else str(v)[:60])
def test_a_verb_answers_as_its_spec_says(question, patient, answer):
    assert ask(question, **patient).can == answer


def entry(amount: int, route: str | None = None) -> dict:
    dose = {"doseAndRate": [{"doseQuantity": {"value": amount, "unit": "mg"}}]}
    return dose | {"route": {"text": route}} if route else dose


@pytest.mark.parametrize(
    ("dosage", "answer"),
    [
        ([entry(30, "intravenous"), entry(1, "intramuscular")], NO),
        ([entry(1, "intravenous"), entry(30, "intramuscular")], YES),
        ([entry(30), entry(1, "intravenous")], YES),  # without a route it goes where the product's form says
        ([entry(30, "intravenous"), entry(1)], NO),
    ],
)
def test_a_single_dose_goes_by_the_route_of_its_own_dosage_entry(dosage, answer):
    question = "drafting hydroxocobalamin not by intravenous with single dose above 10 mg"
    assert ask(question, drafting={"hydroxocobalamin": "1 mg"}, dosage=dosage).can == answer


def test_a_dose_between_two_limits_is_that_of_one_dosage_entry():
    dosage = [entry(5000, "subcutaneous"), entry(15, "subcutaneous")]
    assert ask(BETWEEN, drafting={"hydroxocobalamin": "1 mg"}, dosage=dosage).can == YES


def test_every_verb_has_a_line_in_the_spec_with_yes_and_one_with_no():
    for verb in VERBS:
        answers = {can for q, _, can in SPEC if any(q.startswith(f"{o} ") or q == o for o in verb.OPENINGS)}
        assert {YES, NO} <= answers, verb


@pytest.mark.parametrize(
    ("question", "lacking", "can"),
    [
        (LATEST, "Observation:b12_total", YES | NO | UNSURE),
        ("no potassium within 7 days", "Observation:potassium", YES | NO),
        ("has pernicious_anaemia", "Condition", YES | NO),
        ("taking metformin", "MedicationStatement", YES | NO | UNSURE),
        ("given vitamin_b12 within 120 days", "MedicationAdministration", YES | NO | UNSURE),
        ("age at least 16 years", "Patient", YES | NO | UNSURE),
        ("deceased", "Patient", YES | NO),
        ("surely taking metformin", "MedicationRequest", YES | NO),
    ],
)
def test_what_was_not_provided_leaves_everything_open_that_it_could_say(question, lacking, can):
    answer = ask(question, not_provided=[lacking])
    assert answer.can == can
    assert answer.missing == {lacking}


def test_what_is_there_stays_there_whatever_else_was_not_provided():
    answer = ask("taking metformin", not_provided=["MedicationStatement"], taking={"metformin": "today"})
    assert answer.holds


@pytest.mark.parametrize(
    ("told", "reason", "words"),
    [
        (b12("150 mg/dL, 3 days ago, odd unit"), Reason.NOT_UNDERSTOOD, "mg/dL"),
        (b12(), Reason.NOT_RECORDED, "not recorded"),
        (b12("150 ng/L, 500 days ago"), Reason.NOT_RECORDED, "not recorded"),
    ],
)
def test_cannot_tell_says_why(told, reason, words):
    answer = ask(LATEST, **told)
    assert answer.reason is reason
    assert words in saw(answer)


@pytest.mark.parametrize("question", sorted({q for q, _, _ in SPEC}))
def test_a_question_says_itself_in_words_that_are_read_back_as_the_same(question):
    once = parse(question, WORDS)
    assert parse(once.words(), WORDS) == once


@pytest.mark.parametrize(
    ("question", "column", "says"),
    [
        ("", 0, "verb or notion is missing"),
        ("latest b12_totl is deficient", 7, "did you mean 'b12_total'"),
        ("latest b12_total within 365 is deficient", 28, "must come 'days'"),
        ("latest b12_total within -5 days is deficient", 24, "not a number that can be meant"),
        ("latest potassium below 3.5 mg/L", 27, "'mg/L' is not a unit of potassium"),
        ("latest b12 below 180 ng/L", 11, "has no number to compare"),
        ("(has pregnancy", 14, "here must come ')'"),
        ("has pregnancy and taking metformin or deceased", 35, "mixed"),
        ("has pregnancy has pregnancy", 14, "is not understood here"),
        ("drafting folic_acid by train", 23, "no route is called 'train'"),
        ("drafting folic_acid by oral by oral", 35, "twice"),
        ("age at least 16.5 years", 13, "whole number"),
        ("__import__('os')", 0, "no verb or notion is called '__import__'"),
        ("b12_status is defficient", 14, "did you mean 'deficient'"),
        ("no potassium", 12, "here must come 'within'"),
    ],
)
def test_what_is_not_in_the_language_is_refused_with_the_place(question, column, says):
    with pytest.raises(LanguageError) as refusal:
        parse(question, WORDS)
    assert says in refusal.value.says
    assert refusal.value.column == column
