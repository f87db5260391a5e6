"""Keys of clients: read once for many who ask, anew when old or unknown, gone when revoked, kept a while on error."""

import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from attacks.minting import jwks, public_jwk

from cdshooks.trust import keyring as rules
from cdshooks.trust.keyring import Keyring, KeysUnavailable
from cdshooks.trust.keys import MAX_BYTES, BadKeys, read_keys


class Server:
    """Publishes a JWK Set; counts who reads it, and can be slow or broken. `now` is everybody's clock."""

    def __init__(self, *names: str):
        self.now, self.reads, self.delay, self.broken = 1000.0, 0, 0.0, False
        self.publish(*names)
        self.ring = Keyring("a client", self.read, lambda: self.now)

    def publish(self, *names: str) -> None:
        self.body = jwks(*(public_jwk(name, kid=name) for name in names))

    def read(self) -> bytes:
        self.reads += 1
        time.sleep(self.delay)
        if self.broken:
            raise OSError("canary: no answer")
        return self.body

    def has(self, kid: str) -> bool:
        return bool(self.ring.find(kid))

    def later(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def server():
    return Server("a")


def test_a_set_is_read_once_for_many_calls(server):
    assert [server.has("a") for _ in range(10)] == [True] * 10
    assert server.reads == 1


def test_a_new_key_is_taken_up_when_a_token_names_it(server):
    assert server.has("a")
    server.publish("a", "b")
    server.later(rules.INTERVAL)
    assert server.has("b")
    assert server.reads == 2


def test_a_set_is_not_read_again_at_once_whatever_is_asked_for(server):
    assert server.has("a")
    server.publish("a", "b")
    server.later(rules.INTERVAL - 0.1)
    assert [server.has(f"made up {n}") for n in range(20)] == [False] * 20
    assert not server.has("b")
    assert server.reads == 1


def test_fifty_who_ask_at_once_for_keys_that_nobody_knows_cause_one_read(server):
    server.delay = 0.2
    together = threading.Barrier(50)

    def ask(number):
        together.wait()
        return server.has(f"made up {number}")

    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(ask, range(50))) == [False] * 50
    assert server.reads == 1


def test_who_has_what_it_needs_does_not_wait_for_another_that_reads(server):
    assert server.has("a")
    server.later(rules.FRESH + 1)
    goes_on, begun = threading.Event(), threading.Event()

    def slow():
        begun.set()
        assert goes_on.wait(120)
        return server.body

    server.ring._read = slow
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(server.has, "a")
        assert begun.wait(120)
        assert server.has("a")
        goes_on.set()
        assert first.result(120)


def test_a_revoked_key_is_gone_when_the_set_is_not_fresh_any_more(server):
    assert server.has("a")
    server.publish("b")
    server.later(rules.FRESH)
    assert server.has("a")
    server.later(1)
    assert not server.has("a")


def test_a_revoked_key_is_gone_at_once_when_a_token_names_its_successor(server):
    assert server.has("a")
    server.publish("b")
    server.later(rules.INTERVAL)
    assert [server.has("b"), server.has("a")] == [True, False]


@pytest.mark.parametrize("how", ["no answer", "an empty body", "HTML", "a list", "too much"])
def test_while_the_set_cannot_be_read_what_we_have_stays_good_for_a_while_and_no_longer(server, how, caplog):
    bodies = {"an empty body": b"", "HTML": b"<html>", "a list": b"[]", "too much": b" " * MAX_BYTES + server.body}
    assert server.has("a")
    server.broken, server.body = how == "no answer", bodies.get(how, b"")
    server.later(rules.FRESH + 1)
    with caplog.at_level(logging.WARNING):
        assert server.has("a")
    assert "the keys of client a client cannot be read" in caplog.text
    assert f"kept: 1, for {rules.MAX_AGE - rules.FRESH - 1} s more" in caplog.text
    assert "canary" not in caplog.text
    server.later(rules.MAX_AGE - rules.FRESH - 1)
    assert server.has("a")
    server.later(1)
    with pytest.raises(KeysUnavailable):
        server.has("a")
    server.broken = False
    server.publish("a")
    server.later(rules.INTERVAL)
    assert server.has("a")


def test_a_server_that_never_answered_is_asked_again_only_after_a_while(server):
    server.broken = True
    for _ in range(5):
        with pytest.raises(KeysUnavailable):
            server.has("a")
    assert server.reads == 1


