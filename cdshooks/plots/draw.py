"""A timeline as SVG: panels on one time axis, bands behind the results, what was taken beneath."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from textwrap import wrap

from jinja2 import Environment, FileSystemLoader

from cdshooks.plots.panels import Had, Lane, Panel, Point, Stripe, Timeline
from cdshooks.plots.scale import Days, Label, Numbers, around, free, numbers, short, spread

HERE = Path(__file__).parent
STYLE = HERE / "timeline.css"
WIDTH, LEFT, RIGHT, EDGE = 900, 200, 130, 8
HEIGHT, GAP, TOP, LANE = 86, 16, 12, 24
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_LABELS = 40  # points of a panel that may be named: more have no room


@dataclass(frozen=True)
class Mark:
    """One result on the sheet."""

    x: float
    y: float
    point: Point


@dataclass(frozen=True)
class Strip:
    """One band on the sheet."""

    x: float
    y: float
    width: float
    height: float
    stripe: Stripe


@dataclass(frozen=True)
class Drawn:
    """A panel on the sheet."""

    panel: Panel
    top: float
    bottom: float
    strips: list[Strip]
    marks: list[Mark]
    line: str
    labels: list[Label]
    cuts: list[Label]
    names: list[Label]
    head: list[Label]


@dataclass(frozen=True)
class Bar:
    """What was had of a drug, on the sheet."""

    x: float
    y: float
    width: float
    had: Had


@dataclass(frozen=True)
class Row:
    """A lane on the sheet."""

    lane: Lane
    y: float
    bars: list[Bar]


def svg(told: Timeline, title: str, alone: bool = False) -> str:
    """The picture. `alone` brings its style sheet along: for a file; a page has it already."""
    days = Days(*around(told.since, told.today), LEFT, WIDTH - RIGHT)
    panels, y = [], TOP
    for panel in told.panels:
        panels.append(_panel(panel, days, y))
        y += HEIGHT + GAP
    rows = [_row(lane, days, y + number * LANE + 6, told.today) for number, lane in enumerate(told.lanes)]
    y += LANE * len(rows) + (10 if rows else 0)
    ticks = free([Label(days.at(day), y + 16, name, "middle") for day, name in days.ticks()], [])
    notes = [Label(EDGE, y + 36 + 15 * number, line) for number, line in enumerate(_not_drawn(told))]
    return template("timeline.svg.jinja").render(
        title=title, panels=panels, rows=rows, ticks=ticks, bottom=y, height=y + 26 + 15 * len(notes), width=WIDTH,
        left=LEFT, edge=EDGE, right=WIDTH - RIGHT, today=days.at(told.today), day=told.today, short=short,
        style=STYLE.read_text("utf-8") if alone else "", notes=notes,
    )  # fmt: skip


def _not_drawn(told: Timeline) -> list[str]:
    """What the picture leaves out, in lines: it may lie somewhere else than on the page that also says it."""
    earlier = (f"{panel.label}: {panel.left_out} earlier" for panel in told.panels if panel.left_out)
    said = "; ".join([*earlier, *told.left_out])
    return wrap(f"Not drawn: {said}", 125, max_lines=4, placeholder=" ...") if said else []


@cache
def template(name: str):
    """A picture's template, that escapes whatever it is given."""
    told = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_writable
    )
    return told.get_template(name)


def _writable(value: object) -> object:
    """XML has no place for some characters, not even escaped."""
    return _NOT_XML.sub(" ", value) if type(value) is str else value


def _panel(panel: Panel, days: Days, top: float) -> Drawn:
    bottom = top + HEIGHT
    values = [point.value for point in panel.points if point.value is not None]
    cuts = sorted({cut for span in panel.spans for s in span.stripes for cut in (s.low, s.high) if cut is not None})
    scale = numbers(values, cuts, top, bottom)
    marks = [Mark(days.at(p.day), bottom if p.value is None else scale.at(p.value), p) for p in panel.points]
    usable = [mark for mark in marks if mark.point.value is not None and not mark.point.fault]
    line = " ".join(f"{mark.x},{mark.y}" for mark in usable) if len(usable) > 1 else ""
    ends = cuts or ([min(values), max(values)] if values else [])
    names = [Label(LEFT - 6, scale.at(cut) + 4, short(cut), "end") for cut in dict.fromkeys(ends)]
    return Drawn(
        panel, top, bottom, list(_strips(panel, days, scale)), marks, line, _named(usable, top), spread(names),
        _stripe_names(panel, scale), _head(panel, top),
    )  # fmt: skip


def _head(panel: Panel, top: float) -> list[Label]:
    """The name of the analyte, in lines that end before the numbers of the axis, and its unit."""
    lines = [*wrap(panel.label, 21)[:3], panel.unit]
    return [Label(EDGE, top + 14 + 15 * number, line) for number, line in enumerate(lines)]


def _strips(panel: Panel, days: Days, scale: Numbers):
    """The bands, each from the day from which it holds to that of the next."""
    for number, span in enumerate(panel.spans):
        left = days.at(span.since) if span.since else days.left
        later = panel.spans[number + 1].since if number + 1 < len(panel.spans) else None
        right = days.at(later) if later else days.right
        for stripe in span.stripes:
            top = scale.top if stripe.high is None else scale.at(stripe.high)
            bottom = scale.bottom if stripe.low is None else scale.at(stripe.low)
            yield Strip(left, top, round(right - left, 1), round(bottom - top, 1), stripe)


def _stripe_names(panel: Panel, scale: Numbers) -> list[Label]:
    """The names of the bands that hold last, at the right."""
    found = []
    for stripe in panel.spans[-1].stripes if panel.spans else ():
        top = scale.top if stripe.high is None else scale.at(stripe.high)
        bottom = scale.bottom if stripe.low is None else scale.at(stripe.low)
        found.append(Label(WIDTH - RIGHT + 8, (top + bottom) / 2 + 4, stripe.name.replace("_", " ")))
    return spread(found)


def _named(marks: list[Mark], top: float) -> list[Label]:
    """Values beside their points: the last, the first and the extremes before the others, none on another."""
    if not marks:
        return []
    by_value = sorted(marks, key=lambda mark: mark.y)
    weight = dict.fromkeys([marks[-1], marks[0], by_value[0], by_value[-1], *reversed(marks[-_MOST_LABELS:])])
    wanted = []
    for mark in weight:
        above = mark.y - 8 > top + 8
        text = f"{mark.point.bound}{short(mark.point.value)}"
        anchor = "end" if mark.x > WIDTH - RIGHT - 30 else ("start" if mark.x < LEFT + 30 else "middle")
        wanted.append(Label(mark.x, mark.y - 8 if above else mark.y + 17, text, anchor))
    return free(wanted, [])


def _row(lane: Lane, days: Days, y: float, today: date) -> Row:
    bars = []
    for had in lane.had:
        left, right = days.at(had.since), days.at(had.until or today)
        bars.append(Bar(left, y, round(max(3.0, right - left), 1), had))
    return Row(lane, y, bars)
