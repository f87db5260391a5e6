"""Content files: read as TOML with exact decimals, checked against the JSON Schema of their kind."""

from collections.abc import Iterator
from pathlib import Path

from cdshooks import shape
from cdshooks.content.faults import Faults


def read_toml(path: Path, kind: str, place: str, faults: Faults) -> dict:
    """A content file; what is wrong with it is added to the faults, and it counts as empty."""
    content, found = shape.read_toml(path, f"content-{kind}")
    for where, says in found:
        faults.add(f"{place}{where}", says)
    return content


def faults_of_shape(content: dict, kind: str) -> Iterator[tuple[list, str]]:
    """Where the content is not as the schema of its kind says, and what is wrong there."""
    return shape.faults_of_shape(content, f"content-{kind}")
