"""`cds-conformance URL`: parses, calls the judge, prints the report, gives its exit code; and `explain`."""

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

import click

from cds_conformance.version import __version__

EPILOG = """Exit codes: 0 no SHALL failed; 1 some failed; 2 could not be judged (unreachable, no discovery, bad option,
or late while this machine was busy).

`cds-conformance explain pre-8` tells what is expected, why, and how to mend it; without an id it lists all.

Without --token-key, --issuer makes a throw-away key whose JWK Set is served at --jku (on 127.0.0.1) while the judge
runs: tell your service to trust that issuer with that jku."""
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
ANY = click.Path(exists=True, path_type=Path)


def _split(context, parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """The flag may come several times, and each time name several with commas."""
    return tuple(one.strip() for text in given for one in text.split(",") if one.strip())


SEVERAL = {"multiple": True, "callback": _split}
# Flag, its settings and its help: one line each, in the order of the help.
FLAGS = (
    ("--spec", {"type": click.Choice(["1.0", "2.0", "3.0"])}, "The release to judge by; default: the one it speaks."),
    ("--profile", {"type": click.Choice(["crd"])}, "Also judge by Inferno's assertions on Da Vinci CRD servers."),
    ("--format", {"type": click.Choice(["text", "json", "junit", "html"]), "default": "text"}, "Default: text."),
    ("--output", {"type": NEW_FILE}, "Write the report there, not to the terminal."),
    ("--badge", {"type": NEW_FILE}, "Also write a badge: an SVG, or for a name in .json what shields.io reads."),
    ("--service", {"multiple": True}, "Call this id only; several times for several."),
    ("--only", SEVERAL, "Judge these statements only, or those that begin so: pre-,card-2."),
    ("--except", SEVERAL, "Leave these statements out, or those that begin so."),
    ("--baseline", {"type": FILE}, "A JSON report: findings that it has do not fail."),
    ("--compare", {"type": FILE}, "A JSON report: tell what is otherwise now."),
    ("--discovery", {"default": "/cds-services", "show_default": True}, "Where the discovery is, services beside it."),
    ("--header", {"multiple": True}, "'Name: value' for every request; told in no report and kept in no record."),
    ("--ca", {"type": FILE}, "Certificates to trust, in PEM form."),
    ("--insecure-tls", {"is_flag": True}, "Check no certificate."),
    ("--origin", {"default": "https://cds-conformance.example", "show_default": True}, "Our Origin as a browser."),
    ("--token-key", {"type": FILE}, "A private key (PEM or JWK) that the service knows."),
    ("--kid", {}, "The name of that key; default: the JWK's own."),
    ("--issuer", {}, "The `iss` of our tokens."),
    ("--jku", {}, "The `jku` of our tokens."),
    ("--patients", {"type": FOLDER}, "FHIR R4 Bundles to judge with, one a patient; default: synthetic ones."),
    ("--context", {"type": ANY, "multiple": True}, "Contexts of hooks: a JSON file, or a folder of HOOK.json."),
    ("--timeout", {"type": click.FloatRange(0.1, 120), "default": 10.0}, "Seconds for one request; 10."),
    ("--budget", {"type": click.FloatRange(1, 3600), "default": 180.0}, "Seconds for everything; 180."),
    ("--fhir-port", {"type": int, "default": 0}, "Where our own FHIR server listens; default: any free port."),
    ("--fhir-https", {"type": NEW_FILE}, "Our FHIR server speaks https; its certificate, made where there is none."),
    ("--fetches", {"is_flag": True}, "The service may ask our FHIR server: never asking is a finding then."),
    ("--record", {"type": FOLDER}, "Keep all exchanges in this folder (without tokens, with patient data)."),
    ("--replay", {"type": FOLDER}, "Judge the exchanges of this folder again; nothing is sent."),
    ("--show-data", {"is_flag": True}, "Put tokens, patient data and bodies into the report."),
)  # fmt: skip
OWN_NAMES = {"--format": "form", "--except": "leave_out"}
FOR_REPLAY = ("spec", "profile", "show_data", "service", "only", "leave_out", "baseline", "compare", "budget")


def flags(command):
    """Adds every flag of FLAGS to the command."""
    for flag, settings, text in reversed(FLAGS):
        names = (flag, OWN_NAMES[flag]) if flag in OWN_NAMES else (flag,)
        command = click.option(*names, help=text, **settings)(command)
    return command


class WithExplain(click.Command):
    """`explain` is the one word that is no URL; everything else is judged."""

    def main(self, args=None, **more):
        words = list(sys.argv[1:] if args is None else args)
        return (explain if words[:1] == ["explain"] else super()).main(words[words[:1] == ["explain"] :], **more)


@click.command("explain")
@click.argument("statements", nargs=-1)
def explain(statements):
    """Explain statements by id, such as pre-8; without one, list them all."""
    from cds_conformance.errors import ConformanceError
    from cds_conformance.explain import explain as explained
    from cds_conformance.statements import load_statements

    try:
        pages = [explained(name) for name in statements]
    except ConformanceError as trouble:
        click.echo(f"cds-conformance: {trouble}", err=True)
        sys.exit(trouble.exit_code)
    every = [f"{one.id:8} {one.level:7}{one.says}" for one in load_statements("3.0", "crd").values()]
    click.echo("\n\n".join(pages).rstrip() if pages else "\n".join(every))


@click.command(cls=WithExplain, epilog=EPILOG, context_settings={"max_content_width": 110})
@click.argument("url", required=False)
@flags
@click.version_option(__version__, prog_name="cds-conformance")
def main(url, form, output, badge, replay, **options):
    """Judge the CDS Hooks service at URL (its base, with or without /cds-services)."""
    from cds_conformance.errors import ConformanceError

    if bool(url) == bool(replay):
        raise click.UsageError("give the URL of a service, or --replay DIR")
    try:
        report = _judge(url, replay, options)
        _write(report, form, output, badge)
    except ConformanceError as trouble:
        click.echo(f"cds-conformance: {trouble}", err=True)
        sys.exit(trouble.exit_code)
    sys.exit(report.exit_code)


def _judge(url, replay, options):
    from cds_conformance import judge, judge_again

    if replay:
        return judge_again(replay, **{name: options[name] for name in FOR_REPLAY})
    if not sys.stderr.isatty():
        return judge(url, **options)
    with _one_line() as say:
        return judge(url, progress=lambda sent: say(f"{sent.number} {sent.hook} {sent.probe}"), **options)


@contextmanager
def _one_line():
    """A line of the terminal that is written again and again, and is gone at the end."""

    def say(text):
        click.echo("\r\x1b[K" + "".join(c for c in text if c.isprintable())[:100], nl=False, err=True)

    try:
        say("discovery")
        yield say
    finally:
        say("")


def _write(report, form, output, badge):
    from cds_conformance.report.badge import write_badge
    from cds_conformance.report.forms import FORMS

    if badge:
        write_badge(report, badge)
    if output is None and form == "text" and sys.stdout.isatty():
        text = FORMS["text"](report, width=shutil.get_terminal_size().columns, colour="NO_COLOR" not in os.environ)
    else:
        text = FORMS[form](report)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
        click.echo(f"{output}: {report.verdict}", err=True)


if __name__ == "__main__":
    main()
