"""Every failure as a FHIR OperationOutcome: what the sender can mend is told, what is ours goes to the log."""

import logging
import traceback

from flask import Flask, current_app, request
from werkzeug.exceptions import HTTPException

from cdshooks.errors import BadJson, CallerGone, CdsError, TookTooLong
from cdshooks.web.answers import outcome

log = logging.getLogger("cdshooks")

RETRY_AFTER = 5  # seconds
NOTHING_HERE = "there is nothing at this address; GET /cds-services lists what there is"
_CODES = {404: "not-found", 405: "not-supported", 413: "too-long", 415: "not-supported", 408: "timeout"}


def answer_errors(app: Flask) -> None:
    app.register_error_handler(CdsError, _told)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(RecursionError, _too_deep)
    app.register_error_handler(Exception, _internal)


def _told(error: CdsError):
    if isinstance(error, CallerGone | TookTooLong):
        return _stopped(error)
    if error.status == 503:
        return _later(error)
    if error.status >= 500:
        return _internal(error)
    return outcome(error.status, error.code, *error.issues)


def _later(error: CdsError):
    """What cannot be done now. Why is for the operator, in the log; who called is told when to come again."""
    log.warning("%s while answering %s %s: %s", type(error).__name__, request.method, request.url_rule, error)
    answer = outcome(503, "transient", f"this cannot be done now; send the same again after {RETRY_AFTER} seconds")
    answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def _stopped(error: CdsError):
    """The work was given up: a call that is stopped must never look like one that found nothing."""
    log.warning("%s while answering %s %s: %s", type(error).__name__, request.method, request.url_rule, error)
    current_app.extensions["cdshooks.metrics"].stopped(error.code)
    answer = outcome(error.status, error.code, f"{error}; nothing was decided. Send less of the record, or try again")
    if error.status == 503:
        answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def _http(error: HTTPException):
    """What Flask and Werkzeug refuse: their status and headers (Allow), in our words and form."""
    if error.response is not None:
        return error.response
    answer = outcome(error.code, _CODES.get(error.code, "invalid"), _words(error))
    for name, value in error.get_headers():
        if name != "Content-Type":
            answer.headers[name] = value
    return answer


def _words(error):
    if error.code == 413:
        return f"the body is larger than {request.max_content_length} bytes; send less of the patient's record"
    if error.code == 405:
        return f"{request.method} is not offered here; use {' or '.join(sorted(error.valid_methods or ()))}"
    if error.code == 404 and request.url_rule is None:
        return NOTHING_HERE
    return error.description


def _too_deep(_error):
    return _told(BadJson("the body is nested too deeply to be read; send flatter JSON"))


def _internal(error: Exception):
    """A fault of ours. Its message may quote the patient's data, so the log gets only what it was and where."""
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error("%s while answering %s %s, at %s", type(error).__name__, request.method, request.url_rule, where[-4:])
    return outcome(500, "exception", "something went wrong in this service; its operator finds the reason in the log")
