"""Mutants of the reference service: each breaks one statement, and is told as data in mutants/*.toml."""

import json
import re
import tomllib
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from behaviours import BEHAVIOURS, Behaviour
from behaviours.requests import HangUp
from hostile import closes
from reference.data import Gatherer
from reference.ehr import Ehr
from reference.service import Reference
from reference.tokens import Guard
from reference.wire import Answer, Call

FOLDER = Path(__file__).parent / "mutants"
FIELDS = {"id", "breaks", "how", "also", "because", "spec", "auth", "profile", "change", "behaviour", "of"}
EDITS = {"in", "hook", "status", "header", "at", "set", "append", "remove", "text", "replace"}


@dataclass(frozen=True)
class Mutant:
    """One way to break the reference service.

    `breaks` is the statement that must be reported; `also` are others that necessarily show with it, `because` says
    why. `spec`, `auth` and `profile` say how service and judge are set. `change` edits what is sent, `behaviour`
    names what is done otherwise (behaviours.py), `of` what it is done to.
    """

    id: str
    breaks: str
    how: str
    also: tuple[str, ...] = ()
    because: str = ""
    spec: str = "2.0"
    auth: bool = False
    profile: str = ""
    change: tuple[dict, ...] = ()
    behaviour: str = ""
    of: str = ""

    @classmethod
    def read(cls, row: dict) -> "Mutant":
        assert set(row) <= FIELDS, f"{row.get('id')}: {set(row) - FIELDS} is no field of a mutant"
        for edit in row.get("change", []):
            assert set(edit) <= EDITS, f"{row['id']}: {set(edit) - EDITS} is no part of a change"
        return cls(**row | {"also": tuple(row.get("also", ())), "change": tuple(row.get("change", ()))})


def load() -> list[Mutant]:
    return [mutant for file in sorted(FOLDER.glob("*.toml")) for mutant in _read(file)]


# What a field is set to by each member of a family; "missing" takes it away.
VALUES = {"null": None, "empty": "", "blank": " ", "number": 7, "boolean": True, "word": "a-word", "object": {"a": 1}, "array": ["a"]}
EMPTY = "nothing may be null or empty (json-2)"


def _members(family: dict):
    """The mutants of one family: the same field, each time with another value."""
    for value in family["values"]:
        where = {name: family[name] for name in ("hook", "at") if name in family} | {"in": family.get("in", "advice")}
        edit = where | ({"remove": True} if value == "missing" else {"set": VALUES[value]})
        also = [*family.get("also", {}).get(value, []), *(["json-2"] if value in ("null", "empty") else [])]
        yield {
            "id": f"{family['id']}-{value}", "breaks": family["breaks"], "how": f"{family['at']} is {value}",
            "also": also, "because": EMPTY if value in ("null", "empty") else family["because"] if also else "",
            "change": [edit],
        }  # fmt: skip


def allowed() -> list[Mutant]:
    """Variations that break nothing."""
    return _read(FOLDER.parent / "allowed.toml")


def _read(file: Path) -> list[Mutant]:
    held = tomllib.loads(file.read_text(encoding="utf-8"))
    rows = [*held.get("mutant", []), *(row for family in held.get("family", []) for row in _members(family))]
    return [Mutant.read({"breaks": "", **row}) for row in rows]


def build(mutant: Mutant, guard: Guard | None = None) -> Reference:
    """The reference service with this mutation: subclasses for what it does, edits for what it sends."""
    parts = [Reference, Gatherer, Ehr, Guard]
    parts = {part: _with(part, mutant) for part in parts}
    gatherer = type("MutatedGatherer", (parts[Gatherer],), {"reach": parts[Ehr]})
    service = type("Mutated", (parts[Reference],), {"gatherer": gatherer})
    if guard:
        guard.__class__ = parts[Guard]
    origins = ("https://ehr.example",) if guard else ("*",)
    made = service(spec=mutant.spec, crd=mutant.profile == "crd", guard=guard, origins=origins)
    answer = made.answer
    made.answer = lambda call: _changed_or_nothing(answer, call, mutant.change)
    return made


def _changed_or_nothing(answer, call: Call, changes: tuple[dict, ...]):
    try:
        return changed(answer(call), call, changes)
    except HangUp:
        return closes


def _with(part: type, mutant: Mutant) -> type:
    """A subclass of one part of the service in which some methods do otherwise."""
    made = type("Mutated" + part.__name__, (part,), {"of": mutant.of})
    for behaviour in BEHAVIOURS[mutant.behaviour] if mutant.behaviour else ():
        if behaviour.part is part:
            made = type(made.__name__, (made,), {behaviour.method: _override(made, behaviour)})
    return made


def _override(base: type, behaviour: Behaviour):
    def method(self, *arguments):
        return behaviour.does(getattr(base, behaviour.method).__get__(self), self, *arguments)

    return method


def changed(answer: Answer, call: Call, changes: tuple[dict, ...]) -> Answer:
    """The answer after every change that is meant for its kind."""
    for change in changes:
        if change["in"] in ("any", kind_of(answer, call)) and change.get("hook", hook_of(call)) == hook_of(call):
            answer = _edit(answer, change)
    return answer


def kind_of(answer: Answer, call: Call) -> str:
    if call.method == "OPTIONS":
        return "preflight"
    if answer.status >= 400:
        return str(answer.status) if answer.status == 412 else "error"
    path = call.path.split("?")[0]
    if path.endswith("/feedback"):
        return "feedback"
    return "discovery" if path == "/cds-services" else "advice"


def hook_of(call: Call) -> str | None:
    try:
        return json.loads(call.body)["hook"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _edit(answer: Answer, change: dict) -> Answer:
    answer = Answer(answer.status, deepcopy(answer.body), dict(answer.headers), answer.raw)
    if "status" in change:
        answer.status = change["status"]
    if "header" in change:
        _set_header(answer.headers, change)
    elif "text" in change:
        answer.raw = change["text"].encode()
        answer.headers.setdefault("Content-Type", "application/json")
    elif "replace" in change:
        old, new = change["replace"]
        answer.raw = json.dumps(answer.body).replace(old, new).encode()
        answer.headers.setdefault("Content-Type", "application/json")
    elif "at" in change:
        holder = {"": answer.body}
        edit_at(holder, ["", *steps(change["at"])], change)
        answer.body = holder[""]
    return answer


def _set_header(headers: dict, change: dict):
    for name in [name for name in headers if name.lower() == change["header"].lower()]:
        del headers[name]
    if "set" in change:
        headers[change["header"]] = change["set"]


def steps(path: str) -> list:
    """`cards[0].source.label` as its steps; `[*]` stands for every entry, `.` alone for the whole body."""
    return [int(part) if part.lstrip("-").isdigit() else part for part in re.findall(r"[^.\[\]]+", path)]


def edit_at(holder, path: list, change: dict):
    """Sets, appends or removes at every place that the path leads to; a place that is not there is left alone."""
    step, *rest = path
    if step == "*":
        for place in list(range(len(holder)) if isinstance(holder, list) else holder):
            edit_at(holder, [place, *rest], change)
    elif rest:
        if (isinstance(step, int) and len(holder) > step) or (isinstance(holder, dict) and step in holder):
            edit_at(holder[step], rest, change)
    elif "remove" in change:
        holder.pop(step, *() if isinstance(step, int) else (None,))
    elif "append" in change:
        holder[step] = [*holder[step], deepcopy(change["append"])]
    else:
        holder[step] = deepcopy(change["set"])
