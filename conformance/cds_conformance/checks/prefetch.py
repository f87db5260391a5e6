"""Checks of what a service does with prefetch: keys that are missing, null, failed; and how long it takes."""

from statistics import median

from cds_conformance.checks.calls import unless_called
from cds_conformance.checks.compare import advice, details, lost, steady
from cds_conformance.checks.registry import NotTried, check
from cds_conformance.report.model import Finding


def good_of(service, exchange):
    """The good call about the same patient."""
    return next((e for e in service.calls("good") if e.detail["patient"] == exchange.detail["patient"] and e.ok), None)


def null_of(service, exchange):
    """The call in which the same keys were null."""
    same = [e for e in service.calls("null", "null-read") if e.detail["patient"] == exchange.detail["patient"] and e.ok]
    return next((e for e in same if set(e.detail["keys"]) == set(exchange.detail["keys"])), None)


def cannot_compare(service, *probes: str):
    """The exchanges of these kinds where answers can be compared; else the reason."""
    found, none = unless_called(service, *probes)
    if not found and not service.get("prefetch"):
        return [], [NotTried(f"{service.at}: has no prefetch templates")]
    if found and not steady(service):
        return [], [
            NotTried(f"{service.at}: the same call gives different advice each time; answers cannot be compared")
        ]
    return found, none


def silent(service, e) -> str:
    """How an answer hides that data are missing: advice is gone, or it is that of "nothing there"; else nothing."""
    good, nothing = good_of(service, e), null_of(service, e)
    if good is None or not e.ok or advice(e) is None or advice(e) == advice(good):
        return ""
    if nothing is not None and advice(e) == advice(nothing):
        return "" if told_in_details(service, e, nothing) else "the answer is that of null, 'nothing there'"
    return "advice is gone, and nothing says why" if lost(good, e) else ""


def told_in_details(service, e, nothing) -> bool:
    """Whether the same advice comes with other details: a service may say "could not check" of null, and why in detail."""
    again = next(iter(service.calls("again")), None)
    good = good_of(service, again) if again is not None and again.ok else None
    return good is not None and details(good) == details(again) and details(e) != details(nothing)


def nothing_of(service, exchange):
    """The answer about the same patient where the whole record is empty: null for every search, or a server with nothing."""
    same = [
        e for e in service.calls("null", "nothing-there") if e.detail["patient"] == exchange.detail["patient"] and e.ok
    ]
    return max(same, key=lambda e: len(e.detail.get("keys", [])), default=None)


def reads_decide(service, exchange) -> bool:
    """Whether these keys are reads without which nothing was said of the patient."""
    tried = service.calls("null-read")
    good = good_of(service, exchange)
    return any(
        set(e.detail["keys"]) == set(exchange.detail["keys"]) and good and advice(e) != advice(good) for e in tried
    )


def no_pair(service) -> str:
    """Why failures cannot be told from "nothing there": what was tried, what came back, and what helps."""
    nulls = [e for e in service.calls("null") if (not e.ok and len(e.detail["keys"]) > 1) or not e.ok]
    if nulls and not any(e.ok for e in service.calls("null")):
        return f"answers null prefetch with {nulls[0].outcome}, so that 'nothing there' has no answer to compare with"
    tried = [
        p
        for p in service.evidence.facts.get("pairs", [])
        if (p["service"], p["hook"]) == (service.get("id"), service.get("hook"))
    ]
    if tried and tried[0].get("why"):
        return f"it {tried[0]['why']}; give --patients with one whose data it advises about"
    number = tried[0]["patients"] if tried else len(service.calls("good"))
    return (
        f"about each of {number} patients its advice is the same with data and with none; give --patients with one whom "
        "it advises about"
    )


def may_ask(service) -> bool:
    """Whether the service may ask our FHIR server: it was seen to, or the caller says so (--fetches)."""
    return bool(service.evidence.facts.get("fetches")) or any(asked_us(e) for e in service.evidence.exchanges)


def takes_authorization(service) -> bool:
    """Whether a call with fhirServer and fhirAuthorization is answered at all (req-3)."""
    return any(e.ok for e in service.calls("both"))


def crashed(e) -> bool:
    """No answer, or 500. Other 5xx are an answer: not now."""
    return (bool(e.fault) and not e.untried) or e.status == 500


def asked_us(e) -> list[dict]:
    return [one for one in e.heard if one["server"] == "fhir" and not one["path"].endswith("metadata")]


def names(keys) -> str:
    return ", ".join(str(key)[:40] for key in keys[:4]) + (" ..." if len(keys) > 4 else "")


