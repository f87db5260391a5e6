"""What must hold of a token, one question each: the gate stops at the first no, `clients check` tells them all.

An answer is None, or why not. The gate writes `says` to its log, so it repeats nothing of the token; `seen` does, and
is only for the one who tries a token of their own.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from jwt import PyJWS
from jwt.exceptions import PyJWTError

from cdshooks.trust.client import Client
from cdshooks.trust.keyring import Keyrings, KeysUnavailable
from cdshooks.trust.token import Token

SKEW = 60  # seconds by which the clocks of client and service may differ
MAX_JTI = 500
_jws = PyJWS()


class No(NamedTuple):
    """Why a check fails; `seen` is what the token says instead, not fit for a log."""

    says: str
    seen: object = None


class Asked(NamedTuple):
    """All that a check may look at: `endpoint` is the URL of what is called, `now` seconds since the epoch."""

    token: Token
    client: Client
    keyring: Keyrings
    endpoint: str
    now: float


def algorithm(it: Asked) -> No | None:
    if it.token.alg not in it.client.algorithms:
        return No(f"alg is not one of this client's: {', '.join(it.client.algorithms)}", it.token.alg)
    return None


def key_set(it: Asked) -> No | None:
    """A `jku` is never followed; where the clients file names some, it must be one of those."""
    if it.client.jku and "jku" in it.token.header and it.token.header["jku"] not in it.client.jku:
        return No("jku in the header is not the client's", it.token.header["jku"])
    return None


def audience(it: Asked) -> No | None:
    """CDS Hooks: the URL of the endpoint called, alone or in a list. One slash at its end makes no other endpoint.

    A client on trial may say what the clients file allows it to say instead.
    """
    said = it.token.claims.get("aud")
    named = said if isinstance(said, list) else [said]
    if not all(isinstance(one, str) for one in named):
        return No("aud is neither a text nor a list of texts", said)
    if not {it.endpoint, it.endpoint + "/", *it.client.aud} & set(named):
        return No(f"aud is not {it.endpoint}", said)
    return None


def times(it: Asked) -> No | None:
    for name in ("iat", "exp", "nbf"):
        if not _is_time(it.token.claims.get(name, 0 if name == "nbf" else None)):
            return No(f"{name} is not a number of seconds since 1970", it.token.claims.get(name))
    return None


def lifetime(it: Asked) -> No | None:
    if times(it):
        return No("iat or exp is missing or no time")
    lasts = it.token.claims["exp"] - it.token.claims["iat"]
    if not 0 < lasts <= it.client.max_lifetime:
        return No(f"exp is not after iat by at most {it.client.max_lifetime} s", f"{lasts} s")
    return None


def current(it: Asked) -> No | None:
    """Within SKEW of now: neither expired nor from the future."""
    if times(it):
        return No("iat or exp is missing or no time")
    claims = it.token.claims
    if claims["exp"] <= it.now - SKEW:
        return No("it has expired", f"{it.now - claims['exp']:.0f} s ago")
    begins = max(claims["iat"], claims.get("nbf", 0))
    if begins > it.now + SKEW:
        return No("it is from the future (iat, nbf)", f"in {begins - it.now:.0f} s")
    return None


def token_id(it: Asked) -> No | None:
    jti = it.token.claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI or not jti.isprintable():
        return No(f"jti is not a printable text of 1 to {MAX_JTI} characters")
    return None


def tenant(it: Asked) -> No | None:
    said = it.token.claims.get("tenant")
    if it.client.tenants and said not in it.client.tenants:
        return No("tenant is not one of this client's", said)
    return None


def signature(it: Asked) -> No | None:
    """By a key of this client's, of the type and size that the algorithm asks for."""
    if algorithm(it):
        return No("not tried: alg is not one of this client's")
    try:
        keys = it.keyring.find(it.token.kid, it.token.header.get("jku"))
    except KeysUnavailable:
        return No("the client's keys cannot be read now")
    fitting = [key for key in keys if it.token.alg in key.algorithms]
    if len(fitting) != 1:
        known = "has several" if fitting else "has this kid for another alg" if keys else "does not have this kid"
        return No(f"the client's JWK Set {known}")
    try:
        _jws.decode_complete(
            it.token.text,
            fitting[0].material,
            algorithms=[it.token.alg],
            options={"verify_signature": True, "enforce_minimum_key_length": True},
        )
    except (PyJWTError, ValueError, TypeError):
        return No("the signature is not by the key of this kid")
    return None


# What is cheap, and what needs no key, comes first: nobody can make us read keys with a token that is wrong anyway.
CHECKS: dict[str, Callable[[Asked], No | None]] = {
    "alg is one of the client's": algorithm,
    "jku is the client's, or not named": key_set,
    "aud is the endpoint": audience,
    "iat and exp are times": times,
    "its lifetime is short enough": lifetime,
    "it is valid now": current,
    "jti is there": token_id,
    "tenant is one of the client's": tenant,
    "the signature is by the client's key": signature,
}


def _is_time(value: object) -> bool:
    return type(value) in (int, float) and 0 <= value < 2**53 and math.isfinite(value)
