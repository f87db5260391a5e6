"""HAPI's definitions of all FHIR versions, asked in one go: is a DSTU2 resource valid, is there such an element?"""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import MISSING
from tests.ucum_oracles import INSTALLED

HERE = Path(__file__).parent / "oracles" / "hapi"
MAVEN = ["mvn", "-q", "-B", "-ntp", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath"]
NAMES = {"DSTU2": "DSTU2", "STU3": "DSTU3", "R4": "R4", "R5": "R5"}


def hapi(questions: list[str]) -> list[str]:
    """An answer to each question (see Oracle.java); empty where all is well."""
    if not shutil.which("java") or not shutil.which("mvn"):
        pytest.skip(f"{MISSING}java and mvn, with which HAPI's FHIR definitions are asked")
    command = ["java", "-XX:TieredStopAtLevel=1", "-cp", class_path(), str(HERE / "Oracle.java")]
    asked = "\n".join(questions)
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, timeout=240)
    return done.stdout.split("\n")[: len(questions)]


def class_path() -> str:
    """Found by Maven, which fetches what is lacking; kept until the pom changes."""
    kept = INSTALLED / f"hapi-{hashlib.sha256((HERE / 'pom.xml').read_bytes()).hexdigest()[:12]}.txt"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        found = ["-DincludeScope=runtime", f"-Dmdep.outputFile={kept}"]
        subprocess.run([*MAVEN, *found], cwd=HERE, check=True, timeout=600, capture_output=True)
    return kept.read_text(encoding="utf-8").strip()
