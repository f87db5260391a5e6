"""What the prefetch lacks is fetched; what cannot be fetched is told: in a card beside others, or with 412."""

import gzip
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
import requests

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.protocol import fetch as fetching
from cdshooks.protocol import pages
from cdshooks.protocol.authorization import FhirAuthorization
from cdshooks.protocol.fetch import Bearer, Fetcher
from cdshooks.protocol.request import parse_request
from cdshooks.protocol.tokens import Resolved
from cdshooks.protocol.trace import EXTENSION
from cdshooks.protocol.wire import encode
from cdshooks.reach.budget import Budget
from cdshooks.reach.connect import Guard
from cdshooks.reach.failure import Failure, Kind
from cdshooks.reach.get import Reach
from cdshooks.reading.spellings import Version
from tests.fhir_server import Server, always, drip, hang, http, in_turn, ok, reset, searchset
from tests.test_cli_serve import running
from tests.test_prefetch import CLOCK, EMPTY, LIBRARY, PATIENT, SERVICES, bundle, problem, result

TODAY = date(2026, 1, 15)
CANARY = "canary-9f3c1b.~+/=-"
TOKEN = {"access_token": CANARY, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "cds"}
LOW = {"results": bundle(result(120))}  # a low result: a warning whatever else there is, louder with neurological signs
SIGNS = problem("91019004")
JSON = {"Content-Type": "application/json"}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


def post(prefetch, server=None, allowed=None, token=TOKEN, deadline=10_000, version=Version.R4, **more):
    """A patient-view call of an app that may call `allowed`; `server` is the fhirServer of the request.

    The deadline is generous: the machine may be busy. Tests about time give their own. With a version set, the server
    is not asked for its own.
    """
    base = getattr(server, "base", server)
    told = {"fhirServer": base} if base else {}
    told |= {"fhirAuthorization": token} if token and base else {}
    allowed = (base,) if allowed is None and base else allowed or ()
    app = create_app(Settings(today=TODAY, fhir_servers=allowed, fetch_deadline_ms=deadline, fhir_version=version), LIBRARY)
    body = {
        "hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/x", "patientId": "p"}, "prefetch": prefetch,
    } | told | more  # fmt: skip
    return app.test_client().post("/cds-services/b12-patient-view", data=encode(body), content_type="application/json")


def without(*keys):
    return {key: value for key, value in EMPTY.items() if key not in keys}


def topics(answer):
    assert answer.status_code == 200, answer.text
    return {card["source"]["topic"]["code"]: card["indicator"] for card in answer.json["cards"]}


def refusal(answer) -> str:
    assert answer.status_code == 412, answer.text
    return "\n".join(issue["diagnostics"] for issue in answer.json["issue"])


# --- what is fetched ----------------------------------------------------------------------------------------------


@pytest.mark.proves("pre-6")
def test_a_key_that_was_left_out_is_fetched_with_the_token_and_decides_the_card():
    with Server(always(ok(searchset(result(120))))) as server:
        assert topics(post(without("results"), server)) == {"b12-deficiency": "warning"}
    (asked,) = server.seen
    assert asked.path.startswith("/fhir/Observation?patient=p&code=http://loinc.org|")
    assert asked.path.endswith("&_count=200")
    assert (asked.headers["authorization"], asked.headers["accept"]) == (f"Bearer {CANARY}", "application/fhir+json")


def test_a_query_that_is_too_long_for_the_server_is_posted():
    """414, and the same search once more as FHIR lets it be posted; what it answers counts as ever."""

    def short_of_breath(asked, one):
        return ok(searchset(result(120))) if "_search" in asked.path else http(414)

    with Server(short_of_breath) as server:
        assert topics(post(without("results"), server)) == {"b12-deficiency": "warning"}
    assert [asked.path.partition("?")[0] for asked in server.seen] == ["/fhir/Observation", "/fhir/Observation/_search"]
    assert server.seen[1].headers["content-type"] == "application/x-www-form-urlencoded"
    assert server.seen[1].headers["authorization"] == f"Bearer {CANARY}"


def test_an_open_server_is_asked_without_a_token():
    with Server(always(ok(searchset()))) as server:
        assert topics(post(without("results"), server, token=None)) == {}
    assert "authorization" not in server.seen[0].headers


