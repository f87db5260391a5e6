"""Numbers as a module draws them: exact, from a range, or from a distribution; lengths of time."""

from collections.abc import Mapping
from datetime import timedelta
from random import Random

# A month is 30 days and a year 365.25, as in Synthea.
UNITS = {
    "seconds": 1 / 86400, "minutes": 1 / 1440, "hours": 1 / 24, "days": 1, "weeks": 7, "months": 30, "years": 365.25,
}  # fmt: skip
DISTRIBUTIONS = ("EXACT", "UNIFORM", "GAUSSIAN", "EXPONENTIAL", "TRIANGULAR")


def drawn(told: Mapping, chance: Random) -> float | int | None:
    """The number that `exact`, `range` or `distribution` gives, in this order; None where there is none of them."""
    if "exact" in told:
        return told["exact"].get("quantity", told["exact"].get("value"))
    if "range" in told:
        low, high = told["range"]["low"], told["range"]["high"]
        return rounded(chance.uniform(low, high), told["range"].get("decimals"))
    if "distribution" in told:
        number = distributed(told["distribution"], chance)
        return round(number) if told["distribution"].get("round") else rounded(number)
    return None


def distributed(told: Mapping, chance: Random) -> float:
    """A draw from one of the kinds; a normal one is clamped to `min` and `max`, not drawn again."""
    at = told["parameters"]
    match told["kind"]:
        case "EXACT":
            return at["value"]
        case "UNIFORM":
            return chance.uniform(at["low"], at["high"])
        case "EXPONENTIAL":
            return 1 + chance.expovariate(1 / at["mean"])
        case "TRIANGULAR":
            return chance.triangular(at["min"], at["max"], at["mode"])
    number = chance.gauss(at["mean"], at["standardDeviation"])
    return min(max(number, at.get("min", number)), at.get("max", number))


def rounded(number: float, decimals: int | None = None) -> float | int:
    """To so many decimals, else to five significant digits.

    >>> rounded(123.456789), rounded(7.25, 0), rounded(7.25, 1)
    (123.46, 7, 7.2)
    """
    if decimals is None:
        return float(f"{number:.5g}")
    return round(number) if decimals == 0 else round(number, decimals)


def length(told: Mapping, chance: Random) -> timedelta:
    """How long a Delay, a Death or a Procedure takes: the unit stands in `exact` or `range`, else beside."""
    inside = told.get("exact") or told.get("range") or told
    return timedelta(days=float(drawn(told, chance) or 0) * UNITS[inside["unit"]])
