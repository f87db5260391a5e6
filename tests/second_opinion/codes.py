"""The code tables of the second opinion, typed from sections 3 and 4 of the clinical reference alone."""

from decimal import Decimal

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
DMD = "https://dmd.nhs.uk"
DIET = "http://terminology.hl7.org/CodeSystem/diet"
UCUM = "http://unitsofmeasure.org"
HL7_ROUTE = "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration"

# --- 3.1 laboratory codes -------------------------------------------------------------------------------------------
# 2171-7 (binding capacity) looks like a B12 level and is left out on purpose.
ANALYTE_CODES = {
    "b12_total": ["2132-9", "14685-2"],
    "b12_active": ["72160-5"],
    "mma": ["13964-2"],
    "homocysteine": ["13965-9", "2428-1"],
    "platelets": ["777-3", "26515-7", "778-1", "97995-5"],
    "haemoglobin": ["718-7", "59260-0", "20509-6", "30313-1", "30350-3"],
    "mcv": ["787-2", "30428-7"],
    "potassium": ["2823-3", "6298-4", "77142-8", "32713-0", "39789-3", "75940-7"],
    "egfr": ["98979-8", "62238-1", "77147-7", "48642-3", "48643-1", "50210-4", "33914-3"],
    "pregnancy_status": ["82810-3"],
    "folate_serum": ["2284-8", "14732-2"],
    "folate_red_cell": ["2283-0", "14731-4"],
    "antibody": ["31444-3", "31443-5"],
}
WHOLE_BLOOD_B12 = "16695-9"  # A12: total B12, in units of mass only
V3_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
ANTIBODY_ANSWERS = {
    "positive": [(SNOMED, "10828004"), (LOINC, "LA6576-8"), (V3_INTERPRETATION, "POS"), (V3_INTERPRETATION, "DET")],
    "negative": [(SNOMED, "260385009"), (LOINC, "LA6577-6"), (V3_INTERPRETATION, "NEG"), (V3_INTERPRETATION, "ND")],
}
PREGNANT_ANSWERS = [(SNOMED, "77386006"), (LOINC, "LA15173-0")]

# --- 3.2 units: spelling without blanks, in lower case, micro sign as u -> (kind, factor to the kind's first unit) ---
ANALYTE_UNITS = {
    "b12_total": {
        "ng/l": ("mass", Decimal(1)),
        "pg/ml": ("mass", Decimal(1)),
        "ng/ml": ("mass", Decimal(1000)),
        "ug/l": ("mass", Decimal(1000)),
        "mcg/l": ("mass", Decimal(1000)),
        "ng/dl": ("mass", Decimal(10)),
        "pg/dl": ("mass", Decimal("0.01")),
        "pmol/l": ("molar", Decimal(1)),
        "nmol/l": ("molar", Decimal(1000)),
    },
    "b12_active": {"pmol/l": ("molar", Decimal(1))},
    "mma": {
        "nmol/l": ("molar", Decimal(1)),
        "umol/l": ("molar", Decimal(1000)),
        "nmol/ml": ("molar", Decimal(1000)),
        "ug/l": ("mass", Decimal(1)),
        "ng/ml": ("mass", Decimal(1)),
    },
    "homocysteine": {"umol/l": ("molar", Decimal(1)), "mg/l": ("molar", Decimal("7.3975"))},
    "platelets": {
        "10*9/l": ("count", Decimal(1)),
        "10*3/ul": ("count", Decimal(1)),
        "10^9/l": ("count", Decimal(1)),
        "10^3/ul": ("count", Decimal(1)),
        "k/ul": ("count", Decimal(1)),
    },
    "haemoglobin": {
        "g/dl": ("mass", Decimal(1)),
        "g/l": ("mass", Decimal("0.1")),
        "mmol/l": ("mass", Decimal("1.6114")),
    },
    "mcv": {"fl": ("volume", Decimal(1))},
    "potassium": {
        "mmol/l": ("molar", Decimal(1)),
        "meq/l": ("molar", Decimal(1)),
        "mg/dl": ("molar", Decimal("0.25577")),
    },
    "egfr": {
        "ml/min/{1.73_m2}": ("rate", Decimal(1)),
        "ml/min/1.73m2": ("rate", Decimal(1)),
        "ml/min/1.73.m2": ("rate", Decimal(1)),
        "ml/min": ("rate", Decimal(1)),
    },
}

