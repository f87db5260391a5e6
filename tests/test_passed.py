"""What passed all checks once is read without them, and only that: one byte of content or code less, and all is checked."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from cdshooks.content import bans, load, passed
from cdshooks.content.passed import digest, load_checked
from cdshooks.errors import CardError
from tests import small_library

CHECKS = ("_check_cards", "check_bans", "check_vignettes", "check_patients")


@pytest.fixture(autouse=True)
def code_as_it_is():
    """The digest of the code is that of our own, before and after a test that says otherwise."""
    passed._code.cache_clear()
    yield
    passed._code.cache_clear()


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


def test_a_folder_that_is_a_link_has_everything_checked(kept, checks, folder, tmp_path):
    card = next(rule.parent for rule in folder.glob("*/rule.toml"))
    card.rename(tmp_path / "elsewhere")
    card.symlink_to(tmp_path / "elsewhere")
    for _ in range(2):
        load_checked(folder)
    assert checks == 2 * list(CHECKS)


def test_a_file_that_cannot_be_read_and_is_no_content_stops_nothing(kept, checks, folder, monkeypatch):
    (folder / "swap").write_text("", encoding="utf-8")
    read = Path.read_bytes

    def refused(path):
        if path.name == "swap":
            raise PermissionError
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    for _ in range(2):
        load_checked(folder)
    assert checks == 2 * list(CHECKS)


def test_hidden_folders_are_no_content(folder):
    before = digest(folder)
    (folder / ".git").mkdir()
    (folder / ".git" / "pack").write_text("large", encoding="utf-8")
    (folder / "..data").symlink_to(folder / ".git")
    assert digest(folder) == before != ""


def test_content_below_a_folder_of_compiled_files_is_content(kept, checks, tmp_path):
    folder = tmp_path / "__pycache__" / "cards"
    folder.parent.mkdir()
    small_library.write(folder)
    first = digest(folder)
    text = next(folder.glob("*/text.md"))
    text.write_text(text.read_text("utf-8") + " ", encoding="utf-8")
    assert digest(folder) != first


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

    def told() -> str:
        passed._code.cache_clear()
        return digest(folder)

    found = {told()}
    for root in (folder, code):
        files = sorted(file for file in root.rglob("*") if file.is_file())
        for file in files:
            before = file.read_bytes()
            file.write_bytes(before + b" ")
            found.add(told())
            file.write_bytes(before)
        moved = files[0].rename(files[0].with_name("moved"))
        found.add(told())
        moved.rename(files[0])
        assert len(found) == 1 + len(files) + 1 or root is code
    assert len(found) == 3 + sum(file.is_file() for root in (folder, code) for file in root.rglob("*"))
    monkeypatch.setattr(passed, "CODE", ("content", "in a zip file"))
    assert told() == ""


def test_code_that_was_changed_behind_a_running_process_does_not_speak_for_it(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(passed, "PACKAGE", tmp_path)
    monkeypatch.setattr(passed, "CODE", ("code.py",))
    (tmp_path / "code.py").write_text("old", encoding="utf-8")
    passed._code.cache_clear()
    before = digest(folder)
    (tmp_path / "code.py").write_text("new", encoding="utf-8")
    assert digest(folder) == before
    passed._code.cache_clear()
    assert digest(folder) != before


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


def test_the_vignettes_of_what_has_passed_are_those_that_were_there_and_are_read_when_asked_for(kept, folder):
    vignettes = load_checked(folder).cards[0].page.vignettes
    (later,) = (card.page.vignettes for card in load_checked(folder).cards)
    next(folder.glob("*/vignettes.toml")).write_text("", encoding="utf-8")
    assert (later, len(later), later[0], repr(later)) == (vignettes, len(vignettes), vignettes[0], repr(vignettes))
