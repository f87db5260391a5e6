"""Plausible mistakes of an author, each in a fresh copy of our own cards: `cdshooks check` notices every one."""

import pytest

from cdshooks.content.load import default_path
from tests.mistakes import KINDS, mistakes, noticed

CARDS = default_path()
ALL = list(mistakes(CARDS))


def test_there_are_mistakes_of_every_kind_and_more_than_64():
    assert {mistake.kind for mistake in ALL} == {kind.name for kind in KINDS}
    assert len(ALL) >= 64


# A few in every run, one of each way to be noticed; the others take minutes.
FEW = ("ten times the dose", "stop, instead of do not stop")
SOME = [pytest.param(kind, marks=pytest.mark.long) for kind in ("a suggestion that is gone", "a comma that is missing")]


@pytest.mark.parametrize("kind", [*FEW, *SOME])
def test_a_mistake_is_noticed(kind, tmp_path):
    assert noticed(next(m for m in ALL if m.kind == kind), CARDS, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("mistake", ALL, ids=str)
def test_each_mistake_is_noticed(mistake, tmp_path):
    assert noticed(mistake, CARDS, tmp_path)
