"""Our units held against UCUM as others have it: each accepted spelling is explained, each factor is theirs."""

import re
from decimal import Decimal
from functools import cache

import pytest

from cdshooks.content.load import load_library
from cdshooks.terms.units import UnitTable
from tests.conftest import shared
from tests.ucum_oracles import Question, Told, ucum_lhc, ucumvert

# Accepted spellings that are not UCUM, with the UCUM code that is meant. Case is not compared by us, but by UCUM.
MEANT = {
    "mcg/L": "ug/L", "mEq/L": "meq/L", "um^3": "um3", "mL/min/1.73m2": "mL/min/{1.73_m2}",
    "mL/min/1.73.m2": "mL/min/{1.73_m2}", "mL/min/1.73_m2": "mL/min/{1.73_m2}", "mL/min/1.73m^2": "mL/min/{1.73_m2}",
    "K/uL": "10*3/uL", "10^3/uL": "10*3/uL", "x10E3/uL": "10*3/uL", "10E3/uL": "10*3/uL", "x10*3/uL": "10*3/uL",
    "x10^3/uL": "10*3/uL", "10*3/cmm": "10*3/mm3", "10^3/mm3": "10*3/mm3", "x10*9/L": "10*9/L", "x10^9/L": "10*9/L",
    "10E9/L": "10*9/L", "x10E9/L": "10*9/L", "Thousand/uL": "10*3/uL", "thou/uL": "10*3/uL", "10*3/mcL": "10*3/uL",
    "K/mm3": "10*3/mm3", "G/L": "10*9/L", "/nL": "/nL", "10^9/L": "10*9/L", "10*3/uL": "10*3/uL",
    "mcg": "ug", "milligram": "mg", "milligrams": "mg", "gram": "g", "grams": "g", "microgram": "ug",
    **dict.fromkeys(("mL/min/1,73m2", "mL/min/1.73qm", "mL/min/1,73qm", "mL/min per 1.73m2"), "mL/min/{1.73_m2}"),
    "mL/(min*1.73_m2)": "mL/min/{1.73_m2}", "mL/s/1.73m2": "mL/s/{1.73_m2}", "mL/s/1,73m2": "mL/s/{1.73_m2}",
    **dict.fromkeys(("gm/dL", "gr/dL", "g%", "gm%", "g/100mL", "г/дл"), "g/dL"), "г/л": "g/L", "mval/L": "meq/L",
    **dict.fromkeys(("ммоль/л", "mmol/litre", "mM"), "mmol/L"), **dict.fromkeys(("фл", "飞升", "femtoliter", "femtolitre", "fL/cell", "fl."), "fL"),
    **dict.fromkeys(("cu.micron", "cu micron", "cub.micron", "cub micron", "cubic micron", "мкм3", "um^3"), "um3"),
    **dict.fromkeys(("micromol/L", "mcmol/L", "мкмоль/л", "uM"), "umol/L"),
    "micrograms": "ug", "milliliter": "mL", "milliliters": "mL", "millilitre": "mL", "millilitres": "mL",
}  # fmt: skip
# Analytes whose mass and moles are one kind: the molecule whose weight (reference 3.2) makes the factor.
WEIGHED = {"potassium": "potassium", "homocysteine": "homocysteine", "b12_total": "cyanocobalamin", "mma": "MMA",
           "serum_folate": "folic acid", "red_cell_folate": "folic acid"}  # fmt: skip
# The reference gives the factor (1.6114, general knowledge), not the weight of the monomer from which it comes.
HAEMOGLOBIN = "16114"
# Powers of ten are exact; factors between mass and moles stand rounded to five digits in the reference.
EXACT, ROUNDED = 1e-12, 1e-4


library = cache(load_library)


@pytest.fixture(scope="module")
def accepted() -> list[tuple[str, str, Decimal, str]]:
    """(concept or dose kind, spelling, factor, the kind's own unit) of every accepted unit that can be converted."""
    tables = library().tables
    found = []
    for name, table, _ in tables.of("result"):
        for row in table.get("unit", ()):
            found += [(name, text, Decimal(factor), row["unit"]) for text, factor in row["accept"].items()]
    for name, table, _ in tables.of("dose_unit"):
        if name in ("mass", "volume"):
            found += [(name, text, Decimal(factor), table["label"]) for text, factor in table["accept"].items()]
    return found


def weights() -> dict[str, str]:
    """The molecular weights of the reference, in g/mol."""
    line = re.search(r"Molecular masses: (.*)", shared("clinical-reference.md").read_text(encoding="utf-8")).group(1)
    return {name.strip(): weight for name, weight in re.findall(r"([A-Za-z][A-Za-z ]*) (\d+\.?\d*)", line)}


def question(name: str, text: str, own: str) -> Question:
    weight = HAEMOGLOBIN if name == "haemoglobin" else weights().get(WEIGHED.get(name, ""), "")
    return Question(MEANT.get(text, text), own, weight if ("mol" in own) != ("mol" in text) else "")


def test_every_accepted_spelling_is_ucum_or_stands_for_something_that_is(accepted):
    asked = {(name, text): question(name, text, own) for name, text, _, own in accepted}
    told = ucum_lhc(list(asked.values()))
    assert [who for who, q in asked.items() if not told[q].valid] == []


def test_no_spelling_is_explained_that_is_valid_and_means_something_else(accepted):
    """A spelling of ours that UCUM knows by another meaning must stand in the list of traps below."""
    known = {trap for trap, _ in MEANS_SOMETHING_ELSE}
    spelled = [text for _, text, _, _ in accepted if MEANT.get(text, text) != text]
    told = ucum_lhc([Question(text, MEANT[text]) for text in spelled])
    odd = [q.unit for q, answer in told.items() if answer.valid and answer.factor != 1]
    assert set(odd) - known == set()


