"""Draws docs/images/dashboard.svg: the panels of the Grafana dashboard, with what a real Prometheus answers.

    python tests/tools/draw_dashboard.py http://127.0.0.1:9090 SECONDS docs/images/dashboard.svg

The figures are those of a Prometheus that scrapes a running service; only the drawing is ours, not Grafana's.
"""

import json
import math
import sys
import time
from html import escape
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

DASHBOARD = Path(__file__).resolve().parents[2] / "deploy" / "grafana" / "cdshooks.json"
COLOURS = ("#3274d9", "#e0752d", "#37872d", "#8f3bb8", "#c4162a", "#0f9b8e", "#b8860b", "#6b7280", "#d6336c", "#495057")
CELL, ROW, HEAD, PAD = 48, 32, 44, 12  # pixels of one grid unit, and around


def main(server: str, seconds: int, target: str) -> None:
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    end = time.time()
    drawn = [panel(one, series(server, one, end - seconds, end, max(1, seconds // 120)), end - seconds, end) for one in panels]
    height = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in panels) * ROW + HEAD
    Path(target).write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {24 * CELL} {height}" font-family="sans-serif" '
        f'font-size="11"><rect width="100%" height="100%" fill="#f4f5f5"/><text x="{PAD}" y="28" font-size="18" '
        f'fill="#222">cdshooks, the last {seconds} seconds</text>{"".join(drawn)}</svg>\n',
        "utf-8",
    )


def series(server, one, start, end, step) -> list[tuple[str, list]]:
    """Legend and points of every line of a panel."""
    found = []
    for target in one["targets"]:
        query = target["expr"].replace("$__rate_interval", "15s").replace("$job", ".*")
        asked = urlencode({"query": query, "start": start, "end": end, "step": step})
        with urlopen(f"{server}/api/v1/query_range?{asked}", timeout=30) as answer:
            for line in json.load(answer)["data"]["result"]:
                name = target["legendFormat"]
                for label, value in line["metric"].items():
                    name = name.replace(f"{{{{{label}}}}}", value)
                points = [(float(at), float(value)) for at, value in line["values"]]
                found.append((name, [(at, value) for at, value in points if math.isfinite(value)]))
    return found


def panel(one, lines, start, end) -> str:
    grid = one["gridPos"]
    left, top = grid["x"] * CELL + 4, grid["y"] * ROW + HEAD
    width, height = grid["w"] * CELL - 8, grid["h"] * ROW - 8
    parts = [
        f'<g transform="translate({left},{top})"><rect width="{width}" height="{height}" rx="3" fill="#fff" '
        f'stroke="#d8d9da"/><text x="{PAD}" y="20" font-size="13" fill="#222">{escape(one["title"])}</text>'
    ]
    plot = (PAD + 44, 32, width - PAD, height - 46)
    highest = max((value for _, points in lines for _, value in points), default=0) or 1
    parts += [_axis(plot, highest * share, highest, one["fieldConfig"]["defaults"]["unit"]) for share in (0, 0.5, 1)]
    parts += [_line(plot, points, start, end, highest, COLOURS[n % 10]) for n, (_, points) in enumerate(lines)]
    parts += _legend(lines, width, height) if lines else [f'<text x="{width / 2 - 20}" y="{height / 2}" fill="#888">none</text>']
    return "".join([*parts, "</g>"])


def _axis(plot, value, highest, unit) -> str:
    left, top, right, bottom = plot
    y = bottom - (bottom - top) * value / highest
    told = f"{value * 1000:.3g} ms" if unit == "s" else f"{value:.3g}"
    return (
        f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e4e7eb"/>'
        f'<text x="{left - 4}" y="{y + 4:.1f}" text-anchor="end" fill="#666">{told}</text>'
    )


def _line(plot, points, start, end, highest, colour) -> str:
    left, top, right, bottom = plot
    at = " ".join(
        f"{left + (right - left) * (x - start) / (end - start):.1f},{bottom - (bottom - top) * y / highest:.1f}"
        for x, y in points
    )
    return f'<polyline points="{at}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _legend(lines, width, height) -> list[str]:
    """As many names as there is room for, in two rows."""
    found, x, y = [], PAD, height - 24
    for number, (name, _) in enumerate(lines):
        room = 18 + 6 * len(name)
        if x + room > width and y < height - 10:
            x, y = PAD, height - 8
        if x + room > width:
            return [*found, f'<text x="{x}" y="{y}" fill="#444">…</text>']
        found.append(f'<rect x="{x}" y="{y - 8}" width="10" height="3" fill="{COLOURS[number % 10]}"/>')
        found.append(f'<text x="{x + 13}" y="{y - 3}" fill="#444">{escape(name)}</text>')
        x += room + 6
    return found


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
