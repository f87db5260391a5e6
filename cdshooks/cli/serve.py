"""`cdshooks serve`: the service behind gunicorn, started only when every card is good."""

import os
import sys
from pathlib import Path
from shutil import which

import click

from cdshooks.cli.options import settings_options
from cdshooks.config import Settings, read_settings
from cdshooks.errors import CdsError, SettingsError


@click.command("serve", short_help="Start the service.")
@settings_options
def command(**flags):
    """Start the service.

    Each flag can also be set in the environment, --port as CDSHOOKS_PORT, or in a settings file, as port; so can
    what has no flag. A flag wins over the environment, that over the file. `cdshooks config` lists what holds.

    Put a buffering reverse proxy with TLS in front on any network but your own machine.
    """
    from cdshooks.observe import logs
    from cdshooks.web.server import serve
    from cdshooks.web.watching import request_id

    settings = read_settings(flags)
    logs.set_up(settings.log_format, settings.log_level, request_id)
    refuse_to_be_open(settings)
    advise_a_proxy(settings)
    settings = with_page(settings)
    serve(settings, lambda: _listen(settings), lambda port, cards: click.echo(start_block(settings, port, cards)))


def refuse_to_be_open(settings: Settings) -> None:
    """Anyone on a network could ask, and could make us ask FHIR servers: nobody should do that without saying so."""
    if settings.clients is None and not settings.insecure and not _is_loopback(settings.host):
        raise SettingsError(
            f"host: on {settings.host} anyone on the network would be answered; name the trusted clients with "
            "--clients FILE and the address they call with --public-url, or say --insecure"
        )


def advise_a_proxy(settings: Settings) -> None:
    """On a network slow and silent clients are best kept by a program that is made for them, and TLS is needed."""
    if not _is_loopback(settings.host):
        click.echo(
            f"  {settings.host} is on a network: put a buffering reverse proxy with TLS in front "
            "(deploy/nginx/cdshooks.conf); patients' data and tokens travel here in plain HTTP.",
            err=True,
        )


def with_page(settings: Settings) -> Settings:
    """Said once for all: whoever looks at the page may open every patient that it is shown."""
    from dataclasses import replace

    alone = _is_loopback(settings.host) and settings.clients is None
    return replace(settings, page="local" if alone else "off") if settings.page == "auto" else settings


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(settings):
    """The open sockets: bound here, so that an address that cannot be had is told like any other wrong setting."""
    choose = "; choose another with --"
    found = [_open(settings.host, settings.port, f"--host {settings.host} --port {settings.port}", f"{choose}port")]
    if settings.metrics not in ("on", "off"):
        host, _, port = settings.metrics.rpartition(":")
        found.append(_open(host.strip("[]"), int(port), f"--metrics {settings.metrics}", f"{choose}metrics"))
    return found


def _open(host, port, called, advice):
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise SettingsError(f"{called}: cannot listen there ({reason}){advice}") from None


def start_block(settings: Settings, port: int, cards: int) -> str:
    """What is said once, when the service answers: where, with what, and a line to paste."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    url = f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
    return "\n".join(
        [
            "",
            f"  cdshooks answers at {url}/cds-services",
            f"  {cards} card{'' if cards == 1 else 's'} loaded. Ctrl-C stops.",
            *([f"  See it:  {url}/"] if settings.page != "off" else []),
            f"  Try it:  {_program()} fire {_first_request()} --url {url}{_same_day(settings)}",
            "",
        ]
    )


def _same_day(settings):
    """An EHR that lives on another day than the service would send results from the future, or the far past."""
    return f" --today {settings.today}" if settings.today else ""


def _first_request():
    """The fixture that a newcomer should try first; its name is content."""
    from cdshooks.ehr import shelf

    try:
        return shelf.first_request_name()
    except CdsError:  # No fixtures are no reason not to serve.
        return "PATIENT.json"


def _program():
    """How to call this program again from the same place: by name where the shell finds it, else by its path."""
    script = Path(sys.argv[0]).absolute()
    if not os.access(script, os.X_OK):
        return "cdshooks"
    found = which(script.name)
    if found and Path(found).absolute() == script:
        return script.name
    return os.path.relpath(script) if script.is_relative_to(Path.cwd()) else str(script)
