"""Ways to write the same thing, and ways to write it wrong: dates, units, statuses, doses, broken JSON."""

from copy import deepcopy
from datetime import datetime, timedelta
from decimal import Decimal

from . import codes


def chance(rng, percent):
    return rng.random() * 100 < percent


# --- dates ------------------------------------------------------------------------------------------------------------


def written(rng, day):
    """A day as a date, a time, a time of which only the offset puts it on that day, or a part of a date."""
    if chance(rng, 62):
        return day.isoformat()
    if chance(rng, 15):
        return rng.choice([f"{day.year}", f"{day.year}-{day.month:02}"])
    if chance(rng, 30):
        return f"{day}T{rng.choice(['00:00:00', '08:15:00', '23:59:59.999'])}{rng.choice(['Z', '+00:00', ''])}"
    offset = rng.choice([-10, -5, -1, 1, 2, 9])
    local = datetime(day.year, day.month, day.day, rng.choice([0, 0, 12, 23]), 30) + timedelta(hours=offset)
    return f"{local.isoformat()}{'-' if offset < 0 else '+'}{abs(offset):02}:00"


def result_time(rng, day, odd):
    if not chance(rng, odd):
        fields = {"effectiveDateTime": written(rng, day)}
        if chance(rng, 12):
            fields["issued"] = f"{day}T{rng.choice(['09:00:00Z', '17:00:00.5+01:00'])}"
        return fields
    time = f"{day}T10:00:00Z"
    return rng.choice([
        {"effectiveInstant": time},
        {"effectivePeriod": {"start": written(rng, day), "end": time}},
        {"effectivePeriod": {"end": time}},
        {"issued": time},
        {"effectiveDateTime": None, "issued": time},
        {"effectiveDateTime": f"{day}T23:30:00-05:00"},
        {"effectiveDateTime": f"{day}T00:30:00+05:30"},
        {},
        {"effectiveDateTime": rng.choice(["yesterday", "2025-02-30", "15/01/2026"])},
    ])


# --- results ------------------------------------------------------------------------------------------------------


def result_status(rng, odd):
    if not chance(rng, odd):
        return rng.choice(["final"] * 8 + ["amended", "corrected"])
    return rng.choice(["preliminary", "preliminary", "preliminary", "registered", "cancelled", "entered-in-error",
                       "unknown", "Final", "Reported", None])


def as_json_number(rng, value):
    """The same number as an integer, a float, or a decimal with a zero behind it."""
    whole = value == value.to_integral_value()
    if whole and chance(rng, 60):
        return int(value)
    if chance(rng, 25):
        digits = format(value, "f")
        return Decimal(digits + ("0" if "." in digits else ".0"))
    return float(value)


def spelling(rng, unit):
    """One way to spell a unit that the allow-list takes."""
    unit = unit.replace("u", rng.choice(["u", "u", "\u00b5", "\u03bc"])) if unit[0] == "u" else unit
    changed = rng.choice([str, str, str.upper, str.title, lambda text: text.replace("/", " / ")])(unit)
    return rng.choice([unit, unit, changed])


def quantity(rng, analyte, kind, value, odd):
    """The value[x] of a result: mostly a number with a unit, sometimes one of many other things."""
    table = codes.ANALYTE_UNITS[analyte]
    name = rng.choice([unit for unit, row in table.items() if row[0] == kind])
    amount = value / table[name][1]
    if amount != amount.quantize(Decimal("1.000000000000")):  # a factor that does not divide evenly: near is enough
        amount = round(amount, 3)
    measured = {"value": as_json_number(rng, amount), **unit_fields(rng, name, table, odd)}
    if chance(rng, odd):
        measured["comparator"] = rng.choice(["<", "<", "<=", ">", ">", ">=", "ad", None, "~"])
    if chance(rng, odd / 4):
        return other_value(rng, measured)
    return {"valueQuantity": measured}