ANALYTE_UNITS["folate_serum"] = ANALYTE_UNITS["folate_red_cell"] = {
    "ug/l": ("mass", Decimal(1)),
    "ng/ml": ("mass", Decimal(1)),
    "nmol/l": ("molar", Decimal(1)),
}
LOW_FOLATE = {
    ("folate_serum", "mass"): Decimal(3), ("folate_serum", "molar"): Decimal(7),
    ("folate_red_cell", "mass"): Decimal(150), ("folate_red_cell", "molar"): Decimal(340),
}
# A10 and D6: (least without a comparator, most without one or with "more than")
PLAUSIBLE = {
    ("b12_total", "mass"): (20, 100000), ("b12_total", "molar"): (15, 73000), ("b12_active", "molar"): (1, 10000),
    ("potassium", "molar"): (Decimal("1.5"), 10), ("haemoglobin", "mass"): (2, 25), ("mcv", "volume"): (40, 170),
    ("platelets", "count"): (None, 3000), ("egfr", "rate"): (None, 200), ("mma", "molar"): (None, 200000),
    ("mma", "mass"): (None, 23600), ("folate_serum", "mass"): (None, 200), ("folate_serum", "molar"): (None, 450),
}

B12_TESTS = ["2132-9", "14685-2", "72160-5"]
REQUESTS = {"total": ["2132-9", "14685-2"], "active": ["72160-5"], "mma": ["13964-2"], "homocysteine": ["13965-9", "2428-1"]}
INTRINSIC_FACTOR_TESTS = ["31444-3", "31443-5"]

# --- 0, P15 P16 P18: cut-offs in the same kind of unit (DQ7) ---------------------------------------------------------
B12_CUTOFFS = {  # (deficient below, indeterminate up to and including)
    ("b12_total", "mass"): (Decimal(180), Decimal(350)),
    ("b12_total", "molar"): (Decimal(133), Decimal(258)),
    ("b12_active", "molar"): (Decimal(25), Decimal(70)),
}
MMA_LIMIT = {"molar": Decimal(400), "mass": Decimal("47.2")}

# --- 4.3 and 4.4 problems and procedures: a star stands for "and its sub-codes" --------------------------------------
D51 = ["D51.*"]  # reading C5 says D51.* in full
B12_ANAEMIA_SNOMED = [
    "49472006", "267517008", "717946000", "717947009", "1153353002", "1171357005", "1153409008", "234360003",
    "78997000", "191154007", "735452003",
]
PERNICIOUS_SNOMED = ["84027009", "1153333001"]
SACD_SNOMED = ["60576007", "1105051000000102"]
GASTRIC_SNOMED = ["53442002", "26452005", "49209004"]
ILEAL_SNOMED = ["51346007", "17988003", "37593003", "276190007", "444165004", "1220548009", "1220549001"]
BARIATRIC_SNOMED = [
    "430715008", "442338001", "443906008", "427074001", "87604009", "173747005", "100841000119109",
]
SURGERY_ICD = ["Z98.84", "O99.84*", "Z90.3", "K91.2"]
TOTAL_GASTRECTOMY, TOTAL_ILEECTOMY = "26452005", "37593003"
NITROUS_OXIDE_ANAEMIA, PREGNANCY_ANAEMIA = "73891003", "91217009"
CROHN_SNOMED = ["34000006", "56689002", "196977009", "235709008"]
CROHN_ICD = ["K50.0*", "K50.8*", "K50.9*"]

