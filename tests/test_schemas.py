"""The published schemas of what goes out and of feedback accept what is right and refuse each single breach."""

import copy

import pytest

from cdshooks.protocol import schema

UUID = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
CODING = {"system": "http://terminology.example.org/reasons", "code": "seen", "display": "Already seen"}
ORDER = {"resourceType": "ServiceRequest", "status": "draft"}
CREATE = {"type": "create", "description": "Order it", "resource": ORDER}
DELETE = {"type": "delete", "description": "Take it away", "resourceId": "MedicationRequest/draft‑1"}
CARD = {
    "uuid": UUID,
    "summary": "s" * 139,
    "detail": "# Detail",
    "indicator": "warning",
    "source": {
        "label": "A guideline",
        "url": "https://example.org/guideline",
        "icon": "https://example.org/icon.png",
        "topic": {"system": "https://example.org/topics", "code": "a-topic", "display": "A topic"},
    },
    "suggestions": [
        {"label": "Order", "uuid": UUID, "isRecommended": True, "actions": [CREATE]},
        {"label": "Remove", "uuid": UUID, "actions": [DELETE]},
    ],
    "selectionBehavior": "at-most-one",
    "overrideReasons": [CODING],
    "links": [
        {"label": "Read", "url": "https://example.org/read", "type": "absolute"},
        {"label": "Run", "url": "https://example.org/run", "type": "smart", "appContext": "x", "autolaunchable": False},
    ],
    "extension": {"org.example.trace": {"steps": [1]}},
}
RESPONSE = {"cards": [CARD], "systemActions": [{"type": "update", "resource": {"resourceType": "Task", "id": "1"}}]}
SERVICE = {
    "id": "x-patient-view",
    "hook": "patient-view",
    "title": "Title",
    "description": "What it does",
    "usageRequirements": "What it needs",
    "prefetch": {"patient": "Patient/{{context.patientId}}"},
    "version": "3.0.0-ballot",
    "hookVersion": "1.0",
}
ACCEPTED = {
    "card": UUID,
    "outcome": "accepted",
    "outcomeTimestamp": "2026-01-15T09:30:00Z",
    "acceptedSuggestions": [{"id": UUID}],
}
OVERRIDDEN = {
    "card": UUID,
    "outcome": "overridden",
    "outcomeTimestamp": "2026-01-15T09:30:00.5+00:00",
    "overrideReason": {"reason": {"code": "seen"}, "userComment": "Known"},
}
GOOD = {
    "response": RESPONSE,
    "discovery": {"services": [SERVICE]},
    "feedback": {"feedback": [ACCEPTED, OVERRIDDEN]},
}

