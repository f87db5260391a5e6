"""Resources of R4 said again in DSTU2, STU3 or R5: written from the definitions, and knowing nothing of our reader."""

import copy
from collections.abc import Callable

Row = dict


class Unsayable(Exception):
    """The version has no words for this resource."""


def resaid(resource: Row, version: str) -> Row:
    """One resource in another version, with the elements that matter here; the input stays as it is."""
    kind = resource.get("resourceType")
    say: Callable[[Row], Row] | None = {"DSTU2": DSTU2, "STU3": STU3, "R5": R5}[version].get(kind)
    return say(copy.deepcopy(resource)) if say else copy.deepcopy(resource)


def everywhere(value: object, version: str) -> object:
    """A request body, or any part of it, with every resource in it said again, and the selections with them."""
    if isinstance(value, list):
        return [everywhere(one, version) for one in value]
    if not isinstance(value, dict):
        return value
    if "resourceType" in value and value["resourceType"] != "Bundle":
        return resaid(value, version)
    said = {key: everywhere(inner, version) for key, inner in value.items()}
    if "selections" in said:
        said["selections"] = [reselected(one, version) for one in said["selections"]]
    return said


def reselected(reference: str, version: str) -> str:
    kind, _, rest = reference.partition("/")
    return f"{NAMES[version].get(kind, kind)}/{rest}"


NAMES = {
    "DSTU2": {"MedicationRequest": "MedicationOrder", "ServiceRequest": "DiagnosticOrder"},
    "STU3": {"ServiceRequest": "ProcedureRequest"},
    "R5": {},
}


def pick(row: Row, *names: str, **renamed: str) -> Row:
    """The resource with these elements only, some by another name (old=new)."""
    said = {name: row[name] for name in ("resourceType", "id", *names) if name in row}
    return said | {new: row[old] for old, new in renamed.items() if old in row}


def word(concept: object) -> str | None:
    """The code of a status that is a CodeableConcept in R4, and was a code before."""
    return concept["coding"][0]["code"] if isinstance(concept, dict) and concept.get("coding") else None


def put(row: Row, **values: object) -> Row:
    return row | {name: value for name, value in values.items() if value is not None}


def only_one(rows: list) -> object:
    if len(rows) != 1:
        raise Unsayable("a list of several where there is one place")
    return rows[0]


def told(statuses: dict[str, str | None], status: str | None) -> str | None:
    """The status in the other version; None in the table: there is none."""
    if status in statuses and statuses[status] is None:
        raise Unsayable(f"status {status}")
    return statuses.get(status, status)


DRUG = ("status", "medicationCodeableConcept", "medicationReference", "contained")


# --- what DSTU2 and STU3 have in common ---------------------------------------------------------------------------


def older_dosage(entry: Row, beginning: str, plain: bool) -> Row:
    """The dose beside the text; `plain` is DSTU2's timing."""
    said = {name: entry[name] for name in ("text", "route", "timing", "sequence") if name in entry}
    if "doseAndRate" in entry:
        rate = only_one(entry["doseAndRate"])
        said |= {name.replace("dose", beginning): rate[name] for name in ("doseQuantity", "doseRange") if name in rate}
    for name in ("doseQuantity", "doseRange"):  # some send STU3's place in R4, too
        if name in entry:
            said[name.replace("dose", beginning)] = entry[name]
    if plain:
        if "sequence" in said:
            raise Unsayable("sequence")
        if isinstance(said.get("timing"), dict) and "repeat" in said["timing"]:
            said["timing"] = said["timing"] | {"repeat": plain_repeat(said["timing"]["repeat"])}
    return said


def plain_repeat(repeat: Row) -> Row:
    if not isinstance(repeat, dict) or "dayOfWeek" in repeat or "timeOfDay" in repeat:
        raise Unsayable("days of the week")
    names = {"periodUnit": "periodUnits", "durationUnit": "durationUnits", "boundsDuration": "boundsQuantity"}
    said = {names.get(name, name): value for name, value in repeat.items()}
    if "when" in said:
        said["when"] = only_one(said["when"])
    return said


def in_context(row: Row, said: Row) -> Row:
    return put(said, context=row.get("encounter"))


# --- DSTU2 --------------------------------------------------------------------------------------------------------


