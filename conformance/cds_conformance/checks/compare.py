"""Compares two answers: what they advise, whatever uuids and wording of details they use."""

import json

from cds_conformance.evidence import Exchange


def advice(exchange: Exchange) -> tuple[str, ...] | None:
    """What an answer advises: each card's summary and indicator, and its suggestions' labels; None without cards.

    uuids, details and hrefs may differ from call to call and are left out.
    """
    cards = exchange.cards()
    if cards is None:
        return None
    said = [json.dumps([card.get("summary"), card.get("indicator"), _labels(card)], sort_keys=True) for card in cards]
    actions = exchange.json.get("systemActions")
    held = [one for one in actions if isinstance(one, dict)] if isinstance(actions, list) else []
    kinds = [json.dumps([one.get("type"), one.get("resourceId")]) for one in held]
    return tuple(sorted(said) + sorted(kinds))


def details(exchange: Exchange) -> list[str]:
    """What the cards say beside their advice."""
    return sorted(json.dumps(card.get("detail")) for card in exchange.cards() or [])


def _labels(card: dict) -> list:
    held = card.get("suggestions")
    return [one.get("label") for one in held if isinstance(one, dict)] if isinstance(held, list) else []


def lost(before: Exchange, after: Exchange) -> bool:
    """Whether advice is gone and none has come in its place: silence where there were words."""
    said, says = advice(before), advice(after)
    return said is not None and says is not None and set(says) < set(said)


def steady(service) -> bool:
    """Whether the same call, sent twice, gave the same advice; where not, answers cannot be compared."""
    again = service.calls("again")
    first = [e for e in service.calls("good") if again and e.detail["patient"] == again[0].detail["patient"]]
    return bool(first) and advice(first[0]) == advice(again[0])
