"""The codes of our concepts, pinned to the clinical reference: none invented, none lost, none with a wrong label."""

import re
from dataclasses import dataclass
from decimal import Decimal

import pytest

from tests import reference_codes
from tests.check_digits import loinc_is_right, snomed_is_right
from tests.shipped import LIBRARY

SYSTEMS = LIBRARY.concepts.systems.by_name
SHORT = {system.uri: name for name, system in SYSTEMS.items()}

# Codes that our concepts hold and the reference does not list, each with the reason.
NOT_IN_THE_REFERENCE = {
    "vitamins by vein, which hold micrograms of cyanocobalamin (readings T05d, T06d)": [("ATC", "B05XC")],
    "say that there is no allergy, so that nobody takes them for one that is not understood": [
        ("SNOMED CT", c) for c in (
            "716186003", "409137002", "428607008", "429625007", "428197003", "716220001", "1003774007", "716184000", "160244002")] + [
        ("IPS absent or unknown", f"no-known-{kind}allergies") for kind in ("", "medication-", "environmental-", "food-")],
    "what most allergies are to, so that nobody takes such a code without words for one that is not understood": [
        *(("RxNorm", c) for c in ("1191", "7984", "7980", "70618", "723", "733", "2231", "10180", "10831", "10829", "2670", "7052", "7804", "5489", "10689", "5640", "7258", "161", "4053", "21212", "18631", "3640", "10395", "2551", "82122", "11124", "2582", "6922", "7454", "29046", "83367", "36567")),
        *(("SNOMED CT", c) for c in ("91936005", "764146007", "372687004", "294505008", "91939003", "293586001", "387458008", "387207008", "293619005", "387494007", "373529000", "387517004", "300916003", "111088007", "91935009", "91934008", "91930004", "425525006", "300913006", "417532002", "714035009", "232347008", "232350006", "419474003", "418689008", "419263009", "424213003", "609328004", "84489001", "735029006", "412071004"))],
    "pregnancy status as an observation is asked for, but no code is given; taken from the International Patient "
    "Summary": [("LOINC", "82810-3"), ("LOINC", "LA15173-0"), ("LOINC", "LA26683-5"), ("SNOMED CT", "60001007")],
    "reading T03h: kinds and signs of a pregnancy, which only keep folic acid from being offered for removal": [
        *(("SNOMED CT", c) for c in (
            "65727000", "237238006", "250423000", "11687002")),
        *(("ICD-10-CM", c) for c in ("Z32.01", "Z33.9"))],
    "reading T03h: pemetrexed, which only keeps folic acid from being offered for removal": [
        ("ATC", "L01BA04"), ("RxNorm", "1728072"), ("RxNorm", "1728077")],
    "the HL7 diet code stands in a row of the reference without being a number": [("HL7 diet", "vegan")],
    "named in section 5 of the reference, as a code of the sample data": [("RxNorm", "308971"), ("RxNorm", "858069")],
    "reading T10b: anaemia other than megaloblastic": [
        ("SNOMED CT", "271737000"), ("SNOMED CT", "87522002"), ("ICD-10-CM", "D50"), ("ICD-10-CM", "D53.9"),
        *(("ICD-10-CM", f"D{n}") for n in range(55, 65)),
    ],
    "reading T05b: who a relative is, as HL7 and SNOMED CT code it": [
        *(("HL7 role", code) for code in ["MTH", "NMTH", "NMTHF", "GESTM", "SIB", "NSIB", "BRO", "NBRO", "SIS", "NSIS", "HSIB", "HBRO", "HSIS", "TWIN", "TWINBRO", "TWINSIS", "ITWIN", "FTWIN", "MGRMTH", "MGGRMTH", "MAUNT", "MUNCLE", "MCOUSN", "NEPHEW", "NIECE", "NIENEPH", "CHILD", "NCHILD", "SON", "SONC", "DAU", "DAUC", "FTH", "NFTH", "NFTHF", "STPFTH", "STPMTH", "STPBRO", "STPSIS", "STPSIB", "ADOPTP", "ADOPTF", "ADOPTM", "PAUNT", "PUNCLE", "PCOUSN", "PGRFTH", "PGRMTH", "PGRPRN", "MGRFTH", "HUSB", "WIFE", "SPS", "DOMPART"]),
        *(("SNOMED CT", code) for code in (
            "72705000", "375005", "70924004", "27733009", "67822003", "65616008", "66089001", "66839005")),
    ],
    "reading T06: nausea as a manifestation": [("SNOMED CT", "422587007")],
    "reading T03c, T03f: what folic and folinic acid are needed beside; in part from the acceptance cases": [
        *(("RxNorm", code) for code in ("32592", "4492", "51499", "9010", "11118", "28439")),
        *(("ATC", code) for code in ("P01BD01", "B03AD")),
        *(("SNOMED CT", code) for code in ("417357006", "127040003", "40108008", "55995005")),
        *(("ICD-10-CM", code) for code in ("D57.0", "D57.1", "D57.2", "D57.4", "D57.8", "D56.0", "D56.1", "D58.0", "D56.2", "D56.5", "D56.8", "D56.9")),
    ],
    "reading T03h: what folic acid may be needed for": [
        *(("SNOMED CT", c) for c in ("61261009", "413603009", "253098009", "67531005", "454411000124108")),
        *(("ICD-10-CM", c) for c in ("Q00", "Q01", "Q05", "Z31"))],
    "section 9.5, which is not read here: what laboratories of other countries send": [
        ("SNOMED CT", "271216009"), ("SNOMED CT", "365607006"), ("SNOMED CT", "1022491000000106"), ("CTV3", "XE2pf"),
        *(("NPU", c) for c in ("NPU01700", "NPU03605", "NPU27125", "NOR05918", "NPU03230", "NPU02319")),
        *(("JLAC10", c) for c in ("3H015000002326101", "2A030000001930901", "8A065000002391901")),
        ("SIGTAP", "0202010708"), ("TUSS", "40316572")],
    "whole groups of the ATC index, metformin with another drug, ICD-9, and the substance register of the US": [
        *(("ATC", c) for c in ("B03AE01", "B03AE02", "B03BA51")),
        *(("ATC", f"A10BD{n}") for n in ("02", "03", "05", "07", "08", "10", "11", "13", "14", "15", "16", "18", "20", "22", "23", "25", "26", "27")),
        ("ICD-9-CM", "281.0"), ("ICD-9-CM", "281.1"), ("ICD-9-CM", "336.2"), ("UNII", "P6YC3EG204"), ("UNII", "935E97BOY8")],
    "haemoglobin as laboratories of Germany, the US and the UK send it; several public code lists": [
        ("LOINC", "55782-7"), ("SNOMED CT", "1022431000000105")],
    "glomerular filtration by every equation, as laboratories of the US and the UK send it; several public code lists": [
        *(("LOINC", c) for c in ("69405-9", "88293-6", "88294-4", "94677-2", "98980-6", "50044-7", "70969-1")),
        *(("SNOMED CT", c) for c in ("1011481000000105", "1011491000000107", "963621000000102", "963601000000106", "1020291000000106",
                                     "996231000000108", "1107411000000104", "80274001"))],
    "a panel that suggestions order; general knowledge": [("LOINC", "58410-2")],
    "readings C4, NF, T11: kinds and ends of pregnancy, gait, cognition, glossitis (amendments A14, A29, A30)": [
        *(("SNOMED CT", c) for c in ("47200007", "16356006", "17369002", "11466000", "177184002", "45534005", "22325002",
                                     "386806002", "20262006")),
        *(("ICD-10-CM", f"O{n:02}") for n in (9, *range(10, 17), *range(20, 27), *range(28, 37), *range(40, 49), 98)),
        *(("ICD-10-CM", f"O{n:02}") for n in (0, 1, 2, 3, 4, 5, 6, *range(80, 85))),
        *(("ICD-10-CM", c) for c in ("O9A", "Z3A", "Z33", "Z33.2", "Z35", "Z37", "K14.0", "R26"))],
    "reading D14: answers of the antibody test": [
        ("SNOMED CT", "10828004"), ("SNOMED CT", "260385009"), ("LOINC", "LA6576-8"), ("LOINC", "LA6577-6"),
        *(("HL7 interpretation", c) for c in ("POS", "DET", "NEG", "ND"))],
    "reading C8b: reactions for which a drug was stopped": [
        ("Status reason", "salg"), ("Status reason", "sintol"),
        *(("SNOMED CT", c) for c in ("416098002", "59037007", "62014003", "39579001", "247472004", "126485001", "271807003"))],
    "reading T13: follow-up encounters": [("SNOMED CT", "390906007"), ("SNOMED CT", "185389009")],
}  # fmt: skip
# Codes of the reference that no concept holds, each with the reason.
NOT_USED = {
    "the urine ratio has no cut-off in the reference": [("LOINC", "13776-0")],
    "binding capacity, not a level": [("LOINC", "2171-7")],
    "haemolysate: no limit is given for it": [("LOINC", "2282-2")],
    "kidney function is read from eGFR and coded kidney disease, not from creatinine": [
        ("LOINC", c) for c in ("2160-0", "14682-9", "38483-4")],
    "no topic asks about haematocrit": [("LOINC", "4544-3"), ("LOINC", "20570-8")],
    "no topic asks about reticulocytes": [
        ("LOINC", c) for c in ("14196-0", "60474-4", "4679-7", "40665-2", "17849-1")],
    "no topic asks about parietal cell antibodies": [
        ("LOINC", c) for c in ("14241-4", "8087-9", "40960-7", "5271-2")],
    "the potassium grid names digoxin, not drugs that lose potassium": [
        *(("RxNorm", c) for c in ("4603", "1808", "38413", "5487", "2409", "313988", "310798", "316049", "315971",
                                  "1719286")),
        ("ATC", "C03CA01"), ("ATC", "C03AA03"), ("SNOMED CT", "43339004"), ("ICD-10-CM", "E87.6")],
    "no topic asks about potassium being taken": [("RxNorm", "8591"), ("ATC", "A12BA01")],
    "an anaesthetic is no misuse: harm by nitrous oxide is what is coded": [
        ("RxNorm", "7486"), ("ATC", "N01AX13"), ("ICD-10-CM", "T41.0X1A")],
    "inhalants in general, not nitrous oxide": [
        ("SNOMED CT", "70340006"), ("SNOMED CT", "5002000"),
        *(("ICD-10-CM", c) for c in ("F18.10", "F18.20", "F18.90"))],
    "shared with other vitamins: does not mean vitamin B12": [("ICD-10-CM", "E53.8")],
    "a history says nothing about today": [("SNOMED CT", "161457000")],
    "other diseases than Leber's optic neuropathy": [("SNOMED CT", "193413001"), ("SNOMED CT", "866099002")],
    "only the large bowel is affected": [("ICD-10-CM", "K50.10")],
    "kidneys that still work, or of an unknown stage": [
        *(("SNOMED CT", c) for c in ("709044004", "431855005", "431856006")),
        *(("ICD-10-CM", c) for c in ("N18.1", "N18.2", "N18.9"))],
    "liver disease must make no difference (ban R17)": [
        *(("SNOMED CT", c) for c in ("59927004", "235886005", "19943007")),
        *(("ICD-10-CM", c) for c in ("K72.00", "K72.10", "K72.90", "K74.60"))],
    "too broad: any part of the gut, any bypass": [("ICD-10-CM", "Z90.49"), ("ICD-10-CM", "Z98.0")],
    "too broad: any oral hypoglycaemic, any drug allergy, any vitamin": [
        ("ICD-10-CM", c) for c in ("Z79.84", "Z88.8", "T45.2X5A")],
}  # fmt: skip


