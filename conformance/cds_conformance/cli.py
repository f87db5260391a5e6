"""`cds-conformance URL`: parses, calls the judge, prints the report, and gives its exit code."""

import sys
from pathlib import Path

import click

EPILOG = """Exit codes: 0 no SHALL failed; 1 some failed; 2 could not be judged (unreachable, no discovery, bad option).

Without --token-key, --issuer makes a throw-away key whose JWK Set is served at --jku (on 127.0.0.1) while the judge
runs: tell your service to trust that issuer with that jku."""
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(epilog=EPILOG, context_settings={"max_content_width": 110})
@click.argument("url", required=False)
@click.option(
    "--spec",
    type=click.Choice(["1.0", "2.0", "3.0"]),
    default="2.0",
    show_default=True,
    help="The release to judge by.",
)
@click.option(
    "--profile", type=click.Choice(["crd"]), help="Also judge by Inferno's assertions on Da Vinci CRD servers."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "junit", "html"]), default="text", show_default=True
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the report there, not to the terminal."
)
@click.option("--token-key", type=FILE, help="A private key (PEM or JWK) that the service knows.")
@click.option("--kid", help="The name of that key; default: the JWK's own.")
@click.option("--issuer", help="The `iss` of our tokens.")
@click.option("--jku", help="The `jku` of our tokens.")
@click.option("--patients", type=FOLDER, help="FHIR R4 Bundles to judge with, one a patient; default: synthetic ones.")
@click.option("--context", type=FILE, help="JSON: hook name to context, for hooks that the library does not hold.")
@click.option(
    "--timeout", type=click.FloatRange(0.1, 120), default=10.0, show_default=True, help="Seconds for one request."
)
@click.option(
    "--budget", type=click.FloatRange(1, 3600), default=180.0, show_default=True, help="Seconds for all requests."
)
@click.option("--fhir-port", type=int, default=0, help="Where our own FHIR server listens; default: any free port.")
@click.option("--fetches", is_flag=True, help="The service may ask our FHIR server: never asking is a finding then.")
@click.option("--record", type=FOLDER, help="Keep all exchanges in this folder (without tokens, with patient data).")
@click.option("--replay", type=FOLDER, help="Judge the exchanges of this folder again; nothing is sent.")
@click.option("--show-data", is_flag=True, help="Put tokens, patient data and bodies into the report.")
@click.version_option(package_name="cdshooks", prog_name="cds-conformance")
def main(url, form, output, replay, **options):
    """Judge the CDS Hooks service at URL (its base, with or without /cds-services)."""
    from cds_conformance.errors import ConformanceError

    if bool(url) == bool(replay):
        raise click.UsageError("give the URL of a service, or --replay DIR")
    try:
        report = _judge(url, replay, options)
    except ConformanceError as trouble:
        click.echo(f"cds-conformance: {trouble}", err=True)
        sys.exit(trouble.exit_code)
    _write(report, form, output)
    sys.exit(report.exit_code)


def _judge(url, replay, options):
    from cds_conformance import judge, judge_again

    if replay:
        return judge_again(replay, **{name: options[name] for name in ("spec", "profile", "show_data")})
    if not sys.stderr.isatty():
        return judge(url, **options)
    from rich.console import Console

    with Console(stderr=True).status("discovery") as status:

        def progress(exchange):
            status.update(f"{exchange.number} {exchange.hook} {exchange.probe}")

        return judge(url, progress=progress, **options)


def _write(report, form, output):
    from cds_conformance.report.forms import FORMS

    if output is None and form == "text" and sys.stdout.isatty():
        from rich.console import Console

        text = FORMS["text"](report, width=Console().width, colour=True)
    else:
        text = FORMS[form](report)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
        click.echo(f"{output}: {report.counts['fail']} broken, {report.counts['warn']} advised against", err=True)


if __name__ == "__main__":
    main()
