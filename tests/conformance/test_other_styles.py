"""Correct services of other styles give no finding, and the judge makes patients that matter to them."""

import pytest
from cds_conformance.in_process import judge_app
from proving import shown
from styles import FetchEverything, PrefetchOnly, Watch, asgi, wsgi

STYLES = [(FetchEverything, wsgi), (PrefetchOnly, asgi), (FetchEverything, asgi), (PrefetchOnly, wsgi)]
WORTH_KNOWING = {"disc-5", "pre-11", "fb-1"}  # it states no version, never asked the FHIR server, takes no feedback


@pytest.mark.parametrize(("style", "serve"), STYLES[:2])
def test_a_correct_service_of_another_style_gives_no_finding(style, serve):
    report = judge_app(serve(style()), spec="2.0", timeout=3.0)
    assert {name for name in shown(report) if report.statements[name].result in ("fail", "warn")} == set()
    assert set(shown(report)) <= WORTH_KNOWING, shown(report)
    tried = ("pre-8", "pre-9") if style is PrefetchOnly else ("pre-14", "req-6")
    assert {report.statements[name].result for name in tried} == {"pass"}


class SaysWhyInDetail(PrefetchOnly):
    """Calls a level unknown whether there is none or it could not be read, and says which in the detail of its card."""

    why = ""

    def levels(self, request):
        from styles import Cannot

        try:
            self.why = "the record holds none"
            return super().levels(request)
        except Cannot as trouble:
            if "levels" not in request.get("prefetch", {}):
                raise
            self.why = trouble.args[1]
            return []

    def _cards(self, levels):
        return [card | ({} if levels else {"detail": f"Not known: {self.why}."}) for card in super()._cards(levels)]


def test_a_service_that_says_in_detail_that_data_failed_is_not_said_to_take_them_for_nothing():
    report = judge_app(wsgi(SaysWhyInDetail()), spec="2.0", timeout=3.0)
    assert not {"pre-8", "pre-9"} & set(shown(report)), shown(report)


class TakesErrorsForNothing(PrefetchOnly):
    def levels(self, request):
        held = request.get("prefetch", {}).get("levels")
        found = [entry["resource"] for entry in (held or {}).get("entry", [])]
        return [r["valueQuantity"]["value"] for r in found if "valueQuantity" in r]


class TakesFailuresForNothing(FetchEverything):
    def levels(self, request):
        from styles import Cannot

        try:
            return super().levels(request)
        except Cannot:
            return []


def test_a_service_that_speaks_of_none_of_our_patients_is_seen_to_take_failures_for_nothing_there():
    prefetched = judge_app(wsgi(TakesErrorsForNothing()), spec="2.0", timeout=3.0)
    fetched = judge_app(wsgi(TakesFailuresForNothing()), spec="2.0", timeout=3.0)
    assert {"pre-8", "pre-9"} <= set(shown(prefetched))
    assert {"pre-14"} <= set(shown(fetched))


def test_both_applications_are_served_as_the_standards_of_Python_say():
    assert issubclass(PrefetchOnly, Watch)
    report = judge_app(asgi(PrefetchOnly()), path="/cds-services", spec="2.0", timeout=3.0)
    assert report.problem == ""
