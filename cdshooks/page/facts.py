"""What matters in a chart, as rows to look at: what the cards' concepts find there, and how much else there is."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import islice

from cdshooks.chart.chart import Chart
from cdshooks.ehr.patients import Record
from cdshooks.page.edits import fields_of
from cdshooks.page.words import aged
from cdshooks.reading.facts import Noted, Order, Problem, Result
from cdshooks.reading.read import reference_of, shown

_OTHERS = 60  # entries of the record beside what matters that are named one by one
_CHANGED = 150  # rows that can be changed in place: each is some fields, and a form may have a thousand
MOST = 40  # rows of a list, the latest; results beyond it are in the table beside the picture


@dataclass(frozen=True)
class Row:
    """One fact: what it is, how it reads, its day, its class, and why it cannot be used or is not certain.

    `tone` says how the class looks: worst, middle or best of its concept.
    """

    ref: str
    label: str
    text: str
    day: date | None = None
    klass: str = ""
    tone: str = ""
    note: str = ""
    fault: str = ""
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Series:
    """The results of one analyte, or facts of another kind, the latest first: `MOST` as rows, `refs` names all."""

    label: str
    rows: tuple[Row, ...]
    refs: tuple[str, ...]

    @property
    def number(self) -> int:
        return len(self.refs)


@dataclass(frozen=True)
class Facts:
    """What is shown of a chart; `aside` is what was set aside, and why; `others` counts what is left, by type: what no
    card asks about, and what does not hold."""

    series: tuple[Series, ...]
    problems: Series
    drugs: Series
    noted: Series
    others: dict[str, int]
    named: tuple[str, ...]
    age: str
    aside: Series

    @cached_property
    def refs(self) -> set[str]:
        """The resources that stand on the page, each with a place to which a link may lead."""
        return {row.ref for row in self._rows}

    @property
    def are_fixed(self) -> bool:
        """Are there rows that cannot be changed in place?"""
        return not all(row.fields for row in self._rows)

    @property
    def _rows(self) -> list[Row]:
        return [row for one in (self.problems, self.drugs, self.noted, *self.series) for row in one.rows]


def facts_of(chart: Chart, record: Record) -> Facts:
    """Read off the chart with the concepts of the content; nothing here knows which these are."""
    by_ref = {reference_of(row): row for row in record.resources}
    kinds: dict[str, list[str]] = {}
    for name, concept in chart.concepts.by_name.items():
        kinds.setdefault(concept.kind, []).append(name)
    series = [_series(chart, name) for name in (*kinds.get("result", ()), *kinds.get("status", ()))]
    had = (p for name in kinds.get("problem", ()) for p in chart.problems(name))
    problems = _once("Problems", had, lambda p: p.start, _problem)
    taken = (o for name in kinds.get("drug", ()) for o in _had(chart, name))
    drugs = _once("Medicines", taken, lambda o: o.last or o.written or o.start, _order)
    noted = _once("Also noted", _all_noted(chart), lambda n: n.when, _noted)
    known = {ref for one in (problems, drugs, noted, *series) for ref in one.refs}
    aside = _aside(chart, by_ref, known)
    known |= set(aside.refs)
    left = [row for ref, row in by_ref.items() if ref not in known and row is not record.patient]
    named = tuple(words for words in (_words(row) for row in left[:_OTHERS]) if words)
    others = dict(Counter(row["resourceType"] for row in left))
    *series, problems, drugs, noted = _changeable([*series, problems, drugs, noted], record, by_ref)
    shown = tuple(s for s in series if s.rows)
    return Facts(shown, problems, drugs, noted, others, named, aged(born_of(chart), chart.today), aside)


def _changeable(lists: list[Series], record: Record, by_ref: dict[str, dict]) -> list[Series]:
    """The same lists, the latest rows of each with what of them can be changed in place.

    Each resource once: two fields of one name would speak against each other. And none that shares its id with another.
    """
    alone = {ref for ref, times in Counter(map(reference_of, record.resources)).items() if times == 1}
    most = max(1, _CHANGED // max(1, sum(1 for one in lists if one.rows)))

    def changeable(row: Row, number: int) -> Row:
        if number >= most or row.ref not in alone:
            return row
        alone.discard(row.ref)
        return replace(row, fields=fields_of(by_ref[row.ref]))

    return [replace(one, rows=tuple(changeable(row, n) for n, row in enumerate(one.rows))) for one in lists]


def _aside(chart: Chart, by_ref: dict[str, dict], known: set[str]) -> Series:
    """What could be ours and was set aside: another's, or of a day to come. It must not look like what nobody asks."""
    told = {oddity.ref: oddity.says for oddity in chart.oddities if oddity.ref in by_ref and oddity.ref not in known}
    rows = (Row(ref, "", _words(by_ref[ref]) or ref, fault=says) for ref, says in islice(told.items(), MOST))
    return Series("Set aside", tuple(rows), tuple(told))


