"""Over time: the results and the treatment of an open chart as a picture, with a table that says the same."""

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup

from cdshooks.ehr import shelf
from cdshooks.page.house import House
from cdshooks.page.opened import bundled
from cdshooks.page.play import at_its_address, open_chart, pressed, start
from cdshooks.page.state import read_state
from cdshooks.page.words import straight
from cdshooks.plots.draw import STYLE, svg
from cdshooks.plots.panels import Timeline, timeline

PATH = "/plot"
_ROWS = 100  # of a table


def add(page: Blueprint, house: House) -> None:
    def plot():
        state = read_state(request)
        if not state.is_chosen:
            return start(house)
        opened = open_chart(house, pressed(house, state))
        if elsewhere := at_its_address(opened.state, PATH):
            return elsewhere
        told = timeline(opened.chart)
        picture = Markup(svg(told, title(opened, told))) if told.panels or told.lanes else ""
        return render_template(
            "page/plot.html",
            view="plot",
            opened=opened,
            state=opened.state,
            picture=picture,
            told=told,
            rows=_ROWS,
            patients=bundled(),
            known_orders=shelf.draft_names(),
        )

    def picture():
        state = read_state(request)
        if not state.is_chosen:
            return start(house)
        opened = open_chart(house, state)
        told = timeline(opened.chart)
        answer = Response(svg(told, title(opened, told), alone=True), content_type="image/svg+xml")
        answer.headers["Content-Disposition"] = 'attachment; filename="timeline.svg"'
        return answer

    def style():
        return Response(STYLE.read_text("utf-8"), content_type="text/css; charset=utf-8")

    page.add_url_rule(PATH, "plot", plot, methods=["GET", "POST"])
    page.add_url_rule("/plot.svg", "picture", picture, methods=["GET", "POST"])
    page.add_url_rule("/page/timeline.css", "style", style)


def title(opened, told: Timeline) -> str:
    return f"{straight(opened.name)}: results and treatment up to {told.today}"
