"""An open chart in the words of a vignette, for one card; tried at once, to say whether it is the same patient."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice

from cdshooks.chart.chart import Chart
from cdshooks.content.library import Library
from cdshooks.ehr.patients import is_deceased
from cdshooks.errors import CdsError
from cdshooks.page.facts import born_of
from cdshooks.page.traces import Told
from cdshooks.reading.facts import Order, Result
from cdshooks.review.vignettes import run
from cdshooks.terms.dates import OLDEST, age_in_years

_MOST = 500  # facts
_USED = ("final", "amended", "corrected")


def as_vignette(library: Library, chart: Chart, record, told: Told) -> tuple[str, str]:
    """The TOML, and a note on how it comes out, for not everything has a word in one; no TOML for very many facts."""
    if len(list(islice(_facts(chart), _MOST + 1))) > _MOST:
        return "", f"More than {_MOST} facts of this record matter: that is no vignette that anybody would read."
    vignette: dict = {"name": "from the page", "hook": chart.hook}
    vignette |= _age(chart)
    vignette |= {"deceased": True} if is_deceased(record) else {}
    vignette |= {name: table for name, table in _tables(chart).items() if table}
    vignette |= {"expect": told.outcome, "by": told.by, "because": "say here why"}
    return _toml(vignette), _note(library, told, vignette)


def _age(chart: Chart) -> dict:
    born = born_of(chart)
    if born is None:
        return {"age": "not recorded"}
    years = age_in_years(born, chart.today)
    return {"age": years} if 0 <= years <= OLDEST else {"born": born.isoformat()}


def _note(library: Library, told: Told, vignette: dict) -> str:
    card = library.card(told.topic)
    try:
        fault = run(library, card, vignette).fault if card else "there is no such card"
    except Exception as error:  # what is only taken along costs no chart; its message may quote the record
        fault = str(error) if isinstance(error, CdsError) else type(error).__name__
    if fault:
        return f"As a vignette this patient comes out otherwise ({fault}): something of the record has no word in it."
    return f"For {told.title}: it comes out as here. Put it into the card's vignettes.toml and say why."


def _tables(chart: Chart) -> dict[str, dict[str, list[str]]]:
    tables: dict[str, dict[str, list[str]]] = {}
    seen: set[tuple[str, str]] = set()
    for table, name, ref, text in _facts(chart):
        if (table, ref) not in seen:
            seen.add((table, ref))
            tables.setdefault(table, {}).setdefault(name, []).append(text)
    return tables


def _facts(chart: Chart) -> Iterator[tuple[str, str, str, str]]:
    """Table, concept, resource and text of each fact."""
    for name, concept in chart.concepts.by_name.items():
        if concept.kind in ("result", "status"):
            yield from (("results", name, one.ref, _result(one, chart)) for one in chart.results(name))
        elif concept.kind == "problem":
            for one in chart.problems(name):
                table = "procedures" if one.ref.startswith("Procedure/") else "problems"
                yield table, name, one.ref, _ago(one.start, chart) or "without date"
        elif concept.kind == "drug":
            yield from _drugs(chart, name)


def _drugs(chart: Chart, name: str) -> Iterator[tuple[str, str, str, str]]:
    for table, orders in (
        ("drafting", chart.drafts(name)),
        ("taking", chart.ordered(name)),
        ("stating", chart.stated(name)),
        ("given", [one for one in chart.given(name) if one.source == "MedicationAdministration"]),
    ):
        yield from ((table, name, one.ref, _order(one, chart, table)) for one in orders)


def _result(result: Result, chart: Chart) -> str:
    value = result.shown.replace(",", ".") if result.amount else (result.klass or "without value")
    status = "" if result.status in _USED else f"status {result.status}"
    return _joined(value, _ago(result.moment, chart) or "without date", status)


def _order(order: Order, chart: Chart, table: str) -> str:
    dose = chart.dose(order)
    amount = f"{dose.daily.normalize():f} mg daily" if dose.daily is not None and table != "given" else ""
    when = "" if table == "drafting" else _ago(order.last or order.written or order.start, chart)
    return _joined(amount, when, f"code {order.code.code}" if order.code else f"words {order.shown.replace(',', ' ')}")


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _ago(moment, chart: Chart) -> str:
    days = moment.age(chart.today) if moment else None
    return "" if days is None else ("today" if days == 0 else f"{days} days ago")


def _toml(vignette: dict) -> str:
    lines = ["[[vignette]]"]
    for key, value in vignette.items():
        lines.append(f"{key} = {_value(value)}")
    return "\n".join(lines)


def _value(value: object) -> str:
    """JSON's texts, numbers and lists are TOML's, too; a table is written on its line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_texts(texts)}" for name, texts in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def _texts(texts: Iterable[str]) -> str:
    found = list(texts)
    return json.dumps(found[0] if len(found) == 1 else found, ensure_ascii=False)
