"""What was found, counted: of one bucket, and of all buckets together. Nothing in it names a patient."""

from collections import Counter
from dataclasses import dataclass, field

from cdshooks.screen.judge import Seen

EVERYBODY, ANY = "", "*"  # in the counts by group: all who live, and all who get some card when the chart is opened
BANDS = (18, 30, 40, 50, 60, 70, 80, 90)


@dataclass
class Tally:
    """Counts by what they are about; two tallies add up."""

    patients: int = 0
    deceased: int = 0
    with_cards: int = 0
    cards: Counter = field(default_factory=Counter)  # (hook, order, topic, indicator)
    by_age: Counter = field(default_factory=Counter)  # (group, topic); also EVERYBODY and ANY
    by_sex: Counter = field(default_factory=Counter)
    by_site: Counter = field(default_factory=Counter)
    by_month: Counter = field(default_factory=Counter)
    doubts: Counter = field(default_factory=Counter)  # (occasion, topic, reason)
    odd: Counter = field(default_factory=Counter)
    sent: Counter = field(default_factory=Counter)  # things as `survey` counts them; where asked for
    faults: Counter = field(default_factory=Counter)

    def add(self, seen: Seen) -> None:
        """One more patient."""
        self.patients += 1
        self.deceased += seen.deceased
        self.odd.update(seen.odd)
        if seen.deceased:
            return
        self.with_cards += bool(seen.cards)
        self.doubts.update(seen.doubts)
        self.cards.update((c.hook, c.order, c.topic, c.indicator) for c in seen.cards)
        topics = {card.topic for card in seen.cards if not card.order}
        topics |= {EVERYBODY, ANY} if topics else {EVERYBODY}
        for counts, group in (
            (self.by_age, band_of(seen.age)),
            (self.by_sex, seen.sex),
            (self.by_site, seen.site),
            (self.by_month, seen.day.isoformat()[:7]),
        ):
            counts.update((group, topic) for topic in topics)

    def __iadd__(self, other: "Tally") -> "Tally":
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)
        return self

    @property
    def living(self) -> int:
        return self.patients - self.deceased


def most(counts: Counter, number: int | None = None) -> list[tuple]:
    """What comes most often first, as many as asked for; equals in one order, in whichever they were counted.

    >>> most(Counter("banana"), 2), most(Counter("ab")) == most(Counter("ba"))
    ([('a', 3), ('n', 2)], True)
    """
    return sorted(counts.items(), key=lambda told: (-told[1], str(told[0])))[:number]


def band_of(age: int | None) -> str:
    """The age band, as people say it.

    >>> band_of(17), band_of(18), band_of(93), band_of(None)
    ('under 18', '18 to 29', '90 and over', 'not known')
    """
    if age is None:
        return "not known"
    if age < BANDS[0]:
        return f"under {BANDS[0]}"
    low = max(b for b in BANDS if b <= age)
    following = next((b for b in BANDS if b > age), None)
    return f"{low} to {following - 1}" if following else f"{low} and over"
