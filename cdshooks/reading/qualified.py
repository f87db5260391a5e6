"""What a row says of itself that may turn what it says into its opposite: such a row may hold, and never counts."""

from collections.abc import Iterable, Iterator, Mapping

from cdshooks.reading.dose_words import RENDERED
from cdshooks.reading.read import MEANT, NOT_MEANT, as_dict, as_list, as_text, codes_of, words_of
from cdshooks.reading.subjects import Subjects
from cdshooks.terms.concept import Concept
from cdshooks.terms.phrases import Phrases
from cdshooks.terms.units import number_of

# Elements of a result that may turn what it says into something else, or be another's than they seem.
OF_RESULT = frozenset({"modifierExtension", "dataAbsentReason", "focus", "specimen"})
# Those in which it may say that its own value is not to be relied on.
OF_VALUE = frozenset(
    {"note", "comment", "comments", "interpretation", "specimen", "valueString", "valueCodeableConcept"}
)
UNFIT = "what is written with it says that it cannot be relied on"
MODIFIED = "it carries a modifierExtension, which is not understood"
_DOSES = ("dosageInstruction", "dosage")


def doubt_by_itself(row: Mapping, phrases: Phrases) -> str:
    """Why nobody can tell whether a problem holds or a drug was had, whatever its status; empty where nothing speaks
    against it."""
    if row.get("modifierExtension"):
        return MODIFIED
    kind = row.get("resourceType")
    if kind in ("Condition", "Procedure"):
        return _of_problem(row)
    if any(row.get(name) for name in NOT_HAD) or (kind == "MedicationAdministration" and row.get("statusReason")):
        return "a reason is told why it was not given"
    if phrases.say_not_had((*_words_with(row), *_its_name(row), *_kept_to(row))):
        return "what is written with it says that it was not had"
    if kind == "MedicationDispense" and _is_nothing(row.get("quantity")):
        return "its quantity is 0"
    if _is_nothing(as_dict(row.get("dispenseRequest")).get("quantity")):
        return "nothing of it is to be dispensed"
    return "its dose is 0" if _is_of_no_dose(row) else ""


# Of DSTU2 and STU3; of a dispense in STU3, R4, R5.
NOT_HAD = (
    "reasonNotGiven", "reasonNotTaken", "notDoneReason", "notDoneReasonCodeableConcept", "notDoneReasonReference",
    "statusReasonCodeableConcept", "statusReasonReference", "notPerformedReason",
)  # fmt: skip


def _words_with(row: Mapping) -> Iterator[str]:
    """What is written with a drug: its instructions, its notes, the reason of its status."""
    for at in _DOSES:
        told = row.get(at)
        yield from (as_text(as_dict(each).get("text")) for each in (told if isinstance(told, list) else [told]))
    yield as_text(row.get(RENDERED))
    yield from notes_of(row)
    reasons = row.get("statusReason")
    for reason in reasons if isinstance(reasons, list) else [reasons]:
        yield from words_of(as_dict(reason).get("concept") or reason)


def _its_name(row: Mapping) -> list[str]:
    """Lists of medicines put before the name whether it is taken ("Not-Taking/PRN ...", "Discontinued ...")."""
    reference = as_dict(row.get("medicationReference"))
    return [*words_of(row.get("medicationCodeableConcept")), as_text(reference.get("display"))]


def _kept_to(row: Mapping) -> Iterator[str]:
    """Whether the order is kept to, by the extension that US Core has for it: its words, and its codes."""
    for told in map(as_dict, as_list(row.get("extension"))):
        if as_text(told.get("url")).endswith("adherence"):
            for part in map(as_dict, as_list(told.get("extension"))):
                yield from words_of(part.get("valueCodeableConcept"))
                yield from codes_of(part.get("valueCodeableConcept"))


def notes_of(row: Mapping) -> Iterator[str]:
    """Notes in any version: Annotations since STU3, or a plain text."""
    for told in (row.get("note"), row.get("comment"), row.get("comments")):
        for note in told if isinstance(told, list) else [told]:
            yield as_text(note) or as_text(as_dict(note).get("text"))


def _of_problem(row: Mapping) -> str:
    verified = codes_of(row.get("verificationStatus"))
    if verified & NOT_MEANT and verified & MEANT:
        return "it is refuted and confirmed at once"
    return ""