# A29: pregnancy in ICD-10-CM (O09 to O48, O98, O99, O9A, Z3A, 4.4) and in the WHO's (O10 to O48, Z33 to Z35); Z33.2
# is the end of one. A delivery or a loss is O00 to O06, O80 to O84 or Z37.
PREGNANCY_ICD = [
    *[f"O{number:02}*" for number in (*range(9, 17), *range(20, 27), *range(28, 37), *range(40, 49))], "O98*", "O99*", "O9A*", "Z3A*", "Z33", "Z33.1", "Z34*", "Z35*",
]
END_OF_PREGNANCY_ICD = [*[f"O{number:02}*" for number in (*range(7), *range(80, 85))], "Z33.2", "Z37*"]

PROBLEMS = {
    "b12_deficiency": [
        (SNOMED, ["190634004", *B12_ANAEMIA_SNOMED, *PERNICIOUS_SNOMED, *SACD_SNOMED]),
        (ICD, [*D51, "G32.0"]),
    ],
    "pernicious_or_megaloblastic": [
        (SNOMED, [*PERNICIOUS_SNOMED, "53165003", "73891003", "91217009", *B12_ANAEMIA_SNOMED]),
        (ICD, [*D51, "D53.1"]),
    ],
    "neurological": [
        (SNOMED, [
            *SACD_SNOMED, "302226006", "386033004", "42345000", "193166009", "91019004", "62507009", "102602003",
            "44077006", "102603008", "420920007", "82108004", "77157004", "26125006", "386807006", "192072002",
            "48167000", "1186880002",
        ]),
        (ICD, ["G32.0", "H46.2", "H46.3", "G62.9", "G60.9", "G63", "R20.2", "R20.0", "R41.3", "G31.84", "R27.0"]),
    ],
    "diabetic_neuropathy": [(SNOMED, ["368581000119106", "424736006"]), (ICD, ["E11.40", "E11.42"])],
    # T10b; the D50 of ICD-10-CM and the like are families, so everything below them counts.
    "other_anaemia": [
        (SNOMED, ["271737000", "87522002"]),
        (ICD, ["D50*", "D53.9", "D55*", "D56*", "D57*", "D58*", "D59*", "D60*", "D61*", "D62*", "D63*", "D64*"]),
    ],
    "anaemia_of_pregnancy": [(SNOMED, [PREGNANCY_ANAEMIA])],
    "megaloblastic_in_pregnancy": [(SNOMED, ["53165003", NITROUS_OXIDE_ANAEMIA]), (ICD, ["D53.1"])],
    "lifelong_but_sacd": [
        (SNOMED, [*PERNICIOUS_SNOMED, TOTAL_GASTRECTOMY, TOTAL_ILEECTOMY]),
        (ICD, ["D51.0"]),
    ],
    "sacd": [(SNOMED, SACD_SNOMED), (ICD, ["G32.0"])],
    "cord": [(SNOMED, ["60576007"]), (ICD, ["G32.0"])],
    "cord_by_nitrous_oxide": [(SNOMED, ["1105051000000102"])],
    "leber": [(SNOMED, ["58610003", "719430008"])],
    "hereditary_optic_atrophy": [(ICD, ["H47.22"])],
    "lupus": [
        (SNOMED, ["55464009", "80258006", "201436003", "54912002", "22888007", "61458006"]),
        (ICD, ["M32.0", "M32.9", "M32.10"]),
    ],
    "nitrous_oxide": [
        (SNOMED, ["28213007", "1065281000000105", NITROUS_OXIDE_ANAEMIA, "1105051000000102"]),
    ],
    "inborn_error": [(ICD, ["E72.11", "E72.12", "E71.120"])],
    "lactation": [(SNOMED, ["169750002", "866041003", "82374005", "69840006"]), (ICD, ["Z39.1"])],
    "folate_deficiency": [
        (SNOMED, ["190633005", "85649008", "267518003", "191148006", "191154007"]),
        (ICD, ["D52*"]),
    ],
    "pregnancy": [(SNOMED, ["77386006", "72892002"]), (ICD, PREGNANCY_ICD)],
    "kidney": [
        (SNOMED, ["433144002", "431857002", "433146000", "46177005", "42399005", "14669001"]),
        (ICD, ["N18.3*", "N18.4", "N18.5", "N18.6", "N19", "N17.9"]),
    ],
    "vegan": [(DIET, ["vegan"])],
    "end_of_pregnancy": [(ICD, END_OF_PREGNANCY_ICD)],
    "glossitis": [(ICD, ["K14.0"])],
    # Not the carriers: D56.3, D57.3; nor D56.4.
    "haemolysis": [(ICD, ["D57.0*", "D57.1", "D57.2*", "D57.4*", "D57.8*", "D56.0*", "D56.1*", "D56.2*", "D56.5*", "D56.8*",
                          "D56.9*", "D58.0"])],
    "surgery": [(SNOMED, [*GASTRIC_SNOMED, *ILEAL_SNOMED, *BARIATRIC_SNOMED]), (ICD, SURGERY_ICD)],
    "crohn": [(SNOMED, CROHN_SNOMED), (ICD, CROHN_ICD)],
    "coeliac": [(SNOMED, ["396331005"]), (ICD, ["K90.0"])],
    "atrophic_gastritis": [(SNOMED, ["84568007"]), (ICD, ["K29.4*"])],
    "diet_cause": [(SNOMED, ["267517008", "234360003", "78997000"]), (ICD, ["D51.3"]), (DIET, ["vegan"])],
    "malabsorption_cause": [
        (SNOMED, [
            *PERNICIOUS_SNOMED, "717946000", "1153353002", "1171357005", "1153409008", *GASTRIC_SNOMED,
            *ILEAL_SNOMED, *BARIATRIC_SNOMED, *CROHN_SNOMED, "396331005", "84568007", "26629001", "32230006",
            "197476001", "446081009",
        ]),
        (ICD, [
            "D51.0", "D51.1", *SURGERY_ICD, *CROHN_ICD, "K90.0", "K29.4*", "K90.2", "K90.9", "K63.821*", "B70.0",
        ]),
    ],
}

