"""A FHIR server that is HAPI for every query but one, and there does what servers and networks do on bad days."""

import gzip
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from cdshooks.protocol.wire import decode, encode
from tests.fhir_server import Asked, Server, drip, hang, http, ok, reset
from tests.real.server import Hapi

# Answers a request whose true answer is the resource; bytes are sent, None ends the connection.
Fault = Callable[[Asked, socket.socket, dict], bytes | None]
FURTHER = "/fhir/further"
HANGS = {"no answer at all", "one byte every 50 ms", "stops in the middle of the body"}


def status(code: int, **headers: str) -> Fault:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    return lambda asked, one, true: http(code, encode(outcome), **headers)


def body(sent: bytes, kind: str = "application/fhir+json", **headers: str) -> Fault:
    return lambda asked, one, true: http(200, sent, kind, **headers)


def resource(made: Callable[[dict], object]) -> Fault:
    return lambda asked, one, true: ok(made(true))


def stalled(asked, one, true):
    one.sendall(ok(true)[:-20])
    hang(asked, one)


def cut(asked, one, true):
    one.sendall(ok(true)[:-20])


def paged(following: Callable[[Asked], str]) -> Fault:
    """The true rows, and a next page."""

    def answer(asked, one, true):
        page = true if true.get("resourceType") == "Bundle" else {"resourceType": "Bundle", "type": "searchset"}
        return ok({**page, "link": [{"relation": "next", "url": following(asked)}]})

    return answer


def here(asked: Asked, path: str) -> str:
    return f"http://{asked.headers['host']}{path}"


def then_broken(asked, one, true):
    """A first page as it should be, and a second that is 500."""
    if asked.path.startswith(FURTHER):
        return http(500, b"")
    return paged(lambda asked: here(asked, FURTHER))(asked, one, true)


def of_another(true: dict) -> dict:
    """The same resource, about somebody else."""
    if true.get("resourceType") == "Patient":
        return {**true, "id": "somebody-else"}
    who = {"reference": "Patient/somebody-else"}
    return {**true, "id": f"other-{true.get('id')}"} | {key: who for key in ("subject", "patient") if key in true}


def with_others(true: dict) -> dict:
    """The true rows, and each once more about another patient."""
    if true["resourceType"] != "Bundle":
        return of_another(true)
    rows = true.get("entry", [])
    others = [{**row, "resource": of_another(row["resource"])} for row in rows]
    return {**true, "total": 2 * len(rows), "entry": rows + others}


def instead_others(true: dict) -> dict:
    """Rows about another patient only."""
    if true["resourceType"] != "Bundle":
        return of_another(true)
    return {**true, "entry": [{**row, "resource": of_another(row["resource"])} for row in true.get("entry", [])]}


def with_error(true: dict) -> dict:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
    if true["resourceType"] != "Bundle":
        return outcome
    return {**true, "entry": [*true.get("entry", []), {"resource": outcome, "search": {"mode": "outcome"}}]}


def says_more(true: dict) -> dict:
    """No rows and no next page, but a total that tells of some."""
    return {"resourceType": "Bundle", "type": "searchset", "total": 7}


FAULTS: dict[str, Fault] = {
    "no answer at all": lambda asked, one, true: hang(asked, one),
    "one byte every 50 ms": lambda asked, one, true: drip(ok(true))(asked, one),
    "stops in the middle of the body": stalled,
    "closes at once": lambda asked, one, true: None,
    "reset in the middle of the body": lambda asked, one, true: reset(asked, one),
    "closes in the middle of the body": cut,
    "not HTTP": lambda asked, one, true: one.sendall(b"SSH-2.0-OpenSSH\r\n\r\n"),
    "302 to elsewhere": status(302, Location="https://elsewhere.example/fhir"),
    "400": status(400),
    "401": status(401, WWW_Authenticate="Bearer"),
    "403": status(403),
    "404": status(404),
    "410": status(410),
    "429, Retry-After 120": status(429, Retry_After="120"),
    "429 without Retry-After": status(429),
    "500": status(500),
    "502": status(502),
    "503": status(503),
    "504": status(504),
    "204": status(204),
    "HTML": body(b"<html><body>Log in</body></html>", "text/html"),
    "XML": body(b"<Bundle xmlns='http://hl7.org/fhir'/>", "application/fhir+xml"),
    "an empty body": body(b""),
    "broken JSON": body(b'{"resourceType": "Bundle", "entry": ['),
    "bytes that are no UTF-8": body(b'{"resourceType": "Bundle", "id": "\xff\xfe"}'),
    "a JSON list": body(b"[]"),
    "JSON null": body(b"null"),
    "an object without resourceType": body(b"{}"),
    "an OperationOutcome with 200": body(b'{"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}'),
    "another type of resource": body(b'{"resourceType": "Practitioner", "id": "1"}'),
    "entries that are no resources": body(
        b'{"resourceType": "Bundle", "type": "searchset", "entry": [null, 3, {"resource": []}]}'
    ),
    "JSON 100,000 deep": body(b'{"resourceType": "Bundle", "entry": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "20 MB": body(b'{"resourceType": "Bundle", "id": "' + b"x" * 20_000_000 + b'"}'),
    "a gzip bomb of 100 MB": body(gzip.compress(b" " * 100_000_000, 1), Content_Encoding="gzip"),
    "an encoding that nobody asked for": body(b"\x00\x01", Content_Encoding="br"),
    "a total and no rows": resource(says_more),
    "an error among the rows": resource(with_error),
    "also another patient's rows": resource(with_others),
    "only another patient's rows": resource(instead_others),
    "endless pages": paged(lambda asked: here(asked, f"{FURTHER}?page={asked.number}")),
    "pages in a circle": paged(lambda asked: here(asked, FURTHER)),
    "a next page elsewhere": paged(lambda asked: "https://elsewhere.example/fhir?_getpages=1"),
    "a second page that is 500": then_broken,
}


@dataclass
class Between:
    """Stands before HAPI; the answers of HAPI are kept, so that its own time does not count."""

    hapi: Hapi
    kept: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    query: str = ""
    fault: Fault | None = None
    met: int = 0

    def __call__(self, asked: Asked, one: socket.socket) -> bytes | None:
        further = asked.path.startswith(FURTHER)
        if self.fault and (further or is_for(asked, self.query)):
            self.met += 1
            true = {"resourceType": "Bundle"} if further else decode(self.true_answer(asked)[1])
            return self.fault(asked, one, true)
        code, sent = self.true_answer(asked)
        return http(code, sent)

    def true_answer(self, asked: Asked) -> tuple[int, bytes]:
        """What HAPI says, its addresses replaced by ours, as behind a reverse proxy."""
        if asked.path not in self.kept:
            answer = self.hapi.get(self.hapi.url + asked.path.removeprefix("/fhir"))
            ours = answer.text.replace(self.hapi.url, f"http://{asked.headers['host']}/fhir")
            self.kept[asked.path] = answer.status_code, ours.encode()
        return self.kept[asked.path]


def is_for(asked: Asked, query: str) -> bool:
    """Is this the first request for a query? Our own fetching adds `_count` at the end."""
    path = asked.path.removeprefix("/fhir/")
    return path == unquote(query) or path.startswith(f"{unquote(query)}&")


def standing_between(hapi: Hapi) -> Iterator[tuple[Between, Server]]:
    between = Between(hapi)
    with Server(between) as server:
        yield between, server
