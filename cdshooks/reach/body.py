"""The body of an answer, read no further than it may be: bytes are counted as they come and as they unfold."""

import zlib
from collections.abc import Iterator

from cdshooks.reach.budget import Budget
from cdshooks.reach.failure import Failure, Kind

CHUNK = 65536
_GZIP = 16 + zlib.MAX_WBITS


def read_body(raw, encoding: str, budget: Budget) -> bytes:
    """All bytes of an answer, unpacked; raises Failure where they are too many or cannot be unpacked.

    `raw` is urllib3's response; `encoding` its Content-Encoding.
    """
    return b"".join(pieces(raw, encoding, budget))


def pieces(raw, encoding: str, budget: Budget) -> Iterator[bytes]:
    """The same, piece by piece."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return _plain(raw, budget)
    if encoding in ("gzip", "x-gzip"):
        return _unpacked(raw, budget)
    raise Failure(Kind.UNUSABLE, "answers in an encoding that was not asked for")


def _plain(raw, budget: Budget) -> Iterator[bytes]:
    size = 0
    for part in raw.stream(CHUNK, decode_content=False):
        size += len(part)
        budget.spend(len(part), size)
        yield part


def _unpacked(raw, budget: Budget) -> Iterator[bytes]:
    """A packed megabyte may unfold to a gigabyte: it is unfolded piece by piece, and counted."""
    unpack, size, packed = zlib.decompressobj(_GZIP), 0, 0
    try:
        for part in raw.stream(CHUNK, decode_content=False):
            packed += len(part)
            while part:
                piece = unpack.decompress(part, CHUNK)
                size += len(piece)
                budget.spend(len(piece), max(size, packed))
                yield piece
                part = unpack.unconsumed_tail
    except zlib.error:
        raise Failure(Kind.UNUSABLE, "answers with bytes that cannot be unpacked") from None
    if not unpack.eof:
        raise Failure(Kind.BROKEN, "broke off in the middle of its answer")
