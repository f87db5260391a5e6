"""Broken ways to find out who calls, and from which page."""

import jwt
from reference.service import Reference
from reference.tokens import Guard
from reference.wire import Refused

from .register import instead_of


@instead_of(Reference, "authenticate")
def asks_nobody_at(original, self, call):
    """`of` is how the path ends: an endpoint that is open although the others are not."""
    if not call.path.endswith(self.of):
        original(call)


@instead_of(Guard, "check")
def takes_calls_without_a_token(original, self, header, url):
    if header:
        original(header, url)


@instead_of(Guard, "decode")
def does_not_check_the_claim(original, self, token, key, url):
    """`of` is the claim: neither asked for nor looked at."""
    required = [claim for claim in ("iss", "aud", "exp", "iat", "jti") if claim != self.of]
    claims = jwt.decode(
        token, key, algorithms=list(self.algorithms), audience=url, options={"require": required, f"verify_{self.of}": False}
    )
    return {"jti": object(), **claims}


@instead_of(Guard, "decode")
def does_not_ask_for_the_claim(original, self, token, key, url):
    """`of` is the claim: looked at when it is there."""
    required = [claim for claim in ("iss", "aud", "exp", "iat", "jti") if claim != self.of]
    claims = jwt.decode(token, key, algorithms=list(self.algorithms), audience=url, options={"require": required})
    return {"jti": object(), **claims}


@instead_of(Guard, "check")
def takes_a_token_for_any_of_its_URLs(original, self, header, url):
    root = url.split("/cds-services")[0]
    token = header.partition(" ")[2]
    try:
        named = jwt.decode(token, options={"verify_signature": False}).get("aud", "")
    except jwt.PyJWTError:
        named = ""
    original(header, named if isinstance(named, str) and named.startswith(root) else url)


@instead_of(Guard, "decode")
def refuses_an_array_as_audience(original, self, token, key, url):
    if isinstance(jwt.decode(token, options={"verify_signature": False}).get("aud"), list):
        raise jwt.InvalidAudienceError("aud must be a string")
    return original(token, key, url)


@instead_of(Guard, "head")
def does_not_look_at_the_header(original, self, token):
    return {"kid": "", "typ": "JWT", **jwt.get_unverified_header(token)}


@instead_of(Guard, "key", "does not look at the header")
def _takes_the_only_key(original, self, key_set, kid):
    try:
        return original(key_set, kid)
    except jwt.PyJWTError:
        if kid:
            raise
        return next(iter(self.keys.values()))


@instead_of(Guard, "check_token")
def reads_tokens_without_their_signature(original, self, token, url):
    original_decode = jwt.decode(token, options={"verify_signature": False, "verify_exp": True, "verify_aud": True, "require": ["iss", "aud", "exp", "iat", "jti"]}, audience=url)
    self.head(token)
    if original_decode["iss"] not in self.trusted or original_decode["jti"] in self.seen:
        raise jwt.InvalidTokenError("not known, or used")
    self.seen.add(original_decode["jti"])


@instead_of(Guard, "check_token")
def takes_the_algorithm(original, self, token, url):
    """`of` is an algorithm that must be refused: "none", or an HMAC keyed with the client's public key."""
    head = jwt.get_unverified_header(token)
    if head.get("alg") != self.of:
        return original(token, url)
    claims = jwt.decode(token, options={"verify_signature": False})
    if claims.get("jti") in self.seen:
        raise jwt.InvalidTokenError("used")
    return self.seen.add(claims.get("jti"))


@instead_of(Guard, "head")
def does_not_know_the_algorithm(original, self, token):
    head = original(token)
    if head["alg"] == self.of:
        raise jwt.InvalidAlgorithmError(f"{self.of} is not supported")
    return head


@instead_of(Guard, "key_set_of")
def fetches_any_jku(original, self, issuer, head):
    return head.get("jku") or original(issuer, head)


@instead_of(Guard, "key_set_of")
def fetches_any_jku_and_then_refuses(original, self, issuer, head):
    try:
        return original(issuer, head)
    except jwt.PyJWTError:
        if head.get("jku"):
            self.read(head["jku"])
        raise


@instead_of(Guard, "key_set_of")
def knows_every_issuer(original, self, issuer, head):
    return original(issuer if issuer in self.trusted else next(iter(self.trusted)), head)


@instead_of(Guard, "check_token")
def takes_a_token_again_and_again(original, self, token, url):
    self.seen.clear()
    original(token, url)


@instead_of(Guard, "key")
def reads_the_keys_once(original, self, key_set, kid):
    if self.keys and (key_set, kid) not in self.keys:
        raise jwt.InvalidTokenError("no such key")
    return original(key_set, kid)


@instead_of(Reference, "authenticate")
def says_401_as(original, self, call):
    try:
        original(call)
    except Refused as refusal:
        raise Refused(int(self.of), *refusal.faults) from None






@instead_of(Reference, "cors")
def knows_no_CORS(original, self, call):
    return {}


@instead_of(Reference, "cors")
def answers_CORS_to_the_preflight_only(original, self, call):
    return original(call) if call.method == "OPTIONS" else {}


@instead_of(Reference, "only")
def does_not_know_OPTIONS(original, self, method, call):
    if call.method == "OPTIONS":
        raise Refused(405, "OPTIONS is not for this URL", headers={"Allow": method})
    return original(method, call)


@instead_of(Reference, "only")
def wants_a_token_with_OPTIONS(original, self, method, call):
    if call.method == "OPTIONS":
        self.authenticate(call)
    return original(method, call)
