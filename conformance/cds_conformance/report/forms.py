"""The report in the forms that machines and browsers read: JSON, JUnit XML, one page of HTML."""

import json
import re
from functools import cache
from importlib import resources
from xml.etree import ElementTree as xml

from cds_conformance.report.model import CANNOT_BE_SEEN, FAIL, INFO, NOT_TRIED, PASS, WARN, Report
from cds_conformance.report.text import HEADS, as_text


def as_json(report: Report) -> str:
    """The JSON form; its schema is report.schema.json beside this file."""
    return json.dumps(report.as_json(), indent=1, ensure_ascii=False) + "\n"


def schema() -> dict:
    """The JSON Schema (2020-12) of the JSON form."""
    return json.loads(resources.files("cds_conformance.report").joinpath("report.schema.json").read_text("utf-8"))


def as_junit(report: Report) -> str:
    """JUnit XML: a test case a statement; SHALL findings fail, what was not tried or cannot be seen is skipped."""
    counts = report.counts
    skipped = counts[NOT_TRIED] + counts[CANNOT_BE_SEEN]
    about = {
        "name": f"CDS Hooks {report.spec}",
        "tests": len(report.statements),
        "failures": counts[FAIL] - len(report.known),
    }
    about |= {"errors": int(report.exit_code == 2), "skipped": skipped, "time": f"{report.seconds:.3f}"}
    about |= {"timestamp": report.started, "hostname": report.service}
    suite = xml.Element("testsuite", {name: _xml_text(value) for name, value in about.items()})
    for verdict in report.statements.values():
        name = {"name": f"{verdict.statement.id} {verdict.statement.says}", "classname": f"cds-hooks.{report.spec}"}
        case = xml.SubElement(suite, "testcase", {key: _xml_text(value) for key, value in name.items()})
        told = "\n".join(f"{f.at}: {f.says} [{f.exchange}]" for f in verdict.findings)
        if verdict.result == FAIL and verdict.statement.id not in report.known:
            xml.SubElement(case, "failure", message=_xml_text(told.split("\n")[0])).text = _xml_text(told)
        elif verdict.result in (FAIL, WARN, INFO):
            xml.SubElement(case, "system-out").text = _xml_text(f"{verdict.result}\n{told}")
        elif verdict.result in (NOT_TRIED, CANNOT_BE_SEEN):
            xml.SubElement(case, "skipped", message=_xml_text(f"{verdict.result}: {verdict.why}"))
    if report.exit_code == 2:
        case = xml.SubElement(suite, "testcase", name="the service can be judged", classname="cds-hooks")
        xml.SubElement(case, "error", message=_xml_text(report.problem or report.verdict))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(suite, encoding="unicode") + "\n"


def _xml_text(value) -> str:
    """Text that XML can hold: what a service sent may hold control characters."""
    return "".join(
        c if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else "?"
        for c in str(value)
    )


def as_html(report: Report) -> str:
    """One page that needs nothing else: no script, no font, no picture from elsewhere."""
    order = (FAIL, WARN, INFO, NOT_TRIED, CANNOT_BE_SEEN, PASS)
    groups = [(result, HEADS.get(result, "Passed"), report.with_result(result)) for result in order]
    from cds_conformance.explain import frameworks, page_of

    return _page().render(
        report=report,
        page_of=page_of,
        frameworks=frameworks,
        groups=[group for group in groups if group[2]],
        exchanges=report.exchanges,
    )


@cache
def _page():
    from jinja2 import Environment

    text = resources.files("cds_conformance.report").joinpath("page.html.j2").read_text("utf-8")
    made = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.filters["readable"], made.filters["marked"] = _readable, _marked
    return made.from_string(text)


def _marked(text: str):
    """Our own words with what stands between backticks set as code."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _readable(body: str) -> str:
    """A body as people read it: JSON is indented; what is long ends in dots."""
    try:
        text = json.dumps(json.loads(body), indent=1, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = body
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "\n..."


MOST_SHOWN = 20_000  # characters of one body in the page
FORMS = {"text": as_text, "json": as_json, "junit": as_junit, "html": as_html}
