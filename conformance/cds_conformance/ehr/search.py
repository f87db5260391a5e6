"""Answers a FHIR read or search from one patient's resources, as a plain FHIR server would."""

import re
from urllib.parse import parse_qsl

from cds_conformance.ehr.shelf import Chart

READ = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})")
# The fields in which resources keep their (main) date, in the order of preference.
DATES = ("effectiveDateTime", "authoredOn", "onsetDateTime", "recordedDate", "occurrenceDateTime", "performedDateTime")
PERIODS = ("period", "effectivePeriod", "performedPeriod")
ABOUT = ("subject", "patient", "beneficiary", "for")
DATE_PARAMETERS = {"date", "authoredon", "onset-date", "recorded-date", "_lastUpdated", "authored"}


def answer(query: str, chart: Chart) -> dict | None:
    """A resource for a read (None where there is none), a searchset Bundle for a search.

    Parameters that are not known here filter nothing: more comes back than was asked for, as servers may do.
    """
    if read := READ.fullmatch(query):
        return chart.find(*read.groups())
    kind, _, tail = query.partition("?")
    found = [r for r in chart.resources if r["resourceType"] == kind]
    wanted = parse_qsl(tail, keep_blank_values=True)
    for name, value in wanted:
        found = [r for r in found if _matches(r, name, value)]
    return bundle(_cut(found, dict(wanted)))


def bundle(found: list[dict]) -> dict:
    """A searchset of these resources."""
    entries = [{"resource": r, "search": {"mode": "match"}} for r in found]
    made = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
    return made | ({"entry": entries} if entries else {})


def _matches(resource: dict, name: str, value: str) -> bool:
    if name in ("patient", "subject", "beneficiary"):
        return _about(resource) in {f"Patient/{one.removeprefix('Patient/')}" for one in value.split(",")}
    if name == "_id":
        return resource.get("id") in value.split(",")
    if name in ("code", "category", "status", "clinical-status", "vaccine-code"):
        return bool(_codes(resource, name) & set(value.split(","))) if value else True
    if name in DATE_PARAMETERS:
        return _in_time(_date(resource), value)
    return True


def _about(resource: dict) -> str | None:
    if resource["resourceType"] == "Patient":
        return f"Patient/{resource.get('id')}"
    return next((resource[name].get("reference") for name in ABOUT if isinstance(resource.get(name), dict)), None)


def _codes(resource: dict, name: str) -> set[str]:
    fields = {"clinical-status": ("clinicalStatus",), "vaccine-code": ("vaccineCode",)}.get(name, (name,))
    fields = ("code", "medicationCodeableConcept") if name == "code" else fields
    found = set()
    for field in fields:
        held = resource.get(field)
        for one in held if isinstance(held, list) else [held]:
            for coding in one.get("coding", []) if isinstance(one, dict) else []:
                system, code = coding.get("system", ""), coding.get("code", "")
                found |= {code, f"{system}|{code}", f"|{code}"}
            found |= {one} if isinstance(one, str) else set()
    return found


def _date(resource: dict) -> str:
    for name in DATES:
        if isinstance(resource.get(name), str):
            return resource[name]
    return next((resource[n].get("start", "") for n in PERIODS if isinstance(resource.get(n), dict)), "")


def _in_time(when: str, value: str) -> bool:
    found = re.fullmatch(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(\d{4}.*)", value)
    if not found or not when:
        return True
    sign, limit = found.groups()
    cut = when[: len(limit)]
    tests = {"gt": cut > limit, "sa": cut > limit, "ge": cut >= limit, "lt": cut < limit, "eb": cut < limit}
    return (tests | {"le": cut <= limit, "ne": cut != limit}).get(sign or "eq", cut == limit)


def _cut(found: list[dict], wanted: dict) -> list[dict]:
    if "date" in wanted.get("_sort", "") or "authored" in wanted.get("_sort", ""):
        found = sorted(found, key=_date, reverse=wanted["_sort"].startswith("-"))
    count = wanted.get("_count", wanted.get("_maxresults", ""))
    return found[: int(count)] if count.isdigit() and int(count) else found