@dataclass(frozen=True)
class Held:
    """A code that a concept holds."""

    concept: str
    kind: str
    pair: tuple[str, str]
    display: str
    below: bool = False
    strength: Decimal | None = None
    per: str = "unit"

    def covers(self, pair: tuple[str, str]) -> bool:
        same = self.pair[0] == pair[0]
        return self.pair == pair or (self.below and same and pair[1].startswith(self.pair[1]))


@pytest.fixture(scope="module")
def held() -> list[Held]:
    found = []
    for concept in LIBRARY.concepts.by_name.values():
        for c in concept.codes:
            pair = (SHORT[c.system], c.code)
            found.append(Held(concept.name, concept.kind, pair, c.display, c.below, c.strength, c.strength_per))
        found += [Held(concept.name, "value", (SHORT[s], code), "") for s, code in concept.values]
    return found


def listed(reasons: dict) -> set[tuple[str, str]]:
    return {pair for pairs in reasons.values() for pair in pairs}


def in_the_reference(code: Held) -> bool:
    # The reference lists the codes of dm+d among those of SNOMED CT, of which they are a part.
    pair = ("SNOMED CT", code.pair[1]) if code.pair[0] == "dm+d" else code.pair
    return pair in reference_codes.codes() or any(code.covers(known) for known in reference_codes.codes())


