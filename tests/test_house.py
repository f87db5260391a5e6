"""The house stays easy to walk: floors, what the middle may touch, no clinical word in the engine, short functions."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path
from statistics import median

import pytest

from tests.shipped import LIBRARY

PACKAGE = Path(__file__).parent.parent / "cdshooks"
FLOORS = {
    "fits": 0, "garbage": 0, "errors": 1, "shape": 1, "terms": 2, "reading": 3, "store": 3, "observe": 3, "reach": 3, "chart": 4, "config": 4, "trust": 4, "rules": 5, "protocol": 6, "content": 6, "respond": 7, "plots": 7, "ehr": 7, "gmf": 7, "feed": 7, "screen": 8, "bulk": 8, "web": 8,
    "review": 8, "page": 8, "cli": 9,
}  # fmt: skip
# Rooms on one floor do not import each other, but for these, each with its reason.
NEIGHBOURS = {
    ("protocol", "content"),  # discovery and rendering speak of what was loaded; content knows nothing of protocol
    ("web", "page"),  # the app carries the page where a setting asks for it, and imports it only then
    ("page", "review"),  # the page shows what judges our own cards
    ("page", "screen"),  # the page looks into a register as a screening reads it
    ("bulk", "screen"),  # what is fetched is what a screening reads, and it must not read half of it
}
MIDDLE = {"terms", "reading", "chart", "rules"}
EDGES = {"flask", "requests", "os", "time", "pathlib", "socket", "random", "subprocess", "click", "rich"}
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(file: Path):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_a_room_imports_only_from_floors_below(file):
    room = room_of(file)
    if room == "__init__":
        return
    for module in imports_of(file):
        if module.startswith("cdshooks."):
            other = module.split(".")[1]
            allowed = other == room or FLOORS[other] < FLOORS[room] or (room, other) in NEIGHBOURS
            assert allowed, f"{room} (floor {FLOORS[room]}) imports {module} (floor {FLOORS[other]})"


def test_no_files_import_each_other_in_a_circle_however_late():
    def module_of(file):
        return ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)

    graph = {module_of(file): {*imports_of(file)} - {module_of(file)} for file in FILES}
    TopologicalSorter(graph).prepare()  # raises CycleError, and names the circle


@pytest.mark.parametrize("file", [f for f in FILES if room_of(f) in MIDDLE], ids=lambda f: f.stem)
def test_the_middle_touches_no_edge_and_asks_no_clock(file):
    touched = {module.split(".")[0] for module in imports_of(file)} & EDGES
    asks = re.findall(r"\b(?:date\.today|datetime\.now|datetime\.utcnow|open)\(", file.read_text(encoding="utf-8"))
    assert (touched, asks) == (set(), [])


def clinical_words() -> set[str]:
    """Every name that the content gives, and the stems of the field's words."""
    library = LIBRARY
    names = set(library.concepts.by_name) | set(library.notions) | {card.topic for card in library.cards}
    # A relative is told by everyday words ("mum", "child"): these are no words of the field.
    field = (concept for concept in library.concepts.by_name.values() if concept.kind != "relative")
    names |= {word for concept in field for word in concept.words}
    general = {"adult", "review", "child", "edd"}  # English words that are also names, and the start of EdDSA
    stems = {"b12", "cobalamin", "folic", "folate", "methotrexate", "anaemi", "anemi", "pregnan", "vitamin", "leber",
             "deficien", "neurolog", "kidney", "platelet", "potassium", "metformin", "haemoglobin"}  # fmt: skip
    return {name.casefold() for name in names - general} | stems


def test_the_engine_knows_no_clinical_word():
    words = re.compile("|".join(rf"\b{re.escape(w)}" for w in sorted(clinical_words())))
    found = [
        f"{file.relative_to(PACKAGE)}:{number}: {match.group()}"
        for file in FILES
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        for match in words.finditer(line.casefold())
    ]
    assert found == []


def functions():
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.end_lineno - node.lineno + 1, f"{file.relative_to(PACKAGE)}: {node.name}"


def test_half_of_the_functions_have_at_most_ten_lines_and_none_more_than_fifty():
    lengths = list(functions())
    assert median(length for length, _ in lengths) <= 10
    assert [name for length, name in lengths if length > 50] == []


def test_every_file_opens_with_one_sentence_that_says_what_it_is_for():
    def opening(file):
        return (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").split("\n")[0]

    assert [str(f.relative_to(PACKAGE)) for f in FILES if not opening(f).endswith((".", ":", "?"))] == []


def test_no_file_is_longer_than_a_reader_can_hold():
    assert [str(f) for f in FILES if len(f.read_text(encoding="utf-8").splitlines()) > 320] == []
