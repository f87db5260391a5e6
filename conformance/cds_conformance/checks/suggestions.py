"""Checks of what a card offers: suggestions, their actions with FHIR resources, and links."""

import json
import re
from functools import lru_cache
from itertools import islice

from cds_conformance.checks.cards import SCRIPTED, is_web_url
from cds_conformance.checks.parts import is_empty, kind_of, may_be, must_be_objects, must_be_string, without_value, word
from cds_conformance.checks.registry import check
from cds_conformance.fhir_shape import shape_faults

ABOUT = ("subject", "patient", "beneficiary", "for")
PATIENT = re.compile(r"(?:^|/)Patient/([A-Za-z0-9\-.]{1,64})(?:/_history/.*)?$")
REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")


@check("sug-1", each="card")
def suggestions_have_labels(card):
    """`suggestions`, where there, is an array of objects, each with a `label`, a string.

    why: The label is the text of the button.
    good: {"suggestions": [{"label": "Order a potassium level"}]}
    bad: {"suggestions": [{"uuid": "e56e1945-20b3-4393-8503-a1a20fd73152"}]}
    mend: Say in the label what will happen.
    """
    yield from must_be_objects(card, "suggestions")
    for i, one in enumerate(card.objects("suggestions")):
        yield from ((f"suggestions[{i}].{at}", says) for at, says in must_be_string(one, "label"))


@check("sug-2", each="suggestion")
def an_action_selection_behavior_is_one_of_three(suggestion):
    """`actionSelectionBehavior`, where there, is all, any or at-most-one.

    Whether the client supports it is agreed beforehand and cannot be seen.

    why: A client that does not know the value cannot tell which actions belong together.
    good: {"label": "A", "actionSelectionBehavior": "all"}
    bad: {"label": "A", "actionSelectionBehavior": "some"}
    mend: Use one of the three words, or leave it out for `all`.
    """
    behavior = suggestion.get("actionSelectionBehavior")
    if not is_empty(behavior) and behavior not in ("all", "any", "at-most-one"):
        yield "actionSelectionBehavior", f"{word(behavior)} is not all, any or at-most-one"


@check("sug-3", each="suggestion")
def is_recommended_is_a_boolean(suggestion):
    """`isRecommended`, where there, is true or false.

    why: "false" as a string is true in many languages.
    good: {"label": "A", "isRecommended": false}
    bad: {"label": "A", "isRecommended": "false"}
    mend: Write a JSON boolean.
    """
    yield from may_be(suggestion, "isRecommended", bool, "a boolean")


@check("act-1", each="suggestion")
def actions_of_a_suggestion_are_objects(suggestion):
    """`actions`, where there, is an array of objects.

    why: The client carries them out one by one.
    good: {"label": "A", "actions": [{"type": "delete"}]}
    bad: {"label": "A", "actions": {"type": "delete"}}
    mend: Write an array, also for one action.
    """
    yield from must_be_objects(suggestion, "actions")


@check("act-1", each="action")
def an_action_creates_updates_or_deletes(action):
    """`type` of an action is create, update or delete, in small letters.

    why: An action that the client does not understand is not carried out, though the button was pressed.
    good: {"type": "create"}
    bad: {"type": "Create"}
    mend: Use the three words as they stand.
    """
    kind = action.get("type")
    if isinstance(kind, str) and not is_empty(kind):
        if kind not in ("create", "update", "delete"):
            yield "type", f"{word(kind)} is not create, update or delete"
    else:
        yield from must_be_string(action, "type")


@check("act-2", each="action")
def create_and_update_carry_a_resource(action):
    """create carries a `resource`, an object; update carries the whole resource, with its `id`.

    why: Without it the client has nothing to write; without the id it does not know what to replace.
    good: {"type": "update", "resource": {"resourceType": "ServiceRequest", "id": "1"}}
    bad: {"type": "update", "resource": {"resourceType": "ServiceRequest"}}
    mend: Put the resource itself into the action, not a reference and not a string.
    """
    kind, resource = action.get("type"), action.get("resource")
    if kind not in ("create", "update"):
        return
    if "resource" not in action.value:
        yield "resource", f"is missing though the type is {kind}"
    elif is_empty(resource):
        yield "resource", f"{without_value(resource)} though the type is {kind}"
    elif not isinstance(resource, dict):
        yield "resource", f"is {kind_of(resource)}, not a resource"
    elif kind == "update" and not resource.get("id"):
        yield "resource.id", "is missing: an update must say what it replaces"


@check("act-3", each="action")
def delete_names_what_it_deletes(action):
    """delete carries a `resourceId` of the form Type/id, and no `resource`.

    In 1.0 the id stood in `resource`; that use is deprecated.

    why: Clients of 2.0 and later look for resourceId.
    good: {"type": "delete", "resourceId": "ServiceRequest/1"}
    bad: {"type": "delete", "resource": "ServiceRequest/1"}
    mend: Write "resourceId": "Type/id".
    """
    if action.get("type") == "delete":
        held = action.get("resourceId")
        if "resourceId" not in action.value:
            yield "resourceId", "is missing though the type is delete"
        elif is_empty(held):
            yield "resourceId", f"{without_value(held)} though the type is delete"
        elif not (isinstance(held, str) and REFERENCE.fullmatch(held)):
            yield "resourceId", f"{word(held)} is not a relative reference Type/id"
        if "resource" in action.value:
            yield "resource", "is there though the type is delete"


