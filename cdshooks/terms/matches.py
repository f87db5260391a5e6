"""What codings and words name: concepts, for certain or only possibly."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from cdshooks.terms.concept import Code


@dataclass(frozen=True, slots=True)
class Match:
    """A concept that is named: by a code that is understood, or only possibly (`code` None), and then why only so.

    With a code and a doubt (of results) it may warn, and never reassures.
    """

    concept: str
    code: Code | None
    doubt: str = ""
    of_class: bool = False  # only a class is named, which holds others, too


@dataclass(frozen=True, slots=True)
class Reading:
    """What codings and words name: for certain, and what could be ours and is not understood.

    `blank` says, of what has no words, that nobody here can know what its codes mean, or that it has none.
    """

    known: tuple[Match, ...] = ()
    doubtful: tuple[Match, ...] = ()
    blank: str = ""


NOTHING = Reading(blank="neither a code nor words say what it is")


def doubted(reading: Reading, why: str) -> Reading:
    """The same, nothing of it for certain."""
    known = (Match(match.concept, None, why) for match in reading.known)
    return replace(reading, known=(), doubtful=(*known, *reading.doubtful))


def once(matches: Iterable[Match]) -> tuple[Match, ...]:
    """Of each concept the first match; of what strength it is nobody can tell where its codes are of different ones."""
    first: dict[str, Match] = {}
    for match in matches:
        known = first.setdefault(match.concept, match)
        strengths = {each.code.strength for each in (known, match) if each.code and each.code.strength}
        if len(strengths) > 1:
            first[match.concept] = replace(known, code=replace(known.code, strength=None))
    return tuple(first.values())
