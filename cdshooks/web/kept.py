"""What this service keeps of its calls: the cards that it showed, and what became of them."""

from datetime import datetime

from cdshooks.config import Settings, now
from cdshooks.respond import quieted
from cdshooks.rules.cards import Level
from cdshooks.rules.quiet import Override
from cdshooks.store.place import place
from cdshooks.store.quiet import Lookup, pseudonym, read_key
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
        self.lookup = Lookup(self.database)
        self._key = read_key(settings.quiet_key) if settings.quiet_key else None

    def _record(self, rows, lost):
        self._writing.keep_shown(self.database, rows, lost)

    def feedback(self, client: str, service: str, entries, at: datetime, with_comments: bool) -> int:
        """On disk when this returns; raises StoreUnavailable."""
        return self._writing.keep_feedback(self.database, client, service, entries, at, with_comments)

    def quieted(self, client: str, service, request, response):
        """The response without cards that stay quiet for this patient; all of them where that cannot be told soon."""
        if not self.keeps or self._key is None or not service.may_be_quiet or not response.cards:
            return response
        patient = pseudonym(self._key, client, request.fhir_server, request.patient_id)
        words = self.lookup.last_words(patient, service.may_be_quiet)
        overrides = {
            word.topic: Override(word.reason or "", Level[word.indicator.upper()], word.at)
            for word in words
            if word.outcome == "overridden"
        }
        return quieted(response, overrides, now())

    def cards(self, client: str, service, request, cards: list[dict]) -> None:
        """Remember which cards were shown: nothing of the patient, and without waiting for a disk."""
        if self.keeps and cards:
            at = now()
            self.recorder.record([_shown(card, client, service, request, at, self._key) for card in cards])


def _shown(card, client, service, request, at, key) -> Shown:
    topic = card["source"]["topic"]["code"]
    patient = None
    if key and topic in service.may_be_quiet:
        patient = pseudonym(key, client, request.fhir_server, request.patient_id)
    return Shown(
        client, card["uuid"], topic, service.versions.get(topic, ""), service.id, service.hook,
        request.hook_instance.lower(), card["indicator"], at, patient,
    )  # fmt: skip
