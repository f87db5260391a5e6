"""URLs as text: the base address of a server in one spelling, and the origin of a URL."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

_PLAIN = re.compile(r"[!-~]+").fullmatch
# Browsers read a host that ends in a number as an address, in forms (127.1, 0x7f.1, 2130706433) that hide where it
# leads; in a list of addresses each is written out.
_ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:\d+|0[xX][0-9a-fA-F]*)\.?").fullmatch
LONGEST = 2_000  # characters of a base address
# What the standard library remembers of 128 URLs, of any length and with the patients in them, is left out.
_without_memory = getattr(urlsplit, "__wrapped__", urlsplit)
_READABLE = re.compile(r"[^\x00-\x20\x7f\\]*").fullmatch
_PORTS = {"http": 80, "https": 443}


def base_url(text: str) -> str:
    """The base address of a server in the one spelling that is compared; raises ValueError with what to do.

    >>> base_url("HTTPS://EHR.example:443/fhir/")
    'https://ehr.example/fhir'
    """
    if len(text) > LONGEST:
        raise ValueError(f"give an address of at most {LONGEST} characters")
    url = _split(text)
    if url.query or url.fragment or "?" in text or "#" in text:
        raise ValueError("give the base address only, without '?' and '#'")
    if {".", ".."} & set(url.path.split("/")):
        raise ValueError("give the path without '.' and '..'")
    scheme, host, port = _origin(url)
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}{'' if port == _PORTS[scheme] else f':{port}'}{url.path.rstrip('/')}"


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port, which say whom a URL speaks to; raises ValueError where that is not plain.

    >>> origin("https://ehr.example/fhir?_getpages=1")
    ('https', 'ehr.example', 443)
    """
    return _origin(_split(url))


def is_below(base: str, url: str) -> bool:
    """Does the URL stay under a base address, however it is read on the other side: with its escapes undone or not?

    `base` is written as `base_url` writes it. A path with '.' or '..', however hidden, is below nothing.

    >>> is_below("https://ehr.example/fhir", "https://EHR.example:443/fhir/Patient?page=2")
    True
    >>> is_below("https://ehr.example/fhir", "https://ehr.example/fhir/%2e%2e/admin")
    False
    """
    try:
        there, here = _split(url), _split(base)
        if _origin(there) != _origin(here) or there.fragment:
            return False
    except ValueError:
        return False
    return all(_is_under(here.path, path) for path in _readings(there.path))


def _readings(path: str) -> Iterator[str]:
    """The path as it stands, and as a server may read it that undoes escapes, once or again and again."""
    yield path
    for _ in range(4):
        path, before = unquote(path, errors="replace"), path
        yield path
        if path == before:
            return
    yield ".."  # escaped so often that nobody means well


def _is_under(base: str, path: str) -> bool:
    steps = [step.partition(";")[0].strip() for step in path.split("/")]
    if {".", ".."} & set(steps) or not _READABLE(path):
        return False
    return path == base or path.startswith(base.rstrip("/") + "/")


def server_of(url: str) -> str:
    """The server of a URL for counters and logs: nothing of the path, which may name a patient."""
    scheme, host, port = origin(url)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _split(text: str) -> SplitResult:
    if not _PLAIN(text) or "\\" in text:
        raise ValueError("give a URL of plain characters, without spaces")
    try:
        url = _without_memory(text)
    except ValueError:
        raise ValueError("give a URL such as https://ehr.example/fhir") from None
    if url.scheme not in _PORTS:
        raise ValueError("give a URL that begins with https://")
    if "@" in url.netloc:
        raise ValueError("give a URL without a user's name or password")
    return url


def _origin(url: SplitResult) -> tuple[str, str, int]:
    host = (url.hostname or "").rstrip(".")
    if not host or "%" in host:
        raise ValueError("give a URL with the name of a host")
    if _ENDS_IN_A_NUMBER(host) and not _is_address(host):
        raise ValueError("write the address of the host out, such as 127.0.0.1")
    try:
        port = _PORTS[url.scheme] if url.port is None else url.port
    except ValueError:
        port = 0
    if not port:
        raise ValueError("give a port from 1 to 65535, or none")
    return url.scheme, host, port


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