def dstu2_observation(row: Row) -> Row:
    said = pick(row, "subject", "code", "effectiveDateTime", "effectivePeriod", "issued", "valueQuantity",
                "valueCodeableConcept", "performer", "identifier", "encounter", effectiveInstant="effectiveDateTime")  # fmt: skip
    said["status"] = told({"corrected": "amended"}, row.get("status"))
    if row.get("category"):
        said["category"] = row["category"][0]
    if "referenceRange" in row:
        said["referenceRange"] = [dstu2_range(one) for one in row["referenceRange"]]
    return said


def dstu2_range(one: Row) -> Row:
    said = {name: one[name] for name in ("low", "high", "age", "text") if name in one}
    normal = {"coding": [{"system": "http://hl7.org/fhir/referencerange-meaning", "code": "normal"}]}
    return said | {"meaning": one["appliesTo"][0] if one.get("appliesTo") else normal}


def dstu2_condition(row: Row) -> Row:
    said = pick(row, "code", "onsetDateTime", "onsetPeriod", "abatementDateTime", "abatementPeriod", "abatementString",
                subject="patient", recordedDate="dateRecorded")  # fmt: skip
    said["verificationStatus"] = told({"unconfirmed": "provisional"}, word(row.get("verificationStatus"))) or "confirmed"
    clinical = {"recurrence": "relapse", "inactive": "resolved"}
    if "dateRecorded" in said:
        said["dateRecorded"] = said["dateRecorded"][:10]
    return put(said, clinicalStatus=told(clinical, word(row.get("clinicalStatus"))))


def dstu2_procedure(row: Row) -> Row:
    said = pick(row, "subject", "code", "status", "performedDateTime", "performedPeriod")
    if row.get("status") == "not-done":
        return said | {"status": "completed", "notPerformed": True}
    ended = dict.fromkeys(("preparation", "on-hold", "stopped", "unknown"), "aborted")
    return said | {"status": told(ended, row.get("status"))}


def dstu2_allergy(row: Row) -> Row:
    clinical, verified = word(row.get("clinicalStatus")), word(row.get("verificationStatus"))
    said = pick(row, "patient", "recordedDate", "reaction", code="substance")
    grades = {"low": "CRITL", "high": "CRITH", "unable-to-assess": "CRITU"}
    said |= {"criticality": grades[row["criticality"]]} if "criticality" in row else {}
    if verified in ("refuted", "entered-in-error"):
        return said | {"status": verified}
    if clinical in ("inactive", "resolved"):
        return said | {"status": clinical}
    return said | {"status": verified if verified in ("confirmed", "unconfirmed") else "active"}


def dstu2_encounter(row: Row) -> Row:
    said = pick(row, "type", "period", subject="patient", reasonCode="reason")
    statuses = {"triaged": "arrived", "entered-in-error": "cancelled", "unknown": "cancelled"}
    classes = {"AMB": "ambulatory", "IMP": "inpatient", "EMER": "emergency"}
    klass = classes.get(row["class"].get("code"), "other") if isinstance(row.get("class"), dict) else None
    return put(said, status=told(statuses, row.get("status")), **{"class": klass})


def dstu2_order(row: Row) -> Row:
    if row.get("intent", "order") != "order" or "doNotPerform" in row:
        raise Unsayable("an intent")
    said = pick(row, *DRUG, subject="patient", authoredOn="dateWritten") | {"resourceType": "MedicationOrder"}
    said["status"] = told({"cancelled": "stopped", "unknown": None}, row.get("status"))
    return dstu2_inside(row, said, "dosageInstruction", "dose")


def dstu2_statement(row: Row) -> Row:
    said = pick(row, *DRUG, "effectiveDateTime", "effectivePeriod", "dateAsserted", subject="patient")
    if row.get("status") == "not-taken":
        said |= {"status": "active", "wasNotTaken": True}
    told({"stopped": None, "on-hold": None, "unknown": None}, said.get("status"))
    return dstu2_inside(row, said, "dosage", "quantity")


def dstu2_inside(row: Row, said: Row, at: str, beginning: str) -> Row:
    if "contained" in row:
        said["contained"] = [resaid(one, "DSTU2") for one in row["contained"]]
    if at in row:
        said[at] = [older_dosage(entry, beginning, plain=True) for entry in row[at]]
    return said


def dstu2_administration(row: Row) -> Row:
    said = pick(row, *DRUG, subject="patient", effectiveDateTime="effectiveTimeDateTime",
                effectivePeriod="effectiveTimePeriod")  # fmt: skip
    if row.get("status") == "not-done":
        said |= {"status": "completed", "wasNotGiven": True}
    told({"unknown": None}, said.get("status"))
    if "dosage" in row:
        said["dosage"] = {{"dose": "quantity"}.get(name, name): value for name, value in row["dosage"].items()}
    return said


