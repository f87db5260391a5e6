"""From days and numbers to places on the sheet, and labels that do not lie on each other."""

from dataclasses import dataclass
from datetime import date, timedelta

CHARACTER = 6.6  # the width of a character of 11 px, a little more than it is
LINE = 13.0  # the height of a line of text


@dataclass(frozen=True, slots=True)
class Label:
    """A text with its place: the left end (or the middle, or the right end) of its base line."""

    x: float
    y: float
    text: str
    anchor: str = "start"

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom; of any font about right, and never too small."""
        width = CHARACTER * len(self.text)
        left = {"start": self.x, "middle": self.x - width / 2, "end": self.x - width}[self.anchor]
        return left, self.y - LINE + 3, left + width, self.y + 3

    def meets(self, other: "Label") -> bool:
        left, top, right, bottom = self.box
        left2, top2, right2, bottom2 = other.box
        return left < right2 and left2 < right and top < bottom2 and top2 < bottom


@dataclass(frozen=True, slots=True)
class Days:
    """Days from left to right."""

    first: date
    last: date
    left: float
    right: float

    def at(self, day: date) -> float:
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        return round(self.left + min(1.0, max(0.0, share)) * (self.right - self.left), 1)

    def ticks(self, most: int = 8) -> list[tuple[date, str]]:
        """First days of years, or of months, few enough to be read; each with its name."""
        for months in (1, 2, 3, 6, 12, 24, 60, 120, 240):
            found = [day for day in self._firsts(months) if self.first <= day <= self.last]
            if len(found) <= most:
                break
        return [(day, f"{day:%Y}" if months >= 12 or day.month == 1 else f"{day:%b %Y}") for day in found]

    def _firsts(self, months: int):
        number = (self.first.year * 12 + self.first.month - 1) // months * months
        while number // 12 <= min(self.last.year, 9998):
            if number >= 12:
                yield date(number // 12, number % 12 + 1, 1)
            number += months


def around(first: date, last: date) -> tuple[date, date]:
    """The days to draw: a little more than those that hold something, and never less than two months."""
    days = max(60, (last - first).days)
    low = last.toordinal() - days - days // 20
    return date.fromordinal(max(1, low)), last + timedelta(days=min(days // 30 + 1, (date.max - last).days))


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers from the bottom up."""

    low: float
    high: float
    top: float
    bottom: float

    def at(self, number: float) -> float:
        share = (number - self.low) / ((self.high - self.low) or 1)
        return round(self.bottom - min(1.0, max(0.0, share)) * (self.bottom - self.top), 1)


def numbers(values: list[float], cuts: list[float], top: float, bottom: float) -> Numbers:
    """A scale on which every value and the cut-offs near them have their place."""
    known = [*values, *cuts] or [0.0, 1.0]
    low, high = min(known), max(known)
    room = (high - low) * 0.18 or high * 0.2 or 1.0
    low = 0.0 if low < 0.4 * high else max(0.0, low - room)
    return Numbers(low, high + room, top, bottom)


def spread(labels: list[Label], gap: float = LINE) -> list[Label]:
    """The same labels, one below the other, moved down where they would lie on each other."""
    placed: list[Label] = []
    for label in sorted(labels, key=lambda one: one.y):
        y = max(label.y, placed[-1].y + gap) if placed else label.y
        placed.append(Label(label.x, round(y, 1), label.text, label.anchor))
    return placed


def free(wanted: list[Label], taken: list[Label]) -> list[Label]:
    """Of labels in the order of their weight those that meet neither what is there nor each other."""
    placed: list[Label] = []
    for label in wanted:
        if not any(label.meets(other) for other in (*taken, *placed)):
            placed.append(label)
    return placed


def short(number: float) -> str:
    """A number as a label says it.

    >>> short(180.0), short(0.71), short(1450.0), short(5.8)
    ('180', '0.71', '1450', '5.8')
    """
    return f"{number:.0f}" if abs(number) >= 100 or number == int(number) else f"{number:.3g}"
