"""`cdshooks bulk URL`: a FHIR Bulk Data export fetched into a folder, to be screened there."""

import click

MANIFEST = ("output", "error", "deleted", "requiresAccessToken")


@click.command("bulk", short_help="Fetch a Bulk Data export, to screen it.")
@click.argument("url", metavar="URL")
@click.option("-o", "--output", required=True, metavar="DIR", help="The folder; run again, it goes on from there.")
@click.option("--group", metavar="ID", help="Only patients of this Group.")
@click.option("--everything", is_flag=True, help="Ask at the system's level, for servers without Patient/$export.")
@click.option("--types", metavar="TYPE,...", help="Types of resources.  [default: those that cards read]")
@click.option("--token-file", metavar="FILE", help="A file with an access token.")
@click.option("--client-id", metavar="ID", help="Our id at the server's authorisation (SMART Backend Services).")
@click.option("--token-key", metavar="FILE", help="The private key that signs for it: JWK or PEM.")
@click.option("--token-kid", metavar="KID", help="The id of that key, where the file does not name it.")
@click.option("--token-url", metavar="URL", help="The token endpoint.  [default: what the server names]")
@click.option("--scope", help="What the token is asked for.  [default: reading everything]")
@click.option("--files-at", multiple=True, metavar="URL", help="Another server at which the files may lie.")
@click.option("--wait", "hours", default=24.0, show_default=True, help="Hours to wait for the server.")
def command(url, output, hours, **told):
    """Ask a FHIR server for an export of what the cards read, wait until it is made, and fetch its files.

    URL is the server's base address. Nothing is screened here: `cdshooks screen DIR` does that, and refuses a folder
    into which an export did not come whole. Networks beyond the public ones are opened by CDSHOOKS_FHIR_NETWORKS.
    """
    from pathlib import Path

    from cdshooks.bulk.download import not_exported
    from cdshooks.bulk.folder import Folder
    from cdshooks.errors import BadInput

    def say(line: str) -> None:
        click.echo(line, err=True)

    if told["group"] and told["everything"]:
        raise BadInput("give --group or --everything, not both")
    server, folder = _server(url, told), Folder(Path(output))
    kinds = _named(told["types"]) if told["types"] else _kinds()
    asked = {"base": server.base, "group": told["group"], "everything": told["everything"], "types": kinds}
    manifest, fetched = _fetched(server, folder, asked, hours * 3600, say)
    folder.whole()
    say(f"{len(manifest.files)} files in {output}, {fetched} of them fetched now; next: cdshooks screen {output}")
    if manifest.deleted:
        say("the server names deleted resources, too; an export of everything needs none, and they were not fetched")
    left_out = list(not_exported(manifest, folder.path))
    for line in left_out:
        say(f"the server left out: {line}")
    click.get_current_context().exit(13 if left_out else 0)


def _fetched(server, folder, asked, longest, say):
    """(the manifest, how many files were fetched now); where a file has gone the server is asked once where it is."""
    from cdshooks.bulk.download import download
    from cdshooks.bulk.export import read_manifest
    from cdshooks.bulk.server import FileGone
    from cdshooks.errors import ServerUnreachable

    told = _manifest(server, folder, asked, longest, say)
    try:
        return (found := read_manifest(server, told)), download(server, found, folder.path, say)
    except FileGone as fault:
        say(f"{fault}; the server is asked for its files again")
    folder.forget_manifest(asked)
    again = _manifest(server, folder, asked, longest, say)
    if not _is_same(told, again):  # by its place in the list each file has its name
        folder.without_files()
    try:
        return (found := read_manifest(server, again)), download(server, found, folder.path, say)
    except FileGone as fault:
        folder.anew(asked)
        raise ServerUnreachable(
            f"{server.base}: {fault}; run the same command again to ask for the export anew"
        ) from None


def _is_same(told, again):
    """Are these the same files, but for how long their addresses hold?"""

    def names(manifest):
        return [(row.get("type"), str(row.get("url")).partition("?")[0]) for row in manifest["output"]]

    return names(told) == names(again)


def _named(types):
    import re

    from cdshooks.errors import BadInput

    kinds = [kind.strip() for kind in types.split(",")]
    for kind in kinds:
        if not re.fullmatch("[A-Z][A-Za-z]{1,60}", kind):
            raise BadInput(f"--types: {kind!r} is no type of resource; give them as Patient,Observation")
    return kinds


def _manifest(server, folder, asked, longest, say):
    """What the server has made, asked for only where it was not before; begun anew where the server forgot it."""
    from cdshooks.bulk.export import ExportFailed, ExportGone, all_pages, kick_off, read_manifest

    known = folder.begin(asked)
    while "manifest" not in known:
        if "status" not in known:
            status = kick_off(server, asked["group"], asked["everything"], asked["types"])
            known = folder.keep(known | {"status": status})
            say("the server has begun")
        try:
            told = all_pages(server, known["status"], say, longest)
            read_manifest(server, told)  # one that is of no use is asked for again the next time
            known = folder.keep(known | {"manifest": {name: told[name] for name in MANIFEST if name in told}})
        except ExportGone:
            say("the server does not know this export any more; it is asked for anew")
            known = folder.anew(asked)
        except ExportFailed:
            folder.anew(asked)
            raise
    return known["manifest"]


def _server(url, told):
    from cdshooks.bulk.server import Server
    from cdshooks.config import read_settings
    from cdshooks.errors import BadInput
    from cdshooks.reach.connect import Guard
    from cdshooks.reach.transfer import Transfer
    from cdshooks.reach.urls import base_url, origin

    try:
        base, others = base_url(url), tuple(map(origin, told["files_at"]))
    except ValueError as fault:
        raise BadInput(f"the address: {fault}") from None
    transfer = Transfer(Guard(read_settings().fhir_networks))
    return Server(base, transfer, _tokens(transfer, base, told), others)


def _tokens(transfer, base, told):
    from pathlib import Path

    from cdshooks.bulk.tokens import Backend, Given, scope_of, smart_configuration
    from cdshooks.cli.survey import token_in
    from cdshooks.ehr.badge import badge
    from cdshooks.errors import BadInput

    client, key = told["client_id"], told["token_key"]
    if bool(client) != bool(key) or (client and told["token_file"]):
        raise BadInput("give --client-id and --token-key together, or --token-file, or none of them")
    if not client:
        return Given(token_in(told["token_file"]))
    known = {} if told["token_url"] else smart_configuration(transfer, base)
    endpoint, scope = told["token_url"] or known["token_endpoint"], told["scope"] or scope_of(known)
    return Backend(transfer, endpoint, badge(Path(key), client, told["token_kid"], sub=client), scope)


def _kinds():
    """The types that the services ask for, and the drugs to which orders point."""
    from cdshooks.config import read_settings
    from cdshooks.content.load import load_library
    from cdshooks.protocol.discovery import services

    settings = read_settings()
    offered = services(load_library(settings.cards, settings.site), settings).values()
    found = {query.resource for group in offered for service in group for query in service.queries}
    return sorted(found | {"Patient", "Medication"})