def test_every_factor_is_that_of_ucum_lhc(accepted):
    asked = {(name, text, factor): question(name, text, own) for name, text, factor, own in accepted}
    told = ucum_lhc(list(asked.values()))
    # It does not turn equivalents into moles; of an ion with one charge they are the same (ucumvert agrees).
    wrong = [
        (*who, told[q].factor) for who, q in asked.items() if not _agrees(who[2], told[q], q) and "eq" not in q.unit
    ]
    assert wrong == []


def test_every_factor_inside_mass_or_moles_is_that_of_ucumvert(accepted):
    asked = {(name, text, factor): question(name, text, own) for name, text, factor, own in accepted}
    answers = {who: (ucumvert(q), q) for who, q in asked.items() if not q.weight}
    assert len(answers) > 25
    assert [(*who, told.factor) for who, (told, q) in answers.items() if not _agrees(who[2], told, q)] == []


def _agrees(factor: Decimal, told: Told, asked: Question) -> bool:
    return told.factor is not None and float(factor) == pytest.approx(
        told.factor, rel=ROUNDED if asked.weight else EXACT
    )


# --- cut-offs in two kinds of unit ----------------------------------------------------------------------------------


def test_cut_offs_published_in_mass_and_in_moles_are_one_amount_but_for_rounding():
    """They are never converted for a decision; but a slip of the pen in one of them would show."""
    tables = library().tables
    pairs = [
        (name, *sorted(limits, key=lambda text: "mol" in text))
        for name, table, _ in tables.of("result")
        for band in table.get("band", ())
        for side in ("below", "up_to", "above", "at_least")
        if len(limits := band.get(side, ())) == 2
    ]
    assert len(pairs) >= 6
    told = {}
    for name, mass, molar in pairs:
        (number, unit), (other, to) = mass.split(" "), molar.split(" ")
        asked = Question(unit, to, weights()[WEIGHED[name]])
        told = ucum_lhc([asked])[asked].factor * float(number)
        assert told == pytest.approx(float(other), abs=0.6), (name, mass, molar)


# --- traps ----------------------------------------------------------------------------------------------------------

# Valid UCUM, and nothing that a laboratory means: "valid" is no reason to accept a unit.
MEANS_SOMETHING_ELSE = [
    ("PG/ML", "peta"),
    ("Pg/mL", "peta"),
    ("K/uL", "elvin"),
    ("G/L", "auss"),
    ("mL/min/1.73.m2", "meter"),
]
NOT_UCUM = ["mcg", "mcg/L", "mEq/L", "IU", "x10E3/uL", "µmol/L", "10*3/cmm"]
# Analyte, a spelling from the field, what it must mean there.
TAKEN = [
    ("b12_total", "PG/ML", "pg/mL"), ("b12_total", "Pg/mL", "pg/mL"), ("b12_total", "NG/L", "ng/L"),
    ("b12_total", "mcg/L", "ug/L"), ("b12_total", "µg/L", "ug/L"), ("b12_total", "PMOL/L", "pmol/L"),
    ("mma", "µmol/L", "umol/L"), ("mma", "μmol/L", "umol/L"), ("mma", "UMOL/L", "umol/L"),
    ("potassium", "mEq/L", "meq/L"), ("potassium", "MEQ/L", "meq/L"), ("potassium", "MMOL/L", "mmol/L"),
    ("platelets", "K/uL", "10*3/uL"), ("platelets", "k/ul", "10*3/uL"), ("platelets", "10^3/uL", "10*3/uL"),
    ("platelets", "10^9/L", "10*9/L"), ("platelets", "10*3/µL", "10*3/uL"),
]  # fmt: skip
REFUSED = [
    ("b12_total", "mg/L"), ("b12_total", "[iU]/L"), ("b12_total", "IU/L"), ("b12_total", "K/uL"), ("b12_total", "g/mL"),
    ("b12_total", "pg"), ("b12_active", "ng/L"), ("b12_active", "nmol/L"), ("potassium", "K/uL"), ("potassium", "g/L"),
    ("mma", "mmol/mol"), ("mma", "mmol/mol{creat}"), ("haemoglobin", "%"), ("platelets", "10*12/L"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meaning"), MEANS_SOMETHING_ELSE)
def test_ucum_has_another_meaning_for_it(text, meaning):
    told = ucum_lhc([Question(text)])[Question(text)]
    assert told.valid
    assert meaning in told.name


@pytest.mark.parametrize("text", NOT_UCUM)
def test_it_is_not_ucum(text):
    assert not ucum_lhc([Question(text)])[Question(text)].valid
    assert not ucumvert(Question(text)).valid


def units_of(name: str) -> UnitTable:
    concept = library().concepts.by_name.get(name)
    if concept is None:
        pytest.skip(f"no concept is called {name!r} yet")
    return concept.units


@pytest.mark.parametrize(("name", "text", "meant"), TAKEN)
def test_a_spelling_from_the_field_is_taken_as_it_is_meant(name, text, meant):
    assert units_of(name).find(text) == units_of(name).find(meant)
    assert units_of(name).find(text)


@pytest.mark.parametrize(("name", "text"), REFUSED)
def test_a_unit_that_the_analyte_cannot_have_is_refused_though_it_may_be_ucum(name, text):
    assert units_of(name).find(text) is None
