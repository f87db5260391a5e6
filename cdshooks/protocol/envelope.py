"""A Bundle as an envelope: the entries in it, the resource in each, and what says that they are not all.

Converters, facades and hand-written clients bend its shape. What is unambiguous is read; of the rest it is said that
something came which cannot be read: nothing in an envelope is ever "nothing there".
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from cdshooks.reading.read import as_dict, as_list, as_text
from cdshooks.reading.respelled import spelled

# All that a Bundle has in any version of FHIR.
_ELEMENTS = frozenset({
    "resourceType", "id", "meta", "implicitRules", "language", "identifier", "type", "timestamp", "total", "link",
    "entry", "signature", "issues",
})  # fmt: skip
# What a remark may say that means: this is not all, or not what was asked for.
_NOT_ALL = {
    "incomplete", "suppressed", "forbidden", "timeout", "throttled", "too-costly", "exception", "transient",
    "not-supported",
}  # fmt: skip
_REMARKS = {"warning", "information", "success"}
_IGNORED = re.compile(r"\b(ignor|unsupported|not supported|unknown (search )?param|unrecogni[sz]ed)", re.IGNORECASE)
# What Epic's servers say in nearly every answer: a kind of row that this client was never meant to see is not among
# them (code 59204, in a system of each customer; public logs of test kits). As a failure it would stop every call.
_STANDING = ("urn:oid:1.2.840.114350.", "59204")
# Security labels of what was changed before it was sent (HL7's ObservationValue).
_WITHHELD = {"REDACTED", "MASKED"}
_RESOURCE = frozenset({"resource", "resourcetype"})  # some serializers write names of elements with capitals
LONGEST_TOTAL = 20  # characters
# A token in the address that a server says it was asked by.
_UNFILLED = re.compile(r"\{\{|%7b%7b", re.IGNORECASE)


def entries_of(bundle: object) -> list:
    """Its entries; one that is not in a list, as converters from XML write it, is a list of one."""
    told = as_dict(bundle).get("entry")
    return told if isinstance(told, list) else [told] if told else []


def resource_in(entry: object) -> object:
    """What an entry holds; what stands in the list without its wrapper is its own."""
    if not isinstance(entry, dict):
        return None
    if "resource" not in entry:
        entry = spelled(entry)
        if isinstance(entry.get("resourceType"), str):
            return entry
    told = entry.get("resource")
    return spelled(told) if isinstance(told, dict) and "resourceType" not in told else told


def holds_something(entry: object) -> bool:
    """Is there, where a resource belongs, something that may be one and is not written like one?"""
    told = entry.get("resource") if isinstance(entry, dict) else entry
    return not told.keys() <= {"resourceType"} if isinstance(told, dict) else _holds_resource(told)


def lacks(bundle: Mapping, held: int) -> str:
    """What says that a Bundle with `held` resources is not all, after "it"; empty where nothing does."""
    # Once for each of the 18 Bundles of a call: nothing is looked into that is not there (two thirds of the steps).
    links = _links(bundle) if "link" in bundle else {}
    if links and _UNFILLED.search(links.get("self", "")):
        return "answers a query in which a token was not filled in"
    if "next" in links:
        return "is only the first page"
    total = bundle.get("total")
    if total and _number(total) > held:
        return f"holds {held} of {_number(total)}"
    if "meta" in bundle and (said := _of_itself(bundle)):
        return said
    if "issues" in bundle and is_error(as_dict(bundle["issues"])):
        return "holds an error"
    if bundle.keys() <= _ELEMENTS:
        return ""
    strange = next((name for name in bundle.keys() - _ELEMENTS if _holds_resource(bundle[name])), None)
    return f"holds {strange[:40]!r}, which is no part of a Bundle" if strange else ""


def _of_itself(bundle: Mapping) -> str:
    """What a Bundle says by its tags and labels, after "it"."""
    if is_subsetted(bundle):
        return "is cut short (SUBSETTED)"
    withheld = _security(bundle) & _WITHHELD
    return f"says that some of it is withheld ({min(withheld)})" if withheld else ""


def is_subsetted(resource: Mapping) -> bool:
    """Does a resource say of itself that it is not whole?"""
    tags = as_dict(resource.get("meta")).get("tag")
    told = tags if isinstance(tags, list) else [tags]
    return any(as_text(as_dict(tag).get("code")).upper() == "SUBSETTED" for tag in told)


def _security(resource: Mapping) -> set[str]:
    told = as_dict(resource.get("meta")).get("security")
    return {as_text(as_dict(label).get("code")).upper() for label in (told if isinstance(told, list) else [told])}


def is_error(outcome: Mapping) -> bool:
    """Is an OperationOutcome more than a remark, or a remark that this is not all or not what was asked for?"""
    told = outcome.get("issue")
    return any(_is_serious(as_dict(issue)) for issue in (as_list(told) or [told]))


def is_standing(outcome: Mapping) -> bool:
    """Does one of its remarks say that this client never sees some kind of row?"""
    return any(_stands(as_dict(issue)) for issue in as_list(outcome.get("issue")))


def _stands(issue: Mapping) -> bool:
    codings = [as_dict(each) for each in as_list(as_dict(issue.get("details")).get("coding"))]
    system, code = _STANDING
    said = any(each.get("code") == code and as_text(each.get("system")).startswith(system) for each in codings)
    return said and as_text(issue.get("severity")) in _REMARKS


def _is_serious(issue: Mapping) -> bool:
    words = (as_text(issue.get("diagnostics")), as_text(as_dict(issue.get("details")).get("text")))
    remark = as_text(issue.get("severity")) in _REMARKS
    if remark and _stands(issue):
        return False
    return not remark or as_text(issue.get("code")) in _NOT_ALL or any(map(_IGNORED.search, words))


def failed(entry: Mapping) -> bool:
    """Is an entry without a resource the answer to one of several requests, which failed?"""
    status = as_text(as_dict(entry.get("response")).get("status"))
    return bool(status) and not status.startswith("2")


def _links(bundle: Mapping) -> dict[str, str]:
    told, found = bundle["link"], {}
    for link in told if isinstance(told, list) else [told]:
        if isinstance(link, dict) and isinstance(relation := link.get("relation"), str):
            found[relation.casefold()] = as_text(link.get("url"))
    return found


def _number(total: object) -> int | Decimal:
    if isinstance(total, str):
        return int(total) if total.strip().isdecimal() and len(total) < LONGEST_TOTAL else 0
    return total if isinstance(total, int | Decimal) else 0


def _holds_resource(value: object) -> bool:
    """Does something look as if a resource lay in it, one level down or in a text?"""
    if isinstance(value, str):
        return "resourceType" in value or "<" in value
    told = value if isinstance(value, list) else [value]
    return any(isinstance(one, dict) and not _RESOURCE.isdisjoint(map(str.casefold, one)) for one in told)
