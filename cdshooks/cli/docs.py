"""`cdshooks docs`: writes the manual's generated pages, or says which are stale."""

from pathlib import Path

import click

from cdshooks.errors import BadInput


@click.command("docs", short_help="Write the manual's generated pages, or say which are stale.")
@click.argument("folder", type=click.Path(file_okay=False, exists=True, path_type=Path), default="docs")
@click.option("--check", is_flag=True, help="Only say which pages are stale; the exit code is then 13.")
def command(folder, check):
    """Write the pages of the manual in FOLDER that are read off the program and the cards.

    For those who work on a checkout of this project.
    """
    from cdshooks.cli.pages import pages

    found = pages(folder.resolve())
    stale = [path for path, text in found.items() if _text(folder / path) != text]
    left_over = sorted(p for p in _card_pages(folder) if p not in found)
    if check and (stale or left_over):
        raise BadInput(
            *(f"{folder / path}: is not what the program says; write it anew with `cdshooks docs`" for path in stale),
            *(f"{folder / path}: there is no such card any more; delete the page" for path in left_over),
        )
    for path in stale:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(found[path], encoding="utf-8")
    for path in left_over:
        (folder / path).unlink()
    click.echo(f"{len(found)} generated pages, {len(stale) + len(left_over)} changed.")


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _card_pages(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.glob("cards/*.md")]
