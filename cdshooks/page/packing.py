"""What travels in a form or an address from view to view, made small, and told by its mark."""

import base64
import zlib

MARK = "~"  # no JSON and no order begins with it


def pack(raw: bytes, effort: int = 9) -> str:
    """Bytes as a short text that an address can hold."""
    return MARK + base64.urlsafe_b64encode(zlib.compress(raw, effort)).decode().rstrip("=")


def unpack(text: str, largest: int) -> bytes:
    """What was packed; raises ValueError for what was not, or is more than `largest` bytes."""
    small = text.removeprefix(MARK)
    opened = zlib.decompressobj()
    try:
        raw = opened.decompress(base64.urlsafe_b64decode(small + "=" * (-len(small) % 4)), largest)
    except zlib.error:
        raise ValueError("it was not packed here") from None
    if opened.unconsumed_tail or not opened.eof:
        raise ValueError("it is too large, or not whole")
    return raw
