"""The real Synthea: its jars, downloaded once, and a run of it over our module.

    python -m tests.real.synthea_run

Maven downloads about 212 MB of jars the first time; they lie in .venv/real.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

POM = Path(__file__).parent / "synthea" / "pom.xml"
MODULES = Path(__file__).resolve().parents[2] / "fixtures" / "synthea"
MADE = Path(__file__).resolve().parents[2] / ".venv" / "real"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"


def jars() -> Path:
    """Where they lie, by what is asked for."""
    return MADE / f"synthea-{hashlib.sha256(POM.read_bytes()).hexdigest()[:16]}"


def needed() -> None:
    """Skip where it cannot run, and say what is missing."""
    import pytest

    from tests.conftest import MISSING

    if shutil.which("java") is None:
        pytest.skip(f"{MISSING}java, in which Synthea runs")
    if not (jars() / "done").exists():
        pytest.skip(f"{MISSING}Synthea; python -m tests.real.synthea_run downloads it (with mvn)")


def run(folder: Path, patients: int, *more: str) -> str:
    """So many patients of our module and of no other, under `folder`/fhir; what Synthea printed."""
    command = [
        "java", "-XX:+UseSerialGC", "-Xmx2g", "-cp", f"{jars()}/*", "App", "-r", "20260115", "-e", "20260115",
        "-s", "42", "-cs", "42", "-p", str(patients), "-a", "20-95", "-m", "vitamin_b12_deficiency", "-d", str(MODULES),
        "Massachusetts", "--generate.thread_pool_size=1", "--generate.only_alive_patients=true",
        "--exporter.years_of_history=0", "--exporter.hospital.fhir.export=false", "--exporter.practitioner.fhir.export=false",
        f"--exporter.baseDirectory={folder}", *more,
    ]  # fmt: skip
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900, check=True)
    return ran.stdout + ran.stderr


def main() -> int:
    if (jars() / "done").exists():
        return 0
    if shutil.which("mvn") is None:
        print("no Synthea: mvn is not installed", file=sys.stderr)
        return 1
    jars().mkdir(parents=True, exist_ok=True)
    maven = ["mvn", "-q", "-B", "-ntp", PLUGIN, f"-DoutputDirectory={jars()}"]
    subprocess.run(maven, cwd=POM.parent, check=True, timeout=900)
    (jars() / "done").touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
