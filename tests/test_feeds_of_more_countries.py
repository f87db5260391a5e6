"""What feeds of further countries send: national addresses of the same codes, and the same things said in their languages."""

import pytest

from tests.test_feeds import ACTIVE, KNOWN, LOINC, PATIENT, RXNORM, SUBJECT, UNCHECKED, b12, call, concept, order

SNOMED = "http://snomed.info/sct"
PERNICIOUS = concept(system=SNOMED, code="84027009")
INJECTION = {"medicationCodeableConcept": concept(system=RXNORM, code="317106")}
BY_NEEDLE = {
    "resourceType": "MedicationRequest",
    "status": "draft",
    "intent": "order",
    **INJECTION,
    "dosageInstruction": [{"route": {"text": "im"}}],
}


def problem(code, identity="c"):
    return {
        "resourceType": "Condition",
        "id": identity,
        "clinicalStatus": ACTIVE,
        "code": code,
        **SUBJECT,
        "recordedDate": "2024-03-01",
    }


def draft(system, code, route="oral"):
    timing = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
    dose = {"timing": timing, "doseAndRate": [{"doseQuantity": {"value": 5, "unit": "mg"}}], "route": {"text": route}}
    drug = {"medicationCodeableConcept": concept(system=system, code=code), "dosageInstruction": [dose]}
    return {"resourceType": "MedicationRequest", "status": "draft", "intent": "order", **drug}


# --- national addresses ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        ("urn:oid:1.3.6.1.4.1.12559.11.10.1.3.1.44.2", "D51.0", "lifelong-b12-lapsed"),
        ("urn:oid:1.2.203.24341.11.2.1", "D510", "lifelong-b12-lapsed"),
        ("https://terminology.uzis.cz/CodeSystem/Mkn10_5", "D51.0", "lifelong-b12-lapsed"),
        ("https://fhir.ee/CodeSystem/rhk-10", "D51.0", "lifelong-b12-lapsed"),
        ("https://termgit.elga.gv.at/CodeSystem/icd-10-bmsgpk-2025", "D51.0", "lifelong-b12-lapsed"),
        ("urn:oid:1.2.643.5.1.13.13.11.1005", "D51.0", "lifelong-b12-lapsed"),
        ("https://fhir.minsalud.gov.co/rda/CodeSystem/ICD10CO", "D510", "lifelong-b12-lapsed"),
        ("http://terms.sil-th.org/CodeSystem/cs-th-icd10tm", "D51.0", "lifelong-b12-lapsed"),
        ("http://terminology.hl7.org/CodeSystem/icd9cm", "281.0", "lifelong-b12-lapsed"),
        ("http://ehelse.no/fhir/CodeSystem/icpc-2", "B81", UNCHECKED),
        ("urn:oid:1.2.246.537.6.31", "B81", UNCHECKED),
    ],
)
def test_a_problem_under_a_national_address_is_known(system, code, expected):
    assert call([PATIENT, problem(concept(system=system, code=code))])[0] == [expected]


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("urn:oid:1.2.752.108.1", "NPU01700"), ("http://ehelse.no/fhir/CodeSystem/no-kodeverk-7280", "NPU01700"),
        ("https://twcore.mohw.gov.tw/ig/twcore/CodeSystem/loinc-tw", "14685-2"),
    ],
)  # fmt: skip
def test_a_result_under_a_national_address_is_classed(system, code):
    low = b12(concept(system=system, code=code), valueQuantity={"value": 80, "unit": "pmol/L"})
    assert call([PATIENT, low])[0] == ["b12-deficiency"]


ATC = [
    "urn:oid:2.16.578.1.12.4.1.1.7180", "urn:oid:1.2.752.129.2.2.3.1.1", "urn:oid:1.2.246.537.6.32", "urn:oid:1.2.246.537.6.32.2007",
    "https://fhir.ee/CodeSystem/atc-ee", "urn:oid:1.3.158.00165387.100.10.83", "https://termgit.elga.gv.at/CodeSystem/atc-deutsch-wido",
]  # fmt: skip


@pytest.mark.parametrize("system", ATC)
def test_what_is_injected_under_a_national_address_of_the_atc_is_treatment(system):
    treated = order({"medicationCodeableConcept": concept(system=system, code="B03BA03")})
    assert call([PATIENT, problem(PERNICIOUS), treated])[0] == []
    topics, text = call([PATIENT, b12(KNOWN)], "order-select", draft(system, "B03BB01"))
    assert topics == ["folic-acid-first"]
    assert '"critical"' in text


# --- the same things in other languages -----------------------------------------------------------------------------


