"""What a file of a feed holds, told by its name and its first bytes: servers name files as they like."""

import gzip
import os
import zlib
from enum import Enum
from pathlib import Path

import msgspec

from cdshooks.protocol.wire import GZIP_MAGIC

BLANK = b" \t\r\n\xef\xbb\xbf"  # also the mark with which some programs begin a text in UTF-8
FIRST = 1 << 16  # bytes that are looked at
NDJSON = (".ndjson", ".jsonl")
BUNDLE = (".json",)
PACKED = ".gz"
# What lies beside data and is none; also tables and reports of ours.
BESIDE = (".md", ".txt", ".html", ".htm", ".csv", ".pdf", ".log", ".sha256", ".sha1", ".md5", ".sum", ".license")
OTHER_ROWS = ("truth.ndjson",)


class Holds(Enum):
    """What is in a file."""

    ROWS = "a resource a line"
    RECORD = "one Bundle, or a list"
    NOTHING = "nothing of patients"
    UNKNOWN = "what nobody here can read"


def holds(path: Path) -> Holds:
    """What the file holds. A name that says it is believed, but `.json`: many servers call lines so."""
    name = path.name.casefold().removesuffix(PACKED)
    if path.name in OTHER_ROWS:
        return Holds.NOTHING
    if name.endswith(NDJSON):
        return Holds.ROWS
    begun = _beginning(path)
    found = _by_content(begun)
    if name.endswith(BUNDLE):
        return Holds.RECORD if found is Holds.UNKNOWN else found
    if found is Holds.UNKNOWN and (not begun or name.endswith(BESIDE)):
        return Holds.NOTHING
    return found


def _beginning(path: Path) -> bytes:
    """The first bytes, unpacked, without blanks before them; nothing where they cannot be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(2)
        with gzip.open(path) if raw == GZIP_MAGIC else path.open("rb") as file:
            return file.read(FIRST).lstrip(BLANK)
    except (OSError, EOFError, zlib.error):
        return b"\0"  # something is there, and what it is cannot be told


def _by_content(begun: bytes) -> Holds:
    goes_on = len(begun) >= FIRST - len(BLANK)
    *lines, last = begun.split(b"\n")
    if b'"resourceType"' not in begun:
        return Holds.NOTHING if _is_manifest(begun) else Holds.UNKNOWN
    if not lines and goes_on:  # one line, of which only the beginning is known
        return Holds.RECORD if _is_bundle(begun) else Holds.ROWS
    if begun.startswith(b"[") and _decoded(begun.partition(b"\n")[0]) is None:  # a list over many lines
        return Holds.UNKNOWN
    whole = [line for line in (*lines, *([] if goes_on else [last])) if line.strip(BLANK)]
    # A broken line makes no record of the others. Lines of a record that is written over many are indented, or no JSON.
    told = next((told for line in whole if line.startswith(b"{") and (told := _object(line))), {})
    if "resourceType" in told:
        return Holds.RECORD if told["resourceType"] == "Bundle" and len(whole) == 1 else Holds.ROWS
    return Holds.RECORD if begun.startswith(b"{") and not told else Holds.UNKNOWN


def _decoded(line: bytes) -> object:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _object(line: bytes) -> dict | None:
    told = _decoded(line)
    return told if isinstance(told, dict) else None


def _is_bundle(begun: bytes) -> bool:
    return b'"Bundle"' in begun[:1000]


def _is_manifest(begun: bytes) -> bool:
    """What a server of exports says of its files lies beside them."""
    return b'"transactionTime"' in begun and b'"output"' in begun


def files_below(place: Path) -> list[Path]:
    """All files of a folder and of those that are linked into it, by name; each folder once, whatever leads to it."""
    found: list[Path] = []
    seen = {place.resolve()}
    for folder, inner, names in os.walk(place, followlinks=True):
        whose = {name: Path(folder, name).resolve() for name in sorted(inner)}
        inner[:] = [name for name, real in whose.items() if real not in seen]
        seen.update(whose.values())
        found += [path for name in names if (path := Path(folder, name)).is_file()]
    return sorted(found)


def is_hidden(path: Path) -> bool:
    """Is it of the system, or of a program that works here?"""
    return any(part.startswith(".") for part in path.parts)
