"""How an EHR shows who it is: a private key, and a new JWT for each call as CDS Hooks wants it."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from cdshooks.errors import BadInput

LIFETIME = 300  # seconds
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384"}
NEW = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "RS384": lambda: rsa.generate_private_key(65537, 3072),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


def badge(path: Path, issuer: str, kid: str | None = None, **more: str) -> Callable[[str], str]:
    """What makes a fresh token for a URL, signed with the private key in this file (JWK or PEM); `more` are claims."""
    key, alg, named = _private_key(path)
    kid = kid or named
    if not kid:
        raise BadInput(f"{path}: the key has no kid; say with --token-kid under which id its public half is published")

    def token(url: str) -> str:
        now = int(time.time())
        claims = {"iss": issuer, "aud": url, "iat": now, "exp": now + LIFETIME, "jti": str(uuid4()), **more}
        return jwt.encode(claims, key, alg, {"kid": kid, "typ": "JWT"})

    return token


def new_key(alg: str, kid: str) -> tuple[dict, dict]:
    """A new key as a private JWK, and the JWK Set with its public half."""
    key = NEW[alg]()
    about = {"kid": kid, "alg": alg, "use": "sig"}
    algorithm = jwt.get_algorithm_by_name(alg)
    public = algorithm.to_jwk(key.public_key(), as_dict=True)
    return algorithm.to_jwk(key, as_dict=True) | about, {"keys": [public | about]}


def _private_key(path: Path) -> tuple[object, str, str | None]:
    """Key, the algorithm that CDS Hooks recommends for it, and the kid that a JWK names."""
    try:
        text = path.read_bytes()
        row = json.loads(text) if text.lstrip().startswith(b"{") else {}
        named = row.get("alg")
        key = jwt.PyJWK(row, named or ("RS384" if row["kty"] == "RSA" else None)).key if row else _from_pem(text)
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read ({fault.strerror}); name the file of the private key") from None
    except (ValueError, TypeError, KeyError, jwt.PyJWTError):  # their words may quote the key
        raise BadInput(f"{path}: is no private key that can be read; give a JWK, or PEM without a password") from None
    return key, _algorithm(path, key, named), row.get("kid")


def _from_pem(text: bytes):
    return load_pem_private_key(text, password=None)


def _algorithm(path: Path, key: object, named: str | None) -> str:
    match key:
        case ec.EllipticCurvePrivateKey() if key.curve.name in _CURVES:
            return _CURVES[key.curve.name]
        case rsa.RSAPrivateKey():
            return named or "RS384"
        case ed25519.Ed25519PrivateKey():
            return "EdDSA"
    raise BadInput(f"{path}: holds no private key of type RSA, P-256, P-384 or Ed25519; a public key cannot sign")
