"""What this service keeps of its calls: the cards that it showed, and what became of them."""

from datetime import datetime

from cdshooks.config import Settings, now
from cdshooks.store.place import place
from cdshooks.store.shown import Recorder, Shown


class Kept:
    """The database as the web sees it; one that keeps nothing where the setting says none.

    Made before the workers are forked; each of them opens its own connections. `recorder.lost` counts the cards that
    this process showed and could not record.
    """

    def __init__(self, settings: Settings):
        where = place(settings.database)
        self.keeps = where is not None
        if not self.keeps:
            return
        # Here, before the fork, and not at the top: it is slow, and of no use to who keeps nothing.
        from cdshooks.store import feedback
        from cdshooks.store.database import Database

        self._writing = feedback
        self.database = Database(where)
        self.database.start()
        self.recorder = Recorder(self._record)

    def _record(self, rows, lost):
        self._writing.keep_shown(self.database, rows, lost)

    def feedback(self, client: str, service: str, entries, at: datetime, with_comments: bool) -> int:
        """On disk when this returns; raises StoreUnavailable."""
        return self._writing.keep_feedback(self.database, client, service, entries, at, with_comments)

    def cards(self, client: str, service, request, cards: list[dict]) -> None:
        """Remember which cards were shown: nothing of the patient, and without waiting for a disk."""
        if self.keeps and cards:
            at, versions = now(), service.versions
            self.recorder.record([_shown(card, client, service, request, versions, at) for card in cards])


def _shown(card, client, service, request, versions, at) -> Shown:
    topic = card["source"]["topic"]["code"]
    return Shown(
        client, card["uuid"], topic, versions.get(topic, ""), service.id, service.hook, request.hook_instance.lower(),
        card["indicator"], at,
    )  # fmt: skip
