"""Days and amounts in the words in which people say them."""

from datetime import date

from cdshooks.terms.dates import OLDEST, age_in_years

# Signs that nobody sees and that turn the text after them round: what stands there would read as something else.
_TURNING = dict.fromkeys([0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def ago(day: date | None, today: date) -> str:
    """How long before today.

    >>> ago(date(2026, 1, 6), date(2026, 1, 15)), ago(date(2024, 1, 6), date(2026, 1, 15)), ago(None, date(2026, 1, 15))
    ('9 days ago', '2 years ago', '')
    """
    if day is None:
        return ""
    days = (today - day).days
    if days < 0:
        return "in the future"
    for length, word in ((365, "year"), (61, "month"), (14, "week")):
        if days >= length * (2 if word == "year" else 1):
            number = days // {"year": 365, "month": 30, "week": 7}[word]
            return f"{number} {word}{'' if number == 1 else 's'} ago"
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def aged(born: date | None, today: date) -> str:
    """How old somebody is; of a day on which nobody alive was born that day itself, for no age can be told.

    >>> today = date(2026, 1, 15)
    >>> aged(date(1960, 1, 1), today), aged(date(2025, 6, 20), today), aged(None, today)
    ('66 years', '6 months', 'age not recorded')
    >>> aged(date(1, 1, 1), today), aged(date(2030, 1, 1), today)
    ('said to be born on 0001-01-01', 'said to be born on 2030-01-01')
    """
    if born is None:
        return "age not recorded"
    years = age_in_years(born, today)
    if not 0 <= years <= OLDEST:
        return f"said to be born on {born}"
    if years >= 2:
        return f"{years} years"
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    return f"{months} month{'' if months == 1 else 's'}"


def straight(text: object) -> str:
    """A text of a record without the signs that would turn it round; its own direction each letter has.

    >>> straight("low \\u202e21B nimativ")
    'low 21B nimativ'
    """
    return str(text).translate(_TURNING)
