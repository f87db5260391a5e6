"""Resources of older and newer FHIR versions, restated in the words of R4 before they are read."""

from collections.abc import Callable, Mapping
from datetime import date

from cdshooks.reading.read import as_dict, as_list, as_text, codes_of
from cdshooks.reading.spellings import ELEMENTS, R4_KIND, Version


class Restated(dict):
    """A resource in R4's words; `sent` is the resource as it came, by whose type and id it is referred to."""

    __slots__ = ("sent",)


Change = Callable[[Mapping, date], dict]


def in_r4(resource: Mapping, today: date) -> Mapping:
    """The resource in R4's words, or itself where all that we read is in R4's words; what came is never changed.

    What R4 itself would say wins over what another version says. `today` tells what is over.
    """
    sent_as = resource.get("resourceType")
    if not isinstance(sent_as, str) or sent_as not in _READ:
        return resource
    renamed, change = _READ[sent_as]
    changes = {new: resource[old] for old, new in renamed if old in resource and new not in resource}
    changes |= change(resource, today)
    kind = R4_KIND.get(sent_as, sent_as)
    if not changes and kind == sent_as:
        return resource
    restated = Restated(resource)
    restated.update(changes)
    restated["resourceType"], restated.sent = kind, getattr(resource, "sent", resource)
    return restated


def _renames(kind: str) -> tuple[tuple[str, str], ...]:
    """(another version's name, R4's name) of the elements that differ in nothing but their name."""
    found = {}
    for element in ELEMENTS:
        for version in (Version.DSTU2, Version.STU3, Version.R5):
            other = element.spelled(version)
            if element.kind == kind and other and "." not in other + element.r4 and other != element.r4:
                found[other] = element.r4
    return tuple((other, r4) for other, r4 in found.items() if (kind, other) != ("AllergyIntolerance", "status"))


# --- single types -------------------------------------------------------------------------------------------------


def _not_done(*flags: str) -> Change:
    """Before R4 a flag beside the status said that something was not done."""

    def change(resource: Mapping, _: date) -> dict:
        denied = any(resource.get(flag) is True for flag in flags)
        return {"status": "not-done"} | _spanned(resource) if denied else _spanned(resource)

    return change


def _spanned(resource: Mapping) -> dict:
    """R5's timings of what was done, as the Period that they span."""
    for timing, period in _SPANS.items():
        if timing in resource:
            return {period: _span(as_dict(resource[timing]))}
    return {}


_SPANS = {
    "occurrenceTiming": "performedPeriod",
    "occurenceTiming": "effectivePeriod",
    "effectiveTiming": "effectivePeriod",
}


def _span(timing: Mapping) -> dict:
    bounds = as_dict(as_dict(timing.get("repeat")).get("boundsPeriod"))
    events = sorted(event for event in as_list(timing.get("event")) if isinstance(event, str))
    return dict(bounds) or ({"start": events[0], "end": events[-1]} if events else {})


def _administration(resource: Mapping, today: date) -> dict:
    # R5 publishes `occurence`; systems that were written from the text, not from the definition, send two r.
    told = {f"effective{form}": resource.get(f"occurrence{form}") for form in ("DateTime", "Period")}
    told = {name: value for name, value in told.items() if value and name not in resource}
    return told | _not_done("wasNotGiven", "notGiven")(resource, today) | _contained(resource, today)


def _condition(resource: Mapping, today: date) -> dict:
    """R5 says `unknown` where R4 leaves the clinical status out; an end that is still to come (9999-12-31) is none."""
    changes = {"clinicalStatus": None} if codes_of(resource.get("clinicalStatus")) == {"unknown"} else {}
    ends = {
        "abatementDateTime": as_text(resource.get("abatementDateTime")),
        "abatementPeriod": as_text(as_dict(resource.get("abatementPeriod")).get("start")),
    }
    return changes | {name: None for name, end in ends.items() if end[:4].isdigit() and _is_to_come(end[:10], today)}


