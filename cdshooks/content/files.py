"""Content files: read as TOML with exact decimals, checked against the JSON Schema of their kind."""

from collections.abc import Iterator
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
