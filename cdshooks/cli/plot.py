"""`cdshooks plot`: a patient's results and treatment over time, as a picture."""

import click


@click.command("plot", short_help="Draw a patient's results and treatment over time.")
@click.argument("bundle", metavar="BUNDLE|NAME")
@click.option(
    "-o", "--output", metavar="FILE", default="-", help="Where the SVG is written.  [default: standard output]"
)
@click.option("--patient", "patient_id", metavar="ID", help="Which Patient, when BUNDLE holds several.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day up to which it is drawn.")
@click.option("--site", metavar="FILE", help="A site file with other cut-offs and numbers.")
def command(bundle, output, patient_id, today, site):
    """Draw the results of a patient on one time axis, each with the bands of its own unit and laboratory, and beneath
    them what was ordered and given.

    BUNDLE is what `cdshooks fire` takes: a patient Bundle, or the name of a fixture request or patient. The SVG needs
    nothing beside it, and is dark where its reader is.
    """
    from cdshooks.config import clock, read_settings
    from cdshooks.content.load import load_library
    from cdshooks.ehr.visit import open_visit
    from cdshooks.ehr.whole import whole_chart
    from cdshooks.errors import BadInput
    from cdshooks.plots.draw import svg
    from cdshooks.plots.panels import timeline

    settings = read_settings({"today": today and today.date(), "site": site})
    now = clock(settings)
    visit = open_visit(bundle, now.today, "patient-view", patient_id=patient_id)
    told = timeline(whole_chart(visit.record, load_library(settings.cards, settings.site), now))
    if not (told.panels or told.lanes):
        none = "; ".join(told.left_out) or "it holds no result and no drug that any card asks about"
        raise BadInput(f"{bundle}: there is nothing to draw: {none}")
    try:
        with click.open_file(output, "w", encoding="utf-8") as file:
            file.write(svg(told, f"Results and treatment up to {now.today}", alone=True))
    except OSError as fault:
        raise BadInput(f"{output}: cannot be written ({fault.strerror}); name another file") from fault
