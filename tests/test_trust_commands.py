"""Setting a client up from the shell: make a key, check the file, see why a token is refused, call a running service."""

import json
import re
import stat

import pytest
import time_machine
from attacks.minting import ALGORITHMS, BASE, CALL, ISSUER, jwks, key, public_jwk, token
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from test_cli_serve import running

from cdshooks.cli import main
from cdshooks.ehr.badge import badge
from cdshooks.errors import BadInput
from tests import small_library

LEAST = '[[client]]\nname = "City hospital"\niss = "https://ehr.example.org"\nkeys = "keys.json"\n'


@pytest.fixture
def file(tmp_path):
    (tmp_path / "keys.json").write_bytes(jwks(public_jwk("ehr"), public_jwk("ehr", "ES256")))
    (tmp_path / "clients.toml").write_text(LEAST)
    return tmp_path / "clients.toml"


def run(*words, **more):
    return CliRunner().invoke(main, [str(word) for word in words], **more)


# --- cdshooks clients check ---------------------------------------------------------------------------------------


def test_a_right_file_is_told_with_its_keys(file):
    answer = run("clients", "check", file)
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert answer.stdout.splitlines() == [
        "City hospital  (https://ehr.example.org)",
        f"  keys from {file.parent / 'keys.json'}: 1 that it may sign with",
        "  yes  ehr-ES384 (ES384)",
        "  no   ehr-ES256 (ES256)",
        "  tenants: not looked at",
        "  may be asked for data: no FHIR server",
    ]


def test_a_wrong_file_is_told_with_every_fault(file):
    file.write_text(LEAST.replace("name", "nam") + 'tenant = "x"\n')
    answer = run("clients", "check", file)
    assert (answer.exit_code, answer.stdout) == (11, "")
    assert "did you mean 'name'?" in answer.stderr
    assert "did you mean 'tenants'?" in answer.stderr


def test_a_client_none_of_whose_keys_will_do_is_a_fault(file):
    file.write_text(LEAST + 'algorithms = ["RS384"]\n')
    answer = run("clients", "check", file)
    assert answer.exit_code == 11
    assert "0 that it may sign with" in answer.stdout


def answers(text: str) -> dict[str, str]:
    """The checks of a token, by what they ask: "yes", or "no" with the reason."""
    rows = re.findall(r"(?m)^  (yes|no |\?  )  ([^:\n]+?)(?:: (.*))?$", text.partition("The token:")[2])
    return {check: word.strip() + (f": {why}" if why else "") for word, check, why in rows}


def test_a_right_token_is_answered_yes_all_along_and_not_shown(file):
    text = token()
    answer = run("clients", "check", file, "--token", "-", "--endpoint", CALL, input=text + "\n")
    found = answers(answer.stdout)
    assert answer.exit_code == 0
    assert set(found.values()) == {"yes", "yes: City hospital"}
    assert len(found) == 11
    assert [part for part in text.split(".") if part in answer.output] == []


WRONG = {
    "aud is the endpoint": ({"aud": BASE}, f"aud is not {CALL}; the token says '{BASE}'"),
    "its lifetime is short enough": ({"exp": 4102444800}, "exp is not after iat by at most 900 s; the token says "),
    "it is valid now": ({"iat": 1000, "exp": 1300}, "it has expired; the token says "),
    "jti is there": ({"jti": None}, "jti is not a printable text"),
    "iss is a trusted client": ({"iss": "https://x.example"}, "iss is none of the trusted clients; the token says 'https://x.example', trusted are https://ehr.example.org"),
}


@pytest.mark.parametrize("check", WRONG)
def test_a_wrong_token_is_told_what_is_wrong_and_what_it_says(file, tmp_path, check):
    changed, why = WRONG[check]
    (tmp_path / "token").write_text("Bearer " + token(**changed))
    answer = run("clients", "check", file, "--token", tmp_path / "token", "--endpoint", CALL)
    assert answer.exit_code == 17
    assert answers(answer.stdout)[check].startswith(f"no: {why}")
    assert "the token would be refused" in answer.stderr


def test_all_that_is_wrong_with_a_token_is_told_at_once(file):
    answer = run("clients", "check", file, "--token", "-", "--endpoint", CALL, input=token(aud="x", jti=None, exp=1, signer=key("attacker")))
    assert sum(word.startswith("no") for word in answers(answer.stdout).values()) == 5


def test_without_an_endpoint_aud_is_told_and_not_judged(file):
    answer = run("clients", "check", file, "--token", "-", input=token())
    assert answer.exit_code == 0
    assert answers(answer.stdout)["aud is the endpoint"] == f"?: give --endpoint URL; the token says '{CALL}'"


def test_a_token_that_cannot_be_read_is_told_and_not_shown(file):
    answer = run("clients", "check", file, "--token", "-", input="canary.canary")
    assert answer.exit_code == 17
    assert "canary" not in answer.output
    assert run("clients", "check", file, "--token", "no-such-file").exit_code == 13


def test_a_claim_cannot_steer_the_terminal(file):
    answer = run("clients", "check", file, "--token", "-", "--endpoint", CALL, input=token(aud="\x1b[2J\u202e" + "a" * 5000))
    assert "\x1b" not in answer.stdout
    assert "\u202e" not in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) < 600


