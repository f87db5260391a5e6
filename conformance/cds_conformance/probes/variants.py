"""Good calls of other kinds, and bad ones: fields missing or of another type, bodies that are none, other hooks."""

import json

from cds_conformance.ehr.contexts import variants
from cds_conformance.ehr.server import Scene
from cds_conformance.ehr.shelf import Chart
from cds_conformance.hooks import HOOKS
from cds_conformance.probes.caller import Caller

WRONG = {"string": 7, "array": "not an array", "object": "not an object"}


def good_variants(caller: Caller, chart: Chart) -> None:
    """Everything that the standard allows: optional fields left out, other users, extensions, authorization."""
    context = caller.context(chart)
    if caller.hook in HOOKS and not caller.own_context:
        for what, held in variants(caller.hook, context):
            caller.call("variant", caller.body(chart, context=held), what=what, patient=chart.name)
    extension = {"com.example.cds-conformance": {"of": ["no", "known", "kind"], "number": 1}}
    caller.call("extension", caller.body(chart, extension=extension), patient=chart.name)


def bad_calls(caller: Caller, chart: Chart, other_hook: str | None, monstrous: bool) -> None:
    """Requests that the standard does not allow, each with one fault; `monstrous` ones too."""
    for name in ("hook", "hookInstance", "context"):
        caller.call("missing", _less(caller.body(chart), name), field=name)
    context = caller.context(chart)
    for name, field in _table(caller).items():
        if field.required and name in context:
            caller.call("missing", caller.body(chart, context=_less(context, name)), field=f"context.{name}")
    for name, value in _mistyped(caller, context):
        caller.call("mistyped", caller.body(chart, **value), field=name)
    caller.call("other-hook", caller.body(chart, hook=other_hook or "com.example.never-listed"), other=other_hook or "")
    _bad_bodies(caller, chart)
    if monstrous:
        _monsters(caller, chart)
    _bad_authorization(caller, chart)


def _table(caller: Caller) -> dict:
    return HOOKS[caller.hook].context if caller.hook in HOOKS and not caller.own_context else {}


def _mistyped(caller: Caller, context: dict):
    yield "hook", {"hook": ["patient-view"]}
    yield "hookInstance", {"hookInstance": 7}
    yield "context", {"context": "patientId=1"}
    yield "prefetch", {"prefetch": "all of it"}
    for name, field in _table(caller).items():
        if field.required and name in context:
            yield f"context.{name}", {"context": context | {name: WRONG[field.type]}}


def _less(held: dict, name: str) -> dict:
    return {key: value for key, value in held.items() if key != name}


def _bad_bodies(caller: Caller, chart: Chart) -> None:
    good = json.dumps(caller.body(chart)).encode()
    for what, body in (
        ("no body", b""),
        ("half a body", good[: len(good) // 2]),
        ("an array", b"[]"),
        ("null", b"null"),
    ):
        caller.call("no-object", body, what=what)
    caller.call("content-type", good, headers={"Content-Type": "text/plain"}, what="text/plain")
    caller.call("content-type", b"<hook/>", headers={"Content-Type": "application/xml"}, what="application/xml")


def _monsters(caller: Caller, chart: Chart) -> None:
    """Bodies that are too deep and too large, and then a good call: does it still live?"""
    deep = b'{"hook": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    caller.call("monster", deep, what="100,000 brackets deep")
    caller.call("monster", json.dumps(caller.body(chart)).encode() + b" " * 4_000_000, what="4 MB")
    caller.call("alive", caller.body(chart), patient=chart.name)


def _bad_authorization(caller: Caller, chart: Chart) -> None:
    whole = caller.server(Scene(chart))
    lone = {"fhirAuthorization": whole["fhirAuthorization"]}
    body = {k: v for k, v in caller.body(chart).items() if k not in ("fhirServer", "fhirAuthorization")}
    caller.call("lone-authorization", body | lone)
    for what, broken in (
        ("fhirAuthorization is a string", "Bearer x"),
        ("access_token is missing", _less(whole["fhirAuthorization"], "access_token")),
        ("access_token is a number", whole["fhirAuthorization"] | {"access_token": 7}),
        ("token_type is missing", _less(whole["fhirAuthorization"], "token_type")),
        ("expires_in is missing", _less(whole["fhirAuthorization"], "expires_in")),
    ):
        caller.call(
            "bad-authorization", body | {"fhirServer": whole["fhirServer"], "fhirAuthorization": broken}, what=what
        )


def unknown_id(caller: Caller, chart: Chart) -> None:
    """A good request to an id that is not listed."""
    caller.call("unknown-id", caller.body(chart), path="/cds-services/cds-conformance-no-such-service")
