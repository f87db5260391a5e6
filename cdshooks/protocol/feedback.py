"""CDS Hooks feedback: read from JSON, or refused with every fault by its place."""

import re
from datetime import datetime

from cdshooks.errors import BadRequest
from cdshooks.protocol import schema
from cdshooks.store.entry import Entry

MOST_ENTRIES, MOST_SUGGESTIONS = 1_000, 100
NOT_A_CODE = "(not a code)"


def parse_feedback(body: object) -> tuple[Entry, ...]:
    """The entries in `body`; raises BadRequest with all faults at once."""
    if not _sound(body):
        faults = _faults(body)
        if faults:
            raise BadRequest(*faults)
    return tuple(_entry(entry) for entry in body["feedback"])


def _faults(body: object) -> list[str]:
    """As the schema tells them; only entries that break it are shown to it, for it is slow with thousands."""
    entries = body.get("feedback") if isinstance(body, dict) else None
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST_ENTRIES:
        return schema.faults("feedback", {"feedback": _outline(entries)} if entries is not None else {})
    found: list[str] = []
    for index, entry in enumerate(entries):
        if not _sound_entry(entry):
            told = schema.faults("feedback", {"feedback": [_outline(entry)]}) + _impossible_time(entry)
            found += (fault.replace("$.feedback[0]", f"$.feedback[{index}]", 1) for fault in told)
        if len(found) > schema.MOST_FAULTS:
            return [*found[: schema.MOST_FAULTS], "$: and more faults; these are the first"]
    return found


def _outline(value: object, depth: int = 5) -> object:
    """The part of an entry that the schema looks at; of a list as much as shows that it is too long."""
    if isinstance(value, dict):
        return {key: _outline(inner, depth - 1) for key, inner in value.items()} if depth else {}
    if isinstance(value, list):
        return [_outline(inner, depth - 1) for inner in value[: MOST_ENTRIES + 1]] if depth else []
    return value


def _impossible_time(entry: object) -> list[str]:
    """A time that looks right to the schema, and is none: February 30th."""
    text = entry.get("outcomeTimestamp") if isinstance(entry, dict) else None
    if not _is(_UTC, text) or _moment(text) is not None:
        return []
    return [f"$.feedback[0].outcomeTimestamp: {text!r} is no time that there is; send another"]


def _entry(entry: dict) -> Entry:
    override = entry.get("overrideReason", {}) if entry["outcome"] == "overridden" else {}
    reason = override.get("reason", {})
    accepted = entry.get("acceptedSuggestions", ()) if entry["outcome"] == "accepted" else ()
    return Entry(
        card=entry["card"].lower(),
        outcome=entry["outcome"],
        outcome_at=_moment(entry["outcomeTimestamp"]),
        suggestions=tuple(suggestion["id"].lower() for suggestion in accepted),
        reason_code=_code(reason.get("code"), 64),
        reason_system=_code(reason.get("system"), 255),
        comment=override.get("userComment"),
    )


def _code(text: str | None, longest: int) -> str | None:
    """A code as it is; a sentence in its place may name the patient, and is not kept."""
    if text is None or (len(text) <= longest and _CODE(text)):
        return text
    return NOT_A_CODE


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


# The schema said once more in quick words, as for requests; it has the last word, and tests hold the two together.

_ID = re.compile(r"[A-Za-z0-9:._\-]{1,64}").fullmatch
_CODE = re.compile(r"[!-~]+").fullmatch
_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+\-]00:00)").fullmatch


def _sound(body):
    if not isinstance(body, dict) or not isinstance(body.get("feedback"), list):
        return False
    return 0 < len(body["feedback"]) <= MOST_ENTRIES and all(_sound_entry(entry) for entry in body["feedback"])


def _sound_entry(entry):
    return (
        isinstance(entry, dict)
        and _is(_ID, entry.get("card"))
        and entry.get("outcome") in ("accepted", "overridden")
        and _is(_UTC, entry.get("outcomeTimestamp"))
        and _moment(entry["outcomeTimestamp"]) is not None
        and ("acceptedSuggestions" in entry or entry["outcome"] != "accepted")
        and _sound_suggestions(entry.get("acceptedSuggestions", [{"id": "-"}]))
        and _sound_override(entry.get("overrideReason", {"userComment": "-"}))
    )


def _sound_suggestions(suggestions):
    if not isinstance(suggestions, list) or not 0 < len(suggestions) <= MOST_SUGGESTIONS:
        return False
    return all(isinstance(one, dict) and _is(_ID, one.get("id")) for one in suggestions)


def _sound_override(override):
    if not isinstance(override, dict) or not ("reason" in override or "userComment" in override):
        return False
    reason = override.get("reason", {"code": "-"})
    return (
        _text(override.get("userComment", "-"))
        and isinstance(reason, dict)
        and "code" in reason
        and all(_text(reason.get(name, "-")) for name in ("code", "system", "display"))
    )


def _is(pattern, value):
    return isinstance(value, str) and pattern(value) is not None


def _text(value):
    return isinstance(value, str) and value != ""
