"""A JWK Set as its client hands it out: which of its keys can verify a token, and why the others cannot."""

import json
from dataclasses import dataclass, field

from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import PyJWTError

MAX_BYTES = 256 * 1024
MAX_KEYS = 100
RSA_BITS = range(2048, 8192 + 1)  # below: NIST SP 800-131A forbids it; above: a call would cost too much
_EC = {"P-256": "ES256", "P-384": "ES384"}
_RSA = ("RS256", "RS384", "RS512")
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")


class BadKeys(ValueError):
    """What was read is no JWK Set; the message says why and repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key: its id, the algorithms that fit it, and what `cryptography` made of it."""

    kid: str
    algorithms: tuple[str, ...]
    material: object = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that can be used, and for each of the others where it stands and why not."""

    usable: tuple[Key, ...] = ()
    faults: tuple[str, ...] = ()

    def find(self, kid: str) -> list[Key]:
        return [key for key in self.usable if key.kid == kid]

    def ambiguous(self) -> list[str]:
        """Which ids mean several keys of one algorithm; no token can name one of these."""
        pairs = [(key.kid, alg) for key in self.usable for alg in key.algorithms]
        kids = dict.fromkeys(kid for kid, alg in pairs if pairs.count((kid, alg)) > 1)
        return [f"several keys have the kid {kid!r}; each needs its own" for kid in kids]


def read_keys(body: bytes) -> Keys:
    """The keys of a JWK Set (RFC 7517); raises BadKeys. A key that cannot be used costs that key, not the set."""
    if len(body) > MAX_BYTES:
        raise BadKeys(f"it is larger than {MAX_BYTES} bytes")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise BadKeys("it is not JSON") from None
    rows = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(rows, list) or len(rows) > MAX_KEYS:
        raise BadKeys(f'it is not an object with "keys", a list of at most {MAX_KEYS}')
    usable, faults = [], []
    for number, row in enumerate(rows, 1):
        try:
            usable.append(_key(row))
        except (BadKeys, PyJWTError, TypeError, ValueError, ArithmeticError) as fault:
            # What a library says may quote the key.
            faults.append(f"key {number}: {fault if type(fault) is BadKeys else 'its numbers make no key'}")
    return Keys(tuple(usable), tuple(faults))


def _key(row: object) -> Key:
    if not isinstance(row, dict):
        raise BadKeys("it is not an object")
    if any(name in row for name in _PRIVATE):
        raise BadKeys("it is a private or a shared key; whoever reads it can sign: replace it, and publish public keys")
    if not isinstance(row.get("kid"), str) or not row["kid"]:
        raise BadKeys("it has no kid, and every token names one")
    if row.get("use", "sig") != "sig" or "verify" not in _list(row.get("key_ops", ["verify"])):
        raise BadKeys("it is not for signatures (use, key_ops)")
    algorithms, material = _material(row)
    if "alg" in row:
        algorithms = tuple(one for one in algorithms if one == row["alg"])
    if not algorithms:
        raise BadKeys("its alg does not fit its type")
    return Key(row["kid"], algorithms, material)


def _material(row: dict) -> tuple[tuple[str, ...], object]:
    """Algorithms that fit, and the key; the curve belongs to the algorithm (RFC 7518, 3.4)."""
    kind, curve = row.get("kty"), row.get("crv")
    if kind == "RSA":
        material = RSAAlgorithm.from_jwk(row)
        if material.key_size not in RSA_BITS:
            raise BadKeys(f"RSA of {material.key_size} bits; {RSA_BITS[0]} to {RSA_BITS[-1]} are accepted")
        return _RSA, material
    if kind == "EC" and isinstance(curve, str) and curve in _EC:
        return (_EC[curve],), ECAlgorithm.from_jwk(row)
    if kind == "OKP" and curve == "Ed25519":
        return ("EdDSA",), OKPAlgorithm.from_jwk(row)
    raise BadKeys("its type is none of RSA, EC with P-256 or P-384, OKP with Ed25519")


def _list(value: object) -> list:
    return value if isinstance(value, list) else []