def test_the_reference_is_read_whole():
    """So that a change of its layout is noticed, and not taken for a reference without codes."""
    by_system = {name: len([c for s, c in reference_codes.codes() if s == name]) for name in SYSTEMS}
    assert {k: n for k, n in by_system.items() if n} == {
        "LOINC": 54, "RxNorm": 114, "ATC": 36, "SNOMED CT": 111, "ICD-10-CM": 73}  # fmt: skip


def test_every_code_of_a_concept_is_in_the_reference_or_has_a_reason(held):
    strangers = {code.pair for code in held if not in_the_reference(code)}
    assert strangers - listed(NOT_IN_THE_REFERENCE) == set()


def test_no_exception_is_kept_that_is_not_needed(held):
    strangers = {code.pair for code in held if not in_the_reference(code)}
    assert listed(NOT_IN_THE_REFERENCE) - strangers == set()


def test_every_code_of_the_reference_is_used_or_has_a_reason(held):
    unused = {pair for pair in reference_codes.codes() if not any(code.covers(pair) for code in held)}
    assert unused - listed(NOT_USED) == set()


def test_no_code_is_called_unused_that_is_used(held):
    unused = {pair for pair in reference_codes.codes() if not any(code.covers(pair) for code in held)}
    assert listed(NOT_USED) - unused == set()


