"""One exchange with another server: within its budget, by no redirect, and nothing of it in the words of a fault."""

from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import clear_cache

from requests import RequestException, Session
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as TookTooLong
from urllib3.util import Timeout

from cdshooks.reach.budget import Budget
from cdshooks.reach.failure import Failure, Kind

NO_TRUST = "has no certificate that this service trusts"
Read = TypeVar("Read")


def exchange(
    session: Session,
    method: str,
    url: str,
    headers: Mapping[str, str],
    form: str | Mapping[str, str] | None,
    auth: AuthBase | None,
    budget: Budget,
    read: Callable[..., Read],
) -> Read:
    """What `read` makes of the answer, of which nothing was read before; raises Failure where there is none."""
    try:
        with session.request(
            method,
            url,
            headers=dict(headers),
            data=form,
            auth=auth,
            timeout=Timeout(total=budget.require()),
            allow_redirects=False,
            stream=True,
        ) as answer:
            return read(answer)
    # What these say holds the URL and may hold the headers: only their kind goes on, and nothing is chained.
    except (RequestException, HTTPError, OSError, ValueError) as fault:
        failure = _told(fault, budget)
    finally:
        clear_cache()  # the standard library remembers URLs, and ours may name patients
    raise failure


def _told(fault: Exception, budget: Budget) -> Failure:
    """What an exchange failed of, without the words of the fault."""
    from requests.exceptions import SSLError, Timeout

    if isinstance(fault, Timeout | TookTooLong | TimeoutError) or not budget.left():
        return budget.timeout()
    if isinstance(fault, SSLError):
        certificate = "CERTIFICATE_VERIFY_FAILED" in str(fault)
        return Failure(Kind.UNREACHABLE, NO_TRUST if certificate else "does not speak TLS that this service knows")
    return Failure(Kind.BROKEN, "broke off in the middle of its answer")
