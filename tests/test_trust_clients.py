"""The clients file: every fault at once with its place; and the settings that belong to it."""

import json

import pytest
from attacks.minting import jwks, public_jwk

from cdshooks import create_app
from cdshooks.cli.serve import refuse_to_be_open
from cdshooks.config import Settings
from cdshooks.errors import SettingsError
from cdshooks.trust.clients import fault_of_url, load_clients
from tests.shipped import LIBRARY

LEAST = 'name = "A"\niss = "https://a.example"\nkeys = "a.json"\n'
FULL = """
[[client]]
name = "City hospital"
iss = "https://ehr.example.org"
jku = "https://ehr.example.org/jwks.json"
keys = "a.json"
algorithms = ["ES256", "EdDSA"]
tenants = ["north"]
max_lifetime = 60
fhir_servers = ["https://fhir.example.org/r4"]
fhir_version = "STU3"
may_explain = true
aud = ["https://sandbox.example.org"]
lenient = true
max_cards = 3
say_once = true
dated_prefetch = true
"""


@pytest.fixture
def load(tmp_path):
    """Loads a clients file with this text; beside it lies a JWK Set, a.json."""
    (tmp_path / "a.json").write_bytes(jwks(public_jwk("ehr")))

    def of(text: str):
        (tmp_path / "clients.toml").write_text(text)
        return load_clients(tmp_path / "clients.toml")

    return of


def faults(load, text):
    with pytest.raises(SettingsError) as refusal:
        load(text)
    assert refusal.value.exit_code == 11
    return list(refusal.value.issues)


def test_every_key_is_read(load, tmp_path):
    (client,) = load(FULL)
    assert (client.name, client.issuer, client.jku) == ("City hospital", "https://ehr.example.org", ("https://ehr.example.org/jwks.json",))
    assert (client.keys, client.algorithms, client.tenants) == (tmp_path / "a.json", ("ES256", "EdDSA"), ("north",))
    assert (client.max_lifetime, client.fhir_servers) == (60, ("https://fhir.example.org/r4",))
    assert (client.fhir_version, client.may_explain, client.dated_prefetch) == ("STU3", True, True)


def test_what_a_client_asks_for_and_what_is_let_pass_on_trial(load):
    (client,) = load(FULL)
    assert (client.aud, client.lenient) == (("https://sandbox.example.org",), True)
    assert (client.max_cards, client.say_once) == (3, True)
    assert (load("[[client]]\n" + LEAST)[0].aud, load("[[client]]\n" + LEAST)[0].lenient) == ((), False)


def test_one_issuer_may_have_several_key_sets(load):
    several = FULL.replace('jku = "https://ehr.example.org/jwks.json"', 'jku = ["https://a.example/k", "https://b.example/k"]')
    assert load(several)[0].jku == ("https://a.example/k", "https://b.example/k")
    said = faults(load, several.replace("https://b", "http://b"))
    assert "jku: 'http://b.example/k': http is for loopback addresses only" in said[0]


def test_what_is_not_said_is_what_the_standard_recommends_and_little_is_allowed(load):
    (client,) = load("[[client]]\n" + LEAST)
    assert (client.algorithms, client.max_lifetime) == (("ES384", "RS384"), 900)
    assert (client.tenants, client.fhir_servers, client.fhir_version, client.may_explain) == ((), (), None, False)
    assert client.dated_prefetch is None  # as the setting says


def test_all_faults_are_told_at_once_with_place_and_nearest_name(load):
    text = """
[[client]]
nam = "A"
iss = "https://a.example"
algorithms = ["HS256"]

[[client]]
name = "B"
iss = ""
max_lifetime = 86400
fhir_version = "r4"
"""
    assert faults(load, text) == [
        "clients.toml, first [[client]]: the key 'name' is missing",
        "clients.toml, first [[client]]: the key 'nam' is not known here; did you mean 'name'?",
        "clients.toml, first [[client]], first [[algorithms]]: 'HS256' is none of: ES256, ES384, RS256, RS384, RS512, EdDSA",
        "clients.toml, second [[client]], fhir_version: 'r4' is none of: DSTU2, STU3, R4, R4B, R5",
        "clients.toml, second [[client]], iss: '' should be non-empty",
        "clients.toml, second [[client]], max_lifetime: 86400 is greater than the maximum of 3600",
    ]


