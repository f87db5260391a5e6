"""A card folder as a card: rule.toml, text.md, evidence.toml, vignettes.toml, and what must agree between them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

from cdshooks.content.faults import Faults
from cdshooks.content.files import Later, read_toml
from cdshooks.content.library import Evidence, Page, Signature, Source
from cdshooks.content.orders import Shelf, Suggestion
from cdshooks.content.questions import ask, used_notions
from cdshooks.content.site import Site
from cdshooks.content.texts import check_section, read_sections
from cdshooks.rules.cards import Card, Criterion, Level, Matrix, Modifier, OutcomeRow, Quiet
from cdshooks.rules.logic import leaves
from cdshooks.rules.words import Vocabulary
from cdshooks.shape import nth

LEVELS = {"silent": Level.SILENT, "info": Level.INFO, "warning": Level.WARNING, "critical": Level.CRITICAL}


@dataclass
class Around:
    """What a card is built with: the vocabulary, the orders, the sources, what all cards share."""

    vocabulary: Vocabulary
    shelf: Shelf
    sources: dict[str, Source]
    service: dict
    always: tuple[Criterion, ...]
    faults: Faults
    site: Site


class Folder:
    """One card folder being read."""

    def __init__(self, path: Path, around: Around):
        self.path, self.around, self.faults = path, around, around.faults
        self.name = path.name
        self.rule = read_toml(path / "rule.toml", "rule", self.place("rule.toml"), self.faults)
        around.site.in_rule(self.name, self.rule)
        self.evidence = read_toml(path / "evidence.toml", "evidence", self.place("evidence.toml"), self.faults)
        self.ids: dict[str, str] = {}

    def place(self, file: str) -> str:
        return f"cards/{self.name}/{file}"

    def card(self) -> Card | None:
        """The card, or None when its rule cannot be read at all."""
        if not self.rule:
            return None
        where = self.place("rule.toml")
        card = Card(
            topic=self.rule["topic"],
            title=self.rule["title"],
            hooks=tuple(self.rule["hooks"]),
            criteria=self.around.always + self._criteria("when", where) + self._criteria("unless", where),
            rows=self._rows(where),
            matrix=self._matrix(where),
            modifiers=self._modifiers(where),
            replaces=tuple(self.rule.get("replaces", ())),
            quiet=self._quiet(where),
            forbids=self.rule.get("forbids", False),
        )
        if bool(card.rows) == bool(card.matrix):
            self.faults.add(where, "a card has either [[outcome]] rows or a [matrix]")
        page = self._page(card)
        return replace(card, page=page, asides=tuple(s.question for s in page.suggestions if s.question))

    def _ask(self, row: dict, where: str):
        return ask(row["ask"], self.around.vocabulary, where, self.faults)

    def _id(self, row: dict, where: str) -> str:
        name = row["id"]
        if name in self.ids:
            self.faults.add(where, f"the id '{name}' is already that of {self.ids[name]}")
        self.ids[name] = where.partition(", ")[2]
        return name

    def _each(self, key: str, where: str):
        for index, row in enumerate(self.rule.get(key, ())):
            yield row, f"{where}, {nth(index)} [[{key}]]"

    def _criteria(self, key: str, where: str) -> tuple[Criterion, ...]:
        return tuple(
            Criterion(self._id(row, place), row["say"], self._ask(row, place), unless=key == "unless")
            for row, place in self._each(key, where)
        )

    def _rows(self, where: str) -> tuple[OutcomeRow, ...]:
        return tuple(
            OutcomeRow(
                self._id(row, place), row["say"], self._ask(row, place) if "ask" in row else None,
                LEVELS[row["indicator"]], row["text"],
            )
            for row, place in self._each("outcome", where)
        )  # fmt: skip

    def _matrix(self, where: str) -> Matrix | None:
        table = self.rule.get("matrix")
        if not table:
            return None
        down, across = (self._axis(table[side], f"{where}, [matrix], {side}") for side in ("down", "across"))
        if not down or not across:
            return None
        cells = {}
        for row, columns in table["cells"].items():
            self._known(row, down.classes, f"{where}, [matrix.cells]", f"class of {down.name}")
            for column, level in columns.items():
                self._known(column, across.classes, f"{where}, [matrix.cells], {row}", f"class of {across.name}")
                cells[row, column] = LEVELS[level]
        for column in {c for (_, c), level in cells.items() if level} - set(table["text"]):
            self.faults.add(f"{where}, [matrix.text]", f"the column '{column}' has no text")
        return Matrix(down, across, cells, table["text"])

    def _axis(self, name: str, where: str):
        notion = self.around.vocabulary.notions.get(name)
        if notion is None or not notion.rows:
            self._known(
                name, [n for n, c in self.around.vocabulary.notion_classes.items() if c], where, "notion with classes"
            )
            return None
        return notion

    def _known(self, name: str, known, where: str, what: str) -> None:
        if name not in known:
            near = get_close_matches(name, list(known), n=1)
            self.faults.add(where, f"no {what} is called '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""))

    def _modifiers(self, where: str) -> tuple[Modifier, ...]:
        found = []
        for row, place in self._each("modifier", where):
            cap = row.get("at_most", {})
            cap = {"otherwise": cap} if isinstance(cap, str) else cap
            found.append(
                Modifier(
                    self._id(row, place), row["say"], self._ask(row, place), {k: LEVELS[v] for k, v in cap.items()},
                    row.get("lower", 0), row.get("adds"),
                )
            )  # fmt: skip
        return tuple(found)

    def _quiet(self, where: str) -> Quiet | None:
        told = self.rule.get("quiet")
        if told is None:
            return None
        for name in told["after"]:
            self._known(name, self.rule["overrides"], f"{where}, [quiet], after", "override reason of this card")
        known = self.around.service.get("override", {})
        return Quiet(frozenset(known[name]["code"] for name in told["after"] if name in known), told["days"])

    # --- the page -----------------------------------------------------------------------------------------------

    def _page(self, card: Card) -> Page:
        where = self.place("rule.toml")
        source = self.rule.get("source", {})
        return Page(
            folder=self.path,
            title=self.rule["title"],
            label=source.get("label", self.around.service.get("label", "")),
            url=source.get("url", self.around.service.get("url", "")),
            sections=self._sections(card),
            suggestions=tuple(self._suggestion(row, place) for row, place in self._each("suggestion", where)),
            selection=self.rule.get("selection", "any"),
            overrides=tuple(self._override(key, where) for key in self.rule.get("overrides", ())),
            evidence=self._evidence(card),
            vignettes=self._vignettes(card),
            signatures=self._signatures(),
            asks=self._asks(),
            version=self._version(),
        )

    def _signatures(self) -> tuple[Signature, ...]:
        if not (self.path / "signed.toml").exists():
            return ()
        content = read_toml(self.path / "signed.toml", "signed", self.place("signed.toml"), self.faults)
        return tuple(Signature(row["by"], row["on"], row["digest"], row["saw"]) for row in content.get("signed", ()))

    def _version(self) -> str:
        text = self.path / "text.md"
        rule = json.dumps(self.rule, sort_keys=True, default=str).encode()
        return sha256(rule + (text.read_bytes() if text.is_file() else b"")).hexdigest()[:12]

    def _asks(self) -> dict[str, str]:
        rows = [row for key in ("when", "unless", "outcome", "modifier") for row in self.rule.get(key, ())]
        return {row["id"]: row["ask"] for row in rows if "ask" in row}

    def _override(self, key: str, where: str) -> dict:
        known = self.around.service.get("override", {})
        self._known(key, known, f"{where}, overrides", "override reason")
        return known.get(key, {})

    def _suggestion(self, row: dict, where: str) -> Suggestion:
        known = self.around.shelf.orders
        for name in row.get("orders", ()):
            self._known(name, known, where, "order")
        if "label" not in row and len(row.get("orders", ())) != 1:
            self.faults.add(where, "only a suggestion with one order goes without a label")
        for name in (*row.get("remove", ()), *row.get("change", ())):
            drugs = [n for n, c in self.around.vocabulary.concepts.items() if c.kind == "drug"]
            self._known(name, drugs, where, "drug")
        if bool(row.get("change")) == bool(row.get("orders") or row.get("remove")):
            self.faults.add(where, "a suggestion orders, removes or replaces (both in one), or it changes something")
        if bool(row.get("change")) != bool(row.get("set")):
            self.faults.add(where, "'change' says which drafts, 'set' what becomes of them: both or neither")
        return Suggestion(
            label=row.get("label", ""),
            orders=tuple(known[n] for n in row.get("orders", ()) if n in known),
            remove=tuple(row.get("remove", ())),
            change=tuple(row.get("change", ())),
            patch=row.get("set", {}),
            for_texts=tuple(row.get("for", ())),
            not_with=tuple(row.get("not_with", ())),
            question=self._ask(row, where) if "ask" in row else None,
            recommended=row.get("recommended", False),
        )

    def _sections(self, card: Card):
        place = self.place("text.md")
        try:
            text = (self.path / "text.md").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.faults.add(place, f"it cannot be read: {error.__class__.__name__}")
            return {}
        sections = read_sections(text, place, self.faults)
        texts = {row.text for row in card.rows} | set((card.matrix.texts if card.matrix else {}).values())
        adds = {m.adds for m in card.modifiers if m.adds}
        asked = self.asked_about(card)
        for name in sorted((texts | adds) - set(sections)):
            self.faults.add(place, f"the section '## {name}' is missing; the rule uses it")
        for name, section in sections.items():
            if name not in texts | adds:
                self.faults.add(f"{place}, ## {name}", "the rule never uses this section")
            # A question that cannot be read was told; it may have asked about any concept.
            known = asked | set(self.around.vocabulary.concepts) if None in card.questions else asked
            check_section(section, known, name in texts, place, self.faults)
        for index, row in enumerate(self.rule.get("suggestion", ())):
            where = f"{self.place('rule.toml')}, {nth(index)} [[suggestion]]"
            for name in row.get("for", ()):
                self._known(name, texts, where, "text")
            for name in row.get("not_with", ()):
                self._known(name, [m.id for m in card.modifiers], where, "modifier")
        return sections

    def asked_about(self, card: Card) -> set[str]:
        """The concepts that the card asks about, those behind notions and groups included."""
        found: set[str] = set()
        todo, seen = list(card.questions), set()
        while todo:
            question = todo.pop()
            for leaf in leaves(question) if question else ():
                concept = getattr(leaf, "concept", None)
                if concept:
                    found |= {concept.name, *concept.members}
            for name in used_notions(question):
                if name not in seen:
                    seen.add(name)
                    todo += self.around.vocabulary.notions[name].questions
        return found

    # --- evidence and vignettes ---------------------------------------------------------------------------------

    def _evidence(self, card: Card) -> tuple[Evidence, ...]:
        place, found = self.place("evidence.toml"), []
        for index, row in enumerate(self.evidence.get("evidence", ())):
            where = f"{place}, {nth(index)} [[evidence]]"
            self._known(row["source"], self.around.sources, where, "source")
            for name in row["for"]:
                self._known(name, [*self.ids, "matrix"], where, "criterion")
            checked = row.get("checked", {})
            found.append(
                Evidence(
                    tuple(row["for"]), row["source"], row["supports"], row["strength"], checked.get("by", ""),
                    str(checked.get("on", "")),
                )
            )  # fmt: skip
        if self.evidence:
            covered = {name for row in found for name in row.criteria}
            for name in [*self.ids, *(["matrix"] if card.matrix else [])]:
                if name not in covered:
                    self.faults.add(place, f"'{name}' ({self.ids.get(name, 'the matrix')}) has no evidence")
        return tuple(found)

    def _vignettes(self, card: Card) -> Sequence[dict]:
        path, place = self.path / "vignettes.toml", self.place("vignettes.toml")
        if self.faults.passed:
            return Later(path, "vignette")
        rows = read_toml(path, "vignettes", place, self.faults).get("vignette", ())
        names = [row["name"] for row in rows]
        for name in sorted({n for n in names if names.count(n) > 1}):
            self.faults.add(place, f"two vignettes are called '{name}'")
        if rows:
            shown = {row["by"] for row in rows}
            for name in self.must_be_shown(card):
                if name not in shown:
                    self.faults.add(place, f"the outcome '{name}' has no vignette (one with by = \"{name}\")")
        return tuple(rows)

    def must_be_shown(self, card: Card) -> list[str]:
        """Outcome rows, matrix cells that are not silent, modifiers that lower: each must decide at least one vignette.

        A modifier that only adds a paragraph decides nothing; a vignette must tell what it says (review.pinned).
        """
        cells = [f"{r}.{c}" for (r, c), level in (card.matrix.cells if card.matrix else {}).items() if level]
        return [row.id for row in card.rows] + cells + [m.id for m in card.modifiers if m.lowers]