@pytest.mark.proves("pre-7", "pre-13")
def test_null_means_nothing_there_and_is_not_asked_about():
    with Server(always(ok(searchset()))) as server:
        assert topics(post(EMPTY, server)) == {}
    assert server.seen == []


def test_only_what_an_open_decision_lacks_is_fetched():
    """The dead need nothing; with the patient alone nothing is asked once he is known to have died."""
    with Server(always(ok(searchset()))) as server:
        assert topics(post({"patient": PATIENT | {"deceasedBoolean": True}}, server)) == {}
    assert server.seen == []


@pytest.mark.proves("pre-11")
@pytest.mark.parametrize("rows", [(), (result(120),)], ids=["nobody concerned", "a card that offers a drug"])
def test_everything_is_fetched_when_nothing_was_sent_in_parallel(rows):
    """No query is answered before all are asked, those of which only what a card offers depends among them."""
    # The drugs that orders point to are asked for one by one, where they matter.
    needed = [q for q in SERVICES["patient-view"].queries if q.sources or q.latest]
    together = threading.Barrier(len(needed))

    def slow(asked, one):
        together.wait(60)
        found = rows if "/Observation?" in asked.path else ()
        return ok(PATIENT) if "/Patient/" in asked.path else ok(searchset(*found))

    with Server(slow) as server:
        answer = post({}, server)
    assert bool(topics(answer)) == bool(rows)
    assert all("suggestions" in card for card in answer.json["cards"])
    assert len(server.seen) == len(needed)


def elsewhere_coded(asked):
    """A server whose laboratory has codes of its own: a search by codes finds nothing, one for the latest finds it."""
    mine = {"coding": [{"system": "urn:oid:1.2.3.4", "code": "VB12"}], "text": "Vitamin B12"}
    found = [result(60) | {"code": mine}] if "category=laboratory" in asked.path else []
    return ok(PATIENT) if "/Patient/" in asked.path else ok(searchset(*found))


def test_results_that_no_search_for_codes_finds_are_fetched_beside_it_and_told():
    with Server(lambda asked, one: elsewhere_coded(asked)) as server:
        answer = post({}, server)
    assert topics(answer) == {"could-not-check": "warning"}


@pytest.mark.parametrize("failure", [always(http(404)), always(http(400)), reset, always(ok(OUTCOME))], ids=["404", "400", "reset", "error"])
def test_a_server_that_cannot_answer_what_is_asked_beside_loses_nothing_else(failure):
    def picky(asked, one):
        return failure(asked, one) if "latest" in asked.path or "category=" in asked.path else elsewhere_coded(asked)

    with Server(picky) as server:
        answer = post({}, server, extension={EXTENSION: True})
    assert topics(answer) == {}
    aside = {row["resource"]: row["reason"] for row in answer.json["extension"][EXTENSION]["setAside"]}
    assert aside["latest_results"].startswith("it could not be fetched: the FHIR server ")


def test_of_the_latest_rows_no_more_pages_are_read_than_their_number_needs(monkeypatch):
    monkeypatch.setattr(fetching, "LATEST", 3)

    def paged(asked, one):
        latest = "category=laboratory" in asked.path or "page=" in asked.path
        rows = [result(500) | {"id": f"{asked.number}-{n}"} for n in range(2)] if latest else []
        return ok(searchset(*rows, next_url=f"{server.base}?page={asked.number}" if latest else None))

    with Server(paged) as server:
        assert topics(post(without("results", "latest_results"), server)) == {}
    assert [asked.path.partition("?")[2][:5] for asked in server.seen if "page=" in asked.path] == ["page="]


@pytest.mark.parametrize(
    "held",
    [OUTCOME, bundle(OUTCOME), bundle(total=1), result(500), searchset(next_url="https://elsewhere.example/fhir?page=2"), {}],
    ids=["an error", "an error among the entries", "less than its total", "one resource", "a first page of elsewhere", "nothing known"],
)
def test_what_came_only_in_part_is_fetched_from_the_beginning(held):
    with Server(always(ok(searchset(result(120))))) as server:
        assert topics(post(EMPTY | {"results": held}, server)) == {"b12-deficiency": "warning"}
    assert [asked.path.partition("&")[0] for asked in server.seen] == ["/fhir/Observation?patient=p"]


