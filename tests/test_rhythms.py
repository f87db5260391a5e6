"""How often, as instructions say it in many languages: read where it is all that they say, else not at all."""

import re
from decimal import Decimal

import pytest

from cdshooks.reading.sig import read_instruction
from tests.shipped import LIBRARY
from tests.test_beside_draft import EMPTY, LOW, WOMAN, call
from tests.test_prefetch import draft

RHYTHMS = LIBRARY.concepts.rhythms
FOLIC_ACID = draft("4511")


def answer(drafted):
    return call(EMPTY | WOMAN | LOW, "order-sign", [drafted])


def told(text):
    """(times, period, unit, amount, unit of the amount, route) of an instruction, None where it is not read."""
    found = read_instruction(text, LIBRARY.concepts)
    if not found:
        return None
    repeat = found["timing"]["repeat"]
    dose = found["doseAndRate"][0]["doseQuantity"] if "doseAndRate" in found else {}
    often = (repeat["frequency"], repeat["period"], repeat["periodUnit"])
    return (*often, dose.get("value"), dose.get("unit"), found.get("route", {}).get("text"))


@pytest.mark.parametrize(("text", "means"), [
    ("1x tgl. 1 Tablette", (1, 1, "d", 1, "tablette", None)), ("eine Tablette zweimal täglich", (2, 1, "d", 1, "tablette", None)),
    ("1 Ampulle (1000 µg) i.m. alle 3 Monate", (1, 3, "mo", 1000, "μg", "i.m.")), ("1 mg i.m. jeden zweiten Tag", (1, 2, "d", 1, "mg", "i.m.")),
    ("1 cp 3x/j", (3, 1, "d", 1, "cp", None)), ("1 ampoule IM tous les 3 mois", (1, 3, "mo", 1, "ampoule", "im")),
    ("1 comprimé par semaine", (1, 1, "wk", 1, "comprimé", None)), ("1 comprimido al día", (1, 1, "d", 1, "comprimido", None)),
    ("1 mg IM cada 3 meses", (1, 3, "mo", 1, "mg", "im")), ("una tableta dos veces al día", (2, 1, "d", 1, "tableta", None)),
    ("1 mg per os ogni giorno", (1, 1, "d", 1, "mg", "per os")), ("1 fiala i.m. ogni 3 mesi", (1, 3, "mo", 1, "fiala", "i.m.")),
    ("1 comprimido por dia", (1, 1, "d", 1, "comprimido", None)), ("1 mg IM a cada 3 meses", (1, 3, "mo", 1, "mg", "im")),
    ("1x daags 1 tablet", (1, 1, "d", 1, "tablet", None)), ("1 mg i.m. om de 2 maanden", (1, 2, "mo", 1, "mg", "i.m.")),
    ("1 tablet daglig", (1, 1, "d", 1, "tablet", None)), ("1 mg i.m. hver 3. måned", (1, 3, "mo", 1, "mg", "i.m.")),
    ("1 tablett dagligen", (1, 1, "d", 1, "tablett", None)), ("1 mg i.m. var 3:e månad", (1, 3, "mo", 1, "mg", "i.m.")),
    ("1 mg i.m. annenhver måned", (1, 2, "mo", 1, "mg", "i.m.")), ("1 tabletka 2 razy dziennie", (2, 1, "d", 1, "tabletka", None)),
    ("1 mg i.m. co 3 miesiące", (1, 3, "mo", 1, "mg", "i.m.")), ("１回１錠　１日３回　毎食後", (3, 1, "d", 1, "錠", None)),
    ("1mg筋注 月1回", (1, 1, "mo", 1, "mg", "筋注")), ("500μg 隔日 筋注", (1, 2, "d", 500, "μg", "筋注")),
])  # fmt: skip
def test_an_instruction_that_says_nothing_else_is_read(text, means):
    amount = Decimal(means[3])
    assert told(text) == (*means[:3], amount, *means[4:])


@pytest.mark.parametrize("text", [
    "1-0-1", "1 Tablette täglich für 7 Tage", "1 mg tgl. bei Bedarf", "5 mg täglich oder wöchentlich", "5 mg täglich, dann 1 mg wöchentlich",
    "alle 3 bis 6 Monate 1 mg i.m.", "1.000 mg i.m. monatlich", "1 comprimé par jour si besoin", "1 comprimido al día durante 7 días",
    "1 x 2 Tabletten täglich", "0 x täglich 1 Tablette", "1錠 疼痛時", "nicht täglich 1 Tablette", "1 Tablette alle 3-4 Tage", "13 mal am taghell 1 mg",
])  # fmt: skip
def test_what_says_anything_else_is_not_understood(text):
    assert told(text) is None


def test_each_template_means_one_thing_in_whichever_language():
    found = {}
    for each in RHYTHMS.templates:
        found.setdefault(re.sub(r"\s", "", each.text), set()).add((each.times, each.period, each.unit))
    assert {text: meanings for text, meanings in found.items() if len(meanings) > 1} == {}


def test_each_template_is_found_as_what_it_says():
    for each in RHYTHMS.templates:
        often = RHYTHMS.often_in(each.text.replace("{n}", "3"))
        assert often.repeat == {"frequency": each.times or 3, "period": each.period or 3, "periodUnit": each.unit}, each.text


@pytest.mark.parametrize("text", ["0,1 mg täglich", "0,1 mg par jour", "0,1 mg al día", "0,1 mg codziennie", "0.1 mg 1日1回"])
def test_a_low_dose_of_folic_acid_is_low_in_any_language(text):
    def answered(words):
        return answer({**FOLIC_ACID, "dosageInstruction": [{"text": words}]})

    assert answered(text).cards == []
    assert answered(f"{text} ?!").cards[0]["indicator"] == "critical"
