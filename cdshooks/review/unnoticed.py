"""What nobody would notice, and the written reasons (`_unnoticed.toml`) why that may be so."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from cdshooks.content.faults import Faults
from cdshooks.content.files import read_toml
from cdshooks.review.mutants import names_in, place_of
from cdshooks.review.notice import Found

PLACE = "cards/_unnoticed.toml"


@dataclass(frozen=True)
class Report:
    """How many mutants were noticed; which were not, with and without a reason; which reasons have had their day."""

    noticed: int
    unnoticed: tuple[str, ...]
    reasoned: tuple[str, ...]
    stale: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        return not self.unnoticed and not self.stale

    def lines(self) -> Iterable[str]:
        for says in self.unnoticed:
            yield f"nobody would notice if {says}"
        yield from self.stale


def read_reasons(folder: Path) -> dict[str, str]:
    """The reason for each mutant that may go unnoticed; none where there is no such file."""
    if not (folder / "_unnoticed.toml").exists():
        return {}
    faults, reasons = Faults(), {}
    for row in read_toml(folder / "_unnoticed.toml", "unnoticed", PLACE, faults).get("unnoticed", ()):
        for says in [row["mutant"]] if isinstance(row["mutant"], str) else row["mutant"]:
            if says in reasons:
                faults.add(PLACE, f'"{says}" stands here twice')
            reasons[says] = row["reason"]
    faults.stop()
    return reasons


def report(found: Iterable[Found], reasons: dict[str, str], only: Collection[str] = ()) -> Report:
    """Sorted by what was changed, so that it is the same twice; with `only`, no word of reasons for anything else."""
    reasons = {says: why for says, why in reasons.items() if not only or names_in(says).intersection(only)}
    by = {one.says: one.by for one in found}
    unnoticed = sorted((says for says, name in by.items() if name is None), key=_by_place)
    return Report(
        noticed=len(by) - len(unnoticed),
        unnoticed=tuple(says for says in unnoticed if says not in reasons),
        reasoned=tuple(says for says in unnoticed if says in reasons),
        stale=tuple(_stale(says, by) for says in reasons if by.get(says, "gone")),
    )


def _by_place(says: str) -> tuple[str, str]:
    """What was changed stands in brackets at the end."""
    return place_of(says), says


def _stale(says: str, by: dict[str, str | None]) -> str:
    why = f"{by[says]} notices it" if says in by else "no such change is tried"
    return f'{PLACE}: the reason for "{says}" is not needed any more: {why}'
