"""`cdshooks concepts`: the concepts of the cards, and their codes as FHIR resources for terminologists."""

import click


@click.command("concepts", short_help="List the concepts of the cards, or write them as FHIR.")
@click.argument("names", nargs=-1, metavar="[CONCEPT]...")
@click.option("--as", "form", type=click.Choice(["valueset", "conceptmap"]), help="Write FHIR R4 JSON.")
@click.option("--cards", metavar="DIR", help="The cards folder.  [default: the ones shipped]")
@click.option("--site", metavar="FILE", help="A site file, whose own codes are among them.")
def command(names, form, cards, site):
    """List the concepts that the cards ask about, with how many codes each has; or write their codes as FHIR.

    A single CONCEPT is one ValueSet; several, or all, are a Bundle of them. A ConceptMap leads from every code to the
    name of its concept; a site may edit it and name it in its site file.
    """
    import json

    from cdshooks.config import read_settings
    from cdshooks.content.fhir_maps import concept_map, value_set
    from cdshooks.content.load import load_library

    settings = read_settings({"cards": cards, "site": site})
    known = load_library(settings.cards, settings.site).concepts.by_name
    chosen = [_one(name, known) for name in names] or list(known.values())
    coded = [concept for concept in chosen if concept.codes]
    if form == "conceptmap":
        click.echo(json.dumps(concept_map(coded), indent=2, ensure_ascii=False))
    elif form == "valueset" and len(names) == 1:
        click.echo(json.dumps(value_set(chosen[0]), indent=2, ensure_ascii=False))
    elif form == "valueset":
        entries = [{"resource": value_set(concept)} for concept in coded]
        click.echo(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}, indent=2))
    else:
        for concept in chosen:
            click.echo(f"{concept.name:<32} {concept.kind:<10} {len(concept.codes):>4} codes  {concept.label}")


def _one(name, known):
    from difflib import get_close_matches

    from cdshooks.errors import BadInput

    if name not in known:
        near = get_close_matches(name, known, 1)
        raise BadInput(f"no concept is called '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""))
    return known[name]