# --- 4.1 to 4.3 drugs: (drug, system, code, form, strength in mg, of what) -------------------------------------------
INJECTION, BY_MOUTH, ELSEWHERE = "parenteral", "oral", "nasal"
RXNORM_PRODUCTS = [
    ("b12", "11248", None, None, None),
    ("b12", "309594", INJECTION, "1", "mL"),
    ("b12", "2001499", INJECTION, "5", "mL"),
    ("b12", "309595", BY_MOUTH, "0.1", "piece"),
    ("b12", "309604", BY_MOUTH, "0.25", "piece"),
    ("b12", "313896", BY_MOUTH, "0.5", "piece"),
    ("b12", "309593", BY_MOUTH, "1", "piece"),
    ("b12", "237779", BY_MOUTH, "1", "piece"),
    ("b12", "198891", BY_MOUTH, "2.5", "piece"),
    ("b12", "237776", BY_MOUTH, "1", "piece"),
    # Hydroxocobalamin has no other form on the market than the injection.
    ("b12", "5514", INJECTION, None, None),
    ("b12", "317106", INJECTION, "1", "mL"),
    ("b12", "103010", INJECTION, "0.25", "mL"),
    ("b12", "29421", None, None, None),
    ("b12", "1539820", BY_MOUTH, "1", "piece"),
    ("b12", "846934", BY_MOUTH, "1", "piece"),
    ("b12", "1303840", BY_MOUTH, "5", "piece"),
    ("b12", "1007573", None, None, None),
    ("b12", "476628", BY_MOUTH, "0.5", "piece"),
    ("folic_acid", "4511", None, None, None),
    ("folic_acid", "198640", BY_MOUTH, "0.4", "piece"),
    ("folic_acid", "198641", BY_MOUTH, "0.8", "piece"),
    ("folic_acid", "310410", BY_MOUTH, "1", "piece"),
    ("folic_acid", "199318", BY_MOUTH, "5", "piece"),
    ("folic_acid", "260001", BY_MOUTH, "5", "piece"),
    ("folic_acid", "237786", INJECTION, "5", "mL"),
    ("folic_acid", "1007573", None, None, None),
    ("folic_acid", "476628", BY_MOUTH, "1", "piece"),
    ("folic_acid", "1008065", None, None, None),
    ("folic_acid", "1025342", None, None, None),
    ("folic_acid", "1013628", BY_MOUTH, "0.451", "piece"),
    ("folinic_acid", "6313", None, None, None),
    ("folinic_acid", "197863", BY_MOUTH, "5", "piece"),
    ("folinic_acid", "197860", BY_MOUTH, "10", "piece"),
    ("folinic_acid", "197861", BY_MOUTH, "15", "piece"),
    ("folinic_acid", "197862", BY_MOUTH, "25", "piece"),
    ("folinic_acid", "1803932", INJECTION, None, None),
    ("methotrexate", "6851", None, None, None),
    ("methotrexate", "105585", BY_MOUTH, "2.5", "piece"),
    ("methotrexate", "105586", BY_MOUTH, "10", "piece"),
    ("oxaliplatin", "1736776", INJECTION, "5", "mL"),
    ("digoxin", "3407", None, None, None),
    ("digoxin", "197604", BY_MOUTH, "0.125", "piece"),
    ("digoxin", "197606", BY_MOUTH, "0.25", "piece"),
]
SMALL_LISTS_RXNORM = {
    "colchicine": ["2683", "197541"],
    "topiramate": ["38404"],
    "pregabalin": ["187832"],
    "phenobarbital": ["8134"],
    "primidone": ["8691"],
    "hydralazine": ["5470", "905225", "905395", "905222", "905199"],
    "procainamide": ["8700", "858109"],
    "isoniazid": ["6038", "197832", "311166"],
    "minocycline": ["6980"],
    "quinidine": ["9068", "852877"],
    "phenytoin": ["8183", "855675"],
    "fosphenytoin": ["72236"],
    "carbamazepine": ["2002", "308979"],
}
RISK_DRUGS = ["colchicine", "topiramate", "pregabalin", "phenobarbital", "primidone"]
LUPUS_CULPRITS = [
    "hydralazine", "procainamide", "isoniazid", "minocycline", "quinidine", "phenytoin", "fosphenytoin",
    "carbamazepine",
]
METFORMIN_RXNORM = [
    "6809", "860975", "860981", "860996", "861007", "861010", "861004", "861753", "861740", "285129", "352381",
    "729717", "607999",
]
ACID_SUPPRESSION_RXNORM = [
    "7646", "198051", "200329", "40790", "251872", "314200", "283742", "606726", "606730", "17128", "816346",
    "596843", "311277", "114979", "854868", "4278", "9143", "2541", "42319", "310273", "198191", "197507", "312025",
]
ATC_CODES = [
    ("b12", "B03BA01", None),
    ("b12", "B03BA03", INJECTION),
    ("b12", "B03BA05", None),
    ("b12", "V03AB33", INJECTION),
    ("colchicine", "M04AC01", None),
    ("topiramate", "N03AX11", None),
    ("phenobarbital", "N03AA02", None),
    ("primidone", "N03AA03", None),
    ("hydralazine", "C02DB02", None),
    ("procainamide", "C01BA02", None),
    ("isoniazid", "J04AC01", None),
    ("minocycline", "J01AA08", None),
    ("quinidine", "C01BA01", None),
    ("phenytoin", "N03AB02", None),
    ("carbamazepine", "N03AF01", None),
    ("folic_acid", "B03BB01", None),
    ("folic_acid", "B03BB51", None),
    ("methotrexate", "L04AX03", None),
    ("methotrexate", "L01BA01", None),
    ("oxaliplatin", "L01XA03", None),
    ("digoxin", "C01AA05", None),
    ("metformin", "A10BA02", None),
    ("acid_suppression", "A02BC01", None),
    ("acid_suppression", "A02BC02", None),
    ("acid_suppression", "A02BC03", None),
    ("acid_suppression", "A02BC04", None),
    ("acid_suppression", "A02BC05", None),
    ("acid_suppression", "A02BC06", None),
    ("acid_suppression", "A02BA01", None),
    ("acid_suppression", "A02BA02", None),
    ("acid_suppression", "A02BA03", None),
    ("acid_suppression", "A02BA04", None),
]
SUBSTANCES = [
    ("b12", "419382002", None),
    ("b12", "1217428002", INJECTION),
    ("b12", "259512006", None),
    ("folic_acid", "63718003", None),
]
# Virtual therapeutic moieties are SNOMED CT identifiers of the UK extension: they travel under either system.
DMD_MOIETIES = [
    ("b12", "327529002", INJECTION),
    ("b12", "30010009", None),
    ("b12", "18132411000001100", None),
    ("folic_acid", "6247001", None),
]