def dstu2_medication(row: Row) -> Row:
    if "ingredient" in row and "code" not in row:
        raise Unsayable("ingredients by code")
    return pick(row, "code")


def dstu2_test(row: Row) -> Row:
    said = pick(row, "subject", "note") | {"resourceType": "DiagnosticOrder", "item": [{"code": row["code"]}]}
    statuses = {"active": "requested", "revoked": "cancelled", "on-hold": "suspended"}
    proposed = row.get("intent", "order") == "proposal"
    said["status"] = "proposed" if proposed else told(statuses, row.get("status"))
    if "authoredOn" in row:
        said["event"] = [{"status": said["status"], "dateTime": row["authoredOn"]}]
    return said


DSTU2: dict[str, Callable[[Row], Row]] = {
    "Observation": dstu2_observation,
    "Condition": dstu2_condition,
    "Procedure": dstu2_procedure,
    "AllergyIntolerance": dstu2_allergy,
    "Encounter": dstu2_encounter,
    "MedicationRequest": dstu2_order,
    "MedicationStatement": dstu2_statement,
    "MedicationAdministration": dstu2_administration,
    "Medication": dstu2_medication,
    "ServiceRequest": dstu2_test,
}


# --- STU3 ---------------------------------------------------------------------------------------------------------


def stu3_observation(row: Row) -> Row:
    said = pick(row, "status", "category", "subject", "code", "effectiveDateTime", "effectivePeriod", "issued",
                "valueQuantity", "valueCodeableConcept", "performer", "identifier", "referenceRange",
                effectiveInstant="effectiveDateTime")  # fmt: skip
    return in_context(row, said)


def stu3_condition(row: Row) -> Row:
    said = pick(row, "subject", "code", "onsetDateTime", "onsetPeriod", "abatementDateTime", "abatementPeriod",
                "abatementString", "category", recordedDate="assertedDate")  # fmt: skip
    clinical = told({"relapse": "recurrence"}, word(row.get("clinicalStatus")))
    verified = told({"unconfirmed": "provisional"}, word(row.get("verificationStatus")))
    return in_context(row, put(said, clinicalStatus=clinical, verificationStatus=verified))


def stu3_procedure(row: Row) -> Row:
    said = pick(row, "subject", "code", "status", "performedDateTime", "performedPeriod")
    statuses = {"on-hold": "suspended", "stopped": "aborted", "not-done": "completed"}
    said["status"] = told(statuses, row.get("status"))
    return in_context(row, put(said, notDone=True if row.get("status") == "not-done" else None))


def stu3_allergy(row: Row) -> Row:
    said = pick(row, "patient", "code", "criticality", "reaction", recordedDate="assertedDate")
    verified = word(row.get("verificationStatus")) or "unconfirmed"
    return put(said, clinicalStatus=word(row.get("clinicalStatus")), verificationStatus=verified)


def stu3_encounter(row: Row) -> Row:
    return pick(row, "status", "class", "type", "subject", "period", reasonCode="reason")


def stu3_inside(row: Row, said: Row, at: str) -> Row:
    if at in row:
        said[at] = [older_dosage(entry, "dose", plain=False) for entry in row[at]]
    return in_context(row, said)


def stu3_order(row: Row) -> Row:
    if "doNotPerform" in row:
        raise Unsayable("an order not to do something")
    intents = {"option": None, "reflex-order": "order", "filler-order": "order", "original-order": "order"}
    said = pick(row, *DRUG, "subject", "authoredOn") | {"intent": told(intents, row.get("intent"))}
    return stu3_inside(row, said, "dosageInstruction")


def stu3_statement(row: Row) -> Row:
    said = pick(row, *DRUG, "subject", "effectiveDateTime", "effectivePeriod", "dateAsserted")
    taken = {"not-taken": "n", "unknown": "unk"}.get(row.get("status"))
    return stu3_inside(row, said | ({"status": "active", "taken": taken} if taken else {"taken": "y"}), "dosage")


def stu3_administration(row: Row) -> Row:
    said = pick(row, *DRUG, "subject", "effectiveDateTime", "effectivePeriod", "dosage", "context")
    return said | ({"status": "completed", "notGiven": True} if row.get("status") == "not-done" else {})


