"""Small services as strangers write them: the judge finds patients that matter to each, and reads what they send.

Each advises on what none of the judge's own patients has, or on what it hides; `found` is what the run tells of the pair.
"""

import gzip
import json
from functools import partial

import pytest
from cds_conformance import judge
from reference.wire import Answer, Call, Server

OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "processing"}]}
PATIENT = {"patient": "Patient/{{context.patientId}}"}
OF = "patient={{context.patientId}}"
EVERYTHING = f"Observation?{OF}"
ALLERGIES = {"allergies": "AllergyIntolerance?patient={{context.patientId}}"}
CARD = {"summary": "Look", "indicator": "info", "source": {"label": "x"}}


def service(advise, hook="patient-view", prefetch=None, description="Helps"):
    """Answers calls: discovery, and `advise(request)` as cards; a KeyError there is 412, whatever else goes wrong 500."""
    entry = {"hook": hook, "id": "s", "title": "S", "description": description} | ({"prefetch": prefetch} if prefetch else {})

    def answer(call: Call):
        if call.path == "/cds-services":
            return Answer(200, {"services": [entry]})
        if call.path != "/cds-services/s" or call.method != "POST":
            return Answer(404, OUTCOME)
        try:
            return Answer(200, {"cards": advise(json.loads(call.body))})
        except KeyError:
            return Answer(412, OUTCOME)
        except Exception:
            return Answer(500, OUTCOME)

    return answer


def judged(answer, **options):
    with Server(answer) as base:
        return judge(base, spec="2.0", timeout=3.0, **options)


def rows(request, key) -> list[dict]:
    """What a search found; what failed counts as nothing, as strangers have it."""
    return [entry["resource"] for entry in (request["prefetch"][key] or {}).get("entry", [])]


def names(held: dict) -> str:
    about = held.get("medicationCodeableConcept") or held.get("code") or {}
    return json.dumps(about).lower()


def greet(request):
    return [CARD | {"summary": f"Born {(request['prefetch']['patient'] or {}).get('birthDate', 'some day')}"}]


def high_a1c(request):
    found = [r["valueQuantity"]["value"] for r in rows(request, "all") if "4548-4" in names(r) and "valueQuantity" in r]
    return [CARD] if any(value >= 9 for value in found) else []


def pressure(request):
    parts = [part for r in rows(request, "all") for part in r.get("component", [])]
    return [CARD] if any("8480-6" in names(part) and part["valueQuantity"]["value"] > 180 for part in parts) else []


def allergic(request):
    drafted = [names(e["resource"]) for e in request["context"]["draftOrders"]["entry"]]
    known = [names(r) for r in rows(request, "allergies")]
    return [CARD] if any("amoxicillin" in one for one in drafted) and any("penicillin" in one for one in known) else []


def falling(request):
    values = [r["valueQuantity"]["value"] for r in rows(request, "hb")]  # the newest first
    return [CARD] if len(values) > 1 and values[1] - values[0] > 2 else []


def plan_without_goal(request):
    return [CARD] if rows(request, "plans") and not rows(request, "goals") else []


def mother_had_it(request):
    return [CARD] if any("254837009" in names(c) for r in rows(request, "family") for c in r.get("condition", [])) else []


def on_diazepam(request):
    return [CARD] if any('"3322"' in names(r) for r in rows(request, "meds")) else []


def drafted_6064(request):
    return [CARD] if any('"6064"' in names(e["resource"]) for e in request["context"]["draftOrders"]["entry"]) else []


ANTIBIOTICS = "Checks antibiotics of the penicillin class against allergies"
FINDS = {
    "who is born when": (service(greet, prefetch=PATIENT), ["patient"]),
    "what nobody names": (service(high_a1c, prefetch={"all": EVERYTHING}), ["all"]),
    "values in components": (service(pressure, prefetch={"all": EVERYTHING}, description="Blood pressure"), ["all"]),
    "a value that fell": (service(falling, prefetch={"hb": f"{EVERYTHING}&code=http://loinc.org|718-7&_sort=-date"}), ["hb"]),
    "one thing without another": (
        service(plan_without_goal, prefetch={"plans": f"CarePlan?{OF}", "goals": f"Goal?{OF}"}), ["plans"]
    ),
    "what a mother had": (service(mother_had_it, prefetch={"family": f"FamilyMemberHistory?{OF}"}, description="Breast cancer"), ["family"]),
    "medicines of a category": (
        service(on_diazepam, prefetch={"meds": f"MedicationRequest?{OF}&category=http://x.example|community"}, description="Diazepam"),
        ["meds"],
    ),
    "a draft beside an allergy": (service(allergic, "order-sign", ALLERGIES, ANTIBIOTICS), ["allergies"]),
}


@pytest.mark.parametrize("case", FINDS)
def test_a_patient_is_found_whose_advice_depends_on(case):
    answer, keys = FINDS[case]
    report = judged(answer, only=("pre-9",))
    assert [pair["keys"] for pair in report.pairs] == [keys]
    assert report.statements["pre-9"].result == "warn"  # it takes what failed for nothing there


