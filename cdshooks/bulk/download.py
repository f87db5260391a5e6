"""The files of an export, one after the other into the folder; what lies there whole is not fetched again."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from cdshooks.bulk.export import File, Manifest
from cdshooks.bulk.server import Server
from cdshooks.bulk.words import told_by
from cdshooks.errors import ServerUnreachable
from cdshooks.reach.urls import origin
from cdshooks.screen.inputs import BrokenOff, lines

NDJSON = {"Accept": "application/fhir+ndjson, application/ndjson"}
MOST_TOLD = 20
AGAIN = "run the same command again, and ask those who run the server if it stays so"


def download(server: Server, manifest: Manifest, folder: Path, tell: Callable[[str], None]) -> int:
    """All files that are not there yet; how many were fetched. Raises what Server raises, at the first fault."""
    fetched = 0
    for path, file in named(manifest, folder):
        if path.exists():
            continue
        part = folder / f".part-{path.name}"
        server.save(file.url, NDJSON, part, _with_token(server, manifest, file))
        _check(part, path.name, file)
        part.replace(path)
        fetched += 1
        tell(f"{path.name}: {path.stat().st_size:,} bytes")
    return fetched


def named(manifest: Manifest, folder: Path) -> Iterator[tuple[Path, File]]:
    """Where each file lies: `Observation-0003.ndjson`, in the order of the manifest."""
    for number, file in enumerate(manifest.files, 1):
        yield folder / f"{file.kind}-{number:04}.ndjson", file
    for number, file in enumerate(manifest.errors, 1):
        yield folder / f"error-{number:04}.ndjson", file


def not_exported(manifest: Manifest, folder: Path) -> Iterator[str]:
    """What the server says that it left out: the issues in its error files."""
    for path, _ in list(named(manifest, folder))[len(manifest.files) :]:
        for number, line in islice(lines(path), MOST_TOLD):
            yield f"{path.name}, line {number}: {told_by(line or b'')}"


def _with_token(server: Server, manifest: Manifest, file: File) -> bool:
    """Elsewhere the token is shown only where the manifest asks for it in so many words."""
    if origin(file.url) == origin(server.base):
        return manifest.with_token is not False
    return manifest.with_token is True


def _check(part: Path, name: str, file: File) -> None:
    """A file that broke off looks like a shorter one: its lines are counted where the manifest says how many."""
    try:
        begins = next((line for _, line in lines(part)), b"{")
        came = sum(1 for _ in lines(part))
    except BrokenOff:
        begins, came = b"{", -1
    if begins is not None and not begins.startswith(b"{"):
        part.unlink()
        raise ServerUnreachable(f"{name}: what came is no NDJSON, perhaps a page to log in; {AGAIN}")
    if came < 0 or (file.count is not None and came != file.count):
        part.unlink()
        why = "it is broken off" if came < 0 else f"{came} lines came, and the manifest says {file.count}"
        raise ServerUnreachable(f"{name}: {why}; {AGAIN}")