def drug_rows():
    """Every row as (drug, system, code, form, strength, of what)."""
    rows = [(drug, RXNORM, code, form, strength, of) for drug, code, form, strength, of in RXNORM_PRODUCTS]
    rows += [(drug, RXNORM, code, None, None, None) for drug, listed in SMALL_LISTS_RXNORM.items() for code in listed]
    rows += [("metformin", RXNORM, code, None, None, None) for code in METFORMIN_RXNORM]
    rows += [("acid_suppression", RXNORM, code, None, None, None) for code in ACID_SUPPRESSION_RXNORM]
    rows += [(drug, ATC, code, form, None, None) for drug, code, form in ATC_CODES]
    rows += [(drug, SNOMED, code, form, None, None) for drug, code, form in SUBSTANCES + DMD_MOIETIES]
    rows += [(drug, DMD, code, form, None, None) for drug, code, form in DMD_MOIETIES]
    return rows


DRUGS = drug_rows()

# Which of the three cobalamins a vitamin B12 code is (T05, T09).
COBALAMINS = {
    "cyanocobalamin": [
        *[(RXNORM, code) for code in (
            "11248", "309594", "2001499", "309595", "309604", "313896", "309593", "237779", "198891", "237776",
            "1007573", "476628")],
        (ATC, "B03BA01"), (SNOMED, "419382002"), (SNOMED, "30010009"), (DMD, "30010009"),
    ],
    "hydroxocobalamin": [
        (RXNORM, "5514"), (RXNORM, "317106"), (RXNORM, "103010"), (ATC, "B03BA03"), (ATC, "V03AB33"),
        (SNOMED, "1217428002"), (SNOMED, "327529002"), (DMD, "327529002"),
    ],
    "mecobalamin": [
        (RXNORM, "29421"), (RXNORM, "1539820"), (RXNORM, "846934"), (RXNORM, "1303840"), (ATC, "B03BA05"),
        (SNOMED, "259512006"), (SNOMED, "18132411000001100"), (DMD, "18132411000001100"),
    ],
}
# A mass of a product of two drugs says nothing of either (M9).
COMBINATIONS = [(RXNORM, "476628"), (RXNORM, "1007573"), (RXNORM, "1008065"), (ATC, "B03BB51")]

