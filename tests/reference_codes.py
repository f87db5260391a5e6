"""The codes of the clinical reference, read off its sections 3.1 and 4.1 to 4.4."""

import re
from collections.abc import Iterator
from functools import cache

from tests.conftest import shared
from tests.shipped import LIBRARY

# "ER 500 mg 860975", "IR 500 861007", "5 mg tab 199318", "injection 1 mg/mL 309594"
STRENGTH = re.compile(r"([\d.]+)(?: (mg)(/mL)?)?(?: (?:tab|cap|tablet|capsule))? (\d{6,7})\b")


@cache
def section(number: str) -> str:
    """The text of one section, without its heading."""
    text = shared("clinical-reference.md").read_text(encoding="utf-8")
    return re.split(r"\n#{2,3} |\n---\n", text.split(f"\n### {number} ")[1])[0]


def rows(number: str) -> Iterator[list[str]]:
    """The cells of each row of a section's table."""
    for line in section(number).splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in line.strip("|").split("|")]


@cache
def codes() -> frozenset[tuple[str, str]]:
    """Every (system, code), by our short names of systems."""
    found = {("LOINC", code) for row in rows("3.1") for code in re.findall(r"\b\d{2,5}-\d\b", row[1])}
    for row in rows("4.1"):
        found |= {("RxNorm", code) for code in re.findall(r"\b\d{4,7}\b", row[1]) + re.findall(r"\b\d{6,7}\b", row[2])}
    found |= {("ATC", code) for code in re.findall(r"\b[A-Z]\d\d[A-Z]{2}\d\d\b", section("4.2"))}
    found |= {("SNOMED CT", code) for code in re.findall(r"\b\d{6,18}\b", section("4.3"))}
    found |= {("ICD-10-CM", code) for code in diagnoses(section("4.4"))}
    return frozenset(found)


def diagnoses(text: str) -> Iterator[str]:
    """
    >>> list(diagnoses("D52.0/.1 folate; N18.1-N18.3, O99.84- and Z34.-; H47.22 **hereditary**; not B12"))
    ['D52.0', 'D52.1', 'N18.1', 'N18.2', 'N18.3', 'O99.84', 'Z34', 'H47.22']
    """
    for match in re.finditer(r"\b(?!B12\b)([A-Z]\d\d)(\.[0-9A-Z]+)?((?:/\.\d+)*)(?:-([A-Z]\d\d\.\d)\b)?", text):
        stem, detail, more, last = match.groups()
        yield stem + (detail or "")
        yield from (stem + part for part in more.split("/")[1:])
        if last:
            yield from (f"{stem}.{n}" for n in range(int(detail[1:]) + 1, int(last[-1]) + 1))


def strengths() -> dict[str, tuple[str, bool]]:
    """Of products: the strength in mg that stands before the code, and whether it is that of one mL."""
    cells = (row[2] for row in rows("4.1"))
    return {code: (number, bool(per)) for cell in cells for number, _, per, code in STRENGTH.findall(cell)}


def uri(pair: tuple[str, str]) -> tuple[str, str]:
    return LIBRARY.concepts.systems.by_name[pair[0]].uri, pair[1]
