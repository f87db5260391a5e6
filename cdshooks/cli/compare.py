"""`cdshooks compare INPUT`: one register under two card sets, two site files, or on two days."""

import click


@click.command("compare", short_help="Tell who of a register gains or loses a card by a change.")
@click.argument("source", metavar="INPUT", type=click.Path(exists=True))
@click.option("--cards", nargs=2, metavar="BEFORE AFTER", help="Two cards folders.")
@click.option("--site", nargs=2, metavar="BEFORE AFTER", help="Two site files; `none` for none.")
@click.option("--as-of", nargs=2, metavar="BEFORE AFTER", help="Two days, or `last`.  [today, both]")
@click.option("--order", "orders", multiple=True, metavar="FILE|NAME", help="An order, signed for every patient.")
@click.option("--ids", is_flag=True, help="Name patients by their resource id; without it by a pseudonym of this run.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes.  [default: one a processor]")
@click.option("--out", metavar="FILE", help="The changes, as .ndjson.  [default: to stdout]")
def command(source, cards, site, as_of, orders, ids, workers, out):
    """Screen a register twice and print each card that came out otherwise, with the sentence that decided each time."""
    import json
    import secrets
    from collections import Counter
    from contextlib import nullcontext
    from dataclasses import asdict
    from pathlib import Path

    from cdshooks.cli.screening import Asking, screened, tell_of_trouble
    from cdshooks.errors import BadInput
    from cdshooks.screen.compare import changes
    from cdshooks.screen.out import check_apart, check_changes, whole

    if not (cards or site or as_of):
        raise BadInput("nothing differs; give --cards, --site or --as-of with a before and an after")
    place = Path(out) if out and out != "-" else None
    if place:
        check_apart(Path(source), [place])
        check_changes(place)
    salt = secrets.token_bytes(32)  # one for both, so that a patient has one name

    def asking(n: int) -> Asking:
        chosen = [pair[n] if pair else None for pair in (as_of, cards, site)]
        day, folder, file = (None if name == "none" else name for name in chosen)
        return Asking(Path(source), day, orders, ids, folder, file, workers, None, None, silence=True, salt=salt)

    counts: Counter = Counter()
    with (
        screened(asking(0)) as (before, was),
        screened(asking(1)) as (after, now),
        whole(place) if place else nullcontext("-") as part,
        click.open_file(part, "w", encoding="utf-8") as target,
    ):
        # What was set aside on one side is compared on neither: beside another bucket everybody would have changed.
        both = [task for task in before.tasks if was.is_done(task) and now.is_done(task)]
        for change in changes(was.results(both), now.results(both)):
            counts[(change.topic, change.before, change.after)] += 1
            target.write(json.dumps(asdict(change), ensure_ascii=False) + "\n")
    for (topic, loud, louder), number in sorted(counts.items()):
        click.echo(f"{number:7}  {topic}: {loud} -> {louder}", err=True)
    click.echo(f"{sum(counts.values())} changes for {before.tally.patients} patients", err=True)
    troubled = [one for one in (before, after) if one.aside or one.tally.faults]
    for one in troubled[:1] if before.aside == after.aside else troubled:
        tell_of_trouble(one)
    click.get_current_context().exit(13 if troubled else 0)
