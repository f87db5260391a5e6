"""The judge stands alone: it knows nothing of cdshooks, and its files and functions stay short."""

import ast
from pathlib import Path
from statistics import median

import pytest

PACKAGE = Path(__file__).parents[2] / "conformance" / "cds_conformance"
FILES = sorted(PACKAGE.rglob("*.py"))


def imports_of(file):
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_the_judge_imports_nothing_from_cdshooks(file):
    assert [module for module in imports_of(file) if module.split(".")[0] == "cdshooks"] == []


def test_every_file_opens_with_one_sentence_that_says_what_it_is_for():
    def opening(file):
        return (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").split("\n")[0]

    assert [file.name for file in FILES if not opening(file).endswith((".", ":", "?"))] == []


def test_files_and_functions_stay_short():
    lengths = [
        (node.end_lineno - node.lineno + 1 - _docstring_lines(node), f"{file.name}: {node.name}")
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    assert median(length for length, _ in lengths) <= 10
    assert [name for length, name in lengths if length > 40] == []
    assert [file.name for file in FILES if len(file.read_text("utf-8").splitlines()) > 320] == []


def _docstring_lines(node) -> int:
    """The page of a check stands in its docstring, and is not code."""
    return len((ast.get_docstring(node) or "").splitlines())
