"""Checks of the CRD profile: Inferno's assertions about the form of discovery, answers, cards and actions."""

from cds_conformance.checks.parts import kind_of, word
from cds_conformance.checks.registry import NotTried, check
from cds_conformance.checks.suggestions import REFERENCE, faults_of
from cds_conformance.reading import NO_JSON
from cds_conformance.report.model import Finding

HOOKS = ("appointment-book", "encounter-start", "encounter-discharge", "order-select", "order-dispatch", "order-sign")
WITH_ACTIONS = ("appointment-book", "order-sign", "order-dispatch")


def wrong_string(part, name: str):
    value = part.get(name)
    if not (isinstance(value, str) and value.strip()):
        yield name, "is missing" if name not in part.value else f"is {kind_of(value)}" if value else "is empty"


@check("crd-2", each="discovery")
def crd_discovery_answers_200(answer):
    """GET {base}/cds-services answers 200."""
    if answer.exchange.status != 200:
        yield "", f"gets {answer.exchange.outcome}"


@check("crd-3", each="discovery")
def crd_discovery_is_json(answer):
    """The body of the discovery is JSON."""
    if answer.exchange.ok and answer.value is NO_JSON:
        yield "", answer.exchange.reading.unreadable


@check("crd-4", each="discovery")
def crd_discovery_has_services(answer):
    """The discovery is an object that has `services`."""
    if answer.exchange.ok and not (isinstance(answer.value, dict) and "services" in answer.value):
        yield "services", "is missing"


@check("crd-5", each="discovery")
def crd_services_are_an_array(answer):
    """`services` is an array."""
    if isinstance(answer.value, dict) and not isinstance(answer.get("services", []), list):
        yield "services", f"is {kind_of(answer.get('services'))}, not an array"


@check("crd-6", each="listed")
def crd_a_service_has_a_hook(entry):
    """Each service has a `hook`, a string that is not empty."""
    yield from wrong_string(entry, "hook")


@check("crd-7", each="listed")
def crd_a_service_has_a_description(entry):
    """Each service has a `description`, a string that is not empty."""
    yield from wrong_string(entry, "description")


@check("crd-8", each="listed")
def crd_a_service_has_an_id(entry):
    """Each service has an `id`, a string that is not empty."""
    yield from wrong_string(entry, "id")


@check("crd-67", each="discovery")
def crd_a_hook_of_crd_is_listed(answer):
    """The discovery lists a service for at least one of CRD's six hooks."""
    held = answer.get("services") if isinstance(answer.value, dict) else None
    hooks = {one.get("hook") for one in held if isinstance(one, dict)} if isinstance(held, list) else None
    if hooks is None:
        yield NotTried("the discovery lists no services")
    elif not any(hook in HOOKS for hook in hooks if isinstance(hook, str)):
        yield "services", f"none is for {', '.join(HOOKS)}"


@check("crd-9", each="service")
def crd_good_calls_are_answered(service):
    """A good call of one of CRD's six hooks is answered with 200."""
    goods = service.calls("good") if service.get("hook") in HOOKS else []
    if not goods:
        yield NotTried("is no hook of CRD" if service.get("hook") not in HOOKS else "was not called")
    for e in goods:
        if e.status in (401, 403):
            yield NotTried("asks for a token")
        elif not e.ok:
            yield Finding(service.at, f"a good call gets {e.outcome}", e.number)


@check("crd-10", each="evidence")
def crd_answers_are_json(run):
    """The body of an answer to a good call is JSON."""
    goods = [e for e in run.evidence.of("good") if e.ok]
    if not goods:
        yield NotTried("no good call was answered")
    for e in goods:
        if e.json is NO_JSON:
            yield Finding(e.where, e.reading.unreadable, e.number)


@check("crd-11", each="answer")
def crd_an_answer_has_cards(answer):
    """The answer has `cards`."""
    if not (isinstance(answer.value, dict) and "cards" in answer.value):
        yield "cards", "is missing"


@check("crd-12", each="answer")
def crd_cards_are_an_array(answer):
    """`cards` is an array."""
    if isinstance(answer.value, dict) and not isinstance(answer.get("cards", []), list):
        yield "cards", f"is {kind_of(answer.get('cards'))}, not an array"


@check("crd-13", each="card")
def crd_a_card_has_a_summary(card):
    """Each card has a `summary`, a string."""
    yield from wrong_string(card, "summary")


@check("crd-14", each="card")
def crd_a_card_has_an_indicator(card):
    """Each card has an `indicator`, a string."""
    yield from wrong_string(card, "indicator")


@check("crd-15", each="card")
def crd_a_card_has_a_source(card):
    """Each card has a `source`, an object that is not empty."""
    if not (isinstance(card.get("source"), dict) and card.get("source")):
        yield "source", "is missing, empty or no object"


@check("crd-16", each="card")
def crd_a_summary_is_short(card):
    """The summary has fewer than 140 characters."""
    if isinstance(card.get("summary"), str) and len(card.get("summary")) >= 140:
        yield "summary", f"has {len(card.get('summary'))} characters"