def test_a_service_that_refuses_a_patient_that_failed_is_not_blamed():
    def careful(request):
        if request["prefetch"]["patient"]["resourceType"] != "Patient":
            raise KeyError
        return greet(request)

    report = judged(service(careful, prefetch=PATIENT), only=("pre-7", "pre-8", "pre-9"))
    assert {name: v.result for name, v in report.statements.items()} == {"pre-7": "not_tried", "pre-8": "pass", "pre-9": "pass"}


def test_drafts_are_made_of_codes_that_a_description_names_until_there_are_cards_to_look_at():
    report = judged(service(drafted_6064, "order-sign", description="Isotretinoin (RxNorm 6064) needs a plan"), only=("card-3",))
    assert report.statements["card-3"].result == "pass"


def ordered(request):
    return [CARD | {"summary": f"{len(request['context']['draftOrders']['entry'])} orders"}] if request["context"]["patientId"] else []


@pytest.mark.parametrize("faulty", [{"code": None}, {"code": ""}, {"system": 7}])
def test_a_faulty_reason_of_a_card_is_not_sent_back_and_its_refusal_is_no_second_finding(faulty):
    reason = {"code": "c", "system": "https://reasons.example", "display": "Another"} | faulty
    inner = service(lambda request: [CARD | {"uuid": "4fa85f64-5717-4562-b3fc-2c963f66afa6", "overrideReasons": [reason]}])

    def answer(call):
        if not call.path.endswith("/feedback"):
            return inner(call)
        told = json.loads(call.body)["feedback"][0].get("overrideReason", {}).get("reason", {"code": "c", "system": "s"})
        well = all(isinstance(told[name], str) and told[name] for name in ("code", "system"))
        return Answer(200 if well else 400, {})

    report = judged(answer, only=("card-7", "fb-2"))
    assert {name: v.result for name, v in report.statements.items()} == {"card-7": "fail", "fb-2": "pass"}


@pytest.mark.parametrize("odd", [7, True, "x", {"type": "create"}, [None, 1]])
def test_no_system_actions_of_any_type_keep_the_judge_from_its_report(odd):
    def answer(call):
        listed = {"services": [{"hook": "patient-view", "id": "s", "title": "S", "description": "D", "prefetch": {"all": EVERYTHING}}]}
        return Answer(200, listed if call.method == "GET" else {"cards": [CARD], "systemActions": odd})

    assert judged(answer, only=("card-1", "card-3")).counts["pass"] == 2


NONE_FOUND = {
    "says the same of each of": service(lambda request: [CARD], prefetch={"all": EVERYTHING}),
    "says other things of other requests": service(ordered, "order-sign", {"all": EVERYTHING}, ANTIBIOTICS),
    "lists no templates": service(lambda request: [CARD]),
}


@pytest.mark.parametrize("words", NONE_FOUND)
def test_where_no_patient_is_found_the_report_says_what_was_seen(words):
    report = judged(NONE_FOUND[words], only=("pre-9",))
    assert f"For 0 of 1 services a patient was found whose advice depends on data. s {words}" in report.told_apart


def packed(answer, call):
    said = answer(call)
    return Answer(said.status, raw=gzip.compress(said.content()), headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})


def test_answers_that_come_packed_are_unpacked_and_told():
    report = judged(partial(packed, service(greet, prefetch=PATIENT)), only=("json-1", "card-3"))
    assert ({v.result for v in report.statements.values()}, report.problem) == ({"pass"}, "")
    assert any("packed" in note for note in report.notes)


def test_pages_of_others_at_places_where_the_discovery_might_be_are_not_the_services():
    inner = service(greet, prefetch=PATIENT)

    def answer(call):
        if call.path.startswith("/api/"):
            return inner(Call(call.method, call.path.removeprefix("/api"), call.headers, call.body))
        if call.path.startswith("/cds/"):
            return Answer(200, raw=b"<html>another program</html>")
        return Answer(404)

    report = judged(answer, only=("json-1", "resp-2"))
    assert report.service.endswith("/api")
    assert ([*report.findings], report.statements["json-1"].result) == ([], "pass")


def overdue(request):
    """Somebody with diabetes and no result: said of everybody whose results could not be read, too."""
    known = [names(r) for r in rows(request, "problems")]
    return [CARD] if any("44054006" in one for one in known) and not rows(request, "a1c") else []


def test_advice_that_comes_because_data_are_absent_is_seen_to_come_when_they_fail():
    asks = {"problems": "Condition?patient={{context.patientId}}", "a1c": f"{EVERYTHING}&code=http://loinc.org|4548-4"}
    report = judged(service(overdue, prefetch=asks), only=("pre-9",))
    assert any("for a1c: the answer is that of null" in finding.says for _, finding in report.findings)
