"""The trace of an answer as trees to look at: what decided, and what a change of the record made different."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cdshooks.content.library import Library

_LOUD = {"critical": 0, "warning": 1, "info": 2, "silent": 3}


@dataclass
class Node:
    """One sentence of a trace with what stands below it. `changed` says what it was before the record was changed."""

    verdict: str
    says: str
    saw: str
    refs: tuple[str, ...]
    parts: list["Node"] = field(default_factory=list)
    changed: str = ""

    @property
    def has_changed(self) -> bool:
        return bool(self.changed) or any(part.has_changed for part in self.parts)


@dataclass(frozen=True)
class Told:
    """One card of the service: how it came out, its tree, the sentence that decided, and how it came out before."""

    topic: str
    title: str
    outcome: str
    loud: str
    tree: list[Node]
    deciding: Node | None
    missing: tuple[str, ...]
    before: str = ""
    by: str = ""

    @property
    def is_open(self) -> bool:
        return self.loud == "open"

    @property
    def has_changed(self) -> bool:
        return bool(self.before) or any(node.has_changed for node in self.tree)


def told(trace: dict, library: Library, before: dict | None = None) -> list[Told]:
    """Every card of a trace, the loudest first; marked against a trace from before, where there is one."""
    earlier = {one["topic"]: one for one in (before or {}).get("decisions", ())}
    found = [_told(one, library, earlier.get(one["topic"])) for one in trace.get("decisions", ())]
    return sorted(found, key=lambda one: (not one.before, _LOUD.get(one.loud, 2.5), one.topic))


def quiet_ones(trace: dict, library: Library) -> list[Told]:
    """The cards that did not come."""
    return [one for one in told(trace, library) if one.loud in ("silent", "open")]


def _told(decision: dict, library: Library, earlier: dict | None) -> Told:
    card = library.card(decision["topic"])
    lines = decision.get("trace", [])
    tree = tree_of(lines)
    before = ""
    if earlier:
        _mark(tree, tree_of(earlier.get("trace", [])))
        before = earlier["outcome"] if earlier["outcome"] != decision["outcome"] else ""
    possible = [one["indicator"] for one in decision["possible"]]
    loud = possible[0] if len(set(possible)) == 1 else "open"
    return Told(
        decision["topic"], card.title if card else decision["topic"], decision["outcome"], loud, tree,
        _deciding(tree, decision), tuple(decision.get("notProvided", ())), before,
        decision["possible"][0].get("decidedBy", ""),
    )  # fmt: skip


def tree_of(lines: Iterable[dict]) -> list[Node]:
    """The lines of a trace as a tree: a line deeper than the one before is a part of it."""
    top: list[Node] = []
    above: list[tuple[int, list[Node]]] = [(-1, top)]
    for line in lines:
        while above[-1][0] >= line["depth"]:
            above.pop()
        node = Node(line["verdict"], line["says"], line.get("saw", ""), tuple(line.get("resources", ())))
        above[-1][1].append(node)
        above.append((line["depth"], node.parts))
    return top


def _deciding(tree: list[Node], decision: dict) -> Node | None:
    """Of a silent card the sentence that silenced it: the last that was asked."""
    if decision["possible"][0]["indicator"] != "silent" or not tree:
        return None
    return tree[-1]


def _mark(now: list[Node], then: list[Node]) -> None:
    """Mark what is otherwise than before, sentence by sentence."""
    known: dict[str, Node] = {}
    for node in then:
        known.setdefault(node.says, node)
    for node in now:
        old = known.get(node.says)
        if old is None:
            node.changed = "was not asked" if then or not node.parts else ""
            continue
        if (old.verdict, old.saw) != (node.verdict, node.saw):
            node.changed = f"was {old.verdict}" + (f": {old.saw}" if old.saw != node.saw and old.saw else "")
        _mark(node.parts, old.parts)


def first_seen(node: Node) -> str:
    """What a sentence saw, or the first of its parts that saw something."""
    if node.saw:
        return node.saw
    return next((seen for seen in map(first_seen, node.parts) if seen), "")
