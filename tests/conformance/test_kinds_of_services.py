"""Two dozen kinds of advice that depends on data, each a small service that is silent when its data fail: all are found out.

Thresholds, trends, ratios, drafts beside medicines and results, ages, what is absent, windows of time, value sets, words.
"""

import json

import pytest
from cds_conformance import judge
from reference.wire import Answer, Server

pytestmark = pytest.mark.long
OF = "patient={{context.patientId}}"
CARD = {"summary": "Look", "indicator": "info", "source": {"label": "x"}}


class Asked:
    """What a service of a stranger sees: what failed, and what is not there, count as nothing."""

    def __init__(self, request):
        self.held, self.context = request.get("prefetch") or {}, request["context"]

    def rows(self, key):
        return [entry["resource"] for entry in (self.held.get(key) or {}).get("entry", [])]

    def drafts(self):
        return [entry["resource"] for entry in self.context.get("draftOrders", {}).get("entry", [])]

    def values(self, key, *codes):
        found = [row for row in self.rows(key) if not codes or has(row, *codes)]
        return [row["valueQuantity"]["value"] for row in found if "valueQuantity" in row]

    def any(self, key, *codes):
        return any(has(row, *codes) for row in self.rows(key))

    def ordered(self, *codes):
        return any(has(row, *codes) for row in self.drafts())


def has(resource, *codes) -> bool:
    text = json.dumps(resource)
    return any(f'"code": "{code}"' in text for code in codes)


def obs(*codes, more=""):
    return f"Observation?{OF}&code={','.join(codes)}{more}"


def last(more="&_sort=-date&_count=1"):
    return more


def age(asked):
    return 2026 - int((asked.held.get("p") or {}).get("birthDate", "1800")[:4])


def first(values, other=0):
    return values[0] if values else other


