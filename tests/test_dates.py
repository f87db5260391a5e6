"""Days out of FHIR dates: partial ones, offsets, calendar months, ages."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.terms import dates
from cdshooks.terms.dates import add_months, age_in_years, moment

DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2025", date(2025, 1, 1)),
        ("2025-03", date(2025, 3, 1)),
        ("2025-03-07", date(2025, 3, 7)),
        ("2025-03-07T23:30:00Z", date(2025, 3, 7)),
        ("2025-03-07T23:30:00.123+00:00", date(2025, 3, 7)),
        ("2025-03-07T23:30:00-05:00", date(2025, 3, 8)),
        ("2025-03-07T00:30:00+13:00", date(2025, 3, 6)),
        ("2025-03-07T23:30:00.000+0000", date(2025, 3, 7)),  # as Java writes an offset
        ("2025-03-07T23:30:00-0500", date(2025, 3, 8)),
        ("2025-03-07T23:30", date(2025, 3, 7)),
        ("2016-12-31T23:59:60Z", date(2016, 12, 31)),
    ],
)
def test_a_date_is_its_first_possible_day_in_the_sites_zone(written, day):
    assert moment(written, UTC).day == day


@pytest.mark.parametrize(
    ("zone", "day"), [("Pacific/Auckland", date(2026, 1, 16)), ("America/New_York", date(2026, 1, 15))]
)
def test_the_sites_zone_decides_on_which_day_a_sample_was_taken(zone, day):
    assert moment("2026-01-15T20:00:00Z", ZoneInfo(zone)).day == day


@pytest.mark.parametrize(
    "odd", ["", "soon", "2025-13", "2025-02-30", "0000", "12/05/2025", "2025-03-07T25:00:00Z", "20250307", "9" * 50,
            "0001-01-01T00:00:00+14:00", "２０２５"],
)  # fmt: skip
def test_what_is_no_date_is_none_and_never_raises(odd):
    assert moment(odd, UTC) is None


WHOLE = st.builds(
    lambda moment, apart, fraction, offset: f"{moment:%Y-%m-%d}{apart}{moment:%H:%M:%S}{fraction}{offset}",
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from("T "),
    st.sampled_from(["", ".9", ".288", ".9999999"]),
    st.sampled_from(["Z", "+00:00", "-05:00", "+13:45", "-24:00", "+99:99"]),
)


@given(WHOLE, st.sampled_from(["UTC", "Pacific/Auckland", "America/New_York"]))
def test_a_whole_time_is_read_at_once_as_it_is_in_parts(written, zone):
    assert dates._TO_THE_SECOND.fullmatch(written)
    try:
        in_parts = dates._in_parts(written, ZoneInfo(zone))
    except ValueError:
        in_parts = None
    at_once = moment(written, ZoneInfo(zone))
    assert (at_once and at_once.local) == in_parts


@given(DAYS)
def test_a_whole_date_is_read_back_as_itself(day):
    assert moment(day.isoformat(), UTC).day == day


@given(DAYS, st.sampled_from([4, 7, 10]))
def test_a_partial_date_is_never_later_than_what_it_was_cut_from(day, length):
    assert moment(day.isoformat()[:length], UTC).day <= day


@given(DAYS, st.integers(0, 600))
def test_months_later_is_the_same_day_of_the_month_or_its_last(day, months):
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


@given(DAYS, st.integers(0, 36500))
def test_age_goes_up_by_one_on_each_birthday_and_on_no_other_day(birth, days):
    today = birth + timedelta(days=days)
    grown = age_in_years(birth, today) - age_in_years(birth, today - timedelta(days=1)) if days else 0
    birthday = (today.month, today.day) == (birth.month, birth.day)
    leap = (birth.month, birth.day) == (2, 29) and (today.month, today.day) == (3, 1) and today.year % 4
    assert grown in (0, 1)
    assert bool(grown) == bool(days and (birthday or leap)) or (birth.month, birth.day) == (2, 29)


def test_a_sixteenth_birthday_counts_from_the_day_itself():
    assert [age_in_years(date(2010, 1, 16), date(2026, 1, d)) for d in (15, 16)] == [15, 16]
