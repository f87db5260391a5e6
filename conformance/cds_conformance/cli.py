"""`cds-conformance URL`: parses, calls the judge, prints the report, and gives its exit code."""

import sys

import click


@click.command()
@click.argument("url")
@click.option("--spec", type=click.Choice(["1.0", "2.0", "3.0"]), default="2.0", help="Judge by this release.")
def main(url, spec):
    """Judge the CDS Hooks service at URL."""
    import json

    from cds_conformance import judge

    report = judge(url, spec=spec)
    click.echo(json.dumps(report.as_json(), indent=1))
    sys.exit(report.exit_code)
