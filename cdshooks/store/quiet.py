"""What quiet periods need to know: a patient as a keyed hash, and the last word on each card for that patient."""

import hmac
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from cdshooks.errors import CdsError, SettingsError

SHORTEST_KEY = 32  # characters
PATIENCE = 0.25  # seconds that a call waits for the database
_MOST_WAITING = 4


class LastWord(NamedTuple):
    """What was last said of a topic for a patient."""

    topic: str
    outcome: str
    reason: str | None
    indicator: str
    at: datetime


def read_key(file: Path) -> bytes:
    """The secret; raises SettingsError when it is too short to be one."""
    try:
        key = file.read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"quiet_key: {file} cannot be read ({error.strerror})") from None
    if len(key) < SHORTEST_KEY:
        raise SettingsError(f"quiet_key: {file} holds fewer than {SHORTEST_KEY} characters; try: openssl rand -hex 32")
    return key


def pseudonym(key: bytes, client: str, fhir_server: str | None, patient: str) -> str:
    """The patient of one client and server, so that equal ids elsewhere are not taken for the same patient."""
    parts = [part.encode() for part in (client, fhir_server or "", patient)]
    return hmac.new(key, b"".join(len(part).to_bytes(4, "big") + part for part in parts), "sha256").hexdigest()


def last_words(database, patient: str, topics: Iterable[str]) -> list[LastWord]:
    """The last feedback on each of these topics for this patient. Raises StoreUnavailable."""
    from sqlalchemy import and_, select

    from cdshooks.store.tables import feedback, shown

    columns = (
        shown.c.topic, feedback.c.outcome, feedback.c.reason_code, shown.c.indicator, feedback.c.received_at,
    )  # fmt: skip
    same_card = and_(feedback.c.client == shown.c.client, feedback.c.card == shown.c.card)
    found = select(*columns).join_from(shown, feedback, same_card)
    found = found.where(shown.c.patient == patient, shown.c.topic.in_(list(topics)))
    with database.read() as connection:
        rows = connection.execute(found.order_by(feedback.c.received_at, feedback.c.id))
        return list({row.topic: LastWord(*row) for row in rows}.values())


class Lookup:
    """Asks the database, but no longer than a call can wait; who gets no answer shows the card.

    `unanswered` counts how often. Made before the fork; its threads are started by the first call of a process.
    """

    def __init__(self, database):
        self._database = database
        self._threads: ThreadPoolExecutor | None = None
        self._room = threading.BoundedSemaphore(_MOST_WAITING)
        self.unanswered = 0

    def last_words(self, patient: str, topics: Iterable[str]) -> list[LastWord]:
        if not self._room.acquire(blocking=False):
            self.unanswered += 1
            return []
        if self._threads is None:
            self._threads = ThreadPoolExecutor(2, "quiet")
        asked = self._threads.submit(last_words, self._database, patient, topics)
        asked.add_done_callback(lambda _done: self._room.release())
        try:
            return asked.result(PATIENCE)
        except (CdsError, TooSlow):
            self.unanswered += 1
            return []
