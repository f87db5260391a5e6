"""A JWT taken apart, before anything in it is believed; what cannot be taken apart in exactly one way is refused."""

import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field

from cdshooks.errors import NotTrusted

MAX_LENGTH = 8000  # characters; one of an RSA key of 4096 bits has about 1,300
MAX_KID = 200
# RFC 7515, 7.1: three parts in the URL-safe alphabet, without padding. Five would be encrypted (JWE).
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
# Extensions that would change what the signature covers, or wrap a token in a token; CDS Hooks knows none of them.
_FOREIGN = ("crit", "b64", "cty", "zip", "enc")


@dataclass(frozen=True, slots=True)
class Token:
    """Header and claims, as the sender wrote them; `text` is never shown."""

    text: str = field(repr=False)
    header: dict
    claims: dict

    @property
    def kid(self) -> str:
        return self.header["kid"]

    @property
    def alg(self) -> str:
        return self.header["alg"]


def bearer(authorization: str | None) -> str:
    """The token of an Authorization header; two headers arrive here as one with a comma, and are refused."""
    if not authorization:
        raise NotTrusted("there is no Authorization header")
    match = _BEARER.fullmatch(authorization)
    if not match:
        raise NotTrusted("the Authorization header is not `Bearer` and one token")
    return match[1]


def read_token(text: str) -> Token:
    """Header and claims of a compact JWS; raises NotTrusted."""
    if len(text) > MAX_LENGTH:
        raise NotTrusted(f"the token has more than {MAX_LENGTH} characters")
    parts = _COMPACT.fullmatch(text)
    if not parts:
        raise NotTrusted("the token is not three parts of base64url with dots between them")
    token = Token(text, _object(parts[1], "header"), _object(parts[2], "payload"))
    _check_header(token.header)
    return token


def _object(part: str, name: str) -> dict:
    try:
        value = json.loads(_decoded(part), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise NotTrusted(f"the {name} of the token is not JSON, or says something twice") from None
    if not isinstance(value, dict):
        raise NotTrusted(f"the {name} of the token is not a JSON object")
    return value


def _decoded(part: str) -> str:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8")


def _once(pairs: list[tuple[str, object]]) -> dict:
    """A name that stands there twice means one thing to us and another to somebody else."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_number(_text: str) -> None:
    raise ValueError  # NaN and Infinity are not JSON


def _check_header(header: dict) -> None:
    if header.get("typ") != "JWT":
        raise NotTrusted("typ in the header is not 'JWT'")
    foreign = [name for name in _FOREIGN if name in header]
    if foreign:
        raise NotTrusted(f"the header has {', '.join(foreign)}, which no CDS Hooks token needs")
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID:
        raise NotTrusted(f"kid in the header is not a text of 1 to {MAX_KID} characters")
    if not isinstance(header.get("alg"), str):
        raise NotTrusted("alg in the header is not a text")
