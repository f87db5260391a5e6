"""What a row says of itself that may turn what it says into its opposite: such a row may hold, and never counts."""

from collections.abc import Iterable, Iterator, Mapping

from cdshooks.chart.phrases import Phrases
from cdshooks.chart.read import MEANT, NOT_MEANT, as_dict, as_list, as_text, codes_of, words_of
from cdshooks.chart.subjects import Subjects
from cdshooks.chart.units import number_of

MODIFIED = "it carries a modifierExtension, which is not understood"
_DOSES = ("dosageInstruction", "dosage")


def doubt_by_itself(row: Mapping) -> str:
    """Why nobody can tell whether a problem holds or a drug was had, whatever its status; empty where nothing speaks
    against it."""
    if row.get("modifierExtension"):
        return MODIFIED
    kind = row.get("resourceType")
    if kind == "Condition":
        return _of_problem(row)
    if kind == "MedicationDispense" and _is_nothing(row.get("quantity")):
        return "its quantity is 0"
    return "its dose is 0" if _is_of_no_dose(row) else ""


def _of_problem(row: Mapping) -> str:
    verified = codes_of(row.get("verificationStatus"))
    if verified & NOT_MEANT and verified & MEANT:
        return "it is refuted and confirmed at once"
    ended = row.get("abatementString"), row.get("abatementBoolean")
    if not row.get("clinicalStatus") and any(isinstance(each, str) and each for each in ended):
        return "whether it is over is told in words only"
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
    if any(subjects.is_foreign({"subject": each, "contained": inside}) for each in as_list(row.get("focus"))):
        return "its focus is somebody or something else"
    if row.get("specimen") and phrases.name_another_specimen(_of_specimen(row)):
        return "its specimen is another than this result is measured in"
    return ""


def _of_specimen(row: Mapping) -> Iterable[str]:
    specimen = as_dict(row["specimen"])
    contained = map(as_dict, as_list(row.get("contained")))
    inside = next((one for one in contained if one.get("resourceType") == "Specimen"), {})
    return [as_text(specimen.get("display")), *words_of(inside.get("type"))]