def unit_fields(rng, name, table, odd):
    same = [other for other in table if table[other] == table[name]]
    code, unit = rng.choice(same), rng.choice(same)
    if not chance(rng, odd):
        return rng.choice([
            {"unit": spelling(rng, unit), "system": codes.UCUM, "code": spelling(rng, code)},
            {"unit": spelling(rng, unit), "system": codes.UCUM, "code": code},
            {"unit": spelling(rng, unit)},
            {"system": codes.UCUM, "code": code},
            {"code": code},
        ])
    other = rng.choice(list(table))
    return rng.choice([
        {},
        {"unit": "", "code": None},
        {"unit": rng.choice(["mg/L", "U/mL", "ng", "fmol", "%"])},
        {"unit": unit, "system": codes.UCUM, "code": other},
        {"unit": other, "code": code},
        {"unit": "units", "system": codes.UCUM, "code": code},
        {"unit": unit, "system": codes.UCUM, "code": "mg/L"},
        {"unit": unit, "system": "http://lab.example/units", "code": "U17"},
        {"unit": unit, "code": "x"},
        {"unit": "mg/L", "system": codes.UCUM, "code": "mg/L"},
    ])


def other_value(rng, measured):
    return rng.choice([
        {"valueString": "150 ng/L"},
        {"valueInteger": 150},
        {},
        {"valueQuantity": None},
        {"dataAbsentReason": {"text": "haemolysed"}},
        {"valueQuantity": {**measured, "value": str(measured["value"])}},
        {"valueQuantity": {**measured, "value": -5}},
        {"valueQuantity": {**measured, "value": None}},
        {"valueQuantity": {**measured, "value": True}},
        {"valueQuantity": [measured]},
    ])


def reference_range(rng, value, kind):
    """The report's own limits for MMA: below, at or above the value; or nothing that may be used."""
    unit, other = ("nmol/L", "ug/L") if kind == "molar" else ("ug/L", "nmol/L")
    high = float(value + rng.choice([Decimal("-50"), Decimal("-0.1"), Decimal(0), Decimal("0.1"), Decimal(200)]))
    good = {"high": {"value": max(high, 1.0), "unit": unit}}
    return [rng.choice([
        good, good, {**good, "low": {"value": 0, "unit": unit}}, {**good, "low": {"value": 50, "unit": unit}},
        {"low": {"value": 0}, "high": {"value": 0}},
        {"low": {"value": 0, "unit": unit}, "high": {"value": 0, "unit": unit}},
        {"low": {"value": max(high, 1.0), "unit": unit}, **good},
        {"text": "0 - 300 nmol/L"},
        {"high": {"value": 10000, "unit": other}},
        {"high": {"value": 10000}},
        {**good, "appliesTo": [{"text": "pregnant"}]},
        {**good, "age": {"high": {"value": 16, "unit": "a"}}},
        {"high": {"value": "300", "unit": unit}},
        {"high": {"value": float(Decimal("0.5") if kind == "molar" else Decimal(50)),
                  "unit": "umol/L" if kind == "molar" else "ng/mL"}},
        {"low": {"value": 300, "unit": unit}},
    ]) for _ in range(rng.choice([1, 1, 1, 2]))]


# --- problems ---------------------------------------------------------------------------------------------------------


