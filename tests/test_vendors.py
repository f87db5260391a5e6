"""Each vendor's request, with the token it signs, through a service that is set up for it as docs/vendors.md says."""

import json
import time
import tomllib
from pathlib import Path
from uuid import UUID, uuid4

import jwt
import pytest

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.ehr import shelf
from cdshooks.ehr.badge import new_key
from cdshooks.protocol.discovery import services
from tests.shipped import LIBRARY

FOLDER = shelf.folder() / "vendors"
VENDORS = tomllib.loads((FOLDER / "index.toml").read_text("utf-8"))["vendor"]
URL = "https://cds.example.org"
PAGE = Path(__file__).parent.parent / "docs" / "vendors.md"


def toml(value) -> str:
    return json.dumps(value)  # texts, lists of them, numbers and truths are written alike


@pytest.fixture
def trusted(tmp_path):
    """What opens a service for one vendor, and signs as that vendor does."""

    def open_for(vendor, **otherwise):
        private, public = new_key(vendor["token"]["alg"], "d3bmo5HzW61TUgikHZH+A8Tx4UOXz2iOs4KvVU4eLY0=")
        (tmp_path / "keys.json").write_text(json.dumps(public), "utf-8")
        row = {"name": vendor["name"], "iss": "https://ehr.example.org", "keys": "keys.json"}
        row |= vendor.get("client", {}) | otherwise
        lines = [f"{key} = {toml(value)}" for key, value in row.items() if value is not None]
        (tmp_path / "clients.toml").write_text("\n".join(["[[client]]", *lines]), "utf-8")
        day = shelf.open_patient("low-b12").told
        app = create_app(
            Settings(today=day, clients=tmp_path / "clients.toml", public_url=URL, database=str(tmp_path / "cds.db")),
            LIBRARY,
        )

        def call(request, **claims):
            told, now, path = vendor["token"], int(time.time()), f"/cds-services/b12-{request['hook']}"
            body = {"iss": "https://ehr.example.org", "aud": told.get("aud", URL + path), "jti": str(uuid4())}
            body |= {"iat": now, "exp": now + told["lifetime"], "nbf": now - told.get("not_before", 0)} | claims
            head = {"kid": private["kid"], "typ": "JWT"} | ({"jku": told["jku"]} if "jku" in told else {})
            token = jwt.encode(body, jwt.PyJWK(private).key, told["alg"], head)
            return app.test_client().post(path, json=request, headers={"Authorization": f"Bearer {token}"})

        return call

    return open_for


def request_of(vendor):
    return json.loads((FOLDER / f"{vendor['request']}.json").read_text("utf-8"))


def cards(answer):
    assert answer.status_code == 200, answer.text
    return [f"{card['source']['topic']['code']} {card['indicator']}" for card in answer.json["cards"]]


def named(name):
    return next(vendor for vendor in VENDORS if vendor["request"] == name)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda v: v["request"])
def test_the_request_of_each_vendor_is_answered_as_it_is_sent(vendor, trusted):
    assert cards(trusted(vendor)(request_of(vendor))) == vendor["cards"]


def test_a_constant_aud_is_refused_unless_the_client_may_say_it(trusted):
    assert trusted(named("epic"), aud=None)(request_of(named("epic"))).status_code == 401


def test_a_key_set_that_is_not_listed_is_refused(trusted):
    assert trusted(named("epic"), jku="https://epic.example.org/keys")(request_of(named("epic"))).status_code == 401


def test_what_is_missing_is_let_pass_only_where_the_client_is_lenient_and_told_in_the_log(trusted, caplog):
    vendor = named("openemr")
    assert trusted(vendor, lenient=False)(request_of(vendor)).status_code == 422
    with caplog.at_level("WARNING", "cdshooks"):
        first, again = (trusted(vendor)(request_of(vendor)).json["cards"][0]["uuid"] for _ in range(2))
    assert "let pass for client 'OpenEMR', which is lenient: hookInstance is no UUID; there is no userId" in caplog.text
    assert first == again
    assert request_of(vendor)["hookInstance"] not in caplog.text


def test_a_lent_token_that_is_not_whole_is_not_used_and_the_answer_says_so(trusted):
    vendor, server = named("medplum"), "https://ehr.example.org/fhir/R4"
    request = request_of(vendor) | {"fhirServer": server}
    request["fhirAuthorization"] = {"access_token": "x", "token_type": "bearer", "scope": "user/*.read", "subject": "cds"}
    del request["prefetch"]["conditions"]
    (said,) = [c["detail"] for c in trusted(vendor, fhir_servers=[server])(request).json["cards"]][1:]
    assert "fhirAuthorization of the request has no" in said
    assert "that can be used" in said


def test_a_client_may_ask_for_few_cards_and_gets_all_that_are_critical(trusted):
    vendor = named("epic")
    answer = trusted(vendor, max_cards=1)(request_of(vendor))
    assert cards(answer)[0] == "folic-acid-first critical"


def test_a_client_that_was_told_at_order_select_is_not_told_again_but_of_what_is_critical(trusted):
    vendor = named("epic")
    sign = request_of(vendor) | {"hook": "order-sign"}
    sign["context"] = {key: value for key, value in sign["context"].items() if key != "selections"}
    assert cards(trusted(vendor, say_once=True)(sign)) == ["folic-acid-first critical"]
    calm = json.loads(json.dumps(sign).replace('"value": 142', '"value": 250'))
    assert cards(trusted(vendor)(calm)) == ["folic-acid-first warning"]
    assert cards(trusted(vendor, say_once=True)(calm)) == []


