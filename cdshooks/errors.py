"""The one small tree of errors that a caller can act on: each branch has one exit code and one HTTP status."""


class CdsError(Exception):
    """Something the caller can act on; shown without a traceback.

    `issues` are the single faults, each one line that says where, what, and what to do.
    """

    exit_code, status, code = 1, 500, "exception"

    def __init__(self, *issues: str):
        self.issues = tuple(issues) or (self.__doc__.splitlines()[0],)
        super().__init__("\n".join(self.issues))


class CardError(CdsError):
    """The cards cannot be used as they are."""

    exit_code, status, code = 10, 500, "exception"


class SettingsError(CdsError):
    """A setting cannot be used as it is."""

    exit_code, status, code = 11, 500, "exception"


class DataNotAvailable(CdsError):
    """The client sent too little and there is no server to ask."""

    exit_code, status, code = 12, 412, "incomplete"


class BadInput(CdsError):
    """A file or an answer that was given to a command cannot be used."""

    exit_code, status, code = 13, 400, "invalid"


class BadJson(BadInput):
    """The body is not JSON that can be read."""

    exit_code, status, code = 13, 400, "structure"


class UnknownService(CdsError):
    """There is no service of this name."""

    exit_code, status, code = 14, 404, "not-found"


class BadRequest(CdsError):
    """The request breaks the CDS Hooks standard."""

    exit_code, status, code = 15, 422, "invalid"


class ServerUnreachable(CdsError):
    """No CDS service answers at the address that was given."""

    exit_code, status, code = 16, 502, "transient"


class NotTrusted(CdsError):
    """The caller did not prove who it is.

    `issues` are for the log of the one who runs the service; the caller is told nothing but the status.
    """

    exit_code, status, code = 17, 401, "login"


class StoreUnavailable(CdsError):
    """What must be kept cannot be written now; the same call may succeed later."""

    exit_code, status, code = 18, 503, "transient"


class StoreOutdated(CdsError):
    """The tables of the database are not those of this version."""

    exit_code, status, code = 19, 503, "exception"


class TooMuch(CdsError):
    """The call holds more than is worked on."""

    exit_code, status, code = 20, 413, "too-costly"


class Busy(CdsError):
    """There is no place for this call now; the same call may succeed later."""

    exit_code, status, code = 21, 503, "throttled"


class TookTooLong(CdsError):
    """The call was not judged in the time that is given to one."""

    exit_code, status, code = 22, 503, "timeout"


class CallerGone(CdsError):
    """Nobody waits for the answer any more. No standard has a status for it; logs know 499."""

    exit_code, status, code = 23, 499, "processing"
