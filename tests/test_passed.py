"""What passed all checks once is read without them, and only that: one byte of content or code less, and all is checked."""

import re
import shutil
import sys

import pytest

from cdshooks.content import bans, load, passed
from cdshooks.content.passed import digest, load_checked
from cdshooks.errors import CardError
from tests import small_library

CHECKS = ("_check_cards", "check_bans", "check_vignettes", "check_patients")


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The place of the digest, of this test alone; and the checks that were made."""
    monkeypatch.setattr(passed, "_place", lambda: tmp_path / "kept" / "digest")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path / "kept" / "digest"


@pytest.fixture
def checks(monkeypatch):
    """The names of the checks that are made."""
    made = []

    def counted(name, check):
        return lambda *given: made.append(name) or check(*given)

    for name in CHECKS:
        monkeypatch.setattr(load, name, counted(name, getattr(load, name)))
    return made


@pytest.fixture
def folder(tmp_path):
    small_library.write(tmp_path / "cards")
    return tmp_path / "cards"


def _told(library) -> str:
    """All that a library holds, in words; without where in memory it lies."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(library))


def test_what_has_passed_is_not_checked_again_and_gives_the_same_cards(kept, checks, folder):
    first = load_checked(folder)
    assert checks == list(CHECKS)
    second = load_checked(folder)
    assert checks == list(CHECKS)
    assert _told(second) == _told(first)


def test_what_changed_in_one_byte_is_checked_and_a_fault_in_it_is_told(kept, checks, folder):
    load_checked(folder)
    text = next(folder.glob("*/text.md"))
    text.write_text(text.read_text("utf-8") + "\n## stray\n\nNobody uses this.\n", encoding="utf-8")
    for _ in range(2):  # what failed is not kept as what passed
        with pytest.raises(CardError, match="the rule never uses this section"):
            load_checked(folder)
    assert checks == 3 * list(CHECKS)


def test_a_site_file_has_everything_checked(kept, checks, folder, tmp_path):
    site = tmp_path / "site.toml"
    site.write_text("", encoding="utf-8")
    for _ in range(2):
        load_checked(folder, site)
    assert checks == 2 * list(CHECKS)


def test_where_nothing_can_be_kept_everything_is_checked(kept, checks, folder, monkeypatch):
    kept.parent.write_text("a file where the folder should be", encoding="utf-8")
    for _ in range(2):
        load_checked(folder)
    kept.parent.unlink()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for _ in range(2):
        load_checked(folder)
    assert checks == 4 * list(CHECKS)
    assert not kept.exists()


def test_the_digest_is_of_every_byte_and_name_of_content_and_of_code(folder, tmp_path, monkeypatch):
    code = tmp_path / "code"
    shutil.copytree(passed.PACKAGE / "content", code / "content", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(passed, "PACKAGE", code)
    monkeypatch.setattr(passed, "CODE", ("content",))
    found = {digest(folder)}
    for root in (folder, code):
        files = sorted(file for file in root.rglob("*") if file.is_file())
        for file in files:
            before = file.read_bytes()
            file.write_bytes(before + b" ")
            found.add(digest(folder))
            file.write_bytes(before)
        moved = files[0].rename(files[0].with_name("moved"))
        found.add(digest(folder))
        moved.rename(files[0])
        assert len(found) == 1 + len(files) + 1 or root is code
    assert len(found) == 3 + sum(file.is_file() for root in (folder, code) for file in root.rglob("*"))


def test_all_code_that_reads_and_checks_content_is_in_the_digest():
    """Whatever a module of these rooms imports of ours is in them, too; only what it is told at run time is not."""
    before = {name for name in sys.modules if name.startswith("cdshooks.")}
    assert {bans.__name__, load.__name__} <= before
    for room in passed.CODE:
        assert (passed.PACKAGE / room).exists()
    files = [file for room in passed.CODE for file in (passed.PACKAGE / room).rglob("*.py")]
    imported = {
        line.split()[1] for file in files for line in file.read_text("utf-8").splitlines()
        if line.strip().startswith(("from cdshooks", "import cdshooks"))
    }  # fmt: skip
    rooms = {room.removesuffix(".py") for room in passed.CODE}
    assert {name.split(".")[1] for name in imported if "." in name} <= rooms


def test_what_is_written_while_it_is_read_is_read_again(kept, checks, folder, monkeypatch):
    told = iter(("one", "another"))
    monkeypatch.setattr(passed, "digest", lambda folder: next(told))
    load_checked(folder)
    assert checks == 2 * list(CHECKS)
    assert not kept.exists()


def test_the_vignettes_of_what_has_passed_are_those_that_were_there_and_are_read_when_asked_for(kept, folder, monkeypatch):
    vignettes = load_checked(folder).cards[0].page.vignettes
    (later,) = (card.page.vignettes for card in load_checked(folder).cards)
    next(folder.glob("*/vignettes.toml")).write_text("", encoding="utf-8")
    assert (later, len(later), later[0], repr(later)) == (vignettes, len(vignettes), vignettes[0], repr(vignettes))
