"""Checks of who may call and how: TLS, tokens, browsers."""

import ipaddress
from urllib.parse import urlsplit

from cds_conformance.checks.registry import NotTried, check
from cds_conformance.report.model import Finding

SYMMETRIC = ("alg none", "alg HS256", "alg HS384")
CLAIMS = tuple(f"without {name}" for name in ("iss", "aud", "exp", "iat", "jti", "kid"))
FAULTY = (
    "signed with another key",
    "expired an hour ago",
    "for another audience",
    "for another endpoint",
    "an unknown kid",
    *CLAIMS,
)
NONSENSE = "no token at all, but nonsense"
STRANGERS = (
    "an unknown issuer with a jku of its own",
    "an unknown issuer with a known key",
    "a jku of a stranger",
)
GUARDED = (401, 403)
ALLOWED = "access-control-allow-origin"


def tokens(run, *what: str):
    """The calls with these tokens; else why there are none."""
    evidence = run.evidence
    found = [e for e in evidence.of("token") if e.detail["what"] in what and not e.untried]
    if found:
        return found, []
    if not evidence.of("no-token", "good"):
        return [], [NotTried("no service could be called")]
    if not any(e.status in GUARDED for e in evidence.of("no-token", "good")):
        return [], [NotTried("the service answers without a token, so tokens tell nothing")]
    why = (
        "our token is not taken"
        if evidence.facts.get("signs")
        else "no key that the service knows was given (--token-key)"
    )
    return [], [NotTried(why)]


@check("sec-1", "crd-1", each="evidence")
def calls_go_over_tls(run):
    """The base URL is https, with TLS 1.2 or later and a certificate that holds.

    On loopback and in private networks plain http is not judged: it is not where patients' data travel.

    why: Patient data and tokens travel with every call.
    good: https://cds.example.org
    bad: http://cds.example.org
    mend: Put a proxy with a certificate before the service.
    """
    first = run.evidence.exchanges[0] if run.evidence.exchanges else None
    parts = urlsplit(run.evidence.url)
    if first and first.fault and not first.status and parts.scheme == "http":
        yield NotTried("nothing answered")
    elif parts.scheme == "https" and first:
        if first.detail.get("tls") in ("TLSv1", "TLSv1.1", "SSLv3"):
            yield Finding(run.evidence.url, f"speaks {first.detail['tls']}; TLS 1.2 is the least", first.number)
        elif not first.detail.get("tls"):
            yield NotTried("no TLS connection was made")
    elif _at_home(parts.hostname or ""):
        yield NotTried("http on loopback or in a private network is not judged")
    else:
        yield Finding(run.evidence.url, "is called over plain http", first.number if first else None)


def _at_home(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".internal", ".localhost", ".test"))


@check("sec-2", each="evidence")
def a_guarded_service_guards_every_call(run):
    """A service that asks for a token asks for it on feedback as on calls, with 401, and takes no nonsense instead.

    A service that asks for none, and takes nonsense for a token, is not judged: whether a call can expose data cannot be
    seen.

    why: The endpoint that was forgotten is the one that is used.
    good: POST /cds-services/greeter/feedback without a token -> 401
    bad: POST /cds-services/greeter/feedback without a token -> 200
    mend: Guard all paths in one place, and except only OPTIONS.
    """
    calls = [e for e in run.evidence.of("no-token") if e.detail["what"] == "call"]
    guarded = [e for e in calls if e.status in GUARDED]
    nonsense = [e for e in run.evidence.of("token") if e.detail["what"] == NONSENSE]
    if not calls:
        yield NotTried("no service could be called")
    elif not guarded and not any(e.status in GUARDED for e in nonsense):
        yield NotTried("the service asks for no token; whether it should cannot be seen")
    else:
        yield from _gaps(calls, run.evidence.of("no-token"), nonsense, guarded)


def _gaps(calls, without, nonsense, guarded):
    """Where a service that knows tokens asks for none."""
    for e in calls:
        if e.status == 403:
            yield Finding(e.where, "a call without a token gets 403, not 401", e.number)
        elif e.taken:
            yield Finding(
                e.where, "a call without a token is answered, though tokens are looked at elsewhere", e.number
            )
    for e in without:
        refused_for_what_it_says = e.taken or e.status in (400, 409, 412, 415, 422)
        if e.detail["what"] == "feedback" and refused_for_what_it_says and guarded:
            yield Finding(f"{e.where} feedback", f"feedback without a token gets {e.status}, not 401", e.number)
    for e in nonsense:
        if e.status not in GUARDED and guarded:
            yield Finding(e.where, f"a bearer token that is no JWT gets {e.outcome}", e.number)


