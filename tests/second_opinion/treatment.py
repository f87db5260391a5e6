"""Is vitamin B12 being taken? Readings M5, M6, T04 and T07, each worked out in full from the record."""

from datetime import timedelta

from . import codes, doses, problems, results, taken
from .drugs import record_medications, rows_of
from .raw import many, part
from .results import within


def entries_of(one):
    """The dosage entries, wherever the kind of resource keeps them."""
    if one["resourceType"] == "MedicationAdministration":
        return [part(one, "dosage")] if part(one, "dosage") else []
    return many(one, "dosage") if one["resourceType"] == "MedicationStatement" else many(one, "dosageInstruction")


def routes_of(one, record):
    entries = entries_of(one)
    return doses.routes(rows_of(one, record_medications(record)), "b12", entries)


def not_by_mouth(one, record):
    """By several routes it is by each of them (M11): tablets beside an injection take nothing away (M5)."""
    return bool(routes_of(one, record) - {codes.BY_MOUTH})


def daily_mg(one, record):
    return doses.daily_mg(rows_of(one, record_medications(record)), "b12", entries_of(one))


# --- M5 -------------------------------------------------------------------------------------------------------------


def small_doses_fail(record, facts):
    """A2: less than 1 mg by mouth is no treatment here; nor where that cannot be told, for doubt never silences."""
    return facts["signs_perhaps"] or facts["malabsorption"] or facts["worded"]


def order_counts(order, record, facts):
    if not small_doses_fail(record, facts) or not_by_mouth(order, record):
        return True
    return surely_enough(order, record)


def given_lately(record, facts):
    """Where small doses fail and one is surely by mouth and surely less, another must surely be enough."""
    lately = [one for one, last in taken.given(record, "b12") if within(last, record, 120)]
    if not small_doses_fail(record, facts) or not any(surely_small(one, record) for one in lately):
        return bool(lately)
    return any(not_by_mouth(one, record) or surely_enough(one, record) for one in lately)


def surely_small(one, record):
    dose = daily_mg(one, record)
    return codes.BY_MOUTH in routes_of(one, record) and dose is not None and dose < 1


def surely_enough(one, record):
    dose = daily_mg(one, record)
    return dose is not None and dose >= 1


def ordered_lately(record, facts):
    return any(
        within(written, record, 456) and order_counts(order, record, facts)
        for order, written in taken.active_orders(record, "b12")
    )


def on_treatment(record, facts):
    """M5."""
    return given_lately(record, facts) or (ordered_lately(record, facts) and not facts["in_spite"])


def in_spite_of_an_order(record, facts):
    """M5 and A1: a result speaks against an order."""
    given = taken.days_given(record, "b12")
    # Only a deficient result that an active order should have prevented speaks against that order.
    if not taken.active_orders(record, "b12") or given_lately(record, facts):
        return False
    start = course_start(record, given)
    return start is not None and any(
        (when - start).days >= 60 and nothing_since(when, record) for when in bad_results(record, facts)
    )


def bad_results(record, facts):
    found = []
    kind, day = results.latest_b12(record, taken.days_given(record, "b12"), 365)
    if facts["adult"] and kind == "deficient":
        found.append(day)
    if facts["mma_pattern"] and facts["adult"]:
        found.append(facts["mma_day"])
    return found


def course_start(record, given):
    start = taken.sure_start(record, "b12")
    if start is not None:
        return start
    return min([one for one in given if within(one, record, 456)], default=None)


def nothing_since(when, record):
    """No dose and no active order of that day or later, nor one that is known by its words only or has no day."""
    for sure in (True, False):
        days = [last for _, last in taken.given(record, "b12", sure)]
        days += [written for _, written in taken.active_orders(record, "b12", sure)]
        if any(one is None or one >= when for one in days):
            return False
    return True


def unverified(record, facts):
    """M6; but what is known to be too little (M6a) is not in doubt."""
    if facts["treated"] or facts["in_spite"] or too_little_by_mouth(record, facts):
        return False
    for sure in (True, False):
        if taken.active_orders(record, "b12", sure) or taken.active_statements(record, "b12", sure):
            return True
        if taken.dispenses_in_use(record, "b12", sure):
            return True
        if any(last is None or within(last, record, 120) for _, last in taken.given(record, "b12", sure)):
            return True
    return False


def too_little_by_mouth(record, facts):
    """M6a, A2: everything on record is surely by mouth and surely small, where small doses surely fail."""
    if facts["treated"] or not (facts["neurological"] or facts["malabsorption"]):
        return False
    everything, lately = [], []
    for sure in (True, False):
        ordered, had = taken.active_orders(record, "b12", sure), taken.given(record, "b12", sure)
        had = [(one, last) for one, last in had if last is None or within(last, record, 120)]
        everything += [one for one, _ in ordered + had]
        everything += taken.active_statements(record, "b12", sure) + taken.dispenses_in_use(record, "b12", sure)
        if sure:
            lately = [one for one, written in ordered if within(written, record, 456)]
            lately += [one for one, last in had if last is not None]
    small = [surely_small(one, record) and not not_by_mouth(one, record) for one in everything]
    return all(small) and any(surely_small(one, record) for one in lately)


# --- by injection -----------------------------------------------------------------------------------------------------


def by_injection(one, record):
    return codes.INJECTION in routes_of(one, record)


def injection_given(record, days):
    return any(within(last, record, days) and by_injection(one, record) for one, last in taken.given(record, "b12"))


def injection_ordered(record, least, most):
    today = record["today"]
    return any(
        written is not None
        and timedelta(days=least) <= today - written <= timedelta(days=most)
        and by_injection(order, record)
        for order, written in taken.active_orders(record, "b12")
    )


def started_by_injection(record):
    """T04: given within 120 days, or ordered 14 to 120 days ago."""
    return injection_given(record, 120) or injection_ordered(record, 14, 120)


def injections_suffice(record, facts):
    """T07: given within 30 days, or ordered and given within 120; or an adequate level that no cause overrules."""
    if injection_given(record, 30) or (injection_ordered(record, 0, 456) and injection_given(record, 120)):
        return True
    causes = facts["misleads"] or facts["lifelong"] or facts["atrophic"] or facts["perhaps_lifelong"] or problems.may_have(record, "sacd")
    return bool(facts["b12"] == "adequate" and not causes)


# --- requests ---------------------------------------------------------------------------------------------------------


def awaited(record, tests):
    """M14, A15: an open request of at most 14 days for one of these tests."""
    return any(code in codes.REQUESTS[name] for code in problems.open_requests(record, 14) for name in tests)


