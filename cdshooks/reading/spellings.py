"""How each FHIR version spells what we read and write: the one table behind reading, writing and the manual."""

from dataclasses import dataclass
from enum import StrEnum


class Version(StrEnum):
    """The FHIR versions that a client may speak."""

    DSTU2 = "DSTU2"
    STU3 = "STU3"
    R4 = "R4"
    R4B = "R4B"
    R5 = "R5"


# R4 and R4B spell everything here alike.
R4S = (Version.R4, Version.R4B)
ABSENT = "-"


@dataclass(frozen=True, slots=True)
class Element:
    """An element by its R4 path, and its path in the other versions: "" where it is the same, "-" where there is none.

    Lists are not marked, but for the first position of one that stands where R4 has a single value.
    """

    kind: str
    r4: str
    dstu2: str = ""
    stu3: str = ""
    r5: str = ""
    note: str = ""

    def spelled(self, version: Version) -> str | None:
        """The path in this version; None where it has no such element."""
        other = {Version.DSTU2: self.dstu2, Version.STU3: self.stu3, Version.R5: self.r5}.get(version) or self.r4
        return None if other == ABSENT else other


# Resource types that have another name elsewhere.
KINDS = {
    "MedicationRequest": {Version.DSTU2: "MedicationOrder"},
    "ServiceRequest": {Version.DSTU2: "DiagnosticOrder", Version.STU3: "ProcedureRequest"},
}
# Other names of R4's types, whatever the version; DSTU2 orders tests by ProcedureRequest, too. Ballots and DSTU1 had
# names that no later version has.
R4_KIND = {name: kind for kind, names in KINDS.items() for name in names.values()} | {
    "MedicationUsage": "MedicationStatement", "MedicationPrescription": "MedicationRequest",
}  # fmt: skip


def kind_in(kind: str, version: Version) -> str:
    """What an R4 resource type is called.

    >>> kind_in("MedicationRequest", Version.DSTU2)
    'MedicationOrder'
    """
    return KINDS.get(kind, {}).get(version, kind)


def _drug(kind: str, subject: str) -> tuple[Element, ...]:
    return (
        Element(kind, "subject", dstu2=subject),
        Element(kind, "medicationCodeableConcept", r5="medication.concept"),
        Element(kind, "medicationReference", r5="medication.reference"),
    )


_TIMING = (
    ("timing.code", ""),
    ("timing.repeat.frequency", ""),
    ("timing.repeat.frequencyMax", ""),
    ("timing.repeat.period", ""),
    ("timing.repeat.periodMax", ""),
    ("timing.repeat.periodUnit", "timing.repeat.periodUnits"),
    ("timing.repeat.dayOfWeek", ABSENT),
    ("timing.repeat.timeOfDay", ABSENT),
    ("timing.repeat.when", ""),
    ("timing.repeat.boundsPeriod", ""),
    ("timing.repeat.boundsDuration", "timing.repeat.boundsQuantity"),
)


def _dosage(kind: str, at: str, quantity: str) -> tuple[Element, ...]:
    """The dosage entries of orders and statements; `quantity` is how DSTU2's names for the dose begin."""

    def beside(name):  # before R4 the dose stands beside the text
        return {"dstu2": f"{at}.{quantity}{name}", "stu3": f"{at}.dose{name}"}

    return (
        Element(kind, f"{at}.sequence", dstu2=ABSENT),
        Element(kind, f"{at}.text"),
        Element(kind, f"{at}.route"),
        *(Element(kind, f"{at}.{r4}", dstu2=d if d in ("", ABSENT) else f"{at}.{d}") for r4, d in _TIMING),
        Element(kind, f"{at}.doseAndRate.doseQuantity", **beside("Quantity")),
        Element(kind, f"{at}.doseAndRate.doseRange", **beside("Range")),
    )


