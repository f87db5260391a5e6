"""One synthetic person: who, until when the story has been told, and what the record holds so far."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random


@dataclass(eq=False)
class Entry:
    """Something in the record. `kind` is the FHIR type that it becomes; `told` is the state that made it."""

    kind: str
    codes: tuple[Mapping, ...]
    start: datetime
    told: Mapping
    encounter: "Entry | None" = None
    stop: datetime | None = None
    value: object = None
    reason: "Entry | None" = None
    members: tuple["Entry", ...] = ()


@dataclass
class Person:
    """What is known of one person while a module walks through the years; `now` is the moment it has come to."""

    chance: Random
    sex: str
    birth: datetime
    end: datetime
    number: int
    origin: str  # what the person was made from; its ids follow from it
    now: datetime
    attributes: dict[str, object] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    visited: dict[str, datetime] = field(default_factory=dict)
    made_by: dict[str, Entry] = field(default_factory=dict)  # state name -> what it made last
    awaiting: list[tuple[str, Entry]] = field(default_factory=list)  # (encounter state, condition) not yet diagnosed
    encounter: Entry | None = None
    death: datetime | None = None

    def add(self, state: str, entry: Entry) -> Entry:
        self.entries.append(entry)
        self.made_by[state] = entry
        if name := entry.told.get("assign_to_attribute"):
            self.attributes[name] = entry
        return entry

    def running(self, kind: str, codes: Iterable[Mapping]) -> Entry | None:
        """What runs of this kind under one of these codes."""
        running = (e for e in self.entries if e.kind == kind and e.stop is None and same_code(e.codes, codes))
        return next(running, None)

    def pointed(self, told: Mapping, by_state: str, kind: str) -> Entry | None:
        """The entry that a state ends: by the state that made it, by an attribute, or by its codes."""
        if by_state in told:
            return self.made_by.get(told[by_state])
        if "referenced_by_attribute" in told:
            found = self.attributes.get(told["referenced_by_attribute"])
            return found if isinstance(found, Entry) else None
        return self.running(kind, told.get("codes", ()))

    @property
    def truth(self) -> dict[str, object]:
        """What the module says is so, whatever was recorded: its attributes that begin with `truth `."""
        told = {k.removeprefix("truth "): v for k, v in self.attributes.items() if k.startswith("truth ")}
        return dict(sorted(told.items()))


def same_code(some: Iterable[Mapping], others: Iterable[Mapping]) -> bool:
    """Is one code, by system and code, in both?"""
    keys = {(code["system"], code["code"]) for code in some}
    return any((code["system"], code["code"]) in keys for code in others)
