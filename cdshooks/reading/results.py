"""Observations as results: usable or not and why, and their class."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import tzinfo

from cdshooks.reading.facts import Result
from cdshooks.reading.qualified import OF_VALUE, doubt_of_value
from cdshooks.reading.quantities import quantity_of, written
from cdshooks.reading.read import as_dict, as_list, as_text, own_limit, pairs, reference_of, when, words_of
from cdshooks.terms.codes import Match
from cdshooks.terms.concepts import Code, Concept
from cdshooks.terms.dates import Moment
from cdshooks.terms.names import plain
from cdshooks.terms.phrases import NO_PHRASES, Phrases
from cdshooks.terms.systems import Systems
from cdshooks.terms.units import Amount, NotUnderstood

CORRECTIONS = ("amended", "corrected")
USED = ("final", *CORRECTIONS)
AS_IF_ABSENT = ("registered", "cancelled", "entered-in-error")


def read_result(
    resource: Mapping, match: Match, concept: Concept, zone: tzinfo, systems: Systems, phrases: Phrases = NO_PHRASES
) -> Result | None:
    """A result of this concept; None for one that counts as if it did not exist."""
    status = as_text(resource.get("status"))[:40]
    if status in AS_IF_ABSENT:
        return None
    taken = moment_of(resource, zone)
    about = {
        "concept": concept.name,
        "label": concept.label,
        "ref": reference_of(resource),
        "moment": taken,
        "issued": when(resource.get("issued"), zone),
        "status": status,
    }
    fault = _status_fault(status) or (None if taken else "it has no date that can be read")
    if concept.kind == "status":
        result = _coded(resource, concept, fault, about, systems)
    else:
        result = _measured(resource, concept, fault, about, match.code)
    if result.fault is None and not resource.keys().isdisjoint(OF_VALUE) and not (result.klass and result.rank == 0):
        # Of what is the worst already, a doubt would only take the warning away.
        result = replace(result, fault=doubt_of_value(resource, result.klass, concept, phrases) or None)
    if match.code and match.doubt and result.fault is None and not (result.klass and result.rank == 0):
        return replace(result, fault=match.doubt, doubt=match.doubt)
    # What may be another analyte's is never used.
    return replace(result, fault=result.fault or match.doubt, doubt=match.doubt) if match.code is None else result


def moment_of(resource: Mapping, zone: tzinfo) -> Moment | None:
    """When the sample was taken, else when it was issued."""
    taken = resource.get("effectiveDateTime")
    found = when(taken, zone) if taken else None
    if found:  # as of nearly all: a third of the time of looking through what else may say it
        return found
    period = as_dict(resource.get("effectivePeriod"))
    for value in (
        resource.get("effectiveInstant"),
        period.get("start"),
        period.get("end"),
        resource.get("issued"),
    ):
        if value:
            found = when(value, zone)
            if found:
                return found
    return None


def _status_fault(status: str) -> str | None:
    if status in USED:
        return None
    return "it is preliminary" if status == "preliminary" else f"its status {status or '(none)'!r} is not understood"


def _coded(resource, concept, fault, about, systems) -> Result:
    values = [resource.get("valueCodeableConcept"), *_interpretations(resource)]
    told = ((systems.canonical(system), code) for value in values for system, code in pairs(value))
    found = [concept.values[pair] for pair in told if pair in concept.values] or _said(resource, values, concept)
    klass = found[0] if len(set(found)) == 1 else None
    fault = fault or (None if klass else "its value is not understood")
    rank = concept.classes.index(klass) if klass else 0
    return Result(**about, shown=klass or "(value not understood)", klass=klass, rank=rank, fault=fault)


def _said(resource: Mapping, values: list, concept: Concept) -> list[str]:
    """What words say of it that are all of a value."""
    words = (as_text(resource.get("valueString")), *(word for value in values for word in words_of(value)))
    said = (plain(word) for word in words if word)
    return [concept.said_values[word] for word in said if word in concept.said_values]


def _interpretations(resource: Mapping) -> list[object]:
    """What the laboratory says of the value; before R4 it was one, not a list."""
    told = resource.get("interpretation")
    return told if isinstance(told, list) else [told]


def _measured(resource, concept, fault, about, code: Code | None) -> Result:
    quantity = quantity_of(resource)
    amount = concept.units.amount(quantity)
    if isinstance(amount, Amount):
        amount = _believed(amount, concept, code)
    if isinstance(amount, NotUnderstood):
        # A status that rules the result out is the first thing to say, the unit the second.
        return Result(**about, shown=written(resource), fault=fault or amount.says)
    limit = own_limit(resource, concept, amount.kind)
    concept, by = _as_the_site_has_it(concept, amount, limit, resource, about["moment"])
    klass, rank, class_fault = classify(amount, concept, limit)
    return Result(
        **about, shown=written(resource, concept), amount=amount, klass=klass, rank=rank, fault=fault,
        class_fault=class_fault, judged_by=by,
    )  # fmt: skip


def _believed(amount: Amount, concept: Concept, code: Code | None) -> Amount | NotUnderstood:
    """The amount, unless no assay could report it, or the code does not belong to this kind of unit."""
    if code and code.kinds and amount.kind not in code.kinds:
        return NotUnderstood(f"{code.code} is the code of another kind of unit")
    low, high = concept.plausible_from.get(amount.kind), concept.plausible_to.get(amount.kind)
    unit = concept.unit_names.get(amount.kind, "")
    if low is not None and amount.comparator is None and amount.number < low:
        return NotUnderstood(f"it is not plausible: below {low:f} {unit}, perhaps a slip of the unit")
    if high is not None and amount.comparator in (None, ">", ">=") and amount.number > high:
        return NotUnderstood(f"it is not plausible: above {high:f} {unit}, perhaps a slip of the unit")
    return amount


def _as_the_site_has_it(concept, amount, limit, resource, taken: Moment | None) -> tuple[Concept, str]:
    """The concept with the cut-offs that a site has for this result, and whose they are; almost always just ours."""
    if not concept.overrides or taken is None or (limit and concept.own_limit):
        return concept, ""
    names = laboratories(resource)
    for override in concept.overrides:
        if override.holds(amount.kind, taken.day, names):
            return replace(concept, bands=override.bands), override.says
    return concept, ""


def laboratories(resource: Mapping) -> frozenset[str]:
    """Every way in which an Observation says who measured: its performers, and whose identifier it carries."""
    found = [as_text(as_dict(own).get("system")) for own in as_list(resource.get("identifier"))]
    for performer in map(as_dict, as_list(resource.get("performer"))):
        identifier = as_dict(performer.get("identifier"))
        system, value = as_text(identifier.get("system")), as_text(identifier.get("value"))
        found += [as_text(performer.get("reference")), as_text(performer.get("display")), value, f"{system}|{value}"]
    return frozenset(name.strip().casefold() for name in found if name.strip(" |"))


def classify(amount: Amount, concept: Concept, limit: Amount | None) -> tuple[str | None, int, str | None]:
    """The class of an amount, its rank (0 is the worst), and why there is none."""
    bands = concept.bands
    if not bands:
        return None, 0, None
    if limit and concept.own_limit:
        return _by_own_limit(amount, concept, limit)
    possible = [band.name for band in bands if band.holds(amount) is not False]
    name = possible[0] if len(possible) == 1 else concept.either.get(frozenset(possible))
    if name is None:
        return None, 0, "it leaves open whether it is " + " or ".join(possible)
    return name, concept.classes.index(name), None


def _by_own_limit(amount, concept, limit) -> tuple[str | None, int, str | None]:
    """With the report's own upper limit there are two classes: above it (the concept says its name), and not."""
    above = amount.against(limit.number, below=False, including=False)
    if above is None:
        return None, 0, "it leaves open on which side of the report's own limit it lies"
    name = concept.own_limit if above else next(c for c in concept.classes if c != concept.own_limit)
    return name, concept.classes.index(name), None
