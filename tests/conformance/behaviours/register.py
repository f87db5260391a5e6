"""Where the ways to break the service are kept, each under its name in words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Behaviour:
    """`does(original, self, *arguments)` stands in place of `part.method`."""

    part: type
    method: str
    does: object


BEHAVIOURS: dict[str, list[Behaviour]] = {}


def instead_of(part: type, method: str, name: str = ""):
    """Names the step that a function stands in for; the function's name, in words, is the behaviour's name."""

    def register(does):
        BEHAVIOURS.setdefault(name or does.__name__.replace("_", " "), []).append(Behaviour(part, method, does))
        return does

    return register
