"""The attacks, in groups: what is sent in each, and nothing about what comes back, which is the same for all."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .minting import BASE, CALL, JKU, b64, claims, header, key, public_jwk, signed, token

CANARY = "canary-3f9a"  # stands in every attack where a stranger's text could reach the log or the answer
SPKI = PublicFormat.SubjectPublicKeyInfo


class Attack(NamedTuple):
    """What is tried, in words; `headers(world)` makes the request's headers, anew for each use. `query` goes in the URL."""

    group: str
    name: str
    headers: Callable[..., list[tuple[str, str]]]
    query: Callable[[], str] = str


ATTACKS: list[Attack] = []


def attack(group: str, name: str, make: Callable[[], str]) -> None:
    ATTACKS.append(Attack(group, name, lambda _world: [("Authorization", f"Bearer {make()}")]))


def raw(group: str, name: str, make: Callable[[], list[tuple[str, str]]], query: Callable[[], str] = str) -> None:
    ATTACKS.append(Attack(group, name, lambda _world: make(), query))


def after_use(name: str, change: Callable[[str], str]) -> None:
    """The client uses a token; then comes what an eavesdropper makes of it."""
    ATTACKS.append(Attack("replay", name, lambda world: [("Authorization", f"Bearer {change(world.use(token()))}")]))


# --- alg ----------------------------------------------------------------------------------------------------------


def unsigned(alg: str) -> str:
    return f"{b64(header(alg, kid='ehr-ES384'))}.{b64(claims())}."


def hmac_with(alg: str, secret: bytes, kid: str = "ehr-RS384") -> str:
    """Signed with what everybody knows, in the hope that it is taken for a shared secret."""
    signing = f"{b64(header(alg, kid=kid))}.{b64(claims())}"
    return f"{signing}.{b64(hmac.digest(secret, signing.encode(), getattr(hashlib, f'sha{alg[2:]}')))}"


for alg in ("none", "None", "NONE", "nOnE", " none"):
    attack("alg", f"alg {alg!r}, no signature", lambda alg=alg: unsigned(alg))
attack("alg", "alg 'none', the signature of another token left on", lambda: unsigned("none") + token().split(".")[2])
for alg in ("HS256", "HS384", "HS512"):
    for form, secret in {
        "PEM": lambda: key("ehr", "RS384").public_key().public_bytes(Encoding.PEM, SPKI),
        "PEM without its last line break": lambda: key("ehr", "RS384").public_key().public_bytes(Encoding.PEM, SPKI).strip(),
        "DER": lambda: key("ehr", "RS384").public_key().public_bytes(Encoding.DER, SPKI),
        "JWK": lambda: json.dumps(public_jwk("ehr", "RS384")).encode(),
        "modulus": lambda: public_jwk("ehr", "RS384")["n"].encode(),
    }.items():
        attack("alg", f"{alg} with the public key as secret ({form})", lambda alg=alg, secret=secret: hmac_with(alg, secret()))
attack("alg", "HS256 with an empty secret", lambda: hmac_with("HS256", b""))
attack("alg", "alg missing", lambda: signed(header(alg=None, kid="ehr-ES384"), claims()))
attack("alg", "alg is a list", lambda: signed({**header(), "alg": ["ES384", CANARY]}, claims()))
attack("alg", "alg in small letters", lambda: signed({**header(), "alg": "es384"}, claims()))
attack("alg", "an algorithm that this client may not use (PS384)", lambda: token("PS384", {"kid": "ehr-RS384"}, key("ehr", "RS384")))
attack("alg", "an algorithm that only other clients may use", lambda: token("RS512", iss="https://strict.example.org", head={"kid": "strict"}))
attack("alg", "RS384 with the id of an EC key", lambda: token("RS384", {"kid": "ehr-ES384"}))
attack("alg", "ES384 with the id of an RSA key", lambda: token("ES384", {"kid": "ehr-RS384"}))
attack("alg", "ES256 signed on the curve P-384", lambda: token("ES256", {"kid": "ehr-ES384"}))
attack("alg", "ES512, a curve that nobody registered", lambda: token("ES512", {"kid": "ehr-ES384"}))
attack("alg", "alg of the key in the set is another (RS256 for an RS384 key)", lambda: token("RS256", {"kid": "only-RS384"}, key("only", "RS384")))

# --- kid ----------------------------------------------------------------------------------------------------------

