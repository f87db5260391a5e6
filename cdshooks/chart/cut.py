"""Rows that are cut to their id: what they are about did not come, and may be anything of their kind."""

from collections.abc import Mapping

from cdshooks.chart.read import allergy_holds

# What a row may have without telling what it is about.
_TELLS_NOTHING = frozenset({
    "resourceType", "id", "meta", "implicitRules", "language", "identifier", "status", "clinicalStatus",
    "verificationStatus", "category", "subject", "patient", "encounter", "context", "performer", "recorder", "asserter",
    "effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued", "date", "recordedDate", "onsetDateTime",
    "performedDateTime", "performedPeriod", "occurrenceDateTime",
})  # fmt: skip
# An Encounter or a request without a code is common, and no card rests on there being none.
_CUT = {
    "Observation": "result",
    "Condition": "problem",
    "Procedure": "procedure",
    "FamilyMemberHistory": "relative's illness",
}


def why_cut(row: Mapping) -> str:
    """Why nobody can know what a row is about; empty where anything in it could tell, or where it does not hold."""
    kind = _CUT.get(row.get("resourceType"))
    if kind is None or any(value and name not in _TELLS_NOTHING for name, value in row.items()):
        return ""
    return f"it is cut short: which {kind} it is did not come" if allergy_holds(row) else ""
