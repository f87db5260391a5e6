"""CDS Hooks feedback: read from JSON, or refused with every fault by its place."""

import re
from datetime import datetime

from cdshooks.errors import BadRequest
from cdshooks.protocol import schema
from cdshooks.store.entry import Entry

MOST_ENTRIES = 10_000
NOT_A_CODE = "(not a code)"
_DEPTH = 6  # how deep the schema looks


def parse_feedback(body: object) -> tuple[Entry, ...]:
    """The entries in `body`; raises BadRequest with all faults at once."""
    if not _sound(body):
        faults = schema.faults("feedback", schema.outline(body, _DEPTH)) + _impossible_times(body)
        if faults:
            raise BadRequest(*faults)
    return tuple(_entry(entry) for entry in body["feedback"])


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


def _impossible_times(body) -> list[str]:
    """Times that look right to the schema, and are no times: February 30th."""
    entries = body.get("feedback") if isinstance(body, dict) else None
    times = {
        index: entry.get("outcomeTimestamp")
        for index, entry in enumerate(entries if isinstance(entries, list) else ())
        if isinstance(entry, dict)
    }
    return [
        f"$.feedback[{index}].outcomeTimestamp: {text!r} is no time that there is; send another"
        for index, text in times.items()
        if _is(_UTC, text) and _moment(text) is None
    ][: schema.MOST_FAULTS]


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
    if not isinstance(suggestions, list) or not suggestions:
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
