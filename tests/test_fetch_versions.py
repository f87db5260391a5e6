"""The service asks a FHIR server in the version that the server speaks, and says its suggestions in it."""

import pytest

from cdshooks.protocol import dialect
from cdshooks.protocol.fetch import Fetcher
from cdshooks.protocol.request import parse_request
from cdshooks.reach.get import Reach
from cdshooks.reading.spellings import Version
from tests.fhir_server import Server, drip, hang, http, ok, reset, searchset
from tests.test_fetch import LOW, post, refusal, topics, without
from tests.test_prefetch import CLOCK, SERVICES

DRUGS = {"medication_requests", "medication_statements", "medication_administrations"}


def server_of(release: str | None, *unknown: str):
    """A server of this release that has nothing on record, and answers 404 for types that it does not have."""

    def behave(asked, _):
        path = asked.path.removeprefix("/fhir/")
        if path == "metadata":
            return ok({"resourceType": "Conformance", "fhirVersion": release}) if release else http(404, b"")
        return http(404, b"") if path.startswith(unknown) and unknown else ok(searchset())

    return behave


def asked_for(server) -> list[str]:
    return sorted(one.path.removeprefix("/fhir/").partition("?")[0] for one in server.seen)


def test_a_dstu2_server_is_asked_for_what_it_has_as_soon_as_it_said_its_version():
    with Server(server_of("1.0.2", "MedicationRequest")) as server:
        assert topics(post(without(*DRUGS) | LOW, server, version=None)) == {"b12-deficiency": "warning"}
    assert {"metadata", "MedicationOrder"} <= set(asked_for(server))


def test_an_r5_server_is_not_believed_when_it_finds_nothing_by_r4s_status_of_a_statement():
    with Server(server_of("5.0.0")) as server:
        post(without(*DRUGS), server, version=None)
    statements = [one.path for one in server.seen if "MedicationStatement" in one.path]
    assert "status=recorded" in statements[-1]


def test_an_r4_server_is_asked_once_for_each_key():
    with Server(server_of("4.0.1")) as server:
        post(without(*DRUGS), server, version=None)
    assert asked_for(server) == ["MedicationAdministration", "MedicationRequest", "MedicationStatement", "metadata"]


def test_a_configured_version_needs_no_question():
    with Server(server_of("4.0.1")) as server:
        post(without(*DRUGS), server, version=Version.DSTU2)
    assert asked_for(server) == ["MedicationAdministration", "MedicationOrder", "MedicationStatement"]


@pytest.mark.parametrize(("release", "orders"), [("3.0.2", "ProcedureRequest"), ("1.0.2", "DiagnosticOrder"),
                                             ("4.0.1", "ServiceRequest")])  # fmt: skip
def test_what_is_suggested_is_in_the_version_that_the_server_said(release, orders):
    with Server(server_of(release, "MedicationRequest" if release == "1.0.2" else "none")) as server:
        cards = post(without("family_history", *DRUGS) | LOW, server, version=None).json["cards"]
    made = [a["resource"]["resourceType"] for c in cards for s in c.get("suggestions", ()) for a in s["actions"]]
    assert made
    tests = {"ServiceRequest", "ProcedureRequest", "DiagnosticOrder"}
    assert set(made) & tests <= {orders}
    assert ("MedicationOrder" in made) == (release == "1.0.2")


@pytest.mark.parametrize("trouble", [http(404, b""), http(500, b"{"), http(200, b"[]"), ok({"fhirVersion": 4}), None])
def test_a_server_that_does_not_say_its_version_is_asked_in_r4(trouble):
    def behave(asked, connection):
        return trouble if asked.path.endswith("/metadata") else ok(searchset())

    with Server(behave) as server:
        assert topics(post(without(*DRUGS) | LOW, server, version=None)) == {"b12-deficiency": "warning"}
    assert "MedicationRequest" in asked_for(server)


@pytest.mark.parametrize("trouble", [hang, drip(ok({"fhirVersion": "5.0.0"})), reset], ids=["hang", "drip", "reset"])
def test_trouble_with_the_version_costs_no_more_than_the_budget(trouble):
    def behave(asked, connection):
        return trouble(asked, connection) if asked.path.endswith("/metadata") else ok(searchset())

    with Server(behave) as server:
        answer = post(without(*DRUGS) | LOW, server, version=None, deadline=3_000)
    assert topics(answer) == {"b12-deficiency": "warning"}  # and no card that something could not be checked


def test_a_server_that_is_slow_to_say_its_version_leaves_time_for_what_is_asked_later():
    """Two rounds of reading, the second only after the first: the version may not use up the budget of both."""

    def behave(asked, connection):
        return hang(asked, connection) if asked.path.endswith("/metadata") else ok(searchset())

    fetcher = Fetcher(Reach(), 3, 1_000_000)
    with Server(behave) as server:
        fetch = started(server.base, fetcher)
        assert (fetch({"conditions"}) | fetch({"results"})).why == {}


def started(base: str, fetcher: Fetcher):
    body = {
        "hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "fhirServer": base,
        "context": {"userId": "Practitioner/x", "patientId": "p"},
    }  # fmt: skip
    request = parse_request(body, "patient-view")
    return fetcher.start([base], SERVICES["patient-view"], request, CLOCK)


def fetching(base: str, fetcher: Fetcher):
    return started(base, fetcher)({"conditions"})


def test_what_a_server_said_is_remembered_for_a_time(monkeypatch):
    fetcher = Fetcher(Reach(), 10, 1_000_000)
    with Server(server_of("4.3.0")) as server:
        assert [fetching(server.base, fetcher).version for _ in range(3)] == ["R4B"] * 3
        assert asked_for(server).count("metadata") == 1
        monkeypatch.setattr(dialect, "monotonic", lambda: 10**9)
        assert fetching(server.base, fetcher).version == "R4B"
        assert asked_for(server).count("metadata") == 2


def test_a_server_that_said_nothing_is_left_alone_for_a_time_and_then_asked_again(monkeypatch):
    fetcher = Fetcher(Reach(), 10, 1_000_000)
    with Server(server_of(None)) as server:
        assert [fetching(server.base, fetcher).version for _ in range(3)] == [None] * 3
        assert asked_for(server).count("metadata") == 1
        monkeypatch.setattr(dialect, "monotonic", lambda: 10**9)
        fetching(server.base, fetcher)
        assert asked_for(server).count("metadata") == 2


def test_a_type_that_the_server_does_not_have_is_told_and_never_taken_for_nothing_there():
    with Server(server_of("4.0.1", "MedicationStatement")) as server:
        assert "medication_statements" in refusal(post(without(*DRUGS), server, version=None))
