"""Broken ways to treat the token for the FHIR server, and to wait for it."""

import urllib.request

from reference.data import Gatherer
from reference.ehr import Ehr
from reference.service import Reference
from reference.wire import Refused

from .register import instead_of


@instead_of(Ehr, "may_ask")
def sends_the_token_wherever_a_link_leads(original, self, url):
    return url.startswith("http")


@instead_of(Ehr, "fetch")
def follows_redirects_with_the_token(original, self, url):
    request = urllib.request.Request(url, headers=self.headers())
    try:
        with urllib.request.urlopen(request, timeout=0.25) as response:
            return response.read()
    except OSError as error:
        raise OSError(str(error)) from None


@instead_of(Ehr, "fetch")
def follows_redirects_and_leaves_the_token_behind(original, self, url):
    request = urllib.request.Request(url)
    for name, value in self.headers().items():
        request.add_unredirected_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=0.25) as response:
            return response.read()
    except OSError as error:
        raise OSError(str(error)) from None


@instead_of(Reference, "advise")
def shows_the_token_in_a_card(original, self, request, found):
    body = original(request, found)
    token = request.get("fhirAuthorization", {}).get("access_token")
    if token and body["cards"]:
        body["cards"][0]["detail"] = f"Fetched with {token}"
    return body


@instead_of(Gatherer, "everything")
def shows_the_token_in_an_error(original, self):
    try:
        return original()
    except Refused as refusal:
        raise Refused(refusal.status, *refusal.faults, str(self.request.get("fhirAuthorization"))) from None


@instead_of(Ehr, "fetch")
def waits_for_the_FHIR_server_for_ever(original, self, url):
    self.seconds = 60
    return original(url)