@pytest.mark.proves("pre-10")
def test_a_first_page_is_followed_from_where_it_ends():
    with Server(always(ok(searchset(SIGNS)))) as server:
        first = searchset(problem("1"), next_url=f"{server.base}?page=2")
        assert topics(post(EMPTY | LOW | {"conditions": first}, server)) == {"b12-deficiency": "critical"}
    assert [asked.path for asked in server.seen] == ["/fhir?page=2"]


def test_pages_are_followed_to_the_end_whatever_their_links_look_like():
    def paged(asked, one):
        page = int(asked.path.rpartition("page=")[2]) if "page=" in asked.path else 1
        links = {1: f"{server.base}?page=2", 2: "/fhir?a=b c|d&page=3", 3: "?page=4"}
        rows = [SIGNS] if page == 4 else [problem(f"{page}{n}") for n in range(3)]
        return ok(searchset(*rows, next_url=links.get(page)))

    with Server(paged) as server:
        assert topics(post(without("conditions") | LOW, server)) == {"b12-deficiency": "critical"}
    assert len(server.seen) == 4
    assert server.connections == 1


def test_a_second_try_saves_the_card():
    for first in (always(http(503)), reset, always(http(429, Retry_After="0"))):
        with Server(in_turn(first, always(ok(searchset(SIGNS))))) as server:
            assert topics(post(without("conditions") | LOW, server)) == {"b12-deficiency": "critical"}


def test_rows_about_other_patients_count_for_nothing():
    other = {"subject": {"reference": "Patient/other"}}
    with Server(always(ok(searchset(result(120) | other, result(500))))) as server:
        assert topics(post(without("results"), server)) == {}


@pytest.mark.parametrize(
    "rows", [[result(120) | {"subject": {"reference": "Patient/other"}}], [{}], [None, result(500)]]
)
def test_an_answer_that_cannot_be_all_about_this_patient_is_not_taken_for_nothing_there(rows):
    with Server(always(ok(searchset(*rows)))) as server:
        answer = post(without("results"), server)
    assert answer.status_code == 412
    assert "answers with" in answer.text


# --- what cannot be fetched ---------------------------------------------------------------------------------------


def endless(asked, one):
    return ok(searchset(next_url=f"http://{asked.headers['host']}/fhir?page={asked.number}"))


def circle(asked, one):
    return ok(searchset(next_url=f"http://{asked.headers['host']}/fhir?page=2"))


def elsewhere(asked, one):
    return ok(searchset(next_url=f"http://127.0.0.2:{one.getsockname()[1]}/fhir?page=2"))


