"""What holds for every page: who may post to it, and what a browser may do with it."""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Blueprint, request
from werkzeug.exceptions import Forbidden

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with none at all a browser hides even from us where a form came from
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_OURS = ("same-origin", "none")  # Sec-Fetch-Site of our own pages, and of what somebody typed
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def guard(page: Blueprint, local_only: bool, receive: Callable[[], None]) -> None:
    """Refuse what another site makes a browser send; with `local_only` also names that only lead here by a trick.

    `receive` reads a form that was posted, within the limits.
    """

    def check() -> None:
        if local_only and _name(request.host) not in _LOOPBACK:
            raise Forbidden(
                "this page is for this machine only; call it as 127.0.0.1 or localhost, or set page = on "
                "behind a proxy that asks who comes"
            )
        if request.method not in ("GET", "HEAD") and not _is_ours():
            raise Forbidden("this was sent by a page of another site; open this page itself")
        if request.method == "POST":
            receive()

    def dress(response):
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "page.static":
            response.headers["Cache-Control"] = "no-store"  # it may show a patient
        return response

    page.before_request(check)
    page.after_request(dress)


def _name(host: str) -> str:
    """The host of a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_ours() -> bool:
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in _OURS:
        return False
    return origin is None or urlsplit(origin).netloc == request.host
