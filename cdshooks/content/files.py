"""Content files: read as TOML with exact decimals, checked against the JSON Schema of their kind."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from cdshooks import shape
from cdshooks.content.faults import Faults


def read_toml(path: Path, kind: str, place: str, faults: Faults) -> dict:
    """A content file; what is wrong with it is added to the faults, and it counts as empty."""
    if faults.passed:
        return shape.parse_toml(path)[0]
    content, found = shape.read_toml(path, f"content-{kind}")
    for where, says in found:
        faults.add(f"{place}{where}", says)
    return content


class Later(Sequence):
    """The rows of one kind of a file as it is now, made when somebody asks for them.

    Half of all content are vignettes, which no call needs: 0.15 s of a start, where they are known to have passed.
    """

    def __init__(self, path: Path, kind: str):
        self._text, self._kind = path.read_text(encoding="utf-8"), kind

    @cached_property
    def _rows(self) -> tuple[dict, ...]:
        return tuple(shape.parse_text(self._text).get(self._kind, ()))

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index):
        return self._rows[index]

    def __eq__(self, other: object) -> bool:
        return self._rows == (other._rows if isinstance(other, Later) else other)

    __hash__ = None

    def __repr__(self) -> str:
        return repr(self._rows)


def faults_of_shape(content: dict, kind: str) -> Iterator[tuple[list, str]]:
    """Where the content is not as the schema of its kind says, and what is wrong there."""
    return shape.faults_of_shape(content, f"content-{kind}")


def read_tables(path: Path, kind: str, place: str, faults: Faults) -> dict[str, dict]:
    """A file of tables by kind and name; a table that is wrong is told once, left out, and its name remembered.

    What asks about it elsewhere is not told again: it would be all right, were this one.
    """
    content, fault = shape.parse_toml(path)
    if fault:
        faults.add(place, fault)
        faults.unreadable = True
    for way, says in [*faults_of_shape(content, kind)] if not (fault or faults.passed) else ():
        faults.add(f"{place}{shape.where(way)}", says)
        if len(way) > 1:
            content.get(way[0], {}).pop(way[1], None)
            faults.broken.add(way[1])
        elif way:
            faults.broken.update(content.pop(way[0], {}))
    return {name: tables for name, tables in content.items() if isinstance(tables, dict)}
