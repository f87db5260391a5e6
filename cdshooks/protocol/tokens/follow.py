"""Follows a path through the hook's context and earlier answers, as FHIRPath does: over lists, types and references."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cdshooks.protocol.tokens.choices import CHOICES, TYPES
from cdshooks.protocol.tokens.parse import BadToken, Name, OfType, Path, Resolve, Step

MOST_FOUND = 10_000
LOCAL = re.compile(r"([A-Z][A-Za-z]{0,63})/([^/?#\s]{1,256})(?:/_history/[^/?#\s]{1,256})?")
LookUp = Callable[[str, str], dict | None]


@dataclass(frozen=True, slots=True)
class Node:
    """A value, the resource that it lies in, and whether that is only known by its type and id."""

    value: object
    owner: Mapping | None = None
    is_stub: bool = False


@dataclass(frozen=True)
class World:
    """What a path can reach: the context, the answers to earlier templates, and what `look_up` (type, id) finds.

    `base` is the address of the FHIR server whose resources these are.
    """

    context: Mapping
    prior: Mapping[str, object] = field(default_factory=dict)
    look_up: LookUp | None = None
    base: str | None = None

    @cached_property
    def by_name(self) -> dict[str, Mapping]:
        """The resources of the context and the earlier answers, by `Type/id` and by fullUrl; the first one counts."""
        found: dict[str, Mapping] = {}
        for top in (*self.context.values(), *self.prior.values()):
            for full_url, resource in resources(top):
                found.setdefault(f"{resource.get('resourceType')}/{resource.get('id')}", resource)
                if isinstance(full_url, str):
                    found.setdefault(full_url, resource)
        return found


def resources(top: object) -> Iterator[tuple[object, Mapping]]:
    """A resource, or the resources of a Bundle, each with its fullUrl."""
    if not isinstance(top, Mapping):
        return
    yield None, top
    entries = top.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping) and isinstance(entry.get("resource"), Mapping):
            yield entry.get("fullUrl"), entry["resource"]


def follow(path: Path, world: World) -> list[object]:
    """The values at the end of the path, in order; raises BadToken where something on the way is not known."""
    found = [Node(start(path, world))]
    for step in path.steps:
        found = [node for before in found for node in taken(step, before, world)]
        if len(found) > MOST_FOUND:
            raise BadToken(f"it leads to more than {MOST_FOUND} values")
    return [node.value for node in found]


def start(path: Path, world: World) -> object:
    if path.key is None:
        return world.context
    if path.key not in world.prior:
        raise BadToken(f"there is no answer to an earlier prefetch template '{path.key}'")
    answer = world.prior[path.key]
    if isinstance(answer, Mapping) and answer.get("resourceType") == "OperationOutcome":
        raise BadToken(f"the answer to the earlier prefetch template '{path.key}' is an error (OperationOutcome)")
    return answer


def taken(step: Step, node: Node, world: World) -> Iterator[Node]:
    """Where one step leads from here."""
    match step:
        case Name(name):
            yield from children(node, name)
        case OfType(kind):
            if isinstance(node.value, Mapping) and node.value.get("resourceType") == kind:
                yield node
        case Resolve():
            yield from resolved(node, world)


def children(node: Node, name: str) -> Iterator[Node]:
    """The elements of this name; `medication` is also medicationReference, as in FHIRPath."""
    item = node.value
    if not isinstance(item, Mapping):
        return
    if node.is_stub and name not in ("id", "resourceType"):
        raise BadToken(
            f"'{name}' is not known: the {item['resourceType']} that is referred to is neither in the context "
            "nor in the answer to an earlier prefetch template"
        )
    owner = item if isinstance(item.get("resourceType"), str) else node.owner
    for child in opened(below(item, name)):
        yield Node(child, owner)


def below(item: Mapping, name: str) -> object:
    if name in item:
        return item[name]
    if name[0].isupper() and item.get("resourceType") == "Bundle":  # as templates of before 3.0 say it
        return [resource for _, resource in resources(item) if resource.get("resourceType") == name]
    if name in CHOICES:  # which never repeat: a list under such a name is another element (reasonReference of R4)
        return next((item[name + kind] for kind in TYPES if not isinstance(item.get(name + kind, []), list)), None)
    return None


def opened(value: object) -> Iterator[object]:
    for child in value if isinstance(value, list) else [value]:
        if child is not None:
            yield child


def resolved(node: Node, world: World) -> Iterator[Node]:
    """The resource that a Reference points to; what is not a reference is passed over, as FHIRPath says."""
    reference = node.value
    while isinstance(reference, Mapping):  # a Reference, or the CodeableReference of R5 around one
        reference = reference.get("reference")
    if not isinstance(reference, str) or not reference:
        return
    if reference.startswith("#"):
        yield contained(reference[1:], node.owner)
        return
    if world.base and reference.startswith(world.base.rstrip("/") + "/"):
        reference = reference[len(world.base.rstrip("/")) + 1 :]
    yield pointed_to(reference, world)


def contained(name: str, owner: Mapping | None) -> Node:
    if owner is not None and not name:
        return Node(owner, owner)
    inside = owner.get("contained") if owner is not None else None
    for resource in inside if isinstance(inside, list) else ():
        if isinstance(resource, Mapping) and resource.get("id") == name:
            return Node(resource, owner)
    raise BadToken("a reference points to a contained resource that is not there")


def pointed_to(reference: str, world: World) -> Node:
    if reference in world.by_name:
        return Node(world.by_name[reference])
    local = LOCAL.fullmatch(reference)
    if not local:
        where = "a resource of the same Bundle" if reference.startswith("urn:") else "another server"
        raise BadToken(f"a reference points to {where} that cannot be looked up here")
    kind, identity = local.groups()
    known = world.by_name.get(f"{kind}/{identity}") or (world.look_up and world.look_up(kind, identity))
    return Node(known) if known else Node({"resourceType": kind, "id": identity}, is_stub=True)
