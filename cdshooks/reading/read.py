"""FHIR JSON as facts, one resource at a time: what cannot be read costs only itself."""

from collections.abc import Container, Iterable, Mapping
from datetime import tzinfo

from cdshooks.reading.facts import Detail, Noted, Order, Problem
from cdshooks.terms.concepts import CodeIndex, Concept, Concepts, Match, Route
from cdshooks.terms.dates import Moment, happened
from cdshooks.terms.denials import undenied
from cdshooks.terms.systems import Systems
from cdshooks.terms.units import Amount, NotUnderstood

ACTIVE = {"active", "recurrence", "relapse"}
NOT_MEANT = {"refuted", "entered-in-error"}
MEANT = {"confirmed", "provisional", "differential", "unconfirmed"}
LONGEST_SHOWN = 500  # characters of words for people: more is never shown, and would be copied for every question
MOST_CONCEPTS = 50  # in a list where one belongs
ABATEMENTS = ("DateTime", "Age", "Period", "Range")


def as_dict(value: object) -> Mapping:
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list:
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def codings(concept: object) -> list:
    return as_list(as_dict(concept).get("coding"))


def when(value: object, zone: tzinfo) -> Moment | None:
    """When something was, if a date says it."""
    return happened(value, zone) if isinstance(value, str) else None


def reference_of(resource: Mapping) -> str:
    """How a trace, a selection or an action names a resource: Type/id, by the type under which it was sent."""
    resource = getattr(resource, "sent", resource)
    return f"{as_text(resource.get('resourceType'))}/{as_text(resource.get('id')) or '?'}"


def shown(concept: object) -> str:
    """The words with which a CodeableConcept was written, for people."""
    first = next((as_text(c.get("display")) for c in codings(concept) if isinstance(c, dict) and c.get("display")), "")
    return (as_text(as_dict(concept).get("text")) or first)[:LONGEST_SHOWN].replace("\u200b", "").strip()


def words_of(concept: object) -> list[str]:
    """Every word that a CodeableConcept has for people."""
    if not isinstance(concept, dict):
        return []
    found = [concept.get("text"), *(c.get("display") for c in codings(concept) if isinstance(c, dict))]
    return [text for text in found if text and isinstance(text, str)]


def codes_of(concept: object) -> set[str]:
    """The codes of a CodeableConcept; before R4 a status was the bare word."""
    return {concept} if isinstance(concept, str) else {code for _, code in pairs(concept)}


def pairs(concept: object) -> set[tuple[str, str]]:
    """The (system, code) of every coding that has a code."""
    whole = (c for c in codings(concept) if isinstance(c, dict))
    return {(as_text(c.get("system")), as_text(c.get("code"))) for c in whole if as_text(c.get("code"))}


def read_problem(resource: Mapping, match: Match, concept: Concept, zone: tzinfo, ever: bool = False) -> Problem | None:
    """An active Condition (with `ever`, one that is over as well) or a Procedure that was done; None when neither."""
    if resource.get("resourceType") == "Procedure":
        return _read_procedure(resource, match, concept, zone)
    clinical, verified = codes_of(resource.get("clinicalStatus")), codes_of(resource.get("verificationStatus"))
    over = (clinical and not clinical & ACTIVE) or (_has_ended(resource) and not clinical)
    if (over and not ever) or (verified & NOT_MEANT and not verified & MEANT):
        return None
    doubt = match.doubt or ("" if ever else doubt_of_end(resource))
    onset = resource.get("onsetDateTime") or as_dict(resource.get("onsetPeriod")).get("start")
    start = when(onset, zone) or when(resource.get("recordedDate"), zone)
    words = shown(resource.get("code"))
    return Problem(match.concept, concept.label, reference_of(resource), start, words, doubt)


def doubt_of_end(resource: Mapping) -> str:
    """Why nobody can tell whether a problem is over; whether it ever was makes no difference to that."""
    if codes_of(resource.get("clinicalStatus")) & ACTIVE and _has_ended(resource):
        return "it is said to be active, and to have ended"
    told = resource.get("abatementString"), resource.get("abatementBoolean")
    in_words = any(isinstance(each, str) and each for each in told)
    return "whether it is over is told in words only" if in_words and not resource.get("clinicalStatus") else ""


def _has_ended(resource: Mapping) -> bool:
    """Is an end told, of any date? What words say of one ("lifelong") nobody can tell."""
    return resource.get("abatementBoolean") is True or any(resource.get(f"abatement{kind}") for kind in ABATEMENTS)