for name, kid in {
    "a path": "../../../../dev/null", "a path to a known file": "/proc/sys/kernel/randomize_va_space",
    "SQL": f"x' UNION SELECT '{CANARY}' --", "a shell command": f"ehr-ES384|echo {CANARY}", "a line break": f"ehr-ES384\r\n{CANARY} accepted",
    "a terminal code": f"\x1b[2J{CANARY}", "a null byte": "ehr-ES384\0", "very long": "k" * 5000, "a URL": f"https://evil.example/{CANARY}",
    "a lone surrogate": "ehr-\ud800", "bidi marks": "\u202eehr-ES384", "empty": "", "in another case": "EHR-es384", "with a blank": " ehr-ES384",
}.items():  # fmt: skip
    attack("kid", f"kid is {name}", lambda kid=kid: token(head={"kid": kid}))
attack("kid", "kid is missing", lambda: token(head={"kid": None}))
attack("kid", "kid is a number", lambda: signed({**header(), "kid": 1}, claims()))
attack("kid", "kid is a list", lambda: signed({**header(), "kid": ["ehr-ES384"]}, claims()))
attack("kid", "kid of another client's key, signed with that key", lambda: token("ES384", {"kid": "other-ES384"}, key("other")))
attack("kid", "our kid, signed with another client's key", lambda: token(signer=key("other")))
attack("kid", "kid that two keys of the set share", lambda: token(head={"kid": "twice"}, signer=key("twice-a")))

# --- key from the token -------------------------------------------------------------------------------------------

mine = lambda **more: token(head=more, signer=key("attacker"))  # noqa: E731
for name, url in {
    "another server": f"https://evil.example/{CANARY}", "loopback": "http://127.0.0.1:1/jwks.json", "a file": "file:///etc/passwd",
    "the cloud's metadata": "http://169.254.169.254/latest/meta-data", "the client's, with a user name before it": "https://ehr.example.org@evil.example/jwks.json",
    "the client's with more behind it": JKU + "/../evil", "the client's host in capitals": JKU.replace("ehr", "EHR"), "a data URL": "data:application/json,{}",
}.items():  # fmt: skip
    attack("keys in the token", f"jku is {name}", lambda url=url: mine(jku=url))
attack("keys in the token", "jku elsewhere, with a right signature", lambda: token(head={"jku": f"https://evil.example/{CANARY}"}))
attack("keys in the token", "jku is a list with the client's in it", lambda: token(head={"jku": [JKU]}))
attack("keys in the token", "jku is the client's, the key an attacker's", lambda: mine(jku=JKU))
attack("keys in the token", "jwk in the header", lambda: mine(jwk=public_jwk("attacker")))
attack("keys in the token", "jwk in the header, and its kid", lambda: mine(jwk=public_jwk("attacker"), kid="attacker-ES384"))
attack("keys in the token", "jwk in the header is a shared secret", lambda: hmac_with("HS256", b"secret", "ehr-RS384"))
attack("keys in the token", "x5c in the header", lambda: mine(x5c=[base64.b64encode(key("attacker").public_key().public_bytes(Encoding.DER, SPKI)).decode()]))
attack("keys in the token", "x5u in the header", lambda: mine(x5u=f"https://evil.example/{CANARY}.pem"))
attack("keys in the token", "x5t of an attacker's certificate", lambda: mine(x5t="AAAA"))

# --- aud ----------------------------------------------------------------------------------------------------------

for name, aud in {
    "another service of ours": f"{BASE}/cds-services/b12-order-sign", "discovery": f"{BASE}/cds-services", "feedback": f"{CALL}/feedback", "the base only": BASE,
    "a beginning of the URL": CALL[:-1], "the URL with more behind it": CALL + "x", "the URL with a query": CALL + "?x", "the URL with a fragment": CALL + "#x",
    "two slashes at the end": CALL + "//", "a doubled slash inside": CALL.replace("s/b", "s//b"), "another server": "https://evil.example/cds-services/b12-patient-view",
    "our host as a user name": "https://cds.example.org@evil.example/cds-services/b12-patient-view", "http for https": CALL.replace("https", "http"),
    "the host in capitals": CALL.replace("cds.ex", "CDS.ex"), "the default port written out": CALL.replace(".org", ".org:443"), "a dot after the host": CALL.replace(".org", ".org."),
    "percent encoded": CALL.replace("b12-", "b12%2D"), "with dots": f"{BASE}/cds-services/x/../b12-patient-view", "the host only": "cds.example.org", "a star": "*", "empty": "",
    "an array without us": ["https://a.example", f"{BASE}/cds-services"], "an empty array": [], "an array with more than texts": [CALL, 1], "an array in an array": [[CALL]],
    "an object": {CALL: CALL}, "a number": 1, "true": True, "missing": None,
}.items():  # fmt: skip
    attack("aud", f"aud is {name}", lambda aud=aud: token(aud=aud))

