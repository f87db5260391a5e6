"""Who may call: no token, forged and faulty tokens, replays, new keys; and what browsers ask first."""

import time
import uuid

from cds_conformance.client import Client
from cds_conformance.ehr.shelf import Chart
from cds_conformance.probes.caller import Caller
from cds_conformance.trust import Key, Signer, bearer, new_key

ASKS = {"Access-Control-Request-Headers": "authorization,content-type"}
ROTATION_WAIT = 8.0


def preflights(client: Client, caller: Caller | None, origin: str) -> None:
    """OPTIONS as browsers send it, without a token, on every kind of URL."""
    asked = [(client.discovery, "GET")]
    asked += [(caller.path, "POST"), (f"{caller.path}/feedback", "POST")] if caller else []
    for path, method in asked:
        headers = {"Origin": origin} | ASKS | {"Access-Control-Request-Method": method}
        where = {"service": caller.id, "hook": caller.hook} if caller and path != client.discovery else {}
        client.send("preflight", "OPTIONS", path, headers=headers, token=False, **where)


def from_a_browser(caller: Caller, chart: Chart) -> None:
    """A good call as a web page makes it, and one that must be refused: the page reads neither without the header."""
    origin, body = {"Origin": caller.desk.origin}, caller.body(chart)
    caller.call("browser", body, headers=origin, patient=chart.name)
    caller.call("browser-refused", {"hook": caller.hook, "context": body["context"]}, headers=origin)


def without_token(caller: Caller, chart: Chart) -> bool:
    """Calls without a token; whether the service asks for one."""
    call = caller.call("no-token", caller.body(chart), token=False, what="call")
    caller.call("no-token", {"feedback": []}, token=False, path=f"{caller.path}/feedback", what="feedback")
    return call.status in (401, 403)


def forged_tokens(caller: Caller, chart: Chart, signer: Signer | None, stranger: str) -> None:
    """Tokens that no service may take, whoever the service knows."""
    import jwt

    url = caller.desk.client.base + caller.path
    forger = signer or Signer("https://cds-conformance.example", None, new_key("ES384", "judge-unknown"))
    now = int(time.time())
    claims = {"iss": forger.issuer, "aud": url, "iat": now, "exp": now + 300, "jti": str(uuid.uuid4())}
    head = {"typ": "JWT", "kid": forger.key.kid} | ({"jku": forger.jku} if forger.jku else {})
    _try(caller, chart, "alg none", jwt.encode(claims, None, algorithm="none", headers=head))
    for alg in ("HS256", "HS384"):
        token = jwt.encode(claims, "cds-conformance-" * 4, algorithm=alg, headers=head)
        _try(caller, chart, f"alg {alg}", token)
    elsewhere = Signer("https://nobody.example", f"{stranger}/jwks.json", new_key("ES384", "judge-stranger"))
    _try(caller, chart, "an unknown issuer with a jku of its own", elsewhere.token(url))
    nonsense_token(caller, chart)


def nonsense_token(caller: Caller, chart: Chart) -> None:
    """A bearer token that is no JWT; also to a service that asks for none: does it look at what comes?"""
    _try(caller, chart, "no token at all, but nonsense", "nonsense")


def faulty_tokens(caller: Caller, chart: Chart, signer: Signer, stranger: str) -> None:
    """Tokens of a client that the service knows, each with one fault; and good ones of other kinds."""
    url, now = caller.desk.client.base + caller.path, int(time.time())
    impostor = Key(
        new_key("ES384" if signer.key.alg.startswith("ES") else "RS384", "x").private, signer.key.kid, signer.key.alg
    )
    if impostor.alg in ("ES384", "RS384"):
        _try(caller, chart, "signed with another key", signer.token(url, key=impostor))
    _try(caller, chart, "expired an hour ago", signer.token(url, iat=now - 7200, exp=now - 3600))
    _try(caller, chart, "for another audience", signer.token("https://other.example/cds-services/x"))
    _try(caller, chart, "for another endpoint", signer.token(caller.desk.client.base + caller.desk.client.discovery))
    _try(caller, chart, "an unknown issuer with a known key", signer.token(url, iss="https://nobody.example"))
    for name in ("iss", "aud", "exp", "iat", "jti", "kid"):
        _try(caller, chart, f"without {name}", signer.token(url, without=(name,)))
    _try(caller, chart, "an unknown kid", signer.token(url, header={"kid": "judge-no-such-key"}))
    if signer.jku:
        _try(caller, chart, "a jku of a stranger", signer.token(url, header={"jku": f"{stranger}/jwks.json"}))
    _try(caller, chart, "aud in an array", signer.token(url, aud=[url]), good=True)
    once = signer.token(url)
    _try(caller, chart, "used once", once, good=True)
    _try(caller, chart, "used twice", once)
    if signer.second:
        _try(caller, chart, signer.key.alg, signer.token(url), good=True)
        _try(caller, chart, signer.second.alg, signer.token(url, key=signer.second), good=True)


def rotated_key(caller: Caller, chart: Chart, signer: Signer) -> None:
    """Puts a new key into the set that we serve and signs with it, again until it is taken or the time is up."""
    if not signer.served:
        return
    signer.publish()
    url, ends = caller.desk.client.base + caller.path, time.monotonic() + ROTATION_WAIT
    while True:
        said = _try(caller, chart, "a new key of the set", signer.token(url, key=signer.rotated), good=True)
        if said.taken or said.fault or time.monotonic() > ends:
            return
        time.sleep(1.5)


def _try(caller: Caller, chart: Chart, what: str, token: str, good: bool = False):
    return caller.call("token", caller.body(chart), headers=bearer(token), what=what, good=good)
