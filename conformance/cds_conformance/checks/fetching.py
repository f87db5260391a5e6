"""Checks of what a service fetches itself: what is missing, further pages, a server that fails, where the token goes."""

from cds_conformance.checks.calls import unless_called
from cds_conformance.checks.compare import advice, lost, steady
from cds_conformance.checks.prefetch import (
    asked_us,
    cannot_compare,
    crashed,
    good_of,
    may_ask,
    names,
    nothing_of,
    silent,
    takes_authorization,
)
from cds_conformance.checks.registry import NotTried, check
from cds_conformance.report.model import INFO, Finding

UNUSED = "a call with a FHIR server and a token that opens it, which the service did not ask,"


@check("pre-6", each="service")
def what_is_missing_is_fetched(service):
    """Without prefetch and with a FHIR server that it may use, the service asks there, or says 412; it is not silent.

    A service that answers 412 without having asked our server is not judged, as it may be told to ask some servers only;
    with --fetches it is.

    why: Many clients prefetch nothing. Silence then looks like "nothing to worry about".
    good: no prefetch, fhirServer given -> GET {fhirServer}/Observation?... -> the same cards
    bad: no prefetch, fhirServer given -> nothing is asked -> {"cards": []}
    mend: Compare the keys that came with your templates, and fetch the others.
    """
    found, none = cannot_compare(service, "alone", "partly")
    yield from none
    for e in found if takes_authorization(service) else ():
        what = "without prefetch" if e.probe == "alone" else f"with {names(e.detail['keys'])} missing"
        if any("{{" in one["path"] + one.get("query", "") for one in asked_us(e)):
            yield Finding(service.at, f"{what} it asks the FHIR server with tokens unfilled", e.number)
        elif not asked_us(e) and silent(service, e):
            says = f"{what} it does not ask the FHIR server: {silent(service, e)}"
            yield Finding(service.at, says, e.number)
        elif e.refused and may_ask(service):
            yield Finding(service.at, f"{what} it gets {e.outcome}, though the FHIR server has it", e.number)
        elif e.refused:
            yield NotTried(f"{service.at}: gets {e.outcome} and never asked our FHIR server")


@check("pre-10", each="service")
def further_pages_are_read(service):
    """Where a prefetched Bundle is a first page, the service asks for the next, with the request's token.

    why: What stands on the second page may be what matters.
    good: link.relation = next -> GET {next}, Authorization: Bearer {access_token}
    bad: link.relation = next -> nothing is asked
    mend: Follow `next` on the request's own fhirServer, up to a limit.
    """
    found, none = unless_called(service, "paged")
    yield from [NotTried(f"{service.at}: no search gives more than one page for our patients")] if not found else none
    yield from _all_pages(service)
    for e in found:
        asked = [one for one in asked_us(e) if "_from=" in one.get("query", "")]
        if not asked and not e.ok:
            yield NotTried(f"{service.at}: a first page gets {e.outcome}, and the next was not asked for")
        elif not asked:
            yield Finding(service.at, f"the next page of {names(e.detail['keys'])} is not asked for", e.number)
        elif not any(one["token"] == "ours" for one in asked):
            yield Finding(service.at, "the next page is asked for without the request's token", e.number)


def _all_pages(service):
    """What is fetched in several pages must lead to the same advice, and be asked for with the token."""
    alone = next((e for e in service.calls("alone") if e.ok and asked_us(e)), None)
    for e in service.calls("pages-alone") if alone and steady(service) else ():
        if any(one["token"] != "ours" for one in asked_us(e)):
            yield Finding(service.at, "a further page is asked for without the request's token", e.number)
        elif not e.ok or advice(e) != advice(alone):
            yield Finding(service.at, "what comes in several pages gives other advice than the same in one", e.number)


@check("pre-11", each="service")
def advice_is_the_same_from_the_server(service):
    """What the service fetches itself gives the same advice as the same data in prefetch; so do both.

    Judged where the service asks our FHIR server. One that never asks it and answers 412 is told so, as worth knowing:
    it may be told to ask some servers only (--fetches says that ours is one of them).

    why: Whether a site prefetches must not decide what its clinicians are told.
    good: prefetch alone, FHIR server alone, both -> the same cards
    bad: prefetch alone -> 2 cards; FHIR server alone -> no card
    mend: Bring both ways into one form before deciding.
    """
    found, none = cannot_compare(service, "both", "alone")
    yield from none
    for e in service.calls("prefetch-alone"):
        held = service.get("prefetch")
        usable = isinstance(held, dict) and held and all(isinstance(value, str) for value in held.values())
        if usable and not e.detail["unfilled"] and not e.ok:
            yield Finding(service.at, f"all its prefetch without a FHIR server gets {e.outcome}", e.number)
    for e in found if takes_authorization(service) else ():
        if e.probe == "alone" and not may_ask(service):
            yield NotTried(f"{service.at}: did not ask our FHIR server ({e.outcome}); if it may, add --fetches")
            if e.status == 412:
                yield Finding(service.at, f"{UNUSED} gets 412", e.number, weight=INFO)
        elif e.probe == "alone" and not e.ok:
            yield Finding(service.at, f"a FHIR server alone gets {e.outcome}", e.number)
        elif good_of(service, e) and advice(e) != advice(good_of(service, e)):
            what = "a FHIR server alone" if e.probe == "alone" else "prefetch and a FHIR server"
            yield Finding(service.at, f"{what} gives other advice than prefetch alone", e.number)


