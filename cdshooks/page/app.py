"""The page, put together: which views there are, and what holds for all of them."""

from flask import Blueprint, Flask, render_template, request

from cdshooks.config import Settings
from cdshooks.errors import CdsError
from cdshooks.page import bench, cards, cohort, feed, feedback, judge, play, plot, servers, whole, why
from cdshooks.page.guard import guard
from cdshooks.page.house import House
from cdshooks.page.markup import as_html
from cdshooks.page.words import ago

VIEWS = (play, why, plot, cards, feedback, cohort, whole, feed, bench, judge, servers)


def add_page(app: Flask, settings: Settings, current, kept) -> None:
    """The page at `/` and below it. `current` says what is served at a call, `kept` what is kept of calls."""
    page = Blueprint("page", __name__, template_folder="templates", static_folder="static", static_url_path="/page")
    house = House(app, settings, current, kept, current.now().library)
    guard(page, local_only=settings.page == "local")
    page.register_error_handler(CdsError, _told)
    page.add_app_template_filter(as_html, "markdown")
    page.add_app_template_filter(ago, "ago")
    page.context_processor(lambda: {"today": house.clock().today, "house": house})
    for view in VIEWS:
        view.add(page, house)
    app.register_blueprint(page)


def _told(error: CdsError):
    """What the reader can mend, in words; what is ours goes the way of all failures."""
    if error.status >= 500:
        raise error
    return render_template("page/fault.html", issues=error.issues, path=request.path), error.status
