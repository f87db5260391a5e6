"""The second opinion: which cards a patient should get, read straight off the raw FHIR JSON.

Written from the clinical reference and docs/readings.md alone, never from the service or its cards.
"""

from datetime import timedelta

from . import drafts, folic_and_potassium, order_topics, raw, view_topics
from .facts import highest, know
from .problems import is_deceased

T01, T02, T03, T04 = "b12-deficiency", "b12-indeterminate", "folic-acid-first", "potassium-monitoring"
T05, T06, T07, T08 = "leber-cyanocobalamin", "cobalamin-hypersensitivity", "b12-route", "b12-oral-dose-low"
T09, T10, T11, T12 = "b12-dose-error", "metformin-b12-check", "b12-risk-group", "drug-induced-lupus"
T13, T14, T15, T16 = "b12-treatment-review", "platelet-recheck", "b12-interval-by-level", "nitrous-oxide"
T17, T18, T19, T20 = "b12-pregnancy", "mma-renal", "lifelong-b12-lapsed", "b12-test-uninformative"
T21, T22, T23 = "b12-result-unusable", "b12-retest-old-low", "folate-deficiency-with-b12"
TOPICS = frozenset({
    T01, T02, T03, T04, T05, T06, T07, T08, T09, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23,
})
REPLACED_BY = {  # reference 0.2; what is itself replaced still replaces
    T02: [T01, T18, T16],
    T10: [T19, T22],
    T11: [T19, T22, T10, T16],
    T14: [T13],
    T19: [T01],
    T22: [T01, T19],
}


def cards(hook, context, resources, today, zone="UTC", among=TOPICS):
    """The set of (topic, indicator); topics that are not `among` neither come nor replace."""
    return opinion(hook, context, resources, today, zone, among)[0]


def opinion(hook, context, resources, today, zone="UTC", among=TOPICS):
    """The cards, and what decided (for the coverage table and for the reader of a disagreement)."""
    record = {**open_record(context, resources, today, zone), "visits": hook == "patient-view"}  # orders ask for none
    if is_deceased(record):
        return set(), {"deceased": True}
    facts = know(record)
    findings, seen = judge(hook, context, record, facts)
    levels = {topic: highest(found) for topic, found in findings.items() if topic in among}
    given = {(topic, level) for topic, level in levels.items() if level != "none"} - replaced(levels)
    return given | folate_named(given, record, facts), {**facts, **seen, "findings": findings}


def folate_named(given, record, facts):
    """A12: a folate deficiency is named by T01, and by T03 beside a vitamin B12 deficiency."""
    if not order_topics.folate_is_low(record):
        return set()
    topics = {topic for topic, _ in given} & {T01, *([T03] if facts["column"] == "A" else [])}
    return {(f"{topic}: folate", "said") for topic in topics}


def replaced(levels):
    """The cards that another card stands for."""
    gone = set()
    for topic, stronger in REPLACED_BY.items():
        if any(levels.get(one, "none") != "none" for one in stronger):
            gone.add((topic, levels.get(topic)))
    if levels.get(T08, "none") != "none":  # T08 speaks of the dose; the route is only an info then
        gone.add((T07, "info"))
    return gone


def open_record(context, resources, today, zone="UTC"):
    """The raw resources with what everything is asked against: whose they are, the day, the site's time zone."""
    return {
        "patient_id": context.get("patientId"),
        "resources": [
            in_small_letters(without_times_of(today + timedelta(days=1), one, zone))
            for one in drafts.as_the_sitting_leaves(resources, context)
        ],
        "today": today,
        "last": today + timedelta(days=1),  # D3: such a date without a time is that day already somewhere
        "zone": zone,
        "worked_out": {},  # what is asked again and again of these resources, once
        "draft_medications": drafts.draft_medications(context),
        "visits": False,  # whether they were asked for
    }


def in_small_letters(resource):
    """D28: "Final" and "ENTERED_IN_ERROR" are what FHIR writes in small letters."""
    status = resource.get("status") if isinstance(resource, dict) else None
    small = isinstance(status, str) and "-".join(status.replace("_", " ").split()).lower()
    return resource | {"status": small} if small and small != status else resource


def without_times_of(tomorrow, thing, zone):
    """D3: a date of tomorrow may stand, a time on it lies in the future like all that is later."""
    if isinstance(thing, dict):
        return {key: without_times_of(tomorrow, value, zone) for key, value in thing.items()}
    if isinstance(thing, list):
        return [without_times_of(tomorrow, one, zone) for one in thing]
    if isinstance(thing, str) and "T" in thing and raw.day(thing, zone) == tomorrow:
        return "9998-12-31"
    return thing


def judge(hook, context, record, facts):
    """The findings of every topic that belongs to the hook, and what decided the matrix and the grid."""
    if hook == "patient-view":
        level, matrix = folic_and_potassium.folic_acid_first(hook, record, facts, [], [])
        return {**on_patient_view(record, facts), T03: [(level, "")]}, {"T03": matrix}
    all_drafts = drafts.drafts(record, context)
    judged = drafts.judged(hook, context, all_drafts)
    tests = drafts.judged(hook, context, drafts.drafts(record, context, "ServiceRequest"))
    t03, matrix = folic_and_potassium.folic_acid_first(hook, record, facts, all_drafts, judged)
    t04, grid = folic_and_potassium.potassium_monitoring(record, facts, judged)
    others = on_order(order_topics.Sitting(record, all_drafts, judged, tests), facts)
    return {**others, T03: [(t03, "")], T04: [(t04, "")]}, {"T03": matrix, "T04": grid}


def on_patient_view(record, facts):
    return {
        T01: view_topics.b12_deficiency(facts),
        T02: view_topics.b12_indeterminate(record, facts),
        T05: order_topics.leber_on_view(record),
        T10: view_topics.metformin_b12_check(record, facts),
        T11: view_topics.b12_risk_group(record, facts),
        T12: view_topics.drug_induced_lupus_on_view(record, facts),
        T13: view_topics.b12_treatment_review(record, facts),
        T14: view_topics.platelet_recheck(record, facts),
        T16: view_topics.nitrous_oxide(record, facts),
        T17: view_topics.b12_pregnancy_on_view(record, facts),
        T18: view_topics.mma_renal(record, facts),
        T19: view_topics.lifelong_b12_lapsed(record, facts),
        T21: view_topics.b12_result_unusable(record, facts),
        T22: view_topics.b12_retest_old_low(record, facts),
    }


def on_order(sitting, facts):
    return {
        T05: order_topics.leber_cyanocobalamin(sitting),
        T06: order_topics.cobalamin_hypersensitivity(sitting),
        T07: order_topics.b12_route(sitting, facts),
        T08: order_topics.b12_oral_dose_low(sitting, facts),
        T09: order_topics.b12_dose_error(sitting),
        T12: order_topics.drug_induced_lupus_on_order(sitting),
        T15: order_topics.b12_interval_by_level(sitting, facts),
        T17: order_topics.b12_pregnancy_on_order(sitting, facts),
        T20: order_topics.b12_test_uninformative(sitting),
        T23: order_topics.folate_deficiency_with_b12(sitting),
    }
