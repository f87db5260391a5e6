"""Names and codes under which real records write drugs, problems, procedures and results, and those that mean something else."""

import pytest
from test_feeds import KNOWN, PATIENT, PERNICIOUS, SUBJECT, UNCHECKED, b12, call, concept

from tests.shipped import LIBRARY

NONE_FOUND = "no current treatment found"


def treated(row):
    """What is said of a patient who needs it for life, of whose treatment this row tells, or does not."""
    return call([PATIENT, PERNICIOUS, row], by_hand=row["resourceType"])[1]


def ordered(row):
    return call([PATIENT, b12(KNOWN)], "order-sign", {"status": "draft", "intent": "order", **row})[0]


# --- doses that are written down as something else --------------------------------------------------------------------


def procedure(code):
    return {"resourceType": "Procedure", "id": "r", "status": "completed", "performedDateTime": "2026-01-05", **SUBJECT, "code": code}


DOSES = [
    "B12 jab", "B12 shot", "IM B12", "Depot B12", "vit b12 im", "Vitamin B12 therapy", "piqûre B12", "B12-Spritze", "B12 prik",
    "Hydroxocobalamin", "Zastrzyk witaminy B12", "Укол витамина B12", "ビタミンB12筋注", "비타민 B12 주사", "维生素B12肌注", "Vitamin B12 1 mg",
]  # fmt: skip
TESTS = ["B12 level drawn", "Vitamin B12 measurement", "Dosage de la vitamine B12", "Vitamin-B12-Bestimmung", "ビタミンB12測定", "Анализ на витамин B12"]


@pytest.mark.parametrize("words", DOSES)
def test_a_procedure_that_names_the_drug_may_have_given_it(words):
    assert NONE_FOUND not in treated(procedure(concept(words)))


@pytest.mark.parametrize("words", TESTS)
def test_one_that_measures_it_has_not(words):
    assert NONE_FOUND in treated(procedure(concept(words)))


