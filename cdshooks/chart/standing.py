"""Which of several results counts: corrections, the worse of one day, the better test, treatment between two."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from cdshooks.reading.facts import Result
from cdshooks.reading.results import CORRECTIONS

DISAGREES = "the worse of that day: another is "
_LOWER_FIRST = ("<", "<=", None, ">=", ">")  # of one number


@dataclass(frozen=True, slots=True)
class Better:
    """Of the tests of a group the one that decides against the others, within so many days of them."""

    concept: str
    days: int


def usable(results: Iterable[Result], with_class: bool) -> list[Result]:
    """The results that can be used, of corrections only the one that stands, the latest last."""
    results = tuple(results)
    corrected = {_sample(r) for r in results if r.status in CORRECTIONS and r.moment}
    fit = [r for r in results if r.fault is None and not (with_class and r.class_fault)]
    standing: dict[tuple[str, str], Result] = {}
    for result in fit:
        key = _sample(result)
        if key in corrected and result.status not in CORRECTIONS:
            continue  # taken back by the laboratory, even if the correction itself cannot be used
        other = standing.get(key)
        standing[key] = result if other is None else _standing_of(result, other)
    return sorted(standing.values(), key=_by_time)


def _standing_of(result: Result, other: Result) -> Result:
    """Of two results of one sample the one that stands; if none corrects the other, it says that they disagree."""
    kept, left = (result, other) if _stands_before(result) > _stands_before(other) else (other, result)
    corrects = kept.status in CORRECTIONS or left.klass == kept.klass
    return kept if corrects or kept.judged_by.startswith(DISAGREES) else _noting(kept, f"{DISAGREES}{left.shown}")


def _sample(result: Result) -> tuple[str, str]:
    """Results with the same analyte and moment, as written, are of one sample."""
    return result.concept, result.moment.text


def _issued(result: Result) -> datetime:
    return result.issued.local if result.issued else datetime.min


def _stands_before(result: Result):
    """Of corrections the later issue, of others the worse class; then the other of the two, then the lower number."""
    if result.status in CORRECTIONS:
        return (1, _issued(result), -result.rank, *_lowness(result))
    return (0, -result.rank, _issued(result), *_lowness(result))


def _by_time(result: Result):
    return (result.moment.local, _issued(result), -result.rank, *_lowness(result))


def _lowness(result: Result) -> tuple[Decimal, int]:
    """Decides, where nothing else does, so that the order in which rows came never does."""
    if not result.amount:
        return Decimal(0), 0
    return -result.amount.number, -_LOWER_FIRST.index(result.amount.comparator)


def latest(results: Iterable[Result], given: Iterable[date] = (), better: Better | None = None) -> Result | None:
    """The result that counts: the latest day's, of several on that day the worse.

    The better test decides against another that was taken within its days, unless treatment was given between them. A
    later and better result does not overrule an earlier one when treatment was given between them.
    """
    treated = sorted(given)
    by_day = _worst_of_each_day(results)
    if better:
        by_day = _by_the_better(by_day, better, treated)
    standing: Result | None = None
    for result in sorted(by_day, key=lambda r: (r.day, -r.rank)):
        if standing and result.rank > standing.rank and _any_between(result.day, treated, standing.day):
            continue
        standing = result
    return standing


def _worst_of_each_day(results: Iterable[Result]) -> list[Result]:
    """Of each day and analyte the worst class, and of equals the latest; it says so where they disagree."""
    found: dict[tuple[date, str], list[Result]] = {}
    for result in results:
        found.setdefault((result.day, result.concept), []).append(result)
    return [_worst(same) for same in found.values()]


def _worst(same: list[Result]) -> Result:
    worst = min(reversed(same), key=lambda r: r.rank)
    others = [r for r in same if r.klass != worst.klass]
    if not others:
        return worst
    return _noting(worst, f"{DISAGREES}{others[0].shown}")


def _noting(result: Result, says: str) -> Result:
    return replace(result, judged_by="; ".join(part for part in (result.judged_by, says) if part))


def _by_the_better(results: list[Result], better: Better, treated: list[date]) -> list[Result]:
    """Without the results against which one of the better test decides, which says so."""
    best = {r.day: r for r in results if r.concept == better.concept}
    days, kept = sorted(best), []
    for result in results:
        day = None if result.concept == better.concept else _deciding(result.day, days, better.days, treated)
        if day is None or best[day].ref == result.ref:  # one row that may be either decides nothing against itself
            kept.append(result)
        elif best[day].klass != result.klass:
            best[day] = _noting(best[day], f"it decides against {result.label} {result.shown} of {result.day}")
    return [best[r.day] if r.concept == better.concept else r for r in kept]


def _deciding(day: date, days: list[date], within: int, treated: list[date]) -> date | None:
    """Of the sorted days the nearest one before or after that is near enough, without treatment between."""
    before, after = bisect_right(days, day) - 1, bisect_left(days, day)
    if before >= 0 and (day - days[before]).days <= within and not _any_between(day, treated, days[before]):
        return days[before]
    if after < len(days) and (days[after] - day).days <= within and not _any_between(days[after], treated, day):
        return days[after]
    return None


def _any_between(day: date, treated: list[date], after: date) -> bool:
    """Is one of these days, which are sorted, later than `after` and not later than `day`?"""
    at = bisect_right(treated, day)
    return at > 0 and treated[at - 1] > after
