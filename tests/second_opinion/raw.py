"""Reading raw FHIR JSON without trust: what has the wrong type is as if it were not there."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

FHIR_TIME = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:?\d\d)?)?)?)?"
)
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)


def part(thing, key):
    """The object under a key, or an empty one."""
    value = thing.get(key) if isinstance(thing, dict) else None
    return value if isinstance(value, dict) else {}


def many(thing, key):
    """The objects in the list under a key."""
    value = thing.get(key) if isinstance(thing, dict) else None
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def strings(thing, key):
    """The non-empty strings in the list under a key."""
    value = thing.get(key) if isinstance(thing, dict) else None
    return [item for item in value if isinstance(item, str) and item] if isinstance(value, list) else []


def text(thing, key):
    """The string under a key, or an empty one."""
    value = thing.get(key) if isinstance(thing, dict) else None
    return value if isinstance(value, str) else ""


def nothing(value):
    """null, and what is empty, says nothing. False and 0 say something."""
    return value is None or value == "" or value == [] or value == {}


def number(value):
    """A finite number as Decimal, or None. A number in quotes is a text (reading D6).

    >>> number(0.1), number("0.1"), number(True)
    (Decimal('0.1'), None, None)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return exact if exact.is_finite() else None


def codings(concept):
    """(system, code) of every coding of a CodeableConcept that has both, in our spelling (reference 9.5)."""
    pairs = [(our_name(text(coding, "system")), text(coding, "code")) for coding in many(concept, "coding")]
    return [(system, with_its_dot(system, code)) for system, code in pairs if system and code]


def codings_as_written(concept):
    """(system, code) of every coding that has a system, as the feed spells it."""
    return [(text(coding, "system"), text(coding, "code")) for coding in many(concept, "coding") if text(coding, "system")]


ICD = "http://hl7.org/fhir/sid/icd-10-cm"
OTHER_NAMES = {
    "http://hl7.org/fhir/sid/icd-10": ICD,
    "http://hl7.org/fhir/sid/icd-10-us": ICD,
    "http://fhir.de/CodeSystem/bfarm/icd-10-gm": ICD,
    "urn:oid:2.16.840.1.113883.6.90": ICD,
    "urn:oid:2.16.840.1.113883.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "urn:oid:2.16.840.1.113883.6.1": "http://loinc.org",
    "https://loinc.org": "http://loinc.org",
    "http://loinc.org/": "http://loinc.org",
    "http://fhir.de/CodeSystem/bfarm/atc": "http://www.whocc.no/atc",
    "https://www.whocc.no/atc": "http://www.whocc.no/atc",
    "http://snomed.info/sct/83821000000107": "http://snomed.info/sct",
}


def our_name(system):
    return OTHER_NAMES.get(system, system)


def with_its_dot(system, code):
    """D510 is D51.0."""
    return code if system != ICD or "." in code or len(code) < 4 else f"{code[:3]}.{code[3:]}"


def moment(written, zone):
    """The instant that a FHIR date or time names, or None. What is not said is the earliest possible."""
    match = FHIR_TIME.fullmatch(written) if isinstance(written, str) else None
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        naive = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), micro
        )
        return naive.replace(tzinfo=offset_of(offset, zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def offset_of(offset, zone):
    if offset is None:
        return ZoneInfo(zone)
    if offset == "Z":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    return timezone((timedelta(hours=hours, minutes=minutes)) * (-1 if offset[0] == "-" else 1))


def day(written, zone):
    """The calendar day at the site (reading D1), or None."""
    instant = moment(written, zone)
    try:
        return instant.astimezone(ZoneInfo(zone)).date() if instant else None
    except OverflowError:
        return None


def within_months(one_day, record, months):
    """Not before the same day of the month that many months ago, or that month's last day."""
    return one_day is not None and months_later(record["today"], -months) <= one_day <= record["last"]


def months_later(start, months):
    """The same day some months later, or that month's last day (reading D3).

    >>> months_later(date(2025, 10, 31), 4)
    datetime.date(2026, 2, 28)
    """
    total = start.year * 12 + start.month - 1 + months
    year, month = total // 12, total % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def names(reference, kind, wanted):
    """Does this reference name the resource of this kind and id (reading D12)?"""
    if reference == f"urn:uuid:{wanted}":
        return True
    path = reference.split("/_history/")[0]
    return path == f"{kind}/{wanted}" or path.endswith(f"/{kind}/{wanted}")


def belongs_to(resource, patient_id):
    """Is it this patient's? What has no subject came as the answer to a question about the patient."""
    for key in ("subject", "patient"):
        subject = resource.get(key)
        if subject is None:
            continue
        if not isinstance(subject, dict):
            return False
        reference = subject.get("reference")
        if reference is None or reference == "":
            continue
        return isinstance(reference, str) and names(reference, "Patient", patient_id)
    return True


def of_type(resources, kind):
    return [one for one in resources if isinstance(one, dict) and one.get("resourceType") == kind]
