"""Checks of the CRD profile: Inferno's assertions about optional parts of cards, and about CRD's kinds of cards."""

from cds_conformance.checks.cards import is_web_url
from cds_conformance.checks.crd import wrong_string
from cds_conformance.checks.crd_coverage import ORDERS, objects
from cds_conformance.checks.parts import kind_of, word
from cds_conformance.checks.registry import NotTried, check

ADDITIONAL = {
    "CommunicationRequest",
    "Device",
    "DeviceRequest",
    "Medication",
    "MedicationRequest",
    "NutritionOrder",
    "ServiceRequest",
    "VisionPrescription",
}


@check("crd-36", each="card")
def crd_suggestions_have_a_selection_behavior(card):
    """Where there are `suggestions` there is a `selectionBehavior`."""
    if card.get("suggestions") and not card.get("selectionBehavior"):
        yield "selectionBehavior", "is missing"


@check("crd-37", each="card")
def crd_a_selection_behavior_is_one_of_two(card):
    """`selectionBehavior`, where there are suggestions, is at-most-one or any."""
    held = card.get("selectionBehavior")
    if card.get("suggestions") and held and held not in ("at-most-one", "any"):
        yield "selectionBehavior", f"{word(held)} is neither at-most-one nor any"


def _of_each(card, array: str, name: str):
    parts = list(card.objects(array))
    if not parts:
        yield NotTried(f"no {array} were seen")
    for i, part in enumerate(parts):
        yield from ((f"{array}[{i}].{at}", says) for at, says in wrong_string(part, name))


@check("crd-38", each="card")
def crd_an_override_reason_has_a_code(card):
    """Each override reason has a `code`."""
    yield from _of_each(card, "overrideReasons", "code")


@check("crd-39", each="card")
def crd_an_override_reason_has_a_system(card):
    """Each override reason has a `system`."""
    yield from _of_each(card, "overrideReasons", "system")


@check("crd-40", each="card")
def crd_an_override_reason_has_a_display(card):
    """Each override reason has a `display`."""
    yield from _of_each(card, "overrideReasons", "display")


@check("crd-41", each="card")
def crd_a_link_has_a_label(card):
    """Each link has a `label`."""
    yield from _of_each(card, "links", "label")


@check("crd-42", each="card")
def crd_a_link_has_a_type(card):
    """Each link has a `type`."""
    yield from _of_each(card, "links", "type")


@check("crd-43", each="link")
def crd_a_link_has_a_web_address(link):
    """Each link has a `url`: http or https, with a host."""
    if not is_web_url(link.get("url")):
        yield "url", f"{word(link.get('url'))} is no http(s) URL with a host"


@check("crd-44", each="link")
def crd_a_link_type_is_one_of_two(link):
    """A link's type is absolute or smart."""
    if isinstance(link.get("type"), str) and link.get("type") and link.get("type") not in ("absolute", "smart"):
        yield "type", f"{word(link.get('type'))} is neither absolute nor smart"


@check("crd-45", each="link")
def crd_an_absolute_link_has_no_app_context(link):
    """An absolute link has no `appContext`."""
    if link.get("type") == "absolute" and link.get("appContext"):
        yield "appContext", "is there though the link is absolute"


@check("crd-46", each="card")
def crd_a_suggestion_has_a_label(card):
    """Each suggestion has a `label`."""
    yield from _of_each(card, "suggestions", "label")


@check("crd-47", each="suggestion")
def crd_actions_are_an_array(suggestion):
    """`actions`, where there, is an array."""
    held = suggestion.get("actions")
    if held is not None and not isinstance(held, list):
        yield "actions", f"is {kind_of(held)}, not an array"


@check("crd-48", each="suggestion")
def crd_actions_are_not_empty(suggestion):
    """`actions`, where there, is not empty."""
    if suggestion.get("actions") == []:
        yield "actions", "is empty"


def _links(card) -> set:
    return {str(link.get("type")) for link in card.objects("links")}


def _seen(run, what: str, fits):
    """A kind of card that need not come: seen, or not tried."""
    if not any(fits(card) for card in run.each("card")):
        yield NotTried(f"no {what} was seen; our patients may not call for one")


@check("crd-49", "crd-61", each="evidence")
def crd_an_external_reference_comes(run):
    """At least one External Reference card comes: with links, all of them absolute."""
    yield from _seen(run, "External Reference card", lambda card: _links(card) == {"absolute"})