def _read_procedure(resource, match, concept, zone) -> Problem | None:
    if resource.get("status") not in ("completed", "in-progress"):
        return None
    done = resource.get("performedDateTime") or as_dict(resource.get("performedPeriod")).get("start")
    words = shown(resource.get("code"))
    return Problem(match.concept, concept.label, reference_of(resource), when(done, zone), words, match.doubt)


def read_noted(
    resource: Mapping, match: Match, concept: Concept, zone: tzinfo, known: Concepts | None = None
) -> Noted | None:
    """An allergy that holds, a relative's illness, a visit that took place, or a requested test; None if it is not."""
    kind = as_text(resource.get("resourceType"))
    if not _NOTED[kind](resource):
        return None
    period = as_dict(resource.get("period"))
    dated = period.get("start") or period.get("end") or resource.get("recordedDate") or resource.get("authoredOn")
    words = shown(resource.get("code"))
    ref, day = reference_of(resource), when(dated, zone)
    detail = _DETAILS[kind](resource, known) if known and kind in _DETAILS else None
    return Noted(match.concept, concept.label, ref, day, words, NAMES[kind], match.doubt, detail)


def allergy_holds(resource: Mapping) -> bool:
    """Is it neither over nor refuted, as far as is told?"""
    clinical, verified = codes_of(resource.get("clinicalStatus")), codes_of(resource.get("verificationStatus"))
    return not clinical & {"inactive", "resolved"} and not verified & NOT_MEANT


def is_awaited(resource: Mapping, statuses: Container[str] = ("active",)) -> bool:
    """Is a request active, or of one of these statuses, and no proposal or request not to do it?"""
    meant = resource.get("intent") not in ("proposal", "option") and resource.get("doNotPerform") is not True
    return meant and resource.get("status") in statuses


def _reactions(resource: Mapping, known: Concepts) -> Detail:
    """The manifestations of an allergy, its criticality and the severity of its reactions."""
    reactions = [as_dict(r) for r in as_list(resource.get("reaction"))]
    told = [m for r in reactions for m in as_list(r.get("manifestation"))]
    concepts = [as_dict(as_dict(m).get("concept")) or m for m in told]  # R5 CodeableReference
    grades = {as_text(resource.get("criticality")), *(as_text(r.get("severity")) for r in reactions)} - {""}
    words = ", ".join(filter(None, (shown(c) for c in concepts)))
    return Detail(tuple(_named(c, known.reactions) for c in concepts), frozenset(grades), words)


def _relative(resource: Mapping, known: Concepts) -> Detail:
    """Who it is."""
    who = resource.get("relationship")
    return Detail((_named(who, known.relatives),), frozenset(), shown(who))


def _named(concept: object, index: CodeIndex) -> frozenset[str]:
    """The concepts that a CodeableConcept names by code, else by its whole words."""
    return frozenset(m.concept for m in index.find(codings(concept))) or index.find_exactly(words_of(concept))


def as_concept(concept: object) -> object:
    """A concept that was sent as bare words, as a list, or with one coding where a list belongs, as what was meant."""
    if isinstance(concept, str):
        return {"text": concept}
    if isinstance(concept, list):
        each = [as_dict(as_concept(one)) for one in concept[:MOST_CONCEPTS]]
        words = "; ".join(filter(None, (as_text(one.get("text")) for one in each)))
        return {"coding": [coding for one in each for coding in codings(one)]} | ({"text": words} if words else {})
    one = as_dict(concept).get("coding")
    return {**as_dict(concept), "coding": [one]} if isinstance(one, dict) else concept


def undenied_concept(concept: object, denials: tuple[str, ...], lifting: tuple[str, ...] = ()) -> object:
    """A CodeableConcept without the words that deny it; None where its text does nothing else, whatever its code."""
    concept = as_concept(concept)
    if not isinstance(concept, dict):
        return None
    text = as_text(concept.get("text"))
    left = undenied(text, denials, lifting)
    if text and not left.strip(" ;"):
        return None
    told = (c for c in codings(concept) if isinstance(c, dict))
    kept = [c | {"display": undenied(as_text(c.get("display")), denials, lifting)} for c in told]
    return concept | {"text": left, "coding": kept}


