"""What a register sends and how it is understood: the counts of `survey`, taken while its patients are judged."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple

from cdshooks.feed.count import MOST_ROWS, Counts
from cdshooks.feed.judge import Judge
from cdshooks.feed.names import Names
from cdshooks.feed.seen import Fate, Seen
from cdshooks.feed.survey import without_names
from cdshooks.terms.concepts import Concepts


class Quality:
    """Counts the rows of some patients; only rows that some card may need are there, so none is not ours."""

    def __init__(self, concepts: Concepts):
        self._concepts, self._counts, self._names = concepts, Counts(), Names()

    def add(self, rows: Iterable[Mapping], drugs: Iterable[Mapping]) -> None:
        """One patient: the Patient and all rows, and the Medications to which the orders point."""
        judge = Judge(self._concepts, drugs)
        for row in rows:
            self._names.add(row)
            self._counts.add(judge.things(row), str(row["resourceType"])[:40])

    def told(self) -> Counter:
        """How often each thing came, by what is seen of it; without the names of the patients."""
        counts = without_names(self._counts, self._names)
        return Counter({(seen.fate.value, *astuple(seen)[1:]): number for seen, number in counts.rows.items()})


def bounded(told: Counter) -> Counter:
    """Of too many different things the rarest go."""
    return Counter(dict(told.most_common(MOST_ROWS))) if len(told) > MOST_ROWS else told


def counts_of(told: Counter, patients: int) -> Counts:
    """The counts of all buckets together, as `survey` has them."""
    counts = Counts(resources=Counter(Patient=patients))
    for (fate, *about), number in told.items():
        seen = Seen(Fate(fate), *about)
        counts.by_kind[seen.fate, seen.kind] += number
        counts.rows[seen] += number
    return counts