IRON_WITH_FOLIC_ACID = [(RXNORM, "1008065"), (ATC, "B03AD")]
ANTIEPILEPTICS = ["topiramate", "pregabalin", "phenobarbital", "primidone", "phenytoin", "fosphenytoin", "carbamazepine"]

DRUG_WORDS = {
    "b12": [
        "cyanocobalamin", "hydroxocobalamin", "hydroxycobalamin", "mecobalamin", "methylcobalamin", "vitamin b12",
        "vitamin b 12", "vitamin b-12",
    ],
    "folic_acid": ["folic acid", "folate", "levomefol", "methylfolate"],
    "folinic_acid": ["leucovorin", "folinic"],
}

COBALAMIN_WORDS = {
    "hydroxocobalamin": ["hydroxocobalamin", "hydroxycobalamin"],
    "mecobalamin": ["mecobalamin", "methylcobalamin"],
    "cyanocobalamin": ["cyanocobalamin", "vitamin b12", "vitamin b 12", "vitamin b-12"],
}
ALLERGY_WORDS = ["cobalamin", *DRUG_WORDS["b12"]]

# --- T05b, T06b -------------------------------------------------------------------------------------------------------
RELATIVES = {  # HL7 RoleCode and plain words; whoever is not named here counts
    "do not count": ["FTH", "GRFTH", "PGRFTH", "PGRMTH", "MGRFTH", "PAUNT", "PUNCLE", "SPS", "HUSB", "WIFE", "STPMTH",
                     "father", "husband", "wife"],
    "children": ["CHILD", "SON", "DAU", "son", "daughter"],
}
DENIED = ["no known", "screening", "no evidence", "no pernicious", "family history", "excluded"]  # what is past or suspected may be what it says (C3)
DENIALS = ["no known", "not allergic", "denies", "keine allergie", "tolerated"]

