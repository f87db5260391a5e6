"""Checks of the feedback endpoint: what is good is taken, what is bad is refused."""

from cds_conformance.checks.registry import NotTried, check
from cds_conformance.report.model import Finding

SEVERAL = ("two entries about one card", "the same entry again")


def endpoint(service):
    """The feedback that was sent, or why it says nothing about the endpoint."""
    sent = [e for e in service.calls("feedback") if not e.untried]
    if not sent:
        return [], NotTried(f"{service.at}: feedback was not sent")
    if not sent[0].taken and (sent[0].status in (404, 405, 501) or not sent[0].detail.get("seen")):
        return [], NotTried(f"{service.at}: no feedback endpoint ({sent[0].outcome})")
    return sent, None


@check("fb-1", each="service")
def there_is_a_feedback_endpoint(service):
    """POST {base}/cds-services/{id}/feedback is answered with 2xx.

    A service may do without; then the other statements about feedback are not tried.

    why: Without it the service never learns what became of its advice.
    good: POST /cds-services/greeter/feedback {"feedback": [...]} -> 200
    bad: POST /cds-services/greeter/feedback {"feedback": [...]} -> 500
    mend: Serve it for every id.
    """
    sent = service.calls("feedback")
    if not sent or sent[0].untried:
        yield NotTried(f"{service.at}: feedback was not sent")
    elif sent[0].status in (404, 405, 501) and sent[0].detail["seen"]:
        yield Finding(service.at, f"has no feedback endpoint ({sent[0].outcome})", sent[0].number)
    elif sent[0].fault or sent[0].status >= 500:
        yield Finding(service.at, f"feedback gets {sent[0].outcome}", sent[0].number)
    elif not sent[0].taken:
        yield NotTried(f"{service.at}: feedback gets {sent[0].outcome}")


@check("fb-2", each="service")
def good_feedback_is_taken(service):
    """accepted; overridden without a reason, with a reason, with a comment only, with both: each is answered with 2xx.

    why: Clients do not send feedback twice; what is refused is lost.
    good: {"feedback": [{"card": "...", "outcome": "overridden", "outcomeTimestamp": "2026-01-15T09:00:00Z"}]} -> 200
    bad: {"feedback": [{"card": "...", "outcome": "overridden", "outcomeTimestamp": "2026-01-15T09:00:00Z"}]} -> 400
    mend: Require card, outcome and outcomeTimestamp; acceptedSuggestions only where the outcome is accepted.
    """
    sent, none = endpoint(service)
    if none:
        yield none
    for e in sent:
        if e.detail["what"] in SEVERAL or e.taken:
            continue
        if e.refused and not e.detail.get("seen"):
            yield NotTried(f"{service.at}: no card with a uuid was seen, and feedback about an unknown one is refused")
        elif e.refused and e.detail.get("again"):
            yield NotTried(
                f"{service.at}: too few cards were seen to try every kind of feedback (fb-4 tells of repeats)"
            )
        elif e is not sent[0] or e.refused:
            yield Finding(service.at, f"{e.detail['what']} gets {e.outcome}", e.number)


@check("fb-3", each="service")
def an_empty_override_reason_is_refused(service):
    """An overrideReason with neither reason nor userComment is refused with a 4xx.

    why: It says that there is a reason, and gives none.
    good: {"overrideReason": {}} -> 400
    bad: {"overrideReason": {}} -> 200
    mend: Ask for one of the two where overrideReason is there.
    """
    yield from _bad(service, lambda what: what == "overrideReason is empty")


@check("fb-4", each="service")
def several_entries_are_taken(service):
    """Several entries in one call, and feedback about a card that had some before, are answered with 2xx.

    why: Clients collect feedback, and a card may be acted upon more than once.
    good: {"feedback": [{...}, {...}]} -> 200
    bad: {"feedback": [{...}, {...}]} -> 409
    mend: Keep every entry; let the time tell which is the last.
    """
    sent, none = endpoint(service)
    if none:
        yield none
    several = [e for e in sent if e.detail["what"] in SEVERAL]
    if sent and not several:
        yield NotTried(f"{service.at}: the first feedback was not taken")
    for e in several:
        if not e.taken:
            yield Finding(service.at, f"{e.detail['what']}: gets {e.outcome}", e.number)


@check("fb-5", each="service")
def bad_feedback_is_refused(service):
    """Feedback without card, outcome or outcomeTimestamp, of an unknown outcome, accepted without a suggestion, or that
    is no array, is refused with a 4xx.

    why: What is stored without a card or a time can never be read again.
    good: {"feedback": [{"outcome": "accepted"}]} -> 400
    bad: {"feedback": [{"outcome": "accepted"}]} -> 200
    mend: Check every entry, and name what is wrong with which.
    """
    yield from _bad(service, lambda what: what != "overrideReason is empty")


def _bad(service, wanted):
    sent = [e for e in service.calls("feedback-bad") if wanted(e.detail["what"]) and not e.untried]
    if not sent:
        yield NotTried(f"{service.at}: there is no feedback endpoint that takes good feedback")
    for e in sent:
        if not e.refused:
            yield Finding(f"{service.at} feedback", f"{e.detail['what']}: gets {e.outcome}", e.number)
