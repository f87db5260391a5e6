"""What the Patient resource says of the patient: birth, sex, death."""

from collections.abc import Mapping

from cdshooks.reading.facts import Person
from cdshooks.reading.read import as_text, when
from cdshooks.terms.dates import Clock, Moment, moment

_SOON = 365  # days: a record may be looked at as it was on the day of its last entry, before its death


def read_person(patient: Mapping, clock: Clock) -> Person:
    """Birth and death. A true deceasedBoolean, and a day on which this patient can have died, mean deceased."""
    sex = as_text(patient.get("gender")) or None
    born = moment(as_text(patient.get("birthDate")), clock.zone)
    deceased, told = patient.get("deceasedBoolean"), patient.get("deceasedDateTime")
    if deceased is True or (told and _is_day_of_death(told, born, clock)):
        return Person(born, True, sex)
    odd = f"the date of death {str(told)[:40]!r} is none on which this patient can have died" if told else ""
    return Person(born, deceased if isinstance(deceased, bool) and not odd else None, sex, odd)


def _is_day_of_death(told: object, born: Moment | None, clock: Clock) -> bool:
    """Is it a date, none that stands where no date was told, not before birth, and not long to come?"""
    died = when(told, clock.zone)
    return bool(died) and (died.day - clock.today).days <= _SOON and not _is_before(died, born, clock)


def _is_before(died: Moment, born: Moment | None, clock: Clock) -> bool:
    """A birth that is still to come says nothing of a death."""
    return born is not None and not clock.is_future(born) and died.day < born.day
