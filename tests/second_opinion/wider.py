"""What real feeds send besides: dispenses, chains, panels, two results of one day, requests, denials, other countries.

Added to a case that is made, with random numbers of its own, so that the case below stays what it was.
"""

from copy import deepcopy
from datetime import timedelta
from decimal import Decimal

from . import codes, oddities

TAKEN = ["b12", "b12", "b12", "metformin", "acid_suppression", "folic_acid", "folinic_acid", "methotrexate", "digoxin"]
CHAINED = ["b12", "b12", "metformin", "metformin", "acid_suppression", "folic_acid"]
FOLATE = {
    ("folate_serum", "mass"): "1.9 2.9 2.99 3 3.01 9", ("folate_serum", "molar"): "4 6.9 6.99 7 7.01 20",
    ("folate_red_cell", "mass"): "100 149 149.9 150 150.1 400", ("folate_red_cell", "molar"): "200 339 339.9 340 341 900",
}
TESTS = ["2132-9", "14685-2", "72160-5", "13964-2", "13965-9", "718-7", "31444-3"]
DENIED = ["no known pernicious anaemia", "History of pernicious anaemia", "suspected pernicious anaemia",
          "Screening for pernicious anaemia", "pernicious anaemia"]
DENIED_ALLERGIES = ["No known allergy to vitamin B12", "not allergic to cyanocobalamin", "Denies allergy to hydroxocobalamin",
                    "No known drug allergies; vitamin B12 well tolerated before", "nausea with vitamin B12"]
# The systems of a place: what a feed there writes for each of ours.
PLACES = {
    "GB": {codes.ICD: ["http://hl7.org/fhir/sid/icd-10"], codes.SNOMED: [codes.SNOMED + "/83821000000107"]},
    "US": {codes.ICD: ["urn:oid:2.16.840.1.113883.6.90", "http://hl7.org/fhir/sid/icd-10-us"],
           codes.RXNORM: ["urn:oid:2.16.840.1.113883.6.88"], codes.LOINC: ["urn:oid:2.16.840.1.113883.6.1"]},
    "DE": {codes.ICD: ["http://fhir.de/CodeSystem/bfarm/icd-10-gm"], codes.ATC: ["http://fhir.de/CodeSystem/bfarm/atc"],
           codes.LOINC: ["https://loinc.org"]},
    "SE": {codes.ICD: ["http://hl7.org/fhir/sid/icd-10"], codes.ATC: ["https://www.whocc.no/atc"],
           codes.LOINC: ["http://loinc.org/"]},
}


def widened(maker, hook, context, resources):
    """(context, resources) with what else a feed sends."""
    maker.resources = list(resources)
    for percent, more in ((20, dispense), (15, chain), (15, same_day), (15, folate), (12, antibody), (15, request),
                          (8, denial), (12, in_components), (4, panel)):
        if maker.chance(percent):
            more(maker)
    place = maker.pick(list(PLACES)) if maker.chance(30) else None
    if place:
        return elsewhere(maker, place, context), [elsewhere(maker, place, one) for one in maker.resources]
    return context, maker.resources


# --- drugs ------------------------------------------------------------------------------------------------------------


def dispense(m, drug=None, day=None, **fields):
    """Handed over around 120 days ago, with a supply that reaches today or does not."""
    row, named = m.drug(drug or m.pick(TAKEN))
    if m.chance(8):
        named = m.by_reference(named["medicationCodeableConcept"])
    when = (day or m.ago(m.pick([0, 1, 30, 89, 119, 120, 121, 122, 200, 400, -40])))
    written = oddities.written(m.rng, when)
    handed = m.pick([{"whenHandedOver": written}] * 4 + [{"whenPrepared": written}, {}])
    supply = {"daysSupply": {"value": m.pick([28, 84, 119, 120, 121, 122, 400]), "unit": "d"}} if m.chance(40) else {}
    status = "completed" if m.chance(80) else m.pick(["in-progress", "preparation", "cancelled", "on-hold", "stopped",
                                                      "declined", "entered-in-error", "unknown", None])
    dosage = {"dosageInstruction": oddities.dosage(m.rng, row)} if m.chance(70) else {}
    m.add("MedicationDispense", **{"status": status, **named, **handed, **supply, **dosage, **fields})


