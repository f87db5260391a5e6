"""What the service says for each hook; together the answers use every part that a card may have."""

import uuid

from .crd import covered, crd_cards
from .parts import CODES, EXAMPLE, card, checked, create, delete, drafts, task, update


def answer(request: dict, found: dict, spec: str, crd: bool) -> dict:
    """The body of the answer: cards, and at order-sign system actions."""
    teller = {"patient-view": problem_list, "order-select": order_select, "order-sign": order_sign}
    cards, actions = teller.get(request["hook"], visit)(request, found)
    body = {"cards": cards}
    if crd and request["hook"] == "order-sign":
        cards, actions = [*cards, *crd_cards(request, found)], covered(request, found)
        body = {"cards": cards, "systemActions": actions}
    elif actions:
        body["systemActions"] = actions
    for number, one in enumerate(cards):
        _name(one, request["hookInstance"], number)
    return as_of_1_0(body) if spec == "1.0" else body


def problem_list(request, found):
    patient, problems = request["context"]["patientId"], found["problems"]
    rows = "".join(f"\n| {_cell(one)} | {one.get('recordedDate', 'not dated')} |" for one in problems)
    at_a_glance = card(f"{len(problems)} problems are on the list", detail=f"| Problem | Since |\n|---|---|{rows}" if rows else None)
    at_a_glance["links"] = [{"label": "How to keep a problem list", "url": f"{EXAMPLE}/problem-list", "type": "absolute"}]
    review = card("The problem list may need a review", indicator="warning", code="review")
    review["suggestions"] = [
        {"label": "Plan a review", "isRecommended": True, "actions": [create(task(patient, "Review the problem list"))]},
        {"label": "Ask a colleague to review it", "actions": [create(task(patient, "Have the problem list reviewed"))]},
    ]
    review["selectionBehavior"] = "at-most-one"
    review["overrideReasons"] = [
        {"system": f"{CODES}/reasons", "code": "done", "display": "Reviewed today"},
        {"system": f"{CODES}/reasons", "code": "later", "display": "Not at this visit"},
    ]
    return [at_a_glance, review], []


def order_select(request, found):
    number, first = len(found["medications"]), drafts(request)[:1]
    counted = card(f"{number} medications are active", detail="Look at **all of them** before a new one is added.")
    counted["links"] = [
        {"label": "Open the reviewer", "url": f"{EXAMPLE}/launch", "type": "smart", "appContext": "view=medications", "autolaunchable": False},
        {"label": "About this check", "url": f"{EXAMPLE}/order-check", "type": "absolute"},
    ]
    if first:
        counted["suggestions"] = [
            {"label": "Mark the order as checked", "isRecommended": True, "actions": [update(checked(first[0]))]},
            {"label": "Take the order out", "actions": [delete(first[0])]},
        ]
        counted["selectionBehavior"] = "any"
    counted["extension"] = {"com.example.reference.counted": number}
    return [counted], []


def order_sign(request, found):
    done = card(f"{len(drafts(request))} orders were checked", code="orders")
    done["links"] = [{"label": "What is checked", "url": f"{EXAMPLE}/order-check", "type": "absolute"}]
    advice = card("Tell the patient what is new", code="orders", detail="1. what it is for\n2. how to take it")
    actions = [{"type": "update", "description": "Record the check", "resource": checked(one)} for one in drafts(request)]
    return [done, advice], actions


def visit(request, found):
    ended = any(encounter.get("status") == "finished" for encounter in found["encounter"])
    return ([card("This visit has already ended", indicator="critical", code="visit")] if ended else []), []


def _name(card: dict, hook_instance: str, number: int):
    """A uuid for the card and each suggestion, made from the call: the same call gives the same names."""
    for place, part in [("", card), *((f".{n}", one) for n, one in enumerate(card.get("suggestions", [])))]:
        part["uuid"] = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{hook_instance}/{number}{place}"))


def _cell(problem: dict) -> str:
    code = problem.get("code") or {}
    words = code.get("text") or next((c.get("display") for c in code.get("coding") or [] if c.get("display")), "no name")
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>()#+-!|~&" else c for c in str(words).replace("\n", " "))


def as_of_1_0(body: dict) -> dict:
    """The answer without what came later; 1.0 knows at-most-one only, and names what to delete in `resource`."""
    for one in body["cards"]:
        one.pop("uuid"), one.pop("overrideReasons", None), one["source"].pop("topic")
        if "selectionBehavior" in one:
            one["selectionBehavior"] = "at-most-one"
        for link in one.get("links", []):
            link.pop("autolaunchable", None)
        for suggestion in one.get("suggestions", []):
            suggestion.pop("isRecommended", None)
            for action in suggestion["actions"]:
                if "resourceId" in action:
                    action["resource"] = action.pop("resourceId")
    return {"cards": body["cards"]}

