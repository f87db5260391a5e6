"""Smoke test of what `make dist` built: installed outside the checkout, on each supported Python that is there.

    python tests/tools/smoke.py dist

For each Python: an environment of its own from the lock file, the wheel, then what a newcomer does. For the sdist: the
wheel that is built from it holds the same files.
"""

import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path
from shutil import which
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
VERSIONS = ("3.11", "3.12", "3.13")


def run(*words: object, cwd: Path, **options) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CDSHOOKS_"))}
    done = subprocess.run([*map(str, words)], cwd=cwd, env=clean, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def interpreter(version: str) -> str | None:
    """A Python of this version: on the path, or among pyenv's."""
    kept = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    for found in (which(f"python{version}"), *map(str, kept)):
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    return None


def try_wheel(wheel: Path, python: str, place: Path) -> None:
    run(python, "-m", "venv", "env", cwd=place)
    binaries = place / "env" / "bin"
    install = [binaries / "python", "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-compile"]
    run(*install, "--require-hashes", "-r", ROOT / "requirements" / "serve.txt", cwd=place)
    run(*install, "--no-deps", "--no-index", wheel, cwd=place)
    run(*install[:3], "check", cwd=place)
    assert "cdshooks" in run(binaries / "cdshooks", "--version", cwd=place)
    assert ", 0 not as told" in run(binaries / "cdshooks", "check", cwd=place)
    assert "WARNING" in run(binaries / "cdshooks", "fire", "low-b12", "--today", "2026-01-15", cwd=place)
    answer_over_http(binaries, place)


def answer_over_http(binaries: Path, place: Path) -> None:
    """`serve` on a free port says where it answers; discovery does, and the service stops when told to."""
    command = [str(binaries / "cdshooks"), "serve", "--port", "0", "--workers", "1"]
    with subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, text=True) as server:
        lines = iter(server.stdout.readline, "")
        url = next(match[0] for line in lines if (match := re.search(r"http://\S+/cds-services", line)))
        with urlopen(url, timeout=10) as answer:
            assert answer.status == 200
            assert b'"services"' in answer.read()
        server.terminate()
        assert server.wait(timeout=30) == 0


def same_from_sdist(sdist: Path, wheel: Path, place: Path) -> None:
    """The wheel that others build from the sdist is the one that we hand out."""
    with tarfile.open(sdist) as packed:
        packed.extractall(place, filter="data")
    (source,) = place.iterdir()
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", "again", cwd=source)
    (again,) = (source / "again").glob("*.whl")
    ours, theirs = ({name: info.CRC for name, info in contents(path).items()} for path in (wheel, again))
    assert ours == theirs, sorted(ours.items() ^ theirs.items())[:10]


def contents(wheel: Path) -> dict:
    return {info.filename: info for info in zipfile.ZipFile(wheel).infolist()}


def try_judge(wheel: Path, place: Path) -> None:
    """The judge is a distribution of its own: its wheel beside the service's, with what that brought already."""
    binaries = place / "env" / "bin"
    run(binaries / "python", "-m", "pip", "--quiet", "install", "--no-compile", "--no-deps", "--no-index", wheel, cwd=place)
    run(binaries / "python", "-m", "pip", "--disable-pip-version-check", "check", cwd=place)
    assert "Expected" in run(binaries / "cds-conformance", "explain", "pre-8", cwd=place)


def main(folder: str) -> None:
    (wheel,), (sdist,) = (sorted(Path(folder).resolve().glob(end)) for end in ("*.whl", "*.tar.gz"))
    (judge,) = Path(folder).resolve().glob("judge/*.whl")
    with tempfile.TemporaryDirectory() as place:
        same_from_sdist(sdist, wheel, Path(place))
    print(f"{sdist.name}: builds the same wheel")
    for version in VERSIONS:
        python, began = interpreter(version), time.monotonic()
        if python is None:
            print(f"Python {version}: not on this machine, not tried")
            continue
        with tempfile.TemporaryDirectory() as place:
            try_wheel(wheel, python, Path(place))
            try_judge(judge, Path(place))
        print(f"Python {version}: {wheel.name} installs and answers ({time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    main(*sys.argv[1:])
