"""Statuses of which nobody can tell what they mean: no word that FHIR has for the resource, "unknown", or none at all.

What carries one may hold: it is taken as if it did, never for certain.
"""

from collections.abc import Mapping

from cdshooks.reading.qualified import doubt_by_itself
from cdshooks.reading.read import ACTIVE, MEANT, NOT_MEANT, as_dict, as_text, codes_of, words_of
from cdshooks.reading.versions import Restated
from cdshooks.terms.phrases import Phrases

# R4's words by resource (older and newer versions are restated before); the first is what an unsure one is taken for.
_STATUSES = {
    "MedicationRequest": (
        "active", "completed", "on-hold", "stopped", "cancelled", "ended", "draft", "entered-in-error", "revoked",
    ),
    "MedicationStatement": (
        "active", "completed", "intended", "on-hold", "stopped", "not-taken", "draft", "entered-in-error", "recorded",
    ),
    "MedicationAdministration": ("completed", "in-progress", "not-done", "on-hold", "stopped", "entered-in-error"),
    "MedicationDispense": (
        "completed", "in-progress", "preparation", "on-hold", "stopped", "cancelled", "declined", "entered-in-error",
    ),
    "Procedure": ("completed", "in-progress", "preparation", "not-done", "on-hold", "stopped", "entered-in-error",
                  "aborted", "suspended"),
}  # fmt: skip
_UNFINISHED = ("preparation", "in-progress", "on-hold")
_VERIFIED = MEANT | NOT_MEANT
_CLINICAL = ACTIVE | {"inactive", "remission", "resolved"}


def doubt_of_status(row: Mapping) -> str:
    """Why nobody can tell whether it holds; empty where its status is understood."""
    kind, status = as_text(row.get("resourceType")), row.get("status")
    if kind in _STATUSES:
        return _half_done(row) if status in _STATUSES[kind] else _said("status", as_text(status))
    clinical = row.get("clinicalStatus")
    if kind != "Condition" or not clinical or codes_of(clinical) & _CLINICAL:
        return ""
    return _said("clinical status", " ".join(sorted(codes_of(clinical))) or as_text(as_dict(clinical).get("text")))


def _half_done(row: Mapping) -> str:
    """Why some of it may have been had all the same; empty where the status leaves no room for that."""
    kind, status = row["resourceType"], row.get("status")
    if kind == "MedicationAdministration" and status in ("stopped", "on-hold"):
        return f"it is {status}: how much was given before is not told"
    if kind == "MedicationRequest" and status == "ended":  # R5
        return "it ran out: until when it was taken is not told"
    if kind == "MedicationDispense" and status in _UNFINISHED and row.get("whenHandedOver"):
        return f"its status is {status}, and a day is told on which it was handed over"
    return ""


def doubt_of(row: Mapping, phrases: Phrases) -> str:
    """Why nobody can tell whether it holds, by its status, else by what else it says of itself; empty where both do."""
    return doubt_of_status(row) or doubt_by_itself(row, phrases)


def as_if_it_held(row: Mapping) -> Mapping:
    """The row with the status for which it is taken."""
    kind = row["resourceType"]
    return _changed(row, {"clinicalStatus": None} if kind == "Condition" else {"status": _STATUSES[kind][0]})


def as_verified(row: Mapping, phrases: Phrases) -> Mapping:
    """The row refuted, where another word or code than HL7's for its verification says that it does not hold."""
    told = row["verificationStatus"]
    codes = codes_of(told)
    if codes & _VERIFIED or not phrases.say_refuted([*codes, *words_of(told)]):
        return row
    return _changed(row, {"verificationStatus": {"coding": [{"code": "refuted"}]}})


def with_status(row: Mapping, status: str) -> Mapping:
    """The row with another status."""
    return _changed(row, {"status": status})


def _changed(row: Mapping, changes: Mapping) -> Restated:
    restated = Restated(row)
    restated.sent = getattr(row, "sent", row)
    restated |= changes
    return restated


def _said(what: str, word: str) -> str:
    return f"its {what} {word[:40]!r} is not understood" if word else f"its {what} is missing"
