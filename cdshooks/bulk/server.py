"""The server of an export: asked with a token where it may have it, and again where that may help."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

from cdshooks.bulk.tokens import Given, Tokens
from cdshooks.bulk.words import explained, is_transient
from cdshooks.errors import BadInput, NotTrusted, ServerUnreachable
from cdshooks.reach.failure import Failure, Kind
from cdshooks.reach.get import seconds
from cdshooks.reach.transfer import Answer, DiskFault, Transfer
from cdshooks.reach.urls import origin

TRIES = 4
PASSING = {429, 502, 503, 504}
AGAIN = {Kind.BROKEN, Kind.TIMEOUT, Kind.UNREACHABLE}
GONE = (404, 410)
ELSEWHERE, HOPS = (301, 302, 303, 307, 308), 4  # a file may lie where the server sends us, if that was named
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 120.0


class FileGone(ServerUnreachable):
    """A file is not where the server said; it may say another place now."""


@dataclass
class Server:
    """`base` is the FHIR server that is asked; `others` are origins at which its files may lie, beyond its own."""

    base: str
    transfer: Transfer
    tokens: Tokens = field(default_factory=Given)
    others: tuple[tuple[str, str, int], ...] = ()
    pause: Callable[[float], None] = field(default_factory=lambda: time.sleep)

    def ask(self, url: str, headers: Mapping[str, str], method: str = "GET") -> Answer:
        """The answer, when it is none of those that pass; raises ServerUnreachable or NotTrusted."""
        self.check(url)
        return self._again(lambda: self.transfer.ask(url, headers, self.tokens.auth(), method=method))

    def save(self, url: str, headers: Mapping[str, str], path: Path, with_token: bool) -> None:
        """The file behind a URL, whole; raises ServerUnreachable, NotTrusted, or BadInput where the disk is full."""
        for _ in range(HOPS):
            self.check(url)
            answer = self._saved(url, headers, path, with_token)
            if answer.status not in ELSEWHERE or not answer.headers.get("location"):
                break
            url = urljoin(url, answer.headers["location"])
            with_token = with_token and _is_at(url, self.base)
        if answer.status in GONE or (answer.status in (401, 403) and not with_token):
            raise FileGone(f"a file of the export is no longer there: {explained(answer)}")
        if answer.status != 200:
            raise ServerUnreachable(f"the server does not give a file of the export: {explained(answer)}")

    def _saved(self, url: str, headers: Mapping[str, str], path: Path, with_token: bool) -> Answer:
        def once() -> Answer:
            with path.open("wb") as file:
                return self.transfer.save(url, headers, self.tokens.auth() if with_token else None, file)

        try:
            return self._again(once, refuses=with_token)
        except (DiskFault, OSError) as fault:
            raise BadInput(f"{path}: cannot be written ({fault}); make room, and run the same command again") from None

    def check(self, url: object) -> None:
        """Raises BadInput where a URL that the server named leads somewhere else."""
        try:
            where = origin(url) if isinstance(url, str) else None
        except ValueError:
            where = None
        if where is None:
            raise BadInput(f"{self.base}: names an address that cannot be read; this export cannot be fetched")
        if where != origin(self.base) and where not in self.others:
            scheme, host, port = where
            named = f"{scheme}://{host}:{port}"
            raise BadInput(f"the export lies at {named}, which was not named; --files-at {named} allows it")

    def _again(self, once: Callable[[], Answer], refuses: bool = True) -> Answer:
        """`refuses`: a 401 or 403 says that we are not let in; else it is an answer like others."""
        wait, renewed = FIRST_PAUSE, False
        for attempt in range(1, TRIES + 1):
            try:
                answer = once()
            except Failure as failure:
                if failure.kind not in AGAIN or attempt == TRIES:
                    why = f"the server {failure.says}; run the same command again, it goes on where it stopped"
                    raise ServerUnreachable(f"{self.base}: {why}") from None
            else:
                if answer.status == 401 and not renewed and self.tokens.refused():
                    renewed = True
                    continue
                if answer.status in (401, 403) and refuses:
                    raise NotTrusted(f"{self.base}: the server does not let us in: {explained(answer)}")
                if attempt == TRIES or not (answer.status in PASSING or passes(answer)):
                    return answer
                wait = waiting(answer, wait)
            self.pause(wait)
            wait = min(2 * wait, LONGEST_PAUSE)
        raise AssertionError("the last try returns or raises")


def _is_at(url: str, base: str) -> bool:
    try:
        return origin(url) == origin(base)
    except ValueError:
        return False


def passes(answer: Answer) -> bool:
    """A fault of the server that it calls transient."""
    return answer.status >= 500 and is_transient(answer)


def waiting(answer: Answer, otherwise: float) -> float:
    """Seconds to wait: what Retry-After says, within reason."""
    told = seconds(answer.headers.get("retry-after"))
    return min(max(told if told is not None else otherwise, 0.0), LONGEST_PAUSE)
