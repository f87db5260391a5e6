"""Resources that came in several versions: the newest stands, and what it retracts is gone with the older ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from cdshooks.reading.read import as_dict, as_text, when

_LONGEST_NUMBER = 18  # digits


def standing_versions(rows: Sequence[Mapping]) -> Sequence[Mapping]:
    """The rows without the older versions of those with the same type and id; all, where nobody can tell."""
    with suppress(TypeError):  # an id that is no text
        if len({(row.get("resourceType"), row.get("id")) for row in rows}) == len(rows):
            return rows  # as in most calls; in half the time of counting names
    named = Counter(map(_name, rows))
    several = {name for name, count in named.items() if count > 1 and name[1]}
    if not several:
        return rows
    versions: dict[tuple, list[Mapping]] = {}
    for row in rows:
        if (name := _name(row)) in several:
            versions.setdefault(name, []).append(row)
    outdated = {id(row) for same in versions.values() for row in _outdated(same)}
    return [row for row in rows if id(row) not in outdated]


def _name(row: Mapping) -> tuple[object, str]:
    return row.get("resourceType"), as_text(row.get("id"))


def _outdated(versions: Sequence[Mapping]) -> list[Mapping]:
    """The older ones, where all of them say when they were changed, or which number they are, and not the same."""
    for told in (list(map(_changed, versions)), list(map(_number, versions))):
        if None not in told and len(set(told)) > 1:
            newest = max(told)
            return [row for row, at in zip(versions, told, strict=True) if at < newest]
    return []


def _changed(row: Mapping) -> datetime | None:
    found = when(as_dict(row.get("meta")).get("lastUpdated"), UTC)
    return found.local if found else None


def _number(row: Mapping) -> int | None:
    number = as_text(as_dict(row.get("meta")).get("versionId"))
    return int(number) if number.isdecimal() and len(number) <= _LONGEST_NUMBER else None
