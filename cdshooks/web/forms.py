"""Forms of the page: read whole into memory and never to a disk, a few at a time, each within what a call may hold."""

import io
from typing import BinaryIO

from flask import Flask, Request, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from cdshooks.errors import TooMuch
from cdshooks.protocol.measure import values_in
from cdshooks.protocol.wire import GZIP_MAGIC
from cdshooks.web.bodies import read_whole, take
from cdshooks.web.places import FEW, Places
from cdshooks.web.waiting import Room

_FIELDS = 1_000  # of a form
_FEW = 20_000  # bytes of a form in which few values can stand
_PACKED = (b"~", b"%7e", b"%7E")  # what a record that was packed begins with (page/packing.py)
# Room and places of their own: a page calls the services below while it is made, and no call waits for a form.
_ROOM, _PLACES, _CALLS = "cdshooks.form_room", "cdshooks.form_places", "cdshooks.places"
_SECONDS = 20.0  # a person waits


class FormRequest(Request):
    """A request whose uploads stay in memory, and that says so before it takes much of it."""

    def _get_file_stream(self, total_content_length, content_type, filename=None, content_length=None) -> BinaryIO:
        return io.BytesIO()  # Werkzeug puts what is larger than 500 kB into a file

    def may_skim(self, text: bytes) -> None:
        """Raises TooMuch for JSON of more values than are even looked through."""
        values, may = values_in(text), self._most * 3 // 2
        if values > may:
            raise _too_many(values, may)

    def will_read(self, values: int) -> None:
        """So many values of JSON are about to be made at once; raises TooMuch, or Busy where there is no room for them.

        It takes of what calls may hold.
        """
        self._take(values, self._most, self._most)

    def will_fire(self, values: int) -> None:
        """The same of a record that is then fired: of what calls may hold it takes half at most.

        What the page makes of it is sent to the services of this process, and that must fit beside it.
        """
        self._take(values, self._most * 3 // 5, self._most // 2)

    def _take(self, values: int, may: int, taken: int) -> None:
        if values > may:
            raise _too_many(values, may)
        if values > FEW:
            take(_CALLS, min(values, taken))

    @property
    def _most(self) -> int:
        return current_app.extensions["cdshooks.limits"].values


def _too_many(values: int, may: int) -> TooMuch:
    return TooMuch(f"these are {values} values of JSON, and a page reads {may}; the commands take any")


class _Once(io.RawIOBase):
    """Bytes that are read once, without a copy of them all; at their end they are gone."""

    def __init__(self, raw: bytearray):
        self._left = memoryview(raw)

    def readable(self) -> bool:
        return True

    def readinto(self, into) -> int:
        count = min(len(into), len(self._left))
        into[:count] = self._left[:count]
        self._left = self._left[count:] if count < len(self._left) else memoryview(b"")
        return count


def whole_form(most: int, pasted: int) -> None:
    """Read a form of at most so many bytes, and of fields that are no files at most `pasted`, when it is its turn.

    What is large, or may become so when it is unpacked, is worked on alone.
    """
    request.max_content_length, request.max_form_memory_size = most, pasted
    raw = read_whole(_ROOM)
    too_large = f"what was pasted is larger than {pasted} bytes; give it as a file"
    if request.mimetype == "application/x-www-form-urlencoded":  # where Werkzeug looks at no limit
        if raw.count(b"&") >= _FIELDS:
            raise TooMuch(f"the form has more than {_FIELDS} fields; send fewer")
        if len(raw) > pasted:
            raise TooMuch(too_large)
    take(_PLACES, most if _may_be_large(raw) else len(raw))
    request.stream = _Once(raw)
    del raw
    try:
        request.form  # noqa: B018
    except RequestEntityTooLarge:
        raise TooMuch(too_large) from None


def _may_be_large(raw: bytearray) -> bool:
    return len(raw) > _FEW or GZIP_MAGIC in raw or any(sign in raw for sign in _PACKED)


def add_form_places(app: Flask, most: int) -> None:
    """Forms share as many bytes as the largest of them may have."""
    app.request_class = FormRequest
    app.extensions[_PLACES], app.extensions[_ROOM] = Places(most, _SECONDS), Room(most, _SECONDS)
