"""What a server says of its own faults, in few words; and JSON from it that is read with care."""

import unicodedata
from collections.abc import Mapping

from cdshooks.errors import BadJson
from cdshooks.protocol.wire import decode
from cdshooks.reach.transfer import Answer

LONGEST = 300


def object_in(body: bytes) -> Mapping:
    """The JSON object of a body; an empty one where there is none."""
    try:
        told = decode(body)
    except BadJson:
        return {}
    return told if isinstance(told, dict) else {}


def explained(answer: Answer) -> str:
    """Status, and what an OperationOutcome or an OAuth error says."""
    told = object_in(answer.body)
    said = "; ".join(filter(None, (*_issues(told), _text(told.get("error")), _text(told.get("error_description")))))
    return f"status {answer.status}" + (f" ({said[:LONGEST]})" if said else "")


def told_by(line: bytes) -> str:
    """What one OperationOutcome says."""
    return "; ".join(filter(None, _issues(object_in(line))))[:LONGEST] or "no reason given"


def is_transient(answer: Answer) -> bool:
    """Does it say that a later call may succeed?"""
    issues = _list(object_in(answer.body).get("issue"))
    return any(isinstance(issue, dict) and issue.get("code") in ("transient", "throttled") for issue in issues)


def _issues(outcome: Mapping):
    for issue in _list(outcome.get("issue")):
        if isinstance(issue, dict):
            details = issue.get("details")
            yield _text(issue.get("diagnostics")) or _text(details.get("text") if isinstance(details, dict) else None)


def _list(value: object) -> list:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    """One line, without what could steer a terminal."""
    if not isinstance(value, str):
        return ""
    plain = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in value[:LONGEST])
    return " ".join(plain.split())
