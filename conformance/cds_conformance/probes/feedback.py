"""Feedback about the cards that were shown: every good kind, then bad ones; nothing where there is no endpoint."""

import datetime as dt
import uuid

from cds_conformance.evidence import Exchange
from cds_conformance.probes.caller import Caller

SHOWN = ("good", "again", "both", "variant", "extension")


def feedback(caller: Caller) -> None:
    """Sends feedback about cards of this service, each kind about another card while there are enough.

    Where no card has a uuid it is about one that was never shown: a 2xx still tells that there is an endpoint.
    """
    cards = _cards_with_uuid(caller)
    pool = Pool(cards)
    first = _send(
        caller, "feedback", [_overridden(pool.take()["uuid"])], "overridden without a reason", seen=bool(cards)
    )
    if not first.taken:
        return
    for what, make in GOOD:
        card = pool.take()
        _send(caller, "feedback", [_overridden(card["uuid"], **make(card))], what, seen=bool(cards), again=pool.empty)
    _accepted(caller, cards)
    about = pool.take()["uuid"]
    again = _overridden(about) | {"outcomeTimestamp": _now(60)}
    _send(caller, "feedback", [again, _overridden(about)], "two entries about one card", seen=bool(cards))
    _send(caller, "feedback", [again], "the same entry again", seen=bool(cards))
    for what, entries in _bad(about):
        _send(caller, "feedback-bad", entries, what)
    caller.call("feedback-bad", b"[]", path=f"{caller.path}/feedback", what="the body is an array")


class Pool:
    """Hands out cards, each once; `empty` when it had to hand one out again."""

    def __init__(self, cards: list[dict]):
        self.cards, self.next, self.empty = cards or [{"uuid": str(uuid.uuid4())}], 0, False

    def take(self) -> dict:
        self.empty = self.empty or self.next >= len(self.cards)
        self.next += 1
        return self.cards[(self.next - 1) % len(self.cards)]


def _accepted(caller: Caller, cards: list[dict]):
    """Accepts a suggestion of the card that was shown last, where one has a uuid."""
    card = next((card for card in reversed(cards) if _suggestion(card)), None)
    if card:
        chosen = [{"id": _suggestion(card)}]
        entry = {"card": card["uuid"], "outcome": "accepted", "acceptedSuggestions": chosen, "outcomeTimestamp": _now()}
        _send(caller, "feedback", [entry], "accepted", seen=True)


def _send(caller: Caller, probe: str, entries, what: str, **detail) -> Exchange:
    return caller.call(probe, {"feedback": entries}, path=f"{caller.path}/feedback", what=what, **detail)


def _cards_with_uuid(caller: Caller) -> list[dict]:
    """The cards that this service showed so far and that feedback can be about, each uuid once."""
    shown = caller.desk.client.evidence.of(*SHOWN, service=caller.id, hook=caller.hook)
    held = [card for e in shown for card in e.cards() or [] if isinstance(card.get("uuid"), str) and card["uuid"]]
    return list({card["uuid"]: card for card in held}.values())


def _suggestion(card: dict) -> str | None:
    held = card.get("suggestions")
    found = [one.get("uuid") for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    return next((one for one in found if isinstance(one, str) and one), None)


def _now(seconds: int = 0) -> str:
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _overridden(about: str, **more) -> dict:
    return {"card": about, "outcome": "overridden", "outcomeTimestamp": _now()} | more


def _reason(card: dict) -> dict:
    """A reason that the card offers, as clients send it back; made up where it offers none that could be sent."""
    reasons = card.get("overrideReasons")
    told = reasons[0] if isinstance(reasons, list) and reasons and isinstance(reasons[0], dict) else {}
    made = {"code": "judged", "system": "https://example.org/reasons"}
    return {name: told[name] if told.get(name) and isinstance(told[name], str) else made[name] for name in made}


COMMENT = {"userComment": "A comment of the conformance judge"}
GOOD = (
    ("overridden with a reason", lambda card: {"overrideReason": {"reason": _reason(card)}}),
    ("overridden with a comment only", lambda card: {"overrideReason": COMMENT}),
    ("overridden with both", lambda card: {"overrideReason": {"reason": _reason(card)} | COMMENT}),
)


def _bad(about: str):
    good = _overridden(about)
    for name in ("card", "outcome", "outcomeTimestamp"):
        yield f"{name} is missing", [{key: value for key, value in good.items() if key != name}]
    yield "the outcome is unknown", [good | {"outcome": "ignored"}]
    yield "accepted without acceptedSuggestions", [good | {"outcome": "accepted"}]
    yield "outcomeTimestamp is no time", [good | {"outcomeTimestamp": "yesterday"}]
    yield "overrideReason is empty", [good | {"overrideReason": {}}]
    yield "feedback is not an array", good