LYSED = [
    "Проба гемолизирована", "Próbka zhemolizowana", "Hemolytické sérum", "Hemolizált minta", "Hemolizli numune", "Αιμολυμένο δείγμα", "Näyte hemolysoitunut",
    "Probă hemolizată", "Paraugs hemolizēts", "Hemolizuotas mėginys", "Proov hemolüütiline", "Sampel lisis", "Mẫu vỡ hồng cầu", "عينة متحللة",
]  # fmt: skip
SEVERE = b12(
    concept(system=LOINC, code="718-7"), day="2026-01-14", identity="hb", valueQuantity={"value": 62, "unit": "g/L"}
)


def potassium(**more):
    value = {"value": 4.9, "unit": "mmol/L"}
    return b12(concept(system=LOINC, code="2823-3"), day="2026-01-14", identity="k", valueQuantity=value, **more)


@pytest.mark.parametrize("note", LYSED)
def test_a_potassium_of_a_haemolysed_sample_does_not_reassure(note):
    topics, text = call(
        [PATIENT, SEVERE, problem(PERNICIOUS), potassium(note=[{"text": note}])], "order-select", BY_NEEDLE
    )
    assert topics == ["potassium-monitoring"]
    assert '"warning"' in text


@pytest.mark.parametrize(
    "words",
    [
        "virtsa",
        "moč",
        "vizelet",
        "idrar",
        "ούρα",
        "šlapimas",
        "urīns",
        "uriin",
        "nước tiểu",
        "ปัสสาวะ",
        "بول",
        "שתן",
        "소변",
    ],
)
def test_a_potassium_of_urine_does_not_reassure(words):
    topics, text = call(
        [PATIENT, SEVERE, problem(PERNICIOUS), potassium(specimen={"display": words})], "order-select", BY_NEEDLE
    )
    assert topics == ["potassium-monitoring"]
    assert '"warning"' in text


@pytest.mark.parametrize(
    "words",
    ["dle potřeby", "szükség esetén", "tarvittaessa", "lüzum halinde", "la nevoie", "vajadusel", "bila perlu", "khi cần", "при необходимости", "عند اللزوم", "เมื่อมีอาการ", "SOS"],
)  # fmt: skip
def test_what_is_had_as_needed_alone_is_no_treatment(words):
    treated = order(INJECTION, dosageInstruction=[{"text": f"1 amp {words}"}])
    topics, text = call([PATIENT, problem(PERNICIOUS), treated])
    assert topics == ["lifelong-b12-lapsed"]
    assert "could not be verified" in text


@pytest.mark.parametrize(
    "words",
    ["nepodáno", "nie podano", "nem kapta meg", "ei annettu", "не введено", "пациент отказался", "verilmedi", "δεν χορηγήθηκε", "pacientul refuză", "tidak diberikan", "từ chối tiêm", "ไม่ได้ฉีด", "لم يعط", "לא ניתן"],
)  # fmt: skip
def test_a_dose_that_was_not_had_is_no_treatment(words):
    dose = {
        "resourceType": "MedicationAdministration",
        "id": "a",
        "status": "completed",
        **SUBJECT,
        **INJECTION,
        "effectiveDateTime": "2026-01-02",
        "note": [{"text": words}],
    }
    assert call([PATIENT, problem(PERNICIOUS), dose])[0][0] in ("lifelong-b12-lapsed", UNCHECKED)


@pytest.mark.parametrize(
    "route",
    [
        "per burną",
        "suukaudne",
        "iekšķīgi",
        "perorálne",
        "oral bruk",
        "um munn",
        "kroz usta",
        "รับประทาน",
        "uống",
        "मुंह से",
    ],
)
def test_by_mouth_is_read_where_the_nerves_need_a_needle(route):
    oral = draft(RXNORM, "11248", route)
    topics, text = call([PATIENT, b12(KNOWN), problem(concept(system=SNOMED, code="302226006"))], "order-select", oral)
    assert topics == ["b12-route"]
    assert '"warning"' in text


@pytest.mark.parametrize(
    "unit", ["tafla", "tablete", "tabletė", "comprimat", "δισκίο", "stuk", "เม็ด", "viên", "قرص", "गोली"]
)
def test_one_tablet_is_no_unit_that_nobody_knows(unit):
    tablet = draft(RXNORM, "309593")
    tablet["dosageInstruction"][0]["doseAndRate"] = [{"doseQuantity": {"value": 1, "unit": unit}}]
    assert call([PATIENT], "order-select", tablet)[0] == []


@pytest.mark.parametrize(
    "name",
    ["vem", "Stredný objem erytrocytov", "Erütrotsüütide keskmine maht", "Vidutinis eritrocitų tūris", "Μέσος όγκος ερυθρών", "متوسط حجم الكرية", "Середній об'єм еритроцита"],
)  # fmt: skip
def test_a_cell_volume_by_its_name_may_make_a_doubtful_level_louder(name):
    large = b12(concept(name), identity="mcv", valueQuantity={"value": 115, "unit": "fL"})
    topics, text = call([PATIENT, b12(KNOWN, 250), large])
    assert UNCHECKED in topics
    assert '"warning"' in text


