"""What a call needs to know: from prefetch where it came, from the FHIR server where it did not, else 412."""

from .ehr import Ehr, Unreachable
from .templates import Unresolved, fill
from .wire import Refused


class Gatherer:
    """Looks up every template of one service for one request, in the order in which they are listed."""

    reach = Ehr

    def __init__(self, templates: dict[str, str], request: dict):
        self.templates, self.request = templates, request
        self.prefetch = request.get("prefetch", {})
        token = request.get("fhirAuthorization", {}).get("access_token")
        self.ehr = self.reach(request["fhirServer"], token) if "fhirServer" in request else None

    def everything(self) -> dict[str, object]:
        """By key: the list of resources, empty where there are none. Refuses with 412, naming every key it lacks."""
        values, missing = {}, []
        for key in self.templates:
            try:
                values[key] = self.whole(self.value(key, values))
            except Unreachable as reason:
                values[key] = None
                missing.append(f"prefetch.{key}: {reason}")
        if missing:
            raise Refused(412, *missing)
        return {key: resources(value) for key, value in values.items()}

    def value(self, key: str, earlier: dict) -> dict | None:
        """What the caller sent; what it did not send is fetched. Null means that there is nothing, and is not asked again."""
        if key in self.prefetch:
            return self.prefetch[key]
        return self.fetch(key, earlier)

    def fetch(self, key: str, earlier: dict) -> dict | None:
        if not self.ehr:
            raise Unreachable("was not sent, and there is no fhirServer to ask")
        try:
            return self.ehr.read(fill(self.templates[key], self.request["context"], earlier))
        except Unresolved:
            return None  # the template does not apply, for example to a user of another kind

    def whole(self, value: dict | None) -> dict | None:
        """The value with all its pages; an OperationOutcome is an error that the caller had, not data."""
        if value is None:
            return None
        pages = [value, *self.further_pages(value)]
        if any(map(self.is_error, pages)):
            raise Unreachable("an OperationOutcome stands where data should be")
        if value.get("resourceType") != "Bundle":
            return value
        return {**value, "entry": [entry for page in pages for entry in page.get("entry") or []]}

    def further_pages(self, value: dict):
        if value.get("resourceType") != "Bundle" or not any(
            link.get("relation") == "next" for link in value.get("link") or []
        ):
            return []
        if not self.ehr:
            raise Unreachable("has further pages, and there is no fhirServer to ask")
        return self.ehr.pages_after(value)

    def is_error(self, value: dict) -> bool:
        return any(
            issue.get("severity") in ("error", "fatal")
            for resource in resources(value)
            if resource.get("resourceType") == "OperationOutcome"
            for issue in resource.get("issue") or [{"severity": "error"}]
        )


def resources(value: dict | None) -> list[dict]:
    """The resources of a searchset, the one resource of a read, or none."""
    if value is None:
        return []
    if value.get("resourceType") != "Bundle":
        return [value]
    return [entry["resource"] for entry in value.get("entry") or [] if isinstance(entry.get("resource"), dict)]
