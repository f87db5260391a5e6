"""Which drugs an order names: by code, else possibly by its words, with the Medication to which it points."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cdshooks.reading.contained import Inside, contained_in
from cdshooks.reading.cut import is_withheld
from cdshooks.reading.dose_words import texts_of
from cdshooks.reading.extended import ONLY_THERE, told_in_extensions
from cdshooks.reading.read import LONGEST_SHOWN, as_dict, as_list, as_text, codings, shown, words_of
from cdshooks.reading.subjects import bare_reference
from cdshooks.reading.supporting import categories_of, drugs_beside
from cdshooks.terms.codes import NOTHING, Match, Reading, doubted
from cdshooks.terms.concepts import Concepts
from cdshooks.terms.refuted import without_classes, without_refuted

NAMELESS = "it points to its drug by no address (an identifier alone, or a reference that cannot be read)"
ONLY_BESIDE = "only its supporting information or its category names it"
_BESIDE = frozenset({"supportingInformation", "supportingInfo", "category"})
MOST_PARTS = 50  # ingredients of a product that are themselves named by reference


@dataclass(frozen=True, slots=True)
class Drug:
    """What an order says of its drug: concepts, how it is written, and why nobody can know what it is, if so.

    `reference` is the Medication that did not come, where the order points to one.
    """

    matches: tuple[Match, ...] = ()
    shown: str = ""
    unread: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class _Told:
    """What one concept or one Medication says."""

    reading: Reading = NOTHING
    shown: str = ""


class Naming:
    """Reads each Medication once, however many orders point to it: many of both would take their product in time."""

    def __init__(self, known: Concepts, medications: Mapping[str, Mapping]):
        self._known, self._medications = known, medications
        self._drugs, self._phrases = known.drugs, known.phrases.for_one_chart()
        self._read: dict[int, _Told] = {}

    def of(self, order: Mapping) -> Drug:
        """The drugs that an order names, each once."""
        either = as_dict(order.get("medication"))  # R5 CodeableReference
        concept = as_dict(order.get("medicationCodeableConcept")) or as_dict(either.get("concept"))
        pointing = as_dict(order.get("medicationReference")) or as_dict(either.get("reference"))
        reference = as_text(pointing.get("reference"))
        coded = {} if is_withheld(concept) else concept  # "masked" is not the name of a drug
        own = self._told(codings(coded), [shown(coded), as_text(pointing.get("display"))])
        medication = self._find(reference, order) if reference else {}
        pointed = self._of_medication(medication, order) if medication else _Told()
        matches = _both(own.reading, pointed.reading)
        how = own.shown or pointed.shown
        missing = reference if reference and not medication else ""
        if not matches and not (codings(coded) or medication or missing):
            matches = self._told_how(order)
        if not matches and not (how and self._phrases.name_another_drug([how])):
            matches = self._extended(order, concept, medication)
        if matches or how:
            return Drug(matches, how, reference=missing)
        if missing:
            return Drug((), "", f"it names its drug by {missing[:80]}, which did not come", missing)
        return Drug((), "", _blank(own.reading, pointed.reading, reference, bool(pointing)))

    def _told_how(self, order: Mapping) -> tuple[Match, ...]:
        """What the instructions may name where no code says the drug: "see below", and below its name."""
        told = [text for entry in _instructions_in(order)[:MOST_PARTS] for text in texts_of(entry)]
        return self._drugs.read([], told).doubtful

    def _extended(self, order: Mapping, concept: object, medication: Mapping) -> tuple[Match, ...]:
        """What its extensions, its supporting information or its category name, where nothing else says the drug."""
        extended = (*told_in_extensions(order, concept), *told_in_extensions(medication))
        told = [(each, ONLY_THERE) for each in extended]
        beside = (*drugs_beside(order, self.find), *categories_of(order)) if not _BESIDE.isdisjoint(order) else ()
        told += [(each, ONLY_BESIDE) for each in beside if not self._phrases.tell_of_a_measurement(words_of(each))]
        readings = [(self._drugs.read(codings(each), words_of(each)), why) for each, why in told]
        return tuple({m.concept: m for each, why in readings for m in doubted(each, why).doubtful}.values())

    def _find(self, reference: str, order: Mapping) -> Mapping:
        return contained_in(order, reference) if reference.startswith("#") else self.find(reference)

    def find(self, reference: str) -> Mapping:
        """The Medication, or the substance, to which something points, where it came."""
        bare = bare_reference(reference)
        return self._medications.get(bare) or self._medications.get(bare.rpartition("/")[2], {})

    def _of_medication(self, medication: Mapping, order: Mapping) -> _Told:
        known = self._read.get(id(medication))
        if known is None:
            found, words = list(codings(medication.get("code"))), [shown(medication.get("code"))]
            for part in self._parts(medication, order):
                found += codings(part)
                words.append(shown(part))
            known = self._read[id(medication)] = self._told(found, words)
        return known

    def _parts(self, medication: Mapping, order: Mapping) -> Iterable[object]:
        """What it is made of; an ingredient may itself be named by reference, to what lies beside it in the order."""
        own, beside = Inside(medication), Inside(order)
        for part in map(as_dict, as_list(medication.get("ingredient"))[:MOST_PARTS]):
            either = as_dict(part.get("item"))  # R5
            pointing = as_dict(part.get("itemReference")) or as_dict(either.get("reference"))
            yield part.get("itemCodeableConcept") or either.get("concept")
            yield {"text": as_text(pointing.get("display"))}
            reference = as_text(pointing.get("reference"))
            found = self.find(reference) if reference[:1] != "#" else own.find(reference) or beside.find(reference)
            yield as_dict(found).get("code")

    def _told(self, found: list, words: list[str]) -> _Told:
        words += [as_text(coding.get("display")) for coding in found if isinstance(coding, dict)]
        words = list(dict.fromkeys(word for word in words if word))
        reading = self._reading(found, words)
        if words and not (reading.known or reading.doubtful) and all(map(self._phrases.say_nothing, words)):
            return _Told(self._drugs.read(found, []))  # "see note": as if there were no words
        return _Told(reading, words[0][:LONGEST_SHOWN] if words else "")

    def _reading(self, found: list, words: list[str]) -> Reading:
        """What was coded and written so in a call before means the same."""

        def read() -> Reading:
            reading = self._drugs.read(found, words)
            if reading.known:
                reading = without_refuted(reading, words, self._known)
            return without_classes(reading, words, self._drugs, self._phrases)

        try:
            coded = [(c.get("system"), c.get("code")) for c in found]
        except AttributeError:  # something among the codings is none
            return read()
        # An extension may say that a coding is denied.
        return read() if any("extension" in c for c in found) else self._drugs.recall(("a drug", words, coded), read)


def _instructions_in(order: Mapping) -> list[Mapping]:
    """The dosage entries of a row, under the name that its kind has for them; an administration has one alone."""
    told = (order.get("dosageInstruction"), order.get("dosage"))
    return [as_dict(entry) for each in told for entry in as_list(each) or [each]]


def _blank(own: Reading, pointed: Reading, reference: str, pointing: bool) -> str:
    """Why nobody can know which drug it is; empty where a code of a known system says that it is none of ours."""
    if own is NOTHING and pointed is NOTHING:
        return f"{reference[:80]} is empty" if reference else NAMELESS if pointing else NOTHING.blank
    return next((reading.blank for reading in (own, pointed) if reading is not NOTHING and reading.blank), "")


def _both(one: Reading, other: Reading) -> tuple[Match, ...]:
    """Of each concept one match; what is known counts before what is only possible."""
    known = {match.concept: match for match in reversed((*one.known, *other.known))}
    doubtful = [match for reading in (one, other) if reading.known or not known for match in reading.doubtful]
    return (*known.values(), *{m.concept: m for m in reversed(doubtful) if m.concept not in known}.values())


def medications_in(rows: Iterable[Mapping], urls: Mapping[str, Mapping]) -> dict[str, Mapping]:
    """Medications, and the substances they are made of, by every way in which something may point to them."""
    found: dict[str, Mapping] = {}
    for row in rows:
        kind = row.get("resourceType")
        if kind in ("Medication", "Substance"):
            identity = as_text(row.get("id"))
            if identity:
                for key in (identity, f"{kind}/{identity}", f"urn:uuid:{identity}"):
                    found.setdefault(key, row)
    for url, row in urls.items():
        if row.get("resourceType") in ("Medication", "Substance"):
            found.setdefault(url, row)
    return found
