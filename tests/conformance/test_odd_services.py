"""Correct services that speak HTTP in ways that are rare give no finding; those that would fill our memory do not."""

import asyncio
import contextlib
import json

from cds_conformance import judge
from cds_conformance.ehr.server import MOST_HEARD, Loopback
from cds_conformance.in_process import judge_app
from mutate import build
from proving import GOOD, shown
from reference.wire import Answer, Handler, Server
from styles import PrefetchOnly, asgi

QUICK = {"spec": "2.0", "timeout": 3.0}
ONE = {"services": [{"hook": "patient-view", "id": "s", "title": "S", "description": "d"}]}


class Hinting(Handler):
    """Says early what the answer will need, as servers may to every client."""

    def send(self, answer):
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" * 2)
        super().send(answer)


def test_hints_before_an_answer_are_not_the_answer():
    with Server(build(GOOD).answer, Hinting) as base:
        report = judge(base, service=("problem-list",), **QUICK)
    assert (report.problem, shown(report)) == ("", {})


def streaming(app):
    """Sends each body in two parts, and stops when the caller goes away, as streamed answers of frameworks do."""

    async def application(scope, receive, send):
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        read = asyncio.Event()

        async def watched():
            message = await receive()
            if not message.get("more_body"):
                read.set()
            return message

        async def gone():
            await read.wait()
            while (await receive())["type"] != "http.disconnect":
                pass

        async def parts(message):
            if message["type"] == "http.response.body":
                await asyncio.sleep(0)
                half = len(message["body"]) // 2
                await send(message | {"body": message["body"][:half], "more_body": True})
                await asyncio.sleep(0.005)
                message = message | {"body": message["body"][half:]}
            await send(message)

        work, watch = asyncio.ensure_future(app(scope, watched, parts)), asyncio.ensure_future(gone())
        await asyncio.wait((work, watch), return_when=asyncio.FIRST_COMPLETED)
        for task in (work, watch):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work

    return application


def test_an_application_that_streams_and_watches_for_its_caller_is_served_to_the_end():
    report = judge_app(streaming(asgi(PrefetchOnly())), **QUICK)
    assert report.problem == ""
    assert {name for name in shown(report) if report.statements[name].result in ("fail", "warn")} == set()


def test_an_application_that_knows_of_no_lifespan_is_served_and_let_go():
    async def app(scope, receive, send):
        assert scope["type"] == "http"  # so do Django's
        body = json.dumps(ONE if scope["path"] == "/cds-services" else {"cards": []}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    assert judge_app(app, only=("disc-1",), **QUICK).statements["disc-1"].result == "pass"


def test_headers_of_megabytes_are_told_and_not_kept():
    def answer(call):
        large = {f"X-{i}": "y" * 9_000 for i in range(90)}
        return Answer(200, ONE) if call.path == "/cds-services" else Answer(200, {"cards": []}, large)

    with Server(answer) as base:
        report = judge(base, show_data=True, **QUICK)
    assert "headers have" in report.statements["req-1"].findings[0].says
    assert all(len(str(exchange)) < 50_000 for exchange in report.exchanges)


def test_an_id_of_a_megabyte_is_told_and_not_called():
    listed = {"services": [*ONE["services"], ONE["services"][0] | {"id": "x" * 15_000}]}
    with Server(lambda call: Answer(200, listed if call.path == "/cds-services" else {"cards": []})) as base:
        report = judge(base, **QUICK)
    assert {e["service"] for e in report.exchanges} == {"", "s"}
    assert any("of 15,000 characters is not called" in note for note in report.notes)


def test_what_our_servers_hear_is_kept_up_to_a_limit():
    server = Loopback("fhir", None)
    try:
        request = type("Request", (), {"path": "/" + "x" * 60_000, "command": "GET"})
        for _ in range(1_000):
            server.hear(request)
        assert len(server.log) == MOST_HEARD // 60_401
    finally:
        server.close()


def test_an_id_that_looks_like_an_address_is_called_at_the_service():
    listed = {"services": [ONE["services"][0] | {"id": "http://127.0.0.1:9/x"}]}
    called = []

    def answer(call):
        called.append(call.path)
        return Answer(200, listed if call.path == "/cds-services" else {"cards": []})

    with Server(answer) as base:
        report = judge(base, only=("req-1", "disc-11"), **QUICK)
    assert "/cds-services/http://127.0.0.1:9/x" in called
    assert {verdict.result for verdict in report.statements.values()} == {"pass"}


def test_where_calls_are_redirected_the_report_says_where_to():
    def answer(call):
        return Answer(200, ONE) if call.path == "/cds-services" else Answer(308, headers={"Location": f"{call.path}/"})

    with Server(answer) as base:
        report = judge(base, only=("req-1",), **QUICK)
    assert "308, a redirect to /cds-services/s/; clients follow none" in report.statements["req-1"].findings[0].says