FAULTS = {
    "hangs": (hang, "did not answer within 400 ms"),
    "drips": (drip(ok(searchset())), "did not answer within 400 ms"),
    "drips its header": (drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50), "did not answer within 400 ms"),
    "resets": (reset, "broke off in the middle"),
    "no HTTP": (always(b"\x00\x01\x02\r\n\r\n"), "broke off in the middle"),
    "shorter than said": (always(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), "did not answer within 400 ms"),
    "401": (always(http(401)), "does not accept the access token of the request (401)"),
    "403": (always(http(403)), "does not allow this to be read (403)"),
    "404": (always(http(404)), "has nothing at this address (404)"),
    "400": (always(http(400)), "does not understand the query (400)"),
    "429 with a long wait": (always(http(429, Retry_After="60")), "is asked too often (429)"),
    "500": (always(http(500)), "fails (500)"),
    "503 for ever": (always(http(503)), "fails (503)"),
    "204": (always(http(204)), "answers without a resource (204)"),
    "a redirect": (always(http(302, Location="http://127.0.0.2:1/")), "points elsewhere, which is not followed (302)"),
    "HTML": (always(http(200, b"<html>log in</html>", "text/html")), "something else than FHIR JSON"),
    "no type": (always(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), "something else than FHIR JSON"),
    "HTML that calls itself JSON": (always(http(200, b"<html>log in</html>")), "JSON that cannot be read"),
    "truncated JSON": (always(http(200, encode(searchset(SIGNS))[:-9])), "JSON that cannot be read"),
    "deep JSON": (always(http(200, b"[" * 50_000)), "JSON that cannot be read"),
    "an empty body": (always(http(200)), "JSON that cannot be read"),
    "a list": (always(http(200, b"[]")), "JSON that is no resource"),
    "10 MB": (always(http(200, b" " * 10_000_000)), "answers more than this service takes"),
    "a gzip bomb": (always(http(200, gzip.compress(b" " * 50_000_000, 1), Content_Encoding="gzip")), "answers more than"),
    "brotli": (always(http(200, b"x", Content_Encoding="br")), "in an encoding that was not asked for"),
    "an OperationOutcome": (always(ok(OUTCOME)), "answers with OperationOutcome instead of a Bundle"),
    "no resource": (always(ok({})), "answers with something without resourceType instead of a Bundle"),
    "an error in the Bundle": (always(ok(searchset(OUTCOME))), "holds an error"),
    "less than its total": (always(ok(searchset(total=7))), "holds 0 of 7"),
    "endless pages": (endless, "the FHIR server"),
    "pages in a circle": (circle, "leads in a circle"),
    "a next page elsewhere": (elsewhere, "names a place outside its base address for the next page, which is not asked"),
    "a next page that is no URL": (always(ok(searchset(next_url="http://[::1/x"))), "names a place outside"),
    "a second page that fails": (in_turn(circle, always(http(500))), "fails (500)"),
    "a second page of another kind": (in_turn(circle, always(ok(PATIENT))), "answers with Patient instead of a Bundle"),
}  # fmt: skip


@pytest.mark.proves("pre-8", "pre-9", "pre-12", "req-6")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.proves("pre-14", "req-6", "req-15")
def test_a_fault_is_412_where_no_card_fires_and_an_honest_card_beside_one_that_does(fault, caplog):
    """With the reason; and the token is nowhere but in the header of the server that it is meant for.

    That it was in time is shown by the server: one that hangs is left, one that drips a good answer is not heard out.
    """
    caplog.set_level(logging.DEBUG)
    behave, words = FAULTS[fault]
    deadline = 400 if "400 ms" in words else 10_000
    for prefetch in (without("results"), without("conditions") | LOW):
        with Server(behave) as server:
            answer = post(prefetch, server, deadline=deadline)
        if "results" in prefetch:
            assert topics(answer) == {"b12-deficiency": "warning", "could-not-check": "info"}
            said = plain(answer.json["cards"][1]["detail"])
        else:
            said = refusal(answer)
        assert words in said
        assert {asked.headers["authorization"] for asked in server.seen} <= {f"Bearer {CANARY}"}
        assert (CANARY in answer.text, CANARY in caplog.text, "Patient/p" in caplog.text) == (False, False, False)


def plain(markdown: str) -> str:
    return markdown.replace("\\", "")


def test_a_server_that_does_not_listen():
    with Server(hang) as server:
        pass
    assert "the FHIR server cannot be reached" in refusal(post(without("results"), server))


def test_rows_of_the_pages_before_a_failure_still_count():
    pages_then_500 = in_turn(lambda asked, one: ok(searchset(SIGNS, next_url=f"{server.base}?2")), always(http(500)))
    with Server(pages_then_500) as server:
        found = topics(post(without("conditions") | LOW, server))
    assert found == {"b12-deficiency": "critical", "could-not-check": "info"}


def test_half_an_answer_does_not_displace_what_was_sent():
    with Server(in_turn(circle, always(http(500)))) as server:
        sent = searchset(SIGNS, total=5)
        assert topics(post(EMPTY | LOW | {"conditions": sent}, server)) == {"b12-deficiency": "critical", "could-not-check": "info"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (http(404), "has nothing at this address (404)"),
        (http(410), "has this no longer (410)"),
        (ok(PATIENT | {"id": "other"}), "the fetched answer to 'patient' holds another patient"),
        (ok(searchset(PATIENT)), "answers with Bundle instead of Patient"),
        (ok(OUTCOME), "answers with OperationOutcome instead of Patient"),
    ],
    ids=["404", "410", "another patient", "a Bundle", "an OperationOutcome"],
)
def test_a_patient_who_cannot_be_read_is_never_taken_for_nobody(answer, words):
    with Server(always(answer)) as server:
        assert words in refusal(post(without("patient") | LOW, server))