def _allergy(resource: Mapping, _: date) -> dict:
    """DSTU2's one status, as the two of R4; of a status that we do not know, the two are not told."""
    two = _ALLERGY_STATUS.get(as_text(resource.get("status")), {})
    changes = {name: code for name, code in two.items() if name not in resource}
    grade = _CRITICALITY.get(as_text(resource.get("criticality")))
    return changes | ({"criticality": grade} if grade else {})


_CRITICALITY = {"CRITL": "low", "CRITH": "high", "CRITU": "unable-to-assess"}
_ALLERGY_STATUS = {
    "active": {"clinicalStatus": "active"},
    "inactive": {"clinicalStatus": "inactive"},
    "resolved": {"clinicalStatus": "resolved"},
    "unconfirmed": {"clinicalStatus": "active", "verificationStatus": "unconfirmed"},
    "confirmed": {"clinicalStatus": "active", "verificationStatus": "confirmed"},
    "refuted": {"verificationStatus": "refuted"},
    "entered-in-error": {"verificationStatus": "entered-in-error"},
}


def _encounter(resource: Mapping, _: date) -> dict:
    changes: dict = {}
    if resource.get("status") in ("completed", "discharged"):
        changes["status"] = "finished"
    reasons = [as_dict(value).get("concept") for told in as_list(resource.get("reason")) for value in _values(told)]
    if any(reasons) and "reasonCode" not in resource:
        changes["reasonCode"] = [reason for reason in reasons if reason]
    return changes


def _values(reason: object) -> list:
    return as_list(as_dict(reason).get("value"))


def _request(resource: Mapping, today: date) -> dict:
    return _entries("dosageInstruction", resource) | _contained(resource, today)


def _dispense(resource: Mapping, today: date) -> dict:
    """STU3 says by a flag that nothing was handed over."""
    return _request(resource, today) | ({"status": "declined"} if resource.get("notDone") is True else {})


def _statement(resource: Mapping, today: date) -> dict:
    changes = _entries("dosage", resource) | _spanned(resource) | _contained(resource, today)
    status = _taken(resource, changes.get("effectivePeriod", resource.get("effectivePeriod")), today)
    return changes | ({"status": status} if status else {})


def _taken(resource: Mapping, period: object, today: date) -> str | None:
    """R4's status of a statement whose version says elsewhere whether the drug is taken; None for any other."""
    if resource.get("wasNotTaken") is True or resource.get("taken") == "n":
        return "not-taken"
    if resource.get("taken") in ("unk", "na"):
        return "unknown"
    adherence = codes_of(as_dict(resource.get("adherence")).get("code"))
    for beginning, status in _ADHERENCE.items():
        if any(code.startswith(beginning) for code in adherence):
            return status
    if resource.get("status") != "recorded":
        return None
    return "completed" if _is_over(as_text(as_dict(period).get("end"))[:10], today) else "active"


_ADHERENCE = {
    "not-taking": "not-taken", "stopped": "stopped", "on-hold": "on-hold", "unknown": "unknown", "taking": "active"
}  # fmt: skip


def _is_to_come(day: str, today: date) -> bool:
    return day > today.isoformat()[: len(day)]


def _is_over(end: str, today: date) -> bool:
    return bool(end) and end < today.isoformat()[: len(end)]


def _medication(resource: Mapping, _: date) -> dict:
    """What it is made of, or what is packed in it: DSTU2 and STU3 say it one level deeper, DSTU2 by reference only."""
    inside = (("ingredient",), ("product", "ingredient"), ("package", "content"))
    told = [part for path in inside for part in as_list(_deep(resource, path)) if isinstance(part, dict)]
    parts = [_part(part) for part in told]
    return {"ingredient": parts} if parts != as_list(resource.get("ingredient")) else {}


def _deep(resource: Mapping, path: tuple[str, ...]) -> object:
    *way, last = path
    for name in way:
        resource = as_dict(resource.get(name))
    return resource.get(last)


