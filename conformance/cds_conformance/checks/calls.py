"""Checks of how a service takes calls: every good kind is answered, every bad kind is refused and not crashed upon."""

from cds_conformance.checks.compare import advice, steady
from cds_conformance.checks.registry import NotTried, check
from cds_conformance.patience import TOO_MANY
from cds_conformance.report.model import Finding

GUARDED = (401, 403)
TO_THE_END = "answers 429, too many requests, however long is waited"
NO_URL_OF_ITS = ("preflight", "unknown-id", "looked-for")  # what answers there need not be the service


def at(service) -> str:
    return service.at


def why_not(service) -> str:
    """Why nothing more was asked of a service."""
    goods = service.calls("good")
    if not goods:
        return f"{service.at}: was not called"
    if all(e.status in GUARDED for e in goods):
        return f"{service.at}: asks for a token"
    if all(e.status == TOO_MANY for e in goods):
        return f"{service.at}: {TO_THE_END}"
    return f"{service.at}: no good call was answered with 200"


def unless_called(service, *probes: str):
    """The exchanges of these kinds, and why there are none."""
    found = [e for e in service.calls(*probes) if not e.untried]
    return found, [] if found else [NotTried(_why_none(service, probes))]


# Requests that are not sent to every service, and why.
SELECTIVE = {
    "monster": "is sent to one service only, so as to do no harm",
    "null": "lists no search that could come back empty",
    "null-served": "lists no search that could come back empty",
    "absent": "lists no template that we can fill",
    "failed": "lists no search that could fail",
    "variant": "its hook allows no other context",
    "server-fault": "did not ask our FHIR server",
    "paged": "no search gives more than one page for our patients",
    "alone": "lists no template that we can fill",
    "partly": "lists no search that could be left out",
}


def _why_none(service, probes) -> str:
    """Why nothing of these kinds can be judged."""
    if not any(e.ok for e in service.calls("good")):
        return why_not(service)
    told = service.calls(*probes)
    if any(e.status == TOO_MANY for e in told):
        return f"{service.at}: {TO_THE_END}"
    if any(e.fault.startswith("not judged") for e in told) or service.calls(*(f"{probe}-busy" for probe in probes)):
        return f"{service.at}: this machine was too busy to judge who was late"
    if any(e.fault.startswith("not sent") for e in service.evidence.exchanges):
        return f"{service.at}: this was not sent: the run ended early; --budget gives more time"
    return f"{service.at}: {next((SELECTIVE[p] for p in probes if p in SELECTIVE), 'this does not apply')}"


@check("disc-11", each="service")
def the_id_is_part_of_the_url(service):
    """POST {base}/cds-services/{id} leads to the service: it is not 404.

    why: Clients build the URL from the id and nothing else.
    good: POST /cds-services/greeter -> 200
    bad: POST /cds-services/greeter -> 404
    mend: Serve each id at its own path, spelt as in the discovery.
    """
    goods, none = unless_called(service, "good")
    yield from none
    for e in goods:
        if e.status == 404:
            yield Finding(service.at, "a good call answers 404", e.number)


@check("req-1", each="service")
def a_good_call_is_answered(service):
    """A complete, valid call is answered with 200, for every patient.

    Refusals for want of a token (401, 403) or of data (412) are not judged here, nor is 404 (disc-11).

    why: Anything else reaches the clinician as silence.
    good: POST /cds-services/greeter {"hook": "patient-view", ...} -> 200
    bad: POST /cds-services/greeter {"hook": "patient-view", ...} -> 500
    mend: Send the same request with the curl line of the finding and read the service's log.
    """
    goods, none = unless_called(service, "good", "again", "alive", "browser")
    yield from none
    for e in goods:
        patient = e.detail.get("patient", "")
        if e.status in (*GUARDED, 404, 412) and not e.fault:
            yield NotTried(f"{service.at}: answers {e.status} to a good call about {patient}")
        elif e.refused and e.detail.get("own"):
            yield NotTried(f"{service.at}: refuses the context of --context ({e.status})")
        elif not e.ok and e.probe != "alive":
            yield Finding(service.at, f"a good call about {patient} gets {e.outcome}", e.number)


