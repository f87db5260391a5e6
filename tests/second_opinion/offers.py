"""May what is offered be offered? Judged by A15, A16 and A18 alone: each fault is a pair that the opinion never gives."""

from . import codes, doses, drafts, drugs, treatment
from .countries import country_of, wrong_country
from .evaluator import T05, T06, T07, T08, T09, open_record, opinion
from .facts import know
from .folic_and_potassium import antiepileptic, needed_otherwise
from .problems import is_at_least, open_requests, sex
from .raw import codings, many, part

FORBIDDING = {T05, T06, T07, T08, T09}


def faults(hook, context, resources, today, cards):
    """What a card offers and must not, as (what is wrong, "offered")."""
    if not any(card.get("suggestions") for card in cards):
        return set()
    record = open_record(context, resources, today)
    facts = know(record)
    offered = [(card["source"]["topic"]["code"], suggestion) for card in cards for suggestion in card.get("suggestions", [])]
    tests = drafted_tests(hook, record, context)
    injected = runs_by_injection(record, context, facts)
    found = [fault for topic, one in offered for fault in of_suggestion(one, context, resources, today, record, facts, topic, tests)]
    found += ["vitamin B12 beside injections" for topic, one in offered if topic != T05 and injected and starts_b12(one)]
    return {(fault, "offered") for fault in found + twice(offered)}


def abroad(context, sent, cards):
    """O3, A34: of what was sent, the drugs that are offered and are not those of the country."""
    country = country_of([part(one, "resource") for one in drafts.draft_entries(context)], sent)
    found = set()
    for suggestion in (one for card in cards for one in card.get("suggestions", [])):
        for action in suggestion.get("actions", []):
            order = action.get("resource") or {}
            if action["type"] == "create" and order.get("resourceType") == "MedicationRequest":
                found.add(wrong_country(suggestion["label"], order, country))
    return {(fault, "offered") for fault in found if fault}


def of_suggestion(suggestion, context, resources, today, record, facts, topic, tests):
    actions = suggestion.get("actions", [])
    everything = drafts.drafts(record, context)
    removed = [action.get("resourceId", "").split("/")[-1] for action in actions if action["type"] == "delete"]
    for action in actions:
        order = action.get("resource") or {}
        kind = order.get("resourceType")
        if action["type"] in ("create", "update") and kind == "MedicationRequest":
            yield from of_drug(order, action["type"], context, resources, today)
        if action["type"] == "create" and kind == "ServiceRequest":
            asked = [code for _, code in codings(part(order, "code"))]
            if any(same_test(code, other) for code in asked for other in open_requests(record, 14)):
                yield "a test that is requested already"
            if any(same_test(code, other) for code in asked for other in tests):
                yield "a test that is ordered in the sitting"
            if facts["pregnant"] and any(code in codes.ANALYTE_CODES["b12_total"] for code in asked):
                yield "a total vitamin B12 in pregnancy"
    folic = [one for one in everything if one.get("id") in removed and drugs.is_drug(one, "folic_acid", record["draft_medications"])]
    if folic and topic != T09 and (needed_otherwise(record, facts, everything) or of_unknown_sex(record, everything)):
        yield "folic acid that is needed is removed"
    if topic == T05 and any(is_hydroxocobalamin(action.get("resource") or {}, []) for action in actions):
        beside = [one for one in everything if drafts.is_settled(one)]
        if any(is_hydroxocobalamin(one, record["draft_medications"]) for one in beside):
            yield "hydroxocobalamin that is in the sitting"


def is_hydroxocobalamin(order, medications):
    return drugs.is_drug(order, "b12", medications) and drugs.cobalamins(order, medications) == {"hydroxocobalamin"}


def of_unknown_sex(record, everything):
    """Reading T03h: it may be a woman of 12 to 50 on an antiepileptic."""
    years = is_at_least(record, 12) and not is_at_least(record, 51)
    return bool(sex(record) not in ("male", "female") and years and antiepileptic(record, everything))


def drafted_tests(hook, record, context):
    """The codes of the tests that the call is about."""
    asked = drafts.judged(hook, context, drafts.drafts(record, context, "ServiceRequest"))
    return [code for one in asked if one.get("status") == "draft" for _, code in codings(part(one, "code"))]


def runs_by_injection(record, context, facts):
    """Injections are drafted, were given lately, or are ordered and given, and nothing speaks against it (A1, A22)."""
    drafted = any(codes.INJECTION in routes(one, record["draft_medications"]) for one in drafts.drafts(record, context)
                  if drafts.is_settled(one))
    ordered = treatment.injection_ordered(record, 0, 456) and treatment.injection_given(record, 120)
    return drafted or treatment.injection_given(record, 30) or (ordered and not facts["in_spite"])


def routes(draft, medications):
    return doses.routes(drugs.rows_of(draft, medications), "b12", many(draft, "dosageInstruction")) if (
        drugs.is_drug(draft, "b12", medications)) else []


def starts_b12(suggestion):
    """It creates vitamin B12 and takes nothing away for it."""
    actions = suggestion.get("actions", [])
    creates = [one.get("resource") or {} for one in actions if one["type"] == "create"]
    return any(drugs.is_drug(one, "b12", []) for one in creates) and all(one["type"] == "create" for one in actions)


def of_drug(order, does, context, resources, today):
    """A16: the order alone, put through the topics that forbid."""
    draft = {**order, "id": order.get("id", "offered"), "status": "draft", "intent": "order"}
    alone = {"userId": context.get("userId"), "patientId": context["patientId"],
             "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": draft}]}}
    answer = opinion("order-sign", alone, resources, today)[0]
    yield from (f"{does} what raises {topic}" for topic, _ in answer if topic in FORBIDDING)


def same_test(one, other):
    return one == other or any(one in listed and other in listed for listed in codes.REQUESTS.values())


def twice(offered):
    """O2: of one answer a drug is offered by one card only, and so is each test."""
    by_what = {}
    for topic, suggestion in offered:
        for action in suggestion.get("actions", []):
            order = action.get("resource") or {}
            if action["type"] == "create":
                kind = order.get("resourceType")
                what = "b12" if kind == "MedicationRequest" else tuple(codings(part(order, "code")))
                by_what.setdefault((kind, what), set()).add(topic)
    return [f"{kind} offered by two cards" for (kind, _), topics in by_what.items() if len(topics) > 1]
