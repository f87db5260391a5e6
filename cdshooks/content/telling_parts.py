"""One reader for each form of a part: its value, None where it is another form, or what in it is wrong."""

import re
from collections.abc import Callable
from difflib import get_close_matches

from cdshooks.content.telling_forms import FORMS, Form
from cdshooks.terms.dates import moment
from cdshooks.terms.units import UnitTable

AMOUNT = re.compile(r"(<=|>=|<|>)?(\d+(?:\.\d+)?)(?: (.+))?")
OFTEN = re.compile(
    r"(?:^|(?<= ))(?:(?:(once|twice|three times|four times) )?(daily|weekly|monthly|a day|a week|a month)"
    r"|every (\d+) (days|weeks|months))$"
)
AGO = re.compile(r"(\d+) (day|week|month|year)s? ago")
DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
WITHOUT_UNIT = "without unit"
# What sounds like a time: then the answer says how times are written.
TIME = re.compile(r"\b(ago|last|next|yesterday|tomorrow|since|(day|week|month|year)s?|\d+[-/.]\d+[-/.]\d+)\b")


class NotOfThisForm(Exception):
    """The part is told in this form, but something in it is wrong."""

    def __init__(self, says: str, offset: int = 0, is_sure: bool = False):
        super().__init__(says)
        self.says, self.offset, self.is_sure = says, offset, is_sure


def did_you_mean(near: list[str]) -> str:
    return f"; did you mean '{near[0]}'?" if near else ""


def _when(part: str, fact) -> str | None:
    return part if part == "today" or AGO.fullmatch(part) else None


def _date(part: str, fact) -> str | None:
    if not DATE.fullmatch(part):
        return None
    if moment(part, None) is None:
        raise NotOfThisForm(f"'{part}' is no day of the calendar")
    return part


def _amount(part: str, fact) -> str | None:
    found = AMOUNT.fullmatch(part)
    if not found or fact.concept.values:
        return None
    return part if _unit_fits(found.group(3), fact, fact.concept.units, part) else None


def _dose(part: str, fact) -> str | None:
    often = OFTEN.search(part)
    amount = part[: often.start()].strip() if often else part
    if not amount:
        return part if often else None
    found = AMOUNT.fullmatch(amount)
    return part if found and _unit_fits(found.group(3), fact, fact.grammar.doses, amount) else None


def _unit_fits(unit: str | None, fact, units: UnitTable | None, part: str) -> bool:
    """Is it a unit that is known here (or not, where it is said to be odd)? False: this is no unit at all."""
    if unit == WITHOUT_UNIT:
        return True
    if unit is None:
        says = f"'{part}' has no unit; if that is meant, write '{part} {WITHOUT_UNIT}'"
        raise NotOfThisForm(says, len(part), is_sure=True)
    known = bool(units and units.find(unit))
    if known and "unit" in fact.odd:
        raise NotOfThisForm(f"'{unit}' is a unit of {fact.concept.name}: it is not odd", is_sure=True)
    if known or ("unit" in fact.odd and " " not in unit):
        return True
    if " " not in unit and not TIME.search(unit):
        near = did_you_mean(get_close_matches(unit, units.texts if units else (), n=1, cutoff=0.6))
        says = f"'{unit}' is not a unit of {fact.concept.name}{near or ';'} if it is meant, add ', odd unit'"
        raise NotOfThisForm(says, part.rfind(unit), is_sure=True)
    return False


def _class(part: str, fact) -> str | None:
    return part if fact.concept.values and part in fact.concept.classes else None


def _bare_status(part: str, fact) -> str | None:
    return part if part in fact.table.statuses else None


def _keyword(word: str) -> Callable:
    """`word VALUE`, its value held against what is known for it."""

    def read(part: str, fact) -> str | None:
        first, _, value = part.partition(" ")
        if first != word or not value:
            return None
        CHECKS[word](value, fact, len(word) + 1)
        return value

    return read


def _check_status(value: str, fact, offset: int) -> None:
    _one_of(value, fact.table.statuses, "status", fact, offset)


def _check_intent(value: str, fact, offset: int) -> None:
    _one_of(value, INTENTS, "intent", fact, offset)