# --- time ---------------------------------------------------------------------------------------------------------

for name, change in {
    "expired a day ago": lambda t: {"iat": t - 86_700, "exp": t - 86_400}, "expired by just more than the skew": lambda t: {"iat": t - 300, "exp": t - 61},
    "issued in an hour": lambda t: {"iat": t + 3600, "exp": t + 3900}, "iat just more than the skew ahead": lambda t: {"iat": t + 65, "exp": t + 300},
    "not valid before an hour (nbf)": lambda t: {"nbf": t + 3600}, "nbf is a text": lambda t: {"nbf": str(t)}, "a lifetime of ten years": lambda t: {"exp": t + 315_360_000},
    "a lifetime of just more than allowed": lambda t: {"exp": t + 901}, "valid since years, and still": lambda t: {"iat": 0},
    "exp before iat": lambda t: {"iat": t + 30, "exp": t + 20}, "exp is iat": lambda t: {"exp": t}, "exp missing": lambda t: {"exp": None}, "iat missing": lambda t: {"iat": None},
    "exp is a text": lambda t: {"exp": str(t + 300)}, "exp is true": lambda t: {"exp": True}, "exp is a list": lambda t: {"exp": [t + 300]}, "exp is huge": lambda t: {"exp": 10**300},
    "exp is of more digits than Python reads": lambda t: {"exp": 10**4000}, "exp is negative": lambda t: {"exp": -1}, "iat is a text": lambda t: {"iat": str(t)}, "iat is false": lambda t: {"iat": False},
}.items():  # fmt: skip
    attack("time", name, lambda change=change: token(**change(int(time.time()))))
for word in ("NaN", "Infinity", "-Infinity", "1e999", "null"):
    attack("time", f"exp is {word}", lambda word=word: signed(header(), json.dumps(claims(exp=4711)).replace("4711", word).encode()))

# --- iss, jti, tenant ---------------------------------------------------------------------------------------------

attack("claims", "iss missing", lambda: token(iss=None))
attack("claims", "iss is a list with the client in it", lambda: signed(header(), {**claims(), "iss": ["https://ehr.example.org"]}))
attack("claims", "iss is nobody we know", lambda: token(iss=f"https://{CANARY}.example"))
attack("claims", "iss with a slash more", lambda: token(iss="https://ehr.example.org/"))
attack("claims", "iss in capitals", lambda: token(iss="https://EHR.example.org"))
attack("claims", "iss of another client, signed with our key", lambda: token(iss="https://other.example.org"))
attack("claims", "iss and kid of another client, signed with our key", lambda: token(iss="https://other.example.org", head={"kid": "other-ES384"}))
attack("claims", "iss in the header only", lambda: token(iss=None, head={"iss": "https://ehr.example.org"}))
attack("claims", "jti missing", lambda: token(jti=None))
attack("claims", "jti is empty", lambda: token(jti=""))
attack("claims", "jti is a number", lambda: token(jti=7))
attack("claims", "jti is a list", lambda: token(jti=[CANARY]))
attack("claims", "jti is very long", lambda: token(jti=CANARY * 100))
attack("claims", "jti is a lone surrogate", lambda: token(jti="\udcff"))
of_tenants = lambda **said: token(iss="https://tenants.example.org", head={"kid": "tenants-ES384"}, signer=key("tenants"), **said)  # noqa: E731
attack("claims", "tenant is another organisation", lambda: of_tenants(tenant=CANARY))
attack("claims", "tenant is missing where one is needed", lambda: of_tenants())
attack("claims", "tenant is a list", lambda: of_tenants(tenant=["north"]))
attack("claims", "tenant in another case", lambda: of_tenants(tenant="North"))

# --- form ---------------------------------------------------------------------------------------------------------


def doubled(what: str) -> str:
    """The name stands there twice: the first is a stranger's, the second right."""
    head, said = json.dumps(header()), json.dumps(claims())
    if what in header():
        head = f'{{"{what}": "{CANARY}", {head[1:]}'
    else:
        said = f'{{"{what}": "{CANARY}", {said[1:]}'
    return signed(head.encode(), said.encode())


for name in ("alg", "kid", "typ", "iss", "aud", "exp", "jti"):
    attack("form", f"{name} stands there twice", lambda name=name: doubled(name))