def test_the_strength_of_a_product_is_the_one_that_the_reference_gives(held):
    told = reference_codes.strengths()
    # Of a product with two drugs the reference gives both strengths; each concept takes its own.
    wrong = [
        (code.pair, code.concept, code.strength)
        for code in held
        if code.pair[0] == "RxNorm" and code.strength is not None and code.pair[1] in told
        and (code.strength, code.per == "mL") != (Decimal(told[code.pair[1]][0]), told[code.pair[1]][1])
    ]  # fmt: skip
    # "tab 5/10/15/25 mg 197863/...": strengths and codes in parallel; the pinned pairs are tested below.
    series = {"197863", "197860", "197861", "197862"}
    assert [w for w in wrong if w[0][1] not in series and w[:2] != (("RxNorm", "476628"), "folic_acid")] == []


def test_products_in_a_row_of_the_reference_have_their_strengths_in_the_same_order(held):
    (cell,) = (row[2] for row in reference_codes.rows("4.1") if row[0] == "leucovorin")
    strengths, codes = re.search(r"tab ([\d/]+) mg ([\d/]+)", cell).groups()
    ours = {code.pair[1]: code.strength for code in held}
    assert {c: ours[c] for c in codes.split("/")} == {
        c: Decimal(s) for s, c in zip(strengths.split("/"), codes.split("/"), strict=True)
    }


# --- labels ---------------------------------------------------------------------------------------------------------


def test_a_label_that_public_lists_get_wrong_is_right_here(held):
    """190634004 is met as "folic acid deficiency"; 60576007 under another preferred name."""
    shown = {code.pair[1]: code.display.casefold() for code in held}
    assert "cobalamin" in shown["190634004"]
    assert "fol" not in shown["190634004"]
    assert "combined degeneration" in shown["60576007"]
    assert "megaloblastic" in shown["49472006"]
    assert "diet" in shown["267517008"]