def _check_route(value: str, fact, offset: int) -> None:
    _one_of(value.casefold(), fact.grammar.route_words, "route", fact, offset)


def _check_code(value: str, fact, offset: int) -> None:
    codes = [code.code for code in (*fact.concept.codes, *fact.concept.may_be)]
    if value not in codes:
        near = get_close_matches(value, codes, n=1)
        raise NotOfThisForm(f"'{value}' is not a code of {fact.concept.name}{did_you_mean(near)}", offset)


def _check_words(value: str, fact, offset: int) -> None:
    ago = AGO.search(value)
    if ago:
        raise NotOfThisForm(f"a comma is missing before '{ago.group()}'", offset + ago.start())


def _check_relative(value: str, fact, offset: int) -> None:
    relatives = [concept for concept in fact.grammar.concepts.values() if concept.kind == "relative"]
    if not _is_code(value, relatives, offset):
        _one_of(value, sorted({word for concept in relatives for word in concept.words}), "relative", fact, offset)


def _check_reaction(value: str, fact, offset: int) -> None:
    reactions = [concept for concept in fact.grammar.concepts.values() if concept.kind == "reaction"]
    if not _is_code(value, reactions, offset):
        _check_words(value, fact, offset)


def _is_code(value: str, concepts, offset: int) -> bool:
    """`code CODE` of one of these concepts; raises where no one has it."""
    word, _, wanted = value.partition(" ")
    if word != "code":
        return False
    codes = [code.code for concept in concepts for code in concept.codes]
    if wanted not in codes:
        near = get_close_matches(wanted, codes, n=1)
        raise NotOfThisForm(f"nothing here has the code '{wanted}'{did_you_mean(near)}", offset, is_sure=True)
    return True


def _check_criticality(value: str, fact, offset: int) -> None:
    _one_of(value, ("low", "high", "unable-to-assess"), "criticality", fact, offset)


def _check_limit(value: str, fact, offset: int) -> None:
    found = AMOUNT.fullmatch(value)
    if not found or not _unit_fits(found.group(3), fact, fact.concept.units, value):
        raise NotOfThisForm(f"'{value}' is not a number with a unit", offset)


def _check_for(value: str, fact, offset: int) -> None:
    if not re.fullmatch(r"\d+ days?", value):
        raise NotOfThisForm(f"'{value}' is not a number of days, such as '28 days'", offset)


def _check_until(value: str, fact, offset: int) -> None:
    if _date(value, fact) is None:
        raise NotOfThisForm(f"'{value}' is not a date, such as '2025-03-31'", offset)


def _one_of(value: str, known, what: str, fact, offset: int) -> None:
    if (value in known) is (what in fact.odd):
        near = get_close_matches(value, list(known), n=1, cutoff=0.6)
        if value in known:
            raise NotOfThisForm(f"'{value}' is a {what} that is known: it is not odd", offset)
        raise NotOfThisForm(f"no {what} is called '{value}'{did_you_mean(near)}", offset)


def _literal(part: str, fact, *, of: Form) -> str | None:
    return part if part == of.written else None


def _product(part: str, fact) -> str | None:
    """The name of a product: the display of one of the concept's codes."""
    return next((c.code for c in fact.concept.codes if c.display.casefold() == part.casefold()), None)


INTENTS = ("proposal", "plan", "order", "original-order", "reflex-order", "filler-order", "instance-order", "option")
CHECKS = {
    "status": _check_status, "intent": _check_intent, "by": _check_route, "code": _check_code, "words": _check_words,
    "limit": _check_limit, "relative": _check_relative, "criticality": _check_criticality, "reaction": _check_reaction,
    "for": _check_for, "until": _check_until,
}  # fmt: skip
READERS: dict[str, Callable] = {
    "today": _when, "ago": _when, "date": _date, "amount": _amount, "dose": _dose, "class": _class,
    "bare_status": _bare_status, "product": _product,
    **{word: _keyword(word) for word in CHECKS},
    **{name: (lambda part, fact, form=form: _literal(part, fact, of=form))
       for name, form in FORMS.items() if name in ("undated", "no_value", "odd_unit", "odd_route", "odd_status")},
}  # fmt: skip