def test_faults_beyond_the_shape_are_told_at_once_too(load, tmp_path):
    (tmp_path / "bad.json").write_bytes(json.dumps({"keys": [{"kty": "oct", "kid": "1", "k": "c2VjcmV0"}]}).encode())
    text = """
[[client]]
name = "A"
iss = "https://a.example"
jku = "http://a.example/jwks.json"
fhir_servers = ["ftp://a.example"]

[[client]]
name = "A"
iss = "https://a.example"
keys = "bad.json"

[[client]]
name = "C"
iss = "https://c.example"

[[client]]
name = "D"
iss = "https://d.example"
keys = "nowhere.json"
"""
    said = faults(load, text)
    assert said[0].startswith("clients.toml, first [[client]], jku: ")
    assert said[1].startswith("clients.toml, first [[client]], fhir_servers: 'ftp://a.example': ")
    assert said[2].startswith("clients.toml, second [[client]], keys: bad.json: key 1: it is a private or a shared key")
    assert said[3] == "clients.toml, third [[client]]: it has neither 'jku' nor 'keys'; say where its JWK Set is, a URL or a file"
    assert said[4].startswith("clients.toml, fourth [[client]], keys: nowhere.json: it cannot be read (No such file")
    assert said[5:] == [
        "clients.toml: the name 'A' stands at 2 clients; each has its own",
        "clients.toml: the iss 'https://a.example' stands at 2 clients; each has its own",
    ]


@pytest.mark.parametrize("text", ["", "client = []", "[[client]", "[client]\nname = 'A'", "\ufeff"])
def test_a_file_that_trusts_nobody_or_cannot_be_read_is_refused(load, text):
    assert all(fault.startswith("clients.toml") for fault in faults(load, text))


@pytest.mark.parametrize(("body", "says"), [(b"{}", "it is not an object with"), (b'{"keys": []}', "it holds no key"), (jwks(public_jwk("a", kid="x"), public_jwk("b", kid="x")), "several keys have the kid 'x'")])
def test_a_key_set_that_nobody_could_use_is_refused_at_the_start(load, tmp_path, body, says):
    (tmp_path / "b.json").write_bytes(body)
    (fault,) = faults(load, "[[client]]\n" + LEAST.replace("a.json", "b.json"))
    assert f"keys: b.json: {says}" in fault


@pytest.mark.parametrize("url", ["http://127.0.0.1:80/jwks", "http://localhost/jwks", "http://[::1]:8/jwks", "https://ehr.example/jwks?x=1", "https://10.0.0.1/jwks"])
def test_a_url_that_will_do(url):
    assert fault_of_url(url) is None


@pytest.mark.parametrize("url", ["", "jwks.json", "//ehr.example/jwks", "http://ehr.example/jwks", "http://127.0.0.1.evil.example/", "file:///etc/passwd", "https://me@ehr.example/", "https://ehr.example/#x", "https://", "https://e x/", "https://é.example/", "https://x:99999/", "https://[x/", "javascript:1"])
def test_a_url_that_will_not_do(url):
    assert fault_of_url(url)


# --- settings that belong together --------------------------------------------------------------------------------


def app_faults(**settings):
    with pytest.raises(SettingsError) as refusal:
        create_app(Settings(**settings), LIBRARY)
    return refusal.value.issues


def test_without_the_address_that_clients_call_no_token_can_be_judged(load, tmp_path):
    faults(load, "[[client]]\n" + LEAST + 'nam = "x"')
    address, file = app_faults(clients=tmp_path / "clients.toml")
    assert address.startswith("public_url: tokens are made for one address")
    assert "--public-url" in address
    assert file.startswith("clients.toml, first [[client]]: the key 'nam'")


@pytest.mark.parametrize(("name", "value"), [("fhir_servers", ("https://fhir.example.org",)), ("database", "none")])
def test_what_does_not_go_with_a_clients_file_is_told(load, tmp_path, name, value):
    load("[[client]]\n" + LEAST)
    (fault,) = app_faults(clients=tmp_path / "clients.toml", public_url="https://cds.example.org", **{name: value})
    assert fault.startswith(f"{name}: with trusted clients")


@pytest.mark.parametrize(("url", "insecure", "good"), [("http://cds.example.org", False, False), ("http://cds.example.org", True, True), ("http://127.0.0.1:8000", False, True), ("https://cds.example.org", False, True)])
@pytest.mark.proves("sec-1")
def test_tokens_do_not_go_over_a_network_in_the_clear(load, tmp_path, monkeypatch, url, insecure, good):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    load("[[client]]\n" + LEAST)
    settings = {"clients": tmp_path / "clients.toml", "public_url": url, "insecure": insecure}
    if good:
        create_app(Settings(**settings), LIBRARY)
    else:
        assert "is not https" in app_faults(**settings)[0]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1"])
def test_on_this_machine_the_service_may_be_open(host):
    refuse_to_be_open(Settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "cds.example.org", "127.0.0.1.example.org"])
def test_on_a_network_it_does_not_start_open_unless_told(host, tmp_path):
    with pytest.raises(SettingsError, match="--clients FILE and the address they call with --public-url, or say --insecure"):
        refuse_to_be_open(Settings(host=host))
    refuse_to_be_open(Settings(host=host, insecure=True))
    refuse_to_be_open(Settings(host=host, clients=tmp_path))
