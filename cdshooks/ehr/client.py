"""Talks to a CDS service as an EHR does, over HTTP or in this very process."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import requests

from cdshooks.errors import BadJson, NotTrusted, ServerUnreachable, UnknownService
from cdshooks.protocol.wire import decode, encode

TIMEOUT = (3, 30)  # seconds to connect, and to wait for bytes
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
Send = Callable[[str, str, bytes | None], tuple[int, bytes]]


@dataclass(frozen=True)
class Client:
    """A CDS service at some place; `send` does one exchange of method, path and body."""

    send: Send
    where: str

    def discover(self) -> tuple[dict, ...]:
        """The services that are offered here."""
        status, body = self.exchange("GET", "/cds-services")
        if status == NotTrusted.status:
            raise NotTrusted(
                f"{self.where}: answers only clients that it trusts; give --token-key and --issuer. "
                "Its operator finds in its log why a token was not accepted"
            )
        services = body.get("services") if isinstance(body, dict) else None
        if status != 200 or not isinstance(services, list):
            raise ServerUnreachable(
                f"{self.where}/cds-services: answers {status} and no list of services; check the URL"
            )
        return tuple(row for row in services if isinstance(row, dict) and isinstance(row.get("id"), str))

    def service_for(self, hook: str) -> dict:
        """The first service for this hook: ids differ from place to place, hooks do not."""
        services = self.discover()
        for service in services:
            if service.get("hook") == hook:
                return service
        hooks = sorted(
            {repr(service.get("hook")) for service in services}
        )  # repr: a stranger's words, no terminal codes
        raise UnknownService(f"{self.where}: no service for the hook {hook!r}; there is {', '.join(hooks) or 'none'}")

    def call(self, service_id: str, request: dict) -> tuple[int, object]:
        """Status and decoded body of the answer to a hook request."""
        return self.exchange("POST", f"/cds-services/{quote(service_id, safe='')}", encode(request))

    def exchange(self, method: str, path: str, body: bytes | None = None) -> tuple[int, object]:
        status, answer = self.send(method, path, body)
        try:
            return status, decode(answer)
        except BadJson as fault:
            raise ServerUnreachable(
                f"{self.where}{path}: answers {status} without JSON; is this a CDS service?"
            ) from fault


def over_http(url: str, badge: Callable[[str], str] | None = None) -> Client:
    """The service behind a URL, given with or without `/cds-services`; `badge` makes the token for each call."""
    base = url.rstrip("/").removesuffix("/cds-services")
    session = requests.Session()
    session.trust_env = False  # a proxy of the shell must not see a patient

    def send(method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        headers = JSON | ({"Authorization": f"Bearer {badge(base + path)}"} if badge else {})
        try:
            answer = session.request(
                method, base + path, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            )
        except (requests.RequestException, ValueError) as fault:
            raise ServerUnreachable(
                f"{base}: no answer ({type(fault).__name__}); start a service with `cdshooks serve` or check --url"
            ) from fault
        return answer.status_code, answer.content

    return Client(send, base)


def in_process(app: object) -> Client:
    """A WSGI app of ours, called without a network."""
    from werkzeug.test import Client as WsgiClient

    wsgi = WsgiClient(app)

    def send(method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        answer = wsgi.open(path, method=method, data=body, headers=JSON)
        with answer:
            return answer.status_code, answer.get_data()

    return Client(send, "in process")
