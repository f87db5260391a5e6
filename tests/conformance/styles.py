"""Two more correct services, of other styles than the reference: one fetches everything, one uses prefetch only.

Both watch lithium levels, about which no patient of the judge's package says anything: it must make its own. The one is
a WSGI application, the other an ASGI application; neither has feedback, and both speak in their own words.
"""

import json
import uuid
from http import HTTPStatus
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

LITHIUM = "Observation?patient={}&code=http://loinc.org|14334-7&_sort=-date"
KINDS = {"hook": str, "hookInstance": str, "context": dict, "prefetch": dict, "fhirServer": str, "fhirAuthorization": dict}


class Cannot(Exception):
    """An answer that is not 200: its status and what to do."""


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Watch:
    """What both services share: the request's form and what is said about a level."""

    hook, id, prefetch = "patient-view", "lithium-watch", {}

    def answer(self, method: str, path: str, kind: str, body: bytes) -> tuple[int, object]:
        try:
            return 200, self._route(method, path, kind, body)
        except Cannot as trouble:
            status, why = trouble.args
            issue = {"severity": "error", "code": "processing", "diagnostics": why}
            return status, {"resourceType": "OperationOutcome", "issue": [issue]}

    def _route(self, method, path, kind, body):
        if path == "/cds-services" and method == "GET":
            entry = {"hook": self.hook, "id": self.id, "title": "Lithium watch", "description": "Warns when lithium is too high."}
            return {"services": [entry | ({"prefetch": self.prefetch} if self.prefetch else {})]}
        if path != f"/cds-services/{self.id}":
            raise Cannot(404, "nothing is here")
        if method != "POST":
            raise Cannot(405, "POST a request here")
        request = self._read(kind, body)
        return {"cards": self._cards(self.levels(request))}

    def _read(self, kind, body) -> dict:
        if kind.split(";")[0].strip() != "application/json":
            raise Cannot(415, "send application/json")
        try:
            request = json.loads(body)
        except (ValueError, RecursionError):
            raise Cannot(400, "the body is not JSON") from None
        if not isinstance(request, dict):
            raise Cannot(400, "the body is not an object")
        for name, type_ in KINDS.items():
            if (name in request or name in ("hook", "hookInstance", "context")) and not isinstance(request.get(name), type_):
                raise Cannot(400, f"{name} is missing or of the wrong type")
        if request["hook"] != self.hook:
            raise Cannot(400, "this service is for another hook")
        for name in ("userId", "patientId"):
            if not isinstance(request["context"].get(name), str):
                raise Cannot(400, f"context.{name} is missing or no string")
        granted = request.get("fhirAuthorization")
        if granted is not None and not ("fhirServer" in request and isinstance(granted.get("access_token"), str)):
            raise Cannot(400, "fhirAuthorization needs a fhirServer and an access_token")
        return request

    def _cards(self, levels: list[float]) -> list[dict]:
        said = []
        if levels and levels[0] > 1.5:
            said = [("Lithium may be toxic: check for signs and repeat the level", "critical")]
        elif not levels:
            said = [("There is no lithium level in the record", "info")]
        return [{"uuid": str(uuid.uuid4()), "summary": s, "indicator": i, "source": {"label": "Lithium watch"}} for s, i in said]

    def levels(self, request: dict) -> list[float]:
        raise NotImplementedError


def values(held) -> list[float]:
    """The levels of a searchset; an error in it, or a page that is not the last, is not for guessing."""
    if held is None:
        return []
    if not isinstance(held, dict) or held.get("resourceType") != "Bundle":
        raise Cannot(412, "the lithium levels could not be had")
    found = [entry["resource"] for entry in held.get("entry", [])]
    if any(r["resourceType"] == "OperationOutcome" for r in found) or any(one["relation"] == "next" for one in held.get("link", [])):
        raise Cannot(412, "not all lithium levels could be had")
    return [r["valueQuantity"]["value"] for r in found]


class PrefetchOnly(Watch):
    """Uses what is sent, and says 412 for what is not."""

    prefetch = {"levels": LITHIUM.format("{{context.patientId}}")}  # noqa: RUF012

    def levels(self, request):
        if "levels" not in request.get("prefetch", {}):
            raise Cannot(412, "prefetch.levels is needed")
        return values(request["prefetch"]["levels"])


class FetchEverything(Watch):
    """Lists no templates, and asks the FHIR server of each request."""

    def levels(self, request):
        if "fhirServer" not in request:
            raise Cannot(412, "fhirServer is needed")
        base = request["fhirServer"].rstrip("/")
        url, pages = f"{base}/{LITHIUM.format(request['context']['patientId'])}", []
        while url and len(pages) < 20:
            page = self._get(url, request.get("fhirAuthorization", {}).get("access_token"))
            following = next((one["url"] for one in page.get("link", []) if one["relation"] == "next"), None)
            if following and urlsplit(following)[:2] != urlsplit(base)[:2]:
                raise Cannot(412, "a page stands on another server")
            pages.append(values({**page, "link": []}))
            url = following
        return [one for page in pages for one in page]

    def _get(self, url: str, token) -> dict:
        headers = {"Accept": "application/fhir+json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        try:
            with build_opener(NoRedirect).open(Request(url.replace("|", "%7C"), headers=headers), timeout=0.6) as answer:
                page = json.load(answer)
        except (URLError, OSError, ValueError):
            raise Cannot(412, "the FHIR server did not answer") from None
        if not isinstance(page, dict):
            raise Cannot(412, "the FHIR server sent nonsense")
        return page


def cors(origin: str | None) -> list[tuple[str, str]]:
    allow = [("Access-Control-Allow-Origin", origin or "*"), ("Vary", "Origin")]
    return [*allow, ("Access-Control-Allow-Methods", "GET, POST"), ("Access-Control-Allow-Headers", "Authorization, Content-Type")]


def wsgi(watch: Watch):
    """The watch as a WSGI application."""

    def application(environ, start_response):
        headers = cors(environ.get("HTTP_ORIGIN"))
        if environ["REQUEST_METHOD"] == "OPTIONS":
            start_response("204 No Content", headers)
            return []
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, held = watch.answer(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("CONTENT_TYPE", ""), body)
        start_response(f"{status} {HTTPStatus(status).phrase}", [*headers, ("Content-Type", "application/json")])
        return [json.dumps(held).encode()]

    return application


def asgi(watch: Watch):
    """The watch as an ASGI application; it insists on its lifespan, as some do."""
    started = []

    async def application(scope, receive, send):
        if scope["type"] == "lifespan":
            started.clear()
            for done in ("startup", "shutdown"):
                await receive()
                started.append(done)
                await send({"type": f"lifespan.{done}.complete"})
            return
        assert started == ["startup"]
        sent = {name.decode(): value.decode() for name, value in scope["headers"]}
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = [(name.lower().encode(), value.encode()) for name, value in cors(sent.get("origin"))]
        status, held = 204, None
        if scope["method"] != "OPTIONS":
            status, held = watch.answer(scope["method"], scope["path"], sent.get("content-type", ""), body)
            headers.append((b"content-type", b"application/json"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if held is None else json.dumps(held).encode()})

    return application