GONE = object()
BREACHES = {
    "response": [
        ("cards", GONE), ("cards", None), ("more", 1), ("systemActions", []), ("extension", {}),
        ("cards.0.summary", "s" * 140), ("cards.0.summary", ""), ("cards.0.summary", GONE), ("cards.0.uuid", GONE),
        ("cards.0.indicator", "hard-stop"), ("cards.0.detail", ""), ("cards.0.detail", None), ("cards.0.more", 1),
        ("cards.0.source", GONE), ("cards.0.source.label", GONE), ("cards.0.source.url", "guideline"),
        ("cards.0.source.topic", "a-topic"), ("cards.0.source.topic.system", GONE), ("cards.0.source.more", 1),
        ("cards.0.selectionBehavior", GONE), ("cards.0.selectionBehavior", "all"), ("cards.0.suggestions", []),
        ("cards.0.suggestions.1.isRecommended", True), ("cards.0.suggestions.0.uuid", GONE),
        ("cards.0.suggestions.0.label", GONE), ("cards.0.suggestions.0.actions", []),
        ("cards.0.suggestions.0.actions.0.type", "add"), ("cards.0.suggestions.0.actions.0.description", GONE),
        ("cards.0.suggestions.0.actions.0.resource", GONE), ("cards.0.suggestions.0.actions.0.resource", {}),
        ("cards.0.suggestions.0.actions.0.resource.status", None),
        ("cards.0.suggestions.0.actions.0.resource.note", []),
        ("cards.0.suggestions.0.actions.0.resource.code", {"coding": [{"code": ""}]}),
        ("cards.0.suggestions.0.actions.0.resource.resourceType", GONE),
        ("cards.0.suggestions.1.actions.0.resourceId", GONE), ("cards.0.suggestions.1.actions.0.resourceId", "draft"),
        ("cards.0.suggestions.1.actions.0.resource", {"resourceType": "Task"}),
        ("cards.0.overrideReasons", []), ("cards.0.overrideReasons.0.display", GONE),
        ("cards.0.overrideReasons.0.system", GONE), ("cards.0.links.0.appContext", "x"), ("cards.0.links.0.url", GONE),
        ("cards.0.links.0.type", "relative"), ("cards.0.links.1.autolaunchable", "no"), ("cards.0.extension", {}),
    ],
    "discovery": [
        ("services", GONE), ("services", {}), ("more", 1), ("services.0.id", GONE), ("services.0.id", "a/b"),
        ("services.0.hook", GONE), ("services.0.hook", "Patient View"), ("services.0.description", ""),
        ("services.0.title", GONE), ("services.0.prefetch", {}), ("services.0.prefetch.patient", None),
        ("services.0.version", "latest"), ("services.0.hookVersion", "v1"), ("services.0.more", 1),
    ],
    "feedback": [
        ("feedback", GONE), ("feedback", []), ("feedback.0", "x"), ("feedback.0.card", GONE),
        ("feedback.0.outcome", "ignored"), ("feedback.0.outcomeTimestamp", "2026-01-15"),
        ("feedback.0.outcomeTimestamp", "2026-01-15T09:30:00+01:00"), ("feedback.0.acceptedSuggestions", GONE),
        ("feedback.0.acceptedSuggestions", []), ("feedback.0.acceptedSuggestions.0.id", GONE),
        ("feedback.1.overrideReason", {}), ("feedback.1.overrideReason.reason.code", GONE),
    ],
}  # fmt: skip


def broken(message, place, value):
    """The message with one thing changed, at a dotted place."""
    message = copy.deepcopy(message)
    *way, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    target = message
    for step in way:
        target = target[step]
    if value is GONE:
        del target[last]
    else:
        target[last] = value
    return message


@pytest.mark.parametrize("name", GOOD)
def test_a_message_that_uses_every_field_is_accepted(name):
    assert schema.faults(name, GOOD[name]) == []


@pytest.mark.parametrize("cards", [[], [CARD | {"suggestions": [{"label": "x", "uuid": UUID}]}]])
def test_an_answer_may_be_short(cards):
    assert schema.faults("response", {"cards": cards}) == []


def test_what_may_not_stand_there_is_told_so():
    (fault,) = schema.faults("response", broken(RESPONSE, "cards.0.links.0.appContext", "x"))
    assert fault.startswith("$.cards[0].links[0].appContext: a text of 1 character is not allowed with an absolute link; leave it out")


def test_any_number_of_suggestions_is_recommended_where_any_may_be_chosen():
    both = broken(RESPONSE, "cards.0.suggestions.1.isRecommended", True)
    assert schema.faults("response", broken(both, "cards.0.selectionBehavior", "any")) == []


def test_null_may_stand_in_a_list_of_a_resource_as_fhir_has_it():
    named = {"resourceType": "Patient", "given": [None, "Ann"], "_given": [{"id": "1"}, None]}
    assert schema.faults("response", broken(RESPONSE, "systemActions.0.resource", named)) == []


@pytest.mark.parametrize(
    ("name", "place", "value"), [(name, *breach) for name, breaches in BREACHES.items() for breach in breaches]
)
@pytest.mark.proves("card-6", "fb-2", "resp-3", "card-11", "sug-2", "sug-3", "act-5", "link-4")
def test_each_breach_is_refused(name, place, value):
    assert schema.faults(name, broken(GOOD[name], place, value)) != []