def test_what_fails_beside_good_answers_fails_alone():
    def behave(asked, one):
        return http(500) if "/Condition" in asked.path else ok(searchset(*LOW["results"]["entry"][0].values()))

    with Server(behave) as server:
        found = topics(post(without("conditions", "results"), server))
    assert found == {"b12-deficiency": "warning", "could-not-check": "info"}


@pytest.mark.proves("pre-12", "pre-14")
def test_one_slow_query_does_not_cost_the_others():
    def behave(asked, one):
        return hang(asked, one) if "/Condition" in asked.path else ok(searchset(result(120)))

    with Server(behave) as server:
        found = topics(post(without("conditions", "results"), server, deadline=3_000))
    assert found == {"b12-deficiency": "warning", "could-not-check": "info"}


@pytest.mark.proves("pre-12")
def test_the_deadline_holds_even_where_a_name_is_looked_up_for_ever():
    answered = threading.Event()

    def resolve(host, port):
        answered.wait(60)
        raise socket.gaierror

    fetched = fetch_keys("https://ehr.example/fhir", Guard((), resolve), seconds=0.4)
    assert fetched.why == {"results": "the FHIR server did not answer within 400 ms"}
    assert not answered.is_set()  # the name is still being looked up
    answered.set()


def fetch_keys(base, guard=None, keys=("results",), seconds=10, most_bytes=1_000_000):
    body = {
        "hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "fhirServer": base,
        "context": {"userId": "Practitioner/x", "patientId": "p"},
    }  # fmt: skip
    request = parse_request(body, "patient-view")
    return Fetcher(Reach(guard), seconds, most_bytes).start(
        [base], SERVICES["patient-view"], request, CLOCK, Version.R4
    )(set(keys))


@pytest.mark.parametrize("limit", ["MOST_PAGES", "MOST_ENTRIES"])
def test_pages_and_entries_have_limits(limit, monkeypatch):
    monkeypatch.setattr(pages, limit, 3)

    def behave(asked, one):
        return ok(searchset(problem(str(asked.number)), next_url=f"{server.base}?page={asked.number}"))

    with Server(behave) as server:
        assert "answers in more than 3" in refusal(post(without("conditions"), server)).replace("with more", "in more")
    assert len(server.seen) == 3


def test_the_bytes_of_one_call_have_a_limit():
    keys = {query.key for query in SERVICES["patient-view"].queries if query.sources} - {"patient"}
    with Server(always(http(200, b" " * 9_000 + encode(searchset())))) as server:
        fetched = fetch_keys(server.base, keys=keys, most_bytes=10_000)
    assert len(server.seen) == len(keys) == 12
    assert list(fetched.why.values()) == ["the FHIR server answers more than this service takes"] * 8


def test_a_template_that_cannot_be_filled_is_told(monkeypatch):
    monkeypatch.setattr(fetching, "resolve", lambda *_: Resolved(None, "the context has no 'encounterId'"))
    with Server(hang) as server:
        assert "the query cannot be made: the context has no 'encounterId'" in refusal(post(without("results"), server))
    assert server.seen == []


def test_a_fault_of_ours_in_a_thread_is_a_500_and_no_silence(monkeypatch):
    monkeypatch.setattr(fetching, "resolve", lambda *_: 1 / 0)
    with Server(hang) as server:
        assert post(without("results"), server).status_code == 500


# --- who may be called, and with what -----------------------------------------------------------------------------


def test_without_a_fhir_server_the_answer_is_as_if_nothing_could_be_fetched():
    said = refusal(post(without("results")))
    assert said == "prefetch.results: the prefetch key 'results' was left out; send it, or null if there is none"


