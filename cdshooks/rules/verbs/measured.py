"""What all questions about results share: their windows, what they must see, their classes."""

from cdshooks.chart.chart import Chart, Need
from cdshooks.reading.facts import Result
from cdshooks.rules.words import Window, Words
from cdshooks.terms.concepts import Concept

MEASURED = ("result", "results", "status")


def read_window(words: Words, required: bool = False) -> Window | None:
    if required:
        words.expect("within")
        return words.window()
    return words.window() if words.accept("within") else None


def needs_of(concept: Concept, window: Window | None) -> tuple[Need, ...]:
    days = window.days if window else None
    return tuple(Need(f"Observation:{name}", days) for name in concept.members or (concept.name,))


def in_window(results: list[Result], window: Window | None, chart: Chart) -> list[Result]:
    return [r for r in results if window is None or r.day >= window.since(chart.today)]


def classes_of(concept: Concept, words: Words) -> tuple[str, ...]:
    concepts = words.vocabulary.concepts
    return concepts[concept.members[0]].classes if concept.members else concept.classes
