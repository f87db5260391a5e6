"""`cdshooks check`: load the cards and run their vignettes."""

import sys

import click


@click.command("check", short_help="Load the cards and run their vignettes.")
@click.option(
    "--cards", "path", type=click.Path(file_okay=False), help="The cards folder.  [default: the ones shipped]"
)
@click.option("--verbose", is_flag=True, help="Name every vignette, not only those that fail.")
@click.option("--site", metavar="FILE", help="Also say what comes out otherwise with this site file.")
@click.option("--thorough", is_flag=True, help="Also list every small change that nobody would notice.")
@click.option("--only", multiple=True, metavar="NAME", help="Only changes of what has this name; implies --thorough.")
def command(path, verbose, site, thorough, only):
    """Load every card and run every vignette; list all that is wrong.

    A card that cannot be loaded ends with exit code 10 and every fault; a vignette that does not come out as told,
    with exit code 1; so does an outcome of which no vignette tells what is suggested and said, or a patient for whom
    something that is banned (`_bans.toml`) would show.

    With --thorough every rule, and all that is read and clicked, is changed a little in every way we know; a change
    that neither loading nor a vignette notices and that has no reason in `_unnoticed.toml` ends with exit code 1, too.
    With --only, which can be given again, it is the changes of one card, by its topic, or of one notion, concept, order
    or row, by its name: an answer in seconds while vignettes are being written.
    """
    from cdshooks.config import read_settings
    from cdshooks.content.lengths import too_long
    from cdshooks.content.load import load_library
    from cdshooks.content.signing import summary
    from cdshooks.review.pinned import not_pinned
    from cdshooks.review.vignettes import run_all

    library, site = load_library(path), read_settings({"site": site}).site
    total = sum(len(card.page.vignettes) for card in library.cards)
    failed, verdicts = 0, []
    with click.progressbar(run_all(library), length=total, label="Vignettes", file=sys.stderr) as run:
        for verdict in run:
            verdicts.append(verdict)
            failed += bool(verdict.fault)
            if verdict.fault:
                click.echo(f"{verdict.card.topic}: '{verdict.name}': {verdict.fault}")
            elif verbose:
                click.echo(f"{verdict.card.topic}: '{verdict.name}': as told")
    loose = list(not_pinned(verdicts, library.cards))
    for line in loose:
        click.echo(line)
    breaches = _bans(library, verbose)
    click.echo(f"{len(library.cards)} cards, {total} vignettes, {failed} not as told")
    click.echo(summary(library))
    for says in (says for card in library.cards for says in too_long(card)):
        click.echo(f"too long to be read at once: {says}")
    if site:
        _with_site(load_library(path, site))
    clean = not (thorough or only) or _thorough(library, only)
    click.get_current_context().exit(1 if failed or loose or breaches or not clean else 0)


def _with_site(library) -> None:
    """Which vignettes come out otherwise: told, but no fault, because that is what a site file is for."""
    from cdshooks.review.reach import reach
    from cdshooks.review.vignettes import run_all

    for change in library.changes:
        if change.kind == "map":
            click.echo(f"with the site file, {change.name}: {change.now}: {reach(library, change.name)}")
    found = [verdict for verdict in run_all(library) if verdict.fault]
    for verdict in found:
        click.echo(f"with the site file, {verdict.card.topic}: '{verdict.name}': {verdict.fault}")
    click.echo(f"{len(library.changes)} changes by the site file, {len(found)} vignettes come out otherwise with it")


def _bans(library, verbose: bool) -> int:
    """Try what is banned; how many trials failed."""
    from cdshooks.review.bans import number_of_trials, try_all

    total, failed = number_of_trials(library), 0
    with click.progressbar(try_all(library), length=total, label="Bans", file=sys.stderr) as run:
        for trial in run:
            failed += bool(trial.fault)
            if trial.fault:
                click.echo(f"{trial.ban.id} ({trial.ban.statement}): '{trial.name}': {trial.fault}")
            elif verbose:
                click.echo(f"{trial.ban.id}: '{trial.name}': holds")
    click.echo(f"{len(library.bans.bans)} bans, {total} patients tried, {failed} breaches")
    return failed


def _thorough(library, only: tuple[str, ...]) -> bool:
    """List what nobody would notice; is there nothing, or a reason for all of it?"""
    from time import perf_counter

    from cdshooks.review.mutants import mutants
    from cdshooks.review.notice import judge
    from cdshooks.review.unnoticed import read_reasons, report

    started, tried, found = perf_counter(), mutants(library, only), []
    _refuse_unknown(only, tried, library)
    reasons = read_reasons(library.path)
    with click.progressbar(length=len(tried), label="Changes", file=sys.stderr) as run:
        for piece in judge(library, tried, only=only):
            found += piece
            run.update(len(piece))
    told = report(found, reasons, only)
    for line in told.lines():
        click.echo(line)
    counts = f"{told.noticed} noticed, {len(told.reasoned)} with a reason, {len(told.unnoticed)} unnoticed"
    click.echo(f"{len(tried)} small changes: {counts} ({perf_counter() - started:.0f} s)")
    return told.is_clean


def _refuse_unknown(only: tuple[str, ...], tried: list, library) -> None:
    """A name that nothing has is a slip: it must not look like "nothing is unnoticed"."""
    from difflib import get_close_matches

    from cdshooks.review.mutants import mutants, names_in

    known = {name for mutant in tried for name in names_in(mutant.says)}
    for name in (name for name in only if name not in known):
        near = get_close_matches(name, {n for mutant in mutants(library) for n in names_in(mutant.says)}, 1)
        hint = f"; did you mean '{near[0]}'?" if near else "; give a topic, a notion, a concept, an order or a row"
        raise click.BadParameter(f"no small change is tried of '{name}'{hint}", param_hint="--only")
