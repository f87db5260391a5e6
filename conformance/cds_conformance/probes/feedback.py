"""Feedback about the cards that were shown: every good kind, then bad ones; nothing where there is no endpoint."""

import datetime as dt
import uuid

from cds_conformance.evidence import Exchange
from cds_conformance.probes.caller import Caller


def feedback(caller: Caller, goods: list[Exchange]) -> None:
    """Sends feedback about a card of this service, or about one that was never shown where none has a uuid."""
    card = _card_with_uuid(goods)
    about = card["uuid"] if card else str(uuid.uuid4())
    first = _send(caller, "feedback", [_overridden(about)], "overridden without a reason", seen=bool(card))
    if not first.taken:
        return
    for what, entries in _good(about, card or {}):
        _send(caller, "feedback", entries, what, seen=bool(card))
    for what, entries in _bad(about):
        _send(caller, "feedback-bad", entries, what)
    caller.call("feedback-bad", b"[]", path=f"{caller.path}/feedback", what="the body is an array")


def _send(caller: Caller, probe: str, entries, what: str, **detail) -> Exchange:
    return caller.call(probe, {"feedback": entries}, path=f"{caller.path}/feedback", what=what, **detail)


def _card_with_uuid(goods: list[Exchange]) -> dict | None:
    """A card that feedback can be about; rather one with a suggestion that can be accepted."""
    held = [card for e in goods for card in e.cards() or [] if isinstance(card.get("uuid"), str) and card["uuid"]]
    return next((card for card in held if _suggestion(card)), held[0] if held else None)


def _suggestion(card: dict) -> str | None:
    held = card.get("suggestions")
    found = [one.get("uuid") for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    return next((one for one in found if isinstance(one, str) and one), None)


def _now(seconds: int = 0) -> str:
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _overridden(about: str, **more) -> dict:
    return {"card": about, "outcome": "overridden", "outcomeTimestamp": _now()} | more


def _good(about: str, card: dict):
    reasons = card.get("overrideReasons")
    told = reasons[0] if isinstance(reasons, list) and reasons and isinstance(reasons[0], dict) else {}
    reason = {"code": told.get("code", "judged"), "system": told.get("system", "https://example.org/reasons")}
    comment = "A comment of the conformance judge"
    yield "overridden with a reason", [_overridden(about, overrideReason={"reason": reason})]
    yield "overridden with a comment only", [_overridden(about, overrideReason={"userComment": comment})]
    yield "overridden with both", [_overridden(about, overrideReason={"reason": reason, "userComment": comment})]
    if chosen := _suggestion(card):
        accepted = {
            "card": about,
            "outcome": "accepted",
            "acceptedSuggestions": [{"id": chosen}],
            "outcomeTimestamp": _now(),
        }
        yield "accepted", [accepted]
    again = _overridden(about) | {"outcomeTimestamp": _now(60)}
    yield "two entries about one card", [again, _overridden(about)]
    yield "the same entry again", [again]


def _bad(about: str):
    good = _overridden(about)
    for name in ("card", "outcome", "outcomeTimestamp"):
        yield f"{name} is missing", [{key: value for key, value in good.items() if key != name}]
    yield "the outcome is unknown", [good | {"outcome": "ignored"}]
    yield "accepted without acceptedSuggestions", [good | {"outcome": "accepted"}]
    yield "outcomeTimestamp is no time", [good | {"outcomeTimestamp": "yesterday"}]
    yield "overrideReason is empty", [good | {"overrideReason": {}}]
    yield "feedback is not an array", good
