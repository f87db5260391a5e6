"""Every example in a docstring of ours says what is true."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = [
    file.relative_to(root)
    for root in (ROOT, ROOT / "conformance")
    for package in ("cdshooks", "cds_conformance")
    for file in sorted((root / package).rglob("*.py"))
    if ">>> " in file.read_text("utf-8")
]
MODULES = [".".join(file.with_suffix("").parts).removesuffix(".__init__") for file in FILES]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_are_true(name):
    told = doctest.testmod(import_module(name))
    assert told.failed == 0
    assert told.attempted > 0