def test_a_cubic_micrometre_is_a_femtolitre():
    large = b12(concept(system=LOINC, code="787-2"), identity="mcv", valueQuantity={"value": 115, "unit": "cu. micron"})
    topics, text = call([PATIENT, b12(KNOWN, 250), large])
    assert topics == ["b12-indeterminate"]
    assert '"warning"' in text


ALLERGIES = [
    "Alergia a la vitamina B12", "Alergia à vitamina B12", "Alergie na vitamin B12", "Alergie la vitamina B12", "Аллергия на витамин B12", "Алергія на вітамін B12",
    "Αλλεργία στη βιταμίνη Β12", "Alergi vitamin B12", "Dị ứng vitamin B12", "แพ้วิตามินบี 12", "विटामिन बी12 से एलर्जी", "אלרגיה לויטמין B12", "ビタミンB12アレルギー", "Ofnæmi fyrir B12 vítamíni",
]  # fmt: skip


@pytest.mark.parametrize("words", ALLERGIES)
def test_an_allergy_on_the_problem_list_is_an_allergy(words):
    topics, text = call([PATIENT, problem(concept(words))], "order-select", BY_NEEDLE)
    assert topics == ["cobalamin-hypersensitivity"]
    assert '"critical"' in text


@pytest.mark.parametrize(
    "words",
    [
        "Bez alergie na vitamin B12", "Nincs allergia B12-vitaminra", "Fără alergie la vitamina B12", "Nav alerģijas pret B12 vitamīnu", "Нет аллергии на витамин B12", "ไม่แพ้วิตามินบี 12",
        "Không dị ứng vitamin B12", "Tidak alergi vitamin B12", "B12 vitaminine alerjisi yok", "ビタミンB12アレルギーなし", "Ei allergiaa B12-vitamiinille", "Χωρίς αλλεργία στη βιταμίνη Β12",
    ],
)  # fmt: skip
def test_an_allergy_that_is_denied_is_none(words):
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "al",
        "clinicalStatus": ACTIVE,
        "code": concept(words),
        "patient": SUBJECT["subject"],
    }
    for row in (problem(concept(words)), allergy):
        assert call([PATIENT, row], "order-select", BY_NEEDLE)[0] == []


NAMELESS = [
    "viz poznámka", "lásd megjegyzés", "ks. huomautus", "nota bakınız", "άγνωστο φάρμακο", "vezi nota", "vt märkust", "skatīt piezīmi", "žr. pastabą", "неизвестный препарат", "lihat catatan", "xem ghi chú",
    "ไม่ทราบชื่อยา", "انظر الملاحظات", "नोट देखें", "sjá athugasemd", "Injekce 1x za 3 měsíce", "Iniekcja co 3 miesiące", "Injekció havonta", "Укол раз в месяц", "Tiêm hàng tháng",
]  # fmt: skip


@pytest.mark.parametrize("words", NAMELESS)
def test_an_order_whose_words_name_nothing_may_be_any_drug(words):
    topics, text = call([PATIENT, problem(PERNICIOUS), order({"medicationCodeableConcept": concept(words)})])
    assert topics
    assert "no current treatment found" not in text


@pytest.mark.parametrize(
    "words", ["Amlodipinas tabletė", "Ampicilin injekce", "Obat Amlodipine", "Thuốc Paracetamol viên"]
)
def test_an_order_of_another_drug_stays_one(words):
    text = call([PATIENT, problem(PERNICIOUS), order({"medicationCodeableConcept": concept(words)})])[1]
    assert "no current treatment found" in text


@pytest.mark.parametrize(
    "words",
    [
        "kopřivka", "csalánkiütés", "nokkosihottuma", "ürtiker", "urticarie", "κνίδωση", "кропив'янка", "nổi mề đay", "ลมพิษ", "biduran", "žihľavka", "nõgestõbi", "nātrene", "dilgėlinė",
        "رد فعل تحسسي", "תגובה אלרגית",
    ],
)  # fmt: skip
def test_a_reaction_that_ended_an_order_is_told_where_the_drug_is_ordered_again(words):
    ended = order(
        {"medicationCodeableConcept": concept(system=RXNORM, code="309594")}, "stopped", statusReason=concept(words)
    )
    again = draft(RXNORM, "317106", "im")
    again["dosageInstruction"][0]["doseAndRate"] = [{"doseQuantity": {"value": 1, "unit": "mg"}}]
    again["dosageInstruction"][0]["timing"]["repeat"]["periodUnit"] = "mo"
    assert call([PATIENT, ended], "order-select", again)[0] == [UNCHECKED]
