"""Facts about one patient, as small frozen things that can describe themselves in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from cdshooks.terms.concepts import Code
from cdshooks.terms.dates import Moment
from cdshooks.terms.units import Amount


@dataclass(frozen=True, slots=True)
class Person:
    """What the Patient resource says that we need. `deceased` is None when it says nothing that is understood; then
    `odd` says what is wrong with a death that is told.
    """

    birth: Moment | None
    deceased: bool | None
    sex: str | None = None
    odd: str = ""


@dataclass(slots=True, unsafe_hash=True)
class Result:
    """One laboratory result. `fault` says why it cannot be used; `klass` is its class where it has one.

    `doubt` says why it may be another analyte's: then it has a fault, too.
    Never changed once it is made; not frozen, which costs a function call for each of 14 fields: 5 us of 20 a result.
    """

    concept: str
    label: str
    ref: str
    moment: Moment | None
    issued: Moment | None
    status: str
    shown: str
    amount: Amount | None = None
    klass: str | None = None
    rank: int = 0
    fault: str | None = None
    class_fault: str | None = None
    judged_by: str = ""
    doubt: str = ""

    @property
    def day(self):
        return self.moment.day if self.moment else None

    @property
    def is_open(self) -> bool:
        """It was measured, is not said to be preliminary, and is not understood: it could say anything."""
        return self.fault is not None and self.status != "preliminary"

    def describe(self) -> str:
        when = f" on {self.moment.day}" if self.moment else ", without a date"
        status = "" if self.status in ("final", "amended", "corrected") else f" ({self.status or 'no status'})"
        why = f": {self.fault or self.class_fault}" if self.fault or self.class_fault else ""
        by = f" ({self.judged_by})" if self.judged_by else ""
        return f"{self.label} {self.shown}{when}{status}{by}{why}"


@dataclass(frozen=True, slots=True)
class Problem:
    """An active problem, or a procedure that was done; `doubt` says why it may be another one."""

    concept: str
    label: str
    ref: str
    start: Moment | None
    shown: str
    doubt: str = ""

    def describe(self) -> str:
        since = f", since {self.start.text[:10]}" if self.start else ", no date given"
        doubt = f" ({self.doubt})" if self.doubt else ""
        return f"{self.shown or self.label}{since}{doubt}"


@dataclass(frozen=True, slots=True)
class Dose:
    """Amounts in mg and days between doses, None where they cannot be computed; the kinds of unit it is written in.

    Of several entries `interval` is the longest, known where all are known; `shortest` that of the ones that are known.
    """

    daily: Decimal | None
    single: Decimal | None
    interval: Decimal | None = None
    kinds: frozenset[str] = frozenset()
    shortest: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order, a statement, a dispense or an administration of a drug. `code` is None when only words name it.

    `ends` is the end that is written, if any; `last` the last day on which it was surely had.
    """

    concept: str
    label: str
    ref: str
    code: Code | None
    shown: str
    written: Moment | None
    start: Moment | None
    last: Moment | None
    dosage: tuple[Mapping, ...]
    source: str
    selected: bool = True
    status: str = ""
    doubt: str = ""
    ends: Moment | None = None

    def describe(self) -> str:
        when = self.written if self.source == "MedicationRequest" else self.last
        day = f" ({'of' if self.source == 'MedicationRequest' else 'on'} {when.text[:10]})" if when else ""
        words = f", not certain: {self.doubt}" if self.doubt else ""
        told = (d.get("text") or d.get("renderedDosageInstruction") for d in self.dosage[:10])
        texts = [text[:200] for text in told if isinstance(text, str)]
        # An order in words says the same in both places.
        dose = f", {'; '.join(texts)}" if texts and texts != [self.shown] else ""
        return f"{self.shown or self.label}{dose}{day}{words}"


@dataclass(frozen=True, slots=True)
class Detail:
    """What is noted more closely: each manifestation of an allergy or the one relative as the concepts it may be, and
    how dangerous an allergy is said to be. `shown` is for people.
    """

    concepts: tuple[frozenset[str], ...] = ()
    grades: frozenset[str] = frozenset()
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that the record notes of a concept: an allergy, a relative's illness, a visit, a requested test."""

    concept: str
    label: str
    ref: str
    when: Moment | None
    shown: str
    kind: str
    doubt: str = ""
    detail: Detail | None = None

    def describe(self) -> str:
        day = f" ({self.when.text[:10]})" if self.when else ""
        doubt = f" ({self.doubt})" if self.doubt else ""
        more = f", {self.detail.shown}" if self.detail and self.detail.shown else ""
        return f"{self.kind}: {self.shown or self.label}{more}{day}{doubt}"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A row that could be of a concept and is not understood: why, and how it was sent."""

    ref: str
    concept: str
    says: str
    system: str = ""
    code: str = ""
    text: str = ""
    unit: str = ""

    def describe(self) -> str:
        return f"{self.ref} {self.could_be()}"

    def could_be(self) -> str:
        words = f"'{self.text[:60]}' " if self.text else ""
        return f"{words}could be one of {self.concept}: {self.says}"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row of which nobody can know what it is about, taken for one of a concept; `doubt` says why."""

    ref: str
    concept: str
    doubt: str

    def describe(self) -> str:
        return f"{self.ref}: {self.doubt}"


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something in the data that was set aside, and why."""

    ref: str
    says: str
