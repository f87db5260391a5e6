"""`cdshooks screen INPUT`: the cards that every patient of a register would get if the chart were opened."""

import click


@click.command("screen", short_help="Tell who of a register would get which card, and why.")
@click.argument("source", metavar="INPUT", type=click.Path(exists=True))
@click.option("--as-of", metavar="DATE|last", help="The day to judge for; `last`: of each record its last.  [today]")
@click.option("--order", "orders", multiple=True, metavar="FILE|NAME", help="An order, signed for every patient.")
@click.option("--out", metavar="FILE", help="The table: .ndjson, .csv or .parquet.  [default: NDJSON to stdout]")
@click.option("--report", metavar="FILE", help="Counts and reasons as one HTML file, to read and to print.")
@click.option("--patients", "listed", is_flag=True, help="List patients in the report, too; at most 500 rows.")
@click.option("--ids", is_flag=True, help="Name patients by their resource id; without it by a pseudonym of this run.")
@click.option("--cards", "path", metavar="DIR", help="The cards folder.  [default: the ones shipped]")
@click.option("--site", metavar="FILE", help="The site file.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes.  [default: one a processor]")
@click.option("--scheduler", metavar="tcp://...", help="Judge on a Dask cluster that shares the work folder.")
@click.option("--truth", metavar="FILE", help="The right cards, as `make-patients` tells: tell what differs.")
@click.option("--work", metavar="DIR", help="Keep buckets here, and go on where an earlier run for the same stopped.")
def command(source, as_of, orders, out, report, listed, ids, path, site, workers, scheduler, truth, work):
    """Judge every patient of a register: FHIR Bulk Data NDJSON files, NDJSON with a Bundle a line, or files with a
    patient's Bundle each.

    The register is read once in constant memory; only rows that some card may need are kept, in a folder that only you
    can read and that is removed at the end unless you name it. One unreadable line or patient is told and skipped.

    Ends with 13 when something was skipped, and with 1 when the cards differ from the truth that was given.
    """
    from pathlib import Path

    from cdshooks.cli.screening import Asking, screened, tell_of, truth_table, write_report
    from cdshooks.screen.out import check_apart, check_place, check_table, rows, write
    from cdshooks.screen.truth import in_words

    check_apart(Path(source), [Path(place) for place in (out, report, work) if place])
    if out:
        check_table(Path(out))
    if report:
        check_place(Path(report))
    place, known = Path(work) if work else None, Path(truth) if truth else None
    told = {"truth": known, "quality": bool(report)}
    asking = Asking(Path(source), as_of, orders, ids, path, site, workers, scheduler, place, **told)
    with screened(asking) as (result, folder):
        if out:
            click.echo(f"{write(Path(out), folder.results(result.tasks))} rows in {out}", err=True)
        elif not report and not truth:
            import json

            for row in rows(folder.results(result.tasks)):
                click.echo(json.dumps(row, ensure_ascii=False))
        beside = truth_table(known, result, folder) if known else None
        if report:
            write_report(Path(report), asking, result, rows(folder.results(result.tasks)) if listed else (), beside)
        tell_of(result)
    for line in in_words(beside) if beside else ():
        click.echo(line)
    differs = bool(beside and not beside.agrees)
    click.get_current_context().exit(13 if result.aside or result.tally.faults else int(differs))