def test_a_client_that_sends_neither_server_nor_token_is_told_what_its_prefetch_lacked(trusted):
    vendor = named("medplum")
    request = request_of(vendor)
    assert not {"fhirServer", "fhirAuthorization"} & request.keys()
    del request["prefetch"]["conditions"]
    first, *others = trusted(vendor)(request).json["cards"]
    assert first["source"]["topic"]["code"] == "b12-deficiency"
    assert [card["source"]["topic"]["code"] for card in others] == ["could-not-check"]


def test_a_bot_that_names_no_user_is_let_pass_where_the_client_is_lenient(trusted):
    vendor = named("medplum")
    request = request_of(vendor)
    del request["context"]["userId"]
    assert trusted(vendor)(request).status_code == 422
    assert cards(trusted(vendor, lenient=True)(request)) == vendor["cards"]


def test_no_parameter_stands_twice_in_a_template_for_some_clients_make_one_of_the_two():
    asked = [q.template.partition("?")[2] for group in services(LIBRARY, Settings()).values() for s in group for q in s.queries]
    names = [[part.partition("=")[0] for part in query.split("&")] for query in asked]
    assert [each for each in names if len(each) != len(set(each))] == []


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda v: v["request"])
def test_the_page_says_of_each_vendor_what_the_test_uses(vendor):
    line = next(line for line in PAGE.read_text("utf-8").splitlines() if line.startswith(f"| {vendor['name']} |"))
    assert vendor["sends"] in line
    assert vendor["needs"] in line


def walk(value):
    """Every object in a request."""
    if isinstance(value, dict):
        yield value
        value = value.values()
    for inner in value if not isinstance(value, str | int | float | None) else ():
        yield from walk(inner)


def orders(request):
    return [one for one in walk(request) if one.get("resourceType") in ("MedicationRequest", "MedicationStatement")]


def bundles(request):
    return [one for one in request["prefetch"].values() if (one or {}).get("resourceType") == "Bundle"]


def codes(request):
    return {(c.get("system"), c.get("code")) for c in walk(request) if isinstance(c.get("code"), str)}


# What a row of the page says that its client sends, and where that is in the request or the token of its test.
SENT = {
    "RS384": lambda v, r: v["token"]["alg"] == "RS384",
    "one aud for all that is called, lives 15 minutes, nbf before iat, kid in base64": lambda v, r: (
        v["token"]["aud"] and v["token"]["lifetime"] == 900 and v["token"]["not_before"] > 0
    ),
    "a jku for each environment": lambda v, r: len(v["client"]["jku"]) > 1 and v["token"]["jku"] in v["client"]["jku"],
    "ids with '.'": lambda v, r: "." in r["context"]["patientId"],
    "extension keys of its own": lambda v, r: any(key.startswith("com.epic.") for key in r["extension"]),
    "doseAndRate twice (ordered, admin-amount)": lambda v, r: {"ordered", "admin-amount"} <= {c for _, c in codes(r)},
    "site codes beside RxNorm": lambda v, r: any(
        len({c["system"] for c in o["medicationCodeableConcept"]["coding"]}) > 1 for o in orders(r)
    ),
    "in nearly every answer a remark that this client does not see all kinds of rows (59204)": lambda v, r: (
        "59204" in {code for _, code in codes(r)}
    ),
    "numeric ids": lambda v, r: r["context"]["patientId"].isdigit(),
    "Bundles without total": lambda v, r: bundles(r) and not any("total" in one for one in bundles(r)),
    "a token without patient": lambda v, r: "patient" not in r["fhirAuthorization"],
    "UUIDs as ids": lambda v, r: str(UUID(r["context"]["patientId"])) == r["context"]["patientId"],
    "neither a FHIR server nor a token": lambda v, r: not {"fhirServer", "fhirAuthorization"} & r.keys(),
    "null for every search that gave nothing": lambda v, r: None in r["prefetch"].values(),
    "a hookInstance that is no UUID, no userId": lambda v, r: (
        r["hookInstance"].count("-") != 4 and "userId" not in r["context"]
    ),
    "null where there is nothing": lambda v, r: list(r["prefetch"].values()).count(None) > 3,
    "draftOrders without type, orders without intent and day, doses in {pill}": lambda v, r: (
        "type" not in r["context"]["draftOrders"]
        and not any(key in o for o in orders(r["context"]) for key in ("intent", "authoredOn"))
        and "{pill}" in {c for _, c in codes(r)}
    ),
    "a failed search is a key left out": lambda v, r: set(offered(r["hook"])) - set(r["prefetch"]),
    "self links and meta on every Bundle, narrative in every resource": lambda v, r: (
        all("meta" in b and "self" in {link["relation"] for link in b["link"]} for b in bundles(r))
        and all(e["resource"].get("text") for b in bundles(r) for e in b.get("entry", []))
    ),
    "FHIR STU3: drugs by reference with the Medication beside them, intent plan, taken 'unk', doses as text": lambda v, r: (
        all("medicationReference" in o for o in orders(r))
        and {o.get("intent") for o in orders(r)} == {"plan", None}
        and any(o.get("taken") == "unk" for o in orders(r))
        and not any("doseQuantity" in one for one in walk(r))
    ),
}  # fmt: skip
# Warnings to those who set it up, and what other tests prove.
NO_SHAPE = {
    "its private key is public",
    "a parameter that stands twice in a template becomes one (none does here)",
    "the user only where the caller puts it into the context",
}


def offered(hook):
    found = (s for group in services(LIBRARY, Settings()).values() for s in group if s.hook == hook)
    return next(found).prefetch


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda v: v["request"])
def test_the_request_has_every_shape_that_the_page_says_this_client_sends(vendor):
    claims = [claim for claim in vendor["sends"].split("; ") if claim not in NO_SHAPE]
    assert [claim for claim in claims if not SENT[claim](vendor, request_of(vendor))] == []
