"""Words beside a code of ours that name another drug, or a strength that the product never has: neither is believed.

Words that say nothing of the drug, and names that no list knows, refute no code: brands are more than can be listed.
"""

from dataclasses import replace
from decimal import Decimal

from cdshooks.terms.codes import CodeIndex, Match, Reading
from cdshooks.terms.concepts import Concepts
from cdshooks.terms.phrases import Phrases

ANOTHER = "its words name another drug than its code"
TOO_FAR = "its words tell a strength that its code does not have"
# Ten tablets at once are rare, a tenth of one is none; of a solution, vials hold up to fifty mL.
_FURTHEST = {"unit": 10, "mL": 50}


def without_refuted(reading: Reading, words: list[str], known: Concepts) -> Reading:
    """The same, with no code for certain that the words refute; those of a product of ours hold its name as well.

    What a family of codes holds, or a product of several drugs, may go by names that no list of ours has.
    """
    single = [m for m in reading.known if m.code and not (m.code.below or m.code.combined)]
    if not single or not words:
        return reading
    why = {match.concept: _refuted(match, words, known) for match in single}
    if not any(why.values()) or _named(reading, words, known.drugs):
        return reading
    doubtful = (Match(m.concept, None, why[m.concept]) for m in single if why[m.concept])
    kept = tuple(match for match in reading.known if not why.get(match.concept))
    return replace(reading, known=kept, doubtful=(*doubtful, *reading.doubtful))


def without_classes(reading: Reading, words: list[str], drugs: CodeIndex, phrases: Phrases) -> Reading:
    """The same, without what only the class of a code may hold where words name another drug and none of ours."""
    classes = {match.concept for match in reading.doubtful if match.of_class}
    if not classes or not phrases.name_another_drug(words) or drugs.named(" | ".join(words)).possible & classes:
        return reading
    return replace(reading, doubtful=tuple(match for match in reading.doubtful if not match.of_class))


def _named(reading: Reading, words: list[str], drugs: CodeIndex) -> bool:
    return bool(drugs.named(" | ".join(words)).possible & {match.concept for match in reading.known})


def _refuted(match: Match, words: list[str], known: Concepts) -> str:
    if known.phrases.name_another_drug(words):
        return ANOTHER
    strength, per = match.code.strength, match.code.strength_per
    amounts = known.doses.amounts(" | ".join(words)) if strength else ()
    told = [number * unit.factor for number, unit in amounts if unit.kind == "mass"]
    return TOO_FAR if told and not any(_is_near(mass, strength, per) for mass in told) else ""


def _is_near(mass: Decimal, strength: Decimal, per: str) -> bool:
    return strength / 10 <= mass <= strength * _FURTHEST[per]
