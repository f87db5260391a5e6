"""A resource as the things in it that matter to the cards, each with its fate; reads nothing but its arguments."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC

from cdshooks.chart.index import DRUG_RESOURCES, NOTED_RESOURCES
from cdshooks.feed.seen import Fate, Seen
from cdshooks.reading.listed import listed
from cdshooks.reading.naming import Naming, medications_in
from cdshooks.reading.read import as_dict, as_list, as_text, codings, concepts_in, shown, words_of
from cdshooks.reading.results import AS_IF_ABSENT, USED, moment_of, read_result
from cdshooks.terms.codes import NOTHING, Match, Reading
from cdshooks.terms.concepts import Code, Concepts
from cdshooks.terms.dates import moment

KINDS = {
    "Observation": "result", "Condition": "problem", "Procedure": "procedure", "AllergyIntolerance": "allergy",
    "FamilyMemberHistory": "family", "Encounter": "visit", **dict.fromkeys(DRUG_RESOURCES, "drug"),
}  # fmt: skip
LONGEST = 120


class Judge:
    """Judges the resources of one feed; `medications` are those to which its orders may point."""

    def __init__(self, concepts: Concepts, medications: Iterable[Mapping] = ()):
        self._concepts = concepts
        self._naming = Naming(concepts, medications_in(medications, {}))

    def things(self, row: Mapping) -> Iterator[Seen]:
        """What the resource holds; nothing where its type says nothing to the cards."""
        row = listed(row)
        kind = row.get("resourceType")
        if as_text(row.get("language")):
            yield Seen(Fate.UNDERSTOOD, "language", code=as_text(row["language"])[:20], reason="read")
        match kind:
            case "Patient":
                yield from self._patient(row)
            case "Observation":
                for part in (row, *self._parts(row)):
                    yield from self._result(part)
            case "Condition" | "Procedure":
                yield self._coded(KINDS[kind], row.get("code"), "problems")
            case "AllergyIntolerance" | "FamilyMemberHistory" | "Encounter":
                for concept in concepts_in(row):
                    yield self._coded(KINDS[kind], concept, NOTED_RESOURCES[kind])
            case _ if kind in DRUG_RESOURCES:
                yield from self._drug(row)

    # --- patients and results -----------------------------------------------------------------------------------

    def _patient(self, row: Mapping) -> Iterator[Seen]:
        if moment(as_text(row.get("birthDate")), UTC):
            yield Seen(Fate.UNDERSTOOD, "birthdate", reason="read")
        else:
            says = "without a birth date that can be read no cut-off of adults is used"
            yield Seen(Fate.NOT_UNDERSTOOD, "birthdate", reason=says)
        for said in as_list(row.get("communication")):
            for coding in codings(as_dict(said).get("language")):
                yield Seen(Fate.UNDERSTOOD, "language", code=as_text(as_dict(coding).get("code"))[:20], reason="read")

    def _parts(self, row: Mapping) -> Iterator[Mapping]:
        for part in as_list(row.get("component")):
            if isinstance(part, dict):
                yield {key: row[key] for key in row if key not in ("code", "component") and key[:5] != "value"} | part

    def _result(self, row: Mapping) -> Iterator[Seen]:
        seen = self._coded("result", row.get("code"), "observations")
        yield seen
        if seen.fate is Fate.NOT_OURS:
            return
        yield self._status(row)
        yield self._date(row)
        if seen.fate is Fate.UNDERSTOOD and any(key.startswith("value") for key in row):
            yield self._value(seen.concept, row)

    def _status(self, row: Mapping) -> Seen:
        status = as_text(row.get("status"))[:40]
        if status in USED:
            return Seen(Fate.UNDERSTOOD, "status", code=status, reason="used")
        if status in AS_IF_ABSENT:
            return Seen(Fate.UNDERSTOOD, "status", code=status, reason="as if it was not there")
        says = "a preliminary result is named and not used" if status == "preliminary" else "this status is not known"
        return Seen(Fate.NOT_UNDERSTOOD, "status", code=status, reason=says)

    def _date(self, row: Mapping) -> Seen:
        if not moment_of(row, UTC):
            return Seen(Fate.NOT_UNDERSTOOD, "date", reason="a result without a date that can be read is not used")
        element = next((key for key in row if key.startswith("effective") and row[key]), "issued")
        return Seen(Fate.UNDERSTOOD, "date", code=element, reason="read")

    def _value(self, name: str, row: Mapping) -> Seen:
        """Whether a value of this concept can be used, by its unit; of a text only that it is one is told."""
        quantity = as_dict(row.get("valueQuantity"))
        system, code = as_text(quantity.get("system"))[:LONGEST], as_text(quantity.get("code"))[:40]
        unit = (as_text(quantity.get("unit")) or as_text(quantity.get("code")))[:40]
        about = {"kind": "unit", "system": system, "code": code, "unit": unit, "concept": name}
        concept = self._concepts.by_name[name]
        dated = {**row, "status": "final", "effectiveDateTime": "2000-01-01"}  # only the value is judged here
        found = read_result(dated, Match(name, Code("", "", "")), concept, UTC, self._concepts.systems)
        if found and found.fault:
            return Seen(Fate.NOT_UNDERSTOOD, **about, reason=found.fault)
        return Seen(Fate.UNDERSTOOD, **about, reason=f"a value of {name}")

    # --- what is coded ------------------------------------------------------------------------------------------

    def _coded(self, kind: str, concept: object, index: str) -> Seen:
        found = codings(concept)
        reading = getattr(self._concepts, index).read(found, words_of(concept))
        return Seen(Fate.NOT_OURS, kind) if reading is NOTHING else self._fated(kind, concept, reading)

    def _fated(self, kind: str, concept: object, reading: Reading, how: str = "") -> Seen:
        coding = _telling(concept, reading)
        about = {
            "kind": kind, "system": as_text(coding.get("system"))[:LONGEST], "code": as_text(coding.get("code"))[:60],
            "text": (how or shown(concept))[:LONGEST],
        }  # fmt: skip
        if reading.known:
            names = ", ".join(sorted({match.concept for match in reading.known}))
            return Seen(Fate.UNDERSTOOD, **about, reason=names, concept=reading.known[0].concept)
        if reading.doubtful:
            match = reading.doubtful[0]
            return Seen(
                Fate.NOT_UNDERSTOOD, **about, reason=match.doubt or "only its words are known", concept=match.concept
            )
        if reading.blank:
            return Seen(Fate.NOT_UNDERSTOOD, **about, reason=reading.blank)
        return Seen(Fate.NOT_OURS, kind)

    def _drug(self, row: Mapping) -> Iterator[Seen]:
        drug = self._naming.of(row)
        if drug.reference and (drug.unread or any(match.code is None for match in drug.matches)):
            kind = (
                "contained" if drug.reference.startswith("#") else drug.reference.rpartition("/")[0].rpartition("/")[2]
            )
            says = "it names its drug by a reference to what did not come"
            yield Seen(Fate.NOT_UNDERSTOOD, "reference", code=kind[:40], reason=says)
        concept = row.get("medicationCodeableConcept") or as_dict(row.get("medication")).get("concept")
        known = tuple(match for match in drug.matches if match.code)
        doubtful = tuple(match for match in drug.matches if not match.code)
        blank = "" if drug.reference else drug.unread
        reading = Reading(known, () if known else doubtful, blank)
        if drug.matches or blank or not drug.reference:
            yield self._fated("drug", concept, reading, drug.shown)


def _telling(concept: object, reading: Reading) -> Mapping:
    """The coding that was understood, else the first."""
    found = [coding for coding in codings(concept) if isinstance(coding, dict)]
    codes = {match.code.code for match in reading.known if match.code}
    return next((coding for coding in found if coding.get("code") in codes), found[0] if found else {})
