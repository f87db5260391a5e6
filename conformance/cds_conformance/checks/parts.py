"""The parts of what a service said, each with its place: entries, templates, cards, suggestions, actions, links."""

from collections.abc import Iterator
from dataclasses import dataclass

from cds_conformance.evidence import Evidence, Exchange
from cds_conformance.reading import NO_JSON

# Answers to these probes are answers to a call; what they hold must be well-formed whenever the status is 200.
NO_CALLS = {"discovery", "feedback", "feedback-bad", "no-token", "preflight"}


@dataclass(frozen=True)
class Part:
    """One part of an answer: its value, its place in words, the exchange that shows it, and the part it is in."""

    value: object
    at: str
    exchange: Exchange
    run: "Parts"
    up: "Part | None" = None

    @property
    def spec(self) -> str:
        return self.run.spec

    @property
    def profile(self) -> str | None:
        return self.run.profile

    @property
    def evidence(self) -> Evidence:
        return self.run.evidence

    def inner(self, value, step: str) -> "Part":
        joint = "" if step.startswith("[") or not self.at or self.at.endswith(" ") else "."
        return Part(value, f"{self.at}{joint}{step}", self.exchange, self.run, self)

    def get(self, name: str, default=None):
        return self.value.get(name, default) if isinstance(self.value, dict) else default

    def calls(self, *probes: str) -> list[Exchange]:
        """For a service: its exchanges of these kinds."""
        return self.evidence.of(*probes, service=self.get("id"), hook=self.get("hook"))

    def objects(self, name: str) -> Iterator["Part"]:
        """The objects in an array of this part; what is no array, or no object in it, is left out."""
        held = self.get(name)
        for i, value in enumerate(held if isinstance(held, list) else []):
            if isinstance(value, dict):
                yield self.inner(value, f"{name}[{i}]")


class Parts:
    """Finds the parts of each kind in the evidence of one run, for one release."""

    def __init__(self, evidence: Evidence, spec: str, profile: str | None = None):
        self.evidence, self.spec, self.profile = evidence, spec, profile
        self.found: dict[str, list[Part]] = {}

    def each(self, scope: str) -> list[Part]:
        """All parts of one kind, looked for once: many checks look at the same."""
        if scope not in self.found:
            self.found[scope] = list(getattr(self, scope)())
        return self.found[scope]

    def _part(self, value, at, exchange):
        return Part(value, at, exchange, self)

    def body(self):
        for e in self.evidence.exchanges:
            called = e.method == "POST" and e.probe not in NO_CALLS and not e.url_path.endswith("/feedback")
            promised = e.ok and (e.probe == "discovery" or called)
            if (
                not e.fault
                and e.status != 204
                and (e.answer or promised)
                and e.probe not in ("preflight", "looked-for")
            ):
                yield self._part(e.json, "", e)

    def discovery(self):
        if (e := self.evidence.first("discovery")) is not None:
            yield self._part(e.json, "", e)

    def listed(self):
        for top in self.each("discovery"):
            yield from top.objects("services")

    def template(self):
        for entry in self.each("listed"):
            held = entry.get("prefetch")
            for key, value in held.items() if isinstance(held, dict) else ():
                if isinstance(value, str):
                    yield entry.inner(value, f"prefetch.{key}")

    def service(self):
        """Each entry that could be called, once for each id and hook."""
        seen = set()
        for entry in self.each("listed"):
            name, hook = entry.get("id"), entry.get("hook")
            if isinstance(name, str) and isinstance(hook, str) and name and hook and (name, hook) not in seen:
                seen.add((name, hook))
                yield Part(entry.value, f"{hook} {name}", entry.exchange, self)

    def answer(self):
        for e in self.evidence.exchanges:
            if e.ok and e.method == "POST" and e.probe not in NO_CALLS and e.json is not NO_JSON:
                yield self._part(e.json, f"{e.where}: ", e)

    def card(self):
        for answer in self.each("answer"):
            yield from answer.objects("cards")

    def source(self):
        for card in self.each("card"):
            if isinstance(card.get("source"), dict):
                yield card.inner(card.get("source"), "source")

    def suggestion(self):
        for card in self.each("card"):
            yield from card.objects("suggestions")

    def action(self):
        for suggestion in self.each("suggestion"):
            yield from suggestion.objects("actions")
        for answer in self.each("answer"):
            yield from answer.objects("systemActions")

    def link(self):
        for card in self.each("card"):
            yield from card.objects("links")

    def extension(self):
        for scope in ("discovery", "listed", "answer", "card", "source", "suggestion", "action", "link"):
            for part in self.each(scope):
                if isinstance(part.value, dict) and "extension" in part.value:
                    yield part.inner(part.value["extension"], "extension")


def kind_of(value) -> str:
    """The JSON type of a value, in words."""
    if value is None:
        return "null"
    names = {bool: "a boolean", str: "a string", list: "an array", dict: "an object"}
    return names.get(type(value), "a number")


def is_empty(value) -> bool:
    """Null, "", [] or {}; also a string of blanks. In an optional field that is json-2's affair, since 2.0."""
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def without_value(value) -> str:
    """How a required field has no value: null or empty says as little as leaving it out."""
    return "is null" if value is None else "is empty"


def must_be_string(part: Part, name: str):
    """What is wrong with a required string: missing, null, empty, or of another type."""
    value = part.get(name)
    if name not in part.value:
        yield name, "is missing"
    elif is_empty(value):
        yield name, without_value(value)
    elif not isinstance(value, str):
        yield name, f"is {kind_of(value)}, not a string"


def may_be(part: Part, name: str, kind: type, words: str):
    """What is wrong with an optional field: that it is there with another type."""
    value = part.get(name)
    if name in part.value and not is_empty(value) and not isinstance(value, kind):
        yield name, f"is {kind_of(value)}, not {words}"


def must_be_objects(part: Part, name: str):
    """What is wrong with an optional array of objects."""
    value = part.get(name)
    if is_empty(value):
        return
    if not isinstance(value, list):
        yield name, f"is {kind_of(value)}, not an array"
        return
    for i, one in enumerate(value):
        if not isinstance(one, dict) and not is_empty(one):
            yield f"{name}[{i}]", f"is {kind_of(one)}, not an object"


def word(value, most: int = 60) -> str:
    """A code, an id or a URL as it may be quoted; free text is never quoted, it may hold what patients told."""
    text = str(value)
    return repr(text if len(text) <= most else text[:most] + "...")
