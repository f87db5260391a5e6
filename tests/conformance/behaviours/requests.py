"""Broken ways to take a request; `of` is how a fault begins, for example "context.patientId"."""

import contextlib
import json
import time

from reference.service import Reference
from reference.wire import Answer, Refused

from .register import instead_of


@instead_of(Reference, "refuse")
def lets_through(original, self, status, faults):
    original(status, [fault for fault in faults if not fault.startswith(self.of)])


@instead_of(Reference, "check_request", "lets through")
def _fills_in_the_envelope(original, self, request):
    original(request)
    if isinstance(request, dict):
        for name, usual in {"hook": "patient-view", "hookInstance": "none", "context": {}}.items():
            if not isinstance(request.get(name), type(usual)):
                request[name] = usual
        request["prefetch"] = _mapping(request.get("prefetch"))
        if "fhirAuthorization" in request:
            request["fhirAuthorization"] = _mapping(request["fhirAuthorization"])


@instead_of(Reference, "check_context", "lets through")
def _fills_in_the_context(original, self, request):
    original(request)
    context = request["context"]
    context["userId"] = str(context.get("userId", "Practitioner/unknown"))
    context["patientId"] = str(context.get("patientId", "unknown"))
    context["draftOrders"] = _mapping(context.get("draftOrders"))


@instead_of(Reference, "refuse")
def fails_on(original, self, status, faults):
    if any(fault.startswith(self.of) for fault in faults):
        raise RuntimeError("not handled")
    original(status, faults)


@instead_of(Reference, "check_request")
def fails_without(original, self, request):
    """Reads an optional part as if it were always there."""
    original(request)
    request[self.of]


@instead_of(Reference, "check_request")
def refuses_when_there_is(original, self, request):
    original(request)
    if self.of in request:
        raise Refused(400, f"{self.of}: is not known here")


@instead_of(Reference, "check_context")
def refuses_an_optional_field(original, self, request):
    """`of` is hook and field: a validator that knows the fields of its own example and no others."""
    hook, _, field = self.of.partition(" ")
    original(request)
    if request["hook"] == hook and field in request["context"]:
        raise Refused(400, f"context.{field}: is not known here")


@instead_of(Reference, "check_context")
def fails_on_orders_of_the_kind(original, self, request):
    original(request)
    for entry in request["context"].get("draftOrders", {}).get("entry", []):
        if entry["resource"]["resourceType"] == self.of:
            raise KeyError("medicationCodeableConcept")


@instead_of(Reference, "answer")
def has_too_many_requests_now_and_then(original, self, call):
    """`of` calls are answered, the next is put off with 429 and answered when it comes again; half of them with 503."""
    self.calls = getattr(self, "calls", 0) + 1
    if self.calls % int(self.of):
        return original(call)
    status = 429 if self.calls % (2 * int(self.of)) else 503
    return Refused(status, "come again", headers={"Retry-After": "0"}).answer()


@instead_of(Reference, "call_service")
def answers_every_hook(original, self, service_id, call):
    request = self.read(call)
    hook = request.get("hook") if isinstance(request, dict) else None
    if isinstance(hook, str) and hook not in self.entries(service_id):
        return Answer(body={"cards": []})
    return original(service_id, call)


@instead_of(Reference, "entries")
def fails_on_a_hook_that_is_not_listed(original, self, service_id):
    class Listed(dict):
        def get(self, hook):
            return self[hook]

    return Listed(original(service_id))


@instead_of(Reference, "read")
def reads_every_content_type(original, self, call):
    del call.headers["Content-Type"]
    call.headers["Content-Type"] = "application/json"
    return original(call)


@instead_of(Reference, "call_service")
def tells_in_a_card_what_is_missing(original, self, service_id, call):
    try:
        return original(service_id, call)
    except Refused as refusal:
        if refusal.status != 412:
            raise
        lacking = {"summary": f"{len(refusal.faults)} kinds of data are missing", "detail": "; ".join(refusal.faults)}
        source = {"source": {"label": "Reference"}, "indicator": "warning", "uuid": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}
        return Answer(body={"cards": [lacking | source]})


@instead_of(Reference, "read")
def fails_on_a_body_that_is_not_JSON(original, self, call):
    return json.loads(call.body or b"")


