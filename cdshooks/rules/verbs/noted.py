"""Questions about what is noted of a patient and of the family: allergies, illnesses of relatives."""

from dataclasses import dataclass

from cdshooks.chart.chart import Chart, Need
from cdshooks.reading.facts import Noted
from cdshooks.rules.answers import AND, NO, UNSURE, YES, Answer, Reason
from cdshooks.rules.asking import OfRecord
from cdshooks.rules.verbs.looking import any_of, doubtful, exists, possibly_one, yes_or_no
from cdshooks.rules.words import Words
from cdshooks.terms.concepts import Concept


@dataclass(frozen=True)
class Allergic(OfRecord):
    """An allergy or intolerance that holds, to this substance or drug, by its code or its name.

    With `beyond REACTION` one that is more than that: any but one of low criticality, not severe, of which every
    manifestation is such a reaction. Words that deny an allergy ("no known ...") make none; one that only its notes
    name leaves it open: cannot tell. A problem whose words tell of an allergy is one.
    """

    OPENINGS = ("allergic to",)
    FORMS = ("allergic to SUBSTANCE|DRUG [beyond REACTION]",)
    NOTHING = "no such allergy"
    may_be_unsure = True

    concept: Concept
    beyond: Concept | None = None

    @classmethod
    def read(cls, words: Words) -> "Allergic":
        concept = words.concept("substance", "drug")
        return cls(concept, words.concept("reaction") if words.accept("beyond") else None)

    def needs(self) -> tuple[Need, ...]:
        return (Need("AllergyIntolerance"),)

    def ask(self, chart: Chart) -> Answer:
        noted = chart.noted("AllergyIntolerance", self.concept.name)
        found = [n for n in noted if not self._is_no_more(n)]
        perhaps = [] if found else chart.noted("PossibleAllergy", self.concept.name)
        bits = any_of([yes_or_no(bool(found)), *(possibly_one(each, chart) for each in perhaps)])
        return exists(self, chart, bits, found or perhaps or noted)

    def _is_no_more(self, noted: Noted) -> bool:
        """Is it known to be no more than such a reaction?"""
        told = noted.detail
        if self.beyond is None or told is None:
            return False
        mild = "low" in told.grades and not told.grades & {"high", "moderate", "severe"}
        return mild and bool(told.concepts) and all(self.beyond.name in concepts for concepts in told.concepts)

    def words(self) -> str:
        return f"allergic to {self.concept.name}" + (f" beyond {self.beyond.name}" if self.beyond else "")


@dataclass(frozen=True)
class InFamily(OfRecord):
    """A relative has or had the problem; with `among RELATIVES` one of these.

    A relative who cannot be told (nobody says who it is, or in unknown words) leaves it open: cannot tell.
    """

    OPENINGS = ("family history of",)
    FORMS = ("family history of PROBLEM [among RELATIVES]",)
    NOTHING = "not in the family history"

    concept: Concept
    among: Concept | None = None

    @classmethod
    def read(cls, words: Words) -> "InFamily":
        concept = words.concept("problem")
        return cls(concept, words.concept("relative") if words.accept("among") else None)

    @property
    def may_be_unsure(self) -> bool:
        return self.among is not None

    def needs(self) -> tuple[Need, ...]:
        return (Need("FamilyMemberHistory"),)

    def ask(self, chart: Chart) -> Answer:
        found = chart.noted("FamilyMemberHistory", self.concept.name)
        each = [(noted, AND[possibly_one(noted, chart)][self._is_one(noted)]) for noted in found]
        bits = any_of(can for _, can in each)
        seen = [n for n, can in each if can == bits]
        return exists(self, chart, bits, seen, Reason.NOT_UNDERSTOOD if doubtful(seen) else Reason.NOT_RECORDED)

    def _is_one(self, noted: Noted) -> int:
        who = next(iter(noted.detail.concepts), frozenset()) if noted.detail else frozenset()
        if self.among is None or self.among.name in who:
            return YES
        return NO if who else UNSURE

    def words(self) -> str:
        return f"family history of {self.concept.name}" + (f" among {self.among.name}" if self.among else "")