def _is_of_no_dose(row: Mapping) -> bool:
    """Are amounts told, and all of them nothing?"""
    told = [_is_nothing(each) for each in _amounts(row)]
    return bool(told) and all(told)


def _amounts(row: Mapping) -> Iterator[object]:
    for at in _DOSES:
        entries = row.get(at)
        for entry in map(as_dict, entries if isinstance(entries, list) else [entries]):
            for rate in map(as_dict, (entry, *as_list(entry.get("doseAndRate")))):
                yield from (rate[name] for name in ("dose", "doseQuantity", "quantity") if name in rate)


def _is_nothing(quantity: object) -> bool:
    return number_of(as_dict(quantity).get("value")) == 0


def doubt_of_result(row: Mapping, subjects: Subjects, phrases: Phrases) -> str:
    """Why nobody can tell whose a result is and what it says; empty where nothing speaks against it."""
    if row.get("modifierExtension"):
        return MODIFIED
    if row.get("dataAbsentReason") and any(name.startswith("value") for name in row):
        return "it has a value and a reason why there is none"
    inside = row.get("contained")
    about = ({"subject": each, "contained": inside} for each in as_list(row.get("focus")))
    if any(subjects.is_foreign(each) or subjects.why_unclear(each) for each in about):
        return "its focus is somebody or something else"
    if row.get("specimen") and phrases.name_another_specimen(_of_specimen(row)):
        return "its specimen is another than this result is measured in"
    return ""


def doubt_of_value(row: Mapping, klass: str | None, concept: Concept, phrases: Phrases) -> str:
    """Why a value is not to be relied on, by what its laboratory wrote with it; empty where nothing says so."""
    if "valueQuantity" in row and ("valueString" in row or "valueCodeableConcept" in row):
        return "it has two values"
    told = row.get("interpretation")
    flags = told if isinstance(told, list) else [told]
    written = [*notes_of(row), *(word for flag in flags for word in words_of(flag)), *_state_of_specimen(row)]
    if phrases.say_unfit(written):
        return UNFIT
    codes = {code for flag in flags for code in codes_of(flag)}
    if codes & _LOW and (_is_open(concept, klass, upwards=True) or _is_within(row, "low")):
        return "it is flagged as low, and its value is not"
    if codes & _HIGH and (_is_open(concept, klass, upwards=False) or _is_within(row, "high")):
        return "it is flagged as high, and its value is not"
    return ""


_LOW, _HIGH = {"L", "LL", "LU"}, {"H", "HH", "HU"}


def _is_open(concept: Concept, klass: str | None, upwards: bool) -> bool:
    """Is this class the one without an end in this direction?"""
    band = next((band for band in concept.bands if band.name == klass), None)
    return bool(band) and not ((band.below or band.up_to) if upwards else (band.above or band.at_least))


def _is_within(row: Mapping, end: str) -> bool:
    """Does the value lie on the good side of this end of the report's own range, in the same unit?"""
    value = as_dict(row.get("valueQuantity"))
    for limit in (as_dict(as_dict(each).get(end)) for each in as_list(row.get("referenceRange"))):
        number, bound = number_of(value.get("value")), number_of(limit.get("value"))
        same = all(value.get(name) == limit.get(name) for name in ("unit", "code") if name in limit)
        if None not in (number, bound) and same and (number >= bound if end == "low" else number <= bound):
            return True
    return False


def _state_of_specimen(row: Mapping) -> Iterator[str]:
    for specimen in _inside(row):
        yield as_text(specimen.get("status"))
        for condition in as_list(specimen.get("condition")):
            yield from words_of(condition)
            yield from (f"condition {code}" for code in codes_of(condition))


def _inside(row: Mapping) -> Iterable[Mapping]:
    contained = map(as_dict, as_list(row.get("contained")))
    return (one for one in contained if one.get("resourceType") == "Specimen")


def _of_specimen(row: Mapping) -> Iterable[str]:
    specimen = as_dict(row["specimen"])
    inside = next(iter(_inside(row)), {})
    return [as_text(specimen.get("display")), *words_of(inside.get("type")), *codes_of(inside.get("type"))]