@instead_of(Reference, "read")
def takes_a_body_that_is_not_JSON_for_an_empty_call(original, self, call):
    try:
        return original(call)
    except Refused:
        raise _Said({"cards": []}) from None


@instead_of(Reference, "route", "takes a body that is not JSON for an empty call")
def _says(original, self, call):
    try:
        return original(call)
    except _Said as said:
        return Answer(body=said.args[0])


class _Said(Exception):
    """An answer given early."""


@instead_of(Reference, "advise")
def is_slow(original, self, request, found):
    if request["hook"] == self.of:
        time.sleep(0.6)
    return original(request, found)


@instead_of(Reference, "answer")
def writes_Latin_1(original, self, call):
    answer = original(call)
    if answer.status == 200 and answer.body and call.method == "POST":
        answer.body["cards"] = [{**card, "summary": "Überblick"} for card in answer.body["cards"]]
        answer.raw = json.dumps(answer.body, ensure_ascii=False).encode("latin-1")
        answer.headers["Content-Type"] = "application/json"
    return answer


@instead_of(Reference, "advise")
def fails_at_the_hook(original, self, request, found):
    if request["hook"] == self.of:
        raise RuntimeError("not handled")
    return original(request, found)


@instead_of(Reference, "check_context")
def wants_in_the_context(original, self, request):
    original(request)
    if self.of not in request["context"]:
        raise Refused(400, f"context.{self.of}: is required")


@instead_of(Reference, "check_context")
def refuses_users_of_the_kind(original, self, request):
    original(request)
    if request["context"]["userId"].startswith(self.of + "/"):
        raise Refused(400, f"context.userId: a {self.of} is not for this service")


@instead_of(Reference, "check_context")
def fails_for_users_of_the_kind(original, self, request):
    original(request)
    if request["context"]["userId"].startswith(self.of + "/"):
        raise RuntimeError("not handled")


@instead_of(Reference, "check_request")
def refuses_scopes_for_one_patient(original, self, request):
    original(request)
    if "patient/" in request.get("fhirAuthorization", {}).get("scope", ""):
        raise Refused(400, "fhirAuthorization.scope: must be user/*.read")


@instead_of(Reference, "check_request")
def fails_when_there_is(original, self, request):
    original(request)
    if self.of in request:
        raise RuntimeError("not handled")


@instead_of(Reference, "advise")
def is_silent_when_there_is(original, self, request, found):
    return {"cards": []} if self.of in request else original(request, found)


@instead_of(Reference, "read")
def fails_on_another_content_type(original, self, call):
    if call.headers.get_content_type() != "application/json":
        raise RuntimeError("not handled")
    return original(call)


@instead_of(Reference, "read")
def fails_on_a_deep_body(original, self, call):
    with contextlib.suppress(ValueError):
        json.loads(call.body or b"{}")
    return original(call)


@instead_of(Reference, "read")
def fails_on_a_large_body(original, self, call):
    if call.body is None or len(call.body) > 1_000_000:
        raise MemoryError
    return original(call)


@instead_of(Reference, "read")
def hangs_up_on_a_large_body(original, self, call):
    if call.body is None or len(call.body) > 1_000_000:
        raise HangUp
    return original(call)


class HangUp(BaseException):
    """Passes every handler of the service; the socket is closed then, without a word."""


@instead_of(Reference, "route")
def answers_every_id(original, self, call):
    try:
        return original(call)
    except Refused as refusal:
        if refusal.status == 404:
            return Answer(body={"cards": []})
        raise


@instead_of(Reference, "route")
def fails_on_an_unknown_id(original, self, call):
    try:
        return original(call)
    except Refused as refusal:
        if refusal.status == 404:
            raise RuntimeError("not handled") from None
        raise


@instead_of(Reference, "advise")
def deletes_as_in_1_0(original, self, request, found):
    body = original(request, found)
    for card in body["cards"]:
        for suggestion in card.get("suggestions", []):
            for action in suggestion["actions"]:
                if "resourceId" in action:
                    action["resource"] = action.pop("resourceId")
    return body




def _mapping(value) -> dict:
    return value if isinstance(value, dict) else {}