def chain(m):
    """Orders, statements and dispenses of one drug that follow each other, with gaps around 180 days."""
    drug, day, before = m.pick(CHAINED), m.ago(m.pick([150, 400, 800, 1500, 4000])), None
    for _ in range(m.pick([2, 2, 3, 4])):
        if day > m.today:
            break
        length = m.pick([28, 84, 180, 365])
        before = link(m, drug, day, length, before)
        day += timedelta(days=length + m.pick([0, 0, 30, 179, 180, 181, 182]))
    if m.chance(60):
        link(m, drug, m.ago(m.pick([0, 1, 20, 100])), m.pick([28, 365]), before, running=True)


def link(m, drug, day, length, before, running=False):
    """One member of a chain; it tells its end, or does not. Returns its reference."""
    kind = m.pick(["MedicationRequest"] * 3 + ["MedicationStatement", "MedicationDispense"])
    written, end = oddities.written(m.rng, day), (day + timedelta(days=length)).isoformat()
    over = m.pick(["completed", "completed", "stopped", "active", "on-hold", "cancelled", "entered-in-error", "draft"])
    status = "active" if running else over
    if kind == "MedicationDispense":
        tie = {"authorizingPrescription": [{"reference": before}]} if before else {}
        dispense(m, drug, day, **tie)
    elif kind == "MedicationStatement":
        m.medicine(kind, drug, status="active" if running else m.pick(["completed", "stopped", "active", "not-taken"]),
                   effectivePeriod={"start": written, **({"end": end} if m.chance(50) and not running else {})})
    else:
        tie = m.pick([{"priorPrescription": {"reference": before}}, {"basedOn": [{"reference": before}]}]) if before else {}
        m.medicine(kind, drug, status=status, intent="order", authoredOn=written, **tie)
        if m.chance(60):
            bounds = m.pick([{"boundsPeriod": {"start": day.isoformat(), "end": end}}, {"boundsPeriod": {"end": end}},
                             {"boundsDuration": {"value": length, "unit": "d", "code": "d"}}])
            entries = [one for one in m.resources[-1].get("dosageInstruction") or [] if isinstance(one, dict)]
            for entry in entries:
                repeat = (entry.get("timing") or {}).get("repeat")
                entry["timing"] = {"repeat": {**(repeat if isinstance(repeat, dict) else {}), **bounds}}
    return f"{m.resources[-1]['resourceType']}/{m.resources[-1]['id']}"


def may_end(m, order):
    """An order that tells its own end, in one of the ways in which orders do, or the end of its supply."""
    away, start = m.pick([-40, -1, 0, 1, 90, 119, 120, 121, 300]), m.ago(m.pick([130, 300, 450]))
    end, days = m.ago(away).isoformat(), (m.ago(away) - start).days
    if m.chance(35):
        order["dispenseRequest"] = m.pick([
            {"validityPeriod": {"start": start.isoformat(), "end": end}},
            {"expectedSupplyDuration": {"value": max(days, 0), "unit": "d", "code": "d"}},
            {"expectedSupplyDuration": {"value": 28, "code": "d"}, "numberOfRepeatsAllowed": m.pick([0, 1, 5])},
        ])
        return
    repeat = m.pick([
        {"boundsPeriod": {"start": start.isoformat(), "end": end}}, {"boundsPeriod": {"end": end}},
        {"boundsDuration": {"value": m.pick([14, 90, 280]), "unit": "d", "code": "d"}}, {"count": m.pick([1, 1, 6])},
        {"boundsRange": {"low": {"value": 1, "code": "wk"}, "high": {"value": m.pick([2, 20]), "code": "wk"}}},
        {"count": m.pick([1, 6]), "frequency": m.pick([1, 3]), "period": m.pick([1, 2]), "periodUnit": m.pick(["d", "wk", "mo"])},
    ])
    for entry in (one for one in order.get("dosageInstruction") or [] if isinstance(one, dict)):
        known = (entry.get("timing") or {}).get("repeat") if isinstance(entry.get("timing"), dict) else None
        entry["timing"] = {"repeat": {**(known if isinstance(known, dict) else {}), **repeat}}


# --- results ----------------------------------------------------------------------------------------------------------


def same_day(m):
    """A second result of an analyte on the day of the first, at that moment or another."""
    found = [one for one in m.resources if one["resourceType"] == "Observation" and measured(one)]
    if not found:
        return
    first = m.pick(found)
    second = {**deepcopy(first), "id": first["id"] + "x"}
    value = Decimal(str(first["valueQuantity"]["value"])) * Decimal(m.pick(["0.4", "0.9", "1.1", "2.5"]))
    second["valueQuantity"] = {**first["valueQuantity"], "value": oddities.as_json_number(m.rng, value)}
    day = str(first.get("effectiveDateTime") or "")
    if len(day) == 10 and m.chance(60):
        second["effectiveDateTime"] = f"{day}T{m.pick(['07:00:00', '18:30:00'])}Z"
    if m.chance(40):
        second["issued"] = f"{m.today.isoformat()}T09:00:00Z"
    m.resources.append(second)


