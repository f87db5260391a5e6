"""What the problem list and the procedures say: active problems by code, pregnancy, age, death."""

from . import codes
from .raw import belongs_to, codings, day, many, months_later, nothing, of_type, part, text
from .results import pregnant_by_status, within


def matches(pair, concept):
    """Is this (system, code) in the list? A star in the list stands for sub-codes."""
    for system, listed in codes.PROBLEMS[concept]:
        if pair[0] != system:
            continue
        for code in listed:
            if pair[1] == code or (code.endswith("*") and pair[1].startswith(code[:-1])):
                return True
    return False


def status_codes(resource, key):
    """The codes of a status. STU3 wrote it as a bare word, and a bare "resolved" must not pass for active."""
    listed = [text(coding, "code") for coding in many(part(resource, key), "coding")]
    return [code for code in [text(resource, key), *listed] if code]


def is_active(condition):
    """Reading C1."""
    clinical = status_codes(condition, "clinicalStatus")
    verified = status_codes(condition, "verificationStatus")
    if "refuted" in verified or "entered-in-error" in verified:
        return False
    if not clinical:
        return not has_abated(condition)
    return any(code in ("active", "recurrence", "relapse") for code in clinical)


def has_abated(condition):
    """Any abatement[x]; only abatementBoolean false says that it has not."""
    said = [value for key, value in condition.items() if key.startswith("abatement")]
    return any(not nothing(value) and value is not False for value in said)


def started(resource, zone):
    """Reading C2; for a procedure the day on which it was done."""
    key = "performed" if resource["resourceType"] == "Procedure" else "onset"
    found = day(text(resource, key + "DateTime"), zone) or day(text(part(resource, key + "Period"), "start"), zone)
    if found is None and resource["resourceType"] == "Condition":
        return day(text(resource, "recordedDate"), zone)
    return found


def found_problems(record, concept):
    """Active conditions, and done procedures, of a concept; what starts after today is ignored (D3)."""
    found = []
    for resource in of_type(record["resources"], "Condition") + of_type(record["resources"], "Procedure"):
        try:
            if counts(resource, concept, record):
                found.append(resource)
        except Exception:  # hostile JSON costs this resource only
            continue
    return found


def counts(resource, concept, record):
    pairs = codings(part(resource, "code"))
    if not belongs_to(resource, record["patient_id"]) or not any(matches(pair, concept) for pair in pairs):
        return False
    start = started(resource, record["zone"])
    if start is not None and start > record["today"]:
        return False
    if resource["resourceType"] == "Procedure":
        # Only surgery is done to someone: a diagnosis as the code of a procedure means nothing.
        surgical = any(matches(pair, "surgery") and matches(pair, concept) for pair in pairs)
        return surgical and resource.get("status") in ("completed", "in-progress")
    return is_active(resource)


def has(record, concept):
    return bool(found_problems(record, concept))


def is_pregnant(record):
    """Reading C4."""
    conditions = found_problems(record, "pregnancy")
    if any(within(started(one, record["zone"]), record, 300) for one in conditions):
        return True
    return pregnant_by_status(record)


def patient_of(record):
    for patient in of_type(record["resources"], "Patient"):
        if patient.get("id") == record["patient_id"]:
            return patient
    return {}


def is_deceased(record):
    """DQ1: true, or any date of death, even one that cannot be read."""
    patient = patient_of(record)
    return patient.get("deceasedBoolean") is True or not nothing(patient.get("deceasedDateTime"))


def is_at_least(record, years):
    """True, False, or None when the age is not known (P1: on or after the birthday)."""
    born = day(text(patient_of(record), "birthDate"), record["zone"])
    if born is None or born > record["today"]:
        return None
    return months_later(born, 12 * years) <= record["today"]
