"""Counts side by side as SVG: a group of bars for each week, or for whatever is counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdshooks.plots.draw import template
from cdshooks.plots.scale import Label, free

WIDTH, HEIGHT, LEFT, TOP = 900, 190, 44, 30
MOST_ROOM = 110.0  # of a group: few begin at the left, where a narrow screen shows them
KINDS = ("ordered", "given", "fault")  # how the first, second and third of a group look


@dataclass(frozen=True)
class Bars:
    """One group: its name, and its counts by name in the order in which they are drawn."""

    name: str
    counts: dict[str, int]


def bars(groups: Sequence[Bars], title: str) -> str:
    """The picture; its colours are those of the timeline's style sheet. At most three counts a group."""
    most = max((number for one in groups for number in one.counts.values()), default=0) or 1
    names = list(groups[0].counts)[: len(KINDS)] if groups else []
    room = min(MOST_ROOM, (WIDTH - LEFT - 10) / max(1, len(groups)))
    width = min(26.0, room * 0.8 / max(1, len(names)))
    bottom = HEIGHT - 24
    drawn, labels = [], []
    for index, group in enumerate(groups):
        left = LEFT + room * index + (room - width * len(names)) / 2
        labels.append(Label(round(LEFT + room * (index + 0.5), 1), HEIGHT - 8, group.name, "middle"))
        for number, name in enumerate(names):
            tall = (bottom - TOP) * group.counts[name] / most
            drawn.append(
                (round(left + width * number, 1), round(bottom - tall, 1), round(tall, 1), KINDS[number], name, group)
            )
    # The last first: where there is no room for all, the newest are named.
    shown = free(labels[::-1], [])
    return template("bars.svg.jinja").render(
        title=title, bars=drawn, labels=shown, width=WIDTH, height=HEIGHT, left=LEFT, bottom=bottom, top=TOP, most=most,
        bar=round(width - 1, 1), names=list(zip(names, KINDS, strict=False)),
    )  # fmt: skip