@check("crd-17", each="card")
def crd_an_indicator_is_one_of_three(card):
    """The indicator is info, warning or critical."""
    if isinstance(card.get("indicator"), str) and card.get("indicator") not in ("info", "warning", "critical"):
        yield "indicator", f"{word(card.get('indicator'))} is not info, warning or critical"


@check("crd-18", each="source")
def crd_a_source_has_a_label(source):
    """`source.label` is a string."""
    yield from wrong_string(source, "label")


@check("crd-19", each="source")
def crd_a_source_has_a_topic(source):
    """`source.topic` is there, an object: CRD requires what CDS Hooks leaves open."""
    if not (isinstance(source.get("topic"), dict) and source.get("topic")):
        yield "topic", "is missing; CRD requires it"


@check("crd-20", each="source")
def crd_a_topic_has_a_code(source):
    """`source.topic.code` is a string."""
    yield from _of_topic(source, "code")


@check("crd-21", each="source")
def crd_a_topic_has_a_system(source):
    """`source.topic.system` is a string."""
    yield from _of_topic(source, "system")


def _of_topic(source, name: str):
    if isinstance(source.get("topic"), dict) and source.get("topic"):
        topic = source.inner(source.get("topic"), "topic")
        yield from ((f"topic.{at}", says) for at, says in wrong_string(topic, name))


@check("crd-22", each="answer")
def crd_some_hooks_have_system_actions(answer):
    """On appointment-book, order-sign and order-dispatch `systemActions` is there, if only as an empty array."""
    if answer.exchange.hook not in WITH_ACTIONS:
        yield NotTried(f"{answer.exchange.hook} need not have systemActions")
    elif isinstance(answer.value, dict) and answer.get("systemActions") is None:
        yield "systemActions", "is missing"


@check("crd-23", each="answer")
def crd_system_actions_are_an_array(answer):
    """`systemActions`, where there, is an array."""
    held = answer.get("systemActions")
    if held is not None and not isinstance(held, list):
        yield "systemActions", f"is {kind_of(held)}, not an array"


@check("crd-24", each="action")
def crd_an_action_has_a_type(action):
    """Each action has a `type`, a string."""
    yield from wrong_string(action, "type")


@check("crd-25", each="action")
def crd_an_action_has_a_description(action):
    """Each action, also of systemActions, has a `description`, a string."""
    yield from wrong_string(action, "description")


@check("crd-26", each="action")
def crd_an_action_type_is_one_of_three(action):
    """The type is create, update or delete."""
    if isinstance(action.get("type"), str) and action.get("type") not in ("create", "update", "delete"):
        yield "type", f"{word(action.get('type'))} is not create, update or delete"


@check("crd-27", each="action")
def crd_create_and_update_have_a_resource(action):
    """create and update have a `resource`."""
    if action.get("type") in ("create", "update") and not action.get("resource"):
        yield "resource", "is missing"


@check("crd-28", each="action")
def crd_a_resource_can_be_read(action):
    """The resource of create and update can be read as a FHIR R4 resource."""
    import json

    if action.get("type") in ("create", "update") and action.get("resource"):
        held = action.get("resource")
        if not isinstance(held, dict):
            yield "resource", f"is {kind_of(held)}, not a resource"
        else:
            yield from ((f"resource.{at}", says) for at, says in faults_of(json.dumps(held, sort_keys=True)))


@check("crd-29", each="action")
def crd_delete_has_a_resource_id(action):
    """delete has a `resourceId`, a string."""
    if action.get("type") == "delete":
        yield from wrong_string(action, "resourceId")


@check("crd-30", each="action")
def crd_a_resource_id_is_a_reference(action):
    """`resourceId` of a delete has the form Type/id."""
    held = action.get("resourceId")
    if action.get("type") == "delete" and isinstance(held, str) and held and not REFERENCE.fullmatch(held):
        yield "resourceId", f"{word(held)} is not Type/id"


def wrong_optional(card, name: str, kind: type, words: str):
    """Inferno lets null pass, but neither another type nor an empty value."""
    value = card.get(name)
    if value is not None and not (isinstance(value, kind) and value):
        yield name, f"is empty, not {words}" if isinstance(value, kind) else f"is {kind_of(value)}, not {words}"


@check("crd-31", each="card")
def crd_a_uuid_is_a_string(card):
    """`uuid`, where there, is a string that is not empty."""
    yield from wrong_optional(card, "uuid", str, "a string")


@check("crd-32", each="card")
def crd_a_detail_is_a_string(card):
    """`detail`, where there, is a string that is not empty."""
    yield from wrong_optional(card, "detail", str, "a string")


@check("crd-33", each="card")
def crd_suggestions_are_an_array(card):
    """`suggestions`, where there, is an array that is not empty."""
    yield from wrong_optional(card, "suggestions", list, "an array")


@check("crd-34", each="card")
def crd_override_reasons_are_an_array(card):
    """`overrideReasons`, where there, is an array that is not empty."""
    yield from wrong_optional(card, "overrideReasons", list, "an array")


@check("crd-35", each="card")
def crd_links_are_an_array(card):
    """`links`, where there, is an array that is not empty."""
    yield from wrong_optional(card, "links", list, "an array")