@pytest.mark.parametrize(
    "other",
    ["", "/", "/fhir/other", "/fhir2", "/fhir/../fhir2"],
)
def test_a_server_that_is_not_on_the_list_is_not_called(other):
    with Server(always(ok(searchset()))) as server:
        here = server.base.removesuffix("/fhir")
        said = refusal(post(without("results"), here + other, allowed=(server.base,)))
        said += refusal(post(without("results"), server.base, allowed=()))
    assert "it could not be fetched: the fhirServer of the request is no" in said
    assert server.seen == []


@pytest.mark.parametrize("odd", ["http://a@127.0.0.1/fhir", "http://127.1/fhir", "http://127.0.0.1:99999/fhir", "http://0x7f.1/", "https://[::1/"])
def test_a_server_with_an_odd_address_is_not_called(odd):
    assert "is no address that can be called" in refusal(post(without("results"), odd, allowed=("http://127.0.0.1/fhir",)))


def test_a_listed_server_is_known_with_a_slash_at_its_end():
    with Server(always(ok(searchset()))) as server:
        assert topics(post(without("results"), f"http://127.0.0.1:{server.port}/fhir/", allowed=(server.base,))) == {}
    assert len(server.seen) == 1


@pytest.mark.parametrize("address", ["10.0.0.7", "169.254.169.254", "100.64.0.1", "::ffff:169.254.169.254", "127.0.0.1"])
def test_a_listed_name_that_leads_inside_is_not_called(address):
    guard = Guard((), lambda host, port: [(socket.AF_INET, (address, port))])
    fetched = fetch_keys("https://ehr.example/fhir", guard)
    assert fetched.why == {"results": "the FHIR server has an address that this service may not call"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"expires_in": 0}, "has expired"), ({"expires_in": -5}, "has expired"),
        ({"patient": "other"}, "is for another patient"),
        ({"access_token": f"{CANARY}\r\nX-Evil: 1"}, "characters that no header can carry"),
        ({"access_token": f"{CANARY} é"}, "characters that no header can carry"),
    ],
)  # fmt: skip
def test_a_token_that_cannot_be_used_is_not_sent(change, words, caplog):
    caplog.set_level(logging.DEBUG)
    with Server(always(ok(searchset()))) as server:
        answer = post(without("results"), server, token=TOKEN | change)
    assert words in refusal(answer)
    assert (server.seen, CANARY in answer.text, CANARY in caplog.text) == ([], False, False)


@pytest.mark.proves("req-6")
def test_the_token_goes_to_its_own_server_only():
    with Server(always(ok(searchset(SIGNS)))) as other:
        for lead in (http(307, Location=other.base), ok(searchset(next_url=f"{other.base}?page=2"))):
            with Server(always(lead)) as server:
                refusal(post(without("conditions"), server, allowed=(server.base, other.base)))
                first = searchset(next_url=f"{other.base}?page=2")
                refusal(post(EMPTY | {"conditions": first}, server, allowed=(server.base, other.base)))
            assert len(server.seen) == 2
    assert other.seen == []


@pytest.mark.proves("req-6", "req-15")
def test_nothing_that_holds_the_token_shows_it():
    authorization = FhirAuthorization(CANARY, 300, "patient/*.rs", "cds", "p")
    body = {
        "hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "fhirServer": "https://ehr.example",
        "fhirAuthorization": TOKEN, "context": {"userId": "Practitioner/x", "patientId": "p"},
    }  # fmt: skip
    request = parse_request(body, "patient-view")
    assert request.authorization.access_token == CANARY
    assert CANARY not in f"{authorization!r} {authorization} {request!r} {Bearer(authorization)!r} {Failure(Kind.OK, 'x')!r}"


# --- the small parts ----------------------------------------------------------------------------------------------


def test_no_thread_and_no_connection_is_made_before_it_is_needed():
    fetcher = Fetcher(Reach(), 0.4, 1)
    assert (fetcher._pool, fetcher.reach._session) == (None, None)