@check("req-2", each="service")
def authorization_without_a_server_is_refused(service):
    """A request with fhirAuthorization and without fhirServer is refused with a 4xx.

    why: It is invalid; a token for a server that nobody named is a fault that should be seen.
    good: {"hook": ..., "fhirAuthorization": {...}} -> 400
    bad: {"hook": ..., "fhirAuthorization": {...}} -> 200
    mend: Check the pair when the request comes in.
    """
    yield from _refused(service, "lone-authorization", lambda e: "fhirAuthorization without fhirServer")


@check("req-3", each="service")
def a_complete_authorization_is_accepted(service):
    """A call with fhirServer and a complete fhirAuthorization, its `patient` included, is answered with 200.

    A service that refuses our fhirServer alike without a token is not judged: ours speaks http, and it may want https.

    why: Most record systems send one with every call.
    good: {"fhirServer": "...", "fhirAuthorization": {"access_token": "...", "token_type": "Bearer", ...}} -> 200
    bad: {"fhirServer": "...", "fhirAuthorization": {"access_token": "...", "token_type": "Bearer", ...}} -> 400
    mend: Accept all six fields, also when the data came with the call.
    """
    if any(e.refused for e in service.calls("server-only")):
        yield NotTried(f"{service.at}: refuses our FHIR server, with a token and without; it may want https")
    else:
        yield from _answered(service, "both", lambda e: "a call with fhirServer and a complete fhirAuthorization")


@check("req-4", each="service")
def every_context_of_the_hook_is_accepted(service):
    """Every context that the hook's table allows is answered with 200: optional fields left out, every kind of user.

    why: Clients differ in what they can send; the table is what both sides agreed on.
    good: {"context": {"userId": "PractitionerRole/1", "patientId": "2"}} -> 200
    bad: {"context": {"userId": "PractitionerRole/1", "patientId": "2"}} -> 400
    mend: Read the table on the hook's page; require what it requires and no more.
    """
    yield from _answered(service, "variant", lambda e: f"a call where {e.detail['what']}")


@check("req-5", each="service")
def another_hook_is_refused(service):
    """A request whose `hook` is not the one for which the id is listed is refused with a 4xx.

    why: Advice for opening a chart is wrong advice for signing an order.
    good: POST /cds-services/greeter {"hook": "order-sign", ...} -> 400
    bad: POST /cds-services/greeter {"hook": "order-sign", ...} -> 200
    mend: Compare `hook` with the discovery before anything else.
    """
    yield from _refused(service, "other-hook", lambda e: "a hook for which the id is not listed")


@check("req-7", each="service")
def an_unknown_extension_changes_nothing(service):
    """A request with an extension that nobody knows is answered as without it.

    why: Clients put extensions of their own into every request.
    good: {"hook": ..., "extension": {"com.example.x": 1}} -> 200
    bad: {"hook": ..., "extension": {"com.example.x": 1}} -> 400
    mend: Read what you know from `extension` and leave the rest alone.
    """
    yield from _answered(service, "extension", lambda e: "a call with an unknown extension")
    for e in service.calls("extension") if steady(service) else ():
        good = next(one for one in service.calls("good") if one.detail["patient"] == e.detail["patient"])
        if e.ok and advice(e) != advice(good):
            yield Finding(service.at, "a call with an unknown extension gets other advice", e.number)


@check("req-8", each="service")
def a_missing_field_is_refused(service):
    """A request without hook, hookInstance, context, or a required field of the context is refused with a 4xx.

    why: A service that guesses advises about the wrong patient or the wrong moment.
    good: {"hook": "patient-view", "hookInstance": "..."} -> 400
    bad: {"hook": "patient-view", "hookInstance": "..."} -> 200
    mend: Check required fields first, and name the one that is missing.
    """
    yield from _refused(service, "missing", lambda e: f"a request without {e.detail['field']}")


@check("req-9", each="service")
def a_field_of_another_type_is_refused(service):
    """A request with a field of another JSON type than the standard gives it is refused with a 4xx.

    why: A number where an id should be is a fault of the client, and it should hear of it.
    good: {"hook": ["patient-view"], ...} -> 400
    bad: {"hook": ["patient-view"], ...} -> 500
    mend: Check types where the request comes in.
    """
    yield from _refused(service, "mistyped", lambda e: f"a request whose {e.detail['field']} has another type")


@check("req-10", each="service")
def what_is_no_json_object_is_refused(service):
    """No body, half a body, an array or null is refused with a 4xx.

    why: A 5xx says "try again later"; the client will, and with the same result.
    good: POST /cds-services/greeter (no body) -> 400
    bad: POST /cds-services/greeter (no body) -> 500
    mend: Parse in one place and answer 400 there.
    """
    yield from _refused(service, "no-object", lambda e: f"{e.detail['what']} instead of a request")


