"""What the problem list and the procedures say: active problems by code, pregnancy, age, death."""

import re

from . import codes
from .raw import belongs_to, codings, day, many, months_later, nothing, of_type, part, text, within_months
from .results import pregnancy_status, within


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


def is_active(condition, record):
    """Reading C1."""
    clinical = status_codes(condition, "clinicalStatus")
    verified = status_codes(condition, "verificationStatus")
    if "refuted" in verified or "entered-in-error" in verified:
        return False
    if (not clinical or "abatementString" not in condition) and has_abated(condition, record):
        return False  # C1: with an active status nobody knows (is_over_in_words)
    return not clinical or any(code in ("active", "recurrence", "relapse") for code in clinical)


def has_abated(condition, record):
    """Any abatement[x]; abatementBoolean false says that it has not, nor has what is to end on a later day."""
    said = [(key, value) for key, value in condition.items() if key.startswith("abatement")]
    return any(not nothing(value) and value is not False and not is_to_come(key, value, record) for key, value in said)


def is_to_come(key, value, record):
    when = {"abatementDateTime": value, "abatementPeriod": text(value, "start")}.get(key)
    ends = day(when, record["zone"])
    return ends is not None and ends > record["today"]


def started(resource, zone):
    """Reading C2; for a procedure the day on which it was done."""
    key = "performed" if resource["resourceType"] == "Procedure" else "onset"
    found = day(text(resource, key + "DateTime"), zone) or day(text(part(resource, key + "Period"), "start"), zone)
    if found is None and resource["resourceType"] == "Condition":
        return day(text(resource, "recordedDate"), zone)
    return found


def began(resource, record):
    """C9: a start after today is none that anybody knows."""
    when = started(resource, record["zone"])
    return None if future(when, record) else when


def found_problems(record, concept, possibly=False):
    """Active conditions, and done procedures, of a concept; `possibly` those as well of whose end only words tell."""
    found = []
    for resource in of_type(record["resources"], "Condition") + of_type(record["resources"], "Procedure"):
        try:
            if counts(resource, concept, record, possibly or concept in POSSIBLY):
                found.append(resource)
        except Exception:  # hostile JSON costs this resource only
            continue
    return found


def counts(resource, concept, record, possibly):
    pairs = codings(part(resource, "code"))
    if not belongs_to(resource, record["patient_id"]) or not any(matches(pair, concept) for pair in pairs):
        return False
    if resource["resourceType"] == "Procedure":
        # Only surgery is done to someone: a diagnosis as the code of a procedure means nothing.
        surgical = any(matches(pair, "surgery") and matches(pair, concept) for pair in pairs)
        return surgical and resource.get("status") in ("completed", "in-progress")
    return is_active(resource, record) or (possibly and is_over_in_words(resource, record))


# What is asked as possible (nitrous oxide), or what stands in the way of a reading where it cannot be told.
POSSIBLY = ("nitrous_oxide", "inborn_error")


def is_over_in_words(condition, record):
    """C1: nobody knows whether it is over whose end words alone tell, without a clinical status; or that is active and ended."""
    if condition.get("clinicalStatus") and "abatementString" not in condition and has_abated(condition, record):
        return is_active({key: value for key, value in condition.items() if not key.startswith("abatement")}, record)
    said = condition.get("abatementString")
    bare = {key: value for key, value in condition.items() if key != "abatementString"}
    return isinstance(said, str) and said != "" and not condition.get("clinicalStatus") and is_active(bare, record)


def has(record, concept):
    return bool(found_problems(record, concept))


def surely_has(record, concept):
    """The same, without what only may still hold."""
    return any(one["resourceType"] == "Procedure" or is_active(one, record) for one in found_problems(record, concept))


def may_have(record, concept):
    """C1: what may be over may be there, and so may what visits tell (C11): it takes away nothing that a sign would."""
    return bool(found_problems(record, concept, possibly=True)) or (record["visits"] and told_by_visits(record, concept))


def told_by_visits(record, concept):
    """C11: the type or the reason of a visit names it, and no row of the list held then or later."""
    ends = [
        text(one, "abatementDateTime") or text(part(one, "abatementPeriod"), "end") or ""
        for one in of_type(record["resources"], "Condition")
        if belongs_to(one, record["patient_id"])
        and any(matches(pair, concept) for pair in codings(part(one, "code")))
        and not taken_back(one)
    ]
    for one in of_type(record["resources"], "Encounter"):
        told = many(one, "type") + many(one, "reasonCode")
        if one.get("status") in ("entered-in-error", "cancelled") or not belongs_to(one, record["patient_id"]):
            continue
        start = (text(part(one, "period"), "start") or "")[:10]
        named = any(matches(pair, concept) for each in told for pair in codings(each))
        if named and not any(not (end and start) or end[:10] >= start for end in ends):
            return True
    return False


def named_in_words(record):
    """C3: an active problem, or a procedure, without a code that is known, whose words name pernicious anaemia."""
    for one in of_type(record["resources"], "Condition") + of_type(record["resources"], "Procedure"):
        pairs = codings(part(one, "code"))
        said = [text(part(one, "code"), "text")] + [text(each, "display") for each in many(part(one, "code"), "coding")]
        known = any(matches(pair, concept) for pair in pairs for concept in codes.PROBLEMS)
        if not belongs_to(one, record["patient_id"]) or known or not may_hold(one, record):
            continue
        if any(names_pernicious_anaemia(words) for words in said):
            return True
    return False


