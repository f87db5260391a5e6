"""What feeds of further countries call our drugs and illnesses."""

import pytest

from tests.test_feeds import KNOWN, LOINC, PATIENT, RXNORM, UNCHECKED, b12, call, concept, order
from tests.test_feeds_of_more_countries import BY_NEEDLE, PERNICIOUS, SNOMED, draft, problem


def by_words(name):
    dose = {
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "mg"}}],
    }
    drug = {"medicationCodeableConcept": concept(name), "dosageInstruction": [dose]}
    return {"resourceType": "MedicationRequest", "status": "draft", "intent": "order", **drug}


LEBER = concept(system=SNOMED, code="58610003")
CYANO = [
    "Sýanókóbalamín 1 mg",
    "Tsüanokobalamiin 1 mg",
    "Cianokobalamīns 1 mg",
    "Cianokobalaminas 1 mg",
    "Kyanokobalamín 1 mg",
    "Cijanokobalamin 1 mg",
    "Ціанокобаламін 1000 мкг",
    "ไซยาโนโคบาลามิน 1 mg",
    "ציאנוקובלמין 1 מג",
]
HYDROXO = [
    "Hýdroxókóbalamín 1 mg",
    "Hüdroksokobalamiin (B12 vitamiin)",
    "Hidroksokobalamīns 1 mg",
    "Hydroxokobalamín 1 mg",
    "Гідроксокобаламін 1 мг",
    "ไฮดรอกโซโคบาลามิน",
    "הידרוקסוקובלמין",
    "هيدروكسوكوبالامين",
]


@pytest.mark.parametrize("name", CYANO)
def test_cyanocobalamin_by_its_name_is_a_danger_in_lebers_disease(name):
    topics, text = call([PATIENT, problem(LEBER)], "order-select", by_words(name))
    assert {"leber-cyanocobalamin", UNCHECKED} & set(topics)
    assert '"critical"' in text


@pytest.mark.parametrize("name", HYDROXO)
def test_hydroxocobalamin_by_its_name_is_none(name):
    assert '"critical"' not in call([PATIENT, problem(LEBER)], "order-select", by_words(name))[1]


@pytest.mark.parametrize(
    "name",
    [
        "Tablet Tambah Darah",
        "Triferdine 150",
        "Sangobion",
        "Ferrovit",
        "Ranferon-12",
        "IFAS tablet",
        "Anemolat 1 mg",
        "Fólsýra 5 mg",
    ],
)
def test_folic_acid_in_what_countries_give_is_seen(name):
    topics, text = call([PATIENT, b12(KNOWN)], "order-select", by_words(name))
    assert {"folic-acid-first", UNCHECKED} & set(topics)
    assert '"warning"' in text or '"critical"' in text


@pytest.mark.parametrize("name", ["Vitamin 3B", "Cianokobalaminas", "B12 vítamín stungulyf", "Vitamin B Komplek"])
def test_a_prescription_by_such_a_name_is_not_passed_over(name):
    topics, text = call([PATIENT, problem(PERNICIOUS), order({"medicationCodeableConcept": concept(name)})])
    assert topics == ["lifelong-b12-lapsed"]
    assert "no current treatment found" not in text


ILLNESSES = [
    ("Illkynja blóðleysi", "warning"), ("โลหิตจางเพอร์นิเชียส", "warning"), ("प्रणाशी रक्ताल्पता", "warning"), ("Anémie z nedostatku vitaminu B12", ""), ("Anémia z nedostatku vitamínu B12", ""),
    ("B12-vitamiinin puutteesta johtuva anemia", ""), ("B12 vitamīna deficīta anēmija", ""), ("Anemija zbog manjka vitamina B12", ""), ("Brottnám alls magans", ""), ("Totaalne gastrektoomia", ""),
    ("Cắt toàn bộ dạ dày", ""), ("Dieta wegańska", ""), ("Vegankost", ""), ("Веганская диета", ""), ("Vegánka", ""), ("Ăn thuần chay", ""), ("วีแกน", ""), ("Vegāns", ""),
    ("Злоупотребление закисью азота", "warning"), ("Zneužívání rajského plynu", "warning"), ("Lạm dụng khí cười", "warning"), ("Kuņģa rezekcija", ""), ("Celijakija", ""), ("Klubinės žarnos rezekcija", ""), ("Gastrită atrofică", ""),
]  # fmt: skip


