"""Broken ways to gather what a call needs to know."""

from reference.data import Gatherer
from reference.ehr import Ehr, Unreachable
from reference.service import Reference
from reference.wire import Refused

from .register import instead_of


@instead_of(Gatherer, "fetch")
def never_fetches(original, self, key, earlier):
    raise Unreachable("was not sent")


@instead_of(Gatherer, "fetch")
def fetches_only_when_nothing_was_sent(original, self, key, earlier):
    if self.prefetch:
        raise Unreachable("was not sent")
    return original(key, earlier)


@instead_of(Gatherer, "fetch")
def never_fetches_one_key(original, self, key, earlier):
    if key == self.of:
        raise Unreachable("was not sent")
    return original(key, earlier)


@instead_of(Gatherer, "fetch")
def is_late_once_for_a_key_that_lacks(original, self, key, earlier):
    if self.prefetch and self.ehr and not getattr(type(self), "late", False):
        type(self).late = True
        raise Unreachable("came too late")
    return original(key, earlier)


@instead_of(Gatherer, "fetch")
def fetches_from_a_fixed_server(original, self, key, earlier):
    self.ehr = Ehr("http://127.0.0.1:9/fhir", None)
    return original(key, earlier)


@instead_of(Gatherer, "fetch")
def fetches_the_template_as_it_stands(original, self, key, earlier):
    if not self.ehr:
        return original(key, earlier)
    return self.ehr.read(self.templates[key].replace("{{", "%7B%7B").replace("}}", "%7D%7D").replace(" ", "%20"))


@instead_of(Gatherer, "whole")
def drops_an_OperationOutcome_that_stands_beside_data(original, self, value):
    """Only what holds nothing but errors is an error to it; half of the data is then taken for all of them."""
    held = [entry for entry in (value or {}).get("entry") or [] if entry["resource"]["resourceType"] != "OperationOutcome"]
    half = bool(held) and len(held) < len(value["entry"])
    return original({**value, "entry": []} if half else value)


@instead_of(Gatherer, "fetch")
def takes_a_failing_server_for_nothing_there(original, self, key, earlier):
    try:
        return original(key, earlier)
    except Unreachable:
        if self.ehr is None:
            raise
        return None


@instead_of(Ehr, "get")
def takes_an_error_status_for_an_empty_answer(original, self, url):
    """As many clients do: they look at the body and never at the status."""
    try:
        return original(url)
    except Unreachable as reason:
        if "OSError" in str(reason):
            return {"resourceType": "Bundle", "type": "searchset"}
        raise


@instead_of(Ehr, "get")
def takes_a_late_answer_for_an_empty_one(original, self, url):
    try:
        return original(url)
    except Unreachable as reason:
        if "Timeout" in str(reason) or "late" in str(reason):
            return {"resourceType": "Bundle", "type": "searchset"}
        raise


@instead_of(Gatherer, "further_pages")
def loses_everything_when_the_second_page_fails(original, self, value):
    try:
        return list(original(value))
    except Unreachable:
        value.pop("entry", None)
        return []


@instead_of(Gatherer, "everything")
def takes_what_is_missing_for_nothing_when_something_came(original, self):
    """412 only where no prefetch came at all."""
    if self.prefetch and not self.ehr:
        self.prefetch = dict.fromkeys(self.templates) | self.prefetch
    return original()


@instead_of(Gatherer, "value")
def takes_prefetch_for_all_or_nothing(original, self, key, earlier):
    return self.prefetch.get(key) if self.prefetch else original(key, earlier)


@instead_of(Gatherer, "value")
def asks_again_for_a_key_that_is_null(original, self, key, earlier):
    if self.prefetch.get(key) is None and self.ehr:
        return self.fetch(key, earlier)
    return original(key, earlier)


@instead_of(Gatherer, "value")
def takes_null_for_missing(original, self, key, earlier):
    if self.prefetch.get(key, "") is None:
        raise Unreachable("is null")
    return original(key, earlier)


@instead_of(Gatherer, "value")
def fails_on_null(original, self, key, earlier):
    if self.prefetch.get(key, "") is None:
        raise TypeError("null")
    return original(key, earlier)


@instead_of(Gatherer, "everything")
def takes_what_is_missing_for_nothing_there(original, self):
    if not self.ehr:
        for key in self.templates:
            self.prefetch.setdefault(key, None)
    return original()


@instead_of(Gatherer, "everything")
def says_412_as(original, self):
    try:
        return original()
    except Refused as refusal:
        raise Refused(int(self.of), *refusal.faults) from None


@instead_of(Gatherer, "everything")
def fails_when_a_key_is_missing(original, self):
    for key in self.templates:
        if not self.ehr:
            self.prefetch[key]
    return original()


@instead_of(Gatherer, "is_error")
def takes_an_OperationOutcome_for_data(original, self, value):
    return False


@instead_of(Gatherer, "whole")
def takes_an_OperationOutcome_for_nothing_there(original, self, value):
    return original(None if value and self.is_error(value) else value)


@instead_of(Gatherer, "is_error")
def sees_an_OperationOutcome_only_outside_a_Bundle(original, self, value):
    return value.get("resourceType") == "OperationOutcome"


@instead_of(Gatherer, "is_error")
def fails_on_an_OperationOutcome(original, self, value):
    if original(value):
        raise KeyError("subject")
    return False


@instead_of(Gatherer, "further_pages")
def takes_the_first_page_for_all(original, self, value):
    return []


@instead_of(Ehr, "pages_after")
def follows_one_page_only(original, self, bundle):
    yield next(iter(original(bundle)))


@instead_of(Ehr, "pages_after")
def follows_pages_without_the_token(original, self, bundle):
    token, self.token = self.token, None
    try:
        yield from original(bundle)
    finally:
        self.token = token


@instead_of(Gatherer, "everything")
def wants_a_FHIR_server_even_with_all_data(original, self):
    if not self.ehr:
        raise Refused(400, "fhirServer: is required")
    return original()


@instead_of(Gatherer, "everything")
def wants_prefetch_even_with_a_FHIR_server(original, self):
    if not self.prefetch:
        raise Refused(400, "prefetch: is required")
    return original()


@instead_of(Gatherer, "value")
def refuses_null(original, self, key, earlier):
    if self.prefetch.get(key, "") is None:
        raise Refused(400, f"prefetch.{key}: must be an object")
    return original(key, earlier)


@instead_of(Gatherer, "fetch")
def says_less_when_it_fetched(original, self, key, earlier):
    value = original(key, earlier)
    return None if key in ("problems", "medications") else value


@instead_of(Gatherer, "fetch")
def fails_with_the_FHIR_server(original, self, key, earlier):
    try:
        return original(key, earlier)
    except Unreachable:
        if self.ehr:
            raise RuntimeError("not handled") from None
        raise


@instead_of(Reference, "call_service")
def keeps_its_advice_by_patient(original, self, service_id, call):
    """Of good calls that name a patient; what was said first is said for ever."""
    kept = self.__dict__.setdefault("kept", {})
    answer = original(service_id, call)
    request = self.read(call)
    return kept.setdefault((service_id, request["context"]["patientId"]), answer)


@instead_of(Gatherer, "value")
def takes_the_data_of_the_call_before_for_null(original, self, key, earlier):
    held, kept = original(key, earlier), type(self).__dict__.get("kept")
    if kept is None:
        type(self).kept = kept = {}
    if isinstance(held, dict) and held.get("resourceType") == "Bundle":
        kept[key] = held
    return held if held is not None else kept.get(key)