def stu3_test(row: Row) -> Row:
    said = pick(row, "intent", "subject", "code", "authoredOn", "note") | {"resourceType": "ProcedureRequest"}
    return in_context(row, said | {"status": told({"revoked": "cancelled", "on-hold": "suspended"}, row.get("status"))})


STU3: dict[str, Callable[[Row], Row]] = {
    "Observation": stu3_observation,
    "Condition": stu3_condition,
    "Procedure": stu3_procedure,
    "AllergyIntolerance": stu3_allergy,
    "Encounter": stu3_encounter,
    "MedicationRequest": stu3_order,
    "MedicationStatement": stu3_statement,
    "MedicationAdministration": stu3_administration,
    "ServiceRequest": stu3_test,
}


# --- R5 -----------------------------------------------------------------------------------------------------------


def r5_condition(row: Row) -> Row:
    unknown = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "unknown"}]}
    ended = any(name.startswith("abatement") for name in row)
    return row if "clinicalStatus" in row or ended else row | {"clinicalStatus": unknown}


def r5_allergy(row: Row) -> Row:
    for reaction in row.get("reaction", ()):
        reaction["manifestation"] = [{"concept": concept} for concept in reaction.get("manifestation", ())]
    return row | ({"type": {"coding": [{"code": row["type"]}]}} if "type" in row else {})


def r5_procedure(row: Row) -> Row:
    return pick(row, "subject", "code", "status", "encounter", performedDateTime="occurrenceDateTime",
                performedPeriod="occurrencePeriod")  # fmt: skip


def r5_encounter(row: Row) -> Row:
    said = pick(row, "type", "subject", period="actualPeriod")
    if "class" in row:
        said["class"] = [{"coding": [row["class"]]}]
    if "reasonCode" in row:
        said["reason"] = [{"value": [{"concept": concept} for concept in row["reasonCode"]]}]
    statuses = {"finished": "completed", "arrived": None, "triaged": None, "onleave": "on-hold"}
    return said | {"status": told(statuses, row.get("status"))}


def r5_drug(row: Row) -> Row:
    said = {name: value for name, value in row.items() if not name.startswith("medication")}
    if "medicationCodeableConcept" in row:
        said["medication"] = {"concept": row["medicationCodeableConcept"]}
    if "medicationReference" in row:
        said["medication"] = said.get("medication", {}) | {"reference": row["medicationReference"]}
    if "contained" in row:
        said["contained"] = [resaid(one, "R5") for one in row["contained"]]
    return said


def r5_statement(row: Row) -> Row:
    said, status = r5_drug(row), row.get("status")
    if status == "completed":
        if "effectiveDateTime" in row:
            day = said.pop("effectiveDateTime")
            said["effectivePeriod"] = {"start": day, "end": day}
        if "end" not in said.get("effectivePeriod", {}):
            raise Unsayable("completed, nobody knows when")
        return said | {"status": "recorded"}
    adherence = {"active": "taking", "not-taken": "not-taking", "stopped": "stopped", "on-hold": "on-hold",
                 "unknown": "unknown", "intended": None}  # fmt: skip
    if status not in adherence:
        return said
    system = "http://hl7.org/fhir/CodeSystem/medication-statement-adherence"
    code = {"coding": [{"system": system, "code": told(adherence, status)}]}
    return said | {"status": "recorded", "adherence": {"code": code}}


def r5_administration(row: Row) -> Row:
    said = r5_drug(row)
    for form in ("DateTime", "Period"):
        if f"effective{form}" in said:
            said[f"occurence{form}"] = said.pop(f"effective{form}")
    return said


def r5_medication(row: Row) -> Row:
    said = pick(row, "code")
    if "ingredient" in row:
        said["ingredient"] = [{"item": {"concept": one["itemCodeableConcept"]}} for one in row["ingredient"]
                              if "itemCodeableConcept" in one]  # fmt: skip
    return said


def r5_test(row: Row) -> Row:
    return row | {"code": {"concept": row["code"]}} if "code" in row else row


R5: dict[str, Callable[[Row], Row]] = {
    "Condition": r5_condition,
    "AllergyIntolerance": r5_allergy,
    "Procedure": r5_procedure,
    "Encounter": r5_encounter,
    "MedicationRequest": r5_drug,
    "MedicationStatement": r5_statement,
    "MedicationAdministration": r5_administration,
    "Medication": r5_medication,
    "ServiceRequest": r5_test,
}
