"""Tokens as clients sign them: from a key that the service knows, or a throw-away key whose JWK Set we serve."""

import json
import time
import uuid
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from cds_conformance.ehr.server import Loopback, send
from cds_conformance.errors import BadOption
from cds_conformance.options import Options

MINUTES_5 = 300


@dataclass
class Key:
    """A private key with the name and the algorithm under which it signs."""

    private: object
    kid: str
    alg: str

    def public_jwk(self) -> dict:
        from jwt.algorithms import ECAlgorithm, RSAAlgorithm

        kind = RSAAlgorithm if self.alg.startswith("RS") else ECAlgorithm
        jwk = kind.to_jwk(self.private.public_key(), as_dict=True)
        return jwk | {"kid": self.kid, "use": "sig", "alg": self.alg}


class Signer:
    """Signs a token for each call; `served` is our own JWK Set server where the keys are throw-away ones."""

    def __init__(
        self, issuer: str, jku: str | None, key: Key, second: Key | None = None, served: Loopback | None = None
    ):
        self.issuer, self.jku, self.key, self.second, self.served = issuer, jku, key, second, served

    def authorise(self, url: str) -> dict[str, str]:
        return bearer(self.token(url))

    def token(self, url: str, *, key: Key | None = None, without=(), header=None, **claims) -> str:
        """A good token for one URL, changed as asked: claims replaced, claims or header fields left out."""
        import jwt

        key, now = key or self.key, int(time.time())
        payload = {
            "iss": self.issuer,
            "aud": url,
            "iat": now,
            "exp": now + MINUTES_5,
            "jti": str(uuid.uuid4()),
        } | claims
        payload = {name: value for name, value in payload.items() if name not in without}
        head = {"typ": "JWT", "kid": key.kid} | ({"jku": self.jku} if self.jku else {}) | (header or {})
        head = {name: value for name, value in head.items() if name not in without}
        return jwt.encode(payload, key.private, algorithm=key.alg, headers=head)

    @cached_property
    def rotated(self) -> Key:
        """A new key, added to the set that we serve."""
        return new_key("RS384" if self.key.alg == "RS384" else "ES384", f"judge-rotated-{uuid.uuid4().hex[:8]}")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def new_key(alg: str, kid: str) -> Key:
    """A fresh private key for ES384 or RS384."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    private = ec.generate_private_key(ec.SECP384R1()) if alg == "ES384" else rsa.generate_private_key(65537, 2048)
    return Key(private, kid, alg)


def signer_for(options: Options) -> Signer | None:
    """The signer that the options ask for; None where they ask for none."""
    if options.token_key:
        if not options.issuer:
            raise BadOption("--token-key needs --issuer, the `iss` under which the service knows the key")
        return Signer(options.issuer, options.jku, load_key(Path(options.token_key), options.kid))
    return _throw_away(options) if options.issuer else None


def _throw_away(options: Options) -> Signer:
    """Keys made for this run, their JWK Set served at the jku on loopback."""
    parts = urlsplit(options.jku or "http://127.0.0.1:0/jwks.json")
    if parts.hostname not in ("127.0.0.1", "localhost"):
        raise BadOption(f"--jku {options.jku}: without --token-key it must be on 127.0.0.1, where the judge serves it")
    keys = [new_key("ES384", "judge-es384"), new_key("RS384", "judge-rs384")]
    published = [key.public_jwk() for key in keys]

    def handle(loop, request):
        loop.hear(request)
        send(request, 200, json.dumps({"keys": published}).encode(), kind="application/json")

    try:
        served = Loopback("jwks", handle, parts.port or 0)
    except OSError as trouble:
        raise BadOption(f"--jku {options.jku}: the judge cannot listen there: {trouble}") from trouble
    signer = Signer(options.issuer, f"http://{parts.hostname}:{served.http.server_port}{parts.path}", *keys, served)
    signer.publish = lambda: published.append(signer.rotated.public_jwk())
    return signer


def load_key(file: Path, kid: str | None) -> Key:
    """A private key from a PEM or JWK file; the algorithm follows from the key."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        data = file.read_bytes()
        if data.lstrip().startswith(b"{"):
            import jwt

            jwk = json.loads(data)
            kid, private = kid or jwk.get("kid"), jwt.PyJWK(jwk, algorithm=_alg_of(jwk)).key
        else:
            private = load_pem_private_key(data, None)
    except Exception as trouble:
        raise BadOption(f"--token-key {file}: {type(trouble).__name__}: {str(trouble)[:120]}") from None
    if not hasattr(private, "public_key"):
        raise BadOption(f"--token-key {file}: holds a public key; the private one is needed to sign")
    curves = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
    alg = "RS384" if isinstance(private, rsa.RSAPrivateKey) else curves.get(private.curve.name, "ES384")
    return Key(private, kid or "cds-conformance", alg)


def _alg_of(jwk: dict) -> str:
    return "RS384" if jwk.get("kty") == "RSA" else {"P-256": "ES256", "P-521": "ES512"}.get(jwk.get("crv"), "ES384")