def test_a_set_that_became_empty_trusts_nobody(server):
    assert server.has("a")
    server.publish()
    server.later(rules.FRESH + 1)
    assert not server.has("a")


# --- the set itself -----------------------------------------------------------------------------------------------

RSA = public_jwk("ehr", "RS384", kid="r")
EC = public_jwk("ehr", kid="e")


@pytest.mark.parametrize(
    ("jwk", "algorithms"),
    [
        (RSA, ("RS256", "RS384", "RS512")),
        ({**RSA, "alg": "RS384"}, ("RS384",)),
        (EC, ("ES384",)),
        (public_jwk("ehr", "ES256"), ("ES256",)),
        (public_jwk("ehr", "EdDSA"), ("EdDSA",)),
        ({**EC, "use": "sig", "key_ops": ["verify"], "x5c": ["ignored"], "extra": None}, ("ES384",)),
    ],
)
def test_a_key_can_be_used_with_what_fits_it(jwk, algorithms):
    (key,) = read_keys(jwks(jwk)).usable
    assert key.algorithms == algorithms


BAD = {
    "no object": [1, "it is not an object"],
    "no kid": [{**EC, "kid": None}, "it has no kid"],
    "kid is a number": [{**EC, "kid": 1}, "it has no kid"],
    "an empty kid": [{**EC, "kid": ""}, "it has no kid"],
    "a shared secret": [{"kty": "oct", "kid": "o", "k": "c2VjcmV0"}, "it is a private or a shared key"],
    "a private key": [{**EC, "d": "AAAA"}, "it is a private or a shared key"],
    "for encryption": [{**EC, "use": "enc"}, "it is not for signatures"],
    "for signing only": [{**EC, "key_ops": ["sign"]}, "it is not for signatures"],
    "key_ops is a text": [{**EC, "key_ops": "verify"}, "it is not for signatures"],
    "another alg": [{**EC, "alg": "ES256"}, "its alg does not fit its type"],
    "a symmetric alg": [{**RSA, "alg": "HS256"}, "its alg does not fit its type"],
    "alg is a list": [{**RSA, "alg": ["RS384"]}, "its alg does not fit its type"],
    "a small RSA key": [public_jwk("weak", "RS384", bits=1024), "RSA of 1024 bits"],
    "an RSA exponent of 1": [{**RSA, "e": "AQ"}, "its numbers make no key"],
    "an even RSA exponent": [{**RSA, "e": "Ag"}, "its numbers make no key"],
    "a point that is not on the curve": [{**EC, "x": EC["y"]}, "its numbers make no key"],
    "coordinates of another length": [{**EC, "crv": "P-256"}, "its numbers make no key"],
    "no coordinates": [{"kty": "EC", "crv": "P-384", "kid": "e"}, "its numbers make no key"],
    "a coordinate that is a number": [{**EC, "x": 5}, "its numbers make no key"],
    "P-521": [public_jwk("ehr", "ES512"), "its type is none of"],
    "secp256k1": [public_jwk("ehr", "ES256K"), "its type is none of"],
    "Ed448": [{"kty": "OKP", "crv": "Ed448", "x": "AAAA", "kid": "4"}, "its type is none of"],
    "X25519": [{"kty": "OKP", "crv": "X25519", "x": "AAAA", "kid": "x"}, "its type is none of"],
    "crv is a list": [{**EC, "crv": ["P-384"]}, "its type is none of"],
    "no kty": [{"kid": "n"}, "its type is none of"],
}


@pytest.mark.parametrize("name", BAD)
def test_a_key_that_cannot_be_used_costs_only_itself_and_is_told(name):
    jwk, says = BAD[name]
    keys = read_keys(json.dumps({"keys": [jwk, {**EC, "kid": "good"}]}).encode())
    assert [key.kid for key in keys.usable] == ["good"]
    (fault,) = keys.faults
    assert fault.startswith(f"key 1: {says}")


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b'{"keys": {}}', b'{"key": []}', b"\xff", b"[" * 100_000, jwks(*[EC] * 101), b" " * (MAX_BYTES + 1)])
def test_what_is_no_set_is_refused(body):
    with pytest.raises(BadKeys):
        read_keys(body)


def test_a_set_at_the_limit_is_read():
    assert read_keys(jwks(EC).ljust(MAX_BYTES)).usable


def test_keys_do_not_show_in_words():
    (key,) = read_keys(jwks(EC)).usable
    assert "material" not in repr(key)
