"""Keys of clients and of attackers, and tokens that are as right or as wrong as a test wants them."""

import base64
import json
import time
from functools import cache
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

BASE = "https://cds.example.org"
CALL = f"{BASE}/cds-services/b12-patient-view"
ISSUER = "https://ehr.example.org"
JKU = "https://ehr.example.org/jwks.json"
KINDS = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1, "ES256K": ec.SECP256K1}
ALGORITHMS = ("ES256", "ES384", "RS256", "RS384", "RS512", "EdDSA")


def key(name: str, alg: str = "ES384", bits: int = 2048):
    """The private key of this name: the same all through a run."""
    return _key(name, alg, bits)


@cache
def _key(name: str, alg: str, bits: int):
    if alg.startswith("RS"):
        return rsa.generate_private_key(65537, bits)
    return ed25519.Ed25519PrivateKey.generate() if alg == "EdDSA" else ec.generate_private_key(KINDS[alg]())


def public_jwk(name: str, alg: str = "ES384", kid: str = "", **more) -> dict:
    """The public key as a JWK."""
    kind = RSAAlgorithm if alg.startswith("RS") else OKPAlgorithm if alg == "EdDSA" else ECAlgorithm
    return {**kind.to_jwk(key(name, alg, more.pop("bits", 2048)).public_key(), as_dict=True), "kid": kid or f"{name}-{alg}", **more}


def jwks(*keys: dict) -> bytes:
    return json.dumps({"keys": keys}).encode()


def claims(**more) -> dict:
    """Claims that are right now; `None` takes one away."""
    now = int(time.time())
    found = {"iss": ISSUER, "aud": CALL, "iat": now, "exp": now + 300, "jti": str(uuid4()), **more}
    return {name: value for name, value in found.items() if value is not None}


def header(alg: str = "ES384", **more) -> dict:
    found = {"alg": alg, "typ": "JWT", "kid": f"ehr-{alg}", **more}
    return {name: value for name, value in found.items() if value is not None}


def b64(data: bytes | dict | list) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(head: dict | bytes, said: dict | bytes, signer=None, alg: str = "ES384") -> str:
    """A compact token over whatever is given, signed by the client's key of this algorithm unless told otherwise."""
    algorithm = jwt.PyJWS().get_algorithm_by_name(alg)
    signing = f"{b64(head)}.{b64(said)}"
    return f"{signing}.{b64(algorithm.sign(signing.encode(), signer or key('ehr', alg)))}"


def token(alg: str = "ES384", head: dict | None = None, signer=None, **said) -> str:
    """A token of the client's; claims are changed by name, header fields through `head`."""
    return signed(header(alg, **(head or {})), claims(**said), signer, alg)
