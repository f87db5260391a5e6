"""Two other people's FHIRPath: fhirpath.js (node) and fhirpathpy (Python), asked for the values of paths."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import MISSING

HERE = Path(__file__).parent
INSTALLED = HERE.parent / ".venv" / "oracles"
MODELS = INSTALLED / "node_modules" / "fhirpath" / "fhir-context"


def node_with_fhirpath() -> str:
    """The node that has fhirpath.js beside it; skips where there is none."""
    node = shutil.which("node")
    if node is None:
        pytest.skip(f"{MISSING}node, in which fhirpath.js runs")
    if not MODELS.is_dir():
        pytest.skip(f"{MISSING}node packages of tests/oracles; .ci/run installs them into .venv/oracles")
    return node


@dataclass(frozen=True)
class FhirpathJs:
    """A running fhirpath.js that answers line by line: starting node is what takes time."""

    process: subprocess.Popen

    def __call__(self, path: str, variables: dict) -> list:
        """The values of a path, in which `%context` is variables["context"]."""
        self.process.stdin.write(json.dumps({"path": path, "variables": variables}) + "\n")
        self.process.stdin.flush()
        told = json.loads(self.process.stdout.readline())
        assert "error" not in told, told["error"]
        return told["values"]


@contextmanager
def fhirpath_js() -> Iterator[FhirpathJs]:
    command = [node_with_fhirpath(), str(HERE / "oracles" / "fhirpath.cjs"), str(INSTALLED)]
    pipe = subprocess.PIPE
    # What it complains of is of no use here, and an unread pipe would fill up.
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        yield FhirpathJs(process)
        process.stdin.close()


def fhirpathpy(path: str, variables: dict) -> list:
    from fhirpathpy import evaluate
    from fhirpathpy.models import models

    return evaluate({}, path, variables, models["r4"])
