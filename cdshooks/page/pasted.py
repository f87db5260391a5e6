"""What somebody gave for a patient's record that is none, in words for people."""

from collections.abc import Callable

from cdshooks.errors import BadInput, BadJson
from cdshooks.protocol.wire import GZIP_MAGIC, decode

_MOST = 100_000  # bytes that are looked at
_NEEDED = "what is needed is a patient's Bundle, FHIR as JSON"
_BEGINS = (
    (b"<", "this is XML or a web page; ask for it as application/fhir+json"),
    (b"PK", "this is a ZIP archive; unpack it and choose one file of it"),
    (b"%PDF", "this is a PDF"),
    (b"\xff\xfe", "this is UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "this is UTF-16; save it as UTF-8"),
    (GZIP_MAGIC, "this is packed twice"),
)


def read_pasted(raw: bytes, read: Callable[[], object]) -> object:
    """The JSON that was pasted or uploaded, as `read` reads it; raises BadInput that says what it is instead."""
    try:
        body = read()
    except BadJson as fault:
        raise BadInput(f"the record: {_is(raw) or fault.issues[0]}; {_NEEDED}") from None
    if isinstance(body, dict) and "hook" in body and "context" in body:
        raise BadInput(f"the record: this is a request to a hook, not a record; {_NEEDED}")
    return body


def _is(raw: bytes) -> str:
    """What it is; nothing where that cannot be said better than by the reader of JSON."""
    text = raw[:_MOST].lstrip()
    if not text:
        return "there is nothing but blanks"
    told = next((says for begins, says in _BEGINS if text.startswith(begins)), "")
    if not told and text[:1] not in (b"{", b"["):
        return "this is no JSON, which begins with { or ["
    return told or _broken(text)


def _broken(text: bytes) -> str:
    first, _, rest = text.partition(b"\n")
    if rest.lstrip()[:1] == b"{" and _is_json(first):
        return "there is a JSON object a line (NDJSON); cdshooks serve --cohort FILE shows the patients of such a file"
    return ""


def _is_json(line: bytes) -> bool:
    try:
        decode(line)
    except BadJson:
        return False
    return True
