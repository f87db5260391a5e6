"""Plausible mistakes of an author, each made in a fresh copy of our own cards: does `cdshooks check` notice it?

Run as a script it makes every one of them and lists who notices: `python -m tests.mistakes`.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cdshooks.content.load import default_path, load_library
from cdshooks.errors import CardError
from cdshooks.review.vignettes import run_all


@dataclass(frozen=True)
class Mistake:
    """One file as it is after a slip."""

    kind: str
    file: str
    text: str
    slip: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.slip} ({self.file})"


@dataclass(frozen=True)
class Kind:
    """A kind of slip: in which files, what is written instead of what, and in how many places it is tried."""

    name: str
    files: str
    pattern: str
    new: str | Callable
    places: int = 2


DRUGS, TESTS = "_orders/*.toml", "_orders/tests.toml"
RULE, TEXT, PATIENTS, EVIDENCE = "[!_]*/rule.toml", "[!_]*/text.md", "[!_]*/vignettes.toml", "[!_]*/evidence.toml"
IDS = r'(?m)^(id +?= ")'
KINDS = [
    # What is clicked
    Kind("ten times the dose", DRUGS, r"(doseQuantity = \{ value = )(\d+)", r"\g<1>\g<2>0", 4),
    Kind("another unit of the dose", DRUGS, r'(doseQuantity = \{ value = \d+, unit = )"(?:mg|ug)"(.*code = )"(?:mg|ug)"', r'\1"g"\2"g"', 3),
    Kind("times a day, not a week, in an order", DRUGS, r'periodUnit( *)= "wk"', r'periodUnit\1= "d"', 2),
    Kind("times a day, not a week, in a label", DRUGS, r"((?:label|what) .*)times a week", r"\1times a day", 1),
    Kind("the description of another test", TESTS, r'(?m)^(description +=) ".*methylmalonic acid.*"', r'\1 "Order homocysteine"', 1),
    Kind("times a day, not a week, in the text of a dosage", DRUGS, r"(?m)^(text .*)times a week", r"\1times a day", 1),
    Kind("another frequency", DRUGS, r"frequency( *)= (\d)", lambda m: f"frequency{m[1]}= {int(m[2]) + 1}", 3),
    Kind("another route in the code", DRUGS, '"78421000"', '"34206005"', 2),
    Kind("another route in the label", DRUGS, r"((?:label|what).*)\bIM\b", r"\1by mouth", 2),
    Kind("the code of another strength", DRUGS, r'code = "317106"|code = "309594"', 'code = "103010"', 2),
    Kind("a code with a slip", DRUGS, r'(rxnorm", code = "\d+)\d"', r'\g<1>"', 2),
    Kind("the code of another test", TESTS, r'(loinc.org", code = )"(?!2823-3)[\d-]+"', r'\1"2823-3"', 3),
    Kind("the label of another test", TESTS, r'(?m)^(label +=) "Order (?!homocysteine).*"', r'\1 "Order homocysteine"', 3),
    Kind("an order that is no draft", TESTS, r'status( +)= "draft"', r'status\1= "active"', 1),
    Kind("a suggestion of another order", RULE, r'(?m)^(orders +=) \["(?!potassium")[a-z0-9_]+"\]', r'\1 ["potassium"]', 4),
    Kind("a label that says the opposite", RULE, r'(?m)^(label +=) "Remove', r'\1 "Order', 2),
    Kind("a suggestion that is gone", RULE, r"(?m)^\[\[suggestion\]\]\n(?:.+\n)+", "", 4),
    Kind("a suggestion that removes another drug", RULE, r'(?m)^(remove +=) \["vitamin_b12"\]', r'\1 ["metformin"]', 2),
    Kind("a suggestion with another outcome", RULE, r'(?m)^for +=.*\n', "", 3),
    Kind("an override reason that is gone", RULE, r'(?m)^(overrides +=.*), "[a-z_]+"\]', r"\1]", 3),
    Kind("precedence that is gone", RULE, r"(?m)^replaces.*\n", "", 3),
    Kind("precedence over a topic with a slip", RULE, r'(?m)^(replaces +=) \["', r'\1 ["x', 1),
    # What is read
    Kind("do, instead of do not", TEXT, r"(?m)^- Do not (\w)", lambda m: f"- {m[1].upper()}", 4),
    Kind("stop, instead of do not stop", TEXT, r"\*\*Do not stop", "**Stop", 1),
    Kind("do not, instead of do", TEXT, r"(\*\*Do\*\*\n\n- )(\w)", lambda m: f"{m[1]}Do not {m[2].lower()}", 3),
    Kind("ten times the dose in a text", TEXT, r"\b1 mg\b", "10 mg", 3),
    Kind("another unit in a text", TEXT, r"\b(\d+) mg\b", r"\1 g", 2),
    Kind("weeks, not months, in a text", TEXT, r"(every \d(?: to \d)?) months", r"\1 weeks", 2),
    Kind("another drug in a text", TEXT, r"\bfolic acid\b", "folinic acid", 2),
    Kind("another drug in a summary", TEXT, r"(?m)(^## \w+\n.*)[Vv]itamin B12", r"\1folic acid", 2),
    Kind("two texts swapped", TEXT, r"(?ms)^## (\w+)\n(.*?)^## (\w+)\n(.*?)(?=^## |\Z)", r"## \1\n\4\n\n## \3\n\2", 3),
    Kind("a placeholder of nothing that is asked", TEXT, r"\{[a-z0-9_]+\.value\}", "{weight.value}", 1),
    Kind("a section with a slip in its name", TEXT, r"(?m)^## ", "## x", 1),
    # The rule
    Kind("a window ten times as long", RULE, r"(ask .*within \d+)( days)", r"\g<1>0\2", 3),
    Kind("or, instead of and", RULE, r"(ask +=[^(\n]*) and ([^()\n]*\n)", r"\1 or \2", 2),
    Kind("not forgotten in a question", RULE, r'(ask +=.*")not ', r"\1", 2),
    Kind("another loudness", RULE, r'(indicator +=) "warning"', r'\1 "info"', 2),
    Kind("a number in a sentence that the question does not have", RULE, r"(say .*?)\b(\d{2,3})\b( (?:days|months|ng/L|years|mg))", r"\1 7\g<2>\3", 2),
    Kind("a class with a slip", RULE, r"(ask +=.* is )(deficient|adequate|indeterminate)", r"\1x\2", 1),
    Kind("evidence that is said to be stronger", EVIDENCE, r'strength( *)= "own choice"', r'strength\1= "guideline"', 2),
    Kind("evidence from another source", EVIDENCE, r'source( *)= "SMPC"', r'source\1= "REFERENCE"', 2),
    Kind("evidence for a criterion with a slip", EVIDENCE, r'(?m)^(for +=) \["', r'\1 ["x', 1),
    # What all cards share
    Kind("a cut-off a tenth as high", "_concepts/laboratory.toml", r'"180 ng/L"', '"18 ng/L"', 1),
    Kind("a product ten times as strong", "_concepts/drugs.toml", r'strength = "5 mg"', 'strength = "50 mg"', 2),
    Kind("a member of a group gone", "_concepts/laboratory.toml", r'(members += \[)"[a-z0-9_]+", ', r"\1", 1),
    Kind("a source with the address of a home page", "_concepts/sources.toml", r'(url +=) "https://doi.org/[^"]+"', r'\1 "https://doi.org/"', 2),
    # Vignettes
    Kind("a unit of time with a slip", PATIENTS, r"(\d) years? ago", r"\1 yaers ago", 2),
    Kind("a comma that is missing", PATIENTS, r'("[\d.]+ ng/L), (\d+ days ago")', r"\1 \2", 2),
    Kind("a unit with a slip", PATIENTS, r'"([\d.]+) ng/L', r'"\1 ngL', 1),
    Kind("a dose with a slip", PATIENTS, r"mg daily", "mg dialy", 1),
    Kind("a concept with a slip", PATIENTS, r"\bb12_total\b", "b12_totl", 1),
    Kind("a source of data with a slip", PATIENTS, r'not_provided( *)= \["', r'not_provided\1= ["x', 1),
    Kind("another outcome told", PATIENTS, r'expect( *)= "silent"', r'expect\1= "info"', 2),
    Kind("another decider told", PATIENTS, r'by( +)= "', r'by\1= "x', 1),
]  # fmt: skip


def mistakes(cards: Path) -> Iterator[Mistake]:
    """Every kind in its first places, one to a file as long as there are files."""
    for kind in KINDS:
        found = 0
        for path in sorted(cards.glob(kind.files)):
            text = path.read_text("utf-8")
            match = re.search(kind.pattern, text)
            if match and found < kind.places:
                found += 1
                new = match.expand(kind.new) if isinstance(kind.new, str) else kind.new(match)
                slip = f"'{_short(match.group())}' became '{_short(new)}'"
                after = text[: match.start()] + new + text[match.end() :]
                yield Mistake(kind.name, path.relative_to(cards).as_posix(), after, slip)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) < 70 else f"{line[:67]}..."


def noticed(mistake: Mistake, cards: Path, folder: Path) -> str:
    """What `check` says first of a fresh copy with this mistake; nothing where it says nothing."""
    copy = Path(shutil.copytree(cards, folder / "cards"))
    (copy / mistake.file).write_text(mistake.text, "utf-8")
    try:
        library = load_library(copy)
    except CardError as error:
        return error.issues[0]
    finally:
        shutil.rmtree(copy)
    # The cards of the folder that was changed first: most mistakes show there.
    return next((f"{v.card.topic}: '{v.name}': {v.fault}" for v in run_all(library) if v.fault), "")


def main() -> int:
    cards, missed, every = default_path(), 0, list(mistakes(default_path()))
    for mistake in every:
        with tempfile.TemporaryDirectory() as folder:
            says = noticed(mistake, cards, Path(folder))
        missed += not says
        print(f"{'noticed' if says else 'MISSED '}  {mistake}" + (f"\n           {says}" if says else ""))
    print(f"{len(every)} mistakes of {len(KINDS)} kinds, {missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
