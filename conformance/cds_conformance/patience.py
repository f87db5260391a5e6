"""How long to wait before a request is sent again that the service put off: too many at once, or not just now."""

import datetime as dt
from email.utils import parsedate_to_datetime

from cds_conformance.evidence import Exchange

TOO_MANY = 429
NOT_NOW = (502, 503, 504)
MOST_TRIES = 4  # of one request that is refused because there are too many
LONGEST = 30.0  # seconds; who wants more is not asked again


def wait_for(exchange: Exchange, tries: int) -> float | None:
    """Seconds until this request is worth another try, the `tries`-th so far; None where its answer stands.

    >>> wait_for(Exchange(1, "good", "POST", "", {}, status=429, answer_headers={"retry-after": "2"}), 1)
    2.0
    >>> wait_for(Exchange(1, "good", "POST", "", {}, status=503), 1)  # once, at once: was it chance?
    0.0
    """
    if exchange.fault or exchange.status not in (TOO_MANY, *NOT_NOW):
        return None
    if tries >= (MOST_TRIES if exchange.status == TOO_MANY else 2):
        return None
    wait = _seconds(exchange.answer_headers.get("retry-after", ""))
    usual = float(2 ** (tries - 1)) if exchange.status == TOO_MANY else 0.0
    wait = usual if wait is None else wait
    return wait if wait <= LONGEST else None


def _seconds(retry_after: str) -> float | None:
    """What Retry-After says, in seconds or as a date; None where it says nothing that can be read."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (when.astimezone(dt.UTC) - dt.datetime.now(dt.UTC)).total_seconds())
