"""Reading from the caller's FHIR server: the token goes to that origin only, and a call never takes long."""

import http.client
import json
import time
from urllib.parse import urljoin, urlsplit

SECONDS = 0.6  # for one answer of the FHIR server, however slowly it drips; a server that was late once is not asked again
LARGEST = 4_000_000
PAGES = 20


class Unreachable(Exception):
    """The FHIR server gave nothing usable; says why."""


class Ehr:
    """The FHIR server that one request names, with the token that came with it."""

    seconds = SECONDS

    def __init__(self, base: str, token: str | None):
        self.base, self.token = base.rstrip("/") + "/", token
        self.was_late = False

    def read(self, query: str) -> dict:
        """The resource at a relative query such as `Patient/1` or `Condition?patient=1`."""
        return self.get(urljoin(self.base, query))

    def pages_after(self, bundle: dict):
        """Every further page of a searchset, in order."""
        for _ in range(PAGES):
            following = next_link(bundle)
            if not following:
                return
            bundle = self.get(urljoin(self.base, following))
            yield bundle
        raise Unreachable(f"more than {PAGES} pages")

    def get(self, url: str) -> dict:
        if not self.may_ask(url):
            raise Unreachable("a link leads away from the FHIR server")
        if self.was_late:
            raise Unreachable("it was late for an earlier query of this call")
        try:
            resource = json.loads(self.fetch(url))
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.was_late = isinstance(error, TimeoutError)
            raise Unreachable(type(error).__name__) from None
        if not isinstance(resource, dict) or "resourceType" not in resource:
            raise Unreachable("the answer is not a FHIR resource")
        return resource

    def may_ask(self, url: str) -> bool:
        return origin(url) == origin(self.base)

    def headers(self) -> dict[str, str]:
        asks = {"Accept": "application/fhir+json"}
        return asks | ({"Authorization": f"Bearer {self.token}"} if self.token else {})

    def fetch(self, url: str) -> bytes:
        """The body of one GET; redirects are not followed, so that the token stays where it belongs."""
        end = time.monotonic() + self.seconds
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=self.seconds)
        try:
            connection.request("GET", parts._replace(scheme="", netloc="").geturl(), headers=self.headers())
            response = connection.getresponse()
            if response.status != 200:
                raise OSError(f"status {response.status}")
            return _take(connection, response, end)
        finally:
            connection.close()


def _take(connection, response, end: float) -> bytes:
    body = b""
    while chunk := response.read1(1 << 16):
        body += chunk
        if len(body) > LARGEST or time.monotonic() > end:
            raise TimeoutError("too slow or too large")
        if connection.sock:
            connection.sock.settimeout(max(0.01, end - time.monotonic()))
    return body


def next_link(bundle: dict) -> str | None:
    links = bundle.get("link") or []
    return next((link.get("url") for link in links if link.get("relation") == "next"), None)


def origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
