"""The second opinion: which of the six cards a patient should get, read straight off the raw FHIR JSON."""

from . import topics
from .problems import is_deceased

T01, T02 = "b12-deficiency", "b12-indeterminate"
T03, T04 = "folic-acid-first", "potassium-monitoring"
T21, T22 = "b12-result-unusable", "b12-retest-old-low"


def cards(hook, context, resources, today, zone="UTC"):
    """The set of (topic, indicator)."""
    return opinion(hook, context, resources, today, zone)[0]


def opinion(hook, context, resources, today, zone="UTC"):
    """The cards, and what decided (for the coverage table and for the reader of a disagreement)."""
    record = open_record(context, resources, today, zone)
    if is_deceased(record):
        return set(), {"deceased": True}
    facts = topics.know(record)
    levels, seen = judge(hook, context, record, facts)
    return {(topic, level) for topic, level in levels.items() if level != "none"}, {**facts, **seen}


def open_record(context, resources, today, zone="UTC"):
    """The raw resources with what everything is asked against: whose they are, the day, the site's time zone."""
    return {
        "patient_id": context.get("patientId"),
        "resources": resources,
        "today": today,
        "zone": zone,
        "draft_medications": topics.draft_medications(context),
    }


def judge(hook, context, record, facts):
    """The level of every topic that belongs to the hook."""
    if hook == "patient-view":
        levels = on_patient_view(record, facts)
        levels[T03], matrix = topics.folic_acid_first(hook, record, facts, [], [])
        return levels, {"T03": matrix}
    all_drafts = topics.drafts(record, context)
    chosen = topics.judged(hook, context, all_drafts)
    t03, matrix = topics.folic_acid_first(hook, record, facts, all_drafts, chosen)
    t04, grid = topics.potassium_monitoring(record, facts, chosen)
    return {T03: t03, T04: t04}, {"T03": matrix, "T04": grid}


def on_patient_view(record, facts):
    levels = {
        T01: topics.b12_deficiency(facts),
        T02: topics.b12_indeterminate(facts),
        T21: topics.b12_result_unusable(record, facts),
        T22: topics.b12_retest_old_low(facts),
    }
    if levels[T01] != "none":  # precedence, reference 0.2
        levels[T02] = levels[T22] = "none"
    return levels