def measured(one):
    value = (one.get("valueQuantity") if isinstance(one.get("valueQuantity"), dict) else {}).get("value")
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def folate(m):
    analyte, kind = m.pick(list(FOLATE))
    m.result(analyte, m.pick(["current", "result"]), value=m.pick(FOLATE[analyte, kind].split()), kind=kind)
    if m.chance(15):
        m.problem("folate_deficiency")


def antibody(m):
    """Positive or negative by the value, by the interpretation, by both, or neither."""
    said = [m.pick([pair for listed in codes.ANTIBODY_ANSWERS.values() for pair in listed]) for _ in range(2)]
    value = {"valueCodeableConcept": {"coding": [{"system": said[0][0], "code": said[0][1]}]}}
    interpretation = {"interpretation": [{"coding": [{"system": said[1][0], "code": said[1][1]}]}]}
    high = {"interpretation": [{"coding": [{"system": codes.V3_INTERPRETATION, "code": "H"}]}]}
    fields = m.pick([value, value, interpretation, {**value, **interpretation}, {**value, **high}, high, {}])
    m.add("Observation", status=oddities.result_status(m.rng, 8), code=m.loinc("antibody"),
          **oddities.result_time(m.rng, m.ago(m.pick([5, 100, 400, 2000])), 6), **fields)
    if m.chance(50):
        m.b12(m.pick(["deficient", "indeterminate", "indeterminate", "adequate"]), "current")


def request(m):
    """A test that is asked for since around 14 days."""
    status = "active" if m.chance(80) else m.pick(["draft", "on-hold", "revoked", "completed", "entered-in-error", None])
    code = m.pick(TESTS)
    m.add("ServiceRequest", status=status, intent=m.pick(["order"] * 5 + ["plan", "proposal", "option"]),
          code={"coding": [{"system": codes.LOINC, "code": code}]},
          authoredOn=oddities.written(m.rng, m.ago(m.pick([0, 1, 13, 14, 15, 16, 100]))) if m.chance(92) else None,
          doNotPerform=True if m.chance(3) else None)


def in_components(m):
    """Results as the components of a panel, which has the status, the day and the patient."""
    for index, one in enumerate(m.resources):
        if one["resourceType"] != "Observation" or not measured(one) or not m.chance(60):
            continue
        own = {key: one[key] for key in ("code", "valueQuantity", "referenceRange") if key in one}
        shared = {key: value for key, value in one.items() if key not in own}
        other = {"code": {"coding": [{"system": codes.LOINC, "code": "2951-2"}]}, "valueQuantity": {"value": 140, "unit": "mmol/L"}}
        panel_code = {"coding": [{"system": codes.LOINC, "code": "24323-8"}]}
        m.resources[index] = {**shared, "code": panel_code, "component": m.pick([[own], [other, own], [own, None, other]])}


def panel(m):
    """A panel with the code of an analyte that has no value of its own, only members, which came."""
    found = [one for one in m.resources if one["resourceType"] == "Observation" and measured(one)]
    if found:
        one = m.pick(found)
        m.add("Observation", status="final", code=deepcopy(one["code"]), effectiveDateTime=m.today.isoformat(),
              hasMember=[{"reference": f"Observation/{one['id']}"}])


# --- words and places -------------------------------------------------------------------------------------------------


def denial(m):
    if m.chance(60):
        return m.add("Condition", code={"text": m.pick(DENIED)}, **oddities.condition_status(m.rng))
    return m.add("AllergyIntolerance", code={"text": m.pick(DENIED_ALLERGIES)})


def elsewhere(m, place, thing):
    """The same JSON with the systems of that place; ICD-10 codes now and then without their dot."""
    if isinstance(thing, list):
        return [elsewhere(m, place, one) for one in thing]
    if not isinstance(thing, dict):
        return thing
    if thing.get("resourceType") == "Patient":
        return {**thing, "address": [{"country": place}]}
    found = {key: elsewhere(m, place, value) for key, value in thing.items()}
    spelled = PLACES[place].get(thing.get("system"), []) if isinstance(thing.get("system"), str) else []
    if spelled and "code" in thing:
        found["system"] = m.pick([thing["system"], *spelled])
        if thing["system"] == codes.ICD and isinstance(thing["code"], str) and m.chance(15):
            found["code"] = thing["code"].replace(".", "")
    return found
