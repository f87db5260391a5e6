"""Checks of the CRD profile: the coverage-information extension, and the system actions that bring it."""

from cds_conformance.checks.crd import WITH_ACTIONS
from cds_conformance.checks.parts import kind_of, word
from cds_conformance.checks.registry import NotTried, check
from cds_conformance.report.model import Finding

COVERAGE = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information"
FITS = {
    "appointment-book": {"Appointment"},
    "encounter-start": {"Encounter"},
    "encounter-discharge": {"Encounter"},
}
ORDERS = {
    "CommunicationRequest",
    "DeviceRequest",
    "MedicationRequest",
    "NutritionOrder",
    "ServiceRequest",
    "VisionPrescription",
}
# What each repetition of the extension must have, once, and the type of its value: the elements with 1..1.
REQUIRED = {
    "coverage": "valueReference",
    "covered": "valueCode",
    "date": "valueDate",
    "coverage-assertion-id": "valueString",
}
COVERED = ("covered", "not-covered", "conditional")


def coverage_of(action) -> list[dict]:
    """The coverage-information extensions of an action's resource."""
    return [one for one in objects(action.get("resource"), "extension") if one.get("url") == COVERAGE]


def objects(held, name: str) -> list[dict]:
    """The objects of an array within an object; none where either is something else."""
    found = held.get(name) if isinstance(held, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _coverage_actions(run):
    """The system actions that tell of coverage, or why there are none."""
    found = [action for action in run.each("action") if "systemActions" in action.at and coverage_of(action)]
    return found, [] if found else [NotTried("no coverage-information was seen; our patients may not call for it")]


@check("crd-52", "crd-63", each="evidence")
def crd_coverage_information_fits_the_hook(run):
    """A coverage-information system action is about a resource of the kind that the hook is about."""
    found, none = _coverage_actions(run)
    yield from none
    for action in found:
        kind = action.get("resource").get("resourceType")
        if str(kind) not in FITS.get(action.exchange.hook, ORDERS):
            yield Finding(action.at, f"{word(kind)} does not fit {action.exchange.hook}", action.exchange.number)


@check("crd-53", each="evidence")
def crd_coverage_information_is_an_update(run):
    """A coverage-information system action is an update."""
    found, none = _coverage_actions(run)
    yield from none
    for action in found:
        if action.get("type") != "update":
            yield Finding(action.at, f"its type is {word(action.get('type'))}, not update", action.exchange.number)


def _ids(action, name: str) -> dict[str, set]:
    """For each coverage that an action's resource tells of: its ids of one kind."""
    found = {}
    for extension in coverage_of(action):
        parts = {str(p.get("url")): p for p in objects(extension, "extension")}
        reference = parts.get("coverage", {}).get("valueReference")
        coverage = reference.get("reference", "") if isinstance(reference, dict) else ""
        held = next((v for k, v in parts.get(name, {}).items() if k.startswith("value")), None)
        found.setdefault(str(coverage), set()).update({str(held)} if held is not None else set())
    return found


@check("crd-55", each="evidence")
def crd_one_coverage_has_one_assertion(run):
    """Repetitions for one coverage share one coverage-assertion-id, and at most one satisfied-pa-id."""
    found, none = _coverage_actions(run)
    yield from none
    for action in found:
        for name in ("coverage-assertion-id", "satisfied-pa-id"):
            if any(len(held) > 1 for held in _ids(action, name).values()):
                yield Finding(action.at, f"one coverage has several {name}", action.exchange.number)


@check("crd-56", each="evidence")
def crd_different_coverages_have_different_assertions(run):
    """Different coverages have distinct coverage-assertion-ids and distinct satisfied-pa-ids."""
    found, none = _coverage_actions(run)
    yield from none
    for action in found:
        for name in ("coverage-assertion-id", "satisfied-pa-id"):
            held = [one for ids in _ids(action, name).values() for one in ids]
            if len(held) != len(set(held)):
                yield Finding(action.at, f"two coverages have the same {name}", action.exchange.number)


def _parts(extension: dict) -> dict[str, list]:
    """What one coverage-information says: by name, the values of each repetition."""
    found = {}
    for part in objects(extension, "extension"):
        value = next((held for name, held in part.items() if name.startswith("value")), None)
        found.setdefault(str(part.get("url")), []).append(value)
    return found


@check("crd-64", each="evidence")
def crd_coverage_information_is_whole(run):
    """Each coverage-information has `coverage`, `covered`, `date` and `coverage-assertion-id`, once each, as a Reference, a
    code, a date and a string; `covered` is covered, not-covered or conditional. These are the elements of the extension
    with 1..1 in CRD 2.0.1 and since."""
    found, none = _coverage_actions(run)
    yield from none
    for action in found:
        for extension in coverage_of(action):
            for says in _lacks(extension):
                yield Finding(action.at, f"coverage-information: {says}", action.exchange.number)


def _lacks(extension: dict):
    held = objects(extension, "extension")
    for name, value in REQUIRED.items():
        parts = [part for part in held if part.get("url") == name]
        if len(parts) != 1:
            yield f"{name} is there {len(parts)} times, not once" if parts else f"{name} is missing"
        elif value not in parts[0]:
            yield f"{name} has no {value}"
        elif not isinstance(parts[0][value], dict if name == "coverage" else str):
            yield f"{name} is {kind_of(parts[0][value])}"
    told = _parts(extension).get("covered", [None])[0]
    if isinstance(told, str) and told not in COVERED:
        yield f"covered is {word(told)}, not one of {', '.join(COVERED)}"


@check("crd-65", each="evidence")
def crd_coverage_information_fits_together(run):
    """What one coverage-information says fits together, by the invariants of the extension: a questionnaire only with
    doc-needed; no pa-needed where covered is not-covered; info-needed only where something is conditional;
    satisfied-pa-id where, and only where, pa-needed is satisfied."""
    found, none = _coverage_actions(run)
    yield from none
    for action in found:
        for extension in coverage_of(action):
            for says in _contradictions(_parts(extension)):
                yield Finding(action.at, f"coverage-information: {says}", action.exchange.number)


def _contradictions(parts: dict[str, list]):
    if ("questionnaire" in parts or "response" in parts) and "doc-needed" not in parts:
        yield "a questionnaire without doc-needed (crd-ci-q1)"
    if "not-covered" in parts.get("covered", ()) and "pa-needed" in parts:
        yield "pa-needed though it is not-covered (crd-ci-q2)"
    conditional = any("conditional" in parts.get(name, ()) for name in ("covered", "pa-needed", "doc-needed"))
    if "info-needed" in parts and not conditional:
        yield "info-needed though nothing is conditional (crd-ci-q3)"
    if ("satisfied" in parts.get("pa-needed", ())) != ("satisfied-pa-id" in parts):
        yield "pa-needed satisfied and satisfied-pa-id do not come together (crd-ci-q5)"


@check("crd-66", each="service")
def crd_coverage_information_comes(service):
    """On appointment-book, order-sign and order-dispatch the answers to good calls bring coverage-information: CRD asks for
    it at every call of these hooks. One answer with it is enough here."""
    goods = [e for e in service.calls("good") if e.ok] if service.get("hook") in WITH_ACTIONS else []
    if not goods:
        yield NotTried("no good call of appointment-book, order-sign or order-dispatch was answered")
    elif not any(_brings_coverage(e.json) for e in goods):
        yield Finding(service.at, f"no coverage-information in {len(goods)} answers", goods[0].number)


def _brings_coverage(answer) -> bool:
    resources = [action.get("resource") for action in objects(answer, "systemActions")]
    return any(one.get("url") == COVERAGE for held in resources for one in objects(held, "extension"))
