"""What is wrong with a request or a feedback body: every fault at once, each with its place."""

import datetime as dt
import re

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")
FHIR_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
URL = re.compile(r"https?://[^\s/?#]+\S*")


def user(value):
    return text(value) and REFERENCE.fullmatch(value) is not None


def bare_id(value):
    return text(value) and FHIR_ID.fullmatch(value) is not None


def references(value):
    return isinstance(value, list) and bool(value) and all(map(user, value))


def bundle(value):
    return isinstance(value, dict) and value.get("resourceType") == "Bundle"


def text(value):
    return isinstance(value, str) and bool(value)


def mapping(value):
    return isinstance(value, dict)


CONTEXTS = {  # each hook's context table in the CDS Hooks library; a name that ends in "?" is optional
    "patient-view": {"userId": user, "patientId": bare_id, "encounterId?": bare_id},
    "order-select": {
        "userId": user, "patientId": bare_id, "encounterId?": bare_id, "selections": references, "draftOrders": bundle,
    },
    "order-sign": {"userId": user, "patientId": bare_id, "encounterId?": bare_id, "draftOrders": bundle},
    "encounter-start": {"userId": user, "patientId": bare_id, "encounterId": bare_id},
}  # fmt: skip
REQUEST = {
    "hook": text,
    "hookInstance": lambda value: text(value) and UUID.fullmatch(value) is not None,
    "context": mapping,
    "prefetch?": lambda value: mapping(value) and all(v is None or mapping(v) for v in value.values()),
    "fhirServer?": lambda value: text(value) and URL.fullmatch(value) is not None,
    "fhirAuthorization?": mapping,
    "extension?": mapping,
}
AUTHORIZATION = {
    "access_token": text,
    "token_type": lambda value: value == "Bearer",
    "expires_in": lambda value: type(value) is int,
    "scope": text,
    "subject": text,
    "patient?": text,
}
FEEDBACK = {
    "card": text,
    "outcome": lambda value: value in ("accepted", "overridden"),
    "outcomeTimestamp": lambda value: text(value) and _utc(value),
    "acceptedSuggestions?": lambda value: (
        isinstance(value, list) and bool(value) and all(mapping(one) and text(one.get("id")) for one in value)
    ),
    "overrideReason?": lambda value: mapping(value) and _a_reason(value),
}


def against(shape: dict, value: object, at: str) -> list[str]:
    """The faults of an object: what is missing, and what is not as its table says."""
    if not mapping(value):
        return [f"{at or 'the body'}: must be an object"]
    faults = []
    for name, fits in shape.items():
        name, optional = name.rstrip("?"), name.endswith("?")
        if name not in value:
            faults += [] if optional else [f"{at}{name}: is required"]
        elif not fits(value[name]):
            faults.append(f"{at}{name}: is not of the form that its definition asks for")
    return faults


def request(body: object) -> list[str]:
    faults = against(REQUEST, body, "")
    if not faults and "fhirAuthorization" in body:
        faults += [] if "fhirServer" in body else ["fhirServer: is required with fhirAuthorization"]
        faults += against(AUTHORIZATION, body["fhirAuthorization"], "fhirAuthorization.")
    return faults


def context(hook: str, value: dict) -> list[str]:
    return against(CONTEXTS[hook], value, "context.")


def feedback(body: object) -> list[str]:
    if not mapping(body) or not isinstance(body.get("feedback"), list) or not body["feedback"]:
        return ["feedback: must be an array with at least one entry"]
    faults = []
    for number, entry in enumerate(body["feedback"]):
        at = f"feedback[{number}]."
        faults += against(FEEDBACK, entry, at)
        if mapping(entry) and entry.get("outcome") == "accepted" and "acceptedSuggestions" not in entry:
            faults.append(f"{at}acceptedSuggestions: is required where the outcome is accepted")
    return faults


def _utc(value: str) -> bool:
    try:
        return dt.datetime.fromisoformat(value).utcoffset() == dt.timedelta(0)
    except ValueError:
        return False


def _a_reason(value: dict) -> bool:
    """A coded reason, a comment, or both."""
    reason, comment = value.get("reason"), value.get("userComment")
    coded = mapping(reason) and text(reason.get("code")) and text(reason.get("system"))
    return (coded or reason is None) and (text(comment) or comment is None) and bool(coded or comment)
