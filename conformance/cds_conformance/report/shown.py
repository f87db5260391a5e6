"""An exchange as a report may show it: without tokens, and without bodies unless they were asked for."""

import dataclasses

from cds_conformance.evidence import Exchange

SECRET = {"authorization", "proxy-authorization", "cookie", "set-cookie"}
HIDDEN = "***"


def shown(exchange: Exchange, show_data: bool = False) -> dict:
    """Plain data for the JSON report; `curl` sends the same request, from the body that --record keeps."""
    headers = exchange.headers if show_data else without_secrets(exchange.headers)
    open_one = dataclasses.replace(exchange, headers=headers)
    request = {"method": exchange.method, "url": exchange.url, "headers": headers, "bytes": len(exchange.body)}
    answer = {"status": exchange.status, "ms": exchange.ms, "bytes": len(exchange.answer), "fault": exchange.fault}
    if show_data:
        request["body"] = exchange.body.decode("utf-8", "replace")
        answer["headers"] = exchange.answer_headers
        answer["body"] = exchange.answer.decode("utf-8", "replace")
    return {
        "id": exchange.number,
        "probe": exchange.probe,
        "service": exchange.service,
        "hook": exchange.hook,
        "request": request,
        "response": answer,
        "curl": open_one.as_curl(body_file(exchange)),
    }


def body_file(exchange: Exchange) -> str:
    """The name under which --record keeps the body of a request."""
    return f"{exchange.number:03d}-request.json"


def without_secrets(headers: dict[str, str]) -> dict[str, str]:
    return {name: HIDDEN if name.lower() in SECRET else value for name, value in headers.items()}
