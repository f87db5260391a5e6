"""Answers FHIR queries from one record as a FHIR server would: reads, and searches by what every parameter says."""

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import parse_qsl, quote

from cdshooks.ehr.parameters import COMMON, DATE, PARAMETERS, REFERENCE, TOKEN, values_at
from cdshooks.ehr.patients import Record
from cdshooks.ehr.spans import MATCHES, Span, matches, period, span
from cdshooks.errors import BadInput
from cdshooks.reading.newest import standing_versions

BASE = "https://ehr.example/fhir"
COMMA, ESCAPED = re.compile(r"((?:\\.|[^\\,])*\\?),", re.DOTALL), re.compile(r"\\([\\,|$])")
TO_DRUGS = "medicationReference.reference", "medication.reference.reference"  # the second since R5
Test = Callable[[dict], bool]


def answer(record: Record, query: str, page_size: int | None = None, base: str = BASE) -> dict | None:
    """The resource or the searchset Bundle for `Type/id` or `Type?parameters`; None for a read of nothing."""
    kind, asked, parameters = query.partition("?")
    if asked:
        return search(record, kind, parameters, page_size, base)
    kind, _, resource_id = kind.partition("/")
    versions = [row for row in record.by_type.get(kind, ()) if row.get("id") == resource_id]
    return standing_versions(versions)[0] if versions else None


def search(record: Record, kind: str, parameters: str, page_size: int | None = None, base: str = BASE) -> dict:
    """The searchset of all rows that every parameter lets through."""
    pairs = parse_qsl(parameters, keep_blank_values=True)
    tests, order, included = plan(kind, pairs)
    rows = [row for row in record.by_type.get(kind, ()) if all(test(row) for test in tests)]
    for name, down in reversed(order):
        rows.sort(key=lambda row, name=name: sort_key(row, kind, name), reverse=down)
    shown = rows if page_size is None else rows[:page_size]
    extra = included_drugs(record, shown) if included else []
    return searchset(shown, extra, len(rows), f"{kind}?{parameters}", base)


def plan(kind: str, pairs: list[tuple[str, str]]) -> tuple[list[Test], list[tuple[str, bool]], bool]:
    """What each parameter asks for: tests of a row, the order, and whether drugs come along."""
    if kind not in PARAMETERS:
        raise BadInput(f"{kind}: this EHR has no search for that type; it has {', '.join(sorted(PARAMETERS))}")
    tests, order, included = [], [], False
    for name, value in pairs:
        if name == "_sort":
            order = [(key.removeprefix("-"), key.startswith("-")) for key in value.split(",")]
            for key, _ in order:
                parameter(kind, key)
        elif name == "_count":
            check_count(kind, value)
        elif name == "_include" and value == f"{kind}:medication":
            included = True
        else:
            tests.append(test_of(kind, name, value))
    return tests, order, included


def check_count(kind: str, value: str) -> None:
    """`_count` is a wish about pages: whether there are pages is the server's choice, `page_size` here."""
    if not value.isdigit():
        raise BadInput(f"{kind}?_count={value}: _count needs a whole number")


def parameter(kind: str, name: str) -> tuple[str, ...]:
    """The kind of a parameter and where it looks."""
    known = PARAMETERS[kind] | COMMON
    if name not in known:
        raise BadInput(f"{kind}?{name}=: this EHR has no such search parameter for {kind}; it has {', '.join(known)}")
    return known[name]


def test_of(kind: str, name: str, value: str) -> Test:
    """A test that holds when any of the comma-separated values matches."""
    form, *paths = parameter(kind, name)
    where, asked = f"{kind}?{name}={value}", alternatives(value)
    if form == TOKEN:
        tests = [token_test(asked, where)]
    else:
        tests = [{DATE: date_test, REFERENCE: reference_test}[form](part, where) for part in asked]

    def holds(row: dict) -> bool:
        for path in paths:
            for found in values_at(row, path):
                for test in tests:
                    if test(found):
                        return True
        return False

    return holds


def alternatives(value: str) -> list[str]:
    """The values between commas; a comma with a backslash before it belongs to its value."""
    return [ESCAPED.sub(r"\1", part) for part in COMMA.findall(value + ",")]


