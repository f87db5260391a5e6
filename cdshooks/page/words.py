"""Days and amounts in the words in which people say them."""

from datetime import date


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
