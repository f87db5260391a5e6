"""Our orders and changes of drafts in the client's FHIR version, and which version that is."""

import re
from collections.abc import Iterable, Mapping

from cdshooks.reading.shapes import version_by_shape
from cdshooks.reading.spellings import BY_PATH, R4_KIND, R4S, Version, kind_in

_NUMBERED = re.compile(r"(\d+)\.(\d+)")
_RELEASES = {"1.0": Version.DSTU2, "3.0": Version.STU3, "4.0": Version.R4, "4.1": Version.R4B, "4.3": Version.R4B,
             "5.0": Version.R5}  # fmt: skip


class CannotSay(Exception):
    """A FHIR version has no words for something that R4 can say."""


def version_told(capability: object) -> Version | None:
    """The version that a server's CapabilityStatement (DSTU2: Conformance) names; None for one that we do not speak.

    >>> version_told({"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}).value
    'R4'
    """
    told = capability.get("fhirVersion") if isinstance(capability, dict) else None
    number = _NUMBERED.match(told) if isinstance(told, str) else None
    return _RELEASES.get(f"{int(number[1])}.{int(number[2])}") if number else None


def version_of(
    configured: Version | None,
    capability: object = None,
    drafts: Iterable[Mapping] = (),
    rows: Iterable[Mapping] = (),
) -> Version:
    """The client's version: as configured, else as its FHIR server says, else by the shapes of what it sent."""
    return configured or version_told(capability) or version_by_shape(drafts, rows)


# --- orders of ours -----------------------------------------------------------------------------------------------


def written(resource: Mapping, version: Version) -> dict:
    """An R4 order in another version; raises CannotSay where that version lacks the words.

    >>> order = {"resourceType": "MedicationRequest", "intent": "order", "subject": {"reference": "Patient/1"}}
    >>> written(order, Version.DSTU2)
    {'resourceType': 'MedicationOrder', 'patient': {'reference': 'Patient/1'}}
    """
    if version in R4S:
        return dict(resource)
    kind = resource["resourceType"]
    said: dict = {"resourceType": kind_in(kind, version)}
    for name, value in resource.items():
        if name == "intent" and version is Version.DSTU2:
            _must(value == "order", version, f"intent = {value}")
        elif name != "resourceType":
            path, inner = said_at(kind, name, value, version)
            _put(said, path.split("."), inner)
    if "event" in said:  # DSTU2 wants to know what happened then
        said["event"][0]["status"] = said.get("status", "draft")
    return said


def said_at(kind: str, place: str, value: object, version: Version) -> tuple[str, object]:
    """A place of an R4 resource and the value that it shall have, both in another version's words.

    >>> said_at("MedicationRequest", "dosageInstruction.0.timing", {"repeat": {"periodUnit": "d"}}, Version.DSTU2)
    ('dosageInstruction.0.timing', {'repeat': {'periodUnits': 'd'}})
    """
    if version in R4S:
        return place, value
    steps = place.split(".")
    names = [step for step in steps if not step.isdigit()]
    positions = {names[-1]: step for step, names in _numbered(steps)}
    value = _value(kind, ".".join(names), value, version)
    spelled = _spelled(kind, names, version).split(".")
    for name, position in positions.items():
        _must(name in spelled or position == "0", version, f"a second {name}")
    found = [part for name in spelled for part in (name, *([positions[name]] if name in positions else []))]
    return ".".join(found), value


def _numbered(steps: list[str]) -> Iterable[tuple[str, list[str]]]:
    """Each list position with the names before it."""
    for at, step in enumerate(steps):
        if step.isdigit():
            yield step, [name for name in steps[:at] if not name.isdigit()]


def _spelled(kind: str, names: list[str], version: Version) -> str:
    """The path of an element in a version; of what lies inside a whole value, or around other elements, as well."""
    for length in range(len(names), 0, -1):
        element = BY_PATH.get((kind, ".".join(names[:length])))
        if element:
            spelled = element.spelled(version)
            _must(spelled is not None, version, ".".join(names))
            return ".".join([spelled, *names[length:]])
    path = ".".join(names)
    _must(_holds_elements(kind, path), version, path)
    return path


def _holds_elements(kind: str, path: str) -> bool:
    return any(known == kind and r4.startswith(path + ".") for known, r4 in BY_PATH)


def _value(kind: str, path: str, value: object, version: Version) -> object:
    """A value at an R4 path in another version's words: elements renamed, lists kept."""
    if isinstance(value, list) and path.endswith(".when") and version is Version.DSTU2:
        _must(len(value) == 1, version, f"more than one {path}")
        return value[0]
    if isinstance(value, list):
        return [_value(kind, path, one, version) for one in value]
    if not isinstance(value, dict) or (kind, path) in BY_PATH or not _holds_elements(kind, path):
        return value
    return _renamed(kind, path, value, version)


def _renamed(kind: str, path: str, value: Mapping, version: Version) -> dict:
    said: dict = {}
    here = len(path.split("."))
    for name, inner in value.items():
        inside = f"{path}.{name}"
        if name == "doseAndRate" and version in (Version.DSTU2, Version.STU3):
            said |= _beside(kind, inside, inner, version)
            continue
        spelled = _spelled(kind, inside.split("."), version).split(".")
        said[".".join(spelled[here:])] = _value(kind, inside, inner, version)
    return said


def _beside(kind: str, path: str, rows: object, version: Version) -> dict:
    """Before R4 the dose stood beside the text, and there was one."""
    _must(isinstance(rows, list) and len(rows) == 1 and isinstance(rows[0], dict), version, f"more than one {path}")
    said = {}
    for name, inner in rows[0].items():
        spelled = _spelled(kind, [*path.split("."), name], version)
        said[spelled.rpartition(".")[2]] = inner
    return said


def _put(target: dict, steps: list[str], value: object) -> None:
    """Sets a value at a path, and makes what is missing on the way; the only list position that is made is the first.

    >>> made = {}
    >>> _put(made, ["item", "0", "code"], "x")
    >>> made
    {'item': [{'code': 'x'}]}
    """
    name, *below = steps
    if not below:
        target[name] = value
    elif below[0] == "0":
        _put(target.setdefault(name, [{}])[0], below[1:], value)
    else:
        _put(target.setdefault(name, {}), below, value)


def _must(can: bool, version: Version, what: str) -> None:
    if not can:
        raise CannotSay(f"FHIR {version} cannot say {what}")


# --- drafts of the client -----------------------------------------------------------------------------------------


def changed(draft: Mapping, patch: Mapping[str, object], version: Version) -> dict[str, object]:
    """A patch in R4's words in those of the draft that it is for, whose type may tell more than the client does."""
    sent_as = draft.get("resourceType")
    kind = R4_KIND.get(sent_as, sent_as)
    if sent_as != kind_in(kind, version):
        version = version_by_shape([draft], ())
    return dict(said_at(kind, place, value, version) for place, value in patch.items())