def condition_status(rng):
    clinical = "active" if chance(rng, 80) else rng.choice(
        [None, None, "recurrence", "relapse", "inactive", "remission", "resolved"])
    verified = "confirmed" if chance(rng, 80) else rng.choice(
        [None, None, "provisional", "unconfirmed", "differential", "refuted", "entered-in-error"])
    fields = abatement(rng) if chance(rng, 5) else {}
    if clinical is None and chance(rng, 40):
        fields = abatement(rng)
    if chance(rng, 4):  # STU3 wrote the bare word
        return {**fields, **{key: code for key, code in (("clinicalStatus", clinical), ("verificationStatus", verified))
                             if code}}
    for key, code, system in (("clinicalStatus", clinical, "condition-clinical"),
                              ("verificationStatus", verified, "condition-ver-status")):
        if code:
            coding = {"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}
            fields[key] = {"coding": [coding]}
    return fields


def abatement(rng):
    return rng.choice([
        {"abatementDateTime": "2024-05-01"}, {"abatementString": "long ago"}, {"abatementBoolean": True},
        {"abatementBoolean": False}, {"abatementAge": {"value": 40, "unit": "a"}}, {"abatementDateTime": None},
        {"abatementPeriod": {"start": "2020-01-01"}},
    ])


# --- doses ------------------------------------------------------------------------------------------------------------

EVERY_DAY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
MASSES = ["0.05", "0.1", "0.1", "0.101", "0.4", "0.4", "0.5", "0.8", "0.99", "1", "1", "2.5", "5", "5", "15", "30"]


def dosage(rng, row):
    """A list of dosage entries for a product of the drug table, in one of many shapes."""
    if chance(rng, 4):
        return rng.choice([None, [], [{"text": "as directed"}], [{"timing": EVERY_DAY}]])
    entries = [entry(rng, row)]
    if chance(rng, 8):
        entries.append(entry(rng, row))
        if chance(rng, 60):
            first = rng.choice([1, 1, 2])
            entries[0]["sequence"], entries[1]["sequence"] = first, rng.choice([1, 2])
        if chance(rng, 50) and "route" in entries[0]:
            entries[1]["route"] = entries[0]["route"]
    return entries


def entry(rng, row):
    one = {"timing": timing(rng), "doseAndRate": [amount(rng, row)], **route(rng, row)}
    return {key: value for key, value in one.items() if value is not None}


def amount(rng, row):
    mass = Decimal(rng.choice(MASSES))
    strength = Decimal(row[4]) if row[4] else None
    if strength and chance(rng, 45):
        return pieces(rng, row)
    if chance(rng, 8):
        return rng.choice([{}, {"rateQuantity": {"value": 1, "unit": "mL/h"}}, {"doseQuantity": {"unit": "mg"}},
                           {"doseQuantity": {"value": 5000, "unit": "[iU]", "system": codes.UCUM, "code": "[iU]"}},
                           {"doseQuantity": {"value": "5", "unit": "mg"}},
                           {"doseQuantity": {"value": 5, "unit": 7}},
                           {"doseQuantity": {"value": 5, "unit": "mg", "code": True}},
                           {"doseQuantity": "5 mg"},
                           {"doseQuantity": {"value": -5, "unit": "mg"}},
                           {"doseQuantity": {"value": None, "unit": "mg"}},
                           {"doseQuantity": {"value": 1, "unit": "mg", "system": codes.UCUM, "code": "ug"}},
                           {"doseQuantity": {"value": 1, "unit": "drop"}}])
    if chance(rng, 8):
        low = {"value": float(mass / 2), "unit": "mg"}
        return {"doseRange": rng.choice([{"low": low, "high": {"value": float(mass), "unit": "mg"}}, {"low": low},
                                         {"high": {"value": float(mass), "unit": "mg"}}])}
    return {"doseQuantity": mass_quantity(rng, mass)}


def mass_quantity(rng, mass):
    unit, factor = rng.choice([("mg", 1), ("mg", 1), ("mg", 1), ("ug", 1000), ("mcg", 1000), ("\u00b5g", 1000),
                               ("g", Decimal("0.001")), ("MG", 1)])
    value = as_json_number(rng, mass * factor)
    if unit in ("mg", "ug", "g") and chance(rng, 60):
        return {"value": value, "unit": unit, "system": codes.UCUM, "code": unit}
    return {"value": value, "unit": unit}


def pieces(rng, row):
    value = rng.choice([1, 1, 1, 2, 0.5, 0.25, 2.5, Decimal("1.0"), 0.02])
    liquid = row[5] == "mL"
    units = [{"unit": "mL", "system": codes.UCUM, "code": "mL"}, {"unit": "ml"}, {"code": "mL"}] if liquid else [
        {"unit": "tablet", "system": codes.UCUM, "code": "{tbl}"}, {"unit": "tablets"}, {"unit": "capsule"},
        {"unit": "tablet", "code": "1"}, {"system": codes.UCUM, "code": "1"}, {}, {}]
    if chance(rng, 6):
        units = [{"unit": "vial"}, {"unit": "mL"}, {"unit": "tablet"}, {}]
    return {"doseQuantity": {"value": value, **rng.choice(units)}}


def timing(rng):
    if chance(rng, 50):
        return deepcopy(EVERY_DAY)
    abbreviation = rng.choice([*codes.TIMING_CODES, "Q12H", "weekly"])
    system = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
    return rng.choice([
        {"repeat": {"frequency": rng.choice([2, 3]), "period": 1, "periodUnit": "d"}},
        {"repeat": {"frequency": 1, "period": rng.choice([1, 2]), "periodUnit": "wk"}},
        {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}},
        {"repeat": {"frequency": 3, "period": 1, "periodUnit": "wk"}},
        {"repeat": {"frequency": 1, "period": rng.choice([1, 3]), "periodUnit": "mo"}},
        {"repeat": {"frequency": 1, "period": 1, "periodUnit": "a"}},
        {"repeat": {"frequency": 1, "period": rng.choice([6, 8, 12]), "periodUnit": "h"}},
        {"repeat": {"frequency": 1, "frequencyMax": rng.choice([2, 10]), "period": 1, "periodUnit": "d"}},
        {"repeat": {"frequency": 1, "period": 1, "periodMax": 3, "periodUnit": "d"}},
        {"repeat": {"period": 1, "periodUnit": "d"}},
        {"repeat": {"when": rng.choice([["MORN"], ["ACM", "ACV"]])}},
        {"repeat": {"timeOfDay": rng.choice([["08:00:00"], ["08:00:00", "20:00:00"]])}},
        {"repeat": {"dayOfWeek": rng.choice([["mon"], ["mon", "thu"]])}},
        {"repeat": {**EVERY_DAY["repeat"], "dayOfWeek": rng.choice([["sun"], ["mon", "fri"]])}},
        {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon"]}},
        {"repeat": {"dayOfWeek": ["mon", "wed", "fri"], "timeOfDay": ["08:00:00"]}},
        {"code": {"coding": [{"system": system, "code": abbreviation}]}},
        {"code": {"coding": [{"system": system, "code": abbreviation}]}},
        {"repeat": {"frequency": 1, "period": 1, "periodUnit": "fortnight"}},
        {"repeat": {"frequency": 1, "period": 0, "periodUnit": "d"}},
        {"repeat": {"boundsPeriod": {"start": "2020-01-01"}}},
        malformed_timing(rng),
        {},
        None,
    ])


def malformed_timing(rng):
    """Something that says how often is there and cannot be read, beside something that can."""
    repeat = dict(EVERY_DAY["repeat"])
    repeat[rng.choice(["frequency", "frequencyMax", "period", "periodUnit"])] = rng.choice(
        ["1", True, -1, 0, 7.5, [1], None, "d"])
    code = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation", "code": "QD"}]}
    return rng.choice([{"repeat": repeat}, {"repeat": repeat, "code": code}, {"repeat": "daily", "code": code}])


def route(rng, row):
    oral = row[3] != codes.INJECTION
    if chance(rng, 25):
        return {}
    if chance(rng, 6):
        return {"route": rng.choice([{}, {"text": "nasal"}, {"coding": [{"system": codes.SNOMED, "code": "46713006"}]},
                                     {"coding": [{}]}, None])}
    if chance(rng, 8):
        oral = not oral
    wanted = codes.BY_MOUTH if oral else codes.INJECTION
    system, code = rng.choice([pair for pair, way in codes.ROUTE_CODES.items() if way == wanted])
    word = rng.choice(codes.ROUTE_WORDS[wanted])
    return {"route": rng.choice([{"coding": [{"system": system, "code": code}]}, {"text": word},
                                 {"text": f" {word.upper()} "},
                                 {"coding": [{"system": system, "code": code}], "text": word}])}


# --- broken JSON ------------------------------------------------------------------------------------------------------

JUNK = [None, [], {}, "junk", 5, True, [None], {"x": []}, [[]], "\u200b"]


def spoiled(rng, resource):
    """The resource with junk at one random place; it keeps its type and id, so that it can be found."""
    broken = deepcopy(resource)
    places = list(places_in(broken))
    if places:
        holder, key = rng.choice(places)
        holder[key] = rng.choice(JUNK)
    return broken


def places_in(thing, top=True):
    """Every (holder, key) inside a JSON value."""
    for key, value in list(thing.items() if isinstance(thing, dict) else enumerate(thing)):
        if not (top and key in ("resourceType", "id")):
            yield thing, key
        if isinstance(value, (dict, list)):
            yield from places_in(value, top=False)
