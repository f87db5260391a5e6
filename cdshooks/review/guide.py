"""The guide for card writers: how a folder becomes a card, shown on one worked card, which a test follows.

python -m cdshooks.review.guide tests/worked_card/NAME > docs/writing-cards.md
"""

import sys
from pathlib import Path

OPENING = """# Writing a card

*This page is generated from a worked card: `python -m cdshooks.review.guide tests/worked_card/NAME >
docs/writing-cards.md`. A test puts that folder among our cards and fires it, so what stands here works.*

A card is a folder in `cards/`. Adding one touches nothing else: discovery, prefetch, traces, pages and tests are
derived from it. You need no Python.

1. Make the folder and write the four files below. Names of results, drugs, problems and notions are listed at the end
   of [the question language](language.md); a new code goes into a file of `cards/_concepts/`, with its source.
2. Run `cdshooks check --cards cards`. It lists every fault at once, each with its place, and then every vignette that
   does not come out as told.
3. Read it as the prescriber's colleague would: `cdshooks show TOPIC --cards cards`.
4. Fire it: `cdshooks serve --cards cards`, then `cdshooks fire PATIENT --url http://127.0.0.1:8000`; ask why with
   `cdshooks explain PATIENT`.

5. Ask what nobody would notice: `cdshooks check --thorough --cards cards` changes every rule a little (a number, a
   window, a branch, a code) and lists the changes that no vignette notices. Add the vignette, or, where the change
   makes no difference, the reason in `cards/_unnoticed.toml`.

What the loader insists on: each criterion has evidence; each outcome, matrix cell and modifier decides at least one
vignette; a text asks for nothing that the rule does not ask about; a summary stays under 140 characters.

A card is signed by a clinician in `evidence.toml`, with `[signed]`, `by` and `on`. Until then every page says that it
is not.
"""
FILES = {
    "rule.toml": "When it fires: a criterion is a sentence that a clinician signs (`say`) beside a question (`ask`).",
    "text.md": "What the prescriber reads. The line below a heading is the summary; `{name.value}`, `{name.date}` and "
    "`{name}` are filled with what the card saw. The reasons are added by themselves.",
    "evidence.toml": "Why we may say so: for each criterion, which source supports what, and how strong it is.",
    "vignettes.toml": "Patients for whom it must fire, stay silent, or cannot tell; `by` names what decides.",
}


def guide(folder: Path) -> str:
    """The page, with the four files of the worked card."""
    parts = [OPENING]
    for name, told in FILES.items():
        text = (folder / name).read_text(encoding="utf-8").rstrip()
        parts.append(f"## `{name}`\n\n{told}\n\n```{name.rpartition('.')[2]}\n{text}\n```")
    return "\n".join(parts[:1]) + "\n" + "\n\n".join(parts[1:]) + "\n"


if __name__ == "__main__":
    print(guide(Path(sys.argv[1])), end="")
