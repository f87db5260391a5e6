"""A small cards folder that tests can bend: one result, one drug, one problem, one card."""

from pathlib import Path

CONCEPTS = """
[system.LOINC]
uri = "http://loinc.org"
source = "made up"
[system.RxNorm]
uri = "http://www.nlm.nih.gov/research/umls/rxnorm"
source = "made up"
[system."SNOMED CT"]
uri = "http://snomed.info/sct"
source = "made up"

[result.sugar]
label = "sugar"
codes = [{ system = "LOINC", code = "1-8", display = "Sugar", source = "made up" }]
[[result.sugar.unit]]
kind = "mass"
unit = "mg/L"
accept = { "mg/L" = 1, "g/L" = 1000 }
source = "made up"
[[result.sugar.band]]
is = "low"
below = ["10 mg/L"]
source = "made up"
[[result.sugar.band]]
is = "fine"
at_least = ["10 mg/L"]
source = "made up"

[drug.syrup]
label = "syrup"
words = ["syrup"]
codes = [{ system = "RxNorm", code = "7", display = "syrup", strength = "5 mg", route = "oral", source = "made up" }]

[problem.faint]
label = "fainting"
codes = [{ system = "SNOMED CT", code = "42", display = "Fainting", source = "made up" }]

[route.oral]
label = "by mouth"
codes = [{ system = "SNOMED CT", code = "26643006", display = "Oral", source = "made up" }]
words = ["oral"]

[dose_unit.mass]
label = "mass"
accept = { mg = 1, g = 1000 }

[dose_unit.count]
label = "count"
accept = { tablet = 1 }

[course.drugs]
gap_days = 180
lasts_days = 365
fresh_days = 120
source = "test"

[notion.weak]
say = "Weak in some way"
ask = "has faint"
source = ["BOOK"]

[source.BOOK]
label = "A book"
url = "https://example.org/book"
read = "all of it"
"""
SERVICE = """
name = "sweet"
label = "Sweet"
url = "https://example.org"
usage = "Send it."
topic_system = "urn:example:topics"
[hook.patient-view]
title = "Sweet"
description = "Looks at sugar."
[[always]]
id = "deceased"
say = "The patient has died"
ask = "deceased"
[override.other]
code = "other"
system = "urn:example:reasons"
display = "Another reason"
"""
RULE = """
topic = "sugar-low"
title = "Low sugar"
hooks = ["patient-view"]
overrides = ["other"]
[[when]]
id = "low"
say = "The sugar is low"
ask = "latest sugar within 30 days is low"
[[unless]]
id = "treated"
say = "Syrup is taken"
ask = "taking syrup"
[[outcome]]
id = "weak"
say = "Weak"
ask = "weak"
indicator = "warning"
text = "act"
[[outcome]]
id = "well"
say = "Not weak"
indicator = "info"
text = "act"
"""
TEXT = """
## act
Low sugar: {sugar.value} on {sugar.date}

Give syrup. Seen: {sugar}.
"""
EVIDENCE = """
[[evidence]]
for = ["low", "treated", "weak", "well"]
source = "BOOK"
supports = "everything"
strength = "secondary"
"""
VIGNETTES = """
[[vignette]]
name = "weak"
results = { sugar = "9 mg/L, 3 days ago" }
problems = { faint = "10 days ago" }
expect = "warning"
by = "weak"
because = "low and weak"
[[vignette]]
name = "well"
results = { sugar = "9.9 mg/L, 3 days ago" }
expect = "info"
by = "well"
because = "low"
"""
FILES = {
    "_service.toml": SERVICE,
    "_concepts/all.toml": CONCEPTS,
    "sugar/rule.toml": RULE,
    "sugar/text.md": TEXT,
    "sugar/evidence.toml": EVIDENCE,
    "sugar/vignettes.toml": VIGNETTES,
}


def write(folder: Path, **changes: tuple[str, str]) -> Path:
    """The small library on disk; a change replaces one text by another in the file of that stem."""
    for name, text in FILES.items():
        old, new = changes.get(Path(name).stem.strip("_"), ("", ""))
        assert old in text, f"{old!r} is not in {name}"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
    return folder


def pinned(folder: Path) -> Path:
    """The small library, whose vignettes now tell of the card as `check` wants it of each outcome."""
    vignettes = folder / "sugar/vignettes.toml"
    told = 'suggests = []\ntext_says = ["Give syrup"]\nbecause = '
    vignettes.write_text(vignettes.read_text(encoding="utf-8").replace("because = ", told), encoding="utf-8")
    return folder
