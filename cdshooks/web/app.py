"""The Flask app, wired together; it answers nothing itself."""

from dataclasses import fields
from functools import partial

from flask import Flask

from cdshooks.config import Settings, read_settings
from cdshooks.observe.logs import access_log
from cdshooks.observe.metrics import NoMetrics
from cdshooks.observe.tracing import Tracer
from cdshooks.protocol.fetch import ANSWERS, Fetcher
from cdshooks.protocol.measure import Limits
from cdshooks.reach.connect import Guard, tls_context
from cdshooks.reach.get import Reach, get_ready
from cdshooks.trust.client import Client
from cdshooks.web import contract, cors, errors, gate, health, trusted
from cdshooks.web.bodies import add_places
from cdshooks.web.current import Current, load, make_offer
from cdshooks.web.feedback import add_feedback
from cdshooks.web.forms import add_form_places, whole_form
from cdshooks.web.kept import Kept
from cdshooks.web.metrics import add_metrics, metrics_of
from cdshooks.web.services import add_services
from cdshooks.web.trusted import clients_of
from cdshooks.web.watching import watch


def create_app(
    settings: Settings | None = None,
    library=None,
    current: Current | None = None,
    metrics: NoMetrics | None = None,
    tracer: Tracer | None = None,
) -> Flask:
    """The service as a WSGI app; settings come from the environment, and cards are loaded, unless given.

    `current` says at each call what is served then; it takes the place of `library` where cards can be reloaded.
    """
    settings = settings or read_settings()
    current = current or Current(make_offer(library, settings, clients_of(settings)) if library else load(settings))
    app = Flask("cdshooks", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body
    # A redirect would answer `//id`, but browsers follow none on a preflight; we route it instead.
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    metrics = metrics or metrics_of(settings)
    access = access_log(settings.log_format, settings.log_level) if settings.access_log else None
    # Before everything else, so that it hears of every request first and of every answer last.
    watching = watch(app, metrics, access, tracer or (Tracer() if settings.otel else None))
    add_metrics(app, metrics, settings.metrics)
    app.extensions["cdshooks.metrics"] = metrics
    limits = Limits(*(getattr(settings, f"max_{one.name}") for one in fields(Limits)))
    add_places(app, limits, settings.max_body, settings.judge_deadline_ms / 1000)
    reach = Reach(Guard(settings.fhir_networks), observe=metrics.fetch)
    keeper = trusted.gatekeeper(settings, lambda: current.of_call().clients, reach)
    if keeper:
        gate.guard(app, keeper.admit, settings.public_url)
    kept = app.extensions["cdshooks.kept"] = Kept(settings)
    add_services(app, current, settings, watching, _fetcher(settings, current.now().clients, reach), kept)
    add_feedback(app, current, settings, watching, kept)
    contract.add_contract(app, current, secured=keeper is not None)
    health.add_health(app, current, settings, keeper.can_let_in if keeper else lambda: True)
    if settings.page in ("local", "on"):
        # With templates, Markdown and plots, which a service without a page does without.
        from cdshooks.page.app import add_page
        from cdshooks.page.state import FORM, PASTED

        add_form_places(app, FORM)
        add_page(app, settings, current, kept, partial(whole_form, FORM, PASTED))
    errors.answer_errors(app)
    cors.answer_browsers(app, settings.cors_origins or ("" if keeper else "*"))
    return app


def _fetcher(settings: Settings, clients: tuple[Client, ...], reach: Reach) -> Fetcher:
    """What asks FHIR servers: no thread and no connection is made before it is first used."""
    if settings.fhir_servers or any(client.fhir_servers or client.jku for client in clients):
        get_ready()
    if any(url.startswith("https:") for client in clients for url in (*client.fhir_servers, *client.jku)):
        tls_context()
    return Fetcher(reach, settings.fetch_deadline_ms / 1000, settings.fetch_max_bytes, settings.max_values // ANSWERS)
