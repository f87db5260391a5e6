"""What a result is of, where neither its code nor the words beside it say it: an extension, or its own value.

Converters of texts and of forms name a result "Result" or "Comment", and write all that it says as its value.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from cdshooks.reading.cut import narrative_of
from cdshooks.reading.extended import ONLY_THERE, is_extended, told_in_extensions
from cdshooks.reading.read import as_dict, as_list, as_text, codings, unit_of
from cdshooks.terms.codes import Reading, doubted

IN_ITS_VALUE = "only its value names it"
IN_A_MEMBER = "only the name of one of its members says it"
IN_A_PART = "only the value of a component names it"
IN_ITS_METHOD = "only its method, its category or what else stands beside it names it"
# Where a result may be named whose own name says nothing.
_ASIDE = (
    "method", "category", "specimen", "device", "bodySite", "interpretation", "note", "comment", "referenceRange",
    "basedOn", "derivedFrom",
)  # fmt: skip
_MOST = 20
_PLACES = frozenset({"extension", "valueString", "hasMember", "component"})
_LONGEST = 300  # characters; what is longer is a report, and names much: each of its statements is looked at
_MOST_OF_A_REPORT, _MOST_STATEMENTS = 10_000, 60  # characters, and statements with a concentration
_STATEMENTS = re.compile(r"[;\n\r。；]|\.\s|<br\s*/?>", re.IGNORECASE)
# A number with a concentration: what only names a test ("... was requested") is no result of it.
_MEASURED = re.compile(r"\d\s*(?:[a-zµμ]{1,8}|10\S{0,4})\s?/\s?\S", re.IGNORECASE)


def is_named_otherwise(result: Mapping, reading: Reading) -> bool:
    """Is it a number whose own name is none of ours, and does nothing beside it name it? So are nearly all others."""
    code = result.get("code")
    if reading.known or reading.doubtful or reading.blank or code.__class__ is not dict:
        return False
    text = code.get("text")
    named = text.__class__ is str and text and "valueQuantity" in result
    return bool(named) and _PLACES.isdisjoint(result) and not is_extended(code)


def named_elsewhere(result: Mapping, read: Callable[[str, object], Reading], otherwise: Reading) -> Reading:
    """What it is of by its extensions, else by its value, never for certain; `otherwise` where neither says it.

    Where its own name says nothing (it is blank), its method or its category may.
    """
    unsaid = bool(otherwise.blank)
    if _PLACES.isdisjoint(result) and not unsaid and not is_extended(result.get("code")):
        return otherwise
    for told, why in (*_told(result), *(_beside(result) if unsaid else ())):
        reading = read("observations", told)
        if reading.known or reading.doubtful:
            return doubted(reading, why)
    return otherwise


def _beside(result: Mapping) -> Iterator[tuple[object, str]]:
    for told in (result[name] for name in _ASIDE if name in result):
        for each in (as_list(told) or [told])[:_MOST]:
            words = as_text(each) or as_text(as_dict(each).get("display")) or as_text(as_dict(each).get("text"))
            yield {"coding": codings(each), "text": words[:_LONGEST]}, IN_ITS_METHOD
    yield {"text": narrative_of(result)[:_LONGEST]}, IN_ITS_METHOD


def _told(result: Mapping) -> Iterator[tuple[object, str]]:
    yield from ((told, ONLY_THERE) for told in told_in_extensions(result))
    yield from (({"text": said}, IN_ITS_VALUE) for said in _measured(as_text(result.get("valueString"))))
    names = [as_text(as_dict(member).get("display")) for member in as_list(result.get("hasMember"))]
    if any(names):
        yield {"text": "; ".join(filter(None, names))[:_LONGEST]}, IN_A_MEMBER
    parts = [as_dict(part) for part in as_list(result.get("component"))] if "component" in result else []
    if any("/" in unit_of(part) for part in parts):
        yield from ((named, IN_A_PART) for part in parts for named in _names_in(part))


def measures_in_words(result: Mapping) -> bool:
    """Does its value, a text, hold a concentration?"""
    return "valueString" in result and any(_measured(as_text(result["valueString"])))


def _measured(value: str) -> Iterator[str]:
    """What of a value holds a concentration: all of it, and each of its statements."""
    said = dict.fromkeys((value, *_STATEMENTS.split(value[:_MOST_OF_A_REPORT])))
    told = (each for each in said if len(each) <= _LONGEST and _MEASURED.search(each))
    return islice(told, _MOST_STATEMENTS)


def _names_in(part: Mapping) -> Iterator[object]:
    """The name of a test, where that is the value of a part and its result that of another."""
    if isinstance(part.get("valueCodeableConcept"), dict):
        yield part["valueCodeableConcept"]
    if name := as_text(part.get("valueString")):
        yield {"text": name[:_LONGEST]}
