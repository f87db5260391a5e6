"""A badge for a README: an SVG, or the JSON that shields.io takes as an endpoint, by the file's ending."""

import json
from html import escape
from pathlib import Path

from cds_conformance.report.model import FAIL, WARN, Report

GREEN, YELLOW, RED, GREY = "#1a7f37", "#b26a00", "#b00020", "#666666"
SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{label}: {message}">
<title>{label}: {message}</title>
<rect width="{left}" height="20" fill="#444"/><rect x="{left}" width="{right}" height="20" fill="{colour}"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{middle_left}" y="14">{label}</text><text x="{middle_right}" y="14">{message}</text></g></svg>
"""


def badge_of(report: Report) -> tuple[str, str, str]:
    """Label, message and colour."""
    label, counts = f"CDS Hooks {report.spec}", report.counts
    if report.exit_code == 2:
        return label, "not judged", GREY
    if counts[FAIL]:
        return label, f"{counts[FAIL]} broken", RED
    if counts[WARN]:
        return label, f"{counts[WARN]} advised against", YELLOW
    return label, f"nothing broken, {report.looked} of {len(report.statements)} seen", GREEN


def write_badge(report: Report, file: Path) -> None:
    label, message, colour = badge_of(report)
    if Path(file).suffix == ".json":
        text = json.dumps({"schemaVersion": 1, "label": label, "message": message, "color": colour}) + "\n"
    else:
        left, right = 7 * len(label) + 12, 7 * len(message) + 12
        text = SVG.format(
            label=escape(label), message=escape(message), colour=colour, width=left + right, left=left, right=right,
            middle_left=left / 2, middle_right=left + right / 2,
        )  # fmt: skip
    Path(file).write_text(text, "utf-8")
