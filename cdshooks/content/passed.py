"""Content that has passed all checks once need not pass them again at each start: known by a digest of every byte.

The digest is of the content and of the code that reads and checks it, so it can never speak of something else than was
checked. It lies where Python keeps what it compiled: whoever may change it there can change the code as well. Where
nothing can be written, and under a site file, everything is checked at each start. For an image that is read-only when
it runs, `python -m cdshooks.content.passed` writes it beforehand.
"""

import hashlib
import secrets
import sys
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path

from cdshooks.content.faults import Faults
from cdshooks.content.library import Library
from cdshooks.content.load import default_path, load_library
from cdshooks.content.site import files_of_site

PACKAGE = Path(__file__).parent.parent
# What makes a library of files, and what it is checked against.
CODE = ("terms", "reading", "chart", "content", "rules", "schemas", "errors.py", "fits.py", "garbage.py", "shape.py")


def load_checked(path: Path | None = None, site_file: Path | None = None) -> Library:
    """The same as `load_library`; what is known to have passed is only read, which takes half the time."""
    folder = Path(path) if path else default_path()
    if site_file or not folder.is_dir():
        return load_library(path, site_file)
    found, known = digest(folder), _known()
    if not found:
        return load_library(path)
    library = load_library(path, None, Faults(passed=found == known))
    if digest(folder) != found:  # somebody was writing into it: nobody knows what was read
        return load_library(path)
    if found != known:
        _keep(found)
    return library


def fingerprint(folder: Path, site_file: Path | None) -> str:
    """Of the content as a site file changes it, and of the code that reads it; where that cannot be told, a new one."""
    found = digest(folder)
    if not found:
        return secrets.token_hex()
    told = hashlib.blake2b(found.encode(), digest_size=32)
    for file in files_of_site(site_file) if site_file else ():
        content = file.read_bytes() if file.is_file() else b""
        told.update(f"\n{file} {len(content)}\n".encode("utf-8", "surrogateescape") + content)
    return told.hexdigest()


def digest(folder: Path) -> str:
    """Of every file of the content and of the code, each with its name and length; empty where that cannot be told."""
    try:
        code = _code()
        told = hashlib.blake2b(code, digest_size=32)
        _tell(folder, told)
    except OSError:  # a file that may not be read, or that goes while it is looked at
        return ""
    return told.hexdigest() if code else ""


@cache
def _code() -> bytes:
    """Of the code as this process found it when it began: what lies there later is not what checks here."""
    told = hashlib.blake2b(sys.version.encode(), digest_size=32)
    roots = [PACKAGE / room for room in CODE]
    for root in roots:
        _tell(root, told)
    return told.digest() if all(root.exists() for root in roots) else b""


def _tell(root: Path, told) -> None:
    """Everything below a folder, or one file, but for what is compiled and for hidden folders, which nobody reads."""
    for file in sorted(root.rglob("*")) if root.is_dir() else [root]:
        name = file.relative_to(root)
        if "__pycache__" in name.parts or any(part.startswith(".") for part in name.parts[:-1]):
            continue
        if file.is_file():
            content = file.read_bytes()
            told.update(f"\n{root.name}/{name} {len(content)}\n".encode("utf-8", "surrogateescape") + content)
        elif file.is_symlink() and not file.name.startswith("."):
            raise OSError("what a link to a folder leads to may change, or lead round in a circle")


def _place() -> Path:
    return Path(cache_from_source(__file__)).with_suffix(".digest")


def _known() -> str:
    with suppress(OSError, NotImplementedError, UnicodeDecodeError):
        return _place().read_text(encoding="ascii")
    return ""


def _keep(found: str) -> None:
    if sys.dont_write_bytecode:
        return
    with suppress(OSError, NotImplementedError):
        _place().parent.mkdir(exist_ok=True)
        _place().write_text(found, encoding="ascii")


if __name__ == "__main__":
    load_checked()