def _part(part: dict) -> dict:
    """An ingredient in R4's words; a reference is one of DSTU2, or stands in the CodeableReference of R5."""
    item = as_dict(part.get("item"))
    if not item or "itemCodeableConcept" in part or "itemReference" in part:
        return part
    inner = item.get("reference")
    pointing = inner if isinstance(inner, dict) else item
    named = {"itemCodeableConcept": item["concept"]} if item.get("concept") else {}
    return part | named | ({"itemReference": pointing} if pointing.keys() & {"reference", "display"} else {})


def _contained(resource: Mapping, today: date) -> dict:
    """The Medications inside an order, in R4's words."""
    inside = as_list(resource.get("contained"))
    restated = [in_r4(one, today) if isinstance(one, dict) else one for one in inside]
    return {"contained": restated} if any(new is not old for new, old in zip(restated, inside, strict=True)) else {}


def _test(resource: Mapping, _: date) -> dict:
    """A requested test: R5 wraps its code, DSTU2 has a list of items, each with its code, and dates its events."""
    changes: dict = {}
    dates = [as_text(as_dict(event).get("dateTime")) for event in as_list(resource.get("event"))]
    if any(dates) and "authoredOn" not in resource:
        changes["authoredOn"] = min(filter(None, dates))
    concept = as_dict(resource.get("code")).get("concept")
    if isinstance(concept, dict):
        changes["code"] = concept
    elif "item" in resource and "code" not in resource:
        codes = [as_dict(as_dict(item).get("code")) for item in as_list(resource["item"])]
        words = [text for code in codes if (text := as_text(code.get("text")))]
        changes["code"] = {"coding": [c for code in codes for c in as_list(code.get("coding"))]}
        changes["code"] |= {"text": "; ".join(words)} if words else {}
    return changes | _TEST_STATUS.get(as_text(resource.get("status")), {})


_TEST_STATUS = {
    "proposed": {"status": "draft", "intent": "proposal"},
    **{status: {"status": "active"} for status in ("requested", "received", "accepted", "in-progress")},
    "rejected": {"status": "revoked"},
    "failed": {"status": "revoked"},
}


# --- dosage entries -----------------------------------------------------------------------------------------------


def _entries(at: str, resource: Mapping) -> dict:
    told = resource.get(at)
    if not isinstance(told, list):
        return {}
    entries = [_entry(entry) if isinstance(entry, dict) else entry for entry in told]
    return {at: entries} if any(new is not old for new, old in zip(entries, told, strict=True)) else {}


def _entry(entry: dict) -> dict:
    """A dosage entry of DSTU2 in R4's words; before R4 the dose stands beside the text, and is read there."""
    changes = {new: entry[old] for old, new in _DOSES.items() if old in entry and new not in entry}
    timing = as_dict(entry.get("timing"))
    repeat = as_dict(timing.get("repeat"))
    restated = {new: repeat[old] for old, new in _REPEATS.items() if old in repeat and new not in repeat}
    if isinstance(repeat.get("when"), str):
        restated["when"] = [repeat["when"]]
    if restated:
        changes["timing"] = timing | {"repeat": repeat | restated}
    return entry | changes if changes else entry


_DOSES = {"quantityQuantity": "doseQuantity", "quantityRange": "doseRange"}
_REPEATS = {"periodUnits": "periodUnit", "boundsQuantity": "boundsDuration"}


# --- the types that need restating --------------------------------------------------------------------------------


_CHANGES: dict[str, Change] = {
    "Condition": _condition,
    "Procedure": _not_done("notPerformed", "notDone"),
    "AllergyIntolerance": _allergy,
    "Encounter": _encounter,
    "MedicationRequest": _request,
    "MedicationStatement": _statement,
    "MedicationDispense": _dispense,
    "MedicationAdministration": _administration,
    "Medication": _medication,
    "ServiceRequest": _test,
}
_READ: dict[str, tuple[tuple, Change]] = {kind: (_renames(kind), change) for kind, change in _CHANGES.items()}
_READ |= {other: _READ[kind] for other, kind in R4_KIND.items()}
