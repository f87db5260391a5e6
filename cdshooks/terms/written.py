"""How feeds write a code beside its system: in front of it, behind its address, or several codes in one field."""

import re
from collections.abc import Iterable

from cdshooks.terms.systems import Systems

_LONGEST = 100  # characters; a longer one is no code
_MOST = 8  # codes in one field
_WITH_TERM = re.compile(r"\s*([^|\s]+)\s*\|[^|]*\|\s*")  # 84027009 |a term|
_BETWEEN = re.compile(r"[\s+,;&/\u2020*]+")
_ODD = re.compile(r"[|:_\s+,;&/\u2020*]")
# Between the parts of an expression of SNOMED CT; its terms stand between bars.
_IN_EXPRESSION = re.compile(r"\|[^|]*\||[\s+,;&/\u2020*:={}()<]+")
_ICD = re.compile(r"(?<![\w.])[A-Z]\d\w\.\w{1,4}(?![\w.])")
_BELOW = re.compile(r"[A-Za-z]\w\w\.\w{1,8}")
_CODE = re.compile(r"(?=.*\d)[\w.\-!]{2,12}")


def parted(system: object, code: object, systems: Systems) -> Iterable[tuple[object, str]]:
    """What a coding means which as it stands names nothing; empty where it can be read in no other way.

    >>> from cdshooks.terms.systems import System
    >>> known = Systems([System("LOINC", "http://loinc.org"), System("ICD-10", "http://hl7.org/fhir/sid/icd-10")])
    >>> parted(None, "LOINC:2132-9", known), parted("http://loinc.org/2132-9", None, known)
    ([('LOINC', '2132-9')], [('http://loinc.org', '2132-9')])
    >>> parted("ICD-10", "D51.0\u2020 G32.0*", known), parted("ICD-10", "D51.0 excluded", known)
    ([('ICD-10', 'D51.0'), ('ICD-10', 'G32.0')], [])
    """
    if not code and isinstance(system, str):
        return _behind_its_address(system, systems)
    if not isinstance(code, str) or len(code) > _LONGEST or not _ODD.search(code):
        return []
    return _behind_its_system(system, code, systems) or _several(system, code)


def _behind_its_address(system: str, systems: Systems) -> list[tuple[object, str]]:
    address, _, code = system.strip().rpartition("/")
    known = systems.of(address)
    return [(known.uri, code)] if known and code and systems.of(system) else []


def _behind_its_system(system: object, code: str, systems: Systems) -> list[tuple[object, str]]:
    """A system in front of the code, if the coding names no other one."""
    own = systems.of(system)
    for sign in "|:_ ":
        name, _, bare = code.rpartition(sign)
        known = systems.of(name.strip()) if name and bare else None
        if known and (own is None or own.key == known.key):
            return [(name.strip(), bare.strip())]
    return []


def _several(system: object, code: str) -> list[tuple[object, str]]:
    """Codes side by side, as cause and manifestation are written; all of them must look like codes."""
    alone = _WITH_TERM.fullmatch(code)
    if alone:
        return [(system, alone[1])]
    parts = [part for part in _BETWEEN.split(code) if part]
    if not 1 < len(parts) <= _MOST or not all(map(_CODE.fullmatch, parts)):
        return []
    return [(system, part) for part in parts]


def is_plain(code: str) -> bool:
    """Is it a code alone, with at most a mark of cause or manifestation behind it?"""
    return not _ODD.search(code.strip(" +*!\u2020"))


def is_below(code: str) -> bool:
    """Has it the look of a code below another one, as E11.9 has?"""
    return bool(_BELOW.fullmatch(code))


def codes_in(code: str) -> list[str]:
    """What in a field with something else looks like a code: of "D51.0 excluded" the first word.

    >>> codes_in("84027009 |a term| : 246454002 = 255604002"), codes_in("84027009")
    (['84027009', '246454002', '255604002'], [])
    """
    if is_plain(code):
        return []
    return [part for part in _IN_EXPRESSION.split(code[:_LONGEST])[:_MOST] if _CODE.fullmatch(part)]


def codes_said(words: Iterable[str], systems: Systems, longest: int) -> list[tuple[None, str]]:
    """Codes that stand where words belong: alone, behind their system, or, if they look like ICD's, among other words.

    >>> from cdshooks.terms.systems import System
    >>> known = Systems([System("LOINC", "http://loinc.org")])
    >>> codes_said(["LOINC 2132-9"], known, 20), codes_said(["[D51.0] an illness, see note"], known, 20)
    ([(None, '2132-9')], [(None, 'D51.0')])
    """
    found = []
    for word in words:
        behind = _behind_its_system(None, word, systems) if len(word) <= _LONGEST else []
        found += [code for _, code in behind] or ([word] if len(word) <= longest else [])
        found += _ICD.findall(word[:_LONGEST]) if not behind and "." in word else []
    return [(None, code) for code in dict.fromkeys(found)]


class Number(str):
    """A code that was sent as a number, not as a text."""

    __slots__ = ()


def codes_within(code: str) -> list[str]:
    """The codes that stand in one; of a number that is itself."""
    return [str(code)] if isinstance(code, Number) else codes_in(code)