@check("pre-13", each="service")
def null_is_not_asked_for_again(service):
    """What the client answered with null is not fetched again.

    why: The client has looked; a second look costs time, and gives the same.
    good: {"prefetch": {"labs": null}, "fhirServer": ...} -> nothing is asked
    bad: {"prefetch": {"labs": null}, "fhirServer": ...} -> GET {fhirServer}/Observation?...
    mend: Fetch keys that are absent, not those that are null.
    """
    found, none = unless_called(service, "null-served")
    yield from none if found or service.get("prefetch") else [NotTried(f"{service.at}: has no prefetch templates")]
    fetches = any(asked_us(e) for e in service.calls("alone", "good", "both"))
    for e in found:
        again = [one for one in asked_us(e) if set(one["path"].split("/")) & set(e.detail["types"])]
        if not fetches:
            yield NotTried(f"{service.at}: never asked our FHIR server")
        elif again:
            says = f"asks the FHIR server again ({len(again)} times) for what was null"
            yield Finding(service.at, says, e.number)


@check("pre-14", each="service")
def a_failing_server_is_no_crash(service):
    """With a FHIR server that fails (at once or after a page), forbids, hangs, is slow, redirects or sends nonsense, the service answers: 412, or what it can say.

    Judged where the service asks our FHIR server. 500 and no answer at all are findings; so is silence as if nothing
    were there.

    why: The client's server has bad days, and on those too nobody may be told "nothing to worry about".
    good: fhirServer answers 500 -> 412
    bad: fhirServer answers 500 -> {"cards": []}
    mend: Give every fetch a time limit, and treat its failure as data missing.
    """
    found, none = unless_called(service, "server-fault")
    if not any(asked_us(e) for e in service.calls("alone", "both")):
        yield NotTried(f"{service.at}: did not ask our FHIR server")
        return
    yield from none
    for e in found:
        if crashed(e):
            yield Finding(service.at, f"a FHIR server that {e.detail['fault']} gets {e.outcome}", e.number)
        elif steady(service) and good_of(service, e) and (says := _hides(service, e)):
            yield Finding(service.at, f"a FHIR server that {e.detail['fault']} gets 200: {says}", e.number)


def _hides(service, e) -> str:
    """How an answer hides that the server failed; nothing where it does not."""
    good, nothing = good_of(service, e), nothing_of(service, e)
    if any(advice(e) == advice(alone) for alone in service.calls("alone")):
        return ""  # a server that does not fail gives the same: pre-11 tells
    if any(one["server"] == "stranger" for one in e.heard):
        return ""  # it went where the redirect leads, and there is an empty record: req-6 tells what it took along
    if nothing and advice(e) == advice(nothing) and advice(e) != advice(good):
        return "the answer is that of a record in which nothing is"
    return "advice is gone, and nothing says why" if lost(good, e) else ""


@check("req-6", each="evidence")
def the_token_goes_to_the_fhir_server_only(run):
    """The access token is sent to the request's fhirServer and nowhere else: not to another host that a Bundle's next
    link names, not where a redirect leads, not back in an answer.

    why: Whoever holds it can read the patient's record.
    good: next = http://elsewhere/... -> nothing is asked there, or without the token
    bad: next = http://elsewhere/... -> GET with Authorization: Bearer {access_token}
    mend: Send the header only where scheme, host and port are those of fhirServer; follow no redirect with it.
    """
    with_one = [e for e in run.evidence.exchanges if b'"fhirAuthorization"' in e.body]  # to read all others takes time
    sent = [e for e in with_one if isinstance(e.sent, dict) and "fhirAuthorization" in e.sent]
    if not any(e.taken or e.status == 412 for e in sent):
        yield NotTried("no call with an access token was answered")
    for e in sent:
        if any(one["server"] == "stranger" and one["token"] == "ours" for one in e.heard):
            yield Finding(e.where, "sends the access token to another host than fhirServer", e.number)
        held = e.sent["fhirAuthorization"]
        token = held.get("access_token") if isinstance(held, dict) else None
        if isinstance(token, str) and len(token) > 20 and token.encode() in e.answer:
            yield Finding(e.where, "sends the access token back in its answer", e.number)
