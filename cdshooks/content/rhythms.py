"""The [rhythm.LANGUAGE] tables of the content: how instructions say how often."""

from collections.abc import Iterator, Mapping

from cdshooks.content.concepts import Tables
from cdshooks.terms.rhythms import Rhythms, Template

# What stands for the times in a period, and for how many units that is; None where the template's number does.
_KINDS = {"times": (None, 1), "every": (1, None), "once": (1, 1), "alternate": (1, 2)}


def build_rhythms(tables: Tables) -> Rhythms:
    """The templates of all languages; what several languages write alike must mean the same in all of them."""
    languages = [table for _, table, _ in tables.of("rhythm")]
    counts = {word.casefold(): number for table in languages for word, number in table.get("count", {}).items()}
    filling = (word.casefold() for table in languages for word in table.get("filling", ()))
    templates = dict.fromkeys(each for table in languages for each in _templates(table))
    return Rhythms(tuple(templates), counts, tuple(dict.fromkeys(filling)))


def _templates(table: Mapping) -> Iterator[Template]:
    for kind, (times, period) in _KINDS.items():
        for unit, texts in table.get(kind, {}).items():
            yield from (Template(text.casefold(), times, period, unit) for text in texts)
