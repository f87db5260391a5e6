"""Checks of an answer as a whole: a list of cards, and perhaps system actions."""

from cds_conformance.checks.parts import kind_of, must_be_objects
from cds_conformance.checks.registry import check


@check("resp-1", each="answer")
def an_answer_holds_cards(answer):
    """A 200 holds an object with an array `cards`, perhaps empty, of objects.

    why: Clients read `cards` and nothing else; an answer without it looks like "nothing to say".
    good: {"cards": []}
    bad: {"card": []}
    mend: Answer {"cards": []} where there is nothing to say.
    """
    if not isinstance(answer.value, dict):
        yield "", f"the body is {kind_of(answer.value)}, not an object"
    elif not isinstance(answer.get("cards"), list):
        yield "cards", f"is {kind_of(answer.get('cards'))}, not an array" if "cards" in answer.value else "is missing"
    else:
        yield from must_be_objects(answer, "cards")


@check("resp-3", each="answer")
def system_actions_are_an_array_of_actions(answer):
    """`systemActions`, where there are any, is an array of objects.

    What each action holds is looked at with those of suggestions.

    why: The client may apply them without asking anyone; what it cannot read it must drop.
    good: {"cards": [], "systemActions": [{"type": "delete", "resourceId": "ServiceRequest/1"}]}
    bad: {"cards": [], "systemActions": {"type": "delete", "resourceId": "ServiceRequest/1"}}
    mend: Put the actions into an array, beside `cards` and not inside a card.
    """
    if isinstance(answer.value, dict):
        yield from must_be_objects(answer, "systemActions")