@check("sec-3", each="evidence")
def faulty_tokens_are_refused(run):
    """A token is refused with 401 (or 403) that is expired, for another audience or another endpoint, signed with another key, of an unknown
    kid, or without iss, aud, exp, iat, jti or kid.

    why: Each of them is how somebody else's token, or an old one, is used again.
    good: Authorization: Bearer (expired) -> 401
    bad: Authorization: Bearer (expired) -> 200
    mend: Let a JWT library check all of them, and tell it which claims are required: most require none by themselves.
    """
    found, none = tokens(run, *FAULTY)
    yield from none
    yield from _must_be_refused(found)


@check("sec-4", each="evidence")
def unsigned_and_symmetric_tokens_are_refused(run):
    """A token with alg none, HS256 or HS384 is refused with 401 (or 403).

    why: Anyone can make one.
    good: {"alg": "none"} -> 401
    bad: {"alg": "none"} -> 200
    mend: Give the library a list of algorithms, ES384 and RS384, and never take it from the token.
    """
    found, none = tokens(run, *SYMMETRIC)
    yield from none
    yield from _must_be_refused(found)


@check("sec-5", each="evidence")
def both_recommended_algorithms_are_understood(run):
    """A good token signed with ES384 is taken, and so is one signed with RS384.

    Judged with throw-away keys only (--issuer and --jku on loopback): a key of yours has one algorithm.

    why: Clients choose either.
    good: ES384 -> 200, RS384 -> 200
    bad: ES384 -> 200, RS384 -> 401
    mend: Allow both where the token is checked.
    """
    found, none = tokens(run, "ES384", "RS384")
    yield from none
    for e in found:
        if e.status in GUARDED:
            yield Finding(e.where, f"a good token signed with {e.detail['what']} gets {e.outcome}", e.number)


@check("sec-6", each="evidence")
def strangers_keys_are_not_fetched(run):
    """A token of an unknown issuer, or with a jku that is not the issuer's, is refused, and that jku is never fetched.

    why: Whoever may name the key may sign anything; and a service that fetches any URL reads your network for others.
    good: jku = http://stranger/jwks.json -> 401, and nothing is asked there
    bad: jku = http://stranger/jwks.json -> GET http://stranger/jwks.json
    mend: Keep a list of issuers, each with its own jku, and look there only.
    """
    found, none = tokens(run, *STRANGERS)
    yield from none
    for e in found:
        if any(one["server"] == "stranger" for one in e.heard):
            yield Finding(e.where, f"{e.detail['what']}: its jku is fetched", e.number)
        if e.status not in GUARDED:
            # With the issuer's own key at hand, a service may well ignore a jku that it never fetched.
            if e.detail["what"] == "a jku of a stranger" and e.taken:
                continue
            yield Finding(e.where, f"{e.detail['what']} gets {e.outcome}", e.number)


@check("sec-7", each="evidence")
def a_token_is_taken_once(run):
    """A token that was taken is refused when it comes again.

    why: Who has read one request could send others with its token.
    good: the same jti again -> 401
    bad: the same jti again -> 200
    mend: Keep the jti of each token until the token has expired.
    """
    used = {e.detail["what"]: e for e in run.evidence.of("token")}
    once, twice = used.get("used once"), used.get("used twice")
    if not once or not twice or not once.taken:
        yield from tokens(run, "never")[1]
    elif twice.taken:
        yield Finding(twice.where, f"the same token is taken again ({twice.outcome})", twice.number)


@check("sec-8", each="evidence")
def a_new_key_is_taken_up(run):
    """A token signed with a key that is new in the client's JWK Set is taken, within a few seconds.

    Judged with throw-away keys only (--issuer and --jku on loopback).

    why: Clients change their keys, and should not have to call you.
    good: a new kid -> the JWK Set is fetched again -> 200
    bad: a new kid -> 401 until the next restart
    mend: Fetch the set again when a kid is not in it, not more often than every few seconds.
    """
    found, none = tokens(run, "a new key of the set")
    yield from none
    if found and not any(e.taken for e in found):
        yield Finding(found[-1].where, f"still gets {found[-1].outcome} after some seconds", found[-1].number)


