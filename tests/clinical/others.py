"""Pregnancy when the chart is opened, countries, and what one card would offer that another forbids."""

from tests.clinical.telling import Patient, allergy, has, lab, ordered

LOW = lab("b12", 90, "ng/L", 5)
DAILY = (1, "d")

PATIENTS = (
    Patient("pregnant, 240: two cards, one test", "F 31", (lab("b12", 240, "ng/L", 5), has("pregnant", 100)),
            "b12-indeterminate:info b12-pregnancy:info", offers=("active vitamin B12",)),
    Patient("pregnant, 240 and an active B12 of 95", "F 31",
            (lab("b12", 240, "ng/L", 5), lab("active", 95, "pmol/L", 5), has("pregnant", 100))),
    Patient("pregnant by gestational diabetes, 150", "F 31", (lab("b12", 150, "ng/L", 5), has("gestational diabetes", 60)),
            "b12-deficiency:warning (b12-pregnancy)", offers=("active vitamin B12",), says=("active vitamin B12", "total falls")),
    Patient("pregnant, 90 and numb", "F 31", (LOW, has("numb", 20), has("pregnant", 100)), "b12-deficiency:critical", offers=("IM",)),
    Patient("delivered last month, 150", "F 31", (lab("b12", 150, "ng/L", 5), has("pregnant", 290), has("delivered", 30)),
            "b12-deficiency:warning", silent_on=("holotranscobalamin",)),
    Patient("a British record", "M 66", (LOW, ordered("aspirin in the UK", 40)), "b12-deficiency:warning",
            offers=("hydroxocobalamin 1 mg IM",), never=("(UK)", "1000 mcg", "(US)")),
    Patient("an American record", "M 66", (LOW, ordered("aspirin in the US", 40)), "b12-deficiency:warning",
            offers=("1000 mcg IM daily for 7 days",), never=("hydroxocobalamin", "(US)")),
    Patient("a German record: advice in words", "M 66", (LOW, ordered("aspirin in Germany", 40)), "b12-deficiency:warning",
            never=("IM", "by mouth"), says=("no product of this country",)),
    Patient("both countries on one record: each by its name", "M 66",
            (LOW, ordered("aspirin in the UK", 40), ordered("aspirin in the US", 40)), "b12-deficiency:warning", offers=("(UK)", "(US)")),
    Patient("the site's word stands over the record's", "M 66", (LOW, ordered("aspirin in the UK", 40)), "b12-deficiency:warning",
            offers=("1000 mcg",), never=("hydroxocobalamin",), country="US"),
    Patient("an American with cord degeneration", "M 66", (has("cord", 10), ordered("aspirin in the US", 40)), "lifelong-b12-lapsed:critical",
            offers=("1000 mcg IM daily",), never=("hydroxocobalamin",)),
    Patient("low, and anaphylaxis to hydroxocobalamin: nothing by one click", "M 66",
            (LOW, allergy("hydroxocobalamin", criticality="high")), "b12-deficiency:warning", never=("cobalamin",), says=("allergy",)),
    Patient("an American with Leber's disease, low", "M 24", (LOW, has("leber", 900), ordered("aspirin in the US", 40)),
            "b12-deficiency:warning", offers=("hydroxocobalamin",), never=("cyanocobalamin",)),
    Patient("an American with Leber's disease on cyanocobalamin", "M 24",
            (has("leber", 900), ordered("cyanocobalamin", 20, "1 mg", (1, "mo"), "IM")), "leber-cyanocobalamin:critical",
            offers=("hydroxocobalamin 1000 mcg IM monthly",), never=("daily for 7 days",)),
    Patient("low and folate low", "M 66", (LOW, lab("folate", 1.8, "ug/L", 5)), "b12-deficiency:warning", says=("Folate is low, too",)),
    Patient("low, folate never measured: not claimed", "M 66", (LOW,), "b12-deficiency:warning", silent_on=("Folate is low",)),
    Patient("optic neuropathy and low", "M 66", (LOW, has("optic")), "b12-deficiency:critical", offers=("IM",)),
    Patient("diabetic neuropathy and low: warning", "M 66", (LOW, has("diabetic neuropathy")), "b12-deficiency:warning"),
    Patient("numb in words only, and low: not silent, not critical", "M 66", (LOW, has("words numbness of both feet")), "b12-deficiency:warning"),
    Patient("a neighbour's code in Germany says other B vitamins", "M 66", (has("deficiency in Germany", 100),)),
)
