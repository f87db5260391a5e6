"""Bytes to JSON and back, where 2.50 stays 2.50 and whatever cannot be read is refused as such."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from decimal import Decimal
from typing import BinaryIO

import msgspec

from cdshooks.errors import BadJson
from cdshooks.garbage import uncollected

# Decimal itself, without a function of ours around it: there are hundreds of numbers in a call. Numbers that cannot be
# meant (1e999) are told from others where they are read.
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")
GZIP_MAGIC = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"  # with which some programs begin a text in UTF-8
_NOT_UTF_8 = "the body is not UTF-8; encode it as UTF-8"
# Bytes from which on nobody looks for garbage: a large body becomes a million objects, none of them garbage, and to go
# through them takes longer than to read it.
LARGE = 1_000_000
LARGEST = 200_000_000  # bytes of a file, unpacked, that are read at once: few bytes may unpack to any number
_PIECE = 1 << 20


def decode(body: bytes) -> object:
    """The JSON in `body`; every way in which it cannot be read is a BadJson.

    >>> decode(b'{"value": 2.50}')
    {'value': Decimal('2.50')}
    """
    if not body:
        raise BadJson("the body is empty; send a JSON object")
    try:
        if len(body) <= LARGE:
            return _decoder.decode(body)
        with uncollected():
            return _decoder.decode(body)
    except RecursionError:
        raise BadJson("the body is nested too deeply to be read; send flatter JSON") from None
    except UnicodeDecodeError:
        raise BadJson(_NOT_UTF_8) from None
    except (msgspec.DecodeError, ArithmeticError, ValueError) as error:
        raise BadJson(_unreadable(body, error)) from None


def encode(body: object) -> bytes:
    """Compact UTF-8 JSON; a Decimal is written with the digits that it has."""
    return _encoder.encode(body)


def _unreadable(body: bytes, error: Exception) -> str:
    if body.startswith(BOM):
        return "the body begins with a byte order mark; send UTF-8 without one"
    if 0 in body[:4] or body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):  # the first sign of JSON is ASCII
        return _NOT_UTF_8
    return f"the body is not JSON that can be read: {_reason(error)}"


def _reason(error: Exception) -> str:
    """What the decoder says of the place, never of the content: a body may hold what must not be repeated."""
    if isinstance(error, msgspec.ValidationError | ArithmeticError):
        return "a number is too long or too large"
    return str(error)


def read_at_most(body: BinaryIO, most: int) -> bytes:
    """The first `most` bytes, or all, in pieces: a reader that is asked for 200 MB makes room for all of them first."""
    pieces, left = [], most
    while left and (piece := body.read(min(left, _PIECE))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