# --- routes and doses -------------------------------------------------------------------------------------------------
ROUTE_CODES = {
    (SNOMED, "78421000"): INJECTION,
    (SNOMED, "34206005"): INJECTION,
    (SNOMED, "47625008"): INJECTION,
    (SNOMED, "26643006"): BY_MOUTH,
    (SNOMED, "37839007"): BY_MOUTH,
    (HL7_ROUTE, "IM"): INJECTION,
    (HL7_ROUTE, "SQ"): INJECTION,
    (HL7_ROUTE, "IV"): INJECTION,
    (HL7_ROUTE, "IVINJ"): INJECTION,
    (HL7_ROUTE, "PO"): BY_MOUTH,
    (HL7_ROUTE, "SL"): BY_MOUTH,
    (SNOMED, "46713006"): ELSEWHERE,
}
ROUTE_WORDS = {
    INJECTION: [
        "intramuscular", "im", "intramuscular route", "subcutaneous", "sc", "subcut", "deep subcutaneous",
        "intravenous", "iv",
    ],
    BY_MOUTH: ["oral", "po", "by mouth", "oral route", "sublingual", "sl"],
    ELSEWHERE: ["nasal"],
}
INTRAVENOUS_CODES = [(SNOMED, "47625008"), (HL7_ROUTE, "IV"), (HL7_ROUTE, "IVINJ")]
INTRAVENOUS_WORDS = ["intravenous", "iv"]
ONE_VIAL = {"1803932": "100"}  # mg
VESSELS = ["vial", "ampoule", "dose", "drop", "injection", "syringe"]
DOSE_UNITS = {
    "g": ("mg", "1000"),
    "mg": ("mg", "1"),
    "ug": ("mg", "0.001"),
    "mcg": ("mg", "0.001"),
    "ng": ("mg", "0.000001"),
    "ml": ("mL", "1"),
    "1": ("piece", "1"),
    "tablet": ("piece", "1"),
    "tablets": ("piece", "1"),
    "tab": ("piece", "1"),
    "tabs": ("piece", "1"),
    "{tbl}": ("piece", "1"),
    "{tablet}": ("piece", "1"),
    "capsule": ("piece", "1"),
    "capsules": ("piece", "1"),
    "cap": ("piece", "1"),
    "caps": ("piece", "1"),
    "{capsule}": ("piece", "1"),
    "{cap}": ("piece", "1"),
}
BIOLOGICAL_UNITS = [  # R24: vitamin B12 is dosed by mass
    "[iu]", "iu", "unt", "u", "unit", "units", "internationalunit", "internationalunits",
]
PERIOD_DAYS = {
    "s": (1, 86400), "min": (1, 1440), "h": (1, 24), "d": (1, 1), "wk": (7, 1), "mo": (30, 1), "a": (365, 1),
}
TIMING_CODES = {  # doses, days
    "QD": (1, 1), "BID": (2, 1), "TID": (3, 1), "QID": (4, 1), "QOD": (1, 2), "Q4H": (6, 1), "Q6H": (4, 1),
    "Q8H": (3, 1), "AM": (1, 1), "PM": (1, 1), "BED": (1, 1), "WK": (1, 7), "MO": (1, 30),
}

# --- follow-up (T13) --------------------------------------------------------------------------------------------------
FOLLOW_UP = [(SNOMED, "390906007"), (SNOMED, "185389009")]
