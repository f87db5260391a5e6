"""Makes what the real FHIR server needs, once for each state of tests/real/hapi: its class path and its class.

    python -m tests.real.prepare

Maven downloads about 200 MB of jars the first time. What is made lies in .venv/real, named by the hash of the files
that it was made from.
"""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HAPI = Path(__file__).parent / "hapi"
MADE = Path(__file__).resolve().parents[2] / ".venv" / "real"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath"


@dataclass(frozen=True)
class Prepared:
    """Where the class path and the compiled server lie."""

    folder: Path

    @property
    def is_there(self) -> bool:
        """Made to the end, and Maven's jars are still where they were."""
        return (self.folder / "done").is_file() and all(Path(jar).exists() for jar in self.class_path.split(":"))

    @property
    def class_path(self) -> str:
        return f"{self.folder}:{(self.folder / 'classpath').read_text(encoding='utf-8').strip()}"


def prepared() -> Prepared:
    """The place for the server as tests/real/hapi has it now."""
    told = hashlib.sha256(b"".join((HAPI / name).read_bytes() for name in ("pom.xml", "FhirServer.java")))
    return Prepared(MADE / told.hexdigest()[:16])


def lacking() -> str:
    """What must be installed before the server can be made or run; nothing when all is there."""
    return ", ".join(name for name in ("java", "javac", "mvn") if shutil.which(name) is None)


def make(place: Prepared) -> None:
    """Download the jars, and compile the server; done last, so that half a preparation does not count as one."""
    place.folder.mkdir(parents=True, exist_ok=True)
    output = place.folder / "classpath"
    maven = ["mvn", "-q", "-B", "-ntp", PLUGIN, "-DincludeScope=runtime", f"-Dmdep.outputFile={output}"]
    subprocess.run(maven, cwd=HAPI, check=True, timeout=900)
    javac = ["javac", "-nowarn", "-proc:none", "-cp", place.class_path, "-d", str(place.folder)]
    subprocess.run([*javac, str(HAPI / "FhirServer.java")], check=True, timeout=300)
    (place.folder / "done").touch()


def main() -> int:
    place = prepared()
    if place.is_there:
        return 0
    if lacking():
        print(f"no real FHIR server: {lacking()} is not installed", file=sys.stderr)
        return 1
    make(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