attack("form", "a name twice inside a claim", lambda: signed(header(), (json.dumps(claims())[:-1] + ', "x": {"a": 1, "a": 2}}').encode()))
attack("form", "crit with an extension that nobody knows", lambda: token(head={"crit": ["exp"]}))
attack("form", "crit is empty", lambda: token(head={"crit": []}))
attack("form", "crit with b64, payload not encoded", lambda: token(head={"crit": ["b64"], "b64": False}))
attack("form", "b64 without crit", lambda: token(head={"b64": False}))
attack("form", "a token in a token (cty)", lambda: signed(header(cty="JWT"), token().encode()))
attack("form", "cty, with right claims", lambda: token(head={"cty": "JWT"}))
attack("form", "a token in a token, without saying so", lambda: signed(header(), token().encode()))
attack("form", "compressed (zip)", lambda: token(head={"zip": "DEF"}))
attack("form", "encrypted (JWE, five parts)", lambda: ".".join([b64({"alg": "RSA-OAEP", "enc": "A256GCM", "kid": "ehr-RS384"}), *["AAAA"] * 4]))
attack("form", "JSON serialisation", lambda: json.dumps(dict(zip(("protected", "payload", "signature"), token().split("."), strict=True))).replace(" ", ""))
for typ in ("at+jwt", "jwt", "JOSE", "", None, 1):
    attack("form", f"typ is {typ!r}", lambda typ=typ: signed({k: v for k, v in {**header(), "typ": typ}.items() if v is not None}, claims()))
attack("form", "too long", lambda: token(fill=CANARY * 1000))
attack("form", "60,000 dots", lambda: "." * 60_000)
attack("form", "nested nine hundred deep", lambda: signed(header(), b'{"a":' * 900 + b"1" + b"}" * 900))
attack("form", "claims are a list", lambda: signed(header(), b"[]"))
attack("form", "claims are not UTF-8", lambda: signed(header(), b'{"iss": "\xff"}'))
attack("form", "claims with a byte order mark", lambda: signed(header(), b"\xef\xbb\xbf" + json.dumps(claims()).encode()))
attack("form", "header is not JSON", lambda: signed(b"{alg: ES384}", claims()))
attack("form", "header is empty", lambda: "." + token().split(".", 1)[1])
attack("form", "padding", lambda: token() + "=")
attack("form", "padding inside", lambda: token().replace(".", "=.", 1))
attack("form", "a blank in the token", lambda: token().replace(".", ". ", 1))
attack("form", "a tab after the token", lambda: token() + "\t")
attack("form", "the alphabet that is not for URLs", lambda: token(fill="\u00ff?>~" * 9).replace("_", "/").replace("-", "+") + "+/")
attack("form", "two parts", lambda: token().rsplit(".", 1)[0])
attack("form", "four parts", lambda: token() + ".AAAA")
attack("form", "letters that look like ASCII ones", lambda: token().replace("e", "\u00e9", 1))

# --- signature ----------------------------------------------------------------------------------------------------


def with_signature(change: Callable[[bytes], bytes], alg: str = "ES384") -> str:
    signing, _, last = token(alg).rpartition(".")
    return f"{signing}.{b64(change(base64.urlsafe_b64decode(last + '=' * (-len(last) % 4))))}"


def as_der(raw_signature: bytes) -> bytes:
    half = len(raw_signature) // 2
    return encode_dss_signature(int.from_bytes(raw_signature[:half]), int.from_bytes(raw_signature[half:]))