@check("act-4", each="action")
def a_resource_is_valid_fhir(action):
    """The `resource` of an action is valid FHIR R4: its type, its fields, their types, what is required.

    Profiles, and codes of open lists, are not looked at. Requests speak R4, so R4 is what the client can take.

    why: The client writes it into the record; a server refuses what is not valid, and the order is never made.
    good: {"type": "create", "resource": {"resourceType": "ServiceRequest", "status": "draft", "intent": "order", "subject": {"reference": "Patient/1"}}}
    bad: {"type": "create", "resource": {"resourceType": "ServiceRequest", "status": "draft"}}
    mend: Validate the resources of your suggestions in your own tests.
    """
    resource = action.get("resource")
    if isinstance(resource, dict) and resource:
        for step, says in faults_of(json.dumps(resource, sort_keys=True)):
            yield f"resource.{step}" if step else "resource", says


@lru_cache(maxsize=2048)
def faults_of(resource_json: str) -> tuple[tuple[str, str], ...]:
    """What FHIR R4 says against a resource: place and fault, at most five; the values themselves are not quoted."""
    return tuple(islice(shape_faults(json.loads(resource_json)), 5))


@check("act-6", each="action")
def an_action_is_about_the_patient_of_the_call(action):
    """The patient whom the `resource` of an action names (subject, patient, beneficiary, for) is the one of the call.

    References to what stands beside it (#..., urn:...), and to a Group, are let pass.

    why: An order for a patient of the examples, or of the call before, is signed for somebody else.
    good: {"type": "create", "resource": {"resourceType": "ServiceRequest", "subject": {"reference": "Patient/1"}}}
    bad: {"type": "create", "resource": {"resourceType": "ServiceRequest", "subject": {"reference": "Patient/example"}}}
    mend: Take the id from `context.patientId` of the request, each time.
    """
    resource, sent = action.get("resource"), action.exchange.sent
    context = sent.get("context") if isinstance(sent, dict) else None
    patient = context.get("patientId") if isinstance(context, dict) else None
    for name in ABOUT if isinstance(resource, dict) and isinstance(patient, str) else ():
        held = resource.get(name)
        reference = held.get("reference") if isinstance(held, dict) else None
        named = PATIENT.search(reference) if isinstance(reference, str) else None
        if named and named.group(1) != patient:
            yield f"resource.{name}", "is another patient than that of the call"


@check("act-5", each="suggestion")
def an_action_of_a_suggestion_is_described(suggestion):
    """Each action of a suggestion has a `description`, a string. (For systemActions it is optional.)

    why: It is what the user reads before agreeing.
    good: {"label": "A", "actions": [{"type": "delete", "description": "Cancel the order", "resourceId": "ServiceRequest/1"}]}
    bad: {"label": "A", "actions": [{"type": "delete", "resourceId": "ServiceRequest/1"}]}
    mend: Describe the action in a few words.
    """
    for i, one in enumerate(suggestion.objects("actions")):
        yield from ((f"actions[{i}].{at}", says) for at, says in must_be_string(one, "description"))


@check("link-1", each="card")
def links_have_label_url_and_type(card):
    """`links`, where there, is an array of objects, each with `label`, `url` and `type`; the type is absolute or smart.

    why: A link without one of them cannot be shown or opened.
    good: {"links": [{"label": "Guideline", "url": "https://example.org", "type": "absolute"}]}
    bad: {"links": [{"label": "Guideline", "url": "https://example.org"}]}
    mend: Give each link all three.
    """
    yield from must_be_objects(card, "links")
    for i, link in enumerate(card.objects("links")):
        for name in ("label", "url", "type"):
            yield from ((f"links[{i}].{at}", says) for at, says in must_be_string(link, name))
        kind = link.get("type")
        if isinstance(kind, str) and kind.strip() and kind not in ("absolute", "smart"):
            yield f"links[{i}].type", f"{word(kind)} is neither absolute nor smart"


@check("link-2", each="link")
def autolaunchable_is_a_boolean(link):
    """`autolaunchable`, where there, is true or false.

    why: It makes the client open the link without asking; "false" as a string is true in many languages.
    good: {"autolaunchable": true}
    bad: {"autolaunchable": "true"}
    mend: Write a JSON boolean.
    """
    yield from may_be(link, "autolaunchable", bool, "a boolean")


@check("link-3", each="link")
def a_link_leads_somewhere(link):
    """`url` is absolute: a web address with a host, or an app's own scheme; it runs no script.

    why: A relative URL would be looked for in the client's own site; a script would run in it.
    good: {"url": "https://example.org/launch"}
    bad: {"url": "/launch"}
    mend: Write the URL from https:// on.
    """
    url = link.get("url")
    if isinstance(url, str) and url.strip():
        if SCRIPTED.match(url):
            yield "url", f"runs a script ({url.split(':')[0].strip().lower()}:)"
        elif not is_web_url(url) and not re.match(r"(?!https?:)[a-z][a-z0-9+.-]*:\S+$", url, re.IGNORECASE):
            yield "url", f"{word(url)} is not an absolute URL"


@check("link-4", each="link")
def only_smart_links_have_an_app_context(link):
    """`appContext`, where there, is a string, and the link's type is smart.

    why: It travels with the SMART launch; an absolute link has none.
    good: {"type": "smart", "appContext": "session=3456356"}
    bad: {"type": "absolute", "appContext": "session=3456356"}
    mend: Put the context into the URL of an absolute link, or make the link smart.
    """
    yield from may_be(link, "appContext", str, "a string")
    if link.get("appContext") and link.get("type") == "absolute":
        yield "appContext", "is there though the link is absolute"
