"""JSON that was written once too often: as a text within JSON."""

import json

_LONGEST = 20_000  # characters


def in_json(text: str) -> object:
    """The object or the list that a text is in JSON; None for any other text.

    >>> in_json('{"text": "x"}'), in_json("[x] y"), in_json("5")
    ({'text': 'x'}, None, None)
    """
    if text.lstrip()[:1] not in ("{", "[") or len(text) > _LONGEST:
        return None
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict | list) else None