@check("sec-9", each="evidence")
def browsers_are_answered(run):
    """OPTIONS is answered with 2xx and without a token on every URL, allowing the method and the headers Authorization and
    Content-Type; the answer to a call carries Access-Control-Allow-Origin,
    an error as well.

    A service that names other origins than ours, or that asks for a token and names none, is not judged further.

    why: Without it no client that runs in a browser can call, the reference client among them.
    good: OPTIONS /cds-services -> 200, Access-Control-Allow-Origin: *
    bad: OPTIONS /cds-services -> 401
    mend: Answer OPTIONS before authentication, on all three URLs.
    """
    evidence = run.evidence
    sent = [e for e in evidence.of("preflight") if not e.untried]
    if not sent:
        yield NotTried("no preflight was sent")
    guarded = any(e.status in GUARDED for e in evidence.of("no-token", "good", "token"))
    takes_feedback = any(e.taken for e in evidence.of("feedback"))
    for e in sent:
        if (e.url_path.endswith("/feedback") and not takes_feedback) or (
            e.service and not (guarded or _works(evidence, e))
        ):
            continue
        yield from _preflight(e, guarded)
    named = any(one.answer_headers.get("access-control-allow-origin") for one in sent)
    if (named or not guarded) and not _names_others(sent):
        yield from _answers_to_pages(evidence)


def _answers_to_pages(evidence):
    """Of each service the answer to a call, or where that can be read, the error that could not."""
    for e in evidence.of("browser"):
        if e.ok and ALLOWED not in e.answer_headers:
            yield Finding(e.where, "the answer to a call from a browser has no Access-Control-Allow-Origin", e.number)
        for refused in evidence.of("browser-refused", service=e.service, hook=e.hook):
            if e.ok and ALLOWED in e.answer_headers and refused.refused and ALLOWED not in refused.answer_headers:
                says = f"a {refused.status} to a call from a browser has no Access-Control-Allow-Origin, its 200 has one"
                yield Finding(refused.where, says, refused.number)


def _works(evidence, e) -> bool:
    """Whether the service of a preflight answers good calls."""
    return any(one.ok for one in evidence.of("good", service=e.service))


def _names_others(sent) -> bool:
    """Whether the service lets some origins in, and ours is not one of them."""
    allowed = {e.answer_headers.get("access-control-allow-origin", "") for e in sent}
    return bool(allowed - {"", "*"}) and not any(e.headers["Origin"] in allowed for e in sent)


def _preflight(e, guarded: bool):
    allowed = e.answer_headers.get("access-control-allow-origin")
    if e.status in GUARDED:
        says = "asks for a token (401)" if e.status == 401 else f"is refused with {e.status}"
        yield Finding(f"OPTIONS {e.url_path}", says, e.number)
    elif not e.taken:
        yield Finding(f"OPTIONS {e.url_path}", f"gets {e.outcome}", e.number)
    elif allowed is None:
        if guarded:
            yield NotTried("a guarded service names no origin that we could come from")
        else:
            yield Finding(f"OPTIONS {e.url_path}", "has no Access-Control-Allow-Origin", e.number)
    elif allowed in ("*", e.headers["Origin"]):
        yield from _headers(e)


def _headers(e):
    held = {one.strip().lower() for one in e.answer_headers.get("access-control-allow-headers", "").split(",")}
    for name in ("authorization", "content-type"):
        if name not in held and not ("*" in held and name != "authorization"):
            yield Finding(f"OPTIONS {e.url_path}", f"Access-Control-Allow-Headers does not name {name}", e.number)
    credentials = e.answer_headers.get("access-control-allow-credentials", "").lower() == "true"
    if credentials and e.answer_headers["access-control-allow-origin"] == e.headers["Origin"]:
        yield Finding(f"OPTIONS {e.url_path}", "lets any origin call with the user's cookies", e.number)


@check("sec-10", each="evidence")
def an_audience_may_be_an_array(run):
    """A good token whose aud is an array with the URL in it is taken.

    why: RFC 7519 and the standard allow both, and libraries write either.
    good: "aud": ["https://cds.example.org/cds-services/greeter"] -> 200
    bad: "aud": ["https://cds.example.org/cds-services/greeter"] -> 401
    mend: Let the JWT library compare the audience.
    """
    found, none = tokens(run, "aud in an array")
    yield from none
    for e in found:
        if e.status in GUARDED:
            yield Finding(e.where, f"a good token whose aud is an array gets {e.outcome}", e.number)


def _must_be_refused(found):
    for e in found:
        if e.status not in (*GUARDED, 400):
            yield Finding(e.where, f"a token ({e.detail['what']}) gets {e.outcome}", e.number)
