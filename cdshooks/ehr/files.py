"""JSON out of a file, plain or gzipped, with the digits kept as they were written."""

import gzip
import zlib
from pathlib import Path

from cdshooks.errors import BadInput, BadJson
from cdshooks.protocol.wire import decode

GZIP_MAGIC = b"\x1f\x8b"


def read_json(path: Path) -> object:
    """What the file says; how it is packed is told by its first bytes, not by its name."""
    raw = read_bytes(Path(path))
    try:
        return decode(raw)
    except BadJson as fault:
        raise BadInput(f"{path}: not JSON ({fault.issues[0]}); give a FHIR JSON file, plain or gzipped") from fault


def read_bytes(path: Path) -> bytes:
    """The unpacked bytes of the file."""
    try:
        raw = path.read_bytes()
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read ({fault.strerror}); check the path") from fault
    if not raw.startswith(GZIP_MAGIC):
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as fault:
        raise BadInput(f"{path}: broken gzip ({fault}); copy or pack the file again") from fault