def token_test(asked: list[str], where: str) -> Callable[[object], bool]:
    """Any of `code`, `system|code`, `|code` (no system) or `system|`; a query may name hundreds of them."""
    if not all(one.strip("|") for one in asked):
        raise BadInput(f"{where}: an empty code matches nothing; name a code")
    parts = [one.rpartition("|") for one in asked]
    plain = {code for _, _, code in parts if code}  # a plain code has its system by definition
    codes = {code for _, bar, code in parts if not bar}
    systems = {system for system, bar, code in parts if bar and not code}
    pairs = {(system, code) for system, bar, code in parts if bar and code}

    def test(found: object) -> bool:
        if isinstance(found, str):
            return found in plain
        return any(matches_one(coding.get("system") or "", coding.get("code")) for coding in codings(found))

    def matches_one(system: object, code: object) -> bool:
        if not isinstance(system, str) or not (code is None or isinstance(code, str)):
            return False
        return code in codes or system in systems or (system, code) in pairs

    return test


def codings(found: object) -> list[dict]:
    """The codings of a CodeableConcept, or the Coding itself."""
    if not isinstance(found, dict):
        return []
    inner = found.get("coding", [found])
    return [coding for coding in inner if isinstance(coding, dict)] if isinstance(inner, list) else []


def date_test(asked: str, where: str) -> Callable[[object], bool]:
    """A date with its prefix, against a date or a Period."""
    prefix, day = (asked[:2], asked[2:]) if asked[:2] in MATCHES else ("eq", asked)
    limit = span(day)
    if limit is None:
        raise BadInput(f"{where}: '{asked}' is not a date with a prefix of {', '.join(MATCHES)}")

    def test(found: object) -> bool:
        reached = span_of(found)
        return reached is not None and matches(prefix, reached, limit)

    return test


def span_of(found: object) -> Span | None:
    return period(found) if isinstance(found, dict) else span(found)


def reference_test(asked: str, where: str) -> Callable[[object], bool]:
    """`Type/id` or a bare id, against a reference that is relative, absolute, or urn:uuid."""
    wanted = asked.rpartition("/")[2]
    if not wanted:
        raise BadInput(f"{where}: an empty reference matches nothing; name an id")

    def test(found: object) -> bool:
        reference = found.get("reference") if isinstance(found, dict) else None
        if not isinstance(reference, str):
            return isinstance(found, dict) and "identifier" in found  # the EHR knows whom it means
        return means(reference)

    @lru_cache(maxsize=16)  # the rows of a record say the same
    def means(reference: str) -> bool:
        reference = reference.partition("/_history/")[0].replace("urn:uuid:", "Patient/")
        return reference.rpartition("/")[2] == wanted and reference.split("/")[-2:-1] == ["Patient"]

    return test


def sort_key(row: dict, kind: str, name: str) -> tuple:
    """Rows without a value come first going up, last going down."""
    form, *paths = parameter(kind, name)
    found = [value for path in paths for value in values_at(row, path)]
    if form == DATE:
        spans = [reached for reached in map(span_of, found) if reached]
        return (bool(spans), *(reached.start for reached in spans[:1]))
    codes = [coding.get("code") for value in found for coding in codings(value)]
    texts = [text for text in found + codes if isinstance(text, str)]
    return (bool(texts), *texts[:1])


def included_drugs(record: Record, rows: list[dict]) -> list[dict]:
    """The Medications that the rows point to."""
    found = (reference for row in rows for place in TO_DRUGS for reference in values_at(row, place))
    wanted = {reference.partition("/_history/")[0].rpartition("/")[2] for reference in found}
    return [row for row in record.by_type.get("Medication", ()) if row.get("id") in wanted]


def searchset(rows: list[dict], extra: list[dict], total: int, query: str, base: str) -> dict:
    """The Bundle a server sends; without `entry` when nothing matched, with `next` when more is to come."""
    links = [{"relation": "self", "url": f"{base}/{query}"}]
    if len(rows) < total:
        links.append({"relation": "next", "url": f"{base}?_getpages={quote(query, '')}&_getpagesoffset={len(rows)}"})
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": total, "link": links}
    entries = [entry(row, "match", base) for row in rows] + [entry(row, "include", base) for row in extra]
    return bundle | ({"entry": entries} if entries else {})


def entry(row: dict, mode: str, base: str) -> dict:
    return {
        "fullUrl": f"{base}/{row['resourceType']}/{row.get('id')}",
        "resource": row,
        "search": {"mode": mode},
    }
