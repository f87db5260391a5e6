"""A key set behind a URL, read over real sockets: rotated and revoked without a restart, and nothing else is followed."""

import pytest
from attacks.minting import BASE, CALL, jwks, key, public_jwk, token

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.trust import keyring
from cdshooks.trust.keys import MAX_BYTES
from tests.shipped import LIBRARY

CLIENT = '[[client]]\nname = "City hospital"\niss = "https://ehr.example.org"\njku = "{}"\n'


@pytest.fixture
def call(httpserver, tmp_path, monkeypatch):
    """Calls the service with a token of this key; the status. Its keys lie at /jwks.json of a server on this machine."""
    monkeypatch.setattr(keyring, "INTERVAL", 0)
    (tmp_path / "clients.toml").write_text(CLIENT.format(httpserver.url_for("/jwks.json")))
    app = create_app(Settings(clients=tmp_path / "clients.toml", public_url=BASE), LIBRARY)

    def with_key(name, **head):
        text = token(head={"kid": name, **head}, signer=key(name))
        answer = app.test_client().post(CALL.removeprefix(BASE), json={}, headers={"Authorization": f"Bearer {text}"})
        return answer.status_code

    return with_key


def publish(httpserver, *names, **more):
    httpserver.clear_all_handlers()
    body = jwks(*(public_jwk(name, kid=name) for name in names))
    httpserver.expect_request("/jwks.json", method="GET").respond_with_data(body, **more)


IN, OUT = 422, 401  # the body that is sent is no hook request


@pytest.mark.proves("sec-8")
def test_keys_are_read_from_the_jku_and_rotate_without_a_restart(httpserver, call):
    publish(httpserver, "a")
    assert [call("a"), call("b")] == [IN, OUT]
    publish(httpserver, "a", "b")
    assert [call("a"), call("b")] == [IN, IN]
    publish(httpserver, "b", "c")
    assert [call("c"), call("a")] == [IN, OUT]


def test_the_callers_token_is_not_shown_to_the_key_server(httpserver, call):
    publish(httpserver, "a")
    assert call("a") == IN
    assert [request.headers.get("Authorization") for request, _ in httpserver.log] == [None]


@pytest.mark.proves("sec-6")
def test_a_jku_of_the_tokens_is_not_fetched(httpserver, call):
    publish(httpserver, "a")
    httpserver.expect_request("/evil.json").respond_with_data(jwks(public_jwk("evil", kid="evil")))
    assert call("evil", jku=httpserver.url_for("/evil.json")) == OUT
    assert httpserver.log == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(httpserver, call, status):
    httpserver.expect_request("/jwks.json").respond_with_data("", status, headers={"Location": httpserver.url_for("/other.json")})
    httpserver.expect_request("/other.json").respond_with_data(jwks(public_jwk("a", kid="a")))
    assert call("a") == OUT
    assert {request.path for request, _ in httpserver.log} == {"/jwks.json"}


@pytest.mark.parametrize("answer", [(b"", 500), (b"", 404), (b"<html>", 200), (b" " * (MAX_BYTES + 1), 200)], ids=lambda a: f"{a[1]}, {len(a[0])} bytes")
def test_while_the_key_server_answers_badly_known_keys_stay_and_others_are_refused(httpserver, call, answer, caplog):
    publish(httpserver, "a")
    assert call("a") == IN
    httpserver.clear_all_handlers()
    httpserver.expect_request("/jwks.json").respond_with_data(*answer)
    assert [call("b"), call("a")] == [OUT, IN]
    assert "the keys of client City hospital cannot be read" in caplog.text
