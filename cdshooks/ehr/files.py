"""JSON out of a file, plain or gzipped, with the digits kept as they were written."""

import gzip
import zlib
from io import BytesIO
from pathlib import Path

from cdshooks.errors import BadInput, BadJson
from cdshooks.protocol.wire import BOM, GZIP_MAGIC, LARGEST, decode, read_at_most


def read_json(path: Path) -> object:
    """What the file says; how it is packed is told by its first bytes, not by its name."""
    raw = read_bytes(Path(path))
    try:
        return decode(raw)
    except BadJson as fault:
        raise BadInput(f"{path}: not JSON ({fault.issues[0]}); give a FHIR JSON file, plain or gzipped") from fault


def read_bytes(path: Path) -> bytes:
    """The unpacked bytes of the file, which are as many as a record may have."""
    try:
        with path.open("rb") as file:
            raw = read_at_most(file, LARGEST + 1)
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read ({fault.strerror}); check the path") from fault
    return unpacked(raw, str(path), LARGEST)


def unpacked(raw: bytes, where: str, most: int | None = None) -> bytes:
    """The bytes, or what was gzipped in them; BadInput where that is broken, or more than `most`."""
    if raw.startswith(GZIP_MAGIC):
        try:
            with gzip.GzipFile(fileobj=BytesIO(raw)) as packed:
                raw = packed.read() if most is None else read_at_most(packed, most + 1)
        except (OSError, EOFError, zlib.error) as fault:
            raise BadInput(f"{where}: broken gzip ({fault}); copy or pack the file again") from fault
    if most is not None and len(raw) > most:
        raise BadInput(f"{where}: larger than {most} bytes; give less of the patient's record")
    return raw.removeprefix(BOM)