@check("req-11", each="service")
def another_content_type_is_no_crash(service):
    """A body of another content type is refused (415 or another 4xx) or read all the same; it gives no 5xx.

    why: A 5xx says "try again later"; the client will, and with the same result.
    good: Content-Type: application/xml -> 415
    bad: Content-Type: application/xml -> 500
    mend: Answer 415 where the type is not JSON.
    """
    found, none = unless_called(service, "content-type")
    yield from none
    for e in found:
        if e.fault or e.status >= 500:
            yield Finding(service.at, f"{e.detail['what']} gets {e.outcome}", e.number)


@check("req-12", each="service")
def monsters_do_no_harm(service):
    """A body 100,000 brackets deep and one of 4 MB get an answer that is no 5xx; the next good call is answered.

    why: One odd request must not cost the others theirs.
    good: 100,000 brackets -> 400
    bad: 100,000 brackets -> 500
    mend: Catch what the parser raises; limit size with 413.
    """
    found, none = unless_called(service, "monster")
    yield from none
    for e in found:
        if e.fault or e.status >= 500:
            yield Finding(service.at, f"a body of {e.detail['what']} gets {e.outcome}", e.number)
    for e in service.calls("alive") if found else ():
        if not e.ok and not e.untried:
            yield Finding(service.at, f"the good call after that gets {e.outcome}", e.number)


@check("req-13", each="evidence")
def an_unlisted_id_is_refused(run):
    """A POST to an id that is not listed gets a 4xx, rather 404.

    why: A client with an old or misspelt id must learn of it.
    good: POST /cds-services/no-such-service -> 404
    bad: POST /cds-services/no-such-service -> 200
    mend: Answer 404 for every id that is not in the discovery.
    """
    found = [e for e in run.evidence.of("unknown-id") if not e.untried]
    if not found:
        yield NotTried("no service could be called")
    for e in found:
        if not e.refused:
            yield Finding("an id that is not listed", f"gets {e.outcome}", e.number)


@check("req-14", each="service")
def a_malformed_authorization_is_no_crash(service):
    """A malformed fhirAuthorization is refused with a 4xx, or left unused; it gives no 5xx.

    why: A 5xx hides from the client that its own request is at fault.
    good: {"fhirAuthorization": "Bearer x", ...} -> 400
    bad: {"fhirAuthorization": "Bearer x", ...} -> 500
    mend: Check the six fields where the request comes in.
    """
    found, none = unless_called(service, "bad-authorization")
    yield from none
    for e in found:
        if e.fault or e.status >= 500:
            yield Finding(service.at, f"a request where {e.detail['what']} gets {e.outcome}", e.number)


@check("resp-2", each="evidence")
def errors_are_operation_outcomes(run):
    """Every answer that is not 2xx holds an OperationOutcome.

    Preflights are not looked at, nor answers to URLs that are not listed.

    why: It is the one form in which every client can log what went wrong.
    good: 412 {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "processing"}]}
    bad: 412 Precondition Failed
    mend: Let one error handler write them all.
    """
    listed = [e for e in run.evidence.exchanges if e.probe not in NO_URL_OF_ITS and not e.fault]
    errors = [e for e in listed if (e.status or 0) >= 400 and not e.url_path.endswith("/feedback")]
    if not errors:
        yield NotTried("no answer was an error")
    for e in errors:
        held = e.json
        if not (isinstance(held, dict) and held.get("resourceType") == "OperationOutcome" and held.get("issue")):
            yield Finding(e.where, f"a {e.status} holds no OperationOutcome", e.number)


def _answered(service, probe: str, says):
    """Findings for calls that must be answered with 200 as the good one was."""
    found, none = unless_called(service, probe)
    yield from none
    for e in found:
        if e.status in (*GUARDED, 412) and not e.fault:
            yield NotTried(f"{service.at}: {says(e)} gets {e.status}")
        elif not e.ok:
            yield Finding(service.at, f"{says(e)} gets {e.outcome}", e.number)


def _refused(service, probe: str, says):
    """Findings for requests that must be refused with a 4xx."""
    found, none = unless_called(service, probe)
    yield from none
    for e in found:
        if not e.refused:
            yield Finding(service.at, f"{says(e)} gets {e.outcome}", e.number)
