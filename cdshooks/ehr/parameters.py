"""Which search parameters each resource type has, and where in the resource each of them looks (FHIR R4)."""

TOKEN, DATE, REFERENCE = "token", "date", "reference"

PATIENT = {"patient": (REFERENCE, "subject", "patient")}
SUBJECT = {**PATIENT, "subject": (REFERENCE, "subject")}
CODED = {**SUBJECT, "code": (TOKEN, "code"), "category": (TOKEN, "category")}
DRUG = {**SUBJECT, "code": (TOKEN, "medicationCodeableConcept"), "status": (TOKEN, "status")}
STATUS = {"status": (TOKEN, "status")}
INTENT = {**STATUS, "intent": (TOKEN, "intent")}
CLINICAL = {
    "clinical-status": (TOKEN, "clinicalStatus"),
    "verification-status": (TOKEN, "verificationStatus"),
}
EFFECTIVE = ("effectiveDateTime", "effectivePeriod", "effectiveInstant")

PARAMETERS = {
    "Patient": {"birthdate": (DATE, "birthDate"), "gender": (TOKEN, "gender")},
    "Observation": {**CODED, **STATUS, "date": (DATE, *EFFECTIVE)},
    "DiagnosticReport": {**CODED, **STATUS, "date": (DATE, *EFFECTIVE), "issued": (DATE, "issued")},
    "Condition": {
        **CODED,
        **CLINICAL,
        "onset-date": (DATE, "onsetDateTime", "onsetPeriod"),
        "abatement-date": (DATE, "abatementDateTime", "abatementPeriod"),
        "recorded-date": (DATE, "recordedDate"),
    },
    "Procedure": {**CODED, **STATUS, "date": (DATE, "performedDateTime", "performedPeriod")},
    "AllergyIntolerance": {
        "patient": (REFERENCE, "patient"),
        "code": (TOKEN, "code", "reaction.substance"),
        "category": (TOKEN, "category"),
        **CLINICAL,
        "date": (DATE, "recordedDate"),
    },
    "MedicationRequest": {
        **DRUG,
        **INTENT,
        "category": (TOKEN, "category"),
        "authoredon": (DATE, "authoredOn"),
    },
    "MedicationStatement": {**DRUG, "effective": (DATE, *EFFECTIVE)},
    "MedicationAdministration": {**DRUG, "effective-time": (DATE, *EFFECTIVE)},
    "MedicationDispense": {**DRUG, "whenhandedover": (DATE, "whenHandedOver")},
    "Medication": {"code": (TOKEN, "code"), **STATUS},
    "Immunization": {
        "patient": (REFERENCE, "patient"),
        "vaccine-code": (TOKEN, "vaccineCode"),
        **STATUS,
        "date": (DATE, "occurrenceDateTime"),
    },
    "ServiceRequest": {**CODED, **INTENT, "authored": (DATE, "authoredOn")},
    "Encounter": {**SUBJECT, **STATUS, "class": (TOKEN, "class"), "type": (TOKEN, "type"), "date": (DATE, "period")},
    "FamilyMemberHistory": {
        "patient": (REFERENCE, "patient"),
        "code": (TOKEN, "condition.code"),
        **STATUS,
        "date": (DATE, "date"),
    },
    "CarePlan": {**SUBJECT, **INTENT, "category": (TOKEN, "category"), "date": (DATE, "period")},
    "Goal": {**SUBJECT, "lifecycle-status": (TOKEN, "lifecycleStatus")},
    "NutritionOrder": {"patient": (REFERENCE, "patient"), **STATUS, "oraldiet": (TOKEN, "oralDiet.type")},
}
# True of every type.
COMMON = {"_id": (TOKEN, "id"), "_lastUpdated": (DATE, "meta.lastUpdated")}


def values_at(resource: dict, path: str) -> list:
    """All values at a dotted path, lists opened."""
    if "." not in path:  # as most are, and a record has thousands of rows
        value = resource.get(path)
        if isinstance(value, list):
            return [item for item in value if item is not None]
        return [] if value is None else [value]
    found = [resource]
    for step in path.split("."):
        below = [item.get(step) for item in found if isinstance(item, dict)]
        found = [child for item in below for child in (item if isinstance(item, list) else [item])]
    return [item for item in found if item is not None]
