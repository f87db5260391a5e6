"""CORS: which pages may call this service from a browser."""

from flask import Flask, request

_PREFLIGHT = {"Access-Control-Allow-Headers": "Authorization, Content-Type", "Access-Control-Max-Age": "3600"}


def answer_browsers(app: Flask, origins: str) -> None:
    """Allow pages of these origins, or of any with `*`. No cookies are used, so `*` gives nobody's rights away."""
    allowed = set(origins.split())
    anyone = "*" in allowed

    def allow(response):
        if request.blueprint:  # pages for people: no script of another page may read them
            return response
        if not anyone:
            response.vary.add("Origin")
        origin = request.environ.get("HTTP_ORIGIN")
        if origin and (anyone or origin in allowed):
            response.headers["Access-Control-Allow-Origin"] = "*" if anyone else origin
            if request.method == "OPTIONS":
                response.headers.update(_PREFLIGHT)
                response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        return response

    app.after_request(allow)