@check("crd-50", each="evidence")
def crd_a_smart_launch_comes(run):
    """At least one Launch SMART Application card comes: with links, all of them smart."""
    yield from _seen(run, "Launch SMART Application card", lambda card: _links(card) == {"smart"})


@check("crd-51", "crd-62", each="evidence")
def crd_instructions_come(run):
    """At least one Instructions card comes: without links and without suggestions."""
    yield from _seen(run, "Instructions card", lambda c: not c.get("links") and not c.get("suggestions"))


def _drafts(action) -> set[str]:
    """The drafts of the request to which an answer belongs, as Type/id."""
    sent = action.exchange.sent
    held = (
        sent["context"].get("draftOrders") if isinstance(sent, dict) and isinstance(sent.get("context"), dict) else None
    )
    entries = held.get("entry", []) if isinstance(held, dict) else []
    return {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in entries}


def _name(action) -> str:
    resource = action.get("resource")
    if isinstance(resource, dict):
        return f"{resource.get('resourceType')}/{resource.get('id')}"
    return str(action.get("resourceId"))


@check("crd-57", each="suggestion")
def crd_alternates_change_drafts_of_the_request(suggestion):
    """On order-select and order-sign: what a suggestion updates or deletes is a draft of the request; a delete comes with a
    create of the same type. A suggestion that only deletes proposes no alternate, and is not looked at."""
    actions = list(suggestion.objects("actions"))
    changes = [a for a in actions if a.get("type") in ("update", "delete") and _name(a).split("/")[0] in ORDERS]
    alternate = changes and any(a.get("type") in ("create", "update") for a in actions)
    if suggestion.exchange.hook not in ("order-select", "order-sign") or not alternate:
        yield NotTried("no Propose Alternate Request card was seen")
        return
    made = {_name(a).split("/")[0] for a in actions if a.get("type") == "create"}
    for action in changes:
        if _name(action) not in _drafts(action):
            yield "actions", f"{action.get('type')} of {word(_name(action))}, which is no draft of the request"
        if action.get("type") == "delete" and _name(action).split("/")[0] not in made:
            yield "actions", f"delete of a {word(_name(action).split('/')[0])} without a create of one"


@check("crd-58", each="suggestion")
def crd_additional_orders_are_of_allowed_types(suggestion):
    """A suggestion that only creates, and creates orders, creates resources of the types that CRD allows."""
    actions = list(suggestion.objects("actions"))
    kinds = {_name(a).split("/")[0] for a in actions}
    if not actions or any(a.get("type") != "create" for a in actions) or not kinds & ORDERS:
        yield NotTried("no Additional Orders card was seen")
    elif kinds - ADDITIONAL:
        yield "actions", f"creates {', '.join(word(kind) for kind in sorted(kinds - ADDITIONAL))}"


@check("crd-59", each="suggestion")
def crd_a_form_completion_is_a_task(suggestion):
    """A created Task has the code complete-questionnaire and an input "questionnaire" with a canonical URL."""
    tasks = [a for a in suggestion.objects("actions") if a.get("type") == "create" and _name(a).startswith("Task/")]
    if not tasks:
        yield NotTried("no Form Completion card was seen")
    for action in tasks:
        task = action.get("resource")
        if "complete-questionnaire" not in _codes(task.get("code") if isinstance(task, dict) else None):
            yield "actions", "a created Task has not the code complete-questionnaire"
        named = [
            one
            for one in objects(task, "input")
            if "questionnaire" in _codes(one.get("type")) | {_text(one.get("type"))}
        ]
        if not any(str(one.get("valueCanonical", "")).startswith(("http:", "https:", "urn:")) for one in named):
            yield "actions", "a created Task has no input questionnaire with a canonical URL"


def _codes(concept) -> set[str]:
    return {str(one.get("code")) for one in objects(concept, "coding")}


def _text(concept) -> str:
    return str(concept.get("text", "")) if isinstance(concept, dict) else ""


@check("crd-60", each="card")
def crd_a_coverage_card_has_one_suggestion(card):
    """A card that creates or updates a Coverage has one suggestion."""
    suggestions = list(card.objects("suggestions"))
    about = [s for s in suggestions if any(_name(a).startswith("Coverage/") for a in s.objects("actions"))]
    if not about:
        yield NotTried("no Create or Update Coverage card was seen")
    elif len(suggestions) > 1:
        yield "suggestions", f"there are {len(suggestions)}, not one"
