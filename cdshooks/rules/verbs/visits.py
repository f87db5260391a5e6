"""Questions about visits, and about tests that are being requested."""

from dataclasses import dataclass

from cdshooks.chart.chart import Chart, Need
from cdshooks.rules.answers import NO, UNSURE, YES, Answer, Reason
from cdshooks.rules.asking import OfDrafts, OfRecord
from cdshooks.rules.verbs.looking import any_of, exists, incomplete, possibly_one, unknown, yes_or_no
from cdshooks.rules.verbs.ordering import COURSE, AfterStarting, read_after, started
from cdshooks.rules.words import Window, Words
from cdshooks.terms.concepts import Concept


@dataclass(frozen=True)
class NoVisit(OfRecord):
    """No such visit took place in the window; with `after starting DRUG`, none later than the start of its course."""

    OPENINGS = ("no visit",)
    FORMS = ("no visit VISIT within N days [and [N days or more] after starting DRUG]",)
    NOTHING = "no such visit is recorded"

    concept: Concept
    window: Window
    after: AfterStarting | None = None

    @classmethod
    def read(cls, words: Words) -> "NoVisit":
        concept = words.concept("visit")
        words.expect("within")
        return cls(concept, words.window(), read_after(words))

    def needs(self) -> tuple[Need, ...]:
        return (Need("Encounter", self.window.days), *(COURSE if self.after else ()))

    def ask(self, chart: Chart) -> Answer:
        if self.after and incomplete(chart, COURSE):
            return unknown(self, chart)
        since = self.window.since(chart.today)
        dated = (v for v in chart.noted("Encounter", self.concept.name) if v.when)
        visits = [v for v in dated if v.when.day >= since]
        if self.after:
            begun = started(self.after.drug, chart)
            if begun is None:
                return Answer(UNSURE, self, (), Reason.NOT_RECORDED)
            visits = [v for v in visits if self.after.holds(v.when.day, begun)]
        if visits:
            return Answer(NO, self, tuple(visits))
        missing = incomplete(chart, self.needs)
        return Answer(YES | NO if missing else YES, self, (), Reason.NOT_PROVIDED if missing else None, missing=missing)

    def words(self) -> str:
        return f"no visit {self.concept.name} {self.window.words()}{self.after.words() if self.after else ''}"


@dataclass(frozen=True)
class Requesting(OfDrafts):
    """Such a test is among the requests that the call is about."""

    OPENINGS = ("requesting",)
    FORMS = ("requesting TEST|RESULT",)
    NOTHING = "no such request"

    concept: Concept

    @classmethod
    def read(cls, words: Words) -> "Requesting":
        return cls(words.concept("test", "result", "results", "status"))

    def needs(self) -> tuple[Need, ...]:
        return ()

    def is_of_drafts_alone(self) -> bool:
        return True

    def ask(self, chart: Chart) -> Answer:
        found = chart.requested(self.concept.name)
        bits = any_of(possibly_one(request, chart) for request in found)
        return exists(self, chart, bits, found, Reason.NOT_UNDERSTOOD)

    def words(self) -> str:
        return f"requesting {self.concept.name}"


@dataclass(frozen=True)
class Requested(OfRecord):
    """Such a test was requested within so many days, and the request is active: its result is still to come.

    It only saves a card that would ask for the test again; where requests were not provided, none is assumed.
    """

    OPENINGS = ("requested",)
    FORMS = ("requested TEST|RESULT within N days",)
    NOTHING = "no such request is open"

    concept: Concept
    days: int

    @classmethod
    def read(cls, words: Words) -> "Requested":
        concept = words.concept("test", "result", "results", "status")
        words.expect("within")
        return cls(concept, words.days())

    def needs(self) -> tuple[Need, ...]:
        return (Need("ServiceRequest"),)

    def ask(self, chart: Chart) -> Answer:
        open_ = chart.awaited(self.concept.name)
        recent = [r for r in open_ if r.when and r.when.age(chart.today) <= self.days]
        undated = [r for r in open_ if r.when is None]
        if recent or not undated:
            return Answer(yes_or_no(bool(recent)), self, tuple(recent))
        return Answer(UNSURE, self, tuple(undated), Reason.NOT_RECORDED)

    def words(self) -> str:
        return f"requested {self.concept.name} within {self.days} days"
