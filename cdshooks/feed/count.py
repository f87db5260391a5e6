"""The things of a feed counted: a row for each that is the same, within a limit; and whether the feed is fit."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from cdshooks.feed.seen import Fate, Seen

MOST_ROWS = 20_000  # different rows; what comes beyond is only counted
FEW = 0.05  # of what comes of a kind, so much may be not understood
NEEDED = {
    "result": "results",
    "drug": "drugs",
    "problem": "problems",
    "allergy": "allergies",
    "procedure": "procedures",
}


@dataclass
class Counts:
    """How often each thing came; `beyond` counts what had no room, by fate and kind."""

    rows: Counter = field(default_factory=Counter)
    not_ours: int = 0
    by_kind: Counter = field(default_factory=Counter)
    beyond: int = 0
    resources: Counter = field(default_factory=Counter)

    def add(self, things: Iterable[Seen], resource_type: str) -> None:
        """The things of one resource."""
        self.resources[resource_type] += 1
        for seen in things:
            self.by_kind[seen.fate, seen.kind] += 1
            if seen.fate is Fate.NOT_OURS:
                self.not_ours += 1
            elif seen in self.rows or len(self.rows) < MOST_ROWS:
                self.rows[seen] += 1
            else:
                self.beyond += 1

    def of(self, fate: Fate) -> list[tuple[Seen, int]]:
        """The rows of a fate, by kind, the most frequent first."""
        found = [(seen, number) for seen, number in self.rows.items() if seen.fate is fate]
        return sorted(found, key=lambda row: (row[0].kind, -row[1], *_as_sent(row[0])))

    def share_lost(self, kind: str) -> tuple[int, int]:
        """Of what is, or could be, ours of a kind: how many were not understood, and how many there are."""
        lost = self.by_kind[Fate.NOT_UNDERSTOOD, kind]
        return lost, lost + self.by_kind[Fate.UNDERSTOOD, kind]


def _as_sent(seen: Seen) -> tuple[str, ...]:
    """What tells one from another: so the order is the same, whatever was counted first."""
    return seen.system, seen.code, seen.text, seen.unit, seen.reason


def fitness(counts: Counts) -> tuple[bool, list[str]]:
    """Is the feed fit to switch the service on, and why, in sentences."""
    against, for_it = [], []
    if not counts.by_kind[Fate.UNDERSTOOD, "result"]:
        against.append("No laboratory result that a card asks about was understood.")
    if not counts.resources["Patient"]:
        against.append("It holds no Patient, so nobody's age is known.")
    for kind, words in NEEDED.items():
        lost, all_of_them = counts.share_lost(kind)
        if lost > FEW * all_of_them:
            against.append(f"{lost} of {all_of_them} {words} that could matter are not understood: map their codes.")
        elif all_of_them:
            for_it.append(f"{all_of_them - lost} of {all_of_them} {words} that could matter are understood.")
    against += _details(counts)
    return not against, against or for_it


def _details(counts: Counts) -> list[str]:
    """What spoils rows that are otherwise understood."""
    told = {
        "unit": "results have a value or a unit that cannot be used: map the unit",
        "date": "results have no date that can be read, and are not used",
        "status": "results have a status that is not used",
        "birthdate": "patients have no birth date, so that no cut-off of adults holds for them",
        "reference": "orders name their drug by a reference to what did not come: send it, or let it be fetched",
    }
    found = []
    for kind, says in told.items():
        lost, all_of_them = counts.share_lost(kind)
        all_of_them = all_of_them if kind != "reference" else sum(counts.share_lost("drug")) + lost
        if lost > FEW * all_of_them:
            found.append(f"{lost} of {all_of_them} {says}.")
    return found


def never_came(counts: Counts, expected: Iterable[str]) -> list[str]:
    """Of the results that cards ask about, those of which not one was understood."""
    came = {seen.concept for seen in counts.rows if seen.kind == "result" and seen.fate is Fate.UNDERSTOOD}
    return [name for name in expected if name not in came]


def as_data(counts: Counts, expected: Iterable[str] = ()) -> dict:
    """The whole as JSON tells it; `expected` are the results that cards ask about."""
    fit, why = fitness(counts)
    if lacking := never_came(counts, expected):
        why = [*why, f"Never seen, so that what asks about it stays silent or cannot tell: {', '.join(lacking)}."]
    return {
        "understood": [_row(*row) for row in counts.of(Fate.UNDERSTOOD)],
        "not_understood": [_row(*row) for row in counts.of(Fate.NOT_UNDERSTOOD)],
        "not_ours": counts.not_ours,
        "fit": fit,
        "why": why,
    }


def _row(seen: Seen, number: int) -> dict:
    about = {name: getattr(seen, name) for name in ("kind", "system", "code", "text", "unit")}
    return about | {"count": number, "reason": seen.reason}