def of_order(_raw: bytes) -> bytes:
    """r and s are the order of the curve: 0, for an implementation that forgets to look."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973
    return order.to_bytes(48) * 2


assert decode_dss_signature(as_der(b"\1" * 96))  # the helper makes DER that the library reads
attack("signature", "taken away", lambda: token().rpartition(".")[0] + ".")
attack("signature", "cut short", lambda: with_signature(lambda s: s[:-1]))
attack("signature", "one bit other", lambda: with_signature(lambda s: s[:-1] + bytes([s[-1] ^ 1])))
attack("signature", "one bit other (RSA)", lambda: with_signature(lambda s: s[:-1] + bytes([s[-1] ^ 1]), "RS384"))
attack("signature", "zeros before it", lambda: with_signature(lambda s: b"\0\0" + s))
attack("signature", "zeros before it (RSA)", lambda: with_signature(lambda s: b"\0" + s, "RS384"))
attack("signature", "r and s are 0 (psychic)", lambda: with_signature(lambda s: bytes(len(s))))
attack("signature", "r and s are the curve's order", lambda: with_signature(of_order))
attack("signature", "as DER", lambda: with_signature(as_der))
attack("signature", "RSA signature of 1 (s = 1)", lambda: with_signature(lambda s: bytes(len(s) - 1) + b"\1", "RS384"))
attack("signature", "all zero (Ed25519)", lambda: with_signature(lambda s: bytes(len(s)), "EdDSA"))
attack("signature", "of another token", lambda: token().rpartition(".")[0] + "." + token().rpartition(".")[2])
attack("signature", "by an attacker's key", lambda: token(signer=key("attacker")))
attack("signature", "right, the claims changed afterwards", lambda: _swapped(1, b64(claims(iss="https://ehr.example.org", sub=CANARY))))
attack("signature", "right, the header changed afterwards", lambda: _swapped(0, b64(header(extra=CANARY))))
attack("signature", "its last letter other, with the same bytes", lambda: _loose_end())
attack("signature", "by an RSA key of 1024 bits", lambda: token("RS384", {"kid": "weak"}, key("weak", "RS384", 1024)))
attack("signature", "by a key that is for encryption", lambda: token(head={"kid": "for-enc"}, signer=key("for-enc")))
attack("signature", "by a key whose private half was published", lambda: token(head={"kid": "leaked"}, signer=key("leaked")))


def _swapped(at: int, part: str) -> str:
    parts = token().split(".")
    parts[at] = part
    return ".".join(parts)


def _loose_end() -> str:
    """Base64 whose last letter has bits to spare: another text for the same bytes. RSA of 2048 bits has two of them."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    text = token("RS384")
    return text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]


# --- where the token stands ---------------------------------------------------------------------------------------

raw("transport", "no Authorization header", list)
raw("transport", "an empty Authorization header", lambda: [("Authorization", "")])
raw("transport", "Bearer without a token", lambda: [("Authorization", "Bearer ")])
raw("transport", "the token without Bearer", lambda: [("Authorization", token())])
raw("transport", "Basic", lambda: [("Authorization", "Basic " + base64.b64encode(f"admin:{CANARY}".encode()).decode())])
raw("transport", "the token as Basic", lambda: [("Authorization", f"Basic {token()}")])
raw("transport", "another scheme with Bearer in it", lambda: [("Authorization", f"XBearer {token()}")])
raw("transport", "two Authorization headers, both right", lambda: [("Authorization", f"Bearer {token()}")] * 2)
raw("transport", "two Authorization headers, the first wrong", lambda: [("Authorization", "Bearer x"), ("Authorization", f"Bearer {token()}")])
raw("transport", "two tokens in one header", lambda: [("Authorization", f"Bearer {token()} {token()}")])
raw("transport", "two tokens with a comma", lambda: [("Authorization", f"Bearer {token()},{token()}")])
raw("transport", "the token in the query", list, lambda: f"access_token={token()}")
raw("transport", "the token in a cookie", lambda: [("Cookie", f"Authorization=Bearer {token()}")])
raw("transport", "the token in Proxy-Authorization", lambda: [("Proxy-Authorization", f"Bearer {token()}")])
raw("transport", "the token in X-Authorization", lambda: [("X-Authorization", f"Bearer {token()}")])
raw("transport", "our address in Host and X-Forwarded-Host, the token for another", lambda: [("Authorization", f"Bearer {token(aud='https://evil.example/cds-services/b12-patient-view')}"), ("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example;proto=https")])
raw("transport", "another path told in X-Original-URL", lambda: [("Authorization", f"Bearer {token(aud=f'{BASE}/cds-services')}"), ("X-Original-URL", "/cds-services"), ("X-Forwarded-Prefix", "/cds-services")])

# --- used before --------------------------------------------------------------------------------------------------


def _twin(text: str) -> str:
    """The other signature of the same claims that anybody can make: (r, n - s) for (r, s)."""
    order = int.from_bytes(of_order(b"")[:48])
    signing, _, last = text.rpartition(".")
    found = base64.urlsafe_b64decode(last)
    return f"{signing}.{b64(found[:48] + (order - int.from_bytes(found[48:])).to_bytes(48))}"


after_use("the same token again", lambda text: text)
after_use("its twin signature (r, n - s)", _twin)
after_use("another token with the same jti", lambda text: token(jti=_jti(text), exp=int(time.time()) + 200))
after_use("another token with the same jti, by another key of the client's", lambda text: token("RS384", jti=_jti(text)))


def _jti(text: str) -> str:
    part = text.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["jti"]
