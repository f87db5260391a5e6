"""The page, put together: which views there are, and what holds for all of them."""

import logging
from collections.abc import Callable

from flask import Blueprint, Flask, render_template, request
from werkzeug.exceptions import HTTPException

from cdshooks.config import Settings
from cdshooks.errors import CdsError, StoreOutdated, StoreUnavailable
from cdshooks.page import bench, cards, cohort, feed, feedback, judge, play, plot, servers, whole, why
from cdshooks.page.guard import guard
from cdshooks.page.house import House
from cdshooks.page.markup import as_html
from cdshooks.page.words import ago, straight

log = logging.getLogger("cdshooks")

LATER = "This cannot be done now: too much is going on. Try the same again in some seconds."
NOT_KEPT = "The database cannot be used now: nobody can tell what became of the cards. They come all the same."
VIEWS = (play, why, plot, cards, feedback, cohort, whole, feed, bench, judge, servers)


def add_page(app: Flask, settings: Settings, current, kept, whole_form: Callable[[], None]) -> None:
    """The page at `/` and below it. `current` says what is served at a call, `kept` what is kept of calls.

    `whole_form` reads the form of the request, when it is its turn.
    """
    page = Blueprint("page", __name__, template_folder="templates", static_folder="static", static_url_path="/page")
    house = House(app, settings, current, kept, current.now().library)
    guard(page, local_only=settings.page == "local", receive=whole_form)
    page.register_error_handler(CdsError, _told)
    page.register_error_handler(HTTPException, _refused)
    page.add_app_template_filter(as_html, "markdown")
    page.add_app_template_filter(ago, "ago")
    page.add_app_template_filter(straight, "straight")
    page.context_processor(lambda: {"today": house.clock().today, "house": house})
    for view in VIEWS:
        view.add(page, house)
    app.register_blueprint(page)


def _told(error: CdsError):
    """What the reader can mend, in words; what is ours goes the way of all failures."""
    if error.status == 503:
        log.warning("%s while answering %s %s: %s", type(error).__name__, request.method, request.url_rule, error)
        says = NOT_KEPT if isinstance(error, StoreUnavailable | StoreOutdated) else LATER
        return render_template("page/fault.html", issues=(says,), path=request.path), 503, {"Retry-After": "5"}
    if error.status >= 500:
        raise error
    return render_template("page/fault.html", issues=error.issues, path=request.path), error.status


def _refused(error: HTTPException):
    """What Flask and we refuse by its status: whoever looks at a page reads words, not JSON."""
    return render_template("page/fault.html", issues=(error.description,), path=request.path), error.code
