"""Who calls: a JSON Web Token signed by a client that we know, for exactly the URL that is called, and used once."""

import json
import urllib.request

import jwt

from .wire import Refused

ALGORITHMS = ("ES384", "RS384", "ES256", "RS256", "ES512", "RS512")
CLAIMS = ["iss", "aud", "exp", "iat", "jti"]


class Guard:
    """Checks the Authorization header against the clients in `trusted`: issuer -> URL of its JWK Set."""

    algorithms = ALGORITHMS

    def __init__(self, trusted: dict[str, str]):
        self.trusted, self.keys, self.seen = trusted, {}, set()

    def check(self, header: str, url: str):
        """Raises Refused(401) with the reason unless the call is one of a client that we know."""
        scheme, _, token = header.partition(" ")
        try:
            if scheme != "Bearer":
                raise jwt.InvalidTokenError("a bearer token is required")
            self.check_token(token, url)
        except jwt.PyJWTError as fault:
            raise Refused(401, f"Authorization: {fault}", headers={"WWW-Authenticate": "Bearer"}) from None

    def check_token(self, token: str, url: str):
        head, issuer = self.head(token), self.issuer(token)
        key = self.key(self.key_set_of(issuer, head), head["kid"])
        claims = self.decode(token, key, url)
        if claims["jti"] in self.seen:
            raise jwt.InvalidTokenError("this token has been used")
        self.seen.add(claims["jti"])

    def head(self, token: str) -> dict:
        head = jwt.get_unverified_header(token)
        if head.get("alg") not in self.algorithms:
            raise jwt.InvalidTokenError("alg must be asymmetric, ES384 or RS384 for example")
        if not isinstance(head.get("kid"), str) or head.get("typ") != "JWT":
            raise jwt.InvalidTokenError("kid and typ JWT are required in the header")
        return head

    def issuer(self, token: str) -> str:
        return jwt.decode(token, options={"verify_signature": False}).get("iss", "")

    def key_set_of(self, issuer: str, head: dict) -> str:
        """The URL that was agreed on with this issuer; a jku that says otherwise is never fetched."""
        agreed = self.trusted.get(issuer)
        if not agreed or head.get("jku", agreed) != agreed:
            raise jwt.InvalidTokenError("iss, or its jku, is not known here")
        return agreed

    def key(self, key_set: str, kid: str):
        """The key with this id; the set is read again when it is not there, since clients change their keys."""
        if (key_set, kid) not in self.keys:
            self.keys |= {(key_set, key.key_id): key for key in self.read(key_set)}
        if (key_set, kid) not in self.keys:
            raise jwt.InvalidTokenError("the client has no key with this kid")
        return self.keys[key_set, kid]

    def read(self, key_set: str) -> list[jwt.PyJWK]:
        try:
            with urllib.request.urlopen(key_set, timeout=2) as response:
                return jwt.PyJWKSet.from_dict(json.load(response)).keys
        except (OSError, ValueError):
            raise jwt.InvalidTokenError("the client's keys cannot be read") from None

    def decode(self, token: str, key, url: str) -> dict:
        claims = jwt.decode(token, key, algorithms=list(self.algorithms), audience=url, options={"require": CLAIMS})
        if not isinstance(claims["jti"], str):
            raise jwt.InvalidTokenError("jti must be a string")
        return claims
