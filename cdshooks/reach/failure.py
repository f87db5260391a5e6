"""Why something could not be had from another server: one of a few kinds for counters, and words for people."""

from enum import StrEnum


class Kind(StrEnum):
    """How an exchange ended; a closed set, so that it can label a metric."""

    OK = "ok"
    STATUS_4XX = "status-4xx"
    STATUS_5XX = "status-5xx"
    STATUS_OTHER = "status-other"
    ADDRESS = "address-refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    BROKEN = "broken"
    UNUSABLE = "unusable"
    TOO_LARGE = "too-large"
    RESTING = "breaker-open"


class Failure(Exception):
    """An exchange gave nothing that can be used. `says` goes on after "the server ..."; it repeats no URL, no token."""

    def __init__(self, kind: Kind, says: str):
        self.kind, self.says = kind, says
        super().__init__(says)


def of_status(status: int) -> Kind:
    """
    >>> of_status(404)
    <Kind.STATUS_4XX: 'status-4xx'>
    """
    if status == 200:
        return Kind.OK
    return {4: Kind.STATUS_4XX, 5: Kind.STATUS_5XX}.get(status // 100, Kind.STATUS_OTHER)