@check("pre-7", each="service")
def null_is_an_answer(service):
    """A search whose key is null is taken as "there is nothing"; it gives no 412 and no other error.

    why: null is how a client says that it looked and found nothing.
    good: {"prefetch": {"labs": null}} -> 200
    bad: {"prefetch": {"labs": null}} -> 412
    mend: Tell "the key is there" from "the key has a value".
    """
    found, none = unless_called(service, "null", *(["null-served"] if takes_authorization(service) else []))
    yield from none if service.get("prefetch") else [NotTried(f"{service.at}: has no prefetch templates")]
    for e in found:
        if not e.ok and e.status not in (401, 403):
            yield Finding(service.at, f"null for {names(e.detail['keys'])} gets {e.outcome}", e.number)


@check("pre-8", each="service")
def needed_data_missing_give_412(service):
    """With data missing that the advice needs, and no FHIR server to ask, the answer is 412, or says what is missing.

    Data count as needed where the advice about the same patient is other when they are null. An answer that keeps its
    advice, or adds a card, is let pass: what is missing was not needed, or is told.

    why: An empty list of cards says "nothing to worry about".
    good: no prefetch, no fhirServer -> 412
    bad: no prefetch, no fhirServer -> {"cards": []}
    mend: Compare the keys that came with your templates before deciding anything.
    """
    found, none = cannot_compare(service, "absent")
    yield from none
    needed = False
    without_server = {e.status for e in service.calls("prefetch-alone")}
    for e in found:
        if e.status in without_server and e.status != 412:
            yield NotTried(f"{service.at}: takes no call without a FHIR server (pre-11)")
            continue
        if not e.ok and e.status not in (412, 401, 403):
            yield Finding(service.at, f"{names(e.detail['keys'])} missing gets {e.outcome}, not 412", e.number)
        elif silent(service, e):
            yield Finding(service.at, f"{names(e.detail['keys'])} missing gets 200: {silent(service, e)}", e.number)
        needed = needed or e.status == 412 or bool(good_of(service, e) and advice(e) != advice(good_of(service, e)))
    if found and not needed:
        yield NotTried(f"{service.at}: {no_pair(service)}")


INSIDE = {None: "", 1: "in a Bundle ", 2: "in a Bundle ", "half": "beside half of the data "}


@check("pre-9", each="service")
def an_operation_outcome_is_an_error(service):
    """A key that holds an OperationOutcome, alone, in a Bundle, or beside half of the data, is not taken for data nor for "nothing there".

    Judged where the advice about the same patient is other when the key is null. The same cards as for null, but with
    other details, are let pass: details may say that it could not be read.

    why: The client tells that it could not look. Taken as "nothing there", a danger goes unseen.
    good: {"prefetch": {"labs": {"resourceType": "OperationOutcome", ...}}} -> 412
    bad: {"prefetch": {"labs": {"resourceType": "OperationOutcome", ...}}} -> {"cards": []}
    mend: Look at resourceType before you read entries.
    """
    found, none = cannot_compare(service, "failed")
    yield from none
    depends = False
    for e in found:
        good, nothing = good_of(service, e), null_of(service, e)
        what = f"an OperationOutcome {INSIDE[e.detail.get('inside')]}for {names(e.detail['keys'])}"
        if crashed(e):
            yield Finding(service.at, f"{what} gets {e.outcome}", e.number)
        elif silent(service, e):
            yield Finding(service.at, f"{what}: {silent(service, e)}", e.number)
        depends = depends or bool(good and nothing and advice(good) != advice(nothing)) or reads_decide(service, e)
    yield from _taken_for_data(service, found)
    if found and not depends:
        yield NotTried(f"{service.at}: {no_pair(service)}")


def _taken_for_data(service, failed):
    """One OperationOutcome, one in a Bundle, two in a Bundle: advice that changes with their number counts them.

    412 for one and advice for another is let pass: the advice may need none of what failed.
    """
    failed = [e for e in failed if e.detail.get("inside") != "half"]
    whole = [e for e in failed if set(e.detail["keys"]) == set(failed[0].detail["keys"])]
    said = {advice(e) for e in whole if e.ok}
    if len(whole) > 1 and len(said) > 1 and not any(crashed(e) or silent(service, e) for e in whole):
        e = next(one for one in whole if one.ok)
        says = (
            "an OperationOutcome alone, one in a Bundle and two in a Bundle are answered differently, as data would be"
        )
        yield Finding(service.at, says, e.number)


@check("pre-12", each="service")
def answers_come_quickly(service):
    """Half of the good calls are answered within 500 ms, as measured from here, while this machine itself is not late.

    why: The clinician waits; clients drop what comes late.
    good: 40 ms
    bad: 1400 ms
    mend: Fetch in parallel, keep definitions in memory, measure.
    """
    found, none = unless_called(service, "good", "again")
    answered = [e for e in found if e.ok and not e.busy]
    why = "this machine was busy" if any(e.ok for e in found) else "no good call was answered"
    yield from none if not found or answered else [NotTried(f"{service.at}: {why}")]
    if answered and median(e.ms for e in answered) > 500:
        slow = max(answered, key=lambda e: e.ms)
        yield Finding(service.at, f"half of {len(answered)} good calls took longer than 500 ms", slow.number)