@pytest.mark.parametrize(("words", "loud"), ILLNESSES)
def test_an_illness_in_words_is_told(words, loud):
    topics, text = call([PATIENT, problem(concept(words))])
    assert topics in ([UNCHECKED], ["nitrous-oxide"])
    assert not loud or f'"{loud}"' in text


NUMB = [
    "αιμωδίες άκρων",
    "ชาปลายมือปลายเท้า",
    "tirpimas",
    "tirpšana",
    "trnci",
    "dofi",
    "paresteesia",
    "neuropati perifer",
    "perifeerne neuropaatia",
    "perifērā neiropātija",
    "periferinė neuropatija",
    "bệnh lý thần kinh ngoại biên",
]


@pytest.mark.parametrize("words", NUMB)
def test_a_feature_in_words_makes_a_low_level_as_loud_as_it_would_be(words):
    topics, text = call([PATIENT, b12(KNOWN), problem(concept(words))])
    assert UNCHECKED in topics
    assert '"critical"' in text


@pytest.mark.parametrize(
    "words",
    [
        "Διαβητική πολυνευροπάθεια",
        "Diabetinė polineuropatija",
        "Diabetická polyneuropatia",
        "โรคปลายประสาทเสื่อมจากเบาหวาน",
        "Biến chứng thần kinh đái tháo đường",
    ],
)
def test_a_neuropathy_of_diabetes_is_none_of_them(words):
    assert '"critical"' not in call([PATIENT, b12(KNOWN), problem(concept(words))])[1]


@pytest.mark.parametrize("words", ["Těhotná", "Þunguð", "בהריון", "Buntis"])
def test_nobody_offers_to_remove_folic_acid_in_a_pregnancy_in_words(words):
    woman = PATIENT | {"birthDate": "1995-01-01", "gender": "female"}
    pregnant = problem(concept(words)) | {"onsetDateTime": "2025-11-20"}
    text = call([woman, b12(KNOWN), pregnant], "order-select", draft(RXNORM, "199318"))[1]
    assert '"delete"' not in text


DENIED = [
    "Vyloučena perniciózní anémie",
    "Nincs vészes vérszegénység",
    "Ei pernisiöösiä anemiaa",
    "Nav perniciozā anēmija",
    "Nėra piktybinė anemija",
    "Fără anemie pernicioasă",
    "Χωρίς κακοήθης αναιμία",
    "Tidak ada anemia pernisiosa",
    "Không thiếu máu ác tính",
    "Αποκλείστηκε κακοήθης αναιμία",
]


@pytest.mark.parametrize("words", DENIED)
def test_what_words_deny_is_none(words):
    assert call([PATIENT, problem(concept(words))])[0] == []


@pytest.mark.parametrize(
    "words",
    [
        "Rodinná anamnéza: Leberova hereditární optická neuropatie",
        "Riwayat keluarga: neuropati optik herediter Leber",
        "Οικογενειακό ιστορικό: νευροπάθεια Leber",
    ],
)
def test_what_is_a_relatives_is_not_this_patients(words):
    assert '"critical"' not in call([PATIENT, problem(concept(words))], "order-select", draft(RXNORM, "309593"))[1]


# --- what else the laboratory measures ------------------------------------------------------------------------------


KIDNEYS = b12(
    concept(system=LOINC, code="98979-8"), identity="egfr", valueQuantity={"value": 90, "unit": "mL/min/{1.73_m2}"}
)
ACIDS = ["Metyylimalonaatti", "Metüülmaloonhape", "Μεθυλμαλονικό οξύ", "กรดเมทิลมาโลนิก", "חומצה מתילמלונית"]
HOMOCYSTEINE = [
    "Homotsüsteiin",
    "Homocisztein",
    "P -Hcyst",
    "Homokysteiini",
    "โฮโมซิสเทอีน",
    "Hómósýstein",
    "הומוציסטאין",
]
ANTIBODIES = [
    ("Protilátky proti vnitřnímu faktoru", "pozitivní"), ("Anticorpi anti factor intrinsec", "pozitiv"), ("Αντισώματα έναντι ενδογενούς παράγοντα", "θετικό"), ("S -IF-Ab", "positiivinen"),
    ("Antikūnai prieš vidinį faktorių", "teigiamas"), ("Антитіла до внутрішнього фактора", "позитивний"), ("Kháng thể kháng yếu tố nội", "dương tính"), ("الأجسام المضادة للعامل الداخلي", "إيجابي"),
]  # fmt: skip
NEGATIVE = [
    "negativní",
    "negatívny",
    "αρνητικό",
    "negatiivinen",
    "negatīvs",
    "neigiamas",
    "негативний",
    "âm tính",
    "سلبي",
    "negativno",
    "שלילי",
    "neikvætt",
]


