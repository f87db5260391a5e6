"""A feed surveyed: its resources judged and counted; Medications first, for what points to them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from cdshooks.content.library import Library
from cdshooks.feed.count import Counts
from cdshooks.feed.judge import Judge
from cdshooks.feed.names import Names
from cdshooks.terms.concepts import Concepts

MOST_MEDICATIONS = 200_000


def asked_about(library: Library) -> list[str]:
    """The results that some card asks about, by name."""
    sources = {need.source for card in library.cards for need in card.needs()}
    names = (source.partition(":")[2] for source in sorted(sources) if source.startswith("Observation:"))
    return [name for name in names if library.concepts.by_name[name].kind == "result"]


def medications(resources: Iterable[Mapping]) -> list[Mapping]:
    """What orders may point to, within a limit: of what lies beyond it is said that it did not come."""
    found = []
    for row in resources:
        if row.get("resourceType") in ("Medication", "Substance") and len(found) < MOST_MEDICATIONS:
            found.append(row)
    return found


def leading_medications(resources: Iterator[Mapping]) -> tuple[list[Mapping], Iterator[Mapping]]:
    """Of a stream that begins with Medications: these, within the same limit; and the whole stream again."""
    found: list[Mapping] = []
    for row in resources:
        if row.get("resourceType") != "Medication" or len(found) >= MOST_MEDICATIONS:
            return found, chain(found, (row,), resources)
        found.append(row)
    return found, iter(found)


def survey(
    resources: Iterable[Mapping], drugs: list[Mapping], concepts: Concepts, step: Callable[[], None] = lambda: None
) -> Counts:
    """Every resource judged once; what people wrote in place of a code is told without the names of patients."""
    judge, counts, names = Judge(concepts, drugs), Counts(), Names()
    for row in resources:
        names.add(row)
        counts.add(judge.things(row), str(row["resourceType"])[:40])
        step()
    return without_names(counts, names)


def without_names(counts: Counts, names: Names) -> Counts:
    """The same with names taken out of what has no code; rows that become alike are one."""
    rows = counts.rows.__class__()
    for seen, number in counts.rows.items():
        rows[seen if seen.code or not seen.text else replace(seen, text=names.hidden(seen.text))] += number
    return replace(counts, rows=rows)
