"""A protected service with its clients file, as an attacker finds it, and what one request to it comes to."""

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path

from werkzeug.datastructures import Headers

from cdshooks import create_app
from cdshooks.config import Settings
from tests.shipped import LIBRARY

from .minting import ALGORITHMS, BASE, CALL, JKU, jwks, public_jwk

REQUEST = json.loads((Path(__file__).parents[2] / "fixtures" / "requests" / "low-b12.json").read_bytes())
CLIENTS = f"""
[[client]]
name = "City hospital"
iss = "https://ehr.example.org"
jku = "{JKU}"
keys = "ehr.json"
algorithms = {list(ALGORITHMS)}
fhir_servers = ["https://fhir.example.org/r4"]

[[client]]
name = "Other hospital"
iss = "https://other.example.org"
keys = "other.json"

[[client]]
name = "Strict hospital"
iss = "https://strict.example.org"
keys = "strict.json"
algorithms = ["ES384"]

[[client]]
name = "Two organisations"
iss = "https://tenants.example.org"
keys = "tenants.json"
tenants = ["north", "south"]
"""
# Keys that a careless client publishes beside its right ones. A service does not start with them, but may meet them.
CARELESS = (
    lambda: public_jwk("weak", "RS384", "weak", bits=1024),
    lambda: public_jwk("for-enc", kid="for-enc", use="enc"),
    lambda: {**public_jwk("leaked", kid="leaked"), "d": "AAAA"},
    lambda: public_jwk("twice-a", kid="twice"),
    lambda: public_jwk("twice-b", kid="twice"),
)


@dataclass(frozen=True)
class Told:
    """What one request came to."""

    status: int
    body: bytes
    authenticate: str | None
    log: tuple[str, ...]


@dataclass
class World:
    """The service; `folder` holds its clients file and the key sets, which may be rewritten while it runs."""

    folder: Path
    lines: list[str] = field(default_factory=list)

    def __post_init__(self):
        (self.folder / "clients.toml").write_text(CLIENTS)
        self.publish("other", public_jwk("other"))
        self.publish("strict", public_jwk("ehr", kid="strict"))
        self.publish("tenants", public_jwk("tenants"))
        self.publish("ehr", *self.own_keys())
        self.app = self.another()

    @staticmethod
    def own_keys() -> list[dict]:
        return [*(public_jwk("ehr", alg) for alg in ALGORITHMS), {**public_jwk("only", "RS384"), "alg": "RS384"}]

    def publish_carelessly(self) -> None:
        self.publish("ehr", *self.own_keys(), *(make() for make in CARELESS))

    def publish(self, name: str, *keys: dict) -> None:
        (self.folder / f"{name}.json").write_bytes(jwks(*keys))

    def another(self, **settings):
        """One more instance of the service over the same files."""
        known = {"clients": self.folder / "clients.toml", "public_url": BASE}
        return create_app(Settings(**known | settings), LIBRARY)

    def send(self, headers=(), query: str = "", url: str = CALL, app=None) -> Told:
        """A call; without a body where the URL is that of discovery."""
        path = url.removeprefix(BASE)
        more = {"method": "GET"} if path == "/cds-services" else {"method": "POST", "json": REQUEST}
        handler = _Keeps(self.lines)
        log = logging.getLogger("cdshooks")
        log.addHandler(handler)
        before = len(self.lines)
        try:
            with (app or self.app).test_client() as web:
                answer = web.open(path, query_string=query, headers=Headers(list(headers)), **more)
                return Told(
                    answer.status_code, answer.get_data(), answer.headers.get("WWW-Authenticate"), tuple(self.lines[before:])
                )
        finally:
            log.removeHandler(handler)

    def use(self, text: str) -> str:
        """Use a token as its client does; it is let in."""
        told = self.send([("Authorization", f"Bearer {text}")])
        assert told.status == 200, told
        return text


class _Keeps(logging.Handler):
    def __init__(self, lines: list[str]):
        super().__init__(logging.DEBUG)
        self._lines = lines

    def emit(self, record):
        self._lines.append(record.getMessage())