@pytest.mark.parametrize("name", ACIDS)
def test_methylmalonic_acid_by_its_name_may_be_raised(name):
    raised = b12(concept(name), identity="mma", valueQuantity={"value": 900, "unit": "nmol/L"})
    topics, text = call([PATIENT, b12(KNOWN, 250), raised, KIDNEYS])
    assert UNCHECKED in topics
    assert '"warning"' in text


@pytest.mark.parametrize("name", HOMOCYSTEINE)
def test_homocysteine_by_its_name_may_be_raised_after_nitrous_oxide(name):
    gas = problem(concept(system=SNOMED, code="28213007"), "gas") | {"onsetDateTime": "2025-12-20"}
    raised = b12(concept(name), identity="hcy", valueQuantity={"value": 90, "unit": "umol/L"})
    nerves = problem(concept(system=SNOMED, code="302226006"))
    topics, text = call([PATIENT, b12(KNOWN, 420), gas, nerves, raised, KIDNEYS])
    assert UNCHECKED in topics
    assert '"critical"' in text


@pytest.mark.parametrize(("name", "value"), ANTIBODIES)
def test_an_antibody_by_its_name_may_be_positive(name, value):
    topics, text = call(
        [PATIENT, b12(KNOWN, 250), b12(concept(name), identity="if", valueCodeableConcept={"text": value})]
    )
    assert UNCHECKED in topics
    assert '"warning"' in text


@pytest.mark.parametrize("value", [word for _, word in ANTIBODIES])
def test_a_positive_antibody_is_read_in_these_languages(value):
    antibody = b12(concept(system=LOINC, code="31444-3"), identity="if", valueCodeableConcept={"text": value})
    assert call([PATIENT, b12(KNOWN, 250), antibody])[0] == ["b12-deficiency"]


@pytest.mark.parametrize("value", NEGATIVE)
def test_a_negative_antibody_is_read_in_these_languages(value):
    antibody = b12(concept(system=LOINC, code="31444-3"), identity="if", valueCodeableConcept={"text": value})
    assert call([PATIENT, b12(KNOWN, 600), antibody])[0] == []


@pytest.mark.parametrize(
    "name", ["Foolhape", "Folskābe serumā", "Folio rūgštis", "Acid folic seric", "Фолієва кислота", "โฟเลต"]
)
def test_a_folate_by_its_name_is_told_where_vitamin_b12_is_ordered(name):
    low = b12(concept(name), identity="folate", valueQuantity={"value": 1.2, "unit": "ug/L"})
    assert UNCHECKED in call([PATIENT, b12(KNOWN), low], "order-select", BY_NEEDLE)[0]


@pytest.mark.parametrize(("code", "rows", "loud"), [("G63.4", [b12(KNOWN)], "critical"), ("K91.1", [], "info")])
def test_codes_that_the_whos_classification_alone_has_are_told(code, rows, loud):
    topics, text = call([PATIENT, *rows, problem(concept(system="http://hl7.org/fhir/sid/icd-10", code=code))])
    assert UNCHECKED in topics
    assert f'"{loud}"' in text


def test_folic_acid_is_not_removed_where_a_pregnancy_was_confirmed():
    woman = PATIENT | {"birthDate": "1995-01-01", "gender": "female"}
    seen = problem(concept(system="http://hl7.org/fhir/sid/icd-10", code="Z32.1")) | {"onsetDateTime": "2025-11-20"}
    assert '"delete"' not in call([woman, b12(KNOWN), seen], "order-select", draft(RXNORM, "199318"))[1]