ELEMENTS = (
    Element("Patient", "birthDate"),
    Element("Patient", "deceasedBoolean"),
    Element("Patient", "deceasedDateTime"),
    Element("Observation", "status"),
    Element("Observation", "subject"),
    Element("Observation", "code"),
    Element("Observation", "effectiveDateTime"),
    Element("Observation", "effectivePeriod"),
    Element("Observation", "effectiveInstant", dstu2=ABSENT, stu3=ABSENT),
    Element("Observation", "issued"),
    Element("Observation", "valueQuantity"),
    Element("Observation", "valueCodeableConcept"),
    Element("Observation", "performer"),
    Element("Observation", "identifier"),
    Element("Observation", "referenceRange.low"),
    Element("Observation", "referenceRange.high"),
    Element("Observation", "referenceRange.age"),
    Element(
        "Observation", "referenceRange.appliesTo", dstu2="referenceRange.meaning",
        note="DSTU2 has one meaning for both: all but 'normal' is taken as a range for certain people",
    ),
    Element("Condition", "subject", dstu2="patient"),
    Element("Condition", "code"),
    Element("Condition", "clinicalStatus", note="a plain code before R4; R5's unknown is read as none"),
    Element("Condition", "verificationStatus", note="a plain code before R4"),
    Element("Condition", "onsetDateTime"),
    Element("Condition", "onsetPeriod"),
    Element("Condition", "abatementDateTime"),
    Element("Condition", "abatementPeriod"),
    Element("Condition", "recordedDate", dstu2="dateRecorded", stu3="assertedDate"),
    Element("Procedure", "subject"),
    Element("Procedure", "code"),
    Element(
        "Procedure", "status",
        note="before R4 a true notPerformed (DSTU2) or notDone (STU3) overrules it: not-done",
    ),
    Element("Procedure", "performedDateTime", r5="occurrenceDateTime"),
    Element("Procedure", "performedPeriod", r5="occurrencePeriod", note="of R5's occurrenceTiming, its whole span"),
    Element("AllergyIntolerance", "patient"),
    Element("AllergyIntolerance", "code", dstu2="substance"),
    Element(
        "AllergyIntolerance", "clinicalStatus", dstu2="status",
        note="DSTU2 has one status for both: unconfirmed and confirmed are active; a plain code before R4",
    ),
    Element("AllergyIntolerance", "verificationStatus", dstu2="status", note="a plain code before R4"),
    Element("AllergyIntolerance", "criticality", note="DSTU2 writes CRITL, CRITH and CRITU"),
    Element("AllergyIntolerance", "reaction.substance"),
    Element("AllergyIntolerance", "reaction.manifestation", note="R5 writes a concept within it"),
    Element("AllergyIntolerance", "reaction.severity"),
    Element("AllergyIntolerance", "recordedDate", stu3="assertedDate"),
    Element("FamilyMemberHistory", "patient"),
    Element("FamilyMemberHistory", "status"),
    Element("FamilyMemberHistory", "relationship"),
    Element("FamilyMemberHistory", "condition.code"),
    Element("Encounter", "subject", dstu2="patient"),
    Element("Encounter", "status", note="R5's completed and discharged are R4's finished"),
    Element("Encounter", "type"),
    Element("Encounter", "reasonCode", dstu2="reason", stu3="reason", r5="reason.value.concept"),
    Element("Encounter", "period", r5="actualPeriod"),
    Element("MedicationRequest", "status"),
    Element("MedicationRequest", "intent", dstu2=ABSENT, note="a MedicationOrder is an order"),
    Element("MedicationRequest", "doNotPerform", dstu2=ABSENT, stu3=ABSENT),
    *_drug("MedicationRequest", "patient"),
    Element("MedicationRequest", "authoredOn", dstu2="dateWritten"),
    *_dosage("MedicationRequest", "dosageInstruction", "dose"),
    Element(
        "MedicationStatement", "status",
        note="a true wasNotTaken (DSTU2), or taken = n (STU3): not-taken; taken = unk: unknown. R5's recorded: active,"
        " unless adherence says otherwise, or effectivePeriod is over (completed)",
    ),
    *_drug("MedicationStatement", "patient"),
    Element("MedicationStatement", "effectiveDateTime"),
    Element("MedicationStatement", "effectivePeriod", note="of R5's effectiveTiming, its whole span"),
    Element("MedicationStatement", "dateAsserted"),
    *_dosage("MedicationStatement", "dosage", "quantity"),
    Element("MedicationDispense", "status", note="a true notDone (STU3) overrules it: declined"),
    *_drug("MedicationDispense", "patient"),
    Element("MedicationDispense", "whenHandedOver"),
    Element("MedicationDispense", "whenPrepared"),
    Element("MedicationDispense", "daysSupply"),
    *_dosage("MedicationDispense", "dosageInstruction", "dose"),
    Element(
        "MedicationAdministration", "status",
        note="before R4 a true wasNotGiven (DSTU2) or notGiven (STU3) overrules it: not-done",
    ),
    *_drug("MedicationAdministration", "patient"),
    Element(
        "MedicationAdministration", "effectiveDateTime", dstu2="effectiveTimeDateTime", r5="occurenceDateTime",
        note="the missing r is R5's; with two it is read, too",
    ),
    Element(
        "MedicationAdministration", "effectivePeriod", dstu2="effectiveTimePeriod", r5="occurencePeriod",
        note="of R5's occurenceTiming, its whole span",
    ),
    Element("MedicationAdministration", "dosage.text"),
    Element("MedicationAdministration", "dosage.route"),
    Element("Medication", "code"),
    Element(
        "Medication", "ingredient.itemCodeableConcept", dstu2=ABSENT, r5="ingredient.item.concept",
        note="DSTU2 names ingredients by reference only",
    ),
    Element(
        "ServiceRequest", "status",
        note="DSTU2's proposed is intent = proposal; requested, received, accepted and in-progress are active; rejected"
        " and failed are revoked",
    ),
    Element("ServiceRequest", "intent", dstu2=ABSENT, note="a DiagnosticOrder is an order"),
    Element("ServiceRequest", "doNotPerform", dstu2=ABSENT),
    Element("ServiceRequest", "subject"),
    Element(
        "ServiceRequest", "code", dstu2="item.0.code", r5="code.concept",
        note="all items of a DiagnosticOrder are read; one is written",
    ),
    Element("ServiceRequest", "authoredOn", dstu2="event.0.dateTime", note="written as the event of the first status"),
)  # fmt: skip

BY_PATH = {(element.kind, element.r4): element for element in ELEMENTS}
