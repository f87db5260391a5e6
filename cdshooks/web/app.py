"""The Flask app, wired together; it answers nothing itself."""

from flask import Flask

from cdshooks.config import Settings, read_settings
from cdshooks.content.load import load_library
from cdshooks.protocol.discovery import services
from cdshooks.web import contract, cors, errors, health
from cdshooks.web.services import add_services


def create_app(settings: Settings | None = None, library=None) -> Flask:
    """The service as a WSGI app; settings come from the environment, and cards are loaded, unless given."""
    settings = settings or read_settings()
    if library is None:
        library = load_library(settings.cards, settings.site)
    app = Flask("cdshooks", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body
    # A redirect would answer `//id`, but browsers follow none on a preflight; we route it instead.
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    offered = services(library, settings)
    add_services(app, library, offered, settings)
    contract.add_contract(app, offered, secured=False)
    health.add_health(app, library)
    errors.answer_errors(app)
    cors.answer_browsers(app, settings.cors_origins)
    return app
