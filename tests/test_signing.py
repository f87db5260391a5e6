"""Signatures: what was signed is told from what has changed since, by name; nothing else makes a difference."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cdshooks.cli import main
from cdshooks.content.load import load_library
from cdshooks.content.signing import standings, summary
from tests import small_library
from tests.shipped import LIBRARY

ADA = "Ada Example, haematologist"


def run(*words: str):
    return CliRunner().invoke(main, [*words])


def sign(folder: Path, who: str = ADA, *more: str):
    return run("sign", "sugar-low", "--as", who, "--cards", str(folder), "--today", "2026-01-15", *more)


def changes(folder: Path) -> tuple[str, ...]:
    library = load_library(folder)
    (standing,) = standings(library.cards[0], library)
    return standing.changes


@pytest.fixture
def folder(tmp_path):
    small_library.write(tmp_path)
    assert sign(tmp_path).exit_code == 0
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_a_card_that_is_signed_is_what_was_signed(folder):
    assert changes(folder) == ()
    assert (
        "Clinically signed by Ada Example, haematologist on 2026-01-15."
        in run("show", "sugar-low", "--cards", str(folder)).stdout
    )
    assert summary(load_library(folder)) == "clinical signatures: 1 signed, 0 not signed"


SEEN = {
    "a sentence": ("sugar/rule.toml", 'say = "The sugar is low"', 'say = "Sugar is low"', "criterion 'low'"),
    "a question": ("sugar/rule.toml", "within 30 days", "within 31 days", "criterion 'low'"),
    "how loud": ("sugar/rule.toml", '"warning"', '"critical"', "outcome 'weak'"),
    "a shared sentence": ("_service.toml", "The patient has died", "Dead", "criterion 'deceased'"),
    "a shared notion": ("_concepts/all.toml", "Weak in some way", "Weak", "notion 'weak'"),
    "a code": ("_concepts/all.toml", 'code = "42"', 'code = "43"', "codes and limits of 'faint'"),
    "a limit": ("_concepts/all.toml", 'below = ["10 mg/L"]', 'below = ["0.01 g/L"]', None),
    "another limit": ("_concepts/all.toml", '["10 mg/L"]\nsource = "made up"\n[[result.sugar.band]]\nis = "fine"\nat_least = ["10 mg/L"]', '["11 mg/L"]\nsource = "made up"\n[[result.sugar.band]]\nis = "fine"\nat_least = ["11 mg/L"]', "codes and limits of 'sugar'"),
    "a text": ("sugar/text.md", "Give syrup.", "Give no syrup.", "text 'act'"),
    "an override reason": ("_service.toml", "Another reason", "Other", "title, hooks, precedence and override reasons"),
    "evidence": ("sugar/evidence.toml", '"everything"', '"nothing"', "evidence 1"),
    "a source": ("_concepts/all.toml", "https://example.org/book", "https://example.org/b", "source 'BOOK'"),
    "a vignette": ("sugar/vignettes.toml", '9.9 mg/L', "9.8 mg/L", "vignette 'well'"),
}  # fmt: skip


@pytest.mark.parametrize("what", SEEN)
def test_what_the_reader_saw_is_told_by_name_when_it_changes(what, folder):
    file, old, new, name = SEEN[what]
    change(folder / file, old, new)
    assert changes(folder) == ((name,) if name else ())


def test_what_is_new_and_what_is_gone_is_told(folder):
    change(folder / "sugar/vignettes.toml", 'name = "well"', 'name = "good"')
    assert changes(folder) == ("vignette 'good' is new", "vignette 'well' is gone")
    told = run("show", "sugar-low", "--cards", str(folder)).stdout
    assert "**Changed since it was signed** by Ada Example, haematologist on 2026-01-15: vignette 'good' is new" in told
    checked = run("check", "--cards", str(folder)).stdout
    assert "1 changed since signed: sugar-low (vignette 'good' is new; vignette 'well' is gone)" in checked


def test_line_ends_blanks_comments_and_the_writing_of_numbers_make_no_difference(folder):
    for file in folder.rglob("*"):
        if file.is_file():
            text = file.read_text("utf-8").replace("\n", "  \r\n" if file.suffix == ".md" else "\r\n")
            file.write_bytes((text + "\r\n" + ("# said\r\n" if file.suffix == ".toml" else "")).encode())
    change(folder / "_concepts/all.toml", '"g/L" = 1000', '"g/L" = 1000.0')
    assert changes(folder) == ()


def test_several_sign_each_for_themselves_and_may_withdraw(folder):
    change(folder / "sugar/text.md", "Give syrup.", "Give some syrup.")
    assert sign(folder, "Bo Example, pharmacist").exit_code == 0
    library = load_library(folder)
    assert [(s.signature.by, s.holds) for s in standings(library.cards[0], library)] == [
        (ADA, False), ("Bo Example, pharmacist", True),
    ]  # fmt: skip
    assert sign(folder, "Bo Example, pharmacist", "--withdraw").exit_code == 0
    assert sign(folder).exit_code == 0  # again: in place of the first
    assert changes(folder) == ()
    assert sign(folder, ADA, "--withdraw").exit_code == 0
    assert not (folder / "sugar/signed.toml").exists()
    assert summary(load_library(folder)) == "clinical signatures: 0 signed, 1 not signed"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("sugar-low", "--as", "Ada"), "write the name and the role"),
        (("sugar-lwo", "--as", ADA), "no card is called 'sugar-lwo'; did you mean 'sugar-low'?"),
        (("salt", "--as", ADA), "there are sugar-low"),
        (("sugar-low", "--as", "Cy Example, nurse", "--withdraw"), "has not signed it; signed has Ada Example"),
    ],
)
def test_what_cannot_be_signed_is_told_with_what_to_do(words, says, folder):
    answer = run("sign", *words, "--cards", str(folder))
    assert answer.exit_code != 0
    assert says in answer.stderr


def test_a_signature_that_was_touched_is_refused_or_told(folder):
    text = (folder / "sugar/signed.toml").read_text()
    digest = text.partition('digest = "')[2][:64]
    (folder / "sugar/signed.toml").write_text(text.replace(digest, "0" * 64))
    assert changes(folder) == ("something",)


def test_none_of_our_own_cards_is_signed():
    assert [card.topic for card in LIBRARY.cards if card.page.signatures] == []
