"""A CDS Hooks request: read from JSON, or refused with every fault by its place."""

import re
from dataclasses import dataclass, field
from itertools import islice

from cdshooks.errors import BadRequest
from cdshooks.protocol import schema
from cdshooks.protocol.authorization import FhirAuthorization, read_authorization
from cdshooks.protocol.groups import orders_of, selected_with
from cdshooks.protocol.selections import MOST, with_known_selections


@dataclass(frozen=True, slots=True)
class HookRequest:
    """What one call tells us. FHIR in it stays as it came: `drafts` and `prefetch` hold raw resources."""

    hook: str
    hook_instance: str
    patient_id: str
    user_id: str
    encounter_id: str | None
    selections: tuple[str, ...] | None
    drafts: tuple[dict, ...] | None
    prefetch: dict
    fhir_server: str | None
    extension: dict
    context: dict = field(compare=False, repr=False)  # for the tokens of prefetch templates
    authorization: FhirAuthorization | None


def parse_request(body: object, hook: str) -> HookRequest:
    """The request in `body` for a service of this hook; raises BadRequest with all faults at once."""
    if hook == "order-select":
        body = with_known_selections(body)
    if not _sound(body, hook):
        faults = schema.faults(f"request-{hook}", _outline(body))
        if faults:
            raise BadRequest(*faults)
    context = body["context"]
    drafts = orders_of(context["draftOrders"], context.get("selections", ())) if hook in _HOLDS_DRAFTS else None
    return HookRequest(
        hook=hook,
        hook_instance=body["hookInstance"],
        patient_id=context["patientId"],
        user_id=context["userId"],
        encounter_id=context.get("encounterId"),
        selections=selected_with(context["selections"], drafts) if hook == "order-select" else None,
        drafts=drafts,
        prefetch=body.get("prefetch", {}),
        fhir_server=body.get("fhirServer"),
        extension=body.get("extension", {}),
        context=context,
        authorization=read_authorization(body.get("fhirAuthorization")),
    )


# From here on: the schema said once more in quick words, so that a sound request need not wait for it.
# The schema has the last word; tests hold the two together.

_HOLDS_DRAFTS = {"order-select", "order-sign"}
_UUID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}").fullmatch
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch
_USER = re.compile(r"[A-Z][A-Za-z]*/[A-Za-z0-9\-.]{1,64}").fullmatch
_SELECTION = re.compile(r"[A-Z][A-Za-z]*/[^\u0000-\u0020]+").fullmatch
_MOST = MOST  # selections, and prefetch keys
_URL = re.compile(r"https?://[^\u0000-\u0020/?#][^\u0000-\u0020]*").fullmatch


def _sound(body, hook):
    return (
        isinstance(body, dict)
        and body.get("hook") == hook
        and _is(_UUID, body.get("hookInstance"))
        and _sound_context(body.get("context"), hook)
        and _sound_prefetch(body.get("prefetch", {}))
        and isinstance(body.get("extension", {}), dict)
        and ("fhirServer" not in body or _is(_URL, body["fhirServer"]))
        and ("fhirAuthorization" not in body or _sound_authorization(body["fhirAuthorization"], body))
    )


def _is(pattern, value):
    return isinstance(value, str) and pattern(value) is not None


def _sound_context(context, hook):
    return (
        isinstance(context, dict)
        and _is(_ID, context.get("patientId"))
        and _is(_USER, context.get("userId"))
        and ("encounterId" not in context or _is(_ID, context["encounterId"]))
        and (hook not in _HOLDS_DRAFTS or _sound_bundle(context.get("draftOrders")))
        and (hook != "order-select" or _sound_selections(context.get("selections")))
    )


def _sound_bundle(bundle):
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        return False
    return isinstance(bundle.get("entry"), list | None)


def _sound_selections(selections):
    if not isinstance(selections, list) or len(selections) > _MOST:
        return False
    return all(_is(_SELECTION, selection) for selection in selections)


def _sound_prefetch(prefetch):
    if not isinstance(prefetch, dict) or len(prefetch) > _MOST:
        return False
    return all(isinstance(value, dict | None) for value in prefetch.values())


def _sound_authorization(token, body):
    return "fhirServer" in body and isinstance(token, dict)  # what is wrong inside costs the fetching, not the call


def _outline(value, depth=3):
    """The part of a message that its schema looks at: what lies deeper or beyond a limit may be huge."""
    if isinstance(value, dict):
        return {key: _outline(_cut(key, inner), depth - 1) for key, inner in value.items()} if depth else {}
    if isinstance(value, list):
        return [_outline(inner, depth - 1) for inner in value[: _MOST + 1]] if depth else []
    return value


def _cut(key, value):
    """One more than is allowed is enough to be refused; half a million would take the schema a minute to look at."""
    if key == "prefetch" and isinstance(value, dict):
        return dict(islice(value.items(), _MOST + 1))
    return value