def may_hold(one, record):
    """C1, and M2a for a procedure whose status is no word of FHIR's."""
    if one["resourceType"] == "Condition":
        return is_active(one, record) or is_over_in_words(one, record)
    return one.get("status") not in ("preparation", "not-done", "on-hold", "stopped", "entered-in-error")


def names_pernicious_anaemia(words):
    """C3: statement by statement; what one denies is not named by it."""
    statements = [one for one in re.split(r"[;|.\n]", words.lower()) if "pernicious" in one]
    return any(not any(denial in one for denial in codes.DENIED) for one in statements)


def is_pregnant(record):
    """Reading C4 and A29; what the record says of a man, or of somebody above 60, is perhaps its error."""
    if sex(record) == "male" or is_at_least(record, 61):
        return False
    ended = ends_of_pregnancy(record)
    for one in found_problems(record, "pregnancy"):
        start = began(one, record)
        if within(start, record, 300) and not any(end is None or end >= start for end in ended):
            return True
    pregnant, when = pregnancy_status(record)
    return pregnant and within(when, record, 300) and not any(end is None or end >= when for end in ended)


def ends_of_pregnancy(record):
    """The days of deliveries and losses, active or not; None for one without a day."""
    found = []
    for one in of_type(record["resources"], "Condition") + of_type(record["resources"], "Procedure"):
        pairs = codings(part(one, "code"))
        if not belongs_to(one, record["patient_id"]) or not any(matches(pair, "end_of_pregnancy") for pair in pairs):
            continue
        if one["resourceType"] == "Procedure" and one.get("status") not in ("completed", "in-progress"):
            continue
        if taken_back(one):
            continue
        found.append(began(one, record))
    return found


def taken_back(condition):
    verified = status_codes(condition, "verificationStatus")
    return "refuted" in verified or "entered-in-error" in verified


def ever(record, concept):
    """In any clinical status, but refuted and entered in error."""
    return any(
        belongs_to(one, record["patient_id"])
        and any(matches(pair, concept) for pair in codings(part(one, "code")))
        and not taken_back(one)
        for one in of_type(record["resources"], "Condition")
    )


def future(when, record):
    return when is not None and when > record["last"]


def nitrous_oxide_days(record):
    """The days on which problems of nitrous oxide began that may be of the last 365; None for one without a day."""
    # Of a year or a month alone it may have been any day.
    year_ago = record["today"].replace(day=1, year=record["today"].year - 1).isoformat()[:7]
    days = []
    for one in found_problems(record, "nitrous_oxide"):
        told = text(one, "onsetDateTime") or text(part(one, "onsetPeriod"), "start") or text(one, "recordedDate")
        when = began(one, record)
        vague = len(told) in (4, 7) and told >= year_ago[: len(told)]
        if when is None or vague or within(when, record, 365):
            days.append(when)
    return days


def nitrous_oxide_lately(record):
    return bool(nitrous_oxide_days(record))


def months_ago(when, record, months):
    return within_months(when, record, months)


def is_lactating(record):
    """A29: lactation ends after 24 months."""
    return any(
        within_months(when, record, 24)
        for when in (began(one, record) for one in found_problems(record, "lactation"))
    )


def open_requests(record, days):
    """M14: the codes of the tests that are asked for since at most so many days."""
    found = []
    for one in of_type(record["resources"], "ServiceRequest"):
        stands = one.get("status") == "active" and one.get("intent") not in ("proposal", "option")
        when = day(text(one, "authoredOn"), record["zone"])
        mine = belongs_to(one, record["patient_id"]) and one.get("doNotPerform") is not True
        if stands and mine and within(when, record, days):
            found += [code for system, code in codings(part(one, "code")) if system == codes.LOINC]
    return found


def sex(record):
    return text(patient_of(record), "gender")


def patient_of(record):
    for patient in of_type(record["resources"], "Patient"):
        if patient.get("id") == record["patient_id"]:
            return patient
    return {}


def is_deceased(record):
    """D23: true, or a date on which somebody can have died: not before birth, and not to come."""
    patient, zone = patient_of(record), record["zone"]
    died, born = day(text(patient, "deceasedDateTime"), zone), day_of_birth(record)
    unborn = born is not None and died is not None and died < born <= record["last"]
    can = died is not None and died.year >= 1851 and died <= record["last"] and not unborn
    return patient.get("deceasedBoolean") is True or can


def day_of_birth(record):
    """D17: a birth more than 122 years ago, more than anybody is known to have lived, stands where none was told."""
    born = day(text(patient_of(record), "birthDate"), record["zone"])
    return None if born is None or months_later(born, 12 * 123) <= record["today"] else born


def is_at_least(record, years):
    """True, False, or None when the age is not known (P1: on or after the birthday)."""
    born = day_of_birth(record)
    if born is None or born > record["today"]:
        return None
    return months_later(born, 12 * years) <= record["today"]