def test_the_workers_of_a_real_server_fetch_and_stop_when_told():
    """Several workers, forked after the app was made: each makes its threads and connections itself."""
    with Server(always(ok(searchset(result(120))))) as server:
        told = {"fhirServer": server.base, "fhirAuthorization": TOKEN, "prefetch": without("results")}
        body = {"hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
                "context": {"userId": "Practitioner/x", "patientId": "p"}} | told  # fmt: skip
        flags = ("--fhir-servers", server.base, "--workers", "2", "--today", "2026-01-15")
        with running(*flags, CDSHOOKS_FETCH_DEADLINE_MS="10000") as (process, port, _):
            url = f"http://127.0.0.1:{port}/cds-services/b12-patient-view"
            with ThreadPoolExecutor(8) as callers:
                answers = list(callers.map(lambda _: requests.post(url, data=encode(body), headers=JSON, timeout=30), range(24)))
            process.terminate()
            assert process.wait(120) == 0
    assert [topics_of(answer.json()) for answer in answers] == [{"b12-deficiency": "warning"}] * 24
    for_version = [asked for asked in server.seen if asked.path == "/fhir/metadata"]
    assert (len(server.seen) - len(for_version), len(for_version)) in ((24, 1), (24, 2))  # once for each worker
    assert 2 <= server.connections < 24


def topics_of(body):
    return {card["source"]["topic"]["code"]: card["indicator"] for card in body["cards"]}


def test_threads_from_before_a_fork_are_not_used(monkeypatch):
    fetcher = Fetcher(Reach(), 0.4, 1)
    before = fetcher.threads()
    assert fetcher.threads() is before
    monkeypatch.setattr(fetching.os, "getpid", lambda: -1)
    assert fetcher.threads() is not before


def test_a_resource_that_two_pages_hold_counts_once():
    twice = pages.merged([searchset(SIGNS, total=2), searchset(SIGNS, {"resourceType": "Condition"}, {"resourceType": "Condition"})], True)
    assert [entry["resource"].get("id") for entry in twice["entry"]] == [SIGNS["id"], None, None]
    assert (twice["total"], twice["link"]) == (2, [])
    assert pages.merged([searchset()], finished=False)["link"] == [{"relation": "next"}]


def test_what_went_wrong_is_never_taken_for_complete():
    """Even if a Bundle that looks whole came with a reason."""
    from cdshooks.chart.chart import Coverage
    from cdshooks.protocol.fetched import Fetched
    from cdshooks.protocol.prefetch import gather

    provided = gather(SERVICES["patient-view"], EMPTY, "p", Fetched({"conditions": bundle()}, {"conditions": "it broke"}))
    assert provided.coverage["Condition"] is Coverage.INCOMPLETE
    assert provided.why["Condition"] == "it could not be fetched: it broke"


def test_a_budget_that_is_spent_says_so():
    assert Budget(0.4, 1, 1).timeout().says == "did not answer within 400 ms"


# --- drugs by reference -------------------------------------------------------------------------------------------

DRUG = {
    "resourceType": "Medication", "id": "m1",
    "code": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "309594"}]},
}  # fmt: skip
ORDER = {
    "resourceType": "MedicationRequest", "id": "o", "status": "active", "intent": "order", "authoredOn": "2026-01-02",
    "subject": {"reference": "Patient/p"}, "medicationReference": {"reference": "Medication/m1"},
}  # fmt: skip


def test_a_drug_that_an_order_points_to_is_fetched():
    sent = EMPTY | {"results": bundle(result(120)), "medication_requests": bundle(ORDER)}
    with Server(lambda asked, one: ok(DRUG)) as server:
        assert topics(post(sent, server)) == {}
    assert [asked.path.rpartition("/fhir/")[2] for asked in server.seen] == ["Medication/m1"]


def test_a_drug_that_cannot_be_fetched_is_never_taken_for_none():
    sent = EMPTY | {"results": bundle(result(120)), "medication_requests": bundle(ORDER)}
    with Server(always(http(404))) as server:
        answer = post(sent, server)
    assert answer.status_code == 412
    assert "it names its drug by Medication/m1, which did not come; it could not be fetched" in answer.text


def test_a_reference_to_another_server_is_not_followed():
    elsewhere = ORDER | {"medicationReference": {"reference": "https://elsewhere.example/fhir/Medication/m1"}}
    with Server(lambda asked, one: ok(DRUG)) as server:
        assert post(EMPTY | {"results": bundle(result(120)), "medication_requests": bundle(elsewhere)}, server).status_code == 412
    assert server.seen == []
