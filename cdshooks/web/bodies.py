"""What is posted: JSON objects; all else is refused, in the order in which a sender can mend it."""

from flask import Flask, current_app, g, request
from werkzeug.exceptions import BadRequest, ClientDisconnected, RequestEntityTooLarge, RequestTimeout
from werkzeug.exceptions import UnsupportedMediaType as Unsupported

from cdshooks.errors import BadJson
from cdshooks.protocol import wire
from cdshooks.protocol.measure import Limits, check_values
from cdshooks.web.places import Places, Waiting
from cdshooks.web.sockets import TimedSocket

_CHUNK = 65_536
# A body in chunks may come with so many bytes beside its own: as many again, and what is read ahead. Chunks of one byte
# would cost more to read than what is in them to judge. Behind the last chunk nothing is needed.
_BESIDE, _TRAILERS = 1_500_000, 8_192
_JSON = {"application/json", "application/fhir+json"}


def json_object(fields: str) -> dict:
    """The JSON object that was posted; `fields` names what should stand in it, for one who sends something else."""
    if request.mimetype not in _JSON:
        raise Unsupported("send JSON, with the header Content-Type: application/json")
    if request.environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        raise Unsupported("send the body as it is, without Content-Encoding")
    waiting = g.waiting = Waiting(current_app.extensions["cdshooks.places"])
    raw = _bytes(waiting)
    _take_place(raw)
    body = wire.decode(raw)
    waiting.end()
    if not isinstance(body, dict):
        raise BadJson(f"the body is JSON but not an object; send an object with {fields}")
    return body


def add_places(app: Flask, limits: Limits, seconds: float) -> None:
    """Every call with a body takes a place when the body is whole, and gives it back when it is answered."""
    app.extensions["cdshooks.places"] = Places(limits.values, seconds)
    app.extensions["cdshooks.limits"] = limits

    def leave(_fault):
        if waiting := g.pop("waiting", None):
            waiting.end()
        if (values := g.pop("place", None)) is not None:
            app.extensions["cdshooks.places"].leave(values)

    app.before_request(_head_is_read)
    app.teardown_request(leave)


def _head_is_read():
    if connection := _connection():
        connection.head_is_read()
        # What gunicorn reads chunks with; its own limit is that of all headers, three megabytes a caller.
        reader = getattr(request.environ["wsgi.input"], "reader", None)
        if hasattr(reader, "limit_trailer_section"):
            reader.limit_trailer_section = _TRAILERS


def _connection() -> TimedSocket | None:
    connection = request.environ.get("gunicorn.socket")
    return connection if isinstance(connection, TimedSocket) else None


def _take_place(raw: bytearray) -> None:
    values = check_values(raw, current_app.extensions["cdshooks.limits"])
    current_app.extensions["cdshooks.places"].take(values)
    g.place = values


def _bytes(waiting: Waiting) -> bytearray:
    """What was posted, whole. Werkzeug cuts a chunked body off at the limit without a word, hence the second look."""
    body = bytearray()  # and no list of parts, which would be there beside their sum
    at_limit, connection = False, _connection() if request.content_length is None else None
    for part in _parts():
        waiting.add(len(part))
        body += part
        if connection and connection.came > 2 * len(body) + _BESIDE:
            raise BadRequest("the body comes in chunks of a few bytes each; send larger ones, or its length")
        at_limit = request.content_length is None and waiting.size == request.max_content_length
        if at_limit:
            break
    if at_limit and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge
    if len(body) < (request.content_length or 0):  # it may be whole JSON all the same, of which the end is not known
        raise _broken_off()
    return body


def _broken_off() -> RequestTimeout:
    return RequestTimeout("the body broke off, or came too slowly; send it again")


def _parts():
    """The body as it comes. That it cannot be read is never our fault: it breaks off, drips, or is no HTTP."""
    try:
        while part := request.stream.read(_CHUNK):
            yield part
    except RequestEntityTooLarge:
        raise
    except (OSError, ClientDisconnected):
        raise _broken_off() from None
    except Exception:
        raise BadRequest("the body is not HTTP that can be read; send its length, or sound chunks") from None
