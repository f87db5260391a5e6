"""Whose a resource is: it came in a call about one patient, and is that patient's unless it names another one."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping

from cdshooks.reading.contained import contained_in
from cdshooks.reading.read import as_dict, as_list, as_text

_ADDRESS = re.compile(r"(?:(https?://[^?#\s]+)/)?([A-Za-z]+)/([^/?#\s]+)", re.IGNORECASE)
_CONDITIONAL = re.compile(r"(?:[^?#\s]*/)?Patient\?(?:.*&)?identifier=([^&]+)")


WHOSE = "whose it is cannot be read"
LINKED = "it is told of another record, to which this patient's own is linked"
_DEEPEST = 3  # wrappers around a reference, where one belongs
_MOST = 20  # subjects of one row
_MOST_LINKS = 50
_CENTURIES = ("18", "19", "20")
_WITH_CENTURY = 12  # digits: the day of birth with its century, and four more


def bare_reference(reference: str) -> str:
    """A reference without the version that it may name."""
    return reference.partition("/_history/")[0]


def server_of(address: str | None) -> str:
    """A base address as two are compared: a proxy may change the scheme, and nobody minds a slash at the end."""
    return (address or "").partition("://")[2].rstrip("/").casefold()


class Subjects:
    """The one patient of a call, by id, by the server that the call came from, and by identifiers.

    `urls` holds resources by the fullUrl under which they came.
    """

    def __init__(self, patient_id: str, patient: Mapping | None, server: str | None, urls: Mapping[str, Mapping]):
        self._server, self._urls = server_of(server), urls
        self._named: dict[str, bool] = {}  # references that name another; most rows of a call have the same
        self._identifiers = _identifiers(as_list(as_dict(patient).get("identifier")))
        links = [*self._links_of(as_dict(patient))]
        # What this record replaces is this patient; what it is linked to otherwise may be.
        self._ids = {patient_id, *(named for named, how in links if how == "replaces")}
        self._linked = {named for named, _ in links} - self._ids

    def _links_of(self, patient: Mapping) -> Iterator[tuple[str, str]]:
        """(id, how) of the other records, on the same server, to which a Patient points as the same person's."""
        for link in map(as_dict, as_list(patient.get("link"))[:_MOST_LINKS]):
            told = bare_reference(as_text(as_dict(link.get("other")).get("reference"))).strip().rstrip("/")
            address, how = _ADDRESS.fullmatch(told), as_text(link.get("type")).strip().casefold()
            if told.startswith("urn:uuid:"):
                yield told.removeprefix("urn:uuid:"), how
            elif address and address[2].casefold() == "patient" and self._is_same_server(address[1]):
                yield address[3], how

    def _is_same_server(self, named: str | None) -> bool:
        return not self._server or not named or server_of(named) == self._server

    def is_foreign(self, resource: Mapping) -> bool:
        """Is somebody or something else its subject?"""
        try:
            return self._named[resource["subject"]["reference"]]  # as of nearly all rows: a tenth of the time below
        except (KeyError, TypeError):
            told = resource.get("subject", resource.get("patient"))
        if not told:
            return False
        named = list(_named_in(told))
        return bool(named) and all(self._is_another_s(each, resource) for each in named)

    def is_surely_ours(self, resource: Mapping) -> bool:
        """Is its subject's reference one that was read before, and this patient's? Then it is neither of these.

        Never sure where this record is linked to others: what names one of those is not foreign, and unclear.
        """
        try:
            return not self._linked and not self._named[resource["subject"]["reference"]]
        except (KeyError, TypeError):
            return False

    def why_unclear(self, resource: Mapping) -> str:
        """Why nobody can tell whose it is, by a subject that cannot be read or a linked record; empty where one can."""
        told = resource.get("subject", resource.get("patient"))
        if self._linked and any(self._is_linked(each.get("reference")) for each in _named_in(told)):
            return LINKED
        if told is None or told in ("", {}) or (isinstance(told, dict) and isinstance(told.get("reference"), str)):
            return ""
        return "" if any(True for _ in _named_in(told)) else WHOSE

    def _is_linked(self, reference: object) -> bool:
        return self._names(bare_reference(as_text(reference)).strip().rstrip("/"), self._linked)

    def _is_another_s(self, subject: Mapping, resource: Mapping) -> bool:
        reference = subject.get("reference")
        if not reference:
            return self._is_another([as_dict(subject.get("identifier"))])
        known = self._named.get(reference)
        if known is None:
            known = self._names_another(bare_reference(reference).strip().rstrip("/"), resource)
            if not reference.startswith("#"):  # that means something else in each resource
                self._named[reference] = known
        return known

    def _names_another(self, reference: str, resource: Mapping) -> bool:
        if reference.startswith("#"):
            return self._is_another_person(contained_in(resource, reference))
        if reference.startswith("urn:"):
            named = reference.removeprefix("urn:uuid:")
            found = as_dict(self._urls.get(reference))
            ours = self._ids | self._linked
            return named not in ours and bool(found) and found.get("id") not in ours
        conditional = _CONDITIONAL.fullmatch(reference)
        if conditional:
            system, bar, value = conditional[1].rpartition("|")
            return self._is_another([{"system": system, "value": value}] if bar else [])
        return not self._names(reference, self._ids | self._linked)

    def _names(self, reference: str, ids: Container[str]) -> bool:
        if reference.removeprefix("urn:uuid:") in ids:
            return True
        address = _ADDRESS.fullmatch(reference)
        if address is None or address[2].casefold() != "patient" or address[3] not in ids:
            return False
        return self._is_same_server(address[1])

    def _is_another_person(self, found: Mapping) -> bool:
        kind = as_text(found.get("resourceType"))
        return kind not in ("", "Patient") or self._is_another(as_list(found.get("identifier")))

    def _is_another(self, identifiers: Iterable[object]) -> bool:
        """Does it carry an identifier that this patient has otherwise? Of other systems nobody can tell."""
        theirs = _identifiers(identifiers)
        shared = theirs.keys() & self._identifiers.keys()
        return bool(shared) and not any(_agree(theirs[system], self._identifiers[system]) for system in shared)


def _agree(some: set[str], others: set[str]) -> bool:
    """Is one of these numbers one of those? One of twelve digits, a day of birth first, may lack its century."""
    return bool(some & others or _short(some) & others or some & _short(others))


def _short(numbers: Iterable[str]) -> set[str]:
    whole = (n for n in numbers if n[:2] in _CENTURIES and len(n) == _WITH_CENTURY and n.isdecimal())
    return {number[2:].lstrip("0") for number in whole}


def _identifiers(told: Iterable[object]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in map(as_dict, told):
        system, value = as_text(one.get("system")), as_text(one.get("value"))
        if system and value:
            found.setdefault(system, set()).add(_bare(value))
    return found


def _bare(value: str) -> str:
    """A number as two are compared: with dashes, dots, blanks, and zeros before it, or without."""
    return "".join(filter(str.isalnum, value)).casefold().lstrip("0") or value


def _named_in(told: object, depth: int = 1) -> Iterator[Mapping]:
    """The subjects that a row has, where feeds write a plain text, a list, or a wrapper too many."""
    if isinstance(told, str):  # a reference without its wrapper
        yield {"reference": told}
    elif isinstance(told, dict):
        reference = told.get("reference")
        if reference in (None, "") or isinstance(reference, str):
            yield told
        elif depth < _DEEPEST:
            yield from _named_in(reference, depth + 1)
    elif isinstance(told, list) and depth < _DEEPEST:
        for each in told[:_MOST]:
            yield from _named_in(each, depth + 1)