def _series(chart: Chart, name: str) -> Series:
    concept = chart.concepts.by_name[name]
    results = sorted(chart.results(name), key=lambda r: (r.day or date.min, r.ref), reverse=True)
    rows = tuple(_result(result, concept) for result in results[:MOST])
    return Series(concept.label, rows, tuple(result.ref for result in results))


def _result(result: Result, concept) -> Row:
    tone = ""
    if result.klass and not result.fault:
        tone = "worst" if result.rank == 0 else ("best" if result.rank == len(concept.classes) - 1 else "middle")
    status = "" if result.status in ("final", "amended", "corrected") else result.status
    note = " ".join(part for part in (status, result.judged_by) if part)
    why = result.fault or result.class_fault
    fault = f"cannot be used: {why}" if why else ""
    klass = "" if result.fault else result.klass or ""
    return Row(result.ref, result.label, result.shown, result.day, klass, tone, note, fault)


def _problem(problem: Problem) -> Row:
    day = problem.start.day if problem.start else None
    return Row(problem.ref, problem.label, problem.shown or problem.label, day, fault=_doubt(problem))


def _order(order: Order) -> Row:
    when = order.last or order.written or order.start
    dose = "; ".join(d["text"] for d in order.dosage if isinstance(d.get("text"), str))
    text = ", ".join(dict.fromkeys(part for part in (order.shown or order.label, dose) if part))
    note = _SAID.get(order.source, order.source)
    return Row(order.ref, order.label, text, when.day if when else None, note=note, fault=_doubt(order))


_SAID = {
    "MedicationRequest": "ordered",
    "MedicationStatement": "stated",
    "MedicationAdministration": "given",
    "MedicationDispense": "dispensed",
}


def _noted(noted: Noted) -> Row:
    day = noted.when.day if noted.when else None
    return Row(noted.ref, noted.label, noted.shown or noted.label, day, note=noted.kind, fault=_doubt(noted))


def _doubt(fact: Problem | Order | Noted) -> str:
    return f"not certain: {fact.doubt}" if fact.doubt else ""


def _had(chart: Chart, name: str) -> list[Order]:
    return [*chart.ordered(name), *chart.stated(name), *chart.given(name)]


def _all_noted(chart: Chart) -> Iterable[Noted]:
    for name, concept in chart.concepts.by_name.items():
        if concept.kind in ("drug", "substance"):
            yield from chart.noted("AllergyIntolerance", name)
        elif concept.kind == "problem":
            yield from chart.noted("FamilyMemberHistory", name)
        elif concept.kind == "visit":
            yield from chart.noted("Encounter", name)


def _once(label: str, facts: Iterable, moment: Callable, row: Callable) -> Series:
    """Each resource once, though several concepts may name it; the latest first, and only these made into rows."""
    found: dict[str, object] = {}
    for fact in facts:
        found.setdefault(fact.ref, fact)

    def day(fact) -> date:
        then = moment(fact)
        return then.day if then else date.min

    latest = sorted(found.values(), key=day, reverse=True)
    return Series(label, tuple(row(fact) for fact in latest[:MOST]), tuple(fact.ref for fact in latest))


def born_of(chart: Chart) -> date | None:
    """The day of birth, where one is known."""
    person = chart.person
    return person.birth.day if person and person.birth else None


def _words(row: dict) -> str:
    words = shown(row.get("code") or row.get("medicationCodeableConcept") or row.get("vaccineCode"))
    return f"{row['resourceType']}: {words}" if words else ""
