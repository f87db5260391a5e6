"""Words beside a name that say what is meant by it, or in its place that nothing is; which ones is content."""

import copy
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from cdshooks.terms.hedging import Hedges, is_of_a_statement, words_after, words_before
from cdshooks.terms.names import LONGEST, NO_NAMES, Names, plain
from cdshooks.terms.sayings import BREAKS, undenied

_LONGEST = 80  # characters; what is longer says something
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True)
class Phrases:
    """Lists of words, by what they do.

    `denials` deny what stands beside them ("no known"); `hedges` deny a problem, `kin` say that it is a relative's.
    Words that are `lifting` lift such a denial ("except"), those that are `upholding` that of a problem
    ("confirmed"). Beside a drug, `givings` tell of a dose ("injection"), `treatings` of one where nothing is
    measured ("therapy"), and so do `masses` ("5 mg"); `measurings` tell of a test ("level"), `allergies` of an
    allergy, `not_had` that it was refused, `as_needed` that it is no regular one. Beside a result, `unfit` say that
    it cannot be relied on. `nameless` are texts in place of a drug's name that say nothing ("see note"), `others`
    the names of drugs that no list has. In `specimens` nothing is measured that is asked for here. Words that are
    `joining` stand between two names ("with"). A value that begins with one of `no` denies its name. `nameless_results`
    are texts in place of a result's name that say nothing ("result"), `refuted` are verification statuses.
    """

    denials: tuple[str, ...] = ()
    hedges: tuple[str, ...] = ()
    lifting: tuple[str, ...] = ()
    upholding: tuple[str, ...] = ()
    kin: Names = NO_NAMES
    givings: Names = NO_NAMES
    treatings: Names = NO_NAMES
    measurings: Names = NO_NAMES
    masses: re.Pattern = _NEVER
    allergies: Names = NO_NAMES
    specimens: Names = NO_NAMES
    unfit: Names = NO_NAMES
    not_had: Names = NO_NAMES
    others: Names = NO_NAMES
    nameless: re.Pattern = _NEVER
    joining: frozenset[str] = frozenset()
    no: tuple[str, ...] = ()
    other_tests: tuple[str, ...] = ()
    as_needed: Names = NO_NAMES
    nameless_results: re.Pattern = _NEVER
    refuted: frozenset[str] = frozenset()
    _heard: ClassVar[dict | None] = None

    @classmethod
    def of(
        cls,
        denial: Iterable[str] = (),
        hedge: Iterable[str] = (),
        kin: Iterable[str] = (),
        giving: Iterable[str] = (),
        allergy_word: Iterable[str] = (),
        other_specimen: Iterable[str] = (),
        nameless: Iterable[str] = (),
        treating: Iterable[str] = (),
        measuring: Iterable[str] = (),
        mass: Iterable[str] = (),
        unfit: Iterable[str] = (),
        not_had: Iterable[str] = (),
        other_drug: Iterable[str] = (),
        joining: Iterable[str] = (),
        no: Iterable[str] = (),
        lifting: Iterable[str] = (),
        upholding: Iterable[str] = (),
        other_test: Iterable[str] = (),
        as_needed: Iterable[str] = (),
        nameless_result: Iterable[str] = (),
        refuted: Iterable[str] = (),
    ) -> "Phrases":
        return cls(
            _folded(denial), (*hedge, *kin), _folded(lifting), _folded(upholding), Names(kin), Names(giving),
            Names(treating), Names(measuring), _number_of(mass), Names(allergy_word), Names(other_specimen),
            Names(unfit), Names(not_had), Names(other_drug), _nothing_but(nameless),
            frozenset(word.casefold() for word in joining), tuple(f"{plain(word)} " for word in no),
            tuple(other_test), Names(as_needed), _nothing_but(nameless_result), frozenset(map(plain, refuted)),
        )  # fmt: skip

    def for_one_chart(self) -> "Phrases":
        """The same, remembering what it said of a text: of a patient's rows most say the same words (a tenth of the
        time of a chart with a thousand rows). It dies with the chart, for the words are a patient's."""
        for made in _MADE_LATE:
            getattr(self, made)  # else each chart would make its own
        other = copy.copy(self)
        other.__dict__["_heard"] = {}
        return other

    def _stand_in(self, names: Names, words: Iterable[str]) -> bool:
        """Does one of the names stand in one of these texts?"""
        heard = self._heard
        for text in filter(None, words):  # of a drug without notes six of seven are empty
            known = None if heard is None else heard.get((id(names), text))
            if known is None:
                known = bool(names.find(plain(text)))
                if heard is not None:
                    heard[id(names), text] = known
            if known:
                return True
        return False

    @cached_property
    def hedging(self) -> Hedges:
        """What denies a problem, and what lifts that."""
        return Hedges(self.hedges, self.kin, Names((*self.lifting, *self.upholding)))

    @cached_property
    def every_denial(self) -> tuple[str, ...]:
        """What denies an allergy among the problems: the denials, and the hedges that deny a whole statement."""
        return (*self.denials, *_folded(filter(is_of_a_statement, self.hedges)))

    def tell_of_a_dose(self, words: Iterable[str]) -> bool:
        """Does one of these texts say that something was injected, infused, given?"""
        return self._stand_in(self.givings, words)

    def tell_of_treatment(self, words: Iterable[str]) -> bool:
        """Do these texts speak of treatment, or say how much ("5 mg", no concentration), and of no measurement?

        >>> phrases = Phrases.of(treating=["daily"], measuring=["level"], mass=["mg"])
        >>> [phrases.tell_of_treatment([text]) for text in ("x daily", "x 5mg", "x 5 mg/L", "x level, daily")]
        [True, True, False, False]
        """
        told = any(self.treatings.find(plain(text)) or self.masses.search(text[:LONGEST].casefold()) for text in words)
        return told and not self.tell_of_a_measurement(words)

    def tell_of_a_measurement(self, words: Iterable[str]) -> bool:
        return self._stand_in(self.measurings, words)

    def tell_of_an_allergy(self, words: Iterable[str]) -> bool:
        return self._stand_in(self.allergies, words)

    def say_unfit(self, words: Iterable[str]) -> bool:
        """Do these texts say, and not deny, that a value is not to be relied on?

        >>> phrases = Phrases.of(hedge=["no...", "not..."], unfit=["clotted"])
        >>> [phrases.say_unfit([text]) for text in ("Clotted", "not clotted", "No clotted blood", "No. Clotted")]
        [True, False, False, True]
        >>> Phrases.of(hedge=["...none"], unfit=["clots"]).say_unfit(["Clots: none"])
        False
        """
        return any(map(self._says_unfit, (plain(part) for text in words for part in BREAKS.split(text[:LONGEST]))))

    def _says_unfit(self, statement: str) -> bool:
        denies = f" {statement}".startswith(tuple(f"{word} " for word in self._before))
        return not denies and bool(undenied(self.unfit.find(statement), statement, self._before, self._after))

    @cached_property
    def _before(self) -> tuple[str, ...]:
        return words_before(self.hedges)

    @cached_property
    def _after(self) -> frozenset[str]:
        return words_after(self.hedges)

    def say_not_had(self, words: Iterable[str]) -> bool:
        """Does one of these texts say that a drug was refused, withheld, not given?"""
        return self._stand_in(self.not_had, words)

    def say_as_needed(self, words: Iterable[str]) -> bool:
        """Does one of these texts say that a drug is to be had only as needed?"""
        return self._stand_in(self.as_needed, words)

    def say_no(self, words: Iterable[str]) -> bool:
        """Does one of these texts, as a value, begin with a word that says that there is nothing of it?

        >>> [Phrases.of(no=["no", "absent"]).say_no([text]) for text in ("No.", "Absent (finding)", "Nodular", "")]
        [True, True, False, False]
        """
        return any(f"{plain(text)} ".startswith(self.no) for text in words if text)

    def name_another_drug(self, words: Iterable[str]) -> bool:
        """Does one of these texts hold the name of a drug that no list has?"""
        return self._stand_in(self.others, words)

    def name_another_specimen(self, words: Iterable[str]) -> bool:
        return self._stand_in(self.specimens, words)

    def tell_of_kin(self, words: Iterable[str]) -> bool:
        return self._stand_in(self.kin, words)

    def of_kin(self, words: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Of each statement that says that something is a relative's: whose, and what is left of it.

        >>> list(Phrases.of(kin=["mother has"]).of_kin(["Mother has gout; well herself"]))
        [('mother', 'gout')]
        """
        for statement in (plain(part) for text in words for part in BREAKS.split(text[:LONGEST])):
            for phrase in self.kin.find(statement):
                yield phrase.split()[0], statement.replace(phrase, " ").strip()

    def say_nothing(self, text: str) -> bool:
        """Is a text in place of a name nothing but such phrases and small numbers, or no words at all?

        >>> phrases = Phrases.of(nameless=["see note", "im"])
        >>> [phrases.say_nothing(text) for text in ("See note 3 (IM)", "?", "aspirin, see note", "12")]
        [True, True, False, False]
        """
        return _is_nothing_but(self.nameless, text)

    def say_no_result(self, text: str) -> bool:
        """The same of a text in place of the name of a result.

        >>> [Phrases.of(nameless_result=["result"]).say_no_result(text) for text in ("Result 1", "Sodium result")]
        [True, False]
        """
        return _is_nothing_but(self.nameless_results, text)

    def say_refuted(self, words: Iterable[str]) -> bool:
        """Is one of these, whole, a verification status that says that it does not hold?"""
        return any(plain(text) in self.refuted for text in words)

    @cached_property
    def _test_names(self) -> Names:
        return Names(self.other_tests)

    def name_another_test(self, words: Iterable[str]) -> bool:
        """Does one of these texts hold the name of a test that is none of ours?"""
        return self._stand_in(self._test_names, words)


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word.casefold() for word in words)


def _is_nothing_but(phrases: re.Pattern, text: str) -> bool:
    if len(text) > _LONGEST:
        return False
    told = " ".join(re.sub(r"[^\w\s]", " ", plain(text)).split())
    return not told or bool(phrases.fullmatch(told) and not told.isdigit())


def _nothing_but(phrases: Iterable[str]) -> re.Pattern:
    """Texts that are made of these phrases and of no other word; a text is short, so that nothing is tried for long."""
    listed = sorted({" ".join(re.sub(r"[^\w\s]", " ", plain(each)).split()) for each in phrases}, key=len, reverse=True)
    return re.compile(rf"(?:(?:\d{{1,3}}|{'|'.join(map(re.escape, listed))})(?: |$))+") if listed else _NEVER


def _number_of(units: Iterable[str]) -> re.Pattern:
    listed = "|".join(re.escape(unit.casefold()) for unit in sorted(units, key=len, reverse=True))
    return re.compile(rf"(?<![\d.,])\d{{1,7}}(?:[.,]\d{{1,3}})? ?(?:{listed})(?!\w)(?! ?/)") if listed else _NEVER


_MADE_LATE = tuple(name for name, made in vars(Phrases).items() if isinstance(made, cached_property))
NO_PHRASES = Phrases()
PHRASES = (
    "denial", "hedge", "kin", "giving", "allergy_word", "other_specimen", "nameless", "treating", "measuring", "unfit",
    "not_had", "other_drug", "joining", "no", "lifting", "upholding", "other_test", "as_needed",
    "nameless_result", "refuted",
)  # fmt: skip