# id: hook, description, templates, when it advises
KINDS = {
    "interaction": ("order-sign", "Bleeding when an NSAID meets warfarin", {"m": f"MedicationRequest?{OF}&status=active"},
        lambda a: a.ordered("5640") and a.any("m", "11289")),
    "trend": ("patient-view", "Falling hemoglobin", {"hb": obs("http://loinc.org|718-7", more="&_sort=-date&_count=2")},
        lambda a: len(a.values("hb")) > 1 and a.values("hb")[1] - a.values("hb")[0] > 2),
    "draft-and-result": ("order-select", "Metformin is contraindicated with an eGFR below 30",
        {"egfr": obs("http://loinc.org|62238-1", "http://loinc.org|98979-8", more=last())},
        lambda a: a.ordered("6809") and first(a.values("egfr"), 99) < 30),
    "screening-due": ("patient-view", "No colonoscopy within 10 years, age 45 to 75",
        {"p": "Patient/{{context.patientId}}", "done": f"Procedure?{OF}&code=http://snomed.info/sct|73761001"},
        lambda a: 45 <= age(a) <= 75 and not any(r.get("performedDateTime", "") > "2016" for r in a.rows("done"))),
    "questionnaire": ("patient-view", "Positive depression screening",
        {"qr": f"QuestionnaireResponse?{OF}&questionnaire=http://x.example/phq"}, lambda a: bool(a.rows("qr"))),
    "unknown-code": ("patient-view", "Nierenfunktion", {"k": obs("http://loinc.org|14682-9")}, lambda a: first(a.values("k")) > 200),
    "untreated": ("patient-view", "Atrial fibrillation without anticoagulation",
        {"c": f"Condition?{OF}", "m": f"MedicationRequest?{OF}"},
        lambda a: a.any("c", "49436004", "I48.91") and not a.any("m", "11289", "1364430")),
    "value-set": ("patient-view", "Diabetes without eye examination",
        {"c": f"Condition?{OF}&code:in=http://x.example/ValueSet/diabetes", "eye": obs("http://loinc.org|32451-7")},
        lambda a: bool(a.rows("c")) and not a.rows("eye")),
    "appointment": ("appointment-book", "Spirometry in asthma", {"c": f"Condition?{OF}&clinical-status=active"},
        lambda a: a.any("c", "195967001")),
    "document": ("encounter-start", "No advance directive", {"d": f"DocumentReference?{OF}&type=http://loinc.org|42348-3"},
        lambda a: not a.rows("d")),
    "allergy-in-words": ("order-sign", "Penicillin allergy", {"al": f"AllergyIntolerance?{OF}"},
        lambda a: "amoxicillin" in str(a.drafts()).lower() and any("penicillin" in str(r["code"].get("text")).lower() for r in a.rows("al"))),
    "reckoned": ("patient-view", "Adult obesity", {"w": obs("29463-7", more=last()), "h": obs("8302-2", more=last())},
        lambda a: first(a.values("w")) / (first(a.values("h"), 999) / 100) ** 2 >= 35),
    "duplicate": ("order-sign", "Duplicate statin", {"m": f"MedicationRequest?{OF}&status=active,on-hold"},
        lambda a: "statin" in str(a.drafts()).lower() and "statin" in str(a.rows("m")).lower()),
    "two-kinds": ("patient-view", "Digoxin toxicity", {"m": f"MedicationRequest?{OF}", "k": f"Observation?{OF}&category=laboratory"},
        lambda a: "digoxin" in str(a.rows("m")).lower() and any(v < 3 for v in a.values("k", "2823-3"))),
    "statement": ("patient-view", "Hyperkalaemia with an ACE inhibitor", {"k": obs("2823-3"), "m": f"MedicationStatement?{OF}"},
        lambda a: first(a.values("k")) > 6 and a.any("m", "29046")),
    "one-without-another": ("patient-view", "Care plan without goal", {"cp": f"CarePlan?{OF}&status=active", "g": f"Goal?{OF}"},
        lambda a: bool(a.rows("cp")) and not a.rows("g")),
    "another-language": ("patient-view", "Kalium zu hoch", {"k": f"Observation?{OF}&category=laboratory"},
        lambda a: any(v > 6 for v in a.values("k", "2823-3"))),
    "pregnancy": ("order-sign", "Teratogenic medication in pregnancy", {"c": f"Condition?{OF}"},
        lambda a: a.ordered("6064", "40254") and a.any("c", "77386006")),
    "unseen": ("patient-view", "Results that nobody has seen", {"o": f"Observation?{OF}&category=laboratory&status=preliminary"},
        lambda a: bool(a.rows("o"))),
    "count": ("encounter-discharge", "Reconcile medicines", {"m": f"MedicationRequest?{OF}&status=active"}, lambda a: len(a.rows("m")) >= 3),
    "category": ("order-sign", "Concurrent opioid and benzodiazepine", {"m": f"MedicationRequest?{OF}&status=active&category=community"},
        lambda a: a.ordered("7804", "7052") and a.any("m", "3322")),
    "family": ("patient-view", "Family history of breast cancer", {"f": f"FamilyMemberHistory?{OF}"}, lambda a: a.any("f", "254837009")),
    "season": ("patient-view", "Influenza vaccination", {"i": f"Immunization?{OF}&status=completed"},
        lambda a: not any(r.get("occurrenceDateTime", "") > "2026" for r in a.rows("i"))),
    "ratio": ("patient-view", "Cholesterol ratio", {"l": obs("2093-3", "2085-9")},
        lambda a: first(a.values("l", "2093-3")) / first(a.values("l", "2085-9"), 99) > 5),
}  # fmt: skip


def served(names):
    """A service of these kinds."""
    listed = [
        {"hook": KINDS[name][0], "id": name, "title": name, "description": KINDS[name][1], "prefetch": KINDS[name][2]} for name in names
    ]

    def answer(call):
        if call.path == "/cds-services":
            return Answer(200, {"services": listed})
        advises = KINDS.get(call.path.removeprefix("/cds-services/"), (0, 0, 0, None))[3]
        try:
            return Answer(200, {"cards": [CARD] if advises(Asked(json.loads(call.body))) else []})
        except Exception:
            return Answer(500, {})

    return answer


@pytest.mark.parametrize("part", range(3))
def test_a_patient_is_found_for_every_kind_and_each_is_seen_to_take_failures_for_nothing_there(part):
    names = sorted(KINDS)[part::3]
    with Server(served(names)) as base:
        report = judge(base, spec="2.0", timeout=5.0, only=("pre-8", "pre-9"))
    assert [pair["service"] for pair in report.pairs if not pair["patient"]] == []
    seen = {finding.at.split()[1].rstrip(":") for _, finding in report.findings}
    assert set(names) - seen == set()