_DETAILS = {"AllergyIntolerance": _reactions, "FamilyMemberHistory": _relative}
_NOTED = {
    "AllergyIntolerance": allergy_holds,
    "FamilyMemberHistory": lambda resource: resource.get("status") != "entered-in-error",
    "Encounter": lambda resource: resource.get("status") in ("in-progress", "finished"),
    "ServiceRequest": lambda resource: True,
    "Condition": allergy_holds,
}
NAMES = {
    "Condition": "Allergy, among the problems",
    "AllergyIntolerance": "Allergy",
    "FamilyMemberHistory": "In the family",
    "Encounter": "Visit",
    "ServiceRequest": "Requested",
}


def concepts_in(resource: Mapping) -> list[object]:
    """The CodeableConcepts that say what a noted resource, or an order of no drug, is about."""
    match resource.get("resourceType"):
        case "AllergyIntolerance":
            return [resource.get("code"), *(as_dict(r).get("substance") for r in as_list(resource.get("reaction")))]
        case "FamilyMemberHistory":
            conditions = [as_dict(c).get("code") for c in as_list(resource.get("condition"))]
            return conditions + as_list(resource.get("reasonCode"))
        case "Encounter":
            return as_list(resource.get("type")) + as_list(resource.get("reasonCode")) + as_list(resource.get("reason"))
        case "SupplyRequest":
            pointing = as_dict(resource.get("itemReference")) or as_dict(as_dict(resource.get("item")).get("reference"))
            named = resource.get("itemCodeableConcept") or as_dict(resource.get("item")).get("concept")
            return [named, {"text": as_text(pointing.get("display"))}] if pointing else [named]
        case "NutritionOrder":
            supplements = [as_dict(s) for s in as_list(resource.get("supplement"))]
            formula = as_dict(resource.get("enteralFormula"))
            types = [*(s.get("type") for s in supplements), formula.get("additiveType"), formula.get("baseFormulaType")]
            names = [s.get("productName") for s in supplements]
            names += [formula.get("additiveProductName"), formula.get("baseFormulaProductName")]
            # R5 has CodeableReferences.
            return [*(as_dict(t).get("concept") or t for t in types if t), *({"text": name} for name in names if name)]
    return [resource.get("code")]


def routes_of(order: Order, routes: Iterable[Route], systems: Systems) -> tuple[frozenset[str], ...]:
    """The classes of the route of each dosage entry that has one: by code, else by exact word.

    Where no entry has any, the product's code may imply one; else none is known.
    """
    routes = tuple(routes)
    told = (frozenset(_routes_in(as_dict(entry.get("route")), routes, systems)) for entry in order.dosage)
    found = tuple(classes for classes in told if classes)
    if not found and order.code and order.code.route:
        return (frozenset({order.code.route}),)
    return found


def _routes_in(route: Mapping, routes: Iterable[Route], systems: Systems) -> Iterable[str]:
    keys = {(systems.canonical(system), code) for system, code in pairs(route)}
    words = {as_text(route.get("text")), *(as_text(c.get("display")) for c in codings(route) if isinstance(c, dict))}
    plain = {word.strip().casefold() for word in words if word}
    by_code = [known.name for known in routes if keys & known.codes]
    return by_code or [known.name for known in routes if plain & known.words]


def own_limit(resource: Mapping, concept: Concept, kind: str) -> Amount | None:
    """The report's own upper limit in this kind of unit; not of ranges for certain people, nor with low = high."""
    if "referenceRange" not in resource:
        return None
    limits = []
    for reported in as_list(resource["referenceRange"]):
        entry = as_dict(reported)
        if entry.get("appliesTo") or entry.get("age") or not entry.get("high") or _is_special(entry.get("meaning")):
            continue
        high, low = concept.units.amount(entry["high"]), concept.units.amount(entry.get("low"))
        if isinstance(high, NotUnderstood) or high.kind != kind:
            continue
        if isinstance(low, Amount) and low.number == high.number:
            continue
        limits.append(high)
    return max(limits, key=lambda limit: limit.number, default=None)


def _is_special(meaning: object) -> bool:
    """DSTU2 says by the range's meaning for whom it holds; a normal one holds for all."""
    words = {*codes_of(meaning), *words_of(meaning)}
    return bool(meaning) and not any(word.casefold().startswith("normal") for word in words)


def unit_of(row: Mapping) -> str:
    quantity = as_dict(row.get("valueQuantity"))
    return as_text(quantity.get("unit")) or as_text(quantity.get("code"))