@pytest.mark.parametrize("system", ["http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "urn:oid:2.16.840.1.113883.6.285", "http://terminology.hl7.org/CodeSystem/HCPCS"])
def test_a_code_of_an_injection_tells_of_it_without_words(system):
    assert NONE_FOUND not in treated(procedure(concept(system=system, code="J3420")))


@pytest.mark.parametrize("used", [{"usedCode": [concept("Hydroxocobalamin")]}, {"used": [{"concept": concept("Hydroxocobalamin")}]}])
def test_what_a_procedure_used_is_looked_at(used):
    assert NONE_FOUND not in treated(procedure(concept("Intramuscular injection")) | used)


@pytest.mark.parametrize("words", ["On vitamin B12 injections", "Vitamin B12 therapy", "Long term current use of vitamin B12", "B12-Substitution"])
def test_a_problem_may_tell_of_treatment(words):
    row = {"resourceType": "Condition", "id": "t", **SUBJECT, "code": concept(words)}
    assert NONE_FOUND not in treated(row)


@pytest.mark.parametrize("value", ["low, replacement advised", "90 ng/L (on therapy)", "5 mg/L"])
def test_a_result_that_speaks_of_treatment_is_still_a_result(value):
    assert UNCHECKED in call([PATIENT, b12(concept("Vitamin B12"), valueString=value)])[0]


@pytest.mark.parametrize("words", ["Administer folic acid 5 mg", "Folic acid 5 mg daily", "Folic acid tablets daily", "FOLIC ACID 5MG OD", "Folsäure 5 mg"])
def test_a_drug_that_is_ordered_as_a_service_is_not_passed_over(words):
    assert "folic-acid-first" in ordered({"resourceType": "ServiceRequest", "code": concept(words)})


@pytest.mark.parametrize("words", ["Folic acid", "Serum folate", "Folic acid level before therapy", "Folate 5 ug/L", "Folsäure im Serum"])
def test_a_test_that_is_ordered_is_no_drug(words):
    assert "folic-acid-first" not in ordered({"resourceType": "ServiceRequest", "code": concept(words)})


# --- drugs by their names in the world ------------------------------------------------------------------------------------


def named(words, **more):
    drug = {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "authoredOn": "2025-12-20", **SUBJECT}
    return drug | {"medicationCodeableConcept": concept(words)} | more


@pytest.mark.parametrize(
    "words",
    [
        "Cobamamide 0.5 mg", "コバマミド", "dibencozide", "Hycobal", "CoB12", "hydroxocobalam inj", "Hydrocobamine", "Nervobion", "Нейромультивит",
        "메티코발", "ノイロビタン配合錠", "Complexe vitaminique B", "Vitamin-B-Komplex", "複合ビタミンB", "Neurosanbe", "Vitamin injection", "Calomist", "维生素B族",
    ],
)  # fmt: skip
def test_an_order_that_may_be_vitamin_b12_by_its_name_is_never_no_treatment(words):
    assert NONE_FOUND not in treated(named(words))


@pytest.mark.parametrize("words", ["Multivitamin", "Cernevit", "Vitamin B compound strong", "Pabrinex", "Vitamin B1 2 tablets", "Hepatitis B 12 mcg vaccine"])
def test_what_has_micrograms_or_none_is_no_treatment(words):
    assert NONE_FOUND in treated(named(words))


@pytest.mark.parametrize(
    "words",
    ["FA 5mg", "Pregnacare", "Elevit", "Prenatal vitamins", "Tardyferon B9", "Фемибион", "爱乐维", "Orofer XT", "Femibion 1", "Asam folat"],
)  # fmt: skip
def test_folic_acid_is_known_by_its_names(words):
    assert "folic-acid-first" in ordered(named(words, status="draft"))


@pytest.mark.parametrize("words", ["Agalsidase alfa 5 mg", "Interferon alfa 5 mg", "Fusidic acid cream", "Vitamin B6"])
def test_what_only_looks_like_it_is_not(words):
    assert ordered(named(words, status="draft")) == []


NEUROPATHY = {"resourceType": "Condition", "id": "n", "clinicalStatus": PERNICIOUS["clinicalStatus"], "recordedDate": "2025-06-01", **SUBJECT}
NEUROPATHY |= {"code": concept(system="http://snomed.info/sct", code="302226006")}


@pytest.mark.parametrize("words", ["Stagid", "Glucovance", "Competact", "Vokanamet", "Riomet", "Segluromet", "Янумет", "捷诺达", "メタクト配合錠", "자누메트"])
def test_metformin_is_known_by_its_brands(words):
    assert "metformin-b12-check" in call([PATIENT, NEUROPATHY, named(words, authoredOn="2024-01-01")])[0]


@pytest.mark.parametrize(
    ("words", "name"),
    [("Zoton FasTab", "acid_suppressant"), ("Inipomp", "acid_suppressant"), ("オメプラール", "acid_suppressant"), ("Pan-D", "acid_suppressant"),
     ("Colgout", "colchicine"), ("Colchimax", "colchicine")],
)  # fmt: skip
def test_risk_drugs_are_known_by_their_brands(words, name):
    assert name in {match.concept for match in LIBRARY.concepts.drugs.read([], [words]).doubtful}


# --- how codes are written -------------------------------------------------------------------------------------------------

ICD10, LOINC = "http://hl7.org/fhir/sid/icd-10", "http://loinc.org"


@pytest.mark.parametrize(
    "code",
    [
        concept(code="LOINC:2132-9"), concept(code="http://loinc.org|2132-9"), concept(system="http://loinc.org/2132-9"), concept(code="LN 2132-9"),
        concept(system="https://loinc.org/2132-9", code="2132-9"), concept(system=LOINC, code="LOINC:2132-9"),
    ],
)  # fmt: skip
def test_a_code_is_known_wherever_its_system_stands(code):
    assert call([PATIENT, b12(code)], by_hand=True)[0] == ["b12-deficiency"]


@pytest.mark.parametrize("code", [concept(system=LOINC, code="SCT:2132-9"), concept(system=LOINC, code="2132-9 2345-7 glucose"), concept(system="http://loinc.org/")])
def test_a_code_that_contradicts_its_system_or_has_words_in_it_names_nothing(code):
    assert LIBRARY.concepts.observations.read(code["coding"], []).known == ()


@pytest.mark.parametrize("written", ["D51.0+G32.0", "D51.0 G32.0", "D51.0† G32.0*", "D510+ G320*", "D51.0, G32.0", "D51.0/G32.0", "d51.0 & g32.0"])
def test_cause_and_manifestation_in_one_field_are_both_known(written):
    known = LIBRARY.concepts.problems.read([{"system": ICD10, "code": written}], []).known
    assert {"pernicious_anaemia", "subacute_combined_degeneration"} <= {match.concept for match in known}


@pytest.mark.parametrize("written", ["D51.0 excluded", "not D51.0", "D51.0 ?"])
def test_a_code_with_words_in_its_field_is_told_and_not_known(written):
    reading = LIBRARY.concepts.problems.read([{"system": ICD10, "code": written}], [])
    assert reading.known == ()
    assert "pernicious_anaemia" in {match.concept for match in reading.doubtful}


@pytest.mark.parametrize(("written", "name"), [("84027009 |Pernicious anaemia|", "pernicious_anaemia"), ("SCT:84027009", "pernicious_anaemia")])
def test_a_term_beside_a_code_in_its_field_is_no_part_of_it(written, name):
    known = LIBRARY.concepts.problems.read([{"system": "http://snomed.info/sct", "code": written}], []).known
    assert name in {match.concept for match in known}


# --- results -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["Vit. B. 12", "Vit.B.12", "Vitamin B₁₂", "Vit. B-12", "B·12", "Vitamina B. 12", "Вит. B12", "Vitamín B12", "B12-vitamiin"])
def test_a_result_is_known_with_dots_and_small_numbers_in_its_name(words):
    assert UNCHECKED in call([PATIENT, b12(concept(words))])[0]


@pytest.mark.parametrize("words", ["Room B12", "Ward B12", "Hepatitis B 12 weeks", "Hep B 12 months", "B 12/24 hours", "Vitamin B1 2 tablets", "Zimmer B12", "Vit. B.1.2"])
def test_what_only_has_the_same_letters_is_no_result(words):
    assert call([PATIENT, b12(concept(words))])[0] == []


@pytest.mark.parametrize(("system", "code"), [("http://snomed.info/sct", "1022431000000105"), (LOINC, "55782-7")])
def test_haemoglobin_is_known_by_the_codes_of_other_laboratories(system, code):
    severe = b12(concept(system=system, code=code), valueQuantity={"value": 62, "unit": "g/L"})
    draft = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order", "medicationCodeableConcept": concept("Hydroxocobalamin 1 mg injection")}
    assert "potassium-monitoring" in call([PATIENT, severe], "order-sign", draft, by_hand=True)[0]


# --- problems and procedures -----------------------------------------------------------------------------------------------


def meant(code):
    """The problems that a coded concept names, for certain or not."""
    told = [c.get("display") for c in code.get("coding", ()) if c.get("display")]
    reading = LIBRARY.concepts.problems.read(code.get("coding", []), [*([code["text"]] if "text" in code else []), *told])
    return {match.concept for match in (*reading.known, *reading.doubtful)}


PROBLEMS = {
    "leber_optic_neuropathy": [
        "Leber's disease", "Leber disease", "Leber'sche Optikusneuropathie", "Morbus Leber", "Atrofia óptica de Leber", "Maladie de Leber", "Ziekte van Leber",
        "Leberin perinnöllinen näköhermosairaus", "Lebers hereditära optikusneuropati", "Leber 病", "MT-ND4 m.11778G>A", "Choroba Lebera",
    ],
    "paraesthesia_or_numbness": [
        "Ameisenlaufen", "pins & needles", "Kribbeln in den Füßen", "Formication", "Numb feet", "Picotements des pieds", "Hormigueo", "Formicolio",
        "Drętwienie stóp", "Ползание мурашек", "蟻走感", "손발 저린 느낌", "手足发麻", "Karıncalanma", "Kesemutan",
    ],
    "memory_impairment": ["MCI", "Mild cognitive disorder", "Leichte kognitive Störung", "Plainte mnésique", "軽度認知障害"],
    "subacute_combined_degeneration": ["Combined system disease", "Funikulær myelose", "Mielosis funicular"],
    "bariatric_or_gastric_surgery": [
        "RYGB", "Billroth II", "Biliopancreatic diversion", "Mini gastric bypass OAGB", "胃大部切除术", "Court-circuit gastrique", "Tüp mide ameliyatı",
        "Magenteilresektion", "Mahalaukun poisto", "Резекция желудка по Бильрот II", "מעקף קיבה",
    ],
    "ileal_resection": ["Small bowel resection", "Ileocecectomy", "Dünndarmresektion", "Résection du grêle", "小腸切除術"],
    "vegan_diet": ["Vegan", "ernährt sich vegan", "Vegansk kost"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "words"), [(name, words) for name, texts in PROBLEMS.items() for words in texts])
def test_a_problem_is_known_by_its_names(name, words):
    assert name in meant(concept(words))


@pytest.mark.parametrize(
    "words",
    [
        "Leberschaden", "Leberinsuffizienz", "Lebersonographie", "Leberatrophie", "Leber congenital amaurosis", "Leber先天性黑矇", "Amaurose congénitale de Leber",
        "Coronary bypass", "Gastroscopy", "Colonoscopy", "Paracetamol poisoning", "Electrolyte imbalance", "Neuropathie optique glaucomateuse",
    ],
)  # fmt: skip
def test_what_sounds_like_it_is_another_problem(words):
    assert meant(concept(words)) & {*PROBLEMS, "hereditary_optic_atrophy", "peripheral_neuropathy"} == set()


CODED = [
    ("http://www.orpha.net", "104", "leber_optic_neuropathy"), ("http://www.orpha.net", "ORPHA:104", "leber_optic_neuropathy"), (None, "ORPHA:104", "leber_optic_neuropathy"),
    ("http://www.omim.org", "535000", "leber_optic_neuropathy"), ("http://purl.obolibrary.org/obo/mondo.owl", "MONDO:0010788", "leber_optic_neuropathy"),
    (ICD10, "H47.2", "hereditary_optic_atrophy"), ("http://hl7.org/fhir/sid/icd-10-gm", "H47.2", "hereditary_optic_atrophy"), ("http://hl7.org/fhir/sid/icd-9-cm", "377.16", "hereditary_optic_atrophy"),
    ("http://hl7.org/fhir/sid/icd-9-cm", "336.2", "subacute_combined_degeneration"), ("http://id.who.int/icd/release/11/mms", "8C0Z", "peripheral_neuropathy"),
    ("http://hl7.org/fhir/sid/icpc-1", "N94", "peripheral_neuropathy"), ("http://hl7.org/fhir/sid/icd-10-am", "G62.9", "peripheral_neuropathy"),
    ("urn:oid:1.2.208.176.2.4", "DD510", "pernicious_anaemia"), ("urn:oid:1.2.208.176.2.4", "D51.0", "pernicious_anaemia"), ("urn:oid:1.2.208.176.2.4", "KJDC00", "bariatric_or_gastric_surgery"),
    ("urn:oid:1.2.752.116.1.3.2.1.4", "JDF10", "bariatric_or_gastric_surgery"), ("urn:oid:1.2.752.116.1.3.2.1.4", "JDD00", "total_gastrectomy"),
    ("http://www.cms.gov/Medicare/Coding/ICD10", "0DB60Z3", "bariatric_or_gastric_surgery"), ("http://hl7.org/fhir/sid/icd-10-pcs", "0D160ZA", "bariatric_or_gastric_surgery"),
    ("http://hl7.org/fhir/sid/icd-10-pcs", "0DTB0ZZ", "ileal_resection"), ("https://fhir.hl7.org.uk/CodeSystem/opcs-4", "G27.1", "total_gastrectomy"),
    ("http://hl7.org/fhir/sid/opcs-4", "G28.5", "bariatric_or_gastric_surgery"), ("urn:oid:1.2.250.1.213.2.5", "HFFC018", "bariatric_or_gastric_surgery"),
    ("urn:oid:2.16.840.1.113883.6.104", "44.31", "bariatric_or_gastric_surgery"), ("http://hl7.org.au/achi", "30512-00", "bariatric_or_gastric_surgery"),
    ("urn:cci", "1.NF.78.SH-AA", "bariatric_or_gastric_surgery"), ("urn:kcode-jp", "K657", "total_gastrectomy"), ("http://www.ama-assn.org/go/cpt", "44120", "ileal_resection"),
]  # fmt: skip


WIDE = {"H47.2", "8C0Z", "N94"}  # of these the words beside them say what they mean


@pytest.mark.parametrize(("system", "code", "name"), CODED)
def test_a_problem_is_known_by_the_codes_of_other_classifications(system, code, name):
    assert name in meant(concept(system=system, code=code))
    words = meant(concept(system=system, code=code, display="words of a language that nobody lists"))
    assert (name in words) is (code not in WIDE)


@pytest.mark.parametrize(("system", "code"), [("http://hl7.org/fhir/sid/icd-9-cm", "443.1"), ("http://hl7.org/fhir/sid/icd-10-pcs", "0DB68ZX"), ("urn:oid:1.2.208.176.2.4", "DJ459")])
def test_a_code_beside_it_is_another_problem(system, code):
    assert meant(concept(system=system, code=code)) == set()


def test_a_wide_code_means_what_the_words_beside_it_say():
    assert meant(concept("Optikusatrophie nach Glaukom", ICD10, "H47.2")) == set()


@pytest.mark.parametrize("words", ["Allergy to hydroxocobalamin", "Cobalamin allergy", "Hydroxocobalamin adverse reaction", "Reaction to B12 injection", "Allergie gegen Vitamin B12"])
@pytest.mark.parametrize("code", [{}, {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z88.8"}])
def test_an_allergy_among_the_problems_is_known_by_its_names(words, code):
    row = {"resourceType": "Condition", "id": "a", **SUBJECT, "code": concept(words, **code)}
    draft = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order", "medicationCodeableConcept": concept("Hydroxocobalamin 1 mg")}
    assert "cobalamin-hypersensitivity" in call([PATIENT, row], "order-sign", draft)[0]


# --- what an observation says in its value ----------------------------------------------------------------------------------


def observed(name, **value):
    return {"resourceType": "Observation", "id": "o", "status": "final", "effectiveDateTime": "2026-01-02", **SUBJECT, "code": concept(name), **value}


PARAESTHESIA = {"coding": [{"system": "http://snomed.info/sct", "code": "91019004"}]}


@pytest.mark.parametrize(
    "row",
    [observed("Symptom", valueCodeableConcept=PARAESTHESIA), observed("Symptom", valueString="pins & needles"), observed("x", valueBoolean=True) | {"code": PARAESTHESIA}],
)  # fmt: skip
def test_a_problem_that_an_observation_names_is_told(row):
    assert UNCHECKED in call([PATIENT, b12(KNOWN), row], by_hand=True)[0]


@pytest.mark.parametrize("value", [{"valueCodeableConcept": concept("Vegan")}, {"valueString": "vegan since 2012"}])
def test_a_diet_is_told_by_an_observation(value):
    assert UNCHECKED in call([PATIENT, observed("Diet", **value)], by_hand=True)[0]


@pytest.mark.parametrize(
    "row",
    [
        observed("Symptom", valueString="no numbness"), observed("x", valueBoolean=False) | {"code": PARAESTHESIA}, observed("Family history", valueCodeableConcept=PARAESTHESIA),
        observed("Symptom", valueCodeableConcept=PARAESTHESIA) | {"status": "entered-in-error"}, observed("Numbness score", valueQuantity={"value": 0}),
    ],
)  # fmt: skip
def test_one_that_denies_it_is_not(row):
    assert call([PATIENT, b12(KNOWN), row], by_hand=True)[0] == ["b12-deficiency"]


@pytest.mark.parametrize("value", ["90 ng/L, B12 injection advised", "low: start injections"])
def test_a_result_whose_report_advises_injections_is_no_dose_alone(value):
    assert UNCHECKED in call([PATIENT, b12(concept("Vitamin B12"), valueString=value)])[0]


@pytest.mark.parametrize(("words", "names"), [
    (["K"], {"potassium"}), (["P -K"], {"potassium"}), (["K", "Kalium"], {"potassium"}), (["Vitamin K"], set()),
    (["K", "Potassium [Moles/volume] in Urine"], set()),
])  # fmt: skip
def test_a_short_name_is_one_only_where_nothing_else_stands_and_nothing_rules_it_out(words, names):
    read = LIBRARY.concepts.observations.read([{"system": "urn:lab", "code": "9"}], words)
    assert {match.concept for match in read.doubtful} == names
