"""The clients file: which clients are trusted, read at the start, with every fault at once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from cdshooks.errors import SettingsError
from cdshooks.reach.urls import base_url, origin
from cdshooks.reading.spellings import Version
from cdshooks.shape import nth, read_toml
from cdshooks.trust.client import Client

_AS_SAID = ("name", "max_lifetime", "may_explain", "dated_prefetch", "lenient", "max_cards", "say_once")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def load_clients(path: Path) -> tuple[Client, ...]:
    """The trusted clients of a TOML file; raises SettingsError with every fault, each with its place."""
    content, found = read_toml(path, "clients")
    faults = [f"{path.name}{where}: {says}" for where, says in found]
    rows = content.get("client", ())
    for index, row in enumerate(rows):
        faults += [f"{path.name}, {nth(index)} [[client]]{says}" for says in _faults_of(row, path.parent)]
    faults += [f"{path.name}: {says}" for says in _twice(rows)]
    if faults:
        raise SettingsError(*faults)
    return tuple(_client(row, path.parent) for row in rows)


def _client(row: dict, folder: Path) -> Client:
    lists = {name: tuple(row[name]) for name in ("algorithms", "tenants", "aud") if name in row}
    lists["jku"] = _jkus(row)
    lists["fhir_servers"] = tuple(base_url(url) for url in row.get("fhir_servers", ()))
    plain = {name: row[name] for name in _AS_SAID if name in row}
    if "fhir_version" in row:
        plain["fhir_version"] = Version[row["fhir_version"]]
    return Client(issuer=row["iss"], keys=folder / row["keys"] if "keys" in row else None, **lists, **plain)


def _jkus(row: dict) -> tuple[str, ...]:
    """One `jku`, or a list of them."""
    said = row.get("jku", ())
    return (said,) if isinstance(said, str) else tuple(said)


def _faults_of(row: dict, folder: Path) -> Iterator[str]:
    if not row["name"].isprintable():
        yield ", name: it holds characters that cannot be printed"
    if "jku" not in row and "keys" not in row:
        yield ": it has neither 'jku' nor 'keys'; say where its JWK Set is, a URL or a file"
    for url in _jkus(row):
        if fault := fault_of_url(url):
            yield f", jku: {fault}" if isinstance(row["jku"], str) else f", jku: {url!r}: {fault}"
    for url in row.get("fhir_servers", ()):
        if fault := fault_of_url(url, base_url):
            yield f", fhir_servers: {url!r}: {fault}"
    if "keys" in row:
        yield from (f", keys: {row['keys']}: {says}" for says in _faults_of_keys(folder / row["keys"]))


def _faults_of_keys(path: Path) -> list[str]:
    """A set that we were handed has to be right in every key; one behind a URL is somebody else's, and may grow."""
    from cdshooks.trust.keys import BadKeys, read_keys

    try:
        keys = read_keys(path.read_bytes())
    except OSError as fault:
        return [f"it cannot be read ({fault.strerror}); the path is relative to the clients file"]
    except BadKeys as fault:
        return [str(fault)]
    return [*keys.faults, *keys.ambiguous()] or ([] if keys.usable else ["it holds no key; nobody could call"])


def _twice(rows) -> Iterator[str]:
    for key in ("name", "iss"):
        values = [row[key] for row in rows]
        for value in dict.fromkeys(value for value in values if values.count(value) > 1):
            yield f"the {key} {value!r} stands at {values.count(value)} clients; each has its own"


def fault_of_url(url: str, read: Callable[[str], object] = origin) -> str | None:
    """Why this is no URL that may be called; http is for this machine only.

    >>> fault_of_url("http://ehr.example.org/jwks.json")
    'http is for loopback addresses only; give a URL that begins with https://'
    """
    try:
        read(url)
    except ValueError as fault:
        return str(fault)
    if "#" in url:
        return "give it without '#'"
    if urlsplit(url).scheme == "http" and urlsplit(url).hostname not in LOOPBACK:
        return "http is for loopback addresses only; give a URL that begins with https://"
    return None
