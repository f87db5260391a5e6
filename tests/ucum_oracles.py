"""Two other people's UCUM: ucumvert (Python) and ucum-lhc (node), asked for factors between units."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import MISSING

HERE = Path(__file__).parent
INSTALLED = HERE.parent / ".venv" / "oracles"


@dataclass(frozen=True)
class Question:
    """How much of `to` is one `from`? `weight` (g/mol) is needed between mass and moles."""

    unit: str
    to: str = ""
    weight: str = ""


@dataclass(frozen=True)
class Told:
    """What an oracle says; without a factor it cannot convert."""

    valid: bool
    name: str | None = None
    factor: float | None = None


def ucum_lhc(questions: list[Question]) -> dict[Question, Told]:
    """All questions at once: starting node is what takes time."""
    node = shutil.which("node")
    if node is None:
        pytest.skip(f"{MISSING}node, in which ucum-lhc runs")
    if not (INSTALLED / "node_modules" / "@lhncbc" / "ucum-lhc").is_dir():
        pytest.skip(f"{MISSING}node packages of tests/oracles; .ci/run installs them into .venv/oracles")
    asked = json.dumps([{"from": q.unit, "to": q.to, "weight": float(q.weight or 0)} for q in questions])
    command = [node, str(HERE / "oracles" / "ucum.cjs"), str(INSTALLED)]
    answer = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, timeout=60)
    return {q: Told(**row) for q, row in zip(questions, json.loads(answer.stdout), strict=True)}


@cache
def _registry():
    return pytest.importorskip("ucumvert", reason=f"{MISSING}ucumvert (`make test` installs it)").PintUcumRegistry()


def ucumvert(question: Question) -> Told:
    """What ucumvert says; it does not convert between mass and moles."""
    units = _registry()
    from pint.errors import DimensionalityError
    from ucumvert import InvalidUcumError

    try:
        found = units.from_ucum(question.unit)
        if not question.to:
            return Told(True, str(found.units))
        return Told(True, str(found.units), float(found.to(units.from_ucum(question.to).units).magnitude))
    except InvalidUcumError:
        return Told(False)
    except DimensionalityError:
        return Told(True, str(found.units))