def test_one_code_has_one_label(held):
    labels = {}
    for code in held:
        if code.display:
            labels.setdefault(code.pair, set()).add(code.display)
    assert {pair: names for pair, names in labels.items() if len(names) > 1} == {}


def test_a_mass_code_does_not_say_moles_nor_a_molar_code_mass(held):
    """Where a row of the reference has one code, it says which of the two it is."""
    said = {c.pair[1]: c.display.casefold() for c in held if c.pair[0] == "LOINC"}
    seen = 0
    for analyte, codes, name, *_ in reference_codes.rows("3.1"):
        words = f"{analyte} {name}".casefold()
        if codes in said and ("mass" in words) != ("mol" in words):
            seen += 1
            assert ("moles" in said[codes], "mass" in said[codes]) == ("mol" in words, "mass" in words), codes
    assert seen >= 4


# --- check digits ---------------------------------------------------------------------------------------------------


def test_every_loinc_code_has_the_right_check_digit(held):
    # Codes of answers (LA...) have another check digit.
    ours = {c.pair[1] for c in held if c.pair[0] == "LOINC" and not c.pair[1].startswith("LA")}
    theirs = {code for system, code in reference_codes.codes() if system == "LOINC"}
    assert [code for code in sorted(ours | theirs) if not loinc_is_right(code)] == []


def test_every_snomed_code_has_the_right_check_digit(held):
    banned = {("SNOMED CT", c.code) for ban in LIBRARY.bans.bans for c in ban.codes if "snomed" in c.system}
    ours = {c.pair for c in held if c.pair[0] in ("SNOMED CT", "dm+d")} | banned
    theirs = {pair for pair in reference_codes.codes() if pair[0] == "SNOMED CT"}
    assert [code for _, code in sorted(ours | theirs) if not snomed_is_right(code)] == []


@pytest.mark.parametrize("code", ["14685-8", "13964-0"])
def test_the_two_famous_invalid_codes_are_invalid_and_nowhere(code, held):
    assert not loinc_is_right(code)
    assert code not in {c.pair[1] for c in held}
    assert any(c.pair[1] == code[:-1] + "2" for c in held)


@pytest.mark.parametrize("code", ["84027009", "18132411000001100", "1105051000000102"])
def test_a_snomed_code_with_one_wrong_digit_or_two_swapped_is_noticed(code):
    for at, digit in enumerate(code):
        wrong = code[:at] + str((int(digit) + 1) % 10) + code[at + 1 :]
        assert not snomed_is_right(wrong)
    swaps = [code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in range(len(code) - 1) if code[i] != code[i + 1]]
    assert [s for s in swaps if snomed_is_right(s)] == []


@pytest.mark.parametrize(
    ("system", "form"),
    [
        ("NPU", r"(NPU|NOR)[0-9]{5}"),  # no check digit: five digits
        ("JLAC10", r"[0-9A-Z]{17}"),  # analyte 5, identification 4, material 3, method 3, result 2
        ("CTV3", r"[0-9A-Za-z.]{5}"),
        ("SIGTAP", r"[0-9]{10}"),
        ("TUSS", r"[0-9]{8}"),
    ],
)
def test_codes_without_a_check_digit_have_the_form_of_their_system(system, form, held):
    codes = {code.pair[1] for code in held if code.pair[0] == system}
    assert codes
    assert [code for code in codes if not re.fullmatch(form, code)] == []


@pytest.mark.parametrize("kind", ["problem", "drug"])
def test_a_code_in_a_list_of_its_own_still_belongs_to_the_families_of_other_lists(kind):
    vocabulary = getattr(LIBRARY.concepts, f"{kind}s")
    codes = [(c.name, code) for c in LIBRARY.concepts.by_name.values() if c.kind == kind for code in c.codes]
    hidden = [
        (code.code, name)
        for name, family in codes
        for _, code in codes
        if family.below and code.system == family.system and code.code.startswith(family.code)
        and name not in {match.concept for match in vocabulary.find([{"system": code.system, "code": code.code}])}
    ]  # fmt: skip
    assert any(code.below for _, code in codes)
    assert not hidden
