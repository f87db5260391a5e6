"""Who is let in: each algorithm and each shape that real clients send, at each address, once."""

import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from attacks.minting import ALGORITHMS, BASE, CALL, JKU, claims, header, key, public_jwk, signed, token
from attacks.world import World
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.errors import NotTrusted, StoreUnavailable
from cdshooks.trust.admission import Admission, known_clients
from cdshooks.trust.client import Client, anyone
from cdshooks.trust.token import read_token
from cdshooks.web import gate
from cdshooks.web.callers import caller

DISCOVERY, FEEDBACK = f"{BASE}/cds-services", f"{CALL}/feedback"


@pytest.fixture(autouse=True)
def _state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def send(world, text, url=CALL, **more):
    return world.send([("Authorization", f"Bearer {text}")], url=url, **more)


# --- let in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.proves("sec-5")
def test_each_algorithm_is_accepted(world, alg):
    assert send(world, token(alg)).status == 200


def like_inferno():
    return token("RS384", {"jku": JKU}, jti=secrets.token_hex(32))


def like_the_sandbox():
    return token("ES384", {"jku": JKU}, jti=str(uuid4()))


GOOD = {
    "Inferno": like_inferno,
    "the sandbox": like_the_sandbox,
    "aud is a list": lambda: token(aud=[CALL]),
    "aud is a list with others": lambda: token(aud=["https://other.example.org", CALL]),
    "aud with a slash at its end": lambda: token(aud=CALL + "/"),
    "times are floats": lambda: token(iat=time.time(), exp=time.time() + 300),
    "issued just ahead of our clock": lambda: token(iat=int(time.time()) + 55),
    "expired just now": lambda: token(iat=int(time.time()) - 300, exp=int(time.time()) - 50),
    "as long as allowed": lambda: token(exp=int(time.time()) + 600),
    "with nbf": lambda: token(nbf=int(time.time())),
    "claims that nobody asked for": lambda: token(sub="client", tenant="any", x={"a": [1, None]}),
    "a certificate that is not looked at": lambda: token(head={"x5t": "AAAA"}),
}


@pytest.mark.parametrize("shape", GOOD)
@pytest.mark.proves("sec-10")
def test_each_right_shape_is_accepted(world, shape):
    assert send(world, GOOD[shape]()).status == 200


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer  "])
def test_the_scheme_is_read_as_http_says(world, scheme):
    assert world.send([("Authorization", f"{scheme} {token()}")]).status == 200


def test_a_tenant_on_the_list_is_accepted(world):
    text = token(iss="https://tenants.example.org", head={"kid": "tenants-ES384"}, signer=key("tenants"), tenant="south")
    assert send(world, text).status == 200


@pytest.mark.proves("sec-3")
def test_each_address_wants_a_token_of_its_own(world):
    for url, status in ((DISCOVERY, 200), (CALL, 200), (FEEDBACK, 422)):
        assert [world.send(url=url).status, send(world, token(aud=url), url).status] == [401, status]
        others = {DISCOVERY, CALL, FEEDBACK} - {url}
        assert {send(world, token(aud=other), url).status for other in others} == {401}


@pytest.mark.parametrize("path", ["/cds-services/", "/cds-services//b12-patient-view", "/cds-services/b12-patient-view/"])
def test_a_slash_too_many_in_the_call_changes_nothing_of_what_aud_must_say(world, path):
    canonical = DISCOVERY if path == "/cds-services/" else CALL
    method = "GET" if canonical == DISCOVERY else "POST"
    web = world.app.test_client()
    answers = [
        web.open(path, method=method, json={}, headers={"Authorization": f"Bearer {token(aud=aud)}"}).status_code
        for aud in (canonical, BASE + path.replace("/b12-patient-view/", "//b12-patient-view"))
    ]
    assert answers[0] != 401
    assert answers[1] == (401 if "//" in path or path.endswith("view/") else 200)


@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/b12-patient-view", "/cds-services/b12-patient-view/feedback"])
def test_options_needs_no_token(world, path):
    assert world.app.test_client().options(path).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("GET", "/cds-services/nothing"), ("DELETE", "/cds-services"), ("HEAD", "/cds-services"), ("POST", "/cds-services/x/y/z")])
@pytest.mark.proves("sec-2")
def test_below_our_services_a_stranger_is_told_nothing_else(world, method, path):
    assert world.app.test_client().open(path, method=method).status_code == 401


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json"])
def test_what_is_for_operators_needs_no_token(world, path):
    assert world.app.test_client().get(path).status_code == 200


def test_the_call_knows_whose_it_is(world, monkeypatch):
    seen = []
    world.app.after_request(lambda answer: seen.append(caller(anyone())) or answer)
    send(world, token())
    assert (seen[0].name, seen[0].fhir_servers) == ("City hospital", ("https://fhir.example.org/r4",))


