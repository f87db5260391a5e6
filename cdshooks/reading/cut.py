"""Rows that do not say what they are about, most of them cut to their id: they may be anything of their kind."""

import re
from collections.abc import Mapping

from cdshooks.reading.panels import has_value
from cdshooks.reading.quantities import quantity_of
from cdshooks.reading.read import allergy_holds, as_dict, as_list, as_text, codes_of, words_of
from cdshooks.terms.concepts import Concepts
from cdshooks.terms.names import LONGEST

# What a row may have without telling what it is about.
_TELLS_NOTHING = frozenset({
    "resourceType", "id", "meta", "implicitRules", "language", "identifier", "status", "clinicalStatus",
    "verificationStatus", "category", "subject", "patient", "encounter", "context", "performer", "recorder", "asserter",
    "effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued", "date", "recordedDate", "onsetDateTime",
    "performedDateTime", "performedPeriod", "occurrenceDateTime",
})  # fmt: skip
# Where some clients write, instead of in its code, what a problem is: FHIR has no such elements, and nobody reads them.
_ELSEWHERE = frozenset({
    "code", "codecodeableconcept", "codedisplay", "codetext", "coding", "condition", "conditioncode",
    "conditionname", "diagnosis", "diagnosiscode", "diagnosisname", "diagnosistext", "display", "icd", "icd10",
    "icd10code", "label", "name", "problem", "problemname", "snomed", "snomedcode", "term", "title",
})  # fmt: skip
# An Encounter or a request without a code is common, and no card rests on there being none.
_CUT = {
    "Observation": "result",
    "Condition": "problem",
    "Procedure": "procedure",
    "FamilyMemberHistory": "relative's illness",
}


def why_cut(row: Mapping) -> str:
    """Why nobody can know what a row is about; empty where anything in it could tell, or where it does not hold."""
    kind = _CUT.get(row.get("resourceType"))
    unread = _ELSEWHERE if kind == "problem" else ()
    if kind is None or any(v and n not in _TELLS_NOTHING and n.casefold() not in unread for n, v in row.items()):
        return ""
    return f"it is cut short: which {kind} it is did not come" if allergy_holds(row) else ""


# The systems whose codes say why there is none.
_NO_CODES = ("data-absent-reason", "v3-NullFlavor", "2.16.840.1.113883.5.1008")


def is_withheld(concept: object) -> bool:
    """Does a concept say nothing but that its code is masked, unknown, or absent for another reason?"""
    if not isinstance(concept, dict) or as_text(concept.get("text")).strip(" -?.*"):
        return False
    told = [as_dict(coding) for coding in as_list(concept.get("coding"))]
    named = (coding for coding in told if coding.get("code") or coding.get("display"))
    return all(as_text(coding.get("system")).endswith(_NO_CODES) for coding in named)


_TAG = re.compile(r"<[^<>]*>")
_MARKUP = 2  # of so many characters of a narrative half may be markup


def narrative_of(row: Mapping) -> str:
    """The words of a row's narrative, each element a statement of its own."""
    told = as_text(as_dict(row.get("text")).get("div"))
    return " ".join(_TAG.sub(" ; ", told[: _MARKUP * LONGEST]).split())


def why_nameless(row: Mapping, blank: str) -> str:
    """Why nobody can know of what a result is; empty where a code, words or its parts could tell, or nothing came.

    `blank` says that of its codes and words, where nobody here can know what they mean: then its unit has to tell.
    """
    concept = row.get("code")
    if not blank and concept.__class__ is dict and (text := concept.get("text")) and text.__class__ is str:
        return ""  # as of most results, each of which would be gone through: a fifth of the steps of a call
    if codes_of(concept) or words_of(concept):
        return blank if as_dict(quantity_of(row)).keys() & {"unit", "code"} else ""
    told = (has_value(row) or narrative_of(row)) and not row.get("component")
    return why_cut(row) or ("neither a code nor words say of what it is" if told else "")


def may_measure(row: Mapping, concepts: Concepts) -> tuple[list[str], bool]:
    """The results that one without a name may be: those of its unit; without a unit any of them, and that is told."""
    results = [concept for concept in concepts.by_name.values() if concept.kind in ("result", "status")]
    quantity = as_dict(quantity_of(row))
    if not (quantity.get("unit") or quantity.get("code")):
        return [concept.name for concept in results], True
    units = ((concept.name, concept.units) for concept in results if concept.units)
    told = quantity.get("code"), quantity.get("unit")
    return [name for name, table in units if any(map(table.find, told))], False
