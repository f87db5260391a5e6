"""Exchanges that are longer than one call: answers with their headers, and bodies that go to a file piece by piece."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from requests import Session
from requests.auth import AuthBase

from cdshooks.reach.body import pieces, read_body
from cdshooks.reach.budget import Budget
from cdshooks.reach.connect import Guard
from cdshooks.reach.exchange import exchange
from cdshooks.reach.session import guarded_session

SECONDS, LONGEST = 60.0, 3600.0  # for an answer, and for one file
ANSWER, FILE = 20_000_000, 1 << 40  # bytes


@dataclass(frozen=True)
class Answer:
    """What came back; of a file that was kept the body is empty. Headers by their names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Transfer:
    """Asks other servers for as long as it takes, at addresses that the guard allows; follows no redirect."""

    def __init__(self, guard: Guard, session: Callable[[Guard, int], Session] = guarded_session):
        self._session = session(guard, 2)

    def ask(
        self,
        url: str,
        headers: Mapping[str, str],
        auth: AuthBase | None = None,
        form: Mapping[str, str] | None = None,
        method: str = "GET",
    ) -> Answer:
        """The whole answer, whatever its status; raises Failure where there is none."""
        budget = Budget(SECONDS, ANSWER, ANSWER)
        method = "POST" if form else method

        def read(answer) -> bytes:
            return read_body(answer.raw, answer.headers.get("Content-Encoding", ""), budget)

        return self._exchange(method, url, headers, auth, form, budget, read)

    def save(self, url: str, headers: Mapping[str, str], auth: AuthBase | None, file: BinaryIO) -> Answer:
        """The body of a 200 into the file; of any other status into the answer. Raises Failure as `ask` does."""
        budget = Budget(LONGEST, FILE, FILE)

        def read(answer) -> bytes:
            encoding = answer.headers.get("Content-Encoding", "")
            if answer.status_code != 200:
                return read_body(answer.raw, encoding, Budget(SECONDS, ANSWER, ANSWER))
            for part in pieces(answer.raw, encoding, budget):
                _written(file, part)
            return b""

        return self._exchange("GET", url, headers, auth, None, budget, read)

    def _exchange(self, method, url, headers, auth, form, budget: Budget, read) -> Answer:
        def answered(answer) -> Answer:
            named = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status_code, named, read(answer))

        return exchange(self._session, method, url, headers, form, auth, budget, answered)


class DiskFault(Exception):
    """The file cannot be written; says why."""


def _written(file: BinaryIO, part: bytes) -> None:
    """A full disk is no fault of the server."""
    try:
        file.write(part)
    except OSError as fault:
        raise DiskFault(fault.strerror or type(fault).__name__) from None
