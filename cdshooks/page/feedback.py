"""What became of the cards: counted by card, reason and week, and entry by entry, to look at and to take along."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date

from flask import Blueprint, Response, render_template, request, stream_with_context
from markupsafe import Markup

from cdshooks.errors import BadInput
from cdshooks.page.house import House
from cdshooks.plots.bars import Bars, bars

PAGE = 100  # rows
WEEKS = 26  # of the picture
COUNTED = ("shown", "accepted", "overridden")
GROUPS = ("card", "reason", "week", "client")
_COLUMNS = (
    "told_at", "service", "topic", "indicator", "outcome", "reason_code", "suggestions", "comment_length", "comment",
    "client", "card",
)  # fmt: skip


def add(page: Blueprint, house: House) -> None:
    def feedback():
        if not house.kept.keeps:
            return render_template("page/feedback.html", keeps=False)
        # Here and not at the top: a page whose service keeps nothing needs no database.
        from cdshooks.store.entries import entries
        from cdshooks.store.report import count

        since, until = _day("since"), _day("until")
        counts = count(house.kept.database, since, until)
        start = _number("from")
        rows = entries(house.kept.database, since, until, start, PAGE + 1)
        weeks = counts.rows["week"]
        drawn = _weeks(weeks)
        picture = Markup(bars(drawn[-WEEKS:], "Cards by week")) if weeks else ""
        return render_template(
            "page/feedback.html", keeps=True, counts=counts, picture=picture, groups=GROUPS, since=since, until=until,
            rows=rows[:PAGE], start=start, more=len(rows) > PAGE, page_size=PAGE, title_of=_titles(house),
            weeks=len(drawn), shown_weeks=WEEKS,
        )  # fmt: skip

    def as_csv():
        return _file(_csv(_all(house)), "text/csv; charset=utf-8", "feedback.csv")

    def as_ndjson():
        found = _all(house)
        lines = (json.dumps(row, default=str, ensure_ascii=False) + "\n" for row in found)
        return _file(lines, "application/x-ndjson", "feedback.ndjson")

    page.add_url_rule("/feedback", "feedback", feedback)
    page.add_url_rule("/feedback.csv", "feedback_csv", as_csv)
    page.add_url_rule("/feedback.ndjson", "feedback_ndjson", as_ndjson)


def _csv(found: Iterator[dict]) -> Iterator[str]:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    for row in found:
        writer.writerow({name: _calm(value) for name, value in row.items()})
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def _all(house: House) -> Iterator[dict]:
    """Every entry, read a thousand at a time; the first at once, for once a file has begun no fault can be told."""
    if not house.kept.keeps:
        raise BadInput("feedback is not kept by this service: its setting `database` is none")
    from cdshooks.store.entries import entries

    def some(start: int) -> list[dict]:
        return entries(house.kept.database, since, until, start, 1000)

    def each() -> Iterator[dict]:
        rows, start = first, 0
        while rows:
            yield from rows
            start += len(rows)
            rows = some(start)

    since, until = _day("since"), _day("until")
    first = some(0)
    return each()


def _file(lines, kind: str, name: str) -> Response:
    answer = Response(stream_with_context(lines), content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _calm(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _weeks(rows: list[dict]) -> list[Bars]:
    """From the first week to the last, also those in which nothing was shown."""
    by_week = {row["week"]: row for row in rows}
    first, last = (date.fromisoformat(end) for end in (min(by_week), max(by_week))) if rows else (date.max, date.min)
    days = range(first.toordinal(), last.toordinal() + 1, 7)
    weeks = [date.fromordinal(day).isoformat() for day in days]
    return [Bars(week, {name: by_week.get(week, {}).get(name, 0) for name in COUNTED}) for week in weeks]


def _titles(house: House):
    def title(topic: str) -> str:
        card = house.library.card(topic)
        return card.title if card else topic

    return title


def _day(name: str) -> date | None:
    text = request.args.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(f"{name}: {text[:20]!r} is no day; write one such as 2026-01-15") from None


def _number(name: str) -> int:
    text = request.args.get(name, "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
