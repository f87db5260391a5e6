"""What is posted: JSON objects; all else is refused, in the order in which a sender can mend it."""

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from cdshooks.errors import BadJson
from cdshooks.protocol import wire

_JSON = {"application/json", "application/fhir+json"}


def json_object(fields: str) -> dict:
    """The JSON object that was posted; `fields` names what should stand in it, for one who sends something else."""
    if request.mimetype not in _JSON:
        raise UnsupportedMediaType("send JSON, with the header Content-Type: application/json")
    if request.environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        raise UnsupportedMediaType("send the body as it is, without Content-Encoding")
    body = wire.decode(_bytes())
    if not isinstance(body, dict):
        raise BadJson(f"the body is JSON but not an object; send an object with {fields}")
    return body


def _bytes() -> bytes:
    """What was posted, whole. Werkzeug cuts a chunked body off at the limit without a word, hence the second look."""
    body = request.get_data(cache=False)
    at_limit = request.content_length is None and len(body) == request.max_content_length
    if at_limit and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge
    return body
