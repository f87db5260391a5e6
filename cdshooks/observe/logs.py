"""The log: one line an event, JSON for programs or words for a terminal; nothing that a stranger sent stands in it."""

import contextlib
import logging
import os
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

LEVELS = ("debug", "info", "warning", "error")


def set_up(form: str, level: str, request_id: Callable[[], str] = lambda: "") -> None:
    """Everything that is logged in this process goes to stderr in this form, also what libraries and gunicorn log.

    `form` is "json", "text", or "auto": text on a terminal. `request_id` is that of the request being answered, or "".
    """
    import structlog  # here, for it takes rich with it: a fifth of what importing the service takes

    handler, time = logging.StreamHandler(sys.stderr), structlog.processors.TimeStamper(fmt="iso", utc=True)
    shared = [structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, time, _with(request_id)]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _plain_fault, renderer(form)],
        )
    )
    handler.addFilter(without_what_was_sent)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("cdshooks").setLevel(level.upper())


def access_log(form: str, level: str) -> Callable[[str, dict], None]:
    """What writes the line of a request, given its level and what is told.

    Every call pays for it, so JSON has a short way of its own: structlog's takes 36 us for such a line, this takes 5.
    """
    lowest = LEVELS.index(level)
    render = _as_text() if _is_text(form) else msgspec.json.Encoder().encode

    def write(level: str, told: dict) -> None:
        if LEVELS.index(level) >= lowest:
            line = render({"event": "request", "level": level, "timestamp": _now(), **told})
            # A whole line at a time, and to stderr itself. A full disk or a closed pipe costs the line, not the call.
            with contextlib.suppress(OSError):
                os.write(2, line + b"\n")

    return write


def _as_text():
    console = renderer("text")
    return lambda told: console(None, "", told).encode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def renderer(form: str):
    import structlog

    if _is_text(form):
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=lambda *_: None)
    return structlog.processors.JSONRenderer(serializer=_json)


def _is_text(form: str) -> bool:
    return form == "text" or (form == "auto" and sys.stderr.isatty())


def _json(event: dict, **_options) -> str:
    return msgspec.json.encode(event).decode()


def _with(request_id: Callable[[], str]):
    def add(_logger, _name, event):
        if found := request_id():
            event["request_id"] = found
        return event

    return add


def _plain_fault(_logger, _name, event):
    """Of an exception only what it is: its words, and the lines of a traceback, may quote what was sent."""
    fault = event.pop("exc_info", None)
    if fault and fault is not True and fault[0]:
        event["exception"] = fault[0].__name__
    event.pop("exception_text", None)
    return event


def without_what_was_sent(record: logging.LogRecord) -> bool:
    """gunicorn quotes request lines and headers of what it cannot read: a token or a name may stand in them."""
    if record.name.startswith("gunicorn"):
        said = str(record.msg)
        if said.startswith("Invalid request from ip="):
            record.msg, record.args = said.partition(": ")[0], ()
        elif said.startswith("Error handling request"):
            record.msg, record.args = "Error handling request", ()
        elif isinstance(record.msg, BaseException):
            record.msg, record.args = type(record.msg).__name__, ()
    if record.exc_info and record.exc_info is not True:
        record.exc_info = (record.exc_info[0], None, None)
    return True


_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def sane_id(text: str | None) -> str | None:
    """A request id that a caller sent, if it may stand in a log: short, and of letters that do no harm there."""
    return text if text and _SANE.fullmatch(text) else None
