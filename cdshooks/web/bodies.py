"""What is posted, read whole: JSON objects, and bytes of forms; refused in the order in which a sender can mend it."""

from contextlib import suppress
from socket import SHUT_RD

from flask import Flask, current_app, g, request
from werkzeug.exceptions import BadRequest, ClientDisconnected, RequestEntityTooLarge, RequestTimeout
from werkzeug.exceptions import UnsupportedMediaType as Unsupported

from cdshooks.errors import BadJson, Busy
from cdshooks.garbage import PAUSE
from cdshooks.protocol import wire
from cdshooks.protocol.measure import Limits, check_values
from cdshooks.web.memory import give_back_what_is_freed
from cdshooks.web.places import FEW, Places
from cdshooks.web.sockets import TimedSocket, is_readable
from cdshooks.web.waiting import Room, Waiting

_CHUNK = 65_536
# A body in chunks may come with so many bytes beside its own: as many again, and what is read ahead. Chunks of one byte
# would cost more to read than what is in them to judge. Behind the last chunk nothing is needed.
_BESIDE, _TRAILERS = 1_500_000, 8_192
_READ_PAST = 32_000_000  # bytes of a body that is refused; the caller of a longer one hears that it broke off
_ROOM = "cdshooks.room"
_JSON = {"application/json", "application/fhir+json"}


def json_object(fields: str) -> dict:
    """The JSON object that was posted; `fields` names what should stand in it, for one who sends something else."""
    if request.mimetype not in _JSON:
        raise Unsupported("send JSON, with the header Content-Type: application/json")
    if request.environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        raise Unsupported("send the body as it is, without Content-Encoding")
    raw = read_whole()
    _take_place(raw)
    body = wire.decode(raw)
    if not isinstance(body, dict):
        raise BadJson(f"the body is JSON but not an object; send an object with {fields}")
    return body


def read_whole(room: str = _ROOM) -> bytearray:
    """All bytes that were posted; room for them is kept until the call is answered."""
    return _bytes(_waiting(room))


def take(name: str, held: int) -> None:
    """Take a place among those of this name until the call is answered; waits for it, and raises Busy."""
    current_app.extensions[name].take(held)
    g.setdefault("places", []).append((name, held))


def add_places(app: Flask, limits: Limits, largest: int, seconds: float) -> None:
    """Every call with a body takes a place when the body is whole, and gives it back when it is answered.

    `largest` is the most bytes of a body; a place and room for bytes are waited for so many seconds.
    """
    app.extensions["cdshooks.places"] = Places(limits.values, seconds)
    app.extensions[_ROOM] = Room(largest, seconds)
    app.extensions["cdshooks.limits"] = limits
    app.before_request(_head_is_read)
    app.teardown_request(_leave)


def _leave(_fault) -> None:
    if waiting := g.pop("waiting", None):
        waiting.end()
    places = g.pop("places", ())
    if any(held > FEW for _, held in places):
        give_back_what_is_freed()
    for name, held in places:
        current_app.extensions[name].leave(held)
    if g.pop("paused", False):
        PAUSE.end()


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


def _waiting(room: str = _ROOM) -> Waiting:
    """Room for what is posted, before anything of it is read."""
    connection = _connection()

    def stop() -> bool:
        if is_readable(connection):  # it is we who are slow
            return False
        with suppress(OSError):
            connection.shutdown(SHUT_RD)
        return True

    said = request.content_length
    if said is not None and said > request.max_content_length:
        _let_finish(said)
        raise RequestEntityTooLarge
    try:
        g.waiting = Waiting(current_app.extensions[room], said, stop if connection else None)
    except Busy:
        _let_finish(said)
        raise
    return g.waiting


def _let_finish(said: int | None) -> None:
    """Read past what is refused: one who is still sending hears no answer, but that his connection is gone."""
    if said is None or said > _READ_PAST or "HTTP_EXPECT" in request.environ:
        return
    with suppress(Exception):
        while request.environ["wsgi.input"].read(_CHUNK):
            pass


def _take_place(raw: bytearray) -> None:
    g.values = check_values(raw, current_app.extensions["cdshooks.limits"])
    take("cdshooks.places", g.values)
    if len(raw) > wire.LARGE:  # until the call is answered: of one of 8 MB a third of its time
        PAUSE.begin()
        g.paused = True


def _bytes(waiting: Waiting) -> bytearray:
    """What was posted, whole. Werkzeug cuts a chunked body off at the limit without a word, hence the second look."""
    body = bytearray()  # and no list of parts, which would be there beside their sum
    at_limit, connection = False, _connection() if request.content_length is None else None
    for part in _parts():
        waiting.add(len(part))
        body += part
        if waiting.stopped:
            raise _broken_off()
        if connection and connection.came > 2 * len(body) + _BESIDE:
            raise BadRequest("the body comes in chunks of a few bytes each; send larger ones, or its length")
        at_limit = request.content_length is None and waiting.size == request.max_content_length
        if at_limit:
            break
    if at_limit and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge
    if len(body) < (request.content_length or 0):  # it may be whole JSON all the same, of which the end is not known
        raise _broken_off()
    waiting.whole = True
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