def test_an_open_service_answers_anyone_and_says_that_it_is(world):
    app = world.another(clients=None, public_url=None)
    seen = []
    app.after_request(lambda answer: seen.append(caller(anyone())) or answer)
    assert world.send(app=app).status == 200
    assert (seen[0].name, seen[0].may_explain) == ("anyone", True)


@pytest.mark.parametrize(("origins", "allowed"), [(None, None), ("https://page.example.org", "https://page.example.org"), ("*", "*")])
@pytest.mark.proves("sec-9")
def test_where_callers_are_known_no_page_may_call_unless_it_is_named(world, origins, allowed):
    web = world.another(cors_origins=origins).test_client()
    asked = {"Origin": "https://page.example.org", "Access-Control-Request-Method": "POST"}
    assert web.options("/cds-services", headers=asked).headers.get("Access-Control-Allow-Origin") == allowed
    refused = web.get("/cds-services", headers={"Origin": "https://page.example.org"})
    assert (refused.status_code, refused.headers.get("Access-Control-Allow-Origin")) == (401, allowed)


# --- once ---------------------------------------------------------------------------------------------------------


def test_a_token_is_good_for_one_instance_only(world):
    text = world.use(token())
    assert send(world, text, app=world.another()).status == 401


def test_used_tokens_are_kept_where_feedback_is_and_cannot_be_read_there(world, tmp_path):
    world.use(token(jti="canary-jti"))
    kept = b"".join(path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file())
    assert kept
    assert b"canary-jti" not in kept


def test_a_token_for_several_endpoints_is_still_good_once(world):
    text = world.use(token(aud=[CALL, DISCOVERY]))
    assert send(world, text, DISCOVERY).status == 401


def test_the_same_jti_of_two_clients_is_two_tokens(world):
    assert send(world, token(jti="1")).status == 200
    assert send(world, token(iss="https://other.example.org", head={"kid": "other-ES384"}, signer=key("other"), jti="1")).status == 200


@pytest.mark.proves("sec-7")
def test_of_many_who_send_a_token_at_once_exactly_one_is_let_in(world):
    text = token()
    instances = [world.another() for _ in range(3)]
    with ThreadPoolExecutor(12) as pool:
        sent = [pool.submit(send, world, text, app=instances[n % 3]) for n in range(24)]
        assert sorted(one.result().status for one in sent) == [200] + [401] * 23


class Broken:
    """A memory that cannot be reached."""

    def first_time(self, issuer, jti, until):
        raise StoreUnavailable("the database is gone")


def test_when_used_tokens_cannot_be_looked_up_nobody_is_let_in_and_it_is_told(world):
    app = world.another()
    admission = Admission(known_clients(clients_of(world), no_network), Broken())
    app.before_request_funcs.clear()
    gate.guard(app, admission.admit, BASE)
    told = send(world, token(), app=app)
    assert told.status == 503
    assert json.loads(told.body)["issue"][0]["code"] == "transient"
    (line,) = [line for line in told.log if "StoreUnavailable" in line]
    assert "StoreUnavailable while answering POST" in line
    assert "the database is gone" in line
    assert world.send(app=app).status == 401


# --- any token ----------------------------------------------------------------------------------------------------

PARTS = st.text("ABCabc019-_=. +/\u00e9", max_size=30)
JSONS = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=6)


@given(st.one_of(PARTS, st.tuples(PARTS, PARTS, PARTS).map(".".join)))
def test_any_text_is_a_token_or_refused(text):
    with pytest.raises(NotTrusted):
        read_token(text)


@given(st.sampled_from(["iss", "aud", "iat", "exp", "nbf", "jti", "tenant"]), JSONS, st.sampled_from(["alg", "kid", "typ", "jku", "crit", None]), JSONS)
def test_any_value_in_any_place_is_refused_or_accepted_and_never_an_error(admission, name, value, field, other):
    head = header() if field is None else {**header(), field: other}
    text = signed(json.dumps(head).encode(), json.dumps({**claims(), name: value}).encode())
    try:
        client = admission.admit(f"Bearer {text}", CALL)
    except NotTrusted:
        return
    assert client.name == "City hospital"


@pytest.fixture(scope="module")
def admission(tmp_path_factory):
    class Never:
        def first_time(self, issuer, jti, until):
            return bool(issuer and jti and until)

    client = Client("City hospital", "https://ehr.example.org", jku=(JKU,))
    return Admission(known_clients([client], lambda _url: json.dumps({"keys": [public_jwk("ehr")]}).encode()), Never())


def clients_of(world):
    return [Client("City hospital", "https://ehr.example.org", keys=world.folder / "ehr.json")]


def no_network(url):
    raise AssertionError(f"nobody may fetch {url}")
