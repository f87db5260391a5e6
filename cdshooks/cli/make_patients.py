"""`cdshooks make-patients`: synthetic patients out of a Synthea module, with the truth about each beside them."""

import click

MADE_FOR = "2026-01-15"


@click.command("make-patients", short_help="Make synthetic patients from a Synthea module.")
@click.option("--count", default=100, show_default=True, type=click.IntRange(1, 10_000_000), help="How many.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same patients, byte by byte.")
@click.option("-o", "--output", required=True, metavar="DIR", help="The folder to write into; new or empty.")
@click.option("--ndjson", is_flag=True, help="FHIR Bulk Data files in place of a Bundle for each patient.")
@click.option("--module", metavar="FILE", help="Another module.  [default: the one that is shipped]")
@click.option("--ages", default="20-95", show_default=True, metavar="LOW-HIGH", help="Their ages on the last day.")
@click.option(
    "--end", type=click.DateTime(["%Y-%m-%d"]), default=MADE_FOR, show_default=True, help="The last day, of a module."
)
def command(count, seed, output, ndjson, module, ages, end):
    """Make patients whose truth is known, to see what the cards say of them.

    Reads a part of Synthea's Generic Module Framework and refuses the rest by name. `truth.ndjson` says for each
    patient which cards are right. The shipped module is told as of 2026-01-15.
    """
    from datetime import UTC
    from pathlib import Path

    from cdshooks.cli.fire_folder import progress_bar
    from cdshooks.ehr.shelf import synthea_module
    from cdshooks.errors import BadInput
    from cdshooks.gmf.files import write
    from cdshooks.gmf.module import read_module
    from cdshooks.gmf.walk import people
    from cdshooks.terms.dates import OLDEST

    target = Path(output)
    if target.exists() and any(target.iterdir() if target.is_dir() else [target]):
        raise BadInput(f"{output}: is not empty; name a new folder, so that no other patient lies among these")
    low, dash, high = ages.partition("-")
    if not (dash and low.isdecimal() and high.isdecimal() and int(low) <= int(high) <= OLDEST):
        raise BadInput(f"--ages {ages}: two whole numbers up to {OLDEST} are needed, such as 20-95")
    if module is None and end.date().isoformat() != MADE_FOR:
        raise BadInput(f"--end {end.date()}: what is true of the shipped module's patients holds on {MADE_FOR} alone")
    read = read_module(Path(module) if module else synthea_module())
    with progress_bar() as bar:
        task = bar.add_task("Making patients", total=count)
        crowd = people(read, seed, count, end.replace(tzinfo=UTC), (int(low), int(high)))
        try:
            made = write(crowd, target, ndjson, lambda: bar.advance(task))
        except OSError as fault:
            why = f"cannot be written ({fault.strerror}); remove what is there, make room, or name another folder"
            raise BadInput(f"{output}: {why}") from None
    click.echo(f"{made} patients in {output}; what is true of each stands in truth.ndjson")