# --- keys and badges ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ["ES256", "ES384", "RS384", "EdDSA"])
def test_a_new_key_can_be_trusted_and_signs(tmp_path, alg):
    answer = run("clients", "new-key", tmp_path / "private.json", "--alg", alg)
    assert answer.exit_code == 0
    assert stat.S_IMODE((tmp_path / "private.json").stat().st_mode) == 0o600
    assert "d" not in json.loads(answer.stdout)["keys"][0]
    (tmp_path / "keys.json").write_text(answer.stdout)
    (tmp_path / "clients.toml").write_text(LEAST + f'algorithms = ["{alg}"]\n')
    made = badge(tmp_path / "private.json", ISSUER)(CALL)
    tried = run("clients", "check", tmp_path / "clients.toml", "--token", "-", "--endpoint", CALL, input=made)
    assert (tried.exit_code, tried.stderr) == (0, "")


def test_a_new_key_never_takes_the_place_of_an_old_one(tmp_path):
    (tmp_path / "private.json").write_text("mine")
    answer = run("clients", "new-key", tmp_path / "private.json")
    assert (answer.exit_code, answer.stdout) == (13, "")
    assert (tmp_path / "private.json").read_text() == "mine"


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_key_in_pem_signs_with_the_id_it_is_given(tmp_path, alg):
    pem = key("ehr", alg).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    assert badge(tmp_path / "key.pem", ISSUER, "k")(CALL)
    with pytest.raises(BadInput, match="--token-kid"):
        badge(tmp_path / "key.pem", ISSUER)


@pytest.mark.parametrize("text", ["", "{}", "{", "canary", json.dumps(public_jwk("ehr")), json.dumps({"kty": "oct", "k": "AAAA", "kid": "1"}), json.dumps(public_jwk("ehr", "ES512"))])
def test_what_cannot_sign_is_refused_and_not_repeated(tmp_path, text):
    (tmp_path / "key").write_text(text)
    with pytest.raises(BadInput) as refusal:
        badge(tmp_path / "key", ISSUER, "k")
    assert "canary" not in str(refusal.value)


@pytest.mark.parametrize("words", [["--token-key", "k"], ["--issuer", ISSUER], ["--token-key", "k", "--issuer", ISSUER]])
def test_a_token_needs_key_issuer_and_someone_to_show_it_to(words):
    answer = run("fire", "low-b12", *words)
    assert answer.exit_code == 2
    assert "go together" in answer.stderr


# --- a running service --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def protected(tmp_path_factory):
    """A protected service with two worker processes: its URL, and the client's private key."""
    folder = tmp_path_factory.mktemp("protected")
    made = run("clients", "new-key", folder / "private.json")
    (folder / "keys.json").write_text(made.stdout)
    (folder / "clients.toml").write_text(LEAST)
    # The address must be known before the port is: a proxy in front has it so, too.
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    flags = ["--clients", str(folder / "clients.toml"), "--public-url", url, "--workers", "2", "--today", "2026-01-15", "--port", str(port)]
    with running(*flags, XDG_STATE_HOME=str(folder / "state")):
        yield url, folder / "private.json"


@pytest.fixture
def real_clock(_frozen_clock):
    """The other process lives now, and so must its tokens."""
    with time_machine.travel(time_machine.escape_hatch.time.time(), tick=True):
        yield


def free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_fire_calls_a_protected_service_with_a_token_for_each_call(protected, real_clock):
    url, private = protected
    words = ["fire", "low-b12", "--today", "2026-01-15", "--url", url, "--json"]
    for _ in range(3):
        answer = run(*words, "--token-key", private, "--issuer", ISSUER)
        assert (answer.exit_code, answer.stderr) == (0, "")
        assert json.loads(answer.stdout)["cards"]


def test_fire_without_a_token_says_what_is_missing(protected):
    answer = run("fire", "low-b12", "--url", protected[0])
    assert answer.exit_code == 17
    assert "--token-key and --issuer" in answer.stderr


def test_a_used_token_is_refused_by_every_worker(protected, real_clock):
    import requests

    url, private = protected
    made = badge(private, ISSUER)(f"{url}/cds-services")
    statuses = [requests.get(f"{url}/cds-services", headers={"Authorization": f"Bearer {made}", "Connection": "close"}, timeout=20).status_code for _ in range(12)]
    assert statuses == [200] + [401] * 11


def test_two_authorization_headers_on_the_wire_are_refused(protected, real_clock):
    import http.client

    url, private = protected
    made = badge(private, ISSUER)
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    connection.putrequest("GET", "/cds-services")
    for _ in range(2):
        connection.putheader("Authorization", f"Bearer {made(url + '/cds-services')}")
    connection.endheaders()
    assert connection.getresponse().status == 401
    connection.close()


def test_in_this_process_fire_needs_no_token_whatever_the_environment_says(file, monkeypatch):
    monkeypatch.setenv("CDSHOOKS_CLIENTS", str(file))
    assert run("fire", "low-b12", "--today", "2026-01-15", "--json").exit_code == 0


def test_serve_does_not_start_open_on_a_network(tmp_path):
    from test_cli_serve import run as run_program

    cards = ("--cards", str(small_library.write(tmp_path)))
    answer = run_program("serve", "--host", "0.0.0.0", "--port", "0", *cards)
    assert answer.returncode == 11
    assert "--insecure" in answer.stderr
    with running("--host", "0.0.0.0", "--insecure", *cards) as (_process, port, _block):
        assert port

